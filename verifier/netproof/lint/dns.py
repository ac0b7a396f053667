"""Pods whose egress is restricted and that cannot ask DNS (A.46)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from netproof.lint.facts import Facts
from netproof.lint.findings import Finding, finding
from netproof.lint.ports import admits_port, names_dns
from netproof.lint.subjects import uncovered
from netproof.oracle.network_policy import pod_peer_matches, types_of
from netproof_encodings.lowering import is_calico
from netproof_specs.model.cluster import Namespace
from netproof_specs.model.connections import PodEndpoint
from netproof_specs.model.labels import NAME_LABEL
from netproof_specs.model.network_policy import BlockPeer, NetworkPolicy, Peer, PolicyRule
from netproof_specs.model.traffic import Direction, Protocol

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
            one
            for one in isolating
            if any(_asks_dns(rule, one, servers) for rule in one.egress)
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
    if any(names_dns(port) for port in rule.ports):
        return True
    if not any(admits_port(rule, one) for one in (Protocol.UDP, Protocol.TCP)):
        return False
    return not rule.peers or any(_may_serve(peer, policy, servers) for peer in rule.peers)


def _may_serve(peer: Peer, policy: NetworkPolicy, servers: Sequence[PodEndpoint]) -> bool:
    if isinstance(peer, BlockPeer):
        return True
    return any(pod_peer_matches(peer, policy.namespace, pod) for pod in servers)


def _left_out(facts: Facts, policy: NetworkPolicy, asking: Sequence[NetworkPolicy]) -> bool:
    """Whether some pod that the policy selects is selected by no policy that admits DNS."""
    if facts.pods.get(policy.namespace):
        left = facts.unselected(facts.subjects(policy), asking, Direction.EGRESS)
        return next(left, None) is not None
    return uncovered(policy.subject, [one.subject for one in asking])


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
