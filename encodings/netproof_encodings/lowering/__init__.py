"""From the model to tiers: one module a policy kind."""

from __future__ import annotations

from collections.abc import Sequence

from netproof_encodings.lowering import network_policy
from netproof_encodings.tiers import Tier
from netproof_specs.model.cluster import Policy
from netproof_specs.model.network_policy import Direction


def lower(policies: Sequence[Policy]) -> tuple[Tier, ...]:
    """The tiers of all policies, in order of evaluation within each direction."""
    return tuple(network_policy.lower(policies, direction) for direction in Direction)
