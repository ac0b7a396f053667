"""What policies say of the pods of one namespace, without what they say of others."""

from __future__ import annotations

import pytest
from tests.mixed_removals import NAMES, mixed_cluster

from netproof.solving import Answer, Limits, Session
from netproof_encodings.decision.conditions import subject_end
from netproof_encodings.decision.folding import Lean
from netproof_encodings.decision.tiers import Tier
from netproof_encodings.logic.smtlib import Script
from netproof_encodings.logic.terms import Terms
from netproof_encodings.lowering import fixed, lower, lower_numbered
from netproof_encodings.lowering.facing import facing_pods_of
from netproof_encodings.meaning.connections import InTerms, side_allows
from netproof_encodings.meaning.spaces import connection_space, is_named
from netproof_encodings.meaning.worlds import general_constraints
from netproof_encodings.vocabulary.mentioned import vocabulary_of
from netproof_specs.model.traffic import Direction

SEEDS = 40


def answer(
    tiers: tuple[Tier, ...], faced: tuple[Tier, ...], way: Direction, names: list[str] | None
) -> Answer:
    """Whether they decide differently, where the other end is a pod of one of the namespaces."""
    terms = Terms()
    space = connection_space(terms, vocabulary_of((*tiers, *faced), (), NAMES))
    whole, left = InTerms(terms, space, "old."), InTerms(terms, space, "new.")
    differs = [
        terms.negation(
            terms.equivalence(
                side_allows(whole, {way: tiers}, way, lean),
                side_allows(left, {way: faced}, way, lean),
            )
        )
        for lean in Lean
    ]
    demanded = [*general_constraints(terms, space), terms.disjunction(differs)]
    if names is not None:
        end = space.end(subject_end(way).opposite)
        demanded += [end.pod, is_named(terms, end.namespace, names)]
    return Session(Script(terms).assertions(demanded), Limits()).check(())


@pytest.mark.parametrize("way", Direction)
def test_there_they_decide_as_they_did(way: Direction) -> None:
    elsewhere = []
    for seed in range(SEEDS):
        policies = mixed_cluster(seed).policies
        tiers, others = (fixed(lower(policies), start)[way] for start in (0, len(policies)))
        names = list(NAMES[: 1 + seed % 2])
        faced = facing_pods_of(others, names)
        assert answer(tiers, faced, way, names) is Answer.UNSAT, seed
        elsewhere.append(answer(tiers, faced, way, None))
    assert Answer.SAT in elsewhere, "some say less of pods elsewhere"


def test_policies_select_whom_they_did() -> None:
    for seed in range(SEEDS):
        for tiers in fixed(lower(mixed_cluster(seed).policies), 0).values():
            for tier, faced in zip(tiers, facing_pods_of(tiers, ["x"]), strict=True):
                pairs = zip(tier.policies, faced.policies, strict=True)
                assert all(one.subject == other.subject for one, other in pairs)


def test_rules_that_find_nothing_there_need_not_be_lowered() -> None:
    fewer = 0
    for seed in range(SEEDS):
        numbered = list(enumerate(mixed_cluster(seed).policies))
        names = frozenset(NAMES[: seed % 3])
        for way in Direction:
            whole, left = lower_numbered(numbered, way), lower_numbered(numbered, way, names)
            assert facing_pods_of(left, names) == facing_pods_of(whole, names)
            fewer += left != whole
    assert fewer > SEEDS // 4
