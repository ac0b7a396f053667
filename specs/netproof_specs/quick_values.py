"""Values of frozen dataclasses, built at the price of ordinary ones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING, dataclass, fields
from typing import Any, ParamSpec, TypeVar, cast

P = ParamSpec("P")
T = TypeVar("T")


def quickly(frozen: Callable[P, T]) -> Callable[P, T]:
    """What builds the same values as the frozen dataclass with slots that is given.

    A frozen dataclass sets each field through `object.__setattr__`, which takes five times as
    long as setting it; with two such values for each pod, that was most of the time of reading
    pods. So the value is built as one of a class with the same slots that is not frozen, and then
    told its class. Where an interpreter does not allow that, the class itself is given back.
    """
    if not isinstance(frozen, type):
        raise TypeError(frozen)
    body: dict[str, Any] = {
        one.name: one.default for one in fields(frozen) if one.default is not MISSING
    }
    body["__annotations__"] = {one.name: one.type for one in fields(frozen)}

    def tell(built: Any) -> None:
        built.__class__ = frozen

    body["__post_init__"] = tell
    twin = type(frozen.__name__, (), body)
    quick: Any = dataclass(slots=True, eq=False, repr=False, match_args=False)(twin)
    try:
        object.__new__(quick).__class__ = frozen
    except TypeError:
        return frozen
    return cast(Callable[P, T], quick)
