"""Which connections a claim speaks of: from which group, to which, on which ports."""

from __future__ import annotations

from dataclasses import dataclass
from typing import assert_never

from netproof_encodings.decision.conditions import End
from netproof_specs.claims import (
    CannotReach,
    CanReach,
    CanReachOnly,
    Group,
    IsolatedFrom,
    MayReach,
    OnlyCanReach,
    Ports,
    ReachClaim,
)


@dataclass(frozen=True, slots=True)
class Span:
    """Connections from one group to another on some ports; no group is any endpoint, no ports any.
    """

    source: Group | None
    destination: Group | None
    ports: Ports = ()

    def at(self, end: End) -> Group | None:
        """The group at one of the ends."""
        return self.source if end is End.SOURCE else self.destination


def spans_of(claim: ReachClaim) -> tuple[Span, ...]:
    """The claim speaks of a connection iff one of these holds it."""
    match claim:
        case (
            CannotReach(source, destination, ports)
            | CanReach(source, destination, ports)
            | MayReach(source, destination, ports)
        ):
            return (Span(source, destination, ports),)
        case CanReachOnly(source, _, within):
            return (Span(source, within),)
        case OnlyCanReach(_, destination, ports):
            return (Span(None, destination, ports),)
        case IsolatedFrom(left, right):
            return Span(left, right), Span(right, left)
        case _:
            assert_never(claim)


def admitted_by(claim: ReachClaim) -> tuple[Span, ...]:
    """An `only` claim expressly admits a connection iff one of these holds it; others do not."""
    match claim:
        case CanReachOnly(_, sides):
            return tuple(Span(None, side.group, side.ports) for side in sides)
        case OnlyCanReach(sources):
            return tuple(Span(source, None) for source in sources)
        case CannotReach() | CanReach() | MayReach() | IsolatedFrom():
            return ()
        case _:
            assert_never(claim)
