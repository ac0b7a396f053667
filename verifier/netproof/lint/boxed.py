"""The policies of a run as boxes of connections of any cluster, by the namespace they bear on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from netproof.lint.boxes import Box, Space, Values, common, holds
from netproof_encodings.decision.tiers import Rule, Tier, TierPolicy
from netproof_encodings.lowering import Tiers, by_home, every_tier
from netproof_encodings.obligations.redundancy import RuleKey
from netproof_specs.assumptions import Assumptions
from netproof_specs.model.traffic import Direction

Homes = dict[Direction, dict[str | None, tuple[Tier, ...]]]
"""By direction and namespace what bears on a pod of the namespace; `None` is any other one."""


def homes_of(tiers: Tiers) -> Homes:
    """The tiers by namespace."""
    return {direction: by_home(listed) for direction, listed in tiers.items()}


Key = RuleKey
"""A rule, or a policy's subject as its rule -1."""


_Ports = tuple[Direction, str | None, tuple[tuple[int, Values], ...]]
"""Whose tiers, and which ports and protocols."""


class Boxed:
    """What the policies of a run ask, as boxes, under some assumptions.

    A class because it remembers: a condition is taken apart once, whoever asks about it.
    """

    def __init__(self, tiers: Tiers, homes: Homes, assumptions: Assumptions) -> None:
        self.space = Space(every_tier(tiers), assumptions)
        self.homes = homes
        self._boxes: dict[Key, tuple[Box, ...]] = {}
        self._near: dict[Key, tuple[Box, ...]] = {}
        self._on_ports: dict[_Ports, tuple[Tier, ...]] = {}

    def tiers(self, direction: Direction, home: str | None) -> tuple[Tier, ...]:
        """What bears on a pod of the namespace."""
        found = self.homes[direction].get(home)
        return self.homes[direction][None] if found is None else found

    def on_ports(self, direction: Direction, home: str | None, box: Box) -> tuple[Tier, ...]:
        """The same without rules for other ports and protocols than those of the box."""
        ports = self.space.ports_of(box)
        key = direction, home, tuple(ports.items())
        found = self._on_ports.get(key)
        if found is None:
            found = self._on_ports[key] = tuple(
                replace(tier, policies=tuple(self._facing(one, ports) for one in tier.policies))
                for tier in self.tiers(direction, home)
            )
        return found

    def _facing(self, policy: TierPolicy, box: Box) -> TierPolicy:
        matching = (one for one in policy.rules if holds(self.rule(policy, one), box) is not False)
        return replace(policy, rules=tuple(matching))

    def subject(self, policy: TierPolicy) -> tuple[Box, ...]:
        """Where the policy applies."""
        key = policy.index, policy.direction, -1
        found = self._boxes.get(key)
        if found is None:
            found = self._boxes[key] = self.space.boxes(policy.subject)
        return found

    def rule(self, policy: TierPolicy, rule: Rule) -> tuple[Box, ...]:
        """What the rule matches."""
        key = policy.index, policy.direction, rule.index
        found = self._boxes.get(key)
        if found is None:
            found = self._boxes[key] = self.space.boxes(rule.match)
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
