"""Values that state the same wherever that stands: held against a plain walk through all fields."""

from __future__ import annotations

import inspect
import random
from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from enum import Enum
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

import pytest
from tests.mixed_removals import mixed_cluster

from netproof_specs import model
from netproof_specs.locations import Location
from netproof_specs.sameness import parts_of, same_but_for_places

ELSEWHERE = Location("elsewhere.yaml", 7, 7)


def without_places(value: Any) -> Any:
    """What the value states, as nested tuples."""
    if isinstance(value, Location | None):
        return None
    if isinstance(value, tuple):
        return tuple(map(without_places, value))
    if is_dataclass(value):
        parts = (without_places(getattr(value, one.name)) for one in fields(value))
        return type(value), tuple(parts)
    return type(value), value


def variants(value: Any) -> Iterator[Any]:
    """The value with one thing in it changed, a place or what it states."""
    if isinstance(value, tuple):
        yield from (value[1:], (*value, *value[-1:]), (*value, "more"))
        for at, one in enumerate(value):
            yield from ((*value[:at], other, *value[at + 1 :]) for other in variants(one))
    elif is_dataclass(value) and not isinstance(value, type):
        for one in fields(value):
            known = getattr(value, one.name)
            place = one.type == "Location | None"
            for other in (ELSEWHERE, None) if place else variants(known):
                yield replace(value, **{one.name: other})
    elif isinstance(value, Enum):
        yield from (one for one in type(value) if one is not value)
    elif isinstance(value, str):
        yield from (f"{value}x", None)
    elif value is None:
        yield "x"
    elif isinstance(value, int):
        yield value + 1


@pytest.mark.parametrize("seed", range(0, 12, 2))
def test_as_a_walk_through_all_fields_has_it(seed: int) -> None:
    rng = random.Random(seed)
    told = set()
    for policy in mixed_cluster(seed).policies:
        assert same_but_for_places(policy, policy)
        every = [*variants(policy)]
        for other in rng.sample(every, min(60, len(every))):
            same = without_places(policy) == without_places(other)
            assert same_but_for_places(policy, other) is same, other
            assert same_but_for_places((policy,), (other,)) is same
            told.add(same)
    assert told == {True, False}


def classes() -> Iterator[type]:
    for found in iter_modules(model.__path__, f"{model.__name__}."):
        module = import_module(found.name)
        for _, one in inspect.getmembers(module, inspect.isclass):
            if is_dataclass(one) and one.__module__ == found.name:
                yield one


@pytest.mark.parametrize("kind", [*classes()], ids=lambda one: one.__name__)
def test_the_types_of_all_fields_of_the_model_can_be_told(kind: type) -> None:
    asked = {name for part in parts_of(kind) for name in part}
    places = {one.name for one in fields(kind) if one.type in ("Location | None", "Location")}
    assert asked == {one.name for one in fields(kind)} - places
    assert all(one.compare for one in fields(kind)), "values without places are held by =="
