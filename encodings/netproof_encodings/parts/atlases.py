"""Atlases of clusters that follow each other, of which a few policies differ at a time.

Lowering a policy and collecting what it mentions depends on nothing but the policy, so both are
kept for each policy that stays the same object. What depends on pods and namespaces is kept as
long as these are the same objects. An atlas is the same as `atlas_of` makes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from netproof_encodings.decision.conditions import Atom, atoms_of
from netproof_encodings.decision.tiers import Tier, TierPolicy, matches_of
from netproof_encodings.lowering import Tiers, lower, stands_alone, written
from netproof_encodings.parts.atlas import Atlas, atlas_of, atlas_with, homes_of
from netproof_encodings.vocabulary.mentioned import namespaces_named, vocabulary_of_atoms
from netproof_specs.claims import EndpointSet
from netproof_specs.model.cluster import Cluster, Policy
from netproof_specs.model.traffic import Direction


@dataclass(frozen=True, slots=True)
class _Lowered:
    """A policy in its directions, what it mentions there, and the namespaces that it names.

    `placed` has it with its place among the policies of the last cluster.
    """

    policy: Policy
    tiers: Mapping[Direction, Tier]
    placed: dict[Direction, TierPolicy]
    atoms: frozenset[Atom]
    names: frozenset[str]


class Atlases:
    """Makes atlases; a class because it remembers the policies and the atlas before."""

    def __init__(self) -> None:
        self._known: dict[int, _Lowered] = {}
        self._atoms: Counter[Atom] = Counter()
        self._names: Counter[str] = Counter()
        self._last: Atlas | None = None

    def of(self, cluster: Cluster, groups: Iterable[EndpointSet]) -> Atlas:
        """The same as `atlas_of`."""
        policies, last = cluster.policies, self._last
        if cluster.hosts or not all(map(stands_alone, policies)):
            return atlas_of(cluster, groups)
        tiers = self._tiers(policies)
        referred = frozenset((*(one.name for one in cluster.namespaces), *self._names))
        vocabulary = vocabulary_of_atoms(self._atoms, groups, referred)
        if last is None or not _is_around(last.cluster, cluster):
            self._last = atlas_with(cluster, tiers, referred, vocabulary)
        else:
            # Written out, so that whoever adds a part has to say whether it can be kept. Classes
            # of pods cannot: they depend on what is mentioned.
            self._last = Atlas(
                cluster,
                vocabulary,
                referred,
                tiers,
                homes_of(tiers),
                last.pods,
                last.labelled,
                last.addresses,
                has_ties=False,  # rules that all allow mean the same in every order
                has_hosts=last.has_hosts,
            )
        return self._last

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
        for name in one.names:
            if not self._names[name]:
                del self._names[name]


def _is_around(before: Cluster, now: Cluster) -> bool:
    """Iff the two differ in nothing but policies."""
    return before.namespaces is now.namespaces and before.workloads is now.workloads
