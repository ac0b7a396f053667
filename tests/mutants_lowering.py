"""Planted errors in how policies become tiers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from tests.mutants import Function, Mutant, mutant

from netproof_encodings.lowering import network_policy
from netproof_encodings.tiers import (
    BlockMatch,
    Match,
    PeerMatch,
    PodMatch,
    PortMatch,
    Rule,
    Tier,
    Unmatched,
)
from netproof_specs.model.network_policy import NetworkPolicy, Peer, PodPeer, PolicyPort, PolicyRule
from netproof_specs.model.traffic import Direction, Protocol


def egress_rules_isolate_egress_only(right: Function) -> Function:
    def types_of(policy: NetworkPolicy) -> frozenset[Direction]:
        if not policy.policy_types and policy.egress:
            return frozenset({Direction.EGRESS})
        return frozenset(right(policy))

    return types_of


def no_types_are_both_types(_: Function) -> Function:
    def types_of(policy: NetworkPolicy) -> frozenset[Direction]:
        return frozenset(policy.policy_types or Direction)

    return types_of


def no_types_are_ingress(_: Function) -> Function:
    def types_of(policy: NetworkPolicy) -> frozenset[Direction]:
        return frozenset(policy.policy_types or {Direction.INGRESS})

    return types_of


def rules_add_types(right: Function) -> Function:
    def types_of(policy: NetworkPolicy) -> frozenset[Direction]:
        extra = {Direction.EGRESS} if policy.egress else set()
        return frozenset({*right(policy), *extra})

    return types_of


def unmatched_passes(right: Function) -> Function:
    def lower(policies: Sequence[NetworkPolicy], direction: Direction) -> Tier:
        tier: Tier = right(policies, direction)
        return replace(tier, unmatched=Unmatched.PASS)

    return lower


def first_policy_alone_counts(right: Function) -> Function:
    def lower(policies: Sequence[NetworkPolicy], direction: Direction) -> Tier:
        tier: Tier = right(policies, direction)
        return replace(tier, policies=tier.policies[:1])

    return lower


def no_peers_match_nothing(right: Function) -> Function:
    def lower_rule(rule: PolicyRule, namespace: str) -> Rule:
        lowered: Rule = right(rule, namespace)
        return replace(lowered, match=Match(lowered.match.peers or (), lowered.match.ports))

    return lower_rule


def no_peers_are_pods_only(right: Function) -> Function:
    def lower_rule(rule: PolicyRule, namespace: str) -> Rule:
        lowered: Rule = right(rule, namespace)
        peers = lowered.match.peers or (PodMatch(None, None, None),)
        return replace(lowered, match=Match(peers, lowered.match.ports))

    return lower_rule


def no_ports_are_tcp(right: Function) -> Function:
    def lower_rule(rule: PolicyRule, namespace: str) -> Rule:
        lowered: Rule = right(rule, namespace)
        ports_ = lowered.match.ports or (PortMatch(Protocol.TCP, None),)
        return replace(lowered, match=Match(lowered.match.peers, ports_))

    return lower_rule


def ports_are_ignored_next_to_peers(right: Function) -> Function:
    def lower_rule(rule: PolicyRule, namespace: str) -> Rule:
        lowered: Rule = right(rule, namespace)
        peers = lowered.match.peers
        return replace(lowered, match=Match(peers, None if peers else lowered.match.ports))

    return lower_rule


def pods_of_every_namespace(right: Function) -> Function:
    def lower_peer(peer: Peer, namespace: str) -> PeerMatch:
        if isinstance(peer, PodPeer) and peer.namespaces is None:
            return PodMatch(None, None, peer.pods)
        match: PeerMatch = right(peer, namespace)
        return match

    return lower_peer


def both_selectors_stay_in_the_own_namespace(right: Function) -> Function:
    def lower_peer(peer: Peer, namespace: str) -> PeerMatch:
        if isinstance(peer, PodPeer) and peer.pods is not None:
            return PodMatch(namespace, peer.namespaces, peer.pods)
        match: PeerMatch = right(peer, namespace)
        return match

    return lower_peer


def excepts_are_ignored(right: Function) -> Function:
    def lower_peer(peer: Peer, namespace: str) -> PeerMatch:
        match: PeerMatch = right(peer, namespace)
        return replace(match, excepts=()) if isinstance(match, BlockMatch) else match

    return lower_peer


def no_protocol_is_udp(_: Function) -> Function:
    def lower_port(port: PolicyPort) -> PortMatch:
        return PortMatch(port.protocol or Protocol.UDP, port.port)

    return lower_port


def sctp_is_tcp(right: Function) -> Function:
    def lower_port(port: PolicyPort) -> PortMatch:
        lowered: PortMatch = right(port)
        sctp = lowered.protocol is Protocol.SCTP
        return replace(lowered, protocol=Protocol.TCP) if sctp else lowered

    return lower_port


LOWERING = (
    ("types_of", egress_rules_isolate_egress_only, "F5.1"),
    ("types_of", no_types_are_both_types, "F4.1"),
    ("types_of", no_types_are_ingress, "F8.1"),
    ("types_of", rules_add_types, "F7.1"),
    ("lower", unmatched_passes, "F10.1"),
    ("lower", first_policy_alone_counts, "F68.3"),
    ("lower_rule", no_peers_match_nothing, "F11.1"),
    ("lower_rule", no_peers_are_pods_only, "F9.1"),
    ("lower_rule", no_ports_are_tcp, "F33.1"),
    ("lower_rule", ports_are_ignored_next_to_peers, "F41.1"),
    ("lower_peer", pods_of_every_namespace, "F16.1"),
    ("lower_peer", both_selectors_stay_in_the_own_namespace, "F18-one-dash.1"),
    ("lower_peer", excepts_are_ignored, "F46.2"),
    ("lower_port", no_protocol_is_udp, "F32.1"),
    ("lower_port", sctp_is_tcp, "F35.1"),
)
LOWERING_MUTANTS: tuple[Mutant, ...] = tuple(
    mutant(network_policy.__name__, name, error, row) for name, error, row in LOWERING
)
"""Each is killed by a row of the truth tables that the encoding then decides otherwise."""
