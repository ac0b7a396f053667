"""Boxes and sets of connections say of removals what a solver says: the same parts and reasons."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pickle import dumps, loads
from random import Random

import pytest
from benchmarks.lint import wide
from hypothesis import given
from hypothesis import strategies as st
from tests.admin_strategies import mixed_clusters
from tests.calico_strategies import calico_clusters
from tests.lint_samples import loaded, small_cluster
from tests.mixed_removals import mixed_cluster
from tests.profiles import examples, some

from netproof.lint import anywhere, ground
from netproof.lint.boxed import Boxed
from netproof.lint.boxes import Box, Space, TooHardError, common
from netproof.lint.facts import Facts
from netproof.lint.ground import Ground
from netproof.lint.indexed import Indexed
from netproof.lint.order import _Asking, by_order
from netproof.lint.reaching import ByBoxes
from netproof.lint.removals import Answered, Settings, Task, Why, answered, removable_parts
from netproof.lint.scopes import scope_here
from netproof.solving import Answer, Limits
from netproof_encodings.decision.conditions import Match
from netproof_encodings.decision.tiers import Rule, TierPolicy
from netproof_encodings.lowering import TUNNEL_INDEX, every_tier, policies_in
from netproof_encodings.obligations.redundancy import Ask, Part
from netproof_specs.assumptions import DEFAULTS, Assumption, Assumptions
from netproof_specs.loading import load_texts
from netproof_specs.model.cluster import Cluster, Namespace, Workload
from netproof_specs.model.labels import NAME_LABEL, LabelSelector, Operator, Requirement
from netproof_specs.model.network_policy import (
    BlockPeer,
    NetworkPolicy,
    PodPeer,
    PolicyPort,
    PolicyRule,
)
from netproof_specs.model.traffic import Direction, PortRange
from netproof_specs.worlds import World

DOUBTED = frozenset({Assumption.UNKNOWN_POD_ADDRESSES})
ASSUMED = (
    DEFAULTS,
    DEFAULTS | {Assumption.HOST_NETWORK},
    DEFAULTS - {Assumption.IPBLOCK_MATCHES_PODS},
    DEFAULTS | DOUBTED,
    DEFAULTS - {Assumption.TIES},
)
SEEDS = range(100, 160)
"""Five in a row have the same assumptions, so that every fifth of them meets all of these."""


def ground_of(cluster: Cluster, assumed: Assumptions) -> Ground:
    return Ground(Facts(loaded(cluster), assumed), Settings(assumed, Limits()), frozenset())


def homes_of(ground: Ground) -> list[str | None]:
    """The namespaces that policies are pinned to, and `None` if some are to none."""
    tiers = ground.facts.tiers
    policies = (one for tier in every_tier(tiers) for one in tier.policies)
    found = {one.home for one in policies if one.index != TUNNEL_INDEX}
    return sorted(found, key=lambda home: home or "")


def solved(ground: Ground, home: str | None, world: World) -> Answered:
    """What a solver says of everything that bears on the namespace."""
    if world is World.ANY_CLUSTER:
        return removable_parts(ground.task_anywhere(home), ground.settings)
    task = Task(home, scope_here(ground.facts, home), world)
    return removable_parts(task, ground.settings)


def check_anywhere(cluster: Cluster, assumed: Assumptions) -> None:
    """Boxes say what a solver says.

    Beside objects of Calico a solver is asked of more policies, as host endpoints with a label of
    the namespace may be in several, and then names fewer that cover others by themselves.
    """
    ground = ground_of(cluster, assumed)
    for home in homes_of(ground):
        found, expected = ground.anywhere(home), solved(ground, home, World.ANY_CLUSTER)
        if ground.facts.other_hosts is not None:
            found, expected = _untold(found), _untold(expected)
        assert found == expected, home


def _untold(answered: Answered) -> Answered:
    """The answers without whether one part alone covers another."""
    left = (
        replace(one, why=Why.OTHERS, by=None) if one.why is Why.COVERED else one
        for one in answered.removable
    )
    return replace(answered, removable=tuple(left))


def check_here(cluster: Cluster, assumed: Assumptions) -> None:
    ground = ground_of(cluster, assumed)
    for home in homes_of(ground):
        if ground.asks_here(home):
            expected = solved(ground, home, World.SNAPSHOT)
            assert ground.here(home, frozenset()) == expected, home


@pytest.mark.generated
@pytest.mark.parametrize("seed", some(SEEDS))
def test_boxes_say_what_a_solver_says_of_any_cluster(seed: int) -> None:
    check_anywhere(doubled(seed), ASSUMED[seed // 5 % len(ASSUMED)])


@pytest.mark.generated
@pytest.mark.parametrize("seed", some(SEEDS))
def test_sets_of_connections_say_what_a_solver_says_of_the_snapshot(seed: int) -> None:
    check_here(doubled(seed), ASSUMED[seed // 5 % len(ASSUMED)])


@pytest.mark.parametrize("seed", range(5))
def test_many_policies_of_one_namespace(seed: int) -> None:
    """Of many policies most are without effect beside others, and few can go together."""
    clusters = [doubled(10 * seed + at) for at in range(5)]
    policies = [one for at, cluster in enumerate(clusters) for one in _called(cluster, f"{at}")]
    cluster = replace(clusters[0], policies=tuple(policies))
    check_anywhere(cluster, ASSUMED[seed])
    check_here(cluster, ASSUMED[seed])


@examples(40, 400)
@given(cluster=mixed_clusters() | calico_clusters(), assumed=st.sampled_from(ASSUMED))
def test_boxes_say_what_a_solver_says_of_mixed_kinds(
    cluster: Cluster, assumed: Assumptions
) -> None:
    check_anywhere(cluster, assumed)


@examples(40, 400)
@given(cluster=mixed_clusters() | calico_clusters(), assumed=st.sampled_from(ASSUMED))
def test_sets_of_connections_say_what_a_solver_says_of_mixed_kinds(
    cluster: Cluster, assumed: Assumptions
) -> None:
    check_here(cluster, assumed)


def check_order(cluster: Cluster, assumed: Assumptions) -> tuple[set[str], Counter[bool]]:
    """Of each rule of the order boxes say what a solver says; the codes found, and what boxes said.

    Beside host endpoints they say less, as a solver knows these.
    """
    ground, said = ground_of(cluster, assumed), Counter[bool]()
    quick = by_order(ground)
    asked = _Asking._lost_by_boxes

    def unsaid(self: _Asking, policy: TierPolicy, rule: Rule) -> None:
        lost = asked(self, policy, rule)
        if lost is not None:
            said[lost] += 1

    with pytest.MonkeyPatch.context() as planted:
        planted.setattr(_Asking, "_lost_by_boxes", unsaid)
        planted.setattr(ByBoxes, "covers", lambda *_: None)
        planted.setattr(ByBoxes, "stands_alone", lambda *_: None)
        assert quick == by_order(ground)
    return {one.code for one in quick.findings}, said


def test_boxes_say_of_the_order_what_a_solver_says() -> None:
    found, said = set[str](), Counter[bool]()
    for seed in range(30):
        codes, answers = check_order(mixed_cluster(seed), ASSUMED[seed % len(ASSUMED)])
        found |= codes
        said += answers
    assert found >= {"NP026", "NP027", "NP028"}
    assert min(said[True], said[False]) > 3


@examples(25, 400)
@given(cluster=mixed_clusters() | calico_clusters(), assumed=st.sampled_from(ASSUMED))
def test_boxes_say_of_the_order_of_mixed_kinds_what_a_solver_says(
    cluster: Cluster, assumed: Assumptions
) -> None:
    check_order(cluster, assumed)


def test_boxes_are_found_by_what_they_have_in_common_with_another() -> None:
    """Also those of values that nothing mentions, which negative numbers hold."""
    rng = Random(1)
    values = (1, 2, 4, 6, 7, -1, -2, -4, ~5)
    boxes = [
        {place: rng.choice(values) for place in range(4) if rng.random() < 0.6} for _ in range(60)
    ]
    indexed = Indexed()
    for box in boxes:
        indexed.add(box)
    for box in boxes:
        among = rng.getrandbits(len(boxes))
        met = [common(box, one) is not None for one in boxes]
        expected = [at for at, meets in enumerate(met) if meets and among >> at & 1]
        assert list(indexed.meeting(box, among)) == expected


def doubled(seed: int) -> Cluster:
    """Two small clusters as one, so that more policies do what others do; pods on two nodes."""
    one, other = small_cluster(2 * seed), small_cluster(2 * seed + 1)
    names = {space.name: space for space in (*other.namespaces, *one.namespaces)}
    workloads = [*_moved(one.workloads, "a"), *_moved(other.workloads, "b")]
    policies = [*_called(one, "a"), *_called(other, "b")]
    return Cluster(
        tuple(names[name] for name in sorted(names)),
        tuple(sorted(workloads, key=lambda it: (it.namespace, it.name))),
        tuple(sorted(policies, key=lambda it: (it.namespace, it.name))),
    )


def _moved(workloads: tuple[Workload, ...], prefix: str) -> Iterator[Workload]:
    for number, one in enumerate(workloads):
        address = tuple(text.replace("10.0.0", f"10.0.{len(prefix)}") for text in one.addresses)
        yield replace(
            one,
            name=prefix + one.name,
            addresses=address if prefix == "a" else (),
            node=f"n{number % 2}",
            host_network=number == 1,
        )


def _called(cluster: Cluster, prefix: str) -> Iterator[NetworkPolicy]:
    for policy in cluster.policies:
        assert isinstance(policy, NetworkPolicy)
        yield replace(policy, name=prefix + policy.name)


def test_a_solver_takes_over_where_boxes_take_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    ground = ground_of(doubled(101), DEFAULTS)
    homes = homes_of(ground)
    expected = [ground.anywhere(home) for home in homes]
    monkeypatch.setattr(anywhere, "STEPS", 1)
    asking = ground.by_boxes("x")
    with pytest.raises(TooHardError):
        asking.each_alone(Ask.CHANGED, asking.parts)
    assert [ground.anywhere(home) for home in homes] == expected


@pytest.mark.parametrize("beside", [5, 50])
def test_where_others_isolate_as_well_a_policy_is_looked_at_by_its_rules(beside: int) -> None:
    """So many pieces are not more where more policies are for the same pods."""
    app = LabelSelector((Requirement("app", Operator.IN, ("a",)),))
    policies = [NetworkPolicy("x", "deny", LabelSelector(), (Direction.INGRESS,), (), ())]
    for at in range(beside):
        peer = PodPeer(None, LabelSelector((Requirement("tier", Operator.IN, (f"t{at}",)),)))
        rule = PolicyRule((peer,), (PolicyPort(None, PortRange(at + 1, at + 1)),))
        policies.append(NetworkPolicy("x", f"p{at}", app, (Direction.INGRESS,), (rule,), ()))
    policies.append(replace(policies[1], name="same"))
    cluster = Cluster((Namespace("x", ((NAME_LABEL, "x"),), declared=True),), (), tuple(policies))
    ground = ground_of(cluster, DEFAULTS)
    asking = ground.by_boxes("x")
    same = Part(len(policies) - 1)
    assert asking.ask(Ask.CHANGED, {same}) is Answer.UNSAT
    assert asking.pieces <= 10
    assert asking.cover(same, ()) == Part(1)
    assert asking.pieces <= 20
    assert asking.ask(Ask.CHANGED, {Part(0)}) is Answer.SAT


def test_of_policies_for_other_ports_one_is_looked_at_where_they_select_the_same() -> None:
    """Each says only that it isolates: one that stays says it for all, if there is one."""
    app, way = LabelSelector((Requirement("app", Operator.IN, ("a",)),)), Direction.INGRESS
    policies = [
        NetworkPolicy("x", f"p{at}", app, (way,), (PolicyRule((), (tcp(at + 1),)),), ())
        for at in range(40)
    ]
    boxed = ground_of(Cluster((), (), tuple(policies)), DEFAULTS).boxed
    (tier,) = boxed.tiers(way, "x")
    ports = boxed.space.ports_of(boxed.rule(tier.policies[3], tier.policies[3].rules[0])[0])
    bearing = boxed.bearing(way, "x", boxed.subject(tier.policies[0]), ports)

    def looked_at(lifted: set[int]) -> list[int]:
        found = bearing.tiers({(index, way) for index in lifted})
        return [one.index for tier in found for one in tier.policies]

    assert looked_at(set()) == [3, 0]
    assert looked_at({0, 1, 3, 5}) == [3, 2]
    assert looked_at(set(range(40))) == [3, 0]


def tcp(port: int) -> PolicyPort:
    return PolicyPort(None, PortRange(port, port))


def test_the_solver_is_not_asked_of_what_is_pinned_to_no_namespace(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(ground, "removable_parts", None)
    for seed in range(20):
        assert not ground_of(mixed_cluster(seed), DEFAULTS).anywhere(None).undecided


def test_what_is_pinned_to_no_namespace_takes_steps_as_there_is_more_of_it() -> None:
    def pieces(count: int) -> int:
        listed = {"apiVersion": "v1", "kind": "List", "items": wide(count)}
        given = load_texts({"in.json": json.dumps(listed)})
        asking = ground_of(given.cluster, DEFAULTS).by_boxes(None)
        answered(asking, None, ())
        return asking.pieces

    assert pieces(200) < 2.4 * pieces(100)


def test_where_no_block_decides_the_order_is_not_looked_at_under_other_assumptions(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Addresses could matter as some rule names a block, but no rule that lint finds is one."""
    block = PolicyRule((BlockPeer("10.0.0.0/8"),), ())
    beside = NetworkPolicy("x", "p", LabelSelector(), (Direction.INGRESS,), (block,), ())
    listed = {"apiVersion": "v1", "kind": "List", "items": wide(60)}
    policies = load_texts({"in.json": json.dumps(listed)}).cluster.policies
    cluster = Cluster((), (), (*policies, beside))
    expected = by_order(ground_of(cluster, DEFAULTS))
    assert "NP027" in {one.code for one in expected.findings}
    monkeypatch.setattr(Boxed, "under", None)
    assert by_order(ground_of(cluster, DEFAULTS)) == expected


@pytest.mark.parametrize("assumed", ASSUMED)
def test_under_other_assumptions_conditions_have_the_boxes_that_they_have_alone(
    assumed: Assumptions,
) -> None:
    """What is kept of other assumptions does not depend on them."""
    for seed in range(6):
        cluster = mixed_cluster(seed)
        kept, alone = ground_of(cluster, DEFAULTS), ground_of(cluster, assumed)
        tiers = kept.facts.tiers_anywhere
        kept.boxed.take_apart(tiers)
        boxed = kept.boxed.under(assumed)
        # Values get their numbers as they are met, so that they are met in the same order.
        alone.boxed.take_apart(tiers)
        for policy in policies_in(tiers):
            assert boxed.subject(policy) == alone.boxed.subject(policy)
            for rule in policy.rules:
                assert boxed.rule(policy, rule) == alone.boxed.rule(policy, rule)


def test_what_questions_stand_on_can_be_sent_to_a_process() -> None:
    ground = ground_of(doubled(102), DEFAULTS)
    ground.prepare()
    sent = loads(dumps(ground))
    for home in homes_of(ground):
        assert sent.anywhere(home) == ground.anywhere(home)
        assert sent.here(home, frozenset()) == ground.here(home, frozenset())


def test_conditions_are_taken_apart_once_before_processes_share_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What the order decides is asked of the same boxes, after processes have done the rest."""
    # Of one assumption that matters to blocks only, boxes are looked at with either value.
    grounds = [ground_of(mixed_cluster(seed), DEFAULTS) for seed in range(8)]
    expected = [by_order(ground_of(one.facts.cluster, DEFAULTS)) for one in grounds]
    for one in grounds:
        one.prepare()
    given = Space.boxes
    own = {id(one.boxed.space) for one in grounds}

    def other(self: Space, match: Match) -> tuple[Box, ...]:
        assert id(self) not in own
        return given(self, match)

    monkeypatch.setattr(Space, "boxes", other)
    assert [by_order(one) for one in grounds] == expected
    for one in grounds:
        for home in homes_of(one):
            one.by_boxes(home).each_alone(Ask.CHANGED, one.by_boxes(home).parts)
