"""Planted errors in ports, in how policies add up, and in special traffic."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from tests.mutants import Function, Mutant, mutant

from netproof.decisions import Decision, SideDecision
from netproof.oracle import endpoints, network_policy, ports
from netproof_specs.assumptions import Assumptions
from netproof_specs.model.connections import Connection, Endpoint, ExternalEndpoint, PodEndpoint
from netproof_specs.model.network_policy import NetworkPolicy, PolicyPort
from netproof_specs.model.traffic import Direction, PortName, PortRange, Protocol

# --- ports -------------------------------------------------------------------------------------


def empty_ports_are_tcp(right: Function) -> Function:
    def ports_match(found: tuple[PolicyPort, ...], *rest: object) -> bool:
        return bool(right(found or (PolicyPort(Protocol.TCP, None),), *rest))

    return ports_match


def protocol_defaults_to_any(right: Function) -> Function:
    def port_matches(port: PolicyPort, connection: Connection, *rest: object) -> bool:
        protocol = port.protocol or connection.protocol
        return bool(right(replace(port, protocol=protocol), connection, *rest))

    return port_matches


def empty_element_is_any(right: Function) -> Function:
    def port_matches(port: PolicyPort, *rest: object) -> bool:
        return (port.protocol is None and port.port is None) or bool(right(port, *rest))

    return port_matches


def sctp_is_tcp(right: Function) -> Function:
    def protocol_of(port: PolicyPort) -> Protocol:
        found = right(port)
        return Protocol.TCP if found is Protocol.SCTP else Protocol(found)

    return protocol_of


def end_port(change: int) -> Callable[[Function], Function]:
    """A range that ends too early or too late."""

    def error(right: Function) -> Function:
        def port_matches(port: PolicyPort, *rest: object) -> bool:
            if isinstance(port.port, PortRange):
                last = port.port.last + change
                port = replace(port, port=PortRange(port.port.first, last))
            return bool(right(port, *rest))

        return port_matches

    return error


def end_port_is_ignored(right: Function) -> Function:
    def port_matches(port: PolicyPort, *rest: object) -> bool:
        if isinstance(port.port, PortRange):
            port = replace(port, port=PortRange(port.port.first, port.port.first))
        return bool(right(port, *rest))

    return port_matches


def names_ignore_protocols(_: Function) -> Function:
    def resolve(
        name: str, _protocol: object, destination: Endpoint, _assumptions: object
    ) -> frozenset[int]:
        if isinstance(destination, ExternalEndpoint):
            return frozenset()
        return frozenset(one.port for one in destination.ports if one.name == name)

    return resolve


def names_resolve_on_the_source(right: Function) -> Function:
    def port_matches(port: PolicyPort, connection: Connection, *rest: object) -> bool:
        if isinstance(port.port, PortName):
            connection = replace(connection, destination=connection.source)
        return bool(right(port, connection, *rest))

    return port_matches


def names_are_well_known(_: Function) -> Function:
    def resolve(name: str, *_rest: object) -> frozenset[int]:
        return frozenset({number for known, number in WELL_KNOWN if known == name})

    return resolve


WELL_KNOWN = (("http", 80), ("https", 443), ("dns", 53))


def first_container_only(right: Function) -> Function:
    def resolve(*arguments: object) -> frozenset[int]:
        return frozenset(sorted(right(*arguments))[:1])

    return resolve


def undeclared_ports_are_closed(right: Function) -> Function:
    def ports_match(found: object, connection: Connection, *rest: object) -> bool:
        end = connection.destination
        declared = {one.port for one in end.ports} if isinstance(end, PodEndpoint) else set()
        closed = bool(declared) and connection.port not in declared
        return not closed and bool(right(found, connection, *rest))

    return ports_match


# --- connections -------------------------------------------------------------------------------


def only_ingress_counts(right: Function) -> Function:
    def decide(*arguments: object) -> Decision:
        decision: Decision = right(*arguments)
        return replace(decision, egress=replace(decision.egress, allowed=True))

    return decide


def one_allowing_side_is_enough(right: Function) -> Function:
    def decide(*arguments: object) -> Decision:
        decision: Decision = right(*arguments)
        named = [one for one in (decision.egress, decision.ingress) if one.policy is not None]
        if not named:
            return decision
        return Decision(
            replace(decision.egress, allowed=True), replace(decision.ingress, allowed=True)
        )

    return decide


def replies_need_a_rule(right: Function) -> Function:
    def decide(policies: object, connection: Connection, assumptions: object) -> Decision:
        back = replace(connection, source=connection.destination, destination=connection.source)
        forth: Decision = right(policies, connection, assumptions)
        answer: Decision = right(policies, back, assumptions)
        closed = not answer.allowed
        return (
            replace(forth, ingress=replace(forth.ingress, allowed=not closed))
            if (forth.allowed)
            else forth
        )

    return decide


def deny_all_takes_precedence(right: Function) -> Function:
    def decide_side(policies: object, direction: Direction, *rest: object) -> SideDecision:
        side: SideDecision = right(policies, direction, *rest)
        empty = any(not network_policy.rules_of(one, direction) for one in side.selecting)
        return replace(side, allowed=side.allowed and not empty)

    return decide_side


def first_policy_decides(right: Function) -> Function:
    def policies_selecting(*arguments: object) -> tuple[object, ...]:
        return tuple(right(*arguments))[:1]

    return policies_selecting


def last_policy_decides(right: Function) -> Function:
    def policies_selecting(*arguments: object) -> tuple[object, ...]:
        return tuple(right(*arguments))[-1:]

    return policies_selecting


def every_policy_must_admit(right: Function) -> Function:
    def first_admitting(selecting: tuple[Any, ...], direction: Direction, *rest: Any) -> object:
        admitting = {
            policy.title
            for policy in selecting
            for rule in network_policy.rules_of(policy, direction)
            if network_policy.rule_admits(rule, policy, direction, *rest)
        }
        complete = admitting == {one.title for one in selecting}
        return right(selecting if complete else (), direction, *rest)

    return first_admitting


def no_rules_admit_all(right: Function) -> Function:
    def decide_side(policies: object, direction: Direction, *rest: object) -> SideDecision:
        side: SideDecision = right(policies, direction, *rest)
        empty = all(not network_policy.rules_of(one, direction) for one in side.selecting)
        return replace(side, allowed=side.allowed or empty)

    return decide_side


def empty_rule_admits_nothing(right: Function) -> Function:
    def rule_admits(rule: Any, *rest: object) -> bool:
        return bool(rule.peers or rule.ports) and bool(right(rule, *rest))

    return rule_admits


def peers_or_ports(_: Function) -> Function:
    def rule_admits(
        rule: Any,
        policy: NetworkPolicy,
        direction: Direction,
        connection: Connection,
        assumptions: Assumptions,
    ) -> bool:
        other = network_policy.other_end(connection, direction)
        peers = network_policy.peers_match(
            rule.peers, policy, other, connection.family, assumptions
        )
        on_ports = ports.ports_match(rule.ports, connection, assumptions)
        return (bool(rule.peers) and peers) or (bool(rule.ports) and on_ports)

    return rule_admits


def default_is_deny(right: Function) -> Function:
    def decide_side(*arguments: object) -> SideDecision:
        side: SideDecision = right(*arguments)
        return replace(side, allowed=side.allowed and bool(side.policy))

    return decide_side


def own_namespace_is_open(right: Function) -> Function:
    def decide(policies: object, connection: Connection, assumptions: object) -> Decision:
        decision: Decision = right(policies, connection, assumptions)
        spaces = {
            end.namespace.name if isinstance(end, PodEndpoint) else None
            for end in (connection.source, connection.destination)
        }
        if len(spaces) == 1:
            return Decision(
                replace(decision.egress, allowed=True), replace(decision.ingress, allowed=True)
            )
        return decision

    return decide


# --- special traffic ---------------------------------------------------------------------------


def no_pod_reaches_itself(_: Function) -> Function:
    return lambda _connection: False


def replicas_are_one_pod(_: Function) -> Function:
    return lambda pod: (pod.namespace.name, pod.kind, pod.name)


def names_are_enough(_: Function) -> Function:
    return lambda pod: (pod.name, pod.replica)


def kinds_do_not_matter(_: Function) -> Function:
    return lambda pod: (pod.namespace.name, pod.name, pod.replica)


def own_node_is_ordinary(_: Function) -> Function:
    return lambda _connection, _assumptions: False


def addresses_are_no_nodes(_: Function) -> Function:
    return lambda _one, _of: False


def addresses_of_all_nodes_are_exempt(_: Function) -> Function:
    return lambda _one, _of: True


def every_node_is_exempt(_: Function) -> Function:
    return lambda connection, assumptions: endpoints.is_node(connection.source, assumptions)


def pods_of_one_node_are_exempt(_: Function) -> Function:
    return lambda connection, _assumptions: endpoints.on_one_node(
        connection.source, connection.destination
    )


def unknown_nodes_are_one(_: Function) -> Function:
    return lambda left, right: getattr(left, "node", 0) == getattr(right, "node", 1)


def host_network_is_ignored(_: Function) -> Function:
    return lambda _endpoint, _assumptions: False


def host_network_is_always_a_node(_: Function) -> Function:
    return lambda endpoint, _assumptions: (
        isinstance(endpoint, PodEndpoint) and endpoint.host_network
    )


_CONNECTIONS = "netproof.oracle.connections"
_ENDPOINTS = "netproof.oracle.endpoints"
_POLICY = "netproof.oracle.network_policy"
_PORTS = "netproof.oracle.ports"

CONNECTION_MUTANTS: tuple[Mutant, ...] = (
    mutant(_PORTS, "ports_match", empty_ports_are_tcp, "F33.1"),
    mutant(_PORTS, "port_matches", protocol_defaults_to_any, "F34.1"),
    mutant(_PORTS, "port_matches", empty_element_is_any, "F32.1"),
    mutant(_PORTS, "protocol_of", sctp_is_tcp, "F35.1"),
    mutant(_PORTS, "port_matches", end_port_is_ignored, "F36.5"),
    mutant(_PORTS, "resolve", names_ignore_protocols, "F40.2"),
    mutant(_PORTS, "port_matches", names_resolve_on_the_source, "F42.2"),
    mutant(_PORTS, "resolve", names_are_well_known, "F39.1"),
    mutant(_PORTS, "resolve", first_container_only, "several-containers.2"),
    mutant(_PORTS, "ports_match", undeclared_ports_are_closed, "F43.1"),
    mutant(_CONNECTIONS, "decide", only_ingress_counts, "F56.1"),
    mutant(_CONNECTIONS, "decide", one_allowing_side_is_enough, "both-ends-must-allow.2"),
    mutant(_CONNECTIONS, "decide", replies_need_a_rule, "F58.1"),
    mutant(_CONNECTIONS, "decide_side", deny_all_takes_precedence, "F59.1"),
    mutant(_CONNECTIONS, "policies_selecting", first_policy_decides, "union-of-policies.2"),
    mutant(_CONNECTIONS, "policies_selecting", last_policy_decides, "union-of-policies.1"),
    mutant(_POLICY, "first_admitting", every_policy_must_admit, "union-of-policies.1"),
    mutant(_CONNECTIONS, "decide_side", no_rules_admit_all, "F10.1"),
    mutant(_POLICY, "rule_admits", empty_rule_admits_nothing, "F9.1"),
    mutant(_POLICY, "rule_admits", peers_or_ports, "peers-and-ports.2"),
    mutant(_CONNECTIONS, "decide_side", default_is_deny, "F1.1"),
    mutant(_CONNECTIONS, "decide", own_namespace_is_open, "F2.1"),
    mutant(_ENDPOINTS, "same_pod", no_pod_reaches_itself, "F53.1"),
    mutant(_ENDPOINTS, "identity", replicas_are_one_pod, "F54.1"),
    mutant(_ENDPOINTS, "identity", names_are_enough, "one-name-in-two-namespaces.1"),
    mutant(_ENDPOINTS, "identity", kinds_do_not_matter, "one-name-of-two-kinds.1"),
    mutant(_ENDPOINTS, "from_own_node", own_node_is_ordinary, "F51.1"),
    mutant(_ENDPOINTS, "has_own_address", addresses_are_no_nodes, "own-node-address.1"),
    mutant(_ENDPOINTS, "has_own_address", addresses_of_all_nodes_are_exempt, "own-node-address.3"),
    mutant(_ENDPOINTS, "from_own_node", every_node_is_exempt, "F52.1"),
    mutant(_ENDPOINTS, "from_own_node", pods_of_one_node_are_exempt, "pods-on-one-node.1"),
    mutant(_ENDPOINTS, "on_one_node", unknown_nodes_are_one, "node-unknown.1"),
    mutant(_ENDPOINTS, "is_node", host_network_is_ignored, "F55.1"),
    mutant(_ENDPOINTS, "is_node", host_network_is_always_a_node, "F55.1:host-network"),
    Mutant(_PORTS, "port_matches", "endPort is exclusive", end_port(-1), "F36.6"),
    Mutant(_PORTS, "port_matches", "endPort is one too far", end_port(+1), "F36.2"),
)
