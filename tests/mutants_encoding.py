"""Planted errors in how tiers become terms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from tests.mutants import Function, Mutant, mutant

from netproof_encodings import addresses, classes, connections, labels, ports, worlds
from netproof_encodings.addresses import AddressSpace, in_block
from netproof_encodings.classes import PodClass
from netproof_encodings.connections import ConnectionSpace, EndpointSpace, NamespaceSpace
from netproof_encodings.labels import ABSENT, KeyCodes, LabelSpace
from netproof_encodings.ports import PortSpace
from netproof_encodings.terms import Term, Terms
from netproof_encodings.tiers import (
    BlockMatch,
    Match,
    PeerMatch,
    PodMatch,
    PortMatch,
    Tier,
    TierPolicy,
)
from netproof_encodings.vocabulary import LabelValues
from netproof_specs.model.labels import LabelSelector, Operator, Requirement
from netproof_specs.model.traffic import Direction, PortName, PortRange, Protocol

# --- labels ------------------------------------------------------------------------------------


def not_in_needs_the_key(right: Function) -> Function:
    def meets(terms: Terms, space: LabelSpace, one: Requirement) -> Term:
        found: Term = right(terms, space, one)
        if one.operator is not Operator.NOT_IN:
            return found
        absent = terms.equals(space[one.key].bits, ABSENT)
        return terms.conjunction((found, terms.negation(absent)))

    return meets


def exists_needs_a_mentioned_value(right: Function) -> Function:
    def meets(terms: Terms, space: LabelSpace, one: Requirement) -> Term:
        found: Term = right(terms, space, one)
        if one.operator is not Operator.EXISTS:
            return found
        key = space[one.key]
        return terms.one_of(key.bits, key.codes.values())

    return meets


def requirements_are_ored(_: Function) -> Function:
    def selected(terms: Terms, space: LabelSpace, selector: LabelSelector) -> Term:
        found = [labels.meets(terms, space, one) for one in selector.requirements]
        return terms.disjunction(found) if found else terms.true

    return selected


def empty_value_is_absent(right: Function) -> Function:
    def label_space(terms: Terms, prefix: str, found: LabelValues) -> LabelSpace:
        space: LabelSpace = right(terms, prefix, found)
        return {
            key: KeyCodes(one.bits, {v: c if v else ABSENT for v, c in one.codes.items()})
            for key, one in space.items()
        }

    return label_space


# --- addresses ---------------------------------------------------------------------------------


def excepts_bind_all_peers(right: Function) -> Function:
    def rule_matches(
        terms: Terms, space: ConnectionSpace, end: EndpointSpace, match: Match
    ) -> Term:
        peers = [peer for peer in match.peers or () if isinstance(peer, BlockMatch)]
        excluded = terms.disjunction(
            in_block(terms, end.address, text) for peer in peers for text in peer.excepts
        )
        found: Term = right(terms, space, end, match)
        return terms.conjunction((found, terms.negation(excluded)))

    return rule_matches


def family_is_ignored(right: Function) -> Function:
    def in_block_(
        terms: Terms, space: AddressSpace, cidr: str, excepts: Sequence[str] = ()
    ) -> Term:
        either = (replace(space, ipv6=terms.constant(flag)) for flag in (True, False))
        return terms.disjunction(right(terms, one, cidr, excepts) for one in either)

    return in_block_


def known_addresses_are_dropped(_: Function) -> Function:
    def addresses_by_family(_: Sequence[str]) -> dict[object, int]:
        return {}

    return addresses_by_family


def blocks_hold_external_addresses_only(_: Function) -> Function:
    def block_sees(terms: Terms, space: ConnectionSpace, end: EndpointSpace) -> Term:
        return terms.negation(end.pod)

    return block_sees


def blocks_always_hold_pods(_: Function) -> Function:
    def block_sees(terms: Terms, space: ConnectionSpace, end: EndpointSpace) -> Term:
        return end.addressed

    return block_sees


# --- ports -------------------------------------------------------------------------------------


def last_port_of_a_range_is_out(right: Function) -> Function:
    def port_matches(terms: Terms, space: PortSpace, match: PortMatch) -> Term:
        port = match.port
        if isinstance(port, PortRange) and port.last > port.first:
            match = replace(match, port=PortRange(port.first, port.last - 1))
        found: Term = right(terms, space, match)
        return found

    return port_matches


def names_match_every_port(right: Function) -> Function:
    def port_matches(terms: Terms, space: PortSpace, match: PortMatch) -> Term:
        named = isinstance(match.port, PortName)
        found: Term = right(terms, space, replace(match, port=None) if named else match)
        return found

    return port_matches


def protocol_of_a_name_is_ignored(right: Function) -> Function:
    def declared_ports(terms: Terms, space: ConnectionSpace, one: PodClass) -> Sequence[Term]:
        every = tuple(
            replace(port, protocol=protocol) for port in one.ports for protocol in Protocol
        )
        return list(right(terms, space, replace(one, ports=every)))

    return declared_ports


def first_of_equal_names_wins(right: Function) -> Function:
    def declared_ports(terms: Terms, space: ConnectionSpace, one: PodClass) -> Sequence[Term]:
        first = tuple({port.name: port for port in reversed(one.ports)}.values())
        return list(right(terms, space, replace(one, ports=first)))

    return declared_ports


def only_declared_ports_are_open(right: Function) -> Function:
    def port_matches(terms: Terms, space: PortSpace, match: PortMatch) -> Term:
        found: Term = right(terms, space, match)
        if not isinstance(match.port, PortRange):
            return found
        return terms.conjunction((found, terms.disjunction(space.declared.values())))

    return port_matches


# --- connections -------------------------------------------------------------------------------


def policies_select_in_every_namespace(right: Function) -> Function:
    def applies(terms: Terms, end: EndpointSpace, policy: TierPolicy) -> Term:
        anywhere = replace(policy.subject, namespace=None)
        found: Term = right(terms, end, replace(policy, subject=anywhere))
        return found

    return applies


def nodes_are_subjects(right: Function) -> Function:
    def applies(terms: Terms, end: EndpointSpace, policy: TierPolicy) -> Term:
        found: Term = right(terms, replace(end, selectable=end.pod), policy)
        return found

    return applies


def selectors_match_nodes(right: Function) -> Function:
    def peer_matches(
        terms: Terms, space: ConnectionSpace, end: EndpointSpace, peer: PeerMatch
    ) -> Term:
        found: Term = right(terms, space, replace(end, selectable=end.pod), peer)
        return found

    return peer_matches


def empty_selectors_match_everything(right: Function) -> Function:
    def peer_matches(
        terms: Terms, space: ConnectionSpace, end: EndpointSpace, peer: PeerMatch
    ) -> Term:
        if isinstance(peer, PodMatch) and _is_empty(peer.namespaces):
            return terms.true
        found: Term = right(terms, space, end, peer)
        return found

    def _is_empty(selector: LabelSelector | None) -> bool:
        return selector is not None and not selector.requirements

    return peer_matches


def one_end_is_enough(_: Function) -> Function:
    def allowed(
        terms: Terms, space: ConnectionSpace, tiers: Sequence[Tier], prefix: str = ""
    ) -> Term:
        sides = [
            connections.side_allows(terms, space, tiers, direction, prefix)
            for direction in Direction
        ]
        return terms.define(f"{prefix}allowed", terms.disjunction(sides))

    return allowed


def egress_is_not_looked_at(_: Function) -> Function:
    def allowed(
        terms: Terms, space: ConnectionSpace, tiers: Sequence[Tier], prefix: str = ""
    ) -> Term:
        return connections.side_allows(terms, space, tiers, Direction.INGRESS, prefix)

    return allowed


def directions_are_swapped(right: Function) -> Function:
    def side_allows(
        terms: Terms,
        space: ConnectionSpace,
        tiers: Sequence[Tier],
        direction: Direction,
        prefix: str = "",
    ) -> Term:
        turned = replace(space, source=space.destination, destination=space.source)
        found: Term = right(terms, turned, tiers, direction, prefix)
        return found

    return side_allows


def namespaces_have_no_name_label(_: Function) -> Function:
    def name_meets(terms: Terms, space: NamespaceSpace, one: Requirement) -> Term:
        return terms.constant(one.operator in (Operator.NOT_IN, Operator.DOES_NOT_EXIST))

    return name_meets


ENCODING = (
    (labels, "meets", not_in_needs_the_key, "F19.1"),
    (labels, "meets", exists_needs_a_mentioned_value, "operators.11"),
    (labels, "selected", requirements_are_ored, "F20.1"),
    (labels, "label_space", empty_value_is_absent, "F21.1"),
    (connections, "rule_matches", excepts_bind_all_peers, "F46.1"),
    (addresses, "in_block", family_is_ignored, "F47.1"),
    (classes, "addresses_by_family", known_addresses_are_dropped, "F50.1"),
    (connections, "_block_sees", blocks_hold_external_addresses_only, "node-addresses.1"),
    (connections, "_block_sees", blocks_always_hold_pods, "F50.1:ipblock-matches-pods"),
    (ports, "port_matches", last_port_of_a_range_is_out, "F36.6"),
    (ports, "port_matches", names_match_every_port, "F39.1"),
    (ports, "port_matches", only_declared_ports_are_open, "F12.1"),
    (worlds, "declared_ports", protocol_of_a_name_is_ignored, "F40.2"),
    (worlds, "declared_ports", first_of_equal_names_wins, "several-containers.2"),
    (connections, "applies", policies_select_in_every_namespace, "F3.1"),
    (connections, "applies", nodes_are_subjects, "never-a-subject.1"),
    (connections, "peer_matches", selectors_match_nodes, "F55.1"),
    (connections, "peer_matches", empty_selectors_match_everything, "F17.1"),
    (connections, "allowed", one_end_is_enough, "F10.1"),
    (connections, "allowed", egress_is_not_looked_at, "F56.1"),
    (connections, "side_allows", directions_are_swapped, "F10.1"),
    (connections, "_name_meets", namespaces_have_no_name_label, "F22.1"),
)
ENCODING_MUTANTS: tuple[Mutant, ...] = tuple(
    mutant(module.__name__, name, error, row) for module, name, error, row in ENCODING
)
"""Each is killed by a row of the truth tables that the encoding then decides otherwise."""
