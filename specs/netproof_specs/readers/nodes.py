"""Node objects: labels, and the addresses that a `nodes` peer stands for (C.17)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from ipaddress import ip_address
from itertools import chain

from netproof_specs.decoding import Cursor, part, refuse, shown, string, wrong_type
from netproof_specs.model.cluster import Workload
from netproof_specs.model.nodes import Node
from netproof_specs.readers.metadata import read_identity, read_labels
from netproof_specs.readers.misspelt import check_header

_WITH_ADDRESS = ("InternalIP", "ExternalIP")


def read_node(root: Cursor) -> Node | None:
    """A node, or `None` with problems."""
    before = len(root.report.problems)
    metadata = part(root, "metadata")
    check_header(root, metadata)
    identity = read_identity(metadata, root, "the Node")
    labels = metadata.value.get("labels") if metadata is not None else None
    read = read_labels(metadata.down("labels", labels) if metadata is not None else None)
    addresses = _addresses(part(root, "status"))
    if identity is None or len(root.report.problems) > before:
        return None
    return Node(identity.name, read, addresses, root.manifest.locate(("metadata", "name")))


def _addresses(status: Cursor | None) -> tuple[str, ...]:
    """The internal addresses, then the external ones, each once; all else is left out."""
    given = status.value.get("addresses") if status is not None else None
    if status is None or given is None:
        return ()
    entries = status.down("addresses", given)
    if not isinstance(given, list):
        wrong_type(entries, "a list", "write `- {type: InternalIP, address: ...}`")
        return ()
    found: dict[str, dict[str, None]] = {kind: {} for kind in _WITH_ADDRESS}
    for position, value in enumerate(given):
        entry = entries.down(position, value)
        if not isinstance(value, dict):
            wrong_type(entry, "a mapping", "write `type: InternalIP` and `address: ...`")
        elif value.get("type") in _WITH_ADDRESS:
            address = _address(entry.down("address", value.get("address")))
            if address is not None:
                found[value["type"]][address] = None
    return tuple(dict.fromkeys(chain.from_iterable(found.values())))


def with_node_addresses(
    workloads: Iterable[Workload], nodes: Iterable[Node]
) -> tuple[Workload, ...]:
    """The workloads, where those on the network of a known node have its addresses (A.45).

    As the kubelet does: the first of each family, internal ones before external ones.
    """
    known = {node.name: _one_of_each_family(node.addresses) for node in nodes}
    return tuple(
        replace(one, addresses=known.get(one.node or "", ()))
        if one.host_network and not one.addresses
        else one
        for one in workloads
    )


def _one_of_each_family(addresses: Iterable[str]) -> tuple[str, ...]:
    found: dict[int, str] = {}
    for address in addresses:
        found.setdefault(ip_address(address).version, address)
    return tuple(found.values())


def _address(cursor: Cursor) -> str | None:
    text = string(cursor)
    if text is None:
        return None
    try:
        if "%" in text:
            raise ValueError
        return str(ip_address(text))
    except ValueError:
        refuse(cursor, f"`{shown(text)}` is no address", code="invalid-address", clause="C.17")
        return None
