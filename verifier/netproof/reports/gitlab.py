"""Findings as a code quality report, which GitLab shows at the lines of a merge request."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence

from netproof.reports.data import Data
from netproof.reports.findings import Finding, Level
from netproof.reports.sarif import fingerprints, relative_path
from netproof.reports.words import safe

SEVERITIES = {Level.ERROR: "major", Level.WARNING: "minor", Level.NOTE: "info"}
"""GitLab's words; `critical` and `blocker` are left to those who know what is at stake."""


def gitlab_text(findings: Sequence[Finding]) -> str:
    """One issue for each thing that is wrong; GitLab reads a list and nothing besides."""
    wrong = [one for one in findings if one.level is not Level.NONE]
    issues = [_issue(*pair) for pair in zip(wrong, fingerprints(wrong), strict=True)]
    return json.dumps(issues, indent=2) + "\n"


def _issue(finding: Finding, mark: str) -> Data:
    first = finding.spots[0].where if finding.spots else None
    line = 1 if first is None else first.line or 1
    file = "netproof" if first is None else relative_path(first.file).replace(os.sep, "/")
    return {
        "description": safe(" ".join(finding.message.split())),
        "check_name": finding.rule.id,
        "fingerprint": mark,
        "severity": SEVERITIES[finding.level],
        "location": {"path": safe(file), "lines": {"begin": line}},
    }
