"""Verdicts as Markdown, fit for a comment on a pull request or a job summary.

Names stand in `<code>` with every character that Markdown, HTML or a mention could read encoded,
so that what a manifest or claim writes is shown and never obeyed.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Sequence

import click

from netproof.comparisons import CompareReport, Region
from netproof.pipeline import Report
from netproof.reports.regions import region_end_text, region_ports_text
from netproof.reports.text import tally_text, verdict_lines
from netproof.reports.text_compare import difference_lines, headline, regions_tally
from netproof.reports.words import safe
from netproof.verdicts import Outcome, Verdict

TABLE = 25_000
DETAILS = 30_000
BLOCK = 6_000
"""Characters that tables, evidence, and one piece of it may take: a comment holds 65,536."""

HARMLESS = frozenset(" /-,.=;")
"""Punctuation that no renderer reads as anything inside a line; `www.` is dealt with apart."""

_WWW = re.compile(r"(?<=www)\.", re.IGNORECASE)


def verify_markdown(report: Report) -> str:
    """A table of verdicts, what fails first, and the evidence of that folded below."""
    ordered = sorted(report.verdicts, key=lambda one: one.outcome is Outcome.PROVED)
    failed = [one for one in ordered if one.outcome is not Outcome.PROVED]
    details = [_details(_summary(one), verdict_lines(one, report.loaded)) for one in failed]
    return _page(
        [f"### netproof: {tally_text(report)}", ""],
        ["| verdict | claim | world |", "|---|---|---|"],
        [_row(one) for one in ordered],
        details,
    )


def _row(verdict: Verdict) -> str:
    statement = verdict.statement
    reason = f" ({code(statement.reason)})" if statement.reason else ""
    word = verdict.outcome.value
    shown = word if verdict.outcome is Outcome.PROVED else f"**{word}**"
    claim = f"{code(statement.id)} {code(statement.text)}{reason}"
    return f"| {shown} | {claim} | {verdict.world.value} |"


def _summary(verdict: Verdict) -> str:
    return f"{verdict.outcome.value} {code(verdict.statement.id)}"


def compare_markdown(report: CompareReport) -> str:
    """The verdict, a table of what was added and removed, and one connection of each folded."""
    found = report.comparison
    head = [f"### netproof: {found.relation.value}", "", f"{headline(report)}.", ""]
    head += [f"World: {found.world.value}. Difference: {regions_tally(report)}.", ""]
    if found.unknown_because:
        head += [f"Unknown: {code(found.unknown_because)}", ""]
    table = ["| change | from | to | ports |", "|---|---|---|---|"] if found.regions else []
    details = [
        _details(f"a connection {one.change.value}", difference_lines(one, report))
        for one in found.counterexamples
    ]
    return _page(head, table, [_region(one) for one in found.regions], details)


def _region(region: Region) -> str:
    source, destination = region_end_text(region.source), region_end_text(region.destination)
    ports = region_ports_text(region)
    return f"| {region.change.value} | {code(source)} | {code(destination)} | {code(ports)} |"


def _page(
    head: Sequence[str], table: Sequence[str], rows: Sequence[str], details: Sequence[str]
) -> str:
    lines = [*head, *table, *_fitting(rows, TABLE, "rows")]
    for block in _fitting(details, DETAILS, "pieces of evidence"):
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


def _details(summary: str, lines: Iterable[str]) -> str:
    text = "\n".join(safe(part) for one in lines for part in click.unstyle(one).split("\n"))
    cut = text if len(text) <= BLOCK else f"{text[:BLOCK]}..."
    # A block that begins with <pre> is HTML up to its end: nothing in it is read as Markdown.
    return (
        f"<details><summary>{summary}</summary>\n\n<pre>{html.escape(cut)}</pre>\n\n</details>"
    )


def code(text: str) -> str:
    """The text as it is, in code type, on one line, also within a table."""
    encoded = "".join(
        ch if ch.isalnum() or ch in HARMLESS else f"&#{ord(ch)};" for ch in safe(text)
    )
    return f"<code>{_WWW.sub('&#46;', encoded)}</code>"
