"""Policies that a moved connection shows to be needed are those that a solver would show."""

from __future__ import annotations

import json
from functools import cache
from typing import get_args
from unittest.mock import patch

import pytest
from benchmarks.clusters import Size
from benchmarks.clusters import cluster as written
from hypothesis import given
from hypothesis import strategies as st
from tests.profiles import examples
from tests.provers import answers_to, seen, stated
from tests.strategies import assumptions, claims, clusters

from netproof.api import claims as statements_of
from netproof.solving import Answer, Session
from netproof.verdicts import Proof, Verdict
from netproof.verifying import moving, proving
from netproof_specs.assumptions import DEFAULTS, Assumptions
from netproof_specs.claims import CannotReach, ClaimPorts, ConnectionClaim, Group, PodsWhere
from netproof_specs.loading import load_texts
from netproof_specs.model.cluster import Cluster, Namespace
from netproof_specs.model.connections import ExternalEndpoint, PodEndpoint
from netproof_specs.model.labels import NAME_LABEL, LabelSelector, Operator, Requirement
from netproof_specs.model.traffic import Protocol
from netproof_specs.worlds import World

CLAIMS = (
    "pods(tier=cache) is isolated from cidr(203.0.113.0/24)",
    "anything cannot reach pods(tier=cache) on TCP/22",
    "ns(stage=prod) cannot reach ns(stage=prod) on UDP/53",
    "pods(tier=db) cannot reach external on TCP/22",
    "only ns:team-0001 can reach ns(stage=dev) on TCP/22",
)


@cache
def large() -> Cluster:
    """A cluster of twelve namespaces, each of which denies by default."""
    return load_texts({"all.json": json.dumps(written(Size(12, 600, 120)))}).cluster


def verdict(cluster: Cluster, world: World, claim: object, in_vain: int) -> tuple[Verdict, int]:
    """The verdict where nothing is looked for after so many policies, and the solver's checks."""
    asked = 0
    check = Session.check

    def counted(session: Session, assumed: list[str]) -> Answer:
        nonlocal asked
        asked += 1
        return check(session, assumed)

    assert isinstance(claim, get_args(ConnectionClaim))
    with patch.object(moving, "IN_VAIN", in_vain), patch.object(Session, "check", counted):
        found = answers_to(cluster, world, [claim], DEFAULTS).verdict(stated(claim), claim)
    return seen(found), asked


@pytest.mark.parametrize("world", World)
@pytest.mark.parametrize("text", CLAIMS)
def test_a_policy_of_each_namespace(world: World, text: str) -> None:
    (statement,) = statements_of([text])
    found, asked = verdict(large(), world, statement.claim, 3)
    without, more = verdict(large(), world, statement.claim, 0)
    assert found == without
    if isinstance(found.grounds, Proof) and len(found.grounds.core) > 3:
        assert more - asked >= len(found.grounds.core) - 3


@examples(usual=60, thorough=3000)
@given(st.data(), st.sampled_from(World), assumptions)
def test_any_core(data: st.DataObject, world: World, assumed: Assumptions) -> None:
    """So it is of any cluster, also where no core is a large one."""
    cluster = data.draw(clusters())
    about = data.draw(st.lists(claims(cluster, world), min_size=1, max_size=2))
    for claim in about:
        with patch.object(proving, "MANY", 1000):
            found = answers_to(cluster, world, about, assumed).verdict(stated(claim), claim)
            with patch.object(moving.Moving, "fails", lambda *_: False):
                whole = answers_to(cluster, world, about, assumed)
                assert seen(found) == seen(whole.verdict(stated(claim), claim))


def test_a_namespace_has_one_set_of_labels() -> None:
    """Where namespaces have any labels, an end that stays may have another idea of the new one."""
    named = Requirement(NAME_LABEL, Operator.IN, ("team-0001", "team-0002", "team-0003"))
    group = Group("three", PodsWhere(None, LabelSelector((named,)), None))
    claim = CannotReach(group, group, (ClaimPorts(Protocol.UDP, 53, 53),))
    found, asked = verdict(large(), World.ANY_CLUSTER, claim, 3)
    assert isinstance(found.grounds, Proof)
    assert len(found.grounds.core) == 3
    known = ("team-0001", (("stage", "other"),)), ("team-0001", (("stage", "prod"),))
    ends = [
        PodEndpoint(Namespace(name, labels, declared=True), at, ())
        for at, (name, labels) in zip("ab", known, strict=True)
    ]
    assert not moving._agree(*ends)
    assert moving._agree(ends[0], ends[0])
    assert moving._agree(ends[0], ExternalEndpoint("203.0.113.5"))
    without, more = verdict(large(), World.ANY_CLUSTER, claim, 0)
    assert found == without
    assert asked < more


def test_what_is_moved_is_no_proof_of_need_by_itself() -> None:
    """Nothing is seen of a policy where the oracle says that the connection breaks no claim."""
    (statement,) = statements_of([CLAIMS[0]])
    right = verdict(large(), World.SNAPSHOT, statement.claim, 0)
    with patch.object(moving, "replay", lambda *_: None):
        assert verdict(large(), World.SNAPSHOT, statement.claim, 3) == right
