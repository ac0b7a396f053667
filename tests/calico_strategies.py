"""Hypothesis strategies for Calico's policies, tiers and sets, over the vocabularies of strategies.

What commands do not decide on yet is left out (`netproof.undecided`).
"""

from __future__ import annotations

from dataclasses import replace

from hypothesis import strategies as st
from tests.admin_strategies import mixed_clusters
from tests.strategies import (
    ACCOUNT_KEYS,
    ACCOUNTS,
    BLOCKS,
    NAMESPACE_KEYS,
    NAMESPACES,
    POD_KEYS,
    PORT_NAMES,
    RANGES,
    VALUES,
    clusters,
    container_ports,
    lent,
    pod_labels,
)

from netproof_specs.model.calico import (
    AccountMatch,
    CalicoAction,
    CalicoNetworkPolicy,
    CalicoObject,
    CalicoPort,
    CalicoRule,
    CalicoSpec,
    CalicoTier,
    EntityRule,
    Forward,
    GlobalNetworkPolicy,
    NetworkSet,
    Profile,
)
from netproof_specs.model.calico_selectors import Selector
from netproof_specs.model.cluster import Cluster, Namespace, Workload
from netproof_specs.model.connections import DYNAMIC_PORT
from netproof_specs.model.felix import FailsafePort, FelixConfiguration
from netproof_specs.model.hosts import HostEndpoint, HostPort
from netproof_specs.model.traffic import Direction, Family, PortName, PortRange, Protocol
from netproof_specs.readers.calico_selector_text import parse_selector

NETS = tuple(cidr for cidr, _ in BLOCKS)
FOURS = tuple(net for net in NETS if ":" not in net)
SIXES = tuple(net for net in NETS if ":" in net)
ENDPOINT_KEYS = (
    *POD_KEYS,
    *(f"pcns.{key}" for key in NAMESPACE_KEYS),
    *("projectcalico.org/namespace", "projectcalico.org/orchestrator"),
    "pcns.projectcalico.org/name",
    *("projectcalico.org/serviceaccount", "pcsa.projectcalico.org/name", "pcsa.role"),
)
OWN_ACCOUNT_KEYS = (*ACCOUNT_KEYS, "projectcalico.org/name")
OWN_NAMESPACE_KEYS = (*NAMESPACE_KEYS, "projectcalico.org/name", "kubernetes.io/metadata.name")
TEXTS = (*VALUES, *NAMESPACES, "k8s", "no label", "other", *ACCOUNTS[:4])
ORDERS = (None, -1.0, 1.0, 999.0, 1000.0, 1001.0, 2000.0)
"""The third but last is that of Kubernetes' own policies, and few, so that policies tie."""
SOURCE_PORTS = (1024, DYNAMIC_PORT)
"""A range whose end is the port that connections come from where nothing says another."""
TESTS = ("contains", "starts with", "ends with")
TIERS = ("default", "first", "last", "kube-admin", "kube-baseline")


def texts_of(keys: tuple[str, ...]) -> st.SearchStrategy[str]:
    """Selectors over the keys, as text."""
    key, text = st.sampled_from(keys), st.sampled_from(TEXTS).map("'{}'".format)
    texts = ("", "a", "b", "bc", "1", "x-", ".", "othe", " ", "er", "-name")
    part = st.sampled_from(texts).map("'{}'".format)
    leaves = st.one_of(
        st.just("all()"),
        st.just("all( )"),
        st.builds("has({})".format, key),
        st.builds("{} == {}".format, key, text),
        st.builds("{} != {}".format, key, text),
        st.builds("{} in {{{}, {}}}".format, key, text, text),
        st.builds("{} not in {{{}}}".format, key, text),
    )
    tested = st.builds("{} {} {}".format, key, st.sampled_from(TESTS), part)
    leaves = st.one_of(leaves, tested)
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            st.builds("!({})".format, inner),
            st.builds("({} && {})".format, inner, inner),
            st.builds("({} || {})".format, inner, inner),
        ),
        max_leaves=3,
    )


def selector_of(text: str) -> Selector:
    """The selector of a text that is not empty."""
    tree = parse_selector(text)
    assert tree is not None
    return Selector(text, tree)


endpoint_selectors = st.one_of(st.none(), texts_of(ENDPOINT_KEYS).map(selector_of))
namespace_selectors = st.one_of(st.none(), texts_of(OWN_NAMESPACE_KEYS).map(selector_of))
peer_namespaces = st.one_of(namespace_selectors, st.just("global()").map(selector_of))
account_selectors = st.one_of(st.none(), texts_of(OWN_ACCOUNT_KEYS).map(selector_of))
account_matches = st.builds(
    AccountMatch,
    st.lists(st.sampled_from((*ACCOUNTS, "Illegal_Name")), max_size=2, unique=True).map(tuple),
    account_selectors,
)
source_ports: st.SearchStrategy[CalicoPort] = st.one_of(
    st.sampled_from((*RANGES, SOURCE_PORTS)).map(lambda ends: PortRange(*ends)),
    st.sampled_from(PORT_NAMES).map(PortName),
)
ports: st.SearchStrategy[CalicoPort] = st.one_of(
    st.sampled_from(RANGES).map(lambda ends: PortRange(*ends)),
    st.sampled_from(PORT_NAMES).map(PortName),
)


def few(found: st.SearchStrategy[str]) -> st.SearchStrategy[tuple[str, ...]]:
    """Up to two different ones, most often none."""
    return st.one_of(st.just(()), st.just(()), st.lists(found, max_size=2, unique=True).map(tuple))


@st.composite
def entities(draw: st.DrawFn, nets: tuple[str, ...], at_destination: bool) -> EntityRule:
    """One end of a rule; ports of the source less often."""
    asks = draw(st.booleans())
    found = EntityRule(
        selector=draw(endpoint_selectors) if asks else None,
        not_selector=draw(endpoint_selectors) if draw(st.integers(0, 3)) == 0 else None,
        namespace_selector=draw(peer_namespaces) if draw(st.integers(0, 2)) == 0 else None,
        accounts=draw(account_matches) if draw(st.integers(0, 3)) == 0 else None,
        nets=draw(few(st.sampled_from(nets))),
        not_nets=draw(few(st.sampled_from([net for net in nets if not net.endswith("/0")]))),
    )
    own = ports if at_destination else source_ports
    often = st.just([]) if at_destination else st.sampled_from(([], [], []))
    return replace(
        found,
        ports=tuple(draw(st.one_of(often, st.lists(own, max_size=2)))),
        not_ports=tuple(draw(st.one_of(often, st.just([]), st.lists(own, max_size=1)))),
    )


@st.composite
def calico_rules(draw: st.DrawFn) -> CalicoRule:
    """A rule with any criteria that are decided."""
    nets = draw(st.sampled_from((FOURS, FOURS, SIXES)))
    return CalicoRule(
        action=draw(st.sampled_from(CalicoAction)),
        protocol=draw(st.sampled_from((None, "TCP", "TCP", 17, "ICMP", 50))),
        not_protocol=draw(st.sampled_from((None, None, None, "SCTP", 6))),
        ip_version=draw(st.sampled_from((None, None, None, *Family))),
        source=draw(entities(nets, False)),
        destination=draw(entities(nets, True)),
    )


@st.composite
def specs(draw: st.DrawFn, order: float | None) -> CalicoSpec:
    """What a policy states, its types among it."""
    given_types = draw(
        st.sampled_from((tuple(Direction), (Direction.INGRESS,), (Direction.EGRESS,), None, ()))
    )
    rules = st.lists(calico_rules(), max_size=3).map(tuple)
    return CalicoSpec(
        tier=draw(st.sampled_from((None, None, *TIERS))),
        order=order,
        selector=draw(endpoint_selectors),
        account_selector=draw(account_selectors) if draw(st.integers(0, 2)) == 0 else None,
        types=given_types,
        ingress=draw(st.one_of(st.none(), rules)),
        egress=draw(st.one_of(st.none(), rules)),
    )


failsafe_ports = st.builds(
    FailsafePort,
    st.sampled_from((Protocol.TCP, Protocol.TCP, Protocol.UDP)),
    st.sampled_from((80, 80, 53, 22, 6443)),
    st.one_of(st.just(""), st.sampled_from(NETS)),
)
failsafe_lists = st.one_of(st.none(), st.lists(failsafe_ports, max_size=2).map(tuple))


@st.composite
def felix_configurations(draw: st.DrawFn) -> list[FelixConfiguration]:
    """Of no node, of all, and of two at most, one of which may be called as an invented one is.

    Some say what the one of all nodes says.
    """
    nodes = st.sampled_from(("node.n1", "node.n3", "node.any-node", "node.m9"))
    names = ["default"] * draw(st.integers(0, 1))
    names += draw(st.lists(nodes, max_size=2, unique=True))
    lists: list[tuple[tuple[FailsafePort, ...] | None, tuple[FailsafePort, ...] | None]] = []
    for _ in names:
        drawn = draw(failsafe_lists), draw(failsafe_lists)
        lists.append(drawn if draw(st.integers(0, 2)) else (*lists, drawn)[0])
    pairs = zip(sorted(names), lists, strict=True)
    return [FelixConfiguration(name, *found) for name, found in pairs]


@st.composite
def calico_objects(draw: st.DrawFn, among: tuple[Namespace, ...]) -> tuple[CalicoObject, ...]:
    """Up to four policies, of which some tie, two tiers of their own and three network sets.

    In some clusters agents are configured to keep other ports of hosts open.
    """
    found: list[CalicoObject] = [
        *(draw(felix_configurations()) if draw(st.booleans()) else ()),
        CalicoTier("first", 5.0, draw(st.sampled_from((None, CalicoAction.PASS)))),
        CalicoTier("last", draw(st.sampled_from((None, 2_000_000.0))), None),
    ]
    for number in range(2):
        nets = draw(st.lists(st.sampled_from(NETS), max_size=2, unique=True))
        found.append(NetworkSet("", f"s{number}", draw(pod_labels), tuple(nets)))
    home = draw(st.sampled_from(among))
    nets = draw(st.lists(st.sampled_from(NETS), max_size=2, unique=True))
    found.append(NetworkSet(home.name, "own", draw(pod_labels), tuple(nets), home.labels))
    orders = draw(st.lists(st.sampled_from(ORDERS), max_size=4))
    for number, order in enumerate(orders):
        spec = draw(specs(order))
        if draw(st.booleans()):
            namespace = draw(st.sampled_from(among)).name
            found.append(CalicoNetworkPolicy(namespace, f"c{number}", spec))
        else:
            found.append(GlobalNetworkPolicy(f"g{number}", spec, draw(namespace_selectors)))
    return tuple(found)


@st.composite
def calico_clusters(draw: st.DrawFn) -> Cluster:
    """A cluster with policies of Kubernetes, often of the admin level too, and Calico's objects."""
    cluster = draw(st.one_of(clusters(), mixed_clusters()))
    workloads = (
        replace(one, init_ports=draw(st.one_of(st.just(()), container_ports)))
        for one in cluster.workloads
    )
    return replace(
        cluster,
        workloads=tuple(workloads),
        policies=(*cluster.policies, *draw(calico_objects(cluster.namespaces))),
    )


HOST_LABELS = (*POD_KEYS, "projectcalico.org/namespace", "pcns.team", "pcsa.role")
HOST_ADDRESSES = ("10.1.2.77", "192.0.2.77", "2001:db8::77")
host_ports = st.builds(
    HostPort,
    st.sampled_from(PORT_NAMES),
    st.sampled_from(("TCP", 17, "SCTP")),
    st.sampled_from((80, 81, 53)),
)


@st.composite
def host_endpoints(draw: st.DrawFn, name: str) -> HostEndpoint:
    """A host endpoint of the name, with any labels, addresses, profiles and ports."""
    labels = draw(
        st.dictionaries(
            st.sampled_from(HOST_LABELS), st.sampled_from((*VALUES, *NAMESPACES)), max_size=2
        )
    )
    return HostEndpoint(
        name,
        tuple(sorted(labels.items())),
        draw(st.sampled_from(("n1", "n2", "n3"))),
        "*",
        draw(st.lists(st.sampled_from(HOST_ADDRESSES), max_size=2, unique=True).map(tuple)),
        draw(st.lists(st.sampled_from(PROFILES), max_size=2, unique=True).map(tuple)),
        draw(st.lists(host_ports, max_size=2).map(tuple)),
    )


PROFILES = ("open", "other", "missing", "projectcalico-default-allow")


@st.composite
def profiles(draw: st.DrawFn, name: str) -> Profile:
    """A profile of the name with labels that it applies and a few rules."""
    rules = st.lists(calico_rules(), max_size=2).map(tuple)
    return Profile(name, draw(pod_labels), draw(rules), draw(rules))


@st.composite
def beside_hosts(draw: st.DrawFn, workload: Workload, hosts: tuple[HostEndpoint, ...]) -> Workload:
    """The workload on a node, often with an address of a host endpoint if it uses that network."""
    if not workload.host_network or workload.node is None:
        return replace(workload, host_network=False)
    own = [one for host in hosts if host.node == workload.node for one in host.addresses]
    if own and draw(st.booleans()):
        return replace(workload, addresses=(draw(st.sampled_from(own)),))
    return workload


@st.composite
def forwarding_policies(draw: st.DrawFn, number: int) -> GlobalNetworkPolicy:
    """A policy for what hosts let through, most often of all of them or of some kind."""
    whole = draw(specs(draw(st.sampled_from(ORDERS))))
    kind = draw(st.sampled_from((None, None, "app == 'a'", "app != 'a'", "has(app)", "!has(app)")))
    chosen = None if kind is None else selector_of(kind)
    narrow = replace(whole, selector=chosen, account_selector=None)
    spec = draw(st.sampled_from((whole, narrow, narrow)))
    return GlobalNetworkPolicy(f"f{number}", spec, None, forward=Forward.APPLIED)


@st.composite
def forwarding_clusters(draw: st.DrawFn) -> Cluster:
    """The same with policies for what hosts let through, and interfaces that have a name.

    With those it is not known which of them a pod on its host's network passes.
    """
    cluster = draw(host_clusters())
    named = draw(st.booleans())
    forwarding = [draw(forwarding_policies(number)) for number in range(draw(st.integers(1, 3)))]
    found = replace(
        cluster,
        workloads=tuple(
            replace(one, host_network=one.host_network and not named, node=node)
            for one in cluster.workloads
            for node in (draw(st.sampled_from((one.node, "n1", "n2"))),)
        ),
        policies=(*cluster.policies, *forwarding),
        hosts=tuple(
            replace(one, interface=draw(st.sampled_from(("*", "eth0")))) if named else one
            for one in cluster.hosts
        ),
    )
    return lent(found)


@st.composite
def host_clusters(draw: st.DrawFn) -> Cluster:
    """A cluster with host endpoints and objects of Calico, without what is not decided on there."""
    cluster = draw(st.one_of(clusters(), mixed_clusters()))
    listed = [draw(host_endpoints(f"h{number}")) for number in range(draw(st.integers(1, 2)))]
    # Two host endpoints have two addresses.
    hosts, taken = [], set[str]()
    for one in listed:
        free = tuple(address for address in one.addresses if address not in taken)
        hosts.append(replace(one, addresses=free))
        taken.update(free)
    own = (draw(profiles("open")), draw(profiles("other")))
    found = replace(
        cluster,
        workloads=tuple(draw(beside_hosts(one, tuple(hosts))) for one in cluster.workloads),
        policies=(*cluster.policies, *draw(calico_objects(cluster.namespaces)), *own),
        hosts=tuple(hosts),
    )
    return lent(found)
