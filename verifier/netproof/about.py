"""Which netproof and which solver gave a verdict."""

from __future__ import annotations

from importlib import metadata

from netproof.solving import versions


def version() -> str:
    """The version of netproof as installed, or `unknown` where it runs from its sources."""
    try:
        return metadata.version("netproof")
    except metadata.PackageNotFoundError:
        return "unknown"


def about() -> str:
    """Both versions in one line."""
    solvers = ", ".join(f"{name} {number}" for name, number in versions().items())
    return f"netproof {version()} ({solvers})"
