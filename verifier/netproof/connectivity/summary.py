"""A map in few lines: which sources reach which destinations, and the pairs that differ."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from netproof.connectivity.mapping import Cidrs, Map, Pattern
from netproof.connectivity.points import Bits, bits_of, numbers_of
from netproof.connectivity.portsets import NOTHING, PortId
from netproof.connectivity.rectangles import rectangles
from netproof.connectivity.units import is_one_endpoint
from netproof_specs.frozen import Frozen


class Line(Frozen):
    """Each source reaches each destination on the ports; at one end may be outside addresses.

    Units by their numbers, ascending, in the sources and in the destinations of the map.
    """

    sources: tuple[int, ...] | Cidrs
    destinations: tuple[int, ...] | Cidrs
    ports: PortId


class Summary(Frozen):
    """The lines of a map. What no line and no exception says is not allowed.

    No line speaks of one pod or host endpoint and itself (`is_one_endpoint`). `exceptions` are
    pairs of a source and a destination that are allowed other ports than their lines say.
    """

    lines: tuple[Line, ...]
    exceptions: tuple[tuple[int, int, PortId], ...]


def summary_of(found: Map) -> Summary:
    """The summary of a map; expanding it gives the map exactly."""
    patterns: dict[int, Pattern] = {}
    holding: dict[int, list[int]] = defaultdict(list)
    exceptions: list[tuple[int, int, PortId]] = []
    for number, row in enumerate(found.rows()):
        patterns[id(row.pattern)] = row.pattern
        holding[id(row.pattern)].append(number)
        usual = dict(row.pattern.cells) if row.changes else {}
        for at, ports in row.changes.items():
            itself = found.destinations[at].identity == row.source.identity
            if usual.get(at, NOTHING) != ports and not (itself and is_one_endpoint(row.source)):
                exceptions.append((number, at, ports))
    groups = [(holding[key], pattern) for key, pattern in patterns.items()]
    inside = (one for one in _inside(groups) if not _is_within_one(found, one))
    lines = (*inside, *_leaving(groups), *_entering(found))
    return Summary(lines, tuple(exceptions))


Groups = list[tuple[list[int], Pattern]]
"""Sources whose rows are equal, with what they reach."""


def _inside(groups: Groups) -> Iterator[Line]:
    """The lines between units; destinations that every pattern treats alike go together."""
    columns: dict[int, list[tuple[int, PortId]]] = defaultdict(list)
    for number, (_, pattern) in enumerate(groups):
        for at, ports in pattern.cells:
            columns[at].append((number, ports))
    blocks: dict[tuple[tuple[int, PortId], ...], list[int]] = defaultdict(list)
    for at, column in sorted(columns.items()):
        blocks[tuple(column)].append(at)
    rows: dict[PortId, list[Bits]] = defaultdict(lambda: [0] * len(groups))
    for block, column_of in enumerate(blocks):
        for number, ports in column_of:
            rows[ports][number] |= 1 << block
    members = list(blocks.values())
    for ports, bits in rows.items():
        for down, across in rectangles(bits):
            sources = sorted(at for one in numbers_of(down) for at in groups[one][0])
            destinations = sorted(at for one in numbers_of(across) for at in members[one])
            yield Line(tuple(sources), tuple(destinations), ports)


def _is_within_one(found: Map, line: Line) -> bool:
    """Whether the line tells of nothing but one pod or host endpoint and itself (A.41, D.39)."""
    if len(line.sources) != 1 or len(line.destinations) != 1:
        return False
    (source,), (destination,) = line.sources, line.destinations
    if isinstance(source, str) or isinstance(destination, str):
        return False
    one, other = found.sources[source], found.destinations[destination]
    return one.identity == other.identity and is_one_endpoint(one)


def _leaving(groups: Groups) -> Iterator[Line]:
    found: dict[tuple[Cidrs, PortId], Bits] = defaultdict(int)
    for members, pattern in groups:
        for cidrs, ports in pattern.outside:
            found[cidrs, ports] |= bits_of(members)
    for (cidrs, ports), bits in sorted(found.items()):
        yield Line(tuple(numbers_of(bits)), cidrs, ports)


def _entering(found: Map) -> Iterator[Line]:
    reached: dict[tuple[Cidrs, PortId], list[int]] = defaultdict(list)
    for at, blocks in found.entering():
        for cidrs, ports in blocks:
            reached[cidrs, ports].append(at)
    for (cidrs, ports), members in sorted(reached.items()):
        yield Line(cidrs, tuple(members), ports)
