"""What tiers decide, over any algebra: terms, sets of connections or plain truth values.

    decision = true                                   what nothing decides is allowed
    for each tier, the last first; `later` is the decision so far:
        rest = later, or (no policy applies) and later, where the tier denies what is left over
        for each run of neighbouring rules of one action, the last first:
            ALLOW  rest = hit or rest
            DENY   rest = not hit and rest
            PASS   rest = (hit and later) or (not hit and rest)
        decision = rest

Verify, compare, connections, explain and lint all read policies through this one function, so an
error here would be an error in each. The oracle knows nothing of it and stands against it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from enum import Enum
from itertools import groupby
from typing import Protocol, TypeVar, assert_never

from netproof_encodings.decision.tiers import Rule, Tier, TierPolicy, Unmatched
from netproof_specs.frozen import Frozen
from netproof_specs.model.traffic import Action

V = TypeVar("V")


class Algebra(Protocol[V]):
    """A Boolean algebra of connections, and what policies say in it."""

    @property
    def everything(self) -> V:
        """Every connection."""

    @property
    def nothing(self) -> V:
        """No connection."""

    def either(self, parts: Sequence[V]) -> V:
        """The connections in some part."""

    def both(self, left: V, right: V) -> V:
        """The connections in both parts."""

    def without(self, part: V) -> V:
        """The connections that are not in the part."""

    def applies(self, policy: TierPolicy) -> V:
        """The connections whose subject's end the policy selects."""

    def hits(self, policy: TierPolicy, rules: Sequence[Rule]) -> V:
        """The connections that some of the rules match, where the policy applies."""


class Truth:
    """The algebra of truth values, for whoever folds over one connection."""

    __slots__ = ()
    everything = True
    nothing = False

    def either(self, parts: Sequence[bool]) -> bool:
        """Whether some part is true."""
        return any(parts)

    def both(self, left: bool, right: bool) -> bool:
        """Whether both are true."""
        return left and right

    def without(self, part: bool) -> bool:
        """Whether the part is false."""
        return not part


class Lean(Enum):
    """Which of the possible outcomes counts where the order of tied policies is left open.

    ORDERED takes the order in which the tier lists them; ALLOWING and DENYING take, for each
    connection and side by itself, an outcome that allows or denies it, where there is one (C.4).
    """

    ORDERED = "ordered"
    ALLOWING = "allowing"
    DENYING = "denying"


class Run(Frozen):
    """Neighbouring rules of one action, by policy: among them the order does not matter."""

    action: Action
    rules: tuple[tuple[TierPolicy, tuple[Rule, ...]], ...]


class Tied(Frozen):
    """Policies whose order is left open and whose rules have different actions."""

    policies: tuple[TierPolicy, ...]


Plan = tuple[tuple[Tier, tuple[Run | Tied, ...]], ...]
"""Tiers with their parts, in order."""


def planned(tiers: Sequence[Tier], lean: Lean) -> Plan:
    """The tiers taken apart, for those who evaluate them again and again."""
    return tuple((tier, tuple(parts_of(tier, lean))) for tier in tiers)


def decided(algebra: Algebra[V], tiers: Sequence[Tier], lean: Lean = Lean.ORDERED) -> V:
    """The connections that the tiers, all of one direction, allow at their subject's end."""
    return decided_before(algebra, tiers, algebra.everything, lean)


def decided_before(
    algebra: Algebra[V], tiers: Sequence[Tier], later: V, lean: Lean = Lean.ORDERED
) -> V:
    """The same where `later` is what is allowed of that which the tiers leave over."""
    return _followed(algebra, planned(tiers, lean), lean, later)


def followed(algebra: Algebra[V], plan: Plan, lean: Lean) -> V:
    """What the tiers of the plan, which was made for the lean, decide."""
    return _followed(algebra, plan, lean, algebra.everything)


def _followed(algebra: Algebra[V], plan: Plan, lean: Lean, later: V) -> V:
    decision = later
    for tier, parts in reversed(plan):
        decision = _tier(algebra, tier, parts, lean, decision)
    return decision


def _tier(algebra: Algebra[V], tier: Tier, parts: Sequence[Run | Tied], lean: Lean, later: V) -> V:
    rest = later
    if tier.unmatched is Unmatched.DENY:
        applying = algebra.either([algebra.applies(one) for one in tier.policies])
        rest = algebra.both(algebra.without(applying), later)
    for part in reversed(parts):
        match part:
            case Run():
                rest = _run(algebra, part, later, rest)
            case Tied():
                rest = _tied(algebra, part, lean, later, rest)
            case _:
                assert_never(part)
    return rest


def _run(algebra: Algebra[V], run: Run, later: V, rest: V) -> V:
    hits = [algebra.hits(policy, rules) for policy, rules in run.rules]
    if run.action is Action.ALLOW:
        return algebra.either([*hits, rest])
    hit = algebra.either(hits)
    missed = algebra.both(algebra.without(hit), rest)
    match run.action:
        case Action.DENY:
            return missed
        case Action.PASS:
            return algebra.either([algebra.both(hit, later), missed])
        case _:
            assert_never(run.action)


def _tied(algebra: Algebra[V], tied: Tied, lean: Lean, later: V, rest: V) -> V:
    """Of the policies that match, each may be the first: its own first match is an outcome.

    The outcome of a policy is worked out as if nothing stood beside or after it in the tier.
    """
    outcomes, matched = [], []
    for policy in tied.policies:
        own = algebra.nothing
        for run in reversed(list(_runs((policy,)))):
            own = _run(algebra, run, later, own)
        outcomes.append(own)
        matched.append(algebra.hits(policy, policy.rules))
    none = algebra.without(algebra.either(matched))
    if lean is Lean.ALLOWING:
        return algebra.either([*outcomes, algebra.both(none, rest)])
    denied = [
        algebra.both(hit, algebra.without(own)) for hit, own in zip(matched, outcomes, strict=True)
    ]
    fails = algebra.either([*denied, algebra.both(none, algebra.without(rest))])
    return algebra.without(fails)


def parts_of(tier: Tier, lean: Lean) -> Iterator[Run | Tied]:
    """The tier's rules as runs, and the groups of policies of which the order is left open."""
    ordered: list[TierPolicy] = []
    for group in _ranked(tier.policies):
        if lean is not Lean.ORDERED and is_open(group):
            yield from _runs(ordered)
            yield Tied(group)
            ordered = []
        else:
            ordered.extend(group)
    yield from _runs(ordered)


def _ranked(policies: Iterable[TierPolicy]) -> Iterator[tuple[TierPolicy, ...]]:
    for _, group in groupby(policies, lambda one: one.rank):
        yield tuple(group)


def is_open(group: Sequence[TierPolicy]) -> bool:
    """Iff the order among the policies can matter: two of them have rules of different actions."""
    actions = [{rule.action for rule in one.rules} for one in group]
    return sum(map(bool, actions)) > 1 and len(set().union(*actions)) > 1


def ties_of(tiers: Iterable[Tier]) -> Iterator[tuple[TierPolicy, ...]]:
    """The groups of policies whose order is left open and can matter."""
    for tier in tiers:
        yield from filter(is_open, _ranked(tier.policies))


def _runs(policies: Iterable[TierPolicy]) -> Iterator[Run]:
    rules = ((policy, rule) for policy in policies for rule in policy.rules)
    for action, run in groupby(rules, lambda pair: pair[1].action):
        by_policy = groupby(run, lambda pair: pair[0].index)
        listed = [list(members) for _, members in by_policy]
        yield Run(
            action,
            tuple((those[0][0], tuple(rule for _, rule in those)) for those in listed),
        )
