"""The worlds `any-pods` and `any-cluster`: an end that is a pod need not exist yet."""

from __future__ import annotations

from collections.abc import Iterator

from netproof_encodings.decision.conditions import End
from netproof_encodings.logic.terms import Term, Terms
from netproof_encodings.meaning.host_endpoints import other_host_constraints
from netproof_encodings.meaning.namespaces import (
    declared_accounts,
    known_or_other,
    namespace_labels,
    one_account,
    one_namespace,
)
from netproof_encodings.meaning.scenes import NewPods, Scene, stated
from netproof_encodings.meaning.spaces import ConnectionSpace, EndpointSpace
from netproof_encodings.meaning.taken_addresses import (
    address_assumed,
    of_nobody_else,
    outside,
    placed_or_not,
    taken_by_hosts,
)


def any_pods(terms: Terms, space: ConnectionSpace, scene: Scene) -> Iterator[Term]:
    """Any pod in a known namespace; a namespace that is not declared has any labels (A.52)."""
    for which, end in zip(End, space.ends, strict=True):
        declared = (one for one in stated(scene, which) if one.declared)
        yield from namespace_labels(terms, end, declared)
        known = terms.at_most(end.namespace.name, len(end.namespace.names) - 1)
        yield terms.implication(end.pod, known)
        yield from _any_pod(terms, space, scene, end)
        yield from declared_accounts(terms, end, scene.cluster)
    yield one_namespace(terms, space)
    yield from one_account(terms, space)
    yield from _beside_hosts(terms, space, scene)


def any_cluster(terms: Terms, space: ConnectionSpace, scene: Scene) -> Iterator[Term]:
    """Any pod in any namespace with any labels; a namespace still has one set of labels.

    With Calico any host endpoint as well, beside those of the input as they are.
    """
    for end in space.ends:
        yield known_or_other(terms, end)
        yield from _any_pod(terms, space, scene, end)
    yield one_namespace(terms, space)
    yield from one_account(terms, space)
    yield from _beside_hosts(terms, space, scene)
    yield from other_host_constraints(terms, space, scene.vocabulary.others)


def _beside_hosts(terms: Terms, space: ConnectionSpace, scene: Scene) -> Iterator[Term]:
    """An address that a host endpoint expects is no other end's."""
    taken = taken_by_hosts(scene)
    for end in space.ends:
        yield outside(terms, end, taken)
        yield from of_nobody_else(terms, end, taken, taken)


def _any_pod(
    terms: Terms, space: ConnectionSpace, scene: Scene, end: EndpointSpace
) -> Iterator[Term]:
    """A pod that does not exist yet uses no host network and has no known node.

    Nor has it a known address (A.29), unless the scene is of pods that may run as well.
    """
    yield terms.negation(end.host_network)
    if end.passing is not None:
        anywhere = terms.equals(end.passing.code, end.passing.anywhere)
        yield terms.implication(end.pod, anywhere)
    runs = scene.new_pods is not NewPods.AS_ASSUMED
    address = (placed_or_not if runs else address_assumed)(terms, space, end)
    yield terms.implication(end.pod, address)
