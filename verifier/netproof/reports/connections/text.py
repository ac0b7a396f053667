"""A map of connections as a table for people."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from netproof.connectivity.mapping import Cidrs, Map
from netproof.connectivity.units import Unit
from netproof.decisions import AllowedPorts
from netproof.reports.connections.lines import ConnectionsReport, lines_of
from netproof.reports.connections.words import (
    allowed_text,
    blocks_name,
    counted,
    unit_name,
    units_text,
)
from netproof.reports.facts import fact_lines, map_facts
from netproof.reports.without import verdict_text

WIDEST = 60
"""Columns grow to this width with the names in them; longer names push the rest aside."""


class _Table:
    """Pads the ends of a pair to the width of the table's columns."""

    def __init__(self, found: Map) -> None:
        entering = map(blocks_name, found.entering_blocks())
        leaving = map(blocks_name, found.leaving_blocks())
        self.left = _width(["SOURCE", *map(unit_name, found.sources), *entering])
        self.right = _width(["DESTINATION", *map(unit_name, found.destinations), *leaving])

    def unit(self, unit: Unit) -> str:
        return unit_name(unit)

    def blocks(self, cidrs: Cidrs) -> str:
        return blocks_name(cidrs)

    def ports(self, allowed: AllowedPorts) -> str:
        return allowed_text(allowed)

    def source(self, unit: str) -> str:
        return f"{unit:<{self.left}}"

    def line(self, source: str, destination: str, ports: str) -> str:
        return f"{source}  ->  {destination:<{self.right}}  {ports}\n"


def _width(names: Iterable[str]) -> int:
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
    yield (
        f"\n{counted(lines, 'line')}: {units}, "
        f"{verdict_text(policies, report.loaded)}\n"
    )
    for line in fact_lines(map_facts(report.loaded, query.assumptions)):
        yield f"{line}\n"
