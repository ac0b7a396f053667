"""What host endpoints let through of the traffic of pods on their nodes (D.37)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import Enum
from itertools import product

from netproof.decisions import Certainty, Passing, SideDecision, Step
from netproof.oracle import calico
from netproof.oracle.calico_endpoints import labels_of, policed
from netproof.oracle.endpoints import from_own_node, same_pod, to_own_node
from netproof.oracle.walks import walks
from netproof_specs.assumptions import Assumption, Assumptions
from netproof_specs.frozen import Frozen
from netproof_specs.model.calico import Forward, GlobalNetworkPolicy, Profile
from netproof_specs.model.cluster import AnyPolicy
from netproof_specs.model.connections import Connection, ExternalEndpoint, PodEndpoint
from netproof_specs.model.hosts import HostEndpoint
from netproof_specs.model.traffic import Action, Direction


class SetUp(Enum):
    """Which of the possible set-ups of a cluster, nodes and interfaces is meant (D.37).

    OPEN is where hosts let through the most, SHUT the least.
    """

    OPEN = "open"
    SHUT = "shut"


class Through(Frozen):
    """The set-up in which hosts let through the most, but for one way through one host (D.37).

    What the end of `passing` exchanges passes its host endpoint in the `direction`, if policies are
    for it.
    """

    passing: Passing
    direction: Direction


def any_forwarding(policies: Sequence[AnyPolicy]) -> bool:
    """True iff some policy is for forwarded traffic, if it is for any host endpoint."""
    return any(
        isinstance(one, GlobalNetworkPolicy) and one.forward is Forward.APPLIED for one in policies
    )


def sure_outcomes(
    policies: Sequence[AnyPolicy], connection: Connection, assumptions: Assumptions
) -> list[tuple[SideDecision, ...]]:
    """For each host endpoint that is surely asked, what it may say: the documented order first.

    Its host accepts what its policies leave over, in the set-up that lets through the most.
    """
    return [
        tuple(outcomes(policies, direction, connection, assumptions, passing))
        for direction in Direction
        for host in behind(policies, direction, connection, assumptions)
        if is_sure(policies, host, direction, connection) and forwarding(policies, host)
        for passing in (Passing(host, direction, Certainty.SURELY, accepts=True),)
    ]


def possible_denials(
    policies: Sequence[AnyPolicy], connection: Connection, assumptions: Assumptions
) -> tuple[SideDecision, ...]:
    """What a host denies in some set-up, from some node and interface, and in some order of ties.

    A pod runs on one node: of one that is not known, what the first host denies that denies at all.
    A wildcard host endpoint sees in both directions whatever its host passes on, also between its
    pods; an overlay may hide it from all of them. What a pod sends comes to policies for ingress
    first, and goes on to the pod's own where these leave it over. On which node a pod runs, and
    which interface it uses there, is open whatever is assumed of the set-up.
    """
    found: list[SideDecision] = []
    for end in Direction:
        by_node: dict[str, list[SideDecision]] = {}
        for host in passed(policies, end, connection, assumptions):
            if host.node in by_node or not by_node:
                denied = denials_of(policies, host, end, connection, assumptions)
                if denied:
                    by_node.setdefault(host.node, []).extend(denied)
        found += [one for denied in by_node.values() for one in denied]
    return tuple(found)


def ways_through(
    policies: Sequence[AnyPolicy], connection: Connection, assumptions: Assumptions
) -> Iterator[Through]:
    """The set-ups in which what an end exchanges passes one way through one host (D.37).

    Hosts that no policy for forwarded traffic is for are left out: they let everything through.
    """
    any_set_up = Assumption.CALICO_FORWARD in assumptions
    for end, direction in product(Direction, Direction):
        outwards = direction is end and is_with_outside(connection)
        goes_on = end is Direction.EGRESS and direction is Direction.INGRESS
        for host in passed(policies, end, connection, assumptions):
            sure = outwards and is_sure(policies, host, end, connection)
            certainty = Certainty.SURELY if sure else Certainty.PERHAPS
            if outwards or any_set_up:
                yield Through(Passing(host, end, certainty, accepts=True), direction)
            if any_set_up and not goes_on:
                yield Through(Passing(host, end, certainty, accepts=False), direction)


def decided_through(
    policies: Sequence[AnyPolicy],
    through: Through,
    connection: Connection,
    assumptions: Assumptions,
) -> list[SideDecision]:
    """What the host on the way may say; nothing where no policy asks of what it lets through."""
    passing, direction = through.passing, through.direction
    near = behind(policies, passing.end, connection, assumptions)
    if passing.host not in near or not forwarding(policies, passing.host):
        return []
    return outcomes(policies, direction, connection, assumptions, passing)


def denials_of(
    policies: Sequence[AnyPolicy],
    host: HostEndpoint,
    end: Direction,
    connection: Connection,
    assumptions: Assumptions,
) -> list[SideDecision]:
    """What the host endpoint may deny, in each direction, of what the end exchanges."""
    any_set_up = Assumption.CALICO_FORWARD in assumptions
    sure = is_sure(policies, host, end, connection)
    found: list[SideDecision] = []
    for direction in Direction:
        outwards = direction is end and is_with_outside(connection)
        certainty = Certainty.SURELY if sure and outwards else Certainty.PERHAPS
        inwards = end is Direction.EGRESS and direction is Direction.INGRESS
        passing = Passing(host, end, certainty, accepts=inwards or not any_set_up)
        if outwards or any_set_up:
            found += denials(policies, direction, connection, assumptions, passing)
    return found


def is_with_outside(connection: Connection) -> bool:
    """True iff one end is an address outside."""
    ends = (connection.source, connection.destination)
    return any(isinstance(one, ExternalEndpoint) for one in ends)


def denials(
    policies: Sequence[AnyPolicy],
    direction: Direction,
    connection: Connection,
    assumptions: Assumptions,
    passing: Passing,
) -> list[SideDecision]:
    """How the host endpoint may deny the connection in the direction: one way, if there is one."""
    found = outcomes(policies, direction, connection, assumptions, passing)
    if Assumption.TIES not in assumptions:
        found = found[:1]
    return [one for one in found if not one.allowed][:1]


def outcomes(
    policies: Sequence[AnyPolicy],
    direction: Direction,
    connection: Connection,
    assumptions: Assumptions,
    passing: Passing,
) -> list[SideDecision]:
    """What the policies for forwarded traffic of a host endpoint may say: no profile, no failsafe.

    Of what they leave over `passing` says what becomes.
    """
    asked, host = calico.Asked(policies, direction, connection, assumptions), passing.host
    selecting = tuple(
        one
        for one in forwarding(policies, host)
        if direction in calico.types_of(one.spec, assumptions)
    )
    tiers = []
    for tier in calico.ranked_tiers(policies):
        members = [one for one in selecting if calico.tier_of(one) == tier.name]
        tiers.append(calico.tier_steps(tier, members, asked))
    return [
        SideDecision(direction, _lets_through(steps, passing), steps, selecting, passing=passing)
        for steps in walks(tiers)
    ]


def _lets_through(steps: tuple[Step, ...], passing: Passing) -> bool:
    if not steps or steps[-1].action is Action.PASS:
        return passing.accepts
    return steps[-1].action is Action.ALLOW


def forwarding(policies: Sequence[AnyPolicy], host: HostEndpoint) -> list[GlobalNetworkPolicy]:
    """The policies for forwarded traffic that select the host endpoint; each has a direction."""
    labels = labels_of(host, policies)
    return [
        one
        for one in policies
        if isinstance(one, GlobalNetworkPolicy)
        and one.forward is Forward.APPLIED
        and calico.is_for(one, labels)
    ]


def passed(
    policies: Sequence[AnyPolicy], end: Direction, connection: Connection, assumptions: Assumptions
) -> list[HostEndpoint]:
    """The host endpoints with such policies that traffic of the end may pass, if it is a pod."""
    # There may be very many hosts and policies, of which few say what is forwarded.
    saying = [one for one in policies if isinstance(one, GlobalNetworkPolicy | Profile)]
    near = behind(policies, end, connection, assumptions)
    return [one for one in near if forwarding(saying, one)]


def behind(
    policies: Sequence[AnyPolicy], end: Direction, connection: Connection, assumptions: Assumptions
) -> list[HostEndpoint]:
    """The host endpoints of the nodes that may pass on what the end exchanges, if it is a pod.

    A pod of an unknown node may be on any, but what it exchanges with a host endpoint is passed on
    by other nodes only. What a pod exchanges with its own node or itself, or one on its node's
    network with anybody, is not passed on.
    """
    pod, other = connection.source, connection.destination
    if end is Direction.INGRESS:
        pod, other = other, pod
    if not isinstance(pod, PodEndpoint) or pod.host_network or is_own(connection, assumptions):
        return []
    beside = policed(other, policies, assumptions)
    its_own = beside.node if isinstance(beside, HostEndpoint) else None
    return [
        one
        for one in policies
        if isinstance(one, HostEndpoint) and pod.node in (None, one.node) and one.node != its_own
    ]


def is_own(connection: Connection, assumptions: Assumptions) -> bool:
    """True iff the connection is of a pod and itself, or its own node (A.41 to A.43)."""
    return (
        same_pod(connection)
        or from_own_node(connection, assumptions)
        or to_own_node(connection, assumptions)
    )


def is_sure(
    policies: Sequence[AnyPolicy], host: HostEndpoint, end: Direction, connection: Connection
) -> bool:
    """True iff what the pod at the end exchanges surely passes the host endpoint.

    That is with an address outside, where it is the only one of the pod's node, for all of it.
    """
    pod = connection.source if end is Direction.EGRESS else connection.destination
    if not isinstance(pod, PodEndpoint) or pod.node != host.node:
        return False
    beside = [one for one in policies if isinstance(one, HostEndpoint) and one.node == host.node]
    alone = beside == [host] and host.interface == "*"
    return alone and is_with_outside(connection)
