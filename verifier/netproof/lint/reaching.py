"""Which connections come to a rule, past what stands before it, decided by boxes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import cached_property

from netproof.lint.boxed import Boxed
from netproof.lint.boxes import Box, TooHardError
from netproof.lint.covering import Extent, extent_of, is_beyond
from netproof.lint.indexed import Indexed
from netproof_encodings.decision.conditions import InBlock, Match, atoms_of
from netproof_encodings.decision.tiers import Rule, Tier, TierPolicy, Unmatched, matches_of
from netproof_encodings.lowering import Tiers, every_tier
from netproof_encodings.obligations.order_questions import Before, Order, PlacedRule
from netproof_encodings.obligations.redundancy import RuleKey
from netproof_specs.assumptions import Assumption
from netproof_specs.frozen import Frozen
from netproof_specs.model.traffic import Action

MOST_STEPS = 1_000
"""So many pieces are looked at for one question; the solver takes over where that is not enough."""

_Sets = tuple[int, int]
"""Numbers of boxes, as bits: of those with the ends apart, and with both in one namespace."""


class _Place(Frozen):
    """The boxes that stand before a rule.

    Those of `every` hold all that is taken before it, if they are `complete`. What those that are
    `sure` hold is taken before it.
    """

    every: _Sets
    sure: _Sets
    complete: bool


class Reaching:
    """The tiers of one direction in any cluster, under some assumptions.

    Answers are `None` where boxes cannot tell: a condition is no union of few boxes, or a question
    takes too many steps. A class because what stands before one rule stands before the next.
    """

    def __init__(self, on: Boxed, order: Order) -> None:
        self._on = on
        self._extents: dict[RuleKey, Extent | None] = {}
        self._before = Indexed(), Indexed()
        self._places: dict[tuple[int, int], _Place] = {}
        self._subjects: dict[int, _Selecting] = {}
        self._complete = True
        self._settled = 0, 0
        doubtful = 0, 0
        for tier, its in zip(order.tiers, order.before, strict=True):
            doubtful = self._put(tier, its, doubtful)

    def comes(self, policy: TierPolicy, rule: Rule) -> bool | None:
        """Whether a connection that the rule matches comes to it; nothing before it may tie."""
        own, place = self._extent(policy, rule), self._places[id(policy), id(rule)]
        if own is None:
            return None
        if place.complete:
            comes = self._is_beyond(own, place.every)
            if comes is not False or place.sure == place.every:
                return comes
        return False if self._is_beyond(own, place.sure) is False else None

    def is_taken_anyway(self, policy: TierPolicy, rule: Rule) -> bool:
        """True only if under no assumptions a connection that the rule matches comes to it.

        What depends on assumptions is not looked at.
        """
        own, sure = self._extent(policy, rule), self._places[id(policy), id(rule)].sure
        settled = sure[0] & self._settled[0], sure[1] & self._settled[1]
        return (
            own is not None
            and self._on.is_settled_rule(policy, rule)
            and self._is_beyond(own, settled) is False
        )

    def exceeds(self, one: PlacedRule, other: PlacedRule) -> bool | None:
        """Whether the rule matches a connection that the other one does not."""
        own, others = self._extent(*one), self._extent(*other)
        if own is None or others is None:
            return None
        return self._some(own, lambda near, _: others[near])

    def stands_alone(self, tier: Tier, policy: TierPolicy) -> bool | None:
        """Whether the policy selects an end that no other one of the tier selects."""
        subjects = self._subjects.get(id(tier))
        try:
            if subjects is None:
                subjects = self._subjects[id(tier)] = _Selecting(self._on, tier)
            own = self._on.subject(policy)
        except TooHardError:
            return None
        # This says nothing of the other end, which may as well be elsewhere.
        return self._some((own, ()), lambda _, box: subjects.beside(policy, box))

    def matches_something(self, policy: TierPolicy, rule: Rule) -> bool | None:
        """Whether the rule matches a connection at all."""
        own = self._extent(policy, rule)
        return None if own is None else self._some(own, lambda _, __: ())

    # --- what is left of boxes without others ---------------------------------------------------

    def _is_beyond(self, own: Extent, numbers: _Sets) -> bool | None:
        """Whether something of the extent is in none of the boxes with these numbers."""

        def before(near: int, box: Box) -> Iterator[Box]:
            those = self._before[near]
            return map(those.__getitem__, those.meeting(box, numbers[near]))

        return self._some(own, before)

    def _some(self, own: Extent, others: _Others) -> bool | None:
        """Whether something of the extent is a connection, and in none of the others."""
        steps = iter(range(MOST_STEPS))

        def step() -> None:
            if next(steps, None) is None:
                raise TooHardError

        try:
            return is_beyond(self._on.space, own, others, step)
        except TooHardError:
            return None

    # --- what stands before a rule --------------------------------------------------------------

    def _put(self, tier: Tier, its: Before, doubtful: _Sets) -> _Sets:
        """Puts the tier after those before it; gives the numbers of what may leave something over.

        Every rule takes connections from later ones of its tier. From later tiers a rule that
        passes takes nothing, nor may what stands after it, as its connections can have passed.
        """
        listed, starts = its
        so_far: list[tuple[_Sets, bool]] = []
        passed: _Sets | None = None
        for policy, rule in listed:
            so_far.append((self._numbers(), self._complete))
            if rule.action is Action.PASS and passed is None:
                passed = self._numbers()
            self._add(self._extent(policy, rule), (policy.subject, rule.match))
        for key, start in starts.items():
            every, complete = so_far[start]
            self._places[key] = _Place(every, _without(every, doubtful), complete)
        if tier.unmatched is Unmatched.DENY:
            for policy in tier.policies:
                self._add(self._extent_of(self._selected(policy)), (policy.subject,))
        if passed is None:
            return doubtful
        after = _without(self._numbers(), passed)
        return doubtful[0] | after[0], doubtful[1] | after[1]

    def _numbers(self) -> _Sets:
        """Those of all boxes that are there so far."""
        apart, near = self._before
        return (1 << len(apart)) - 1, (1 << len(near)) - 1

    def _add(self, extent: Extent | None, asked: Iterable[Match]) -> None:
        """Puts what meets the conditions asked for after all others."""
        if extent is None:
            self._complete = False
            return
        start = self._numbers()
        for boxes, those in zip(extent, self._before, strict=True):
            for box in boxes:
                those.add(box)
        if all(map(self._on.is_settled, asked)):
            added = _without(self._numbers(), start)
            self._settled = self._settled[0] | added[0], self._settled[1] | added[1]

    def _selected(self, policy: TierPolicy) -> Iterator[Box]:
        yield from self._on.subject(policy)

    def _extent(self, policy: TierPolicy, rule: Rule) -> Extent | None:
        """Where the policy applies and the rule matches."""
        key = policy.index, policy.direction, rule.index
        if key not in self._extents:
            self._extents[key] = self._extent_of(self._on.hits(policy, (rule,)))
        return self._extents[key]

    def _extent_of(self, boxes: Iterator[Box]) -> Extent | None:
        try:
            return extent_of(self._on.space, boxes)
        except TooHardError:
            return None


class _Selecting:
    """What the policies of a tier select."""

    def __init__(self, on: Boxed, tier: Tier) -> None:
        self._boxes = Indexed()
        self._numbers: dict[int, int] = {}
        for policy in tier.policies:
            for box in on.subject(policy):
                own = self._numbers.get(policy.index, 0)
                self._numbers[policy.index] = own | 1 << len(self._boxes)
                self._boxes.add(box)

    def beside(self, policy: TierPolicy, box: Box) -> Iterator[Box]:
        """What others than the policy select of a box."""
        others = (1 << len(self._boxes)) - 1 & ~self._numbers.get(policy.index, 0)
        return map(self._boxes.__getitem__, self._boxes.meeting(box, others))


class ByBoxes:
    """What boxes say of a direction's order, whichever values the assumptions EITHER_WAY have.

    A class because most questions need no other values than those that are given.
    """

    def __init__(self, on: Boxed, tiers: Tiers, order: Order) -> None:
        self._on = on
        self._tiers = tiers
        self._order = order
        self._given = Reaching(on, order)

    @cached_property
    def _others(self) -> tuple[Reaching, ...]:
        """Those with other values, which say the same where no rule names a block.

        An end without an address, as there are some unless unknown ones are assumed, and one like
        it with an address are both in every cluster. Host endpoints can be passed by pods under the
        assumptions that are given as well.
        """
        matches = matches_of(every_tier(self._tiers))
        if not any(isinstance(atom, InBlock) for match in matches for atom in atoms_of(match)):
            return ()
        given = self._on.space.assumptions
        known = given - {Assumption.UNKNOWN_POD_ADDRESSES}
        values = known, known ^ {Assumption.IPBLOCK_MATCHES_PODS}
        hosts = self._on.space.has_hosts
        others = (self._on.under(one) for one in values if hosts or one != given)
        return tuple(Reaching(one, self._order) for one in others)

    def is_lost(self, policy: TierPolicy, rule: Rule) -> bool | None:
        """Whether the rule matches something, of which nothing comes to it either way."""
        lost = _never([self._given.comes(policy, rule)])
        if lost and not self._given.is_taken_anyway(policy, rule):
            lost = _never(one.comes(policy, rule) for one in self._others)
        return lost and self._given.matches_something(policy, rule)

    def stands_alone(self, tier: Tier, policy: TierPolicy) -> bool | None:
        """Whether the policy selects an end that no other one of the tier selects."""
        return self._given.stands_alone(tier, policy)

    def covers(self, before: PlacedRule, own: PlacedRule) -> bool | None:
        """Whether the rule before matches, either way, all that the own one does."""
        covers = _never([self._given.exceeds(own, before)])
        if covers and not all(self._on.is_settled_rule(*one) for one in (before, own)):
            covers = _never(one.exceeds(own, before) for one in self._others)
        return covers


def _never(answers: Iterable[bool | None]) -> bool | None:
    """True iff all say no, false if some says yes before one that cannot tell."""
    return next((None if one is None else False for one in answers if one is not False), True)


_Others = Callable[[int, Box], Iterable[Box]]
"""The boxes to leave out of a box, by whether its ends are in one namespace."""


def _without(sets: _Sets, others: _Sets) -> _Sets:
    return sets[0] & ~others[0], sets[1] & ~others[1]
