"""What objects of a cluster have from others: from service accounts, namespaces and nodes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Sequence, Set
from ipaddress import ip_address

from netproof_specs.frozen import replace
from netproof_specs.model.accounts import ServiceAccount
from netproof_specs.model.cluster import Namespace, Policy, Workload
from netproof_specs.model.hosts import HostEndpoint
from netproof_specs.model.nodes import Node
from netproof_specs.readers.accounts import with_account_labels
from netproof_specs.readers.admin_policy_checks import asks_for_nodes, with_nodes
from netproof_specs.readers.calico_endpoints import with_namespace_labels


def lent_to_workloads(
    workloads: tuple[Workload, ...], accounts: Iterable[ServiceAccount], nodes: Sequence[Node]
) -> tuple[Workload, ...]:
    """The workloads with the labels of their service accounts (D.15), and the addresses of the
    nodes that they are known to run on (A.42, A.43): those that the Node states, then those that
    the status of the pod gives besides.

    Those on the network of their node have its addresses (A.45), as the kubelet gives them: the
    first of each family, internal ones before external ones.
    """
    known = {node.name: node.addresses for node in nodes if node.addresses}
    shared = stated_by_several(nodes)
    labelled = with_account_labels(workloads, accounts)
    return tuple(_with_node(one, known.get(one.node or "", ()), shared) for one in labelled)


def lent_to_hosts(hosts: Iterable[HostEndpoint], nodes: Sequence[Node]) -> tuple[HostEndpoint, ...]:
    """The host endpoints with the addresses of the nodes that they are on (A.42, A.43)."""
    known = own_addresses(nodes)
    return tuple(replace(one, node_addresses=known.get(one.node, ())) for one in hosts)


def own_addresses(nodes: Sequence[Node]) -> dict[str, tuple[str, ...]]:
    """By the names of nodes that have some, the addresses that no other Node states (A.42)."""
    shared = stated_by_several(nodes)
    known = {node.name: _but_for(node.addresses, shared) for node in nodes}
    return {name: addresses for name, addresses in known.items() if addresses}


def stated_by_several(nodes: Iterable[Node]) -> frozenset[str]:
    """The addresses that several Nodes state, so that it is not known whose they are (A.42)."""
    counted = Counter(address for node in nodes for address in node.addresses)
    return frozenset(address for address, count in counted.items() if count > 1)


def _with_node(one: Workload, stated: tuple[str, ...], shared: Set[str]) -> Workload:
    if not (stated or shared or one.host_network):
        return one  # the rule where the input has no nodes
    own, known = one.addresses, one.node_addresses
    of_node = stated or known
    if stated and not {*known}.issubset(stated):
        of_node = tuple(dict.fromkeys((*stated, *known)))
    if one.host_network and not own:
        own = _one_of_each_family(of_node)
    of_node = _but_for(of_node, shared)
    if own == one.addresses and of_node == known:
        return one
    return replace(one, addresses=own, node_addresses=of_node)


def _but_for(addresses: tuple[str, ...], shared: Set[str]) -> tuple[str, ...]:
    if shared.isdisjoint(addresses):
        return addresses
    return tuple(one for one in addresses if one not in shared)


def _one_of_each_family(addresses: Iterable[str]) -> tuple[str, ...]:
    found: dict[int, str] = {}
    for address in addresses:
        found.setdefault(ip_address(address).version, address)
    return tuple(found.values())


def apart_from(one: Workload, nodes: Container[str]) -> Workload:
    """The workload without the addresses of its node, if that is one of some.

    Two versions of an input that differ in a node lend different ones to one and the same pod.
    """
    if one.node is None or one.node not in nodes:
        return one
    return replace(one, node_addresses=(), addresses=() if one.host_network else one.addresses)


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
