"""Verdicts as JUnit XML: a claim is a test case."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from enum import Enum
from typing import Any

import click

from netproof.comparison.connectivity import ConnectivityReport
from netproof.comparisons import CompareReport, Relation
from netproof.reports.compare.facts import compare_facts, connectivity_facts
from netproof.reports.compare.text import compare_lines, headline
from netproof.reports.connectivity.text import connectivity_lines
from netproof.reports.connectivity.words import connectivity_headline, connectivity_verdict
from netproof.reports.facts import Facts
from netproof.reports.text import verdict_lines
from netproof.reports.verify.facts import claim_facts, verify_facts
from netproof.reports.verify.findings import why
from netproof.reports.without import verdict_text, without_text
from netproof.reports.words import safe
from netproof.verdicts import Outcome, Verdict
from netproof.verified import Report
from netproof.verifying.standing import EXCUSED, Judging, Standing, remark
from netproof_specs.frozen import Frozen
from netproof_specs.loading import Loaded


class Ending(Enum):
    """How a test case ends."""

    PASSED = "passed"
    FAILURE = "failure"
    ERROR = "error"
    SKIPPED = "skipped"
    """It fails nothing: what was accepted, and what was known before."""


ENDINGS = {
    Outcome.PROVED: Ending.PASSED,
    Outcome.REFUTED: Ending.FAILURE,
    Outcome.VACUOUS: Ending.FAILURE,
    Outcome.UNKNOWN: Ending.ERROR,
}


class Case(Frozen):
    """A test case; `type` is the verdict, and `text` its evidence."""

    name: str
    ending: Ending
    type: str
    message: str
    text: str
    facts: Facts = ()


def verify_junit(report: Report) -> str:
    """Refuted and vacuous claims and failing notes are failures, unknown claims are errors.

    What is excused is skipped.
    """
    return junit_text("verify", verify_cases(report), verify_facts(report))


def verify_cases(report: Report) -> tuple[Case, ...]:
    """A case for each claim, then one for each failing note."""
    cases = [
        Case(
            _named(safe(f"{one.statement.id}: {one.statement.text}"), report.loaded),
            _ending(one, report.judging),
            verdict_text(one.outcome.value, report.loaded),
            remark(one, report.judging) or why(one).split("\n")[0],
            _plain(verdict_lines(one, report)),
            claim_facts(one, report.loaded),
        )
        for one in report.verdicts
    ]
    cases += [
        Case(safe(note.message), Ending.FAILURE, note.code, safe(note.message), _plain([str(note)]))
        for note in report.failing_notes
    ]
    return tuple(cases)


def _ending(verdict: Verdict, judging: Judging) -> Ending:
    standing = judging.standing(verdict)
    if standing in EXCUSED:
        return Ending.SKIPPED
    if standing is Standing.NEEDLESS and judging.strict:
        return Ending.FAILURE
    return ENDINGS[verdict.outcome]


def compare_junit(report: CompareReport) -> str:
    """One case, the expectation: a failure where it is not met, an error where that is unknown."""
    relation = report.comparison.relation
    failed = Ending.ERROR if relation is Relation.UNKNOWN else Ending.FAILURE
    case = Case(
        _named(f"NEW is {report.expectation} to OLD", report.old, report.new),
        Ending.PASSED if report.met else failed,
        verdict_text(relation.value, report.old, report.new),
        headline(report),
        _plain(compare_lines(report)),
    )
    return junit_text("compare", [case], compare_facts(report))


def _named(name: str, *inputs: Loaded) -> str:
    """The name of a case, with what was left out: a case that passes says nothing else."""
    without = without_text(*inputs)
    return f"{name} ({without})" if without else name


def connectivity_junit(report: ConnectivityReport) -> str:
    """One case, the expectation: a failure where it is not met."""
    name = f"the connectivity of NEW is {report.expectation} to that of OLD"
    case = Case(
        _named(name, report.old, report.new),
        Ending.PASSED if report.met else Ending.FAILURE,
        connectivity_verdict(report),
        connectivity_headline(report),
        _plain(connectivity_lines(report)),
    )
    return junit_text("compare", [case], connectivity_facts(report))


def _plain(lines: Iterable[str]) -> str:
    """The lines without colour and without what XML cannot hold."""
    return "\n".join(safe(part) for line in lines for part in click.unstyle(line).split("\n"))


def _properties(facts: Facts) -> Iterator[tuple[str, str]]:
    """A property a value; an attribute of XML has no line ends."""
    return ((one.title, value.replace("\n", " ")) for one in facts for value in one.values)


class Suite(Frozen):
    """Cases under one name, with the facts that hold of all of them."""

    name: str
    cases: Sequence[Case]
    facts: Facts = ()


def junit_text(command: str, cases: Sequence[Case], facts: Facts) -> str:
    """One suite of a command, with the facts of its report."""
    return suites_text([Suite(f"netproof {command}", cases, facts)], f"netproof.{command}")


def suites_text(suites: Iterable[Suite], classname: str) -> str:
    """The suites, whose cases are all of one class."""
    from junitparser import JUnitXml  # noqa: PLC0415 (only where JUnit is asked for)

    report: Any = JUnitXml("netproof")
    for suite in suites:
        report.add_testsuite(_suite(suite, classname))
    report.update_statistics()
    # References for what is not ASCII: right in whatever encoding the text is written.
    body = report.tostring().decode("utf-8").encode("ascii", "xmlcharrefreplace").decode("ascii")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{body}\n'


def _suite(given: Suite, classname: str) -> Any:
    from junitparser import (  # noqa: PLC0415 (only where JUnit is asked for)
        Error,
        Failure,
        Properties,
        Property,
        Skipped,
        TestCase,
        TestSuite,
    )

    untyped_properties: Any = Properties
    results = {Ending.ERROR: Error, Ending.FAILURE: Failure, Ending.SKIPPED: Skipped}
    suite = TestSuite(given.name)
    for name, value in _properties(given.facts):
        suite.add_property(name, value)
    for one in given.cases:
        case: Any = TestCase(one.name, classname=classname)
        if one.facts:
            properties: Any = untyped_properties()
            for name, value in _properties(one.facts):
                properties.append(Property(name, value))
            case.append(properties)
        if one.ending is not Ending.PASSED:
            result = results[one.ending](one.message, one.type)
            result.text = one.text
            case.result = [result]
        suite.add_testcase(case)
    return suite
