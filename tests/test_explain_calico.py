"""Explanations in clusters of all kinds: the walk through Calico's tiers against the oracle."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from tests import strategies as own
from tests.calico_strategies import calico_clusters
from tests.profiles import examples
from tests.test_explain_trace import allowed_by_oracle, explained

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
