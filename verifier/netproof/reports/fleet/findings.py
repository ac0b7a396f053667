"""Verdicts on a fleet as findings, each under the name of its cluster."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from netproof.fleet.sheets import FleetReport, Outturn, Sheet, Unverified
from netproof.reports.facts import Facts
from netproof.reports.failures import NOTHING_DECIDED, NOWHERE
from netproof.reports.fleet.words import fleet_facts, fleet_tally, problem_lines
from netproof.reports.github import github_text
from netproof.reports.gitlab import gitlab_text
from netproof.reports.junit import Case, Ending, Suite, suites_text
from netproof.reports.results import Result, ResultKind, Spot
from netproof.reports.sarif import code_scanning_text, sarif_text
from netproof.reports.verify.findings import VERIFY_RULES
from netproof.reports.words import safe

FLEET_RULES: tuple[ResultKind, ...] = (*VERIFY_RULES, NOTHING_DECIDED)


def fleet_findings(report: FleetReport) -> tuple[Result, ...]:
    """What is found of each cluster: of its claims, its failing notes, or why there is nothing."""
    return tuple(found for one in report.outturns for found in _findings(one))


def _findings(one: Outturn) -> Iterator[Result]:
    match one:
        case Sheet():
            found = (*(cell.finding for cell in one.cells), *one.noted)
            yield from (_of(one.name, each) for each in found)
        case Unverified():
            yield from (_of(one.name, each) for each in _failures(one))


def _of(name: str, finding: Result) -> Result:
    """The finding under the name of its cluster; what is alike in two clusters is two findings."""
    return replace(
        finding,
        title=f"{safe(name)}: {finding.title}",
        message=f"{safe(name)}: {finding.message}",
        identity=(name, *finding.identity),
    )


def _failures(one: Unverified) -> Iterator[Result]:
    for problem in one.problems:
        message = "\n".join(safe(line) for line in str(problem).splitlines())
        spots = (Spot(problem.where or NOWHERE, safe(problem.message)),)
        title = "nothing was decided"
        identity = (problem.code, problem.message)
        yield Result(NOTHING_DECIDED, NOTHING_DECIDED.level, title, message, spots, identity)


def _parts(
    report: FleetReport,
) -> tuple[str, tuple[ResultKind, ...], tuple[Result, ...], Facts]:
    return "fleet", FLEET_RULES, fleet_findings(report), fleet_facts(report)


def fleet_sarif(report: FleetReport) -> str:
    """One run, as GitHub takes few of a file."""
    return sarif_text(*_parts(report))


def fleet_code_scanning(report: FleetReport) -> str:
    """The same without what is proved."""
    return code_scanning_text(*_parts(report))


def fleet_gitlab(report: FleetReport) -> str:
    """The findings, and what would fail a strict run."""
    told = (_of(sheet.name, one) for sheet in report.sheets for one in sheet.told)
    return gitlab_text(fleet_tally(report), (*fleet_findings(report), *told), fleet_facts(report))


def fleet_github(report: FleetReport) -> str:
    """Annotations; what is in no file has no place."""
    found = (
        one if one.spots[:1] and one.spots[0].where is not NOWHERE else replace(one, spots=())
        for one in fleet_findings(report)
    )
    return github_text(fleet_tally(report), tuple(found), fleet_facts(report))


def fleet_junit(report: FleetReport) -> str:
    """A suite a cluster; one that was not verified has an error for each reason."""
    suites = [
        Suite(f"netproof fleet {safe(one.name)}", _cases(one), _facts(one))
        for one in report.outturns
    ]
    whole = Suite("netproof fleet", [], fleet_facts(report))
    return suites_text([whole, *suites], "netproof.fleet")


def _facts(one: Outturn) -> Facts:
    return one.facts if isinstance(one, Sheet) else ()


def _cases(one: Outturn) -> tuple[Case, ...]:
    if isinstance(one, Sheet):
        return one.cases
    text = "\n".join(problem_lines(one))
    return tuple(
        Case(
            safe(f"{problem.code}: {problem.message}"),
            Ending.ERROR,
            one.cause.value.upper(),
            safe(problem.message),
            text,
        )
        for problem in one.problems
    )
