"""What bears on no difference is left out of a comparison, and that changes nothing else."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace

import pytest
from tests.mixed_removals import NAMES, mixed_cluster, without

from netproof.comparison import policies as comparing
from netproof.comparison.policies import CompareOptions, compare
from netproof.comparisons import Comparison
from netproof.solving import Answer, Limits, Session
from netproof_encodings.decision.folding import Lean
from netproof_encodings.decision.tiers import Tier
from netproof_encodings.differences import bearing
from netproof_encodings.differences.bounds import Corner, corners_of, facing_corners
from netproof_encodings.differences.slices import (
    Slice,
    changed_versions,
    every_slice,
    versions_of,
)
from netproof_encodings.logic.smtlib import Script
from netproof_encodings.logic.terms import Term, Terms
from netproof_encodings.meaning.connections import InTerms, side_allows
from netproof_encodings.meaning.matching import matches
from netproof_encodings.meaning.spaces import ConnectionSpace, connection_space
from netproof_encodings.meaning.worlds import general_constraints
from netproof_encodings.obligations.redundancy import Part
from netproof_encodings.vocabulary.mentioned import vocabulary_of
from netproof_specs.assumptions import DEFAULTS, Assumption
from netproof_specs.locations import Location
from netproof_specs.model.cluster import Cluster, Policy
from netproof_specs.model.network_policy import NetworkPolicy
from netproof_specs.model.traffic import Direction
from netproof_specs.problems import InputError
from netproof_specs.worlds import World

SEEDS = range(16)
APART = 10**7
OPEN_TIES = DEFAULTS | {Assumption.TIES}


def sides(seed: int) -> tuple[Cluster, list[Policy], list[Policy]]:
    """Policies, and the same in another file without some of their parts or with one more."""
    rng = random.Random(seed)
    cluster = mixed_cluster(seed)
    old = [one for one in cluster.policies if seed % 3 or isinstance(one, NetworkPolicy)]
    parts = [Part(at, (way.value, 0)) for at in range(len(old)) for way in Direction]
    parts += [Part(at) for at in range(len(old))]
    new = list(without(old, rng.sample(parts, 1 + seed % 2)))
    if seed % 5 == 0:
        new.append(replace(old[0], name="more", namespace=rng.choice(NAMES)))
    elsewhere = Location("new.yaml", 1, 1)
    new = [replace(one, where=elsewhere) for one in new]
    return replace(cluster, policies=()), old, new


def found(seed: int) -> list[Comparison | str]:
    """Both ways round."""
    cluster, old, new = sides(seed)
    options = CompareOptions(list(World)[seed % 3], OPEN_TIES if seed % 2 else DEFAULTS)
    return [said(one, other, cluster, options) for one, other in ((old, new), (new, old))]


def said(
    old: list[Policy], new: list[Policy], cluster: Cluster, options: CompareOptions
) -> Comparison | str:
    try:
        return replace(compare(old, new, cluster, options), seconds=0.0)
    except InputError as error:
        return str(error)


@pytest.mark.slow
def test_what_is_left_out_changes_no_comparison(monkeypatch: pytest.MonkeyPatch) -> None:
    quick = [found(seed) for seed in SEEDS]
    monkeypatch.setattr(bearing, "corners_of", lambda *_: None)
    monkeypatch.setattr(comparing, "changed_versions", versions_of)
    assert quick == [found(seed) for seed in SEEDS]
    told = [one for both in quick for one in both if isinstance(one, Comparison)]
    assert len({one.relation for one in told}) == 4
    assert len(told) > len(SEEDS)


def bounded() -> list[tuple[Slice, frozenset[Corner]]]:
    """Slices of all kinds with the corners outside of which they are known to be alike."""
    slices = [one for seed in SEEDS for one in every_slice(versions_of(*sides(seed)[1:]))]
    pairs = [(one, corners_of(one.old, one.new)) for one in slices]
    return [(one, corners) for one, corners in pairs if corners is not None]


def inside(terms: Terms, space: ConnectionSpace, corners: frozenset[Corner]) -> Term:
    return terms.disjunction(
        terms.conjunction(matches(terms, space, part, {}) for part in sorted(corner, key=repr))
        for corner in sorted(corners, key=repr)
    )


def differs(
    part: Slice, corners: frozenset[Corner], within: bool, others: Sequence[Tier] = ()
) -> Answer:
    """Whether both sides of the slice decide differently somewhere within the corners, or not."""
    terms = Terms()
    space = connection_space(terms, vocabulary_of((*part.old, *part.new, *others), (), NAMES))
    old, new = InTerms(terms, space, "old."), InTerms(terms, space, "new.")
    unlike = [
        terms.negation(
            terms.equivalence(
                side_allows(old, {part.direction: part.old}, part.direction, lean),
                side_allows(new, {part.direction: part.new}, part.direction, lean),
            )
        )
        for lean in Lean
    ]
    there = inside(terms, space, corners)
    demanded = [terms.disjunction(unlike), there if within else terms.negation(there)]
    text = Script(terms).assertions([*general_constraints(terms, space), *demanded])
    return Session(text, Limits()).check(())


def test_outside_of_the_corners_both_decide_alike() -> None:
    found = bounded()
    assert len(found) > 3 * len(SEEDS)
    for part, corners in found:
        assert differs(part, corners, within=False) is Answer.UNSAT, part
    changed = [differs(part, corners, within=True) for part, corners in found if corners]
    assert changed.count(Answer.SAT) > len(changed) / 3


def test_in_the_corners_what_is_left_decides_alike() -> None:
    less = 0
    for part, corners in bounded():
        faced = facing_corners(corners)
        left = [filter(None, map(faced, tier.policies)) for tier in part.old]
        # Of what one script says of two policies no index may be the same.
        moved = [tuple(replace(one, index=one.index + APART) for one in those) for those in left]
        pairs = zip(part.old, moved, strict=True)
        beside = replace(part, new=tuple(replace(tier, policies=those) for tier, those in pairs))
        assert differs(beside, corners, within=True, others=part.new) is Answer.UNSAT, part
        less += differs(beside, corners, within=False, others=part.new) is Answer.SAT
    assert less > len(SEEDS), "elsewhere many say less"


def test_namespaces_that_state_the_same_elsewhere_are_not_looked_at() -> None:
    cluster = mixed_cluster(0)
    own = [one for one in cluster.policies if isinstance(one, NetworkPolicy)]
    names = {one.namespace for one in own}
    moved = [replace(one, where=Location("new.yaml", 1, 1)) for one in own]
    assert changed_versions(own, moved).alike == names
    assert not any(one.namespace for one in every_slice(changed_versions(own, moved)))
    other = [replace(moved[0], policy_types=(*Direction,), ingress=()), *moved[1:]]
    assert changed_versions(own, other).alike == names - {moved[0].namespace}
    assert changed_versions(own, moved[1:]).alike == names - {moved[0].namespace}
    wide = [one for one in mixed_cluster(2).policies if not isinstance(one, NetworkPolicy)]
    assert wide
    assert changed_versions([*own, *wide], [*moved, *wide]).alike == names
    assert changed_versions([*own, *wide], moved).alike == set()
