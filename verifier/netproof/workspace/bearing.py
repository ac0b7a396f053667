"""Which claims a change of policies can bear on; where that is not plain, all of them.

A NetworkPolicy decides at the pods of its own namespace that it selects, in the directions of its
types, and nowhere else (A.3, A.9). So a claim whose connections have no such end keeps its verdict,
if nothing else has changed: the same connections exist, and each is decided as before.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from operator import attrgetter
from typing import assert_never

from netproof.oracle.labels import matches
from netproof.verifying.generated_labels import GENERATED, KindsOf, kinds_of
from netproof_encodings.decision.conditions import InBlock, Labelled, Whose, atoms_of
from netproof_encodings.decision.tiers import Unmatched
from netproof_encodings.lowering import is_calico, lower, written
from netproof_encodings.parts.spoken import spans_of
from netproof_encodings.vocabulary.mentioned import namespaces_named
from netproof_specs.claims import (
    AddressBlock,
    AnyOf,
    Anything,
    Claim,
    ConnectionClaim,
    DeniedByDefault,
    EndpointSet,
    External,
    HostNamed,
    HostsWhere,
    PodNamed,
    PodsWhere,
    PolicyClaim,
)
from netproof_specs.frozen import Frozen
from netproof_specs.loading.patching import unlike
from netproof_specs.model.cluster import Cluster, Namespace, Policy
from netproof_specs.model.traffic import Direction
from netproof_specs.worlds import World


class Everywhere(Frozen):
    """The change can bear on any claim."""


class Within(Frozen):
    """The change bears on connections that have, in a direction, an end in one of the places."""

    places: frozenset[tuple[Direction, str]]


Bearing = Everywhere | Within


def bearing_of(old: Cluster, new: Cluster, kinds_here: KindsOf = kinds_of) -> Bearing:
    """What the change from one cluster to the other can bear on.

    Policies that were not read again are the same objects. Those that were count as changed even
    where they only stand on another line, which their evidence tells.
    """
    if _without_policies(old) != _without_policies(new):
        return Everywhere()
    before, after = unlike(old.policies, new.policies)
    if not before and not after:
        return Within(frozenset())
    if is_calico((*before, *new.policies)) or new.hosts:
        return Everywhere()
    if _can_tie((*before, *after)) or _says_more(before, after, new, kinds_here):
        return Everywhere()
    homes = {*_homes(before), *_homes(after)}
    known = frozenset((direction, home) for direction, home in homes if home is not None)
    return Within(known) if len(known) == len(homes) else Everywhere()


def _without_policies(cluster: Cluster) -> tuple[object, ...]:
    """All that a world is made of; equal parts are mostly the same objects, so this is quick."""
    return (
        cluster.namespaces,
        cluster.workloads,
        cluster.hosts,
        cluster.accounts,
        cluster.nodes,
    )


def _homes(policies: Sequence[Policy]) -> Iterator[tuple[Direction, str | None]]:
    """By direction, the namespace at whose pods each policy decides, None for several."""
    for direction, tiers in lower(policies).items():
        for tier in tiers:
            yield from ((direction, one.home) for one in tier.policies)


def _can_tie(policies: Sequence[Policy]) -> bool:
    """Whether one of the policies can tie with another, as none can that denies what is left over.

    The first tie of a cluster makes the assumption on ties relevant to every claim (C.4).
    """
    return any(
        tier.policies and tier.unmatched is Unmatched.PASS
        for tiers in lower(policies).values()
        for tier in tiers
    )


def _says_more(
    before: Sequence[Policy], after: Sequence[Policy], new: Cluster, kinds_here: KindsOf
) -> bool:
    """Whether the changed policies mention what can matter beyond their own pods.

    A namespace that is not in the input becomes one of the open worlds (A.52). The first block
    makes assumptions on addresses relevant to every claim. A label that controllers add can make
    the input one that says too little (A.1).
    """
    known = {one.name for one in new.namespaces}
    atoms = [atom for one in (*written(before), *written(after)) for atom in atoms_of(one)]
    named = {*namespaces_named(written(before)), *namespaces_named(written(after))}
    pod_keys = {one.key for one in atoms if isinstance(one, Labelled) and one.whose is Whose.POD}
    kinds = {kind for kind, keys in GENERATED.items() if pod_keys & {*keys}}
    generated = kinds and not kinds.isdisjoint(kinds_here(new))
    return bool(generated) or bool(named - known) or _has_blocks(before) is not _has_blocks(after)


def _has_blocks(policies: Sequence[Policy]) -> bool:
    return any(isinstance(atom, InBlock) for one in written(policies) for atom in atoms_of(one))


def bears_on(bearing: Bearing, claim: Claim, world: World, cluster: Cluster) -> bool:
    """Whether the change can bear on the claim; false only if its verdict stays."""
    if isinstance(bearing, Everywhere):
        return True
    if isinstance(claim, PolicyClaim):
        return bool(bearing.places)
    spaces = {home: _namespace(cluster, home) for _, home in bearing.places}
    ends = list(_ends(claim))
    return any(
        _may_hold(end[0 if direction is Direction.EGRESS else 1], spaces[home], home, world)
        for direction, home in bearing.places
        for end in ends
    )


def _namespace(cluster: Cluster, name: str) -> Namespace | None:
    """The namespace of the name, which stand in order."""
    place = bisect_left(cluster.namespaces, name, key=attrgetter("name"))
    found = cluster.namespaces[place : place + 1]
    return found[0] if found and found[0].name == name else None


def _ends(claim: ConnectionClaim) -> Iterator[tuple[EndpointSet, EndpointSet]]:
    """Pairs of sets such that each connection that the claim speaks of is between those of one."""
    if isinstance(claim, DeniedByDefault):
        yield Anything(), claim.group.endpoints
        yield claim.group.endpoints, Anything()
        return
    for one in spans_of(claim):
        source, destination = (
            Anything() if group is None else group.endpoints
            for group in (one.source, one.destination)
        )
        yield source, destination


def _may_hold(endpoints: EndpointSet, space: Namespace | None, home: str, world: World) -> bool:
    """Whether some pod of the namespace can be among the endpoints."""
    match endpoints:
        case PodNamed(namespace=namespace):
            return namespace == home
        case PodsWhere(namespace=namespace, namespaces=selector):
            if namespace is not None and namespace != home:
                return False
            labels_known = space is not None and space.declared and world is not World.ANY_CLUSTER
            if selector is None or not labels_known or space is None:
                return True
            return matches(selector, space.labels)
        case External():
            return False
        case Anything() | AddressBlock() | HostsWhere() | HostNamed():
            return True
        case AnyOf(members):
            return any(_may_hold(one, space, home, world) for one in members)
        case _:
            assert_never(endpoints)
