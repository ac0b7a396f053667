"""The policies of a run as boxes of connections of any cluster, by the namespace they bear on."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Sequence
from contextlib import suppress
from itertools import groupby
from operator import attrgetter

from netproof.lint.boxes import Box, Space, TooHardError, Values, common, holds
from netproof.lint.indexed import Indexed
from netproof_encodings.decision.conditions import Assumed, InBlock, IsHost, Match, atoms_of
from netproof_encodings.decision.folding import Lean, Run, parts_of
from netproof_encodings.decision.tiers import Rule, Tier, TierPolicy, Unmatched
from netproof_encodings.lowering import Tiers, by_home, policies_in
from netproof_encodings.obligations.redundancy import PolicyKey, RuleKey
from netproof_specs.assumptions import Assumptions
from netproof_specs.frozen import Frozen, replace
from netproof_specs.model.traffic import Action, Direction

Homes = dict[Direction, dict[str | None, tuple[Tier, ...]]]
"""By direction and namespace what bears on a pod of the namespace; `None` is any other one.

HOSTS has what bears on host endpoints, if an end can be one.
"""

HOSTS = ""
"""What stands for host endpoints in the place of a namespace."""


def homes_of(tiers: Tiers) -> Homes:
    """The tiers by namespace."""
    found: Homes = {direction: by_home(listed) for direction, listed in tiers.items()}
    for direction, listed in tiers.items():
        found[direction][HOSTS] = tuple(map(_for_hosts, listed))
    return found


def _for_hosts(tier: Tier) -> Tier:
    """The tier with what can select host endpoints."""
    policies = (
        one
        for one in tier.policies
        if any(isinstance(atom, IsHost) for atom in atoms_of(one.subject))
    )
    return replace(tier, policies=tuple(policies))


Key = RuleKey
"""A rule, or a policy's subject as its rule -1."""


_Bare = tuple[tuple[TierPolicy, ...], ...]
"""Policies of a tier, those together that select the same."""


class Bearing(Frozen):
    """What bears on some boxes, and the rules of theirs that come first.

    What one of `admitting` matches, where its policy applies, is allowed whatever else they say.
    Of policies in `ruled` some rule can match. All that the others say is that they apply, in a
    tier that denies what is left over: they stand in `bare`, those together that select the same.
    """

    ruled: tuple[Tier, ...]
    bare: tuple[_Bare, ...]
    admitting: tuple[tuple[TierPolicy, Rule], ...]

    def tiers(self, lifted: Container[PolicyKey]) -> Iterator[Tier]:
        """Tiers that decide as all that bears on the boxes, with and without what is lifted.

        Of bare policies that select the same it takes one that stays, if there is one.
        """
        for tier, bare in zip(self.ruled, self.bare, strict=True):
            those = [
                next((one for one in alike if (one.index, one.direction) not in lifted), alike[0])
                for alike in bare
            ]
            yield replace(tier, policies=(*tier.policies, *those)) if those else tier


NOTHING = Bearing((), (), ())


class _Alike(Frozen):
    """Policies of a tier, by their places in it, that apply in the same boxes."""

    tier: int
    boxes: tuple[Box, ...]
    places: list[int]


class _Subjects:
    """What bears on a pod of some namespace, found by where its policies apply.

    A class because it remembers what was asked before: many boxes meet the same policies. Many of
    these select the same, and are looked up together.
    """

    def __init__(self, on: Boxed, tiers: tuple[Tier, ...]) -> None:
        self._on = on
        self._tiers = tiers
        self._boxes = Indexed()
        self._of_box: list[int] = []
        self._alike: list[_Alike] = []
        self._numbers: dict[tuple[int, int], int] = {}
        self._tier_of: dict[PolicyKey, int] = {}
        self._known: dict[tuple[tuple[int, ...], tuple[tuple[int, Values], ...]], Bearing] = {}
        for at, tier in enumerate(tiers):
            for place, policy in enumerate(tier.policies):
                self._tier_of[policy.index, policy.direction] = at
                self._add(at, place, on.subject(policy))

    def _add(self, tier: int, place: int, boxes: tuple[Box, ...]) -> None:
        # Where conditions are the same, so are their boxes, which live as long as this.
        number = self._numbers.get((tier, id(boxes)))
        if number is not None:
            self._alike[number].places.append(place)
            return
        number = self._numbers[tier, id(boxes)] = len(self._alike)
        self._alike.append(_Alike(tier, boxes, [place]))
        for box in boxes:
            self._boxes.add(box)
            self._of_box.append(number)

    def _meeting(self, boxes: Iterable[Box]) -> tuple[int, ...]:
        """The numbers of those that apply somewhere in some of the boxes, by tier."""
        every = (1 << len(self._boxes)) - 1
        met = {self._of_box[at] for box in boxes for at in self._boxes.meeting(box, every)}
        return tuple(sorted(met))

    def bearing(self, boxes: Iterable[Box], ports: Box) -> Bearing:
        """What applies somewhere in some of the boxes, for the ports and protocols of `ports`."""
        key = self._meeting(boxes), tuple(ports.items())
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = self._facing(key[0], ports)
        return found

    def _facing(self, numbers: tuple[int, ...], ports: Box) -> Bearing:
        """These, without rules for other ports."""
        ruled: list[Tier] = []
        bare: list[_Bare] = []
        for number, those in groupby(map(self._alike.__getitem__, numbers), attrgetter("tier")):
            tier = self._tiers[number]
            acting: dict[int, TierPolicy] = {}
            idle: list[tuple[TierPolicy, ...]] = []
            for one in those:
                found = {at: self._on.facing(tier.policies[at], ports) for at in one.places}
                acting |= {at: policy for at, policy in found.items() if policy.rules}
                idle.append(tuple(policy for policy in found.values() if not policy.rules))
            # In a tier that passes what is left over, that a policy applies says nothing.
            alike = tuple(filter(None, idle)) if tier.unmatched is Unmatched.DENY else ()
            if acting or alike:
                ordered = tuple(acting[at] for at in sorted(acting))
                ruled.append(replace(tier, policies=ordered))
                bare.append(alike)
        return Bearing(tuple(ruled), tuple(bare), tuple(_admitting(ruled)))

    def isolating(
        self, policy: TierPolicy, boxes: Iterable[Box], lifted: Container[PolicyKey]
    ) -> Iterator[tuple[Box, ...]] | None:
        """What others of the policy's tier select that are not lifted and meet some of the boxes.

        `None` where the policy does not isolate: its tier is for other ends, or does not deny what
        is left over.
        """
        at = self._tier_of.get((policy.index, policy.direction))
        if at is None or self._tiers[at].unmatched is not Unmatched.DENY:
            return None
        tier = self._tiers[at]
        return (
            one.boxes
            for one in map(self._alike.__getitem__, self._meeting(boxes))
            if one.tier == at
            and any((tier.policies[its].index, tier.direction) not in lifted for its in one.places)
        )


class Boxed:
    """What the policies of a run ask, as boxes, under some assumptions.

    A class because it remembers: a condition is taken apart once, whoever asks about it.
    """

    def __init__(self, space: Space, homes: Homes) -> None:
        self.space = space
        self.homes = homes
        self._variants: dict[Assumptions, Boxed] = {}
        self._boxes: dict[Key, tuple[Box, ...]] = {}
        self._alike: dict[Match, tuple[Box, ...]] = {}
        self._settled: dict[int, tuple[bool, Match]] = {}
        self._near: dict[Key, tuple[Box, ...]] = {}
        self._bare: dict[PolicyKey, TierPolicy] = {}
        self._subjects: dict[tuple[Direction, str | None], _Subjects] = {}

    def under(self, assumptions: Assumptions) -> Boxed:
        """The same policies under other assumptions; what does not depend on these is kept."""
        found = self._variants.get(assumptions)
        if found is None:
            found = Boxed(self.space.under(assumptions), self.homes)
            self._variants[assumptions] = found
            known = self._alike.items()
            found._alike |= {match: boxes for match, boxes in known if self.is_settled(match)}
        return found

    def is_settled(self, match: Match) -> bool:
        """True only if the condition has the same boxes under any assumptions."""
        found = self._settled.get(id(match))
        if found is None:
            depends = any(isinstance(atom, InBlock | Assumed) for atom in atoms_of(match))
            # The condition is kept, so that no other one takes its place.
            self._settled[id(match)] = found = not depends, match
        return found[0]

    def is_settled_rule(self, policy: TierPolicy, rule: Rule) -> bool:
        """True only if both where the policy applies and what the rule matches is settled."""
        return self.is_settled(policy.subject) and self.is_settled(rule.match)

    def take_apart(self, tiers: Tiers) -> None:
        """Remembers all of the conditions, but for those of which there are too many boxes."""
        for policy in policies_in(tiers):
            with suppress(TooHardError):
                self.subject(policy)
            for rule in policy.rules:
                with suppress(TooHardError):
                    self.rule(policy, rule)

    def tiers(self, direction: Direction, home: str | None) -> tuple[Tier, ...]:
        """What bears on a pod of the namespace."""
        found = self.homes[direction].get(home)
        return self.homes[direction][None] if found is None else found

    def bearing(
        self, direction: Direction, home: str | None, boxes: Iterable[Box], ports: Box
    ) -> Bearing:
        """What bears on a pod of the namespace in some of the boxes, on the ports of `ports`."""
        return self._selecting(direction, home).bearing(boxes, ports)

    def isolating(
        self,
        policy: TierPolicy,
        home: str | None,
        boxes: Iterable[Box],
        lifted: Container[PolicyKey],
    ) -> Iterable[tuple[Box, ...]] | None:
        """Where other policies isolate pods of the namespace as well as the policy does.

        See `_Subjects.isolating`.
        """
        return self._selecting(policy.direction, home).isolating(policy, boxes, lifted)

    def _selecting(self, direction: Direction, home: str | None) -> _Subjects:
        key = direction, home if home in self.homes[direction] else None
        subjects = self._subjects.get(key)
        if subjects is None:
            subjects = self._subjects[key] = _Subjects(self, self.tiers(*key))
        return subjects

    def facing(self, policy: TierPolicy, box: Box) -> TierPolicy:
        """The policy without rules that match nothing of the box."""
        matching = (one for one in policy.rules if holds(self.rule(policy, one), box) is not False)
        return self.with_rules(policy, tuple(matching))

    def with_rules(self, policy: TierPolicy, rules: tuple[Rule, ...]) -> TierPolicy:
        """The policy with only these of its rules; most often it is left with none or all."""
        if len(rules) == len(policy.rules):
            return policy
        if rules:
            return replace(policy, rules=rules)
        key = policy.index, policy.direction
        bare = self._bare.get(key)
        if bare is None:
            bare = self._bare[key] = replace(policy, rules=())
        return bare

    def subject(self, policy: TierPolicy) -> tuple[Box, ...]:
        """Where the policy applies; the same object for conditions that are the same."""
        return self._of((policy.index, policy.direction, -1), policy.subject)

    def rule(self, policy: TierPolicy, rule: Rule) -> tuple[Box, ...]:
        """What the rule matches."""
        return self._of((policy.index, policy.direction, rule.index), rule.match)

    def _of(self, key: Key, match: Match) -> tuple[Box, ...]:
        found = self._boxes.get(key)
        if found is None:
            found = self._alike.get(match)
            if found is None:
                found = self._alike[match] = self.space.boxes(match)
            self._boxes[key] = found
        return found

    def near(self, key: Key, boxes: tuple[Box, ...]) -> tuple[Box, ...]:
        """The boxes of that key where both ends are in one namespace."""
        found = self._near.get(key)
        if found is None:
            together = (self.space.in_one_namespace(one) for one in boxes)
            found = self._near[key] = tuple(one for one in together if one is not None)
        return found

    def hits(self, policy: TierPolicy, rules: Iterable[Rule]) -> Iterator[Box]:
        """Where the policy applies and some of the rules match."""
        for subject in self.subject(policy):
            for rule in rules:
                for one in self.rule(policy, rule):
                    box = common(subject, one)
                    if box is not None:
                        yield box


def _admitting(tiers: Sequence[Tier]) -> Iterator[tuple[TierPolicy, Rule]]:
    """The rules that allow and that nothing comes before, in any order of what ties."""
    first = next(parts_of(tiers[0], Lean.ALLOWING), None) if tiers else None
    if isinstance(first, Run) and first.action is Action.ALLOW:
        for policy, rules in first.rules:
            yield from ((policy, one) for one in rules)
