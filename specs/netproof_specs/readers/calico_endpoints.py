"""Calico's network sets and host endpoints (D.34, D.35)."""

from __future__ import annotations

import re
from collections.abc import Iterable

from netproof_specs.decoding import (
    Cursor,
    Shape,
    elements,
    needed,
    read_elements,
    shown,
)
from netproof_specs.frozen import replace
from netproof_specs.model.calico import NetworkSet
from netproof_specs.model.cluster import Namespace, Policy
from netproof_specs.model.hosts import HostEndpoint, HostPort
from netproof_specs.model.labels import Labels
from netproof_specs.readers.calico_fields import (
    read_protocol_ref,
    read_set_net,
    read_texts,
    unique,
)
from netproof_specs.readers.calico_policies import object_fields, spec_of
from netproof_specs.readers.metadata import read_labels
from netproof_specs.readers.pod_addresses import read_address

_SET = Shape("the `spec` of a network set", ("nets",), {"cidrs": "did you mean `nets`?"})
_HOST = Shape(
    "the `spec` of a HostEndpoint",
    ("node", "interfaceName", "expectedIPs", "profiles", "ports"),
    {"interface": "did you mean `interfaceName`?", "ips": "did you mean `expectedIPs`?"},
)
_PORT = Shape("an element of `ports`", ("name", "protocol", "port"))
_PORT_NAME = re.compile(r"[a-zA-Z0-9_.-]{1,128}")
_NAMESPACE_LABEL = "projectcalico.org/namespace"


def read_network_set(root: Cursor, namespace: str) -> NetworkSet | None:
    """A NetworkSet, or with an empty `namespace` a GlobalNetworkSet; `None` without a name.

    `namespace` is that of an object that names none.
    """
    given, identity = object_fields(root, "NetworkSet" if namespace else "GlobalNetworkSet")
    nets = elements(spec_of(given, _SET).get("nets"))
    unique(nets, "block")
    networks = [read_set_net(one) for one in nets]
    labels = _labels(root)
    if identity is None:
        return None
    return NetworkSet(
        (identity.namespace or namespace) if namespace else "",
        identity.name,
        labels,
        tuple(str(network) for network in networks if network is not None),
        where=root.manifest.locate_name(),
    )


def _labels(root: Cursor) -> Labels:
    """The labels of the object; a mistake that is reported twice is said once."""
    metadata = root.value.get("metadata")
    if not isinstance(metadata, dict):
        return ()
    return read_labels(root.down("metadata", metadata).down("labels", metadata.get("labels")))


def read_host_endpoint(root: Cursor) -> HostEndpoint | None:
    """A host endpoint, or `None` for one without a name (D.35)."""
    given, identity = object_fields(root, "HostEndpoint")
    parts = spec_of(given, _HOST)
    node, interface = (_text(parts.get(name)) for name in ("node", "interfaceName"))
    expected = elements(parts.get("expectedIPs"))
    unique(expected, "address")
    hint = "write an address without a length"
    addresses = [read_address(one, hint, clause="D.35") for one in expected]
    profiles = read_texts(parts.get("profiles"), "profile")
    ports = read_elements(parts.get("ports"), _port)
    labels = _labels(root)
    at = given.get("spec") or root
    needed(parts, "node", at, clause="D.35")
    if parts.readable and not parts.get("interfaceName") and not expected:
        neither = "neither `interfaceName` nor `expectedIPs` is given"
        hint = 'write `interfaceName: "*"` for the whole host'
        at.refuse(neither, hint, code="missing-field", clause="D.35")
    _remark_namespace(labels, root)
    if identity is None:
        return None
    known = tuple(address for address in addresses if address is not None)
    where = root.manifest.locate_name()
    return HostEndpoint(identity.name, labels, node, interface, known, profiles, ports, where)


_CREATED = ("spec", "controllers", "node", "hostEndpoint", "autoCreate")


def note_controllers(root: Cursor) -> None:
    """A note where Calico makes host endpoints by itself: only those of the input count (D.35)."""
    cursor = root
    for name in _CREATED:
        if not isinstance(cursor.value, dict):
            return
        cursor = cursor.down(name, cursor.value.get(name))
    if cursor.value == "Enabled":
        cursor.remark(
            "by this Calico makes host endpoints for every node: of these only those count that "
            "the input states; in any-cluster, beside other objects of Calico, there may be any",
            "give them too, as `kubectl get hostendpoints -o yaml` prints them",
            code="created-hosts",
            clause="D.35",
        )


def _remark_namespace(labels: Labels, root: Cursor) -> None:
    """Such a label makes policies of the namespace select the host endpoint (D.13)."""
    namespace = dict(labels).get(_NAMESPACE_LABEL)
    if namespace is not None:
        root.remark(
            f"the label `{_NAMESPACE_LABEL}` makes every policy of the namespace "
            f"`{shown(namespace)}` with a fitting selector apply to this host endpoint",
            "remove the label unless that is meant",
            code="host-in-namespace",
            clause="D.13",
        )


def _text(cursor: Cursor | None) -> str:
    return "" if cursor is None else cursor.string() or ""


def _port(cursor: Cursor) -> HostPort | None:
    given = cursor.fields(_PORT)
    name, protocol, port = (
        needed(given, field, cursor, clause="D.35") for field in ("name", "protocol", "port")
    )
    if name is None or protocol is None or port is None:
        return None
    text, of, number = name.string(), read_protocol_ref(protocol), port.value
    if text is not None and not _PORT_NAME.fullmatch(text):
        why = f"`{shown(text)}` is no port name"
        name.refuse(
            why, "letters, digits, `_`, `.` and `-`", code="invalid-port-name", clause="D.35"
        )
    if type(number) is not int:
        port.wrong_type("a number", "")
        return None
    if not 1 <= number <= 65535:
        why = f"`{number}` is no port: a port is a number from 1 to 65535"
        port.refuse(why, code="invalid-port", clause="D.35")
        return None
    return None if text is None or of is None else HostPort(text, of, number)


def with_namespace_labels(
    objects: Iterable[Policy], namespaces: Iterable[Namespace]
) -> tuple[Policy, ...]:
    """The objects, each network set of a namespace with the labels of that namespace (D.34)."""
    known = {namespace.name: namespace.labels for namespace in namespaces}
    return tuple(
        replace(one, namespace_labels=known[one.namespace])
        if isinstance(one, NetworkSet) and one.namespace
        else one
        for one in objects
    )
