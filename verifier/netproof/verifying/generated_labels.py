"""Labels that controllers add to pods, whose values the manifests of the workloads do not give."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from operator import attrgetter

from netproof_encodings.lowering import every_tier, lower
from netproof_encodings.vocabulary.mentioned import vocabulary_of
from netproof_specs.claims import EndpointSet
from netproof_specs.frozen import replace
from netproof_specs.model.cluster import Cluster, Workload
from netproof_specs.model.labels import Labels
from netproof_specs.problems import Problem

_OF_JOBS = (
    "job-name",
    "batch.kubernetes.io/job-name",
    "controller-uid",
    "batch.kubernetes.io/controller-uid",
    "batch.kubernetes.io/job-completion-index",
)
_OF_MACHINES = (
    "kubevirt.io/created-by",
    "kubevirt.io/migrationJobUID",
    "kubevirt.io/nodeName",
    "vm.kubevirt.io/name",
)
GENERATED: Mapping[str, tuple[str, ...]] = {
    "Deployment": ("pod-template-hash",),
    "StatefulSet": (
        "statefulset.kubernetes.io/pod-name",
        "apps.kubernetes.io/pod-index",
        "controller-revision-hash",
    ),
    "DaemonSet": ("controller-revision-hash", "pod-template-generation"),
    "Job": _OF_JOBS,
    "CronJob": _OF_JOBS,
    "VirtualMachine": _OF_MACHINES,
    "VirtualMachineInstance": _OF_MACHINES,
    "DeploymentConfig": ("deployment",),
    "Rollout": ("rollouts-pod-template-hash",),
    "Service": (
        "app",
        "pod-template-hash",
        "serving.knative.dev/configurationGeneration",
        "serving.knative.dev/configurationUID",
        "serving.knative.dev/revision",
        "serving.knative.dev/revisionUID",
        "serving.knative.dev/serviceUID",
    ),
}
"""By kind of workload; the values are not known before there are pods."""


ALL_GENERATED = frozenset(key for keys in GENERATED.values() for key in keys)


def keys_not_given(kind: str, labels: Labels) -> frozenset[str]:
    """The labels that a controller adds to pods of a kind of workload and that these lack."""
    return frozenset(GENERATED.get(kind, ())) - {key for key, _ in labels}


KindsOf = Callable[[Cluster], frozenset[str]]
"""Tells what `kinds_of` does; somebody who has looked before may do so quicker."""


def kinds_of(cluster: Cluster) -> frozenset[str]:
    """The kinds of the workloads."""
    return frozenset(map(attrgetter("kind"), cluster.workloads))


def unknown_labels(
    cluster: Cluster, groups: Iterable[EndpointSet], kinds: KindsOf = kinds_of
) -> Iterator[Problem]:
    """Labels that policies or groups select by and of which some pods have values not known.

    A selector is held against the labels of pods (A.1), and a snapshot without those would say
    of such a pod that it has no such label. Each label of a kind of workload is told once.
    """
    if GENERATED.keys().isdisjoint(kinds(cluster)):
        return
    mentioned = _mentioned(cluster, groups)
    told: set[tuple[str, str]] = set()
    for workload in cluster.workloads:
        for key in _not_given(workload, mentioned):
            if (workload.kind, key) not in told:
                told.add((workload.kind, key))
                yield _unknown(workload, key)


def of_known_labels(cluster: Cluster, groups: Iterable[EndpointSet]) -> Cluster:
    """The cluster without the workloads that `unknown_labels` speaks of, and without disputed ones.

    Of what is left an example can say what the input states.
    """
    generated = any(one.kind in GENERATED for one in cluster.workloads)
    if not generated and not any(one.disputed for one in cluster.workloads):
        return cluster
    mentioned = _mentioned(cluster, groups) if generated else frozenset()
    kept = tuple(
        one for one in cluster.workloads if not one.disputed and not _not_given(one, mentioned)
    )
    return replace(cluster, workloads=kept)


def _mentioned(cluster: Cluster, groups: Iterable[EndpointSet]) -> frozenset[str]:
    """The label keys that policies or groups select pods by."""
    vocabulary = vocabulary_of(every_tier(lower(cluster.every_policy)), groups, ())
    return frozenset(key for key, _ in vocabulary.pod_labels)


def _not_given(workload: Workload, mentioned: frozenset[str]) -> list[str]:
    return sorted(mentioned & keys_not_given(workload.kind, workload.labels))


def _unknown(workload: Workload, key: str) -> Problem:
    title = f"{workload.kind} `{workload.namespace}/{workload.name}`"
    return Problem(
        workload.where,
        f"the pods of the {title} get the label `{key}` when they are made; policies or claims "
        "select by it, and its value is not in the input",
        "give the pods themselves, as `kubectl get pods -o yaml` prints them",
        "generated-label",
        "A.1",
    )
