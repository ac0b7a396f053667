"""Connections that show what comes and goes, decided on both sides by the oracle.

Where a change happens only perhaps, both sides are decided in one case that tells them apart.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from enum import Enum
from itertools import product

from netaddr import IPNetwork

from netproof.comparison.naming import workloads_by_name
from netproof.comparisons import Change, Side
from netproof.connectivity.changes import Ends, Name, Outside, Shift
from netproof.connectivity.portsets import SLOTS, by_stretch
from netproof.connectivity.units import HOST
from netproof.decisions import Decision, Ranges
from netproof.explaining.connecting import addressed
from netproof.oracle.addresses import family_of
from netproof.oracle.claims import in_scope
from netproof.oracle.connections import Favour, decide
from netproof.oracle.forwarded import SetUp, Through, ways_through
from netproof.replay import DisagreementError
from netproof_specs.assumptions import Assumption, Assumptions
from netproof_specs.frozen import Frozen, replace
from netproof_specs.loading import Loaded
from netproof_specs.model.cluster import Cluster, Namespace, Workload
from netproof_specs.model.connections import (
    DYNAMIC_PORT,
    Connection,
    Endpoint,
    ExternalEndpoint,
    PodEndpoint,
    pod_of,
)
from netproof_specs.model.hosts import HostEndpoint
from netproof_specs.model.traffic import Direction, Family, Protocol

USUAL = 80
"""The port of a sample, where it may have any: one that reads well."""


class Replayed(Frozen):
    """A connection on one side, with the decision that the oracle makes on it."""

    connection: Connection
    decision: Decision


class Sample(Frozen):
    """One connection of a shift: `there` on the side that has it.

    `elsewhere` is the connection of the same names on the other side, denied there; None where
    that side has not both ends, or `has_both` but none of their connections is in scope. Both are
    decided in the case that lets through the most, or the least, where only that one differs.
    """

    shift: Shift
    there: Replayed
    elsewhere: Replayed | None
    has_both: bool


class _Side(Frozen):
    """One side's cluster, with its workloads by name: a change may be of thousands of them."""

    cluster: Cluster
    workloads: Mapping[Name, Sequence[Workload]]
    namespaces: Mapping[str, Namespace]
    taken: frozenset[str]
    of_nodes: frozenset[str]
    favour: Favour
    set_up: SetUp | Through

    @staticmethod
    def of(cluster: Cluster, favour: Favour, set_up: SetUp) -> _Side:
        """The side of a cluster, of which one of the cases left open is meant."""
        ends: tuple[Workload | HostEndpoint, ...] = (*cluster.workloads, *cluster.hosts)
        return _Side(
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


def _case(shift: Shift, assumptions: Assumptions) -> tuple[Favour, SetUp]:
    """A case in which one side has the connections, and the other has not.

    That is the one that lets through the least where they are perhaps on the side that has not.
    """
    its_own = Side.NEW if shift.change is Change.ADDED else Side.OLD
    tied = Assumption.TIES in assumptions
    if shift.perhaps_in in (None, its_own):
        return (Favour.ALLOWED if tied else Favour.DOCUMENTED), SetUp.OPEN
    return (Favour.DENIED if tied else Favour.DOCUMENTED), SetUp.SHUT


def sample_of(
    shift: Shift,
    old: Loaded,
    new: Loaded,
    assumptions: Assumptions,
    alike: Sequence[frozenset[str]] = (),
) -> Sample:
    """A connection of the shift that the oracle allows on one side and denies on the other.

    Host endpoints that are `alike` are asked alike, on both sides (D.37).
    """
    here, other = (new, old) if shift.change is Change.ADDED else (old, new)
    if shift.perhaps_in is Side.BOTH:
        groups = {name: number for number, names in enumerate(alike) for name in names}
        return _told_apart(shift, here.cluster, other.cluster, assumptions, groups)
    case = _case(shift, assumptions)
    found = next(_allowed(shift, _Side.of(here.cluster, *case), assumptions), None)
    if found is None:
        raise DisagreementError(
            "the oracle allows no connection of a change of connectivity", f"{shift}"
        )
    names, there = found
    side = _Side.of(other.cluster, *case)
    ends = _ends(names, there, side)
    return Sample(shift, there, _denied(ends, there, side, assumptions), all(ends))


def _told_apart(
    shift: Shift, here: Cluster, other: Cluster, assumptions: Assumptions, groups: _Groups
) -> Sample:
    """A connection that some set-up of the cluster allows on one side, and none like it on the
    other: of each of these some way through a host lets the first one through and not this one.

    In that set-up all those ways are passed (D.37).
    """
    tied = Assumption.TIES in assumptions
    favours = (Favour.ALLOWED, Favour.DENIED) if tied else (Favour.DOCUMENTED,)
    for told, favour in product(_Told, favours):
        this, that = (
            _InSetUps(_Side.of(one, favour, SetUp.OPEN), assumptions, groups, told)
            for one in (here, other)
        )
        for names, found in _allowed(shift, this.side, assumptions):
            pair = _in_some_set_up(names, found, this, that)
            if pair is not None:
                return Sample(shift, *pair, has_both=True)
    raise DisagreementError(
        "the oracle tells no connection of a change of connectivity apart", f"{shift}"
    )


def _in_some_set_up(
    names: _Names, found: Replayed, this: _InSetUps, that: _InSetUps
) -> tuple[Replayed, Replayed] | None:
    """The connection as a set-up allows it, and one of the names of which it denies all."""
    given, first = found.connection, None
    pairs = _pairs(given, _ends(names, found, that.side))
    # Nearly always what denies the connection itself is told apart soon, or is not at all.
    itself_first = sorted(
        pairs, key=lambda one: (one.source, one.destination) != (given.source, given.destination)
    )
    for pair in itself_first:
        for one in _replays(pair, that.side, that.assumptions):
            told = _way_apart(this.decisions(given), that.decisions(one.connection))
            if told is None:
                return None
            first = first or (Replayed(given, told[0]), Replayed(one.connection, told[1]))
    return first


def _way_apart(here: _ByWay, there: _ByWay) -> tuple[Decision, Decision] | None:
    """What is decided where some way lets only the first connection through, if one does."""
    for way in {**here, **there}:
        one, other = (decided.get(way, decided[None]) for decided in (here, there))
        if one.allowed and not other.allowed:
            return one, other
    return None


_Groups = Mapping[str, int]
"""The numbers of host endpoints by name; those alike have the same."""

_Way = tuple[int, Direction, Direction, bool, bool]
"""Hosts alike, the end of which they are, the direction, whether they accept what is left over, and
whether it is told that the end may pass other ones."""

_ByWay = Mapping[_Way | None, Decision]
"""Decisions by the way that is passed, or none."""


class _Told(Enum):
    """Whether ends that surely pass a host and ends that perhaps do are told apart."""

    NO = "no"
    YES = "yes"


class _InSetUps:
    """The connections of one side in each set-up with one way through hosts.

    A class because it remembers: each is held against many of the other side.
    """

    def __init__(self, side: _Side, assumptions: Assumptions, groups: _Groups, told: _Told) -> None:
        self.side = side
        self.assumptions = assumptions
        self._groups = groups
        self._told = told
        self._known: dict[Connection, _ByWay] = {}

    def decisions(self, connection: Connection) -> _ByWay:
        """What the oracle says of a connection where it passes no way, and each."""
        if connection not in self._known:
            found: dict[_Way | None, Decision] = {
                None: self.side.decide(connection, self.assumptions)
            }
            policies = self.side.cluster.every_policy
            for way in ways_through(policies, connection, self.assumptions):
                by_way = replace(self.side, set_up=way)
                found[self._way(way, connection)] = by_way.decide(connection, self.assumptions)
            self._known[connection] = found
        return self._known[connection]

    def _way(self, way: Through, connection: Connection) -> _Way:
        host, end, accepts = way.passing.host, way.passing.end, way.passing.accepts
        pod = connection.source if end is Direction.EGRESS else connection.destination
        its_own = [one for one in self.side.cluster.hosts if one.node == host.node]
        known = isinstance(pod, PodEndpoint) and pod.node == host.node
        is_open = not (known and len(its_own) == 1 and host.interface == "*")
        told = self._told is _Told.YES and is_open
        return self._groups[host.name], end, way.direction, accepts, told


_Names = tuple[Name | None, Name | None]
"""The workloads at both ends, None for an address outside."""


def _allowed(
    shift: Shift, side: _Side, assumptions: Assumptions
) -> Iterator[tuple[_Names, Replayed]]:
    """The connections of the shift, one port of each range, that the oracle allows."""
    sources = _members(shift.sources, side)
    destinations = _members(shift.destinations, side)
    for (source, first), (destination, second) in product(sources, destinations):
        for source_port, (family, protocol), ranges in _slots(shift):
            for first_port, last_port in ranges:
                port = USUAL if first_port <= USUAL <= last_port else first_port
                one = Connection(first, second, protocol, port, family, source_port)
                for found in _replays(one, side, assumptions):
                    if found.decision.allowed:
                        yield (source, destination), found


def _slots(
    shift: Shift,
) -> Iterator[tuple[int | None, tuple[Family, Protocol], Ranges]]:
    """The ports of a shift slot by slot, with a source port where these are told apart."""
    several = len(shift.stretches) > 1
    for (first, last), ports in zip(shift.stretches, by_stretch(shift.ports), strict=True):
        usual = DYNAMIC_PORT if first <= DYNAMIC_PORT <= last else first
        for slot, ranges in zip(SLOTS, ports, strict=True):
            yield usual if several else None, slot, ranges


def _replays(connection: Connection, side: _Side, assumptions: Assumptions) -> Iterator[Replayed]:
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


def _members(ends: Ends, side: _Side) -> list[tuple[Name | None, Endpoint]]:
    """Pods of each workload, two where there are several; or an address of each block."""
    if isinstance(ends, Outside):
        free = (one for cidr in ends.cidrs for one in _free_addresses(cidr, side))
        return [(None, ExternalEndpoint(one)) for one in free]
    return [(name, pod) for name in ends.names for pod in _pods(name, side)]


def _free_addresses(cidr: str, side: _Side) -> Iterator[str]:
    """Addresses in the block that are no pod's and no host endpoint's: one that is no node's,
    after those that are, which pods on the node cannot do with (A.42, A.43)."""
    for one in IPNetwork(cidr):
        text = str(one)
        if text not in side.taken:
            yield text
            if text not in side.of_nodes:
                return


def _pods(name: Name, side: _Side) -> Sequence[Endpoint]:
    """Pods of a workload, two where there are several; or the host endpoint of the name."""
    if name[2] == HOST:
        return [one for one in side.cluster.hosts if one.name == name[1]]
    return [
        pod_of(one, side.namespaces[one.namespace], replica)
        for one in side.workloads.get(name, ())
        for replica in range(1, min(one.replicas, 2) + 1)
    ]


def _ends(names: _Names, there: Replayed, side: _Side) -> list[Sequence[Endpoint]]:
    """What the other side has at either end; an address that is taken there is not outside."""
    given = (there.connection.source, there.connection.destination)
    taken = (isinstance(end, ExternalEndpoint) and end.address in side.taken for end in given)
    return [
        [] if gone else [end] if name is None else _pods(name, side)
        for name, end, gone in zip(names, given, taken, strict=True)
    ]


def _denied(
    ends: Sequence[Sequence[Endpoint]], there: Replayed, side: _Side, assumptions: Assumptions
) -> Replayed | None:
    """The same connection on the other side; raises DisagreementError where it is allowed."""
    pairs = _pairs(there.connection, ends)
    found = [one for pair in pairs for one in _replays(pair, side, assumptions)]
    if any(one.decision.allowed for one in found):
        raise DisagreementError(
            "the oracle allows on both sides what the maps have on one", f"{there}\n{found}"
        )
    return found[0] if found else None


def _pairs(connection: Connection, ends: Sequence[Sequence[Endpoint]]) -> Iterator[Connection]:
    """The connection between the ends, whichever they are."""
    for source, destination in product(*ends):
        yield replace(connection, source=source, destination=destination)
