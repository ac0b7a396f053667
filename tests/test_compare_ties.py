"""Comparison where policies tie: what is possible and what is certain both count (C.4)."""

from __future__ import annotations

import pytest

from netproof.comparison.policies import CompareOptions, compare
from netproof.comparisons import Relation
from netproof_specs.assumptions import DEFAULTS, Assumption
from netproof_specs.loading import load_texts
from netproof_specs.model.cluster import Policy

POLICY = """
apiVersion: policy.networking.k8s.io/v1alpha1
kind: AdminNetworkPolicy
metadata: {{name: {name}}}
spec:
  priority: {priority}
  subject: {{namespaces: {{}}}}
  ingress: [{{action: {action}, from: [{{namespaces: {{}}}}]}}]
---
"""


def policies(*stated: tuple[str, int, str]) -> tuple[Policy, ...]:
    """Policies by name, priority and action, each about all pods."""
    text = "".join(
        POLICY.format(name=name, priority=priority, action=action)
        for name, priority, action in stated
    )
    return load_texts({"p.yaml": text}).cluster.policies if text else ()


TIED = policies(("a", 5, "Allow"), ("b", 5, "Deny"))


@pytest.mark.parametrize(
    ("old", "new", "relation"),
    [
        (TIED, TIED, Relation.EQUIVALENT),
        (TIED, policies(("b", 5, "Deny"), ("a", 5, "Allow")), Relation.EQUIVALENT),
        # Allowed in some order before, and in none after.
        (TIED, policies(("a", 6, "Allow"), ("b", 5, "Deny")), Relation.NARROWER),
        # Allowed in some order before, and in every order after.
        (TIED, policies(("a", 4, "Allow"), ("b", 5, "Deny")), Relation.WIDER),
        (policies(("a", 4, "Allow"), ("b", 5, "Deny")), TIED, Relation.NARROWER),
        # Whichever goes first, what is passed on is allowed by default.
        (policies(("a", 5, "Allow"), ("b", 5, "Pass")), (), Relation.EQUIVALENT),
        (policies(("a", 5, "Deny"), ("b", 5, "Pass")), (), Relation.WIDER),
    ],
)
def test_relation(old: tuple[Policy, ...], new: tuple[Policy, ...], relation: Relation) -> None:
    found = compare(old, new)
    assert found.relation is relation
    for difference in found.counterexamples:
        assert difference.old.allowed is not difference.new.allowed


def test_by_name_a_tie_is_an_order() -> None:
    by_name = CompareOptions(assumptions=DEFAULTS - {Assumption.TIES})
    ordered = policies(("a", 4, "Allow"), ("b", 5, "Deny"))
    assert compare(TIED, ordered, options=by_name).relation is Relation.EQUIVALENT
    assert compare(TIED, ordered).relation is Relation.WIDER


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (TIED, policies(("a", 5, "Deny"), ("b", 5, "Allow"))),
        (
            policies(("a", 5, "Deny"), ("b", 5, "Allow"), ("c", 5, "Pass")),
            policies(("a", 5, "Pass"), ("b", 5, "Allow"), ("c", 5, "Deny")),
        ),
    ],
)
def test_names_that_tied_policies_exchange_are_a_change_where_they_decide(
    old: tuple[Policy, ...], new: tuple[Policy, ...]
) -> None:
    by_name = CompareOptions(assumptions=DEFAULTS - {Assumption.TIES})
    expected = compare(old[:1], new[:1]).relation
    assert compare(old, new, options=by_name).relation is expected
    found = compare(old, new)
    assert found.relation is Relation.EQUIVALENT
    assert not found.everywhere
