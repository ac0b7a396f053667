"""A bundle of a fleet: the bundle of each cluster in a folder of its own, and what joins them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from hashlib import sha256
from typing import Any

from netproof.bundles.archive import INDEX, SEAL
from netproof.bundles.making import FLEET_KIND, checker, safe_path, seal, tool_data
from netproof.fleet.asking import Request
from netproof.fleet.sheets import FleetReport, Outturn, Sheet
from netproof.reports.data import Data
from netproof.reports.fleet.data import fleet_data
from netproof.reports.fleet.page import fleet_html
from netproof.reports.serial import json_text
from netproof.solving import milliseconds_of
from netproof_specs.problems import Problem
from netproof_specs.sources.finding import Content

SCHEMA_VERSION = 1
"""That of the index (docs/json.md)."""


def fleet_members(report: FleetReport, file: Content, request: Request) -> dict[str, bytes]:
    """Every file of the bundle by name; the sheets have those of their clusters."""
    members = {
        f"{_folder(sheet.name)}/{name}": data
        for sheet in report.sheets
        for name, data in sheet.members.items()
    }
    kept = f"fleet/{safe_path(file.name)}"
    members |= {
        kept: file.data,
        "report.json": json_text(fleet_data(report)).encode("ascii"),
        "report.html": fleet_html(report).encode("utf-8", "surrogatepass"),
        "check.py": checker(),
    }
    index = {
        "schemaVersion": SCHEMA_VERSION,
        "kind": FLEET_KIND,
        "tool": tool_data(),
        "command": "fleet",
        "fleet": {"name": file.name, "member": kept},
        "timeoutMilliseconds": report.limits.milliseconds or None,
        "deadlineMilliseconds": milliseconds_of(report.limits.deadline),
        "options": _options_data(report, request),
        "clusters": [_cluster_data(one) for one in report.outturns],
        "verdicts": [one for sheet in report.sheets for one in _verdicts(sheet)],
        "members": {name: sha256(members[name]).hexdigest() for name in sorted(members)},
    }
    text = json_text(index).encode("ascii")
    return {**members, INDEX: text, SEAL: seal(text)}


def _options_data(report: FleetReport, request: Request) -> Data:
    """What the command line asked of every cluster; the day only where some verdict needs it."""
    days = (day_of(sheet.data) for sheet in report.sheets)
    return {
        "specs": list(request.specs),
        "claims": list(request.claims),
        "select": list(request.select),
        "mostPairs": request.most_pairs,
        "strict": request.judging.strict,
        "today": next(filter(None, days), None),
    }


def day_of(data: Data) -> str:
    """The day by which a report of `verify` judges its verdicts, empty where none needs it."""
    judging: Any = data["judging"]
    return str(judging["today"] or "")


def _folder(name: str) -> str:
    return f"clusters/{name}"


def _verdicts(sheet: Sheet) -> Iterator[Data]:
    """The verdicts of a cluster's index, with names of files as they are in the whole."""
    folder = _folder(sheet.name)
    index: Any = json.loads(sheet.members[INDEX])
    for one in index["verdicts"]:
        yield {
            **one,
            "cluster": sheet.name,
            "folder": f"{folder}/{one['folder']}",
            "statement": f"on {sheet.name}: {one['statement']}",
            "obligations": [
                {**part, "folder": f"{folder}/{part['folder']}"} for part in one["obligations"]
            ],
            "connections": [f"{folder}/{name}" for name in one["connections"]],
            "forms": [f"{folder}/{name}" for name in one["forms"]],
        }


def _cluster_data(one: Outturn) -> Data:
    if isinstance(one, Sheet):
        return {"name": one.name, "folder": _folder(one.name), "error": None}
    problems = [_problem_data(problem) for problem in one.problems]
    return {
        "name": one.name,
        "folder": None,
        "error": {"cause": one.cause.value, "problems": problems},
    }


def _problem_data(problem: Problem) -> Data:
    """Everything that a report says of a problem, to say it again."""
    where = problem.where
    return {
        "message": problem.message,
        "suggestion": problem.suggestion,
        "code": problem.code,
        "clause": problem.clause,
        "excerpt": problem.excerpt,
        "place": None if where is None else [where.file, where.line, where.column],
    }
