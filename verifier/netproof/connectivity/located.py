"""Conditions on addresses alone, and where it is enough that some address of a pod meets them."""

from __future__ import annotations

from netproof_encodings.decision.conditions import (
    JOINED,
    All,
    Any,
    End,
    InBlock,
    Match,
    Not,
    Seen,
    atoms_of,
    subject_end,
)
from netproof_encodings.lowering import Tiers
from netproof_specs.frozen import Frozen
from netproof_specs.model.traffic import Action


class Located(Frozen):
    """A condition that asks for nothing but the address of one end, held against as `pods` says."""

    end: End
    pods: Seen


def located(match: Match) -> Located | None:
    """What the condition asks for, if that is the address of one end and nothing else."""
    if isinstance(match, JOINED):
        found = None
        for part in match.parts:
            where = located(part)
            if where is None or found not in (None, where):
                return None
            found = where
        return found
    if isinstance(match, Not):
        return located(match.part)
    return Located(match.end, match.pods) if isinstance(match, InBlock) else None


def addresses_add_up(tiers: Tiers) -> bool:
    """Whether some address of an end allows a connection iff some rule matches some address.

    So it is where all rules allow, none looks at its subject's address, and each is a union of
    conditions of which each asks for the other end's address once: "some" moves inwards through
    unions, and past what does not look at the address.
    """
    return all(
        rule.action is Action.ALLOW and _adds_up(rule.match, subject_end(direction).opposite)
        for direction, listed in tiers.items()
        for tier in listed
        for policy in tier.policies
        for rule in policy.rules
    ) and not any(
        _looks(policy.subject)
        for listed in tiers.values()
        for tier in listed
        for policy in tier.policies
    )


def _adds_up(match: Match, end: End) -> bool:
    if not _looks(match):
        return True
    whole = located(match)
    if whole is not None:
        return whole.end is end
    if isinstance(match, Any):
        return all(_adds_up(part, end) for part in match.parts)
    if isinstance(match, All):
        looking = [part for part in match.parts if _looks(part)]
        if len(looking) == 1:
            return _adds_up(looking[0], end)
        together = located(All(tuple(looking)))
        return together is not None and together.end is end
    return False


def _looks(match: Match) -> bool:
    return any(isinstance(atom, InBlock) for atom in atoms_of(match))
