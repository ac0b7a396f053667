"""What a connection can be: the constraints of each world (docs/worlds.md)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from netproof_encodings.logic.terms import Term, Terms
from netproof_encodings.meaning.host_endpoints import host_constraints, two_hosts
from netproof_encodings.meaning.labels import in_range
from netproof_encodings.meaning.namespaces import (
    account_in_range,
    known_or_other,
    one_account,
    one_namespace,
)
from netproof_encodings.meaning.open_worlds import any_cluster, any_pods
from netproof_encodings.meaning.own_nodes import apart_from_own_nodes
from netproof_encodings.meaning.ports import legal
from netproof_encodings.meaning.scenes import Scene
from netproof_encodings.meaning.snapshot import snapshot
from netproof_encodings.meaning.spaces import ConnectionSpace, EndpointSpace
from netproof_encodings.meaning.taken_addresses import two_addresses
from netproof_specs.worlds import World


def world_constraints(terms: Terms, space: ConnectionSpace, scene: Scene) -> list[Term]:
    """Terms that hold together iff the symbols describe a connection of the world."""
    return [
        legal(terms, space.ports),
        terms.disjunction(end.inside(terms) for end in space.ends),
        *(term for end in space.ends for term in _endpoint_constraints(terms, end)),
        *(term for end in space.ends for term in host_constraints(terms, space, end, scene)),
        *two_hosts(terms, space, scene),
        *apart_from_own_nodes(terms, space, scene),
        # Where no block tells addresses apart, there always are two.
        *([two_addresses(terms, space)] if scene.vocabulary.blocks else ()),
        *_world(terms, space, scene),
    ]


def general_constraints(terms: Terms, space: ConnectionSpace) -> list[Term]:
    """What holds of every connection of every world, under every assumption."""
    return [
        legal(terms, space.ports),
        terms.disjunction(end.inside(terms) for end in space.ends),
        *(term for end in space.ends for term in _endpoint_constraints(terms, end)),
        *(term for end in space.ends for term in host_constraints(terms, space, end)),
        *(known_or_other(terms, end) for end in space.ends),
        one_namespace(terms, space),
        *one_account(terms, space),
    ]


def _endpoint_constraints(terms: Terms, end: EndpointSpace) -> Iterator[Term]:
    """What holds of an end in every world: codes in range, an external address has an address."""
    yield in_range(terms, end.labels)
    yield in_range(terms, end.namespace.labels)
    if end.account is not None:
        yield from account_in_range(terms, end.account)
    inside = end.inside(terms)
    yield terms.disjunction((inside, end.addressed))
    yield terms.implication(end.host_network, end.pod)
    yield terms.implication(end.supplied, terms.conjunction((inside, end.addressed)))


def _world(terms: Terms, space: ConnectionSpace, scene: Scene) -> Iterator[Term]:
    """What holds in this world beyond what holds in all of them."""
    match scene.world:
        case World.SNAPSHOT:
            yield from snapshot(terms, space, scene)
        case World.ANY_PODS:
            yield from any_pods(terms, space, scene)
        case World.ANY_CLUSTER:
            yield from any_cluster(terms, space, scene)
        case _:
            assert_never(scene.world)
