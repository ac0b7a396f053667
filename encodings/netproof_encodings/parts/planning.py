"""How much of a cluster to hold for a claim, from what is likely to be enough to everything."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from netproof_encodings.decision.conditions import End, subject_end
from netproof_encodings.parts.atlas import Atlas
from netproof_encodings.parts.bearing import leaves_little, meeting
from netproof_encodings.parts.extents import EVERYTHING, Extent, Held
from netproof_encodings.parts.members import members_of
from netproof_encodings.parts.relevance import (
    Asked,
    Relevance,
    Spaces,
    Way,
    ways_of,
    whom_of,
)
from netproof_encodings.parts.spoken import admitted_by, spans_of
from netproof_specs.claims import (
    AddressBlock,
    AnyOf,
    CanReach,
    ConnectionClaim,
    DeniedByDefault,
    EndpointSet,
    External,
    Group,
    PodNamed,
    PodsWhere,
)
from netproof_specs.frozen import replace
from netproof_specs.model.traffic import Action, Direction
from netproof_specs.worlds import World

FEW = 64
"""So many policies are never worth leaving out; a core among them is found policy by policy."""

STEPS = 4
"""So often single namespaces are added; then all that the claim can concern."""

MUCH = 8
"""An end of a claim concerns much of a cluster iff more than one in so many policies are held for
it at first."""


class Plan:
    """What to hold for a claim: at first what its narrower end needs, at last everything.

    Whatever is held, the verdict is the same. A class because a plan grows with what is learnt.
    """

    def __init__(self, atlas: Atlas, world: World, claim: ConnectionClaim) -> None:
        self._atlas, self._world, self._claim = atlas, world, claim
        self._ways = ways_of(atlas, world, claim)
        self._everywhere = (
            frozenset(atlas.pods)
            if world is World.SNAPSHOT
            else frozenset(atlas.vocabulary.namespaces)
        )
        self._all = {end: self._all_of(end) for end in End}
        first = self._first()
        self._near = None if self._is_wide(first) else first
        self._held = self._near
        self._steps = 0
        self._shared: bool | None = None

    def relevance(self) -> Relevance:
        """What is to be held now."""
        return self._relevance(self._held)

    def near(self) -> Relevance:
        """What was to be held at first."""
        return self._relevance(self._near)

    def concerned(self) -> Relevance:
        """All that the claim can concern."""
        return self._relevance(self._all)

    def is_complete(self) -> bool:
        """Whether all is held that the claim can concern."""
        return self._held is None or self._held == self._all

    def holding(self, names: tuple[frozenset[str], frozenset[str]] | None) -> Relevance:
        """What is held of these namespaces, which are those of an extent of the claim."""
        held = None if names is None else dict(zip(End, names, strict=True))
        return self._relevance(held)

    def _relevance(self, held: dict[End, frozenset[str]] | None) -> Relevance:
        found = Relevance(self._ways, self._extent(held))
        if held is not None:
            return found
        if self._shared is None:
            self._shared = not leaves_little(self._atlas, self._world, found)
        return replace(found, shared=self._shared)

    def widen(self, wanted: Iterable[tuple[End, str]]) -> None:
        """Holds the namespaces as well; more than that where it has not helped so far."""
        self._steps += 1
        if self._held is None or self._held == self._all:
            self._held = None
            return
        more = {end: frozenset(name for at, name in wanted if at is end) for end in End}
        wider = {end: self._held[end] | (more[end] & self._all[end]) for end in End}
        self._held = self._all if self._steps > STEPS or wider == self._held else wider

    def _is_wide(self, first: Mapping[End, frozenset[str]]) -> bool:
        """Whether both ends of some way concern much of the cluster: such claims share a stage.

        A stage of its own would be as large for each of them. Where one end concerns little, so
        do the rules of the other one that can be met, and a stage of its own is a small one.

        So they do beside host endpoints, which are in no namespace: what is held says nothing of
        them.
        """
        if self._atlas.beside_hosts:
            return True
        every = sum(self._weight(end, None) for end in End)
        bound = max(FEW, every // MUCH)
        return any(
            min(self._weight(end, first[end] & self._named(way.whom(end).spaces)) for end in End)
            > bound
            for way in self._ways
        )

    def _weight(self, end: End, spaces: Spaces) -> int:
        """How many policies there are for the end in these namespaces."""
        return self._atlas.pinned(_DIRECTIONS[end], spaces)

    def _first(self) -> dict[End, frozenset[str]]:
        """For each end, the namespaces that it is likely to be in where it matters."""
        return {end: self._first_at(end) for end in End}

    def _first_at(self, end: End) -> frozenset[str]:
        return self._some_member(end).union(*(self._likely(way, end) for way in self._ways))

    def _likely(self, way: Way, end: End) -> frozenset[str]:
        """All namespaces of the end, or those that the policies of a narrower end admit."""
        spaces = self._named(way.whom(end).spaces)
        near = way.whom(end.opposite)
        own, other = self._weight(end, spaces), self._weight(end.opposite, near.spaces)
        is_little = own <= max(FEW, 2 * other) or self._is_small()
        if is_little or not near.some_pod or isinstance(self._claim, CanReach):
            return spaces
        return spaces & self._admitted(way, end)

    def _is_small(self) -> bool:
        """Whether a core is to be what it is in the whole cluster, policy by policy."""
        return len(self._atlas.cluster.every_policy) <= FEW

    def _admitted(self, way: Way, end: End) -> frozenset[str]:
        """The namespaces of the end that some policy on the other end's pods names in a rule."""
        near = way.whom(end.opposite).spaces
        asked = Asked(self._atlas, self._world, (way,))
        tiers = self._atlas.bearing(_DIRECTIONS[end.opposite], self._named(near))
        admitted = [
            self._named(asked.admitted(rule.match, end))
            for tier in tiers
            for policy in meeting(asked, tier)
            for rule in policy.rules
            if rule.action is not Action.DENY
        ]
        return frozenset().union(*admitted)

    def _named(self, spaces: Spaces) -> frozenset[str]:
        return self._everywhere if spaces is None else spaces & self._everywhere

    def _all_of(self, end: End) -> frozenset[str]:
        """Every namespace that the end can be in."""
        found = (self._named(way.whom(end).spaces) for way in self._ways)
        return frozenset().union(*found) | self._some_member(end)

    def _some_member(self, end: End) -> frozenset[str]:
        """For each group of the end, the first namespace that has a member of it."""
        found: set[str] = set()
        for group in _groups_at(self._claim, end):
            spaces = whom_of(self._atlas, self._world, group.endpoints).spaces
            listed = sorted(self._named(spaces))
            first = next((one for one in listed if self._has_member(one, group.endpoints)), None)
            found.update(() if first is None else (first,))
        return frozenset(found)

    def _has_member(self, namespace: str, group: EndpointSet) -> bool:
        if self._world is not World.SNAPSHOT:
            return True
        return any(map(members_of(group), self._atlas.pods.get(namespace, ())))

    def _extent(self, held: dict[End, frozenset[str]] | None) -> Extent:
        if held is None:
            return EVERYTHING
        return Extent(*(self._held_at(end, held[end]) for end in End))

    def _held_at(self, end: End, namespaces: frozenset[str]) -> Held:
        """What is held where these namespaces are to be; those without policies cost nothing."""
        if self._is_named(end):
            return Held(namespaces, labels=namespaces, among=sets_at(self._claim, end))
        if self._world is World.SNAPSHOT:
            return Held(namespaces, self._everywhere - namespaces, among=sets_at(self._claim, end))
        pinned = self._atlas.homes[_DIRECTIONS[end]]
        lacking = frozenset(home for tier in pinned for home in tier if home) - namespaces
        return Held(self._everywhere - lacking, lacking)

    def _is_named(self, end: End) -> bool:
        """Whether the claim itself names the namespaces of every pod that the end can be."""
        known = all(way.whom(end).spaces is not None for way in self._ways)
        return known and all(_is_named(one.endpoints) for one in _groups_at(self._claim, end))


def sets_at(claim: ConnectionClaim, end: End) -> tuple[EndpointSet, ...] | None:
    """The sets in one of which the end is wherever the claim asks of it; None is any."""
    if isinstance(claim, DeniedByDefault) or any(one.at(end) for one in admitted_by(claim)):
        return None
    groups = [one.at(end) for one in spans_of(claim)]
    if None in groups:
        return None
    return tuple(one.endpoints for one in groups if one is not None)


def _groups_at(claim: ConnectionClaim, end: End) -> tuple[Group, ...]:
    """The groups that the end is held against."""
    if isinstance(claim, DeniedByDefault):
        return (claim.group,)
    groups = (one.at(end) for one in (*spans_of(claim), *admitted_by(claim)))
    return tuple(one for one in groups if one is not None)


_DIRECTIONS = {subject_end(direction): direction for direction in Direction}


def _is_named(group: EndpointSet) -> bool:
    """Whether the group itself says which namespaces its pods are in."""
    match group:
        case PodsWhere(str()) | PodNamed() | AddressBlock() | External():
            return True
        case AnyOf(members):
            return all(map(_is_named, members))
        case _:
            return False
