"""What kind of thing an endpoint is, under the assumptions (section 0, A.41, A.42, A.45)."""

from __future__ import annotations

from netaddr import IPAddress

from netproof_specs.assumptions import Assumption, Assumptions
from netproof_specs.model.connections import Connection, Endpoint, ExternalEndpoint, PodEndpoint
from netproof_specs.model.hosts import HostEndpoint


def policed_pod(endpoint: Endpoint, assumptions: Assumptions) -> PodEndpoint | None:
    """The endpoint, iff it is a pod that policies can select; otherwise `None` (A.45)."""
    if not isinstance(endpoint, PodEndpoint) or is_node(endpoint, assumptions):
        return None
    return endpoint


def is_node(endpoint: Endpoint, assumptions: Assumptions) -> bool:
    """True iff the endpoint is a node: a host endpoint, or a hostNetwork pod that counts (A.45)."""
    return isinstance(endpoint, HostEndpoint) or (
        isinstance(endpoint, PodEndpoint)
        and endpoint.host_network
        and Assumption.HOST_NETWORK not in assumptions
    )


def same_pod(connection: Connection) -> bool:
    """True iff both ends are one pod; two replicas of a workload are two pods (A.41)."""
    source, destination = connection.source, connection.destination
    return (
        isinstance(source, PodEndpoint)
        and isinstance(destination, PodEndpoint)
        and identity(source) == identity(destination)
    )


def identity(pod: PodEndpoint) -> tuple[str, str, str, int, bool]:
    """What tells one pod from every other (A.51)."""
    return (pod.namespace.name, pod.kind, pod.name, pod.replica, pod.invented)


def from_own_node(connection: Connection, assumptions: Assumptions) -> bool:
    """True iff the source is the destination pod's own node (A.42)."""
    source, destination = connection.source, connection.destination
    return is_own_node(source, destination, assumptions) and not same_pod(connection)


def to_own_node(connection: Connection, assumptions: Assumptions) -> bool:
    """True iff the destination is the source pod's own node (A.43)."""
    source, destination = connection.source, connection.destination
    return is_own_node(destination, source, assumptions) and not same_pod(connection)


def is_own_node(one: Endpoint, of: Endpoint, assumptions: Assumptions) -> bool:
    """True iff the one is the node that the other is known to be on, by whatever it is known.

    That is an address of the Node, a host endpoint, or a hostNetwork pod that counts as its node.
    """
    if isinstance(one, ExternalEndpoint):
        return has_own_address(one, of)
    return is_node(one, assumptions) and on_one_node(one, of)


def has_own_address(one: ExternalEndpoint, of: Endpoint) -> bool:
    """True iff the address is one of the Node that the other is known to be on."""
    if isinstance(of, ExternalEndpoint):
        return False
    return any(IPAddress(one.address) == IPAddress(known) for known in of.node_addresses)


def on_one_node(left: Endpoint, right: Endpoint) -> bool:
    """True iff both are pods or host endpoints that are known to be on the same node."""
    return (
        not isinstance(left, ExternalEndpoint)
        and not isinstance(right, ExternalEndpoint)
        and left.node is not None
        and left.node == right.node
    )
