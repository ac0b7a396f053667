"""Claims about tiny clusters, each with the verdict that one rule of the worlds gives it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from tests.build import namespace, policy, policy_port, requirement, selector

from netproof.verdicts import Outcome
from netproof_specs.claims import (
    AddressBlock,
    Anything,
    CannotReach,
    CanReach,
    ClaimPorts,
    ConnectionClaim,
    DeniedByDefault,
    EndpointSet,
    External,
    Group,
    IsolatedFrom,
    OnlyCanReach,
    PodNamed,
    PodsWhere,
)
from netproof_specs.model.cluster import Cluster, Namespace, Workload
from netproof_specs.model.labels import NAME_LABEL, LabelSelector
from netproof_specs.model.network_policy import BlockPeer, NetworkPolicy, Peer, PodPeer, PolicyRule
from netproof_specs.model.traffic import Direction, Protocol
from netproof_specs.worlds import World


@dataclass(frozen=True, slots=True)
class Asked:
    """A claim about a cluster with its verdict in a world, under the defaults."""

    id: str
    cluster: Cluster
    world: World
    claim: ConnectionClaim
    outcome: Outcome


def pod(
    name: str,
    address: str = "",
    node: str | None = None,
    kind: str = "Pod",
    replicas: int = 1,
    **found: str,
) -> Workload:
    """A pod or the pods of a workload in the namespace `x`; one called `agent` is a node."""
    addresses = (address,) if address else ()
    return Workload(
        kind,
        "x",
        name,
        tuple(sorted(found.items())),
        addresses=addresses,
        node=node,
        host_network=name == "agent",
        replicas=replicas,
    )


def where(*texts: str) -> LabelSelector:
    """A selector of expressions."""
    return LabelSelector(tuple(requirement(text) for text in texts))


def admitting(*peers: Peer) -> NetworkPolicy:
    """The policy x/p that admits the peers to every pod of x, and nothing without any."""
    return policy("x/p", ingress=(PolicyRule(peers, ()),) if peers else ())


def group(endpoints: EndpointSet) -> Group:
    """A group."""
    return Group(type(endpoints).__name__, endpoints)


def cannot(source: EndpointSet, destination: EndpointSet) -> CannotReach:
    """The source cannot reach the destination."""
    return CannotReach(group(source), group(destination), ())


def pod_of_node(name: str, node: str) -> Workload:
    """A pod on a node whose Node states an address by its number."""
    return replace(pod(name, node=node), node_addresses=(f"10.0.0.{node[1:]}",))


def named(name: str, kind: str | None = None) -> PodNamed:
    """The pod of that name in `x`."""
    return PodNamed("x", name, kind)


def closed(endpoints: EndpointSet) -> DeniedByDefault:
    """The pods among the endpoints are denied by default."""
    return DeniedByDefault(group(endpoints))


X = namespace("x")
Y = namespace("y", team="b")
UNDECLARED = Namespace("y", ((NAME_LABEL, "y"),), declared=False)
IN_X = PodsWhere("x")
IN_Y = PodsWhere("y")
FROM_TEAM = admitting(PodPeer(selector(team="a"), None))
FROM_BLOCK = admitting(BlockPeer("10.1.2.3/32"))
EVERY_PORT = tuple(policy_port(f"{one.value}/1-65535") for one in Protocol)
BOTH = tuple(Direction)
S, P, C = World.SNAPSHOT, World.ANY_PODS, World.ANY_CLUSTER

ASKED = (
    Asked(
        "replicas",
        Cluster((X,), (pod("web", kind="Deployment", replicas=2),)),
        S,
        cannot(named("web"), named("web")),
        Outcome.REFUTED,
    ),
    Asked(
        "one-pod",
        Cluster((X,), (pod("a"),), (admitting(),)),
        S,
        cannot(named("a"), named("a")),
        Outcome.VACUOUS,
    ),
    Asked(
        "own-node",
        Cluster((X,), (pod("a", node="n1"), pod("agent", node="n1")), (admitting(),)),
        S,
        cannot(named("agent"), named("a")),
        Outcome.VACUOUS,
    ),
    Asked(
        "address-of-the-own-node",
        Cluster((X,), (pod_of_node("a", "n1"),), (admitting(BlockPeer("10.0.0.0/8")),)),
        S,
        cannot(AddressBlock("10.0.0.1/32"), named("a")),
        Outcome.VACUOUS,
    ),
    Asked(
        "address-of-one-of-two-nodes",
        Cluster((X,), (pod_of_node("a", "n1"), pod_of_node("b", "n2"))),
        S,
        cannot(AddressBlock("10.0.0.1/32"), IN_X),
        Outcome.REFUTED,
    ),
    Asked(
        "address-of-a-pod",
        Cluster((X,), (pod("a"), pod("b", "10.1.2.3")), (FROM_BLOCK,)),
        S,
        OnlyCanReach((group(named("b")),), group(named("a")), ()),
        Outcome.PROVED,
    ),
    Asked(
        "kind-of-a-name",
        Cluster(
            (X,),
            (pod("b"), pod("web", kind="Deployment", app="web"), pod("web")),
            (policy("x/p", selector(app="web")),),
        ),
        S,
        CanReach(group(named("b")), group(named("web", "Pod")), ()),
        Outcome.PROVED,
    ),
    Asked(
        "labels-of-pods",
        Cluster((X,), (pod("a", app="a"), pod("b", app="b"))),
        S,
        cannot(PodsWhere(pods=selector(app="a")), IN_X),
        Outcome.REFUTED,
    ),
    Asked(
        "block-of-pods",
        Cluster((X,), (pod("a"), pod("b", "10.1.2.3"))),
        S,
        cannot(AddressBlock("10.1.2.3/32"), named("a")),
        Outcome.REFUTED,
    ),
    Asked(
        "every-port",
        Cluster(
            (X,), (pod("a"), pod("b")), (policy("x/p", ingress=(PolicyRule((), EVERY_PORT),)),)
        ),
        S,
        CanReach(group(named("b")), group(named("a")), ()),
        Outcome.PROVED,
    ),
    Asked(
        "udp-alone",
        Cluster(
            (X,),
            (pod("a"), pod("b")),
            (policy("x/p", ingress=(PolicyRule((), (policy_port("UDP/-"),)),)),),
        ),
        S,
        cannot(named("b"), named("a")),
        Outcome.REFUTED,
    ),
    Asked(
        "pods-and-others",
        Cluster((X,), (pod("a"),)),
        S,
        OnlyCanReach((group(PodsWhere()),), group(named("a")), ()),
        Outcome.REFUTED,
    ),
    Asked(
        "declared-labels",
        Cluster((X, Y), (), (FROM_TEAM,)),
        P,
        OnlyCanReach((group(IN_X),), group(IN_X), ()),
        Outcome.PROVED,
    ),
    Asked(
        "block-around-a-block",
        Cluster((X,), (), (FROM_BLOCK,)),
        P,
        cannot(AddressBlock("10.0.0.0/8"), IN_X),
        Outcome.REFUTED,
    ),
    Asked(
        "first-of-ports",
        Cluster((X,), (), (policy("x/p", ingress=(PolicyRule((), (policy_port("TCP/80-90"),)),)),)),
        P,
        CannotReach(group(External()), group(IN_X), (ClaimPorts(Protocol.TCP, 1, 80),)),
        Outcome.REFUTED,
    ),
    Asked(
        "both-ways",
        Cluster((X,), (), (policy("x/p", types=BOTH),)),
        P,
        IsolatedFrom(group(PodsWhere()), group(External())),
        Outcome.PROVED,
    ),
    Asked(
        "undeclared-labels",
        Cluster((X, UNDECLARED), (), (FROM_TEAM,)),
        P,
        cannot(IN_Y, IN_X),
        Outcome.REFUTED,
    ),
    Asked(
        "another-value",
        Cluster((X,), (), (admitting(PodPeer(None, where("tier exists", "tier notin web"))),)),
        P,
        OnlyCanReach((group(PodsWhere(pods=selector(tier="web"))),), group(IN_X), ()),
        Outcome.REFUTED,
    ),
    Asked(
        "absent-key",
        Cluster((X,), (), (admitting(PodPeer(None, where("tier absent"))),)),
        P,
        cannot(IN_X, IN_X),
        Outcome.REFUTED,
    ),
    Asked(
        "no-nodes", Cluster((X,), (), (admitting(),)), P, cannot(Anything(), IN_X), Outcome.PROVED
    ),
    Asked(
        "no-addresses",
        Cluster((X,), (), (FROM_BLOCK,)),
        P,
        cannot(PodsWhere(), IN_X),
        Outcome.PROVED,
    ),
    Asked(
        "one-namespace",
        Cluster((X,), (), (admitting(),)),
        C,
        cannot(PodsWhere("x", selector(team="a")), PodsWhere("x", selector(team="b"))),
        Outcome.VACUOUS,
    ),
    Asked(
        "two-namespaces",
        Cluster(),
        C,
        cannot(PodsWhere(namespaces=selector(team="a")), PodsWhere(namespaces=selector(team="b"))),
        Outcome.REFUTED,
    ),
    Asked("egress-by-default", Cluster((X,), (), (admitting(),)), P, closed(IN_X), Outcome.REFUTED),
    Asked(
        "allowed-by-a-rule",
        Cluster((X,), (), (policy("x/p", None, BOTH, (PolicyRule((), ()),)),)),
        P,
        closed(IN_X),
        Outcome.PROVED,
    ),
    Asked(
        "default-of-a-node",
        Cluster((X,), (pod("agent", node="n1"), pod("a")), (policy("x/p", None, BOTH),)),
        S,
        closed(IN_X),
        Outcome.REFUTED,
    ),
)
