"""What admin-level policies ask of an input as a whole: its nodes, and one version (C.17, C.18)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from netproof_specs.frozen import replace
from netproof_specs.model.admin_policy import (
    AdminKind,
    AdminPeer,
    AdminPolicy,
    AdminRule,
    NodesPeer,
)
from netproof_specs.model.cluster import Policy
from netproof_specs.model.nodes import Node
from netproof_specs.problems import Problem


def nodes_and_versions(items: Iterable[object]) -> Iterator[Problem]:
    """Problems of the objects with each other; each is right by itself."""
    given = list(items)
    policies = [one for one in given if isinstance(one, AdminPolicy)]
    nodes = [one for one in given if isinstance(one, Node)]
    yield from _mixed(policies)
    yield from _without_nodes(policies, nodes)


def _mixed(policies: Sequence[AdminPolicy]) -> Iterator[Problem]:
    """Nothing says which of v1alpha1 and v1alpha2 comes first (C.18)."""
    newer = [one for one in policies if one.kind is AdminKind.CLUSTER]
    older = [one for one in policies if one.kind is not AdminKind.CLUSTER]
    for one in newer if older else ():
        yield Problem(
            one.where,
            f"`{one.title}` of v1alpha2 and `{older[0].title}` of v1alpha1 stand in one input: "
            "no rule says which of them comes first",
            "write all of them in one version",
            "mixed-versions",
            "C.18",
        )


def _without_nodes(policies: Sequence[AdminPolicy], nodes: Sequence[Node]) -> Iterator[Problem]:
    """A `nodes` peer stands for addresses that only Node objects tell (C.17)."""
    peers = [peer for policy in policies for peer in _nodes_peers(policy)]
    for peer in peers if not nodes else ():
        yield Problem(
            peer.where,
            "`nodes` stands for the addresses of nodes, and the input holds no Node",
            "add the Node objects: `kubectl get nodes -o yaml`",
            "no-nodes",
            "C.17",
        )
    for node in nodes if peers else ():
        if not node.addresses:
            yield Problem(
                node.where,
                f"the Node `{node.name}` states no address, and a policy has a `nodes` peer",
                "give it with its status, as `kubectl get nodes -o yaml` prints it",
                "node-without-address",
                "C.17",
            )


def _nodes_peers(policy: AdminPolicy) -> Iterator[NodesPeer]:
    for rule in policy.egress:
        yield from (peer for peer in rule.peers if isinstance(peer, NodesPeer))


def asks_for_nodes(policy: Policy) -> bool:
    """Whether some peer of the policy is `nodes`."""
    return isinstance(policy, AdminPolicy) and any(_nodes_peers(policy))


def with_nodes(policy: Policy, nodes: tuple[Node, ...]) -> Policy:
    """The policy with the input's nodes at each of its `nodes` peers (C.17)."""
    if not isinstance(policy, AdminPolicy) or not asks_for_nodes(policy):
        return policy
    return replace(policy, egress=tuple(_rule(rule, nodes) for rule in policy.egress))


def _rule(rule: AdminRule, nodes: tuple[Node, ...]) -> AdminRule:
    return replace(rule, peers=tuple(_peer(peer, nodes) for peer in rule.peers))


def _peer(peer: AdminPeer, nodes: tuple[Node, ...]) -> AdminPeer:
    return replace(peer, known=nodes) if isinstance(peer, NodesPeer) else peer
