"""Calico's policies as tiers decide as the oracle does, connection by connection."""

from __future__ import annotations

import pytest
from tests.calico_strategies import selector_of
from tests.calico_tables import CalicoRow, calico_rows

from netproof.explaining.conditions import Held
from netproof.oracle.claims import in_scope
from netproof.oracle.connections import decide
from netproof_encodings.decision.folding import decided
from netproof_encodings.lowering import lower
from netproof_encodings.lowering.undecided import undecided
from netproof_specs.model.calico import CalicoSpec, GlobalNetworkPolicy
from netproof_specs.model.traffic import Direction

DECIDED = [
    row
    for row in calico_rows()
    if not list(undecided(row.cluster))
    and in_scope(row.connection, row.assumptions)
]


@pytest.mark.parametrize("row", DECIDED, ids=lambda row: f"{row.id} {row.text}")
def test_row(row: CalicoRow) -> None:
    held = Held(row.connection, row.assumptions, row.cluster.hosts)
    tiers = lower(row.policies)
    decision = decide(row.policies, row.connection, row.assumptions)
    for side in (decision.egress, decision.ingress):
        assert decided(held, tiers[side.direction]) is side.allowed, side
    # What hosts on the way say is in no tier of either end (D.37).
    passed = all(one.allowed for one in decision.hosts)
    assert (passed and all(decided(held, tiers[one]) for one in Direction)) is row.allowed


def test_most_rows_are_decided() -> None:
    """What is left is about pods of unknown interfaces, and own nodes."""
    left = {row.id.partition(".")[0] for row in calico_rows() if row not in DECIDED}
    left = {name for name in left if not name.startswith("forwarded-")}  # test_calico_forward.py
    assert left == {
        "host-network-pods-of-open-hosts",
        "own-node",
        "own-node-host",
    }


PINNED = {
    "projectcalico.org/name == 'a'": "a",
    "projectcalico.org/name in {'a'} && team == 'x'": "a",
    "kubernetes.io/metadata.name == 'a'": "a",
    "projectcalico.org/name in {'a', 'b'}": None,
    "projectcalico.org/name == 'a' || team == 'x'": None,
    "projectcalico.org/name != 'a'": None,
    "!(projectcalico.org/name == 'a')": None,
    "projectcalico.org/name starts with 'a'": None,
    "has(projectcalico.org/name)": None,
    "team == 'a'": None,
    "all()": None,
}


@pytest.mark.parametrize("selector", PINNED)
def test_namespace_that_a_global_policy_is_pinned_to(selector: str) -> None:
    """It is the only one whose pods the policy can select, whatever else is asked of them."""
    policy = GlobalNetworkPolicy(
        "g", CalicoSpec(None, None, None, None, None, None, None), selector_of(selector)
    )
    found = [one for tier in lower([policy])[Direction.INGRESS] for one in tier.policies]
    assert [one.home for one in found if one.origin is policy] == [PINNED[selector]]
