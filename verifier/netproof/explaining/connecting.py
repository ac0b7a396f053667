"""The one connection that is explained: its address family, and the addresses of its ends."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import product

from netproof.connectivity.addresses import examples_of
from netproof.connectivity.points import points_of
from netproof.connectivity.portsets import union_of
from netproof.decisions import Ranges
from netproof.oracle.addresses import family_of, shared_address, without_address
from netproof.oracle.connections import decide
from netproof_encodings.lowering import lower
from netproof_specs.assumptions import Assumption, Assumptions
from netproof_specs.frozen import Frozen, replace
from netproof_specs.model.cluster import Cluster
from netproof_specs.model.connections import (
    Connection,
    Endpoint,
    ExternalEndpoint,
    PodEndpoint,
)
from netproof_specs.model.hosts import HostEndpoint
from netproof_specs.model.traffic import Family, Protocol


class Question(Frozen):
    """Which connection is asked about, over one of the families."""

    cluster: Cluster
    ends: tuple[Endpoint, Endpoint]
    on: tuple[Protocol, int]
    families: tuple[Family, ...] = tuple(Family)


def connection_of(
    asked: Question, assumptions: Assumptions, source_port: int | None = None
) -> tuple[Connection, Family | None]:
    """The connection, and the other family where that is decided differently (A.27).

    Of the families asked about the one that is allowed is taken, else IPv4. A pod that may
    have any address gets one with which the connection is allowed, where there is one (A.29).
    """
    allowed: dict[Family, Connection] = {}
    denied: dict[Family, Connection] = {}
    for family in _families(asked.ends):
        for source, destination in addressed(asked.cluster, asked.ends, family, assumptions):
            connection = Connection(source, destination, *asked.on, family, source_port)
            if shared_address(connection):
                continue
            denied.setdefault(family, connection)
            if decide(asked.cluster.every_policy, connection, assumptions).allowed:
                allowed[family] = connection
                break
    wanted = [one for one in denied if one in asked.families] or [*denied]
    taken = next((one for one in wanted if one in allowed), wanted[0])
    other = next((one for one in denied if (one in allowed) is not (taken in allowed)), None)
    return {**denied, **allowed}[taken], other


def allowing_sources(
    asked: Question, assumptions: Assumptions, stretches: Iterable[tuple[int, int]]
) -> Ranges:
    """The source ports from which the connection is allowed; `stretches` are told apart (D.19)."""

    def allowed(source_port: int) -> bool:
        taken, _ = connection_of(asked, assumptions, source_port)
        return decide(asked.cluster.every_policy, taken, assumptions).allowed

    return union_of(one for one in stretches if allowed(one[0]))


def addressed(
    cluster: Cluster,
    ends: tuple[Endpoint, Endpoint],
    family: Family,
    assumptions: Assumptions,
) -> Iterator[tuple[Endpoint, Endpoint]]:
    """The ends as they are, then with addresses that are assumed where none is known.

    A host endpoint has one of its expected addresses (D.35).
    """
    source, destination = (_variants(cluster, end, family, assumptions) for end in ends)
    yield from product(source, destination)


def _variants(
    cluster: Cluster, end: Endpoint, family: Family, assumptions: Assumptions
) -> list[Endpoint]:
    if isinstance(end, ExternalEndpoint):
        return [end]
    if isinstance(end, HostEndpoint):
        known = [one for one in end.addresses if family_of(one) is family]
        if known:
            return [replace(end, addresses=(one,)) for one in known]
        end = replace(end, addresses=())
    if end.addresses or Assumption.UNKNOWN_POD_ADDRESSES not in assumptions:
        return [end]
    without = replace(cluster, hosts=())
    atoms = points_of(without, lower(cluster.every_policy), assumptions).atoms
    taken = (*_addresses_of_pods(cluster, end), *(x for h in cluster.hosts for x in h.addresses))
    given = examples_of(atoms, family, taken)
    return [end, *(replace(end, addresses=(address,), supplied=True) for address in given)]


def _addresses_of_pods(cluster: Cluster, end: PodEndpoint | HostEndpoint) -> Iterator[str]:
    """Those that the end can have none of: hostNetwork pods may share their node's (A.45)."""
    on_node = isinstance(end, PodEndpoint) and end.host_network
    for one in cluster.workloads:
        if not (on_node and one.host_network):
            yield from one.addresses


def _families(ends: tuple[Endpoint, Endpoint]) -> list[Family]:
    """Those in which both ends have addresses, as far as known; both where there is none."""
    for end in ends:
        if isinstance(end, ExternalEndpoint):
            return [family_of(end.address)]
    either = [
        family
        for family in Family
        if not without_address(Connection(*ends, Protocol.TCP, 1, family))
    ]
    return either or list(Family)
