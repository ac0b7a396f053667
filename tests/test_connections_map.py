"""The map of connections against the oracle: on generated clusters and on the truth tables."""

from __future__ import annotations

from collections.abc import Iterator

from hypothesis import given, settings
from hypothesis import strategies as st
from tests import strategies as own

from netproof.connectivity.mapping import Map, Query, map_of
from netproof.connectivity.units import By
from netproof.oracle.addresses import in_block
from netproof.oracle.claims import in_scope, member
from netproof.oracle.connections import decide
from netproof_specs.assumptions import Assumption, Assumptions
from netproof_specs.claims import EndpointSet
from netproof_specs.model.cluster import Cluster
from netproof_specs.model.connections import (
    Connection,
    Endpoint,
    ExternalEndpoint,
    Family,
)
from netproof_specs.model.network_policy import Protocol

Key = tuple[str, ...]
Listed = dict[tuple[Key, Key], set[tuple[Protocol, int]]]


def addresses(cluster: Cluster) -> list[str]:
    """Addresses that no pod has, some in every block of the strategies."""
    taken = {address for one in cluster.workloads for address in one.addresses}
    every = (*own.EXTERNAL_ADDRESSES, *own.POD_ADDRESSES, *own.POD_ADDRESSES_6)
    return [address for address in every if address not in taken]


def listed(found: Map) -> Listed:
    """What a map says of the probed ports and outside addresses, as plain sets."""
    outside = addresses(found.relation.points.cluster)
    pairs: Listed = {}
    for source, destination, number in triples(found):
        probes = {
            (protocol, port)
            for protocol, ranges in found.ports(number)
            for port in own.PORTS
            if any(first <= port <= last for first, last in ranges)
        }
        for one in keys_of(source, outside):
            for other in keys_of(destination, outside):
                assert (one, other) not in pairs, "a pair is listed twice"
                if probes:
                    pairs[one, other] = probes
    return pairs


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
    cluster: Cluster, by: By, assumptions: Assumptions, groups: dict[str, EndpointSet]
) -> Listed:
    """The same from the oracle, connection by connection."""
    pairs: Listed = {}
    for connection in connections(cluster):
        if (
            in_scope(connection, assumptions)
            and decide(cluster.policies, connection, assumptions).allowed
        ):
            for one in units_of(connection.source, by, groups, connection.family):
                for other in units_of(connection.destination, by, groups, connection.family):
                    here = pairs.setdefault((one, other), set())
                    here.add((connection.protocol, connection.port))
    return pairs


def connections(cluster: Cluster) -> Iterator[Connection]:
    pods = own.pods_of(cluster)
    ends: list[Endpoint] = [*pods, *map(ExternalEndpoint, addresses(cluster))]
    for source in ends:
        for destination in ends:
            for family in Family:
                for protocol in Protocol:
                    for port in own.PORTS:
                        yield Connection(source, destination, protocol, port, family)


def units_of(
    end: Endpoint, by: By, groups: dict[str, EndpointSet], family: Family
) -> list[Key]:
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
@settings(deadline=None, max_examples=40)
def test_map_is_what_the_oracle_allows(data: st.DataObject) -> None:
    cluster = data.draw(own.clusters())
    assumptions = data.draw(own.assumptions) - {Assumption.UNKNOWN_POD_ADDRESSES}
    by = data.draw(st.sampled_from(By))
    groups: dict[str, EndpointSet] = {}
    if by is By.GROUP:
        chosen = data.draw(st.lists(own.endpoint_sets(cluster), min_size=1, max_size=3))
        groups = {f"g{number}": one for number, one in enumerate(chosen)}
    found = map_of(cluster, Query(by=by, groups=groups, assumptions=assumptions))
    assert listed(found) == expected(cluster, by, assumptions, groups)
