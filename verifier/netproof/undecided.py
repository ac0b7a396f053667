"""What is read and checked, and not decided by every command yet."""

from __future__ import annotations

from netproof_encodings.lowering import is_calico
from netproof_encodings.lowering.undecided import hosts_undecided, not_decided, undecided
from netproof_specs.model.cluster import Cluster
from netproof_specs.problems import InputError


def refuse_undecided(cluster: Cluster) -> None:
    """Raises InputError with whatever in the objects of Calico has no meaning as tiers yet.

    A decision without it could be wrong (decision 0006). This is for what decides on pods and
    addresses only: host endpoints are among it.
    """
    refuse_undecided_fields(cluster)
    refuse_hosts(cluster)


def refuse_undecided_fields(cluster: Cluster) -> None:
    """The same, but for the host endpoints themselves."""
    found = tuple(undecided(cluster))
    if found:
        raise InputError(found)


def refuse_hosts(cluster: Cluster) -> None:
    """Raises InputError with every host endpoint."""
    found = tuple(hosts_undecided(cluster))
    if found:
        raise InputError(found)


def refuse_calico(cluster: Cluster, what: str) -> None:
    """Raises InputError with every object of Calico, as `what` has no meaning beside it yet."""
    kept = [one.where for one in cluster.every_policy if is_calico((one,))]
    if kept:
        message = f"{what} does not decide on objects of Calico yet: they are read and checked"
        raise InputError(tuple(not_decided(where, message) for where in kept))
