"""What of two versions bears on the slices that differ: what the full question has to hold."""

from __future__ import annotations

from collections.abc import Sequence

from netproof_encodings.decision.conditions import Atom, atoms_of
from netproof_encodings.decision.tiers import Tier, TierPolicy, matches_of
from netproof_encodings.differences.bounds import corners_of, facing_corners
from netproof_encodings.differences.slices import AnySlice, Slice, Versions, of_ends, of_passages
from netproof_encodings.lowering import restricted
from netproof_encodings.lowering.facing import facing_pods_of
from netproof_encodings.vocabulary.hosts import Whom, barred_by
from netproof_specs.frozen import Frozen, replace
from netproof_specs.model.traffic import Direction


class Bearing(Frozen):
    """What of two versions bears on the slices that differ, in any world.

    `mentioned` is what the full question has to hold, `atoms` what it asks of a connection, and
    `deciding` what of it bears on a connection that can be decided differently.
    """

    mentioned: Versions
    atoms: tuple[Atom, ...]
    deciding: Versions


def bearing_on(versions: Versions, differing: Sequence[AnySlice]) -> Bearing:
    """What of the versions bears on the slices that differ."""
    mentioned = mentioning(versions, differing)
    matches = (*matches_of(mentioned.tiers), *barred_by(mentioned.others))
    # Most are shared by both versions, and by both kinds of ends.
    unlike = {id(match): match for match in matches}.values()
    atoms = tuple(atom for match in unlike for atom in atoms_of(match))
    return Bearing(mentioned, atoms, deciding(mentioned, differing))


def mentioning(versions: Versions, differing: Sequence[AnySlice]) -> Versions:
    """The versions without what mentions nothing that a connection of a differing slice can have.

    Whatever passes a host can have any ends, so that nothing is left out where that differs.

    Where all of these are of one direction, the end that it decides is in one of them, so that
    policies of that direction that are pinned elsewhere do not matter. In the other direction NEW
    decides as OLD; what is said there of pods elsewhere does not matter, unless a slice is that of
    no namespace. A host endpoint is no pod, so that what is said of pods does not matter to one.
    """
    sides = of_ends(differing)
    ways = {one.direction for one in sides}
    if len(ways) != 1 or of_passages(differing):
        return replace(versions, old={way: versions.whole(way, None) for way in Direction})
    (way,) = ways
    known, others = (of_ends(sides, whom) for whom in (Whom.KNOWN, Whom.OTHERS))
    homes, beside = homes_of(known, way), BESIDE[way]
    if all(one.namespace is not None for one in known):
        around = facing_pods_of(versions.whole(beside, homes), homes)
        of_others = facing_pods_of(versions.old_others[beside], homes)
    else:
        around, of_others = versions.whole(beside, None), versions.old_others[beside]
    old, new = (
        {way: restricted(tiers[way], homes), beside: around}
        for tiers in (versions.old, versions.new)
    )
    at = homes_of(others, way)
    old_others, new_others = (
        {way: restricted(tiers[way], at), beside: of_others}
        for tiers in (versions.old_others, versions.new_others)
    )
    return replace(versions, old=old, new=new, old_others=old_others, new_others=new_others)


def deciding(parts: Versions, differing: Sequence[AnySlice]) -> Versions:
    """The versions without what bears on no connection that can be decided differently.

    At an end outside of the differing slices of its direction a decision matters only where those
    of the other direction can differ, or what hosts let through.
    """
    if of_passages(differing):
        return parts
    sides = of_ends(differing)
    old, others = (
        {way: _facing(tiers[way], sides, way, whom) for way in Direction}
        for tiers, whom in ((parts.old, Whom.KNOWN), (parts.old_others, Whom.OTHERS))
    )
    return replace(parts, old=old, old_others=others)


def _facing(
    tiers: tuple[Tier, ...], differing: Sequence[Slice], way: Direction, whom: Whom
) -> tuple[Tier, ...]:
    """The tiers of a direction for `whom`; what bears on its differing slices stays as it is."""
    own = {one.namespace for one in of_ends(differing, whom) if one.direction is way}
    beside = [one for one in differing if one.direction is not way]
    bounds = [corners_of(one.old, one.new) for one in beside]
    if None in own or None in bounds:
        return tiers
    faced = facing_corners(corner for bound in bounds for corner in bound or ())

    def kept(one: TierPolicy) -> TierPolicy | None:
        bears = bool(own) if one.home is None else one.home in own
        return one if bears else faced(one)

    return tuple(
        replace(tier, policies=tuple(one for one in map(kept, tier.policies) if one is not None))
        for tier in tiers
    )


def homes_of(differing: Sequence[Slice], direction: Direction) -> frozenset[str]:
    """The namespaces of the differing slices of a direction."""
    return frozenset(
        one.namespace
        for one in differing
        if one.direction is direction and one.namespace is not None
    )


def pinned(versions: Versions, direction: Direction, whom: Whom) -> frozenset[str]:
    """The namespaces that some policy of the direction is pinned to, in either version."""
    old, new = versions.for_whom(whom)
    before = versions.whole(direction, None) if whom is Whom.KNOWN else old[direction]
    listed = (*before, *new[direction])
    return frozenset(one.home for tier in listed for one in tier.policies if one.home)


BESIDE = {Direction.EGRESS: Direction.INGRESS, Direction.INGRESS: Direction.EGRESS}
"""The direction of the other side of a connection."""
