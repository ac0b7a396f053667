"""Small universes in which every connection that some policies can tell apart occurs.

The connections are those of a pod of the policies' namespaces, or of another one, with any
combination of the labels that the selectors mention, and of addresses at the edges of the blocks.
Two policy sets that decide all of them alike are equivalent, in any cluster whose namespaces
bear the labels chosen here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, product

from netaddr import IPAddress, IPNetwork

from netproof.oracle.connections import decide
from netproof_specs.assumptions import DEFAULTS
from netproof_specs.model.cluster import ContainerPort, Namespace, Policy
from netproof_specs.model.connections import Connection, Endpoint, ExternalEndpoint, PodEndpoint
from netproof_specs.model.labels import NAME_LABEL, Labels, LabelSelector
from netproof_specs.model.network_policy import (
    BlockPeer,
    NetworkPolicy,
    Peer,
    PodPeer,
    PolicyPort,
    PolicyRule,
)
from netproof_specs.model.traffic import Family, PortName, PortRange, Protocol

OTHER = "another"
"""A label value and a namespace name that no policy mentions."""


def differences(left: Sequence[Policy], right: Sequence[Policy]) -> Iterator[Connection]:
    """The connections of the policies' universe on which the two sets decide differently."""
    for connection in connections_of([*left, *right]):
        one = decide(left, connection, DEFAULTS).allowed
        other = decide(right, connection, DEFAULTS).allowed
        if one is not other:
            yield connection


def connections_of(policies: Sequence[Policy]) -> Iterator[Connection]:
    """Every connection of the policies' universe, between two different endpoints."""
    pods = pods_of(policies)
    external = [ExternalEndpoint(address) for address in addresses_of(policies)]
    ends: Iterator[tuple[Endpoint, Endpoint]] = chain(
        product(pods, pods), product(pods, external), product(external, pods)
    )
    edges = [(protocol, port) for protocol in Protocol for port in ports_of(policies)]
    for (source, destination), (protocol, port) in product(ends, edges):
        if source is not destination:
            yield Connection(source, destination, protocol, port, family(source, destination))


def family(source: Endpoint, destination: Endpoint) -> Family:
    """The family of the external end, IPv4 where there is none."""
    for end in (source, destination):
        if isinstance(end, ExternalEndpoint) and ":" in end.address:
            return Family.IPV6
    return Family.IPV4


def pods_of(policies: Sequence[Policy]) -> list[PodEndpoint]:
    """Pods in every namespace with every combination of the labels that selectors mention."""
    combinations = labels_of(pod_selectors(policies))
    names = port_names(policies)
    return [
        PodEndpoint(namespace, f"pod-{number}", labels, ports=declared_ports(names))
        for namespace in namespaces_of(policies)
        for number, labels in enumerate(combinations)
    ]


def declared_ports(names: Sequence[str]) -> tuple[ContainerPort, ...]:
    """Each name declared under each protocol, with a number of its own."""
    return tuple(
        ContainerPort(name, protocol, 7000 + number)
        for number, name in enumerate(names)
        for protocol in Protocol
    )


def namespaces_of(policies: Sequence[Policy]) -> list[Namespace]:
    """The policies' namespaces without labels, and others with each combination of labels."""
    own = sorted({policy.namespace for policy in policies})
    mentioned = labels_of(namespace_selectors(policies))
    return [
        *(Namespace(name, ((NAME_LABEL, name),), declared=True) for name in own),
        *(
            Namespace(f"{OTHER}-{number}", named(labels, f"{OTHER}-{number}"), declared=True)
            for number, labels in enumerate(mentioned)
        ),
    ]


def named(labels: Labels, name: str) -> Labels:
    """The labels together with the automatic one (A.25)."""
    return tuple(sorted((dict(labels) | {NAME_LABEL: name}).items()))


def labels_of(selectors: Iterable[LabelSelector]) -> list[Labels]:
    """Every choice, per key that is mentioned, of absence, a mentioned value or another one."""
    values: dict[str, set[str]] = {}
    for selector in selectors:
        for requirement in selector.requirements:
            values.setdefault(requirement.key, {OTHER}).update(requirement.values)
    values.pop(NAME_LABEL, None)
    choices = [
        [None, *((key, value) for value in sorted(found))] for key, found in sorted(values.items())
    ]
    return [tuple(pair for pair in choice if pair is not None) for choice in product(*choices)]


def rules_of(policies: Iterable[NetworkPolicy]) -> Iterator[PolicyRule]:
    """Every rule, in force or not."""
    for policy in policies:
        yield from (*policy.ingress, *policy.egress)


def peers_of(policies: Iterable[NetworkPolicy]) -> Iterator[Peer]:
    """Every peer of every rule."""
    for rule in rules_of(policies):
        yield from rule.peers


def pod_selectors(policies: Sequence[NetworkPolicy]) -> Iterator[LabelSelector]:
    """Every selector of pods."""
    for policy in policies:
        yield policy.subject
    for peer in peers_of(policies):
        if isinstance(peer, PodPeer) and peer.pods is not None:
            yield peer.pods


def namespace_selectors(policies: Sequence[NetworkPolicy]) -> Iterator[LabelSelector]:
    """Every selector of namespaces."""
    for peer in peers_of(policies):
        if isinstance(peer, PodPeer) and peer.namespaces is not None:
            yield peer.namespaces


def addresses_of(policies: Sequence[NetworkPolicy]) -> list[str]:
    """The first and last address of every block, those next to it, and one of each family."""
    found = {IPAddress("192.0.2.1"), IPAddress("2001:db8::1")}
    for peer in peers_of(policies):
        if isinstance(peer, BlockPeer):
            for cidr in (peer.cidr, *peer.excepts):
                found.update(edges_of(IPNetwork(cidr)))
    return [str(address) for address in sorted(found, key=lambda one: (one.version, int(one)))]


def edges_of(block: IPNetwork) -> Iterator[IPAddress]:
    """The addresses on both sides of both ends of a block."""
    last = IPAddress((1 << (32 if block.version == 4 else 128)) - 1, block.version)
    for value in (block.first - 1, block.first, block.last, block.last + 1):
        if 0 <= value <= int(last):
            yield IPAddress(value, block.version)


def elements_of(policies: Iterable[NetworkPolicy]) -> Iterator[PolicyPort]:
    """Every element of every rule's ports."""
    for rule in rules_of(policies):
        yield from rule.ports


def port_names(policies: Sequence[NetworkPolicy]) -> list[str]:
    """The names that ports are given by."""
    found = {
        element.port.name for element in elements_of(policies) if isinstance(element.port, PortName)
    }
    return sorted(found)


def ports_of(policies: Sequence[NetworkPolicy]) -> list[int]:
    """The ports at the edges of the ranges and those that names resolve to."""
    found = {1, *(7000 + number for number in range(len(port_names(policies))))}
    for element in elements_of(policies):
        if isinstance(element.port, PortRange):
            first, last = element.port.first, element.port.last
            found.update({first - 1, first, last, last + 1})
    return sorted(port for port in found if 1 <= port <= 65535)
