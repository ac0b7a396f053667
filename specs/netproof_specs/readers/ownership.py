"""Which objects stand for the same pods: a workload gives way to the pods that it owns."""

from __future__ import annotations

from netproof_specs.frozen import replace
from netproof_specs.model.cluster import Workload
from netproof_specs.readers.workloads import Owner, ReadWorkload, behind

_SINGLE = frozenset({"Pod", "VirtualMachineInstance"})
"""Kinds of which an object is one pod, with all its labels."""

_LOOSE = frozenset({"VirtualMachine", "Service"})
"""Kinds whose controllers add to the template: what they made tells more than they do."""

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
        if one.workload.kind not in _SINGLE and _gives_way(one, index):
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
        and owner.workload.kind not in _LOOSE
        and _profile(owner.workload, owner.workload) == _profile(one.workload, owner.workload)
        and not _in_circle(one, index)
    )


_GENERATED = frozenset(
    {
        "pod-template-hash",
        "rollouts-pod-template-hash",
        "controller-uid",
        "job-name",
        "batch.kubernetes.io/controller-uid",
        "batch.kubernetes.io/job-name",
    }
)
"""Labels that a controller adds to the pod template of what it makes."""


def _profile(workload: Workload, owner: Workload) -> tuple[object, ...]:
    """What connectivity depends on in a pod template, but for labels that the owner's kind adds."""
    added = _GENERATED
    if owner.kind == "DeploymentConfig":
        added |= {"deployment", "deploymentconfig"}
    labels = tuple(pair for pair in workload.labels if pair[0] not in added)
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
    """The objects whose living pods the input holds, or what stands for these more exactly."""
    covered: set[_Key] = set()
    for one in read:
        if not one.alive:
            continue
        owner = _owner_of(one, index)
        if one.workload.kind not in _SINGLE:
            if owner is not None and owner.workload.kind in _LOOSE:
                covered.add(_key(owner.workload))
            continue
        while owner is not None and (key := _key(owner.workload)) not in covered:
            covered.add(key)
            owner = _owner_of(owner, index)
    return covered


def _owner_of(one: ReadWorkload, index: dict[_Key, ReadWorkload]) -> ReadWorkload | None:
    """The owner in the input, or the one behind an owner that is not there."""
    found = _owner_in(one, index)
    if found is not None or one.controller is None:
        return found
    namespace, labels = one.workload.namespace, one.workload.labels
    candidates = [behind(one.controller, labels)]
    kind, name = one.controller
    if kind == "VirtualMachineInstance":
        candidates.append(("VirtualMachine", name))
    service = dict(labels).get("serving.knative.dev/service")
    if service is not None and (one.workload.kind, one.workload.name) != ("Service", service):
        candidates.append(("Service", service))
    there = (index.get((kind, namespace, name)) for kind, name in candidates)
    return next((one for one in there if one is not None), None)


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
    found = behind(current.controller, current.workload.labels)
    return found if found != current.controller else behind(found, one.workload.labels)
