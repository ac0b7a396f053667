"""What a class of pods says of an end that is one of its members."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from netproof_encodings.logic.terms import Bits, Term, Terms
from netproof_encodings.meaning.labels import carries
from netproof_encodings.meaning.ports import uses
from netproof_encodings.meaning.spaces import ConnectionSpace, EndpointSpace
from netproof_encodings.meaning.taken_addresses import address_assumed
from netproof_encodings.vocabulary.classes import PodClass
from netproof_specs.model.traffic import Family


def class_bits(terms: Terms, prefix: str, count: int) -> Bits:
    """The symbol that holds the number of an end's class, of `count` classes."""
    return terms.vector(f"{prefix}.class", max(1, (count - 1).bit_length()))


def class_profile(
    terms: Terms, space: ConnectionSpace, end: EndpointSpace, one: PodClass
) -> Iterator[Term]:
    """What the members of a class have in common, but for namespace and number."""
    yield carries(terms, end.labels, one.labels)
    yield terms.equivalence(end.host_network, terms.constant(one.host_network))
    yield in_families(terms, end, one)
    if one.addresses:
        yield from _addresses(terms, end, one)
    else:
        yield address_assumed(terms, space, end)
    yield from declared_ports(terms, space, end, one)
    yield from runs_as(terms, end, one)
    if end.host is not None:
        yield terms.equals(end.host.passed, end.host.names.get(one.host, 0))
        found = terms.disjunction(end.address.uses(terms, family) for family in one.expected)
        yield terms.equivalence(end.host.expected, found)
    if end.passing is not None:
        yield terms.equals(end.passing.code, end.passing.codes[one.behind])


def runs_as(terms: Terms, end: EndpointSpace, one: PodClass) -> Iterator[Term]:
    """The service account of the members of the class, where something asks of accounts."""
    if end.account is not None:
        yield terms.equals(end.account.name, end.account.code_of(one.account))
        yield carries(terms, end.account.labels, one.account_labels)


def in_families(terms: Terms, end: EndpointSpace, one: PodClass) -> Term:
    """True iff the members can have connections of the family: any, if no address is known."""
    if not one.families or one.families == frozenset(Family):
        return terms.true
    return terms.disjunction(end.address.uses(terms, family) for family in one.families)


def _addresses(terms: Terms, end: EndpointSpace, one: PodClass) -> Iterator[Term]:
    """The class's address in each family in which it has one (A.27)."""
    known = terms.disjunction(end.address.uses(terms, family) for family in one.addresses)
    yield terms.equivalence(end.addressed, known)
    yield terms.negation(end.supplied)
    for family, value in one.addresses.items():
        yield terms.equals(end.address.bits[family], value)


def declared_ports(
    terms: Terms, space: ConnectionSpace, end: EndpointSpace, one: PodClass
) -> Iterator[Term]:
    """Which mentioned names the port at the end has on a pod of the class (A.35, A.36, D.20)."""
    at = space.which(end)
    for name, declared in space.ports.declared[at].items():
        here = terms.disjunction(
            terms.conjunction(
                (
                    uses(terms, space.ports, port.protocol),
                    terms.equals(space.ports.at(at), port.port),
                )
            )
            for port in one.ports
            if port.name == name
        )
        yield terms.equivalence(declared, here)


def of_a_class(terms: Terms, end: EndpointSpace) -> Term:
    """True iff the end is a pod that the scene holds: of no other the class number says a thing."""
    return terms.conjunction((end.pod, terms.negation(end.elsewhere)))


def on_nodes(terms: Terms, end: EndpointSpace, classes: Sequence[PodClass]) -> dict[str, Term]:
    """By node, true iff the end is a pod that the scene holds, of a class whose pods are all there.

    Nodes of no such class are left out.
    """
    bits, numbers = class_bits(terms, end.prefix, len(classes)), dict[str, list[int]]()
    for one in classes:
        if one.node is not None:
            numbers.setdefault(one.node, []).append(one.number)
    held = of_a_class(terms, end)
    return {
        node: terms.conjunction((held, terms.one_of(bits, there)))
        for node, there in numbers.items()
    }
