"""What the findings look up again and again: pods by namespace, and which of them match."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from functools import cached_property
from ipaddress import ip_address, ip_network
from typing import TypeVar

from netproof.lint.boxed import Homes, homes_of
from netproof.oracle.addresses import block_matches
from netproof.oracle.endpoints import is_node, policed_pod
from netproof.oracle.labels import matches
from netproof.oracle.network_policy import rules_of, types_of
from netproof.verifying.generated_labels import ALL_GENERATED, keys_not_given, unknown_labels
from netproof_encodings.decision.conditions import (
    All,
    Labelled,
    LabelText,
    Match,
    atoms_of,
)
from netproof_encodings.decision.tiers import Passage, TierPolicy
from netproof_encodings.lowering import (
    Tiers,
    every_tier,
    fixed,
    fixed_passages,
    is_calico,
    is_forwarding,
    lower,
    on_one_plugin,
    passages,
    policies_in,
)
from netproof_encodings.lowering.any_hosts import in_place, other_hosts
from netproof_encodings.vocabulary.hosts import HostLabels, OtherHosts
from netproof_specs.assumptions import Assumption, Assumptions
from netproof_specs.documents.located import Manifest
from netproof_specs.frozen import Frozen, replace
from netproof_specs.loading import Loaded
from netproof_specs.model.cluster import AnyPolicy, Cluster, Namespace, Workload
from netproof_specs.model.connections import PodEndpoint, pod_of
from netproof_specs.model.labels import Labels, LabelSelector
from netproof_specs.model.network_policy import BlockPeer, NetworkPolicy, Peer, PodPeer, PolicyRule
from netproof_specs.model.traffic import Direction

_Requirements = tuple[tuple[str, str, tuple[str, ...]], ...]
_Alike = tuple[Labels, frozenset[str]]


MOST_PASSAGES = 32
"""Of so many sets of policies for forwarded traffic that can select one host endpoint it is asked
what this lets through."""


class PlacedRule(Frozen):
    """A rule of a policy, in force or not, with its direction and its place in the list."""

    policy: NetworkPolicy
    direction: Direction
    index: int
    rule: PolicyRule

    @property
    def title(self) -> str:
        """`ingress[0]`, as reports name it."""
        return f"{self.direction.value.lower()}[{self.index}]"


class Facts:
    """The input of one run, with what was looked up in it before.

    A class because its tables live as long as the run. Pods are one endpoint a workload.
    """

    def __init__(self, loaded: Loaded, assumptions: Assumptions) -> None:
        self.loaded = loaded
        self.assumptions = assumptions
        self._matching: dict[_Requirements, dict[Labels, bool]] = {}

    @property
    def cluster(self) -> Cluster:
        """The cluster of the input."""
        return self.loaded.cluster

    @cached_property
    def policies(self) -> tuple[NetworkPolicy, ...]:
        """The NetworkPolicies of the input, whose fields lint knows as they are written."""
        return tuple(one for one in self.cluster.policies if isinstance(one, NetworkPolicy))

    @cached_property
    def manifests(self) -> tuple[tuple[NetworkPolicy, Manifest], ...]:
        """Each policy with the object that it was read from."""
        documents = zip(self.cluster.policies, self.loaded.documents.policies, strict=True)
        return tuple(
            (one, stated.manifest) for one, stated in documents if isinstance(one, NetworkPolicy)
        )

    @cached_property
    def tiers(self) -> Tiers:
        """The policies as tiers, all of them in place; indices are those of the cluster."""
        return fixed(lower(self.cluster.every_policy), 0)

    @cached_property
    def homes(self) -> Homes:
        """The tiers by namespace."""
        return homes_of(self.tiers)

    @cached_property
    def other_hosts(self) -> OtherHosts | None:
        """Any host endpoints, which stand for those of the input as well; None without Calico.

        What lint says holds of those, too, that a policy selects which counts before others: what
        that leaves over is decided as if there were none (D.38).
        """
        policies, _ = on_one_plugin(in_place(self.cluster.policies), self.cluster.every_policy)
        return other_hosts(policies, having=HostLabels.ANY)

    @property
    def _of_one_plugin(self) -> Sequence[AnyPolicy]:
        """The policies on the plug-in that the host endpoints call for (D.6)."""
        return on_one_plugin(self.cluster.policies, self.cluster.every_policy)[0]

    @cached_property
    def tiers_anywhere(self) -> Tiers:
        """The policies as tiers beside any host endpoints, pinned as `tiers` are.

        What is pinned to a namespace can select host endpoints with its label besides (D.13).
        """
        if self.other_hosts is None:
            return self.tiers
        tiers = fixed(lower((*self._of_one_plugin, *self.other_hosts.hosts)), 0)
        homes = {(one.index, one.direction): one.home for one in policies_in(self.tiers)}

        def pinned(one: TierPolicy) -> TierPolicy:
            return replace(one, home=homes.get((one.index, one.direction)))

        return {
            way: tuple(replace(one, policies=tuple(map(pinned, one.policies))) for one in listed)
            for way, listed in tiers.items()
        }

    @cached_property
    def passages(self) -> tuple[Passage, ...]:
        """What host endpoints let through, with the indices of the cluster (D.37)."""
        return fixed_passages(passages(self.cluster.every_policy), 0)

    @cached_property
    def passages_anywhere(self) -> tuple[Passage, ...] | None:
        """What any host endpoints let through; `None` where that is too much to look at."""
        others = self.other_hosts
        if others is None:
            return ()
        if others.passed is None or len(others.passed) > MOST_PASSAGES:
            return None
        return fixed_passages(passages(self._of_one_plugin, others), 0)

    @cached_property
    def forwarding(self) -> frozenset[int]:
        """The policies that decide on what those of the input let through, by index."""
        return frozenset(index for one in self.passages for index in one.policies)

    @cached_property
    def forwarding_anywhere(self) -> frozenset[int]:
        """The policies that decide on what some host endpoint lets through, by index."""
        listed = enumerate(self.cluster.policies)
        return frozenset(at for at, one in listed if is_forwarding((one,)))

    @cached_property
    def label_sets(self) -> dict[str, list[dict[str, str]]]:
        """By namespace, the different labels of its pods that policies can select."""
        return {
            name: [dict(labels) for labels in dict.fromkeys(pod.labels for pod in pods)]
            for name, pods in self.pods.items()
        }

    @cached_property
    def namespaces(self) -> dict[str, Namespace]:
        """The namespaces by name."""
        return {one.name: one for one in self.cluster.namespaces}

    @cached_property
    def pods(self) -> dict[str, tuple[PodEndpoint, ...]]:
        """The pods that policies can select, by namespace (A.45)."""
        found: dict[str, list[PodEndpoint]] = {name: [] for name in self.namespaces}
        for workload in self.cluster.workloads:
            pod = self._endpoint(workload)
            if policed_pod(pod, self.assumptions) is not None:
                found[workload.namespace].append(pod)
        return {name: tuple(pods) for name, pods in found.items()}

    def _endpoint(self, workload: Workload) -> PodEndpoint:
        return pod_of(workload, self.namespaces[workload.namespace], 1)

    @cached_property
    def _addresses(self) -> dict[int, tuple[list[int], list[PodEndpoint]]]:
        """By IP version, the known addresses in ascending order, and whose they are."""
        found: dict[int, list[tuple[int, PodEndpoint]]] = {4: [], 6: []}
        for workload in self.cluster.workloads:
            for address in map(ip_address, workload.addresses):
                found[address.version].append((int(address), self._endpoint(workload)))
        for known in found.values():
            known.sort(key=lambda pair: pair[0])
        return {
            version: ([value for value, _ in known], [pod for _, pod in known])
            for version, known in found.items()
        }

    def at_addresses(self, cidr: str) -> Sequence[PodEndpoint]:
        """The workloads with a known address in the block, policed or not."""
        block = ip_network(cidr)
        values, pods = self._addresses[block.version]
        start = bisect_left(values, int(block.network_address))
        return pods[start : bisect_right(values, int(block.broadcast_address))]

    @cached_property
    def declaring(self) -> dict[str, set[str]]:
        """By port name, the namespaces of the workloads that declare it."""
        every_port = is_calico(self.cluster.every_policy)
        found: dict[str, set[str]] = {}
        for workload in self.cluster.workloads:
            for port in (*workload.ports, *(workload.init_ports if every_port else ())):
                found.setdefault(port.name, set()).add(workload.namespace)
        return found

    @cached_property
    def has_pods(self) -> bool:
        """Whether the input says anything of pods."""
        return bool(self.cluster.workloads)

    @cached_property
    def dormant(self) -> dict[str, tuple[Workload, ...]]:
        """By namespace, the workloads that run no pod at present (A.9)."""
        return _by_namespace(self.loaded.dormant)

    @cached_property
    def nodes(self) -> dict[str, tuple[Workload, ...]]:
        """By namespace, the workloads whose pods count as their nodes (A.45)."""
        return _by_namespace(
            one for one in self.cluster.workloads if is_node(self._endpoint(one), self.assumptions)
        )

    @cached_property
    def is_part(self) -> bool:
        """Whether the input is part of a cluster only: every cluster runs pods in kube-system."""
        return all(one.namespace != "kube-system" for one in self.cluster.workloads)

    @cached_property
    def declares_namespaces(self) -> bool:
        """Whether the input declares any namespace."""
        return any(one.declared for one in self.cluster.namespaces)

    @cached_property
    def by_namespace(self) -> dict[str, tuple[NetworkPolicy, ...]]:
        """The policies by namespace."""
        return _by_namespace(self.policies)

    @cached_property
    def has_unknown_labels(self) -> bool:
        """Whether some policy selects by a label that a controller is yet to add to pods (A.1)."""
        return any(True for _ in unknown_labels(self.cluster, ()))

    @cached_property
    def asked_later(self) -> Mapping[Match, frozenset[str]]:
        """The parts of subjects that ask for labels which controllers add to pods, with these."""
        found: dict[Match, frozenset[str]] = {}
        for tier in every_tier(self.tiers) if self.has_unknown_labels else ():
            for policy in tier.policies:
                for part in demanded(policy.subject):
                    atoms = (one for one in atoms_of(part) if isinstance(one, Labelled | LabelText))
                    keys = ALL_GENERATED.intersection(one.key for one in atoms)
                    if keys:
                        found[part] = keys
        return found

    @cached_property
    def _alike(self) -> dict[str, dict[_Alike, tuple[PodEndpoint, ...]]]:
        """The pods by namespace, labels, and the keys of labels that they are yet to get."""
        found: dict[str, dict[_Alike, list[PodEndpoint]]] = {}
        for name, pods in self.pods.items():
            alike = found.setdefault(name, {})
            for pod in pods:
                key = pod.labels, keys_not_given(pod.kind, pod.labels)
                alike.setdefault(key, []).append(pod)
        return {
            name: {key: tuple(pods) for key, pods in alike.items()} for name, alike in found.items()
        }

    def matcher(self, selector: LabelSelector) -> Callable[[Labels], bool]:
        """Says of labels whether they meet the selector, as the oracle does."""
        known = self._matching.setdefault(requirements_of(selector), {})

        def meets(labels: Labels) -> bool:
            answer = known.get(labels)
            if answer is None:
                answer = known[labels] = matches(selector, labels)
            return answer

        return meets

    def subjects(self, policy: NetworkPolicy) -> Iterator[PodEndpoint]:
        """The pods of the input that the policy's subject includes (A.1)."""
        return self._pods_in(policy.namespace, policy.subject)

    def _pods_in(self, namespace: str, selector: LabelSelector) -> Iterator[PodEndpoint]:
        """The pods that meet the selector, or may once controllers have added their labels."""
        meets = self.matcher(selector)
        generated = {one.key for one in selector.requirements} & ALL_GENERATED
        for (labels, lacking), pods in self._alike.get(namespace, {}).items():
            unknown = generated & lacking
            if meets(labels) or (unknown and self._may_meet(selector, labels, unknown)):
                yield from pods

    def _may_meet(self, selector: LabelSelector, labels: Labels, unknown: Set[str]) -> bool:
        known = tuple(one for one in selector.requirements if one.key not in unknown)
        return self.matcher(LabelSelector(known))(labels)

    def named(
        self, among: dict[str, tuple[Workload, ...]], namespace: str, selector: LabelSelector
    ) -> list[str]:
        """The names of those `among` the workloads of the namespace that meet the selector."""
        meets = self.matcher(selector)
        return [one.name for one in among.get(namespace, ()) if meets(one.labels)]

    def peer_namespaces(self, peer: PodPeer, namespace: str) -> Iterator[Namespace]:
        """The namespaces of the input that a peer of a policy of `namespace` speaks of (A.17)."""
        if peer.namespaces is None:
            yield self.namespaces[namespace]
            return
        meets = self.matcher(peer.namespaces)
        yield from (one for one in self.cluster.namespaces if meets(one.labels))

    def peer_pods(self, peer: Peer, namespace: str) -> Iterator[PodEndpoint]:
        """The pods of the input that a peer of a policy of `namespace` matches."""
        if isinstance(peer, BlockPeer):
            yield from self._addressed(peer)
            return
        for one in self.peer_namespaces(peer, namespace):
            yield from self._pods_in(one.name, peer.pods or LabelSelector())

    def _addressed(self, block: BlockPeer) -> Iterator[PodEndpoint]:
        """The pods whose known addresses the block matches (A.29)."""
        if Assumption.IPBLOCK_MATCHES_PODS not in self.assumptions:
            return
        for pod in self.at_addresses(block.cidr):
            policed = policed_pod(pod, self.assumptions) is not None
            if policed and any(block_matches(block, address) for address in pod.addresses):
                yield pod


def demanded(condition: Match) -> tuple[Match, ...]:
    """Conditions that all have to hold where this one does, and hold together only there."""
    return condition.parts if isinstance(condition, All) else (condition,)


Placed = TypeVar("Placed", NetworkPolicy, Workload)


def _by_namespace(those: Iterable[Placed]) -> dict[str, tuple[Placed, ...]]:
    found: dict[str, list[Placed]] = {}
    for one in those:
        found.setdefault(one.namespace, []).append(one)
    return {name: tuple(listed) for name, listed in found.items()}


def requirements_of(selector: LabelSelector) -> _Requirements:
    """The selector without its places: equal for selectors that are written alike."""
    found = (
        (one.key, one.operator.value, tuple(sorted(set(one.values))))
        for one in selector.requirements
    )
    return tuple(sorted(found))


def rules_in_force(policy: NetworkPolicy) -> Iterator[PlacedRule]:
    """The rules of the directions that the policy isolates (A.11)."""
    for direction in Direction:
        if direction in types_of(policy):
            yield from rules_written(policy, direction)


def rules_written(policy: NetworkPolicy, direction: Direction) -> Iterator[PlacedRule]:
    """The rules of a direction, in force or not."""
    for index, rule in enumerate(rules_of(policy, direction)):
        yield PlacedRule(policy, direction, index, rule)


def peer_selectors(peers: Iterable[Peer]) -> Iterator[tuple[str, LabelSelector]]:
    """The selectors of the peers, each with what it speaks of."""
    for peer in peers:
        if isinstance(peer, PodPeer):
            if peer.namespaces is not None:
                yield "namespace", peer.namespaces
            if peer.pods is not None:
                yield "pod", peer.pods
