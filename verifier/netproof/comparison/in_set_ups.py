"""Connections that some set-up of the cluster tells apart, as the oracle decides them (D.37)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from enum import Enum
from itertools import product, zip_longest

from netproof.comparison.replays import (
    Names,
    OneSide,
    Replayed,
    across,
    allowed_of,
    ends_on,
    replays_of,
)
from netproof.connectivity.changes import Shift
from netproof.decisions import Decision
from netproof.oracle.connections import Favour
from netproof.oracle.forwarded import SetUp, Through, ways_through
from netproof_specs.assumptions import Assumption, Assumptions
from netproof_specs.frozen import replace
from netproof_specs.model.cluster import Cluster
from netproof_specs.model.connections import (
    Connection,
    Endpoint,
    PodEndpoint,
)
from netproof_specs.model.traffic import Direction

Groups = Mapping[str, int]
"""The numbers of host endpoints by name; those alike have the same."""

_Pair = tuple[Replayed, Replayed]
"""A connection of one side, and one of the other side that is denied there."""

MOST_PAIRS = 200
"""So many connections of the other side are held against one: pods on all hosts may be very many,
and the maps have said that none of them is there."""


def told_apart(
    shift: Shift, here: Cluster, other: Cluster, assumptions: Assumptions, groups: Groups
) -> _Pair | None:
    """A connection that some set-up of the cluster allows on one side, and one of those of the
    same names on the other: of each of these some way through a host lets the first one through
    and not this one.

    In that set-up all those ways are passed (D.37). None if there is no such connection.
    """
    tied = Assumption.TIES in assumptions
    favours = (Favour.ALLOWED, Favour.DENIED) if tied else (Favour.DOCUMENTED,)
    tries = []
    for told, favour in product(_Told, favours):
        this, that = (
            _InSetUps(OneSide.of(one, favour, SetUp.OPEN), assumptions, groups, told)
            for one in (here, other)
        )
        tries.append(_tries(shift, this, that))
    # Some of these cases may show nothing, however many connections there are: so by turns.
    found = (pair for turn in zip_longest(*tries) for pair in turn if pair is not None)
    return next(found, None)


def _tries(shift: Shift, this: _InSetUps, that: _InSetUps) -> Iterator[_Pair | None]:
    """For each connection of the shift what some set-up shows, if one does."""
    for names, found in allowed_of(shift, this.side, this.assumptions, across):
        yield _in_some_set_up(names, found, this, that)


def _in_some_set_up(
    names: Names, found: Replayed, this: _InSetUps, that: _InSetUps
) -> _Pair | None:
    """The connection as a set-up allows it, and one of the names of which it denies all."""
    given, first = found.connection, None
    for pair in _between(ends_on(names, found, that.side), given):
        for one in replays_of(pair, that.side, that.assumptions):
            told = _way_apart(this.decisions(given), that.decisions(one.connection))
            if told is None:
                return None
            first = first or (Replayed(given, told[0]), Replayed(one.connection, told[1]))
    return first


def _between(ends: Sequence[Sequence[Endpoint]], given: Connection) -> Iterator[Connection]:
    """The connection itself, if it is between the ends, and some between them, whichever they are.

    What nearly always shows at once that no set-up tells them apart is the connection itself.
    """
    sources, destinations = ends
    if given.source in sources and given.destination in destinations:
        yield given
    number = len(sources) * len(destinations)
    for at in range(0, number, number // MOST_PAIRS + 1):
        source, destination = divmod(at, len(destinations))
        yield replace(given, source=sources[source], destination=destinations[destination])


def _way_apart(here: _ByWay, there: _ByWay) -> tuple[Decision, Decision] | None:
    """What is decided where some way lets only the first connection through, if one does."""
    for way in {**here, **there}:
        one, other = (decided.get(way, decided[None]) for decided in (here, there))
        if one.allowed and not other.allowed:
            return one, other
    return None


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

    def __init__(
        self, side: OneSide, assumptions: Assumptions, groups: Groups, told: _Told
    ) -> None:
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
                # Of hosts that are alike one says what all of them do.
                name = self._way(way, connection)
                if name not in found:
                    hosts = self.side.decide_hosts(connection, self.assumptions, way)
                    found[name] = replace(found[None], hosts=hosts)
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
