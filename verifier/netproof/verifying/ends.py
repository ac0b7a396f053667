"""The ends of connections of the input, told apart by policies and by the groups of a claim."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence

from netproof.connectivity.points import HostAt, Points, numbers_of
from netproof.connectivity.portsets import NOTHING, PortId
from netproof.connectivity.relation import Relation
from netproof.connectivity.units import outside_of
from netproof.oracle.claims import member
from netproof_specs.claims import AddressBlock, AnyOf, EndpointSet, Group, PodNamed
from netproof_specs.frozen import Frozen
from netproof_specs.model.cluster import Workload
from netproof_specs.model.connections import pod_of
from netproof_specs.model.hosts import HostEndpoint
from netproof_specs.model.traffic import Family
from netproof_specs.worlds import World


class End(Frozen):
    """Pods that nothing tells apart, a host endpoint, or the addresses of one atom.

    Pods that may have any address are at several points, so two ends may be of the same pods. So
    they may be of a host endpoint, which is at one point for each of its addresses.

    `within` gives for each group of the claim the families in which these are members of it, as
    ports; `families` those in which they have connections at all. `held` are all the addresses of
    an atom, where they are addresses of nodes alone.
    """

    point: int
    workloads: tuple[Workload | HostEndpoint, ...]
    within: tuple[PortId, ...]
    families: PortId
    node: bool
    held: frozenset[str] = frozenset()


class Alike(Frozen):
    """Pods at the same points that some groups do not tell apart."""

    places: tuple[int, ...]
    workloads: tuple[Workload, ...]


def alike_in(points: Points, groups: Iterable[Group]) -> tuple[Alike, ...]:
    """All pods, grouped once for all claims of a run, whose groups these are."""
    found: dict[tuple[tuple[int, ...], Hashable], list[Workload]] = defaultdict(list)
    marks = _marks_for(groups)
    for workload, places in zip(points.cluster.workloads, points.points_of, strict=True):
        found[places, marks(workload)].append(workload)
    return tuple(Alike(places, tuple(those)) for (places, _), those in found.items())


def ends_of(
    relation: Relation, pods: Sequence[Alike], groups: Sequence[Group], world: World
) -> Iterator[End]:
    """Pods, host endpoints and addresses; hostNetwork pods are outside the open worlds.

    `pods` are all of them, grouped at least as these groups tell them apart.
    """
    yield from _pods(relation, pods, groups, world)
    yield from _hosts(relation, groups)
    yield from _outside(relation, groups)


def _pods(
    relation: Relation, pods: Sequence[Alike], groups: Sequence[Group], world: World
) -> Iterator[End]:
    points, sets = relation.points, relation.sets
    found: dict[tuple[int, tuple[PortId, ...]], list[Workload]] = defaultdict(list)
    known: dict[Hashable, tuple[PortId, ...]] = {}
    marks = _marks_for(groups)  # of fewer groups, so that more pods are alike in them
    for alike in pods:
        workload = alike.workloads[0]
        if workload.host_network and world is not World.SNAPSHOT:
            continue
        mark = marks(workload)
        within = known.get(mark)
        if within is None:
            pod = pod_of(workload, points.namespaces[workload.namespace], 1)
            within = known[mark] = tuple(
                sets.within(one for one in Family if member(pod, group.endpoints, one))
                for group in groups
            )
        for point in alike.places:
            found[point, within].extend(alike.workloads)
    for (point, within), workloads in found.items():
        one = points.inside[point]
        families = sets.within(one.families)
        yield End(point, tuple(workloads), within, families, one.node)


def _hosts(relation: Relation, groups: Sequence[Group]) -> Iterator[End]:
    points, sets = relation.points, relation.sets
    for host, places in zip(points.cluster.hosts, points.points_of_host, strict=True):
        for point in places:
            one = points.inside[point]
            assert isinstance(one, HostAt)
            families, (family,) = sets.within(one.families), one.families
            within = tuple(
                families if member(one.host.host, group.endpoints, family) else NOTHING
                for group in groups
            )
            yield End(point, (host,), within, families, node=True)


def _outside(relation: Relation, groups: Sequence[Group]) -> Iterator[End]:
    points, sets = relation.points, relation.sets
    holding = [outside_of(points, group.endpoints) for group in groups]
    filled = dict(points.filled.values())
    for point in numbers_of(points.outside):
        families = sets.within([points.atoms.families[point - len(points.inside)]])
        within = tuple(families if one >> point & 1 else NOTHING for one in holding)
        of_nodes = filled.get(point, frozenset())
        yield End(point, (), within, families, node=False, held=of_nodes)


def _marks_for(groups: Iterable[Group]) -> Callable[[Workload], Hashable]:
    """What tells pods of workloads apart in the groups: alike here is alike in all of them."""
    kinds = {type(one) for group in groups for one in _leaves(group.endpoints)}

    def marks(one: Workload) -> Hashable:
        return (
            (one.namespace, one.labels, one.service_account, one.host_network),
            (one.kind, one.name, one.owner) if PodNamed in kinds else None,
            one.addresses if AddressBlock in kinds else None,
        )

    return marks


def _leaves(endpoints: EndpointSet) -> Iterator[EndpointSet]:
    """The sets that a set is made of, none of which is `any(...)`."""
    if isinstance(endpoints, AnyOf):
        for one in endpoints.members:
            yield from _leaves(one)
    else:
        yield endpoints
