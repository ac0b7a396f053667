"""Hypothesis strategies for admin-level policies, over the vocabularies of `strategies`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from hypothesis import strategies as st
from tests.strategies import (
    NAMESPACES,
    PORT_NAMES,
    RANGES,
    clusters,
    namespace_selectors,
    pod_selectors,
    protocols,
)

from netproof_specs.model.admin_policy import (
    AdminAction,
    AdminKind,
    AdminPeer,
    AdminPods,
    AdminPolicy,
    AdminPort,
    AdminRule,
    AdminTier,
    NetworksPeer,
    NodesPeer,
)
from netproof_specs.model.cluster import Cluster
from netproof_specs.model.labels import NAME_LABEL, LabelSelector, Operator, Requirement
from netproof_specs.model.nodes import Node
from netproof_specs.model.traffic import PortName, PortRange

NODES = (
    Node("n1", (("zone", "a"),), ("10.1.2.3", "2001:db8::1")),
    Node("n2", (("app", "b"), ("zone", "b")), ("203.0.113.5",)),
)
"""Nodes of which one has the address of a pod, as a hostNetwork pod does."""
NETWORKS = (
    ("0.0.0.0/0",),
    ("0.0.0.0/1", "128.0.0.0/1"),
    ("10.0.0.0/8",),
    ("10.1.0.0/16", "203.0.113.0/24"),
    ("10.1.2.3/32",),
    ("::/0",),
    ("2001:db8::/32", "0.0.0.0/0"),
)
PRIORITIES = (1, 1, 2, 1000)
"""Few, so that policies tie."""

pods: st.SearchStrategy[AdminPods] = st.one_of(
    st.builds(AdminPods, namespace_selectors, st.none()),
    st.builds(AdminPods, namespace_selectors, pod_selectors),
    st.builds(AdminPods, st.none(), pod_selectors),
    st.just(AdminPods(LabelSelector(), None)),
    st.sampled_from(NAMESPACES).map(
        lambda name: AdminPods(
            LabelSelector((Requirement(NAME_LABEL, Operator.IN, (name,)),)), None
        )
    ),
)
networks: st.SearchStrategy[NetworksPeer] = st.sampled_from(NETWORKS).map(NetworksPeer)
nodes: st.SearchStrategy[NodesPeer] = st.sampled_from(
    (
        LabelSelector(),
        LabelSelector((Requirement("zone", Operator.IN, ("a",)),)),
        LabelSelector((Requirement("app", Operator.NOT_IN, ("b",)),)),
        LabelSelector((Requirement("zone", Operator.IN, ("none",)),)),
    )
).map(lambda selector: NodesPeer(selector, NODES))
egress_peers: st.SearchStrategy[AdminPeer] = st.one_of(pods, pods, networks, nodes)

numbers = st.builds(
    AdminPort,
    st.one_of(st.none(), protocols),
    st.sampled_from((*RANGES, (81, 80))).map(lambda ends: PortRange(*ends)),
)
names = st.sampled_from(PORT_NAMES).map(lambda name: AdminPort(None, PortName(name)))


@st.composite
def rules(
    draw: st.DrawFn, peers: st.SearchStrategy[AdminPeer], actions: Sequence[AdminAction]
) -> AdminRule:
    """A rule with one or two peers; port names only beside pods (C.11, C.15)."""
    chosen = tuple(draw(st.lists(peers, min_size=1, max_size=2)))
    named = all(isinstance(peer, AdminPods) for peer in chosen)
    ports = st.lists(st.one_of(numbers, names) if named else numbers, max_size=2)
    return AdminRule("", draw(st.sampled_from(actions)), chosen, tuple(draw(ports)))


@st.composite
def admin_policies(draw: st.DrawFn, kind: AdminKind, name: str) -> AdminPolicy:
    """A policy of the kind and name."""
    actions = {
        AdminKind.ADMIN: (AdminAction.ALLOW, AdminAction.DENY, AdminAction.PASS),
        AdminKind.BASELINE: (AdminAction.ALLOW, AdminAction.DENY),
        AdminKind.CLUSTER: (AdminAction.ACCEPT, AdminAction.DENY, AdminAction.PASS),
    }[kind]
    tiers = {
        AdminKind.ADMIN: (AdminTier.ADMIN,),
        AdminKind.BASELINE: (AdminTier.BASELINE,),
        AdminKind.CLUSTER: tuple(AdminTier),
    }[kind]
    return AdminPolicy(
        kind,
        name,
        draw(st.sampled_from(tiers)),
        None if kind is AdminKind.BASELINE else draw(st.sampled_from(PRIORITIES)),
        draw(pods),
        tuple(draw(st.lists(rules(pods, actions), max_size=3))),
        tuple(draw(st.lists(rules(egress_peers, actions), max_size=3))),
    )


@st.composite
def admin_sets(draw: st.DrawFn) -> tuple[AdminPolicy, ...]:
    """One to four policies of one version of the API (C.18)."""
    if draw(st.booleans()):
        count = draw(st.sampled_from((2, 3, 4)))
        kinds = [(AdminKind.CLUSTER, f"c{number}") for number in range(count)]
    else:
        count = draw(st.sampled_from((1, 2, 3)))
        kinds = [(AdminKind.ADMIN, f"a{number}") for number in range(count)]
        kinds += [(AdminKind.BASELINE, "default")] * draw(st.integers(0, 1))
    return tuple(draw(admin_policies(kind, name)) for kind, name in kinds)


@st.composite
def mixed_clusters(draw: st.DrawFn) -> Cluster:
    """A cluster with NetworkPolicies and admin-level policies."""
    cluster = draw(clusters())
    return replace(cluster, policies=(*draw(admin_sets()), *cluster.policies), nodes=NODES)
