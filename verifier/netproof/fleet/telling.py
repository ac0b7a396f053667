"""From the verdicts on one cluster to its sheet, by what renders the reports of `verify`."""

from __future__ import annotations

from netproof.bundles.making import members_of
from netproof.bundles.runs import VerifyRun
from netproof.exits import exit_of_report
from netproof.fleet.sheets import Cell, Sheet
from netproof.fleet.tasks import BUNDLE, PAGE, Asked
from netproof.reports.html.parts import Shown
from netproof.reports.html.report import claim_html
from netproof.reports.junit import verify_cases
from netproof.reports.text import tally_text, verdict_lines
from netproof.reports.verify.data import verify_data
from netproof.reports.verify.facts import verify_facts
from netproof.reports.verify.findings import told_notes, verify_findings
from netproof.reports.without import verdict_text, without_text
from netproof.verdicts import Outcome, Verdict
from netproof.verified import Report
from netproof.verifying.standing import GROUPINGS, Standing, remark, tallies


def sheet_of(name: str, asked: Asked | None, report: Report, wanted: frozenset[str]) -> Sheet:
    """The sheet of a report on the cluster of that name; only a bundle needs what was asked."""
    shown = Shown(report.loaded) if PAGE in wanted else None
    findings = verify_findings(report)
    number = len(report.verdicts)
    pairs = zip(report.verdicts, findings[:number], strict=True)
    cells = tuple(
        Cell(
            verdict.statement,
            verdict.world,
            verdict.outcome,
            report.judging.standing(verdict),
            report.judging.fails(verdict),
            is_firm(verdict) and report.judging.standing(verdict) is Standing.PLAIN,
            verdict_text(verdict.outcome.value, report.loaded),
            remark(verdict, report.judging),
            tuple(verdict_lines(verdict, report)),
            finding,
            claim_html(verdict, report, shown) if shown is not None else "",
        )
        for verdict, finding in pairs
    )
    return Sheet(
        name,
        cells,
        tally_text(report),
        without_text(report.loaded),
        findings[number:],
        told_notes(report),
        verify_cases(report),
        verify_facts(report),
        verify_data(report),
        {word: tallies(report.verdicts, report.judging, word) for word in GROUPINGS},
        exit_of_report(report),
        members_of(run_of(asked, report)) if asked is not None and BUNDLE in wanted else {},
    )


def is_firm(verdict: Verdict) -> bool:
    """Whether the claim is proved and no assumption turns that."""
    found = verdict.robustness
    steady = found is not None and found.complete and not found.turns
    return verdict.outcome is Outcome.PROVED and steady


def run_of(asked: Asked, report: Report) -> VerifyRun:
    """The run of `verify` that gives the report."""
    given = asked.specs, asked.claims, asked.select, asked.baseline, asked.included
    return VerifyRun(report, *given)
