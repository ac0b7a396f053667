"""Node objects: labels, and the addresses that a `nodes` peer stands for (C.17)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from ipaddress import ip_address
from itertools import chain

from netproof_specs.decoding import Cursor, mappings, part
from netproof_specs.model.cluster import Workload
from netproof_specs.model.hosts import HostEndpoint
from netproof_specs.model.nodes import Node
from netproof_specs.quick_values import exchanging
from netproof_specs.readers.metadata import labels_at, read_identity, read_labels
from netproof_specs.readers.misspelt import check_header
from netproof_specs.readers.pod_addresses import read_address

_WITH_ADDRESS = ("InternalIP", "ExternalIP")


def read_node(root: Cursor) -> Node | None:
    """A node, or `None` for one without a name."""
    metadata = part(root, "metadata")
    check_header(root, metadata)
    identity = read_identity(metadata, root, "the Node")
    read = read_labels(labels_at(metadata))
    addresses = _addresses(part(root, "status"))
    if identity is None:
        return None
    return Node(identity.name, read, addresses, root.manifest.locate_name())


def _addresses(status: Cursor | None) -> tuple[str, ...]:
    """The internal addresses, then the external ones, each once; all else is left out."""
    if status is None:
        return ()
    hints = (
        "write `- {type: InternalIP, address: ...}`",
        "write `type: InternalIP` and `address: ...`",
    )
    found: dict[str, dict[str, None]] = {kind: {} for kind in _WITH_ADDRESS}
    for entry in mappings(status, "addresses", *hints):
        value = entry.value
        if value.get("type") in _WITH_ADDRESS:
            address = read_address(entry.down("address", value.get("address")), clause="C.17")
            if address is not None:
                found[value["type"]][address] = None
    return tuple(dict.fromkeys(chain.from_iterable(found.values())))


def with_node_addresses(
    workloads: Iterable[Workload], nodes: Iterable[Node]
) -> tuple[Workload, ...]:
    """The workloads with the addresses of the nodes that they are known to run on (A.42, A.43):
    those that the Node states, then those that the status of the pod gives besides.

    Those on the network of their node have its addresses (A.45), as the kubelet gives them: the
    first of each family, internal ones before external ones.
    """
    known = _by_name(nodes)
    return tuple(_lent(one, known.get(one.node or "", ())) for one in workloads)


def with_addresses_of_nodes(
    hosts: Iterable[HostEndpoint], nodes: Iterable[Node]
) -> tuple[HostEndpoint, ...]:
    """The host endpoints with the addresses of the nodes that they are on (A.42, A.43)."""
    known = _by_name(nodes)
    return tuple(replace(one, node_addresses=known.get(one.node, ())) for one in hosts)


def _by_name(nodes: Iterable[Node]) -> dict[str, tuple[str, ...]]:
    return {node.name: node.addresses for node in nodes if node.addresses}


def _lent(one: Workload, stated: tuple[str, ...]) -> Workload:
    own, known = one.addresses, one.node_addresses
    of_node = stated or known
    if stated and not {*known}.issubset(stated):
        of_node = tuple(dict.fromkeys((*stated, *known)))
    if one.host_network and not own:
        own = _one_of_each_family(of_node)
    if own == one.addresses and of_node == known:
        return one  # the rule where the input has no nodes
    return _exchanged(one, own, of_node)


_exchanged = exchanging(Workload, "addresses", "node_addresses")


def _one_of_each_family(addresses: Iterable[str]) -> tuple[str, ...]:
    found: dict[int, str] = {}
    for address in addresses:
        found.setdefault(ip_address(address).version, address)
    return tuple(found.values())
