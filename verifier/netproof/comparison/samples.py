"""Connections that show what comes and goes, decided on both sides by the oracle.

Where a change happens only perhaps, both sides are decided in one case that tells them apart.
"""

from __future__ import annotations

from collections.abc import Sequence

from netproof.comparison.in_set_ups import told_apart
from netproof.comparison.replays import (
    OneSide,
    Replayed,
    allowed_of,
    ends_on,
    pairs_of,
    replays_of,
)
from netproof.comparisons import Change, Side
from netproof.connectivity.changes import Shift
from netproof.oracle.connections import Favour
from netproof.oracle.forwarded import SetUp
from netproof.replay import DisagreementError
from netproof_specs.assumptions import Assumption, Assumptions
from netproof_specs.frozen import Frozen
from netproof_specs.loading import Loaded
from netproof_specs.model.connections import (
    Endpoint,
)


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
        pair = told_apart(shift, here.cluster, other.cluster, assumptions, groups)
        if pair is None:
            raise DisagreementError(
                "the oracle tells no connection of a change of connectivity apart", f"{shift}"
            )
        return Sample(shift, *pair, has_both=True)
    case = _case(shift, assumptions)
    found = next(allowed_of(shift, OneSide.of(here.cluster, *case), assumptions), None)
    if found is None:
        raise DisagreementError(
            "the oracle allows no connection of a change of connectivity", f"{shift}"
        )
    names, there = found
    side = OneSide.of(other.cluster, *case)
    ends = ends_on(names, there, side)
    return Sample(shift, there, _denied(ends, there, side, assumptions), all(ends))


def _denied(
    ends: Sequence[Sequence[Endpoint]], there: Replayed, side: OneSide, assumptions: Assumptions
) -> Replayed | None:
    """The same connection on the other side; raises DisagreementError where it is allowed."""
    pairs = pairs_of(there.connection, ends)
    found = [one for pair in pairs for one in replays_of(pair, side, assumptions)]
    if any(one.decision.allowed for one in found):
        raise DisagreementError(
            "the oracle allows on both sides what the maps have on one", f"{there}\n{found}"
        )
    return found[0] if found else None
