"""Calico's policies as tiers decide as the oracle does, connection by connection."""

from __future__ import annotations

import pytest
from tests.calico_tables import CalicoRow, calico_rows

from netproof.explaining.conditions import Held
from netproof.oracle.claims import in_scope
from netproof.oracle.connections import decide
from netproof_encodings.decision.folding import decided
from netproof_encodings.lowering import lower
from netproof_encodings.lowering.undecided import undecided
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
    assert all(decided(held, tiers[one]) for one in Direction) is row.allowed


def test_most_rows_are_decided() -> None:
    """What is left is about source ports, pods of unknown interfaces, and a pod's own node."""
    left = {row.id.partition(".")[0] for row in calico_rows() if row not in DECIDED}
    assert left == {
        "source-ports",
        "host-network-pods-of-open-hosts",
        "own-node",
        "own-node-host",
    }
