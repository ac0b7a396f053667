"""Lint's findings as Markdown: a table for a job summary or a comment."""

from __future__ import annotations

from netproof.lint.codes import CODES
from netproof.lint.findings import Finding
from netproof.lint.running import LintReport
from netproof.reports.facts import all_lines, lint_facts
from netproof.reports.lint.text import summary_text
from netproof.reports.markdown_parts import code, details
from netproof.reports.words import place
from netproof_specs.loading import Loaded

MOST = 200
"""So many findings are listed: a comment holds 65,536 characters."""


def lint_markdown(report: LintReport) -> str:
    """The worst findings first, then what they are to be read with."""
    found = sorted(report.findings, key=lambda one: -one.severity.rank)
    lines = [f"### netproof lint: {summary_text(report)}", ""]
    if report.stopped_because:
        lines += [f"Unknown: {code(report.stopped_because)}, and checks were left out.", ""]
    if found:
        lines += ["| severity | finding | at | message |", "|---|---|---|---|"]
        lines += [_row(one, report.loaded) for one in found[:MOST]]
        if len(found) > MOST:
            lines += ["", f"{len(found) - MOST} more findings are left out here."]
        lines.append("")
    lines.append(details("What it is to be read with", all_lines(lint_facts(report))))
    return "\n".join(lines) + "\n"


def _row(one: Finding, loaded: Loaded) -> str:
    where = place(one.where, loaded)
    cells = (one.severity.value, f"{one.code} {CODES[one.code].name}", where, one.message)
    return f"| {' | '.join(code(cell) if cell else '' for cell in cells)} |"
