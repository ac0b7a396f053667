"""From the lines that a SAT solver learned to a proof that names, for each step, its reasons.

The solver's lines (DRUP) each follow from what stands before by unit propagation. They are gone
through forwards until the clauses contradict each other, then backwards: only what the end rests
on is derived, and every derivation notes the clauses that it used (LRAT).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from netproof.proofs.propagation import NONE, OutOfReachError, Propagator
from netproof_encodings.logic.cnf import Clause
from netproof_specs.frozen import Frozen


class Proof(Frozen):
    """Clauses that have no model, and an LRAT proof of that; the clauses count from 1."""

    clauses: tuple[Clause, ...]
    lrat: str


class Shared(Frozen):
    """The clauses of a stage with all that follows from them, ready for claims to be added."""

    clauses: Sequence[Clause]
    propagator: Propagator
    trail: int
    conflict: int


def shared(clauses: Sequence[Clause]) -> Shared:
    """The stage's clauses, propagated."""
    propagator = Propagator(clauses)
    conflict = propagator.conflict
    if conflict == NONE:
        conflict = propagator.propagate(_UNBOUNDED)
    return Shared(clauses, propagator, len(propagator.trail), conflict)


_UNBOUNDED = 1 << 62


def trimmed(on: Shared, own: Sequence[Clause], lines: Sequence[Clause], work: int) -> Proof:
    """The proof that the stage's clauses and the claim's `own` have no model.

    `lines` are what a solver learned, in order. Raises OutOfReachError where they do not lead
    to a contradiction within `work` steps.
    """
    try:
        return _Trimming(on, own, work).proof(lines)
    finally:
        on.propagator.forget(len(on.clauses), on.trail)


class _Trimming:
    """One proof in the making: which lines were taken, and how each was derived."""

    def __init__(self, on: Shared, own: Sequence[Clause], work: int) -> None:
        self._given = (*on.clauses, *own)
        self._own = own
        self._conflict = on.conflict
        self._propagator = on.propagator
        self._limit = on.propagator.steps + work
        self._marks: list[int] = []  # the length of the trail before each line that was taken
        self._lines: list[Clause] = []
        self._hints: dict[int, list[int]] = {}

    def proof(self, lines: Iterable[Clause]) -> Proof:
        conflict = self._forwards(lines)
        last = self._propagator.refutation(conflict)
        self._backwards(last)
        return _written(self._given, self._lines, self._hints, last)

    def _forwards(self, lines: Iterable[Clause]) -> int:
        """Adds clauses and lines until one is false in all literals, which is returned."""
        if self._conflict != NONE:
            return self._conflict
        for clause in self._own:
            if (conflict := self._propagator.add(clause)) != NONE:
                return conflict
        if (conflict := self._propagator.propagate(self._limit)) != NONE:
            return conflict
        for line in lines:
            if any(map(self._propagator.is_true, line)):
                continue  # It says less than what is known, now and later.
            self._marks.append(len(self._propagator.trail))
            self._lines.append(line)
            conflict = self._propagator.add(line)
            if conflict == NONE:
                conflict = self._propagator.propagate(self._limit)
            if conflict != NONE:
                return conflict
        raise OutOfReachError

    def _backwards(self, last: Sequence[int]) -> None:
        """Derives each line that the end rests on from what stood before it."""
        first = len(self._given)
        needed = {number for number in last if number >= first}
        for place in range(len(self._lines) - 1, -1, -1):
            number = first + place
            self._propagator.undo(self._marks[place])
            self._propagator.active = number
            if number in needed:
                hints = self._propagator.derivation(self._lines[place], self._limit)
                self._hints[number] = hints
                needed.update(one for one in hints if one >= first)


def _written(
    given: Sequence[Clause],
    lines: Sequence[Clause],
    hints: Mapping[int, Sequence[int]],
    last: Sequence[int],
) -> Proof:
    """The proof with its clauses numbered anew, those of the given ones first that it uses.

    A clause is deleted after the step that uses it last, so that a checker holds few.
    """
    end = len(given) + len(lines)
    steps = [*sorted(hints), end]
    reasons = {**hints, end: last}
    used = {one for number in steps for one in reasons[number]}
    order = [*sorted(one for one in used if one < len(given)), *steps]
    names = {number: name for name, number in enumerate(order, start=1)}
    final = {one: number for number in steps for one in reasons[number]}
    text: list[str] = []
    for number in steps:
        literals = lines[number - len(given)] if number != end else ()
        named = (names[one] for one in reasons[number])
        text.append(" ".join(map(str, (names[number], *literals, 0, *named, 0))))
        spent = sorted(names[one] for one in {*reasons[number]} if final[one] == number)
        if spent and number != end:
            text.append(" ".join(map(str, (names[number], "d", *spent, 0))))
    clauses = tuple(given[number] for number in order if number < len(given))
    return Proof(clauses, "".join(f"{one}\n" for one in text))
