"""`Frozen` values are used as those of frozen dataclasses with slots are."""

from __future__ import annotations

import copy
import dataclasses
import importlib
import pickle
import pkgutil
import pprint
from collections.abc import Iterator
from typing import Any

import pytest

import netproof
import netproof_encodings
import netproof_specs
from netproof_encodings.decision.conditions import (
    End,
    FromPorts,
    InBlock,
    IsOrdinaryPod,
    IsPod,
    OnPorts,
)
from netproof_encodings.decision.placed import Placed
from netproof_specs.frozen import Frozen, field, replace
from netproof_specs.locations import Location
from netproof_specs.model.traffic import PortRange


class Point(Frozen, order=True):
    x: int
    y: int = 0
    tags: tuple[str, ...] = ()


class Named(Point):
    names: dict[str, int] = field(default_factory=dict)


class ByName(Frozen, kw_only=True):
    first: str = "a"
    second: str


class Positive(Frozen):
    number: int

    def __post_init__(self) -> None:
        if self.number < 1:
            raise ValueError(self.number)


@dataclasses.dataclass(frozen=True, slots=True, order=True)
class Twin:
    x: int
    y: int = 0
    tags: tuple[str, ...] = ()


VALUES = [(1,), (1, 2), (1, 2, ("a",)), (2,), (1, 0, ())]


@pytest.mark.parametrize("one", VALUES)
@pytest.mark.parametrize("other", VALUES)
def test_values_compare_as_those_of_dataclasses(one: Any, other: Any) -> None:
    assert (Point(*one) == Point(*other)) is (Twin(*one) == Twin(*other))
    assert (Point(*one) < Point(*other)) is (Twin(*one) < Twin(*other))
    same = Point(*one) == Point(*other)
    assert same is (hash(Point(*one)) == hash(Point(*other)))
    assert repr(Point(*one)) == repr(Twin(*one)).replace("Twin", "Point")


def test_values_of_two_classes_differ() -> None:
    assert Point(1) != Named(1)
    assert Point(1) != Twin(1)


def test_values_do_not_change() -> None:
    for kind in (Point, Named):
        with pytest.raises(AttributeError):
            kind(1).x = 2  # type: ignore[misc]
        with pytest.raises(AttributeError):
            kind(1).z = 2  # type: ignore[attr-defined]


def test_values_are_copied_and_sent_as_they_are() -> None:
    for one in (Point(1, 2, ("a",)), Named(1, names={"a": 1}), ByName(second="b")):
        assert pickle.loads(pickle.dumps(one)) == one
        assert copy.deepcopy(one) == one


def test_values_match_by_place_and_by_name() -> None:
    match Named(1, 2):
        case Point(x, y, tags=()):
            assert (x, y) == (1, 2)
        case _:
            pytest.fail("no match")


def test_values_are_looked_at_however_they_are_made() -> None:
    for make in (Positive, lambda number: replace(Positive(1), number=number)):
        assert make(2) == Positive(2)
        with pytest.raises(ValueError, match="0"):
            make(0)


def test_a_place_counts_in_no_comparison() -> None:
    here, there = Location("f", 1, 2), Location("g", 3, 4)
    one, other = (InBlock(End.SOURCE, "10.0.0.0/8", where=where) for where in (here, there))
    assert (one.where, other.where) == (here, there)
    assert one == other == replace(one, where=None)
    assert len({one, other}) == 1
    assert one != InBlock(End.SOURCE, "10.0.0.0/9", where=here)
    assert one != InBlock(End.DESTINATION, "10.0.0.0/8", where=here)
    assert IsPod(End.SOURCE) != IsOrdinaryPod(End.SOURCE)
    assert OnPorts(PortRange(1, 2)) != FromPorts(PortRange(1, 2))
    for kind in classes_of_the_project():
        if issubclass(kind, Placed) and kind is not Placed:
            assert {"where"} < {*kind.__struct_fields__}
            assert kind.__bases__ == (Placed,)


def test_dataclasses_takes_them_for_its_own() -> None:
    one = Named(1, names={"a": 1})
    assert dataclasses.is_dataclass(one)
    assert dataclasses.is_dataclass(Named)
    assert [found.name for found in dataclasses.fields(one)] == ["x", "y", "tags", "names"]
    types = [found.type for found in dataclasses.fields(one)]
    assert types == ["int", "int", "tuple[str, ...]", "dict[str, int]"]
    assert dataclasses.asdict(one) == {"x": 1, "y": 0, "tags": (), "names": {"a": 1}}
    for put in (replace, dataclasses.replace):
        assert put(one, y=3) == Named(1, 3, names={"a": 1})
        assert put(ByName(second="b"), first="c") == ByName(first="c", second="b")
        assert put(Twin(1), y=3) == Twin(1, 3)
        with pytest.raises(TypeError):
            put(one, z=3)  # type: ignore[call-arg]


def test_wide_values_are_printed() -> None:
    """`pprint` asks what it takes for a dataclass how that was made."""
    one = Named(1, names={"a": 1}, tags=("t" * 100,))
    assert eval(pprint.pformat(one)) == one
    assert eval(pprint.pformat([one])) == [one]


def test_defaults_are_those_of_dataclasses() -> None:
    first, second = dataclasses.fields(ByName)
    assert (first.default, second.default) == ("a", dataclasses.MISSING)
    assert dataclasses.fields(Named)[-1].default_factory is dict
    assert Named(1).names is not Named(1).names


def test_no_class_of_the_project_mixes_the_two() -> None:
    """A field of `dataclasses` in such a class would be an odd default, which nobody checks."""
    classes = [kind for kind in classes_of_the_project() if issubclass(kind, Frozen)]
    assert len(classes) > 300
    for kind in classes:
        assert kind.__struct_config__.frozen
        assert not any(isinstance(one, dataclasses.Field) for one in kind.__struct_defaults__)
        names = [one.name for one in dataclasses.fields(kind)]  # type: ignore[arg-type]
        assert tuple(names) == kind.__struct_fields__


def classes_of_the_project() -> Iterator[type]:
    """Every class, by the module that defines it."""
    for package in (netproof_specs, netproof_encodings, netproof):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if module.name.endswith("__main__"):
                continue
            for one in vars(importlib.import_module(module.name)).values():
                if isinstance(one, type) and one.__module__ == module.name:
                    yield one
