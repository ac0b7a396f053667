"""NetworkPolicy as one tier of allow rules; the twin of `netproof.oracle.network_policy`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeAlias, assert_never

from netproof_encodings.decision.conditions import (
    End,
    HasProtocol,
    InBlock,
    InNamespace,
    Match,
    NamesPort,
    Not,
    OnPorts,
    Whose,
    every,
    some,
    subject_end,
)
from netproof_encodings.decision.placed import Where
from netproof_encodings.decision.tiers import Rule, Tier, TierPolicy, Unmatched
from netproof_encodings.lowering.selectors import labels_match, pods_match
from netproof_specs.model.labels import NAME_LABEL, LabelSelector, Operator
from netproof_specs.model.network_policy import (
    BlockPeer,
    NetworkPolicy,
    Peer,
    PodPeer,
    PolicyPort,
    PolicyRule,
)
from netproof_specs.model.traffic import Action, Direction, PortName, PortRange, Protocol


def lower(
    policies: Sequence[tuple[int, NetworkPolicy]], direction: Direction, facing: Spaces = None
) -> Tier:
    """One tier: a selected pod that no rule admits is denied (A.3, A.5).

    Rules of which `can_find` says that they find nothing in `facing` are left out.
    """
    lowered = (
        lower_policy(index, policy, direction, facing)
        for index, policy in policies
        if direction in types_of(policy)
    )
    return Tier("NetworkPolicy", direction, tuple(lowered), Unmatched.DENY)


def types_of(policy: NetworkPolicy) -> frozenset[Direction]:
    """The directions that a policy isolates: as given, else by the rules it has (A.10, A.11)."""
    if policy.policy_types:
        return frozenset(policy.policy_types)
    if policy.egress:
        return frozenset(Direction)
    return frozenset({Direction.INGRESS})


Spaces: TypeAlias = frozenset[str] | None
"""Namespaces by their names; None for all there are."""


def can_find(rule: PolicyRule, namespace: str, facing: Spaces) -> bool:
    """False only if the rule finds no pod of the namespaces, by their names alone (A.18, A.25).

    Nothing is said of a rule without peers, or with a block.
    """
    return (
        facing is None
        or not rule.peers
        or any(
            isinstance(peer, BlockPeer)
            or (
                namespace in facing if peer.namespaces is None else _can_be(peer.namespaces, facing)
            )
            for peer in rule.peers
        )
    )


def _can_be(namespaces: LabelSelector, names: frozenset[str]) -> bool:
    return not any(
        one.key == NAME_LABEL and one.operator is Operator.IN and names.isdisjoint(one.values)
        for one in namespaces.requirements
    )


def lower_policy(
    index: int, policy: NetworkPolicy, direction: Direction, facing: Spaces = None
) -> TierPolicy:
    """The policy in one direction, which must be among its types; `facing` as of `lower`."""
    rules = policy.ingress if direction is Direction.INGRESS else policy.egress
    subject = subject_end(direction)
    return TierPolicy(
        index,
        policy,
        direction,
        pods_match(subject, policy.namespace, None, policy.subject, policy.where),
        tuple(
            Rule(
                Action.ALLOW,
                lower_rule(rule, policy.namespace, subject.opposite),
                at,
                rule.where,
            )
            for at, rule in enumerate(rules)
            if can_find(rule, policy.namespace, facing)
        ),
        home=policy.namespace,
        rules_isolate=direction is Direction.EGRESS and not policy.policy_types,
    )


def written(policy: NetworkPolicy) -> Iterator[Match]:
    """The conditions of the policy's subject and of every rule, in force or not (A.52)."""
    yield pods_match(End.DESTINATION, policy.namespace, None, policy.subject)
    for rule in (*policy.ingress, *policy.egress):
        yield lower_rule(rule, policy.namespace, End.SOURCE)


def naming(policy: NetworkPolicy) -> Iterator[Match]:
    """Those atoms of `written` that can be on the name of a namespace."""
    yield InNamespace(End.DESTINATION, policy.namespace)
    for rule in (*policy.ingress, *policy.egress):
        for peer in rule.peers:
            if isinstance(peer, PodPeer) and peer.namespaces is not None:
                yield from labels_match(End.SOURCE, Whose.NAMESPACE, peer.namespaces)


def lower_rule(rule: PolicyRule, namespace: str, other: End) -> Match:
    """Peers and ports together; a list without elements is no condition (A.13 to A.16)."""
    parts: list[Match] = []
    if rule.peers:
        parts.append(some(lower_peer(peer, namespace, other) for peer in rule.peers))
    if rule.ports:
        parts.append(some(lower_port(port, rule.where) for port in rule.ports))
    return every(parts)


def lower_peer(peer: Peer, namespace: str, other: End) -> Match:
    """A peer; pods without a namespace selector are those of the policy's own (A.17, A.18)."""
    match peer:
        case BlockPeer(cidr, excepts, where):
            inside = (Not(InBlock(other, block, where=where)) for block in excepts)
            return every((InBlock(other, cidr, where=where), *inside))
        case PodPeer(None, pods, where):
            return pods_match(other, namespace, None, pods, where)
        case PodPeer(namespaces, pods, where):
            return pods_match(other, None, namespaces, pods, where)
        case _:
            assert_never(peer)


def lower_port(port: PolicyPort, where: Where = None) -> Match:
    """An element of `ports`; the protocol is TCP unless given (A.31 to A.35)."""
    where = port.where or where
    protocol = HasProtocol(port.protocol or Protocol.TCP, where)
    match port.port:
        case None:
            return protocol
        case PortRange():
            return every((protocol, OnPorts(port.port, where)))
        case PortName(name):
            return every((protocol, NamesPort(name, where)))
        case _:
            assert_never(port.port)


def types_text(policy: NetworkPolicy) -> str:
    """The directions that the policy isolates, and whether it says so itself (A.10)."""
    listed = ", ".join(one.value for one in Direction if one in types_of(policy))
    given = bool(policy.policy_types)
    return f"policyTypes {listed}" if given else f"the default of policyTypes, {listed},"
