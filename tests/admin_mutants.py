"""Planted errors in what admin-level policies mean, in the oracle and in the lowering."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tests.mutants import Mutant, mutant

from netproof.oracle import admin_policy as oracle
from netproof.oracle import connections
from netproof_encodings.decision.conditions import InBlock, OnPorts, every, some
from netproof_encodings.decision.tiers import Unmatched
from netproof_encodings.lowering import admin_policy as lowering
from netproof_encodings.lowering import selectors
from netproof_specs.model.admin_policy import AdminAction, NetworksPeer, NodesPeer
from netproof_specs.model.connections import PodEndpoint
from netproof_specs.model.traffic import Direction, PortName, PortRange, Protocol

OTHER = {Direction.INGRESS: Direction.EGRESS, Direction.EGRESS: Direction.INGRESS}
ORACLE, LOWERING = oracle.__name__, lowering.__name__


def _without_pass(right: Any) -> Any:
    def rules_of(policy: Any, direction: Direction) -> Any:
        return tuple(one for one in right(policy, direction) if one.action is not AdminAction.PASS)

    return rules_of


def _pass_is_allow(right: Any) -> Any:
    def rules_of(policy: Any, direction: Direction) -> Any:
        return tuple(
            replace(one, action=AdminAction.ALLOW) if one.action is AdminAction.PASS else one
            for one in right(policy, direction)
        )

    return rules_of


def _swapped(right: Any) -> Any:
    return lambda policy, direction: right(policy, OTHER[direction])


def _backwards(right: Any) -> Any:
    return lambda policy, direction: right(policy, direction)[::-1]


def _portless(right: Any) -> Any:
    return lambda rule, *rest: right(replace(rule, ports=()), *rest)


def _tcp_only(right: Any) -> Any:
    def rule_matches(rule: Any, direction: Direction, connection: Any) -> bool:
        tcp = bool(rule.ports) or connection.protocol is Protocol.TCP
        return tcp and bool(right(rule, direction, connection))

    return rule_matches


def _any_protocol(right: Any) -> Any:
    def port_matches(port: Any, connection: Any) -> bool:
        own = replace(port, protocol=connection.protocol)
        return bool(right(port if isinstance(port.port, PortName) else own, connection))

    return port_matches


def _last_left_out(right: Any) -> Any:
    def port_matches(port: Any, *rest: Any) -> Any:
        if isinstance(port.port, PortRange) and port.port.first < port.port.last:
            port = replace(port, port=PortRange(port.port.first, port.port.last - 1))
        return right(port, *rest)

    return port_matches


def _on_the_source(right: Any) -> Any:
    return lambda connection, name: right(replace(connection, destination=connection.source), name)


def _any_declared_protocol(_: Any) -> Any:
    return lambda connection, name: any(
        one.name == name and one.port == connection.port for one in connection.destination.ports
    )


def _no_pod_addresses(right: Any) -> Any:
    return lambda end, family: () if isinstance(end, PodEndpoint) else right(end, family)


def _either_family(right: Any) -> Any:
    return lambda end, family: (*right(end, family), *right(end, _other_family(family)))


def _other_family(family: Any) -> Any:
    return next(one for one in type(family) if one is not family)


def _pods_on_nodes(right: Any) -> Any:
    def peer_matches(peer: Any, other: Any, family: Any) -> bool:
        runs = isinstance(peer, NodesPeer) and isinstance(other, PodEndpoint)
        here = runs and any(
            oracle.matches(peer.nodes, node.labels) and node.name == other.node
            for node in peer.known
        )
        return here or bool(right(peer, other, family))

    return peer_matches


def _host_network_counts(_: Any) -> Any:
    return lambda end: end if isinstance(end, PodEndpoint) else None


def _one_block_must_do(right: Any) -> Any:
    return lambda cidrs, family: any(right((cidr,), family) for cidr in cidrs)


def _priorities_as_texts(right: Any) -> Any:
    return lambda policy: str(right(policy))


def _largest_priority_first(right: Any) -> Any:
    return lambda policy: -right(policy)


def _no_priorities(_: Any) -> Any:
    return lambda _policy: 0


def _any_namespace(right: Any) -> Any:
    return lambda pods, pod: right(replace(pods, namespaces=None), pod)


def _any_pod_labels(right: Any) -> Any:
    return lambda pods, pod: right(replace(pods, pods=None), pod)


def _never_whole(_: Any) -> Any:
    return lambda _cidrs, _family: False


def _first_by_name_wins(right: Any) -> Any:
    return lambda *given: right(*given)[:1]


def _tiers_backwards(right: Any) -> Any:
    return lambda *given: right(*given)[::-1]


def _no_baseline(right: Any) -> Any:
    return lambda *given: right(*given)[:2]


ORACLE_ADMIN_MUTANTS: tuple[Mutant, ...] = (
    mutant(ORACLE, "rank", _priorities_as_texts, "numbers-are-no-texts.1"),
    mutant(ORACLE, "rank", _largest_priority_first, "smaller-number-first.1"),
    mutant(ORACLE, "rank", _no_priorities, "smaller-number-first.1"),
    mutant(ORACLE, "rules_of", _without_pass, "F70.1"),
    mutant(ORACLE, "rules_of", _pass_is_allow, "pass-to-networkpolicy.1"),
    mutant(ORACLE, "rules_of", _swapped, "F76.3"),
    mutant(ORACLE, "rules_of", _backwards, "rules-in-the-order-of-the-list.2"),
    mutant(
        ORACLE,
        "pods_match",
        _any_namespace,
        "selectors-of-pods.4",
    ),
    mutant(
        ORACLE,
        "pods_match",
        _any_pod_labels,
        "selectors-of-pods.5",
    ),
    mutant(ORACLE, "ordinary_pod", _host_network_counts, "F104.4"),
    mutant(ORACLE, "rule_matches", _portless, "F70.2"),
    mutant(ORACLE, "rule_matches", _tcp_only, "F76.1"),
    mutant(ORACLE, "port_matches", _any_protocol, "F70.3"),
    mutant(ORACLE, "port_matches", _last_left_out, "protocols.2"),
    mutant(ORACLE, "declares", _on_the_source, "F115.1"),
    mutant(ORACLE, "declares", _any_declared_protocol, "F116.2"),
    mutant(ORACLE, "is_whole", _never_whole, "F74.4"),
    mutant(ORACLE, "is_whole", _one_block_must_do, "halves-make-a-whole.1"),
    mutant(ORACLE, "seen", _no_pod_addresses, "networks-of-pods.1"),
    mutant(ORACLE, "seen", _either_family, "F74.3"),
    mutant(ORACLE, "peer_matches", _pods_on_nodes, "F112.1"),
    mutant(ORACLE, "evaluate", _first_by_name_wins, "F73.1"),
    mutant(
        connections.__name__,
        "steps_of_tiers",
        _tiers_backwards,
        "F69.1",
    ),
    mutant(
        connections.__name__,
        "steps_of_tiers",
        _no_baseline,
        "F71.1",
    ),
)


def _isolating(right: Any) -> Any:
    return lambda *given: replace(right(*given), unmatched=Unmatched.DENY)


def _as_assumed(right: Any) -> Any:
    def lower_peer(peer: Any, other: Any) -> Any:
        if isinstance(peer, NetworksPeer):
            return some(InBlock(other, cidr) for cidr in peer.cidrs)
        return right(peer, other)

    return lower_peer


def _ordinary_as_assumed(_: Any) -> Any:
    return lambda pods, end: selectors.pods_match(end, None, pods.namespaces, pods.pods)


def _without_protocol(right: Any) -> Any:
    def lower_port(port: Any) -> Any:
        ranged = isinstance(port.port, PortRange)
        return every((OnPorts(port.port),)) if ranged else right(port)

    return lower_port


LOWERING_ADMIN_MUTANTS: tuple[Mutant, ...] = (
    mutant(LOWERING, "rank", _largest_priority_first, "smaller-number-first.1"),
    mutant(LOWERING, "rank", _no_priorities, "smaller-number-first.1"),
    mutant(LOWERING, "rules_of", _without_pass, "F70.1"),
    mutant(LOWERING, "rules_of", _pass_is_allow, "pass-to-networkpolicy.1"),
    mutant(LOWERING, "rules_of", _swapped, "F76.3"),
    mutant(LOWERING, "rules_of", _backwards, "rules-in-the-order-of-the-list.2"),
    mutant(LOWERING, "lower", _isolating, "F75.3"),
    mutant(LOWERING, "lower_rule", _portless, "F70.2"),
    mutant(LOWERING, "lower_port", _without_protocol, "F70.3"),
    mutant(LOWERING, "lower_port", _last_left_out, "protocols.2"),
    mutant(LOWERING, "lower_peer", _as_assumed, "networks-of-pods.1"),
    mutant(LOWERING, "pods_match", _ordinary_as_assumed, "F104.6"),
)
