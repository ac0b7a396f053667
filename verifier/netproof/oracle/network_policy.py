"""networking.k8s.io/v1 NetworkPolicy on concrete endpoints (A.1 to A.22)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

from netproof.decisions import RuleAt, Step
from netproof.oracle.addresses import addresses_of, block_matches
from netproof.oracle.endpoints import policed_pod
from netproof.oracle.labels import matches
from netproof.oracle.ports import ports_match
from netproof_specs.assumptions import Assumptions
from netproof_specs.model.connections import Connection, Endpoint, PodEndpoint
from netproof_specs.model.network_policy import BlockPeer, NetworkPolicy, Peer, PodPeer, PolicyRule
from netproof_specs.model.traffic import Action, Direction, Family

TIER = "NetworkPolicy"


def evaluate(
    selecting: Sequence[NetworkPolicy],
    direction: Direction,
    connection: Connection,
    assumptions: Assumptions,
) -> tuple[Step, ...]:
    """What the policies that select the direction's subject say: one step iff there are any (A.3).

    The first rule that admits the connection, else the denial (A.5, A.13).
    """
    if not selecting:
        return ()
    return (first_admitting(selecting, direction, connection, assumptions),)


def first_admitting(
    selecting: Sequence[NetworkPolicy],
    direction: Direction,
    connection: Connection,
    assumptions: Assumptions,
) -> Step:
    """The first rule that admits the connection, with its policy, or that none does (A.5)."""
    for policy in selecting:
        for index, rule in enumerate(rules_of(policy, direction)):
            if rule_admits(rule, policy, direction, connection, assumptions):
                return Step(TIER, policy, RuleAt(index, rule.where), Action.ALLOW)
    return Step(TIER, None, None, Action.DENY, isolating=tuple(selecting))


def types_of(policy: NetworkPolicy) -> frozenset[Direction]:
    """The directions that the policy isolates, as given or by default (A.10, A.11)."""
    if policy.policy_types:
        return frozenset(policy.policy_types)
    if policy.egress:
        return frozenset({Direction.INGRESS, Direction.EGRESS})
    return frozenset({Direction.INGRESS})


def rules_of(policy: NetworkPolicy, direction: Direction) -> tuple[PolicyRule, ...]:
    """The rules that the policy states for the direction, in force or not (A.11)."""
    match direction:
        case Direction.INGRESS:
            return policy.ingress
        case Direction.EGRESS:
            return policy.egress
        case _:
            assert_never(direction)


def applies(policy: NetworkPolicy, pod: PodEndpoint, direction: Direction) -> bool:
    """True iff the policy isolates the pod in the direction (A.1, A.2, A.3)."""
    return (
        is_of(policy, pod.namespace.name)
        and direction in types_of(policy)
        and matches(policy.subject, pod.labels)
    )


def is_of(policy: NetworkPolicy, namespace: str) -> bool:
    """True iff the policy stands in the namespace; it selects pods of no other (A.3)."""
    return policy.namespace == namespace


def rule_admits(
    rule: PolicyRule,
    policy: NetworkPolicy,
    direction: Direction,
    connection: Connection,
    assumptions: Assumptions,
) -> bool:
    """True iff the rule matches the other end and the destination port (A.14)."""
    other = other_end(connection, direction)
    return peers_match(rule.peers, policy, other, connection.family, assumptions) and ports_match(
        rule.ports, connection, assumptions
    )


def other_end(connection: Connection, direction: Direction) -> Endpoint:
    """The end that the peers of a rule of the direction speak of."""
    match direction:
        case Direction.INGRESS:
            return connection.source
        case Direction.EGRESS:
            return connection.destination
        case _:
            assert_never(direction)


def peers_match(
    peers: Sequence[Peer],
    policy: NetworkPolicy,
    other: Endpoint,
    family: Family,
    assumptions: Assumptions,
) -> bool:
    """True iff no peer is listed or some listed one matches (A.14, A.16)."""
    return not peers or any(
        peer_matches(peer, policy, other, family, assumptions) for peer in peers
    )


def peer_matches(
    peer: Peer,
    policy: NetworkPolicy,
    other: Endpoint,
    family: Family,
    assumptions: Assumptions,
) -> bool:
    """True iff the peer of the policy's rule matches the other end (A.17)."""
    match peer:
        case BlockPeer():
            known = addresses_of(other, family, assumptions)
            return any(block_matches(peer, address) for address in known)
        case PodPeer():
            pod = policed_pod(other, assumptions)
            return pod is not None and pod_peer_matches(peer, policy.namespace, pod)
        case _:
            assert_never(peer)


def pod_peer_matches(peer: PodPeer, namespace: str, pod: PodEndpoint) -> bool:
    """True iff the peer of a policy that lives in the namespace matches the pod (A.17, A.18)."""
    if peer.namespaces is None:
        in_namespace = pod.namespace.name == namespace
    else:
        in_namespace = matches(peer.namespaces, pod.namespace.labels)
    return in_namespace and (peer.pods is None or matches(peer.pods, pod.labels))
