"""Regions on one concrete connection; the twin of `netproof_encodings.differences.regions`."""

from __future__ import annotations

from typing import assert_never

from netproof.comparisons import (
    Region,
    RegionAddresses,
    RegionAnything,
    RegionEnd,
    RegionPods,
)
from netproof.oracle.addresses import all_addresses, in_block
from netproof.oracle.claims import is_named
from netproof.oracle.labels import matches
from netproof_specs.model.connections import Connection, Endpoint, ExternalEndpoint, PodEndpoint


def in_region(connection: Connection, region: Region) -> bool:
    """True iff the connection is one of those that the region describes."""
    return (
        connection.protocol in region.protocols
        and region.first <= connection.port <= region.last
        and connection.family in region.families
        and end_holds(region.source, connection.source, connection)
        and end_holds(region.destination, connection.destination, connection)
    )


def end_holds(end: RegionEnd, endpoint: Endpoint, connection: Connection) -> bool:
    """True iff the endpoint, at its end of the connection, meets the region's conditions."""
    match end:
        case RegionAnything():
            return True
        case RegionAddresses():
            return isinstance(endpoint, ExternalEndpoint) and covers(end, endpoint.address)
        case RegionPods():
            return isinstance(endpoint, PodEndpoint) and pod_holds(end, endpoint, connection)
        case _:
            assert_never(end)


def covers(block: RegionAddresses, address: str) -> bool:
    """True iff the address is in the block and in none of its exceptions."""
    return block.cidr is None or (
        in_block(address, block.cidr)
        and not any(in_block(address, excepted) for excepted in block.excepts)
    )


def pod_holds(end: RegionPods, pod: PodEndpoint, connection: Connection) -> bool:
    """True iff labels, names, address and declared ports of the pod are as described.

    An address counts on connections of its own family (A.27).
    """
    addresses = all_addresses(pod, connection.family)
    return (
        matches(end.namespaces, pod.namespace.labels)
        and matches(end.pods, pod.labels)
        and (not end.named or any(is_named(pod, name) for name in end.named))
        and (end.block is None or any(covers(end.block, one) for one in addresses))
        and all(declares(pod, name, connection) is wanted for name, wanted in end.declares)
    )


def declares(pod: PodEndpoint, name: str, connection: Connection) -> bool:
    """True iff a container port of that name has the connection's protocol and port (A.35)."""
    return any(
        port.name == name and port.protocol is connection.protocol and port.port == connection.port
        for port in pod.ports
    )
