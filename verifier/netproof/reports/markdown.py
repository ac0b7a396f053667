"""Verdicts as Markdown, fit for a comment on a pull request or a job summary."""

from __future__ import annotations

from collections.abc import Sequence

from netproof.comparison.connectivity import ConnectivityReport
from netproof.comparisons import CompareReport, Region
from netproof.connectivity.changes import Shift
from netproof.pipeline import Report
from netproof.reports.compare.facts import (
    compare_facts,
    compared_facts,
    connectivity_facts,
    object_text,
)
from netproof.reports.compare.text import difference_lines, headline, regions_tally
from netproof.reports.connectivity.text import sample_lines
from netproof.reports.connectivity.words import (
    Inventory,
    connectivity_headline,
    connectivity_verdict,
    ends_text,
    inventories,
    ports_text,
    shifts_tally,
)
from netproof.reports.facts import Facts, all_lines
from netproof.reports.markdown_parts import code, details
from netproof.reports.regions import region_end_text, region_ports_text
from netproof.reports.text import tally_text, verdict_lines
from netproof.reports.verify.facts import verify_facts
from netproof.reports.without import verdict_text
from netproof.verdicts import Outcome, Verdict
from netproof.verifying.standing import remark

TABLE = 25_000
DETAILS = 30_000
"""Characters that tables and evidence may take: a comment holds 65,536."""

MANY = 30
"""So many objects are listed above the table."""

CONDITIONS = "what it is to be read with"


def verify_markdown(report: Report) -> str:
    """A table of verdicts, what fails first, and the evidence of each folded below."""
    fails = report.judging.fails
    ordered = sorted(report.verdicts, key=lambda v: (not fails(v), v.outcome is Outcome.PROVED))
    return page(
        [f"### netproof: {tally_text(report)}", ""],
        ["| verdict | claim | world |", "|---|---|---|"],
        [_row(one, report) for one in ordered],
        [_evidence(one, report) for one in ordered],
        verify_facts(report),
    )


def _row(verdict: Verdict, report: Report) -> str:
    statement = verdict.statement
    reason = f" ({code(statement.reason)})" if statement.reason else ""
    word = verdict_text(verdict.outcome.value, report.loaded)
    shown = f"**{word}**" if report.judging.fails(verdict) else word
    if added := remark(verdict, report.judging):
        shown = f"{shown} ({added})"
    claim = f"{code(statement.id)} {code(statement.text)}{reason}"
    return f"| {shown} | {claim} | {verdict.world.value} |"


def _evidence(verdict: Verdict, report: Report) -> str:
    word = verdict_text(verdict.outcome.value, report.loaded)
    summary = f"{word} {code(verdict.statement.id)}"
    return details(summary, verdict_lines(verdict, report))


def compare_markdown(report: CompareReport) -> str:
    """The verdict, a table of what was added and removed, and one connection of each folded."""
    found = report.comparison
    relation = verdict_text(found.relation.value, report.old, report.new)
    head = [f"### netproof: {relation}", "", f"{headline(report)}.", ""]
    head += [f"World: {found.world.value}. Difference: {regions_tally(report)}.", ""]
    for fact in compared_facts("policies only", report.objects)[: 1 if report.objects else 0]:
        head += [f"{code(fact.values[0])}.", ""]
    if found.unknown_because:
        head += [f"Unknown: {code(found.unknown_because)}", ""]
    table = ["| change | from | to | ports |", "|---|---|---|---|"] if found.regions else []
    evidence = [
        details(f"a connection {one.change.value}", difference_lines(one, report))
        for one in found.counterexamples
    ]
    rows = [_region(one) for one in found.regions]
    return page(head, table, rows, evidence, compare_facts(report))


def connectivity_markdown(report: ConnectivityReport) -> str:
    """The verdict, a table of what comes and goes, and one connection of each folded."""
    head = [f"### netproof: {connectivity_verdict(report)}", ""]
    head += [f"{connectivity_headline(report)}.", ""]
    objects = [object_text(one) for one in report.objects]
    if objects:
        head += ["These objects differ:", "", *(f"- {code(one)}" for one in objects[:MANY]), ""]
        head += [f"and {len(objects) - MANY} more.", ""] if len(objects) > MANY else []
    head += [f"Difference: {shifts_tally(report)}.", ""]
    table = ["| change | from | to | ports |", "|---|---|---|---|"] if report.shifts else []
    evidence = [
        details(f"a connection {one.shift.change.value}", sample_lines(one, report))
        for one in report.samples
    ]
    spaces = inventories(report)
    rows = [_shift(one, spaces[one.change]) for one in report.shifts]
    return page(head, table, rows, evidence, connectivity_facts(report))


def _shift(shift: Shift, inventory: Inventory) -> str:
    source, destination = (
        ends_text(one, inventory) for one in (shift.sources, shift.destinations)
    )
    ports = ports_text(shift)
    return f"| {shift.change.value} | {code(source)} | {code(destination)} | {code(ports)} |"


def _region(region: Region) -> str:
    source, destination = region_end_text(region.source), region_end_text(region.destination)
    ports = region_ports_text(region)
    return f"| {region.change.value} | {code(source)} | {code(destination)} | {code(ports)} |"


def page(
    head: Sequence[str],
    table: Sequence[str],
    rows: Sequence[str],
    evidence: Sequence[str],
    facts: Facts,
) -> str:
    """A page of these parts, as much of each as a comment has room for."""
    lines = [*head, *table, *_fitting(rows, TABLE, "rows")]
    conditions = details(CONDITIONS, all_lines(facts))
    for block in (*_fitting(evidence, DETAILS, "pieces of evidence"), conditions):
        lines += ["", block]
    return "\n".join(lines) + "\n"


def _fitting(parts: Sequence[str], room: int, what: str) -> list[str]:
    """The parts that fit, and how many more there are."""
    kept: list[str] = []
    for part in parts:
        room -= len(part)
        if room < 0:
            return [*kept, "", f"{len(parts) - len(kept)} more {what} in the full report."]
        kept.append(part)
    return kept
