"""Host endpoints as ends of a connection (section D of docs/semantics.md)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from netproof_encodings.decision.conditions import End
from netproof_encodings.logic.terms import Term, Terms
from netproof_encodings.lowering.any_hosts import is_of_pods
from netproof_encodings.meaning.labels import ABSENT, in_range
from netproof_encodings.meaning.matching import matches
from netproof_encodings.meaning.profiles import on_nodes
from netproof_encodings.meaning.scenes import NewPods, Scene
from netproof_encodings.meaning.spaces import ConnectionSpace, EndpointSpace
from netproof_encodings.meaning.taken_addresses import address_assumed, placed_or_not
from netproof_encodings.vocabulary.hosts import HostLabels, HostPoint, OtherHosts
from netproof_specs.worlds import World


def host_constraints(
    terms: Terms, space: ConnectionSpace, end: EndpointSpace, scene: Scene | None = None
) -> Iterator[Term]:
    """What holds of an end that may be a host endpoint: it is no pod, and has its address.

    One that expects none of the family has an address just where that is assumed, as a pod (A.29).
    In a scene with pods that pass host endpoints it may have one as well: that of such a pod (D.1).
    """
    if end.host is None:
        return
    passing = scene is not None and scene.new_pods is NewPods.PASSING
    unexpected = placed_or_not if passing else address_assumed
    yield terms.at_most(end.host.number, len(end.host.points))
    yield terms.implication(end.pod, terms.negation(end.is_host(terms)))
    # Only pods on their node's network pass a host endpoint (D.1).
    yield terms.at_most(end.host.passed, len(end.host.names))
    passes = terms.negation(terms.equals(end.host.passed, 0))
    yield terms.implication(passes, end.host_network)
    yield terms.implication(end.host.expected, passes)
    if end.passing is not None:
        yield terms.at_most(end.passing.code, len(end.passing.codes) - 1)
    for one in end.host.points:
        parts = [end.address.uses(terms, one.family)]
        if one.address is not None:
            parts.append(terms.equals(end.address.bits[one.family], one.address))
        if one.expects:
            parts += [end.addressed, terms.negation(end.supplied)]
        else:
            parts.append(unexpected(terms, space, end))
        yield terms.implication(end.is_host_among(terms, [one]), terms.conjunction(parts))


def other_host_constraints(
    terms: Terms, space: ConnectionSpace, others: OtherHosts | None
) -> Iterator[Term]:
    """What holds of ends that are host endpoints which are none of the input.

    Labels are any, as far as the others have such, but for those of which a policy selects them
    that is not decided on; two ends of one name would be one endpoint (D.35). Their nodes are none
    of the input, and never one, but for those that are configured by name (D.36).
    """
    if others is None:
        return
    for which, end in zip(End, space.ends, strict=True):
        other = end.other_host()
        yield in_range(terms, other.labels)
        yield from (
            terms.equals(value.bits, ABSENT)
            for key, value in other.labels.items()
            if others.labels is HostLabels.NOT_OF_PODS and is_of_pods(key)
        )
        yield terms.at_most(other.name, len(other.names))
        yield terms.negation(matches(terms, space, others.barred[which], {}))
    source, destination = (end.other_host() for end in space.ends)
    both = terms.conjunction(end.is_other_host(terms) for end in space.ends)
    named = terms.negation(terms.equals(source.name, 0))
    same = terms.conjunction((both, named, terms.same(source.name, destination.name)))
    yield terms.negation(same)
    for end, far in (space.ends, reversed(space.ends)):
        yield _no_namesake(terms, end, far)


def _no_namesake(terms: Terms, end: EndpointSpace, far: EndpointSpace) -> Term:
    """True iff the ends are not a host endpoint of the input and another one of its name."""
    assert end.host is not None
    other = far.other_host()
    points: dict[str, list[HostPoint]] = {}
    for one in end.host.points:
        points.setdefault(one.host.name, []).append(one)
    called = terms.disjunction(
        terms.conjunction(
            (end.is_host_among(terms, points.get(name, ())), terms.equals(other.name, code))
        )
        for name, code in other.names.items()
    )
    return terms.negation(terms.conjunction((far.is_other_host(terms), called)))


def two_hosts(terms: Terms, space: ConnectionSpace, scene: Scene) -> Iterator[Term]:
    """True iff no end is a host endpoint of the node that the other end is on (A.42, A.43)."""
    source, destination = space.ends
    points = {end.prefix: _by_node(end) for end in space.ends}
    pods: dict[str, Mapping[str, Term]] = {end.prefix: {} for end in space.ends}
    if scene.vocabulary.hosts and scene.world is World.SNAPSHOT:
        pods = {end.prefix: on_nodes(terms, end, scene.classes) for end in space.ends}
    others = () if scene.vocabulary.others is None else scene.vocabulary.others.hosts
    # Others are on one node only where they are on one that is configured by its name (D.36).
    nodes = {one.node for one in (*scene.vocabulary.hosts, *others)} - {""}
    for node in sorted(nodes):
        for one, other in ((source, destination), (destination, source)):
            is_host, too = (
                end.is_host_among(terms, points[end.prefix].get(node, ())) for end in (one, other)
            )
            there = terms.disjunction((too, pods[other.prefix].get(node, terms.false)))
            yield terms.negation(terms.conjunction((is_host, there)))


def _by_node(end: EndpointSpace) -> dict[str, list[HostPoint]]:
    """The host endpoints that the end may be, by their node."""
    found: dict[str, list[HostPoint]] = {}
    for one in () if end.host is None else end.host.points:
        found.setdefault(one.host.node, []).append(one)
    return found
