"""What is loaded of a cluster decides no verdict: it is the same with all of it loaded."""

from __future__ import annotations

import random
import shlex
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.admin_strategies import mixed_clusters
from tests.build import namespace, policy
from tests.calico_strategies import calico_clusters
from tests.mutants import Function, mutant, planted
from tests.profiles import examples, some
from tests.provers import answers_to, fully_loaded, seen, stated, whole_of
from tests.strategies import assumptions, claims, clusters

from netproof.cli import main
from netproof.verdicts import Outcome, Verdict
from netproof.verifying import examples as examples_of_input
from netproof.verifying import proving
from netproof.verifying.answering import Answers, OfInput
from netproof_encodings.decision.conditions import End
from netproof_encodings.logic.terms import Term, Terms
from netproof_encodings.lowering import is_calico, naming, written
from netproof_encodings.meaning import spaces
from netproof_encodings.parts import bearing, planning
from netproof_encodings.vocabulary.mentioned import namespaces_named
from netproof_specs.assumptions import DEFAULTS, Assumptions
from netproof_specs.claims import (
    AnyOf,
    CannotReach,
    ConnectionClaim,
    DeniedByDefault,
    Group,
    PodNamed,
    PodsWhere,
    Statement,
)
from netproof_specs.model.cluster import Cluster, Workload
from netproof_specs.model.network_policy import PolicyRule
from netproof_specs.model.traffic import Direction
from netproof_specs.worlds import World

EXAMPLES = Path(__file__).parents[1] / "examples"
every_cluster = st.one_of(clusters(), mixed_clusters(), calico_clusters())
worlds = st.sampled_from(World)


def drawn(data: st.DataObject, world: World) -> tuple[Cluster, list[ConnectionClaim]]:
    """A cluster with policies of any kinds, and claims that can be asked about it."""
    cluster = data.draw(every_cluster)
    stated = data.draw(st.lists(claims(cluster, world), min_size=1, max_size=3))
    if is_calico(cluster.every_policy):
        stated = [one for one in stated if not isinstance(one, DeniedByDefault)]
    return cluster, stated


@examples(usual=40, thorough=3000)
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
        assert seen(found) == seen(whole.verdict(stated(claim), claim))


@examples(usual=40, thorough=3000)
@given(st.data(), worlds, assumptions)
def test_what_is_left_out_at_first_changes_nothing(
    data: st.DataObject, world: World, assumed: Assumptions
) -> None:
    """So it is where as little as possible is loaded, and one policy of a core is a large one."""
    check_little(data, world, assumed)


@pytest.mark.slow
@examples(usual=1500, thorough=6000)
@given(st.data(), worlds, assumptions)
def test_thousands_of_claims(data: st.DataObject, world: World, assumed: Assumptions) -> None:
    """The same at length."""
    check_little(data, world, assumed)


def check_little(data: st.DataObject, world: World, assumed: Assumptions) -> None:
    """Claims are answered as with all loaded by what loads as little as possible."""
    cluster, about = drawn(data, world)
    answered_alike(cluster, world, about, assumed)


@examples(usual=40, thorough=3000)
@given(st.data(), worlds, assumptions)
def test_what_a_claim_leaves_of_a_whole_cluster_suffices(
    data: st.DataObject, world: World, assumed: Assumptions
) -> None:
    """So it is where everything is held, but for the policies and rules that no way can meet."""
    with (
        patch.object(planning.Plan, "_is_wide", lambda *_: True),
        patch.object(bearing, "LITTLE", 0),
    ):
        check_little(data, world, assumed)


def answered_alike(
    cluster: Cluster, world: World, about: Sequence[ConnectionClaim], assumed: Assumptions
) -> None:
    """The same of a cluster and claims on it."""
    whole = fully_loaded(cluster, world, about, assumed)
    few = patch.object(planning, "FEW", 0), patch.object(planning, "MUCH", 1)
    large = patch.object(proving, "MUCH", 1), patch.object(proving, "MANY", 1)
    with few[0], few[1], large[0], large[1], patch.object(examples_of_input, "SMALL", 0):
        answers = answers_to(cluster, world, about, assumed)
        for claim in about:
            found = answers.verdict(stated(claim), claim)
            assert seen(found) == seen(whole.verdict(stated(claim), claim))


@examples(usual=40, thorough=3000)
@given(st.data(), worlds, assumptions, st.sampled_from((0, 1, 4)), st.integers(0, 2**16))
def test_any_part_will_do_at_first(
    data: st.DataObject, world: World, assumed: Assumptions, steps: int, seed: int
) -> None:
    """What is held at first is not taken on trust: namespaces drawn at random do as well."""
    cluster, about = drawn(data, world)
    whole, rng = fully_loaded(cluster, world, about, assumed), random.Random(seed)

    chosen: dict[tuple[ConnectionClaim, World], dict[End, frozenset[str]]] = {}

    def some(plan: planning.Plan) -> dict[End, frozenset[str]]:
        listed = {end: sorted(plan._all[end]) for end in End}
        key = plan._claim, plan._world
        if key not in chosen:
            chosen[key] = {
                end: frozenset(n for n in listed[end] if rng.random() < 0.4) for end in End
            }
        return chosen[key]

    with (
        patch.object(planning.Plan, "_first", some),
        patch.object(planning.Plan, "_is_wide", lambda plan, first: bool(cluster.hosts)),
        patch.object(planning, "STEPS", steps),
    ):
        answers = answers_to(cluster, world, about, assumed)
        for claim in about:
            found = answers.verdict(stated(claim), claim)
            assert seen(found) == seen(whole.verdict(stated(claim), claim))


@examples(usual=40, thorough=400)
@given(every_cluster)
def test_the_names_of_namespaces_need_no_rule_lowered(cluster: Cluster) -> None:
    """What is looked at for names tells the same as all that is written."""
    policies = cluster.every_policy
    assert {*namespaces_named(naming(policies))} == {*namespaces_named(written(policies))}


def arguments_of(command: Path) -> list[str]:
    """The arguments of an example's command."""
    return shlex.split(command.read_text(encoding="utf-8").splitlines()[1])[1:]


@pytest.mark.generated
@pytest.mark.parametrize(
    "command",
    some([one for one in sorted(EXAMPLES.rglob("command")) if arguments_of(one)[0] == "verify"]),
    ids=lambda one: str(one.parent.relative_to(EXAMPLES)),
)
@pytest.mark.parametrize("few", [0, planning.FEW])
def test_examples(command: Path, few: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every claim of every example is answered as with all loaded, whose text comes out."""
    answer, compared, wholes = Answers.verdict, [], {}

    def both(self: Answers, statement: Statement, claim: ConnectionClaim) -> Verdict:
        if self not in wholes:
            of_input = OfInput(self._of_input, self._otherwise)
            wholes[self] = whole_of(self._atlas, self._world, self._assumptions, of_input)
        found = answer(self, statement, claim)
        if found.outcome is not Outcome.UNKNOWN:  # what a limit left open
            assert seen(found) == seen(wholes[self].verdict(statement, claim))
        compared.append(claim)
        return found

    monkeypatch.setattr(Answers, "verdict", both)
    monkeypatch.setattr(planning, "FEW", few)
    monkeypatch.setattr(planning, "MUCH", planning.MUCH if few else 1)
    monkeypatch.chdir(command.parent)
    code = main(arguments_of(command))
    assert compared or code == 2 or "polic" in command.read_text(encoding="utf-8")


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


def test_a_large_core_of_policies_that_are_not_near() -> None:
    """What is near does not suffice, so the large core is looked for on all that is concerned."""
    pods = (("x", "a"), ("x", "b"), ("y", "c"))
    cluster = Cluster(
        (namespace("x"), namespace("y")),
        tuple(Workload("Pod", where, name, ()) for where, name in pods),
        tuple(policy(f"{one}/closed", types=(Direction.INGRESS,)) for one in "xy"),
    )
    claim = CannotReach(Group("a", PodNamed("x", "a", None)), Group("pods", PodsWhere()), ())
    answered_alike(cluster, World.SNAPSHOT, [claim], DEFAULTS)


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
