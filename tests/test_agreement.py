"""Oracle and encoding agree, on generated clusters in all three worlds."""

from __future__ import annotations

import random
from collections.abc import Sequence
from itertools import product

from hypothesis import given
from hypothesis import strategies as st
from tests.admin_strategies import mixed_clusters
from tests.agreement import Against, against, belongs, evaluated, pin
from tests.profiles import examples, is_thorough
from tests.samples import some_connections
from tests.strategies import claims, clusters

from netproof.decisions import Decision, SideDecision
from netproof.oracle.claims import breaks, in_scope, member, satisfies
from netproof.oracle.connections import Favour, decide, decide_side
from netproof.oracle.forwarded import SetUp
from netproof.replay import favour_for
from netproof.solving import Answer, Limits, Session
from netproof_encodings.meaning.claims import groups_of
from netproof_encodings.obligations.claims import Stage, literals, require, stage
from netproof_specs.assumptions import Assumption, Assumptions
from netproof_specs.claims import ConnectionClaim, DeniedByDefault, MayReach
from netproof_specs.model.cluster import Cluster
from netproof_specs.model.connections import Connection
from netproof_specs.model.traffic import Direction
from netproof_specs.worlds import World

VALUATIONS: tuple[Assumptions, ...] = tuple(
    frozenset(one for one, chosen in zip(Assumption, choice, strict=True) if chosen)
    for choice in product((True, False), repeat=len(Assumption))
)
CONNECTIONS = 8
DRAWN = len(VALUATIONS) if is_thorough() else 16
"""Connections of each stage, and the valuations under which each of them is decided."""

seeds = st.integers(0, 2**32)
worlds = st.sampled_from(World)


def drawn(
    data: st.DataObject, cluster: Cluster, world: World
) -> tuple[Stage, list[ConnectionClaim]]:
    """A stage over the cluster in the world, with claims that it can be asked."""
    stated = data.draw(st.lists(claims(cluster, world), min_size=1, max_size=2))
    groups = [group.endpoints for claim in stated for group in groups_of(claim)]
    return stage(cluster, world, groups), stated


@examples(usual=50, thorough=2000)
@given(data=st.data(), seed=seeds)
def test_encoding_agrees_with_oracle(data: st.DataObject, seed: int) -> None:
    """World, decision, groups and claims, on connections of each world under some valuations."""
    cluster = data.draw(clusters())
    for world in World:
        on, stated = drawn(data, cluster, world)
        held = against(on)
        rng = random.Random(seed)
        for connection in some_connections(on, rng, CONNECTIONS):
            for assumptions in rng.sample(VALUATIONS, DRAWN):
                check_terms(held, stated, connection, assumptions)


@examples(usual=50, thorough=500)
@given(data=st.data(), seed=seeds)
def test_encoding_agrees_with_oracle_on_mixed_kinds(data: st.DataObject, seed: int) -> None:
    """The same with admin-level policies among the others, ties included (C.1 to C.19)."""
    cluster = data.draw(mixed_clusters())
    for world in World:
        on, stated = drawn(data, cluster, world)
        held = against(on)
        rng = random.Random(seed)
        for connection in some_connections(on, rng, CONNECTIONS):
            for assumptions in rng.sample(VALUATIONS, DRAWN):
                check_terms(held, stated, connection, assumptions)


def check_terms(
    held: Against,
    stated: Sequence[ConnectionClaim],
    connection: Connection,
    assumptions: Assumptions,
) -> None:
    """The stage's terms are true of the connection iff the oracle says so."""
    on, ends, parts = held.on, held.ends, held.parts
    found = evaluated(on, connection, assumptions)
    there = belongs(on, connection, assumptions)
    assert found.holds(held.world) is there
    if not (there and in_scope(connection, assumptions)):
        return
    sometimes, always = decisions(on, connection, assumptions)
    assert found.holds(on.outcome.sometimes) is sometimes.allowed
    assert found.holds(on.outcome.always) is always.allowed
    for direction, side in sides(on, connection, assumptions).items():
        assert found.holds(ends[direction]) is side.undecided
    for claim in stated:
        for group in groups_of(claim):
            source = member(connection.source, group.endpoints, connection.family)
            destination = member(connection.destination, group.endpoints, connection.family)
            assert found.holds(parts.source_in(group)) is source
            assert found.holds(parts.destination_in(group)) is destination
        if isinstance(claim, DeniedByDefault):
            favour = favour_for(claim, assumptions)
            decision = decide(on.scene.cluster.policies, connection, assumptions, favour)
            left_open = parts.left_open(claim, ends)
            assert found.holds(left_open) is breaks(claim, connection, decision)
            continue
        sought = (
            satisfies(claim, connection, always)
            if isinstance(claim, MayReach)
            else breaks(claim, connection, sometimes) or breaks(claim, connection, always)
        )
        assert found.holds(parts.sought(claim, on.outcome)) is sought


def sides(
    on: Stage, connection: Connection, assumptions: Assumptions
) -> dict[Direction, SideDecision]:
    """What each end decides, in an order of ties in which nothing does where there is one."""
    favour = Favour.UNDECIDED if Assumption.TIES in assumptions else Favour.DOCUMENTED
    policies = on.scene.cluster.policies
    return {one: decide_side(policies, one, connection, assumptions, favour) for one in Direction}


def decisions(
    on: Stage, connection: Connection, assumptions: Assumptions
) -> tuple[Decision, Decision]:
    """The decision in an order of ties and a set-up that allow, and that deny, where there are."""
    others = on.scene.vocabulary.others
    beside = () if others is None else others.passed or ()
    policies = (*on.scene.cluster.every_policy, *beside)
    named = Assumption.TIES not in assumptions
    favours = [Favour.DOCUMENTED] * 2 if named else [Favour.ALLOWED, Favour.DENIED]
    allowing, denying = (
        decide(policies, connection, assumptions, one, set_up)
        for one, set_up in zip(favours, (SetUp.OPEN, SetUp.SHUT), strict=True)
    )
    return allowing, denying


@given(data=st.data(), world=worlds, seed=seeds)
def test_solver_agrees_with_oracle(data: st.DataObject, world: World, seed: int) -> None:
    """The same of the text that the solver reads, without help with what is not pinned."""
    on, _ = drawn(data, data.draw(st.one_of(clusters(), mixed_clusters())), world)
    session = Session(on.text, Limits())
    rng = random.Random(seed)
    for connection in some_connections(on, rng, 3):
        assumptions = rng.choice(VALUATIONS)
        session.push("".join(require(on, term) for term in pin(on, connection)))
        held = belongs(on, connection, assumptions)
        assert session.check(literals(on, assumptions, None)) is _answer(held)
        if held and in_scope(connection, assumptions):
            sometimes, always = decisions(on, connection, assumptions)
            for term, expected in (
                (on.outcome.sometimes, sometimes.allowed),
                (on.terms.negation(on.outcome.sometimes), not sometimes.allowed),
                (on.outcome.always, always.allowed),
            ):
                session.push(require(on, term))
                assert session.check(literals(on, assumptions, None)) is _answer(expected)
                session.pop()
        session.pop()


def _answer(satisfiable: bool) -> Answer:
    return Answer.SAT if satisfiable else Answer.UNSAT
