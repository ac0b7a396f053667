"""Pods with interfaces on networks beside that of the cluster, the only one modelled (A.9b)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from netproof_specs.decoding import Cursor
from netproof_specs.locations import Location
from netproof_specs.model.cluster import Workload
from netproof_specs.problems import Problem

NETWORKS = ("k8s.v1.cni.cncf.io/networks", "v1.multus-cni.io/default-network")
"""The annotations by which Multus, and plug-ins like it, put pods on other networks."""

_NONE = ("", "[]")
"""Values of these annotations that name no network."""


def key_of_networks(annotations: Mapping[str, Any]) -> str | None:
    """The annotation that puts a pod on other networks, if one does."""
    for key in NETWORKS:
        value = annotations.get(key)
        if isinstance(value, str) and value.strip() not in _NONE:
            return key
    return None


def networks_of(metadata: Cursor | None) -> Location | None:
    """Where the metadata of a pod put it on other networks, if they do."""
    annotations = metadata.value.get("annotations") if metadata is not None else None
    if metadata is None or not isinstance(annotations, dict):
        return None
    key = key_of_networks(annotations)
    if key is None:
        return None
    return metadata.manifest.locate_key((*metadata.path, "annotations", key))


def notes_on_interfaces(found: Iterable[tuple[Workload, Location]]) -> Iterator[Problem]:
    """One note on all the workloads whose pods are on other networks too, at the first of them."""
    listed = sorted(found, key=lambda pair: (pair[0].namespace, pair[0].name, pair[0].kind))
    if not listed:
        return
    (first, where), more = listed[0], len(listed) - 1
    title = f"{first.kind} `{first.namespace}/{first.name}`"
    whose = f"the {title} has" if first.kind == "Pod" else f"the pods of the {title} have"
    others = {0: "", 1: ", as 1 more object says of its pods"}
    yield Problem(
        where,
        f"{whose} interfaces on networks beside that of the cluster"
        f"{others.get(more, f', as {more} more objects say of their pods')}: "
        "what passes there is outside all answers, and no policy of the input decides on it",
        "look at those networks by themselves",
        "further-interfaces",
        "A.9b",
    )
