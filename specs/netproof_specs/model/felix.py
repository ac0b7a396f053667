"""How Calico's agents are configured, as far as that opens ports of hosts (D.36)."""

from __future__ import annotations

from netproof_specs.frozen import Frozen
from netproof_specs.locations import Location
from netproof_specs.model.traffic import Protocol


class FailsafePort(Frozen):
    """A port that hosts keep open; for all addresses where `net` is empty."""

    protocol: Protocol
    port: int
    net: str = ""
    where: Location | None = None


class FelixConfiguration(Frozen):
    """projectcalico.org/v3 FelixConfiguration that states failsafe ports, one list or both.

    `None` is a list that is not stated, unlike an empty one. `name` is `default` or `node.NODE`.
    """

    name: str
    inbound: tuple[FailsafePort, ...] | None
    outbound: tuple[FailsafePort, ...] | None
    where: Location | None = None
    namespace: str = ""

    @property
    def title(self) -> str:
        """The way reports name the configuration."""
        return self.name
