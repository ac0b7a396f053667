"""The map of allowed connections between units, row by row (docs/connections.md)."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import Enum
from itertools import product

from netproof.connectivity.addresses import cidrs_of
from netproof.connectivity.own_scope import Near, beyond_own, meet_outside
from netproof.connectivity.partitions import Partition, gathered, joined
from netproof.connectivity.passing import Outcome
from netproof.connectivity.points import Apart, Bits, numbers_of, points_apart
from netproof.connectivity.portsets import NOTHING, PortId
from netproof.connectivity.relation import Relation, related
from netproof.connectivity.sampling import hold
from netproof.connectivity.units import By, Unit, UnitPart, blocks_in, outside_of, units_of
from netproof.decisions import AllowedPorts
from netproof.undecided import refuse_undecided
from netproof_encodings.decision.folding import ties_of
from netproof_encodings.lowering import every_tier, lower
from netproof_encodings.vocabulary.stretches import Stretch
from netproof_specs.assumptions import DEFAULTS, Assumptions
from netproof_specs.claims import EndpointSet, Ports
from netproof_specs.frozen import Frozen, field
from netproof_specs.model.cluster import Cluster
from netproof_specs.steps import Step, Watch, unwatched

Cidrs = tuple[str, ...]
"""Outside addresses as the fewest blocks, IPv4 first."""


class Families(Enum):
    """Whether a map tells apart in which address family a port is allowed."""

    TOGETHER = "together"
    APART = "apart"


class Query(Frozen):
    """What a map is asked for; `None` is every endpoint, no ports are every port.

    `blocks` are told apart besides those that the policies or the query mention, and so are
    `source_ports` and groups of `hosts` (`Apart`). `outcomes` are told apart besides what is
    possible and what is certain.
    """

    by: By = By.WORKLOAD
    sources: EndpointSet | None = None
    destinations: EndpointSet | None = None
    ports: Ports = ()
    groups: Mapping[str, EndpointSet] = field(default_factory=dict)
    assumptions: Assumptions = DEFAULTS
    blocks: tuple[str, ...] = ()
    families: Families = Families.TOGETHER
    source_ports: tuple[Stretch, ...] = ()
    hosts: tuple[frozenset[str], ...] = ()
    outcomes: tuple[Outcome, ...] = ()


class Pattern(Frozen):
    """What one or more sources reach: destinations by index, ascending, and outside addresses."""

    cells: tuple[tuple[int, PortId], ...]
    outside: tuple[tuple[Cidrs, PortId], ...]

    def has(self, destination: int) -> bool:
        """Whether the pattern has a cell for the destination."""
        at = bisect_left(self.cells, (destination, 0))
        return at < len(self.cells) and self.cells[at][0] == destination


class SourceRow(Frozen):
    """The row of one source: its pattern, but for `changes`, where `NOTHING` is no connection.

    Sources with equal rows share one pattern, the same object.
    """

    source: Unit
    pattern: Pattern
    changes: Mapping[int, PortId]

    def cells(self) -> Iterator[tuple[int, PortId]]:
        """The destinations that the source reaches, ascending, with the ports."""
        if not self.changes:
            yield from self.pattern.cells
            return
        found = {**dict(self.pattern.cells), **self.changes}
        yield from ((at, ports) for at, ports in sorted(found.items()) if ports != NOTHING)

    def count(self) -> int:
        """How many destinations the source reaches, each list of outside blocks as one."""
        changed = sum(
            (ports != NOTHING) - self.pattern.has(at) for at, ports in self.changes.items()
        )
        return len(self.pattern.cells) + len(self.pattern.outside) + changed


def map_of(cluster: Cluster, query: Query, watch: Watch = unwatched) -> Map:
    """The map that a query asks for; raises DisagreementError where the oracle contradicts it."""
    refuse_undecided(cluster)
    asked = (query.sources, query.destinations, *query.groups.values())
    blocks = [block for one in asked if one is not None for block in blocks_in(one)]
    watch(Step("reading policies"))
    tiers = lower(cluster.every_policy)
    apart = Apart((*query.blocks, *blocks), query.source_ports, query.hosts)
    watch(Step("grouping pods that policies treat alike"))
    points = points_apart(cluster, tiers, query.assumptions, apart)
    relation = related(points, tiers, watch, query.outcomes)
    hold(relation, watch)
    watch(Step("laying out the map"))
    tied = {one.origin.title for group in ties_of(every_tier(tiers)) for one in group}
    return Map(relation, query, tuple(sorted(tied)), watch)


class Map:
    """All allowed connections between the units that a query asks for.

    What is allowed only in some order of policies that tie, or as hosts may be set up, is in the
    map as well, and its ports are told apart (`AllowedPorts`). A class because rows are worked out
    as they are read: a map may have millions of pairs.
    `tied` are the titles of the policies whose order is left open and can matter (C.4).
    """

    def __init__(
        self,
        relation: Relation,
        query: Query,
        tied: tuple[str, ...] = (),
        watch: Watch = unwatched,
    ) -> None:
        points, sets = relation.points, relation.sets
        self.tied = tied
        self.relation = relation
        self.query = query
        self._watch = watch
        self.sources = units_of(points, sets, query.by, query.groups, query.sources)
        self.destinations = (
            self.sources
            if query.sources == query.destinations
            else units_of(points, sets, query.by, query.groups, query.destinations)
        )
        self._wanted = sets.of_claim(query.ports)
        self._holding = _holding(self.destinations)
        self._near = Near(relation, self.destinations)
        self._from = outside_of(points, query.sources)
        self._to = outside_of(points, query.destinations)
        self._patterns: dict[object, Pattern] = {}
        self._known_changes: dict[object, Mapping[int, PortId]] = {}
        self._finals: dict[PortId, PortId] = {}
        self._cidrs: dict[Bits, Cidrs] = {}
        self._atoms: dict[Cidrs, Bits] = {}

    @property
    def has_outside(self) -> bool:
        """Whether the query asks for addresses outside."""
        if self.query.by is By.GROUP:
            return any(one.outside for one in (*self.sources, *self.destinations))
        return bool(self._from or self._to)

    def ports(self, number: PortId) -> AllowedPorts:
        """The ports that a number of a row stands for, what is allowed perhaps among them."""
        return self.relation.sets.allowed(number)

    def rows(self) -> Iterator[SourceRow]:
        """The row of each source, in order."""
        for number, unit in enumerate(self.sources):
            self._watch(Step("writing the map", number, len(self.sources)))
            yield SourceRow(unit, self._pattern(unit), self._changes(unit))

    def entering(self) -> Iterator[tuple[int, tuple[tuple[Cidrs, PortId], ...]]]:
        """For each destination the outside addresses that reach it, unless by groups."""
        if self.query.by is By.GROUP:
            return
        for at, unit in enumerate(self.destinations):
            rows = [
                (beyond_own(self.relation.entering[one.point], one.own, self._from), one.ports)
                for one in unit.parts
            ]
            found = self._blocks(rows, self._from)
            if found:
                yield at, found

    def leaving_exactly(self, unit: Unit) -> tuple[tuple[Bits, PortId], ...]:
        """The atoms that the unit reaches, each without pods on the node whose address it is.

        The pattern of a unit has such an atom where it has others on the same ports.
        """
        rows = ((self.relation.row(one.point), one) for one in unit.parts)
        return self._exact_atoms(rows, self._to)

    def entering_exactly(self, unit: Unit) -> tuple[tuple[Bits, PortId], ...]:
        """The atoms that reach the unit, likewise."""
        rows = ((self.relation.entering[one.point], one) for one in unit.parts)
        return self._exact_atoms(rows, self._from)

    def _exact_atoms(
        self, rows: Iterable[tuple[Partition, UnitPart]], outside: Bits
    ) -> tuple[tuple[Bits, PortId], ...]:
        limited = (
            (tuple((ports, points & ~one.own) for ports, points in row), one.ports)
            for row, one in rows
        )
        among = self.relation.points.atoms_among
        return tuple((among(bits), ports) for bits, ports in self._by_ports(limited, outside))

    def leaving_blocks(self) -> list[Cidrs]:
        """Every list of outside blocks that some source reaches."""
        patterns = {}
        for number, unit in enumerate(self.sources):
            self._watch(Step("working out the rows of the map", number, len(self.sources)))
            found = self._pattern(unit)
            patterns[id(found)] = found
        return sorted({cidrs for one in patterns.values() for cidrs, _ in one.outside})

    def entering_blocks(self) -> list[Cidrs]:
        """Every list of outside blocks that reaches some destination."""
        return sorted({cidrs for _, blocks in self.entering() for cidrs, _ in blocks})

    def atoms_in(self, cidrs: Cidrs) -> Bits:
        """The atoms of a list of outside blocks of this map; lists overlap iff they share one."""
        return self._atoms[cidrs]

    def _pattern(self, unit: Unit) -> Pattern:
        key = frozenset(map(self._row_key, unit.parts)), unit.outside
        found = self._patterns.get(key)
        if found is None:
            found = self._patterns[key] = Pattern(self._cells(unit), self._leaving(unit))
        return found

    def _row_key(self, part: UnitPart) -> tuple[object, ...]:
        """What pods of the part reach: few of their rows have to do with their own node."""
        own: object = part.own
        if part.own and self.query.by is not By.GROUP:
            row = self.relation.row(part.point)
            own = row != beyond_own(row, part.own, self._to) and part.own
        return self.relation.row_of[part.point], part.ports, own

    def _cells(self, unit: Unit) -> tuple[tuple[int, PortId], ...]:
        """The destinations as if every unit had several pods on several nodes."""
        sets = self.relation.sets
        found: dict[int, set[PortId]] = defaultdict(set)
        rows = ((self.relation.row(one.point), one.ports) for one in unit.parts)
        for ports, points in self._admitted(rows, self.relation.points.insiders).items():
            for point in numbers_of(points):
                for at, limit in self._holding.get(point, ()):
                    found[at].add(sets.intersection(ports, limit))
        for at, allowed in self._with_groups(unit):
            found[at].add(allowed)
        final = ((at, self._final(sets.some_of(some))) for at, some in sorted(found.items()))
        return tuple(cell for cell in final if cell[1] != NOTHING)

    def _admitted(
        self, rows: Iterable[tuple[Partition, PortId]], among: Bits
    ) -> Mapping[PortId, Bits]:
        """The points among some that the rows of a unit's pods admit, each by one or more ports."""
        found: dict[PortId, Bits] = defaultdict(int)
        for row, limit in rows:
            for ports, points in row:
                if points & among:
                    found[self.relation.sets.intersection(ports, limit)] |= points & among
        return found

    def _leaving(self, unit: Unit) -> tuple[tuple[Cidrs, PortId], ...]:
        """The outside addresses that the unit reaches, unless groups stand for them."""
        if self.query.by is By.GROUP:
            return ()
        rows = (
            (beyond_own(self.relation.row(one.point), one.own, self._to), one.ports)
            for one in unit.parts
        )
        return self._blocks(rows, self._to)

    def _blocks(
        self, rows: Iterable[tuple[Partition, PortId]], outside: Bits
    ) -> tuple[tuple[Cidrs, PortId], ...]:
        """The outside addresses of some rows by ports, in order of their first block."""
        found = self._by_ports(rows, outside)
        return tuple((self._addresses(bits), ports) for bits, ports in found)

    def _by_ports(
        self, rows: Iterable[tuple[Partition, PortId]], outside: Bits
    ) -> list[tuple[Bits, PortId]]:
        """The outside points of some rows by ports, in order."""
        by_ports: dict[PortId, Bits] = defaultdict(int)
        for ports, points in self._joined(self._admitted(rows, outside)):
            by_ports[self._final(ports)] |= points
        by_ports.pop(NOTHING, None)
        return sorted((bits, ports) for ports, bits in by_ports.items() if bits)

    def _joined(self, admitted: Mapping[PortId, Bits]) -> Iterable[tuple[PortId, Bits]]:
        """Each point by the ports that some of a unit's pods have with it."""
        sets = self.relation.sets
        if sets.like:
            return ((sets.some_of(each), points) for each, points in gathered(admitted))
        return joined(sets, ((points, ports) for ports, points in admitted.items()))

    def _addresses(self, points: Bits) -> Cidrs:
        if points not in self._cidrs:
            atoms = self.relation.points.atoms_among(points)
            found = self._cidrs[points] = cidrs_of(self.relation.points.atoms, atoms)
            self._atoms[found] = atoms
        return self._cidrs[points]

    def _final(self, ports: PortId) -> PortId:
        """The ports as they are listed: those asked for, by default in whichever family."""
        found = self._finals.get(ports)
        if found is None:
            sets = self.relation.sets
            found = sets.intersection(ports, self._wanted)
            found = found if self.query.families is Families.APART else sets.flat(found)
            self._finals[ports] = found
        return found

    def _with_groups(self, unit: Unit) -> Iterator[tuple[int, PortId]]:
        """What connects the unit with groups through outside addresses on either side."""
        if self.query.by is not By.GROUP:
            return
        for at, other in enumerate(self.destinations):
            yield at, self._through_outside(unit, other)

    def _through_outside(self, source: Unit, destination: Unit) -> PortId:
        sets, found = self.relation.sets, NOTHING
        if not (source.outside or destination.outside):
            return found
        for one in source.parts:
            for ports, points in self.relation.row(one.point):
                if points & destination.outside & ~one.own:
                    found = sets.union(found, sets.intersection(ports, one.ports))
        for other in destination.parts:
            for ports, points in self.relation.entering[other.point]:
                if points & source.outside & ~other.own:
                    found = sets.union(found, sets.intersection(ports, other.ports))
        return found

    def _changes(self, unit: Unit) -> Mapping[int, PortId]:
        """The destinations with which some pairs of pods are out of scope (A.41 to A.43)."""
        found = self._known_changes.get(unit.identity)
        if found is None:
            found = {at: self._exact(unit, at) for at in self._near.of(unit)}
            self._known_changes[unit.identity] = found
        return found

    def is_left_out(self, source: int, at: int) -> bool:
        """Whether every connection of a source and a destination is out of scope (A.41 to A.43).

        Then a map says nothing of them, and nothing of whether they are allowed.
        """
        one, other = self.sources[source], self.destinations[at]
        if meet_outside(one, other) or meet_outside(other, one):
            return False
        return not any(self._near.in_scope(*x) for x in product(one.parts, other.parts))

    def _exact(self, source: Unit, at: int) -> PortId:
        destination, sets = self.destinations[at], self.relation.sets
        found = {self._through_outside(source, destination)}
        for one in source.parts:
            near: dict[PortId, Bits] = defaultdict(int)
            for other in destination.parts:
                if self._near.in_scope(one, other):
                    near[sets.intersection(one.ports, other.ports)] |= 1 << other.point
            for limit, wanted in near.items():
                row = self.relation.row(one.point)
                found |= {sets.intersection(ports, limit) for ports, ends in row if ends & wanted}
        return self._final(sets.some_of(found))


def _holding(units: Sequence[Unit]) -> dict[int, list[tuple[int, PortId]]]:
    """For each point the units that hold pods of it, with the families in which they do."""
    found: dict[int, list[tuple[int, PortId]]] = defaultdict(list)
    for at, unit in enumerate(units):
        for part in unit.parts:
            found[part.point].append((at, part.ports))
    return found
