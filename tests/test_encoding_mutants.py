"""Every planted error of the encodings is noticed by the row or the claim that it names."""

from __future__ import annotations

import pytest
from tests import test_encoding_tables
from tests.asked import ASKED, Asked
from tests.mutants import Mutant, planted
from tests.mutants_encoding import ENCODING_MUTANTS
from tests.mutants_lowering import LOWERING_MUTANTS
from tests.mutants_worlds import WORLD_MUTANTS
from tests.provers import answers_to
from tests.test_mutants import ORACLE_MUTANTS
from tests.truth_tables import Row, row

from netproof.replay import DisagreementError
from netproof.solving import Limits, Session
from netproof_encodings.obligations import claims as obligations
from netproof_specs.assumptions import DEFAULTS
from netproof_specs.claims import Statement
from netproof_specs.worlds import World

FEWEST = 25
"""How many planted errors there are at least, on both sides together."""


@pytest.fixture(scope="module")
def session() -> Session:
    return Session("", Limits())


def decided_right(session: Session, found: Row) -> bool:
    """Whether the encoding, as it is now, decides the row as the table says."""
    on = obligations.stage(found.cluster, World.SNAPSHOT, [])
    return test_encoding_tables.decided_right(session, found, on)


@pytest.mark.parametrize(
    "mutant", [*LOWERING_MUTANTS, *ENCODING_MUTANTS], ids=lambda mutant: mutant.id
)
def test_encoding_mutant_is_killed(mutant: Mutant, session: Session) -> None:
    found = row(mutant.killed_by)
    assert decided_right(session, found)
    with planted(mutant):
        assert not decided_right(session, found), f"{mutant.killed_by} misses {mutant.says}"
    assert decided_right(session, found)


def answered_right(asked: Asked) -> bool:
    """Whether the claim's verdict, as things are now, is the one that it should have."""
    try:
        answers = answers_to(asked.cluster, asked.world, [asked.claim], DEFAULTS)
        verdict = answers.verdict(Statement(asked.id, asked.id, asked.claim), asked.claim)
    except DisagreementError:
        return False
    return verdict.outcome is asked.outcome


@pytest.mark.parametrize("asked", ASKED, ids=lambda asked: asked.id)
def test_claim_is_answered(asked: Asked) -> None:
    assert answered_right(asked)


@pytest.mark.parametrize("mutant", WORLD_MUTANTS, ids=lambda mutant: mutant.id)
def test_world_mutant_is_killed(mutant: Mutant) -> None:
    asked = next(one for one in ASKED if one.id == mutant.killed_by)
    with planted(mutant):
        assert not answered_right(asked), f"{asked.id} misses {mutant.says}"
    assert answered_right(asked)


def test_there_are_mutants_enough() -> None:
    mutants = (*ORACLE_MUTANTS, *LOWERING_MUTANTS, *ENCODING_MUTANTS, *WORLD_MUTANTS)
    assert len({mutant.id for mutant in mutants}) == len(mutants) >= FEWEST
    assert {mutant.killed_by for mutant in WORLD_MUTANTS} == {asked.id for asked in ASKED}
