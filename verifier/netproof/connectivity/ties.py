"""What of a map hangs on the order of policies that tie (C.4, D.5)."""

from __future__ import annotations

from netproof.connectivity.mapping import Map
from netproof.connectivity.relation import relations
from netproof.connectivity.sampling import hold
from netproof_encodings.decision.folding import Lean
from netproof_encodings.lowering import lower


def open_pairs(found: Map) -> int:
    """How many pairs of a map are allowed on ports that the order of tied policies decides.

    Raises DisagreementError where the oracle contradicts what some order allows, or each.
    """
    return _differences(*in_some_order_and_in_every(found)) if found.tied else 0


def in_some_order_and_in_every(found: Map) -> tuple[Map, Map]:
    """The same map of what some order of tied policies allows, and of what every order does.

    Raises DisagreementError where the oracle contradicts one of them.
    """
    points = found.relation.points
    tiers = lower(points.cluster.every_policy)
    possible, certain = relations(points, tiers, (Lean.ALLOWING, Lean.DENYING))
    hold(possible)
    hold(certain)
    return Map(possible, found.query), Map(certain, found.query)


def _differences(some: Map, every: Map) -> int:
    """The pairs on which two maps differ, of the same units and with the same port sets.

    A list of outside blocks counts as one end.
    """
    count = 0
    for one, other in zip(some.rows(), every.rows(), strict=True):
        cells, others = dict(one.cells()), dict(other.cells())
        count += sum(cells.get(at) != others.get(at) for at in {*cells, *others})
        count += one.pattern.outside != other.pattern.outside
    entering, others_in = dict(some.entering()), dict(every.entering())
    return count + sum(
        entering.get(at) != others_in.get(at) for at in {*entering, *others_in}
    )
