"""Lint's findings in the form that SARIF and GitHub's annotations share."""

from __future__ import annotations

from netproof.lint.codes import CODES, Code, Severity
from netproof.lint.findings import Finding
from netproof.lint.running import LintReport
from netproof.reports.facts import lint_facts, world_fact
from netproof.reports.lint.text import summary_text
from netproof.reports.results import Level, Result, ResultKind, Told, placed, spot
from netproof.reports.words import safe
from netproof_specs.locations import path_text

LEVELS = {
    Severity.ERROR: Level.ERROR,
    Severity.WARNING: Level.WARNING,
    Severity.INFO: Level.NOTE,
}

_RULES = "rules in docs/semantics.md, of Calico in docs/semantics-calico.md"


def _rule(code: Code) -> ResultKind:
    title = code.title[0].upper() + code.title[1:]
    return ResultKind(
        code.id,
        code.name,
        f"{title}.",
        code.why,
        f"The finding says how to go on. See docs/lint.md, {code.id}; {_RULES}: {code.clause}.",
        LEVELS[code.severity],
    )


LINT_RULES = tuple(_rule(code) for code in CODES.values())


def lint_told(report: LintReport) -> Told:
    """The findings of the report, in its order."""
    found = [_finding(one, report) for one in report.findings]
    return Told("lint", summary_text(report), LINT_RULES, found, lint_facts(report))


def _finding(one: Finding, report: LintReport) -> Result:
    loaded = report.loaded
    title = f"{one.code} {CODES[one.code].title}"
    text = safe(one.message)
    spots = spot(one.where, text, loaded)
    for other in one.related:
        spots += spot(other.where, safe(other.message), loaded)
    return Result(
        LINT_RULES[list(CODES).index(one.code)],
        LEVELS[one.severity],
        title,
        f"{text}.\n{safe(one.suggestion)}.",
        placed(spots, loaded),
        _identity(one),
        () if one.world is None else (world_fact(one.world),),
    )


def _identity(one: Finding) -> tuple[str, ...]:
    policy = "" if one.policy is None else one.policy.title
    place = "" if one.where is None else path_text(one.where.path)
    return one.code, policy, place, one.message
