"""How many examples a generated test takes, by profile (see conftest.py).

`quick` is for the README's command, which a developer runs at every change; `usual` is for
`.ci/run`, and `thorough` for a night.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from hypothesis import settings

Case = TypeVar("Case")

QUICK, USUAL, THOROUGH = 10, 50, 150
"""Examples of a test that says nothing else, by profile."""


def is_thorough() -> bool:
    """Whether the profile in force is `thorough`, or takes as many examples."""
    return settings().max_examples >= THOROUGH


def examples(usual: int, thorough: int) -> settings:
    """So many examples in the profile `usual`, so many in `thorough`, and a fifth in `quick`."""
    if is_thorough():
        return settings(settings(), max_examples=thorough)
    if settings().max_examples >= USUAL:
        return settings(settings(), max_examples=usual)
    return settings(settings(), max_examples=max(3, usual // 5))


def repeats(usual: int) -> int:
    """How often a test without hypothesis draws: as often as `examples` has one do it."""
    return examples(usual, 10 * usual).max_examples


def some(cases: Sequence[Case], each: int = 5) -> Sequence[Case]:
    """Every fifth of the cases in the profile `quick`, or so, the first among them; else all."""
    return cases if settings().max_examples >= USUAL else cases[::each]
