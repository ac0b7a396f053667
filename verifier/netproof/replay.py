"""A refutation is believed only after the oracle has replayed it."""

from __future__ import annotations

from collections.abc import Sequence

from netproof.oracle.claims import breaks, in_scope, satisfies
from netproof.oracle.connections import Favour, decide
from netproof.oracle.forwarded import SetUp
from netproof.verdicts import Evidence
from netproof_specs.assumptions import Assumption, Assumptions
from netproof_specs.claims import CanReach, ConnectionClaim, DeniedByDefault, MayReach
from netproof_specs.model.cluster import AnyPolicy
from netproof_specs.model.connections import Connection


class DisagreementError(Exception):
    """Solver and oracle disagree: a defect of ours, never a verdict.

    `bundle` holds what a report of the defect needs: the obligation and the connection.
    """

    def __init__(self, message: str, bundle: str) -> None:
        super().__init__(message)
        self.bundle = bundle


def replay(
    policies: Sequence[AnyPolicy],
    claim: ConnectionClaim,
    connection: Connection,
    assumptions: Assumptions,
) -> Evidence | None:
    """The connection with the oracle's decision, or None iff it is no evidence on the claim.

    It is evidence iff it breaks the claim in some order of tied policies and some set-up of hosts
    or, for a `may` claim, is a witness of it in every one (C.4, D.37).
    """
    if not in_scope(connection, assumptions):
        return None
    favour, set_up = favour_for(claim, assumptions), set_up_for(claim)
    decision = decide(policies, connection, assumptions, favour, set_up)
    found = (
        satisfies(claim, connection, decision)
        if isinstance(claim, MayReach)
        else breaks(claim, connection, decision)
    )
    return Evidence(connection, decision) if found else None


def favour_for(claim: ConnectionClaim, assumptions: Assumptions) -> Favour:
    """The outcome that is worst for the claim, where the order of ties is left open (C.4)."""
    if Assumption.TIES not in assumptions:
        return Favour.DOCUMENTED
    if isinstance(claim, DeniedByDefault):
        return Favour.UNDECIDED
    return Favour.DENIED if isinstance(claim, CanReach | MayReach) else Favour.ALLOWED


def set_up_for(claim: ConnectionClaim) -> SetUp:
    """The set-up that is worst for the claim, where what hosts let through depends on it (D.37)."""
    return SetUp.SHUT if isinstance(claim, CanReach | MayReach) else SetUp.OPEN
