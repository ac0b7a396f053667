"""The decision on one concrete connection (section 0, A.3 to A.7, A.41 to A.45)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

from netproof.decisions import Decision, Reason, SideDecision
from netproof.oracle.endpoints import from_own_node, policed_pod, same_pod
from netproof.oracle.network_policy import applies, rule_admits, rules_of
from netproof_specs.assumptions import Assumptions
from netproof_specs.model.cluster import Policy
from netproof_specs.model.connections import Connection, Endpoint
from netproof_specs.model.network_policy import PolicyRule
from netproof_specs.model.traffic import Direction


def decide(
    policies: Sequence[Policy], connection: Connection, assumptions: Assumptions
) -> Decision:
    """What a cluster with the policies does with the connection (section 0, A.7)."""
    return Decision(
        egress=decide_side(policies, Direction.EGRESS, connection, assumptions),
        ingress=decide_side(policies, Direction.INGRESS, connection, assumptions),
    )


def decide_side(
    policies: Sequence[Policy],
    direction: Direction,
    connection: Connection,
    assumptions: Assumptions,
) -> SideDecision:
    """What the end that the direction concerns does with the connection (A.3, A.4, A.5)."""
    selecting = policies_selecting(policies, direction, connection, assumptions)
    exempt = exemption(direction, connection, assumptions)
    if exempt is not None:
        return SideDecision(direction, True, exempt, selecting)
    if not selecting:
        return SideDecision(direction, True, Reason.NOT_ISOLATED)
    admitting = first_admitting(selecting, direction, connection, assumptions)
    if admitting is None:
        return SideDecision(direction, False, Reason.NO_RULE_MATCHES, selecting)
    return SideDecision(direction, True, Reason.RULE_MATCHES, selecting, *admitting)


def subject_end(connection: Connection, direction: Direction) -> Endpoint:
    """The end whose policies decide the direction (A.7)."""
    match direction:
        case Direction.INGRESS:
            return connection.destination
        case Direction.EGRESS:
            return connection.source
        case _:
            assert_never(direction)


def policies_selecting(
    policies: Sequence[Policy],
    direction: Direction,
    connection: Connection,
    assumptions: Assumptions,
) -> tuple[Policy, ...]:
    """The policies that isolate the direction's subject, in the order given (A.3, A.45)."""
    pod = policed_pod(subject_end(connection, direction), assumptions)
    if pod is None:
        return ()
    return tuple(policy for policy in policies if applies(policy, pod, direction))


def exemption(
    direction: Direction, connection: Connection, assumptions: Assumptions
) -> Reason | None:
    """Why no policy counts for this side of the connection, or `None` (A.41, A.42, A.45)."""
    if same_pod(connection):
        return Reason.SAME_POD
    if policed_pod(subject_end(connection, direction), assumptions) is None:
        return Reason.NOT_A_SUBJECT
    if direction is Direction.INGRESS and from_own_node(connection, assumptions):
        return Reason.OWN_NODE
    return None


def first_admitting(
    selecting: Sequence[Policy],
    direction: Direction,
    connection: Connection,
    assumptions: Assumptions,
) -> tuple[Policy, PolicyRule] | None:
    """The first rule that admits the connection, with its policy, or `None` (A.5, A.13)."""
    for policy in selecting:
        for rule in rules_of(policy, direction):
            if rule_admits(rule, policy, direction, connection, assumptions):
                return policy, rule
    return None
