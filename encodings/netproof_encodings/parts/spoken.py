"""Which connections a claim speaks of: from which group, to which, on which ports."""

from __future__ import annotations

from typing import assert_never

from netproof_encodings.decision.conditions import End
from netproof_specs import claims
from netproof_specs.frozen import Frozen


class Span(Frozen):
    """Connections from one group to another on ports; no group is any endpoint, no ports any."""

    source: claims.Group | None
    destination: claims.Group | None
    ports: claims.Ports = ()

    def at(self, end: End) -> claims.Group | None:
        """The group at one of the ends."""
        return self.source if end is End.SOURCE else self.destination


def spans_of(claim: claims.ReachClaim) -> tuple[Span, ...]:
    """The claim speaks of a connection iff one of these holds it."""
    match claim:
        case (
            claims.CannotReach(source, destination, ports)
            | claims.CanReach(source, destination, ports)
            | claims.MayReach(source, destination, ports)
        ):
            return (Span(source, destination, ports),)
        case claims.CanReachOnly(source, _, within):
            return (Span(source, within),)
        case claims.OnlyCanReach(_, destination, ports):
            return (Span(None, destination, ports),)
        case claims.IsolatedFrom(left, right):
            return Span(left, right), Span(right, left)
        case _:
            assert_never(claim)


def admitted_by(claim: claims.ReachClaim) -> tuple[Span, ...]:
    """An `only` claim expressly admits a connection iff one of these holds it; others do not."""
    match claim:
        case claims.CanReachOnly(_, sides):
            return tuple(Span(None, side.group, side.ports) for side in sides)
        case claims.OnlyCanReach(sources):
            return tuple(Span(source, None) for source in sources)
        case claims.CannotReach() | claims.CanReach() | claims.MayReach() | claims.IsolatedFrom():
            return ()
        case _:
            assert_never(claim)
