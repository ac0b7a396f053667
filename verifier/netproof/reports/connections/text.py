"""A map of connections as a table for people."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from netproof.connectivity.mapping import Map
from netproof.reports.connections.lines import ConnectionsReport, LineFormat, lines_of
from netproof.reports.connections.words import blocks_name, unit_name, units_text
from netproof.reports.facts import fact_lines, map_facts
from netproof.reports.without import verdict_text
from netproof.reports.words import counted

WIDEST = 60
"""Columns grow to this width with the names in them; longer names push the rest aside."""


class _Table(LineFormat):
    """Pads the ends of a pair to the width of the table's columns."""

    def __init__(self, found: Map) -> None:
        entering = map(blocks_name, found.entering_blocks())
        leaving = map(blocks_name, found.leaving_blocks())
        self.left = column_width(["SOURCE", *map(unit_name, found.sources), *entering])
        self.right = column_width(["DESTINATION", *map(unit_name, found.destinations), *leaving])

    def source(self, unit: str) -> str:
        return f"{unit:<{self.left}}"

    def line(self, source: str, destination: str, ports: str) -> str:
        return f"{source}  ->  {destination:<{self.right}}  {ports}\n"


def column_width(names: Iterable[str]) -> int:
    """The width of a column with these texts in it."""
    return max(width for width in map(len, names) if width <= WIDEST)


def connections_text(report: ConnectionsReport) -> Iterator[str]:
    """The table, and below it what it is a map of."""
    table = _Table(report.map)
    yield f"{table.source('SOURCE')}      {'DESTINATION':<{table.right}}  ALLOWED\n"
    lines = 0
    for piece in lines_of(report.map, table):
        lines += piece.count("\n")
        yield piece
    yield from _summary(report, lines)


def _summary(report: ConnectionsReport, lines: int) -> Iterator[str]:
    query, cluster = report.map.query, report.loaded.cluster
    if not lines:
        yield "(no connection is allowed)\n"
    units = units_text((*report.map.sources, *report.map.destinations), query.by)
    policies = counted(cluster.policy_count, "policy", "policies")
    yield (f"\n{counted(lines, 'line')}: {units}, {verdict_text(policies, report.loaded)}\n")
    for line in fact_lines(map_facts(report.loaded, query.assumptions)):
        yield f"{line}\n"
