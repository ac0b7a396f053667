"""A map of connections as a graph for graphviz."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from itertools import groupby

from netproof.connectivity.mapping import Cidrs
from netproof.connectivity.units import HOST, Unit
from netproof.decisions import AllowedPorts, Certainty
from netproof.reports.connections.lines import ConnectionsReport, LineFormat, lines_of
from netproof.reports.connections.words import allowed_text, blocks_name, unit_name
from netproof.reports.facts import all_lines, map_facts
from netproof.reports.words import safe

_HEAD = """\
digraph connections {
  rankdir=LR;
  graph [fontname="Helvetica", fontsize=12, labeljust=l];
  node [shape=box, style="rounded,filled", fillcolor=white, fontname="Helvetica", fontsize=11];
  edge [color="#4a5568", fontname="Helvetica", fontsize=9];
"""


def quoted(text: str) -> str:
    """The text as a quoted string of DOT in which no escape has a meaning."""
    plain = "".join(" " if unicodedata.category(ch) == "Cc" else ch for ch in text)
    return '"' + plain.replace("\\", "\\\\").replace('"', '\\"') + '"'


class _Dot(LineFormat):
    """A pair as an edge, dashed if nothing of it is allowed for sure."""

    def unit(self, unit: Unit) -> str:
        return quoted(unit_name(unit))

    def blocks(self, cidrs: Cidrs) -> str:
        return quoted(blocks_name(cidrs))

    def ports(self, allowed: AllowedPorts) -> str:
        label = quoted(allowed_text(allowed))
        certain = any(one.certainty is Certainty.SURELY for one in allowed)
        return label if certain else f"{label}, style=dashed"

    def line(self, source: str, destination: str, ports: str) -> str:
        return f"  {source} -> {destination} [label={ports}];\n"


def connections_dot(report: ConnectionsReport) -> Iterator[str]:
    """The map as a directed graph: a box a unit, in a frame for each namespace."""
    found = report.map
    yield _HEAD
    units = {one.identity: one for one in (*found.sources, *found.destinations)}
    ordered = [units[identity] for identity in sorted(units)]
    for number, (namespace, members) in enumerate(groupby(ordered, lambda one: one.namespace)):
        yield from _frame(number, namespace, list(members))
    for cidrs in sorted({*found.leaving_blocks(), *found.entering_blocks()}):
        yield f'  {quoted(blocks_name(cidrs))} [shape=ellipse, fillcolor="#edf2f7"];\n'
    yield from lines_of(found, _Dot())
    yield "}\n"
    for line in all_lines(map_facts(report.loaded, found.query.assumptions)):
        yield f"// {line}\n"


def _frame(number: int, namespace: str, members: list[Unit]) -> Iterator[str]:
    yield f"  subgraph cluster_{number} {{\n"
    title = "host endpoints" if members[0].kind == HOST else safe(namespace)
    yield f'    label={quoted(title)}; color="#a0aec0"; style=rounded;\n'
    for unit in members:
        prefix = HOST if unit.kind == HOST else safe(unit.namespace)
        short = unit_name(unit).removeprefix(f"{prefix}/")
        yield f"    {quoted(unit_name(unit))} [label={quoted(short)}];\n"
    yield "  }\n"
