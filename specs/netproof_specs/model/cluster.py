"""Namespaces, workloads and the cluster that they make up with its policies."""

from __future__ import annotations

from enum import Enum

from netproof_specs.frozen import Frozen
from netproof_specs.locations import Location
from netproof_specs.model.accounts import DEFAULT_ACCOUNT, ServiceAccount
from netproof_specs.model.admin_policy import AdminPolicy
from netproof_specs.model.calico import CalicoObject, CalicoSetting
from netproof_specs.model.hosts import HostEndpoint
from netproof_specs.model.labels import Labels
from netproof_specs.model.network_policy import NetworkPolicy
from netproof_specs.model.nodes import Node
from netproof_specs.model.traffic import Protocol

Policy = NetworkPolicy | AdminPolicy | CalicoObject
"""Every kind of object that belongs to policies: they themselves, and what Calico's rest on."""

AnyPolicy = Policy | HostEndpoint
"""Every kind of object that decides connections."""


class Invented(Enum):
    """What of a namespace no input states, but an example needs."""

    NOTHING = "nothing"
    LABELS = "labels"
    """The input has the name, and states other labels or none."""
    NAME = "name"
    """The name as well stands for any that nothing mentions."""


class Namespace(Frozen):
    """A namespace with all its labels, the automatic one among them (A.25).

    `declared` is false for a namespace that the input only refers to (A.52).
    """

    name: str
    labels: Labels
    declared: bool
    where: Location | None = None
    invented: Invented = Invented.NOTHING


class ContainerPort(Frozen):
    """A port that a container declares; `name` is empty where it has none (A.35)."""

    name: str
    protocol: Protocol
    port: int


class Workload(Frozen):
    """A pod, or the equal pods that one workload runs.

    `kind` is `Pod`, `Deployment` and so on. `replicas` is the number of pods, at least 1; a kind
    whose number the manifest does not tell (a DaemonSet) has 2, which stands for "several".
    `addresses` are canonical and known only for pods that run. `owner` is the workload that a
    pod belongs to as (kind, name), or `None`. `init_ports` are those of init containers that do not
    keep running (D.6); `account_labels` are those of the service account, if it is declared.
    `node_addresses` are those of the node that it runs on, as far as the input tells them.
    Completed pods and workloads scaled to nothing are not in the model (A.9). `disputed` is set
    where two sides of a comparison state it, or its namespace, differently.
    """

    kind: str
    namespace: str
    name: str
    labels: Labels
    ports: tuple[ContainerPort, ...] = ()
    addresses: tuple[str, ...] = ()
    node: str | None = None
    host_network: bool = False
    replicas: int = 1
    owner: tuple[str, str] | None = None
    init_ports: tuple[ContainerPort, ...] = ()
    service_account: str = DEFAULT_ACCOUNT
    account_labels: Labels = ()
    where: Location | None = None
    disputed: bool = False
    node_addresses: tuple[str, ...] = ()


class Cluster(Frozen):
    """What the manifests state, each part in ascending order of namespace and name.

    `namespaces` holds every namespace that is declared or that a policy lives in or a workload,
    also one that runs no pod (A.52).
    `policies` also holds what those of Calico rest on: tiers, profiles and network sets.
    `nodes` are those of the input; an input without any says nothing of the cluster's nodes.
    """

    namespaces: tuple[Namespace, ...] = ()
    workloads: tuple[Workload, ...] = ()
    policies: tuple[Policy, ...] = ()
    hosts: tuple[HostEndpoint, ...] = ()
    accounts: tuple[ServiceAccount, ...] = ()
    nodes: tuple[Node, ...] = ()

    @property
    def every_policy(self) -> tuple[AnyPolicy, ...]:
        """All that decides connections: the policies, host endpoints last.

        What a pod on its node's network sends and gets passes the host endpoint of the node (D.1).
        """
        return (*self.policies, *self.hosts) if self.hosts else self.policies

    @property
    def policy_count(self) -> int:
        """How many policies there are, tiers, profiles and network sets aside."""
        return sum(not isinstance(one, CalicoSetting) for one in self.policies)
