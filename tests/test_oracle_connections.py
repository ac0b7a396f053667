"""Decisions: reasons, what selects, and which rule is named."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.build import ANY_RULE, OUTSIDE, connection, pod, policy, policy_port

from netproof.decisions import RuleAt
from netproof.oracle.connections import decide
from netproof.oracle.endpoints import from_own_node, identity, same_pod, to_own_node
from netproof_specs.assumptions import DEFAULTS, Assumption
from netproof_specs.model.network_policy import PolicyRule
from netproof_specs.model.traffic import Direction

A, B = pod("x/a"), pod("y/b")
BOTH = (Direction.INGRESS, Direction.EGRESS)
DENY = policy("x/deny", None, BOTH)
AS_POD = DEFAULTS | {Assumption.HOST_NETWORK}


def test_no_policies() -> None:
    decision = decide([], connection(A, B), DEFAULTS)
    assert decision.allowed
    assert decision.egress.reason == "not-isolated"
    assert decision.ingress.reason == "not-isolated"
    assert decision.egress.direction is Direction.EGRESS
    assert decision.ingress.direction is Direction.INGRESS


def test_denied_side_names_what_selects() -> None:
    other = policy("y/other")
    decision = decide([other, DENY], connection(A, OUTSIDE), DEFAULTS)
    assert not decision.allowed
    assert decision.egress.reason == "no-rule-matches"
    assert decision.egress.selecting == (DENY,)
    assert decision.egress.policy is None
    assert decision.egress.rule is None
    assert decision.ingress.reason == "not-a-subject"
    assert decision.ingress.selecting == ()


def test_first_rule_that_admits_is_named() -> None:
    misses = PolicyRule((), (policy_port("-/22"),))
    hits = PolicyRule((), (policy_port("-/80"),))
    one = policy("x/one", None, (), (misses, hits, ANY_RULE))
    two = policy("x/two", None, (), (ANY_RULE,))
    decision = decide([DENY, one, two], connection(B, A), DEFAULTS)
    assert decision.ingress.reason == "rule-matches"
    assert decision.ingress.policy is one
    assert decision.ingress.rule == RuleAt(1, hits.where)
    assert decision.ingress.selecting == (DENY, one, two)
    assert decide([two, one], connection(B, A), DEFAULTS).ingress.policy is two


def test_same_pod() -> None:
    decision = decide([DENY], connection(A, replace(A)), DEFAULTS)
    assert decision.allowed
    assert decision.egress.reason == "same-pod"
    assert decision.ingress.reason == "same-pod"


@pytest.mark.parametrize(
    "other",
    [
        replace(A, replica=2),
        replace(A, kind="Deployment"),
        replace(A, name="b"),
        replace(A, namespace=B.namespace),
        replace(A, invented=True),
    ],
)
def test_different_pods(other: object) -> None:
    assert isinstance(other, type(A))
    assert identity(other) != identity(A)
    assert not same_pod(connection(A, other))


def test_own_node() -> None:
    node = replace(pod("k/agent"), host_network=True, node="n1")
    here, there, unknown = replace(A, node="n1"), replace(A, node="n2"), A
    assert decide([DENY], connection(node, here), DEFAULTS).ingress.reason == "own-node"
    assert not decide([DENY], connection(node, there), DEFAULTS).allowed
    assert not decide([DENY], connection(node, unknown), DEFAULTS).allowed
    assert not decide([DENY], connection(node, here), AS_POD).allowed
    assert not decide([DENY], connection(here, node), DEFAULTS).allowed
    assert from_own_node(connection(node, here), DEFAULTS)
    assert to_own_node(connection(here, node), DEFAULTS)
    assert not from_own_node(connection(node, replace(node)), DEFAULTS)
    assert not from_own_node(connection(OUTSIDE, here), DEFAULTS)
    nowhere = replace(node, node=None)
    assert not from_own_node(connection(nowhere, unknown), DEFAULTS)


def test_nodes_are_no_subjects() -> None:
    node = replace(A, host_network=True)
    assert decide([DENY], connection(node, B), DEFAULTS).egress.reason == "not-a-subject"
    assert decide([DENY], connection(B, node), DEFAULTS).ingress.reason == "not-a-subject"
    assert not decide([DENY], connection(node, B), AS_POD).allowed
    assert not decide([DENY], connection(B, node), AS_POD).allowed
