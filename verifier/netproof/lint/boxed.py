"""The policies of a run as boxes of connections of any cluster, by the namespace they bear on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from itertools import groupby
from operator import itemgetter

from netproof.lint.boxes import Box, Space, TooHardError, Values, common, holds
from netproof.lint.indexed import Indexed
from netproof_encodings.decision.conditions import IsHost, Match, atoms_of
from netproof_encodings.decision.folding import Lean, Run, parts_of
from netproof_encodings.decision.tiers import Rule, Tier, TierPolicy
from netproof_encodings.lowering import Tiers, by_home, every_tier, policies_in
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


class Bearing(Frozen):
    """What bears on some boxes, and the rules of theirs that come first.

    What one of `admitting` matches, where its policy applies, is allowed whatever else they say.
    """

    tiers: tuple[Tier, ...]
    admitting: tuple[tuple[TierPolicy, Rule], ...]


NOTHING = Bearing((), ())

_Places = tuple[tuple[int, int], ...]
"""Policies by their tier and their place in it."""


class _Subjects:
    """What bears on a pod of some namespace, found by where its policies apply.

    A class because it remembers what was asked before: many boxes meet the same policies.
    """

    def __init__(self, on: Boxed, tiers: tuple[Tier, ...]) -> None:
        self._on = on
        self._tiers = tiers
        self._boxes = Indexed()
        self._places: list[tuple[int, int]] = []
        self._known: dict[tuple[_Places, tuple[tuple[int, Values], ...]], Bearing] = {}
        for at, tier in enumerate(tiers):
            for place, policy in enumerate(tier.policies):
                for box in on.subject(policy):
                    self._boxes.add(box)
                    self._places.append((at, place))

    def bearing(self, boxes: Iterable[Box], ports: Box) -> Bearing:
        """What applies somewhere in some of the boxes, for the ports and protocols of `ports`."""
        everybody = (1 << len(self._boxes)) - 1
        met = {number for box in boxes for number in self._boxes.meeting(box, everybody)}
        key = tuple(dict.fromkeys(map(self._places.__getitem__, sorted(met)))), tuple(ports.items())
        found = self._known.get(key)
        if found is None:
            tiers = tuple(self._facing(key[0], ports))
            found = self._known[key] = Bearing(tiers, tuple(_admitting(tiers)))
        return found

    def _facing(self, places: _Places, ports: Box) -> Iterator[Tier]:
        """The tiers with these policies, without rules for other ports; none without any."""
        for at, those in groupby(places, itemgetter(0)):
            tier = self._tiers[at]
            policies = (self._on.facing(tier.policies[place], ports) for _, place in those)
            yield replace(tier, policies=tuple(policies))


class Boxed:
    """What the policies of a run ask, as boxes, under some assumptions.

    A class because it remembers: a condition is taken apart once, whoever asks about it.
    """

    def __init__(self, tiers: Tiers, homes: Homes, assumptions: Assumptions) -> None:
        self.space = Space(every_tier(tiers), assumptions)
        self.homes = homes
        self.assumptions = assumptions
        self._boxes: dict[Key, tuple[Box, ...]] = {}
        self._alike: dict[Match, tuple[Box, ...]] = {}
        self._near: dict[Key, tuple[Box, ...]] = {}
        self._bare: dict[PolicyKey, TierPolicy] = {}
        self._subjects: dict[tuple[Direction, str | None], _Subjects] = {}

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
        key = direction, home if home in self.homes[direction] else None
        subjects = self._subjects.get(key)
        if subjects is None:
            subjects = self._subjects[key] = _Subjects(self, self.tiers(*key))
        return subjects.bearing(boxes, ports)

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
