"""What a connection of the input decides is decided as a solver decides it."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from typing import get_args
from unittest.mock import patch

import pytest
from benchmarks.clusters import Size
from benchmarks.clusters import claims as claims_on
from benchmarks.clusters import cluster as written
from hypothesis import given
from hypothesis import strategies as st
from tests.build import namespace, policy
from tests.calico_strategies import calico_clusters
from tests.profiles import examples
from tests.provers import answers_to, fully_loaded, seen, stated
from tests.strategies import assumptions, claims, clusters

from netproof.api import claims as statements_of
from netproof.solving import Session
from netproof.verdicts import Outcome, Verdict
from netproof.verifying import examples as looking
from netproof.verifying import sifting
from netproof_specs.assumptions import DEFAULTS, Assumption, Assumptions
from netproof_specs.claims import CannotReach, ConnectionClaim
from netproof_specs.loading import load_texts
from netproof_specs.model.cluster import Cluster, Workload
from netproof_specs.model.connections import ExternalEndpoint
from netproof_specs.worlds import World

OPEN = [world for world in World if world is not World.ANY_CLUSTER]
CLAIMS = (
    *claims_on(8),
    "ns:team-0001 can reach ns:team-0004 on TCP/443, TCP/9000-9100",
    "ns:team-0002 cannot reach external",
    "external cannot reach ns:team-0002 on TCP/8000-8100",
    "pods(tier=cache) in ns:team-0003 is isolated from ns:team-0003",
    "anything cannot reach pods(app=app-1) on TCP/9090",
)


@pytest.mark.parametrize("kinds", [clusters, calico_clusters], ids=lambda one: one.__name__)
@examples(usual=40, thorough=4000)
@given(st.data(), st.sampled_from(World), assumptions)
def test_as_a_solver_decides(
    kinds: Callable[[], st.SearchStrategy[Cluster]],
    data: st.DataObject,
    world: World,
    assumed: Assumptions,
) -> None:
    """Verdict, turns and connection are those that the solver is narrowed down to."""
    drawn = data.draw(kinds())
    pods = tuple(replace(one, host_network=False) for one in drawn.workloads)
    cluster = replace(drawn, workloads=pods)
    about = data.draw(st.lists(claims(cluster, world), min_size=1, max_size=3))
    with patch.object(looking, "SMALL", 0):
        answers = answers_to(cluster, world, about, assumed)
        for claim in about:
            if answers._examples.judged(stated(claim), claim) is not None:
                whole = fully_loaded(cluster, world, about, assumed)
                found = answers.verdict(stated(claim), claim)
                assert seen(found) == seen(whole.verdict(stated(claim), claim))


@cache
def large() -> Cluster:
    """A cluster of which a claim concerns little."""
    return load_texts({"all.json": json.dumps(written(Size(12, 600, 120)))}).cluster


def verdicts(world: World, small: int) -> list[Verdict]:
    """The verdicts on the claims where so many policies are few."""
    asked = statements_of(CLAIMS)
    about = [one.claim for one in asked if isinstance(one.claim, get_args(ConnectionClaim))]
    with patch.object(looking, "SMALL", small):
        answers = answers_to(large(), world, about, DEFAULTS)
        return [answers.verdict(stated(claim), claim) for claim in about]


@pytest.mark.parametrize("world", OPEN)
def test_a_large_cluster(world: World) -> None:
    """So it is where the solver would hold a part only."""
    without = verdicts(world, 1000)
    started: list[Session] = []
    start = Session._start

    def counted(session: Session) -> None:
        started.append(session)
        start(session)

    with patch.object(Session, "_start", counted):
        found = verdicts(world, 64)
    assert [seen(one) for one in found] == [seen(one) for one in without]
    spared = [one for one in found if not one.cost.rlimit]
    assert len(spared) >= 4
    assert len(started) <= 2 * (len(CLAIMS) - len(spared))


def everything(grid: sifting.Grid, *_: object) -> int:
    return grid.all


def nothing(*_: object) -> int:
    return 0


@pytest.mark.parametrize("wrong", [everything, nothing], ids=lambda one: one.__name__)
def test_a_wrong_guess_decides_nothing(wrong: object) -> None:
    """Whatever is found, the oracle has to say of it that it decides the claim."""
    right = [one.outcome for one in verdicts(World.SNAPSHOT, 1000)]
    with patch.object(sifting, "allowed_at", wrong):
        assert [one.outcome for one in verdicts(World.SNAPSHOT, 64)] == right


def test_where_no_address_is_left_for_a_pod_a_solver_is_asked() -> None:
    right = [one.outcome for one in verdicts(World.ANY_PODS, 1000)]
    with patch.object(looking, "SPARE", 0):
        assert [one.outcome for one in verdicts(World.ANY_PODS, 64)] == right


def test_nobody_has_the_address_of_a_pod() -> None:
    """An address of a pod is not outside, though the guess takes it to be."""
    cluster = large()
    taken = replace(cluster.workloads[-1], addresses=("203.0.113.5",))
    crowded = replace(cluster, workloads=(*cluster.workloads[:-1], taken))
    (statement,) = statements_of(["ns:team-0002 cannot reach external"])
    found: Sequence[Verdict] = [answer_of(crowded, statement.claim, small) for small in (64, 1000)]
    assert seen(found[0]) == seen(found[1])


@pytest.mark.parametrize("world", World)
def test_without_blocks_no_pod_is_supplied_with_an_address(world: World) -> None:
    """So the address that reads best is free, whoever looks for it."""
    pod = Workload("Pod", "x", "a", ())
    cluster = Cluster((namespace("x"),), (pod,), (policy("x/p"),))
    (statement,) = statements_of(["ns:x cannot reach external"])
    claim, assumed = statement.claim, DEFAULTS | {Assumption.UNKNOWN_POD_ADDRESSES}
    assert isinstance(claim, CannotReach)
    whole = fully_loaded(cluster, world, [claim], assumed).verdict(stated(claim), claim)
    assert whole.counterexample is not None
    assert whole.counterexample.connection.destination == ExternalEndpoint("203.0.113.5")
    with patch.object(looking, "SMALL", 0):
        found = answers_to(cluster, world, [claim], assumed).verdict(stated(claim), claim)
    assert seen(found) == seen(whole)


FAR_OFF = """
apiVersion: v1
kind: List
items:
- apiVersion: v1
  kind: Pod
  metadata: {name: db, namespace: x}
  spec:
    initContainers: [{name: i, ports: [{name: sql, containerPort: 5432}]}]
    containers: [{name: c}]
- {apiVersion: v1, kind: Pod, metadata: {name: web, namespace: x}, spec: {containers: [{name: c}]}}
- apiVersion: networking.k8s.io/v1
  kind: NetworkPolicy
  metadata: {name: db, namespace: x}
  spec: {podSelector: {}, ingress: [{ports: [{port: sql}]}]}
- apiVersion: projectcalico.org/v3
  kind: NetworkPolicy
  metadata: {name: far, namespace: other}
  spec: {ingress: [{action: Deny}]}
"""


def test_a_policy_of_calico_far_off_makes_the_cluster_calicos() -> None:
    """D.6: it alone has the names of ports looked up on init containers, by the oracle as well."""
    cluster = load_texts({"all.yaml": FAR_OFF}).cluster
    (statement,) = statements_of(["x/web cannot reach x/db"])
    found, right = (answer_of(cluster, statement.claim, small) for small in (0, 1000))
    assert seen(found) == seen(right)
    assert (found.outcome, found.cost.rlimit) == (Outcome.REFUTED, 0)


def answer_of(cluster: Cluster, claim: object, small: int) -> Verdict:
    """The verdict on the claim where so many policies are few."""
    assert isinstance(claim, get_args(ConnectionClaim))
    with patch.object(looking, "SMALL", small):
        answers = answers_to(cluster, World.SNAPSHOT, [claim], DEFAULTS)
        return answers.verdict(stated(claim), claim)
