"""Pods and namespaces from typed objects.

Each function gives what the reader of the same name in `readers` gives, or `None` for an object
to be read by that: one with a mistake, or with something to remark.
"""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import ip_address
from typing import Any

from msgspec import UNSET

from netproof_specs.model.accounts import DEFAULT_ACCOUNT
from netproof_specs.model.cluster import ContainerPort, Namespace, Workload
from netproof_specs.model.labels import NAME_LABEL
from netproof_specs.model.traffic import Protocol
from netproof_specs.readers.containers import Ports
from netproof_specs.readers.pod_addresses import IPV4
from netproof_specs.readers.workloads import (
    Known,
    ReadWorkload,
    behind,
    controller_of,
)
from netproof_specs.syntax import name_fault, namespace_fault, port_name_fault
from netproof_specs.typed import forms
from netproof_specs.typed.parts import (
    NAME,
    PLAIN_NAME,
    NotPlainError,
    Path,
    Places,
    check_namespace,
    check_networks,
    labels_of,
)

_ENDED = ("Succeeded", "Failed")


def read_pod(one: forms.Pod, known: Known, base: Path, places: Places) -> ReadWorkload:
    """The pod; raises NotPlainError for one to be read by `read_workload`."""
    metadata, spec, status = one.metadata, one.spec, one.status
    given, owners, home = metadata.labels, metadata.owner_references, metadata.namespace
    labels = labels_of(given, known) if given else ()
    controller = controller_of({"ownerReferences": owners}) if owners else None
    addresses: tuple[str, ...] = ()
    of_node: tuple[str, ...] = ()
    alive = True
    if status is not UNSET:
        alive = status.phase not in _ENDED
        addresses = _addresses(status)
        of_node = _addresses_of_node(status)
    if not PLAIN_NAME.fullmatch(metadata.name) and name_fault(metadata.name):
        raise NotPlainError
    if home not in known.namespaces:
        check_namespace(home, known)
    check_networks(metadata.annotations)
    ports, init_ports = ports_of(spec, known)
    workload = Workload(
        kind="Pod",
        namespace=home,  # type: ignore[arg-type]
        name=metadata.name,
        labels=labels,
        ports=ports,
        addresses=addresses,
        node=spec.node_name or None,
        host_network=spec.host_network is True,
        owner=None if controller is None else behind(controller, labels),
        init_ports=init_ports,
        service_account=spec.service_account_name or spec.service_account or DEFAULT_ACCOUNT,
        where=places.value(base + NAME),
        node_addresses=of_node,
    )
    return ReadWorkload(workload, controller, alive)


def read_namespace(one: forms.Namespace, known: Known, base: Path, places: Places) -> Namespace:
    """The namespace; raises NotPlainError for one to be read by `read_namespace`."""
    metadata = one.metadata
    name, given = metadata.name, metadata.labels
    labels = labels_of(given, known) if given else ()
    if metadata.namespace or name_fault(name) or namespace_fault(name):
        raise NotPlainError
    pairs = dict(labels)
    if pairs.get(NAME_LABEL, name) != name:
        raise NotPlainError
    pairs[NAME_LABEL] = name
    where = places.value(base + NAME)
    return Namespace(name, tuple(sorted(pairs.items())), True, where)


# --- ports -----------------------------------------------------------------------------------


def ports_of(spec: forms.PodSpec, known: Known) -> tuple[Ports, Ports]:
    """The ports of what keeps running, and then those of other init containers (A.36, D.6)."""
    if not spec.init_containers:
        return _unambiguous(spec.containers or (), known), ()
    running, first = spec.containers or (), spec.init_containers or ()
    keeping = [*running, *(one for one in first if one.restart_policy == "Always")]
    passing = [one for one in first if one.restart_policy != "Always"]
    return _unambiguous(keeping, known), _ports_of(passing, known)


def _unambiguous(containers: Iterable[forms.Container], known: Known) -> Ports:
    """The ports, unless two of one protocol share a name, which is worth a remark (A.36)."""
    given = [
        (port.name, port.protocol, port.container_port)
        for one in containers
        for port in one.ports or ()
    ]
    if not given:
        return ()
    key = tuple(given)
    found = known.port_lists.get(key)
    if found is None:
        found = _ports_of(containers, known)
        names = [(port.name, port.protocol) for port in found if port.name]
        if len(names) > len({*names}):
            raise NotPlainError
        known.port_lists[key] = found
    return found


def _ports_of(containers: Iterable[forms.Container], known: Known) -> Ports:
    found = [_port(port, known) for one in containers for port in one.ports or ()]
    return tuple(dict.fromkeys(found))


def _port(given: forms.Port, known: Known) -> ContainerPort:
    key = (given.name or None, given.protocol or None, given.container_port)
    found = known.ports.get(key)
    if found is None:
        found = known.ports[key] = _new_port(*key)
    return found


def _new_port(name: str | None, protocol: str | None, number: int) -> ContainerPort:
    if not 1 <= number <= 65535 or (name and port_name_fault(name)):
        raise NotPlainError
    try:
        return ContainerPort(name or "", Protocol(protocol or "TCP"), number)
    except ValueError:
        raise NotPlainError from None


# --- addresses -------------------------------------------------------------------------------


def _addresses(status: forms.PodStatus) -> tuple[str, ...]:
    """At most one address of each family, that of `podIP` first."""
    single, several = status.pod_ip, status.pod_ips
    if single and (not several or (len(several) == 1 and several[0].ip == single)):
        return (single if IPV4.fullmatch(single) else _address(single),)
    if not several:
        return ()
    texts = [single, *(one.ip for one in several if one.ip != single)]
    found: dict[bool, str] = {}
    for text in texts:
        if text:
            address = _address(text)
            if found.setdefault(":" in address, address) != address:
                raise NotPlainError
    return tuple(found.values())


def _addresses_of_node(status: forms.PodStatus) -> tuple[str, ...]:
    """Each once, that of `hostIP` first."""
    single, several = status.host_ip, status.host_ips
    if not several or (len(several) == 1 and several[0].ip == single):
        return (_address(single),) if single else ()
    texts = [single, *(one.ip for one in several)]
    return tuple({_address(text): None for text in texts if text})


def _address(text: Any) -> str:
    if IPV4.fullmatch(text):
        return str(text)
    try:
        if "%" in text:
            raise ValueError
        return str(ip_address(text))
    except ValueError:
        raise NotPlainError from None
