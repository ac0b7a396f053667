"""The policies of a run as boxes of connections of any cluster, by the namespace they bear on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from netproof.lint.boxes import Box, Space, Values, common, holds
from netproof_encodings.decision.conditions import Match
from netproof_encodings.decision.folding import Lean, Run, parts_of
from netproof_encodings.decision.tiers import Rule, Tier, TierPolicy
from netproof_encodings.lowering import Tiers, by_home, every_tier
from netproof_encodings.obligations.redundancy import RuleKey
from netproof_specs.assumptions import Assumptions
from netproof_specs.model.traffic import Action, Direction

Homes = dict[Direction, dict[str | None, tuple[Tier, ...]]]
"""By direction and namespace what bears on a pod of the namespace; `None` is any other one."""


def homes_of(tiers: Tiers) -> Homes:
    """The tiers by namespace."""
    return {direction: by_home(listed) for direction, listed in tiers.items()}


Key = RuleKey
"""A rule, or a policy's subject as its rule -1."""


_Ports = tuple[Direction, str | None, tuple[tuple[int, Values], ...]]
"""Whose tiers, and which ports and protocols."""


@dataclass(frozen=True, slots=True)
class OnPorts:
    """Tiers without rules for other ports and protocols, and the rules of theirs that come first.

    What one of `admitting` matches, where its policy applies, is allowed whatever else they say.
    """

    tiers: tuple[Tier, ...]
    admitting: tuple[tuple[TierPolicy, Rule], ...]


class Boxed:
    """What the policies of a run ask, as boxes, under some assumptions.

    A class because it remembers: a condition is taken apart once, whoever asks about it.
    """

    def __init__(self, tiers: Tiers, homes: Homes, assumptions: Assumptions) -> None:
        self.space = Space(every_tier(tiers), assumptions)
        self.homes = homes
        self._boxes: dict[Key, tuple[Box, ...]] = {}
        self._alike: dict[Match, tuple[Box, ...]] = {}
        self._near: dict[Key, tuple[Box, ...]] = {}
        self._on_ports: dict[_Ports, OnPorts] = {}

    def tiers(self, direction: Direction, home: str | None) -> tuple[Tier, ...]:
        """What bears on a pod of the namespace."""
        found = self.homes[direction].get(home)
        return self.homes[direction][None] if found is None else found

    def on_ports(self, direction: Direction, home: str | None, box: Box) -> OnPorts:
        """The same without rules for other ports and protocols than those of the box."""
        ports = self.space.ports_of(box)
        key = direction, home, tuple(ports.items())
        found = self._on_ports.get(key)
        if found is None:
            tiers = tuple(
                replace(tier, policies=tuple(self._facing(one, ports) for one in tier.policies))
                for tier in self.tiers(direction, home)
            )
            found = self._on_ports[key] = OnPorts(tiers, tuple(_admitting(tiers)))
        return found

    def _facing(self, policy: TierPolicy, box: Box) -> TierPolicy:
        matching = (one for one in policy.rules if holds(self.rule(policy, one), box) is not False)
        rules = tuple(matching)
        return policy if len(rules) == len(policy.rules) else replace(policy, rules=rules)

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
