"""Planted errors in how tiers become terms."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from tests.mutants import Function, Mutant, mutant

from netproof_encodings.decision import conditions
from netproof_encodings.decision.conditions import (
    Atom,
    End,
    InNamespace,
    IsPod,
    Labelled,
    OnPorts,
    Seen,
    Whose,
)
from netproof_encodings.decision.folding import Lean
from netproof_encodings.logic.terms import Term, Terms
from netproof_encodings.lowering import Tiers
from netproof_encodings.meaning import addresses, connections, labels, matching, profiles
from netproof_encodings.meaning.addresses import AddressSpace
from netproof_encodings.meaning.connections import InTerms
from netproof_encodings.meaning.labels import ABSENT, KeyCodes, LabelSpace
from netproof_encodings.meaning.spaces import ConnectionSpace, EndpointSpace
from netproof_encodings.vocabulary import classes
from netproof_encodings.vocabulary.classes import PodClass
from netproof_encodings.vocabulary.mentioned import LabelTests, LabelValues
from netproof_specs.model.labels import NAME_LABEL
from netproof_specs.model.traffic import Direction, Protocol

# --- labels ------------------------------------------------------------------------------------


def exists_needs_a_mentioned_value(right: Function) -> Function:
    def has(terms: Terms, key: KeyCodes, values: Iterable[str] | None) -> Term:
        found: Term = right(terms, key, key.codes if values is None else values)
        return found

    return has


def any_value_will_do(right: Function) -> Function:
    def has(terms: Terms, key: KeyCodes, _: Iterable[str] | None) -> Term:
        found: Term = right(terms, key, None)
        return found

    return has


def empty_value_is_absent(right: Function) -> Function:
    def label_space(
        terms: Terms, prefix: str, found: LabelValues, tests: LabelTests = ()
    ) -> LabelSpace:
        space: LabelSpace = right(terms, prefix, found, tests)
        return {
            key: replace(one, codes={v: c if v else ABSENT for v, c in one.codes.items()})
            for key, one in space.items()
        }

    return label_space


# --- addresses ---------------------------------------------------------------------------------


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
    def block_sees(terms: Terms, _: ConnectionSpace, end: EndpointSpace, __: Seen) -> Term:
        return terms.negation(end.pod)

    return block_sees


def blocks_always_hold_pods(_: Function) -> Function:
    def block_sees(_: Terms, __: ConnectionSpace, end: EndpointSpace, ___: Seen) -> Term:
        return end.addressed

    return block_sees


# --- ports -------------------------------------------------------------------------------------


def only_declared_ports_are_open(right: Function) -> Function:
    def holds(terms: Terms, space: ConnectionSpace, atom: Atom) -> Term:
        found: Term = right(terms, space, atom)
        if not isinstance(atom, OnPorts):
            return found
        declared = space.ports.declared[End.DESTINATION]
        return terms.conjunction((found, terms.disjunction(declared.values())))

    return holds


def protocol_of_a_name_is_ignored(right: Function) -> Function:
    def declared_ports(
        terms: Terms, space: ConnectionSpace, end: EndpointSpace, one: PodClass
    ) -> Sequence[Term]:
        every = tuple(
            replace(port, protocol=protocol) for port in one.ports for protocol in Protocol
        )
        return list(right(terms, space, end, replace(one, ports=every)))

    return declared_ports


def first_of_equal_names_wins(right: Function) -> Function:
    def declared_ports(
        terms: Terms, space: ConnectionSpace, end: EndpointSpace, one: PodClass
    ) -> Sequence[Term]:
        first = tuple({port.name: port for port in reversed(one.ports)}.values())
        return list(right(terms, space, end, replace(one, ports=first)))

    return declared_ports


# --- connections -------------------------------------------------------------------------------


def policies_select_in_every_namespace(right: Function) -> Function:
    def holds(terms: Terms, space: ConnectionSpace, atom: Atom) -> Term:
        anywhere = isinstance(atom, InNamespace)
        found: Term = right(terms, space, IsPod(atom.end) if anywhere else atom)
        return found

    return holds


def _nodes_among_pods(space: ConnectionSpace) -> ConnectionSpace:
    source, destination = (replace(end, selectable=end.pod) for end in space.ends)
    return replace(space, source=source, destination=destination)


def pod_labels_are_not_looked_at(right: Function) -> Function:
    def holds(terms: Terms, space: ConnectionSpace, atom: Atom) -> Term:
        own = isinstance(atom, Labelled) and atom.whose is Whose.POD
        found: Term = right(terms, space, IsPod(atom.end) if own else atom)
        return found

    return holds


def nodes_are_pods(right: Function) -> Function:
    def holds(terms: Terms, space: ConnectionSpace, atom: Atom) -> Term:
        found: Term = right(terms, _nodes_among_pods(space), atom)
        return found

    return holds


def one_end_is_enough(_: Function) -> Function:
    def allowed(algebra: InTerms, tiers: Tiers, lean: Lean = Lean.ORDERED) -> Term:
        sides = (connections.side_allows(algebra, tiers, one, lean) for one in Direction)
        return algebra.named("allowed", algebra.terms.disjunction(sides))

    return allowed


def egress_is_not_looked_at(_: Function) -> Function:
    def allowed(algebra: InTerms, tiers: Tiers, lean: Lean = Lean.ORDERED) -> Term:
        return connections.side_allows(algebra, tiers, Direction.INGRESS, lean)

    return allowed


def directions_are_swapped(_: Function) -> Function:
    def subject_end(direction: Direction) -> End:
        return End.SOURCE if direction is Direction.INGRESS else End.DESTINATION

    return subject_end


def namespaces_have_no_name_label(right: Function) -> Function:
    def carries(terms: Terms, end: EndpointSpace, atom: Labelled) -> Term:
        found: Term = right(terms, end, atom)
        return terms.false if atom.key == NAME_LABEL else found

    return carries


ENCODING = (
    (labels, "has", exists_needs_a_mentioned_value, "operators.11"),
    (labels, "has", any_value_will_do, "operators.3"),
    (labels, "label_space", empty_value_is_absent, "F21.1"),
    (addresses, "in_block", family_is_ignored, "F47.1"),
    (classes, "addresses_by_family", known_addresses_are_dropped, "F50.1"),
    (matching, "block_sees", blocks_hold_external_addresses_only, "node-addresses.1"),
    (matching, "block_sees", blocks_always_hold_pods, "F50.1:ipblock-matches-pods"),
    (matching, "_holds", only_declared_ports_are_open, "F12.1"),
    (matching, "_holds", nodes_are_pods, "F55.1"),
    (matching, "_holds", pod_labels_are_not_looked_at, "F25.1"),
    (matching, "_holds", policies_select_in_every_namespace, "F3.1"),
    (profiles, "declared_ports", protocol_of_a_name_is_ignored, "F40.2"),
    (profiles, "declared_ports", first_of_equal_names_wins, "several-containers.2"),
    (connections, "allowed", one_end_is_enough, "F10.1"),
    (connections, "allowed", egress_is_not_looked_at, "F56.1"),
    (conditions, "subject_end", directions_are_swapped, "F10.1"),
    (matching, "_carries", namespaces_have_no_name_label, "F22.1"),
)
ENCODING_MUTANTS: tuple[Mutant, ...] = tuple(
    mutant(module.__name__, name, error, row) for module, name, error, row in ENCODING
)
"""Each is killed by a row of the truth tables that the encoding then decides otherwise."""
