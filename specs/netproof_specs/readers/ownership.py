"""Which objects stand for the same pods: a workload gives way to the pods that it owns."""

from __future__ import annotations

from dataclasses import replace

from netproof_specs.model.cluster import Workload
from netproof_specs.readers.workloads import Owner, ReadWorkload, behind

_Key = tuple[str, str, str]
_CHAIN = 10


def one_for_each_pod(read: list[ReadWorkload]) -> list[Workload]:
    """The workloads of the input such that no pod is counted twice.

    Pods win over the workload that owns them, directly or through others; a workload without
    pods of its own gives way to the owner that stands in the input and runs the same pods. The
    topmost owner is kept in `owner`.
    """
    index = {_key(one.workload): one for one in read}
    covered = _covered(read, index)
    kept: list[Workload] = []
    for one in read:
        if not one.alive or _key(one.workload) in covered:
            continue
        if one.workload.kind != "Pod" and _gives_way(one, index):
            continue
        owner = _topmost(one, index) if one.controller is not None else None
        workload = one.workload
        kept.append(workload if workload.owner == owner else replace(workload, owner=owner))
    return kept


def _key(workload: Workload) -> _Key:
    return workload.kind, workload.namespace, workload.name


def _owner_in(one: ReadWorkload, index: dict[_Key, ReadWorkload]) -> ReadWorkload | None:
    """The owner, if it stands in the input."""
    if one.controller is None:
        return None
    kind, name = one.controller
    return index.get((kind, one.workload.namespace, name))


def _gives_way(one: ReadWorkload, index: dict[_Key, ReadWorkload]) -> bool:
    """Iff the owner stands in the input, is alive and runs pods like those of `one`.

    The ReplicaSet of an earlier template, which lives on during a rollout, does not give way;
    nor do owners in a circle, of which none would be left.
    """
    owner = _owner_in(one, index)
    return (
        owner is not None
        and owner.alive
        and _profile(owner.workload) == _profile(one.workload)
        and not _in_circle(one, index)
    )


_GENERATED = frozenset(
    {
        "pod-template-hash",
        "controller-uid",
        "job-name",
        "batch.kubernetes.io/controller-uid",
        "batch.kubernetes.io/job-name",
    }
)
"""Labels that a controller adds to the pod template of what it makes."""


def _profile(workload: Workload) -> tuple[object, ...]:
    """What connectivity depends on in a pod template."""
    labels = tuple(pair for pair in workload.labels if pair[0] not in _GENERATED)
    ports = frozenset(workload.ports), frozenset(workload.init_ports)
    return labels, ports, workload.host_network, workload.node, workload.service_account


def _in_circle(one: ReadWorkload, index: dict[_Key, ReadWorkload]) -> bool:
    """Iff references from owner to owner come back to an earlier one."""
    seen = {_key(one.workload)}
    owner = _owner_in(one, index)
    while owner is not None and (key := _key(owner.workload)) not in seen:
        seen.add(key)
        owner = _owner_in(owner, index)
    return owner is not None


def _covered(read: list[ReadWorkload], index: dict[_Key, ReadWorkload]) -> set[_Key]:
    """The objects that own, directly or through others, a living pod of the input."""
    covered: set[_Key] = set()
    for one in read:
        if one.workload.kind != "Pod" or not one.alive or one.controller is None:
            continue
        owner = _owner_of(one, index)
        while owner is not None and (key := _key(owner.workload)) not in covered:
            covered.add(key)
            owner = _owner_of(owner, index)
    return covered


def _owner_of(one: ReadWorkload, index: dict[_Key, ReadWorkload]) -> ReadWorkload | None:
    """The owner in the input; of a ReplicaSet that is not there, the Deployment behind it."""
    found = _owner_in(one, index)
    if found is not None or one.controller is None:
        return found
    kind, name = behind(one.controller, one.hash)
    return index.get((kind, one.workload.namespace, name))


def _topmost(one: ReadWorkload, index: dict[_Key, ReadWorkload]) -> Owner | None:
    """The last owner that references lead to; references in a circle end it."""
    current = one
    for _ in range(_CHAIN):
        owner = _owner_in(current, index)
        if owner is None:
            break
        current = owner
    if current.controller is None:
        return current.workload.kind, current.workload.name
    return behind(current.controller, current.hash or one.hash)
