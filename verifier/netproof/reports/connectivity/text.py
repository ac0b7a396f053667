"""A comparison of connectivity as text for people."""

from __future__ import annotations

from collections.abc import Iterator

import click

from netproof.comparison.connectivity import ConnectivityReport
from netproof.comparison.replays import Replayed
from netproof.comparison.samples import Sample
from netproof.comparisons import Change
from netproof.reports.compare.facts import connectivity_facts
from netproof.reports.compare.text import FIRST, SIGNS, first_lines
from netproof.reports.connectivity.words import (
    change_text,
    connectivity_headline,
    connectivity_verdict,
    inventories,
    listed,
    shift_text,
    shifts_tally,
    unlisted_text,
)
from netproof.reports.evidence import endpoint_lines, side_lines
from netproof.reports.facts import fact_lines
from netproof.reports.words import connection_text
from netproof_specs.loading import Loaded


def connectivity_text(report: ConnectivityReport) -> str:
    """The whole report, coloured; whoever prints it to a file strips the colour."""
    return "\n".join(connectivity_lines(report)) + "\n"


def connectivity_lines(report: ConnectivityReport) -> Iterator[str]:
    """The lines of the report, coloured."""
    colour = "green" if report.met else "red"
    relation = click.style(f"{connectivity_verdict(report):<12}", fg=colour, bold=True)
    yield f"{relation} {connectivity_headline(report)}"
    facts = connectivity_facts(report)
    yield from first_lines(facts)
    for one in report.samples:
        yield from sample_lines(one, report)
    if report.shifts:
        yield f"  difference      {shifts_tally(report)}"
    spaces = inventories(report)
    for shift in listed(report):
        yield f"    {SIGNS[shift.change]} {shift_text(shift, spaces[shift.change])}"
    yield from (f"    {line}" for line in unlisted_text(report))
    yield ""
    yield from fact_lines(one for one in facts if one.name not in FIRST)


def sample_lines(sample: Sample, report: ConnectivityReport) -> Iterator[str]:
    """One connection that comes or goes, with what decides it on either side."""
    connection = sample.there.connection
    yield f"  {change_text(sample.shift):<15} {connection_text(connection)}"
    yield from endpoint_lines(connection)
    for word, found, loaded in both_sides(sample, report):
        if found is None:
            yield f"    {word.lower():<13} {_absence(sample, word)}"
        else:
            yield from side_lines(found.connection, found.decision, loaded, word.lower())


def _absence(sample: Sample, word: str) -> str:
    """Why the sample is not on the other side."""
    if not sample.has_both:
        return f"not there: {word} has not both of them"
    return f"left out: in {word} they are on one node, or share no family (A.27, A.41 to A.43)"


def both_sides(
    sample: Sample, report: ConnectivityReport
) -> tuple[tuple[str, Replayed | None, Loaded], tuple[str, Replayed | None, Loaded]]:
    """The sample on OLD and on NEW."""
    added = sample.shift.change is Change.ADDED
    old, new = (sample.elsewhere, sample.there) if added else (sample.there, sample.elsewhere)
    return ("OLD", old, report.old), ("NEW", new, report.new)
