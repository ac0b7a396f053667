"""The summary of a map: as text and Markdown for people, grouped JSON and YAML for programs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from netproof.connectivity.mapping import Cidrs
from netproof.connectivity.summary import Summary, summary_of
from netproof.connectivity.units import Unit, is_one_endpoint
from netproof.reports.connections.data import allowed_data, head_data, unit_data
from netproof.reports.connections.lines import ConnectionsReport
from netproof.reports.connections.selectors import Words, words_for
from netproof.reports.connections.text import column_width
from netproof.reports.connections.words import (
    allowed_text,
    blocks_name,
    every_text,
    unit_name,
    units_text,
)
from netproof.reports.data import Data
from netproof.reports.facts import fact_lines, map_facts
from netproof.reports.markdown_parts import code
from netproof.reports.serial import json_line, without_orders, yaml_text
from netproof.reports.words import counted

MOST = 6
"""So many descriptions of one end are written out for people; the grouped JSON has all."""


def summary_text(report: ConnectionsReport) -> Iterator[str]:
    """The lines as a table, and below it what it is a map of."""
    summary = summary_of(report.map)
    rows = [("SOURCES", "DESTINATIONS", "ALLOWED"), *_rows(report, summary)]
    left, right = (column_width(row[column] for row in rows) for column in (0, 1))
    for number, (source, destination, allowed) in enumerate(rows):
        arrow = "->" if number else "  "
        yield f"{source:<{left}}  {arrow}  {destination:<{right}}  {allowed}\n"
    if not summary.lines:
        yield "(no connection is allowed)\n"
    for line in _but(report, summary):
        yield f"{line}\n"
    yield f"\n{_counts(report, summary)}\n"
    for line in fact_lines(map_facts(report.loaded, report.map.query.assumptions)):
        yield f"{line}\n"


def summary_markdown(report: ConnectionsReport) -> Iterator[str]:
    """The lines as a table of Markdown."""
    summary = summary_of(report.map)
    yield "| sources | destinations | allowed |\n|---|---|---|\n"
    for row in _rows(report, summary):
        yield f"| {' | '.join(map(code, row))} |\n"
    for line in _but(report, summary):
        yield f"\n{code(line)}\n"


def _rows(report: ConnectionsReport, summary: Summary) -> list[tuple[str, str, str]]:
    """The lines in words, those with the most pairs first."""
    found = report.map
    sources, destinations = (
        words_for(units, report.loaded.cluster, every_text(units, found.query.by))
        for units in (found.sources, found.destinations)
    )
    ordered = sorted(summary.lines, key=lambda one: -len(one.sources) * len(one.destinations))
    return [
        (
            _end(line.sources, sources),
            _end(line.destinations, destinations),
            allowed_text(found.ports(line.ports)),
        )
        for line in ordered
    ]


def _end(end: tuple[int, ...] | Cidrs, words: Words) -> str:
    numbers = [one for one in end if isinstance(one, int)]
    if len(numbers) < len(end):
        return blocks_name(tuple(one for one in end if isinstance(one, str)))
    texts = words.of(numbers)
    more = len(texts) - MOST
    return ", ".join(texts[:MOST]) + (f" and {more} more" if more > 0 else "")


def _but(report: ConnectionsReport, summary: Summary) -> Iterator[str]:
    """The first exceptions, each a pair, of which some connection is in scope."""
    found = report.map
    listed = [one for one in summary.exceptions if not found.is_left_out(*one[:2])]
    for source, destination, ports in listed[:MOST]:
        one, other = unit_name(found.sources[source]), unit_name(found.destinations[destination])
        yield f"but {one}  ->  {other}  {allowed_text(found.ports(ports)) or 'nothing'}"
    if len(listed) > MOST:
        yield f"and {len(listed) - MOST} more such pairs, which --output json lists"
    left_out = len(summary.exceptions) - len(listed)
    if left_out:
        yield (
            f"{counted(left_out, 'pair')} on one node, or of one pod, "
            f"{'is' if left_out == 1 else 'are'} left out, whatever the lines say (A.41 to A.43)"
        )


def _counts(report: ConnectionsReport, summary: Summary) -> str:
    found = report.map
    units = units_text((*found.sources, *found.destinations), found.query.by)
    both = "pod or host endpoint" if report.loaded.cluster.hosts else "pod"
    policies = report.loaded.cluster.policy_count
    return (
        f"{counted(len(summary.lines), 'line')}: {units}, "
        f"{counted(policies, 'policy', 'policies')}; no {both} is listed with itself"
    )


# --- for programs ----------------------------------------------------------------------------


def summary_data(report: ConnectionsReport) -> Data:
    """The summary as plain data (schemas/connections-summary.schema.json)."""
    found, summary = report.map, summary_of(report.map)
    units = {one.identity: one for one in (*found.sources, *found.destinations)}
    numbers = {identity: number for number, identity in enumerate(sorted(units))}
    sources = [numbers[one.identity] for one in found.sources]
    destinations = [numbers[one.identity] for one in found.destinations]
    return head_data(report) | {
        "endpoints": [_endpoint_data(units[identity]) for identity in numbers],
        "lines": [
            {
                "sources": _end_data(line.sources, sources),
                "destinations": _end_data(line.destinations, destinations),
                "allowed": allowed_data(found.ports(line.ports)),
            }
            for line in summary.lines
        ],
        "exceptions": [
            {
                "source": sources[source],
                "destination": destinations[destination],
                "allowed": allowed_data(found.ports(ports)),
                **({"leftOut": True} if found.is_left_out(source, destination) else {}),
            }
            for source, destination, ports in summary.exceptions
        ],
    }


def _endpoint_data(unit: Unit) -> Data:
    return unit_data(unit) | {"onePod": is_one_endpoint(unit)}


def _end_data(end: tuple[int, ...] | Cidrs, numbers: Sequence[int]) -> Data:
    inside = sorted(numbers[one] for one in end if isinstance(one, int))
    if len(inside) < len(end):
        return {"cidrs": list(end)}
    return {"endpoints": _ranges(inside)}


def _ranges(numbers: Sequence[int]) -> list[list[int]]:
    """Ascending numbers as ranges with both ends included."""
    found: list[list[int]] = []
    for number in numbers:
        if found and found[-1][1] == number - 1:
            found[-1][1] = number
        else:
            found.append([number, number])
    return found


def summary_json(report: ConnectionsReport) -> Iterator[str]:
    """The grouped form as JSON, one line of the summary a line."""
    data = summary_data(report)
    lists = ("endpoints", "lines", "exceptions")
    head = {key: value for key, value in data.items() if key not in lists}
    yield without_orders(json.dumps(head, indent=2)).removesuffix("\n}")
    for name in lists:
        given = data[name]
        assert isinstance(given, list)
        items = ",".join(f"\n    {json_line(one)}" for one in given)
        yield f',\n  "{name}": [{items}]' if not items else f',\n  "{name}": [{items}\n  ]'
    yield "\n}\n"


def summary_yaml(report: ConnectionsReport) -> Iterator[str]:
    """The same as YAML."""
    yield yaml_text(summary_data(report))
