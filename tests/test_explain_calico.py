"""Explanations in clusters of all kinds: the walk through Calico's tiers against the oracle."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests import strategies as own
from tests.calico_strategies import calico_clusters
from tests.profiles import examples
from tests.schema_check import checked
from tests.test_explain_trace import allowed_by_oracle, explained

from netproof.cli import main
from netproof.explaining.mismatches import Condition
from netproof.reports.explain.words import CONDITIONS
from netproof_specs.assumptions import Assumption
from netproof_specs.model.traffic import Action

assumptions = st.sets(
    st.sampled_from([one for one in Assumption if one is not Assumption.UNKNOWN_POD_ADDRESSES])
).map(frozenset)


@examples(usual=15, thorough=150)
@given(data=st.data(), assumed=assumptions)
def test_explanation_is_the_oracles_decision(
    data: st.DataObject, assumed: frozenset[Assumption]
) -> None:
    """A walk that contradicts the oracle raises; each step's policy and rule are in the trace."""
    cluster = data.draw(calico_clusters())
    drawn = data.draw(own.connections(cluster))
    found = explained(cluster, drawn, assumed)
    assert found.decision.allowed is allowed_by_oracle(cluster.policies, drawn, assumed)
    for side in (found.egress, found.ingress):
        traced = {id(one.policy): one for one in side.policies}
        for step in side.decision.steps:
            if step.policy is not None and step.rule is not None:
                rules = {one.index: one for one in traced[id(step.policy)].rules}
                assert rules[step.rule.index].matches
        last = side.decision.steps[-1:]
        denied = bool(last) and last[0].action is Action.DENY
        assert side.decision.exemption is not None or denied is not side.decision.allowed


RULES = """
apiVersion: projectcalico.org/v3
kind: GlobalNetworkPolicy
metadata: {name: g}
spec:
  selector: app == 'db'
  ingress:
  - {action: Allow, source: {serviceAccounts: {names: [reader]}}}
  - {action: Allow, source: {serviceAccounts: {selector: role starts with 'r'}}}
  - {action: Allow, source: {serviceAccounts: {selector: "!(projectcalico.org/name == 'default')"}}}
  - {action: Allow, source: {selector: app contains 'z'}}
  - {action: Allow, source: {selector: "!(app starts with 'w')"}}
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: x, labels: {app: web-1}}
spec: {containers: [{name: c}]}
---
apiVersion: v1
kind: Pod
metadata: {name: db, namespace: x, labels: {app: db}}
spec: {containers: [{name: c}]}
"""


def test_what_calicos_selectors_want(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """D.24, D.31: of accounts and parts of values, what a rule wants and what it finds."""
    path = tmp_path / "f.yaml"
    path.write_text(RULES, encoding="utf-8")
    ends = ["explain", str(path), "--from", "x/web", "--to", "x/db", "--on", "TCP/80"]
    assert main(ends) == 0
    said = capsys.readouterr().out
    for line in (
        "service account: wants service account reader, finds service account default",
        "service account: wants role starts with 'r', finds no label role",
        "wants a service account other than default, finds service account default",
        "pod labels: wants app contains 'z', finds app=web-1",
        "pod labels: wants app absent, or not starts with 'w', finds app=web-1",
    ):
        assert line in said, said
    assert main([*ends, "--output", "json"]) == 0
    checked(capsys.readouterr().out, "explain")


def test_every_condition_has_words() -> None:
    assert {*CONDITIONS} == {*Condition}
