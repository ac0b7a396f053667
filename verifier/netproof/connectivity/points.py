"""What policies can tell apart: classes of pods and atoms of outside addresses, as bits.

A set of points is a number whose bit p is set iff point p is in the set. The classes of pods come
first, then the atoms.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import assert_never

from netproof.connectivity.addresses import Atoms, atoms_of, free_atoms
from netproof.oracle.addresses import family_of
from netproof.oracle.endpoints import is_node
from netproof_specs.assumptions import Assumptions
from netproof_specs.model.cluster import Cluster, Namespace, Workload
from netproof_specs.model.connections import PodEndpoint
from netproof_specs.model.labels import LabelSelector
from netproof_specs.model.network_policy import BlockPeer, NetworkPolicy, Peer, PodPeer, PolicyRule
from netproof_specs.model.traffic import Family, PortName

Bits = int


@dataclass(frozen=True, slots=True)
class PodClass:
    """Pods that no policy can tell apart; `pod` is one of them, with its mentioned labels only.

    `node` is true iff they count as addresses of their nodes (A.45). `atoms` are those of the
    pods' known addresses.
    """

    pod: PodEndpoint
    node: bool
    atoms: Bits


def families_of(one: PodClass) -> tuple[Family, ...]:
    """The families in which the pods can have connections: any if no address is known (A.27)."""
    known = {family_of(address) for address in one.pod.addresses}
    return tuple(family for family in Family if not known or family in known)


@dataclass(frozen=True, slots=True)
class Points:
    """The points of a cluster under some assumptions.

    `class_of` gives the class of each workload, in the cluster's order. `outside` are the points
    of the atoms that hold an address outside the cluster.
    """

    cluster: Cluster
    assumptions: Assumptions
    atoms: Atoms
    classes: tuple[PodClass, ...]
    class_of: tuple[int, ...]
    outside: Bits

    @property
    def pods(self) -> Bits:
        """Every class of pods."""
        return (1 << len(self.classes)) - 1

    @property
    def all(self) -> Bits:
        """Every point."""
        return self.pods | self.outside

    def where(self, test: Callable[[PodClass], bool]) -> Bits:
        """The classes that pass a test."""
        return bits_of(at for at, one in enumerate(self.classes) if test(one))

    def outside_in(self, atoms: Bits) -> Bits:
        """The points of some atoms, as far as they hold addresses outside the cluster."""
        return atoms << len(self.classes) & self.outside

    def atoms_among(self, points: Bits) -> Bits:
        """The atoms among some points."""
        return points >> len(self.classes)


def bits_of(numbers: Iterable[int]) -> Bits:
    """The set of some numbers."""
    found = 0
    for number in numbers:
        found |= 1 << number
    return found


def numbers_of(bits: Bits) -> Iterator[int]:
    """The members of a set, ascending."""
    # Searching the digits is several times quicker than taking off the lowest bit of a long number.
    digits = bin(bits)[:1:-1]
    at = digits.find("1")
    while at >= 0:
        yield at
        at = digits.find("1", at + 1)


def points_of(cluster: Cluster, assumptions: Assumptions, blocks: Iterable[str]) -> Points:
    """The points of a cluster; `blocks` are told apart besides those of the policies."""
    atoms = atoms_of([*blocks, *_blocks(cluster.policies)])
    classes, class_of = _classes(cluster, assumptions, atoms)
    known = (address for one in cluster.workloads for address in one.addresses)
    outside = free_atoms(atoms, known) << len(classes)
    return Points(cluster, assumptions, atoms, classes, class_of, outside)


def _classes(
    cluster: Cluster, assumptions: Assumptions, atoms: Atoms
) -> tuple[tuple[PodClass, ...], tuple[int, ...]]:
    namespaces = {one.name: one for one in cluster.namespaces}
    keys = frozenset(_label_keys(cluster.policies))
    names = frozenset(_port_names(cluster.policies))
    numbers: dict[object, int] = {}
    classes: list[PodClass] = []
    class_of: list[int] = []
    for workload in cluster.workloads:
        one = _class_of(workload, namespaces, keys, names)
        held = bits_of(map(atoms.atom_of, one.addresses))
        key = (workload.namespace, one.labels, frozenset(one.ports), one.host_network, held)
        if key not in numbers:
            numbers[key] = len(classes)
            classes.append(PodClass(one, is_node(one, assumptions), held))
        class_of.append(numbers[key])
    return tuple(classes), tuple(class_of)


def _class_of(
    workload: Workload,
    namespaces: dict[str, Namespace],
    keys: frozenset[str],
    names: frozenset[str],
) -> PodEndpoint:
    """A pod of the workload with what policies can see of it."""
    return PodEndpoint(
        namespaces[workload.namespace],
        workload.name,
        tuple(pair for pair in workload.labels if pair[0] in keys),
        ports=tuple(port for port in workload.ports if port.name in names),
        addresses=workload.addresses,
        host_network=workload.host_network,
    )


def _rules(policies: Iterable[NetworkPolicy]) -> Iterator[PolicyRule]:
    for policy in policies:
        yield from policy.ingress
        yield from policy.egress


def _peers(policies: Iterable[NetworkPolicy]) -> Iterator[Peer]:
    for rule in _rules(policies):
        yield from rule.peers


def _blocks(policies: Iterable[NetworkPolicy]) -> Iterator[str]:
    for peer in _peers(policies):
        if isinstance(peer, BlockPeer):
            yield from (peer.cidr, *peer.excepts)


def _selectors(policies: Iterable[NetworkPolicy]) -> Iterator[LabelSelector]:
    for policy in policies:
        yield policy.subject
    for peer in _peers(policies):
        match peer:
            case PodPeer(_, pods):
                if pods is not None:
                    yield pods
            case BlockPeer():
                pass
            case _:
                assert_never(peer)


def _label_keys(policies: Iterable[NetworkPolicy]) -> Iterator[str]:
    for selector in _selectors(policies):
        for requirement in selector.requirements:
            yield requirement.key


def _port_names(policies: Iterable[NetworkPolicy]) -> Iterator[str]:
    for rule in _rules(policies):
        for element in rule.ports:
            if isinstance(element.port, PortName):
                yield element.port.name
