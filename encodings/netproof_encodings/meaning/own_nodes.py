"""Addresses outside that are a pod's or host endpoint's own node (A.42, A.43)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from netproof_encodings.decision.conditions import End
from netproof_encodings.logic.terms import Term, Terms
from netproof_encodings.meaning.profiles import class_bits, of_a_class
from netproof_encodings.meaning.scenes import Scene
from netproof_encodings.meaning.spaces import ConnectionSpace, EndpointSpace
from netproof_encodings.parts.pods import those_at
from netproof_encodings.vocabulary.classes import number_of
from netproof_encodings.vocabulary.hosts import HostPoint
from netproof_specs.model.traffic import Family
from netproof_specs.worlds import World


def apart_from_own_nodes(terms: Terms, space: ConnectionSpace, scene: Scene) -> Iterator[Term]:
    """True iff no end is outside at an address of the node that the other end is on.

    Of a class whose pods are on several nodes, some pod is on another one than that of the address,
    unless all these nodes state it. Where blocks leave many addresses alike, nothing is said: some
    other address will do as well, and decoding takes that (docs/worlds.md).
    """
    if not scene.vocabulary.blocks:
        return
    for which in End:
        end, other = space.end(which), space.end(which.opposite)
        for addresses, there in _on_nodes(terms, end, scene, which).items():
            at = terms.disjunction(_is_at(terms, other, text) for text in addresses)
            outside = terms.negation(other.inside(terms))
            on_node = terms.disjunction(there)
            yield terms.negation(terms.conjunction((on_node, outside, at)))


def _on_nodes(
    terms: Terms, end: EndpointSpace, scene: Scene, which: End
) -> dict[tuple[str, ...], list[Term]]:
    """By addresses of which each can matter, what is true iff the end is on a node of them."""
    pods: dict[frozenset[str], list[int]] = {}
    hosts: dict[frozenset[str], list[HostPoint]] = {}
    if scene.world is World.SNAPSHOT:
        is_there = those_at(scene.extent.at(which))
        for one in scene.classes:
            if one.of_node and is_there(one):
                pods.setdefault(one.of_node, []).append(one.number)
    for point in () if end.host is None else end.host.points:
        if point.host.node_addresses:
            hosts.setdefault(frozenset(point.host.node_addresses), []).append(point)
    found: dict[tuple[str, ...], list[Term]] = {}
    for known in sorted({*pods, *hosts}, key=sorted):
        scarce = _scarce(scene, sorted(known))
        if scarce:
            there = found.setdefault(scarce, [])
            there.append(_among(terms, end, scene, pods.get(known, ())))
            there.append(end.is_host_among(terms, hosts.get(known, ())))
    return found


def _among(terms: Terms, end: EndpointSpace, scene: Scene, numbers: Sequence[int]) -> Term:
    """True iff the end is a pod of one of the classes."""
    bits = class_bits(terms, end.prefix, len(scene.classes)) if numbers else None
    if bits is None:
        return terms.false
    return terms.conjunction((of_a_class(terms, end), terms.one_of(bits, numbers)))


def _scarce(scene: Scene, known: Sequence[str]) -> tuple[str, ...]:
    """Those of a node's addresses instead of which perhaps no other one will do.

    Besides the node's, one more address may be taken: that of a pod that is supplied with it.
    """
    room = scene.addresses.room(scene.vocabulary)
    return tuple(one for one in known if room.is_scarce(*number_of(one), len(known) + 1))


def _is_at(terms: Terms, end: EndpointSpace, text: str) -> Term:
    """True iff the end has the address."""
    family, value = number_of(text)
    bits = end.address.bits[Family(family)]
    return terms.conjunction((end.address.uses(terms, family), terms.equals(bits, value)))
