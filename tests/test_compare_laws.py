"""Laws of comparison (A.53, F64, F65), held to trying every connection."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from tests.brute_force import extent
from tests.compare_checks import RELATIONS, SWAPPED, tried
from tests.compare_points import mentioned_by
from tests.compare_strategies import (
    Policies,
    changed,
    manifest_of,
    policy_sets,
    split,
)
from tests.profiles import examples
from tests.strategies import assumptions

from netproof.comparison.policies import CompareOptions, compare
from netproof.comparisons import Relation
from netproof_specs.assumptions import Assumptions
from netproof_specs.loading import load_texts
from netproof_specs.model.cluster import Cluster, Namespace
from netproof_specs.model.labels import NAME_LABEL, LabelSelector, Operator, Requirement
from netproof_specs.model.network_policy import NetworkPolicy
from netproof_specs.model.traffic import Direction
from netproof_specs.worlds import World

randoms = st.randoms(use_true_random=False)
ONE = CompareOptions(max_regions=1)
OPEN_WORLDS = (World.ANY_PODS, World.ANY_CLUSTER)


def loaded(policies: Sequence[NetworkPolicy], plain: bool) -> Policies:
    """The policies by way of their manifests."""
    items = [manifest_of(one, plain) for one in policies]
    text = json.dumps({"apiVersion": "v1", "kind": "List", "items": items})
    return load_texts({"policies.json": text}).cluster.policies


@examples(40, 300)
@given(policy_sets(most=4), randoms)
def test_a_shuffled_split_is_equivalent(given_: Policies, rng: random.Random) -> None:
    """F64: one policy per rule, `matchLabels` as `In`, ranges and blocks cut in two."""
    old, new = loaded(given_, plain=True), loaded(split(given_, rng), plain=False)
    assert compare(old, new).relation is Relation.EQUIVALENT
    assert compare(new, old).relation is Relation.EQUIVALENT


@examples(30, 100)
@given(policy_sets(), st.sampled_from(list(Direction)))
def test_a_policy_that_selects_nothing_is_nothing(given_: Policies, direction: Direction) -> None:
    """F65."""
    nowhere = LabelSelector(
        (Requirement("app", Operator.IN, ("a",)), Requirement("app", Operator.DOES_NOT_EXIST))
    )
    idle = NetworkPolicy("x", "idle", nowhere, (direction,), (), ())
    assert compare(given_, (*given_, idle)).relation is Relation.EQUIVALENT


@examples(40, 300)
@given(policy_sets(most=4), randoms)
def test_reflexive(given_: Policies, rng: random.Random) -> None:
    again = list(given_)
    rng.shuffle(again)
    found = compare(given_, again)
    assert found.relation is Relation.EQUIVALENT
    assert found.regions_complete
    assert found.regions == ()
    assert found.counterexamples == ()


@examples(30, 200)
@given(policy_sets(), randoms)
def test_symmetric(given_: Policies, rng: random.Random) -> None:
    other = changed(given_, rng)
    there, back = compare(given_, other, options=ONE), compare(other, given_, options=ONE)
    assert back.relation is SWAPPED[there.relation]
    assert {one.change for one in there.counterexamples} == {one.change for one in there.regions}


@examples(30, 200)
@given(policy_sets(), randoms)
def test_transitive(given_: Policies, rng: random.Random) -> None:
    """Of three sets one after the other, what holds of both steps holds of the whole way."""
    second = changed(given_, rng)
    third = changed(second, rng)
    pairs = ((given_, second), (second, third), (given_, third))
    *steps, whole = (compare(*pair, options=ONE).relation for pair in pairs)
    for narrower in (Relation.NARROWER, Relation.WIDER):
        if {*steps} <= {Relation.EQUIVALENT, narrower}:
            assert whole is (narrower if narrower in steps else Relation.EQUIVALENT)


def few_connections(policies: Sequence[NetworkPolicy]) -> bool:
    """Whether the policies mention so little that every connection can be tried at once."""
    rules = [rule for one in policies for rule in (*one.ingress, *one.egress)]
    written = json.dumps([manifest_of(one, plain=False) for one in policies])
    names = sum(word in written for word in ('"team"', "ipBlock", '"http"', '"b"'))
    return names <= 1 and len(rules) < 12


def check_against_trying(
    old: Policies, new: Policies, cluster: Cluster, options: CompareOptions
) -> Relation:
    """The relation, which is what trying every connection gives, as are the regions."""
    found = compare(old, new, cluster, options)
    assert found.relation is RELATIONS[tried(old, new, cluster, found)]
    return found.relation


@examples(12, 200)
@given(policy_sets().filter(few_connections), randoms)
def test_a_changed_split_differs_where_trying_finds_it(
    given_: Policies, rng: random.Random
) -> None:
    """A rule dropped, widened or moved, or a policy more, in any cluster."""
    check_against_trying(given_, changed(given_, rng), Cluster(), CompareOptions(max_regions=99))


MANY = 2_000_000
"""So many connections are tried in half a minute at most; a rare draw has far more."""


@pytest.mark.slow
@examples(60, 300)
@given(policy_sets(), randoms, st.sampled_from(OPEN_WORLDS), assumptions)
def test_open_worlds_at_length(
    given_: Policies, rng: random.Random, world: World, assumed: Assumptions
) -> None:
    """In both open worlds, under any assumptions, over a namespace that is declared and one not."""
    names = ("x", ((NAME_LABEL, "x"), ("team", "a"))), ("y", ((NAME_LABEL, "y"),))
    cluster = Cluster(tuple(Namespace(name, labels, name == "x") for name, labels in names))
    options = CompareOptions(world, assumed, max_regions=99)
    then = changed(given_, rng)
    assume(extent(cluster, world, mentioned_by((*given_, *then), cluster), assumed) <= MANY)
    check_against_trying(given_, then, cluster, options)
