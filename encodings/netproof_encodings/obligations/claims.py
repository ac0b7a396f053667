"""Obligations: SMT-LIB text that is unsatisfiable iff what it stands for holds.

The text of the cluster and its world (a `Stage`) is written once. Each claim adds a few lines to
it; a solver that keeps the stage loaded sees only those.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from netproof_encodings.logic.smtlib import Script
from netproof_encodings.logic.terms import Term, Terms
from netproof_encodings.lowering import Tiers, every_tier
from netproof_encodings.meaning.claims import ClaimTerms, groups_of, has_addresses
from netproof_encodings.meaning.connections import (
    InTerms,
    Outcome,
    free_names,
    here_name,
    outcome_of,
    undecided,
)
from netproof_encodings.meaning.passing import passing
from netproof_encodings.meaning.scenes import Scene, part_of
from netproof_encodings.meaning.spaces import ConnectionSpace, connection_space
from netproof_encodings.meaning.worlds import world_constraints
from netproof_encodings.parts.atlas import Atlas, atlas_in
from netproof_encodings.parts.bearing import bearing_on, with_free_blocks
from netproof_encodings.parts.extents import EVERYTHING
from netproof_encodings.parts.relevance import Relevance
from netproof_encodings.vocabulary.mentioned import vocabulary_of
from netproof_specs.assumptions import Assumption, Assumptions
from netproof_specs.claims import ConnectionClaim, DeniedByDefault, EndpointSet, Group
from netproof_specs.frozen import Frozen
from netproof_specs.model.cluster import Cluster
from netproof_specs.model.traffic import Direction
from netproof_specs.worlds import World

ALL_HERE = "here.all"
"""The symbol that, when true, puts every policy in place."""


class Stage(Frozen):
    """A cluster in a world, ready for claims.

    `text` declares a connection, constrains it to the world and binds symbols to the `outcome`,
    what becomes of it; it is satisfiable iff the world has a connection at all. `referred` are
    the namespaces that the cluster and its policies refer to; claims may name more (A.52).
    `policies` is how many the cluster has, `held` are the indices of those that are in the text,
    in `tiers`.
    """

    terms: Terms
    script: Script
    space: ConnectionSpace
    scene: Scene
    outcome: Outcome
    policies: int
    text: str
    referred: frozenset[str]
    tiers: Tiers
    held: tuple[int, ...] = ()

    @property
    def elsewhere(self) -> tuple[str, ...]:
        """The symbols that say that an end is a pod of which the stage knows little."""
        ends = (end.elsewhere for end in self.space.ends)
        return tuple(one.name for one in ends if one is not self.terms.false)


def stage(cluster: Cluster, world: World, groups: Iterable[EndpointSet]) -> Stage:
    """The stage for claims that speak of `groups`; no claim may mention anything else."""
    return whole_stage(atlas_in(world, cluster, groups), world)


def whole_stage(atlas: Atlas, world: World) -> Stage:
    """The stage that holds the whole cluster."""
    scene = part_of(atlas, world, EVERYTHING)
    return _staged(scene, atlas.tiers, range(len(atlas.cluster.every_policy)), atlas.referred)


def part_stage(atlas: Atlas, world: World, relevance: Relevance) -> Stage:
    """The stage that holds what is relevant to a claim, and decides no other claim.

    What it says of a connection that the claim does not speak of means nothing.
    """
    tiers = bearing_on(atlas, world, relevance)
    scene = part_of(atlas, world, with_free_blocks(atlas, world, relevance, tiers))
    return _staged(scene, tiers, held_of(atlas, tiers), atlas.referred)


def held_of(atlas: Atlas, tiers: Tiers) -> list[int]:
    """The indices of the policies of the cluster that are in the tiers, in order."""
    count = len(atlas.cluster.every_policy)
    held = {one.index for tier in every_tier(tiers) for one in tier.policies}
    return sorted(index for index in held if 0 <= index < count)


def _staged(scene: Scene, tiers: Tiers, held: Sequence[int], names: frozenset[str]) -> Stage:
    """The stage of a scene with some tiers, whose cluster refers to the namespaces."""
    terms = Terms()
    space = connection_space(terms, scene.vocabulary, scene.extent)
    algebra = InTerms(terms, space)
    decision = outcome_of(algebra, tiers)
    if scene.vocabulary.passages:
        passed = passing(algebra, scene.vocabulary.passages)
        decision = Outcome(
            terms.conjunction((decision.sometimes, passed.sometimes)),
            terms.conjunction((decision.always, passed.always)),
        )
    if scene.extent != EVERYTHING:
        for name in free_names():  # what an obligation may ask of is declared with the stage
            terms.symbol(name)
    constraints = world_constraints(terms, space, scene)
    count = len(scene.cluster.every_policy)
    constraints.append(_all_here(terms, held))
    sometimes = terms.bind("connection.allowed", decision.sometimes)
    bound = Outcome(sometimes, sometimes)
    if decision.always is not decision.sometimes:
        always = terms.bind("connection.always-allowed", decision.always)
        bound = Outcome(sometimes, always)
    script = Script(terms)
    text = script.assertions(constraints)
    text += script.definitions(dict.fromkeys((bound.sometimes, bound.always)))
    text += script.definitions(end.elsewhere for end in space.ends)
    return Stage(terms, script, space, scene, bound, count, text, names, tiers, tuple(held))


def _all_here(terms: Terms, held: Iterable[int]) -> Term:
    here = terms.conjunction(terms.symbol(here_name(index)) for index in held)
    return terms.implication(terms.symbol(ALL_HERE), here)


def sought(on: Stage, claim: ConnectionClaim) -> str:
    """Unsatisfiable on the stage iff no connection breaks the claim.

    For a `may` claim: iff no connection is a witness of it.
    """
    parts = ClaimTerms(on.terms, on.space, on.scene.classes)
    if isinstance(claim, DeniedByDefault):
        found = parts.left_open(claim, undecided_ends(on))
    else:
        found = parts.sought(claim, on.outcome)
    return require(on, found, _own_namespaces(on, claim))


def undecided_ends(on: Stage) -> Mapping[Direction, Term]:
    """By direction, the term that is true iff nothing decides the connection at that end."""
    algebra = InTerms(on.terms, on.space)
    return {one: undecided(algebra, on.tiers, one) for one in Direction}


def in_domain(on: Stage, claim: ConnectionClaim) -> str:
    """Unsatisfiable on the stage iff the claim speaks of no connection at all."""
    parts = ClaimTerms(on.terms, on.space, on.scene.classes)
    return require(on, parts.in_domain(claim), _own_namespaces(on, claim))


def occupied(on: Stage, claim: ConnectionClaim) -> Iterator[tuple[Group, str]]:
    """Each group that may be empty, with text that is unsatisfiable on the stage iff it is.

    A pod always has connections with addresses outside, so a group of pods has a member iff one
    of its members has a connection. A group with addresses in it is never empty: every world
    holds all of them, whether or not a pod has connections of their family.
    """
    parts = ClaimTerms(on.terms, on.space, on.scene.classes)
    for group, term in parts.occupied(claim):
        if not has_addresses(group.endpoints):
            yield group, require(on, term, _own_namespaces(on, claim))


def _own_namespaces(on: Stage, claim: ConnectionClaim) -> Term:
    """True iff no end is in a namespace that nothing but other claims of the stage names.

    A claim alone would not range over it (A.52). In the other worlds it makes no difference.
    """
    terms = on.terms
    if on.scene.world is not World.ANY_PODS:
        return terms.true
    groups = (group.endpoints for group in groups_of(claim))
    own = on.referred.union(vocabulary_of((), groups, ()).namespaces)
    return terms.negation(
        terms.disjunction(
            terms.conjunction((end.pod, terms.equals(end.namespace.name, codes[name])))
            for end, codes in ((end, end.namespace.names) for end in on.space.ends)
            for name in sorted(codes.keys() - own)
        )
    )


def require(on: Stage, *demanded: Term) -> str:
    """Text that narrows the stage to the connections for which the terms are true."""
    return on.script.fork().assertions(demanded)


def literals(on: Stage, assumptions: Assumptions, here: Sequence[int] | None) -> list[str]:
    """What to assume in a check: the assumptions' values, and the policies that are in place.

    `here` lists their indices; `None` puts all of them in place with one literal.
    """
    values = [literal(one, assumptions) for one in on.space.assumptions]
    if here is None:
        return [*values, ALL_HERE]
    return [*values, *(here_name(index) for index in here)]


def literal(assumption: Assumption, assumptions: Assumptions) -> str:
    """The literal that gives one assumption its value."""
    name = f"assume.{assumption.value}"
    return name if assumption in assumptions else f"(not {name})"


def certificate(stage_text: str, obligation: str, assumed: Sequence[str]) -> str:
    """A whole script for any SMT-LIB solver, ending in `check-sat`, from the text of a stage."""
    return f"(set-logic QF_BV)\n{stage_text}{obligation}{facts(assumed)}(check-sat)\n"


def facts(assumed: Sequence[str]) -> str:
    """Text that asserts the literals."""
    return "".join(f"(assert {one})\n" for one in assumed)
