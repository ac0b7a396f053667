"""Tiers in a form in which two ways of writing the same thing often look the same.

Sound, not complete: equal forms decide alike. Rules of a run and lists in a rule are unions, so
they are sets (A.5, A.13 to A.16); a rule is the product of its lists; runs are in order. Unequal
forms are left to the solver.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Sequence
from itertools import product

from netproof_encodings.folding import Lean, Run, Tied, parts_of
from netproof_encodings.tiers import All, Any, Match, Rule, Tier, TierPolicy, Unmatched


def canonical(tiers: Sequence[Tier]) -> Hashable:
    """The tiers that do anything: whom each isolates, and its runs of rules in order."""
    forms = (_tier(tier) for tier in tiers)
    return tuple(form for form in forms if form is not None)


def _tier(tier: Tier) -> Hashable | None:
    denies = tier.unmatched is Unmatched.DENY
    isolated = frozenset(map(_subject, tier.policies)) if denies else frozenset()
    parts = tuple(_part(part) for part in parts_of(tier, Lean.ALLOWING))
    return (isolated, parts) if isolated or parts else None


def _part(part: Run | Tied) -> Hashable:
    if isinstance(part, Run):
        return part.action, frozenset(
            (_subject(policy), match) for policy, rules in part.rules for match in _matches(rules)
        )
    return frozenset(_policy(policy) for policy in part.policies)


def _subject(policy: TierPolicy) -> Hashable:
    return frozenset(disjuncts(policy.subject))


def _policy(policy: TierPolicy) -> Hashable:
    """A policy among others that tie with it: its own rules stay in order."""
    return _subject(policy), tuple((rule.action, _matches((rule,))) for rule in policy.rules)


def _matches(rules: Iterable[Rule]) -> frozenset[Hashable]:
    return frozenset(form for rule in rules for form in disjuncts(rule.match))


def disjuncts(match: Match) -> Iterator[frozenset[Match]]:
    """Sets of parts such that the condition holds iff all parts of some set do.

    Each set speaks of one peer and one port.
    """
    if isinstance(match, Any):
        for part in match.parts:
            yield from disjuncts(part)
    elif isinstance(match, All):
        for chosen in product(*(list(disjuncts(part)) for part in match.parts)):
            yield frozenset().union(*chosen)
    else:
        yield frozenset((match,))
