"""Which connections appear and disappear when one cluster becomes another (docs/connections.md).

Both maps are made over the same atoms of outside addresses, and their rows are compared. Sources
whose rows share a pattern on either side share the comparison of the patterns, so that the cost
goes with the patterns and not with the pairs.

A map has what is possible and what is certain, where that depends on something left open (C.4,
D.37). A connection may be in both maps of one side, in the first only, or in none:

    OLD         NEW         the connection is
    none        certain     added; the other way round removed
    none        possible    perhaps added; the other way round perhaps removed
    possible    certain     perhaps added; the other way round perhaps removed

Both sides stand in one set-up of the cluster (D.37). So what is possible on both and certain on
none is held against each other in each set-up (`cells`).

What policies that tie leave open on both sides does not change, as far as that can be told.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from netproof.comparisons import Change, Side
from netproof.connectivity.addresses import cidrs_of
from netproof.connectivity.cells import NO_PORTS, Held, Turn, differences, flat, held_of
from netproof.connectivity.comparable import maps_of
from netproof.connectivity.kinds import Kinds
from netproof.connectivity.mapping import Cidrs, Map, Pattern
from netproof.connectivity.points import Bits, united
from netproof.connectivity.portsets import (
    PortId,
    PortSet,
)
from netproof.connectivity.units import HOST, Unit, is_one_endpoint
from netproof.decisions import ALL_PORTS
from netproof_encodings.vocabulary.stretches import Stretch
from netproof_specs.assumptions import Assumptions
from netproof_specs.frozen import Frozen, replace
from netproof_specs.model.cluster import Cluster
from netproof_specs.model.traffic import Direction
from netproof_specs.steps import Watch, unwatched

Name = tuple[str, str, str]
"""A workload by namespace, name and kind; a host endpoint is in the namespace of no name."""


class Workloads(Frozen, order=True):
    """Some workloads and host endpoints, ascending."""

    names: tuple[Name, ...]

    @property
    def hosts(self) -> tuple[str, ...]:
        """The names of the host endpoints among them."""
        return tuple(name for _, name, kind in self.names if kind == HOST)

    @property
    def workloads(self) -> tuple[Name, ...]:
        """The others."""
        return tuple(one for one in self.names if one[2] != HOST)


class Outside(Frozen, order=True):
    """Some addresses outside the cluster."""

    cidrs: Cidrs


Ends = Workloads | Outside


class Shift(Frozen):
    """Connections that all appear or all disappear: from every source to every destination.

    A workload of one pod and itself are not meant, nor a host endpoint and itself. `ports` tell
    the families apart where both ends are workloads, and the source ports of the `stretches`.
    `perhaps_in` is the side, if any, that has them only perhaps: they appear or disappear then only
    in some of the cases left open. Of what both have perhaps, some set-up of the cluster tells them
    apart (D.37), and one may add what another one removes.
    """

    change: Change
    sources: Ends
    destinations: Ends
    ports: PortSet
    stretches: tuple[Stretch, ...] = ALL_PORTS
    perhaps_in: Side | None = None


def shifts_between(
    old: Cluster, new: Cluster, assumptions: Assumptions, watch: Watch = unwatched
) -> tuple[Shift, ...]:
    """Every connection of workloads, by name, and outside addresses that differs between the sides.

    A connection of two workloads is there iff some pod of one reaches some pod of the other on
    the port, in the family. Each is in one shift at most, unless both sides have it perhaps.
    """
    return shifts_of(*maps_of(old, new, assumptions, watch))


def shifts_of(old: Map, new: Map) -> tuple[Shift, ...]:
    """What differs between two maps that are made for each other."""
    kinds = Kinds()
    before, after = (_Side(one, kinds) for one in (old, new))
    found = [
        *_between_workloads(before, after),
        *_leaving(before, after),
        *_entering(before, after),
    ]
    stretches = old.relation.sets.stretches
    return tuple(replace(one, stretches=stretches) for one in sorted(found, key=_order))


def _order(shift: Shift) -> tuple[object, ...]:
    ends = (shift.sources, shift.destinations)
    inside = tuple(isinstance(one, Outside) for one in ends)
    sure_first = "" if shift.perhaps_in is None else shift.perhaps_in.value
    return shift.change.value, sure_first, inside, *ends, shift.ports


# --- one side -----------------------------------------------------------------------------------

_Cells = Mapping[Name, Held]
_Atoms = tuple[tuple[Bits, Held], ...]
"""Outside addresses, no atom twice, with the ports in whichever family an atom is of."""

_EMPTY = Pattern((), ())


class _Side:
    """The map of one side by the names of its workloads; a class as it remembers patterns.

    Both sides have the same `kinds` of pods.
    """

    def __init__(self, found: Map, kinds: Kinds) -> None:
        self.map = found
        self.kinds = kinds
        self.names = [_name(one) for one in found.destinations]
        self._units = {_name(one): one for one in found.destinations}
        self.rows = {_name(row.source): row for row in found.rows()}
        self.single = {_name(one) for one in found.sources if is_one_endpoint(one)}
        self._cells: dict[int, _Cells] = {}
        self._held: dict[PortId, Held] = {}

    def pattern(self, source: Name) -> Pattern:
        """What the source reaches, but for its own exceptions."""
        return self.rows[source].pattern if source in self.rows else _EMPTY

    def cells(self, pattern: Pattern) -> _Cells:
        """The destinations of a pattern by name."""
        found = self._cells.get(id(pattern))
        if found is None:
            found = {self.names[at]: self._ports(ports) for at, ports in pattern.cells}
            self._cells[id(pattern)] = found
        return found

    def exceptions(self, source: Name) -> _Cells:
        """What the source reaches otherwise than its pattern says."""
        changes = self.rows[source].changes if source in self.rows else {}
        return {self.names[at]: self._ports(ports) for at, ports in changes.items()}

    def leaving(self, pattern: Pattern) -> _Atoms:
        """The outside addresses of a pattern."""
        return self._atoms(pattern.outside)

    def entering(self) -> dict[Name, _Atoms]:
        """The outside addresses that reach each destination which some reach."""
        return {self.names[at]: self._atoms(blocks) for at, blocks in self.map.entering()}

    def knows_own(self, name: Name) -> bool:
        """Whether some atom holds nothing but addresses of the node of pods of the name."""
        return name in self._units and any(one.own for one in self._units[name].parts)

    def exactly(self, name: Name, way: Direction) -> _Atoms:
        """The outside addresses that the name reaches, or that reach it, beside those of its node.

        A map lists these too, where it lists others on the same ports.
        """
        if name not in self._units:
            return ()
        asked = {
            Direction.EGRESS: self.map.leaving_exactly,
            Direction.INGRESS: self.map.entering_exactly,
        }
        found = asked[way](self._units[name])
        return tuple((atoms, self._flat(ports)) for atoms, ports in found)

    def _ports(self, number: PortId) -> Held:
        found = self._held.get(number)
        if found is None:
            found = self._held[number] = held_of(self.map.relation.sets, number, self.kinds)
        return found

    def _atoms(self, blocks: Iterable[tuple[Cidrs, PortId]]) -> _Atoms:
        """Atoms are the same on both sides, which mention the same blocks."""
        return tuple((self.map.atoms_in(one), self._flat(ports)) for one, ports in blocks)

    def _flat(self, number: PortId) -> Held:
        return flat(self._ports(number), self.kinds)


def _name(unit: Unit) -> Name:
    return unit.namespace, unit.name, unit.kind


# --- differences --------------------------------------------------------------------------------


_Delta = Mapping[tuple[Turn, PortSet], frozenset[Name]]
"""What becomes of one source: destinations by what is added or removed."""


def _delta(before: _Cells, after: _Cells, kinds: Kinds) -> _Delta:
    found: dict[tuple[Turn, PortSet], set[Name]] = defaultdict(set)
    # Many destinations are reached on the same ports, which a side has as one object.
    known: dict[tuple[int, int], dict[Turn, PortSet]] = {}
    for name in before.keys() | after.keys():
        held = before.get(name, NO_PORTS), after.get(name, NO_PORTS)
        both = id(held[0]), id(held[1])
        if both not in known:
            known[both] = differences(*held, kinds)
        for key in known[both].items():
            found[key].add(name)
    return {key: frozenset(names) for key, names in found.items()}


def _between_workloads(old: _Side, new: _Side) -> Iterator[Shift]:
    shared: dict[tuple[int, int], _Delta] = {}
    grouped: dict[tuple[Turn, PortSet, frozenset[Name]], list[Name]] = defaultdict(list)
    for source in sorted(old.rows.keys() | new.rows.keys()):
        before, after = old.pattern(source), new.pattern(source)
        key = (id(before), id(after))
        if key not in shared:
            shared[key] = _delta(old.cells(before), new.cells(after), old.kinds)
        delta = shared[key] if _is_as_shared(source, old, new) else _own_delta(source, old, new)
        for (turn, ports), destinations in delta.items():
            grouped[turn, ports, destinations].append(source)
    sides = {Change.ADDED: new, Change.REMOVED: old}
    for ((change, perhaps_in), ports, destinations), sources in grouped.items():
        alone = sides[change].single
        # Whoever would reach none but itself, and is one pod, is left out.
        kept = tuple(one for one in sources if one not in alone or destinations != {one})
        meant = destinations.difference(kept if len(kept) == 1 and kept[0] in alone else ())
        if kept:
            ends = Workloads(kept), Workloads(tuple(sorted(meant)))
            yield Shift(change, *ends, ports, perhaps_in=perhaps_in)


def _own_delta(source: Name, old: _Side, new: _Side) -> _Delta:
    before, after = (
        {**side.cells(side.pattern(source)), **side.exceptions(source)} for side in (old, new)
    )
    return _delta(before, after, old.kinds)


def _is_as_shared(source: Name, old: _Side, new: _Side) -> bool:
    """Whether the exceptions of a source change nothing of what becomes of it.

    That a workload of one pod does not reach itself is no exception: it is not meant (A.41).
    """
    exceptions = old.exceptions(source), new.exceptions(source)
    patterns = old.cells(old.pattern(source)), new.cells(new.pattern(source))
    for name in exceptions[0].keys() | exceptions[1].keys():
        before, after = (cells.get(name, NO_PORTS) for cells in patterns)
        shared = differences(before, after, old.kinds)
        if name == source:
            sides = {Change.ADDED: new, Change.REMOVED: old}
            shared = {
                turn: ports for turn, ports in shared.items() if name not in sides[turn[0]].single
            }
        own = exceptions[0].get(name, before), exceptions[1].get(name, after)
        if shared != differences(*own, old.kinds):
            return False
    return True


_AtomDelta = Mapping[tuple[Turn, PortSet], Bits]
"""What becomes of one name: outside addresses by what is added or removed at them."""


def _leaving(old: _Side, new: _Side) -> Iterator[Shift]:
    shared: dict[tuple[int, int], _AtomDelta] = {}
    grouped: dict[tuple[Turn, PortSet, Bits], list[Name]] = defaultdict(list)
    for source in sorted(old.rows.keys() | new.rows.keys()):
        before, after = old.pattern(source), new.pattern(source)
        key = (id(before), id(after))
        if key not in shared:
            shared[key] = _atom_delta(old.leaving(before), new.leaving(after), old.kinds)
        found = _exact_delta(source, old, new, Direction.EGRESS)
        for (turn, ports), atoms in (shared[key] if found is None else found).items():
            grouped[turn, ports, atoms].append(source)
    for ((change, perhaps_in), ports, atoms), sources in grouped.items():
        ends = Workloads(tuple(sources)), _outside(old, atoms)
        yield Shift(change, *ends, ports, perhaps_in=perhaps_in)


def _entering(old: _Side, new: _Side) -> Iterator[Shift]:
    before, after = old.entering(), new.entering()
    grouped: dict[tuple[Turn, PortSet, Bits], list[Name]] = defaultdict(list)
    for name in sorted(before.keys() | after.keys()):
        found = _exact_delta(name, old, new, Direction.INGRESS)
        if found is None:
            found = _atom_delta(before.get(name, ()), after.get(name, ()), old.kinds)
        for (turn, ports), atoms in found.items():
            grouped[turn, ports, atoms].append(name)
    for ((change, perhaps_in), ports, atoms), names in grouped.items():
        ends = _outside(old, atoms), Workloads(tuple(names))
        yield Shift(change, *ends, ports, perhaps_in=perhaps_in)


def _exact_delta(name: Name, old: _Side, new: _Side, way: Direction) -> _AtomDelta | None:
    """What becomes of a name that has to do with addresses of its own node; None for any other."""
    if not (old.knows_own(name) or new.knows_own(name)):
        return None
    return _atom_delta(old.exactly(name, way), new.exactly(name, way), old.kinds)


def _outside(side: _Side, atoms: Bits) -> Outside:
    return Outside(cidrs_of(side.map.relation.points.atoms, atoms))


def _atom_delta(before: _Atoms, after: _Atoms, kinds: Kinds) -> _AtomDelta:
    """What becomes of a name by the atoms of both sides."""
    found: dict[tuple[Turn, PortSet], Bits] = defaultdict(int)
    for here, ports, there, after_ports in _pieces(before, after):
        for key in differences(ports, after_ports, kinds).items():
            found[key] |= here & there
    return {key: atoms for key, atoms in found.items() if atoms}


def _pieces(before: _Atoms, after: _Atoms) -> Iterator[tuple[Bits, Held, Bits, Held]]:
    """Every part of one side with every part of the other, and with what the other lacks."""
    lacking = [~united(bits for bits, _ in atoms) for atoms in (before, after)]
    for here, ports in before:
        for there, after_ports in (*after, (lacking[1], NO_PORTS)):
            yield here, ports, there, after_ports
    for there, after_ports in after:
        yield lacking[0], NO_PORTS, there, after_ports
