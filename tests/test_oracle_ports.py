"""Elements of `ports` on concrete connections (A.31 to A.37)."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.build import OUTSIDE, connection, pod, policy_port

from netproof.oracle.ports import port_matches, ports_match, protocol_of, resolve
from netproof_specs.assumptions import DEFAULTS, Assumption
from netproof_specs.model.network_policy import PolicyPort
from netproof_specs.model.traffic import Protocol

CLIENT = pod("y/client", "http=9090/TCP")
SERVER = pod("x/server", "http=80/TCP", "http=8080/TCP", "dns=53/UDP", "=443/TCP")


@pytest.mark.parametrize(
    ("element", "on", "expected"),
    [
        ("-/-", "TCP/1", True),
        ("-/-", "UDP/1", False),
        ("UDP/-", "UDP/65535", True),
        ("UDP/-", "TCP/65535", False),
        ("-/80", "TCP/80", True),
        ("-/80", "TCP/81", False),
        ("-/80", "SCTP/80", False),
        ("UDP/53", "UDP/53", True),
        ("UDP/53", "TCP/53", False),
        ("TCP/8000-8080", "TCP/7999", False),
        ("TCP/8000-8080", "TCP/8000", True),
        ("TCP/8000-8080", "TCP/8080", True),
        ("TCP/8000-8080", "TCP/8081", False),
        ("-/http", "TCP/80", True),
        ("-/http", "TCP/8080", True),
        ("-/http", "TCP/9090", False),
        ("UDP/http", "UDP/80", False),
        ("-/dns", "TCP/53", False),
        ("-/dns", "UDP/53", False),
        ("UDP/dns", "UDP/53", True),
        ("-/nobody", "TCP/443", False),
    ],
)
def test_port_matches(element: str, on: str, expected: bool) -> None:
    asked = connection(CLIENT, SERVER, on)
    assert port_matches(policy_port(element), asked, DEFAULTS) is expected


def test_no_ports_are_all_ports() -> None:
    for on in ("TCP/1", "UDP/53", "SCTP/65535"):
        assert ports_match((), connection(CLIENT, SERVER, on), DEFAULTS)


def test_ports_are_ored() -> None:
    listed = (policy_port("-/22"), policy_port("UDP/dns"))
    assert ports_match(listed, connection(CLIENT, SERVER, "TCP/22"), DEFAULTS)
    assert ports_match(listed, connection(CLIENT, SERVER, "UDP/53"), DEFAULTS)
    assert not ports_match(listed, connection(CLIENT, SERVER, "UDP/22"), DEFAULTS)


def test_protocol_defaults_to_tcp() -> None:
    assert protocol_of(PolicyPort(None, None)) is Protocol.TCP
    assert protocol_of(PolicyPort(Protocol.SCTP, None)) is Protocol.SCTP


def test_names_resolve_on_the_destination_only() -> None:
    assert resolve("http", Protocol.TCP, SERVER, DEFAULTS) == {80, 8080}
    assert resolve("http", Protocol.TCP, CLIENT, DEFAULTS) == {9090}
    assert resolve("http", Protocol.TCP, OUTSIDE, DEFAULTS) == frozenset()
    assert resolve("", Protocol.UDP, SERVER, DEFAULTS) == frozenset()


def test_names_do_not_resolve_on_nodes() -> None:
    node = replace(SERVER, host_network=True)
    assert resolve("http", Protocol.TCP, node, DEFAULTS) == frozenset()
    as_pod = DEFAULTS | {Assumption.HOST_NETWORK}
    assert resolve("http", Protocol.TCP, node, as_pod) == {80, 8080}
