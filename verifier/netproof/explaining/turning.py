"""Which assumptions turn the decision on a connection."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import chain, combinations, product

from netproof.connectivity.points import Points
from netproof.connectivity.relation import relate
from netproof.explaining.connecting import Question, connection_of
from netproof.oracle.addresses import without_address
from netproof.oracle.connections import decide
from netproof.oracle.endpoints import from_own_node, same_pod
from netproof_encodings.decision.conditions import Assumed, InBlock, atoms_of
from netproof_encodings.decision.tiers import matches_of
from netproof_encodings.lowering import Tiers, asked_by, every_tier, is_calico, lower
from netproof_specs.assumptions import Assumption, Assumptions
from netproof_specs.model.cluster import Cluster
from netproof_specs.model.connections import Connection, Endpoint, ExternalEndpoint, PodEndpoint
from netproof_specs.model.traffic import Family, Protocol

_OPEN = (Assumption.TIES, Assumption.CALICO_FORWARD)
"""What is left open by these turns nothing in the order and the set-up that are explained."""


def turns_of(
    asked: Question, connection: Connection, assumptions: Assumptions
) -> tuple[Assumptions, ...]:
    """The smallest sets of assumptions that, flipped together, turn the decision.

    Sets of pods and addresses tell it at once; beside host endpoints there are none, so that the
    connection is decided anew.
    """
    policies = asked.cluster.every_policy
    if not asked.cluster.hosts:
        return _by_sets(asked, connection, assumptions)

    def outcome(assumed: Assumptions) -> bool:
        taken, _ = connection_of(asked, assumed, connection.source_port)
        return decide(policies, taken, assumed).allowed

    bearing = [one for one in asked_by(policies) if one not in _OPEN]
    return smallest_turns(bearing, assumptions, outcome)


def _by_sets(
    question: Question, connection: Connection, assumptions: Assumptions
) -> tuple[Assumptions, ...]:
    """The same without host endpoints.

    A connection of which a pod's unknown address decides counts as allowed, since it may be. One
    that cannot be made for want of an address has none.
    """
    if without_address(connection):
        return ()
    small, families = _around(question.cluster, connection), question.families
    tiers = lower(small.policies)
    asked = tuple(_asked(small, tiers, connection))
    return smallest_turns(
        asked, assumptions, lambda one: possible(small, tiers, connection, one, families)
    )


def _asked(cluster: Cluster, tiers: Tiers, connection: Connection) -> Iterator[Assumption]:
    """The assumptions that can bear on the connection: the pods are its ends.

    Every set of them is tried, so one that no condition asks for would double the work. Where
    tied policies decide is told apart from these: no assumption about their order turns the
    decision in the order that is explained.
    """
    conditions = chain.from_iterable(map(atoms_of, matches_of(every_tier(tiers))))
    asked = [one for one in conditions if isinstance(one, Assumed | InBlock)]
    assumed = {one.assumption for one in asked if isinstance(one, Assumed)}
    if any(isinstance(one, InBlock) for one in asked):
        yield Assumption.IPBLOCK_MATCHES_PODS
        if not all(one.addresses for one in cluster.workloads):
            yield Assumption.UNKNOWN_POD_ADDRESSES
    if any(one.host_network for one in cluster.workloads):
        yield Assumption.HOST_NETWORK
    if Assumption.CALICO_TYPES in assumed:
        yield Assumption.CALICO_TYPES
    if Assumption.CALICO_TUNNELS in assumed and connection.protocol is Protocol.UDP:
        yield Assumption.CALICO_TUNNELS


def smallest_turns(
    asked: Sequence[Assumption], assumptions: Assumptions, outcome: Callable[[Assumptions], bool]
) -> tuple[Assumptions, ...]:
    """The smallest sets of those asked about that, flipped together, turn the outcome."""
    now = outcome(assumptions)
    for size in range(1, len(asked) + 1):
        found = tuple(
            frozenset(flipped)
            for flipped in combinations(asked, size)
            if outcome(assumptions.symmetric_difference(flipped)) is not now
        )
        if found:
            return found
    return ()


def possible(
    cluster: Cluster,
    tiers: Tiers,
    connection: Connection,
    assumptions: Assumptions,
    families: tuple[Family, ...] = tuple(Family),
) -> bool:
    """Whether the connection is allowed, over any of the families if it is between two pods.

    The pods must be of the cluster, and the tiers those of its policies.
    """
    ends = (connection.source, connection.destination)
    outside = [end.address for end in ends if isinstance(end, ExternalEndpoint)]
    hosts = [f"{address}/{128 if ':' in address else 32}" for address in outside]
    relation = relate(cluster, tiers, assumptions, hosts)
    pairs = product(*(_points(relation.points, end) for end in ends))
    over = (connection.family,) if outside else families
    exempted = same_pod(connection) or from_own_node(connection, assumptions)
    return exempted or any(
        relation.sets.holds(
            ports, family, connection.protocol, connection.port, connection.source_port
        )
        for ports in {relation.between(*pair) for pair in pairs}
        for family in over
    )


def _around(cluster: Cluster, connection: Connection) -> Cluster:
    """The part of the cluster that bears on the connection."""
    pods = [
        end for end in (connection.source, connection.destination) if isinstance(end, PodEndpoint)
    ]
    names = {pod.namespace.name for pod in pods}
    titles = {(pod.namespace.name, pod.kind, pod.name) for pod in pods}
    return Cluster(
        tuple(one for one in cluster.namespaces if one.name in names),
        tuple(one for one in cluster.workloads if (one.namespace, one.kind, one.name) in titles),
        # That there are objects of Calico at all decides how the other policies count (D.6).
        tuple(
            one for one in cluster.policies if is_calico((one,)) or one.namespace in {*names, ""}
        ),
    )


def _points(points: Points, end: Endpoint) -> tuple[int, ...]:
    if isinstance(end, ExternalEndpoint):
        return (points.atom_point(end.address),)
    assert isinstance(end, PodEndpoint)  # Clusters with host endpoints are refused.
    index = next(
        at
        for at, one in enumerate(points.cluster.workloads)
        if (one.namespace, one.kind, one.name) == (end.namespace.name, end.kind, end.name)
    )
    return points.points_of[index]
