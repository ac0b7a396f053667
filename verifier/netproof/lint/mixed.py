"""Where the order of policies can matter: where every tier only allows, it says nothing."""

from __future__ import annotations

from netproof_encodings.decision.tiers import Tier, TierPolicy
from netproof_encodings.lowering import Tiers, every_tier, is_given
from netproof_specs.model.traffic import Action

PLAIN_TIERS = ("NetworkPolicy", "default")
"""The tiers in which policies of a namespace isolate as everybody expects."""


def can_matter(tiers: Tiers) -> bool:
    """Whether order can matter in some direction."""
    return any(map(is_mixed, every_tier(tiers)))


def is_mixed(tier: Tier) -> bool:
    """Whether order can matter: not all policies only allow, each in its own namespace."""
    own = [one for one in tier.policies if is_given(one.index)]
    return (bool(own) and tier.name not in PLAIN_TIERS) or not all(map(is_plain, own))


def is_plain(policy: TierPolicy) -> bool:
    """Whether the policy only allows, in one namespace."""
    return policy.home is not None and all(one.action is Action.ALLOW for one in policy.rules)
