"""A report on a fleet as plain data (docs/json.md, schemas/fleet.schema.json)."""

from __future__ import annotations

from typing import assert_never

from netproof.fleet.sheets import (
    FleetReport,
    Outturn,
    Sheet,
    Unverified,
    exit_of_fleet,
    row,
    summed,
)
from netproof.reports.data import Data, head_data, problem_data
from netproof.reports.fleet.words import cell_text
from netproof.reports.verify.data import tallies_data
from netproof.solving import milliseconds_of
from netproof.verdicts import Outcome


def fleet_data(report: FleetReport) -> Data:
    """The whole report; that of each cluster is what `verify` says of it."""
    return {
        **head_data("fleet"),
        "fleet": {"name": report.file.name, "sha256": report.file.sha256},
        "timeoutMilliseconds": report.limits.milliseconds or None,
        "deadlineMilliseconds": milliseconds_of(report.limits.deadline),
        "matrix": _matrix_data(report),
        "clusters": [_outturn_data(one) for one in report.outturns],
        "summary": _summary_data(report),
    }


def _matrix_data(report: FleetReport) -> Data:
    columns = report.columns
    return {
        "claims": [{"id": ident, "claim": text} for ident, text in columns],
        "rows": [
            {
                "cluster": one.name,
                "verdicts": None
                if isinstance(one, Unverified)
                else [None if cell is None else cell_text(cell) for cell in row(one, columns)],
            }
            for one in report.outturns
        ],
    }


def _outturn_data(one: Outturn) -> Data:
    match one:
        case Sheet():
            return {"name": one.name, "report": one.data, "error": None}
        case Unverified():
            problems = [problem_data(problem) for problem in one.problems]
            error = {
                "cause": one.cause.value,
                "exitCode": int(one.exit),
                "problems": problems,
            }
            return {"name": one.name, "report": None, "error": error}
        case _:
            assert_never(one)


def _summary_data(report: FleetReport) -> Data:
    cells = [cell for sheet in report.sheets for cell in sheet.cells]
    outcomes = [cell.outcome for cell in cells]
    return {
        "clusters": len(report.outturns),
        "notVerified": len(report.unverified),
        "claims": len(outcomes),
        **{one.value.lower(): outcomes.count(one) for one in Outcome},
        "failing": sum(cell.fails for cell in cells),
        "failingNotes": sum(len(sheet.noted) for sheet in report.sheets),
        "exitCode": int(exit_of_fleet(report)),
        **tallies_data(lambda word: summed(report.sheets, word)),
    }
