"""Every planted error in the map of connections is noticed by the row that its mutant names."""

from __future__ import annotations

import pytest
from tests.connectivity_mutants import CONNECTIVITY_MUTANTS
from tests.mutants import Mutant, planted
from tests.test_connections_map import is_listed
from tests.truth_tables import Row, row

from netproof.replay import DisagreementError

FEWEST = 20


def is_right(found: Row) -> bool:
    """Whether the map has the row as the table says, and the oracle does not stop it."""
    try:
        return is_listed(found) is found.allowed
    except DisagreementError:
        return False


@pytest.mark.parametrize(
    "mutant", CONNECTIVITY_MUTANTS, ids=lambda one: f"{one.id} {one.killed_by}"
)
def test_mutant_is_killed(mutant: Mutant) -> None:
    found = row(mutant.killed_by)
    assert is_right(found)
    with planted(mutant):
        assert not is_right(found)
    assert is_right(found)


def test_there_are_mutants_enough() -> None:
    assert len(set(CONNECTIVITY_MUTANTS)) >= FEWEST
