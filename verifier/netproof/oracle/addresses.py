"""Address blocks on concrete addresses (A.26 to A.29)."""

from __future__ import annotations

from netaddr import IPAddress, IPNetwork

from netproof.oracle.endpoints import is_node
from netproof_specs.assumptions import Assumption, Assumptions
from netproof_specs.model.connections import Connection, Endpoint, ExternalEndpoint, PodEndpoint
from netproof_specs.model.network_policy import BlockPeer
from netproof_specs.model.traffic import Family


def block_matches(block: BlockPeer, address: str) -> bool:
    """True iff the address is in the block and in none of its excepts (A.26)."""
    return in_block(address, block.cidr) and not any(
        in_block(address, except_) for except_ in block.excepts
    )


def in_block(address: str, cidr: str) -> bool:
    """True iff the address is in the block; a block holds addresses of its family only (A.27)."""
    network = IPNetwork(cidr)
    value = IPAddress(address)
    return bool(value.version == network.version and network.first <= int(value) <= network.last)


def family_of(address: str) -> Family:
    """The family of an address (A.27)."""
    return Family(IPAddress(address).version)


def without_address(connection: Connection) -> bool:
    """True iff some end is a pod with known addresses, none of them of the family (A.27).

    No such connection can be made. A pod whose addresses are not known may have any.
    """
    ends = (connection.source, connection.destination)
    known = [end.addresses for end in ends if isinstance(end, PodEndpoint) and end.addresses]
    return any(connection.family not in map(family_of, addresses) for addresses in known)


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
