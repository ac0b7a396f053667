"""Tiers in a form in which two ways of writing the same thing often look the same.

Sound, not complete: equal forms decide alike. Rules of a run and lists in a rule are unions, so
they are sets (A.5, A.13 to A.16); a rule is the product of its lists; ranges of ports are united
where nothing else differs (A.33); runs are in order, and so are policies that tie, of which the
first by name may be taken to go first (C.4). Unequal forms are left to the solver.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Sequence
from itertools import product

from netproof_encodings.decision.conditions import All, Any, Match, OnPorts
from netproof_encodings.decision.folding import Lean, Run, Tied, parts_of
from netproof_encodings.decision.tiers import Rule, Tier, TierPolicy, Unmatched


def look_alike(old: Sequence[Tier], new: Sequence[Tier]) -> bool:
    """True only if both decide alike: they are the same, or their canonical forms are."""
    return _are_same(old, new) or canonical(old) == canonical(new)


def _are_same(old: Sequence[Tier], new: Sequence[Tier]) -> bool:
    """Whether both state the same in the same order, but for the names and places of policies."""
    return len(old) == len(new) and all(
        one.unmatched is other.unmatched
        and len(one.policies) == len(other.policies)
        and all(map(_state_the_same, one.policies, other.policies))
        for one, other in zip(old, new, strict=True)
    )


def _state_the_same(one: TierPolicy, other: TierPolicy) -> bool:
    return (one.rank, one.subject, one.rules) == (other.rank, other.subject, other.rules)


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
        by_subject: dict[Hashable, set[frozenset[Match]]] = defaultdict(set)
        for policy, rules in part.rules:
            by_subject[_subject(policy)].update(_forms(rules))
        return part.action, frozenset(
            (subject, _with_ports(forms)) for subject, forms in by_subject.items()
        )
    return tuple(_policy(policy) for policy in part.policies)


def _subject(policy: TierPolicy) -> Hashable:
    return frozenset(disjuncts(policy.subject))


def _policy(policy: TierPolicy) -> Hashable:
    """A policy among others that tie with it: its own rules stay in order."""
    return _subject(policy), tuple((rule.action, _matches((rule,))) for rule in policy.rules)


def _matches(rules: Iterable[Rule]) -> Hashable:
    return _with_ports(_forms(rules))


def _forms(rules: Iterable[Rule]) -> Iterator[frozenset[Match]]:
    return (form for rule in rules for form in disjuncts(rule.match))


def _with_ports(forms: Iterable[frozenset[Match]]) -> Hashable:
    """The forms with those that differ in their ports only as one, on the union of these."""
    found: dict[frozenset[Match], list[tuple[int, int]]] = defaultdict(list)
    for form in forms:
        on = [one for one in form if isinstance(one, OnPorts)]
        if len(on) == 1:
            found[form.difference(on)].append((on[0].ports.first, on[0].ports.last))
        else:
            # Without a range it is every port there is; two ranges are left as they are.
            found[form].append((0, 65535))
    return frozenset((form, _united(ranges)) for form, ranges in found.items())


def _united(ranges: list[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """The ranges without overlap, neighbours as one."""
    if len(ranges) == 1:
        return tuple(ranges)
    united: list[tuple[int, int]] = []
    for first, last in sorted(ranges):
        if united and first <= united[-1][1] + 1:
            united[-1] = united[-1][0], max(last, united[-1][1])
        else:
            united.append((first, last))
    return tuple(united)


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
