"""What is read and checked, and not decided by every command yet."""

from __future__ import annotations

from netproof_encodings.lowering.undecided import not_decided, undecided
from netproof_specs.model.cluster import Cluster
from netproof_specs.problems import InputError


def refuse_calico(cluster: Cluster, command: str) -> None:
    """Raises InputError with every object of Calico that the command would have to decide on.

    A decision without it could be wrong (decision 0006).
    """
    kept = [one.where for one in (*cluster.calico, *cluster.hosts)]
    if kept:
        message = f"{command} does not decide on objects of Calico yet: they are read and checked"
        raise InputError(tuple(not_decided(where, message) for where in kept))


def refuse_undecided(cluster: Cluster) -> None:
    """Raises InputError with whatever in the objects of Calico has no meaning as tiers yet."""
    found = tuple(undecided(cluster))
    if found:
        raise InputError(found)


