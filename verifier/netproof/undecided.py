"""What is read and checked, and not decided by every command yet."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from netproof_encodings.lowering.undecided import too_many_parts, undecided
from netproof_specs.model.cluster import AnyPolicy, Cluster
from netproof_specs.problems import InputError, Problem


def refuse_undecided(cluster: Cluster) -> None:
    """Raises InputError with whatever in the objects of Calico has no meaning as tiers yet.

    A decision without it could be wrong (decision 0006).
    """
    _refuse(undecided(cluster))


def refuse_undecided_together(policies: Sequence[AnyPolicy]) -> None:
    """Raises InputError with what is decided on of each of some policies, and not of all (D.31)."""
    _refuse(too_many_parts(policies))


def _refuse(problems: Iterable[Problem]) -> None:
    if found := tuple(problems):
        raise InputError(found)
