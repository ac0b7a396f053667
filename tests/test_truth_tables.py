"""Every row of the truth tables, decided by the oracle."""

from __future__ import annotations

import pytest
from tests.truth_tables import Case, Row, cases, rows
from tests.universe import differences

from netproof.oracle.connections import Favour, decide
from netproof_specs.loading import load_texts
from netproof_specs.model.traffic import Protocol
from netproof_specs.problems import InputError

CASES = cases()

CORNER_CASES = {f"F{number}" for number in (*range(1, 77), 102, 103, *range(104, 119))}
ELSEWHERE = {"F63"}
"""F63 is a test of its own, below."""

CLAUSES = [
    f"A.{number}"
    for number in (
        *range(1, 8),
        *range(10, 22),
        23,
        *range(25, 30),
        *range(31, 39),
        41,
        42,
        44,
        45,
        46,
        47,
        50,
        51,
        52,
    )
] + [f"C.{number}" for number in (*range(1, 12), 14, 15, 16, 17, 19)]
"""The clauses that decide connections."""


@pytest.mark.parametrize("row", rows(), ids=lambda row: f"{row.id} {row.text}")
def test_row(row: Row) -> None:
    decision = decide(row.cluster.policies, row.connection, row.assumptions)
    assert decision.allowed is row.allowed
    assumed = row.assumptions
    favours = (Favour.ALLOWED, Favour.DENIED)
    outcomes = {
        decide(row.cluster.policies, row.connection, assumed, one).allowed for one in favours
    }
    assert outcomes == ({True, False} if row.open else {row.allowed})
    assert row.egress in (None, decision.egress.reason)
    assert row.ingress in (None, decision.ingress.reason)


@pytest.mark.parametrize(
    "case", [case for case in CASES if case.rejected is not None], ids=lambda case: case.id
)
def test_rejected(case: Case) -> None:
    with pytest.raises(InputError) as caught:
        load_texts({"table.yaml": case.manifests}, case.options)
    assert case.rejected is not None
    assert case.rejected in str(caught.value)
    assert all(problem.where is not None for problem in caught.value.problems)


@pytest.mark.parametrize("case", [case for case in CASES if case.absent], ids=lambda case: case.id)
def test_absent(case: Case) -> None:
    assert case.cluster is not None
    present = {f"{found.namespace}/{found.name}" for found in case.cluster.workloads}
    assert present
    assert not present & set(case.absent)


@pytest.mark.parametrize(
    "case",
    [case for case in CASES if case.equivalent or case.inequivalent],
    ids=lambda case: case.id,
)
def test_equivalent(case: Case) -> None:
    assert case.cluster is not None
    if case.equivalent is not None:
        assert not list(differences(case.cluster.policies, case.equivalent.policies))
    if case.inequivalent is not None:
        assert next(differences(case.cluster.policies, case.inequivalent.policies))


def test_policies_and_connections_know_three_protocols_only() -> None:
    """F63: no claim can speak of ICMP, so none can count it as denied or allowed (A.39)."""
    assert [protocol.value for protocol in Protocol] == ["TCP", "UDP", "SCTP"]
    with pytest.raises(ValueError, match="ICMP"):
        Protocol("ICMP")


def test_every_corner_case_has_a_row() -> None:
    covered = {case.id.split("-")[0] for case in CASES if case_says_something(case)}
    assert CORNER_CASES - covered == ELSEWHERE


def case_says_something(case: Case) -> bool:
    return bool(case.rows or case.rejected or case.claims or case.equivalent or case.inequivalent)


@pytest.mark.parametrize("clause", CLAUSES)
def test_clause_is_shown_from_both_sides(clause: str) -> None:
    decisions = [row.allowed for row in rows() if row.clause == clause]
    assert decisions.count(True) >= 2
    assert decisions.count(False) >= 2
