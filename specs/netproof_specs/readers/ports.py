"""Elements of a rule's `ports` (A.31 to A.33, B.5, B.9, B.10)."""

from __future__ import annotations

from netproof_specs.decoding import Cursor, Shape, shown
from netproof_specs.documents.yaml_scalars import OddNumber
from netproof_specs.model.network_policy import PolicyPort
from netproof_specs.model.traffic import PortName, PortRange, Protocol
from netproof_specs.syntax import port_name_fault

PORT = Shape(
    "an element of `ports`",
    ("protocol", "port", "endPort"),
    {
        "from": "move `from` out of `ports`, to stand beside it",
        "to": "move `to` out of `ports`, to stand beside it",
        "targetPort": "a NetworkPolicy names the pod's own port: `port`",
        "containerPort": "a NetworkPolicy names the pod's own port: `port`",
        "name": "write the port's name as `port: NAME`",
    },
)


def read_port(cursor: Cursor) -> PolicyPort | None:
    """One element as written; null is the empty element. Problems go to the report."""
    given = cursor.fields(PORT)
    protocol = given.get("protocol")
    port, end = given.get("port"), given.get("endPort")
    read = PolicyPort(
        read_protocol(protocol) if protocol is not None else None,
        _port(port, end, cursor),
        cursor.where(),
    )
    return None if not given.readable else read


def read_protocol(cursor: Cursor, clause: str = "B.9") -> Protocol | None:
    """TCP, UDP or SCTP, or `None` with a problem that cites the clause (B.9, C.11)."""
    text = cursor.string()
    every = text is not None and text.upper() in ("ANY", "ALL", "*")
    return cursor.choose(
        text,
        Protocol,
        "protocol",
        code="invalid-protocol",
        clause=clause,
        otherwise="leave `ports` out to allow every protocol" if every else "",
    )


def _port(port: Cursor | None, end: Cursor | None, holder: Cursor) -> PortRange | PortName | None:
    last = _end_port(end)
    if port is None:
        if end is not None:
            _refuse_end(end, "needs a `port` to start from", "write `port: FIRST` beside it")
        return None
    if isinstance(port.value, str):
        if end is not None:
            _refuse_end(end, "cannot follow a named port", "give `port` as a number")
        return _named(port)
    first = read_number(port, "B.9", "a number or a name")
    if first is None:
        return None
    if end is not None and last is not None and last < first:
        _refuse_end(end, f"must not be less than `port`, which is {first}", "swap the two")
    return PortRange(first, last if last is not None and last >= first else first)


def _refuse_end(end: Cursor, message: str, hint: str) -> None:
    end.refuse(message, hint, code="invalid-end-port", clause="B.10")


def _end_port(cursor: Cursor | None) -> int | None:
    if cursor is None:
        return None
    return read_number(cursor, "B.10", "a number")


def _named(cursor: Cursor) -> PortName | None:
    fault = port_name_fault(cursor.value)
    if not fault:
        return PortName(cursor.value)
    hint = ""
    text = cursor.value.strip()
    if text.isdecimal():
        hint = f"write the number without quotes: `{text}`"
    elif "-" in text and text.replace("-", "").isdecimal():
        first, _, last = text.partition("-")
        hint = f"write `port: {first}` and `endPort: {last}`"
    elif not port_name_fault(text.lower().replace("_", "-")):
        hint = f"did you mean `{text.lower().replace('_', '-')}`?"
    cursor.refuse(
        f"`{shown(cursor.value)}` is no port name: {fault}",
        hint,
        code="invalid-port-name",
        clause="B.9",
    )
    return None


def is_odd(cursor: Cursor) -> bool:
    """Iff the value is a number that readers read differently; that is a problem (B.5)."""
    if not isinstance(cursor.value, OddNumber):
        return False
    why = f"`{shown(cursor.value.text)}` is a different number to different readers"
    cursor.refuse(why, "write a plain decimal number", code="ambiguous-number", clause="B.5")
    return True


_WITHOUT_ZERO = {
    ("port", "B.9"): "leave `port` out to allow every port of the protocol",
    ("endPort", "B.10"): "leave `endPort` out to allow the one port",
}
"""What to write instead of 0, by field and clause."""


def read_number(cursor: Cursor, clause: str, wanted: str) -> int | None:
    """A port number from 1 to 65535, or `None` with a problem."""
    value = cursor.value
    if is_odd(cursor):
        return None
    if type(value) is not int:
        hint = ""
        if isinstance(value, str) and value.isdecimal():
            hint = f"write the number without quotes: `{shown(value)}`"
        elif isinstance(value, list):
            hint = "write an element of `ports` for each port: `- port: ...`"
        cursor.wrong_type(wanted, hint)
        return None
    if 1 <= value <= 65535:
        return value
    cursor.refuse(
        f"`{shown(str(value))}` is no port: a port is a number from 1 to 65535",
        _WITHOUT_ZERO.get((str(cursor.path[-1]), clause), "") if value == 0 else "",
        code="invalid-port",
        clause=clause,
    )
    return None
