"""A map of connections as JSON and YAML: one pair a line, written as it is worked out."""

from __future__ import annotations

import json
from collections.abc import Iterator

from netproof.connectivity.mapping import Cidrs
from netproof.connectivity.units import HOST, Unit
from netproof.decisions import ALL_PORTS, Allowed, AllowedPorts, Certainty, Ranges
from netproof.reports.connections.lines import ConnectionsReport, LineFormat, lines_of
from netproof.reports.data import (
    Data,
    assumptions_data,
    counts_data,
    head_without_solvers,
    loaded_data,
)
from netproof.reports.serial import json_line, without_orders, yaml_text


def unit_data(unit: Unit) -> Data:
    """A pod, workload, host endpoint or group; `replica` is only for one pod of several."""
    if unit.kind == "Group":
        return {"kind": unit.kind, "name": unit.name}
    if unit.kind == HOST:
        return {"kind": unit.kind, "name": unit.name, "labels": dict(unit.labels)}
    replica: Data = {"replica": unit.replica} if unit.replica else {}
    return {
        "kind": unit.kind,
        "namespace": unit.namespace,
        "name": unit.name,
        "labels": dict(unit.labels),
    } | replica


def allowed_data(allowed: AllowedPorts) -> list[Data]:
    """The ports by protocol, as ranges with both ends included; source ports where not all are.

    `perhaps` is there where not every case that is left open allows them.
    """
    return [_ports_data(one) for one in allowed]


def _ports_data(one: Allowed) -> Data:
    sources = [] if one.sources == ALL_PORTS else _ranges_data(one.sources)
    found: Data = {"protocol": one.protocol.value, "ports": _ranges_data(one.ports)}
    found |= {"sourcePorts": sources} if sources else {}
    return found | ({"perhaps": True} if one.certainty is Certainty.PERHAPS else {})


def _ranges_data(ranges: Ranges) -> list[list[int]]:
    return [list(ends) for ends in ranges]


def head_data(report: ConnectionsReport) -> Data:
    """All but the connections."""
    query = report.map.query
    return {
        **head_without_solvers("connections"),
        "world": "snapshot",
        "by": query.by.value,
        "assumptions": assumptions_data(query.assumptions, report.loaded),
        "counts": counts_data(report.loaded),
    } | loaded_data(report.loaded)


class _Json(LineFormat):
    """A pair as an object of JSON; each line begins with the comma that parts it."""

    def unit(self, unit: Unit) -> str:
        return json_line(unit_data(unit))

    def blocks(self, cidrs: Cidrs) -> str:
        return json_line({"cidrs": cidrs})

    def ports(self, allowed: AllowedPorts) -> str:
        return json_line(allowed_data(allowed))

    def line(self, source: str, destination: str, ports: str) -> str:
        return f',\n    {{"source": {source}, "destination": {destination}, "allowed": {ports}}}'


class _Yaml(_Json):
    """The same object under a dash: JSON is YAML."""

    def line(self, source: str, destination: str, ports: str) -> str:
        return f"- source: {source}\n  destination: {destination}\n  allowed: {ports}\n"


def connections_json(report: ConnectionsReport) -> Iterator[str]:
    """The map as JSON (docs/connections.md, schemas/connections.schema.json)."""
    head = without_orders(json.dumps(head_data(report), indent=2))
    yield head.removesuffix("\n}") + ',\n  "connections": ['
    first = True
    for piece in lines_of(report.map, _Json()):
        yield piece[1:] if first else piece
        first = False
    yield "]\n}\n" if first else "\n  ]\n}\n"


def connections_yaml(report: ConnectionsReport) -> Iterator[str]:
    """The same as YAML."""
    yield yaml_text(head_data(report))
    yield "connections:"
    first = True
    for piece in lines_of(report.map, _Yaml()):
        yield f"\n{piece}" if first else piece
        first = False
    if first:
        yield " []\n"
