"""Nodes, as far as a policy can name them."""

from __future__ import annotations

from dataclasses import dataclass

from netproof_specs.locations import Location
from netproof_specs.model.labels import Labels


@dataclass(frozen=True, slots=True)
class Node:
    """A node with the addresses of its status in canonical form; names of hosts are left out."""

    name: str
    labels: Labels
    addresses: tuple[str, ...]
    where: Location | None = None
