"""Lint's findings as one page to file, to print and to click in."""

from __future__ import annotations

from collections.abc import Sequence

from netproof.lint.codes import CODES
from netproof.lint.findings import Finding
from netproof.lint.running import LintReport
from netproof.reports.facts import lint_facts
from netproof.reports.html.page import document
from netproof.reports.html.parts import Shown, element, excerpt, facts_section, folded, text
from netproof.reports.lint.text import summary_text


def lint_html(report: LintReport) -> str:
    """The findings in the order of the input, each with its place."""
    shown = Shown(report.loaded)
    findings = "".join(_finding(one, shown) for one in report.findings)
    left = _undecided(report.undecided)
    parts = [
        element("section", f"<h2>Findings</h2>{findings or '<p>None.</p>'}{left}", "claims"),
        facts_section(lint_facts(report)),
    ]
    return document("report", "Findings on network policies", summary_text(report), "".join(parts))


def _finding(one: Finding, shown: Shown) -> str:
    code = CODES[one.code]
    severity = one.severity.value
    kind = {"error": "refuted", "warning": "vacuous"}.get(severity, "proved")
    badge = element("span", text(severity), f"badge {kind}")
    summary = f"{badge} <b>{text(one.code)} {text(code.name)}</b> <span>{text(one.message)}</span>"
    proved = element("p", f"proved for {text(one.world.value)}", "soft") if one.world else ""
    content = (
        f"<p>{text(code.why)}</p><p>{text(one.suggestion)}</p>{proved}{excerpt(one.where, shown)}"
        + "".join(
            f"<p>{text(other.message)}</p>{excerpt(other.where, shown)}" for other in one.related
        )
    )
    return folded(summary, content, f"claim {'failing' if severity == 'error' else 'fine'}")


def _undecided(titles: Sequence[str]) -> str:
    said = "".join(
        element("li", f"undecided: whether {text(one)} can be removed") for one in titles
    )
    return element("ul", said) if said else ""
