"""Connections to try on a stage: some at random, or one of every kind that it can tell apart."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from ipaddress import ip_address
from typing import Any

from tests.strategies import (
    ACCOUNT_KEYS,
    ACCOUNTS,
    EXTERNAL_ADDRESSES,
    NAMESPACE_KEYS,
    NAMESPACES,
    POD_KEYS,
    PORT_NAMES,
    RANGES,
    VALUES,
    in_one_namespace,
    pods_of,
)

from netproof_encodings.obligations.claims import Stage
from netproof_specs.model.cluster import ContainerPort, Namespace
from netproof_specs.model.connections import (
    DYNAMIC_PORT,
    Connection,
    Endpoint,
    ExternalEndpoint,
    PodEndpoint,
)
from netproof_specs.model.hosts import HostEndpoint, HostPort
from netproof_specs.model.labels import NAME_LABEL, Labels
from netproof_specs.model.traffic import Family, Protocol
from netproof_specs.worlds import World

ANY_HOSTS = "any host endpoints that carry no label which Calico gives pods"
"""Which ones there are in any cluster with objects of Calico, as reports and readings say it."""


EDGES = sorted(
    {
        port
        for first, last in RANGES
        for port in (first - 1, first, last, last + 1)
        if 1 <= port <= 65535
    }
)
"""Ports on both sides of both ends of every range in use."""
SOURCE_EDGES = (None, *EDGES, 1023, 1024, DYNAMIC_PORT, DYNAMIC_PORT + 1)
"""The same of source ports, and none at all."""
UNMENTIONED = "unheard-of"
HOST_KEYS = (
    *("projectcalico.org/namespace", "projectcalico.org/orchestrator"),
    *("pcns.team", "pcsa.role", "projectcalico.org/serviceaccount", "pcns.projectcalico.org/name"),
)
SUPPLIED_ADDRESSES = (
    ("10.1.2.3", "10.1.2.9", "10.3.0.1", "192.0.2.7", "10.1.2.77"),
    ("2001:db8::1", "2001:db8:1::9", "fd00::9", "2001:db8::77"),
)
"""Addresses of either family for pods whose address is not known."""


def some_connections(on: Stage, rng: random.Random, count: int) -> list[Connection]:
    """Connections of the stage's world, and some that are just outside of it."""
    return [_connection(on, rng) for _ in range(count)]


def _connection(on: Stage, rng: random.Random) -> Connection:
    source, destination = _pod(on, rng, "one"), _pod(on, rng, "two")
    ends: tuple[Endpoint, Endpoint] = (source, in_one_namespace(source, destination))
    some = on.scene.vocabulary.hosts or on.scene.vocabulary.others
    if some and rng.random() < 0.5:
        one, two = some_host(on, rng, "m1"), some_host(on, rng, "m2")
        ends = rng.choice(((one, ends[1]), (source, two), (one, two)))
    if rng.random() < 0.35:
        outside = ExternalEndpoint(_free_address(on, rng))
        ends = rng.choice(((outside, ends[1]), (ends[0], outside)))
    families = [_family(end.address) for end in ends if isinstance(end, ExternalEndpoint)]
    protocol, port = _port(ends[1], rng)
    family = families[0] if families else rng.choice([*Family])
    source_end, other_end = (_at_one_address(end, family, rng) for end in ends)
    asked = on.scene.vocabulary.asks_source_port
    source_port = _source_port(ends[0], rng) if asked else None
    return Connection(source_end, other_end, protocol, port, family, source_port)


def some_host(on: Stage, rng: random.Random, node: str) -> HostEndpoint:
    """One of the input, or one on a node of its own where the world has others.

    Of what is configured by name, both ends may be on a node that is told from the rest.
    """
    hosts, others = on.scene.vocabulary.hosts, on.scene.vocabulary.others
    if others is None or (hosts and rng.random() < 0.3):
        return rng.choice(hosts)
    keys = (*POD_KEYS, *HOST_KEYS, "unheard/key")
    labels = {key: rng.choice((*VALUES, *NAMESPACES, UNMENTIONED)) for key in keys}
    named = {one.node for one in others.hosts} - {""} if node == "m2" else others.named
    return HostEndpoint(
        rng.choice(("h0", "h1", f"any-{node}")),
        tuple((key, labels[key]) for key in sorted(keys) if rng.random() < 0.4),
        rng.choice((node, *sorted(named))),
        "*",
        tuple(one for listed in SUPPLIED_ADDRESSES for one in rng.sample(listed, rng.randrange(2))),
        rng.choice(others.hosts).profiles,
        tuple(
            HostPort(rng.choice(PORT_NAMES), rng.choice(("TCP", 17, "SCTP")), rng.choice(EDGES))
            for _ in range(rng.randrange(3))
        ),
        invented=True,
    )


def _at_one_address(end: Endpoint, family: Family, rng: random.Random) -> Endpoint:
    """A host endpoint by one of its addresses of the family, or one that is supplied."""
    if not isinstance(end, HostEndpoint):
        return end
    known = [one for one in end.addresses if _family(one) is family]
    if known:
        return replace(end, addresses=(rng.choice(known),))
    if rng.random() < 0.5:
        addresses = tuple(map(rng.choice, SUPPLIED_ADDRESSES))
        return replace(end, addresses=addresses, supplied=True)
    return replace(end, addresses=())


def _family(address: str) -> Family:
    return Family(ip_address(address).version)


def _port(destination: Endpoint, rng: random.Random) -> tuple[Protocol, int]:
    """Often one that the destination declares."""
    if isinstance(destination, HostEndpoint) and destination.ports and rng.random() < 0.4:
        return rng.choice([*Protocol]), rng.choice(destination.ports).port
    if isinstance(destination, PodEndpoint) and destination.ports and rng.random() < 0.4:
        declared = rng.choice(destination.ports)
        protocol = declared.protocol if rng.random() < 0.8 else rng.choice([*Protocol])
        return protocol, declared.port
    return rng.choice([*Protocol]), rng.choice(EDGES)


def _source_port(source: Endpoint, rng: random.Random) -> int | None:
    """Often one that the source declares."""
    declared = () if isinstance(source, ExternalEndpoint) else source.ports
    if declared and rng.random() < 0.4:
        return rng.choice([one.port for one in declared])
    return rng.choice(SOURCE_EDGES)


def _free_address(on: Stage, rng: random.Random) -> str:
    taken = {address for one in on.scene.cluster.workloads for address in one.addresses}
    edges = [
        str(ip_address(value))
        for text in on.scene.vocabulary.blocks
        for value in _block_edges(text)
    ]
    return rng.choice([one for one in (*EXTERNAL_ADDRESSES, *edges) if one not in taken])


def _block_edges(text: str) -> Sequence[int | str]:
    """The first address of a block as text, and the last one."""
    base, _, length = text.partition("/")
    address = ip_address(base)
    last = int(address) + 2 ** (address.max_prefixlen - int(length)) - 1
    return [base, str(type(address)(last))]


def _pod(on: Stage, rng: random.Random, name: str) -> PodEndpoint:
    if on.scene.world is World.SNAPSHOT:
        pod = rng.choice(pods_of(on.scene.cluster))
    else:
        pod = _open_pod(on, rng, name)
    if not pod.addresses and rng.random() < 0.5:
        addresses = tuple(map(rng.choice, SUPPLIED_ADDRESSES))
        return replace(pod, addresses=addresses, supplied=True)
    return pod


def _open_pod(on: Stage, rng: random.Random, name: str) -> PodEndpoint:
    ports = tuple(
        ContainerPort(rng.choice((*PORT_NAMES, "", "unheard")), rng.choice([*Protocol]), port)
        for port in rng.sample(EDGES, rng.randrange(3))
    )
    return PodEndpoint(
        namespace=_namespace(on, rng),
        name=name,
        labels=_labels((*POD_KEYS, "unheard/key"), rng),
        ports=ports,
        host_network=rng.random() < 0.1,
        invented=True,
        **_account(on, rng),
    )


def _account(on: Stage, rng: random.Random) -> dict[str, Any]:
    """A service account of the cluster as it is, or any other with any labels."""
    declared = on.scene.cluster.accounts
    if declared and rng.random() < 0.4:
        one = rng.choice(declared)
        return {"service_account": one.name, "account_labels": one.labels}
    name = rng.choice(ACCOUNTS)
    return {"service_account": name, "account_labels": _labels(ACCOUNT_KEYS, rng)}


def _namespace(on: Stage, rng: random.Random) -> Namespace:
    """Mostly one of the cluster as it is, else any name with any labels."""
    if on.scene.world is World.ANY_PODS and rng.random() < 0.8:
        return rng.choice(on.scene.cluster.namespaces)
    name = rng.choice((*NAMESPACES, "other", "unheard-of", "unheard-of-2"))
    labels = dict(_labels((*NAMESPACE_KEYS, "unheard/key"), rng)) | {NAME_LABEL: name}
    return Namespace(name, tuple(sorted(labels.items())), declared=rng.random() < 0.5)


def _labels(keys: Sequence[str], rng: random.Random) -> Labels:
    chosen = sorted(key for key in keys if rng.random() < 0.6)
    return tuple((key, rng.choice((*VALUES, UNMENTIONED))) for key in chosen)
