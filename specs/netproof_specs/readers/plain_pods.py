"""The quick way for pods as the API server prints them, of which an input may hold very many."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from netproof_specs.decoding import Cursor
from netproof_specs.model.accounts import DEFAULT_ACCOUNT
from netproof_specs.model.cluster import ContainerPort, Workload
from netproof_specs.readers.containers import Ports
from netproof_specs.readers.metadata import METADATA
from netproof_specs.readers.misspelt import (
    CONTAINER,
    CONTAINER_PORT,
    OBJECT,
    POD_SPEC,
    is_checked,
)
from netproof_specs.readers.workloads import (
    IPV4,
    Known,
    ReadWorkload,
    behind,
    controller_of,
)
from netproof_specs.syntax import name_fault


def read_plain_pod(root: Cursor, known: Known) -> ReadWorkload | None:
    """What `read_workload` reads from a pod, or `None` for a pod to be read by that.

    Only a pod with a namespace, whose labels and ports `known` has met, qualifies; anything
    unusual does not.
    """
    try:
        return _read(root, known)
    except (AttributeError, KeyError, TypeError):
        return None


def _read(root: Cursor, known: Known) -> ReadWorkload | None:
    value = root.value
    metadata, spec = value["metadata"], value["spec"]
    status = value.get("status", _NOTHING)
    if not _spelled(root, metadata, spec):
        return None
    name, namespace = metadata["name"], metadata["namespace"]
    if type(name) is not str or ("invalid-namespace", namespace) not in root.report.valid:
        return None
    node, host, phase = spec.get("nodeName"), spec.get("hostNetwork", False), status.get("phase")
    ports, addresses = _ports(spec, known), _addresses(status)
    if ports is None or addresses is None or type(host) is not bool or name_fault(name):
        return None
    account = spec.get("serviceAccountName")
    if type(account) not in _TEXT or (not account and "serviceAccount" in spec):
        return None
    if type(phase) not in _TEXT or type(node) not in _TEXT or type(namespace) is not str:
        return None
    labels = metadata.get("labels")
    labels = () if labels is None else known.labels[tuple(labels.items())]
    controller = controller_of(metadata)
    workload = Workload(
        kind="Pod",
        namespace=namespace,
        name=name,
        labels=labels,
        ports=ports,
        addresses=addresses,
        node=node or None,
        host_network=host,
        owner=None if controller is None else behind(controller, labels),
        service_account=account or DEFAULT_ACCOUNT,
        where=root.manifest.locate(("metadata", "name")),
    )
    alive = phase not in ("Succeeded", "Failed")
    return ReadWorkload(workload, controller, alive)


def _spelled(root: Cursor, metadata: dict[str, Any], spec: dict[str, Any]) -> bool:
    """Iff no field of the pod is misspelt, as far as earlier pods tell."""
    pairs = [(root.value, OBJECT), (metadata, METADATA), (spec, POD_SPEC)]
    for container in spec["containers"]:
        pairs.append((container, CONTAINER))
        pairs.extend((port, CONTAINER_PORT) for port in container.get("ports", ()))
    return all(is_checked(value, root, shape) for value, shape in pairs)


_TEXT = (str, type(None))
_NOTHING: Mapping[str, Any] = MappingProxyType({})


def _addresses(status: Mapping[str, Any]) -> tuple[str, ...] | None:
    """No address, or one IPv4 address given once or twice; `None` for all else."""
    address, several = status.get("podIP"), status.get("podIPs")
    if address is None and several is None:
        return ()
    if type(address) is str and IPV4.fullmatch(address) and several in (None, [{"ip": address}]):
        return (address,)
    return None


def _ports(spec: Mapping[str, Any], known: Known) -> Ports | None:
    containers = spec["containers"]
    if "initContainers" in spec or type(containers) is not list:
        return None
    found: dict[ContainerPort, str] = {}
    for container in containers:
        ports = container.get("ports", ())
        if ports != () and type(ports) is not list:
            return None
        for port in ports:
            number = port.get("containerPort")
            if type(number) is not int:
                return None
            found[known.ports[port.get("name"), port.get("protocol"), number]] = ""
    if len(found) > 1 and len({port.name for port in found}) < len(found):
        return None
    return tuple(found)
