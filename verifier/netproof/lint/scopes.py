"""How little of a cluster decides on the connections of one namespace's pods.

Whether a policy of a namespace can be removed depends on few policies besides, and of those only
on what they say of its pods; asking the solver with that alone keeps lint linear in the number of
namespaces.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from ipaddress import IPv4Network, IPv6Network, collapse_addresses, ip_network

from netproof.lint.facts import Facts, rules_in_force
from netproof.oracle.addresses import family_of
from netproof.oracle.labels import matches
from netproof.oracle.network_policy import types_of
from netproof_specs.assumptions import Assumption
from netproof_specs.model.cluster import Cluster, Policy
from netproof_specs.model.labels import NAME_LABEL, LabelSelector
from netproof_specs.model.network_policy import BlockPeer, Peer, PodPeer, PolicyRule
from netproof_specs.model.traffic import Direction, Family, PortName


def scope_anywhere(facts: Facts, namespace: str) -> Cluster:
    """The policies that decide on removals from the namespace in `any-cluster`.

    Beside its own those are the policies of namespaces that its policies select by name: a pod
    of any other namespace looks to its policies like a pod with the same labels in a namespace
    without any policy, and there nothing hides the effect of a removal.
    """
    names = {namespace, *_named(facts.by_namespace[namespace])}
    return Cluster(policies=_policies_in(facts, names, namespace, _may_select(namespace)))


def _named(policies: Iterable[Policy]) -> Iterator[str]:
    for peer in _peers(policies):
        if isinstance(peer, PodPeer) and peer.namespaces is not None:
            for requirement in peer.namespaces.requirements:
                if requirement.key == NAME_LABEL:
                    yield from requirement.values


def _peers(policies: Iterable[Policy]) -> Iterator[Peer]:
    for policy in policies:
        for placed in rules_in_force(policy):
            yield from placed.rule.peers


def _may_select(namespace: str) -> Callable[[LabelSelector], bool]:
    """Whether a selector can select the namespace, whatever labels it has besides its name."""
    labels = ((NAME_LABEL, namespace),)

    def may(selector: LabelSelector) -> bool:
        named = tuple(one for one in selector.requirements if one.key == NAME_LABEL)
        return matches(LabelSelector(named), labels)

    return may


def _policies_in(
    facts: Facts, names: set[str], namespace: str, selects: Callable[[LabelSelector], bool]
) -> tuple[Policy, ...]:
    """The policies of the namespaces, those of all but one with what they say of that one."""
    return tuple(
        one if one.namespace == namespace else _facing(one, selects)
        for one in facts.cluster.policies
        if one.namespace in names
    )


def _facing(policy: Policy, selects: Callable[[LabelSelector], bool]) -> Policy:
    """The policy without peers that match no pod of a namespace; it isolates what it did.

    `selects` says whether a selector can select that namespace, which is not the policy's own.
    """

    def left(rules: Iterable[PolicyRule]) -> Iterator[PolicyRule]:
        for rule in rules:
            peers = tuple(one for one in rule.peers if _can_match(one, selects))
            if peers or not rule.peers:
                yield replace(rule, peers=peers)

    return replace(
        policy,
        policy_types=tuple(one for one in Direction if one in types_of(policy)),
        ingress=tuple(left(policy.ingress)),
        egress=tuple(left(policy.egress)),
    )


def _can_match(peer: Peer, selects: Callable[[LabelSelector], bool]) -> bool:
    if isinstance(peer, BlockPeer):
        return True
    return peer.namespaces is not None and selects(peer.namespaces)


def scope_here(facts: Facts, namespace: str) -> Cluster:
    """The part of the cluster that decides on removals from the namespace in `snapshot`.

    Beside the namespace itself those are the namespaces of the pods that its peers match, and of
    those with a port that its egress rules name: every other pod looks to its policies like some
    external address in none of their blocks, unless the blocks leave no such address.
    """
    policies = facts.by_namespace[namespace]
    peers = list(_peers(policies))
    blocks = sorted({peer.cidr for peer in peers if isinstance(peer, BlockPeer)})
    names = set(facts.namespaces)
    if not _leave_nobody(facts, namespace, blocks):
        names = {
            namespace,
            *_matched(facts, namespace, peers),
            *_addressed(facts, blocks),
            *_declaring(facts, policies),
        }
    labels = facts.namespaces[namespace].labels

    def selects(selector: LabelSelector) -> bool:
        return facts.matcher(selector)(labels)

    return Cluster(
        tuple(one for one in facts.cluster.namespaces if one.name in names),
        tuple(one for one in facts.cluster.workloads if one.namespace in names),
        _policies_in(facts, names, namespace, selects),
    )


def _leave_nobody(facts: Facts, namespace: str, blocks: Iterable[str]) -> bool:
    """Whether some pod of the namespace can meet no external address outside the blocks (A.27).

    Of a family in which it has no address it meets none.
    """
    covered = _covered_families(blocks)
    return bool(covered) and any(
        _families(pod.addresses) <= covered for pod in facts.pods[namespace]
    )


def _covered_families(blocks: Iterable[str]) -> set[Family]:
    """The families of which the blocks together hold every address."""
    networks = [ip_network(block) for block in blocks]
    fours = collapse_addresses(one for one in networks if isinstance(one, IPv4Network))
    sixes = collapse_addresses(one for one in networks if isinstance(one, IPv6Network))
    whole = {str(one) for one in (*fours, *sixes)}
    return {family for family, everything in _EVERYTHING.items() if everything in whole}


_EVERYTHING = {Family.IPV4: "0.0.0.0/0", Family.IPV6: "::/0"}


def _families(addresses: Iterable[str]) -> set[Family]:
    """The families of a pod's connections: those of its addresses, both where it has none."""
    return set(map(family_of, addresses)) or set(Family)


def _matched(facts: Facts, namespace: str, peers: Iterable[Peer]) -> Iterator[str]:
    """The namespaces of pods that pod peers match."""
    for peer in peers:
        if isinstance(peer, PodPeer):
            for space in facts.peer_namespaces(peer, namespace):
                if facts.any_pod(space.name, peer.pods):
                    yield space.name


def _addressed(facts: Facts, blocks: Sequence[str]) -> Iterator[str]:
    """The namespaces of workloads that have an address in one of the blocks, or may have (A.29)."""
    for block in blocks:
        for pod in facts.at_addresses(block):
            yield pod.namespace.name
    if blocks and Assumption.UNKNOWN_POD_ADDRESSES in facts.assumptions:
        yield from (one.namespace for one in facts.cluster.workloads if not one.addresses)


def _declaring(facts: Facts, policies: Iterable[Policy]) -> Iterator[str]:
    """The namespaces of pods with a port that an egress rule to any peer names (A.35)."""
    for policy in policies:
        for placed in rules_in_force(policy):
            if placed.direction is Direction.EGRESS and not placed.rule.peers:
                for one in placed.rule.ports:
                    if isinstance(one.port, PortName):
                        yield from facts.declaring.get(one.port.name, ())
