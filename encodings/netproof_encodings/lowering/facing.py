"""Policies with what their rules ask of the other end, as far as that end is known."""

from __future__ import annotations

from collections.abc import Callable, Collection

from netproof_encodings.decision.conditions import (
    NEVER,
    Atom,
    End,
    InNamespace,
    Labelled,
    Match,
    Whose,
    given,
    subject_end,
)
from netproof_encodings.decision.tiers import Tier, TierPolicy
from netproof_specs.frozen import replace
from netproof_specs.model.labels import NAME_LABEL


def facing(policy: TierPolicy, known: Callable[[Atom], Match | None]) -> TierPolicy:
    """The policy without what `known` says its rules cannot match; it selects whom it did.

    `known` says what an atom comes to, and `None` where it does not know.
    """
    if not policy.rules and not policy.rules_isolate:
        return policy
    asked = (replace(rule, match=given(rule.match, known)) for rule in policy.rules)
    left = tuple(rule for rule in asked if rule.match != NEVER)
    return replace(policy, rules=left, rules_isolate=False)


def facing_pods_of(tiers: tuple[Tier, ...], names: Collection[str]) -> tuple[Tier, ...]:
    """The tiers, which decide alike where the other end is a pod of one of the namespaces.

    Elsewhere they may decide anything.
    """

    def faced(policy: TierPolicy) -> TierPolicy:
        other = subject_end(policy.direction).opposite
        return facing(policy, lambda atom: _elsewhere(atom, other, names))

    return tuple(replace(tier, policies=tuple(map(faced, tier.policies))) for tier in tiers)


def _elsewhere(atom: Atom, end: End, names: Collection[str]) -> Match | None:
    """Never, if the atom asks for a pod at the end in none of the namespaces (A.18, A.25)."""
    match atom:
        case InNamespace(at, name) if at is end:
            return None if name in names else NEVER
        case Labelled(at, Whose.NAMESPACE, key, values) if at is end and key == NAME_LABEL:
            return NEVER if values is not None and not {*values} & {*names} else None
        case _:
            return None
