"""Address blocks on concrete addresses (A.26 to A.29)."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import assert_never

from netaddr import IPAddress, IPNetwork

from netproof.oracle.endpoints import is_node
from netproof_specs.assumptions import Assumption, Assumptions
from netproof_specs.model.cluster import Workload
from netproof_specs.model.connections import Connection, Endpoint, ExternalEndpoint, PodEndpoint
from netproof_specs.model.hosts import HostEndpoint
from netproof_specs.model.network_policy import BlockPeer
from netproof_specs.model.traffic import Family


def block_matches(block: BlockPeer, address: str) -> bool:
    """True iff the address is in the block and in none of its excepts (A.26)."""
    return in_block(address, block.cidr) and not any(
        in_block(address, except_) for except_ in block.excepts
    )


def in_block(address: str, cidr: str) -> bool:
    """True iff the address is in the block; a block holds addresses of its family only (A.27)."""
    (family, value), (of_block, first, last) = _read(address), _span(cidr)
    return family == of_block and first <= value <= last


def family_of(address: str) -> Family:
    """The family of an address (A.27)."""
    return Family(_read(address)[0])


# The same texts are asked about for each pod and each block of a claim: to read them takes longest.
@lru_cache(maxsize=100_000)
def _read(address: str) -> tuple[int, int]:
    value = IPAddress(address)
    return value.version, int(value)


@lru_cache(maxsize=100_000)
def _span(cidr: str) -> tuple[int, int, int]:
    network = IPNetwork(cidr)
    return network.version, network.first, network.last


def without_address(connection: Connection) -> bool:
    """True iff some end is a pod with known addresses, none of them of the family (A.27).

    No such connection can be made. A pod whose addresses are not known may have any.
    """
    ends = (connection.source, connection.destination)
    known = [end.addresses for end in ends if isinstance(end, PodEndpoint) and end.addresses]
    return any(connection.family not in map(family_of, addresses) for addresses in known)


def all_addresses(endpoint: Endpoint, family: Family | None) -> tuple[str, ...]:
    """The endpoint's addresses of the family, also one that is supplied; of both for `None`."""
    match endpoint:
        case ExternalEndpoint(address):
            found: tuple[str, ...] = (address,)
        case PodEndpoint() | HostEndpoint():
            found = endpoint.addresses
        case _:
            assert_never(endpoint)
    return tuple(one for one in found if family in (None, family_of(one)))


def shared_address(connection: Connection) -> bool:
    """True iff an end is supplied with an address that the other end has (A.29).

    Two endpoints do not share one, but for hostNetwork pods, which have their node's (A.45).
    """
    source, destination = connection.source, connection.destination
    family = connection.family
    common = {*all_addresses(source, family)} & {*all_addresses(destination, family)}
    supplied = is_supplied(source) or is_supplied(destination)
    return bool(common) and supplied and not (on_host(source) and on_host(destination))


def taken_address(
    connection: Connection, workloads: Iterable[Workload], hosts: Iterable[HostEndpoint] = ()
) -> bool:
    """True iff an end is supplied with an address that a pod or host endpoint has (A.29, D.35).

    A hostNetwork pod may have that of another one (A.45).
    """
    pods, expected = tuple(workloads), {one for host in hosts for one in host.addresses}
    ends = (connection.source, connection.destination)
    return any(
        _is_taken(end, connection.family, pods)
        or (is_supplied(end) and not expected.isdisjoint(all_addresses(end, connection.family)))
        for end in ends
    )


def _is_taken(endpoint: Endpoint, family: Family, workloads: Iterable[Workload]) -> bool:
    if not is_supplied(endpoint):
        return False
    own = {*all_addresses(endpoint, family)}
    return any(
        not own.isdisjoint(one.addresses)
        for one in workloads
        if not (on_host(endpoint) and one.host_network)
    )


def is_supplied(endpoint: Endpoint) -> bool:
    """True iff the endpoint is inside, and an assumption supplies its address (A.29)."""
    return isinstance(endpoint, PodEndpoint | HostEndpoint) and endpoint.supplied


def on_host(endpoint: Endpoint) -> bool:
    """True iff the endpoint is a pod on the network of its node (A.45)."""
    return isinstance(endpoint, PodEndpoint) and endpoint.host_network


def addresses_of(endpoint: Endpoint, family: Family, assumptions: Assumptions) -> tuple[str, ...]:
    """The addresses by which ipBlocks know the endpoint on a connection of the family.

    Those of a pod count iff it is a node (A.45) or ipBlocks are taken to match pods (A.29).
    """
    if isinstance(endpoint, ExternalEndpoint):
        known: tuple[str, ...] = (endpoint.address,)
    elif is_node(endpoint, assumptions) or Assumption.IPBLOCK_MATCHES_PODS in assumptions:
        known = endpoint.addresses
    else:
        known = ()
    return tuple(address for address in known if family_of(address) is family)
