"""Verdicts agree with trying every connection, and every part of their evidence is true."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import fields, is_dataclass, replace
from itertools import combinations
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from tests.agreement import belongs
from tests.brute_force import everything, mentions, verdict_on
from tests.build import namespace
from tests.profiles import examples
from tests.provers import answers_to
from tests.samples import some_connections
from tests.strategies import assumptions, claims, clusters
from tests.test_agreement import VALUATIONS

from netproof.oracle.claims import in_scope
from netproof.verdicts import Evidence, Outcome, Proof, Vacuous, Verdict
from netproof.verifying.answering import Answers
from netproof_encodings.meaning.claims import groups_of
from netproof_encodings.obligations.claims import stage
from netproof_specs.assumptions import DEFAULTS, OF_CALICO, Assumption, Assumptions
from netproof_specs.claims import (
    AddressBlock,
    Anything,
    CannotReach,
    ConnectionClaim,
    Group,
    MayReach,
    OnlyCanReach,
    PodNamed,
    Statement,
)
from netproof_specs.model.cluster import Cluster, Workload
from netproof_specs.model.connections import ExternalEndpoint, PodEndpoint
from netproof_specs.model.labels import NAME_LABEL, Requirement
from netproof_specs.model.network_policy import NetworkPolicy
from netproof_specs.model.traffic import Family, PortName
from netproof_specs.worlds import World

worlds = st.sampled_from(World)
open_worlds = st.sampled_from((World.ANY_PODS, World.ANY_CLUSTER))
seeds = st.integers(0, 2**32)


def proved(on: Answers, claim: ConnectionClaim) -> Verdict:
    """The verdict on the claim."""
    return on.verdict(Statement("C", "claim", claim), claim)


@examples(usual=25, thorough=300)
@given(st.data(), assumptions)
def test_snapshot_verdicts(data: st.DataObject, assumed: Assumptions) -> None:
    """PROVED iff no connection breaks the claim, VACUOUS iff it speaks of nobody."""
    cluster = data.draw(clusters())
    stated = data.draw(st.lists(claims(cluster), min_size=1, max_size=3))
    check_verdicts(cluster, World.SNAPSHOT, stated, assumed)


def check_verdicts(
    cluster: Cluster, world: World, stated: Sequence[ConnectionClaim], assumed: Assumptions
) -> None:
    """The verdicts on the claims are those of trying every connection for each of them alone."""
    on = answers_to(cluster, world, stated, assumed)
    for claim in stated:
        tried = list(everything(cluster, world, mentions(cluster, [claim]), assumed))
        verdict = proved(on, claim)
        expected = verdict_on(cluster.policies, claim, tried, assumed)
        assert verdict.outcome is expected.outcome
        empty = verdict.judgement.empty if isinstance(verdict.judgement, Vacuous) else ()
        assert frozenset(empty) == expected.empty
        check_evidence(verdict, assumed)


def check_evidence(verdict: Verdict, assumed: Assumptions) -> None:
    """Evidence is there iff the verdict needs it, and its connection can exist."""
    may = isinstance(verdict.statement.claim, MayReach)
    positive, negative = Outcome.PROVED, Outcome.REFUTED
    assert (verdict.witness is not None) is (may and verdict.outcome is positive)
    assert (verdict.counterexample is not None) is (not may and verdict.outcome is negative)
    assert (verdict.core is not None) is (verdict.outcome is (negative if may else positive))
    for evidence in (verdict.witness, verdict.counterexample):
        if evidence is not None:
            check_legal(evidence, assumed)


def check_legal(evidence: Evidence, assumed: Assumptions) -> None:
    """The evidence is a connection between two endpoints, in the family of the outer one."""
    connection = evidence.connection
    assert in_scope(connection, assumed)
    assert connection.source != connection.destination
    assert 1 <= connection.port <= 65535
    for end in (connection.source, connection.destination):
        if isinstance(end, ExternalEndpoint):
            assert (":" in end.address) is (connection.family is Family.IPV6)
        elif isinstance(end, PodEndpoint):
            assert dict(end.namespace.labels)[NAME_LABEL] == end.namespace.name


@examples(usual=6, thorough=100)
@given(st.data(), open_worlds, assumptions)
def test_open_verdicts(data: st.DataObject, world: World, assumed: Assumptions) -> None:
    """The same in small open worlds: one mentioned value for one key of pods and namespaces."""
    cluster = data.draw(clusters())
    few = replace(cluster, workloads=cluster.workloads[:1], policies=cluster.policies[:2])
    stated = data.draw(st.lists(claims(cluster, world), min_size=1, max_size=1))
    claim = plain(stated[0])
    without = assumed - {Assumption.UNKNOWN_POD_ADDRESSES}
    check_verdicts(plain(few), world, [claim], without)


def plain(value: Any) -> Any:
    """The value with selectors on one key and value only, but for namespaces' names."""
    match value:
        case Requirement() if value.key != NAME_LABEL:
            return replace(value, key="app", values=("a",) if value.values else ())
        case PortName():
            return PortName("http")
        case tuple():
            return tuple(plain(one) for one in value)
        case _ if is_dataclass(value) and not isinstance(value, type):
            parts = {one.name: plain(getattr(value, one.name)) for one in fields(value)}
            return replace(value, **parts)
        case _:
            return value


@examples(usual=30, thorough=500)
@given(st.data(), worlds, seeds)
def test_proofs_hold_on_samples(data: st.DataObject, world: World, seed: int) -> None:
    """No connection drawn at random breaks what is proved, in worlds too large to try."""
    cluster = data.draw(clusters())
    stated = data.draw(st.lists(claims(cluster, world), min_size=1, max_size=3))
    rng = random.Random(seed)
    assumed = rng.choice(VALUATIONS)
    on = answers_to(cluster, world, stated, assumed)
    verdicts = [proved(on, claim) for claim in stated]
    loaded = stage(cluster, world, [one.endpoints for claim in stated for one in groups_of(claim)])
    drawn = some_connections(loaded, rng, 60)
    tried = [one for one in drawn if belongs(loaded, one, assumed) and in_scope(one, assumed)]
    for claim, verdict in zip(stated, verdicts, strict=True):
        check_evidence(verdict, assumed)
        found = verdict_on(cluster.policies, claim, tried, assumed)
        if found.outcome is not Outcome.VACUOUS:
            assert verdict.outcome is not Outcome.VACUOUS
            decisive = Outcome.PROVED if isinstance(claim, MayReach) else Outcome.REFUTED
            assert found.outcome is not decisive or verdict.outcome is decisive


@examples(usual=30, thorough=500)
@given(st.data(), worlds, assumptions)
def test_turns(data: st.DataObject, world: World, assumed: Assumptions) -> None:
    """`turns` are the smallest sets of assumptions whose other values turn the verdict.

    A claim that loses all of what it speaks of is turned only if it was broken before: one that
    nothing breaks goes on to hold.
    """
    cluster = data.draw(clusters())
    claim = data.draw(claims(cluster, world))
    on = answers_to(cluster, world, [claim], assumed)
    verdict = proved(on, claim)
    if verdict.robustness is None:
        assert verdict.outcome is Outcome.VACUOUS
        return
    assert verdict.robustness.complete
    found = {frozenset(turn.flipped): turn.outcome for turn in verdict.robustness.turns}
    expected: dict[frozenset[Assumption], Outcome] = {}
    for flipped in subsets():
        other = answers_to(cluster, world, [claim], assumed ^ flipped)
        turned = holds_at_all(other, claim) is not holds_at_all(on, claim)
        if turned and not any(turn <= flipped for turn in expected):
            expected[flipped] = proved(other, claim).outcome
    assert found == expected
    assert {one for turn in found for one in turn} <= {*verdict.robustness.relevant}


def holds_at_all(on: Answers, claim: ConnectionClaim) -> bool:
    """Whether the claim is proved, also where it speaks of nobody."""
    statement = Statement("C", "claim", claim, allow_empty=True)
    return on.verdict(statement, claim).outcome is Outcome.PROVED


def subsets() -> list[frozenset[Assumption]]:
    """The sets of assumptions, small ones first; no cluster of these tests has Calico objects."""
    asked = [one for one in Assumption if one not in OF_CALICO]
    return [
        frozenset(chosen)
        for size in range(1, len(asked) + 1)
        for chosen in combinations(asked, size)
    ]


@examples(usual=30, thorough=500)
@given(st.data(), worlds, assumptions, seeds)
def test_cores(data: st.DataObject, world: World, assumed: Assumptions, seed: int) -> None:
    """With the policies of the core, the claim holds whichever others are there; none is idle."""
    cluster = data.draw(clusters())
    claim = data.draw(claims(cluster, world))
    verdict = proved(answers_to(cluster, world, [claim], assumed), claim)
    if not isinstance(verdict.grounds, Proof):
        return
    assert verdict.grounds.minimal
    core = verdict.grounds.core
    rng = random.Random(seed)
    for _ in range(3):
        kept = {*core, *(one for one in cluster.policies if rng.random() < 0.5)}
        assert outcome_with(cluster, kept, world, claim, assumed) is verdict.outcome
    for spared in core:
        rest = [one for one in cluster.policies if one != spared]
        assert any(
            outcome_with(cluster, {*core} - {spared} | {*others}, world, claim, assumed)
            is not verdict.outcome
            for size in range(len(rest) + 1)
            for others in combinations(rest, size)
        )


def outcome_with(
    cluster: Cluster,
    kept: set[NetworkPolicy],
    world: World,
    claim: ConnectionClaim,
    assumed: Assumptions,
) -> Outcome:
    """The verdict on the claim with some of the cluster's policies only."""
    left = tuple(one for one in cluster.policies if one in kept)
    on = answers_to(replace(cluster, policies=left), world, [claim], assumed)
    return proved(on, claim).outcome


def test_an_assumed_address_is_no_known_one() -> None:
    """A.29: a pod of no known address is in no `cidr(...)`, whatever is assumed."""
    cluster = Cluster((namespace("x"),), (Workload("Pod", "x", "a", ()),), ())
    block = Group("block", AddressBlock("10.0.0.0/8"))
    anything = Group("anything", Anything())
    for claim, expected in (
        (CannotReach(block, block, ()), Outcome.VACUOUS),
        (OnlyCanReach((block,), anything, ()), Outcome.REFUTED),
    ):
        for assumed in (DEFAULTS, DEFAULTS | {Assumption.UNKNOWN_POD_ADDRESSES}):
            found = proved(answers_to(cluster, World.SNAPSHOT, [claim], assumed), claim)
            assert found.outcome is expected


def test_pods_of_a_node_and_its_host_network_pod_that_counts_as_one() -> None:
    """A.42, A.45: as a pod it is no node, so the two are in scope though on one node."""
    cluster = Cluster(
        (namespace("x"),),
        (
            Workload("Pod", "x", "a", (), node="n1"),
            Workload("Pod", "x", "agent", (), node="n1", host_network=True),
        ),
        (),
    )
    claim = CannotReach(Group("a", PodNamed("x", "a")), Group("agent", PodNamed("x", "agent")), ())
    on = answers_to(cluster, World.SNAPSHOT, [claim], DEFAULTS)
    assert proved(on, claim).outcome is Outcome.VACUOUS
    assumed = DEFAULTS | {Assumption.HOST_NETWORK}
    verdict = proved(answers_to(cluster, World.SNAPSHOT, [claim], assumed), claim)
    assert verdict.outcome is Outcome.REFUTED
    check_evidence(verdict, assumed)
