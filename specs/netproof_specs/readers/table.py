"""The kinds that are read: one row each, with the function that reads it."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from functools import partial
from types import MappingProxyType

from netproof_specs.decoding import Cursor
from netproof_specs.frozen import Frozen
from netproof_specs.model.accounts import ServiceAccount
from netproof_specs.model.admin_policy import AdminKind
from netproof_specs.model.cluster import Namespace, Policy
from netproof_specs.model.hosts import HostEndpoint
from netproof_specs.model.nodes import Node
from netproof_specs.readers.accounts import read_service_account
from netproof_specs.readers.admin_policy import read_admin_policy
from netproof_specs.readers.calico_endpoints import (
    note_controllers,
    read_host_endpoint,
    read_network_set,
)
from netproof_specs.readers.calico_policies import (
    note_staged,
    read_calico_policy,
    read_global_policy,
    read_profile,
    read_tier,
)
from netproof_specs.readers.core import read_namespace
from netproof_specs.readers.felix import read_felix_configuration
from netproof_specs.readers.network_policy import read_network_policy
from netproof_specs.readers.nodes import read_node
from netproof_specs.readers.pod_runners import (
    read_deployment_config,
    read_knative_service,
    read_machine_instance,
    read_rollout,
    read_virtual_machine,
)
from netproof_specs.readers.workloads import Known, ReadWorkload, read_workload

Item = Namespace | Node | ServiceAccount | HostEndpoint | Policy | ReadWorkload
"""What is read from one object. Whatever is neither of a namespace nor run by a workload and no
further part of the cluster is a policy: `loading` collects the items by these types."""


class Scope(Enum):
    """Where objects of a kind live: in the cluster, or each in a namespace (A.50)."""

    CLUSTER = "cluster"
    NAMESPACED = "namespaced"


class Role(Enum):
    """What objects of a kind are to connectivity: they decide it, or they are what it is of."""

    POLICY = "policy"
    PART = "part"


class Reading(Frozen):
    """What reading an object takes besides the object.

    `namespace` is that of an object that names none (A.50); `known` is what this load has read.
    """

    namespace: str
    known: Known


Reader = Callable[[Cursor, Reading], Item | None]
"""One object as an item. Where something is wrong, which is reported, nobody takes the item."""


class ReadKind(Frozen):
    """One kind that is read, in the versions of its group that mean the same to the reader."""

    group: str
    kind: str
    versions: tuple[str, ...]
    scope: Scope
    role: Role
    read: Reader

    def api_version(self) -> str:
        """The `apiVersion` of the first of its versions."""
        version = self.versions[0]
        return f"{self.group}/{version}" if self.group else version


def split_version(api_version: str) -> tuple[str, str]:
    """The group and the version of an `apiVersion`; the core group is the empty text."""
    group, _, version = api_version.rpartition("/")
    return group, version


def _admin_policy(kind: AdminKind, version: str) -> ReadKind:
    read = _alone(partial(read_admin_policy, kind))
    return ReadKind(_ADMIN, kind.value, (version,), Scope.CLUSTER, Role.POLICY, read)


_PodRunner = Callable[[Cursor, str, Known], ReadWorkload | None]


def _of_add_on(group: str, kind: str, versions: tuple[str, ...], read: _PodRunner) -> ReadKind:
    """A kind of A.9a, or one of the API's own that runs pods."""

    def reader(root: Cursor, reading: Reading) -> Item | None:
        return read(root, reading.namespace, reading.known)

    return ReadKind(group, kind, versions, Scope.NAMESPACED, Role.PART, reader)


def _runs_pods(group: str, kind: str) -> ReadKind:
    return _of_add_on(group, kind, ("v1",), partial(read_workload, kind))


def _alone(read_object: Callable[[Cursor], Item | None]) -> Reader:
    """The reader of a kind that needs nothing but the object."""
    return lambda root, _: read_object(root)


def _spaced(read_object: Callable[[Cursor, str], Item | None]) -> Reader:
    """The reader of a kind whose objects may name no namespace."""
    return lambda root, reading: read_object(root, reading.namespace)


def _calico(
    kind: str, scope: Scope, read: Reader, role: Role = Role.POLICY
) -> tuple[ReadKind, ...]:
    """A kind of Calico in the group of its API and in that of its storage (D.41)."""
    return (
        ReadKind("projectcalico.org", kind, ("v3",), scope, role, read),
        ReadKind("crd.projectcalico.org", kind, ("v1",), scope, role, read),
    )


_CALICO = (
    *_calico("NetworkPolicy", Scope.NAMESPACED, _spaced(read_calico_policy)),
    *_calico("GlobalNetworkPolicy", Scope.CLUSTER, _alone(read_global_policy)),
    *_calico("Tier", Scope.CLUSTER, _alone(read_tier)),
    *_calico("Profile", Scope.CLUSTER, _alone(read_profile)),
    *_calico("NetworkSet", Scope.NAMESPACED, _spaced(read_network_set)),
    *_calico("GlobalNetworkSet", Scope.CLUSTER, _alone(partial(read_network_set, namespace=""))),
    *_calico("HostEndpoint", Scope.CLUSTER, _alone(read_host_endpoint)),
    *_calico("StagedNetworkPolicy", Scope.NAMESPACED, _alone(note_staged), Role.PART),
    *_calico("StagedGlobalNetworkPolicy", Scope.CLUSTER, _alone(note_staged), Role.PART),
    *_calico("StagedKubernetesNetworkPolicy", Scope.NAMESPACED, _alone(note_staged), Role.PART),
    *_calico("KubeControllersConfiguration", Scope.CLUSTER, _alone(note_controllers), Role.PART),
    *_calico("FelixConfiguration", Scope.CLUSTER, _alone(read_felix_configuration)),
)
_ADMIN = "policy.networking.k8s.io"
_ROWS = (
    _runs_pods("", "Pod"),
    _runs_pods("", "ReplicationController"),
    _runs_pods("apps", "Deployment"),
    _runs_pods("apps", "ReplicaSet"),
    _runs_pods("apps", "StatefulSet"),
    _runs_pods("apps", "DaemonSet"),
    _runs_pods("batch", "Job"),
    _runs_pods("batch", "CronJob"),
    _of_add_on("kubevirt.io", "VirtualMachine", ("v1", "v1alpha3"), read_virtual_machine),
    _of_add_on("kubevirt.io", "VirtualMachineInstance", ("v1", "v1alpha3"), read_machine_instance),
    _of_add_on("apps.openshift.io", "DeploymentConfig", ("v1",), read_deployment_config),
    _of_add_on("argoproj.io", "Rollout", ("v1alpha1",), read_rollout),
    _of_add_on("serving.knative.dev", "Service", ("v1",), read_knative_service),
    ReadKind("", "Namespace", ("v1",), Scope.CLUSTER, Role.PART, _alone(read_namespace)),
    ReadKind(
        "", "ServiceAccount", ("v1",), Scope.NAMESPACED, Role.PART, _spaced(read_service_account)
    ),
    *_CALICO,
    ReadKind(
        "networking.k8s.io",
        "NetworkPolicy",
        ("v1",),
        Scope.NAMESPACED,
        Role.POLICY,
        _spaced(read_network_policy),
    ),
    ReadKind("", "Node", ("v1",), Scope.CLUSTER, Role.PART, _alone(read_node)),
    _admin_policy(AdminKind.ADMIN, "v1alpha1"),
    _admin_policy(AdminKind.BASELINE, "v1alpha1"),
    _admin_policy(AdminKind.CLUSTER, "v1alpha2"),
)

READ_KINDS = MappingProxyType({(row.group, row.kind): row for row in _ROWS})
"""The rows by group and kind: a kind's bare name may stand for another one in another group."""


def read_kind(api_version: str, kind: str) -> ReadKind | None:
    """The row that reads this kind in this version, or `None`."""
    group, version = split_version(api_version)
    row = READ_KINDS.get((group, kind))
    return row if row is not None and version in row.versions else None
