"""Obligations on two sets of policies: where they decide differently, if anywhere."""

from __future__ import annotations

from collections.abc import Container, Sequence
from enum import Enum
from typing import assert_never

from netproof_encodings.decision.conditions import Atom, OnPorts, subject_end
from netproof_encodings.decision.tiers import Passage
from netproof_encodings.differences.bearing import Bearing, bearing_on, pinned
from netproof_encodings.differences.decisions import (
    algebras,
    kinds_of,
    leans_of,
    namespaces_asked,
    outcomes,
)
from netproof_encodings.differences.passages import passage_differs, passed_in_both
from netproof_encodings.differences.slices import (
    AnySlice,
    PassageSlice,
    Slice,
    Versions,
    of_ends,
    of_passages,
)
from netproof_encodings.differences.widening import Alike, alike_hosts
from netproof_encodings.logic.smtlib import Script
from netproof_encodings.logic.terms import Term, Terms
from netproof_encodings.meaning.connections import Outcome, side_allows
from netproof_encodings.meaning.host_endpoints import other_host_constraints
from netproof_encodings.meaning.scenes import NewPods, Scene, scene_of
from netproof_encodings.meaning.spaces import ConnectionSpace, connection_space
from netproof_encodings.meaning.worlds import general_constraints, world_constraints
from netproof_encodings.obligations.claims import Stage, require
from netproof_encodings.parts.atlas import referred_namespaces
from netproof_encodings.vocabulary.hosts import Whom, barred_by
from netproof_encodings.vocabulary.mentioned import (
    vocabulary_of,
    vocabulary_of_atoms,
    with_hosts,
    with_others,
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
    constraints += other_host_constraints(terms, space, part.others)
    match part:
        case Slice():
            differs = _side_differs(terms, space, part)
            constraints.append(_is_of_kind(terms, space, part))
        case PassageSlice():
            differs = passage_differs(terms, space, part)
        case _:
            assert_never(part)
    return Script(terms).assertions([*constraints, differs])


def _is_of_kind(terms: Terms, space: ConnectionSpace, part: Slice) -> Term:
    """True iff the end is one that the slice can decide for, its namespace aside.

    Host endpoints of the input are in no namespace, and so in the slice without one.
    """
    end = space.end(subject_end(part.direction))
    if part.whom is Whom.OTHERS:
        return end.is_other_host(terms)
    others = end.is_other_host(terms) if part.namespace is None else end.is_host(terms)
    return terms.negation(others)


def _side_differs(terms: Terms, space: ConnectionSpace, part: Slice) -> Term:
    """True iff the direction's decision for the slice's ends is not the same."""
    old, new = algebras(terms, space, part.whom)
    return terms.disjunction(
        terms.negation(
            terms.equivalence(
                side_allows(old, {part.direction: part.old}, part.direction, lean),
                side_allows(new, {part.direction: part.new}, part.direction, lean),
            )
        )
        for lean in leans_of((*part.old, *part.new))
    )


def slice_space(part: AnySlice) -> ConnectionSpace:
    """The symbols that `slice_differs` speaks of."""
    return _slice_space(Terms(), part)


def _slice_space(terms: Terms, part: AnySlice) -> ConnectionSpace:
    match part:
        case Slice(namespace=namespace, old=old, new=new, whom=whom):
            names = () if namespace is None or whom is Whom.OTHERS else (namespace,)
            mentioned = vocabulary_of((*old, *new), (), names, barred_by(part.others))
        case PassageSlice():
            mentioned = vocabulary_of(part.tiers, (), (), barred_by(part.others))
            mentioned = with_passages(mentioned, [part.old])
        case _:
            assert_never(part)
    return connection_space(terms, with_others(with_hosts(mentioned, part.hosts), part.others))


class DifferenceStage(Frozen):
    """A world in which two sets of policies decide one connection.

    `stage` is ready for further terms; its `outcome` is the decision of NEW. `changed` holds,
    for each way, the term that is true iff the connection changes in that way. `concerned` is
    true iff an end whose side some differing slice decides is in that slice, and `world` iff
    the symbols describe a connection of the world. `bearing` is what of the versions it speaks of.
    """

    stage: Stage
    changed: dict[Way, Term]
    concerned: Term
    world: Term
    alike: Alike
    bearing: Bearing


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
    bearing = bearing_on(versions, differing)
    atoms = [*bearing.atoms, *namespaces_asked(versions, differing)]
    names = _namespaces(cluster, versions, of_ends(differing, Whom.KNOWN), world)
    mentioned = with_others(vocabulary_of_atoms(atoms, (), names), versions.others)
    mentioned = with_passages(mentioned, [before for before, _ in versions.passages])
    scene = replace(scene_of(world, cluster, mentioned), new_pods=new_pods)
    return _staged(scene, versions, bearing, differing)


def difference_in_snapshot(
    on: DifferenceStage, versions: Versions, differing: Sequence[AnySlice]
) -> DifferenceStage:
    """The stage for the same questions on the pods and host endpoints of the cluster as they are.

    There no end is another host endpoint, and no pod is behind one.
    """
    scene = on.stage.scene
    known = {one.name for one in versions.hosts}
    here = tuple(_of_hosts(before, known) for before, _ in versions.passages)
    mentioned = replace(scene.vocabulary, passages=here)
    as_it_is = scene_of(World.SNAPSHOT, scene.cluster, mentioned)
    return _staged(as_it_is, versions, on.bearing, differing)


def _of_hosts(passage: Passage, names: Container[str]) -> Passage:
    """The passage of those of its host endpoints that have the names."""
    return replace(passage, hosts=tuple(name for name in passage.hosts if name in names))


def _staged(
    scene: Scene,
    versions: Versions,
    bearing: Bearing,
    differing: Sequence[AnySlice],
) -> DifferenceStage:
    """The stage of a scene, given what of the versions it speaks of."""
    terms = Terms()
    space = connection_space(terms, scene.vocabulary)
    both = algebras(terms, space, Whom.KNOWN)
    kinds = kinds_of(both, versions, differing)
    old, new = outcomes(kinds, bearing.deciding)
    before, after = _bound(terms, "old", old), _bound(terms, "new", new)
    passed = passed_in_both(both, versions.passages, of_passages(differing))
    script = Script(terms)
    changed = {
        Way.ADDED: _changed(terms, (before, after), passed.new, passed.opened),
        Way.REMOVED: _changed(terms, (after, before), passed.old, passed.closed),
    }
    world = world_constraints(terms, space, scene)
    if scene.world is World.SNAPSHOT:
        world += [terms.negation(end.is_other_host(terms)) for end in space.ends]
    text = script.assertions(world)
    text += script.definitions([before.sometimes, after.sometimes, before.always, after.always])
    referred = frozenset(scene.vocabulary.namespaces)
    stage = Stage(terms, script, space, scene, after, 0, text, referred, bearing.mentioned.new)
    inside = (one.inside[way] for one in kinds for way in Direction)
    concerned = terms.disjunction((*inside, passed.concerned))
    within = terms.conjunction(world)
    alike = _alike(bearing.atoms, scene)
    return DifferenceStage(stage, changed, concerned, within, alike, bearing)


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
        found.update(pinned(versions, one.direction, Whom.KNOWN) if one.namespace is None else ())
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
