"""Calico's host endpoints: the interfaces of nodes that policies can select (D.35)."""

from __future__ import annotations

from netproof_specs.frozen import Frozen
from netproof_specs.locations import Location
from netproof_specs.model.calico import ProtocolRef
from netproof_specs.model.labels import Labels


class HostPort(Frozen):
    """A port that a host endpoint gives a name (D.20)."""

    name: str
    protocol: ProtocolRef
    port: int


class HostEndpoint(Frozen):
    """projectcalico.org/v3 HostEndpoint, as written; `addresses` are its `expectedIPs`.

    `interface` is `*` for the whole host, and empty for one that the addresses tell. As an end of
    a connection it has the addresses that count there; iff `supplied`, an assumption invents the
    one that it has. `invented` marks one that no manifest holds. `node_addresses` are those of the
    Node of its name, if the input has that.
    """

    name: str
    labels: Labels
    node: str
    interface: str = ""
    addresses: tuple[str, ...] = ()
    profiles: tuple[str, ...] = ()
    ports: tuple[HostPort, ...] = ()
    where: Location | None = None
    namespace: str = ""
    supplied: bool = False
    invented: bool = False
    node_addresses: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """The way reports name the host endpoint."""
        return self.name
