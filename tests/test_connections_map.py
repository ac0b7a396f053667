"""The map of connections against the oracle: on generated clusters and on the truth tables."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests import strategies as own
from tests.admin_strategies import mixed_clusters
from tests.profiles import some
from tests.truth_tables import Case, Row, cases

from netproof.connectivity.mapping import Map, Query, map_of
from netproof.connectivity.points import Points, points_of
from netproof.connectivity.portsets import NOTHING
from netproof.connectivity.relation import Relation, relations
from netproof.connectivity.units import By
from netproof.decisions import Certainty
from netproof.oracle.addresses import family_of, in_block
from netproof.oracle.claims import in_scope, member, on_ports
from netproof.oracle.connections import Favour, decide
from netproof_encodings.decision.folding import Lean
from netproof_encodings.lowering import lower
from netproof_specs.assumptions import DEFAULTS, Assumption
from netproof_specs.claims import AddressBlock, ClaimPorts, EndpointSet, PodNamed, Ports
from netproof_specs.model.cluster import Cluster
from netproof_specs.model.connections import Connection, Endpoint, ExternalEndpoint, PodEndpoint
from netproof_specs.model.traffic import Family, Protocol

Key = tuple[str, ...]
Listed = dict[tuple[Key, Key], set[tuple[Protocol, int]]]


def addresses(cluster: Cluster) -> list[str]:
    """Addresses that no pod has, some in every block of the strategies."""
    taken = {address for one in cluster.workloads for address in one.addresses}
    every = (*own.EXTERNAL_ADDRESSES, *own.POD_ADDRESSES, *own.POD_ADDRESSES_6)
    return [address for address in every if address not in taken]


def listed(found: Map, probed: Sequence[int], certainties: Collection[Certainty]) -> Listed:
    """What a map says so of the probed ports and outside addresses, as plain sets.

    An address of the own node of an end is left out, also where a line has it among others.
    """
    outside = addresses(found.relation.points.cluster)
    own_addresses = addresses_of_nodes(found)
    pairs: Listed = {}
    for source, destination, number in triples(found):
        for end, other in ((source, destination), (destination, source)):
            assert not is_own(own_addresses, end, other), "nothing of the line is in scope"
        probes = {
            (protocol, port)
            for protocol, ranges, _, certainty in found.ports(number)
            if certainty in certainties
            for port in probed
            if any(first <= port <= last for first, last in ranges)
        }
        for one in keys_of(source, outside):
            for other in keys_of(destination, outside):
                assert (one, other) not in pairs, "a pair is listed twice"
                is_left_out = {*one} <= own_addresses.get(other, set())
                if probes and not (is_left_out or {*other} <= own_addresses.get(one, set())):
                    pairs[one, other] = probes
    return pairs


def addresses_of_nodes(found: Map) -> dict[Key, set[str]]:
    """By unit, the addresses that the nodes of all of its pods and host endpoints state."""
    cluster, known = found.relation.points.cluster, dict[Key, set[str]]()
    for pod in own.pods_of(cluster):
        for key in units_of(pod, found.query.by, {}, Family.IPV4):
            known.setdefault(key, {*pod.node_addresses}).intersection_update(pod.node_addresses)
    for host in cluster.hosts:
        known["", host.name, "HostEndpoint", "0"] = {*host.node_addresses}
    return known


def is_own(known: dict[Key, set[str]], end: object, other: object) -> bool:
    """Whether the one end is blocks that hold nothing but addresses of the other end's nodes."""
    assert isinstance(end, tuple)
    assert isinstance(other, tuple)
    addresses = known.get(tuple(map(str, other)), set())
    return {*end} <= {f"{one}/{128 if ':' in one else 32}" for one in addresses}


def triples(found: Map) -> Iterator[tuple[object, object, int]]:
    for row in found.rows():
        assert row.count() == len(list(row.cells())) + len(row.pattern.outside)
        for at, number in row.cells():
            yield row.source.identity, found.destinations[at].identity, number
        for cidrs, number in row.pattern.outside:
            yield row.source.identity, cidrs, number
    for at, blocks in found.entering():
        for cidrs, number in blocks:
            yield cidrs, found.destinations[at].identity, number


def keys_of(end: object, outside: list[str]) -> list[Key]:
    """A unit as one key, blocks as the probed addresses that they hold."""
    assert isinstance(end, tuple)
    if len(end) == 4 and isinstance(end[3], int):
        return [tuple(map(str, end))]
    return [(address,) for address in outside if any(in_block(address, one) for one in end)]


def expected(
    cluster: Cluster,
    query: Query,
    probed: Sequence[int],
    favour: Favour = Favour.DOCUMENTED,
) -> Listed:
    """The same from the oracle, connection by connection."""
    by, assumptions, groups = query.by, query.assumptions, dict(query.groups)
    pairs: Listed = {}
    for connection in connections(cluster, probed):
        if (
            in_scope(connection, assumptions)
            and decide(cluster.policies, connection, assumptions, favour).allowed
        ):
            for one in units_of(connection.source, by, groups, connection.family):
                for other in units_of(connection.destination, by, groups, connection.family):
                    here = pairs.setdefault((one, other), set())
                    here.add((connection.protocol, connection.port))
    return pairs


def connections(cluster: Cluster, probed: Sequence[int]) -> Iterator[Connection]:
    pods = own.pods_of(cluster)
    ends: list[Endpoint] = [*pods, *map(ExternalEndpoint, addresses(cluster))]
    for source in ends:
        for destination in ends:
            for family, protocol, port in product(families(source, destination), Protocol, probed):
                yield Connection(source, destination, protocol, port, family)


def families(*ends: Endpoint) -> list[Family]:
    """The families of a connection between the ends."""
    outside = [family_of(end.address) for end in ends if isinstance(end, ExternalEndpoint)]
    return outside[:1] or list(Family)


def units_of(end: Endpoint, by: By, groups: dict[str, EndpointSet], family: Family) -> list[Key]:
    if by is By.GROUP:
        inside = (name for name, one in groups.items() if member(end, one, family))
        return [("", name, "Group", "0") for name in inside]
    if isinstance(end, ExternalEndpoint):
        return [(end.address,)]
    if by is By.POD:
        replica = end.replica if end.replicas > 1 else 0
        return [(end.namespace.name, end.name, end.kind, str(replica))]
    kind, name = end.owner or (end.kind, end.name)
    return [(end.namespace.name, name, kind, "0")]


@given(st.data())
def test_map_is_what_the_oracle_allows(data: st.DataObject) -> None:
    cluster = data.draw(st.one_of(own.clusters(), mixed_clusters()))
    assumptions = data.draw(own.assumptions) - {Assumption.UNKNOWN_POD_ADDRESSES}
    by = data.draw(st.sampled_from(By))
    groups: dict[str, EndpointSet] = {}
    if by is By.GROUP:
        chosen = data.draw(st.lists(own.endpoint_sets(cluster), min_size=1, max_size=3))
        groups = {f"g{number}": one for number, one in enumerate(chosen)}
    query = Query(by=by, groups=groups, assumptions=assumptions)
    found = map_of(cluster, query)
    ports = data.draw(st.permutations(own.PORTS))[:2]
    given = (cluster, query, ports)
    tied = Assumption.TIES in assumptions
    most, least = (Favour.ALLOWED, Favour.DENIED) if tied else (Favour.DOCUMENTED,) * 2
    assert listed(found, ports, Certainty) == expected(*given, most)
    assert listed(found, ports, {Certainty.SURELY}) == expected(*given, least)


TABLES = [case for case in cases() if case.rows]


@pytest.mark.generated
@pytest.mark.parametrize("case", some(TABLES), ids=lambda case: case.id)
def test_truth_table_lists_exactly_the_allowed_rows(case: Case) -> None:
    for row in case.rows:
        if in_scope(row.connection, row.assumptions):
            surely = Certainty.SURELY if row.allowed else None
            assert listed_as(row) is (Certainty.PERHAPS if row.open else surely), row.id
            assert is_left_open(row) is row.open, row.id


def is_left_open(row: Row) -> bool:
    """Whether the order of tied policies decides the row (C.4)."""
    tiers = lower(row.cluster.policies)
    hosts = [set_of(end) for end in (row.connection.source, row.connection.destination)]
    blocks = [one.cidr for one in hosts if isinstance(one, AddressBlock)]
    points = points_of(row.cluster, tiers, row.assumptions, blocks)
    some, every = relations(points, tiers, (Lean.ALLOWING, Lean.DENYING))
    return has(some, row.connection) and not has(every, row.connection)


def has(relation: Relation, connection: Connection, layer: int = 0) -> bool:
    """Whether a layer has the connection, for some address of a pod of unknown address."""
    ends = [points_at(relation.points, end) for end in (connection.source, connection.destination)]
    return any(
        relation.sets.holds(
            relation.sets.only(relation.between(*pair), layer),
            connection.family,
            connection.protocol,
            connection.port,
        )
        for pair in product(*ends)
    )


def points_at(points: Points, end: Endpoint) -> tuple[int, ...]:
    if isinstance(end, ExternalEndpoint):
        return (points.atom_point(end.address),)
    assert isinstance(end, PodEndpoint)
    workloads = points.cluster.workloads
    names = [(one.namespace, one.kind, one.name) for one in workloads]
    return points.points_of[names.index((end.namespace.name, end.kind, end.name))]


def listed_as(row: Row) -> Certainty | None:
    """How a map has the row, if it does, asked as a user would: from, to and on."""
    connection = row.connection
    ends = (connection.source, connection.destination)
    sets = [set_of(end) for end in ends]
    on = (ClaimPorts(connection.protocol, connection.port, connection.port),)
    found = map_of(row.cluster, Query(By.POD, *sets, on, assumptions=row.assumptions))
    keys = [units_of(end, By.POD, {}, connection.family)[0] for end in ends]
    outside = [end.address for end in ends if isinstance(end, ExternalEndpoint)]
    for source, destination, number in triples(found):
        assert number != NOTHING
        ends = (connection.port, connection.port)
        assert all(port == ends for _, (port,), *_ in found.ports(number))
        pair = (keys_of(source, outside), keys_of(destination, outside))
        if keys[0] in pair[0] and keys[1] in pair[1]:
            return in_family(found, connection, number)
    return None


def in_family(found: Map, connection: Connection, number: int) -> Certainty | None:
    """How what the map lists of two pods is allowed in the connection's family."""
    ends = (connection.source, connection.destination)
    some, every = (has(found.relation, connection, layer) for layer in (0, -1))
    if any(isinstance(end, ExternalEndpoint) for end in ends):
        some, every = True, not found.relation.sets.is_open(number)
    if every:
        return Certainty.SURELY
    return Certainty.PERHAPS if some else None


def set_of(end: Endpoint) -> EndpointSet:
    if isinstance(end, ExternalEndpoint):
        return AddressBlock(f"{end.address}/{128 if ':' in end.address else 32}")
    return PodNamed(end.namespace.name, end.name, end.kind)


@given(st.data())
def test_filters_leave_what_they_name(data: st.DataObject) -> None:
    """`--from`, `--to` and `--on` leave exactly the connections between the two groups."""
    cluster = data.draw(own.clusters())
    sources, destinations = (
        data.draw(own.endpoint_sets(cluster)),
        data.draw(own.endpoint_sets(cluster)),
    )
    ports: Ports = data.draw(own.claim_ports)
    probed = data.draw(st.permutations(own.PORTS))[:2]
    found = map_of(cluster, Query(By.POD, sources, destinations, ports))
    assert listed(found, probed, Certainty) == {
        pair: kept
        for pair, connections in between(cluster, sources, destinations, probed).items()
        if (kept := {on for on in connections if on_ports(asked(*on), ports)})
    }


def asked(protocol: Protocol, port: int) -> Connection:
    nobody = ExternalEndpoint("192.0.2.1")
    return Connection(nobody, nobody, protocol, port)


def between(
    cluster: Cluster, sources: EndpointSet, destinations: EndpointSet, probed: Sequence[int]
) -> Listed:
    """What the oracle allows from one group to the other, by pods."""
    pairs: Listed = {}
    for one in connections(cluster, probed):
        if (
            member(one.source, sources, one.family)
            and member(one.destination, destinations, one.family)
            and in_scope(one, DEFAULTS)
            and decide(cluster.policies, one, DEFAULTS).allowed
        ):
            (source,) = units_of(one.source, By.POD, {}, one.family)
            (destination,) = units_of(one.destination, By.POD, {}, one.family)
            pairs.setdefault((source, destination), set()).add((one.protocol, one.port))
    return pairs
