"""The names under which a comparison of connectivity knows workloads."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from netproof.connectivity.changes import Ends, Name, Workloads
from netproof_specs.model.cluster import Cluster, Workload


def workload_name(workload: Workload) -> Name:
    """The name under which connections of the workload are known: that of its owner, if any."""
    kind, name = workload.owner or (workload.kind, workload.name)
    return workload.namespace, name, kind


def workloads_by_name(cluster: Cluster) -> dict[Name, list[Workload]]:
    """The workloads that go by each name."""
    found: dict[Name, list[Workload]] = defaultdict(list)
    for one in cluster.workloads:
        found[workload_name(one)].append(one)
    return found


def names_of(ends: Ends) -> Sequence[Name]:
    """The workloads of an end."""
    return ends.names if isinstance(ends, Workloads) else ()
