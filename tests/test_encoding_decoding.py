"""Decoding gives back the connection that the symbols describe, and a readable one at that."""

from __future__ import annotations

import random
from dataclasses import replace
from ipaddress import ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.agreement import belongs, pin, pinned
from tests.asked import cannot, pod, where
from tests.build import namespace, policy, policy_port, selector
from tests.provers import answers_to
from tests.samples import some_connections
from tests.strategies import clusters
from tests.test_agreement import VALUATIONS

from netproof.oracle.claims import in_scope
from netproof.solving import Answer, Limits, Session
from netproof_encodings.models.decoding import decode, symbols
from netproof_encodings.obligations.claims import Stage, literals, require, stage
from netproof_specs.assumptions import DEFAULTS
from netproof_specs.claims import (
    AddressBlock,
    ConnectionClaim,
    EndpointSet,
    External,
    PodNamed,
    PodsWhere,
    Statement,
)
from netproof_specs.model.cluster import Cluster, Workload
from netproof_specs.model.connections import Connection, Endpoint, ExternalEndpoint
from netproof_specs.model.labels import NAME_LABEL
from netproof_specs.model.network_policy import PolicyRule
from netproof_specs.worlds import World


@pytest.fixture(scope="module")
def session() -> Session:
    return Session("", Limits())


@given(data=st.data(), world=st.sampled_from(World), seed=st.integers(0, 2**32))
def test_decoding_undoes_encoding(
    session: Session, data: st.DataObject, world: World, seed: int
) -> None:
    """The decoded connection has the symbols' values, addresses but for the blocks around them."""
    on = stage(data.draw(clusters()), world, [AddressBlock("10.1.0.0/16")])
    rng = random.Random(seed)
    assumptions = rng.choice(VALUATIONS)
    for connection in some_connections(on, rng, 3):
        if not belongs(on, connection, assumptions):
            continue
        session.push(on.text + "".join(require(on, term) for term in pin(on, connection)))
        assert session.check(literals(on, assumptions, None)) is Answer.SAT
        decoded = decode(on, session.values(symbols(on)))
        session.pop()
        assert in_scope(decoded, assumptions)
        assert regions(on, decoded) == regions(on, connection)
        left, right = pinned(on, decoded), pinned(on, connection)
        for end, one in zip(on.space.ends, (decoded.source, decoded.destination), strict=True):
            if isinstance(one, ExternalEndpoint):
                left.pop(f"{end.prefix}.ipv{decoded.family.value}")
                right.pop(f"{end.prefix}.ipv{decoded.family.value}")
        assert left == right


def regions(on: Stage, connection: Connection) -> list[list[bool] | None]:
    """For each end outside the cluster, which mentioned blocks hold it."""
    return [region(on, end) for end in (connection.source, connection.destination)]


def region(on: Stage, end: Endpoint) -> list[bool] | None:
    """Which mentioned blocks hold an external address."""
    if not isinstance(end, ExternalEndpoint):
        return None
    return [ip_address(end.address) in ip_network(one) for one in on.scene.vocabulary.blocks]


def counterexample(cluster: Cluster, world: World, claim: ConnectionClaim) -> Connection:
    """The connection that refutes the claim."""
    answers = answers_to(cluster, world, [claim], DEFAULTS)
    verdict = answers.verdict(Statement("C", "C", claim), claim)
    assert verdict.counterexample is not None
    return verdict.counterexample.connection


def title(end: Endpoint) -> str:
    """The end as a person would name it."""
    if isinstance(end, ExternalEndpoint):
        return end.address
    return f"{end.namespace.name}/{end.name}" + ("" if not end.invented else " invented")


X, Y = namespace("x"), namespace("y", team="b")
A = pod("a", app="a")
AGENT = pod("agent", app="a")
TAKEN = pod("t", "203.0.113.5")
IN_X = PodsWhere("x")
IN_Y = PodsWhere("y")
PODS_A = PodNamed("x", "a")


@pytest.mark.parametrize(
    ("pods", "world", "ends", "expected"),
    [
        ((A,), World.SNAPSHOT, (External(), IN_X), "203.0.113.5 -> x/a"),
        ((A,), World.ANY_PODS, (External(), IN_X), "203.0.113.5 -> x/a"),
        ((A, TAKEN), World.SNAPSHOT, (External(), PODS_A), "203.0.113.6 -> x/a"),
        ((A, AGENT), World.SNAPSHOT, (External(), IN_X), "203.0.113.5 -> x/a"),
        ((A,), World.SNAPSHOT, (AddressBlock("10.1.2.0/24"), IN_X), "10.1.2.1 -> x/a"),
        ((A,), World.SNAPSHOT, (AddressBlock("2001:db8:7::/48"), IN_X), "2001:db8:7::1 -> x/a"),
        ((A, pod("b")), World.SNAPSHOT, (IN_X, IN_X), "x/a -> x/b"),
        ((replace(A, replicas=2),), World.SNAPSHOT, (IN_X, IN_X), "x/a -> x/a"),
        ((A,), World.ANY_PODS, (IN_X, IN_X), "x/a -> x/any-other-pod invented"),
        ((A,), World.ANY_PODS, (IN_X, IN_Y), "x/a -> y/any-other-pod invented"),
        ((), World.ANY_PODS, (IN_X, IN_Y), "x/any-pod invented -> y/any-other-pod invented"),
    ],
)
def test_readable_ends(
    pods: tuple[Workload, ...],
    world: World,
    ends: tuple[EndpointSet, EndpointSet],
    expected: str,
) -> None:
    """Pods of the manifests before others, ordinary pods before nodes, free known addresses."""
    found = counterexample(Cluster((X, Y), pods), world, cannot(*ends))
    assert f"{title(found.source)} -> {title(found.destination)}" == expected
    assert (found.protocol.value, found.port) == ("TCP", 80)


@pytest.mark.parametrize(
    ("ports", "expected"),
    [
        ("TCP/1-65535", "TCP/80"),
        ("TCP/400-500", "TCP/443"),
        ("UDP/53", "UDP/53"),
        ("UDP/-", "UDP/80"),
        ("SCTP/60000-60010", "SCTP/60000"),
    ],
)
def test_readable_ports(ports: str, expected: str) -> None:
    allowing = policy("x/p", ingress=(PolicyRule((), (policy_port(ports),)),))
    cluster = Cluster((X, Y), (A, pod("b")), (allowing,))
    found = counterexample(cluster, World.SNAPSHOT, cannot(IN_X, IN_X))
    protocol, _, port = expected.partition("/")
    assert found.protocol.value == protocol
    if port == "60000":
        assert 60000 <= found.port <= 60010
    else:
        assert found.port == int(port)


def test_invented_names_and_values_are_unheard_of() -> None:
    """What stands for "any other" is none of the names and values that something mentions."""
    mentioned = Cluster((namespace("other-namespace-1"), namespace("other-namespace-2")))
    odd = where("app exists", "app notin other")
    claim = cannot(
        PodsWhere(namespaces=selector(team="a"), pods=odd), PodsWhere(namespaces=selector(team="b"))
    )
    found = counterexample(Cluster(), World.ANY_CLUSTER, claim)
    assert {*titles(found)} == {"other-namespace-1", "other-namespace-2"}
    assert not isinstance(found.source, ExternalEndpoint)
    assert dict(found.source.labels) == {"app": "other-2"}
    elsewhere = where(f"{NAME_LABEL} notin other-namespace-1,other-namespace-2")
    strangers = cannot(PodsWhere(namespaces=elsewhere), PodsWhere(namespaces=elsewhere))
    found = counterexample(mentioned, World.ANY_CLUSTER, strangers)
    assert not {*titles(found)} & {"other-namespace-1", "other-namespace-2"}


def titles(found: Connection) -> list[str]:
    """The namespaces of the two ends."""
    ends = (found.source, found.destination)
    return [one.namespace.name for one in ends if not isinstance(one, ExternalEndpoint)]


def test_many_members_on_one_node() -> None:
    """A.42: the one pod of a class that runs on another node is found behind many that do not."""
    crowd = [pod(f"p{number:03}", node="n1", app="a") for number in range(100)]
    far = pod("z", node="n2", app="a")
    agent = pod("agent", node="n1")
    cluster = Cluster((X,), tuple(sorted([*crowd, far, agent], key=lambda one: one.name)))
    claim = cannot(PodNamed("x", "agent"), PodsWhere(pods=selector(app="a")))
    found = counterexample(cluster, World.SNAPSHOT, claim)
    assert title(found.destination) == "x/z"
