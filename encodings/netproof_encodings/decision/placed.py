"""Values with the place where they are written, which counts in no comparison."""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter
from typing import Any, ClassVar, TypeAlias

from netproof_specs.frozen import Frozen
from netproof_specs.locations import Location

Where: TypeAlias = Location | None
"""Where a condition is written; no part of what it means, so that it counts in no comparison."""


class Placed(Frozen):
    """Values of which two are equal iff they are of one class and alike in all but `where`."""

    compared: ClassVar[Callable[[Any], object]]

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        cls.compared = attrgetter(*(name for name in cls.__annotations__ if name != "where"))

    def __eq__(self, other: object) -> bool:
        kind = type(self)
        return type(other) is kind and kind.compared(self) == kind.compared(other)

    def __hash__(self) -> int:
        return hash(type(self).compared(self))
