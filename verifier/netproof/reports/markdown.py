"""Verdicts as Markdown, fit for a comment on a pull request or a job summary."""

from __future__ import annotations

from collections.abc import Sequence

from netproof.comparisons import CompareReport, Region
from netproof.pipeline import Report
from netproof.reports.facts import Facts, all_lines, compare_facts, verify_facts
from netproof.reports.markdown_parts import code, details
from netproof.reports.regions import region_end_text, region_ports_text
from netproof.reports.text import tally_text, verdict_lines
from netproof.reports.text_compare import difference_lines, headline, regions_tally
from netproof.reports.without import verdict_text
from netproof.standing import remark
from netproof.verdicts import Outcome, Verdict

TABLE = 25_000
DETAILS = 30_000
"""Characters that tables and evidence may take: a comment holds 65,536."""

CONDITIONS = "what it is to be read with"


def verify_markdown(report: Report) -> str:
    """A table of verdicts, what fails first, and the evidence of each folded below."""
    fails = report.judging.fails
    ordered = sorted(report.verdicts, key=lambda v: (not fails(v), v.outcome is Outcome.PROVED))
    return _page(
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
    if found.unknown_because:
        head += [f"Unknown: {code(found.unknown_because)}", ""]
    table = ["| change | from | to | ports |", "|---|---|---|---|"] if found.regions else []
    evidence = [
        details(f"a connection {one.change.value}", difference_lines(one, report))
        for one in found.counterexamples
    ]
    rows = [_region(one) for one in found.regions]
    return _page(head, table, rows, evidence, compare_facts(report))


def _region(region: Region) -> str:
    source, destination = region_end_text(region.source), region_end_text(region.destination)
    ports = region_ports_text(region)
    return f"| {region.change.value} | {code(source)} | {code(destination)} | {code(ports)} |"


def _page(
    head: Sequence[str],
    table: Sequence[str],
    rows: Sequence[str],
    evidence: Sequence[str],
    facts: Facts,
) -> str:
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
