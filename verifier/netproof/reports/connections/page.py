"""A map of connections as a page to look around in: a matrix and a graph."""

from __future__ import annotations

from collections.abc import Iterator

from netproof.connectivity.mapping import Cidrs, Pattern, SourceRow
from netproof.connectivity.portsets import NOTHING, PortId
from netproof.connectivity.units import HOST, Unit
from netproof.decisions import AllowedPorts, Certainty
from netproof.reports.connections.data import allowed_data
from netproof.reports.connections.lines import ConnectionsReport
from netproof.reports.connections.words import (
    allowed_text,
    blocks_name,
    is_all,
    perhaps_text,
    ranges_text,
    sources_text,
    unit_name,
    units_text,
)
from netproof.reports.data import Data
from netproof.reports.facts import all_lines, map_facts
from netproof.reports.html.page import page
from netproof.reports.without import verdict_text
from netproof.reports.words import counted, safe

HOST_SPACE = "host endpoints"
"""Stands in place of a namespace for host endpoints, which have none; a blank is in no name."""


NO_PORT, LEFT_OUT = -1, -2
"""Stand in place of the number of some ports where a pair has none, or is out of scope."""


def connections_html(report: ConnectionsReport) -> Iterator[str]:
    """The map as one file of HTML."""
    yield page("connections", _Numbered(report).data())


class _Numbered:
    """The map with its ends, ports and patterns by number, which keeps a large page small.

    A class because numbers are given out as ends and ports turn up.
    """

    def __init__(self, report: ConnectionsReport) -> None:
        self._report = report
        self._map = report.map
        self._ends: list[Data] = []
        self._numbers: dict[object, int] = {}
        self._ports: list[Data] = []
        self._port_numbers: dict[PortId, int] = {}
        self._patterns: list[list[int]] = []
        self._pattern_numbers: dict[object, int] = {}

    def data(self) -> Data:
        """What the page's script reads."""
        found = self._map
        sources = [self._unit(one) for one in found.sources]
        destinations = [self._unit(one) for one in found.destinations]
        rows = [self._row(at, one, destinations) for at, one in enumerate(found.rows())]
        entering = self._entering(destinations)
        outside = [self._blocks(cidrs) for cidrs in found.leaving_blocks()]
        return {
            "by": found.query.by.value,
            "summary": self._summary(),
            "about": self._about(),
            "ends": self._ends,
            "sources": [*sources, *entering],
            "destinations": [*destinations, *outside],
            "ports": self._ports,
            "patterns": self._patterns,
            "rows": [*rows, *entering.values()],
        }

    def _unit(self, unit: Unit) -> int:
        name = unit_name(unit)
        space = HOST_SPACE if unit.kind == HOST else safe(unit.namespace)
        return self._end(
            unit.identity,
            {
                "title": name,
                "short": safe(unit.name) if unit.kind == HOST else name.removeprefix(f"{space}/"),
                "namespace": space,
                "kind": safe(unit.kind),
                "labels": {safe(key): safe(value) for key, value in unit.labels},
                "ask": _asked(unit),
            },
        )

    def _blocks(self, cidrs: Cidrs) -> int:
        name = blocks_name(cidrs)
        first = cidrs[0].partition("/")[0]
        atoms = f"{self._map.atoms_in(cidrs):x}"
        end: Data = {"title": name, "short": name, "namespace": "", "ask": first, "atoms": atoms}
        return self._end(cidrs, end | {"kind": "external", "labels": {}, "cidrs": list(cidrs)})

    def _end(self, key: object, data: Data) -> int:
        if key not in self._numbers:
            self._numbers[key] = len(self._ends)
            self._ends.append(data)
        return self._numbers[key]

    def _allowed(self, number: PortId) -> int:
        if number not in self._port_numbers:
            self._port_numbers[number] = len(self._ports)
            self._ports.append(_ports_data(self._map.ports(number)))
        return self._port_numbers[number]

    def _row(self, source: int, row: SourceRow, destinations: list[int]) -> Data:
        """The source's pattern and its own exceptions: ports, NO_PORT or LEFT_OUT."""
        changes = {
            destinations[at]: self._allowed(ports) if ports != NOTHING else self._none(source, at)
            for at, ports in row.changes.items()
        }
        return {"pattern": self._pattern(row.pattern, destinations), "changes": changes}

    def _none(self, source: int, at: int) -> int:
        return LEFT_OUT if self._map.is_left_out(source, at) else NO_PORT

    def _pattern(self, pattern: Pattern, destinations: list[int]) -> int:
        if id(pattern) not in self._pattern_numbers:
            pairs = [
                *((destinations[at], self._allowed(ports)) for at, ports in pattern.cells),
                *((self._blocks(cidrs), self._allowed(ports)) for cidrs, ports in pattern.outside),
            ]
            self._add(id(pattern), pairs)
        return self._pattern_numbers[id(pattern)]

    def _add(self, key: object, pairs: list[tuple[int, int]]) -> int:
        """A further pattern: ends and ports by turns."""
        self._pattern_numbers[key] = len(self._patterns)
        self._patterns.append([number for pair in pairs for number in pair])
        return self._pattern_numbers[key]

    def _entering(self, destinations: list[int]) -> dict[int, Data]:
        """A row for each list of outside blocks that reaches something."""
        pairs: dict[Cidrs, list[tuple[int, int]]] = {}
        for at, blocks in self._map.entering():
            for cidrs, ports in blocks:
                pairs.setdefault(cidrs, []).append((destinations[at], self._allowed(ports)))
        return {
            self._blocks(cidrs): {"pattern": self._add(cidrs, found)}
            for cidrs, found in sorted(pairs.items())
        }

    def _summary(self) -> str:
        query, cluster = self._map.query, self._report.loaded.cluster
        units = units_text((*self._map.sources, *self._map.destinations), query.by)
        policies = counted(cluster.policy_count, "policy", "policies")
        return (
            f"{units} and outside addresses, under "
            f"{verdict_text(policies, self._report.loaded)}; world snapshot"
        )

    def _about(self) -> str:
        facts = map_facts(self._report.loaded, self._map.query.assumptions)
        return "\n".join(all_lines(facts))


def _asked(unit: Unit) -> str:
    """The unit as `explain` takes it, which takes no groups."""
    if unit.kind == "Group":
        return ""
    if unit.kind == HOST:
        return unit_name(unit)
    return f"{safe(unit.namespace)}/{unit.kind}/{safe(unit.name)}"


def _ports_data(allowed: AllowedPorts) -> Data:
    texts = [
        perhaps_text(one)
        + ranges_text(one.ports).replace("all", "every port")
        + sources_text(one.sources)
        for one in allowed
    ]
    parts = zip(allowed_data(allowed), texts, strict=True)
    return {
        "text": allowed_text(allowed),
        "all": is_all(allowed),
        "allowed": [one | {"text": text} for one, text in parts],
    } | _perhaps(allowed)


def _perhaps(allowed: AllowedPorts) -> Data:
    """Whether some of it or all of it is allowed only perhaps, if so."""
    open_ = [one.certainty is Certainty.PERHAPS for one in allowed]
    return {"perhaps": "all" if all(open_) else "some"} if any(open_) else {}
