"""NetworkPolicy as one tier of allow rules; the twin of `netproof.oracle.network_policy`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import assert_never

from netproof_encodings.tiers import (
    Action,
    BlockMatch,
    Match,
    PeerMatch,
    PodMatch,
    PortMatch,
    Rule,
    Tier,
    TierPolicy,
    Unmatched,
)
from netproof_specs.model.network_policy import (
    BlockPeer,
    NetworkPolicy,
    Peer,
    PodPeer,
    PolicyPort,
    PolicyRule,
)
from netproof_specs.model.traffic import Direction, Protocol


def lower(policies: Sequence[NetworkPolicy], direction: Direction) -> Tier:
    """One tier: a selected pod that no rule admits is denied (A.3, A.5)."""
    lowered = (
        lower_policy(index, policy, direction)
        for index, policy in enumerate(policies)
        if direction in types_of(policy)
    )
    return Tier(direction, tuple(lowered), Unmatched.DENY)


def types_of(policy: NetworkPolicy) -> frozenset[Direction]:
    """The directions that a policy isolates: as given, else by the rules it has (A.10, A.11)."""
    if policy.policy_types:
        return frozenset(policy.policy_types)
    if policy.egress:
        return frozenset(Direction)
    return frozenset({Direction.INGRESS})


def lower_policy(index: int, policy: NetworkPolicy, direction: Direction) -> TierPolicy:
    """The policy in one direction, which must be among its types."""
    rules = policy.ingress if direction is Direction.INGRESS else policy.egress
    return TierPolicy(
        index,
        policy,
        direction,
        PodMatch(policy.namespace, None, policy.subject),
        tuple(lower_rule(rule, policy.namespace) for rule in rules),
    )


def pods_named(policy: NetworkPolicy) -> Iterator[PodMatch]:
    """What the policy says of pods in its subject and in every rule, in force or not (A.52)."""
    yield PodMatch(policy.namespace, None, policy.subject)
    for rule in (*policy.ingress, *policy.egress):
        for peer in rule.peers:
            lowered = lower_peer(peer, policy.namespace)
            if isinstance(lowered, PodMatch):
                yield lowered


def lower_rule(rule: PolicyRule, namespace: str) -> Rule:
    """Peers and ports together; a list without elements is no condition (A.13 to A.16)."""
    peers = tuple(lower_peer(peer, namespace) for peer in rule.peers) or None
    ports = tuple(lower_port(port) for port in rule.ports) or None
    return Rule(Action.ALLOW, Match(peers, ports))


def lower_peer(peer: Peer, namespace: str) -> PeerMatch:
    """A peer; pods without a namespace selector are those of the policy's own (A.17, A.18)."""
    match peer:
        case BlockPeer(cidr, excepts):
            return BlockMatch(cidr, excepts)
        case PodPeer(None, pods):
            return PodMatch(namespace, None, pods)
        case PodPeer(namespaces, pods):
            return PodMatch(None, namespaces, pods)
        case _:
            assert_never(peer)


def lower_port(port: PolicyPort) -> PortMatch:
    """An element of `ports`; the protocol is TCP unless given (A.31, A.32)."""
    return PortMatch(port.protocol or Protocol.TCP, port.port)
