"""The conditions of a connection that changes, as few and as wide as all that meet them change."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import assert_never

from netproof.comparisons import Change, Difference
from netproof.replay import DisagreementError
from netproof.solving import Answer, Session
from netproof_encodings.differences.conditions import Condition
from netproof_encodings.differences.obligations import DifferenceStage
from netproof_encodings.differences.regions import conditions_of, term_of
from netproof_encodings.differences.widening import widened
from netproof_encodings.logic.smtlib import text_of
from netproof_encodings.logic.terms import Model, Term
from netproof_encodings.models.neighbours import WIDEST, Neighbours, symbols_in
from netproof_specs.frozen import Frozen
from netproof_specs.model.connections import Connection

MISSED = "goal.missed"
"""The literal with which the goal fails."""

FEW_CONDITIONS = 48
"""So many conditions are all tried one by one."""


class Search(Frozen):
    """A loaded stage, the literals of every check, and how a connection is replayed."""

    on: DifferenceStage
    session: Session
    assumed: tuple[str, ...]
    replayed: Callable[[Change, Connection], Difference]


def generalised(search: Search, goal: Term, model: Model) -> list[Condition] | None:
    """Few and wide conditions under which every connection of the world meets the goal.

    What other regions cover counts as well: regions that overlap are shorter than disjoint ones.
    None where the solver does not say so of the model's own conditions within its limits.
    """
    search.session.push()
    try:
        asking = _Asking(search, goal, model)
        kept = asking.needed(conditions_of(search.on.stage, model))
        if kept is None:
            return None
        for place, one in enumerate(kept):
            rest = [other for other in kept if other is not one]
            kept[place] = widened(
                search.on.stage, one, model, search.on.alike, partial(asking.goes_with, rest)
            )
        return kept
    finally:
        search.session.pop()


class _Asking:
    """Asks whether conditions of a model imply the goal; one literal a condition, sent once.

    A class because it remembers which literals the solver knows, and what neighbours of the model
    showed: mostly one of them breaks what would go too far, which takes no solver to see.
    """

    def __init__(self, search: Search, goal: Term, model: Model) -> None:
        self._on = search.on.stage
        self._session = search.session
        self._assumed = [*search.assumed, MISSED]
        self._names: dict[Condition, str] = {}
        # By identity, as a condition can list hundreds of values; the first keeps it alive.
        self._known: dict[int, tuple[Condition, Term]] = {}
        self._model = model
        terms = self._on.terms
        self._world, self._unchanged = search.on.world, terms.negation(goal)
        self._next_to: dict[str, Neighbours] = {}

    def goes_with(self, conditions: Sequence[Condition], one: Condition) -> bool:
        """Whether the conditions and one more imply the goal."""
        return self.all_meet([*conditions, one], one)

    def _literal(self, condition: Condition) -> str:
        name = self._names.get(condition)
        if name is None:
            name = self._names[condition] = f"condition.{len(self._names)}"
            text = text_of(self._term(condition))
            self._session.add(f"(declare-const {name} Bool)\n(assert (=> {name} {text}))")
        return name

    def all_meet(self, conditions: Sequence[Condition], about: Condition) -> bool:
        """Whether every connection of the world that meets the conditions is proved to change.

        `about` is the one that is dropped or wider than before: where there are others, some most
        often differ from the model in what that one speaks of.
        """
        if self._is_other_next_to(conditions, about):
            return False
        return self._other(conditions) is Answer.UNSAT

    def _is_other_next_to(self, conditions: Sequence[Condition], about: Condition) -> bool:
        """Whether a neighbour of the model meets the conditions and not the goal.

        True only if the solver would say so as well.
        """
        terms = [self._unchanged, *(self._term(one) for one in conditions)]
        for symbol, width in dict(symbols_in(self._term(about))).items():
            if width <= WIDEST and symbol in self._model:
                near = self._neighbours(symbol, width)
                # Where the world ties the symbol to others there are none: in a snapshot mostly.
                found = near.where(self._world) & ~near.own
                if found and all(found := found & near.where(one) for one in terms):
                    return True
        return False

    def _term(self, condition: Condition) -> Term:
        known = self._known.get(id(condition))
        if known is None:
            known = self._known[id(condition)] = condition, term_of(self._on, condition)
        return known[1]

    def _neighbours(self, symbol: str, width: int) -> Neighbours:
        near = self._next_to.get(symbol)
        if near is None:
            near = Neighbours(self._on.terms, self._model, symbol, width)
            self._next_to[symbol] = near
        return near

    def _other(self, conditions: Sequence[Condition]) -> Answer:
        """Whether there is a connection that meets the conditions and not the goal."""
        literals = [self._literal(one) for one in conditions]
        return self._session.check([*self._assumed, *literals])

    def needed(self, conditions: Sequence[Condition]) -> list[Condition] | None:
        """Some of the conditions, enough to imply the goal, none of which can be dropped.

        None where the solver cannot tell that all of them are enough.
        """
        match self._other(conditions):
            case Answer.UNKNOWN:
                return None
            case Answer.SAT:
                raise DisagreementError(
                    "the conditions of a connection do not imply that it changes",
                    "\n".join(map(str, conditions)),
                )
            case Answer.UNSAT:
                return self._spared(conditions)
            case answer:
                assert_never(answer)

    def _spared(self, conditions: Sequence[Condition]) -> list[Condition]:
        """Those of the last check's conditions that are left when all that can be are dropped.

        Of many conditions only those are tried that the solver used. Few are all tried, so that
        what is left depends on the policies alone.
        """
        core = set(self._session.core())
        few = len(conditions) <= FEW_CONDITIONS
        kept = [one for one in conditions if few or self._names[one] in core]
        for one in list(kept):
            fewer = [other for other in kept if other is not one]
            if self.all_meet(fewer, one):
                kept = fewer
        return kept
