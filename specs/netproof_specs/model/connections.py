"""Endpoints and connections: the things that claims range over and policies decide."""

from __future__ import annotations

from netproof_specs.frozen import Frozen
from netproof_specs.locations import Location
from netproof_specs.model.accounts import DEFAULT_ACCOUNT
from netproof_specs.model.cluster import ContainerPort, Namespace, Workload
from netproof_specs.model.hosts import HostEndpoint
from netproof_specs.model.labels import Labels
from netproof_specs.model.traffic import Family, Protocol


class PodEndpoint(Frozen):
    """One pod. `replica` counts the pods of a workload from 1; a bare pod is replica 1 of 1.

    `addresses` are the addresses that the manifests give or, iff `supplied`, one that an assumption
    invents for a pod of which they give none; a pod without any is matched by no ipBlock (A.29).
    `node_addresses` are those of the node that it runs on, as far as the input tells them.
    `invented` marks a pod that no manifest holds.
    """

    namespace: Namespace
    name: str
    labels: Labels
    kind: str = "Pod"
    replica: int = 1
    replicas: int = 1
    ports: tuple[ContainerPort, ...] = ()
    addresses: tuple[str, ...] = ()
    node: str | None = None
    host_network: bool = False
    owner: tuple[str, str] | None = None
    invented: bool = False
    init_ports: tuple[ContainerPort, ...] = ()
    service_account: str = DEFAULT_ACCOUNT
    account_labels: Labels = ()
    supplied: bool = False
    where: Location | None = None
    node_addresses: tuple[str, ...] = ()


class ExternalEndpoint(Frozen):
    """An address outside the cluster, in canonical form."""

    address: str


Endpoint = PodEndpoint | ExternalEndpoint | HostEndpoint

DYNAMIC_PORT = 49152
"""The first of the ports that clients use: the source port where nobody asks for another."""


class Connection(Frozen):
    """The first packet of a new connection after any Service translation (A.46, A.47).

    `port` is the destination port, 1 to 65535. Only Calico's rules ask for the source port (D.19);
    it is `None` where none does, and stands for `DYNAMIC_PORT` wherever one is needed all the same.
    At most one end is external. `family` is that of the external end's address, where there is one.
    """

    source: Endpoint
    destination: Endpoint
    protocol: Protocol
    port: int
    family: Family = Family.IPV4
    source_port: int | None = None


def pod_of(workload: Workload, namespace: Namespace, replica: int) -> PodEndpoint:
    """Pod number `replica` (from 1) of a workload, which must live in `namespace`."""
    return PodEndpoint(
        namespace=namespace,
        name=workload.name,
        labels=workload.labels,
        kind=workload.kind,
        replica=replica,
        replicas=workload.replicas,
        ports=workload.ports,
        addresses=workload.addresses,
        node=workload.node,
        host_network=workload.host_network,
        owner=workload.owner,
        init_ports=workload.init_ports,
        service_account=workload.service_account,
        account_labels=workload.account_labels,
        where=workload.where,
        node_addresses=workload.node_addresses,
    )
