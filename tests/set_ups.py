"""Whole set-ups of a cluster, one by one: what each of them lets through (D.37), by brute force.

Of each end it is told which host endpoint it passes, if any, in which directions this one is asked,
and what its host does with what policies leave over. Comparisons look at one way through one host
at a time instead.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product

from netproof.decisions import Certainty, Passing
from netproof.oracle.connections import outcomes_of
from netproof.oracle.forwarded import is_sure, is_with_outside, outcomes, passed
from netproof_specs.assumptions import Assumption, Assumptions
from netproof_specs.model.cluster import AnyPolicy
from netproof_specs.model.connections import Connection
from netproof_specs.model.hosts import HostEndpoint
from netproof_specs.model.traffic import Direction

Sides = Sequence[Sequence[AnyPolicy]]
Asked = tuple[Direction, HostEndpoint, Direction, bool]
"""The end, its host endpoint, the direction in which that is asked, and whether its host accepts
what policies leave over."""
SetUp = tuple[Asked, ...]


def set_ups(sides: Sides, connection: Connection, assumed: Assumptions) -> Iterator[SetUp]:
    """Every set-up of the one cluster that the sides share."""
    ends = [list(_at_end(sides, end, connection, assumed)) for end in Direction]
    for chosen in product(*ends):
        yield tuple(one for each in chosen for one in each)


def _at_end(
    sides: Sides, end: Direction, connection: Connection, assumed: Assumptions
) -> Iterator[SetUp]:
    hosts = dict.fromkeys(host for side in sides for host in passed(side, end, connection, assumed))
    sure = [host for host in hosts if is_sure(sides[0], host, end, connection)]
    if not sure:
        yield ()
    for host in sure or hosts:
        outside = is_with_outside(connection)
        per_way = [list(_in_direction(host, end, way, assumed, outside)) for way in Direction]
        for chosen in product(*per_way):
            found = tuple(one for one in chosen if one is not None)
            if not (sure and outside) or any(one[2] is end for one in found):
                yield found


def _in_direction(
    host: HostEndpoint, end: Direction, way: Direction, assumed: Assumptions, outside: object
) -> Iterator[Asked | None]:
    """The ways in which the host may be asked in the direction; None is that it is not."""
    own = bool(outside) and way is end
    if Assumption.CALICO_FORWARD not in assumed:
        yield (end, host, way, True) if own else None
        return
    yield None
    yield end, host, way, True
    if (end, way) != (Direction.EGRESS, Direction.INGRESS):
        yield end, host, way, False


def possible(
    policies: Sequence[AnyPolicy], set_up: SetUp, connection: Connection, assumed: Assumptions
) -> tuple[bool, bool]:
    """Whether the connection is allowed in the set-up: in some order of ties, and in every one."""
    parts = []
    for way in Direction:
        decided = outcomes_of(policies, way, connection, assumed)
        kept = decided if Assumption.TIES in assumed else decided[:1]
        parts.append([one.allowed for one in kept])
    for end, host, way, accepts in set_up:
        if host in passed(policies, end, connection, assumed):
            passing = Passing(host, end, Certainty.PERHAPS, accepts)
            found = outcomes(policies, way, connection, assumed, passing)
            listed = found if Assumption.TIES in assumed else found[:1]
            parts.append([one.allowed for one in listed])
    return all(map(any, parts)), all(map(all, parts))


def changes(
    old: Sequence[AnyPolicy],
    new: Sequence[AnyPolicy],
    connection: Connection,
    assumed: Assumptions,
) -> set[str]:
    """The ways in which some set-up has the connection change: `added`, `removed`."""
    found = set()
    for set_up in set_ups((old, new), connection, assumed):
        before = possible(old, set_up, connection, assumed)
        after = possible(new, set_up, connection, assumed)
        pairs = list(zip(before, after, strict=True))
        found |= {"added"} if any(b > a for a, b in pairs) else set()
        found |= {"removed"} if any(a > b for a, b in pairs) else set()
    return found
