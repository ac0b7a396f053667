"""What is loaded of a cluster decides no verdict: it is the same with all of it loaded."""

from __future__ import annotations

import random
from dataclasses import replace
from unittest.mock import patch

from hypothesis import given
from hypothesis import strategies as st
from tests.admin_strategies import mixed_clusters
from tests.build import namespace, policy
from tests.calico_strategies import calico_clusters
from tests.mutants import Function, mutant, planted
from tests.profiles import examples
from tests.provers import answers_to, fully_loaded, stated
from tests.strategies import assumptions, claims, clusters

from netproof.solving import Answer
from netproof.verdicts import Cost, Outcome, Proof, Proved, Refuted, Verdict
from netproof.verifying.proving import Prover, prove
from netproof_encodings.decision.tiers import End
from netproof_encodings.logic.terms import Term, Terms
from netproof_encodings.lowering import is_calico
from netproof_encodings.meaning import spaces
from netproof_encodings.obligations.claims import literals, sought
from netproof_encodings.parts import planning
from netproof_specs.assumptions import DEFAULTS, Assumptions
from netproof_specs.claims import (
    AnyOf,
    CannotReach,
    ConnectionClaim,
    DeniedByDefault,
    Group,
    PodNamed,
    PodsWhere,
)
from netproof_specs.model.cluster import Cluster, Workload
from netproof_specs.model.network_policy import PolicyRule
from netproof_specs.model.traffic import Direction
from netproof_specs.worlds import World

every_cluster = st.one_of(clusters(), mixed_clusters(), calico_clusters())
worlds = st.sampled_from(World)


def seen(verdict: Verdict) -> Verdict:
    """What a report says of the verdict: all but the script that was refuted, and the cost."""
    judgement = verdict.judgement
    if isinstance(judgement, Proved | Refuted) and isinstance(judgement.by, Proof):
        certificate = replace(judgement.by.certificate, stage="", obligation="", held=None)
        judgement = replace(judgement, by=replace(judgement.by, certificate=certificate))
    return replace(verdict, judgement=judgement, cost=Cost())


def drawn(data: st.DataObject, world: World) -> tuple[Cluster, list[ConnectionClaim]]:
    """A cluster with policies of any kinds, and claims that can be asked about it."""
    cluster = data.draw(every_cluster)
    stated = data.draw(st.lists(claims(cluster, world), min_size=1, max_size=3))
    if is_calico(cluster.every_policy):
        stated = [one for one in stated if not isinstance(one, DeniedByDefault)]
    return cluster, stated


@examples(quick=40, thorough=3000)
@given(st.data(), worlds, assumptions)
def test_what_is_loaded_changes_nothing(
    data: st.DataObject, world: World, assumed: Assumptions
) -> None:
    """Verdict, core, turns and counterexample are those of the whole cluster."""
    cluster, about = drawn(data, world)
    answers = answers_to(cluster, world, about, assumed)
    whole = fully_loaded(cluster, world, about, assumed)
    for claim in about:
        found = answers.verdict(stated(claim), claim)
        assert seen(found) == seen(prove(whole, stated(claim), claim))


@examples(quick=40, thorough=3000)
@given(st.data(), worlds, assumptions)
def test_what_is_left_out_at_first_changes_nothing(
    data: st.DataObject, world: World, assumed: Assumptions
) -> None:
    """So it is where as little as possible is loaded; a core is one of the whole cluster's."""
    cluster, about = drawn(data, world)
    whole = fully_loaded(cluster, world, about, assumed)
    with patch.object(planning, "FEW", 0), patch.object(planning, "MUCH", 1):
        answers = answers_to(cluster, world, about, assumed)
        verdicts = [answers.verdict(stated(claim), claim) for claim in about]
    for claim, found in zip(about, verdicts, strict=True):
        expected = prove(whole, stated(claim), claim)
        assert found.core is None or holds_with(found, whole, claim)
        assert without_core(found) == without_core(expected)


@examples(quick=40, thorough=3000)
@given(st.data(), worlds, assumptions, st.sampled_from((0, 1, 4)), st.integers(0, 2**16))
def test_any_part_will_do_at_first(
    data: st.DataObject, world: World, assumed: Assumptions, steps: int, seed: int
) -> None:
    """What is held at first is not taken on trust: namespaces drawn at random do as well."""
    cluster, about = drawn(data, world)
    whole, rng = fully_loaded(cluster, world, about, assumed), random.Random(seed)

    def some(plan: planning.Plan) -> dict[End, frozenset[str]]:
        listed = {end: sorted(plan._all[end]) for end in End}
        return {end: frozenset(n for n in listed[end] if rng.random() < 0.4) for end in End}

    with (
        patch.object(planning.Plan, "_first", some),
        patch.object(planning.Plan, "_is_wide", lambda plan: bool(cluster.hosts)),
        patch.object(planning, "STEPS", steps),
    ):
        answers = answers_to(cluster, world, about, assumed)
        verdicts = [answers.verdict(stated(claim), claim) for claim in about]
    for claim, found in zip(about, verdicts, strict=True):
        assert found.core is None or holds_with(found, whole, claim)
        assert without_core(found) == without_core(prove(whole, stated(claim), claim))


def test_pods_that_are_not_held_have_their_names() -> None:
    """One of two pods of a group is in a namespace that is not held; the other is the source."""
    one, other = PodNamed("x", "a"), PodNamed("y", "a")
    cluster = Cluster(
        (namespace("x"), namespace("y"), namespace("z")),
        (Workload("Pod", "x", "a", ()), Workload("Pod", "y", "a", ())),
        tuple(policy(name, ingress=(PolicyRule((), ()),)) for name in ("y/p", "y/q", "z/r")),
    )
    claim = CannotReach(Group("a", one), Group("both", AnyOf((one, other))), ())
    statement = replace(stated(claim), allow_empty=True)
    with patch.object(planning, "FEW", 0), patch.object(planning, "MUCH", 1):
        answers = answers_to(cluster, World.SNAPSHOT, [claim], DEFAULTS)
        assert answers.verdict(statement, claim).outcome is Outcome.REFUTED


LEFT_OUT = Cluster(
    (namespace("x"), namespace("z")),
    (Workload("Pod", "x", "a", ()), Workload("Pod", "z", "b", ())),
    (policy("z/open", egress=(PolicyRule((), ()),), types=(Direction.EGRESS,)),),
)
"""Nothing that concerns `x` names `z`, and yet its pod reaches there."""


def answered_right() -> bool:
    """Whether it is found out what a pod does that is not loaded at first."""
    claim = CannotReach(Group("pods", PodsWhere()), Group("x", PodsWhere("x")), ())
    with patch.object(planning, "FEW", 0), patch.object(planning, "MUCH", 1):
        found = answers_to(LEFT_OUT, World.SNAPSHOT, [claim], DEFAULTS)
        return found.verdict(stated(claim), claim).outcome is Outcome.REFUTED


def what_is_not_held_is_not_there(_: Function) -> Function:
    def elsewhere(terms: Terms, *_: object) -> Term:
        return terms.false

    return elsewhere


def test_what_is_left_out_is_not_forgotten() -> None:
    assert answered_right()
    error = what_is_not_held_is_not_there
    with planted(mutant(spaces.__name__, "_elsewhere", error, "left-out")):
        assert not answered_right()


def holds_with(found: Verdict, whole: Prover, claim: ConnectionClaim) -> bool:
    """Whether the verdict's core is enough, whichever of the other policies are there."""
    core = {id(one) for one in found.core or ()}
    here = [index for index, one in enumerate(whole.policies) if id(one) in core]
    with whole.session.scope(sought(whole.stage, claim)):
        literal = literals(whole.stage, whole.assumptions, here)
        return whole.session.check(literal) is Answer.UNSAT


def without_core(verdict: Verdict) -> Verdict:
    """The verdict with nothing said of the policies that a proof rests on."""
    verdict = seen(verdict)
    judgement = verdict.judgement
    if isinstance(judgement, Proved | Refuted) and isinstance(judgement.by, Proof):
        proof = replace(judgement.by, core=(), minimal=True)
        return replace(verdict, judgement=replace(judgement, by=proof))
    return verdict
