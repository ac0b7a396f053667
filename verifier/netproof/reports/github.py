"""Findings as workflow commands, which GitHub Actions shows at the lines that they name."""

from __future__ import annotations

import os

from netproof.reports.facts import fact_lines
from netproof.reports.results import NOWHERE, Level, Result, Told
from netproof.reports.sarif import relative_path
from netproof.reports.words import safe

COMMANDS = {Level.ERROR: "error", Level.WARNING: "warning", Level.NOTE: "notice"}


def github_text(told: Told) -> str:
    """One annotation for each thing that is wrong, then a notice of all the rest.

    GitHub shows ten notices of a step, so what is proved and the facts go into one.
    """
    wrong = [one for one in told.shown if one.level is not Level.NONE]
    right = [one for one in told.shown if one.level is Level.NONE]
    parts = [told.summary, *map(_message, right), *fact_lines(told.facts)]
    notice = _data("\n".join(parts))
    return "".join(
        f"{line}\n" for line in [*map(_annotation, wrong), f"::notice title=netproof::{notice}"]
    )


def _message(finding: Result) -> str:
    return "\n".join((finding.message, *fact_lines(finding.facts)))


def _annotation(finding: Result) -> str:
    properties = _place(finding) | {"title": f"netproof: {finding.title}"}
    listed = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    return f"::{COMMANDS[finding.level]} {listed}::{_data(_message(finding))}"


def _place(finding: Result) -> dict[str, str]:
    """The place by file, line and column; nothing for standard input and what is in no file."""
    where = finding.spots[0].where if finding.spots else NOWHERE
    if where is NOWHERE or where.file == "-":
        return {}
    place = {"file": safe(relative_path(where.file)).replace(os.sep, "/")}
    return place | ({"line": str(where.line), "col": str(where.column)} if where.line else {})


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
