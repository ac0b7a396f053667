"""The kinds that have a typed form: one row each, with the function that reads it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial, reduce
from operator import or_
from types import MappingProxyType
from typing import Any, NamedTuple

from msgspec import ValidationError, convert

from netproof_specs.documents.yaml_templates import Kept
from netproof_specs.readers.interfaces import NETWORKS
from netproof_specs.readers.table import Item
from netproof_specs.readers.workloads import Known
from netproof_specs.typed.forms import Form, Namespace, Pod
from netproof_specs.typed.network_policy import read_policy
from netproof_specs.typed.network_policy_forms import NetworkPolicy
from netproof_specs.typed.parts import Path, Places
from netproof_specs.typed.pods import read_namespace, read_pod
from netproof_specs.typed.workload_forms import CronJob, workload_form
from netproof_specs.typed.workloads import read_workload


class TypedKind(NamedTuple):
    """A kind with a typed form.

    `read` gives what the reader of the kind gives, or raises NotPlainError for an object to be
    read by that: one with a mistake, or with something to remark. `bearing` are the fields that
    are looked at, or have to be there; a kind that is read from a template in YAML has them.
    """

    form: type[Form]
    group: str
    version: str
    kind: str
    read: Callable[[Any, Known, Path, Places], Item]
    bearing: Kept | None = None

    @property
    def api_version(self) -> str:
        """The group and the version, as manifests write them."""
        return f"{self.group}/{self.version}" if self.group else self.version


_ANNOTATIONS: Kept = {key: {} for key in NETWORKS}
_OF_PODS: Kept = {
    "namespace": {},
    "labels": {},
    "annotations": _ANNOTATIONS,
    "ownerReferences": {},
}
_METADATA: Kept = {"name": {}, **_OF_PODS}
_HEADER: Kept = {"apiVersion": {}, "kind": {}, "metadata": _METADATA}
_CONTAINERS: Kept = {
    "ports": {"containerPort": {}, "name": {}, "protocol": {}},
    "restartPolicy": {},
}
_POD_SPEC: Kept = {
    "containers": _CONTAINERS,
    "initContainers": _CONTAINERS,
    "nodeName": {},
    "hostNetwork": {},
    "serviceAccountName": {},
    "serviceAccount": {},
}
_STATUS: Kept = {
    "phase": {},
    "podIP": {},
    "podIPs": {"ip": {}},
    "hostIP": {},
    "hostIPs": {"ip": {}},
}
_POD: Kept = {**_HEADER, "spec": _POD_SPEC, "status": _STATUS}

_TEMPLATE: Kept = {
    "metadata": _OF_PODS,
    "spec": _POD_SPEC,
}
_RUNNING: Kept = {"template": _TEMPLATE, "replicas": {}, "parallelism": {}, "manualSelector": {}}
_RUNS: Kept = {**_HEADER, "spec": _RUNNING, "status": {"conditions": {}}}
_SCHEDULED: Kept = {**_RUNS, "spec": {"jobTemplate": {"spec": _RUNNING}}}


def _runs(group: str, kind: str) -> TypedKind:
    form = workload_form(kind, f"{group}/v1" if group else "v1")
    return TypedKind(form, group, "v1", kind, partial(read_workload, kind), _RUNS)


_ROWS = (
    TypedKind(Pod, "", "v1", "Pod", read_pod, _POD),
    TypedKind(Namespace, "", "v1", "Namespace", read_namespace, _HEADER),
    TypedKind(NetworkPolicy, "networking.k8s.io", "v1", "NetworkPolicy", read_policy),
    _runs("apps", "Deployment"),
    _runs("apps", "ReplicaSet"),
    _runs("apps", "StatefulSet"),
    _runs("apps", "DaemonSet"),
    _runs("batch", "Job"),
    TypedKind(CronJob, "batch", "v1", "CronJob", partial(read_workload, "CronJob"), _SCHEDULED),
    _runs("", "ReplicationController"),
)
TYPED = MappingProxyType({row.form: row for row in _ROWS})
"""The rows by their forms, which differ in the name of the kind."""

ANY_FORM: Any = reduce(or_, TYPED)
"""An object of one of the forms, as msgspec takes it."""


def typed_of(value: Any) -> Form | None:
    """Plain data as a typed object, or `None` for what is not of a typed form."""
    try:
        one: Form = convert(value, ANY_FORM)
    except (ValidationError, UnicodeEncodeError):
        # JSON can write half of a pair of surrogates, which is no text in UTF-8.
        return None
    return one
