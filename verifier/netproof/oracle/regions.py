"""Regions on one concrete connection; the twin of `netproof_encodings.differences.regions`."""

from __future__ import annotations

from collections.abc import Container
from typing import assert_never

from netproof.comparisons import (
    Region,
    RegionAccount,
    RegionAddresses,
    RegionAnything,
    RegionEnd,
    RegionHosts,
    RegionPods,
)
from netproof.oracle.addresses import all_addresses, in_block
from netproof.oracle.calico_rules import declared
from netproof.oracle.claims import is_named
from netproof.oracle.labels import matches
from netproof.oracle.stand_ins import LONGEST_LABEL, as_told
from netproof_specs.model.connections import Connection, Endpoint, ExternalEndpoint, PodEndpoint
from netproof_specs.model.hosts import HostEndpoint


def in_region(connection: Connection, region: Region) -> bool:
    """True iff the connection is one of those that the region describes.

    A value of the region can stand for others, which nothing tells from it.
    """
    if not region.told:
        return holds(region, connection)
    return any(holds(region, one) for one in as_told(connection, region.told))


def holds(region: Region, connection: Connection) -> bool:
    """True iff the words of the region are true of the connection, as they stand."""
    return (
        connection.protocol in region.protocols
        and region.first <= connection.port <= region.last
        and (region.source_ports is None or comes_from(connection, *region.source_ports))
        and connection.family in region.families
        and end_holds(region.source, connection.source, connection)
        and end_holds(region.destination, connection.destination, connection)
    )


def comes_from(connection: Connection, first: int, last: int) -> bool:
    """True iff the source port is known and lies between the two (D.19)."""
    return connection.source_port is not None and first <= connection.source_port <= last


def end_holds(end: RegionEnd, endpoint: Endpoint, connection: Connection) -> bool:
    """True iff the endpoint, at its end of the connection, meets the region's conditions."""
    match end:
        case RegionAnything():
            return True
        case RegionAddresses():
            return isinstance(endpoint, ExternalEndpoint) and covers(end, endpoint.address)
        case RegionHosts():
            return isinstance(endpoint, HostEndpoint) and host_holds(end, endpoint, connection)
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


def host_holds(end: RegionHosts, host: HostEndpoint, connection: Connection) -> bool:
    """True iff name, address and what the host endpoint states are as described.

    It has an address that it does not expect only where that is supplied (A.29, D.35).
    """
    addresses = all_addresses(host, connection.family)
    expects = bool(addresses) and not host.supplied
    return (
        (not end.names or host.name in end.names)
        and (end.own is None or matches(end.own, host.labels))
        and (end.lists is None or host.profiles in end.lists)
        and end.expects in (None, expects)
        and (not end.nodes or host.node in end.nodes)
        and host.node not in end.elsewhere
        and (end.block is None or any(covers(end.block, one) for one in addresses))
        and all(
            gives(host, name, connection, connection.port) is wanted for name, wanted in end.gives
        )
        and all(
            gives(host, name, connection, connection.source_port) is wanted
            for name, wanted in end.gives_from
        )
    )


def gives(host: HostEndpoint, name: str, connection: Connection, number: int | None) -> bool:
    """True iff the host endpoint gives that port of the connection's protocol the name (D.20)."""
    return (name, number) in declared(host, connection.protocol)


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
        and all(
            declares(pod, name, connection, connection.port, end.counted) is wanted
            for name, wanted in end.declares
        )
        and all(
            declares(pod, name, connection, connection.source_port, end.counted) is wanted
            for name, wanted in end.declares_from
        )
        and (end.account is None or runs_as(end.account, pod))
    )


def runs_as(account: RegionAccount, pod: PodEndpoint) -> bool:
    """True iff the pod's service account is as described; one hands on labels or not (D.15)."""
    name = pod.service_account
    fits = len(name) <= LONGEST_LABEL
    return (
        (not account.names or name in account.names)
        and name not in account.others
        and account.fits in (None, fits)
        and matches(account.labels, pod.account_labels if fits else ())
    )


def declares(
    pod: PodEndpoint,
    name: str,
    connection: Connection,
    number: int | None,
    counted: Container[str],
) -> bool:
    """True iff a container port of that name has the connection's protocol and the number, which
    is its port or source port (A.35, D.20).

    Those of all init containers are among them for the names `counted` (D.6).
    """
    ports = (*pod.ports, *pod.init_ports) if name in counted else pod.ports
    return any(
        port.name == name and port.protocol is connection.protocol and port.port == number
        for port in ports
    )
