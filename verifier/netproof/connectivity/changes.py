"""Which connections appear and disappear when one cluster becomes another (docs/connections.md).

Both maps are made over the same atoms of outside addresses, and their rows are compared. Sources
whose rows share a pattern on either side share the comparison of the patterns, so that the cost
goes with the patterns and not with the pairs.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from netproof.comparisons import Change
from netproof.connectivity.addresses import cidrs_of
from netproof.connectivity.mapping import Cidrs, Families, Map, Pattern, Query, map_of
from netproof.connectivity.points import Bits, united
from netproof.connectivity.portsets import (
    SLOTS,
    PortId,
    PortSet,
    by_stretch,
    common,
    others,
    union_of,
)
from netproof.connectivity.ties import in_some_order_and_in_every
from netproof.connectivity.units import HOST, Unit, is_one_endpoint
from netproof.decisions import ALL_PORTS
from netproof_encodings.lowering import every_tier, lower
from netproof_encodings.vocabulary.mentioned import Vocabulary, vocabulary_of
from netproof_encodings.vocabulary.stretches import Stretch, named_sources
from netproof_specs.assumptions import Assumption, Assumptions
from netproof_specs.model.cluster import Cluster
from netproof_specs.problems import InputError, Problem
from netproof_specs.steps import Watch, unwatched

Name = tuple[str, str, str]
"""A workload by namespace, name and kind; a host endpoint is in the namespace of no name."""


@dataclass(frozen=True, slots=True, order=True)
class Workloads:
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


@dataclass(frozen=True, slots=True, order=True)
class Outside:
    """Some addresses outside the cluster."""

    cidrs: Cidrs


Ends = Workloads | Outside


@dataclass(frozen=True, slots=True)
class Shift:
    """Connections that all appear or all disappear: from every source to every destination.

    A workload of one pod and itself are not meant, nor a host endpoint and itself. `ports` tell
    the families apart where both ends are workloads, and the source ports of the `stretches`.
    """

    change: Change
    sources: Ends
    destinations: Ends
    ports: PortSet
    stretches: tuple[Stretch, ...] = ALL_PORTS


def shifts_between(
    old: Cluster, new: Cluster, assumptions: Assumptions, watch: Watch = unwatched
) -> tuple[Shift, ...]:
    """Every connection of workloads, by name, and outside addresses that one side has alone.

    A connection of two workloads is there iff some pod of one reaches some pod of the other on
    the port, in the family. Each is in exactly one shift. Raises InputError where the order of
    policies of equal priority is left open and decides what appears or disappears (C.4).
    """
    mentioned = [_mentioned(one) for one in (old, new)]
    asked = {ports for one in mentioned for ports in one.source_ports}
    for side, vocabulary in zip((old, new), mentioned, strict=True):
        declared = (port for one in side.workloads for port in (*one.ports, *one.init_ports))
        asked |= named_sources(vocabulary, declared)
    query = Query(
        assumptions=assumptions,
        blocks=tuple(sorted({block for one in mentioned for block in one.blocks})),
        families=Families.APART,
        source_ports=tuple(sorted(asked)),
    )
    maps = [map_of(one, query, watch) for one in (old, new)]
    tied = sorted({title for one in maps for title in one.tied})
    if not tied or Assumption.TIES not in assumptions:
        return _shifts(*maps)
    possible, certain = (
        _shifts(before, after)
        for before, after in zip(*map(in_some_order_and_in_every, maps), strict=True)
    )
    if possible != certain:
        raise InputError((_in_any_order(tied),))
    return possible


def _shifts(old: Map, new: Map) -> tuple[Shift, ...]:
    before, after = map(_Side, (old, new))
    found = [
        *_between_workloads(before, after),
        *_leaving(before, after),
        *_entering(before, after),
    ]
    stretches = old.relation.sets.stretches
    return tuple(replace(one, stretches=stretches) for one in sorted(found, key=_order))


def _in_any_order(tied: Sequence[str]) -> Problem:
    return Problem(
        None,
        f"{', '.join(tied)} have equal priority, and what appears or disappears depends on their "
        "order",
        "give them priorities that differ, or assume an order: `--assume ties=name`",
        "ties",
        "C.4",
    )


def _mentioned(cluster: Cluster) -> Vocabulary:
    return vocabulary_of(every_tier(lower(cluster.every_policy)), (), ())


def _order(shift: Shift) -> tuple[object, ...]:
    ends = (shift.sources, shift.destinations)
    inside = tuple(isinstance(one, Outside) for one in ends)
    return shift.change.value, inside, *ends, shift.ports


# --- one side -----------------------------------------------------------------------------------

_Cells = Mapping[Name, PortSet]
_Atoms = tuple[tuple[Bits, PortSet], ...]
"""Outside addresses, no atom twice, with the ports in whichever family an atom is of."""

_EMPTY = Pattern((), ())
_NO_PORTS: PortSet = ()
"""Stands for a set without any, of however many source ports."""


class _Side:
    """The map of one side by the names of its workloads; a class as it remembers patterns."""

    def __init__(self, found: Map) -> None:
        self.map = found
        self.names = [_name(one) for one in found.destinations]
        self.rows = {_name(row.source): row for row in found.rows()}
        self.single = {_name(one) for one in found.sources if is_one_endpoint(one)}
        self._cells: dict[int, _Cells] = {}

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

    def _ports(self, number: PortId) -> PortSet:
        return self.map.relation.sets.ports(number)

    def _atoms(self, blocks: Iterable[tuple[Cidrs, PortId]]) -> _Atoms:
        """Atoms are the same on both sides, which mention the same blocks."""
        return tuple((self.map.atoms_in(one), _flat(self._ports(ports))) for one, ports in blocks)


def _name(unit: Unit) -> Name:
    return unit.namespace, unit.name, unit.kind


def _flat(ports: PortSet) -> PortSet:
    """The ports of a set in both families."""
    return tuple(one for found in by_stretch(ports) for one in _in_both(found))


def _in_both(ports: PortSet) -> PortSet:
    by_protocol: dict[object, list[tuple[int, int]]] = defaultdict(list)
    for (_, protocol), ranges in zip(SLOTS, ports, strict=True):
        by_protocol[protocol] += ranges
    return tuple(union_of(by_protocol[protocol]) for _, protocol in SLOTS)


# --- differences --------------------------------------------------------------------------------


def _differences(before: PortSet, after: PortSet) -> dict[Change, PortSet]:
    """The ports that are there on one side only, where there are any."""
    if before == after:
        return {}
    found = {Change.ADDED: _minus(after, before), Change.REMOVED: _minus(before, after)}
    return {change: ports for change, ports in found.items() if any(ports)}


def _minus(left: PortSet, right: PortSet) -> PortSet:
    if not left or not right:
        return left
    return tuple(common(one, others(other)) for one, other in zip(left, right, strict=True))


_Delta = Mapping[tuple[Change, PortSet], frozenset[Name]]
"""What becomes of one source: destinations by what is added or removed."""


def _delta(before: _Cells, after: _Cells) -> _Delta:
    found: dict[tuple[Change, PortSet], set[Name]] = defaultdict(set)
    for name in before.keys() | after.keys():
        changed = _differences(before.get(name, _NO_PORTS), after.get(name, _NO_PORTS))
        for key in changed.items():
            found[key].add(name)
    return {key: frozenset(names) for key, names in found.items()}


def _between_workloads(old: _Side, new: _Side) -> Iterator[Shift]:
    shared: dict[tuple[int, int], _Delta] = {}
    grouped: dict[tuple[Change, PortSet, frozenset[Name]], list[Name]] = defaultdict(list)
    for source in sorted(old.rows.keys() | new.rows.keys()):
        before, after = old.pattern(source), new.pattern(source)
        key = (id(before), id(after))
        if key not in shared:
            shared[key] = _delta(old.cells(before), new.cells(after))
        delta = shared[key] if _is_as_shared(source, old, new) else _own_delta(source, old, new)
        for (change, ports), destinations in delta.items():
            grouped[change, ports, destinations].append(source)
    sides = {Change.ADDED: new, Change.REMOVED: old}
    for (change, ports, destinations), sources in grouped.items():
        alone = sides[change].single
        # Whoever would reach none but itself, and is one pod, is left out.
        kept = tuple(one for one in sources if one not in alone or destinations != {one})
        meant = destinations.difference(kept if len(kept) == 1 and kept[0] in alone else ())
        if kept:
            yield Shift(change, Workloads(kept), Workloads(tuple(sorted(meant))), ports)


def _own_delta(source: Name, old: _Side, new: _Side) -> _Delta:
    before, after = (
        {**side.cells(side.pattern(source)), **side.exceptions(source)} for side in (old, new)
    )
    return _delta(before, after)


def _is_as_shared(source: Name, old: _Side, new: _Side) -> bool:
    """Whether the exceptions of a source change nothing of what becomes of it.

    That a workload of one pod does not reach itself is no exception: it is not meant (A.41).
    """
    exceptions = old.exceptions(source), new.exceptions(source)
    patterns = old.cells(old.pattern(source)), new.cells(new.pattern(source))
    for name in exceptions[0].keys() | exceptions[1].keys():
        before, after = (cells.get(name, _NO_PORTS) for cells in patterns)
        shared = _differences(before, after)
        if name == source:
            sides = {Change.ADDED: new, Change.REMOVED: old}
            shared = {one: ports for one, ports in shared.items() if name not in sides[one].single}
        if shared != _differences(
            exceptions[0].get(name, before), exceptions[1].get(name, after)
        ):
            return False
    return True


def _leaving(old: _Side, new: _Side) -> Iterator[Shift]:
    shared: dict[tuple[int, int], dict[tuple[Change, PortSet], Bits]] = {}
    grouped: dict[tuple[Change, PortSet, Bits], list[Name]] = defaultdict(list)
    for source in sorted(old.rows.keys() | new.rows.keys()):
        before, after = old.pattern(source), new.pattern(source)
        key = (id(before), id(after))
        if key not in shared:
            shared[key] = _atom_delta(old.leaving(before), new.leaving(after))
        for (change, ports), atoms in shared[key].items():
            grouped[change, ports, atoms].append(source)
    for (change, ports, atoms), sources in grouped.items():
        yield Shift(change, Workloads(tuple(sources)), _outside(old, atoms), ports)


def _entering(old: _Side, new: _Side) -> Iterator[Shift]:
    before, after = old.entering(), new.entering()
    grouped: dict[tuple[Change, PortSet, Bits], list[Name]] = defaultdict(list)
    for name in sorted(before.keys() | after.keys()):
        found = _atom_delta(before.get(name, ()), after.get(name, ()))
        for (change, ports), atoms in found.items():
            grouped[change, ports, atoms].append(name)
    for (change, ports, atoms), names in grouped.items():
        yield Shift(change, _outside(old, atoms), Workloads(tuple(names)), ports)


def _outside(side: _Side, atoms: Bits) -> Outside:
    return Outside(cidrs_of(side.map.relation.points.atoms, atoms))


def _atom_delta(before: _Atoms, after: _Atoms) -> dict[tuple[Change, PortSet], Bits]:
    """The atoms by what is added or removed at them."""
    found: dict[tuple[Change, PortSet], Bits] = defaultdict(int)
    for here, ports, there, after_ports in _pieces(before, after):
        for key in _differences(ports, after_ports).items():
            found[key] |= here & there
    return {key: atoms for key, atoms in found.items() if atoms}


def _pieces(before: _Atoms, after: _Atoms) -> Iterator[tuple[Bits, PortSet, Bits, PortSet]]:
    """Every part of one side with every part of the other, and with what the other lacks."""
    lacking = [~united(bits for bits, _ in atoms) for atoms in (before, after)]
    for here, ports in before:
        for there, after_ports in (*after, (lacking[1], _NO_PORTS)):
            yield here, ports, there, after_ports
    for there, after_ports in after:
        yield lacking[0], _NO_PORTS, there, after_ports
