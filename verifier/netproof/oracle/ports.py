"""The `ports` of a rule on a concrete destination (A.31 to A.38)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

from netproof.oracle.endpoints import policed_pod
from netproof_specs.assumptions import Assumptions
from netproof_specs.model.connections import Connection, Endpoint
from netproof_specs.model.network_policy import PolicyPort
from netproof_specs.model.traffic import PortName, PortRange, Protocol


def ports_match(
    ports: Sequence[PolicyPort], connection: Connection, assumptions: Assumptions
) -> bool:
    """True iff no port is listed or some listed one matches (A.14, A.31)."""
    return not ports or any(port_matches(port, connection, assumptions) for port in ports)


def port_matches(port: PolicyPort, connection: Connection, assumptions: Assumptions) -> bool:
    """True iff the element names the connection's protocol and destination port (A.31 to A.35)."""
    protocol = protocol_of(port)
    if connection.protocol is not protocol:
        return False
    match port.port:
        case None:
            return True
        case PortRange(first, last):
            return first <= connection.port <= last
        case PortName(name):
            numbers = resolve(name, protocol, connection.destination, assumptions)
            return connection.port in numbers
        case _:
            assert_never(port.port)


def protocol_of(port: PolicyPort) -> Protocol:
    """The protocol of an element of `ports`, TCP where it gives none (A.31)."""
    return Protocol.TCP if port.protocol is None else port.protocol


def resolve(
    name: str, protocol: Protocol, destination: Endpoint, assumptions: Assumptions
) -> frozenset[int]:
    """The numbers that the destination declares under a name and protocol (A.35, A.36).

    A node or an external address declares none.
    """
    pod = policed_pod(destination, assumptions)
    if pod is None:
        return frozenset()
    return frozenset(
        declared.port
        for declared in pod.ports
        if declared.name == name and declared.protocol is protocol
    )
