"""Node objects: labels, and the addresses that a `nodes` peer stands for (C.17)."""

from __future__ import annotations

from itertools import chain

from netproof_specs.decoding import Cursor, mappings, part
from netproof_specs.model.nodes import Node
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
