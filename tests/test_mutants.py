"""Every planted error is noticed by the row of the truth tables that its mutant names."""

from __future__ import annotations

import pytest
from tests.mutants import Mutant, planted
from tests.oracle_mutants_connections import CONNECTION_MUTANTS
from tests.oracle_mutants_rules import RULE_MUTANTS
from tests.truth_tables import Row, row

from netproof.oracle import connections

ORACLE_MUTANTS = (*RULE_MUTANTS, *CONNECTION_MUTANTS)


def decided_right(found: Row) -> bool:
    """Whether the oracle, as it is now, decides the row as the table says."""
    decision = connections.decide(found.cluster.policies, found.connection, found.assumptions)
    return decision.allowed is found.allowed


@pytest.mark.parametrize("mutant", ORACLE_MUTANTS, ids=lambda mutant: mutant.id)
def test_oracle_mutant_is_killed(mutant: Mutant) -> None:
    found = row(mutant.killed_by)
    assert decided_right(found)
    with planted(mutant):
        assert not decided_right(found), f"{mutant.killed_by} does not notice {mutant.says}"
    assert decided_right(found)


def test_mutants_are_told_apart() -> None:
    assert len({mutant.id for mutant in ORACLE_MUTANTS}) == len(ORACLE_MUTANTS)
