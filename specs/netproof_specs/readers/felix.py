"""What is read of a FelixConfiguration: failsafe ports, and what of tunnels (D.36, D.42)."""

from __future__ import annotations

from collections.abc import Iterable

from netproof_specs.decoding import Cursor, Fields, Shape, elements, needed, part, shown
from netproof_specs.model.felix import FailsafePort, FelixConfiguration
from netproof_specs.model.traffic import Protocol
from netproof_specs.readers.calico_fields import read_flag, read_set_net
from netproof_specs.readers.calico_policies import object_fields
from netproof_specs.readers.misspelt import check_near

OF_ALL = "default"
OF_NODE = "node."
"""The name of the configuration of all nodes, and how that of one node begins (D.36)."""

_LISTS = ("failsafeInboundHostPorts", "failsafeOutboundHostPorts")
_TUNNELS = "allowVXLANPacketsFromWorkloads"
_TUNNEL_PORT = "vxlanPort"
_SPEC = Shape(
    "the `spec` of a FelixConfiguration",
    (_TUNNELS, "allowIPIPPacketsFromWorkloads", _TUNNEL_PORT, *_LISTS),
)
_PORT = Shape(
    "an element of a list of failsafe ports",
    ("protocol", "port", "net"),
    {"ports": "one element for each `port`", "nets": "one element for each `net`"},
)
_OVERRIDE = "config.projectcalico.org/"
_PROTOCOLS = {one.value: one for one in (Protocol.TCP, Protocol.UDP)}


def read_felix_configuration(root: Cursor) -> FelixConfiguration | None:
    """A configuration that states failsafe ports; `None` for one that does not, or counts nowhere.

    Most of its many fields say nothing of connectivity, so those that are not read are not checked
    either.
    """
    _, identity = object_fields(root, "FelixConfiguration")
    _refuse_overrides(root)
    spec = part(root, "spec")
    if spec is None:
        return None
    check_near(spec, _SPEC)
    given = Fields(spec)
    _check_tunnels(given)
    inbound, outbound = (_ports(given.get(name)) for name in _LISTS)
    if identity is None or (inbound is None and outbound is None):
        return None
    name = identity.name
    if name != OF_ALL and not _is_of_node(name):
        _note_name(root, name)
        return None
    return FelixConfiguration(name, inbound, outbound, root.manifest.locate_name())


def _is_of_node(name: str) -> bool:
    """Whether the name is `node.` and the name of a node, which a server does not make up."""
    return name.startswith(OF_NODE) and not name.endswith("*")


def _note_name(root: Cursor, name: str) -> None:
    metadata = root.down("metadata", root.value["metadata"])
    given = "name" if metadata.value.get("name") else "generateName"
    metadata.down(given, metadata.value[given]).remark(
        f"no node is configured by the FelixConfiguration `{shown(name)}`: its failsafe ports are "
        "left aside",
        f"the one of all nodes is called `{OF_ALL}`, that of one node `{OF_NODE}NODE`",
        code="felix-name",
        clause="D.36",
    )


def _refuse_overrides(root: Cursor) -> None:
    """Refuses annotations that come before fields of `spec` which are read (D.36, D.42)."""
    metadata = root.value.get("metadata")
    annotations = metadata.get("annotations") if isinstance(metadata, dict) else None
    if not isinstance(annotations, dict):
        return
    at = root.down("metadata", metadata).down("annotations", annotations)
    fields = (*_LISTS, _TUNNELS, _TUNNEL_PORT)
    meant = {f"{_OVERRIDE}{name}".lower(): name for name in fields}
    for key in annotations:
        name = meant.get(key.lower()) if isinstance(key, str) else None
        if name is not None:
            at.down(key, annotations[key]).refuse_key(
                f"the annotation `{shown(key)}` comes before `spec.{name}`, and is not read",
                f"write it into `spec.{name}`, and remove the annotation",
                code="unmodelled-field",
                clause="D.36" if name in _LISTS else "D.42",
            )


def _check_tunnels(settings: Fields) -> None:
    """Refuses tunnels on another port, and notes those that are let through (D.42)."""
    tunnels, port = settings.get(_TUNNELS), settings.get(_TUNNEL_PORT)
    if tunnels is not None and read_flag(tunnels):
        tunnels.remark(
            f"`{_TUNNELS}` lets pods send UDP 4789, which is assumed to be denied by default",
            "give `--assume calico-workload-tunnels=allowed`",
            code="tunnels-allowed",
            clause="D.42",
        )
    elif port is not None and port.value != 4789:
        port.refuse(
            f"`{_TUNNEL_PORT}` is not modelled: UDP 4789 counts as the port of tunnels",
            "leave the object out only if no question is about either port",
            code="unmodelled-field",
            clause="D.42",
        )


def _ports(cursor: Cursor | None) -> tuple[FailsafePort, ...] | None:
    """The list, `None` where it is absent or null: then the next one counts (D.36)."""
    if cursor is None:
        return None
    if isinstance(cursor.value, str):
        cursor.wrong_type("a list", "write `- {protocol: TCP, port: 22}`, and `[]` for no port")
        return None
    listed = [(one, _port(one)) for one in elements(cursor)]
    _note_repeated(listed)
    return tuple(port for _, port in listed if port is not None)


def _port(cursor: Cursor) -> FailsafePort | None:
    given = cursor.fields(_PORT)
    protocol, number = (needed(given, name, cursor, clause="D.36") for name in ("protocol", "port"))
    of, port = _protocol(protocol), _number(number)
    net = given.get("net")
    found = None if net is None or net.value == "" else read_set_net(net)
    if of is None or port is None:
        return None
    return FailsafePort(of, port, "" if found is None else str(found), cursor.where())


def _protocol(cursor: Cursor | None) -> Protocol | None:
    """The protocol, in letters of any case, as agents read it (D.36)."""
    text = None if cursor is None else cursor.string()
    if cursor is None or text is None:
        return None
    found = _PROTOCOLS.get(text.upper())
    if found is None:
        cursor.refuse(
            f"Calico's agents know no failsafe ports of the protocol `{shown(text)}`",
            "`TCP` or `UDP`",
            code="invalid-protocol",
            clause="D.36",
        )
    return found


def _number(cursor: Cursor | None) -> int | None:
    if cursor is None:
        return None
    if type(cursor.value) is not int:
        cursor.wrong_type("a number", "")
        return None
    if not 1 <= cursor.value <= 65535:
        why = f"`{cursor.value}` is no port: a port is a number from 1 to 65535"
        cursor.refuse(why, code="invalid-port", clause="D.36")
        return None
    return cursor.value


def _note_repeated(listed: Iterable[tuple[Cursor, FailsafePort | None]]) -> None:
    """Notes an element that says what an earlier one says, which changes nothing."""
    seen: set[tuple[Protocol, int, str]] = set()
    for cursor, port in listed:
        if port is None:
            continue
        stated = port.protocol, port.port, port.net
        if stated in seen:
            cursor.remark(
                f"{port.protocol.value} {port.port} stands in the list twice",
                "remove one",
                code="repeated-port",
                clause="D.36",
            )
        seen.add(stated)
