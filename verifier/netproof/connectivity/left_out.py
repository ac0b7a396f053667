"""What maps of connections leave out of lines that seem to speak of it."""

from __future__ import annotations

from collections.abc import Iterator

from netproof_specs.model.cluster import Cluster, Workload
from netproof_specs.model.hosts import HostEndpoint
from netproof_specs.problems import Problem

OWN_NODES = "own-nodes"
"""The code of the note."""


def own_node_note(cluster: Cluster) -> Iterator[Problem]:
    """That an end is left out with addresses of its node, iff some are known (A.42, A.43).

    Lines are not parted for them: there are as many as nodes.
    """
    ends: tuple[Workload | HostEndpoint, ...] = (*cluster.workloads, *cluster.hosts)
    if any(one.node_addresses for one in ends):
        both = "a pod or host endpoint" if cluster.hosts else "a pod"
        yield Problem(
            None,
            f"what {both} exchanges with an address of its own node is left out, whatever the "
            "lines with addresses say",
            "`netproof explain` tells what policies say of it",
            OWN_NODES,
            "A.42",
        )
