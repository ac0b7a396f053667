"""Policies in a form in which two ways of writing the same thing often look the same.

Sound, not complete: equal forms decide alike (A.5, A.13 to A.16: rules and lists are unions, a
rule is the product of its lists); unequal forms are left to the solver.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from itertools import product

from netproof.oracle.network_policy import types_of
from netproof_specs.model.cluster import Policy
from netproof_specs.model.labels import LabelSelector
from netproof_specs.model.network_policy import BlockPeer, Peer, PolicyPort, PolicyRule
from netproof_specs.model.traffic import Direction, Protocol

ANY: Hashable = "any"


def canonical(policies: Sequence[Policy], direction: Direction) -> Hashable:
    """For each subject the pairs of peer and port that some policy of the direction admits."""
    subjects: dict[Hashable, set[Hashable]] = {}
    for policy in policies:
        if direction in types_of(policy):
            admitted = subjects.setdefault(_selector(policy.subject), set())
            rules = policy.egress if direction is Direction.EGRESS else policy.ingress
            for rule in rules:
                admitted.update(_pairs(rule))
    return frozenset((subject, frozenset(pairs)) for subject, pairs in subjects.items())


def _pairs(rule: PolicyRule) -> set[Hashable]:
    peers = [_peer(peer) for peer in rule.peers] or [ANY]
    ports = [_port(port) for port in rule.ports] or [ANY]
    return set(product(peers, ports))


def _peer(peer: Peer) -> Hashable:
    if isinstance(peer, BlockPeer):
        return peer.cidr, frozenset(peer.excepts)
    return tuple(
        None if selector is None else _selector(selector)
        for selector in (peer.namespaces, peer.pods)
    )


def _port(port: PolicyPort) -> Hashable:
    return port.protocol or Protocol.TCP, port.port


def _selector(selector: LabelSelector) -> Hashable:
    return frozenset(
        (one.key, one.operator, frozenset(one.values)) for one in selector.requirements
    )
