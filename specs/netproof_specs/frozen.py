"""Frozen values with slots: what all data are made of."""

from __future__ import annotations

import dataclasses
from functools import cache
from itertools import repeat
from typing import TYPE_CHECKING, Any, dataclass_transform

import msgspec
from msgspec import field

__all__ = ["Frozen", "field", "replace"]

if TYPE_CHECKING:
    # Type checkers know this one, and check the names and types of what it is given.
    from dataclasses import replace
else:

    def replace(value: Any, /, **changes: Any) -> Any:
        """The value with other parts where named; ten times as fast as that of `dataclasses`."""
        kind = msgspec.structs if isinstance(value, Frozen) else dataclasses
        return kind.replace(value, **changes)


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
class Frozen(msgspec.Struct, frozen=True):
    """A value that is used as one of a frozen dataclass with slots is.

    `replace`, `fields`, `asdict` and `is_dataclass` of `dataclasses` take it for one, and so does
    `pprint`. Such a class is made in a thirtieth of the time, for none of its methods is written
    out and compiled, and a value in a sixth. What is not compared, and what changes, takes a
    dataclass as ever.
    """


class _AsDataclass:
    """What those who know dataclasses look up in a class of values, made when they do."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __get__(self, value: object, kind: type[Frozen]) -> Any:
        return getattr(_dataclass_of(kind), self._name)


for _name in ("__dataclass_fields__", "__dataclass_params__"):
    setattr(Frozen, _name, _AsDataclass(_name))


@cache
def _dataclass_of(kind: type[Frozen]) -> type:
    """A dataclass with the fields of a class of values, whose types are as they are written."""
    hints: dict[str, Any] = {}
    for one in reversed(kind.__mro__):
        hints |= getattr(one, "__annotations__", {})
    names, given = kind.__struct_fields__, kind.__struct_defaults__
    defaults = (*repeat(msgspec.NODEFAULT, len(names) - len(given)), *given)
    pairs = zip(names, defaults, strict=True)
    parts = [(name, hints[name], _field(default)) for name, default in pairs]
    return dataclasses.make_dataclass(kind.__name__, parts, frozen=True, kw_only=True)


def _field(default: Any) -> Any:
    if default is msgspec.NODEFAULT:
        return dataclasses.field()
    if hasattr(default, "factory"):
        return dataclasses.field(default_factory=default.factory)
    return dataclasses.field(default=default)
