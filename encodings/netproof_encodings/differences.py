"""Obligations on two sets of policies: where they decide differently, if anywhere."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import Enum

from netproof_encodings.connections import (
    allowed,
    connection_space,
    namespace_selected,
    side_allows,
)
from netproof_encodings.lowering import fixed, lower
from netproof_encodings.obligations import Stage, referred_namespaces
from netproof_encodings.smtlib import Script
from netproof_encodings.terms import Term, Terms
from netproof_encodings.tiers import Tier, TierPolicy
from netproof_encodings.vocabulary import vocabulary_of
from netproof_encodings.widening import port_bounds
from netproof_encodings.worlds import Scene, general_constraints, scene_of, world_constraints
from netproof_specs.model.cluster import Cluster, Policy
from netproof_specs.model.labels import NAME_LABEL, LabelSelector, Operator, Requirement
from netproof_specs.model.traffic import Direction, PortRange
from netproof_specs.worlds import World


class Way(Enum):
    """Which of two decisions allows a connection that the other denies."""

    ADDED = "added"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class Slice:
    """The policies of one namespace in one direction, on both sides."""

    namespace: str
    direction: Direction
    old: tuple[Policy, ...]
    new: tuple[Policy, ...]


def slice_differs(part: Slice) -> str:
    """Unsatisfiable iff the direction's decision for the namespace's pods is the same everywhere.

    "Everywhere" is every world under every assumption: nothing is required of the endpoints but
    what holds in all of them, so an unsatisfiable slice needs no further question.
    """
    tiers = _both_sides(part.old, part.new)
    terms = Terms()
    space = connection_space(terms, vocabulary_of((*tiers[0], *tiers[1]), (), (part.namespace,)))
    old, new = (
        side_allows(terms, space, side, part.direction, prefix)
        for side, prefix in zip(tiers, ("old.", "new."), strict=True)
    )
    differs = terms.negation(terms.equivalence(old, new))
    constraints = general_constraints(terms, space)
    return Script(terms).assertions([*constraints, differs])


def _both_sides(
    old: Sequence[Policy], new: Sequence[Policy]
) -> tuple[tuple[Tier, ...], tuple[Tier, ...]]:
    return fixed(lower(old), 0), fixed(lower(new), len(old))


@dataclass(frozen=True, slots=True)
class DifferenceStage:
    """A world in which two sets of policies decide one connection.

    `stage` is ready for further terms; its `allowed` is the decision of NEW. `changed` holds,
    for each way, the term that is true iff the connection changes in that way. `bounds` are the
    first ports of the stretches on which neither side can tell ports apart, and 65536.
    """

    stage: Stage
    changed: dict[Way, Term]
    bounds: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Sides:
    """Two sets of policies and the slices in which they differ; in all others they decide alike."""

    old: Sequence[Policy]
    new: Sequence[Policy]
    differing: Sequence[Slice]


def difference_stage(cluster: Cluster, sides: Sides, world: World) -> DifferenceStage:
    """The stage for questions on the connections that concern a differing slice.

    `cluster` holds what both sides share; its own policies are not looked at.
    """
    whole = _both_sides(sides.old, sides.new)
    tiers = _shared(whole, sides.differing)
    vocabulary = vocabulary_of((*tiers[0], *tiers[1]), (), _namespaces(cluster, sides, world))
    scene = scene_of(world, cluster, vocabulary)
    terms = Terms()
    space = connection_space(terms, vocabulary)
    before, after = (
        terms.bind(f"{side}.decision", allowed(terms, space, found, f"{side}."))
        for side, found in zip(("old", "new"), tiers, strict=True)
    )
    script = Script(terms)
    changed = {
        Way.ADDED: terms.conjunction((terms.negation(before), after)),
        Way.REMOVED: terms.conjunction((before, terms.negation(after))),
    }
    text = script.assertions(world_constraints(terms, space, scene))
    text += script.definitions([before, after])
    referred = frozenset(vocabulary.namespaces)
    stage = Stage(terms, script, space, scene, after, 0, text, referred)
    return DifferenceStage(stage, changed, _bounds((*tiers[0], *tiers[1]), scene))


_Tiers = tuple[tuple[Tier, ...], tuple[Tier, ...]]


def _namespaces(cluster: Cluster, sides: Sides, world: World) -> Iterable[str]:
    """The namespaces that are in the world whatever the differing slices mention.

    In `any-pods` those are all that either side refers to (A.52).
    """
    if world is not World.ANY_PODS:
        return tuple(one.name for one in cluster.namespaces)
    return referred_namespaces(cluster, (*sides.old, *sides.new))


def _shared(tiers: _Tiers, differing: Sequence[Slice]) -> _Tiers:
    """NEW with OLD's policies wherever both decide alike, and neither with what cannot matter.

    Equal parts become identical terms, so that a solver need not find out that they are equal.
    Where all differing slices are of one direction, the pod at that end lives in one of their
    namespaces, so that policies of that direction elsewhere do not bear on any question.
    Splitting a tier by namespace is sound as long as its policies all allow, in any order.
    """
    kept = _differing_by_direction(differing)
    only = [direction for direction in Direction if kept[direction]]
    old, new = [], []
    for before, after in zip(*tiers, strict=True):
        here = kept[before.direction]
        assert before.only_allows
        assert after.only_allows
        alike = [] if only == [before.direction] else _elsewhere(before, here)
        old.append(replace(before, policies=(*alike, *_inside(before, here))))
        new.append(replace(after, policies=(*alike, *_inside(after, here))))
    return tuple(old), tuple(new)


def _differing_by_direction(differing: Sequence[Slice]) -> dict[Direction, set[str]]:
    return {
        direction: {one.namespace for one in differing if one.direction is direction}
        for direction in Direction
    }


def _inside(tier: Tier, namespaces: set[str]) -> list[TierPolicy]:
    return [one for one in tier.policies if one.origin.namespace in namespaces]


def _elsewhere(tier: Tier, namespaces: set[str]) -> list[TierPolicy]:
    return [one for one in tier.policies if one.origin.namespace not in namespaces]


def _bounds(tiers: Sequence[Tier], scene: Scene) -> tuple[int, ...]:
    declared = ((port.port, port.port) for one in scene.classes for port in one.ports)
    return tuple(port_bounds((*_ranges(tiers), *declared)))


def _ranges(tiers: Sequence[Tier]) -> Iterator[tuple[int, int]]:
    for tier in tiers:
        for policy in tier.policies:
            for rule in policy.rules:
                for port in rule.match.ports or ():
                    if isinstance(port.port, PortRange):
                        yield port.port.first, port.port.last


def concerns(on: DifferenceStage, namespace: str, direction: Direction) -> Term:
    """True iff the pod whose side of the connection the slice decides is in the namespace."""
    space = on.stage.space
    end = space.source if direction is Direction.EGRESS else space.destination
    name = Requirement(NAME_LABEL, Operator.IN, (namespace,))
    inside = namespace_selected(on.stage.terms, end.namespace, LabelSelector((name,)))
    return on.stage.terms.conjunction((end.pod, inside))
