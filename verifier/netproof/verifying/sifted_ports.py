"""Which ports of TCP a claim speaks of, and which of them are preferred in a counterexample."""

from __future__ import annotations

from netproof_encodings.models.preferences import PREFERRED_PORTS
from netproof_encodings.parts.spoken import spans_of
from netproof_specs.claims import Ports, ReachClaim
from netproof_specs.model.traffic import Protocol


def is_on(port: int, ports: Ports) -> bool:
    """Whether a port of TCP is among the ports; none are any."""
    return not ports or any(
        one.protocol is Protocol.TCP and one.first <= port <= one.last for one in ports
    )


def rank(port: int) -> tuple[int, int]:
    """Where a port stands in the order of preference."""
    known = port in PREFERRED_PORTS
    return (PREFERRED_PORTS.index(port) if known else len(PREFERRED_PORTS)), port


def first_port(claim: ReachClaim) -> int:
    """The port of TCP that is preferred of those that the claim speaks of; 0 if it has none."""
    asked = asked_by(claim)
    lowest = (one.first for one in asked if one.protocol is Protocol.TCP)
    listed = (one for one in (*PREFERRED_PORTS, *lowest) if is_on(one, asked))
    return min(listed, key=rank, default=0)


def asked_by(claim: ReachClaim) -> Ports:
    """The ports that the claim speaks of; none are any."""
    first, *_ = spans_of(claim)  # two that go both ways are on every port
    return first.ports
