"""Exit codes (docs/verdicts.md)."""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum

from netproof.comparisons import EXPECTATIONS, Change, Comparison, Relation
from netproof.verdicts import Outcome, Verdict
from netproof.verified import Report
from netproof.verifying.standing import Judging


class Exit(IntEnum):
    """How a command ends."""

    PROVED = 0
    REFUTED = 1
    INPUT_ERROR = 2
    UNKNOWN = 3
    INTERNAL_ERROR = 70
    INTERRUPTED = 130


def exit_of(verdicts: Sequence[Verdict], judging: Judging) -> Exit:
    """Refuted and vacuous claims outweigh unknown ones, and those outweigh proved ones.

    What was accepted or known before counts for nothing; an acceptance that is no longer needed
    counts as a refutation where `judging` is strict.
    """
    outcomes = {verdict.outcome for verdict in verdicts if judging.fails(verdict)}
    if outcomes - {Outcome.UNKNOWN}:
        return Exit.REFUTED
    return Exit.UNKNOWN if outcomes else Exit.PROVED


def exit_of_report(report: Report) -> Exit:
    """As for its verdicts, but that a failing note weighs as much as a refuted claim."""
    if report.failing_notes:
        return Exit.REFUTED
    return exit_of(report.verdicts, report.judging)


def exit_of_comparison(comparison: Comparison, expectation: str) -> Exit:
    """`expectation` is a key of EXPECTATIONS.

    One connection that it rules out refutes it, whatever is unknown of others.
    """
    fitting = EXPECTATIONS[expectation]
    if comparison.relation in fitting:
        return Exit.PROVED
    if any(ALONE[one.change] not in fitting for one in comparison.counterexamples):
        return Exit.REFUTED
    return Exit.UNKNOWN


ALONE = {Change.ADDED: Relation.WIDER, Change.REMOVED: Relation.NARROWER}
"""The relation if no other change occurs; what rules this out rules out the change."""
