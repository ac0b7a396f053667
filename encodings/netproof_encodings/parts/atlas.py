"""A cluster as stages are made from it: its tiers by namespace, its pods by namespace.

What is here costs time in proportion to the cluster, once. A stage takes of it what it holds.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from heapq import merge
from itertools import groupby
from operator import attrgetter, itemgetter

from netproof_encodings.decision.folding import ties_of
from netproof_encodings.decision.tiers import Tier, TierPolicy
from netproof_encodings.lowering import Tiers, every_tier, lower, naming, passages
from netproof_encodings.lowering.any_hosts import other_hosts
from netproof_encodings.vocabulary.classes import Addresses, PodClass, addresses_of
from netproof_encodings.vocabulary.hosts import OtherHosts, barred_by
from netproof_encodings.vocabulary.mentioned import (
    Vocabulary,
    namespaces_named,
    vocabulary_of,
    with_others,
    with_passages,
)
from netproof_specs.claims import EndpointSet
from netproof_specs.model.cluster import AnyPolicy, Cluster, Namespace, Workload
from netproof_specs.model.traffic import Direction
from netproof_specs.worlds import World

Placed = tuple[int, TierPolicy]
"""A policy with its place in its tier."""
ByHome = Mapping[str | None, Sequence[Placed]]
"""The policies of a tier by the namespace that each is pinned to, in order."""


Labelled = Mapping[str, Mapping[str, Sequence[Namespace]]]
"""Namespaces by the keys and values of the labels that their manifests give them."""


Among = dict[tuple[EndpointSet, ...] | None, dict[str, list[PodClass]]]
"""Classes by sets of endpoints, one of which they can be in, and by namespace; None is any."""


@dataclass(frozen=True, slots=True)
class Atlas:
    """A cluster, everything that its policies and the groups of claims mention, and indices.

    `referred` are the namespaces that the cluster and its policies refer to (A.52). `has_ties` is
    true iff policies tie whose order can matter (C.4), `has_hosts` iff a pod uses its node's
    network. `others` are the host endpoints that the world has beside those of the input, if it has
    any. `classes` are those of the pods of a namespace in a world, once a stage has held them,
    and `among` those of them in the snapshot that can be in one of some sets, by namespace.
    """

    cluster: Cluster
    vocabulary: Vocabulary
    referred: frozenset[str]
    tiers: Tiers
    homes: Mapping[Direction, tuple[ByHome, ...]]
    pods: Mapping[str, tuple[Workload, ...]]
    labelled: Labelled
    addresses: Addresses
    has_ties: bool
    has_hosts: bool
    others: OtherHosts | None = None
    classes: dict[tuple[World, str], list[PodClass]] = field(default_factory=dict, compare=False)
    among: Among = field(default_factory=dict, compare=False)

    @property
    def beside_hosts(self) -> bool:
        """Whether an end can be a host endpoint, which is in no namespace."""
        return self.others is not None or bool(self.cluster.hosts)

    def pinned(self, direction: Direction, namespaces: Iterable[str] | None) -> int:
        """How many policies of the direction are pinned to one of the namespaces, or to any."""
        homes = self.homes[direction]
        if namespaces is None:
            every = sum(len(tier.policies) for tier in self.tiers[direction])
            return every - sum(len(tier.get(None, ())) for tier in homes)
        return sum(len(tier.get(name, ())) for name in namespaces for tier in homes)

    def bearing(self, direction: Direction, namespaces: Collection[str]) -> tuple[Tier, ...]:
        """The tiers with the policies that can select pods of the namespaces, in order."""
        wanted = (*sorted(namespaces), None)
        return tuple(
            Tier(tier.name, direction, _joined(homes, wanted), tier.unmatched)
            for tier, homes in zip(self.tiers[direction], self.homes[direction], strict=True)
        )

    def carriers(self, key: str, values: Sequence[str] | None) -> Iterator[Namespace]:
        """The namespaces whose manifests give them the label, with one of `values` if given."""
        known = self.labelled.get(key, {})
        for value in known if values is None else dict.fromkeys(values):
            yield from known.get(value, ())

    def workloads_of(self, namespaces: Iterable[str]) -> tuple[Workload, ...]:
        """The workloads of the namespaces, in the order of the cluster."""
        return tuple(one for name in sorted(namespaces) for one in self.pods.get(name, ()))


def _joined(homes: ByHome, wanted: Iterable[str | None]) -> tuple[TierPolicy, ...]:
    placed = merge(*(homes.get(one, ()) for one in wanted), key=itemgetter(0))
    return tuple(policy for _, policy in placed)


def atlas_of(
    cluster: Cluster, groups: Iterable[EndpointSet], others: OtherHosts | None = None
) -> Atlas:
    """The atlas for claims that speak of `groups`; no claim may mention anything else.

    Beside the host endpoints of the cluster an end may be one of the `others`.
    """
    every = cluster.every_policy
    tiers = lower(every if others is None else (*every, *others.hosts))
    referred = referred_namespaces(cluster, every)
    mentioned = vocabulary_of(every_tier(tiers), groups, referred, barred_by(others))
    vocabulary = with_passages(with_others(mentioned, others), passages(every, others))
    return atlas_with(cluster, tiers, referred, vocabulary)


def others_in(world: World, cluster: Cluster, groups: Iterable[EndpointSet]) -> OtherHosts | None:
    """The host endpoints of the world beside those of the cluster: only any cluster has some.

    They are as many as claims on the groups can tell.
    """
    if world is not World.ANY_CLUSTER:
        return None
    asked = [key for key, _ in vocabulary_of((), groups, ()).host_labels]
    return other_hosts(cluster.every_policy, cluster.nodes, asked=asked)


def atlas_in(world: World, cluster: Cluster, groups: Iterable[EndpointSet]) -> Atlas:
    """The atlas for such claims in the world: in any cluster there are any host endpoints."""
    listed = tuple(groups)
    return atlas_of(cluster, listed, others_in(world, cluster, listed))


def atlas_with(
    cluster: Cluster, tiers: Tiers, referred: frozenset[str], vocabulary: Vocabulary
) -> Atlas:
    """The atlas of a cluster of which the policies are known already."""
    return Atlas(
        cluster,
        vocabulary,
        referred,
        tiers,
        homes_of(tiers),
        _by_namespace(cluster.workloads),
        _labelled(cluster.namespaces),
        addresses_of(cluster.workloads),
        any(ties_of(every_tier(tiers))),
        any(one.host_network for one in cluster.workloads),
        vocabulary.others,
    )


def homes_of(tiers: Tiers) -> Mapping[Direction, tuple[ByHome, ...]]:
    """The policies of each tier by the namespace that each is pinned to."""
    return {direction: tuple(map(_by_home, listed)) for direction, listed in tiers.items()}


def _by_home(tier: Tier) -> ByHome:
    found: dict[str | None, list[Placed]] = {}
    for place, one in enumerate(tier.policies):
        found.setdefault(one.home, []).append((place, one))
    return found


def _labelled(namespaces: Iterable[Namespace]) -> Labelled:
    found: dict[str, dict[str, list[Namespace]]] = {}
    for one in namespaces:
        for key, value in one.labels:
            found.setdefault(key, {}).setdefault(value, []).append(one)
    return found


def _by_namespace(workloads: Sequence[Workload]) -> dict[str, tuple[Workload, ...]]:
    found: dict[str, list[Workload]] = {}
    for name, those in groupby(workloads, attrgetter("namespace")):
        found.setdefault(name, []).extend(those)
    return {name: tuple(listed) for name, listed in found.items()}


def referred_namespaces(cluster: Cluster, policies: Iterable[AnyPolicy]) -> frozenset[str]:
    """The namespaces of the cluster, and those that the policies live in or name (A.52)."""
    named = namespaces_named(naming(policies))
    return frozenset((*(one.name for one in cluster.namespaces), *named))
