"""Lint's findings as text for people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import click

from netproof.lint.codes import CODES, Severity
from netproof.lint.findings import Finding
from netproof.lint.running import LintReport
from netproof.reports.facts import fact_lines, lint_facts
from netproof.reports.without import without_text
from netproof.reports.words import counted, place, safe, tallied
from netproof_specs.loading import Loaded

COLOURS = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.INFO: "cyan"}


def lint_text(report: LintReport) -> str:
    """The whole report, coloured; whoever prints it to a file strips the colour."""
    blocks = ["\n".join(_finding(one, report.loaded)) for one in report.findings]
    return "\n\n".join([*blocks, "\n".join(_summary(report))]) + "\n"


def statistics_text(report: LintReport) -> str:
    """How many findings each code has, the most frequent first, and the summary."""
    counts = Counter((one.code, one.severity) for one in report.findings)
    ordered = sorted(counts.items(), key=lambda one: (-one[1], one[0][0], one[0][1].rank))
    width = max((len(str(number)) for number in counts.values()), default=0)
    lines = [
        f"{number:>{width}}  {code}  {severity.value:<7}  {CODES[code].name}"
        for (code, severity), number in ordered
    ]
    blocks = ["\n".join(lines)] if lines else []
    return "\n\n".join([*blocks, "\n".join(_summary(report))]) + "\n"


def _finding(one: Finding, loaded: Loaded) -> Iterator[str]:
    severity = click.style(one.severity.value, fg=COLOURS[one.severity], bold=True)
    where = place(one.where, loaded)
    name = CODES[one.code].name
    yield f"{where + ': ' if where else ''}{severity} {one.code} {name}"
    yield f"  {safe(one.message)}"
    for other in one.related:
        yield f"    {place(other.where, loaded)}: {safe(other.message)}"
    if one.world is not None:
        yield f"  proved for {one.world.value}"
    yield f"  {safe(one.suggestion)}"


def summary_text(report: LintReport) -> str:
    """How many findings there are of each severity, in one line."""
    counts = tallied((one.severity for one in report.findings), reversed(Severity))
    total = len(report.findings)
    text = counted(total, "finding")
    text += f": {', '.join(counts)}" if counts else ""
    text += f"; {len(report.suppressed)} suppressed" if report.suppressed else ""
    without = without_text(report.loaded)
    return f"{text}; {without}" if without else text


def _summary(report: LintReport) -> Iterator[str]:
    yield summary_text(report)
    for title in report.undecided:
        yield (
            f"undecided: whether {safe(title)} can be removed; raise --timeout or --deadline "
            "to find out"
        )
    if report.stopped_because:
        yield f"unknown: {report.stopped_because}, and checks were left out"
    yield from fact_lines(lint_facts(report))
