"""Exit codes (docs/verdicts.md)."""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum

from netproof.comparisons import Relation
from netproof.verdicts import Outcome, Verdict


class Exit(IntEnum):
    """How a command ends."""

    PROVED = 0
    REFUTED = 1
    INPUT_ERROR = 2
    UNKNOWN = 3
    INTERNAL_ERROR = 70
    INTERRUPTED = 130


def exit_of(verdicts: Sequence[Verdict]) -> Exit:
    """Refuted and vacuous claims outweigh unknown ones, and those outweigh proved ones."""
    outcomes = {verdict.outcome for verdict in verdicts}
    if outcomes & {Outcome.REFUTED, Outcome.VACUOUS}:
        return Exit.REFUTED
    return Exit.UNKNOWN if Outcome.UNKNOWN in outcomes else Exit.PROVED


def exit_of_comparison(relation: Relation, *, met: bool) -> Exit:
    """`met` says whether the relation is proved to be as expected."""
    if relation is Relation.UNKNOWN:
        return Exit.UNKNOWN
    return Exit.PROVED if met else Exit.REFUTED
