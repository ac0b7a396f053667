"""How many examples a generated test takes, by profile (see conftest.py)."""

from __future__ import annotations

from hypothesis import settings

THOROUGH = 2000
"""Examples of the profile `ci`, so that as many clusters go through encoding and oracle."""


def examples(quick: int, thorough: int) -> settings:
    """For a test whose examples are dear: so many by default, so many in the profile `ci`."""
    current = settings()
    return settings(current, max_examples=thorough if current.max_examples >= THOROUGH else quick)
