"""Elements of `ports` in v1alpha1 and of `protocols` in v1alpha2 (C.11, C.15)."""

from __future__ import annotations

from netproof_specs.decoding import (
    Cursor,
    Fields,
    Shape,
    needed,
    shown,
)
from netproof_specs.model.admin_policy import AdminPort
from netproof_specs.model.traffic import PortName, PortRange, Protocol
from netproof_specs.readers.ports import read_number, read_protocol
from netproof_specs.syntax import port_name_fault

_OF_NETWORK_POLICY = "write `portNumber: {protocol: TCP, port: ...}`"
PORT = Shape(
    "an element of `ports`",
    ("portNumber", "portRange", "namedPort"),
    {
        "port": _OF_NETWORK_POLICY,
        "protocol": _OF_NETWORK_POLICY,
        "endPort": "write `portRange: {protocol: TCP, start: ..., end: ...}`",
        "destinationNamedPort": "v1alpha1 calls it `namedPort`",
        "tcp": "`tcp` belongs in `protocols` of a ClusterNetworkPolicy; " + _OF_NETWORK_POLICY,
    },
)
NUMBER = Shape("`portNumber`", ("protocol", "port"), {"number": "did you mean `port`?"})
RANGE = Shape(
    "`portRange`",
    ("protocol", "start", "end"),
    {"port": "did you mean `start`?", "endPort": "did you mean `end`?"},
)
_BY_PROTOCOL = "write `tcp: {destinationPort: {number: ...}}`"
PROTOCOL = Shape(
    "an element of `protocols`",
    ("tcp", "udp", "sctp", "destinationNamedPort"),
    {
        "portNumber": _BY_PROTOCOL,
        "portRange": "write `tcp: {destinationPort: {range: {start: ..., end: ...}}}`",
        "port": _BY_PROTOCOL,
        "protocol": _BY_PROTOCOL,
        "namedPort": "v1alpha2 calls it `destinationNamedPort`",
        "icmp": "no rule can name ICMP: leave `protocols` out for every protocol",
    },
)
_IN_PORT = "write it below `destinationPort:`"
DESTINATION = Shape("a protocol", ("destinationPort",), {"number": _IN_PORT, "range": _IN_PORT})
DESTINATION_PORT = Shape(
    "`destinationPort`",
    ("number", "range"),
    {"port": "did you mean `number`?", "start": "write `range: {start: ..., end: ...}`"},
)
DESTINATION_RANGE = Shape("`range`", ("start", "end"), {"endPort": "did you mean `end`?"})


def read_port(cursor: Cursor) -> AdminPort | None:
    """One element of `ports` (v1alpha1), or `None` with a problem (C.11)."""
    match cursor.only_field(PORT, "C.11"):
        case None:
            return None
        case "namedPort", at:
            return _named(at, cursor)
        case "portNumber", at:
            return _number(at, cursor)
        case _, at:
            return _range(at, cursor)


def _number(holder: Cursor, cursor: Cursor) -> AdminPort | None:
    inner = holder.fields(NUMBER)
    protocol, known = _protocol(inner)
    port = _bound(inner, "port", holder, "C.11")
    if not known or port is None:
        return None
    return AdminPort(protocol, PortRange(port, port), cursor.where())


def _range(holder: Cursor, cursor: Cursor) -> AdminPort | None:
    """A range; v1alpha1 stores one that ends before it begins, which holds no port (C.11)."""
    inner = holder.fields(RANGE)
    protocol, known = _protocol(inner)
    start, end = (_bound(inner, name, holder, "C.11") for name in ("start", "end"))
    if not known or start is None or end is None:
        return None
    if end < start:
        holder.remark(
            f"no port lies from {start} to {end}: this element matches nothing",
            "swap the two",
            code="empty-range",
            clause="C.11",
        )
    return AdminPort(protocol, PortRange(start, end), cursor.where())


def _protocol(given: Fields) -> tuple[Protocol | None, bool]:
    """The protocol as written, and whether what is written can be read."""
    cursor = given.get("protocol")
    if cursor is None:
        return None, given.readable
    protocol = read_protocol(cursor, "C.11")
    return protocol, protocol is not None


def _bound(given: Fields, name: str, holder: Cursor, clause: str) -> int | None:
    """A port number that must be there."""
    cursor = needed(given, name, holder, f"write `{name}: NUMBER`", clause=clause)
    return None if cursor is None else read_number(cursor, clause, "a number")


def read_protocol_ports(cursor: Cursor) -> AdminPort | None:
    """One element of `protocols` (v1alpha2), or `None` with a problem (C.15)."""
    match cursor.only_field(PROTOCOL, "C.15"):
        case None:
            return None
        case "destinationNamedPort", at:
            return _named(at, cursor)
        case protocol, at:
            port = _destination_port(at, protocol)
            of = Protocol(protocol.upper())
            return None if port is None else AdminPort(of, port, cursor.where())


def _destination_port(holder: Cursor, protocol: str) -> PortRange | None:
    inner = holder.fields(DESTINATION)
    cursor = inner.get("destinationPort")
    if cursor is None:
        if inner.readable:
            holder.refuse(
                f"`{protocol}` names no port",
                "write `destinationPort: {range: {start: 1, end: 65535}}` for every port",
                code="missing-field",
                clause="C.15",
            )
        return None
    match cursor.only_field(DESTINATION_PORT, "C.15"):
        case None:
            return None
        case "number", value:
            port = read_number(value, "C.15", "a number")
            return None if port is None else PortRange(port, port)
        case _, value:
            return _ordered_range(value)


def _ordered_range(cursor: Cursor) -> PortRange | None:
    inner = cursor.fields(DESTINATION_RANGE)
    start, end = (_bound(inner, name, cursor, "C.15") for name in ("start", "end"))
    if start is None or end is None:
        return None
    if start < end:
        return PortRange(start, end)
    cursor.refuse(
        f"`start` must be less than `end`: {start} is not less than {end}",
        f"write `number: {start}`" if start == end else "swap the two",
        code="invalid-range",
        clause="C.15",
    )
    return None


def _named(at: Cursor, cursor: Cursor) -> AdminPort | None:
    """A port name; any text is stored, and one that no container can declare is noted (C.11)."""
    text = at.string()
    if text is None:
        return None
    if not text:
        at.refuse("a port name must not be empty", code="invalid-port-name", clause="C.11")
        return None
    fault = port_name_fault(text)
    if fault:
        at.remark(
            f"no container can declare a port `{shown(text)}`: {fault}",
            "this element matches nothing",
            code="odd-port-name",
            clause="C.11",
        )
    return AdminPort(None, PortName(text), cursor.where())
