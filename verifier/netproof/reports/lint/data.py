"""Lint's findings as plain data (schemas/lint.schema.json)."""

from __future__ import annotations

from netproof.lint.codes import CODES, Severity
from netproof.lint.findings import Finding
from netproof.lint.running import LintReport
from netproof.reports.data import (
    Data,
    assumptions_data,
    counts_data,
    head_data,
    loaded_data,
    place_data,
)
from netproof_specs.locations import path_text


def lint_data(report: LintReport) -> Data:
    """The whole report; suppressed findings stand apart, with the reason that the input gives."""
    loaded = report.loaded
    return (
        head_data("lint")
        | loaded_data(loaded)
        | {
            "assumptions": assumptions_data(report.options.assumptions, loaded),
            "codes": sorted(report.options.codes),
            "findings": [finding_data(one, report) for one in report.findings],
            "suppressed": [
                finding_data(one.finding, report) | {"reason": one.reason or None}
                for one in report.suppressed
            ],
            "undecided": list(report.undecided),
            "stoppedBecause": report.stopped_because or None,
            "summary": counts_data(loaded)
            | {
                severity.value: sum(one.severity is severity for one in report.findings)
                for severity in Severity
            }
            | {"suppressed": len(report.suppressed)},
        }
    )


def finding_data(one: Finding, report: LintReport) -> Data:
    """One finding with its place."""
    code = CODES[one.code]
    return {
        "code": one.code,
        "name": code.name,
        "severity": one.severity.value,
        "title": code.title,
        "message": one.message,
        "explanation": code.why,
        "suggestion": one.suggestion,
        "clause": code.clause,
        "policy": None if one.policy is None else one.policy.title,
        "path": None if one.where is None else path_text(one.where.path),
        "related": [
            {"message": other.message} | place_data(other.where, report.loaded)
            for other in one.related
        ],
        "provedIn": None if one.world is None else one.world.value,
        "together": None if one.together is None else one.together.value == "yes",
    } | place_data(one.where, report.loaded)
