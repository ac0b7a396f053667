"""Host endpoints as ends of a connection (section D of docs/semantics.md)."""

from __future__ import annotations

from collections.abc import Iterator

from netproof_encodings.logic.terms import Term, Terms
from netproof_encodings.meaning.profiles import on_node
from netproof_encodings.meaning.scenes import Scene
from netproof_encodings.meaning.spaces import ConnectionSpace, EndpointSpace
from netproof_encodings.meaning.taken_addresses import address_assumed
from netproof_encodings.vocabulary.hosts import HostPoint
from netproof_specs.worlds import World


def host_constraints(
    terms: Terms, space: ConnectionSpace, end: EndpointSpace
) -> Iterator[Term]:
    """What holds of an end that may be a host endpoint: it is no pod, and has its address.

    One that expects none of the family has an address just where that is assumed, as a pod (A.29).
    """
    if end.host is None:
        return
    yield terms.at_most(end.host.number, len(end.host.points))
    yield terms.implication(end.pod, terms.negation(end.is_host(terms)))
    # Only pods on their node's network pass a host endpoint (D.1).
    yield terms.at_most(end.host.passed, len(end.host.names))
    passing = terms.negation(terms.equals(end.host.passed, 0))
    yield terms.implication(passing, end.host_network)
    yield terms.implication(end.host.expected, passing)
    if end.passing is not None:
        yield terms.at_most(end.passing.code, len(end.passing.codes) - 1)
    for one in end.host.points:
        parts = [end.address.uses(terms, one.family)]
        if one.address is None:
            parts.append(address_assumed(terms, space, end))
        else:
            known = terms.equals(end.address.bits[one.family], one.address)
            parts += [known, end.addressed, terms.negation(end.supplied)]
        yield terms.implication(end.is_host_among(terms, [one]), terms.conjunction(parts))


def two_hosts(terms: Terms, space: ConnectionSpace, scene: Scene) -> Iterator[Term]:
    """True iff no end is a host endpoint of the node that the other end is on (A.42, A.43)."""
    source, destination = space.ends
    points = {end.prefix: _by_node(end) for end in space.ends}
    for node in sorted({one.node for one in scene.vocabulary.hosts}):
        for one, other in ((source, destination), (destination, source)):
            is_host, too = (
                end.is_host_among(terms, points[end.prefix].get(node, ())) for end in (one, other)
            )
            there = [too]
            if scene.world is World.SNAPSHOT:
                there.append(on_node(terms, other, scene.classes, node))
            yield terms.negation(terms.conjunction((is_host, terms.disjunction(there))))


def _by_node(end: EndpointSpace) -> dict[str, list[HostPoint]]:
    """The host endpoints that the end may be, by their node."""
    found: dict[str, list[HostPoint]] = {}
    for one in () if end.host is None else end.host.points:
        found.setdefault(one.host.node, []).append(one)
    return found
