"""Values of frozen dataclasses, built at the price of ordinary ones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING, fields
from typing import Any, ParamSpec, TypeVar, cast

P = ParamSpec("P")
T = TypeVar("T")


def quickly(frozen: Callable[P, T]) -> Callable[P, T]:
    """What builds the same values as the frozen dataclass with slots that is given.

    It is for the dataclasses with a field that is not compared, of which lowering makes many; all
    other values are `Frozen`. A frozen dataclass sets each field through `object.__setattr__`,
    which takes five times as long as setting it. So the value is built as one of a class with the
    same slots that is not frozen, and then told its class. A function of its own does that, written
    out as `dataclasses` writes methods: called as a constructor it would take half as long again.
    Where an interpreter does not allow to tell a value its class, the class itself is given back.
    """
    if not isinstance(frozen, type):
        raise TypeError(frozen)
    given = fields(frozen)
    twin = type(frozen.__name__, (), {"__slots__": tuple(one.name for one in given)})
    sample: Any = twin()
    try:
        sample.__class__ = frozen
    except TypeError:
        return frozen
    defaults = {f"default_{one.name}": one.default for one in given if one.default is not MISSING}
    named = ", ".join(
        one.name if one.default is MISSING else f"{one.name}=default_{one.name}" for one in given
    )
    body = "".join(f"    made.{one.name} = {one.name}\n" for one in given)
    body = f"    made = new_()\n{body}    made.__class__ = told_\n    return made\n"
    scope: dict[str, Any] = {"new_": twin, "told_": frozen, **defaults}
    exec(f"def {frozen.__name__}({named}):\n{body}", scope)
    return cast(Callable[P, T], scope[frozen.__name__])
