"""From the model to tiers: one module a policy kind."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from netproof_encodings.lowering import network_policy
from netproof_encodings.tiers import PodMatch, Presence, Tier
from netproof_specs.model.cluster import Policy
from netproof_specs.model.traffic import Direction


def lower(policies: Sequence[Policy]) -> tuple[Tier, ...]:
    """The tiers of all policies, in order of evaluation within each direction."""
    return tuple(network_policy.lower(policies, direction) for direction in Direction)


def pods_named(policies: Iterable[Policy]) -> Iterator[PodMatch]:
    """What the policies say of pods anywhere, also in rules that are not in force (A.52)."""
    for policy in policies:
        yield from network_policy.pods_named(policy)


def fixed(tiers: Sequence[Tier], start: int) -> tuple[Tier, ...]:
    """The tiers with every policy in place for good, and indices that count from `start`.

    Two sets of policies in one script take indices that do not overlap.
    """
    return tuple(
        replace(
            tier,
            policies=tuple(
                replace(one, index=one.index + start, presence=Presence.FIXED)
                for one in tier.policies
            ),
        )
        for tier in tiers
    )
