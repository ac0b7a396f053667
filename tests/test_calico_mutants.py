"""Every planted error in Calico's rules is noticed by the row that its mutant names."""

from __future__ import annotations

import pytest
from tests.any_host_mutants import ANY_HOST_MUTANTS
from tests.calico_tables import CalicoRow, calico_claims, calico_row, outcome_of
from tests.encoding_mutants_calico import CALICO_ENCODING_MUTANTS, CALICO_WORLD_MUTANTS
from tests.forward_mutants import FORWARD_MUTANTS, FORWARD_WORLD_MUTANTS
from tests.mutants import Mutant, planted
from tests.oracle_mutants_calico import CALICO_MUTANTS
from tests.truth_tables import ClaimRow

from netproof.explaining.conditions import Held
from netproof.oracle import connections
from netproof.oracle.forwarded import SetUp
from netproof.replay import DisagreementError
from netproof_encodings.decision.folding import decided
from netproof_encodings.lowering import lower
from netproof_specs.assumptions import Assumption
from netproof_specs.model.traffic import Direction


def decided_right(found: CalicoRow) -> bool:
    """Whether the oracle, as it is now, decides the row as the table says."""
    decision = connections.decide(found.policies, found.connection, found.assumptions)
    return decision.allowed is found.allowed


@pytest.mark.parametrize("mutant", CALICO_MUTANTS, ids=lambda mutant: mutant.id)
def test_mutant_is_killed(mutant: Mutant) -> None:
    found = calico_row(mutant.killed_by)
    assert decided_right(found)
    with planted(mutant):
        assert not decided_right(found), f"{mutant.killed_by} does not notice {mutant.says}"
    assert decided_right(found)


def let_through_right(found: CalicoRow) -> bool:
    """Whether it comes out as the table says in the set-up that allows most, and the other one."""
    favours = (connections.Favour.ALLOWED, connections.Favour.DENIED)
    if Assumption.TIES not in found.assumptions:
        favours = (connections.Favour.DOCUMENTED,) * 2
    sometimes, always = (
        connections.decide(found.policies, found.connection, found.assumptions, *one).allowed
        for one in zip(favours, (SetUp.OPEN, SetUp.SHUT), strict=True)
    )
    return (sometimes, always) == (found.allowed or found.open, found.allowed and not found.open)


@pytest.mark.parametrize("mutant", FORWARD_MUTANTS, ids=lambda mutant: mutant.id)
def test_mutant_of_what_hosts_let_through_is_killed(mutant: Mutant) -> None:
    found = calico_row(mutant.killed_by)
    assert let_through_right(found)
    with planted(mutant):
        assert not let_through_right(found), f"{mutant.killed_by} does not notice {mutant.says}"


def lowered_right(found: CalicoRow) -> bool:
    """Whether the tiers, as they are now, decide the row as the table says."""
    held, tiers = Held(found.connection, found.assumptions), lower(found.policies)
    return all(decided(held, tiers[one]) for one in Direction) is found.allowed


@pytest.mark.parametrize("mutant", CALICO_ENCODING_MUTANTS, ids=lambda mutant: mutant.id)
def test_mutant_of_the_encoding_is_killed(mutant: Mutant) -> None:
    found = calico_row(mutant.killed_by)
    assert lowered_right(found)
    with planted(mutant):
        assert not lowered_right(found), f"{mutant.killed_by} does not notice {mutant.says}"
    assert lowered_right(found)


def answered_right(found: ClaimRow) -> bool:
    """Whether the claim has the verdict that the table says, with ends that can be shown."""
    try:
        return outcome_of(found) == found.verdict
    except (DisagreementError, StopIteration):
        return False


@pytest.mark.parametrize(
    "mutant",
    [*CALICO_WORLD_MUTANTS, *FORWARD_WORLD_MUTANTS, *ANY_HOST_MUTANTS],
    ids=lambda mutant: mutant.id,
)
def test_mutant_of_the_worlds_is_killed(mutant: Mutant) -> None:
    found = next(row for row in calico_claims() if row.id == mutant.killed_by)
    assert answered_right(found)
    with planted(mutant):
        assert not answered_right(found), f"{mutant.killed_by} does not notice {mutant.says}"


def test_mutants_are_told_apart() -> None:
    assert len({mutant.id for mutant in CALICO_MUTANTS}) == len(CALICO_MUTANTS)
