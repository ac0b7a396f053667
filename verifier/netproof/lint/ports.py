"""Ports: names that nobody declares, and DNS (A.31, A.35, A.46)."""

from __future__ import annotations

from collections.abc import Iterator

from netproof.lint.facts import Facts, PlacedRule, rules_in_force
from netproof.lint.findings import Finding, finding
from netproof.oracle.network_policy import rules_of, types_of
from netproof.oracle.ports import protocol_of
from netproof_specs.model.connections import PodEndpoint
from netproof_specs.model.network_policy import BlockPeer, NetworkPolicy, PolicyPort, PolicyRule
from netproof_specs.model.traffic import Direction, PortName, PortRange, Protocol

DNS_PORTS = (53, 5353)
"""The ports that DNS pods listen on (A.46)."""
_DNS_NAMES = frozenset({"dns", "domain"})
_PROTOCOL_WORDS = frozenset({"tcp", "udp", "53", "5353"})


def undeclared_names(facts: Facts) -> Iterator[Finding]:
    """NP019: port names that no destination of the rule declares (A.35, A.41)."""
    for policy in facts.policies:
        for placed in rules_in_force(policy):
            named = [one for one in placed.rule.ports if isinstance(one.port, PortName)]
            if named:
                yield from _undeclared(facts, placed, named)


def _undeclared(facts: Facts, placed: PlacedRule, named: list[PolicyPort]) -> Iterator[Finding]:
    pods = list(_destinations(facts, placed))
    if not pods:
        if _only_blocks(placed):
            yield from (_external_name(placed, one) for one in named)
        return
    for one in named:
        assert isinstance(one.port, PortName)
        declared = _protocols(pods, one.port.name)
        if protocol_of(one) not in declared and not _on_hosts(facts, placed, one.port.name):
            yield _undeclared_name(placed, one, declared)


def _on_hosts(facts: Facts, placed: PlacedRule, name: str) -> bool:
    """Whether a host endpoint gives a port the name, for a rule without peers (D.6)."""
    if placed.direction is Direction.INGRESS or placed.rule.peers:
        return False
    return any(port.name == name for host in facts.cluster.hosts for port in host.ports)


def _only_blocks(placed: PlacedRule) -> bool:
    peers = placed.rule.peers
    return (
        placed.direction is Direction.EGRESS
        and bool(peers)
        and all(isinstance(peer, BlockPeer) for peer in peers)
    )


def _destinations(facts: Facts, placed: PlacedRule) -> Iterator[PodEndpoint]:
    """The pods of the input that connections which the rule speaks of can go to."""
    if placed.direction is Direction.INGRESS:
        yield from facts.subjects(placed.policy)
    elif not placed.rule.peers:
        for pods in facts.pods.values():
            yield from pods
    else:
        for peer in placed.rule.peers:
            yield from facts.peer_pods(peer, placed.policy.namespace)


def _protocols(pods: list[PodEndpoint], name: str) -> set[Protocol]:
    return {port.protocol for pod in pods for port in pod.ports if port.name == name}


def _undeclared_name(placed: PlacedRule, one: PolicyPort, others: set[Protocol]) -> Finding:
    assert isinstance(one.port, PortName)
    name, protocol = one.port.name, protocol_of(one).value
    message = (
        f"no pod that `{placed.policy.title}` {placed.title} leads to declares a {protocol} "
        f"port called `{name}`"
    )
    hint = "write the number, or give the container port that name"
    if others:
        known = " and ".join(protocol.value for protocol in Protocol if protocol in others)
        message += f", only a {known} port of that name"
        hint = f"write `protocol: {known}`: without it the protocol is TCP"
    return finding("NP019", one.where, message, hint, placed.policy)


def _external_name(placed: PlacedRule, one: PolicyPort) -> Finding:
    assert isinstance(one.port, PortName)
    return finding(
        "NP019",
        one.where,
        f"`{placed.policy.title}` {placed.title} names the port `{one.port.name}` of addresses, "
        "but only pods declare port names",
        "write the port's number",
        placed.policy,
    )


# --- DNS -------------------------------------------------------------------------------------


def admits_port(rule: PolicyRule, protocol: Protocol) -> bool:
    """Whether some element of the rule's ports admits a DNS port of the protocol, or all do."""
    return not rule.ports or any(
        protocol_of(one) is protocol and _holds_dns(one) for one in rule.ports
    )


def names_dns(port: PolicyPort) -> bool:
    """Whether the element speaks of DNS: port 53 or 5353 alone, or a name such as `dns-tcp`.

    A port called `dns-metrics` is not one of DNS.
    """
    match port.port:
        case PortRange(first, last):
            return first == last and first in DNS_PORTS
        case PortName(name):
            words = set(name.split("-"))
            return not words.isdisjoint(_DNS_NAMES) and words <= _DNS_NAMES | _PROTOCOL_WORDS
        case None:
            return False


def _holds_dns(port: PolicyPort) -> bool:
    match port.port:
        case PortRange(first, last):
            return any(first <= number <= last for number in DNS_PORTS)
        case PortName(name):
            return "dns" in name or "domain" in name
        case None:
            return True


def dns_over_tcp(facts: Facts) -> Iterator[Finding]:
    """NP018: rules that admit DNS over TCP where nothing admits it over UDP (A.31)."""
    for policy in facts.policies:
        for placed in rules_in_force(policy):
            for port in placed.rule.ports:
                if protocol_of(port) is Protocol.TCP and names_dns(port):
                    if not _over_udp(facts, placed):
                        yield _tcp_only(placed, port)
                    break


def _over_udp(facts: Facts, placed: PlacedRule) -> bool:
    """Whether some rule for the same pods and direction admits DNS over UDP."""
    asked = set(placed.policy.subject.requirements)
    for policy in facts.by_namespace[placed.policy.namespace]:
        alike = _wider(policy, placed.policy) if asked else not policy.subject.requirements
        if alike and placed.direction in types_of(policy):
            rules = rules_of(policy, placed.direction)
            if any(admits_port(rule, Protocol.UDP) for rule in rules):
                return True
    return False


def _wider(policy: NetworkPolicy, other: NetworkPolicy) -> bool:
    """Whether the policy's subject asks for no more than the other's does, as written."""
    asked = {(one.key, one.operator, one.values) for one in other.subject.requirements}
    return all(
        (one.key, one.operator, one.values) in asked for one in policy.subject.requirements
    )


def _tcp_only(placed: PlacedRule, port: PolicyPort) -> Finding:
    given = "" if port.protocol else " (the protocol where none is given)"
    return finding(
        "NP018",
        port.where,
        f"`{placed.policy.title}` {placed.title} admits DNS over TCP{given}, and nothing admits "
        "it over UDP for these pods",
        "add the same port with `protocol: UDP`",
        placed.policy,
    )
