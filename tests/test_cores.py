"""Which of all sets of policies that suffice for a proof is told."""

from __future__ import annotations

from collections.abc import Set

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netproof.solving import Answer
from netproof.verifying.cores import Core, Suffice, preferred

Family = list[frozenset[int]]
"""Sets of policies; what contains one of them suffices."""
families = st.lists(st.frozensets(st.integers(0, 11), max_size=6), min_size=1, max_size=8)


def answering(family: Family, seed: int) -> Suffice:
    """Answers as a solver does; which of the sets that suffice it used depends on the seed."""
    asked = [seed]

    def suffice(here: Set[int]) -> tuple[Answer, Set[int]]:
        found = [one for one in family if one <= here]
        asked[0] += 1
        return (Answer.UNSAT, found[asked[0] % len(found)]) if found else (Answer.SAT, set())

    return suffice


def unseen(_: Set[int], __: int) -> bool:
    """Leaves it to the solver whether policies suffice."""
    return False


def one_by_one(order: list[int], family: Family) -> frozenset[int]:
    """What is left when policies are dropped one at a time, the last first."""
    kept = set(order)
    for one in reversed(order):
        if any(enough <= kept - {one} for enough in family):
            kept.remove(one)
    return frozenset(kept)


@given(families, st.permutations(range(12)), st.integers(0, 1000))
def test_it_is_what_dropping_one_at_a_time_leaves(
    family: Family, order: list[int], seed: int
) -> None:
    """Whatever the solver used, and so whatever it was asked before."""
    used = family[seed % len(family)]
    expected = Core(one_by_one(order, family), minimal=True)
    assert preferred(order, used, answering(family, seed), unseen, None) == expected


@given(families, st.permutations(range(12)), st.sets(st.integers(0, 11)))
def test_what_is_seen_without_a_solver_is_not_asked_of_it(
    family: Family, order: list[int], seeing: set[int]
) -> None:
    """The core is the same."""
    answer, shown = answering(family, 0), []

    def suffice(here: Set[int]) -> tuple[Answer, Set[int]]:
        assert here not in shown
        return answer(here)

    def fails(here: Set[int], missing: int) -> bool:
        assert missing not in here
        found = missing in seeing and not any(enough <= here for enough in family)
        shown.extend([here] if found else ())
        return found

    found = preferred(order, family[0], suffice, fails, None)
    assert found == Core(one_by_one(order, family), minimal=True)


@given(families, st.permutations(range(12)), st.integers(0, 1000), st.integers(0, 4))
def test_large_cores_are_told_from_small_ones(
    family: Family, order: list[int], seed: int, most: int
) -> None:
    found = preferred(order, family[0], answering(family, seed), unseen, most)
    assert (found is None) is (len(one_by_one(order, family)) > most)


@given(families, st.permutations(range(12)), st.sets(st.integers(0, 11)))
def test_what_is_left_open_counts_as_needed(
    family: Family, order: list[int], asked: set[int]
) -> None:
    """A core still suffices, and is called minimal only if every check was answered."""
    answer, open_ones = answering(family, 0), []

    def suffice(here: Set[int]) -> tuple[Answer, Set[int]]:
        if len(here) in asked:
            open_ones.append(here)
            return Answer.UNKNOWN, set()
        return answer(here)

    found = preferred(order, family[0], suffice, unseen, None)
    assert found is not None
    assert any(enough <= found.policies for enough in family)
    assert found.minimal is not bool(open_ones)


@pytest.mark.parametrize(("count", "most"), [(1000, 26), (100_000, 42)])
def test_few_checks_find_a_core(count: int, most: int) -> None:
    """A solver that uses as much as it can costs one search by halves for each policy."""
    core, checks = frozenset({count // 3}), []

    def suffice(here: Set[int]) -> tuple[Answer, Set[int]]:
        checks.append(here)
        return (Answer.UNSAT, here) if core <= here else (Answer.SAT, set())

    found = preferred(range(count), set(range(count)), suffice, unseen, None)
    assert found == Core(core, minimal=True)
    assert len(checks) <= most
