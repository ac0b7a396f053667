"""Where two versions of a slice can decide differently at all, seen without a solver.

What both state alike is the same on every connection, so that they decide alike wherever nothing
holds that only one of them states. What cannot hold there either bears on no difference.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain

from netproof_encodings.decision.canonical import disjuncts
from netproof_encodings.decision.conditions import (
    NEVER,
    Atom,
    End,
    HasProtocol,
    InNamespace,
    Labelled,
    Match,
    OnPorts,
    Whose,
    given,
)
from netproof_encodings.decision.folding import Lean, Run, parts_of
from netproof_encodings.decision.tiers import Tier, TierPolicy, Unmatched
from netproof_encodings.lowering.facing import facing
from netproof_specs.frozen import Frozen, replace
from netproof_specs.model.labels import NAME_LABEL

Corner = frozenset[Match]
"""Conditions that hold together."""


def corners_of(old: Sequence[Tier], new: Sequence[Tier]) -> frozenset[Corner] | None:
    """Corners such that both decide alike outside of them all; None where that is not seen.

    Tiers decide by whom they isolate and by what each run of rules matches (`folding`).
    """
    pairs = _paired(old, new)
    if pairs is None:
        return None
    found: set[Corner] = set()
    for one, other in pairs:
        runs = _runs(one), _runs(other)
        if not _go_together(*runs):
            return None
        sides = [_forms(one, runs[0]), _forms(other, runs[1])]
        found.update(corner for corner, _ in sides[0] ^ sides[1])
    return frozenset(found)


def _paired(old: Sequence[Tier], new: Sequence[Tier]) -> list[tuple[Tier, Tier]] | None:
    """The tiers of both by name; one without policies stands for a tier that one of them lacks."""
    more, fewer = (old, new) if len(old) >= len(new) else (new, old)
    named = {one.name: one for one in fewer}
    order = [one.name for one in more]
    if len(set(order)) < len(order) or [one for one in order if one in named] != list(named):
        return None
    pairs = [(one, named.get(one.name, replace(one, policies=()))) for one in more]
    return pairs if all(one.unmatched is other.unmatched for one, other in pairs) else None


def _runs(tier: Tier) -> list[Run] | None:
    """The runs of the tier; None where the order of some of its policies is left open."""
    parts = list(parts_of(tier, Lean.ALLOWING))
    runs = [one for one in parts if isinstance(one, Run)]
    return runs if len(runs) == len(parts) else None


def _go_together(one: list[Run] | None, other: list[Run] | None) -> bool:
    """Iff both have the same actions in order, as far as both go: a run without rules does
    nothing."""
    if one is None or other is None:
        return False
    return all(run.action is beside.action for run, beside in zip(one, other, strict=False))


def _forms(tier: Tier, runs: Sequence[Run] | None) -> set[tuple[Corner, int]]:
    """What the tier says, each with the run that says it; -1 for whom it isolates."""
    found: set[tuple[Corner, int]] = set()
    if tier.unmatched is Unmatched.DENY:
        subjects = chain.from_iterable(disjuncts(one.subject) for one in tier.policies)
        found.update((subject, -1) for subject in subjects)
    for number, run in enumerate(runs or ()):
        for policy, rules in run.rules:
            forms = [form for rule in rules for form in disjuncts(rule.match)]
            for subject in disjuncts(policy.subject):
                found.update((subject | form, number) for form in forms)
    return found


def facing_corners(corners: Iterable[Corner]) -> Callable[[TierPolicy], TierPolicy | None]:
    """What makes of a policy one that decides alike in all the corners; None is one that selects
    nothing there. Elsewhere it may decide anything.
    """
    places = [_place(corner) for corner in corners]
    seen: dict[Atom, Match | None] = {}

    def known(atom: Atom) -> Match | None:
        if atom not in seen:
            seen[atom] = NEVER if all(one.rules_out(atom) for one in places) else None
        return seen[atom]

    def faced(policy: TierPolicy) -> TierPolicy | None:
        return facing(policy, known) if given(policy.subject, known) != NEVER else None

    return faced


class _Place(Frozen):
    """What is known of every connection in a corner, as far as it is easily told."""

    names: dict[End, frozenset[str]]
    labels: dict[tuple[End, Whose, str], frozenset[str]]
    others: tuple[HasProtocol | OnPorts, ...]

    def rules_out(self, atom: Atom) -> bool:
        """True only if the atom holds nowhere in the corner."""
        match atom:
            case InNamespace(end, name):
                return name not in self.names.get(end, (name,))
            case Labelled(end, Whose.NAMESPACE, key, values) if key == NAME_LABEL:
                return _apart(values, self.names.get(end))
            case Labelled(end, whose, key, values):
                return _apart(values, self.labels.get((end, whose, key)))
            case HasProtocol(protocol):
                held = (one for one in self.others if isinstance(one, HasProtocol))
                return any(one.protocol is not protocol for one in held)
            case OnPorts(ports):
                ranges = (one.ports for one in self.others if isinstance(one, OnPorts))
                return any(one.last < ports.first or ports.last < one.first for one in ranges)
            case _:
                return False


def _apart(values: tuple[str, ...] | None, among: frozenset[str] | None) -> bool:
    return values is not None and among is not None and among.isdisjoint(values)


def _place(corner: Corner) -> _Place:
    names: dict[End, frozenset[str]] = {}
    labels: dict[tuple[End, Whose, str], frozenset[str]] = {}
    for end, name in _names(corner):
        names[end] = names.get(end, name) & name
    for one in corner:
        if isinstance(one, Labelled) and one.values is not None:
            key, values = (one.end, one.whose, one.key), frozenset(one.values)
            labels[key] = labels.get(key, values) & values
    others = tuple(one for one in corner if isinstance(one, HasProtocol | OnPorts))
    return _Place(names, labels, others)


def _names(corner: Corner) -> Iterator[tuple[End, frozenset[str]]]:
    """The names that an end's namespace can have; the automatic label holds the name (A.25)."""
    for one in corner:
        match one:
            case InNamespace(end, name):
                yield end, frozenset({name})
            case Labelled(end, Whose.NAMESPACE, key, values) if key == NAME_LABEL and values:
                yield end, frozenset(values)
            case _:
                pass
