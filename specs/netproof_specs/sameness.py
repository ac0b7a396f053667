"""Whether two values of the model state the same, wherever that stands in files."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from operator import attrgetter, eq
from typing import Any, get_args, get_type_hints

from netproof_specs.frozen import Frozen
from netproof_specs.locations import Location


def same_but_for_places(one: Any, other: Any) -> bool:
    """Iff two values of the model state the same, wherever that stands."""
    if one is other:
        return True
    kind = one.__class__
    if kind is not other.__class__:
        return bool(one == other)
    if kind is not tuple:
        return _same(kind)(one, other)
    if len(one) != len(other):
        return False
    for part, beside in zip(one, other, strict=True):  # noqa: SIM110 (half of the time)
        if not same_but_for_places(part, beside):
            return False
    return True


@cache
def _same(kind: type) -> Callable[[Any, Any], bool]:
    """What compares two values of the type, without the places in them as far as types tell these.

    Fields without places are compared all at once: to walk through them takes three times as
    long, and two sets of policies hold millions of values.
    """
    if not issubclass(kind, Frozen):
        return eq
    plain, walked = parts_of(kind)
    parts = [attrgetter(name) for name in walked]
    at_once = attrgetter(*plain) if plain else type

    def same(one: Any, other: Any) -> bool:
        if at_once(one) != at_once(other):
            return False
        for part in parts:  # noqa: SIM110 (half of the time)
            if not same_but_for_places(part(one), part(other)):
                return False
        return True

    return same


def parts_of(kind: type[Frozen]) -> tuple[list[str], list[str]]:
    """The fields of a class that can hold no places, and those that hold more than a place."""
    types = get_type_hints(kind)
    plain: list[str] = []
    walked: list[str] = []
    for name in kind.__struct_fields__:
        within = frozenset(_types_in(types[name]))
        if Location not in _reached(within):
            plain.append(name)
        elif not within <= {Location, type(None)}:
            walked.append(name)
    return plain, walked


def _types_in(hint: Any) -> Iterator[Any]:
    """The types that a hint is made of."""
    inner = get_args(hint)
    if not inner:
        yield hint
    for one in inner:
        yield from _types_in(one)


def _reached(types: frozenset[Any]) -> frozenset[Any]:
    """The types, and all that are in the fields of classes of values among them."""
    found, left = set(types), list(types)
    while left:
        one = left.pop()
        if isinstance(one, type) and issubclass(one, Frozen) and one is not Location:
            new = {inner for hint in get_type_hints(one).values() for inner in _types_in(hint)}
            left += new - found
            found |= new
    return frozenset(found)
