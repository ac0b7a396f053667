"""Of all solutions of an obligation, the one that reads best."""

from __future__ import annotations

from collections.abc import Sequence

from netproof.solving import Answer, Session
from netproof.verifying.asking import settled
from netproof_encodings.logic.terms import Model, Term
from netproof_encodings.models.decoding import holds, symbols
from netproof_encodings.models.preferences import preferences
from netproof_encodings.obligations.claims import Stage, require
from netproof_encodings.parts.extents import Extent


def readable(on: Stage, session: Session, assumed: Sequence[str], near: Extent) -> Model:
    """Narrows the solution step by step to what reads best, rather of what is near to the claim.

    The session's last check must have been sat, under the literals `assumed`; it is left with
    the scopes that it had.
    """
    names = symbols(on)
    models: list[Model] = [session.values(names)]
    session.push()
    for wanted in preferences(on, lambda: models[-1], near):
        for term in wanted:
            if holds(term, models[-1]):
                session.add(require(on, term))
                break
            if term is on.terms.false:
                continue
            found = _narrowed(on, session, assumed, term, names)
            if found is not None:
                models.append(found)
                break
    for _ in models:
        session.pop()
    return models[-1]


def _narrowed(
    on: Stage, session: Session, assumed: Sequence[str], term: Term, names: Sequence[str]
) -> Model | None:
    """A solution in which the term holds as well, its scope left open; None if there is none."""
    session.push(require(on, term))
    if settled(on, session, assumed) is Answer.SAT:
        return session.values(names)
    session.pop()
    return None
