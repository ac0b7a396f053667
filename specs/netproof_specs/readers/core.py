"""Namespaces, declared and implied."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from netproof_specs.decoding import Cursor, part
from netproof_specs.model.cluster import Namespace
from netproof_specs.problems import Problem
from netproof_specs.readers.metadata import (
    labels_at,
    namespace_labels,
    read_identity,
    read_labels,
)
from netproof_specs.readers.misspelt import check_header
from netproof_specs.syntax import namespace_fault

_OWN_NETWORK = "k8s.ovn.org/primary-user-defined-network"
"""The label without which OVN-Kubernetes gives the pods of a namespace no network of their own."""


def read_namespace(root: Cursor) -> Namespace | None:
    """A declared namespace, or `None` for one without a name."""
    metadata = part(root, "metadata")
    check_header(root, metadata)
    identity = read_identity(metadata, root, "the Namespace")
    cursor = labels_at(metadata)
    labels = read_labels(cursor)
    if identity is not None and metadata is not None:
        fault = namespace_fault(identity.name)
        if fault:
            metadata.down("name", identity.name).refuse(
                f"`{identity.name}` is not allowed: {fault}",
                code="invalid-name",
                clause="B.8",
            )
    if identity is None:
        return None
    where = root.manifest.locate_name()
    return Namespace(identity.name, namespace_labels(identity.name, labels, cursor), True, where)


def with_implied(declared: Iterable[Namespace], used: Iterable[str]) -> tuple[Namespace, ...]:
    """The declared namespaces and those that are only used, in ascending order (A.25, A.52)."""
    found = {namespace.name: namespace for namespace in declared}
    for name in used:
        if name not in found:
            found[name] = Namespace(name, namespace_labels(name, (), None), declared=False)
    return tuple(found[name] for name in sorted(found))


def own_networks(declared: Iterable[Namespace]) -> Iterator[Problem]:
    """A note on each namespace whose pods are on a network beside that of the cluster (A.9b)."""
    for one in declared:
        if any(key == _OWN_NETWORK for key, _ in one.labels):
            yield Problem(
                one.where,
                f"by the label `{_OWN_NETWORK}` the pods of the namespace `{one.name}` are on a "
                "network of their own, of which nothing is known here: pods of other namespaces "
                "may be out of reach, whatever policies allow",
                "leave the namespace out, or read what is said of its pods with that in mind",
                "own-network",
                "A.9b",
            )
