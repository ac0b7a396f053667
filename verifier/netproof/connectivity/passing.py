"""What hosts let through of what pods exchange, as sets of connections (D.37).

The set-wise `netproof_encodings.meaning.passing`. What a host may drop depends on one end, the pod
on its node, and on what that one exchanges: so it belongs to the side of that end.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from enum import Enum
from itertools import product
from typing import assert_never

from netproof.connectivity.flows import NO_FLOW, Flow
from netproof.connectivity.partitions import Admission, Partition, joined, within
from netproof.connectivity.points import HostAt
from netproof.connectivity.portsets import EVERYTHING, Way
from netproof.connectivity.profiles import NOTHING_GONE, Seen, View
from netproof.connectivity.selection import Selection
from netproof_encodings.decision.conditions import End, Found, IsHost, subject_end
from netproof_encodings.decision.folding import Lean, decided_before
from netproof_encodings.decision.tiers import Passage
from netproof_encodings.vocabulary.hosts import NOTHING, Behind
from netproof_specs.assumptions import Assumption, Assumptions
from netproof_specs.frozen import Frozen
from netproof_specs.model.traffic import Direction


class SetUp(Enum):
    """Which of the possible set-ups of a cluster, nodes and interfaces is meant (D.37).

    OPEN is where hosts let through the most, SHUT the least.
    """

    OPEN = "open"
    SHUT = "shut"


class Through(Frozen):
    """The set-up in which hosts let through the most, but for one way through some alike (D.37).

    What pods at the `end` exchange passes all that the same policies are for as for the `host`, in
    the `direction`. `accepts` says what these do with what policies leave over.
    """

    end: Direction
    host: str
    direction: Direction
    accepts: bool


class Outcome(Frozen):
    """Which of several outcomes is meant: of tied policies, and at hosts (C.4, D.37)."""

    lean: Lean
    set_up: SetUp | Through


def ways_through(hosts: Iterable[str], assumptions: Assumptions) -> Iterator[Through]:
    """The set-ups with one way through each of some host endpoints.

    Whatever passes hosts passes several such ways, and what each of them lets through gets by. So
    two sets of policies that let the same pass from one pod to another in each of these set-ups
    do so in every one; of several pods each way has to be told by itself.
    """
    any_set_up = Assumption.CALICO_FORWARD in assumptions
    for host, end, direction in product(hosts, Direction, Direction):
        if direction is end or any_set_up:
            yield Through(end, host, direction, accepts=True)
        if any_set_up and not _goes_on(end, direction):
            yield Through(end, host, direction, accepts=False)


def _goes_on(end: Direction, direction: Direction) -> bool:
    """Whether a host hands what its policies leave over to those of the pod, and drops none."""
    return end is Direction.EGRESS and direction is Direction.INGRESS


_Asked = tuple[int, Outcome, tuple[object, ...]]
"""A host by place, the outcome that is meant, and what the host knows the end by."""


class Passing:
    """What hosts let through of the connections of the ends of one direction.

    A class because it remembers: pods behind hosts alike that no condition tells apart share it.
    """

    def __init__(self, selection: Selection, end: Direction) -> None:
        self._points = selection.points
        self._flows = selection.flows
        self._end = end
        self._hosts = [_Host(selection, end, passage) for passage in self._points.passages]
        self._known: dict[tuple[object, ...], list[Admission]] = {}

    def seen(self, at: int) -> tuple[object, ...]:
        """What is to be known of an end to tell what is let through, equal for ends alike."""
        behind = self._behind(at)
        places = sorted(behind.perhaps)
        return behind.surely, *((place, self._hosts[place].seen(at)) for place in places)

    def limited(self, at: int, profile: Partition, outcome: Outcome) -> Partition:
        """The profile of an end, of which only that is left which hosts let through as well."""
        for asked in self._passed(at, outcome):
            profile = within(self._flows.sets, profile, self._through(at, asked))
        return profile

    def ways(self, at: int, outcomes: Sequence[Outcome]) -> Iterator[tuple[Way, Outcome]]:
        """Those of some ways through hosts that what an end exchanges passes, or perhaps."""
        behind = self._behind(at)
        hosts = {name for place in behind.perhaps for name in self._points.passages[place].hosts}
        for number, one in enumerate(outcomes):
            way = one.set_up
            if isinstance(way, Through) and way.end is self._end and way.host in hosts:
                yield (number, behind.surely is None), one

    def _behind(self, at: int) -> Behind:
        one = self._points.inside[at]
        return NOTHING if isinstance(one, HostAt) else one.pods.behind

    def _passed(self, at: int, outcome: Outcome) -> Iterator[_Asked]:
        """What is asked of the hosts that traffic of an end may pass.

        Where they let through the most, none is passed but for sure.
        """
        behind = self._behind(at)
        for place in sorted(behind.perhaps):
            for set_up in self._asked(place, behind, outcome.set_up):
                yield place, Outcome(outcome.lean, set_up), self._hosts[place].seen(at)

    def _asked(
        self, place: int, behind: Behind, set_up: SetUp | Through
    ) -> Iterator[SetUp | Through]:
        """How the host endpoints at the place are asked; they are not if nothing is said."""
        if set_up is SetUp.SHUT:
            yield set_up
            return
        if behind.surely == place:
            yield SetUp.OPEN
        hosts = self._points.passages[place].hosts
        if isinstance(set_up, Through) and set_up.end is self._end and set_up.host in hosts:
            yield set_up

    def _through(self, at: int, asked: _Asked) -> list[Admission]:
        """What the host lets through, each point once."""
        if asked not in self._known:
            place, outcome, _ = asked
            flow = self._flow(_At(self._hosts[place], at, outcome.lean), outcome.set_up)
            parts = joined(self._flows.sets, flow)
            self._known[asked] = [(points, ports) for ports, points in parts]
        return self._known[asked]

    def _flow(self, host: _At, set_up: SetUp | Through) -> Flow:
        flows, outwards = self._flows, self._if_outwards(host)
        any_set_up = Assumption.CALICO_FORWARD in self._points.assumptions
        if set_up is SetUp.OPEN or not any_set_up:
            return outwards
        own = flows.without(host.host.elsewhere)
        match set_up:
            case SetUp.SHUT:
                ways = [host.at_worst(self._end, direction) for direction in Direction]
                return flows.all_of([outwards, *(flows.either([own, one]) for one in ways)])
            case Through(direction=direction, accepts=accepts):
                one = host.opened(direction) if accepts else host.shut(direction)
                return flows.either([own, one])
            case _:
                assert_never(set_up)

    def _if_outwards(self, host: _At) -> Flow:
        """What the host lets through if all that it is asked is what goes out, or comes in (D.37).

        It accepts what its policies leave over.
        """
        inside: Flow = ((self._points.insiders, EVERYTHING),)
        return self._flows.either([inside, host.opened(self._end)])


class _Host:
    """The policies of some host endpoints that are alike, as seen by a pod at one end."""

    def __init__(self, selection: Selection, end: Direction, passage: Passage) -> None:
        self.flows = selection.flows
        self.tiers = {way: passage.tiers(way) for way in Direction}
        listed = [one for tiers in self.tiers.values() for tier in tiers for one in tier.policies]
        at = subject_end(end)
        self.views = {
            id(policy): View(number, policy, at, selection) for number, policy in enumerate(listed)
        }
        self.elsewhere = self._elsewhere(selection, at.opposite, passage)

    def _elsewhere(self, selection: Selection, other: End, passage: Passage) -> Flow:
        """What is not exchanged with the one node that all of them are of (D.1, D.37).

        A pod that runs there exchanges with it what no host passes on; of several nodes it may run
        on another one.
        """
        hosts = selection.points.cluster.hosts
        nodes = {one.node for one in hosts if one.name in passage.hosts}
        if len(nodes) != 1:
            return self.flows.everything
        names = tuple(sorted({one.name for one in hosts if one.node in nodes}))
        of_it = selection.flow(IsHost(other, names, Found.AS_SUBJECT))
        return self.flows.without(of_it)

    def seen(self, at: int) -> tuple[object, ...]:
        """What the policies see of a pod: equal for pods that are alike to them."""
        return tuple([view.seen(at) for view in self.views.values()])


class _At(Frozen):
    """What host endpoints let through of what one pod exchanges."""

    host: _Host
    at: int
    lean: Lean

    def opened(self, direction: Direction) -> Flow:
        """What they do in the direction, where their host accepts what policies leave over."""
        return self._decided(direction, self.host.flows.everything)

    def shut(self, direction: Direction) -> Flow:
        """The same where it accepts none of that, as soon as there are such policies."""
        later = NO_FLOW if self.host.views else self.host.flows.everything
        return self._decided(direction, later)

    def at_worst(self, end: Direction, direction: Direction) -> Flow:
        """What they let through at least of what passes them in the direction."""
        return self.opened(direction) if _goes_on(end, direction) else self.shut(direction)

    def _decided(self, direction: Direction, later: Flow) -> Flow:
        seen = Seen(self.host.flows, self.host.views, self.at, NOTHING_GONE)
        return decided_before(seen, self.host.tiers[direction], later, self.lean)
