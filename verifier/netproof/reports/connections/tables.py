"""A map of connections as CSV and as Markdown."""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from collections.abc import Iterator

from netproof.connectivity.mapping import Cidrs
from netproof.connectivity.units import Unit
from netproof.decisions import AllowedPorts
from netproof.reports.connections.lines import ConnectionsReport, LineFormat, lines_of
from netproof.reports.connections.words import (
    perhaps_text,
    ranges_text,
    sources_text,
    unit_name,
)
from netproof.reports.facts import all_lines, map_facts
from netproof.reports.markdown import CONDITIONS
from netproof.reports.markdown_parts import details
from netproof.reports.without import without_text
from netproof.reports.words import safe

_COLUMNS = (
    *(f"source {part}" for part in ("kind", "namespace", "name")),
    *(f"destination {part}" for part in ("kind", "namespace", "name")),
    "TCP",
    "UDP",
    "SCTP",
)


def _cells(*values: str) -> str:
    """Cells of CSV without a line break at their end."""
    text = io.StringIO()
    csv.writer(text, lineterminator="").writerow(values)
    return text.getvalue()


def _inert(text: str) -> str:
    """The text such that no spreadsheet takes it for a formula; only owners can be named so."""
    shown = safe(text)
    return f"'{shown}" if shown.startswith(("=", "+", "-", "@")) else shown


class _Csv(LineFormat):
    """A pair as nine cells, or ten; a protocol without any allowed port has an empty one."""

    def __init__(self, left_out: str) -> None:
        self._end = f",{_cells(_inert(left_out))}\n" if left_out else "\n"

    def unit(self, unit: Unit) -> str:
        number = f" #{unit.replica}" if unit.replica else ""
        return _cells(*map(_inert, (unit.kind, unit.namespace, unit.name + number)))

    def blocks(self, cidrs: Cidrs) -> str:
        return _cells("external", "", " ".join(cidrs))

    def ports(self, allowed: AllowedPorts) -> str:
        found: dict[str, list[str]] = defaultdict(list)
        for one in allowed:
            text = perhaps_text(one) + ranges_text(one.ports) + sources_text(one.sources)
            found[one.protocol.value].append(text)
        return _cells(*("; ".join(found[protocol]) for protocol in ("TCP", "UDP", "SCTP")))

    def line(self, source: str, destination: str, ports: str) -> str:
        return f"{source},{destination},{ports}{self._end}"


class _Markdown(LineFormat):
    """A pair as a row of a table, names as code."""

    def unit(self, unit: Unit) -> str:
        return _code(unit_name(unit))

    def line(self, source: str, destination: str, ports: str) -> str:
        return f"| {source} | {destination} | {ports} |\n"


def _code(name: str) -> str:
    """The name as code, unless it could end the code or the cell."""
    if "`" in name or "|" in name:
        return "".join(ch if ch.isalnum() or ch in " -._/#" else f"&#{ord(ch)};" for ch in name)
    return f"`{name}`"


def connections_csv(report: ConnectionsReport) -> Iterator[str]:
    """The map as CSV with a head line; a further column says what was left out, where it was."""
    left_out = without_text(report.loaded)
    columns = (*_COLUMNS, "without") if left_out else _COLUMNS
    yield _cells(*columns) + "\n"
    yield from lines_of(report.map, _Csv(left_out.removeprefix("without ")))


def connections_markdown(report: ConnectionsReport) -> Iterator[str]:
    """The map as a table of Markdown."""
    yield "| source | destination | allowed |\n|---|---|---|\n"
    yield from lines_of(report.map, _Markdown())
    facts = map_facts(report.loaded, report.map.query.assumptions)
    yield "\n" + details(CONDITIONS, all_lines(facts)) + "\n"
