"""Explanations: decided as the oracle decides, with conditions that really fail."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests import strategies as own
from tests.profiles import some
from tests.truth_tables import Row, is_ordinary, rows

from netproof.explaining.mismatches import Condition
from netproof.explaining.tracing import Exempt, Explanation, explain
from netproof.explaining.turning import possible
from netproof.oracle.addresses import without_address
from netproof.oracle.connections import decide
from netproof.oracle.network_policy import types_of
from netproof.reports.explain.words import notes_of
from netproof_encodings.lowering import lower
from netproof_specs.assumptions import DEFAULTS, Assumption, Assumptions
from netproof_specs.loading import load_texts
from netproof_specs.model.cluster import Cluster, Policy
from netproof_specs.model.connections import (
    Connection,
    Endpoint,
    ExternalEndpoint,
    PodEndpoint,
    pod_of,
)
from netproof_specs.model.network_policy import NetworkPolicy, PolicyRule
from netproof_specs.model.traffic import Family, Protocol

ANYTHING = PolicyRule((), ())


def families(connection: Connection) -> list[Family]:
    ends = (connection.source, connection.destination)
    outside = any(isinstance(end, ExternalEndpoint) for end in ends)
    if outside:
        return [connection.family]
    both = [one for one in Family if not without_address(replace(connection, family=one))]
    return both or list(Family)


def allowed_by_oracle(
    policies: Sequence[Policy], connection: Connection, assumptions: Assumptions
) -> bool:
    return any(
        decide(policies, replace(connection, family=family), assumptions).allowed
        for family in families(connection)
    )


@given(st.data())
def test_explanation_is_the_oracles_decision(data: st.DataObject) -> None:
    cluster = data.draw(own.clusters())
    drawn = data.draw(own.connections(cluster))
    assumptions = data.draw(own.assumptions)
    found = explained(cluster, drawn, assumptions)
    known = assumptions - {Assumption.UNKNOWN_POD_ADDRESSES}
    if Assumption.UNKNOWN_POD_ADDRESSES not in assumptions:
        assert found.decision.allowed is allowed_by_oracle(cluster.policies, drawn, assumptions)
    elif not found.decision.allowed:
        assert not allowed_by_oracle(cluster.policies, drawn, known)
    check_trace(found)
    if without_address(found.connection):
        assert (found.exempt, found.turns) == (Exempt.NO_ADDRESS, ())
        return
    tiers = lower(cluster.policies)
    assert found.decision.allowed is possible(cluster, tiers, found.connection, assumptions)
    check_turns(cluster, found)


def explained(cluster: Cluster, drawn: Connection, assumptions: Assumptions) -> Explanation:
    ends = (drawn.source, drawn.destination)
    return explain(cluster, ends, (drawn.protocol, drawn.port), assumptions)


def check_trace(found: Explanation) -> None:
    """Each side admits iff it is exempt, not isolated, or some traced rule admits."""
    for side in (found.egress, found.ingress):
        assert tuple(one.policy for one in side.policies) == side.decision.selecting
        selecting = {one.policy for one in side.policies}
        assert not selecting & {one.policy for one in side.others}
        admitting = any(one.admits for one in side.policies)
        if admitting or not side.policies:
            assert side.decision.allowed
        if not side.decision.allowed:
            assert all(rule.mismatches for one in side.policies for rule in one.rules)


def check_turns(cluster: Cluster, found: Explanation) -> None:
    """The sets that are named turn the decision, and no smaller one does."""
    tiers = lower(cluster.policies)
    turning = [
        frozenset(flipped)
        for size in range(1, len(Assumption) + 1)
        for flipped in combinations(Assumption, size)
        if possible(cluster, tiers, found.connection, found.assumptions ^ frozenset(flipped))
        is not found.decision.allowed
    ]
    smallest = min(map(len, turning), default=0)
    assert set(found.turns) == {one for one in turning if len(one) == smallest}


@given(st.data())
def test_changes_are_the_smallest_sets_that_admit(data: st.DataObject) -> None:
    cluster = data.draw(own.clusters())
    drawn = data.draw(own.connections(cluster))
    found = explained(cluster, drawn, DEFAULTS)
    if found.decision.allowed:
        assert found.changes == ()
        return
    sets = [
        chosen
        for size in range(len(cluster.policies) + 1)
        for chosen in combinations(cluster.policies, size)
        if allowed_by_oracle([opened(one, chosen) for one in cluster.policies], drawn, DEFAULTS)
    ]
    smallest = min(map(len, sets))
    expected = {frozenset(one) for one in sets if len(one) == smallest}
    assert {frozenset(one) for one in found.changes} == expected
    assert len(found.changes) == len(expected)


def opened(policy: NetworkPolicy, chosen: Sequence[NetworkPolicy]) -> NetworkPolicy:
    """The policy with a rule that admits everything, if it is chosen; its types stay."""
    if policy not in chosen:
        return policy
    types = tuple(sorted(types_of(policy), key=lambda one: one.value))
    return replace(
        policy,
        policy_types=types,
        ingress=(*policy.ingress, ANYTHING),
        egress=(*policy.egress, ANYTHING),
    )


@pytest.mark.generated
@pytest.mark.parametrize("row", some([*rows()]), ids=lambda row: row.id)
def test_truth_table_row(row: Row) -> None:
    """An explanation decides a row as the table does, as far as it is of one family."""
    found = explained(row.cluster, row.connection, row.assumptions)
    if found.connection.family is row.connection.family or found.other_family is None:
        assert found.decision.allowed is row.allowed
    if is_ordinary(row.cluster):
        check_trace(found)
    check_steps(found)


def check_steps(found: Explanation) -> None:
    """Each step of a side's decision is a rule of its trace that matches, or none matches."""
    for side in (found.egress, found.ingress):
        assert {one.policy.title for one in side.policies} == {
            one.title for one in side.decision.selecting
        }
        for step in side.decision.steps:
            rules = [
                (one.policy, rule.index, rule.action)
                for one in side.policies
                if one.tier == step.tier
                for rule in one.rules
                if rule.matches
            ]
            if step.rule is None:
                assert rules == []
            else:
                assert (step.policy, step.rule.index, step.action) in rules


MANIFESTS = """
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {team: web}}
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {tier: frontend}}
spec: {containers: [{name: c, image: i, ports: [{name: http, containerPort: 8080}]}]}
---
apiVersion: v1
kind: Pod
metadata: {name: db, namespace: shop, labels: {app: db}}
spec: {containers: [{name: c, image: i, ports: [{name: http, containerPort: 8080}]}]}
---
apiVersion: v1
kind: Pod
metadata: {name: agent, namespace: shop, labels: {app: agent}}
spec: {hostNetwork: true, containers: [{name: c, image: i}]}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: guard, namespace: shop}
spec:
  podSelector: {matchLabels: {app: db}}
  ingress:
  - from: [PEER]
    ports: [PORT]
"""


@pytest.mark.parametrize(
    ("peer", "port", "source", "condition", "wanted", "found"),
    [
        (
            "{namespaceSelector: {matchLabels: {team: ops}}}",
            "{port: 80}",
            "web",
            Condition.NAMESPACE_LABELS,
            "team=ops",
            "team=web",
        ),
        (
            "{podSelector: {matchLabels: {Tier: frontend}}}",
            "{port: 80}",
            "web",
            Condition.POD_LABELS,
            "Tier=frontend",
            "no label Tier, but tier=frontend: case matters",
        ),
        (
            "{podSelector: {matchExpressions: [{key: tier, operator: NotIn, values: [frontend]}]}}",
            "{port: 80}",
            "web",
            Condition.POD_LABELS,
            "tier!=frontend",
            "tier=frontend",
        ),
        (
            "{podSelector: {matchExpressions: [{key: x, operator: Exists}]}}",
            "{port: 80}",
            "web",
            Condition.POD_LABELS,
            "x (any value)",
            "no label x",
        ),
        (
            "{podSelector: {matchExpressions: [{key: tier, operator: DoesNotExist}]}}",
            "{port: 80}",
            "web",
            Condition.POD_LABELS,
            "no tier",
            "tier=frontend",
        ),
        (
            "{podSelector: {}}",
            "{port: 81, endPort: 90}",
            "web",
            Condition.PORT,
            "TCP 81-90",
            "TCP 80",
        ),
        (
            "{podSelector: {}}",
            "{port: http}",
            "web",
            Condition.PORT,
            "TCP `http` (8080)",
            "TCP 80",
        ),
        (
            "{podSelector: {}}",
            "{port: admin}",
            "web",
            Condition.PORT,
            "TCP `admin` (which the destination does not declare)",
            "TCP 80",
        ),
        ("{podSelector: {}}", "{protocol: UDP}", "web", Condition.PORT, "any UDP", "TCP 80"),
        (
            "{podSelector: {}}",
            "{port: 80}",
            "203.0.113.5",
            Condition.KIND,
            "pods by their labels",
            "203.0.113.5, an address outside the cluster",
        ),
        (
            "{podSelector: {}}",
            "{port: 80}",
            "agent",
            Condition.KIND,
            "pods by their labels",
            "a hostNetwork pod, which counts as its node",
        ),
        (
            "{ipBlock: {cidr: 10.0.0.0/8, except: [10.1.0.0/16]}}",
            "{port: 80}",
            "10.1.2.3",
            Condition.ADDRESS_BLOCK,
            "an address in 10.0.0.0/8 except 10.1.0.0/16",
            "10.1.2.3, which is in the exception 10.1.0.0/16",
        ),
        (
            "{ipBlock: {cidr: 10.0.0.0/8}}",
            "{port: 80}",
            "2001:db8::1",
            Condition.ADDRESS_BLOCK,
            "an address in 10.0.0.0/8",
            "2001:db8::1, of the other address family",
        ),
        (
            "{ipBlock: {cidr: 10.0.0.0/8}}",
            "{port: 80}",
            "web",
            Condition.ADDRESS_BLOCK,
            "an address in 10.0.0.0/8",
            "a pod whose address the input does not give",
        ),
    ],
)
def test_first_condition_that_fails(  # noqa: PLR0917 (a column, an argument)
    peer: str, port: str, source: str, condition: Condition, wanted: str, found: str
) -> None:
    text = MANIFESTS.replace("PEER", peer).replace("PORT", port)
    cluster = load_texts({"m.yaml": text}).cluster
    ends = (end(cluster, source), end(cluster, "db"))
    explanation = explain(cluster, ends, (Protocol.TCP, 80), DEFAULTS)
    assert not explanation.decision.allowed
    (mismatch,) = explanation.ingress.policies[0].rules[0].mismatches
    assert (mismatch.condition, mismatch.wanted, mismatch.found) == (condition, wanted, found)
    assert mismatch.where is not None
    assert text.splitlines()[mismatch.where.line - 1].strip()


def end(cluster: Cluster, name: str) -> Endpoint:
    if not name.isalpha():
        return ExternalEndpoint(name)
    return pod(cluster, name)


def pod(cluster: Cluster, name: str) -> PodEndpoint:
    workload = next(one for one in cluster.workloads if one.name == name)
    return pod_of(workload, cluster.namespaces[0], 1)


def test_unknown_address_turns_a_denial() -> None:
    text = MANIFESTS.replace("PEER", "{ipBlock: {cidr: 10.0.0.0/8}}").replace("PORT", "{port: 80}")
    cluster = load_texts({"m.yaml": text}).cluster
    ends = (pod(cluster, "web"), pod(cluster, "db"))
    found = explain(cluster, ends, (Protocol.TCP, 80), DEFAULTS)
    assert found.turns == (frozenset({Assumption.UNKNOWN_POD_ADDRESSES}),)
    assumed = explain(cluster, ends, (Protocol.TCP, 80), DEFAULTS ^ found.turns[0])
    assert assumed.decision.allowed
    source = assumed.connection.source
    assert isinstance(source, PodEndpoint)
    assert source.addresses == ("10.0.0.0",)


TIED = """
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: x}
spec: {containers: []}
---
apiVersion: v1
kind: Pod
metadata: {name: b, namespace: x}
spec: {containers: []}
---
apiVersion: policy.networking.k8s.io/v1alpha1
kind: AdminNetworkPolicy
metadata: {name: first}
spec:
  priority: 5
  subject: {namespaces: {}}
  ingress: [{action: ACTION, from: [{namespaces: {}}]}]
---
apiVersion: policy.networking.k8s.io/v1alpha1
kind: AdminNetworkPolicy
metadata: {name: second}
spec:
  priority: 5
  subject: {namespaces: {}}
  ingress: [{action: Deny, from: [{namespaces: {}}]}]
"""


@pytest.mark.parametrize(("action", "told"), [("Allow", True), ("Deny", False)])
def test_an_order_of_tied_policies_that_turns_it_is_told(action: str, told: bool) -> None:
    """C.4."""
    cluster = load_texts({"m.yaml": TIED.replace("ACTION", action)}).cluster
    ends = pod_in(cluster, "a"), pod_in(cluster, "b")
    found = explain(cluster, ends, (Protocol.TCP, 80), DEFAULTS)
    assert found.decision.allowed is told
    assert [one.allowed for one in found.otherwise] == ([False] if told else [])
    notes = [note for note in notes_of(found) if "C.4" in note]
    expected = (
        "ingress is denied if AdminNetworkPolicy/second goes before AdminNetworkPolicy/first: "
        "they have the same priority, and no order among them is promised (C.4)"
    )
    assert notes == ([expected] if told else [])


def pod_in(cluster: Cluster, name: str) -> PodEndpoint:
    workload = next(one for one in cluster.workloads if one.name == name)
    return pod_of(workload, cluster.namespaces[0], 1)
