"""What a map lists, as sets of points: host endpoints, and pods, workloads or groups (`--by`)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import Enum
from functools import reduce
from operator import and_
from typing import assert_never

from netproof.connectivity.points import Bits, HostAt, Points, united
from netproof.connectivity.portsets import EVERYTHING, NOTHING, PortId, PortSets
from netproof.oracle.claims import member
from netproof_specs.claims import (
    AddressBlock,
    AnyOf,
    Anything,
    EndpointSet,
    External,
    HostNamed,
    HostsWhere,
    PodNamed,
    PodsWhere,
)
from netproof_specs.frozen import Frozen
from netproof_specs.model.cluster import Workload
from netproof_specs.model.connections import pod_of
from netproof_specs.model.labels import Labels
from netproof_specs.model.traffic import Family


class By(Enum):
    """What the endpoints of a map are."""

    POD = "pod"
    WORKLOAD = "workload"
    GROUP = "group"


class UnitPart(Frozen):
    """The pods of one unit that are in one point, or its host endpoint.

    `sole` identifies the pod or host endpoint where there is one only, `node` is the node on which
    all of them are, where that is known, and `own` are the outside points that hold nothing but
    addresses of it; all are for telling which pairs are out of scope. `ports` limits the families
    in which the pods belong to the unit.
    """

    point: int
    sole: tuple[int, int] | None
    node: str | None
    ports: PortId = EVERYTHING
    own: Bits = 0


class Unit(Frozen):
    """One endpoint of a map: a pod, workload, host endpoint or group, which is of kind `Group`.

    `labels` are those that all its pods carry. `replica` is 0 but for one pod of several.
    `outside` are the points of the outside addresses that a group holds.
    """

    kind: str
    namespace: str
    name: str
    labels: Labels
    parts: tuple[UnitPart, ...]
    replica: int = 0
    outside: Bits = 0

    @property
    def identity(self) -> tuple[str, str, str, int]:
        """What tells one unit of a map from the others."""
        return (self.namespace, self.name, self.kind, self.replica)


HOST = "HostEndpoint"
"""The kind of a host endpoint, which is in no namespace."""


def is_one_endpoint(unit: Unit) -> bool:
    """Whether it is one pod or host endpoint, which no map lists with itself (A.41, D.39).

    It may be at several points, by addresses that are supposed, or that a host endpoint expects.
    """
    soles = {part.sole for part in unit.parts}
    return unit.kind != "Group" and len(soles) == 1 and None not in soles


class _Member(Frozen):
    """Some pods of one workload: the workload's index, and the replica or 0 for all of them."""

    index: int
    workload: Workload
    replica: int
    ports: PortId


Groups = Mapping[str, EndpointSet]


def units_of(
    points: Points, sets: PortSets, by: By, groups: Groups, among: EndpointSet | None
) -> tuple[Unit, ...]:
    """The units whose endpoints are `among` some, in order; `None` is all of them."""
    match by:
        case By.POD | By.WORKLOAD:
            return (*_of_hosts(points, among), *_of_pods(points, sets, by, among))
        case By.GROUP:
            return tuple(_group(points, sets, *group, among) for group in groups.items())
        case _:
            assert_never(by)


def outside_of(points: Points, endpoints: EndpointSet | None) -> Bits:
    """The outside points that are among some endpoints."""
    match endpoints:
        case None | External() | Anything():
            return points.outside
        case PodsWhere() | PodNamed() | HostsWhere() | HostNamed():
            return 0
        case AddressBlock(cidr):
            return points.outside_in(points.atoms.blocks[cidr])
        case AnyOf(members):
            return united(outside_of(points, one) for one in members)
        case _:
            assert_never(endpoints)


def blocks_in(endpoints: EndpointSet) -> Iterator[str]:
    """The address blocks that a set of endpoints mentions."""
    match endpoints:
        case AddressBlock(cidr):
            yield cidr
        case AnyOf(members):
            for one in members:
                yield from blocks_in(one)
        case PodsWhere() | PodNamed() | HostsWhere() | HostNamed() | External() | Anything():
            return
        case _:
            assert_never(endpoints)


def _of_pods(points: Points, sets: PortSets, by: By, among: EndpointSet | None) -> tuple[Unit, ...]:
    gathered: dict[tuple[str, str, str, int], list[_Member]] = {}
    for one in _members(points, sets, among):
        workload = one.workload
        if by is By.WORKLOAD:
            kind, name = workload.owner or (workload.kind, workload.name)
            gathered.setdefault((workload.namespace, name, kind, 0), []).append(one)
        elif workload.replicas == 1:
            identity = (workload.namespace, workload.name, workload.kind, 0)
            gathered.setdefault(identity, []).append(one)
        else:
            for replica in range(1, workload.replicas + 1):
                identity = (workload.namespace, workload.name, workload.kind, replica)
                only = _Member(one.index, workload, replica, one.ports)
                gathered.setdefault(identity, []).append(only)
    return tuple(
        Unit(kind, namespace, name, _labels(found), _parts(points, found), replica)
        for (namespace, name, kind, replica), found in sorted(gathered.items())
    )


def _group(
    points: Points, sets: PortSets, name: str, endpoints: EndpointSet, among: EndpointSet | None
) -> Unit:
    members = {one.index: one for one in _members(points, sets, endpoints)}
    wanted = {one.index: one.ports for one in _members(points, sets, among)}
    both = [
        _Member(at, one.workload, 0, sets.intersection(one.ports, wanted[at]))
        for at, one in members.items()
        if at in wanted
    ]
    hosts = [
        part
        for at in range(len(points.cluster.hosts))
        for part in _host_parts(points, at, (endpoints, among))
    ]
    outside = outside_of(points, endpoints) & outside_of(points, among)
    return Unit("Group", "", name, (), (*_parts(points, both), *hosts), outside=outside)


def _of_hosts(points: Points, among: EndpointSet | None) -> Iterator[Unit]:
    """The host endpoints among some endpoints, in order of their names."""
    for at, host in sorted(enumerate(points.cluster.hosts), key=lambda one: one[1].name):
        parts = tuple(_host_parts(points, at, (among,)))
        if parts:
            yield Unit(HOST, "", host.name, host.labels, parts)


def _host_parts(points: Points, at: int, among: Iterable[EndpointSet | None]) -> Iterator[UnitPart]:
    """The points of a host endpoint, by the addresses that are among all of some sets (D.35).

    Host endpoints are told from pods by numbers that follow those of the workloads.
    """
    host = points.cluster.hosts[at]
    sole = len(points.cluster.workloads) + at, 1
    for point in points.points_of_host[at]:
        one = points.inside[point]
        assert isinstance(one, HostAt)
        known, family = one.host.host, one.host.family
        if all(wanted is None or member(known, wanted, family) for wanted in among):
            yield UnitPart(point, sole, host.node, own=points.own_of(host.node_addresses))


def _members(points: Points, sets: PortSets, among: EndpointSet | None) -> Iterator[_Member]:
    """The workloads among some endpoints, with the families in which they are (A.27)."""
    for index, workload in enumerate(points.cluster.workloads):
        ports = EVERYTHING if among is None else _families(points, sets, index, among)
        if ports != NOTHING:
            yield _Member(index, workload, 0, ports)


def _families(points: Points, sets: PortSets, index: int, among: EndpointSet) -> PortId:
    workload = points.cluster.workloads[index]
    pod = pod_of(workload, points.namespaces[workload.namespace], 1)
    return sets.within(family for family in Family if member(pod, among, family))


def _labels(members: Sequence[_Member]) -> Labels:
    """The labels that all members carry."""
    common = set(members[0].workload.labels)
    for one in members[1:]:
        common &= set(one.workload.labels)
    return tuple(sorted(common))


def _parts(points: Points, members: Iterable[_Member]) -> tuple[UnitPart, ...]:
    gathered: dict[tuple[int, PortId], list[_Member]] = {}
    for one in members:
        for point in points.points_of[one.index]:
            gathered.setdefault((point, one.ports), []).append(one)
    return tuple(_part(points, point, ports, found) for (point, ports), found in gathered.items())


def _part(points: Points, point: int, ports: PortId, members: Sequence[_Member]) -> UnitPart:
    nodes = {one.workload.node for one in members}
    sole = _sole(members[0]) if len(members) == 1 else None
    listed = {one.workload.node_addresses for one in members}
    own = reduce(and_, map(points.own_of, listed))
    return UnitPart(point, sole, nodes.pop() if len(nodes) == 1 else None, ports, own)


def _sole(one: _Member) -> tuple[int, int] | None:
    """The pod that the member is, if it is one only."""
    if one.replica:
        return one.index, one.replica
    return (one.index, 1) if one.workload.replicas == 1 else None
