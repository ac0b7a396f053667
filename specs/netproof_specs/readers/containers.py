"""The ports that the containers of a pod declare (A.35, A.36)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from netproof_specs.decoding import Cursor, mappings, shown
from netproof_specs.model.cluster import ContainerPort
from netproof_specs.model.traffic import Protocol
from netproof_specs.readers.misspelt import CONTAINER, CONTAINER_PORT, POD_SPEC, check_near
from netproof_specs.readers.ports import read_number, read_protocol
from netproof_specs.syntax import port_name_fault

Ports = tuple[ContainerPort, ...]
KnownPorts = dict[tuple[Any, ...], ContainerPort]
"""Ports that have been read before, by name, protocol and number as written."""


def container_ports(spec: Cursor | None, known: KnownPorts) -> tuple[Ports, Ports]:
    """The ports of what keeps running, and then those of other init containers (A.36, D.6)."""
    if spec is None:
        return (), ()
    check_near(spec, POD_SPEC)
    running: list[Cursor] = []
    passing: list[Cursor] = []
    for name, container in _containers(spec):
        keeps = name == "containers" or container.value.get("restartPolicy") == "Always"
        (running if keeps else passing).append(container)
    ports_found = _ports_of(running, known)
    _remark_ambiguous(spec, ports_found)
    return ports_found, _ports_of(passing, known)


def _ports_of(containers: list[Cursor], known: KnownPorts) -> Ports:
    found: dict[ContainerPort, Cursor | None] = {}
    for container in containers:
        check_near(container, CONTAINER)
        hints = "write `- containerPort: ...`", "write `containerPort: ...`"
        for declared in mappings(container, "ports", *hints):
            port = _known_port(declared, known)
            if port is not None and port not in found:
                found[port] = None
    return tuple(found)


def _containers(spec: Cursor) -> Iterator[tuple[str, Cursor]]:
    for name in ("containers", "initContainers"):
        for container in mappings(spec, name, "write `- name: ...`", "write `name: ...`"):
            yield name, container


def _known_port(cursor: Cursor, known: KnownPorts) -> ContainerPort | None:
    check_near(cursor, CONTAINER_PORT)
    value = cursor.value
    number = value.get("containerPort")
    key = (value.get("name"), value.get("protocol"), number)
    plain = type(number) is int and all(v is None or type(v) is str for v in key[:2])
    if plain and key in known:
        return known[key]
    port = declared_port(cursor, "containerPort")
    if port is not None and plain:
        known[key] = port
    return port


def declared_port(cursor: Cursor, field: str) -> ContainerPort | None:
    """A declared port, whose number stands in the field, or `None` with problems (A.35)."""
    number = cursor.value.get(field)
    if number is None:
        cursor.missing(field, f"write `{field}: NUMBER`", clause="B.9")
        return None
    port = read_number(cursor.down(field, number), "B.9", "a number")
    protocol_text = cursor.value.get("protocol")
    protocol: Protocol | None = Protocol.TCP
    if protocol_text is not None and protocol_text != "":
        protocol = read_protocol(cursor.down("protocol", protocol_text))
    name = _port_name(cursor)
    if port is None or protocol is None or name is None:
        return None
    return ContainerPort(name, protocol, port)


def _port_name(cursor: Cursor) -> str | None:
    value = cursor.value.get("name")
    if value is None or value == "":
        return ""
    at = cursor.down("name", value)
    if not isinstance(value, str):
        at.wrong_type("a string", "quote it")
        return None
    fault = port_name_fault(value)
    if fault:
        at.refuse(
            f"`{shown(value)}` is no port name: {fault}",
            code="invalid-port-name",
            clause="B.9",
        )
        return None
    return value


def _remark_ambiguous(spec: Cursor, ports: Ports) -> None:
    """Notes a name that several container ports of one protocol share (A.36)."""
    seen: dict[tuple[str, Protocol], int] = {}
    for port in ports:
        key = (port.name, port.protocol)
        if port.name and key in seen:
            spec.remark(
                f"the port name `{port.name}` stands for {seen[key]} and {port.port}: "
                f"rules that use it match both",
                "give each port its own name",
                code="shared-port-name",
                clause="A.36",
            )
        seen.setdefault(key, port.port)
