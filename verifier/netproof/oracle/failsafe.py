"""The ports that a host endpoint keeps open, whatever policies say (D.36)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

from netproof.decisions import Failsafe, RuleAt
from netproof.oracle.calico_endpoints import in_some
from netproof_specs.model.cluster import AnyPolicy
from netproof_specs.model.connections import Connection, Endpoint
from netproof_specs.model.felix import FailsafePort, FelixConfiguration
from netproof_specs.model.hosts import HostEndpoint
from netproof_specs.model.traffic import Direction, Protocol

_TCP = (179, 2379, 2380, 5473, 6443, 6666, 6667)
_UNLESS_CONFIGURED: dict[Direction, frozenset[tuple[Protocol, int]]] = {
    Direction.INGRESS: frozenset(
        {(Protocol.TCP, 22), *((Protocol.TCP, n) for n in _TCP), (Protocol.UDP, 68)}
    ),
    Direction.EGRESS: frozenset(
        {*((Protocol.TCP, n) for n in _TCP), (Protocol.UDP, 53), (Protocol.UDP, 67)}
    ),
}


def kept_open(
    host: HostEndpoint,
    direction: Direction,
    connection: Connection,
    policies: Sequence[AnyPolicy],
) -> Failsafe | None:
    """What keeps the connection's port open at the host endpoint; `None` iff nothing does (D.36).

    The list of its node comes before the one of all nodes, and that before the built-in one; the
    lists of the two directions are apart.
    """
    for configuration in configured(host.node, policies):
        if stated(configuration, direction) is not None:
            return opened_by(configuration, direction, connection)
    return built_in(direction, connection)


def left_out(
    host: HostEndpoint,
    direction: Direction,
    connection: Connection,
    policies: Sequence[AnyPolicy],
) -> Failsafe | None:
    """The configuration without whose list the port would be open, if there is one and it is not.

    That is so by the list of all nodes, or by the built-in one.
    """
    found = [one for one in configured(host.node, policies) if stated(one, direction) is not None]
    if not found or opened_by(found[0], direction, connection) is not None:
        return None
    others = (opened_by(one, direction, connection) for one in found[1:])
    otherwise = next(others, built_in(direction, connection))
    return None if otherwise is None else Failsafe(found[0])


def built_in(direction: Direction, connection: Connection) -> Failsafe | None:
    """What Calico keeps open where no configuration states the list."""
    port = connection.protocol, connection.port
    return Failsafe() if port in _UNLESS_CONFIGURED[direction] else None


def opened_by(
    configuration: FelixConfiguration, direction: Direction, connection: Connection
) -> Failsafe | None:
    """The first element of the configuration's list that opens the connection's port."""
    for index, port in enumerate(stated(configuration, direction) or ()):
        if is_open(port, direction, connection):
            return Failsafe(configuration, RuleAt(index, port.where))
    return None


def configured(node: str, policies: Sequence[AnyPolicy]) -> tuple[FelixConfiguration, ...]:
    """The configurations of the node's agent, its own before the one of all nodes."""
    # Of very many objects there are few types, and hardly ever one is a configuration.
    if FelixConfiguration not in {*map(type, policies)}:
        return ()
    known = [one for one in policies if isinstance(one, FelixConfiguration)]
    own = tuple(one for one in known if one.name == f"node.{node}")
    return own + tuple(one for one in known if one.name == "default")


def stated(one: FelixConfiguration, direction: Direction) -> tuple[FailsafePort, ...] | None:
    """The list of the direction, seen from the host; `None` iff the object does not state it."""
    match direction:
        case Direction.INGRESS:
            return one.inbound
        case Direction.EGRESS:
            return one.outbound
        case _:
            assert_never(direction)


def is_open(port: FailsafePort, direction: Direction, connection: Connection) -> bool:
    """True iff the port is that of the connection, and its block holds the other end's address."""
    if (port.protocol, port.port) != (connection.protocol, connection.port):
        return False
    return not port.net or in_some((port.net,), other_end(direction, connection), connection.family)


def other_end(direction: Direction, connection: Connection) -> Endpoint:
    """The end that the host endpoint talks to."""
    return connection.source if direction is Direction.INGRESS else connection.destination
