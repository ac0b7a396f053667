"""NetworkPolicy on concrete endpoints: types, subjects, peers."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.build import ANY_RULE, OUTSIDE, connection, namespace, pod, policy, policy_port, selector

from netproof.oracle.network_policy import (
    applies,
    other_end,
    peer_matches,
    peers_match,
    rule_admits,
    rules_of,
    types_of,
)
from netproof_specs.assumptions import DEFAULTS, Assumption
from netproof_specs.model.connections import PodEndpoint
from netproof_specs.model.labels import LabelSelector
from netproof_specs.model.network_policy import BlockPeer, PodPeer, PolicyRule
from netproof_specs.model.traffic import Direction, Family

IN, OUT = Direction.INGRESS, Direction.EGRESS
EMPTY = LabelSelector()
POLICY = policy("x/p")


@pytest.mark.parametrize(
    ("given", "egress", "expected"),
    [
        ((), (), {IN}),
        ((), (ANY_RULE,), {IN, OUT}),
        ((IN,), (ANY_RULE,), {IN}),
        ((OUT,), (), {OUT}),
        ((IN, OUT), (), {IN, OUT}),
        ((IN, IN), (ANY_RULE,), {IN}),
    ],
)
def test_types_of(
    given: tuple[Direction, ...], egress: tuple[PolicyRule, ...], expected: set[Direction]
) -> None:
    for ingress in ((), (ANY_RULE,)):
        assert types_of(policy("x/p", None, given, ingress, egress)) == expected


def test_rules_of() -> None:
    one, two = PolicyRule((), (policy_port("-/1"),)), PolicyRule((), (policy_port("-/2"),))
    found = policy("x/p", None, (), (one,), (two,))
    assert rules_of(found, IN) == (one,)
    assert rules_of(found, OUT) == (two,)


@pytest.mark.parametrize(
    ("subject", "title", "direction", "expected"),
    [
        (EMPTY, "x/a", IN, True),
        (EMPTY, "x/a", OUT, False),
        (EMPTY, "y/a", IN, False),
        (selector(app="a"), "x/a", IN, True),
        (selector(app="b"), "x/a", IN, False),
    ],
)
def test_applies(subject: LabelSelector, title: str, direction: Direction, expected: bool) -> None:
    assert applies(policy("x/p", subject), pod(title, app="a"), direction) is expected


def labelled(space: str, team: str, **labels: str) -> PodEndpoint:
    """A pod in a namespace with a `team` label."""
    return replace(pod(f"{space}/a", **labels), namespace=namespace(space, team=team))


@pytest.mark.parametrize(
    ("peer", "own", "own_b", "other", "other_b"),
    [
        (PodPeer(None, EMPTY), True, True, False, False),
        (PodPeer(EMPTY, None), True, True, True, True),
        (PodPeer(EMPTY, EMPTY), True, True, True, True),
        (PodPeer(None, selector(app="b")), False, True, False, False),
        (PodPeer(selector(team="two"), None), False, False, True, True),
        (PodPeer(selector(team="one"), None), True, True, False, False),
        (PodPeer(selector(team="two"), selector(app="b")), False, False, False, True),
        (PodPeer(EMPTY, selector(app="b")), False, True, False, True),
    ],
)
def test_pod_peer(peer: PodPeer, own: bool, own_b: bool, other: bool, other_b: bool) -> None:
    """The table of A.17 for a policy of namespace x."""
    ends = [
        labelled("x", "one", app="a"),
        labelled("x", "one", app="b"),
        labelled("y", "two", app="a"),
        labelled("y", "two", app="b"),
    ]
    found = [peer_matches(peer, POLICY, end, Family.IPV4, DEFAULTS) for end in ends]
    assert found == [own, own_b, other, other_b]
    assert not peer_matches(peer, POLICY, OUTSIDE, Family.IPV4, DEFAULTS)


def test_pod_peer_and_nodes() -> None:
    peer = PodPeer(EMPTY, None)
    node = replace(pod("x/a"), host_network=True)
    assert not peer_matches(peer, POLICY, node, Family.IPV4, DEFAULTS)
    as_pod = DEFAULTS | {Assumption.HOST_NETWORK}
    assert peer_matches(peer, POLICY, node, Family.IPV4, as_pod)


def test_block_peer() -> None:
    peer = BlockPeer("203.0.113.0/24")
    assert peer_matches(peer, POLICY, OUTSIDE, Family.IPV4, DEFAULTS)
    inside = replace(pod("x/a"), addresses=("203.0.113.7",))
    assert peer_matches(peer, POLICY, inside, Family.IPV4, DEFAULTS)
    assert not peer_matches(peer, POLICY, inside, Family.IPV4, frozenset())
    assert not peer_matches(peer, POLICY, inside, Family.IPV6, DEFAULTS)
    assert not peer_matches(peer, POLICY, pod("x/a"), Family.IPV4, DEFAULTS)


def test_no_peers_are_all_peers() -> None:
    assert peers_match((), POLICY, OUTSIDE, Family.IPV4, frozenset())
    assert peers_match((), POLICY, pod("z/a"), Family.IPV4, frozenset())


def test_rule_is_peers_and_ports() -> None:
    rule = PolicyRule((PodPeer(None, selector(app="b")),), (policy_port("-/80"),))
    source, destination = pod("x/b", app="b"), pod("x/a", app="a")
    assert rule_admits(rule, POLICY, IN, connection(source, destination), DEFAULTS)
    assert not rule_admits(rule, POLICY, IN, connection(source, destination, "TCP/81"), DEFAULTS)
    assert not rule_admits(rule, POLICY, IN, connection(destination, source), DEFAULTS)
    assert rule_admits(rule, POLICY, OUT, connection(destination, source), DEFAULTS)


def test_other_end() -> None:
    asked = connection(pod("x/a"), OUTSIDE)
    assert other_end(asked, IN) is asked.source
    assert other_end(asked, OUT) is asked.destination
