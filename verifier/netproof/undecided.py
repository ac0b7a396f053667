"""What is read and checked, and not decided by every command yet."""

from __future__ import annotations

from netproof_encodings.lowering import is_calico
from netproof_encodings.lowering.undecided import (
    first_of,
    not_decided,
    undecided,
)
from netproof_specs.model.cluster import Cluster
from netproof_specs.problems import InputError


def refuse_undecided(cluster: Cluster) -> None:
    """Raises InputError with whatever in the objects of Calico has no meaning as tiers yet.

    A decision without it could be wrong (decision 0006).
    """
    found = tuple(undecided(cluster))
    if found:
        raise InputError(found)


def refuse_calico(cluster: Cluster, what: str) -> None:
    """Raises InputError beside objects of Calico, where `what` has no meaning yet."""
    kept = [one for one in cluster.every_policy if is_calico((one,))]
    if kept:
        message = f"{what} does not decide on objects of Calico yet; the input has {first_of(kept)}"
        raise InputError((not_decided(kept[0].where, message),))
