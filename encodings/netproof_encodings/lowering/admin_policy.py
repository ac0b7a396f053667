"""Admin-level policies as a tier; the twin of `netproof.oracle.admin_policy`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from ipaddress import IPv4Network, IPv6Network, collapse_addresses, ip_network
from typing import assert_never

from netproof_encodings.decision.conditions import (
    NEVER,
    End,
    HasProtocol,
    InBlock,
    IsOrdinaryPod,
    Match,
    NamesPort,
    OfFamily,
    OnPorts,
    Seen,
    Whose,
    every,
    some,
    subject_end,
)
from netproof_encodings.decision.tiers import Rule, Tier, TierPolicy, Unmatched
from netproof_encodings.lowering.selectors import labels_match
from netproof_encodings.vocabulary.mentioned import can_be_namespace
from netproof_specs.model.admin_policy import (
    AdminAction,
    AdminPeer,
    AdminPods,
    AdminPolicy,
    AdminPort,
    AdminRule,
    AdminTier,
    NetworksPeer,
    NodesPeer,
)
from netproof_specs.model.labels import NAME_LABEL, LabelSelector, Operator, Requirement
from netproof_specs.model.traffic import Action, Direction, Family, PortName, PortRange, Protocol

ACTIONS = {
    AdminAction.ALLOW: Action.ALLOW,
    AdminAction.ACCEPT: Action.ALLOW,
    AdminAction.DENY: Action.DENY,
    AdminAction.PASS: Action.PASS,
}


def lower(
    policies: Sequence[tuple[int, AdminPolicy]], tier: AdminTier, direction: Direction
) -> Tier:
    """The tier's policies by priority, then by name; what they do not match they let be (C.2, C.3).

    Those without rules for the direction have no effect on it, and are left out.
    """
    ordered = sorted(policies, key=lambda pair: (rank(pair[1]), pair[1].name))
    lowered = (
        lower_policy(index, policy, direction, lower_rules(policy, direction))
        for index, policy in ordered
        if policy.tier is tier and rules_of(policy, direction)
    )
    return Tier(tier.value, direction, tuple(lowered), Unmatched.PASS)


def rank(policy: AdminPolicy) -> int:
    """The priority; the kind without one is alone in its tier (C.12)."""
    return policy.priority or 0


def rules_of(policy: AdminPolicy, direction: Direction) -> tuple[AdminRule, ...]:
    """The rules of the direction."""
    return policy.ingress if direction is Direction.INGRESS else policy.egress


def lower_rules(policy: AdminPolicy, direction: Direction) -> tuple[Rule, ...]:
    """The rules of the direction as Kubernetes has them (C.10)."""
    other = subject_end(direction).opposite
    return tuple(
        Rule(ACTIONS[rule.action], lower_rule(rule, other), at, rule.where)
        for at, rule in enumerate(rules_of(policy, direction))
    )


def lower_policy(
    index: int, policy: AdminPolicy, direction: Direction, rules: tuple[Rule, ...]
) -> TierPolicy:
    """The policy in one direction, with its rules there (C.10)."""
    return TierPolicy(
        index,
        policy,
        direction,
        pods_match(policy.subject, subject_end(direction)),
        rules,
        home=home_of(policy.subject),
        rank=rank(policy),
    )


def home_of(subject: AdminPods) -> str | None:
    """The one namespace that the subject is in by its name, if it is pinned to one (A.25)."""
    for one in requirements(subject.namespaces):
        pinned = one.key == NAME_LABEL and one.operator is Operator.IN
        if pinned and len(set(one.values)) == 1 and can_be_namespace(one.values[0]):
            return one.values[0]
    return None


def requirements(selector: LabelSelector | None) -> tuple[Requirement, ...]:
    """What a selector asks for; one that is not given asks for nothing (C.19)."""
    return () if selector is None else selector.requirements


def written(policy: AdminPolicy) -> Iterator[Match]:
    """The conditions of the policy's subject and of every rule (A.52)."""
    yield pods_match(policy.subject, End.DESTINATION)
    for rule in (*policy.ingress, *policy.egress):
        yield lower_rule(rule, End.SOURCE)


def pods_match(pods: AdminPods, end: End) -> Match:
    """The end is a pod on the pod network, labelled as asked for (C.8, C.10, C.19)."""
    parts: list[Match] = [IsOrdinaryPod(end, pods.where)]
    if pods.namespaces is not None:
        parts.extend(labels_match(end, Whose.NAMESPACE, pods.namespaces, pods.where))
    if pods.pods is not None:
        parts.extend(labels_match(end, Whose.POD, pods.pods, pods.where))
    return every(parts)


def lower_rule(rule: AdminRule, other: End) -> Match:
    """Some peer, and some port where ports are given (C.11)."""
    peers = some(lower_peer(peer, other) for peer in rule.peers)
    if not rule.ports:
        return peers
    return every((peers, some(map(lower_port, rule.ports))))


def lower_peer(peer: AdminPeer, other: End) -> Match:
    """A peer; addresses are looked at whoever has them (C.9, C.16, C.17)."""
    match peer:
        case AdminPods():
            return pods_match(peer, other)
        case NetworksPeer(cidrs, where):
            return some(
                OfFamily(Family(block.version))
                if block.prefixlen == 0
                else InBlock(other, str(block), Seen.ALWAYS, where)
                for block in merged(cidrs)
            )
        case NodesPeer(selector, known, where):
            addresses = sorted(
                {
                    str(ip_network(address))
                    for node in known
                    if selects(selector, dict(node.labels))
                    for address in node.addresses
                }
            )
            return some(InBlock(other, address, Seen.ALWAYS, where) for address in addresses)
        case _:
            assert_never(peer)


def merged(cidrs: Sequence[str]) -> Iterator[IPv4Network | IPv6Network]:
    """The blocks in as few as hold the same addresses.

    A block of a whole family needs no look at the address, which may be unknown (C.16).
    """
    blocks = [ip_network(cidr) for cidr in cidrs]
    yield from collapse_addresses(one for one in blocks if isinstance(one, IPv4Network))
    yield from collapse_addresses(one for one in blocks if isinstance(one, IPv6Network))


def selects(selector: LabelSelector, labels: dict[str, str]) -> bool:
    """Whether the selector selects a node, whose labels are known in every world (A.23, C.17)."""
    return all(asks(one, labels.get(one.key)) for one in selector.requirements)


def asks(requirement: Requirement, value: str | None) -> bool:
    """Whether the value of the requirement's key, `None` for none, is one that it asks for."""
    match requirement.operator:
        case Operator.IN:
            return value is not None and value in requirement.values
        case Operator.NOT_IN:
            return value is None or value not in requirement.values
        case Operator.EXISTS:
            return value is not None
        case Operator.DOES_NOT_EXIST:
            return value is None
        case _:
            assert_never(requirement.operator)


def lower_port(port: AdminPort) -> Match:
    """An element of `ports` or `protocols`; a name comes with its own protocol (C.11, C.15)."""
    match port.port:
        case PortName(name):
            return NamesPort(name, port.where)
        case PortRange(first, last) if last < first:
            return NEVER
        case PortRange():
            protocol = HasProtocol(port.protocol or Protocol.TCP, port.where)
            return every((protocol, OnPorts(port.port, port.where)))
        case _:
            assert_never(port.port)


def types_text(policy: AdminPolicy) -> str:
    """The directions that the policy has rules for (C.2)."""
    listed = [one.value for one in Direction if rules_of(policy, one)]
    return f"rules for {' and '.join(listed) or 'no direction'}"
