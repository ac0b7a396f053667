"""Obligations on two sets of policies: where they decide differently, if anywhere."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from enum import Enum
from typing import assert_never

from netproof_encodings.decision.conditions import Atom, OnPorts, atoms_of, subject_end
from netproof_encodings.decision.folding import Lean, ties_of
from netproof_encodings.decision.tiers import Tier, TierPolicy, matches_of
from netproof_encodings.differences.bounds import corners_of, facing_corners
from netproof_encodings.differences.passages import passage_differs, passed_in_both
from netproof_encodings.differences.slices import (
    AnySlice,
    PassageSlice,
    Slice,
    Versions,
    of_passages,
    of_pods,
)
from netproof_encodings.differences.widening import Alike, alike_hosts
from netproof_encodings.logic.smtlib import Script
from netproof_encodings.logic.terms import Term, Terms
from netproof_encodings.lowering import restricted
from netproof_encodings.lowering.facing import facing_pods_of
from netproof_encodings.meaning.connections import InTerms, Outcome, mixed, side_allows
from netproof_encodings.meaning.scenes import NewPods, Scene, scene_of
from netproof_encodings.meaning.spaces import ConnectionSpace, connection_space, is_named
from netproof_encodings.meaning.worlds import general_constraints, world_constraints
from netproof_encodings.obligations.claims import Stage, require
from netproof_encodings.parts.atlas import referred_namespaces
from netproof_encodings.vocabulary.mentioned import (
    vocabulary_of,
    vocabulary_of_atoms,
    with_hosts,
    with_passages,
)
from netproof_encodings.vocabulary.stretches import named_sources, port_bounds
from netproof_specs.frozen import Frozen, replace
from netproof_specs.model.cluster import Cluster
from netproof_specs.model.traffic import Direction
from netproof_specs.worlds import World


class Way(Enum):
    """Which of two decisions allows a connection that the other denies."""

    ADDED = "added"
    REMOVED = "removed"


def slice_differs(part: AnySlice) -> str:
    """Unsatisfiable iff both versions decide the same in the slice, everywhere.

    "Everywhere" is every world under every assumption: nothing is required of the endpoints but
    what holds in all of them, so an unsatisfiable slice needs no further question. Endpoints of
    other namespaces are not ruled out either: that is more than has to be shown, never less.
    """
    terms = Terms()
    space = _slice_space(terms, part)
    constraints = general_constraints(terms, space)
    match part:
        case Slice():
            differs = _side_differs(terms, space, part)
            if part.namespace is not None:
                # Host endpoints are in no namespace, and so in the slice without one.
                end = space.end(subject_end(part.direction))
                constraints.append(terms.negation(end.is_host(terms)))
        case PassageSlice():
            differs = passage_differs(terms, space, part)
        case _:
            assert_never(part)
    return Script(terms).assertions([*constraints, differs])


def _side_differs(terms: Terms, space: ConnectionSpace, part: Slice) -> Term:
    """True iff the direction's decision for the namespace's pods is not the same."""
    old, new = InTerms(terms, space, "old."), InTerms(terms, space, "new.")
    return terms.disjunction(
        terms.negation(
            terms.equivalence(
                side_allows(old, {part.direction: part.old}, part.direction, lean),
                side_allows(new, {part.direction: part.new}, part.direction, lean),
            )
        )
        for lean in _leans((*part.old, *part.new))
    )


def _leans(tiers: Iterable[Tier]) -> tuple[Lean, ...]:
    """The outcomes that both versions have to share: with open ties, those of every order (C.4)."""
    return tuple(Lean) if any(ties_of(tiers)) else (Lean.ORDERED,)


def slice_space(part: AnySlice) -> ConnectionSpace:
    """The symbols that `slice_differs` speaks of."""
    return _slice_space(Terms(), part)


def _slice_space(terms: Terms, part: AnySlice) -> ConnectionSpace:
    match part:
        case Slice(namespace=namespace, old=old, new=new):
            names = () if namespace is None else (namespace,)
            mentioned = vocabulary_of((*old, *new), (), names)
        case PassageSlice():
            mentioned = with_passages(vocabulary_of(part.tiers, (), ()), [part.old])
        case _:
            assert_never(part)
    return connection_space(terms, with_hosts(mentioned, part.hosts))


class DifferenceStage(Frozen):
    """A world in which two sets of policies decide one connection.

    `stage` is ready for further terms; its `outcome` is the decision of NEW. `changed` holds,
    for each way, the term that is true iff the connection changes in that way. `concerned` is
    true iff an end whose side some differing slice decides is in that slice, and `world` iff
    the symbols describe a connection of the world.
    """

    stage: Stage
    changed: dict[Way, Term]
    concerned: Term
    world: Term
    alike: Alike


def difference_stage(
    cluster: Cluster,
    versions: Versions,
    differing: Sequence[AnySlice],
    world: World,
    new_pods: NewPods = NewPods.AS_ASSUMED,
) -> DifferenceStage:
    """The stage for questions on the connections that concern a differing slice.

    In all other slices both versions must decide alike. `cluster` holds what both of them share;
    its own policies are not looked at. `new_pods` says what is known of those of open worlds.
    """
    parts = _mentioning(versions, differing)
    atoms = _atoms(parts)
    names = _namespaces(cluster, versions, of_pods(differing), world)
    mentioned = vocabulary_of_atoms(atoms, (), names)
    mentioned = with_passages(mentioned, [before for before, _ in versions.passages])
    scene = replace(scene_of(world, cluster, mentioned), new_pods=new_pods)
    return _staged(scene, versions, (parts, atoms), differing)


def difference_in_snapshot(
    on: DifferenceStage, versions: Versions, differing: Sequence[AnySlice]
) -> DifferenceStage:
    """The stage for the same questions on the pods of the cluster as they are."""
    scene = on.stage.scene
    as_it_is = scene_of(World.SNAPSHOT, scene.cluster, scene.vocabulary)
    parts = _mentioning(versions, differing)
    return _staged(as_it_is, versions, (parts, _atoms(parts)), differing)


def _atoms(parts: Versions) -> list[Atom]:
    return [atom for match in matches_of(parts.tiers) for atom in atoms_of(match)]


def _mentioning(versions: Versions, differing: Sequence[AnySlice]) -> Versions:
    """The versions without what mentions nothing that a connection of a differing slice can have.

    Whatever passes a host can have any ends, so that nothing is left out where that differs.

    Where all of these are of one direction, the end that it decides is in one of them, so that
    policies of that direction that are pinned elsewhere do not matter. In the other direction NEW
    decides as OLD; what is said there of pods elsewhere does not matter, unless a slice is that of
    no namespace.
    """
    sides = of_pods(differing)
    ways = {one.direction for one in sides}
    if len(ways) != 1 or of_passages(differing):
        return replace(versions, old={way: versions.whole(way, None) for way in Direction})
    (way,) = ways
    homes = _homes(sides, way)
    if all(one.namespace is not None for one in sides):
        around = facing_pods_of(versions.whole(_BESIDE[way], homes), homes)
    else:
        around = versions.whole(_BESIDE[way], None)
    old, new = (
        {way: restricted(tiers[way], homes), _BESIDE[way]: around}
        for tiers in (versions.old, versions.new)
    )
    return replace(versions, old=old, new=new)


def _deciding(parts: Versions, differing: Sequence[AnySlice]) -> Versions:
    """The versions without what bears on no connection that can be decided differently.

    At an end outside of the differing slices of its direction a decision matters only where those
    of the other direction can differ, or what hosts let through.
    """
    if of_passages(differing):
        return parts
    sides = of_pods(differing)
    return replace(parts, old={way: _facing(parts.old[way], sides, way) for way in Direction})


def _facing(
    tiers: tuple[Tier, ...], differing: Sequence[Slice], way: Direction
) -> tuple[Tier, ...]:
    """The tiers of a direction; what bears on its differing slices stays as it is."""
    own = {one.namespace for one in differing if one.direction is way}
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


_BESIDE = {Direction.EGRESS: Direction.INGRESS, Direction.INGRESS: Direction.EGRESS}
"""The direction of the other side of a connection."""


def _staged(
    scene: Scene,
    versions: Versions,
    spoken_of: tuple[Versions, Sequence[Atom]],
    differing: Sequence[AnySlice],
) -> DifferenceStage:
    """The stage of a scene, given the parts of the versions that it speaks of, and their atoms."""
    parts, atoms = spoken_of
    terms = Terms()
    space = connection_space(terms, scene.vocabulary)
    sides = of_pods(differing)
    inside = {way: _inside(terms, space, versions, sides, way) for way in Direction}
    both = InTerms(terms, space, "old."), InTerms(terms, space, "new.")
    old, new = _outcomes(both, _deciding(parts, differing), sides, inside)
    before, after = _bound(terms, "old", old), _bound(terms, "new", new)
    passed = passed_in_both(both, versions.passages, of_passages(differing))
    script = Script(terms)
    changed = {
        Way.ADDED: _changed(terms, (before, after), passed.new, passed.opened),
        Way.REMOVED: _changed(terms, (after, before), passed.old, passed.closed),
    }
    world = world_constraints(terms, space, scene)
    text = script.assertions(world)
    text += script.definitions(
        [before.sometimes, after.sometimes, before.always, after.always]
    )
    referred = frozenset(scene.vocabulary.namespaces)
    stage = Stage(terms, script, space, scene, after, 0, text, referred, parts.new)
    concerned = terms.disjunction((*inside.values(), passed.concerned))
    within = terms.conjunction(world)
    return DifferenceStage(stage, changed, concerned, within, _alike(atoms, scene))


def _bound(terms: Terms, version: str, outcome: Outcome) -> Outcome:
    """The outcome of a version with its terms bound, so that a solver takes them in once."""
    sometimes = terms.bind(f"{version}.decision", outcome.sometimes)
    if outcome.always is outcome.sometimes:
        return Outcome(sometimes, sometimes)
    return Outcome(sometimes, terms.bind(f"{version}.decision-in-every-order", outcome.always))


def _changed(
    terms: Terms, versions: tuple[Outcome, Outcome], passed: Outcome, turned: Outcome
) -> Term:
    """True iff some set-up lets the second of the versions allow what the first denies.

    Where the order of tied policies is left open, a connection may be allowed in some orders: it
    changes iff it comes to be allowed in some order, or in every one. Without hosts that let
    something through, it changes in one way at most.

    Both versions stand in one set-up: with one way through hosts, that none of the objects tells
    (D.37). There the second allows what its pods' policies and all hosts on the way allow; the
    first denies it at the pods, or at a host that the second lets it pass. One host and direction
    is enough for that, and in all else the set-up may be the one that lets through the most.
    `passed` is what the second one's hosts let through in that, and `turned` where some host could
    be asked in a direction so that it makes the difference. What `turned` needs `passed` does not
    contradict: a host that is surely asked is asked in both.
    """
    first, second = versions
    return terms.disjunction(
        terms.conjunction((terms.disjunction((terms.negation(less), turn)), more, through))
        for less, more, through, turn in (
            (first.sometimes, second.sometimes, passed.sometimes, turned.sometimes),
            (first.always, second.always, passed.always, turned.always),
        )
    )


def changes(on: DifferenceStage, way: Way) -> Term:
    """True iff the connection changes in that way and concerns a differing slice."""
    return on.stage.terms.conjunction((on.changed[way], on.concerned))


def without_change(on: DifferenceStage, way: Way) -> str:
    """Unsatisfiable on the stage iff no connection changes in that way."""
    return require(on.stage, changes(on, way))


def _homes(differing: Sequence[Slice], direction: Direction) -> frozenset[str]:
    """The namespaces of the differing slices of a direction."""
    return frozenset(
        one.namespace
        for one in differing
        if one.direction is direction and one.namespace is not None
    )


def _inside(
    terms: Terms,
    space: ConnectionSpace,
    versions: Versions,
    differing: Sequence[Slice],
    direction: Direction,
) -> Term:
    """True iff the end whose side the direction decides is in a differing slice."""
    end = space.end(subject_end(direction))
    homes = _homes(differing, direction)
    found = [terms.conjunction((end.pod, is_named(terms, end.namespace, sorted(homes))))]
    if any(one.namespace is None for one in differing if one.direction is direction):
        pinned = is_named(terms, end.namespace, sorted(_pinned(versions, direction)))
        found.append(terms.negation(terms.conjunction((end.pod, pinned))))
    return terms.disjunction(found)


def _pinned(versions: Versions, direction: Direction) -> frozenset[str]:
    """The namespaces that some policy of the direction is pinned to, in either version."""
    listed = (*versions.whole(direction, None), *versions.new[direction])
    return frozenset(one.home for tier in listed for one in tier.policies if one.home)


def _outcomes(
    both: tuple[InTerms, InTerms],
    parts: Versions,
    differing: Sequence[Slice],
    inside: Mapping[Direction, Term],
) -> tuple[Outcome, Outcome]:
    """What the ends of the connection decide under OLD and NEW, by the assumption on ties."""
    found = {
        lean: _decisions(both, parts, differing, inside, lean) for lean in _leans(parts.of_pods)
    }
    old = mixed(both[0], {lean: pair[0] for lean, pair in found.items()})
    return old, mixed(both[1], {lean: pair[1] for lean, pair in found.items()})


def _decisions(
    algebras: tuple[InTerms, InTerms],
    parts: Versions,
    differing: Sequence[Slice],
    inside: Mapping[Direction, Term],
    lean: Lean,
) -> tuple[Term, Term]:
    """The decisions of OLD and NEW, where NEW takes over OLD's outside the differing slices.

    Equal parts become one and the same term, so that a solver need not find out that they are
    equal.
    """
    before, after = [], []
    terms = algebras[0].terms
    for direction, differs in inside.items():
        old = new = side_allows(algebras[0], parts.old, direction, lean)
        if differs is not terms.false:
            here = restricted(parts.new[direction], _homes(differing, direction))
            own = side_allows(algebras[1], {direction: here}, direction, lean)
            kept = terms.conjunction((terms.negation(differs), old))
            new = terms.disjunction((terms.conjunction((differs, own)), kept))
        before.append(old)
        after.append(new)
    return terms.conjunction(before), terms.conjunction(after)


def _namespaces(
    cluster: Cluster, versions: Versions, differing: Sequence[Slice], world: World
) -> tuple[str, ...]:
    """The namespaces that are in the world whatever the differing slices mention.

    In `any-pods` those are all that either version refers to (docs/worlds.md). What lies elsewhere
    than in the pinned namespaces can be told only where all of these are known.
    """
    found = {one.name for one in cluster.namespaces}
    if world is World.ANY_PODS:
        found.update(referred_namespaces(cluster, versions.policies))
    for one in differing:
        found.update(_pinned(versions, one.direction) if one.namespace is None else ())
    return tuple(sorted(found))


def _alike(atoms: Sequence[Atom], scene: Scene) -> Alike:
    ranges = ((one.ports.first, one.ports.last) for one in atoms if isinstance(one, OnPorts))
    declared = [port for one in scene.classes for port in one.ports]
    own = ((port.port, port.port) for port in declared)
    named = ((port.port, port.port) for one in scene.vocabulary.hosts for port in one.ports)
    bounds = tuple(port_bounds((*ranges, *own, *named)))
    from_own = named_sources(scene.vocabulary, declared)
    sources = tuple(port_bounds((*scene.vocabulary.source_ports, *from_own)))
    return Alike(bounds, alike_hosts(atoms, scene.vocabulary), sources)
