"""A comparison of connectivity as findings: every group of connections that comes or goes."""

from __future__ import annotations

from collections.abc import Iterator

from netproof.comparison.connectivity import ConnectivityReport
from netproof.comparison.naming import names_of, workloads_by_name
from netproof.comparison.samples import Sample
from netproof.comparisons import Change
from netproof.connectivity.changes import Ends, Shift
from netproof.connectivity.units import HOST
from netproof.reports.compare.findings import MET, RULES, UNEXPECTED
from netproof.reports.connectivity.words import (
    change_text,
    connectivity_headline,
    connectivity_verdict,
    inventories,
    name_text,
    shift_text,
)
from netproof.reports.results import (
    Level,
    Result,
    Spot,
    deciding_spots,
    placed,
    side_sentence,
    spot,
)
from netproof.reports.without import said_without
from netproof.reports.words import connection_text
from netproof_specs.loading import Loaded

MANY_SPOTS = 10


def connectivity_findings(report: ConnectivityReport) -> tuple[Result, ...]:
    """A finding for each shift; one of `Level.NONE` where it is all as expected."""
    return tuple(_findings(report))


def _findings(report: ConnectivityReport) -> Iterator[Result]:
    spaces = inventories(report)
    samples = {one.shift: one for one in report.samples}
    for shift in report.shifts:
        text = shift_text(shift, spaces[shift.change])
        yield _finding(shift, text, samples.get(shift), report)
    if report.met:
        title = connectivity_verdict(report)
        message = f"{title}: {connectivity_headline(report)}."
        identity = ("connectivity", report.expectation)
        yield Result(MET, MET.level, title, message, placed((), report.new), identity)


def _finding(shift: Shift, text: str, sample: Sample | None, report: ConnectivityReport) -> Result:
    rule = RULES[shift.change]
    level = rule.level if shift.change in UNEXPECTED[report.expectation] else Level.NOTE
    change = change_text(shift)
    said = said_without(f"{change.capitalize()}: {text}", report.old, report.new)
    lines = [f"{said}.", *_shown(sample)]
    spots = placed(_spots(shift, sample, report), report.new)
    title = f"connections {change}"
    identity = ("connectivity", change, text)
    return Result(rule, level, title, "\n".join(lines), spots, identity)


def _shown(sample: Sample | None) -> Iterator[str]:
    if sample is not None:
        found = sample.there
        yield f"For example {connection_text(found.connection)}"
        for side in found.decision.sides:
            yield side_sentence(side, found.connection)


def _spots(shift: Shift, sample: Sample | None, report: ConnectivityReport) -> Iterator[Spot]:
    """What decides the sample in NEW and then in OLD, and the workloads at both ends."""
    added = shift.change is Change.ADDED
    if sample is not None:
        here, other = (report.new, report.old) if added else (report.old, report.new)
        both = [(sample.there, here), (sample.elsewhere, other)]
        for found, loaded in both if added else reversed(both):
            if found is None:
                continue
            for side in reversed(found.decision.sides):
                if found.decision.allowed or not side.allowed:
                    yield from deciding_spots(side, found.connection, loaded)
    loaded = report.new if added else report.old
    for word, ends in (("source", shift.sources), ("destination", shift.destinations)):
        yield from _manifests(word, ends, loaded)


def _manifests(word: str, ends: Ends, loaded: Loaded) -> Iterator[Spot]:
    workloads = workloads_by_name(loaded.cluster)
    hosts = {("", one.name, HOST): one for one in loaded.cluster.hosts}
    for name in names_of(ends)[:MANY_SPOTS]:
        for one in [hosts[name]] if name in hosts else workloads[name][:1]:
            yield from spot(one.where, f"{word}: {name_text(name)}", loaded)
