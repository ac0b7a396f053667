"""Which netproof and which solver gave a verdict."""

from __future__ import annotations

from netproof.solving import versions

VERSION = "0.1.0"
"""The version of netproof, from which that of the package is taken."""


def about() -> str:
    """Both versions in one line."""
    solvers = ", ".join(f"{name} {number}" for name, number in versions().items())
    return f"netproof {VERSION} ({solvers})"
