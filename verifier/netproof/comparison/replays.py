"""The connections of a change of connectivity, as the oracle decides them on one side."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import product

from netaddr import IPNetwork

from netproof.comparison.naming import workloads_by_name
from netproof.connectivity.changes import Ends, Name, Outside, Shift
from netproof.connectivity.portsets import SLOTS, by_stretch
from netproof.connectivity.units import HOST
from netproof.decisions import Decision, Ranges, SideDecision
from netproof.explaining.connecting import addressed
from netproof.oracle.addresses import family_of
from netproof.oracle.claims import in_scope
from netproof.oracle.connections import Favour, decide, decide_hosts
from netproof.oracle.forwarded import SetUp, Through
from netproof_specs.assumptions import Assumptions
from netproof_specs.frozen import Frozen, replace
from netproof_specs.model.cluster import Cluster, Namespace, Workload
from netproof_specs.model.connections import (
    DYNAMIC_PORT,
    Connection,
    Endpoint,
    ExternalEndpoint,
    pod_of,
)
from netproof_specs.model.hosts import HostEndpoint
from netproof_specs.model.traffic import Family, Protocol

USUAL = 80
"""The port of a sample, where it may have any: one that reads well."""


class Replayed(Frozen):
    """A connection on one side, with the decision that the oracle makes on it."""

    connection: Connection
    decision: Decision


class OneSide(Frozen):
    """One side's cluster, with its workloads by name: a change may be of thousands of them."""

    cluster: Cluster
    workloads: Mapping[Name, Sequence[Workload]]
    namespaces: Mapping[str, Namespace]
    taken: frozenset[str]
    of_nodes: frozenset[str]
    favour: Favour
    set_up: SetUp

    @staticmethod
    def of(cluster: Cluster, favour: Favour, set_up: SetUp) -> OneSide:
        """The side of a cluster, of which one of the cases left open is meant."""
        ends: tuple[Workload | HostEndpoint, ...] = (*cluster.workloads, *cluster.hosts)
        return OneSide(
            cluster,
            workloads_by_name(cluster),
            {one.name: one for one in cluster.namespaces},
            frozenset(address for one in ends for address in one.addresses),
            frozenset(address for one in ends for address in one.node_addresses),
            favour,
            set_up,
        )

    def decide(self, connection: Connection, assumptions: Assumptions) -> Decision:
        """What the oracle says of a connection."""
        policies = self.cluster.every_policy
        return decide(policies, connection, assumptions, self.favour, self.set_up)

    def decide_hosts(
        self, connection: Connection, assumptions: Assumptions, way: Through
    ) -> tuple[SideDecision, ...]:
        """What of that the hosts say if a way through one is passed as well."""
        policies = self.cluster.every_policy
        return decide_hosts(policies, connection, assumptions, self.favour, way)


Names = tuple[Name | None, Name | None]
"""The workloads at both ends, None for an address outside."""


Member = tuple["Name | None", Endpoint]
On = tuple["int | None", tuple[Family, Protocol], int]
"""The source port if these are told apart, the family with the protocol, and the port."""

Order = Callable[
    [Sequence[Member], Sequence[Member], Sequence[On]],
    Iterator[tuple[tuple[Member, Member], On]],
]
"""The order in which the connections of a shift are gone through."""


def by_pair(
    sources: Sequence[Member], destinations: Sequence[Member], ports: Sequence[On]
) -> Iterator[tuple[tuple[Member, Member], On]]:
    """Each pair on all ports before the next one."""
    return ((pair, on) for pair in product(sources, destinations) for on in ports)


def across(
    sources: Sequence[Member], destinations: Sequence[Member], ports: Sequence[On]
) -> Iterator[tuple[tuple[Member, Member], On]]:
    """Each end with some other one before any of them with a second one.

    What tells the sides apart may be one host, and pods on all hosts may be very many.
    """
    for on in ports:
        for further in range(len(destinations)):
            for at, one in enumerate(sources):
                yield (one, destinations[(at + further) % len(destinations)]), on


def allowed_of(
    shift: Shift, side: OneSide, assumptions: Assumptions, of: Order = by_pair
) -> Iterator[tuple[Names, Replayed]]:
    """The connections of the shift, one port of each range, that the oracle allows."""
    members = _members(shift.sources, side), _members(shift.destinations, side)
    for ((source, first), (destination, second)), on in of(*members, list(_ports(shift))):
        source_port, (family, protocol), port = on
        one = Connection(first, second, protocol, port, family, source_port)
        for found in replays_of(one, side, assumptions):
            if found.decision.allowed:
                yield (source, destination), found


def _ports(shift: Shift) -> Iterator[On]:
    for source_port, slot, ranges in _slots(shift):
        for first, last in ranges:
            yield source_port, slot, USUAL if first <= USUAL <= last else first


def _slots(
    shift: Shift,
) -> Iterator[tuple[int | None, tuple[Family, Protocol], Ranges]]:
    """The ports of a shift slot by slot, with a source port where these are told apart."""
    several = len(shift.stretches) > 1
    for (first, last), ports in zip(shift.stretches, by_stretch(shift.ports), strict=True):
        usual = DYNAMIC_PORT if first <= DYNAMIC_PORT <= last else first
        for slot, ranges in zip(SLOTS, ports, strict=True):
            yield usual if several else None, slot, ranges


def replays_of(
    connection: Connection, side: OneSide, assumptions: Assumptions
) -> Iterator[Replayed]:
    """The connection with its decision, if it can exist and claims speak of it.

    Where a pod may have any address, one for each in which policies tell addresses apart (A.29).
    """
    ends, family = (connection.source, connection.destination), connection.family
    outside = [one for one in ends if isinstance(one, ExternalEndpoint)]
    if any(family_of(one.address) is not family for one in outside):
        return
    for source, destination in addressed(side.cluster, ends, family, assumptions):
        one = replace(connection, source=source, destination=destination)
        if in_scope(one, assumptions):
            yield Replayed(one, side.decide(one, assumptions))


def _members(ends: Ends, side: OneSide) -> list[tuple[Name | None, Endpoint]]:
    """Pods of each workload, two where there are several; or an address of each block."""
    if isinstance(ends, Outside):
        free = (one for cidr in ends.cidrs for one in _free_addresses(cidr, side))
        return [(None, ExternalEndpoint(one)) for one in free]
    return [(name, pod) for name in ends.names for pod in _pods(name, side)]


def _free_addresses(cidr: str, side: OneSide) -> Iterator[str]:
    """Addresses in the block that are no pod's and no host endpoint's: one that is no node's,
    after those that are, which pods on the node cannot do with (A.42, A.43)."""
    for one in IPNetwork(cidr):
        text = str(one)
        if text not in side.taken:
            yield text
            if text not in side.of_nodes:
                return


def _pods(name: Name, side: OneSide) -> Sequence[Endpoint]:
    """Pods of a workload, two where there are several; or the host endpoint of the name."""
    if name[2] == HOST:
        return [one for one in side.cluster.hosts if one.name == name[1]]
    return [
        pod_of(one, side.namespaces[one.namespace], replica)
        for one in side.workloads.get(name, ())
        for replica in range(1, min(one.replicas, 2) + 1)
    ]


def ends_on(names: Names, there: Replayed, side: OneSide) -> list[Sequence[Endpoint]]:
    """What the other side has at either end; an address that is taken there is not outside."""
    given = (there.connection.source, there.connection.destination)
    taken = (isinstance(end, ExternalEndpoint) and end.address in side.taken for end in given)
    return [
        [] if gone else [end] if name is None else _pods(name, side)
        for name, end, gone in zip(names, given, taken, strict=True)
    ]


def pairs_of(connection: Connection, ends: Sequence[Sequence[Endpoint]]) -> Iterator[Connection]:
    """The connection between the ends, whichever they are."""
    for source, destination in product(*ends):
        yield replace(connection, source=source, destination=destination)
