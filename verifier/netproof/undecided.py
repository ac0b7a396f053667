"""What is read and checked, and not decided by every command yet."""

from __future__ import annotations

from netproof_encodings.lowering.undecided import undecided
from netproof_specs.model.cluster import Cluster
from netproof_specs.problems import InputError


def refuse_undecided(cluster: Cluster) -> None:
    """Raises InputError with whatever in the objects of Calico has no meaning as tiers yet.

    A decision without it could be wrong (decision 0006).
    """
    found = tuple(undecided(cluster))
    if found:
        raise InputError(found)
