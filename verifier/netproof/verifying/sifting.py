"""The connection of the input that reads best of those that decide a claim, without a solver.

What is found is only a guess until the oracle has decided the connection on the whole cluster. So
nothing here can make a verdict wrong: a mistake costs time, or shows a connection that reads worse
than another (decision 0032). The order is that of `models.preferences`: pods of namespaces that are
near, TCP, IPv4, pods before addresses, the port, the first classes, the address.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import reduce
from operator import and_
from typing import assert_never

from netproof.connectivity.addresses import Atoms
from netproof.connectivity.points import Bits, numbers_of
from netproof.connectivity.spans import number_of, span_of, text_of
from netproof.oracle.claims import known_addresses, member
from netproof.verifying.grids import (
    Grid,
    NotOnGridError,
    Outside,
    Pods,
    allowed_at,
    bits_where,
)
from netproof.verifying.sifted_ports import asked_by, first_port, is_on, rank
from netproof_encodings.decision.conditions import End, NamesPort, OnPorts, subject_end
from netproof_encodings.decision.conditions import atoms_of as atoms_in
from netproof_encodings.decision.tiers import Tier, TierPolicy
from netproof_encodings.lowering import Tiers, every_tier
from netproof_encodings.models.decoding import pods_of, two_of
from netproof_encodings.models.preferences import PREFERRED_ADDRESSES, PREFERRED_PORTS
from netproof_encodings.parts.atlas import Atlas
from netproof_encodings.parts.extents import Extent
from netproof_encodings.parts.planning import Plan
from netproof_encodings.parts.pods import classes_in
from netproof_encodings.parts.relevance import ways_of
from netproof_encodings.parts.spoken import spans_of
from netproof_encodings.vocabulary.classes import PodClass
from netproof_specs.assumptions import Assumption, Assumptions
from netproof_specs.claims import (
    AddressBlock,
    AnyOf,
    CannotReach,
    CanReach,
    CanReachOnly,
    EndpointSet,
    Group,
    IsolatedFrom,
    MayReach,
    OnlyCanReach,
    Ports,
    ReachClaim,
)
from netproof_specs.frozen import Frozen
from netproof_specs.model.connections import (
    Connection,
    Endpoint,
    ExternalEndpoint,
    pod_of,
)
from netproof_specs.model.traffic import Direction, Family, Protocol
from netproof_specs.worlds import World

LARGEST = 1 << 18
"""So many connections are looked at together, on as many ports as that allows."""

AT_ONCE = 16
"""So many namespaces are looked at together, of the end that comes first in the order."""

TIMES, IN_VAIN = 8, 2
"""What is looked at in parts is so no more than so often, and so often if nothing is found; then a
solver is asked."""


class _Ends(Frozen):
    """Candidates for one end of a connection, each with an endpoint that stands for it."""

    side: Pods | Outside
    stand_ins: tuple[Endpoint, ...]


class Sieve:
    """Finds the connection of a cluster that reads best of those that decide a claim.

    A class because what claims share is worked out once.
    """

    def __init__(self, atlas: Atlas, atoms: Atoms, assumptions: Assumptions) -> None:
        self._atlas = atlas
        self._atoms = atoms
        self._namespaces = {one.name: one for one in atlas.cluster.namespaces}
        self._seen = Assumption.IPBLOCK_MATCHES_PODS in assumptions
        self._supplies = Assumption.UNKNOWN_POD_ADDRESSES in assumptions
        self._assumptions = assumptions
        # By the identity of policies, which live as long as the atlas.
        self._ports_of: dict[int, tuple[set[int], set[str]]] = {}

    def found(self, claim: ReachClaim) -> Connection | None:
        """The connection, which has yet to be decided; None where none is found.

        There may be one nevertheless: of UDP, of IPv6, or farther from the claim.
        """
        near = Plan(self._atlas, World.SNAPSHOT, claim).near().extent
        try:
            return next(self._connections(claim, near), None)
        except NotOnGridError:
            return None

    def _connections(self, claim: ReachClaim, near: Extent) -> Iterator[Connection]:
        """The best connection of each kind: of two pods, to an address, from one."""
        ways = ways_of(self._atlas, World.SNAPSHOT, claim)
        senders, receivers = (self._spaces(near, end) for end in End)
        if any(way.source.some_pod and way.destination.some_pod for way in ways):
            pods = self._pods(claim, End.DESTINATION, receivers)
            yield from self._first(claim, senders, End.SOURCE, pods)
        if any(way.source.some_pod and way.destination.outside != () for way in ways):
            outside = self._outside(claim, End.DESTINATION)
            yield from self._first(claim, senders, End.SOURCE, outside)
        if any(way.source.outside != () and way.destination.some_pod for way in ways):
            outside = self._outside(claim, End.SOURCE)
            yield from self._first(claim, receivers, End.DESTINATION, outside)

    def _first(
        self, claim: ReachClaim, spaces: Sequence[str], end: End, other: _Ends
    ) -> Iterator[Connection]:
        """The best connection that has a pod of the namespaces at the end, if there is one.

        The port comes before the namespace. Raises NotOnGridError where there may be a better one.
        """
        best: Connection | None = None
        if not other.stand_ins:
            return
        for start in range(0, len(spaces), AT_ONCE):
            if start == AT_ONCE * (TIMES if best else IN_VAIN):
                raise NotOnGridError
            pods = self._pods(claim, end, spaces[start : start + AT_ONCE])
            if pods.stand_ins:
                ends = (pods, other) if end is End.SOURCE else (other, pods)
                best = self._best(claim, *ends, best) or best
            if best is not None and best.port == first_port(claim):
                break
        if best is not None:
            yield best

    def _spaces(self, near: Extent, end: End) -> list[str]:
        """The namespaces whose pods are looked at, in order."""
        held = near.at(end)
        return sorted(one for one in self._atlas.pods if held is None or one in held.namespaces)

    def _pods(self, claim: ReachClaim, end: End, spaces: Sequence[str]) -> _Ends:
        """The classes of the namespaces that the claim can concern at the end, in order."""
        classes: list[PodClass] = []
        stand_ins: list[Endpoint] = []
        for one in classes_in(self._atlas, World.SNAPSHOT, spaces):
            pod = pod_of(one.members[0], self._namespaces[one.namespace], 1)
            if not self._fits(claim, end, pod):
                continue
            if self._supplies and self._atoms.blocks and not one.families:
                raise NotOnGridError  # an assumption supplies it with some address
            if not one.families or Family.IPV4 in one.families:
                classes.append(one)
                stand_ins.append(pod)
        side = Pods(classes, self._namespaces, self._atoms, self._seen)
        return _Ends(side, tuple(stand_ins))

    def _outside(self, claim: ReachClaim, end: End) -> _Ends:
        """The atoms of addresses of IPv4 that the claim can concern at the end."""
        atoms = self._atoms.families
        found = {
            atom: address
            for atom, family in enumerate(atoms)
            if family is Family.IPV4
            and self._fits(claim, end, address := ExternalEndpoint(self._atoms.address_in(atom)))
        }
        return _Ends(Outside(self._atoms, tuple(found)), tuple(found.values()))

    def _best(
        self, claim: ReachClaim, source: _Ends, destination: _Ends, than: Connection | None
    ) -> Connection | None:
        """The best connection of the ends that decides the claim, with a better port `than`."""
        tiers = {
            Direction.EGRESS: self._tiers(Direction.EGRESS, source),
            Direction.INGRESS: self._tiers(Direction.INGRESS, destination),
        }
        ports = self._ports(claim, tiers, destination)
        if than is not None:
            ports = [one for one in ports if rank(one) < rank(than.port)]
        size = LARGEST // (len(source.side) * len(destination.side))
        if not size:
            raise NotOnGridError
        for start in range(0, len(ports), size):
            if start == size * TIMES:
                raise NotOnGridError
            found = self._best_on(claim, tiers, source, destination, ports[start : start + size])
            if found is not None:
                return found
        return None

    def _best_on(
        self,
        claim: ReachClaim,
        tiers: Tiers,
        source: _Ends,
        destination: _Ends,
        ports: Sequence[int],
    ) -> Connection | None:
        """The same on some ports."""
        grid = Grid(source.side, destination.side, ports)
        found = self._wanted(grid, claim, source, destination) & ~_alone(grid)
        if isinstance(claim, CanReach):
            ends = (allowed_at(grid, listed, self._assumptions) for listed in tiers.values())
            found &= ~reduce(and_, ends)
        else:
            for direction in sorted(tiers, key=lambda one: _weight(tiers[one])):
                found = self._allowed(grid, direction, found)
        return self._shown(grid, found) if found else None

    def _allowed(self, grid: Grid, direction: Direction, found: Bits) -> Bits:
        """What of the connections is allowed at the end of the direction."""
        end = subject_end(direction)
        side = grid.source if end is End.SOURCE else grid.destination
        if not found or isinstance(side, Outside):
            return found
        spaces = {side.classes[at].namespace for at in numbers_of(grid.ends_of(found, end))}
        bearing = self._atlas.bearing(direction, spaces)
        return found & allowed_at(grid, bearing, self._assumptions)

    def _ports(self, claim: ReachClaim, tiers: Tiers, destination: _Ends) -> list[int]:
        """The ports in order of preference: the well-known ones, then the lowest of each range.

        The lowest port on which a claim is decided is where a range begins, or behind its end.
        """
        edges, names = {1}, set()
        for policy in (one for tier in every_tier(tiers) for one in tier.policies):
            own = self._mentioned(policy)
            edges |= own[0]
            names |= own[1]
        if isinstance(destination.side, Pods) and names:
            declared = {port for one in destination.side.classes for port in one.ports}
            for one in declared:
                edges |= {one.port, one.port + 1} if one.name in names else set()
        asked = asked_by(claim)
        sides = claim.destinations if isinstance(claim, CanReachOnly) else ()
        for ports in (asked, *(side.ports for side in sides)):
            edges |= {edge for one in ports for edge in (one.first, one.last + 1)}
        known = edges.difference((65536,)).union(PREFERRED_PORTS)
        return sorted((one for one in known if is_on(one, asked)), key=rank)

    def _mentioned(self, policy: TierPolicy) -> tuple[set[int], set[str]]:
        """Where ranges of ports of the policy begin and end, and the names of ports that it has."""
        found = self._ports_of.get(id(policy))
        if found is None:
            found = self._ports_of[id(policy)] = set(), set()
            for atom in (atom for rule in policy.rules for atom in atoms_in(rule.match)):
                if isinstance(atom, OnPorts):
                    found[0].update((atom.ports.first, atom.ports.last + 1))
                elif isinstance(atom, NamesPort):
                    found[1].add(atom.name)
        return found

    def _tiers(self, direction: Direction, ends: _Ends) -> tuple[Tier, ...]:
        """The tiers of what can select the ends; of addresses there are none."""
        if isinstance(ends.side, Outside):
            return ()
        return self._atlas.bearing(direction, {one.namespace for one in ends.side.classes})

    def _shown(self, grid: Grid, found: Bits) -> Connection:
        """The first of the connections, with names, and an address for an end that is outside."""
        listed = [grid.at(bit) for bit in numbers_of(found)]
        port = listed[0][2]
        here = [(source, destination) for source, destination, at in listed if at == port]
        match grid.source, grid.destination:
            case Pods() as source, Pods() as destination:
                ends = two_of(
                    self._members(source.classes[here[0][0]]),
                    self._members(destination.classes[here[0][1]]),
                )
            case Pods() as source, Outside() as destination:
                first = here[0][0]
                atoms = [destination.listed[to] for at, to in here if at == first]
                ends = self._members(source.classes[first])[0], self._address(atoms)
            case Outside() as source, Pods() as destination:
                first = min(to for _, to in here)
                atoms = [source.listed[at] for at, to in here if to == first]
                ends = self._address(atoms), self._members(destination.classes[first])[0]
            case _:
                raise AssertionError(grid)
        return Connection(*ends, Protocol.TCP, grid.ports[port], Family.IPV4)

    def _members(self, one: PodClass) -> list[Endpoint]:
        return list(pods_of(one, self._namespaces[one.namespace]))

    def _address(self, among: Sequence[int]) -> ExternalEndpoint:
        """The address that reads best of some atoms."""
        family = Family.IPV4
        known = number_of(PREFERRED_ADDRESSES[family])
        spans = (span_of(one) for one in self._atlas.vocabulary.blocks if ":" not in one)
        firsts = sorted(min(first + 1, last) for first, last in spans)
        starts = zip(self._atoms.starts[family], self._atoms.numbers[family], strict=True)
        lowest = (start for start, atom in starts if atom in among)
        best = next(
            one for one in (known, *firsts, *lowest) if self._atoms.atom_at(family, one) in among
        )
        return ExternalEndpoint(text_of(family, best))

    def _is_in(self, end: Endpoint, group: EndpointSet) -> bool:
        """Whether the end is in the group on connections of IPv4, as the oracle says it."""
        match group:
            case AddressBlock(cidr):
                known = known_addresses(end, None)
                return any(
                    ":" not in one and self._atoms.holds(cidr, Family.IPV4, number_of(one))
                    for one in known
                )
            case AnyOf(members):
                return any(self._is_in(end, one) for one in members)
            case _:
                return member(end, group, Family.IPV4)

    def _fits(self, claim: ReachClaim, end: End, one: Endpoint) -> bool:
        """Whether an endpoint can be at the end of a connection that decides the claim."""

        def among(*groups: Group) -> bool:
            return any(self._is_in(one, group.endpoints) for group in groups)

        if isinstance(claim, OnlyCanReach) and end is End.SOURCE:
            return not among(*claim.sources)
        groups = (one.at(end) for one in spans_of(claim))
        return any(one is None or among(one) for one in groups)

    def _within(self, ends: _Ends, group: Group) -> Bits:
        return bits_where(self._is_in(one, group.endpoints) for one in ends.stand_ins)

    def _wanted(self, grid: Grid, claim: ReachClaim, source: _Ends, destination: _Ends) -> Bits:
        """The connections that decide the claim if they are allowed, or, for `can`, if not.

        The ends fit.
        """

        def on(ports: Ports) -> Bits:
            return grid.on(lambda port: is_on(port, ports))

        match claim:
            case CanReachOnly(_, sides):
                found = grid.all
                for one in sides:
                    inside = self._within(destination, one.group)
                    found &= ~grid.between((1 << len(grid.source)) - 1, inside, on(one.ports))
                return found
            case IsolatedFrom(a, b):
                there = self._within(source, a), self._within(destination, b)
                back = self._within(source, b), self._within(destination, a)
                return grid.between(*there, on(())) | grid.between(*back, on(()))
            case CannotReach() | CanReach() | MayReach() | OnlyCanReach():
                return grid.all  # on its ports, which are all that the grid has
            case _:
                assert_never(claim)


def _weight(tiers: Sequence[Tier]) -> int:
    return sum(len(tier.policies) for tier in tiers)


def _alone(grid: Grid) -> Bits:
    """The connections of a pod with itself: of a class that has no other (A.41)."""
    if isinstance(grid.source, Outside) or isinstance(grid.destination, Outside):
        return 0
    places = {id(one): at for at, one in enumerate(grid.destination.classes)}
    every, found = (1 << len(grid.ports)) - 1, 0
    for at, one in enumerate(grid.source.classes):
        if one.pods == 1 and id(one) in places:
            found |= grid.between(1 << at, 1 << places[id(one)], every)
    return found
