"""The policies that bear on one side, as questions about removals look them up."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from netproof_encodings.decision.tiers import Rule, TierPolicy
from netproof_encodings.lowering import Tiers, every_tier, is_given
from netproof_encodings.obligations.redundancy import Part, part_of, parts_in
from netproof_specs.model.traffic import Direction

BESIDE = {Direction.EGRESS: Direction.INGRESS, Direction.INGRESS: Direction.EGRESS}
"""The direction of the other side of a connection."""

ByIndex = Mapping[int, list[TierPolicy]]
"""Policies by index, in each of their directions."""


def policies_of(tiers: Tiers) -> ByIndex:
    """The policies of some tiers."""
    found: dict[int, list[TierPolicy]] = {}
    for tier in every_tier(tiers):
        for policy in tier.policies:
            found.setdefault(policy.index, []).append(policy)
    return found


def parts_of(tiers: Tiers, namespace: str | None) -> tuple[Part, ...]:
    """What may be removed of the policies that are pinned to the namespace, in order."""
    own = (
        policy
        for policies in policies_of(tiers).values()
        for policy in policies
        if policy.home == namespace and is_given(policy.index)
    )
    found = {part for policy in own for part in parts_in(policy)}
    return tuple(sorted(found, key=lambda one: one.order))


def touched(policies: ByIndex, gone: Iterable[Part]) -> list[TierPolicy]:
    """The policies, in each of their directions, of which a part is gone."""
    listed = sorted({one.policy for one in gone})
    return [policy for index in listed for policy in policies[index]]


def holding(policies: ByIndex, part: Part) -> Iterator[tuple[TierPolicy, tuple[Rule, ...]]]:
    """The policy of the part, in each direction in which it has some, with the part's rules."""
    for policy in policies[part.policy]:
        rules = policy.rules
        if part.rule is not None:
            rules = tuple(one for one in rules if part_of(policy, one) == part)
        if rules or part.rule is None:
            yield policy, rules
