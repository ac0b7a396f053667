"""What is not a policy and differs between the two sides of a comparison."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence

from netproof.comparisons import Fate, ObjectChange
from netproof_specs.loading import Loaded
from netproof_specs.loading.lending import apart_from, own_addresses
from netproof_specs.locations import Location
from netproof_specs.model.accounts import ServiceAccount
from netproof_specs.model.cluster import Workload
from netproof_specs.model.hosts import HostEndpoint
from netproof_specs.model.nodes import Node


def object_changes(old: Loaded, new: Loaded) -> tuple[ObjectChange, ...]:
    """Every difference but for policies, namespaces first, each kind in order of the names.

    What a workload or host endpoint has from another object is a difference of that one.
    """
    unlike = _unlike_nodes(old, new)
    return (
        *_changes(_namespaces(old), _namespaces(new)),
        *_changes(_workloads(old, unlike), _workloads(new, unlike)),
        *_changes(_others(old), _others(new)),
    )


def _unlike_nodes(old: Loaded, new: Loaded) -> frozenset[str]:
    """The nodes that one side states otherwise than the other, or not at all.

    So are those of which another node states an address on one side only (A.42).
    """
    before, after = (set(_with_own(side.cluster.nodes)) for side in (old, new))
    return frozenset(name for name, _, _ in before ^ after)


def _with_own(nodes: Sequence[Node]) -> Iterator[tuple[str, tuple[str, ...], tuple[str, ...]]]:
    """The name of each node with its addresses, and with those that no other one states."""
    own = own_addresses(nodes)
    return ((one.name, one.addresses, own.get(one.name, ())) for one in nodes)


_Key = tuple[str, str, str]
"""Namespace, name and kind."""

_Fields = dict[str, object]

_Stated = tuple[_Fields, Location | None]
"""What the input says of an object, by field, and where."""


def _namespaces(loaded: Loaded) -> dict[_Key, _Stated]:
    """The namespaces that a manifest declares: of others the input states nothing."""
    return {
        ("", one.name, "Namespace"): ({"labels": one.labels}, one.where)
        for one in loaded.cluster.namespaces
        if one.declared
    }


def _workloads(loaded: Loaded, unlike: Container[str]) -> dict[_Key, _Stated]:
    """The workloads, also those that run no pod (A.9), apart from what is of `unlike` nodes."""
    states = (("none", loaded.dormant), ("some", loaded.cluster.workloads))
    return {
        (one.namespace, one.name, one.kind): (
            _stated(apart_from(one, unlike), "account_labels") | {"running": pods},
            one.where,
        )
        for pods, workloads in states
        for one in workloads
    }


def _others(loaded: Loaded) -> dict[_Key, _Stated]:
    """The nodes, service accounts and host endpoints."""
    cluster = loaded.cluster
    listed: list[ServiceAccount | HostEndpoint] = [*cluster.accounts, *cluster.hosts]
    return {("", one.name, "Node"): (_stated(one), one.where) for one in cluster.nodes} | {
        (one.namespace, one.name, type(one).__name__): (_stated(one, "node_addresses"), one.where)
        for one in listed
    }


def _stated(item: Workload | ServiceAccount | HostEndpoint | Node, lent: str = "") -> _Fields:
    names = (one for one in item.__struct_fields__ if one not in ("where", lent))
    return {name: getattr(item, name) for name in names}


def _changes(old: Mapping[_Key, _Stated], new: Mapping[_Key, _Stated]) -> Iterator[ObjectChange]:
    for key in sorted({*old, *new}):
        namespace, name, kind = key
        before, after = old.get(key), new.get(key)
        if before is None and after is not None:
            yield ObjectChange(Fate.ADDED, kind, namespace, name, (), after[1])
        elif before is not None and after is None:
            yield ObjectChange(Fate.REMOVED, kind, namespace, name, (), before[1])
        elif before is not None and after is not None and before[0] != after[0]:
            differing = tuple(field for field in after[0] if before[0][field] != after[0][field])
            yield ObjectChange(Fate.CHANGED, kind, namespace, name, differing, after[1])
