"""The world `snapshot`: an end that is a pod is one of the cluster's pods."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from netproof_encodings.decision.conditions import End
from netproof_encodings.logic.terms import Term, Terms
from netproof_encodings.meaning.addresses import in_block
from netproof_encodings.meaning.namespaces import namespace_labels
from netproof_encodings.meaning.profiles import class_bits, class_profile, of_a_class, on_nodes
from netproof_encodings.meaning.scenes import Scene, stated
from netproof_encodings.meaning.spaces import ConnectionSpace, EndpointSpace
from netproof_encodings.meaning.taken_addresses import of_nobody_else, outside, taken_in
from netproof_encodings.parts.pods import those_at
from netproof_encodings.vocabulary.classes import PodClass
from netproof_specs.assumptions import Assumption


def snapshot(terms: Terms, space: ConnectionSpace, scene: Scene) -> Iterator[Term]:
    """Pods are members of classes; two ends are two pods; a pod and its node are left out."""
    taken, of_pods = taken_in(scene)
    for which, end in zip(End, space.ends, strict=True):
        yield from namespace_labels(terms, end, stated(scene, which))
        yield _member_of(terms, space, end, scene, which)
        yield outside(terms, end, taken)
        yield from of_nobody_else(terms, end, taken, of_pods)
    yield _two_pods(terms, space, scene.classes)
    yield _two_nodes(terms, space, scene.classes)


def _member_of(
    terms: Terms, space: ConnectionSpace, end: EndpointSpace, scene: Scene, which: End
) -> Term:
    """True iff the end, where it is a pod that the scene holds, is one of the classes."""
    classes = scene.classes
    by_namespace: dict[str, list[PodClass]] = defaultdict(list)
    is_there = those_at(scene.extent.at(which))
    for one in classes:
        if is_there(one):
            by_namespace[one.namespace].append(one)
    parts = [
        terms.conjunction(
            (
                terms.equals(end.namespace.name, end.namespace.names[namespace]),
                terms.disjunction(
                    _in_class(terms, space, end, one, len(classes)) for one in members
                ),
            )
        )
        for namespace, members in by_namespace.items()
    ]
    unknown = _elsewhere(terms, space, end, scene, which)
    return terms.disjunction((terms.negation(end.pod), *parts, unknown))


def _in_class(
    terms: Terms, space: ConnectionSpace, end: EndpointSpace, one: PodClass, count: int
) -> Term:
    """True iff the end is like the members of the class, which the class number then tells."""
    number = terms.equals(class_bits(terms, end.prefix, count), one.number)
    return terms.conjunction((number, *class_profile(terms, space, end, one)))


def _elsewhere(
    terms: Terms, space: ConnectionSpace, end: EndpointSpace, scene: Scene, which: End
) -> Term:
    """True iff the end is a pod that is not held, with no known address where none of them has."""
    held = scene.extent.at(which)
    free = () if held is None else held.free
    inside = terms.disjunction(in_block(terms, end.address, one) for one in free)
    known = terms.conjunction((end.addressed, terms.negation(end.supplied), inside))
    assumed = space.assumptions[Assumption.UNKNOWN_POD_ADDRESSES]
    return terms.conjunction(
        (end.elsewhere, terms.negation(known), terms.implication(end.supplied, assumed))
    )


def _two_pods(terms: Terms, space: ConnectionSpace, classes: Sequence[PodClass]) -> Term:
    """True iff the two ends are not the only pod of one class (A.41)."""
    source, destination = (class_bits(terms, end.prefix, len(classes)) for end in space.ends)
    alone = terms.one_of(source, (one.number for one in classes if one.pods == 1))
    both = terms.conjunction((*(of_a_class(terms, end) for end in space.ends), alone))
    return terms.negation(terms.conjunction((both, terms.same(source, destination))))


def _two_nodes(terms: Terms, space: ConnectionSpace, classes: Sequence[PodClass]) -> Term:
    """True iff the ends are not a pod and its own node (A.42, A.43).

    Classes that spread over nodes are left in: some member of one is on another node than some
    member of the other, and members cannot be told apart.
    """
    nodes = sorted({one.node for one in classes if one.host_network and one.node})
    there = [on_nodes(terms, end, classes) for end in space.ends] if nodes else []
    own = [terms.conjunction(one[node] for one in there) for node in nodes]
    as_pods = space.assumptions[Assumption.HOST_NETWORK]
    host = terms.disjunction(end.host_network for end in space.ends)
    return terms.disjunction(
        (as_pods, terms.negation(host), terms.negation(terms.disjunction(own)))
    )
