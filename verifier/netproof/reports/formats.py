"""The one table of output formats of each command."""

from __future__ import annotations

from itertools import zip_longest

from netproof.comparison.connectivity import ConnectivityReport
from netproof.comparisons import CompareReport
from netproof.reports.compare.data import compare_data
from netproof.reports.compare.facts import compare_facts, connectivity_facts
from netproof.reports.compare.findings import COMPARE_RULES, compare_findings
from netproof.reports.compare.text import compare_text, headline
from netproof.reports.connectivity.data import connectivity_data
from netproof.reports.connectivity.findings import connectivity_findings
from netproof.reports.connectivity.text import connectivity_text
from netproof.reports.connectivity.words import connectivity_headline, listed
from netproof.reports.html.report import compare_html, connectivity_html, verify_html
from netproof.reports.junit import compare_junit, connectivity_junit, verify_junit
from netproof.reports.markdown import (
    compare_markdown,
    connectivity_markdown,
    verify_markdown,
)
from netproof.reports.results import Told
from netproof.reports.text import tally_text, verify_text
from netproof.reports.told import formats_of
from netproof.reports.verify.data import verify_data
from netproof.reports.verify.facts import verify_facts
from netproof.reports.verify.findings import VERIFY_RULES, told_notes, verify_findings
from netproof.verified import Report


def _verify_told(report: Report) -> Told:
    found, facts = verify_findings(report), verify_facts(report)
    notes = told_notes(report)
    return Told("verify", tally_text(report), VERIFY_RULES, found, facts, notes=notes)


def _compare_told(report: CompareReport) -> Told:
    found, facts = compare_findings(report), compare_facts(report)
    return Told("compare", headline(report), COMPARE_RULES, found, facts)


def _connectivity_told(report: ConnectivityReport) -> Told:
    """All groups, of which GitHub shows some ten: those that people are shown."""
    found, facts = connectivity_findings(report), connectivity_facts(report)
    shown, pairs = {*listed(report)}, zip_longest(found, report.shifts)
    few = [one for one, shift in pairs if one is not None and (shift is None or shift in shown)]
    return Told("compare", connectivity_headline(report), COMPARE_RULES, found, facts, few)


VERIFY_FORMATS = formats_of(
    verify_text, verify_data, _verify_told, verify_junit, verify_markdown, verify_html
)
COMPARE_FORMATS = formats_of(
    compare_text, compare_data, _compare_told, compare_junit, compare_markdown, compare_html
)
CONNECTIVITY_FORMATS = formats_of(
    connectivity_text,
    connectivity_data,
    _connectivity_told,
    connectivity_junit,
    connectivity_markdown,
    connectivity_html,
)
