"""Findings on what the order of tiers, policies and rules decides; the solver proves them.

They are about policies that can deny or pass: where every tier only allows, order says nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from itertools import islice

from netproof.lint.findings import Finding, finding, related_to
from netproof.lint.ground import Ground
from netproof.lint.mixed import PLAIN_TIERS, is_mixed, is_plain
from netproof.lint.reaching import ByBoxes
from netproof.solving import Answer, Session
from netproof_encodings.decision.folding import ties_of
from netproof_encodings.decision.tiers import Passage, Rule, Tier, TierPolicy, Unmatched
from netproof_encodings.lowering import TUNNEL_INDEX, is_forwarding, is_given
from netproof_encodings.obligations.order_questions import (
    EITHER_WAY,
    Ordered,
    PlacedRule,
    differ,
    earlier,
    exceeds,
    isolates,
    matches_something,
    order_of,
    ordered,
    reached,
    taken,
)
from netproof_specs.frozen import Frozen, replace
from netproof_specs.model.traffic import Action, Direction
from netproof_specs.worlds import World

CODES = frozenset({"NP026", "NP027", "NP028"})
MOST_RULES = 1_000
"""From so many rules on, policies that only allow in their own namespace are not asked of."""

MOST_ASKED = 50
"""Of so many rules it is asked whether they alone come before another that they cover."""

_OWN = {
    True: ("the denial of tunnels from pods (D.42)", "takes"),
    False: ("what is open for the failsafe ports of host endpoints (D.36)", "takes"),
}
"""What Calico has before all policies, by whether it is about tunnels."""


class Found(Frozen):
    """The findings, and the titles of what a limit of the solver left undecided."""

    findings: tuple[Finding, ...]
    undecided: tuple[str, ...]


def by_order(ground: Ground) -> Found:
    """NP026 to NP028, for each direction in which a policy can deny or pass."""
    facts = ground.facts
    asking: list[_Asking] = []
    findings: list[Finding] = []
    for direction in Direction:
        passing = [
            _Passing(ground, direction, one)
            for one in facts.passages_anywhere or ()
            if one.tiers(direction)
        ]
        if any(map(is_mixed, facts.tiers[direction])):
            ends = _Asking(ground, direction, passing)
            findings += ends.findings()
            # What is said of ends of connections is not said once more of what passes hosts.
            findings += _only_passing(passing, ends)
            asking += [ends, *passing]
    undecided = dict.fromkeys(title for one in asking for title in one.undecided)
    return Found(tuple(findings), tuple(undecided))


class _Asking:
    """The questions of one direction, and what limits left open.

    Boxes answer most of them; a session of the solver begins with the first that is left. What is
    never reached at an end has not to be reached by what is `passing` hosts either (D.37).
    """

    def __init__(
        self, ground: Ground, direction: Direction, passing: Sequence[_Passing] = ()
    ) -> None:
        self._ground = ground
        self._facts = ground.facts
        self._settings = ground.settings
        self._direction = direction
        self._passing = passing
        self._order = order_of(self._tiers)
        self.undecided: list[str] = []
        self.tied: list[frozenset[int]] = []
        self.isolating: set[int] = set()
        rules = (policy.rules for tier in self._order.tiers for policy in tier.policies)
        self._many = sum(map(len, rules)) > MOST_RULES

    @property
    def _tiers(self) -> tuple[Tier, ...]:
        return self._facts.tiers_anywhere[self._direction]

    @cached_property
    def _on(self) -> Ordered:
        return ordered(self._direction, self._order, self._facts.other_hosts)

    @cached_property
    def _session(self) -> Session:
        return Session(self._on.text, self._settings.limits)

    @cached_property
    def _boxes(self) -> ByBoxes:
        return ByBoxes(self._ground.boxed, self._facts.tiers_anywhere, self._order)

    def findings(self) -> Iterator[Finding]:
        """Ties, then what is never reached and what isolates, tier by tier."""
        tiers = self._order.tiers
        for group in self.ties():
            self.tied.append(frozenset(one.index for one in group))
            yield _tied(group, "at one end")
        for at, tier in enumerate(tiers):
            if any(True for _ in ties_of(tiers[: at + 1])):
                return
            for policy in tier.policies:
                if is_given(policy.index):
                    if not self._many or not is_plain(policy):
                        yield from self._not_reached(at, policy)
                    if self.isolates(at, policy):
                        self.isolating.add(policy.index)
                        yield self._isolates(tier, policy)

    def ties(self) -> Iterator[tuple[TierPolicy, ...]]:
        """The policies with the same place in their tier that decide differently somewhere."""
        for group in ties_of(self._order.tiers):
            if self._holds(differ(self._on, group), group[0]):
                yield group

    def _holds(self, text: str, policy: TierPolicy) -> bool:
        """Whether some connection is as the text says; unknown counts as not, and is told."""
        literals = taken(self._on, self._settings.assumptions, frozenset())
        with self._session.scope(text):
            answer = self._session.check(literals)
        if answer is Answer.UNKNOWN:
            self.undecided.append(policy.origin.title)
        return answer is Answer.SAT

    def _never(self, text: str, policy: TierPolicy) -> bool:
        """Whether no connection is as the text says, wherever pods have their addresses."""
        literals = taken(self._on, self._settings.assumptions, EITHER_WAY)
        with self._session.scope(text):
            answer = self._session.check(literals)
        if answer is Answer.UNKNOWN:
            self.undecided.append(policy.origin.title)
        return answer is Answer.UNSAT

    def _not_reached(self, at: int, policy: TierPolicy) -> Iterator[Finding]:
        if self._facts.passages_anywhere is None and is_forwarding((policy.origin,)):
            return
        lost = [rule for rule in policy.rules if self._is_lost(at, policy, rule)]
        if lost and len(lost) == len(policy.rules):
            before = self._deciding(at, policy, lost[0]) if len(lost) == 1 else None
            yield self._unreached(policy, None, before)
            return
        for rule in lost:
            before = self._deciding(at, policy, rule)
            if before is None or before[0] is not policy:
                yield self._unreached(policy, rule, before)

    def _is_lost(self, at: int, policy: TierPolicy, rule: Rule) -> bool:
        """Whether the rule matches something, and what is before it decides all of that."""
        if not any(True for _ in earlier(self._order, at, policy, rule)):
            return False
        lost = self._lost_by_boxes(policy, rule)
        if lost is not None:
            return lost
        return (
            self._never(reached(self._on, at, policy, rule), policy)
            and self._holds(matches_something(self._on, policy, rule), policy)
            and all(one.never_reaches(policy, rule) for one in self._passing)
        )

    def _deciding(self, at: int, policy: TierPolicy, rule: Rule) -> PlacedRule | None:
        """One rule that alone comes before all that the rule matches, if there is one."""
        for before in islice(earlier(self._order, at, policy, rule), MOST_ASKED):
            if self._covers(before, policy, rule) and all(
                one.comes_first(before, (policy, rule)) for one in self._passing
            ):
                return before
        return None

    def _lost_by_boxes(self, policy: TierPolicy, rule: Rule) -> bool | None:
        """The same as boxes see it, which know nothing of what passes hosts."""
        if self._settings.limits.open_because():
            return None
        lost = self._boxes.is_lost(policy, rule)
        return None if lost and self._passing else lost

    def _covers(self, before: PlacedRule, policy: TierPolicy, rule: Rule) -> bool:
        """Whether the rule before matches all that the rule of the policy does."""
        own = policy, rule
        if not self._settings.limits.open_because():
            covers = self._boxes.covers(before, own)
            if covers is not None:
                return covers
        return self._never(exceeds(self._on, own, before), policy)

    def _unreached(
        self, policy: TierPolicy, rule: Rule | None, before: PlacedRule | None
    ) -> Finding:
        direction = self._direction.value.lower()
        title = policy.origin.title
        what = f"no {direction} rule of `{title}` is"
        if rule is not None:
            what = f"`{title} {direction}[{rule.index}]` is never"
        by, takes = "others before it", "take" if before is None else "takes"
        own = before is not None and not is_given(before[0].index)
        if before is not None and own:
            by, takes = _OWN[before[0].index == TUNNEL_INDEX]
        elif before is not None:
            by = f"`{before[0].origin.title} {direction}[{before[1].index}]`"
        found = finding(
            "NP027",
            policy.origin.where if rule is None else rule.where or policy.origin.where,
            f"{what} reached: {by} {takes} every connection that "
            f"{'they match' if rule is None else 'it matches'}",
            "give it a place before them, or remove it",
            policy.origin,
        )
        found = replace(found, world=World.ANY_CLUSTER)
        if before is None or own:
            return found
        place = before[1].where or before[0].origin.where
        return related_to(found, [(place, f"`{before[0].origin.title}`")])

    def isolates(self, at: int, policy: TierPolicy) -> bool:
        """Whether the policy only allows, and yet takes something away."""
        tier = self._order.tiers[at]
        allows = bool(policy.rules) and all(one.action is Action.ALLOW for one in policy.rules)
        plain = policy.home is not None and tier.name in PLAIN_TIERS
        if tier.unmatched is not Unmatched.DENY or not allows or plain:
            return False
        if self._is_beside(tier, policy):
            return False
        return self._holds(isolates(self._on, at, policy), policy)

    def _is_beside(self, tier: Tier, policy: TierPolicy) -> bool:
        """True only if others of the tier select all that the policy does."""
        if self._settings.limits.open_because():
            return False
        return self._boxes.stands_alone(tier, policy) is False

    def _isolates(self, tier: Tier, policy: TierPolicy) -> Finding:
        return _isolating(
            policy,
            "isolates: where no other "
            f"policy of the tier `{tier.name}` selects an endpoint for "
            f"{self._direction.value.lower()}, the tier denies there what this one does not allow",
        )


class _Passing(_Asking):
    """The same questions of what passes some host endpoints in the direction (D.37).

    Policies and rules of theirs are known by their indices, which they have at ends as well.
    """

    def __init__(self, ground: Ground, direction: Direction, passage: Passage) -> None:
        self._passage = passage
        super().__init__(ground, direction)
        self._places = {
            one.index: (at, one)
            for at, tier in enumerate(self._order.tiers)
            for one in tier.policies
        }

    @property
    def _tiers(self) -> tuple[Tier, ...]:
        return self._passage.tiers(self._direction)

    @cached_property
    def _on(self) -> Ordered:
        return ordered(self._direction, self._order, self._facts.other_hosts, self._passage)

    def _is_beside(self, tier: Tier, policy: TierPolicy) -> bool:
        return False

    def never_reaches(self, policy: TierPolicy, rule: Rule) -> bool:
        """Whether no connection that passes the hosts comes to the rule; nothing before it ties."""
        place = self._places.get(policy.index)
        if place is None:
            return True
        at, own = place
        if any(True for _ in ties_of(self._order.tiers[: at + 1])):
            return False
        return self._never(reached(self._on, at, own, _same(own, rule)), policy)

    def comes_first(self, before: PlacedRule, late: PlacedRule) -> bool:
        """Whether the one rule comes before all that the other matches of what passes the hosts."""
        place = self._places.get(late[0].index)
        if place is None:
            return True
        at, own = place
        rule = _same(own, late[1])
        for one, each in earlier(self._order, at, own, rule):
            if (one.index, each.index) == (before[0].index, before[1].index):
                return self._never(exceeds(self._on, (own, rule), (one, each)), own)
        return False

    def only_here(self, ends: _Asking) -> Iterator[Finding]:
        """What ties and what isolates here, if it does not at the ends of connections."""
        for group in self.ties():
            indices = frozenset(one.index for one in group)
            if not any(indices <= known for known in ends.tied):
                ends.tied.append(indices)
                yield _tied(group, "that hosts let through or not")
        tiers = self._order.tiers
        for at, tier in enumerate(tiers):
            if any(True for _ in ties_of(tiers[: at + 1])):
                return
            for policy in tier.policies:
                if policy.index not in ends.isolating and self.isolates(at, policy):
                    ends.isolating.add(policy.index)
                    yield _isolating(
                        policy,
                        "isolates what passes host endpoints: where no other policy for forwarded "
                        f"traffic of the tier `{tier.name}` is for {self._direction.value.lower()},"
                        " the tier denies what this one does not allow",
                    )


def _same(policy: TierPolicy, rule: Rule) -> Rule:
    """The rule of the policy with the same index."""
    return next(one for one in policy.rules if one.index == rule.index)


def _only_passing(passing: Iterable[_Passing], ends: _Asking) -> Iterator[Finding]:
    for one in passing:
        yield from one.only_here(ends)


def _isolating(policy: TierPolicy, how: str) -> Finding:
    found = finding(
        "NP028",
        policy.origin.where,
        f"`{policy.origin.title}` has only rules that allow, and {how}",
        "if it is only to allow, put it into a tier whose defaultAction is Pass; if it is "
        "to isolate, leave it as it is",
        policy.origin,
    )
    return replace(found, world=World.ANY_CLUSTER)


def _tied(group: Sequence[TierPolicy], which: str) -> Finding:
    titles = [f"`{one.origin.title}`" for one in group[:3]]
    if len(group) > len(titles):
        titles.append(f"{len(group) - len(titles)} more")
    found = finding(
        "NP026",
        group[0].origin.where,
        f"{', '.join(titles)} have the same place in their tier and decide differently on "
        f"some connections {which}: which goes first is not promised",
        "give them orders or priorities that differ",
        group[0].origin,
    )
    others: Iterable[TierPolicy] = group[1:4]
    found = related_to(found, [(one.origin.where, f"`{one.origin.title}`") for one in others])
    return replace(found, world=World.ANY_CLUSTER)
