"""Selectors on concrete labels: the table of A.23 and the empty selector."""

from __future__ import annotations

import pytest
from tests.build import requirement, selector

from netproof.oracle.labels import holds, matches
from netproof_specs.model.labels import LabelSelector


@pytest.mark.parametrize(
    ("text", "absent", "a", "b", "empty"),
    [
        ("k in a", False, True, False, False),
        ("k in a,b", False, True, True, False),
        ("k in ''", False, False, False, True),
        ("k notin a", True, False, True, True),
        ("k notin a,b", True, False, False, True),
        ("k notin ''", True, True, True, False),
        ("k exists", False, True, True, True),
        ("k absent", True, False, False, False),
    ],
)
def test_requirement(text: str, absent: bool, a: bool, b: bool, empty: bool) -> None:
    found = requirement(text)
    assert holds(found, {"other": "a"}) is absent
    assert holds(found, {"k": "a"}) is a
    assert holds(found, {"k": "b", "other": "a"}) is b
    assert holds(found, {"k": ""}) is empty


def test_empty_selector_matches_everything() -> None:
    assert matches(LabelSelector(), ())
    assert matches(LabelSelector(), (("k", "v"),))


def test_requirements_are_anded() -> None:
    both = selector(app="a", tier="t")
    assert matches(both, (("app", "a"), ("other", "o"), ("tier", "t")))
    assert not matches(both, (("app", "a"),))
    assert not matches(both, (("tier", "t"),))


def test_contradiction_matches_nothing() -> None:
    never = LabelSelector((requirement("k in a"), requirement("k absent")))
    assert not matches(never, ())
    assert not matches(never, (("k", "a"),))


def test_keys_and_values_are_case_sensitive() -> None:
    assert not matches(selector(tier="db"), (("Tier", "db"),))
    assert not matches(selector(tier="db"), (("tier", "DB"),))
