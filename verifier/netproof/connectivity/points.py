"""What policies can tell apart: pods in classes, host endpoints and outside addresses, as bits.

A set of points is a number whose bit p is set iff point p is in the set. The pods come first,
then the host endpoints, then the atoms of addresses.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

from netproof.connectivity.addresses import Atoms, atoms_of, filled_by, free_atoms
from netproof.connectivity.located import addresses_add_up
from netproof_encodings.decision.conditions import InBlock, Seen
from netproof_encodings.decision.conditions import atoms_of as atoms_in
from netproof_encodings.decision.tiers import Passage, matches_of
from netproof_encodings.lowering import Tiers, every_tier, passages
from netproof_encodings.vocabulary.classes import PodClass, classes_of
from netproof_encodings.vocabulary.hosts import HostPoint, host_points
from netproof_encodings.vocabulary.mentioned import vocabulary_of, with_hosts, with_passages
from netproof_encodings.vocabulary.stretches import Stretch, named_sources, source_stretches
from netproof_specs.assumptions import Assumption, Assumptions
from netproof_specs.claims import AddressBlock
from netproof_specs.frozen import Frozen, replace
from netproof_specs.model.cluster import Cluster, Namespace, Workload
from netproof_specs.model.hosts import HostEndpoint
from netproof_specs.model.traffic import Family

Bits = int


class PodPoint(Frozen):
    """Pods of one class at addresses that no block tells apart.

    `node` is true iff they count as addresses of their nodes (A.45). `atoms` are those of their
    addresses, known or supposed, where some block is mentioned; they are at all of these at once
    if `somewhere`, and what some address allows counts. `families` are those in which they can
    have connections: any if no address is known or supposed (A.27).
    """

    pods: PodClass
    node: bool
    atoms: Bits
    families: frozenset[Family]
    somewhere: bool = False

    @property
    def on(self) -> str | None:
        """The node that all of them run on, where that is known."""
        return self.pods.node

    @property
    def of_node(self) -> frozenset[str]:
        """The addresses that the nodes of all of them state."""
        return self.pods.of_node

    @property
    def alone(self) -> bool:
        """Whether it is one pod."""
        return self.pods.pods == 1


class HostAt(Frozen):
    """A host endpoint in connections of one family, by one of its addresses (D.35).

    `atoms` is that of its address, known or supposed, where some block is mentioned. Blocks are
    held against it, as against a node's.
    """

    host: HostPoint
    atoms: Bits

    @property
    def somewhere(self) -> bool:
        """False: it has one address."""
        return False

    @property
    def node(self) -> bool:
        """True: it is its node's."""
        return True

    @property
    def families(self) -> frozenset[Family]:
        """The one of its address."""
        return frozenset({self.host.family})

    @property
    def on(self) -> str | None:
        """The node that it is on."""
        return self.host.host.node

    @property
    def of_node(self) -> frozenset[str]:
        """The addresses that its node states."""
        return frozenset(self.host.host.node_addresses)

    @property
    def alone(self) -> bool:
        """True: it is one endpoint."""
        return True


Inside = PodPoint | HostAt
"""What is inside the cluster."""


class Points(Frozen):
    """The points of a cluster under some assumptions.

    `points_of` gives the points of each workload, in the cluster's order: several only where its
    address is unknown and may be any. `points_of_host` gives those of each host endpoint, one for
    each of its addresses at least. `outside` are the points of the atoms that hold an address
    outside the cluster. `stretches` are the source ports that policies tell apart (D.19), and
    `passages` the host endpoints with policies for what they let through (D.37). `filled` are those
    of the outside points that hold addresses of nodes alone, by each of their addresses with all
    of them.
    """

    cluster: Cluster
    assumptions: Assumptions
    namespaces: Mapping[str, Namespace]
    atoms: Atoms
    inside: tuple[Inside, ...]
    points_of: tuple[tuple[int, ...], ...]
    points_of_host: tuple[tuple[int, ...], ...]
    outside: Bits
    stretches: tuple[Stretch, ...]
    passages: tuple[Passage, ...]
    filled: Mapping[str, tuple[int, frozenset[str]]]

    @property
    def insiders(self) -> Bits:
        """Every point of pods and host endpoints."""
        return (1 << len(self.inside)) - 1

    @property
    def all(self) -> Bits:
        """Every point."""
        return self.insiders | self.outside

    def outside_in(self, atoms: Bits) -> Bits:
        """The points of some atoms, as far as they hold addresses outside the cluster."""
        return atoms << len(self.inside) & self.outside

    def own_of(self, addresses: Collection[str]) -> Bits:
        """The outside points that hold nothing but these addresses of one's own node."""
        if not self.filled:
            return 0
        near = (self.filled[one] for one in addresses if one in self.filled)
        return bits_of(point for point, held in near if held.issubset(addresses))

    def atoms_among(self, points: Bits) -> Bits:
        """The atoms among some points."""
        return points >> len(self.inside)

    def atom_point(self, address: str) -> int:
        """The point of the atom that an address is in."""
        return len(self.inside) + self.atoms.atom_of(address)


def bits_of(numbers: Iterable[int]) -> Bits:
    """The set of some numbers."""
    found = 0
    for number in numbers:
        found |= 1 << number
    return found


def united(sets: Iterable[Bits]) -> Bits:
    """What is in some of the sets."""
    found = 0
    for one in sets:
        found |= one
    return found


def numbers_of(bits: Bits) -> Iterator[int]:
    """The members of a set, ascending."""
    # Searching the digits is several times quicker than taking off the lowest bit of a long number.
    digits = bin(bits)[:1:-1]
    at = digits.find("1")
    while at >= 0:
        yield at
        at = digits.find("1", at + 1)


class Apart(Frozen):
    """What is told apart besides what the policies do.

    `hosts` are groups of host endpoints by name: of those with the same policies for what they let
    through only those of one group count as alike. No group at all is one of all.
    """

    blocks: tuple[str, ...] = ()
    source_ports: tuple[Stretch, ...] = ()
    hosts: tuple[frozenset[str], ...] = ()


def points_of(
    cluster: Cluster,
    tiers: Tiers,
    assumptions: Assumptions,
    blocks: Iterable[str] = (),
    source_ports: Iterable[Stretch] = (),
) -> Points:
    """The points of a cluster with the policies.

    `blocks` and `source_ports` are told apart besides theirs.
    """
    return points_apart(cluster, tiers, assumptions, Apart(tuple(blocks), tuple(source_ports)))


def points_apart(cluster: Cluster, tiers: Tiers, assumptions: Assumptions, apart: Apart) -> Points:
    """The points of a cluster with the policies, with what else is to be told apart."""
    mentioned = vocabulary_of(every_tier(tiers), map(AddressBlock, apart.blocks), ())
    passed = tuple(_in_groups(passages(cluster.every_policy), apart.hosts))
    vocabulary = with_passages(with_hosts(mentioned, cluster.hosts), passed)
    atoms = atoms_of(vocabulary.blocks)
    inside: list[Inside] = []
    places: list[tuple[int, ...]] = [()] * len(cluster.workloads)
    supposing = Assumption.UNKNOWN_POD_ADDRESSES in assumptions and bool(atoms.blocks)
    add_up = not passed and addresses_add_up(tiers)
    spread = _supposed if supposing and not add_up else _somewhere
    seen = Assumption.IPBLOCK_MATCHES_PODS in assumptions or (supposing and _always_seen(tiers))
    free = {host: _free_atoms(cluster, atoms, host) for host in (False, True)}
    classes = classes_of(cluster, vocabulary)
    for one in classes:
        first = len(inside)
        node = one.host_network and Assumption.HOST_NETWORK not in assumptions
        if supposing and not one.families and (node or seen):
            inside.extend(spread(one, node, atoms, free[one.host_network]))
        else:
            inside.append(_known(one, node, atoms))
        numbers = tuple(range(first, len(inside)))
        for place in one.places:
            places[place] = numbers
    of_hosts: dict[str, tuple[int, ...]] = {one.name: () for one in cluster.hosts}
    for host in host_points(cluster.hosts):
        first = len(inside)
        if supposing and host.address is None:
            inside.extend(_host_anywhere(host, atoms, free[False]))
        else:
            inside.append(_host_at(host, atoms))
        of_hosts[host.host.name] += tuple(range(first, len(inside)))
    outside = free[False] << len(inside)
    namespaces = {one.name: one for one in cluster.namespaces}
    named = named_sources(vocabulary, (port for one in classes for port in one.ports))
    return Points(
        cluster, assumptions, namespaces, atoms, tuple(inside), tuple(places),
        tuple(of_hosts[one.name] for one in cluster.hosts), outside,
        source_stretches(vocabulary, (*apart.source_ports, *named)), passed,
        _filled(cluster, atoms, len(inside)),
    )  # fmt: skip


def _filled(cluster: Cluster, atoms: Atoms, first: int) -> dict[str, tuple[int, frozenset[str]]]:
    """The points of atoms, the first of which is given, that hold addresses of nodes alone."""
    ends: tuple[Workload | HostEndpoint, ...] = (*cluster.workloads, *cluster.hosts)
    of_nodes = {address for one in {one.node_addresses for one in ends} for address in one}
    taken = {address for one in ends for address in one.addresses} if of_nodes else ()
    return {
        address: (first + atom, held)
        for atom, held in filled_by(atoms, taken, of_nodes)
        for address in held
    }


def _in_groups(passed: Iterable[Passage], groups: tuple[frozenset[str], ...]) -> Iterator[Passage]:
    """The host endpoints that are alike, those of each group by themselves."""
    for one in passed:
        for group in groups or (frozenset(one.hosts),):
            hosts = tuple(name for name in one.hosts if name in group)
            if hosts:
                yield replace(one, hosts=hosts)


def _always_seen(tiers: Tiers) -> bool:
    """Whether some policy holds a block against the addresses of pods whatever is assumed."""
    return any(
        isinstance(atom, InBlock) and atom.pods is Seen.ALWAYS
        for match in matches_of(every_tier(tiers))
        for atom in atoms_in(match)
    )


def _known(one: PodClass, node: bool, atoms: Atoms) -> PodPoint:
    held = (atoms.atom_at(family, value) for family, value in one.addresses.items())
    return PodPoint(one, node, bits_of(held), one.families or frozenset(Family))


def _free_atoms(cluster: Cluster, atoms: Atoms, host_network: bool) -> Bits:
    """The atoms with an address that no other pod and no host endpoint is known to have.

    A hostNetwork pod may have that of another one: both have their node's (A.29, A.45).
    """
    others = (one for one in cluster.workloads if not (host_network and one.host_network))
    lists = (*(one.addresses for one in others), *(one.addresses for one in cluster.hosts))
    return free_atoms(atoms, (address for listed in lists for address in listed))


def _host_at(host: HostPoint, atoms: Atoms) -> HostAt:
    mentioned = host.address is not None and atoms.blocks
    held = 1 << atoms.atom_at(host.family, host.address or 0) if mentioned else 0
    return HostAt(host, held)


def _host_anywhere(host: HostPoint, atoms: Atoms, free: Bits) -> Iterator[HostAt]:
    """A point for each free atom of the family, as of a pod whose address is unknown (A.29)."""
    for atom in numbers_of(free):
        if atoms.families[atom] is host.family:
            yield HostAt(host, 1 << atom)


def _somewhere(one: PodClass, node: bool, atoms: Atoms, free: Bits) -> Iterator[PodPoint]:
    """One point in all free atoms, for pods that may have any address but a known one.

    Only where `addresses_add_up`.
    """
    families = frozenset(atoms.families[atom] for atom in numbers_of(free))
    yield PodPoint(one, node, free, families, somewhere=True)


def _supposed(one: PodClass, node: bool, atoms: Atoms, free: Bits) -> Iterator[PodPoint]:
    """A point for each free atom, of pods that may have any address but a known one.

    What some address allows is a union over these points, whatever the policies are (A.29).
    """
    for atom in numbers_of(free):
        yield PodPoint(one, node, 1 << atom, frozenset({atoms.families[atom]}))
