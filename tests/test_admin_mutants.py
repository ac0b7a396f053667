"""Every planted error in admin-level policies is noticed by the row that its mutant names."""

from __future__ import annotations

import pytest
from tests import test_encoding_tables
from tests.admin_mutants import LOWERING_ADMIN_MUTANTS, ORACLE_ADMIN_MUTANTS
from tests.mutants import Mutant, planted
from tests.truth_tables import Row, row

from netproof.oracle.connections import Favour, decide
from netproof.solving import Limits, Session
from netproof_encodings.obligations import claims as obligations
from netproof_specs.worlds import World

FEWEST = 20


@pytest.fixture(scope="module")
def session() -> Session:
    return Session("", Limits())


def decided_right(found: Row) -> bool:
    """Whether the oracle gives the row's decision, and the other one iff the order is open."""
    given = (found.cluster.policies, found.connection, found.assumptions)
    outcomes = {decide(*given, favour).allowed for favour in Favour}
    expected = {True, False} if found.open else {found.allowed}
    return decide(*given).allowed is found.allowed and outcomes == expected


@pytest.mark.parametrize(
    "mutant", ORACLE_ADMIN_MUTANTS, ids=lambda one: f"{one.id} {one.killed_by}"
)
def test_oracle_mutant_is_killed(mutant: Mutant) -> None:
    found = row(mutant.killed_by)
    assert decided_right(found)
    with planted(mutant):
        assert not decided_right(found)
    assert decided_right(found)


@pytest.mark.parametrize(
    "mutant", LOWERING_ADMIN_MUTANTS, ids=lambda one: f"{one.id} {one.killed_by}"
)
def test_lowering_mutant_is_killed(mutant: Mutant, session: Session) -> None:
    found = row(mutant.killed_by)
    right = obligations.stage(found.cluster, World.SNAPSHOT, [])
    assert test_encoding_tables.decided_right(session, found, right)
    with planted(mutant):
        wrong = obligations.stage(found.cluster, World.SNAPSHOT, [])
        assert not test_encoding_tables.decided_right(session, found, wrong)


def test_there_are_mutants_enough() -> None:
    assert len({*ORACLE_ADMIN_MUTANTS, *LOWERING_ADMIN_MUTANTS}) >= FEWEST
