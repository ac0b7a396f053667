"""Nodes, as far as a policy can name them."""

from __future__ import annotations

from netproof_specs.frozen import Frozen
from netproof_specs.locations import Location
from netproof_specs.model.labels import Labels


class Node(Frozen):
    """A node with the addresses of its status in canonical form; names of hosts are left out."""

    name: str
    labels: Labels
    addresses: tuple[str, ...]
    where: Location | None = None
