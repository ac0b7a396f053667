"""What of the policies of a cluster bears on a claim, of that which a stage holds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from netproof_encodings.decision.conditions import End, InBlock, atoms_of, subject_end
from netproof_encodings.decision.tiers import Tier, TierPolicy, matches_of
from netproof_encodings.lowering import Tiers, every_tier
from netproof_encodings.parts.atlas import Atlas
from netproof_encodings.parts.extents import Extent, Held
from netproof_encodings.parts.pods import can_meet, classes_at, is_carried_by_none
from netproof_encodings.parts.relevance import Asked, Relevance
from netproof_specs.frozen import replace
from netproof_specs.model.traffic import Direction
from netproof_specs.worlds import World


def bearing_on(atlas: Atlas, world: World, relevance: Relevance) -> Tiers:
    """The tiers of what is held, without policies and rules that none of the ways can meet.

    They decide every connection of the ways as all tiers do, where its ends are held.
    """
    asked = Asked(atlas, world, relevance.ways)
    return {
        direction: tuple(
            replace(tier, policies=tuple(meeting(asked, tier)))
            for tier in _selecting(atlas, world, relevance.extent, direction)
        )
        for direction in Direction
    }


LITTLE = 4
"""A claim leaves little of a cluster iff not one in so many rules can be met."""


def leaves_little(atlas: Atlas, world: World, relevance: Relevance) -> bool:
    """Whether a stage of the whole cluster is small once it holds what bears on the claim alone.

    Beside host endpoints, which are in no namespace, everything is held.
    """
    left, every = _rules(bearing_on(atlas, world, relevance)), _rules(atlas.tiers)
    return not atlas.beside_hosts and left * LITTLE < every


def _rules(tiers: Tiers) -> int:
    return sum(len(one.rules) for tier in every_tier(tiers) for one in tier.policies)


def _selecting(atlas: Atlas, world: World, extent: Extent, direction: Direction) -> Iterator[Tier]:
    """The tiers of what is held; in the snapshot, with what can select a pod that is there.

    A policy that is pinned to no namespace is always among it.
    """
    end = subject_end(direction)
    held, tiers = extent.at(end), _held_tiers(atlas, extent, direction)
    if world is not World.SNAPSHOT or held is None:
        yield from tiers
        return
    found = classes_at(atlas, held)
    there = {name: found.get(name, ()) for name in held.namespaces}
    carried = {
        name: frozenset(pair for one in those for pair in one.labels.items())
        for name, those in there.items()
    }

    def selects(policy: TierPolicy) -> bool:
        home = policy.home
        if home is None:
            return True
        return not is_carried_by_none(policy.subject, carried[home], end) and any(
            can_meet(one, policy.subject, end) for one in there[home]
        )

    for tier in tiers:
        yield replace(tier, policies=tuple(filter(selects, tier.policies)))


def with_free_blocks(atlas: Atlas, world: World, relevance: Relevance, tiers: Tiers) -> Extent:
    """The extent with those blocks of the tiers and ways in which only held pods have addresses."""
    if world is not World.SNAPSHOT:
        return relevance.extent
    blocks = {
        atom.cidr
        for match in matches_of(every_tier(tiers))
        for atom in atoms_of(match)
        if isinstance(atom, InBlock)
    }
    for way in relevance.ways:
        blocks.update(*(way.whom(end).outside or () for end in End))
    owners = {cidr: atlas.addresses.of_all.owners(cidr) for cidr in sorted(blocks)}
    return Extent(*(_freed(relevance.extent.at(end), owners) for end in End))


def _freed(held: Held | None, owners: Mapping[str, frozenset[str]]) -> Held | None:
    if held is None:
        return None
    return replace(held, free=tuple(one for one in owners if owners[one] <= held.namespaces))


def _held_tiers(atlas: Atlas, extent: Extent, direction: Direction) -> tuple[Tier, ...]:
    held = extent.at(subject_end(direction))
    if held is None:
        return atlas.tiers[direction]
    return atlas.bearing(direction, held.namespaces)


def meeting(asked: Asked, tier: Tier) -> Iterator[TierPolicy]:
    """The policies of the tier that one of the ways can meet, with the rules that it can."""
    found = map(asked.meeting, tier.policies)
    return (policy for policy in found if policy is not None)
