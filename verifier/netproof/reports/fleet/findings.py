"""Verdicts on a fleet as findings, each under the name of its cluster."""

from __future__ import annotations

from collections.abc import Iterator

from netproof.fleet.sheets import FleetReport, Outturn, Sheet, Unverified
from netproof.reports.facts import Facts
from netproof.reports.failures import failed_case
from netproof.reports.fleet.words import fleet_facts, fleet_tally, problem_lines
from netproof.reports.junit import Case, Suite, suites_text
from netproof.reports.results import NOTHING_DECIDED, Result, ResultKind, Told, nothing_decided
from netproof.reports.verify.findings import VERIFY_RULES
from netproof.reports.words import safe
from netproof_specs.frozen import replace

FLEET_RULES: tuple[ResultKind, ...] = (*VERIFY_RULES, NOTHING_DECIDED)


def fleet_findings(report: FleetReport) -> tuple[Result, ...]:
    """What is found of each cluster: of its claims, its failing notes, or why there is nothing."""
    return tuple(found for one in report.outturns for found in _findings(one))


def _findings(one: Outturn) -> Iterator[Result]:
    match one:
        case Sheet():
            yield from (_of(one.name, cell.finding) for cell in one.cells)
            yield from (_of(one.name, each) for each in one.noted)
        case Unverified():
            found = (nothing_decided(each, "nothing was decided") for each in one.problems)
            yield from (_of(one.name, each) for each in found)


def _of(name: str, finding: Result) -> Result:
    """The finding under the name of its cluster; what is alike in two clusters is two findings."""
    return replace(
        finding,
        title=f"{safe(name)}: {finding.title}",
        message=f"{safe(name)}: {finding.message}",
        identity=(name, *finding.identity),
    )


def fleet_told(report: FleetReport) -> Told:
    """What the formats of findings are made of; SARIF is one run, as GitHub takes few of a file."""
    told = tuple(_of(sheet.name, one) for sheet in report.sheets for one in sheet.told)
    found = fleet_findings(report)
    return Told("fleet", fleet_tally(report), FLEET_RULES, found, fleet_facts(report), notes=told)


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
    return tuple(failed_case(problem, one.cause, text) for problem in one.problems)
