"""A comparison of connectivity as plain data (schemas/connectivity.schema.json)."""

from __future__ import annotations

from netproof.comparison.connectivity import ConnectivityReport
from netproof.comparison.replays import Replayed
from netproof.comparison.samples import Sample
from netproof.connectivity.changes import Ends, Outside, Shift
from netproof.reports.compare.data import objects_data, side_data
from netproof.reports.connections.data import allowed_data
from netproof.reports.connectivity.text import both_sides
from netproof.reports.connectivity.words import (
    Inventory,
    allowed_in,
    connectivity_verdict,
    ends_text,
    inventories,
    shift_text,
)
from netproof.reports.data import (
    FAMILIES,
    Data,
    assumptions_data,
    connection_data,
    decision_data,
    head_without_solvers,
)
from netproof_specs.loading import Loaded
from netproof_specs.model.traffic import Family
from netproof_specs.worlds import World


def connectivity_data(report: ConnectivityReport) -> Data:
    """The whole report."""
    spaces = inventories(report)
    return {
        **head_without_solvers("compare"),
        "what": "connectivity",
        "old": side_data(report.old),
        "new": side_data(report.new),
        "verdict": connectivity_verdict(report),
        "expectation": report.expectation,
        "met": report.met,
        "objects": objects_data(report.objects),
        "world": World.SNAPSHOT.value,
        "assumptions": assumptions_data(report.assumptions, report.old, report.new),
        "samples": [_sample_data(one, report) for one in report.samples],
        "changes": [
            {
                **_change_data(one),
                "text": shift_text(one, spaces[one.change]),
                "source": _ends_data(one.sources, spaces[one.change]),
                "destination": _ends_data(one.destinations, spaces[one.change]),
                "allowed": _ports_data(one),
            }
            for one in report.shifts
        ],
    }


def _change_data(shift: Shift) -> Data:
    """What becomes of connections, and the side that has them only perhaps, if one does."""
    perhaps: Data = {} if shift.perhaps_in is None else {"perhapsIn": shift.perhaps_in.value}
    return {"change": shift.change.value} | perhaps


def _ends_data(ends: Ends, inventory: Inventory) -> Data:
    text = ends_text(ends, inventory)
    if isinstance(ends, Outside):
        return {"kind": "external", "text": text, "cidrs": list(ends.cidrs)}
    workloads = [
        {"kind": kind, "namespace": namespace, "name": name}
        for namespace, name, kind in ends.workloads
    ]
    hosts = list(ends.hosts)
    return {"kind": "workloads", "text": text, "workloads": workloads, "hosts": hosts}


def _ports_data(shift: Shift) -> list[Data]:
    """The ports by family and protocol, as ranges with both ends included."""
    return [
        {"family": FAMILIES[family], **one}
        for family in Family
        for one in allowed_data(allowed_in(shift, family))
    ]


def _sample_data(sample: Sample, report: ConnectivityReport) -> Data:
    (_, before, old), (_, after, new) = both_sides(sample, report)
    return {
        **_change_data(sample.shift),
        "old": _replayed_data(before, old),
        "new": _replayed_data(after, new),
    }


def _replayed_data(found: Replayed | None, loaded: Loaded) -> Data | None:
    if found is None:
        return None
    return connection_data(found.connection, loaded) | decision_data(
        found.decision, found.connection, loaded
    )
