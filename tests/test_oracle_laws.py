"""Laws of network policies, on generated clusters and connections."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from tests.admin_strategies import mixed_clusters
from tests.calico_strategies import calico_clusters
from tests.profiles import examples
from tests.strategies import (
    assumptions,
    claims,
    clusters,
    connections,
    pod_labels,
    pod_selectors,
    policies,
    rules,
)

from netproof.decisions import SideDecision
from netproof.oracle.addresses import without_address
from netproof.oracle.claims import breaks, in_scope, member, satisfies
from netproof.oracle.connections import decide
from netproof.oracle.labels import matches
from netproof.oracle.nearby import Nearby
from netproof.oracle.network_policy import types_of
from netproof_specs.assumptions import Assumption, Assumptions
from netproof_specs.claims import CannotReach, CanReach, MayReach
from netproof_specs.model.cluster import Cluster
from netproof_specs.model.connections import Connection, ExternalEndpoint, PodEndpoint
from netproof_specs.model.labels import Labels, LabelSelector, Operator, Requirement
from netproof_specs.model.network_policy import NetworkPolicy, PolicyPort, PolicyRule
from netproof_specs.model.traffic import Direction, PortRange
from netproof_specs.worlds import World

worlds = st.sampled_from(World)
often = examples(80, 800)


def drawn(data: st.DataObject) -> tuple[Cluster, Connection]:
    """A cluster and a connection of one of its worlds."""
    cluster = data.draw(clusters())
    return cluster, data.draw(connections(cluster, data.draw(worlds)))


@often
@given(st.data(), assumptions)
def test_order_never_matters(data: st.DataObject, assumed: Assumptions) -> None:
    """A.53: neither of policies nor of rules, peers, ports and requirements."""
    cluster, connection = drawn(data)
    shuffled = data.draw(st.permutations([turned(policy) for policy in cluster.policies]))
    expected = decide(cluster.policies, connection, assumed)
    found = decide(shuffled, connection, assumed)
    assert found.allowed is expected.allowed
    assert found.egress.reason == expected.egress.reason
    assert found.ingress.reason == expected.ingress.reason


@often
@given(st.data(), st.one_of(clusters(), mixed_clusters(), calico_clusters()), assumptions)
def test_policies_of_other_namespaces_decide_nothing(
    data: st.DataObject, cluster: Cluster, assumed: Assumptions
) -> None:
    """A.3: those near to a connection decide it as all do, and name the same reasons."""
    connection = data.draw(connections(cluster, data.draw(worlds)))
    near = Nearby(cluster.every_policy).to(connection)
    assert decide(near, connection, assumed) == decide(cluster.every_policy, connection, assumed)


def turned(policy: NetworkPolicy) -> NetworkPolicy:
    """The policy with its parts in reverse order."""

    def rules_turned(found: Sequence[PolicyRule]) -> tuple[PolicyRule, ...]:
        return tuple(
            replace(rule, peers=rule.peers[::-1], ports=rule.ports[::-1]) for rule in found[::-1]
        )

    return replace(
        policy,
        subject=LabelSelector(policy.subject.requirements[::-1]),
        policy_types=policy.policy_types[::-1],
        ingress=rules_turned(policy.ingress),
        egress=rules_turned(policy.egress),
    )


@often
@given(st.data(), assumptions)
def test_splitting_by_rule_changes_nothing(data: st.DataObject, assumed: Assumptions) -> None:
    """A.53: one policy for each rule, with the types written out."""
    cluster, connection = drawn(data)
    split = [part for policy in cluster.policies for part in parts(policy)]
    expected = decide(cluster.policies, connection, assumed).allowed
    assert decide(split, connection, assumed).allowed is expected


def parts(policy: NetworkPolicy) -> list[NetworkPolicy]:
    """One policy for each rule of a policy, and one without any."""
    types = tuple(found for found in Direction if found in types_of(policy))
    empty = replace(policy, policy_types=types, ingress=(), egress=())
    return [
        empty,
        *(replace(empty, ingress=(rule,)) for rule in policy.ingress),
        *(replace(empty, egress=(rule,)) for rule in policy.egress),
    ]


@often
@given(st.data(), rules, assumptions)
def test_adding_a_rule_removes_nothing(
    data: st.DataObject, rule: PolicyRule, assumed: Assumptions
) -> None:
    """A.5, for a policy with explicit types."""
    cluster, connection = drawn(data)
    explicit = [
        replace(policy, policy_types=policy.policy_types or (Direction.INGRESS,))
        for policy in cluster.policies
    ]
    wider = [
        replace(policy, ingress=(*policy.ingress, rule), egress=(rule, *policy.egress))
        for policy in explicit
    ]
    before = decide(explicit, connection, assumed).allowed
    assert before <= decide(wider, connection, assumed).allowed


@often
@given(st.data(), assumptions)
def test_an_isolated_pod_loses_nothing_by_another_policy(
    data: st.DataObject, assumed: Assumptions
) -> None:
    """A.5: adding a policy shrinks connectivity only through new isolation."""
    cluster, connection = drawn(data)
    added = data.draw(policies("new", [one.name for one in cluster.namespaces]))
    before = decide(cluster.policies, connection, assumed)
    after = decide([*cluster.policies, added], connection, assumed)
    for old, new in ((before.egress, after.egress), (before.ingress, after.ingress)):
        if old.reason != "not-isolated":
            assert old.allowed <= new.allowed
        elif not new.allowed:
            assert new.selecting == (added,)


@often
@given(st.data(), assumptions)
def test_reasons_tell_the_truth(data: st.DataObject, assumed: Assumptions) -> None:
    """What `SideDecision` promises of `selecting`, `policy` and `rule`."""
    cluster, connection = drawn(data)
    decision = decide(cluster.policies, connection, assumed)
    for side in (decision.egress, decision.ingress):
        check(side)
        named = side.reason == "rule-matches"
        assert named is (side.policy is not None) is (side.rule is not None)
        assert [one for one in cluster.policies if one in side.selecting] == list(side.selecting)


def check(side: SideDecision) -> None:
    """The reason agrees with the decision and with what selects."""
    assert side.allowed is (side.reason != "no-rule-matches")
    if side.reason in ("rule-matches", "no-rule-matches"):
        assert side.selecting
    if side.reason in ("not-isolated", "not-a-subject"):
        assert not side.selecting
    if side.policy is not None and side.rule is not None:
        assert side.policy in side.selecting
        rules_there = side.policy.ingress, side.policy.egress
        rule = rules_there[side.direction is Direction.EGRESS][side.rule.index]
        assert rule.where == side.rule.where


@often
@given(st.data())
def test_host_network_only_matters_for_host_network_pods(data: st.DataObject) -> None:
    """A.45: without such pods the assumption decides nothing."""
    cluster, connection = drawn(data)
    ends = (connection.source, connection.destination)
    if any(isinstance(end, PodEndpoint) and end.host_network for end in ends):
        return
    node = decide(cluster.policies, connection, frozenset())
    assert node == decide(cluster.policies, connection, frozenset({Assumption.HOST_NETWORK}))


@often
@given(st.data())
def test_blocks_and_pods_only_matter_for_known_addresses(data: st.DataObject) -> None:
    """A.29: the assumption can only add connections, and only of pods with addresses."""
    cluster, connection = drawn(data)
    without = decide(cluster.policies, connection, frozenset())
    matched = decide(cluster.policies, connection, frozenset({Assumption.IPBLOCK_MATCHES_PODS}))
    assert without.allowed <= matched.allowed
    ends = (connection.source, connection.destination)
    if not any(isinstance(end, PodEndpoint) and end.addresses for end in ends):
        assert without == matched


@often
@given(pod_labels, pod_selectors)
def test_a_key_has_one_value(labels: Labels, selector: LabelSelector) -> None:
    """F102: no pod is in two selectors that ask one key for different values."""
    for key in ("app", "tier"):
        one = Requirement(key, Operator.IN, ("a",))
        other = Requirement(key, Operator.IN, ("b",))
        both = LabelSelector((*selector.requirements, one, other))
        assert not matches(both, labels)
        split = [LabelSelector((*selector.requirements, part)) for part in (one, other)]
        assert not all(matches(part, labels) for part in split)


@often
@given(pod_labels, pod_selectors)
def test_operators_in_pairs(labels: Labels, selector: LabelSelector) -> None:
    """A.23: NotIn and DoesNotExist are the complements of In and Exists."""
    opposite = {
        Operator.IN: Operator.NOT_IN,
        Operator.NOT_IN: Operator.IN,
        Operator.EXISTS: Operator.DOES_NOT_EXIST,
        Operator.DOES_NOT_EXIST: Operator.EXISTS,
    }
    for found in selector.requirements:
        turned_round = replace(found, operator=opposite[found.operator])
        one, other = LabelSelector((found,)), LabelSelector((turned_round,))
        assert matches(one, labels) is not matches(other, labels)


@often
@given(st.data(), assumptions)
def test_a_range_may_be_cut_in_two(data: st.DataObject, assumed: Assumptions) -> None:
    """A.33: the elements of `ports` add up to the range that they cover."""
    cluster, connection = drawn(data)
    cut = [
        replace(
            policy,
            ingress=tuple(cut_ranges(rule) for rule in policy.ingress),
            egress=tuple(cut_ranges(rule) for rule in policy.egress),
        )
        for policy in cluster.policies
    ]
    expected = decide(cluster.policies, connection, assumed).allowed
    assert decide(cut, connection, assumed).allowed is expected


def cut_ranges(rule: PolicyRule) -> PolicyRule:
    """The rule with each range of more than one port written as two."""
    return replace(rule, ports=tuple(half for port in rule.ports for half in halves(port)))


def halves(port: PolicyPort) -> list[PolicyPort]:
    """One element, or the two that cover its range."""
    found = port.port
    if not isinstance(found, PortRange) or found.first == found.last:
        return [port]
    middle = (found.first + found.last) // 2
    return [
        replace(port, port=PortRange(found.first, middle)),
        replace(port, port=PortRange(middle + 1, found.last)),
    ]


@often
@given(st.data(), assumptions)
def test_claims_agree_with_each_other(data: st.DataObject, assumed: Assumptions) -> None:
    """Of `cannot reach`, `can reach` and `may reach` over the same ends and ports."""
    cluster, connection = drawn(data)
    decision = decide(cluster.policies, connection, assumed)
    claim = data.draw(claims(cluster))
    if isinstance(claim, CannotReach | CanReach | MayReach):
        ends = (claim.source, claim.destination, claim.ports)
        opened = breaks(CannotReach(*ends), connection, decision)
        blocked = breaks(CanReach(*ends), connection, decision)
        assert opened is satisfies(MayReach(*ends), connection, decision)
        assert not (opened and blocked)
        assert (opened or blocked) <= member(connection.source, claim.source.endpoints)
        assert (opened or blocked) <= member(connection.destination, claim.destination.endpoints)
    if breaks(claim, connection, decision):
        assert decision.allowed is not isinstance(claim, CanReach)


@often
@given(st.data(), assumptions)
def test_scope_has_two_sides(data: st.DataObject, assumed: Assumptions) -> None:
    """A.27, A.41 to A.43: a connection is in scope iff the reverse one is."""
    _, connection = drawn(data)
    back = replace(connection, source=connection.destination, destination=connection.source)
    assert in_scope(connection, assumed) is in_scope(back, assumed)
    if isinstance(connection.source, ExternalEndpoint):
        assert in_scope(connection, assumed) is not without_address(connection)
