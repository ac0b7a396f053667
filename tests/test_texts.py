"""What tests of parts of a value come to together: one value stands for all that are alike."""

from __future__ import annotations

import pickle
import random
from collections import Counter
from itertools import pairwise, product
from string import ascii_letters, ascii_lowercase, digits

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netproof_encodings.decision.conditions import TextTest
from netproof_encodings.vocabulary import texts as mentioned_texts
from netproof_encodings.vocabulary.accounts import kind_of, other_accounts
from netproof_encodings.vocabulary.texts import (
    LONG_ACCOUNTS,
    TooManyTestsError,
    other_names,
    outcome_of,
    stand_ins,
)
from netproof_specs.syntax import label_value_fault, name_fault, namespace_fault

CHARACTERS = "ab-."
SHORT = [
    "".join(chosen)
    for length in range(6)
    for chosen in product(f"{CHARACTERS}z", repeat=length)
    if not label_value_fault("".join(chosen))
]
"""Every legal value of up to five of these characters."""

texts = st.text(CHARACTERS, min_size=1, max_size=3)
all_tests = st.lists(st.tuples(st.sampled_from(TextTest), texts), min_size=1, max_size=3).map(tuple)


@given(tests=all_tests, mentioned=st.lists(st.sampled_from(SHORT), max_size=4))
def test_each_outcome_has_a_stand_in(
    tests: tuple[tuple[TextTest, str], ...], mentioned: list[str]
) -> None:
    """Each value says what it stands for; every short value has one, and none is mentioned."""
    found = stand_ins(tests, mentioned)
    for outcome, value in found.items():
        assert outcome_of(value, tests) == outcome
        assert not label_value_fault(value)
        assert value not in mentioned
    assert {outcome_of(one, tests) for one in SHORT if one not in mentioned} <= set(found)


NAMES_OF_FIVE = [
    "".join(chosen)
    for length in range(1, 6)
    for chosen in product("ab-z", repeat=length)
    if not namespace_fault("".join(chosen))
]
"""Every legal name of a namespace of up to five of these characters."""


@given(tests=all_tests, mentioned=st.lists(st.sampled_from(NAMES_OF_FIVE), max_size=4))
def test_two_names_stand_for_those_of_an_outcome(
    tests: tuple[tuple[TextTest, str], ...], mentioned: list[str]
) -> None:
    """Two ends can be in two namespaces of which nothing tells one from the other."""
    passing, plain = other_names(tests, mentioned)
    names = [*passing, *plain]
    assert len(set(names)) == len(names)
    assert not set(names) & set(mentioned)
    assert not any(map(namespace_fault, names))
    assert all(any(outcome_of(one, tests)) for one in passing)
    assert not any(any(outcome_of(one, tests)) for one in plain)
    found = Counter(outcome_of(one, tests) for one in names)
    there = Counter(outcome_of(one, tests) for one in NAMES_OF_FIVE if one not in mentioned)
    for outcome, count in there.items():
        assert found[outcome] >= min(count, 2)
    assert max(found.values()) <= 2


def test_one_name_where_there_is_no_other() -> None:
    longest = "a" * 63
    passing, plain = other_names(((TextTest.CONTAINS, longest),), ())
    assert passing == [longest]
    assert len(plain) == 2
    assert other_names(((TextTest.CONTAINS, longest),), (longest,))[0] == []


def test_mentioned_names_never_make_it_too_much(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the tests alone allow is allowed beside any names, so that no stage can fail by them."""
    monkeypatch.setattr(mentioned_texts, "MOST_STATES", 60)
    tests = ((TextTest.STARTS_WITH, "prod-"), (TextTest.CONTAINS, "x"))
    assert other_names(tests, ())
    assert other_names(tests, [f"prod-{number}-of-many" for number in range(300)])


def test_what_no_label_can_be_has_none() -> None:
    tests = ((TextTest.CONTAINS, "a b"), (TextTest.STARTS_WITH, "-"), (TextTest.ENDS_WITH, "x."))
    assert stand_ins(tests, ()) == {(False, False, False): ""}


def test_tests_that_imply_each_other() -> None:
    tests = ((TextTest.CONTAINS, "b"), (TextTest.STARTS_WITH, "ab"))
    assert set(stand_ins(tests, ())) == {(False, False), (True, False), (True, True)}


def test_a_value_of_63_characters_is_the_longest() -> None:
    assert stand_ins(((TextTest.CONTAINS, "a" * 63),), ()).get((True,)) == "a" * 63
    assert (True,) not in stand_ins(((TextTest.CONTAINS, "a" * 64),), ())


def test_a_value_is_found_where_mentioned_ones_have_the_first_characters() -> None:
    """One stands for an outcome also where few values have it, and most of these are mentioned."""
    text = "q" * 62
    tests = ((TextTest.STARTS_WITH, text),)
    taken = [text, *(text + ch for ch in "abcq")]
    assert stand_ins(tests, taken)[True,] == text + "d"
    every = [text, *(text + ch for ch in ascii_letters + digits)]
    assert stand_ins(tests, every[:-1])[True,] == every[-1]
    assert stand_ins(tests, every).keys() == {(False,)}
    names = [text, *(text + ch for ch in ascii_lowercase + digits)]
    assert other_names(tests, names[:-1])[0] == names[-1:]


NAMES_OF_ACCOUNTS = [
    "".join(chosen)
    for length in range(1, 6)
    for chosen in product(f"{CHARACTERS}z", repeat=length)
    if not name_fault("".join(chosen))
]
"""Every legal name of a service account of up to five of these characters."""


@given(tests=all_tests, mentioned=st.lists(st.sampled_from(NAMES_OF_ACCOUNTS), max_size=4))
def test_each_kind_of_account_has_a_stand_in(
    tests: tuple[tuple[TextTest, str], ...], mentioned: list[str]
) -> None:
    """By the outcome of the tests, and by whether a name fits into a label (D.15)."""
    found = other_accounts(tests, mentioned)
    listed = [*found.names, *found.alone]
    assert not set(listed) & set(mentioned)
    assert not any(map(name_fault, listed))
    kinds = Counter(kind_of(one, tests) for one in listed)
    assert set(kinds.values()) == {1}
    short = {kind_of(one, tests) for one in NAMES_OF_ACCOUNTS if one not in mentioned}
    ends = random.Random(len(mentioned)).choices(NAMES_OF_ACCOUNTS, k=40)
    long = {kind_of(f"{one}.{'z' * 60}-z{other}", tests) for one, other in pairwise(ends)}
    assert short | long <= set(kinds)
    assert {fits for fits, _ in kinds} == {True, False}


def test_accounts_that_are_alone_of_their_kind() -> None:
    """Two ends of one namespace that run as such are of one account."""
    text = "a" * 63
    tests = ((TextTest.CONTAINS, text),)
    assert other_accounts(tests, ()).alone == (text,)
    assert other_accounts(tests, (text,)).alone == ()
    assert other_accounts(((TextTest.CONTAINS, text[1:]),), ()).alone == ()
    assert [len(one) for one in other_accounts(tests, ()).names] == [13, 64, 67]
    assert other_accounts((), ()).names[0] == "other-account"


def test_longer_texts_than_names_can_have() -> None:
    assert other_accounts(((TextTest.STARTS_WITH, "b" * 254),), ()).alone == ()
    (short, *_, longest) = other_accounts(((TextTest.ENDS_WITH, "b" * 253),), ()).names
    assert (short, len(longest)) == ("other-account", 67)
    found = stand_ins(((TextTest.STARTS_WITH, "b" * 253),), (), LONG_ACCOUNTS)
    assert found[True,] == "b" * 253


def test_ten_parts_are_not_too_many() -> None:
    tests = tuple((TextTest.CONTAINS, f"team{number}") for number in range(10))
    assert len(stand_ins(tests, ())) == 2**10


def test_stand_ins_go_to_other_processes() -> None:
    found = stand_ins(((TextTest.CONTAINS, "x"),), ())
    assert pickle.loads(pickle.dumps(found)) == found


def test_so_many_tests_are_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mentioned_texts, "MOST_STATES", 2_000)
    tests = tuple((TextTest.CONTAINS, f"{first}{second}") for first in "abcd" for second in "efgh")
    with pytest.raises(TooManyTestsError):
        stand_ins(tests, ())
