"""Every row of the truth tables of Calico, decided by the oracle."""

from __future__ import annotations

import pytest
from tests.calico_tables import (
    CalicoCase,
    CalicoRow,
    calico_cases,
    calico_claims,
    calico_rows,
    outcome_of,
)
from tests.truth_tables import ClaimRow

from netproof.oracle.connections import Favour, decide, outcomes_of
from netproof.oracle.forwarded import SetUp
from netproof_specs.assumptions import Assumption
from netproof_specs.loading import load_texts
from netproof_specs.model.traffic import Direction
from netproof_specs.problems import InputError

CORNER_CASES = {f"F{number}" for number in (*range(77, 97), *range(119, 140))}
REJECTED = [case for case in calico_cases() if case.rejected is not None]


def outcomes(row: CalicoRow) -> set[bool]:
    """What the orders of tied policies, and the set-ups of hosts, make of the connection."""
    egress, ingress = (
        outcomes_of(row.policies, direction, row.connection, row.assumptions)
        for direction in (Direction.EGRESS, Direction.INGRESS)
    )
    by_ends = {one.allowed and other.allowed for one in egress for other in ingress}
    if by_ends != {True}:
        return by_ends
    named = Assumption.TIES not in row.assumptions
    favours = [Favour.DOCUMENTED] if named else [Favour.ALLOWED, Favour.DENIED]
    return {
        decide(row.policies, row.connection, row.assumptions, favour, set_up).allowed
        for favour in favours
        for set_up in SetUp
    }


@pytest.mark.parametrize("row", calico_rows(), ids=lambda row: f"{row.id} {row.text}")
def test_row(row: CalicoRow) -> None:
    decision = decide(row.policies, row.connection, row.assumptions)
    assert decision.allowed is row.allowed
    assert outcomes(row) == ({True, False} if row.open else {row.allowed})


@pytest.mark.parametrize("row", calico_claims(), ids=lambda row: f"{row.id} {row.claim}")
def test_claim(row: ClaimRow) -> None:
    assert outcome_of(row) == row.verdict


@pytest.mark.parametrize("case", REJECTED, ids=lambda case: case.id)
def test_rejected(case: CalicoCase) -> None:
    with pytest.raises(InputError) as caught:
        load_texts({"table.yaml": case.manifests})
    assert any(str(case.rejected) in problem.message for problem in caught.value.problems)


def test_every_corner_case_has_a_row() -> None:
    assert {case.id.split("-")[0] for case in calico_cases()} >= CORNER_CASES
