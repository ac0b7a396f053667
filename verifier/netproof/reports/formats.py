"""The one table of output formats of each command."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import zip_longest

from netproof.comparison.connectivity import ConnectivityReport
from netproof.comparisons import CompareReport
from netproof.pipeline import Report
from netproof.reports.compare.data import compare_data
from netproof.reports.compare.facts import compare_facts, connectivity_facts
from netproof.reports.compare.findings import COMPARE_RULES, compare_findings
from netproof.reports.compare.text import compare_text, headline
from netproof.reports.connectivity.data import connectivity_data
from netproof.reports.connectivity.findings import connectivity_findings
from netproof.reports.connectivity.text import connectivity_text
from netproof.reports.connectivity.words import connectivity_headline, listed
from netproof.reports.facts import Facts
from netproof.reports.github import github_text
from netproof.reports.gitlab import gitlab_text
from netproof.reports.html.report import compare_html, connectivity_html, verify_html
from netproof.reports.junit import compare_junit, connectivity_junit, verify_junit
from netproof.reports.markdown import (
    compare_markdown,
    connectivity_markdown,
    verify_markdown,
)
from netproof.reports.results import Result, ResultKind
from netproof.reports.sarif import code_scanning_text, sarif_text
from netproof.reports.serial import json_text, yaml_text
from netproof.reports.text import tally_text, verify_text
from netproof.reports.verify.data import verify_data
from netproof.reports.verify.facts import verify_facts
from netproof.reports.verify.findings import VERIFY_RULES, told_notes, verify_findings

_SarifParts = tuple[str, Sequence[ResultKind], Sequence[Result], Facts]


def _verify_parts(report: Report) -> _SarifParts:
    return "verify", VERIFY_RULES, verify_findings(report), verify_facts(report)


def _compare_parts(report: CompareReport) -> _SarifParts:
    return "compare", COMPARE_RULES, compare_findings(report), compare_facts(report)


def _connectivity_parts(report: ConnectivityReport) -> _SarifParts:
    return "compare", COMPARE_RULES, connectivity_findings(report), connectivity_facts(report)


VERIFY_FORMATS: Mapping[str, Callable[[Report], str]] = {
    "text": verify_text,
    "json": lambda report: json_text(verify_data(report)),
    "yaml": lambda report: yaml_text(verify_data(report)),
    "sarif": lambda report: sarif_text(*_verify_parts(report)),
    "code-scanning": lambda report: code_scanning_text(*_verify_parts(report)),
    "junit": verify_junit,
    "markdown": verify_markdown,
    "html": verify_html,
    "gitlab": lambda report: gitlab_text(
        tally_text(report),
        (*verify_findings(report), *told_notes(report)),
        verify_facts(report),
    ),
    "github": lambda report: github_text(
        tally_text(report), verify_findings(report), verify_facts(report)
    ),
}
COMPARE_FORMATS: Mapping[str, Callable[[CompareReport], str]] = {
    "text": compare_text,
    "json": lambda report: json_text(compare_data(report)),
    "yaml": lambda report: yaml_text(compare_data(report)),
    "sarif": lambda report: sarif_text(*_compare_parts(report)),
    "code-scanning": lambda report: code_scanning_text(*_compare_parts(report)),
    "junit": compare_junit,
    "markdown": compare_markdown,
    "html": compare_html,
    "gitlab": lambda report: gitlab_text(
        headline(report), compare_findings(report), compare_facts(report)
    ),
    "github": lambda report: github_text(
        headline(report), compare_findings(report), compare_facts(report)
    ),
}
CONNECTIVITY_FORMATS: Mapping[str, Callable[[ConnectivityReport], str]] = {
    "text": connectivity_text,
    "json": lambda report: json_text(connectivity_data(report)),
    "yaml": lambda report: yaml_text(connectivity_data(report)),
    "sarif": lambda report: sarif_text(*_connectivity_parts(report)),
    "code-scanning": lambda report: code_scanning_text(*_connectivity_parts(report)),
    "junit": connectivity_junit,
    "markdown": connectivity_markdown,
    "html": connectivity_html,
    "gitlab": lambda report: gitlab_text(
        connectivity_headline(report), _listed(report), connectivity_facts(report)
    ),
    "github": lambda report: github_text(
        connectivity_headline(report), _listed(report), connectivity_facts(report)
    ),
}


def _listed(report: ConnectivityReport) -> list[Result]:
    """The findings on the groups that people are shown, of which GitHub shows some ten."""
    shown = {*listed(report)}
    found = zip_longest(connectivity_findings(report), report.shifts)
    return [one for one, shift in found if one is not None and (shift is None or shift in shown)]
