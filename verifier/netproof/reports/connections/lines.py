"""A map of connections as lines of any format, one a pair, fast enough for millions of pairs.

Sources with equal rows share their lines but for the source itself. So a row is written once, with
a mark where the source belongs, and the mark is replaced for each source.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from bisect import bisect_left
from collections.abc import Iterator
from itertools import accumulate

from netproof.connectivity.mapping import Cidrs, Map, Pattern, SourceRow
from netproof.connectivity.portsets import NOTHING, PortId
from netproof.connectivity.units import Unit
from netproof.decisions import AllowedPorts
from netproof.reports.connections.words import allowed_text, blocks_name, unit_name
from netproof_specs.frozen import Frozen
from netproof_specs.loading import Loaded

MARK = "\0"
"""Stands for the source in lines that sources share; no format lets a name hold it."""

_KEPT = 1 << 26
"""How many characters of shared lines are kept at most."""


class ConnectionsReport(Frozen):
    """A map of connections, with the input that it is of."""

    loaded: Loaded
    map: Map


class LineFormat(ABC):
    """How one format writes a pair. Lines end with a line break or begin with one."""

    def unit(self, unit: Unit) -> str:
        """A pod, workload or group."""
        return unit_name(unit)

    def blocks(self, cidrs: Cidrs) -> str:
        """Some addresses outside the cluster."""
        return blocks_name(cidrs)

    def ports(self, allowed: AllowedPorts) -> str:
        """What is allowed."""
        return allowed_text(allowed)

    def source(self, unit: str) -> str:
        """A unit or blocks as written, in the form that a line has them as its source."""
        return unit

    @abstractmethod
    def line(self, source: str, destination: str, ports: str) -> str:
        """The pair, its parts written by the other functions; the source may be `MARK`."""


class _Lines(Frozen):
    """The lines of a pattern in one text, and where each begins."""

    text: str
    starts: tuple[int, ...]


def lines_of(found: Map, form: LineFormat) -> Iterator[str]:
    """The lines of all pairs, in order, in pieces of any length."""
    writer = _Writer(found, form)
    for row in found.rows():
        text = writer.row(row)
        if text:
            yield text.replace(MARK, form.source(form.unit(row.source)))
    for at, blocks in found.entering():
        for cidrs, ports in blocks:
            source = form.source(form.blocks(cidrs))
            yield form.line(source, writer.destinations[at], writer.ports(ports))


class _Writer:
    """Writes rows; a class because it remembers the lines that sources share."""

    def __init__(self, found: Map, form: LineFormat) -> None:
        self._map = found
        self._form = form
        self.destinations = [form.unit(one) for one in found.destinations]
        self._ports: dict[PortId, str] = {}
        self._lines: dict[int, _Lines] = {}
        self._kept = 0

    def ports(self, number: PortId) -> str:
        """What a number of the map allows."""
        found = self._ports.get(number)
        if found is None:
            found = self._ports[number] = self._form.ports(self._map.ports(number))
        return found

    def row(self, row: SourceRow) -> str:
        """The lines of a row, with the mark for its source."""
        lines = self._shared(row.pattern)
        if not row.changes:
            return lines.text
        pieces: list[str] = []
        position = 0
        cells = row.pattern.cells
        for at, ports in row.changes.items():
            here = bisect_left(cells, (at, 0))
            pieces.append(lines.text[position : lines.starts[here]])
            if ports != NOTHING:
                pieces.append(self._line(at, ports))
            replaced = here < len(cells) and cells[here][0] == at
            position = lines.starts[here + replaced]
        return "".join((*pieces, lines.text[position:]))

    def _line(self, at: int, ports: PortId) -> str:
        return self._form.line(MARK, self.destinations[at], self.ports(ports))

    def _shared(self, pattern: Pattern) -> _Lines:
        found = self._lines.get(id(pattern))
        if found is None:
            found = self._write(pattern)
            self._kept += len(found.text)
            if self._kept > _KEPT:
                self._lines.clear()
                self._kept = len(found.text)
            self._lines[id(pattern)] = found
        return found

    def _write(self, pattern: Pattern) -> _Lines:
        lines = [self._line(at, ports) for at, ports in pattern.cells]
        starts = tuple(accumulate(map(len, lines), initial=0))
        outside = (
            self._form.line(MARK, self._form.blocks(cidrs), self.ports(ports))
            for cidrs, ports in pattern.outside
        )
        return _Lines("".join((*lines, *outside)), starts)
