"""Hypothesis strategies for clusters, connections and claims over small vocabularies.

The vocabularies are small so that selectors meet labels, blocks meet addresses and names meet
declared ports often. The model is built directly, as the readers would build it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from hypothesis import strategies as st

from netproof_specs.assumptions import Assumption, Assumptions
from netproof_specs.claims import (
    AddressBlock,
    AnyOf,
    Anything,
    CannotReach,
    CanReach,
    CanReachOnly,
    ClaimPorts,
    ConnectionClaim,
    DeniedByDefault,
    EndpointSet,
    External,
    Group,
    GroupOnPorts,
    IsolatedFrom,
    MayReach,
    OnlyCanReach,
    PodNamed,
    PodsWhere,
    Ports,
)
from netproof_specs.loading.lending import lent_to_hosts, lent_to_workloads
from netproof_specs.model.accounts import ServiceAccount
from netproof_specs.model.cluster import Cluster, ContainerPort, Namespace, Workload
from netproof_specs.model.connections import (
    Connection,
    Endpoint,
    ExternalEndpoint,
    PodEndpoint,
    pod_of,
)
from netproof_specs.model.labels import NAME_LABEL, Labels, LabelSelector, Operator, Requirement
from netproof_specs.model.network_policy import (
    BlockPeer,
    NetworkPolicy,
    Peer,
    PodPeer,
    PolicyPort,
    PolicyRule,
)
from netproof_specs.model.nodes import Node
from netproof_specs.model.traffic import Direction, Family, PortName, PortRange, Protocol
from netproof_specs.worlds import World

NAMESPACES = ("x", "y", "z")
POD_KEYS = ("app", "tier")
NAMESPACE_KEYS = ("team", "app")
VALUES = ("a", "b", "")
BLOCKS = (
    ("0.0.0.0/0", ("10.0.0.0/8", "10.1.0.0/16", "203.0.113.5/32")),
    ("10.0.0.0/8", ("10.1.0.0/16", "10.1.2.0/24", "10.1.2.3/32")),
    ("10.1.0.0/16", ("10.1.2.0/24",)),
    ("10.1.2.3/32", ()),
    ("203.0.113.0/24", ("203.0.113.5/32",)),
    ("::/0", ("2001:db8::/32", "2001:db8::1/128")),
    ("2001:db8::/32", ("2001:db8:1::/48",)),
    ("2001:db8::1/128", ()),
)
"""Blocks, each with the blocks that may be excepted from it (B.16)."""
POD_ADDRESSES = ("10.1.2.3", "10.1.9.9", "10.2.0.1", "198.51.100.7")
POD_ADDRESSES_6 = ("2001:db8::1", "2001:db8:1::1", "fd00::1")
EXTERNAL_ADDRESSES = (
    "10.1.2.4",
    "10.3.0.1",
    "203.0.113.5",
    "203.0.113.6",
    "203.0.113.7",
    "8.8.8.8",
    "8.8.4.4",
    "2001:db8::2",
    "2001:db8:1::2",
    "fd00::2",
    "fd00::3",
)
"""Addresses that no pod has."""
PORTS = (1, 53, 79, 80, 81, 8080, 65535)
RANGES = ((80, 80), (80, 81), (53, 80), (1, 65535), (8080, 8080), (81, 65535))
PORT_NAMES = ("http", "dns")
NODES = (None, "n1", "n2")
NODE_ADDRESSES = (
    ("10.1.2.3", "2001:db8::1"),
    ("203.0.113.5", "fd00::2"),
    ("203.0.113.6", "203.0.113.5"),
    ("8.8.8.8", "10.1.2.3"),
    (),
)
"""What a Node object may state: some of it alone in a mentioned block, some of it a pod's too."""
LONG_ACCOUNT = "long" * 16
ACCOUNTS = ("default", "reader", "writer", LONG_ACCOUNT, LONG_ACCOUNT + "er")
"""Names of service accounts, some of them too long for a label (D.15)."""
ACCOUNT_KEYS = ("role", "app")

protocols = st.sampled_from(Protocol)


def _labels(keys: Sequence[str]) -> st.SearchStrategy[Labels]:
    return st.dictionaries(st.sampled_from(keys), st.sampled_from(VALUES), max_size=2).map(
        lambda labels: tuple(sorted(labels.items()))
    )


pod_labels = _labels(POD_KEYS)


@st.composite
def namespaces(draw: st.DrawFn, name: str) -> Namespace:
    """A namespace of the name with any labels besides the automatic one."""
    labels = dict(draw(_labels(NAMESPACE_KEYS))) | {NAME_LABEL: name}
    return Namespace(name, tuple(sorted(labels.items())), declared=True)


def _undeclared(name: str) -> st.SearchStrategy[Namespace]:
    """A namespace that the input only refers to (A.52)."""
    return st.just(Namespace(name, ((NAME_LABEL, name),), declared=False))


@st.composite
def requirements(draw: st.DrawFn, keys: Sequence[str]) -> Requirement:
    """A requirement on one of the keys, with every operator."""
    key = draw(st.sampled_from(keys))
    operator = draw(st.sampled_from(Operator))
    if operator in (Operator.EXISTS, Operator.DOES_NOT_EXIST):
        return Requirement(key, operator)
    pool = (*NAMESPACES, "other") if key == NAME_LABEL else VALUES
    values = draw(st.lists(st.sampled_from(pool), min_size=1, max_size=2))
    return Requirement(key, operator, tuple(values))


def _selectors(keys: Sequence[str]) -> st.SearchStrategy[LabelSelector]:
    return st.lists(requirements(keys), max_size=2).map(lambda found: LabelSelector(tuple(found)))


pod_selectors = _selectors(POD_KEYS)
subjects = st.one_of(st.just(LabelSelector()), pod_selectors)
namespace_selectors = _selectors((*NAMESPACE_KEYS, NAME_LABEL))


@st.composite
def pod_peers(draw: st.DrawFn) -> PodPeer:
    """A peer with a namespace selector, a pod selector or both."""
    given_namespaces, given_pods = draw(
        st.sampled_from(((True, False), (False, True), (True, True)))
    )
    return PodPeer(
        draw(namespace_selectors) if given_namespaces else None,
        draw(pod_selectors) if given_pods else None,
    )


@st.composite
def block_peers(draw: st.DrawFn) -> BlockPeer:
    """An address block of either family with up to two excepts."""
    cidr, inside = draw(st.sampled_from(BLOCKS))
    if not inside:
        return BlockPeer(cidr)
    return BlockPeer(cidr, tuple(draw(st.lists(st.sampled_from(inside), max_size=2))))


peers: st.SearchStrategy[Peer] = st.one_of(pod_peers(), block_peers())

policy_ports = st.builds(
    PolicyPort,
    st.one_of(st.none(), protocols),
    st.one_of(
        st.none(),
        st.sampled_from(RANGES).map(lambda ends: PortRange(*ends)),
        st.sampled_from(PORT_NAMES).map(PortName),
    ),
)

rules = st.builds(
    PolicyRule,
    st.lists(peers, max_size=2).map(tuple),
    st.lists(policy_ports, max_size=2).map(tuple),
)

policy_types = st.sampled_from(
    (
        (Direction.INGRESS, Direction.EGRESS),
        (),
        (Direction.INGRESS,),
        (Direction.EGRESS,),
        (Direction.INGRESS, Direction.INGRESS),
    )
)


@st.composite
def policies(draw: st.DrawFn, name: str, among: Sequence[str] = NAMESPACES) -> NetworkPolicy:
    """A policy of the name in one of the namespaces."""
    return NetworkPolicy(
        namespace=draw(st.sampled_from(among)),
        name=name,
        subject=draw(subjects),
        policy_types=draw(policy_types),
        ingress=tuple(draw(st.lists(rules, max_size=2))),
        egress=tuple(draw(st.lists(rules, max_size=2))),
    )


container_ports = st.lists(
    st.builds(ContainerPort, st.sampled_from((*PORT_NAMES, "")), protocols, st.sampled_from(PORTS)),
    max_size=3,
).map(tuple)

_addresses = st.one_of(
    st.just(()),
    st.sampled_from(POD_ADDRESSES).map(lambda four: (four,)),
    st.sampled_from(POD_ADDRESSES_6).map(lambda six: (six,)),
    st.tuples(st.sampled_from(POD_ADDRESSES), st.sampled_from(POD_ADDRESSES_6)),
)
_host_network = st.sampled_from((False, False, False, False, False, True))


@st.composite
def workloads(draw: st.DrawFn, name: str, among: Sequence[str] = NAMESPACES) -> Workload:
    """A running pod, or a Deployment of one or two pods without known addresses."""
    kind = draw(st.sampled_from(("Pod", "Pod", "Deployment")))
    running = kind == "Pod"
    return Workload(
        kind=kind,
        namespace=draw(st.sampled_from(among)),
        name=name,
        labels=draw(pod_labels),
        ports=draw(container_ports),
        addresses=draw(_addresses) if running else (),
        node=draw(st.sampled_from(NODES)) if running else None,
        host_network=draw(_host_network),
        replicas=1 if running else draw(st.integers(1, 2)),
        owner=draw(st.sampled_from((None, ("ReplicaSet", "web")))) if running else None,
    )


@st.composite
def clusters(draw: st.DrawFn) -> Cluster:
    """One to three namespaces, two to four workloads and up to four policies."""
    names = draw(st.sampled_from((("x",), ("x", "y"), ("x", "y", "z"))))
    cluster = Cluster(
        namespaces=tuple(draw(st.one_of(namespaces(name), _undeclared(name))) for name in names),
        workloads=tuple(
            sorted(
                (
                    draw(workloads(f"w{number}", names))
                    for number in range(draw(st.sampled_from((3, 4, 2))))
                ),
                key=lambda workload: (workload.namespace, workload.name),
            )
        ),
        policies=tuple(
            sorted(
                (
                    draw(policies(f"p{number}", names))
                    for number in range(draw(st.sampled_from((4, 3, 2, 1, 0))))
                ),
                key=lambda policy: (policy.namespace, policy.name),
            )
        ),
    )
    cluster = draw(with_accounts(cluster)) if draw(st.booleans()) else cluster
    return draw(with_nodes(cluster)) if draw(st.booleans()) else cluster


@st.composite
def with_nodes(draw: st.DrawFn, cluster: Cluster) -> Cluster:
    """The cluster with Node objects, whose addresses the pods and host endpoints on them know."""
    stated = ((name, draw(st.sampled_from(NODE_ADDRESSES))) for name in NODES if name is not None)
    return lent(replace(cluster, nodes=tuple(Node(name, (), some) for name, some in stated)))


def lent(cluster: Cluster) -> Cluster:
    """The cluster whose pods and host endpoints know the addresses of their nodes."""
    return replace(
        cluster,
        workloads=lent_to_workloads(cluster.workloads, cluster.accounts, cluster.nodes),
        hosts=lent_to_hosts(cluster.hosts, cluster.nodes),
    )


@st.composite
def with_accounts(draw: st.DrawFn, cluster: Cluster) -> Cluster:
    """The cluster with service accounts, of which the workloads run as one each."""
    names = [one.name for one in cluster.namespaces]
    titles = draw(st.sets(st.tuples(st.sampled_from(names), st.sampled_from(ACCOUNTS)), max_size=3))
    labels = {title: draw(_labels(ACCOUNT_KEYS)) for title in sorted(titles)}

    def running(workload: Workload) -> Workload:
        known = [name for space, name in labels if space == workload.namespace]
        name = draw(st.sampled_from((*known, *ACCOUNTS[:2])))
        own = labels.get((workload.namespace, name), ())
        return replace(workload, service_account=name, account_labels=own)

    return replace(
        cluster,
        workloads=tuple(map(running, cluster.workloads)),
        accounts=tuple(ServiceAccount(*title, own) for title, own in labels.items()),
    )


def pods_of(cluster: Cluster) -> tuple[PodEndpoint, ...]:
    """Every pod of the cluster, each replica as one."""
    named = {namespace.name: namespace for namespace in cluster.namespaces}
    return tuple(
        pod_of(workload, named[workload.namespace], replica)
        for workload in cluster.workloads
        for replica in range(1, workload.replicas + 1)
    )


@st.composite
def invented_pods(draw: st.DrawFn, name: str, inside: Namespace) -> PodEndpoint:
    """A pod of the name that no manifest holds, with any labels and container ports."""
    return PodEndpoint(
        namespace=inside,
        name=name,
        labels=draw(pod_labels),
        ports=draw(container_ports),
        invented=True,
    )


@st.composite
def connections(draw: st.DrawFn, cluster: Cluster, world: World = World.SNAPSHOT) -> Connection:
    """A connection of the world, some of them out of every claim's scope (A.41 to A.43).

    In the open worlds both pods are invented; in `any-cluster` so are their namespaces, which
    may bear the names of the cluster's with other labels. A namespace keeps its labels within
    one connection.
    """
    first = draw(_endpoints(cluster, world, "first"))
    second = draw(_endpoints(cluster, world, "second"))
    source, destination = draw(st.sampled_from(((first, second), (second, first))))
    if isinstance(source, ExternalEndpoint):
        destination = draw(_pods(cluster, world, "second"))
    if isinstance(source, PodEndpoint) and isinstance(destination, PodEndpoint):
        destination = in_one_namespace(source, destination)
    return Connection(
        source=source,
        destination=destination,
        protocol=draw(protocols),
        port=draw(st.sampled_from(PORTS)),
        family=_family(source, destination) or draw(st.sampled_from(Family)),
    )


def in_one_namespace(source: PodEndpoint, destination: PodEndpoint) -> PodEndpoint:
    """The destination, in the source's namespace where it is one of the same name."""
    if source.namespace.name != destination.namespace.name:
        return destination
    return replace(destination, namespace=source.namespace)


def _family(*ends: Endpoint) -> Family | None:
    for end in ends:
        if isinstance(end, ExternalEndpoint):
            return Family.IPV6 if ":" in end.address else Family.IPV4
    return None


def _endpoints(cluster: Cluster, world: World, name: str) -> st.SearchStrategy[Endpoint]:
    pods = _pods(cluster, world, name)
    return st.one_of(pods, pods, st.sampled_from(EXTERNAL_ADDRESSES).map(ExternalEndpoint))


def _pods(cluster: Cluster, world: World, name: str) -> st.SearchStrategy[PodEndpoint]:
    if world is World.SNAPSHOT:
        return st.sampled_from(pods_of(cluster))
    if world is World.ANY_PODS:
        inside: st.SearchStrategy[Namespace] = st.sampled_from(cluster.namespaces)
    else:
        inside = st.sampled_from(NAMESPACES).flatmap(namespaces)
    return inside.flatmap(lambda namespace: invented_pods(name, namespace))


assumptions: st.SearchStrategy[Assumptions] = st.frozensets(st.sampled_from(Assumption))
"""Any answers to the questions that Kubernetes leaves open."""


def _blocks() -> st.SearchStrategy[EndpointSet]:
    return st.sampled_from([cidr for cidr, _ in BLOCKS]).map(AddressBlock)


def _named(cluster: Cluster) -> st.SearchStrategy[EndpointSet]:
    named = [PodNamed(pod.namespace, pod.name) for pod in cluster.workloads]
    kinds = [PodNamed(pod.namespace, pod.name, pod.kind) for pod in cluster.workloads]
    owners = [
        PodNamed(pod.namespace, pod.owner[1], kind)
        for pod in cluster.workloads
        if pod.owner is not None
        for kind in (None, pod.owner[0], "Deployment")
    ]
    return st.sampled_from([*named, *kinds, *owners, PodNamed("x", "nobody")])


def endpoint_sets(
    cluster: Cluster, world: World = World.SNAPSHOT
) -> st.SearchStrategy[EndpointSet]:
    """Any form of group that the world knows; lists hold up to three members."""
    where: st.SearchStrategy[EndpointSet] = st.builds(
        PodsWhere,
        st.one_of(st.none(), st.none(), st.sampled_from(NAMESPACES)),
        st.one_of(st.none(), namespace_selectors),
        st.one_of(st.none(), pod_selectors),
        st.sampled_from((None, None, None, *ACCOUNTS[:4])),
    )
    named = _named(cluster) if world is World.SNAPSHOT else where
    single = st.one_of(where, where, named, _blocks(), st.just(External()), st.just(Anything()))
    lists = st.lists(single, min_size=1, max_size=3).map(lambda found: AnyOf(tuple(found)))
    return st.one_of(single, single, single, lists)


claim_ports: st.SearchStrategy[Ports] = st.lists(
    st.builds(
        lambda protocol, ends: ClaimPorts(protocol, *ends), protocols, st.sampled_from(RANGES)
    ),
    max_size=2,
).map(tuple)


def claims(cluster: Cluster, world: World = World.SNAPSHOT) -> st.SearchStrategy[ConnectionClaim]:
    """Any claim about connections of the world, over groups that the cluster may hold."""
    groups = endpoint_sets(cluster, world).map(
        lambda endpoints: Group(type(endpoints).__name__, endpoints)
    )
    sides = st.builds(GroupOnPorts, groups, claim_ports)
    return st.one_of(
        st.builds(CannotReach, groups, groups, claim_ports),
        st.builds(CanReach, groups, groups, claim_ports),
        st.builds(
            CanReachOnly,
            groups,
            st.lists(sides, min_size=1, max_size=2).map(tuple),
            st.one_of(st.none(), groups),
        ),
        st.builds(
            OnlyCanReach,
            st.lists(groups, min_size=1, max_size=2).map(tuple),
            groups,
            claim_ports,
        ),
        st.builds(MayReach, groups, groups, claim_ports),
        st.builds(IsolatedFrom, groups, groups),
        st.builds(DeniedByDefault, groups),
    )
