"""What is read and checked, and not decided by every command yet."""

from __future__ import annotations

from netproof_specs.model.cluster import Cluster
from netproof_specs.problems import InputError, Problem


def refuse_calico(cluster: Cluster, command: str) -> None:
    """Raises InputError with every object of Calico that the command would have to decide on.

    A decision without it could be wrong (decision 0006).
    """
    kept = [one.where for one in (*cluster.calico, *cluster.hosts)]
    if kept:
        message = f"{command} does not decide on objects of Calico yet: they are read and checked"
        hint = "a verdict without it would be wrong: leave it out only if it decides nothing here"
        raise InputError(
            tuple(Problem(where, message, hint, "undecided-kind", "D.1") for where in kept)
        )
