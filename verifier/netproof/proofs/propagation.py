"""Unit propagation over many clauses that remembers why: what turns DRUP into LRAT.

Nothing here has to be trusted: the checker looks at every step of the proof that comes of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from heapq import heapify, heappop, heappush

from netproof_encodings.logic.cnf import Clause

NONE = -1
"""No clause: the reason of a literal that was assumed, or that there is no conflict."""


class OutOfReachError(Exception):
    """More work than was allowed, or a step that does not follow by unit propagation."""


class Propagator:
    """Clauses by number, and the literals that follow from them by unit propagation.

    Two literals of each clause are watched, the first two: a clause is looked at only when one
    of them turns false. A class, because the watches are built once for what claims share.
    `trail` holds the true literals in the order in which they were found. `steps` counts how
    often a clause was looked at, a measure of work that every machine agrees on. Clauses from
    number `active` on are not looked at. `conflict` is the number of a clause of the first ones
    that is false as they stand, or NONE.
    """

    def __init__(self, clauses: Iterable[Clause]) -> None:
        self.clauses: list[list[int]] = []
        self.trail: list[int] = []
        self.steps = 0
        self.active = 0
        self._watches: dict[int, list[int]] = {}  # by literal, who watches its negation
        self._head = 0  # how much of the trail was visited
        self._reasons: list[int] = []  # by place on the trail, the clause that made it true
        self._places: dict[int, int] = {}
        for clause in clauses:
            self._watch(list(dict.fromkeys(clause)))
        self.conflict = NONE
        for number, ordered in enumerate(self.clauses):
            if not ordered or (len(ordered) == 1 and self.is_true(-ordered[0])):
                self.conflict = number
            elif len(ordered) == 1 and not self.is_true(ordered[0]):
                self._put(ordered[0], number)

    def is_true(self, literal: int) -> bool:
        """Whether the literal has been found to be true."""
        return literal in self._places

    def add(self, clause: Clause) -> int:
        """Adds a clause; its number if it is false now, else NONE."""
        # Watched are true or open literals before false ones, and of those the last to turn
        # false: whoever goes back to an earlier trail then opens a watched literal first.
        ordered = sorted(dict.fromkeys(clause), key=lambda one: -self._places.get(-one, _FAR))
        number = self._watch(ordered)
        if not ordered or self.is_true(-ordered[0]):
            return number
        alone = len(ordered) == 1 or self.is_true(-ordered[1])
        if alone and not self.is_true(ordered[0]):
            self._put(ordered[0], number)
        return NONE

    def _watch(self, ordered: list[int]) -> int:
        number = self.active = len(self.clauses)
        self.clauses.append(ordered)
        self.active += 1
        for literal in ordered[:2]:
            self._watches.setdefault(-literal, []).append(number)
        return number

    def _put(self, literal: int, reason: int) -> None:
        self._places[literal] = len(self.trail)
        self.trail.append(literal)
        self._reasons.append(reason)

    def propagate(self, limit: int) -> int:
        """Draws all conclusions; the number of a clause that is false now, or NONE.

        Raises OutOfReachError once `steps` is beyond `limit`. One long function, since nearly all
        time of a proof is spent in its loops.
        """
        clauses, watches, places = self.clauses, self._watches, self._places
        trail, reasons, active = self.trail, self._reasons, self.active
        while self._head < len(trail):
            literal = trail[self._head]
            watching = watches.get(literal)
            if not watching:
                self._head += 1
                continue
            self.steps += len(watching)
            if self.steps > limit:
                raise OutOfReachError
            false = -literal
            kept: list[int] = []
            for number in watching:
                clause = clauses[number]
                first = clause[0]
                if first == false and len(clause) > 1:
                    first = clause[0] = clause[1]
                    clause[1] = false
                if first in places or number >= active:
                    kept.append(number)
                    continue
                for index in range(2, len(clause)):
                    other = clause[index]
                    if -other not in places:
                        clause[1], clause[index] = other, false
                        watches.setdefault(-other, []).append(number)
                        break
                else:
                    if -first in places:
                        watches[literal] = kept + watching[watching.index(number) :]
                        return number
                    kept.append(number)
                    places[first] = len(trail)
                    trail.append(first)
                    reasons.append(number)
            watches[literal] = kept
            self._head += 1
        return NONE

    def refutation(self, number: int) -> list[int]:
        """The clauses that make this one false, in order, itself the last."""
        return [*self._chain([-one for one in self.clauses[number]], frozenset()), number]

    def derivation(self, clause: Sequence[int], limit: int) -> list[int]:
        """Clauses that, with the clause's literals false, lead to a conflict one by one.

        Raises OutOfReachError where unit propagation finds none. The trail stays as it was.
        """
        mark = len(self.trail)
        given = frozenset(-one for one in clause)
        known = [one for one in clause if self.is_true(one)]
        if known:
            # The first to be found rests on no other of them.
            return self._chain([min(known, key=self._places.__getitem__)], given)
        try:
            for literal in clause:
                if not self.is_true(-literal):
                    self._put(-literal, NONE)
            conflict = self.propagate(limit)
            if conflict == NONE:
                raise OutOfReachError
            return [*self._chain([-one for one in self.clauses[conflict]], given), conflict]
        finally:
            self.undo(mark)

    def _chain(self, literals: Iterable[int], given: frozenset[int]) -> list[int]:
        """The clauses that made the true literals so, each after those that it rests on.

        Literals that are `given` need no reason.
        """
        heap = [-self._places[one] for one in set(literals)]
        heapify(heap)
        seen = set(heap)
        found: list[int] = []
        while heap:
            place = -heappop(heap)
            literal, reason = self.trail[place], self._reasons[place]
            if reason == NONE or literal in given:
                continue
            found.append(reason)
            for one in self.clauses[reason]:
                if one != literal and (earlier := -self._places[-one]) not in seen:
                    seen.add(earlier)
                    heappush(heap, earlier)
        return found[::-1]

    def undo(self, mark: int) -> None:
        """Forgets every literal but the first `mark` of the trail.

        After these, `propagate` must have come to an end: what follows from them is among them.
        """
        for literal in self.trail[mark:]:
            del self._places[literal]
        del self.trail[mark:], self._reasons[mark:]
        self._head = min(self._head, mark)

    def forget(self, count: int, mark: int) -> None:
        """Forgets all clauses but the first `count`, and all literals but the first `mark`."""
        self.undo(mark)
        for number in range(count, len(self.clauses)):
            for literal in self.clauses[number][:2]:
                self._watches[-literal].remove(number)
        del self.clauses[count:]
        self.active = count


_FAR = 1 << 60
"""Where a literal stands that is not false: after every false one."""
