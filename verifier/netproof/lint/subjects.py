"""Whether some pod is selected by one selector and by none of others."""

from __future__ import annotations

from collections.abc import Sequence

from netproof.lint.facts import requirements_of
from netproof.solving import Answer, Limits, Session
from netproof_encodings.obligations.redundancy import uncovered_pod
from netproof_specs.model.labels import LabelSelector


def uncovered(selector: LabelSelector, others: Sequence[LabelSelector]) -> bool:
    """Whether some labels meet the selector and none of the others.

    Where the requirements of another are among the selector's own the answer is evident; else
    the solver gives it.
    """
    asked = set(requirements_of(selector))
    if any(set(requirements_of(other)) <= asked for other in others):
        return False
    session = Session(uncovered_pod(selector, others), Limits())
    return session.check(()) is not Answer.UNSAT
