"""Blocks on concrete addresses: edges, excepts, families, and whose addresses count."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.build import pod

from netproof.oracle.addresses import (
    addresses_of,
    block_matches,
    family_of,
    in_block,
    without_address,
)
from netproof_specs.assumptions import DEFAULTS, Assumption
from netproof_specs.model.connections import Connection, ExternalEndpoint
from netproof_specs.model.network_policy import BlockPeer
from netproof_specs.model.traffic import Family, Protocol


@pytest.mark.parametrize(
    ("address", "cidr", "expected"),
    [
        ("10.0.0.0", "10.0.0.0/8", True),
        ("10.255.255.255", "10.0.0.0/8", True),
        ("9.255.255.255", "10.0.0.0/8", False),
        ("11.0.0.0", "10.0.0.0/8", False),
        ("255.255.255.255", "0.0.0.0/0", True),
        ("0.0.0.0", "0.0.0.0/0", True),
        ("203.0.113.5", "203.0.113.5/32", True),
        ("203.0.113.4", "203.0.113.5/32", False),
        ("2001:db8::", "2001:db8::/32", True),
        ("2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", "2001:db8::/32", True),
        ("2001:db9::", "2001:db8::/32", False),
        ("::1", "::/0", True),
        ("::1", "0.0.0.0/0", False),
        ("0.0.0.1", "::/0", False),
        ("::ffff:10.0.0.1", "10.0.0.0/8", False),
    ],
)
def test_in_block(address: str, cidr: str, expected: bool) -> None:
    assert in_block(address, cidr) is expected


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("10.0.0.1", True),
        ("10.1.0.0", False),
        ("10.1.255.255", False),
        ("10.2.0.0", True),
        ("10.3.3.3", False),
        ("11.0.0.0", False),
        ("2001:db8::1", False),
    ],
)
def test_block_with_excepts(address: str, expected: bool) -> None:
    block = BlockPeer("10.0.0.0/8", ("10.1.0.0/16", "10.3.3.3/32"))
    assert block_matches(block, address) is expected


def test_family_of() -> None:
    assert family_of("10.0.0.1") is Family.IPV4
    assert family_of("2001:db8::1") is Family.IPV6


def test_external_address_counts_whatever_is_assumed() -> None:
    end = ExternalEndpoint("10.0.0.1")
    for assumptions in (DEFAULTS, frozenset[Assumption](), frozenset(Assumption)):
        assert addresses_of(end, Family.IPV4, assumptions) == ("10.0.0.1",)
        assert addresses_of(end, Family.IPV6, assumptions) == ()


POD = replace(pod("x/a"), addresses=("10.0.0.1", "2001:db8::1"))
NODE = replace(POD, host_network=True)
NONE: frozenset[Assumption] = frozenset()
HOST = frozenset({Assumption.HOST_NETWORK})


@pytest.mark.parametrize("family", Family)
def test_pod_addresses_count_when_blocks_match_pods(family: Family) -> None:
    """A.29 for pods, A.45 for nodes, and A.27: only those of the connection's family."""
    own = {Family.IPV4: ("10.0.0.1",), Family.IPV6: ("2001:db8::1",)}[family]
    assert addresses_of(POD, family, DEFAULTS) == own
    assert addresses_of(POD, family, NONE) == ()
    assert addresses_of(NODE, family, DEFAULTS) == own
    assert addresses_of(NODE, family, NONE) == own
    assert addresses_of(NODE, family, HOST) == ()
    assert addresses_of(NODE, family, DEFAULTS | HOST) == own
    assert addresses_of(pod("x/a"), family, DEFAULTS) == ()


@pytest.mark.parametrize(
    ("left", "right", "impossible"),
    [
        ((), (), set()),
        (("10.0.0.1",), (), {Family.IPV6}),
        (("10.0.0.1", "2001:db8::1"), (), set()),
        (("10.0.0.1",), ("10.0.0.2",), {Family.IPV6}),
        (("10.0.0.1",), ("2001:db8::1",), set(Family)),
    ],
)
def test_a_pod_has_no_connection_in_a_family_that_it_has_no_address_of(
    left: tuple[str, ...], right: tuple[str, ...], impossible: set[Family]
) -> None:
    """A.27."""
    ends = (replace(pod("x/a"), addresses=left), replace(pod("x/b"), addresses=right))
    for family in Family:
        one = Connection(*ends, Protocol.TCP, 80, family)
        assert without_address(one) is (family in impossible)
