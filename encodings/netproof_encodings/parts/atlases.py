"""Atlases of clusters that follow each other, of which a few policies differ at a time.

Lowering a policy and collecting what it mentions depends on nothing but the policy, so both are
kept for each policy that stays the same object. What depends on pods and namespaces is kept as
long as these are the same objects. An atlas is the same as `atlas_of` makes.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from operator import attrgetter, itemgetter

from netproof_encodings.decision.conditions import Atom, atoms_of
from netproof_encodings.decision.tiers import Tier, TierPolicy, matches_of
from netproof_encodings.lowering import Tiers, all_stand_alone, lower, written
from netproof_encodings.parts.atlas import Atlas, ByHome, atlas_of, atlas_with, homes_of
from netproof_encodings.vocabulary.mentioned import (
    Collected,
    collected_of,
    namespaces_named,
    vocabulary_with,
)
from netproof_specs.claims import EndpointSet
from netproof_specs.frozen import Frozen, replace
from netproof_specs.model.cluster import Cluster, Policy
from netproof_specs.model.traffic import Direction

_FEW = 16
"""At most so many policies are exchanged one by one."""


class _Lowered(Frozen):
    """A policy in its directions, what it mentions there, and the namespaces that it names.

    `placed` has it with its place among the policies of the last cluster.
    """

    policy: Policy
    tiers: Mapping[Direction, Tier]
    placed: dict[Direction, TierPolicy]
    atoms: frozenset[Atom]
    names: frozenset[str]


class _Placed(Frozen):
    """All policies in their places, as tiers and by home, as an atlas has them."""

    tiers: Tiers
    homes: Mapping[Direction, tuple[ByHome, ...]]


class Atlases:
    """Makes atlases; a class because it remembers the policies and the atlas before."""

    def __init__(self) -> None:
        self._known: dict[int, _Lowered] = {}
        self._atoms: Counter[Atom] = Counter()
        self._names: Counter[str] = Counter()
        self._collected: tuple[frozenset[str], Collected] | None = None
        self._policies: Sequence[Policy] = ()
        nothing: Tiers = dict.fromkeys(Direction, ())
        self._placed = _Placed(nothing, homes_of(nothing))
        self._last: Atlas | None = None

    def of(self, cluster: Cluster, groups: Iterable[EndpointSet]) -> Atlas:
        """The same as `atlas_of`."""
        policies, last = cluster.policies, self._last
        if cluster.hosts or not all_stand_alone(policies):
            return atlas_of(cluster, groups)
        placed = self._take(policies)
        referred = frozenset((*(one.name for one in cluster.namespaces), *self._names))
        vocabulary = vocabulary_with(self._mentioned(referred), groups)
        if last is None or not _is_around(last.cluster, cluster):
            self._last = atlas_with(cluster, placed.tiers, referred, vocabulary)
        else:
            # Written out, so that whoever adds a part has to say whether it can be kept. Classes
            # of pods cannot: they depend on what is mentioned.
            self._last = Atlas(
                cluster,
                vocabulary,
                referred,
                placed.tiers,
                placed.homes,
                last.pods,
                last.labelled,
                last.addresses,
                has_ties=False,  # rules that all allow mean the same in every order
                has_hosts=last.has_hosts,
            )
        return self._last

    def _mentioned(self, referred: frozenset[str]) -> Collected:
        """What policies mention, and the namespaces that are referred to."""
        if self._collected is None or self._collected[0] != referred:
            self._collected = referred, collected_of(self._atoms, referred)
        return self._collected[1]

    def _take(self, policies: Sequence[Policy]) -> _Placed:
        """The policies in their places."""
        before, self._policies = self._policies, policies
        found = self._exchanged(before, policies) if len(before) == len(policies) else None
        if found is None:
            tiers = self._tiers(policies)
            found = _Placed(tiers, homes_of(tiers))
        self._placed = found
        return found

    def _exchanged(self, before: Sequence[Policy], now: Sequence[Policy]) -> _Placed | None:
        """The same where a few policies stand in the place of others in the same directions.

        That is what a change of a file mostly is, and nothing else has to be looked at.
        """
        changed = [
            (index, old, new)
            for index, (old, new) in enumerate(zip(before, now, strict=True))
            if old is not new
        ]
        gone, come = {id(old) for _, old, _ in changed}, {id(new) for _, _, new in changed}
        if len(changed) > _FEW or gone & come:
            return None
        pairs = []
        for index, old, new in changed:
            was, one = self._known[id(old)], self._lowered(new)
            if was.placed.keys() != one.placed.keys():
                return None
            one.placed.update({key: replace(it, index=index) for key, it in one.placed.items()})
            pairs.append((was, one))
        for was, _ in pairs:
            self._forget(self._known.pop(id(was.policy)))
        tiers, homes = dict(self._placed.tiers), dict(self._placed.homes)
        for direction in Direction:
            those = [
                (was.placed[direction], one.placed[direction])
                for was, one in pairs
                if direction in one.placed
            ]
            if those:
                (tier,), (by_home,) = tiers[direction], homes[direction]
                tiers[direction], homes[direction] = _with(tier, by_home, those)
        return _Placed(tiers, homes)

    def _tiers(self, policies: Sequence[Policy]) -> Tiers:
        """The tiers of the policies, each in its place."""
        now = {id(one) for one in policies}
        for gone in self._known.keys() - now:
            self._forget(self._known.pop(gone))
        found: dict[Direction, list[TierPolicy]] = {direction: [] for direction in Direction}
        shape: dict[Direction, Tier] = {}
        for index, policy in enumerate(policies):
            known = self._known.get(id(policy)) or self._lowered(policy)
            for direction, tier in known.tiers.items():
                one = known.placed[direction]
                if one.index != index:
                    one = known.placed[direction] = replace(one, index=index)
                found[direction].append(one)
                shape[direction] = tier
        return {
            direction: (replace(shape[direction], policies=tuple(found[direction])),)
            if direction in shape
            else ()
            for direction in Direction
        }

    def _lowered(self, policy: Policy) -> _Lowered:
        tiers = {direction: listed[0] for direction, listed in lower((policy,)).items() if listed}
        atoms = (atom for match in matches_of(tiers.values()) for atom in atoms_of(match))
        named = namespaces_named(written((policy,)))
        placed = {direction: tier.policies[0] for direction, tier in tiers.items()}
        found = _Lowered(policy, tiers, placed, frozenset(atoms), frozenset(named))
        self._known[id(policy)] = found
        if not self._atoms.keys() >= found.atoms:
            self._collected = None
        self._atoms.update(found.atoms)
        self._names.update(found.names)
        return found

    def _forget(self, one: _Lowered) -> None:
        """Takes the policy out of what policies mention, where no other mentions it."""
        self._atoms.subtract(one.atoms)
        self._names.subtract(one.names)
        for atom in one.atoms:
            if not self._atoms[atom]:
                del self._atoms[atom]
                self._collected = None
        for name in one.names:
            if not self._names[name]:
                del self._names[name]


def _with(
    tier: Tier, by_home: ByHome, pairs: Iterable[tuple[TierPolicy, TierPolicy]]
) -> tuple[tuple[Tier], tuple[ByHome]]:
    """The tier with the second policy of each pair in the place of the first, and by home."""
    policies, homes = list(tier.policies), dict(by_home)
    for was, one in pairs:
        place = bisect_left(policies, one.index, key=attrgetter("index"))
        policies[place] = one
        left = [placed for placed in homes.pop(was.home) if placed[0] != place]
        if left:
            homes[was.home] = left
        homes[one.home] = sorted([*homes.get(one.home, ()), (place, one)], key=itemgetter(0))
    return (replace(tier, policies=tuple(policies)),), (homes,)


def _is_around(before: Cluster, now: Cluster) -> bool:
    """Iff the two differ in nothing but policies."""
    return before.namespaces is now.namespaces and before.workloads is now.workloads
