"""DNS: pods that cannot ask it, and what admits it over TCP only (A.31, A.46)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from netproof.lint.facts import Facts, PlacedRule, requirements_of, rules_in_force
from netproof.lint.findings import Finding, finding
from netproof.oracle.network_policy import pod_peer_matches, rules_of, types_of
from netproof.oracle.ports import protocol_of
from netproof.solving import Answer, Limits, Session
from netproof_encodings.lowering import is_calico
from netproof_encodings.obligations.redundancy import uncovered_pod
from netproof_specs.model.cluster import Namespace
from netproof_specs.model.connections import PodEndpoint
from netproof_specs.model.labels import NAME_LABEL, LabelSelector
from netproof_specs.model.network_policy import (
    BlockPeer,
    NetworkPolicy,
    Peer,
    PolicyPort,
    PolicyRule,
)
from netproof_specs.model.traffic import Direction, PortName, PortRange, Protocol

DNS_PORTS = (53, 5353)
"""The ports that DNS pods listen on (A.46)."""
_DNS_NAMES = frozenset({"dns", "domain"})
_PROTOCOL_WORDS = frozenset({"tcp", "udp", "53", "5353"})
_HOMES = ("kube-system", "openshift-dns")
_LABELS: tuple[dict[str, str], ...] = (
    {"k8s-app": "kube-dns"},
    {"k8s-app": "coredns"},
    {"app.kubernetes.io/name": "coredns"},
    {"dns.operator.openshift.io/daemonset-dns": "default"},
)
"""Labels that DNS pods usually carry."""


def without_dns(facts: Facts) -> Iterator[Finding]:
    """NP017: policies that restrict the egress of pods which no policy lets ask DNS.

    A policy that admits no egress at all is left alone: to cut its pods off is what it is for.
    Beside objects of Calico nothing is said, as they may admit what policies leave over (D.6).
    """
    if is_calico(facts.cluster.every_policy):
        return
    servers = _servers(facts)
    for policies in facts.by_namespace.values():
        isolating = [one for one in policies if Direction.EGRESS in types_of(one)]
        asking = [
            one for one in isolating if any(_asks_dns(rule, one, servers) for rule in one.egress)
        ]
        for policy in isolating:
            if policy.egress and policy not in asking and _left_out(facts, policy, asking):
                yield _finding(policy)


def _servers(facts: Facts) -> tuple[PodEndpoint, ...]:
    """DNS pods: those of the input that look like some, and typical ones."""
    known = [
        pod
        for name in _HOMES
        for pod in facts.pods.get(name, ())
        if any(port.port in (53, 5353) and port.protocol is Protocol.UDP for port in pod.ports)
    ]
    typical = [
        PodEndpoint(_home(facts, name), "dns", tuple(labels.items()))
        for name in _HOMES
        for labels in _LABELS
    ]
    return (*known, *typical)


def _home(facts: Facts, name: str) -> Namespace:
    space = facts.namespaces.get(name)
    if space is not None and space.declared:
        return space
    labels = ((NAME_LABEL, name), ("name", name))
    return Namespace(name, labels, declared=False)


def _asks_dns(rule: PolicyRule, policy: NetworkPolicy, servers: Sequence[PodEndpoint]) -> bool:
    """Whether the rule speaks of DNS, or admits a DNS port to what may be a DNS server."""
    if any(_names_dns(port) for port in rule.ports):
        return True
    if not any(_admits_port(rule, one) for one in (Protocol.UDP, Protocol.TCP)):
        return False
    return not rule.peers or any(_may_serve(peer, policy, servers) for peer in rule.peers)


def _may_serve(peer: Peer, policy: NetworkPolicy, servers: Sequence[PodEndpoint]) -> bool:
    if isinstance(peer, BlockPeer):
        return True
    return any(pod_peer_matches(peer, policy.namespace, pod) for pod in servers)


def _left_out(facts: Facts, policy: NetworkPolicy, asking: Sequence[NetworkPolicy]) -> bool:
    """Whether some pod that the policy selects is selected by no policy that admits DNS."""
    if facts.pods.get(policy.namespace):
        admitted = [facts.matcher(one.subject) for one in asking]
        pods = facts.subjects(policy)
        return any(not any(selects(pod.labels) for selects in admitted) for pod in pods)
    return _uncovered(policy.subject, [one.subject for one in asking])


def _uncovered(selector: LabelSelector, others: Sequence[LabelSelector]) -> bool:
    """Whether some labels meet the selector and none of the others.

    Where the requirements of another are among the selector's own the answer is evident; else
    the solver gives it.
    """
    asked = set(requirements_of(selector))
    if any(set(requirements_of(other)) <= asked for other in others):
        return False
    session = Session(uncovered_pod(selector, others), Limits())
    return session.check(()) is not Answer.UNSAT


def _finding(policy: NetworkPolicy) -> Finding:
    return finding(
        "NP017",
        policy.where,
        f"`{policy.title}` restricts egress, and pods that it selects can ask no DNS server: no "
        "policy admits port 53 for them",
        "add an egress rule with `ports: [{protocol: UDP, port: 53}, {protocol: TCP, port: 53}]` "
        "to the DNS pods",
        policy,
    )


def _admits_port(rule: PolicyRule, protocol: Protocol) -> bool:
    """Whether some element of the rule's ports admits a DNS port of the protocol, or all do."""
    return not rule.ports or any(
        protocol_of(one) is protocol and _holds_dns(one) for one in rule.ports
    )


def _names_dns(port: PolicyPort) -> bool:
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
                if protocol_of(port) is Protocol.TCP and _names_dns(port):
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
            if any(_admits_port(rule, Protocol.UDP) for rule in rules):
                return True
    return False


def _wider(policy: NetworkPolicy, other: NetworkPolicy) -> bool:
    """Whether the policy's subject asks for no more than the other's does, as written."""
    asked = {(one.key, one.operator, one.values) for one in other.subject.requirements}
    return all((one.key, one.operator, one.values) in asked for one in policy.subject.requirements)


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
