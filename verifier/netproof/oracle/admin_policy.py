"""Admin-level policies on concrete endpoints (C.2 to C.5, C.9 to C.19)."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import assert_never

from netaddr import IPNetwork, cidr_merge

from netproof.decisions import RuleAt, Step
from netproof.oracle.addresses import family_of, in_block
from netproof.oracle.labels import matches
from netproof.oracle.network_policy import other_end
from netproof_specs.frozen import replace
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
from netproof_specs.model.connections import Connection, Endpoint, ExternalEndpoint, PodEndpoint
from netproof_specs.model.traffic import Action, Direction, Family, PortName, PortRange, Protocol

ACTIONS = {
    AdminAction.ALLOW: Action.ALLOW,
    AdminAction.ACCEPT: Action.ALLOW,
    AdminAction.DENY: Action.DENY,
    AdminAction.PASS: Action.PASS,
}
"""What the words of both versions mean (C.12, C.14)."""


def evaluate(
    selecting: Sequence[AdminPolicy],
    tier: AdminTier,
    direction: Direction,
    connection: Connection,
) -> tuple[Step, ...]:
    """What those of the tier may say that select the direction's subject, by name (C.3, C.4).

    One step where the order is settled, several where policies of equal priority match, and none
    where no rule does: then the tier says nothing (C.2).
    """
    own = [one for one in selecting if one.tier is tier]
    for _, tied in groupby(sorted(own, key=lambda one: (rank(one), one.name)), rank):
        steps = [first_match(one, direction, connection) for one in tied]
        found = [step for step in steps if step is not None]
        if found:
            return tuple(before_others(step, found) for step in found)
    return ()


def before_others(step: Step, tied: Sequence[Step]) -> Step:
    """The step with the policies that it must go before so that it decides (C.4)."""
    others = (one.policy for one in tied if one.action is not step.action)
    return replace(step, before=tuple(one for one in others if one is not None))


def ordinary_pod(endpoint: Endpoint) -> PodEndpoint | None:
    """The endpoint, iff it is a pod that does not use its node's network; else `None` (C.8)."""
    return endpoint if isinstance(endpoint, PodEndpoint) and not endpoint.host_network else None


def rank(policy: AdminPolicy) -> int:
    """The place in its tier, smaller first; the kind without a priority is alone in its (C.12)."""
    return 0 if policy.priority is None else policy.priority


def rules_of(policy: AdminPolicy, direction: Direction) -> tuple[AdminRule, ...]:
    """The rules that the policy states for the direction."""
    match direction:
        case Direction.INGRESS:
            return policy.ingress
        case Direction.EGRESS:
            return policy.egress
        case _:
            assert_never(direction)


def applies(policy: AdminPolicy, pod: PodEndpoint, direction: Direction) -> bool:
    """True iff the policy has rules for the direction, and the pod as a subject (C.2, C.8)."""
    return (
        bool(rules_of(policy, direction))
        and ordinary_pod(pod) is not None
        and pods_match(policy.subject, pod)
    )


def pods_match(pods: AdminPods, pod: PodEndpoint) -> bool:
    """True iff namespace and labels of the pod fit; a selector not given fits all (C.10, C.19)."""
    return (pods.namespaces is None or matches(pods.namespaces, pod.namespace.labels)) and (
        pods.pods is None or matches(pods.pods, pod.labels)
    )


def first_match(policy: AdminPolicy, direction: Direction, connection: Connection) -> Step | None:
    """The first rule of the policy, in the order of its list, that matches (C.3)."""
    for index, rule in enumerate(rules_of(policy, direction)):
        if rule_matches(rule, direction, connection):
            place = RuleAt(index, rule.where)
            return Step(policy.tier.value, policy, place, ACTIONS[rule.action])
    return None


def rule_matches(rule: AdminRule, direction: Direction, connection: Connection) -> bool:
    """True iff some peer is the other end and, where ports are given, some port fits (C.11)."""
    other = other_end(connection, direction)
    return any(peer_matches(peer, other, connection.family) for peer in rule.peers) and (
        not rule.ports or any(port_matches(port, connection) for port in rule.ports)
    )


def peer_matches(peer: AdminPeer, other: Endpoint, family: Family) -> bool:
    """True iff the peer is the other end; only by its address where it is a node (C.8, C.9)."""
    match peer:
        case AdminPods():
            pod = ordinary_pod(other)
            return pod is not None and pods_match(peer, pod)
        case NetworksPeer(cidrs):
            return is_whole(cidrs, family) or any(
                in_block(address, cidr) for address in seen(other, family) for cidr in cidrs
            )
        case NodesPeer(selector, known):
            chosen = [node for node in known if matches(selector, node.labels)]
            addresses = {address for node in chosen for address in node.addresses}
            return not addresses.isdisjoint(seen(other, family))
        case _:
            assert_never(peer)


def seen(endpoint: Endpoint, family: Family) -> tuple[str, ...]:
    """The endpoint's known addresses of the family; pods are matched by theirs always (C.16)."""
    given = (endpoint.address,) if isinstance(endpoint, ExternalEndpoint) else endpoint.addresses
    return tuple(address for address in given if family_of(address) is family)


def is_whole(cidrs: Sequence[str], family: Family) -> bool:
    """True iff together the blocks hold every address of the family (C.16).

    Then they match an endpoint of which no address is known, too.
    """
    merged = cidr_merge([IPNetwork(cidr) for cidr in cidrs])
    return any(block.prefixlen == 0 and block.version == family.value for block in merged)


def port_matches(port: AdminPort, connection: Connection) -> bool:
    """True iff the element names the connection's protocol and destination port (C.11, C.15).

    A name stands for whatever the destination declares under it, with its own protocol.
    """
    match port.port:
        case PortRange(first, last):
            protocol = Protocol.TCP if port.protocol is None else port.protocol
            return connection.protocol is protocol and first <= connection.port <= last
        case PortName(name):
            return declares(connection, name)
        case _:
            assert_never(port.port)


def declares(connection: Connection, name: str) -> bool:
    """True iff the destination has the connection's protocol and port under the name (C.15)."""
    pod = ordinary_pod(connection.destination)
    return pod is not None and any(
        port.name == name and port.protocol is connection.protocol and port.port == connection.port
        for port in pod.ports
    )
