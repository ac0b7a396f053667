"""Points of a region: connections that its words cover, at its corners and within."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from ipaddress import ip_network
from itertools import product

from tests.brute_force import Mentions, mentions
from tests.compare_strategies import types_of

from netproof.comparisons import (
    Comparison,
    Region,
    RegionAddresses,
    RegionAnything,
    RegionEnd,
    RegionPods,
)
from netproof.oracle.addresses import taken_address
from netproof.oracle.claims import in_scope
from netproof.oracle.regions import end_holds
from netproof_specs.assumptions import Assumption
from netproof_specs.model.cluster import Cluster, ContainerPort, Namespace
from netproof_specs.model.connections import (
    Connection,
    Endpoint,
    ExternalEndpoint,
    PodEndpoint,
    pod_of,
)
from netproof_specs.model.labels import NAME_LABEL, Labels, LabelSelector, Operator, Requirement
from netproof_specs.model.network_policy import NetworkPolicy
from netproof_specs.model.traffic import Direction, Family, Protocol
from netproof_specs.worlds import World

Policies = Sequence[NetworkPolicy]


def mentioned_by(policies: Policies, cluster: Cluster) -> Mentions:
    """What the rules that are in force mention, and the namespaces of all rules (A.11, A.52)."""
    alive = (
        replace(
            one,
            ingress=one.ingress if Direction.INGRESS in types_of(one) else (),
            egress=one.egress if Direction.EGRESS in types_of(one) else (),
        )
        for one in policies
    )
    named = mentions(replace(cluster, policies=tuple(policies)), []).namespaces
    return replace(mentions(replace(cluster, policies=tuple(alive)), []), namespaces=named)


def points(
    region: Region, given: Policies, cluster: Cluster, found: Comparison, rng: random.Random
) -> Iterator[Connection]:
    """Connections of the region: its corners, some of them, and random ones within."""
    protocols = [rng.choice(region.protocols), region.protocols[0], region.protocols[-1]]
    inner = rng.randint(region.first, region.last)
    mentioned = mentioned_by(given, cluster)
    for (protocol, port), family in product(
        {*product(protocols, (region.first, inner, region.last))}, region.families
    ):
        at = Spot(mentioned, cluster, found, protocol, port, family)
        sources = some(ends(region.source, at, "one", rng), rng)
        destinations = some(ends(region.destination, at, "two", rng), rng)
        for source, destination in product(sources, destinations):
            one = Connection(source, destination, protocol, port, family)
            if together(source, destination) and in_scope(one, found.assumptions):
                yield one


def some(found: Iterable[Endpoint], rng: random.Random) -> list[Endpoint]:
    """At most a few of them."""
    every = list(found)
    return rng.sample(every, min(5, len(every)))


def together(source: Endpoint, destination: Endpoint) -> bool:
    """Whether two pods of one namespace see one set of namespace labels."""
    if isinstance(source, PodEndpoint) and isinstance(destination, PodEndpoint):
        one, other = source.namespace, destination.namespace
        return one.name != other.name or one == other
    return True


@dataclass(frozen=True, slots=True)
class Spot:
    """Where the ends of a point are wanted: in which world, and on which port and family."""

    mentioned: Mentions
    cluster: Cluster
    found: Comparison
    protocol: Protocol
    port: int
    family: Family

    @property
    def world(self) -> World:
        """The world of the comparison."""
        return self.found.world

    @property
    def supplied(self) -> bool:
        """Whether pods of no known address are assumed to have any (A.29)."""
        return Assumption.UNKNOWN_POD_ADDRESSES in self.found.assumptions


def ends(end: RegionEnd, at: Spot, name: str, rng: random.Random) -> Iterator[Endpoint]:
    """Endpoints that the description of one end covers, worked out from its words."""
    match end:
        case RegionAnything():
            yield from ends(RegionAddresses(None), at, name, rng)
            yield from ends(RegionPods(LabelSelector(), LabelSelector()), at, name, rng)
        case RegionAddresses():
            taken = {one for pod in at.cluster.workloads for one in pod.addresses}
            free = at.world is not World.SNAPSHOT
            for address in addresses_in(end, at.family, rng):
                if free or address not in taken:
                    yield ExternalEndpoint(address)
        case RegionPods():
            if at.world is World.SNAPSHOT:
                yield from snapshot_pods(end, at, rng)
            else:
                yield from open_pods(end, at, name, rng)


def addresses_in(block: RegionAddresses, family: Family, rng: random.Random) -> list[str]:
    """The first and last address of the family that the block covers, and random ones."""
    whole = "0.0.0.0/0" if family is Family.IPV4 else "::/0"
    net = ip_network(block.cidr or whole)
    if net.version != family.value:
        return []
    excepted = [ip_network(one) for one in block.excepts]
    first, last = int(net[0]), int(net[-1])
    tries = [first, last, *(rng.randint(first, last) for _ in range(4))]
    tries += [edge for one in excepted for edge in (int(one[0]) - 1, int(one[-1]) + 1)]
    kind = type(net[0])
    inside = (kind(value) for value in tries if first <= value <= last)
    return [str(one) for one in inside if not any(one in hole for hole in excepted)]


def snapshot_pods(end: RegionPods, at: Spot, rng: random.Random) -> Iterator[PodEndpoint]:
    """The pods of the manifests that the words cover."""
    spaces = {one.name: one for one in at.cluster.namespaces}
    for workload in at.cluster.workloads:
        for replica in range(1, workload.replicas + 1):
            pod = pod_of(workload, spaces[workload.namespace], replica)
            for one in with_addresses(pod, end, at, rng):
                if end_holds(end, one, probe(one, at)):
                    yield one


def probe(pod: PodEndpoint, at: Spot) -> Connection:
    """A connection of the spot's protocol, port and family, to hold an end against."""
    return Connection(pod, pod, at.protocol, at.port, at.family)


def with_addresses(
    pod: PodEndpoint, end: RegionPods, at: Spot, rng: random.Random
) -> Iterator[PodEndpoint]:
    """The pod; where its address is not known but assumed, with addresses of the region."""
    if pod.addresses or not (at.supplied and at.mentioned.blocks):
        yield pod
        return
    for address in addresses_in(end.block or RegionAddresses(None), at.family, rng):
        one = replace(pod, addresses=(address,), supplied=True)
        workloads = at.cluster.workloads if at.world is World.SNAPSHOT else ()
        if not taken_address(probe(one, at), workloads):
            yield one


def open_pods(end: RegionPods, at: Spot, name: str, rng: random.Random) -> Iterator[PodEndpoint]:
    """Pods that the words cover: with every choice of labels, mentioned ones and others."""
    if end.block is not None and not at.supplied:
        return
    spaces = [one for one in namespaces(at, rng) if meets(end.namespaces, one.labels)]
    labels = list(labellings(end.pods, at.mentioned.pod_selectors, rng))
    for space, own in product(rng.sample(spaces, min(4, len(spaces))), labels[:6]):
        ports = declared(end, at, rng)
        pod = PodEndpoint(space, name, own, ports=ports, invented=True)
        yield from with_addresses(pod, end, at, rng)


def namespaces(at: Spot, rng: random.Random) -> Iterator[Namespace]:
    """Namespaces of the open world, those whose labels are free with some choices of them."""
    names = list(at.mentioned.namespaces)
    known = {one.name: one for one in at.cluster.namespaces if one.declared}
    if at.world is World.ANY_CLUSTER:
        known, names = {}, [*names, "far-away", "far-away-2"]
    for name in names:
        if name in known:
            yield known[name]
            continue
        for labels in labellings(LabelSelector(), at.mentioned.namespace_selectors, rng):
            own = tuple(sorted((dict(labels) | {NAME_LABEL: name}).items()))
            yield Namespace(name, own, declared=False)


def labellings(
    wanted: LabelSelector, selectors: Iterable[LabelSelector], rng: random.Random
) -> Iterator[Labels]:
    """Labels that meet the selector, in random order, over the keys that selectors mention."""
    values: dict[str, set[str | None]] = {}
    for selector in (wanted, *selectors):
        for one in selector.requirements:
            values.setdefault(one.key, {None, "unheard-of"}).update(one.values)
    values.pop(NAME_LABEL, None)
    choices = [[(key, one) for one in sorted(found, key=str)] for key, found in values.items()]
    every = list(product(*choices))
    rng.shuffle(every)
    for choice in every:
        labels = tuple(sorted((key, value) for key, value in choice if value is not None))
        if meets(wanted, labels):
            yield labels


def meets(selector: LabelSelector, labels: Labels) -> bool:
    """Whether the labels meet the selector (A.23)."""
    return all(fits(one, dict(labels).get(one.key)) for one in selector.requirements)


def fits(requirement: Requirement, value: str | None) -> bool:
    """Whether the value, None for an absent key, meets the requirement (A.23)."""
    match requirement.operator:
        case Operator.IN:
            return value in requirement.values
        case Operator.NOT_IN:
            return value not in requirement.values
        case Operator.EXISTS:
            return value is not None
        case Operator.DOES_NOT_EXIST:
            return value is None


def declared(end: RegionPods, at: Spot, rng: random.Random) -> tuple[ContainerPort, ...]:
    """Container ports as the words ask, and others under mentioned names as it happens."""
    wanted = dict(end.declares)
    found = [
        ContainerPort(name, at.protocol, at.port)
        for name in at.mentioned.port_names
        if wanted.get(name, rng.random() < 0.5)
    ]
    others = (
        ContainerPort(name, rng.choice([*Protocol]), 1 + at.port % 65535)
        for name in at.mentioned.port_names
    )
    return (*found, *others)
