"""What a claim ranges over."""

from __future__ import annotations

from enum import Enum


class World(Enum):
    """The pods, namespaces and addresses that the connections of a claim are drawn from.

    `SNAPSHOT` holds the pods of the manifests; `ANY_PODS` holds, in the namespaces of the
    manifests, every pod with any labels and container ports; `ANY_CLUSTER` holds any namespace
    with any labels as well, and beside objects of Calico any host endpoint. All three hold every
    address outside the cluster, and the host endpoints of the manifests.
    """

    SNAPSHOT = "snapshot"
    ANY_PODS = "any-pods"
    ANY_CLUSTER = "any-cluster"
