"""Membership in groups, counterexamples, witnesses, and what claims do not speak of."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.build import OUTSIDE, connection, namespace, pod, selector

from netproof.decisions import Decision, SideDecision
from netproof.oracle.claims import breaks, in_scope, member, on_ports, satisfies
from netproof_specs.assumptions import DEFAULTS, Assumption
from netproof_specs.claims import (
    AddressBlock,
    AnyOf,
    Anything,
    CannotReach,
    CanReach,
    CanReachOnly,
    ClaimPorts,
    ConnectionClaim,
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
from netproof_specs.model.connections import Endpoint, ExternalEndpoint, PodEndpoint
from netproof_specs.model.traffic import Direction, Family, Protocol

WEB = replace(
    pod("shop/web-1", app="web"),
    namespace=namespace("shop", team="one"),
    addresses=("10.0.0.1", "2001:db8::1"),
    owner=("ReplicaSet", "web"),
)
DB = replace(pod("data/db", app="db"), kind="StatefulSet")
NODE = replace(pod("shop/agent", app="web"), host_network=True, addresses=("192.0.2.1",))


@pytest.mark.parametrize(
    ("group", "expected"),
    [
        (PodsWhere(), "web db node"),
        (PodsWhere(namespace="shop"), "web node"),
        (PodsWhere(namespaces=selector(team="one")), "web"),
        (PodsWhere(pods=selector(app="web")), "web node"),
        (PodsWhere(namespace="shop", pods=selector(app="db")), ""),
        (PodsWhere("shop", selector(team="one"), selector(app="web")), "web"),
        (PodNamed("shop", "web-1"), "web"),
        (PodNamed("shop", "web-1", "Pod"), "web"),
        (PodNamed("shop", "web-1", "Deployment"), ""),
        (PodNamed("shop", "web"), "web"),
        (PodNamed("shop", "web", "ReplicaSet"), "web"),
        (PodNamed("shop", "web", "Pod"), ""),
        (PodNamed("data", "web"), ""),
        (PodNamed("data", "db", "StatefulSet"), "db"),
        (AddressBlock("10.0.0.0/8"), "web"),
        (AddressBlock("2001:db8::/32"), "web"),
        (AddressBlock("192.0.2.0/24"), "node"),
        (AddressBlock("203.0.113.5/32"), "out"),
        (AddressBlock("::/0"), "web"),
        (External(), "out"),
        (Anything(), "web db node out"),
        (AnyOf((External(), PodNamed("data", "db"))), "db out"),
        (AnyOf(()), ""),
    ],
)
def test_member(group: EndpointSet, expected: str) -> None:
    ends: dict[str, Endpoint] = {"web": WEB, "db": DB, "node": NODE, "out": OUTSIDE}
    assert [name for name, end in ends.items() if member(end, group)] == expected.split()


@pytest.mark.parametrize(
    ("block", "family", "expected"),
    [
        ("10.0.0.0/8", Family.IPV4, True),
        ("10.0.0.0/8", Family.IPV6, False),
        ("2001:db8::/32", Family.IPV4, False),
        ("2001:db8::/32", Family.IPV6, True),
    ],
)
def test_a_connection_uses_addresses_of_one_family(
    block: str, family: Family, expected: bool
) -> None:
    """A.27: a dual-stack pod is not in an IPv4 block on an IPv6 connection."""
    group = Group("block", AddressBlock(block))
    claim = CannotReach(group, Group("anything", Anything()), ())
    on = replace(connection(WEB, DB), family=family)
    assert breaks(claim, on, decision(True)) is expected
    assert member(WEB, AnyOf((group.endpoints,)), family) is expected


@pytest.mark.parametrize(
    ("on", "expected"),
    [
        ("TCP/79", False),
        ("TCP/80", True),
        ("TCP/90", True),
        ("TCP/91", False),
        ("UDP/80", False),
        ("UDP/53", True),
        ("SCTP/53", False),
    ],
)
def test_on_ports(on: str, expected: bool) -> None:
    ports = (ClaimPorts(Protocol.TCP, 80, 90), ClaimPorts(Protocol.UDP, 53, 53))
    assert on_ports(connection(WEB, DB, on), ports) is expected
    assert on_ports(connection(WEB, DB, on), ())


def test_scope() -> None:
    """A.41 to A.43, and connections without a pod."""
    here = replace(WEB, node="n1")
    agent = replace(NODE, node="n1")
    as_pod = DEFAULTS | {Assumption.HOST_NETWORK}
    assert in_scope(connection(WEB, DB), DEFAULTS)
    assert in_scope(connection(WEB, OUTSIDE), DEFAULTS)
    assert in_scope(connection(WEB, replace(WEB, replica=2)), DEFAULTS)
    assert in_scope(connection(NODE, DB), DEFAULTS)
    assert in_scope(connection(here, replace(agent, node="n2")), DEFAULTS)
    assert not in_scope(connection(WEB, WEB), DEFAULTS)
    assert not in_scope(connection(OUTSIDE, ExternalEndpoint("192.0.2.9")), DEFAULTS)
    for ends in ((here, agent), (agent, here)):
        assert not in_scope(connection(*ends), DEFAULTS)
        assert in_scope(connection(*ends), as_pod)


A = Group("a", PodNamed("shop", "web-1"))
B = Group("b", PodNamed("data", "db"))
OUT = Group("external", External())
ALL = Group("anything", Anything())
ON_80: Ports = (ClaimPorts(Protocol.TCP, 80, 80),)
ON_22: Ports = (ClaimPorts(Protocol.TCP, 22, 22),)


def decision(allowed: bool) -> Decision:
    """A decision that the destination makes."""
    free = SideDecision(Direction.EGRESS, True)
    return Decision(free, SideDecision(Direction.INGRESS, allowed))


@pytest.mark.parametrize(
    ("claim", "when_allowed", "when_denied"),
    [
        (CannotReach(A, B, ()), True, False),
        (CannotReach(A, B, ON_80), True, False),
        (CannotReach(A, B, ON_22), False, False),
        (CannotReach(B, A, ()), False, False),
        (CanReach(A, B, ON_80), False, True),
        (CanReach(A, B, ON_22), False, False),
        (CanReach(A, OUT, ON_80), False, False),
        (CanReachOnly(A, (GroupOnPorts(B, ON_80),), None), False, False),
        (CanReachOnly(A, (GroupOnPorts(B, ON_22),), None), True, False),
        (CanReachOnly(A, (GroupOnPorts(B, ON_22), GroupOnPorts(B, ())), None), False, False),
        (CanReachOnly(A, (GroupOnPorts(OUT, ()),), None), True, False),
        (CanReachOnly(A, (GroupOnPorts(OUT, ()),), OUT), False, False),
        (CanReachOnly(A, (GroupOnPorts(OUT, ()),), B), True, False),
        (CanReachOnly(B, (GroupOnPorts(OUT, ()),), None), False, False),
        (OnlyCanReach((A,), B, ()), False, False),
        (OnlyCanReach((OUT, A), B, ()), False, False),
        (OnlyCanReach((OUT,), B, ()), True, False),
        (OnlyCanReach((OUT,), B, ON_80), True, False),
        (OnlyCanReach((OUT,), B, ON_22), False, False),
        (OnlyCanReach((OUT,), A, ()), False, False),
        (MayReach(A, B, ()), False, False),
        (IsolatedFrom(A, B), True, False),
        (IsolatedFrom(B, A), True, False),
        (IsolatedFrom(A, OUT), False, False),
        (IsolatedFrom(ALL, B), True, False),
    ],
)
def test_breaks(claim: ConnectionClaim, when_allowed: bool, when_denied: bool) -> None:
    asked = connection(WEB, DB, "TCP/80")
    assert breaks(claim, asked, decision(True)) is when_allowed
    assert breaks(claim, asked, decision(False)) is when_denied


@pytest.mark.parametrize(
    ("source", "on", "allowed", "expected"),
    [
        (WEB, "TCP/80", True, True),
        (WEB, "TCP/80", False, False),
        (WEB, "TCP/22", True, False),
        (NODE, "TCP/80", True, False),
    ],
)
def test_satisfies(source: PodEndpoint, on: str, allowed: bool, expected: bool) -> None:
    claim = MayReach(A, B, ON_80)
    assert satisfies(claim, connection(source, DB, on), decision(allowed)) is expected
