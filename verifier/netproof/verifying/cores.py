"""Which policies a proof rests on: of all sets that suffice, the one that an order prefers.

    needed = nothing
    for each policy, the last of the order first:
        it is needed iff the policies before it and those that are needed do not suffice without it

What is found depends on which sets suffice, and so on the policies alone: not on what the solver
happened to use, on what was asked before, or on how much of the cluster is loaded. A policy that
cannot matter to a claim is never needed, so that it makes no difference whether it is in the
order either.

To ask of each policy would take as many checks as there are. But what suffices for some number of
policies does so for more, so the last one that is needed is where that turns; and from a core of
the solver, whichever it is, follows that nothing behind its last policy is needed. Most often a
check for each policy of the core is enough, and of many of them no solver has to be asked.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence, Set

from netproof.solving import Answer
from netproof_specs.frozen import Frozen

Suffice = Callable[[Set[int]], tuple[Answer, Set[int]]]
"""Unsat iff the policies suffice, whichever others are there; with some of them that do."""

Fails = Callable[[Set[int], int], bool]
"""True only if the policies do not suffice, seen without a solver; the other one is not there."""


class Core(Frozen):
    """Policies by index that suffice for a proof; if `minimal`, not without any of them."""

    policies: frozenset[int]
    minimal: bool


def preferred(
    order: Sequence[int], used: Set[int], suffice: Suffice, fails: Fails, most: int | None
) -> Core | None:
    """The core that is left when policies are dropped one at a time, the last of `order` first.

    `used` are some of them that suffice. What a check leaves open counts as needed. None iff more
    than `most` are needed.
    """
    search = _Search(order, used, suffice, fails)
    while search.end:
        search.find()
        if most is not None and len(search.needed) > most:
            return None
    return Core(frozenset(search.needed), not search.left_open)


class _Search:
    """The policies found to be needed; those before `end` suffice with them.

    A class because what a check used says where to look next.
    """

    def __init__(
        self, order: Sequence[int], used: Set[int], suffice: Suffice, fails: Fails
    ) -> None:
        self._order, self._suffice, self._fails, self._used = order, suffice, fails, used
        self._places = {index: place for place, index in enumerate(order)}
        self.needed: set[int] = set()
        self.left_open = False
        self.end = self._end_of(used)

    def find(self) -> None:
        """Adds the last policy before `end` that is needed, if there is one.

        Fewer than `low` policies do not suffice. The last place of what a check used is mostly the
        right one; where it was not, the next check halves what is left.
        """
        low, at = 0, self.end - 1
        while low < self.end:
            answer, used = self._asked(at)
            if answer is Answer.UNSAT:
                self._used, self.end = used, self._end_of(used)
                at = (low + self.end) // 2
            else:
                self.left_open |= answer is Answer.UNKNOWN
                low, at = at + 1, self.end - 1
        if self.end:
            self.needed.add(self._order[self.end - 1])
            self.end = self._end_of(self._used)

    def _asked(self, at: int) -> tuple[Answer, Set[int]]:
        """Whether as many policies of the order suffice with those that are needed."""
        here = self.needed.union(self._order[:at])
        if self._fails(here, self._order[at]):
            return Answer.SAT, frozenset()
        return self._suffice(here)

    def _end_of(self, used: Set[int]) -> int:
        """How many policies of the order there are up to the last one used that is not needed."""
        return max((self._places[one] + 1 for one in used - self.needed), default=0)
