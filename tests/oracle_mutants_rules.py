"""Planted errors in what selectors, subjects, peers and blocks match."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from netaddr import IPAddress, IPNetwork
from tests.mutants import Function, Mutant, mutant

from netproof.oracle import addresses, connections, labels, network_policy
from netproof_specs.assumptions import Assumption, Assumptions
from netproof_specs.model.connections import Connection, Endpoint, ExternalEndpoint, PodEndpoint
from netproof_specs.model.labels import LabelSelector, Operator, Requirement
from netproof_specs.model.network_policy import BlockPeer, NetworkPolicy, PodPeer
from netproof_specs.model.traffic import Direction

# --- labels ------------------------------------------------------------------------------------


def not_in_needs_the_key(right: Function) -> Function:
    def holds(requirement: Requirement, mapping: dict[str, str]) -> bool:
        if requirement.operator is Operator.NOT_IN and requirement.key not in mapping:
            return False
        return bool(right(requirement, mapping))

    return holds


def empty_is_absent(right: Function) -> Function:
    def holds(requirement: Requirement, mapping: dict[str, str]) -> bool:
        return bool(right(requirement, {key: value for key, value in mapping.items() if value}))

    return holds


def absent_is_empty(right: Function) -> Function:
    def holds(requirement: Requirement, mapping: dict[str, str]) -> bool:
        return bool(right(requirement, {requirement.key: "", **mapping}))

    return holds


def keys_in_lower_case(right: Function) -> Function:
    def holds(requirement: Requirement, mapping: dict[str, str]) -> bool:
        lowered = {key.lower(): value for key, value in mapping.items()}
        return bool(right(replace(requirement, key=requirement.key.lower()), lowered))

    return holds


def values_in_lower_case(right: Function) -> Function:
    def holds(requirement: Requirement, mapping: dict[str, str]) -> bool:
        return bool(right(requirement, {key: value.lower() for key, value in mapping.items()}))

    return holds


def requirements_are_ored(_: Function) -> Function:
    def matches(selector: LabelSelector, found: tuple[tuple[str, str], ...]) -> bool:
        mapping = dict(found)
        requirements = selector.requirements
        return not requirements or any(labels.holds(one, mapping) for one in requirements)

    return matches


def last_requirement_of_a_key_wins(right: Function) -> Function:
    def matches(selector: LabelSelector, found: object) -> bool:
        by_key = {one.key: one for one in selector.requirements}
        return bool(right(LabelSelector(tuple(by_key.values())), found))

    return matches


def empty_selector_matches_nothing(right: Function) -> Function:
    def matches(selector: LabelSelector, found: object) -> bool:
        return bool(selector.requirements) and bool(right(selector, found))

    return matches


# --- subjects and types ------------------------------------------------------------------------


def types_from_rules(right: Function) -> Function:
    def types_of(policy: NetworkPolicy) -> frozenset[Direction]:
        found = set(right(policy))
        found |= {Direction.INGRESS} if policy.ingress else set()
        return frozenset(found | ({Direction.EGRESS} if policy.egress else set()))

    return types_of


def egress_rules_alone_isolate_egress_alone(right: Function) -> Function:
    def types_of(policy: NetworkPolicy) -> frozenset[Direction]:
        if not policy.policy_types and policy.egress and not policy.ingress:
            return frozenset({Direction.EGRESS})
        return frozenset(right(policy))

    return types_of


def egress_field_isolates(right: Function) -> Function:
    def types_of(policy: NetworkPolicy) -> frozenset[Direction]:
        return frozenset(Direction) if not policy.policy_types else frozenset(right(policy))

    return types_of


def empty_types_are_none(_: Function) -> Function:
    def types_of(policy: NetworkPolicy) -> frozenset[Direction]:
        return frozenset(policy.policy_types)

    return types_of


def ingress_is_always_isolated(right: Function) -> Function:
    def types_of(policy: NetworkPolicy) -> frozenset[Direction]:
        return frozenset({Direction.INGRESS, *right(policy)})

    return types_of


def subjects_in_every_namespace(_: Function) -> Function:
    def is_of(*_: object) -> bool:
        return True

    return is_of


def peers_are_isolated_too(right: Function) -> Function:
    def applies(policy: NetworkPolicy, pod: PodEndpoint, direction: Direction) -> bool:
        peers = [peer for rule in policy.ingress for peer in rule.peers]
        return bool(right(policy, pod, direction)) or any(
            network_policy.pod_peer_matches(peer, policy.namespace, pod)
            for peer in peers
            if isinstance(peer, PodPeer)
        )

    return applies


# --- rules and peers ---------------------------------------------------------------------------


def empty_from_is_nobody(right: Function) -> Function:
    def peers_match(peers: tuple[object, ...], *rest: object) -> bool:
        return bool(peers) and bool(right(peers, *rest))

    return peers_match


def peers_are_anded(_: Function) -> Function:
    def peers_match(peers: tuple[Any, ...], *rest: Any) -> bool:
        return all(network_policy.peer_matches(peer, *rest) for peer in peers)

    return peers_match


def selectors_of_a_peer_are_ored(_: Function) -> Function:
    def pod_peer_matches(peer: PodPeer, namespace: str, pod: PodEndpoint) -> bool:
        there = peer.namespaces is not None and labels.matches(
            peer.namespaces, pod.namespace.labels
        )
        here = pod.namespace.name == namespace
        chosen = peer.pods is not None and labels.matches(peer.pods, pod.labels)
        return there or (here and chosen)

    return pod_peer_matches


def pod_selector_means_every_namespace(_: Function) -> Function:
    def pod_peer_matches(peer: PodPeer, _namespace: str, pod: PodEndpoint) -> bool:
        given = ((peer.namespaces, pod.namespace.labels), (peer.pods, pod.labels))
        return all(one is None or labels.matches(one, found) for one, found in given)

    return pod_peer_matches


def namespace_selector_reads_pod_labels(right: Function) -> Function:
    def pod_peer_matches(peer: PodPeer, namespace: str, pod: PodEndpoint) -> bool:
        merged = dict(pod.namespace.labels) | dict(pod.labels)
        spread = replace(pod.namespace, labels=tuple(sorted(merged.items())))
        return bool(right(peer, namespace, replace(pod, namespace=spread)))

    return pod_peer_matches


def own_namespace_is_not_among_namespaces(right: Function) -> Function:
    def pod_peer_matches(peer: PodPeer, namespace: str, pod: PodEndpoint) -> bool:
        other = pod.namespace.name != namespace
        return (other or peer.namespaces is None) and bool(right(peer, namespace, pod))

    return pod_peer_matches


def all_namespaces_is_everything(right: Function) -> Function:
    def peer_matches(
        peer: object, policy: object, other: Endpoint, family: object, assumptions: object
    ) -> bool:
        selector = peer.namespaces if isinstance(peer, PodPeer) else None
        everywhere = selector is not None and not selector.requirements
        if everywhere and isinstance(other, ExternalEndpoint):
            return True
        return bool(right(peer, policy, other, family, assumptions))

    return peer_matches


def peers_are_the_subjects_end(_: Function) -> Function:
    def other_end(connection: Connection, direction: Direction) -> Endpoint:
        return connections.subject_end(connection, direction)

    return other_end


# --- address blocks ----------------------------------------------------------------------------


def except_is_ignored(_: Function) -> Function:
    def block_matches(block: BlockPeer, address: str) -> bool:
        return addresses.in_block(address, block.cidr)

    return block_matches


def except_counts_for_every_peer(right: Function) -> Function:
    def peers_match(peers: tuple[Any, ...], policy: object, other: Endpoint, *rest: Any) -> bool:
        excepts = [one for peer in peers if isinstance(peer, BlockPeer) for one in peer.excepts]
        known = addresses.addresses_of(other, *rest)
        if any(addresses.in_block(address, one) for address in known for one in excepts):
            return False
        return bool(right(peers, policy, other, *rest))

    return peers_match


def any_ipv4_is_any(right: Function) -> Function:
    def in_block(address: str, cidr: str) -> bool:
        return cidr == "0.0.0.0/0" or bool(right(address, cidr))

    return in_block


def families_are_numbers(_: Function) -> Function:
    def in_block(address: str, cidr: str) -> bool:
        block = IPNetwork(cidr)
        return bool(block.first <= int(IPAddress(address)) <= block.last)

    return in_block


def broadcast_is_outside(right: Function) -> Function:
    def in_block(address: str, cidr: str) -> bool:
        return bool(right(address, cidr)) and int(IPAddress(address)) != IPNetwork(cidr).last

    return in_block


def blocks_never_match_pods(right: Function) -> Function:
    def addresses_of(end: Endpoint, family: object, assumptions: object) -> tuple[str, ...]:
        external = isinstance(end, ExternalEndpoint)
        return tuple(right(end, family, assumptions)) if external else ()

    return addresses_of


def blocks_always_match_pods(right: Function) -> Function:
    def addresses_of(end: Endpoint, family: object, assumptions: Assumptions) -> tuple[str, ...]:
        assumed = assumptions | {Assumption.IPBLOCK_MATCHES_PODS}
        return tuple(right(end, family, assumed))

    return addresses_of


def every_family_counts(_: Function) -> Function:
    def addresses_of(end: Endpoint, *_rest: object) -> tuple[str, ...]:
        return (end.address,) if isinstance(end, ExternalEndpoint) else end.addresses

    return addresses_of


_ADDRESSES = "netproof.oracle.addresses"
_LABELS = "netproof.oracle.labels"
_POLICY = "netproof.oracle.network_policy"

RULE_MUTANTS: tuple[Mutant, ...] = (
    mutant(_LABELS, "holds", not_in_needs_the_key, "F19.1"),
    mutant(_LABELS, "holds", empty_is_absent, "F21.2"),
    mutant(_LABELS, "holds", absent_is_empty, "F21.1"),
    mutant(_LABELS, "holds", keys_in_lower_case, "F25.1"),
    mutant(_LABELS, "holds", values_in_lower_case, "values-are-case-sensitive.2"),
    mutant(_LABELS, "matches", requirements_are_ored, "requirements-are-anded.2"),
    mutant(_LABELS, "matches", last_requirement_of_a_key_wins, "one-key-in-both-parts.4"),
    mutant(_LABELS, "matches", empty_selector_matches_nothing, "F2.1"),
    mutant(_POLICY, "types_of", types_from_rules, "F7.1"),
    mutant(_POLICY, "types_of", egress_rules_alone_isolate_egress_alone, "F5.1"),
    mutant(_POLICY, "types_of", egress_field_isolates, "F4.1"),
    mutant(_POLICY, "types_of", empty_types_are_none, "F8.1"),
    mutant(_POLICY, "types_of", ingress_is_always_isolated, "F6.1"),
    mutant(_POLICY, "is_of", subjects_in_every_namespace, "own-namespace-only.2"),
    mutant(_POLICY, "applies", peers_are_isolated_too, "peers-are-not-isolated.1"),
    mutant(_POLICY, "peers_match", empty_from_is_nobody, "F11.1"),
    mutant(_POLICY, "peers_match", peers_are_anded, "F18-two-dashes.3"),
    mutant(_POLICY, "pod_peer_matches", selectors_of_a_peer_are_ored, "F18-one-dash.3"),
    mutant(_POLICY, "pod_peer_matches", pod_selector_means_every_namespace, "F16.1"),
    mutant(_POLICY, "pod_peer_matches", own_namespace_is_not_among_namespaces, "F17.4"),
    mutant(_POLICY, "peer_matches", all_namespaces_is_everything, "F17.1"),
    mutant(_ADDRESSES, "block_matches", except_is_ignored, "except.2"),
    mutant(_POLICY, "peers_match", except_counts_for_every_peer, "F46.1"),
    mutant(_ADDRESSES, "in_block", any_ipv4_is_any, "F47.1"),
    mutant(_ADDRESSES, "in_block", families_are_numbers, "F47.5"),
    mutant(_ADDRESSES, "in_block", broadcast_is_outside, "inside-and-outside.2"),
    mutant(_ADDRESSES, "addresses_of", blocks_never_match_pods, "F50.1"),
    mutant(_ADDRESSES, "addresses_of", every_family_counts, "dual-stack-pods.2"),
    mutant(
        _POLICY,
        "pod_peer_matches",
        namespace_selector_reads_pod_labels,
        "namespace-labels-are-not-pod-labels.2",
    ),
    mutant(
        _POLICY,
        "other_end",
        peers_are_the_subjects_end,
        "subject-labels-are-not-peer-labels.1",
    ),
    mutant(_ADDRESSES, "addresses_of", blocks_always_match_pods, "F50.1:ipblock-matches-pods"),
)
