"""Verdicts as Markdown, fit for a comment on a pull request or a job summary."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from netproof.comparison.connectivity import ConnectivityReport
from netproof.comparisons import CompareReport
from netproof.reports.compare.facts import (
    compare_facts,
    compared_facts,
    connectivity_facts,
    object_text,
)
from netproof.reports.compare.text import difference_lines, headline, regions_tally
from netproof.reports.connectivity.text import sample_lines
from netproof.reports.connectivity.words import (
    change_text,
    connectivity_headline,
    connectivity_verdict,
    shift_rows,
    shifts_tally,
)
from netproof.reports.facts import Facts, all_lines
from netproof.reports.markdown_parts import code, details
from netproof.reports.regions import region_row
from netproof.reports.text import tally_text, verdict_lines
from netproof.reports.verify.facts import verify_facts
from netproof.reports.without import verdict_text
from netproof.verdicts import Outcome, Verdict
from netproof.verified import Report
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
    evidence = [(one.change.value, difference_lines(one, report)) for one in found.counterexamples]
    return _changes(head, map(region_row, found.regions), evidence, compare_facts(report))


def connectivity_markdown(report: ConnectivityReport) -> str:
    """The verdict, a table of what comes and goes, and one connection of each folded."""
    head = [f"### netproof: {connectivity_verdict(report)}", ""]
    head += [f"{connectivity_headline(report)}.", ""]
    objects = [object_text(one) for one in report.objects]
    if objects:
        head += ["These objects differ:", "", *(f"- {code(one)}" for one in objects[:MANY]), ""]
        head += [f"and {len(objects) - MANY} more.", ""] if len(objects) > MANY else []
    head += [f"Difference: {shifts_tally(report)}.", ""]
    evidence = [(change_text(one.shift), sample_lines(one, report)) for one in report.samples]
    return _changes(head, shift_rows(report), evidence, connectivity_facts(report))


def _changes(
    head: Sequence[str],
    rows: Iterable[Sequence[str]],
    evidence: Sequence[tuple[str, Iterable[str]]],
    facts: Facts,
) -> str:
    """What is added and removed, a row each, and one connection of each change."""
    lines = [f"| {change} | {' | '.join(map(code, cells))} |" for change, *cells in rows]
    table = ["| change | from | to | ports |", "|---|---|---|---|"] if lines else []
    blocks = [details(f"a connection {change}", told) for change, told in evidence]
    return page(head, table, lines, blocks, facts)


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
