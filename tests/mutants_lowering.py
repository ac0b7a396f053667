"""Planted errors in how policies become tiers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from tests.mutants import Function, Mutant, mutant

from netproof_encodings.decision.conditions import (
    ALWAYS,
    NEVER,
    End,
    HasProtocol,
    InBlock,
    IsPod,
    Labelled,
    Match,
    Not,
    Whose,
    every,
    some,
)
from netproof_encodings.decision.tiers import Tier, Unmatched
from netproof_encodings.lowering import network_policy, selectors
from netproof_encodings.lowering.network_policy import Spaces
from netproof_encodings.lowering.selectors import pods_match
from netproof_specs.model.labels import LabelSelector, Operator, Requirement
from netproof_specs.model.network_policy import (
    BlockPeer,
    NetworkPolicy,
    Peer,
    PodPeer,
    PolicyPort,
    PolicyRule,
)
from netproof_specs.model.traffic import Direction, PortName, PortRange, Protocol


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


Numbered = Sequence[tuple[int, NetworkPolicy]]


def unmatched_passes(right: Function) -> Function:
    def lower(policies: Numbered, direction: Direction, facing: Spaces) -> Tier:
        tier: Tier = right(policies, direction, facing)
        return replace(tier, unmatched=Unmatched.PASS)

    return lower


def first_policy_alone_counts(right: Function) -> Function:
    def lower(policies: Numbered, direction: Direction, facing: Spaces) -> Tier:
        tier: Tier = right(policies, direction, facing)
        return replace(tier, policies=tier.policies[:1])

    return lower


def no_peers_match_nothing(right: Function) -> Function:
    def lower_rule(rule: PolicyRule, namespace: str, other: End) -> Match:
        found: Match = right(rule, namespace, other)
        return found if rule.peers else NEVER

    return lower_rule


def no_peers_are_pods_only(right: Function) -> Function:
    def lower_rule(rule: PolicyRule, namespace: str, other: End) -> Match:
        found: Match = right(rule, namespace, other)
        return found if rule.peers else every((IsPod(other), found))

    return lower_rule


def no_ports_are_tcp(right: Function) -> Function:
    def lower_rule(rule: PolicyRule, namespace: str, other: End) -> Match:
        found: Match = right(rule, namespace, other)
        return found if rule.ports else every((found, HasProtocol(Protocol.TCP)))

    return lower_rule


def ports_are_ignored_next_to_peers(right: Function) -> Function:
    def lower_rule(rule: PolicyRule, namespace: str, other: End) -> Match:
        rule = replace(rule, ports=()) if rule.peers else rule
        found: Match = right(rule, namespace, other)
        return found

    return lower_rule


def excepts_bind_all_peers(right: Function) -> Function:
    def lower_rule(rule: PolicyRule, namespace: str, other: End) -> Match:
        blocks = (peer for peer in rule.peers if isinstance(peer, BlockPeer))
        inside = (InBlock(other, text) for block in blocks for text in block.excepts)
        found: Match = right(rule, namespace, other)
        return every((found, *map(Not, inside)))

    return lower_rule


def pods_of_every_namespace(right: Function) -> Function:
    def lower_peer(peer: Peer, namespace: str, other: End) -> Match:
        if isinstance(peer, PodPeer) and peer.namespaces is None:
            return pods_match(other, None, None, peer.pods)
        match: Match = right(peer, namespace, other)
        return match

    return lower_peer


def both_selectors_stay_in_the_own_namespace(right: Function) -> Function:
    def lower_peer(peer: Peer, namespace: str, other: End) -> Match:
        if isinstance(peer, PodPeer) and peer.pods is not None:
            return pods_match(other, namespace, peer.namespaces, peer.pods)
        match: Match = right(peer, namespace, other)
        return match

    return lower_peer


def empty_selectors_match_everything(right: Function) -> Function:
    def lower_peer(peer: Peer, namespace: str, other: End) -> Match:
        chosen = peer.namespaces if isinstance(peer, PodPeer) else None
        if chosen is not None and not chosen.requirements:
            return ALWAYS
        match: Match = right(peer, namespace, other)
        return match

    return lower_peer


def excepts_are_ignored(right: Function) -> Function:
    def lower_peer(peer: Peer, namespace: str, other: End) -> Match:
        peer = replace(peer, excepts=()) if isinstance(peer, BlockPeer) else peer
        match: Match = right(peer, namespace, other)
        return match

    return lower_peer


def no_protocol_is_udp(right: Function) -> Function:
    def lower_port(port: PolicyPort, *where: object) -> Match:
        found: Match = right(replace(port, protocol=port.protocol or Protocol.UDP), *where)
        return found

    return lower_port


def sctp_is_tcp(right: Function) -> Function:
    def lower_port(port: PolicyPort, *where: object) -> Match:
        sctp = port.protocol is Protocol.SCTP
        found: Match = right(replace(port, protocol=Protocol.TCP) if sctp else port, *where)
        return found

    return lower_port


def last_port_of_a_range_is_out(right: Function) -> Function:
    def lower_port(port: PolicyPort, *where: object) -> Match:
        span = port.port
        if isinstance(span, PortRange) and span.last > span.first:
            port = replace(port, port=PortRange(span.first, span.last - 1))
        found: Match = right(port, *where)
        return found

    return lower_port


def names_match_every_port(right: Function) -> Function:
    def lower_port(port: PolicyPort, *where: object) -> Match:
        named = isinstance(port.port, PortName)
        found: Match = right(replace(port, port=None) if named else port, *where)
        return found

    return lower_port


def not_in_needs_the_key(right: Function) -> Function:
    def requirement_match(end: End, whose: Whose, one: Requirement, *where: object) -> Match:
        found: Match = right(end, whose, one, *where)
        if one.operator is not Operator.NOT_IN:
            return found
        return every((found, Labelled(end, whose, one.key, None)))

    return requirement_match


def requirements_are_ored(right: Function) -> Function:
    def labels_match(
        end: End, whose: Whose, selector: LabelSelector, *where: object
    ) -> list[Match]:
        parts = list(right(end, whose, selector, *where))
        return [some(parts)] if parts else []

    return labels_match


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
    ("lower_rule", excepts_bind_all_peers, "F46.1"),
    ("lower_peer", pods_of_every_namespace, "F16.1"),
    ("lower_peer", both_selectors_stay_in_the_own_namespace, "F18-one-dash.1"),
    ("lower_peer", empty_selectors_match_everything, "F17.1"),
    ("lower_peer", excepts_are_ignored, "F46.2"),
    ("lower_port", no_protocol_is_udp, "F32.1"),
    ("lower_port", sctp_is_tcp, "F35.1"),
    ("lower_port", last_port_of_a_range_is_out, "F36.6"),
    ("lower_port", names_match_every_port, "F39.1"),
)
SELECTORS = (
    ("requirement_match", not_in_needs_the_key, "F19.1"),
    ("labels_match", requirements_are_ored, "F20.1"),
)
LOWERING_MUTANTS: tuple[Mutant, ...] = tuple(
    mutant(module.__name__, name, error, row)
    for module, errors in ((network_policy, LOWERING), (selectors, SELECTORS))
    for name, error, row in errors
)
"""Each is killed by a row of the truth tables that the encoding then decides otherwise."""
