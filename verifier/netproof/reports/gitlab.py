"""Findings as a code quality report, which GitLab shows at the lines of a merge request."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from hashlib import sha256

from netproof.reports.data import Data
from netproof.reports.facts import Facts
from netproof.reports.results import Level, Result, Spot, Told
from netproof.reports.sarif import fingerprints, relative_path
from netproof.reports.serial import without_orders
from netproof.reports.words import safe

SEVERITIES = {Level.ERROR: "major", Level.WARNING: "minor", Level.NOTE: "info"}
"""GitLab's words; `critical` and `blocker` are left to those who know what is at stake."""


def gitlab_text(told: Told) -> str:
    """One issue for each thing that is wrong, then one of mere information with all the rest.

    GitLab reads a list of issues and nothing besides, so what is proved and the facts are one.
    """
    findings = (*told.shown, *told.notes)
    wrong = [one for one in findings if one.level is not Level.NONE]
    right = [one for one in findings if one.level is Level.NONE]
    issues = [_issue(*pair) for pair in zip(wrong, fingerprints(wrong), strict=True)]
    parts = [told.summary, *map(_description, right), *_told(told.facts)]
    return _text([*issues, _rest("; ".join(parts), told.summary, right)])


def failed_gitlab_text(findings: Sequence[Result]) -> str:
    """The errors of a run that decided nothing."""
    issues = [_issue(*pair) for pair in zip(findings, fingerprints(findings), strict=True)]
    return _text(issues)


def _text(issues: Sequence[Data]) -> str:
    return without_orders(json.dumps(issues, indent=2)) + "\n"


def _rest(text: str, summary: str, right: Sequence[Result]) -> Data:
    """The issue of what is not wrong, at the place of its first finding, if it has one."""
    spots = next((one.spots for one in right if one.spots), ())
    return {
        "description": _flat(text),
        "check_name": "netproof",
        "fingerprint": sha256(f"netproof {summary}".encode()).hexdigest()[:32],
        "severity": "info",
        "location": _location(spots),
    }


def _description(finding: Result) -> str:
    return "; ".join((finding.message, *_told(finding.facts)))


def _told(facts: Facts) -> list[str]:
    return [f"{fact.title}: {value}" for fact in facts for value in fact.values]


def _flat(text: str) -> str:
    return safe(" ".join(text.split()))


def _location(spots: Sequence[Spot]) -> Data:
    where = spots[0].where if spots else None
    line = 1 if where is None else where.line or 1
    file = "netproof" if where is None else relative_path(where.file).replace(os.sep, "/")
    return {"path": safe(file), "lines": {"begin": line}}


def _issue(finding: Result, mark: str) -> Data:
    return {
        "description": _flat(_description(finding)),
        "check_name": finding.rule.id,
        "fingerprint": mark,
        "severity": SEVERITIES[finding.level],
        "location": _location(finding.spots),
    }
