"""How many examples a generated test takes, by profile (see conftest.py)."""

from __future__ import annotations

from hypothesis import settings

QUICK, THOROUGH = 50, 150
"""Examples of a test that says nothing else, by default and in the profile `ci`."""


def is_thorough() -> bool:
    """Whether the profile in force is `ci`."""
    return settings().max_examples >= THOROUGH


def examples(quick: int, thorough: int) -> settings:
    """So many examples by default, so many in the profile `ci`."""
    return settings(settings(), max_examples=thorough if is_thorough() else quick)
