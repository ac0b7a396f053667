"""How far a run has come, told step by step to whoever watches it."""

from __future__ import annotations

from collections.abc import Callable

from netproof_specs.frozen import Frozen


class Step(Frozen):
    """`done` of `total` things in a phase, 0 where nobody knows how many; `detail` comes next."""

    phase: str
    done: int = 0
    total: int = 0
    detail: str = ""


Watch = Callable[[Step], None]
"""Told of each step before it is taken. What it raises ends the run."""


def unwatched(_: Step) -> None:
    """Lets every step pass."""
