"""What objects of a cluster have from others: from service accounts, namespaces and nodes."""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from dataclasses import replace

from netproof_specs.model.accounts import ServiceAccount
from netproof_specs.model.cluster import Namespace, Policy, Workload
from netproof_specs.model.hosts import HostEndpoint
from netproof_specs.model.nodes import Node
from netproof_specs.readers.accounts import with_account_labels
from netproof_specs.readers.admin_policy_checks import asks_for_nodes, with_nodes
from netproof_specs.readers.calico_endpoints import with_namespace_labels
from netproof_specs.readers.nodes import with_addresses_of_nodes, with_node_addresses


def lent_to_workloads(
    workloads: tuple[Workload, ...], accounts: Iterable[ServiceAccount], nodes: Iterable[Node]
) -> tuple[Workload, ...]:
    """The workloads with the labels of their service accounts (D.15) and the addresses of their
    nodes (A.42), which are their own where they share the node's network and give none (A.45)."""
    return with_node_addresses(with_account_labels(workloads, accounts), nodes)


def apart_from(one: Workload, nodes: Container[str]) -> Workload:
    """The workload without the addresses of its node, if that is one of some.

    Two versions of an input that differ in a node lend different ones to one and the same pod.
    """
    if one.node is None or one.node not in nodes:
        return one
    return replace(
        one, node_addresses=(), addresses=() if one.host_network else one.addresses
    )


def lent_to_hosts(
    hosts: Iterable[HostEndpoint], nodes: Iterable[Node]
) -> tuple[HostEndpoint, ...]:
    """The host endpoints with the addresses of their nodes (A.42, A.43)."""
    return with_addresses_of_nodes(hosts, nodes)


def lent_to_policies(
    policies: Iterable[Policy], namespaces: Iterable[Namespace], nodes: Sequence[Node]
) -> tuple[Policy, ...]:
    """The policies with the nodes that their `nodes` peers stand for (C.17), and the network sets
    with the labels of their namespaces (D.34)."""
    known = tuple(nodes)
    return with_namespace_labels((with_nodes(one, known) for one in policies), namespaces)


def on_nodes(policies: Iterable[Policy]) -> bool:
    """Whether what some policy means depends on the nodes of the cluster."""
    return any(map(asks_for_nodes, policies))
