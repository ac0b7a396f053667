"""The decision on one concrete connection (section 0, A.3 to A.7, A.41 to A.45)."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import assert_never

from netproof.decisions import Decision, Exemption, Failsafe, SideDecision, Step
from netproof.oracle import admin_policy, calico, failsafe, network_policy
from netproof.oracle.calico_endpoints import LabelMap, policed, policed_labels
from netproof.oracle.endpoints import (
    from_own_node,
    has_own_address,
    on_one_node,
    policed_pod,
    same_pod,
)
from netproof.oracle.forwarded import (
    SetUp,
    Through,
    any_forwarding,
    decided_through,
    possible_denials,
    sure_outcomes,
)
from netproof.oracle.walks import walks
from netproof_specs.assumptions import Assumptions
from netproof_specs.frozen import replace
from netproof_specs.model.admin_policy import AdminPolicy, AdminTier
from netproof_specs.model.calico import (
    CalicoNetworkPolicy,
    CalicoTier,
    GlobalNetworkPolicy,
    NetworkSet,
    Profile,
)
from netproof_specs.model.cluster import AnyPolicy
from netproof_specs.model.connections import (
    Connection,
    Endpoint,
    ExternalEndpoint,
    PodEndpoint,
)
from netproof_specs.model.felix import FelixConfiguration
from netproof_specs.model.hosts import HostEndpoint
from netproof_specs.model.network_policy import NetworkPolicy
from netproof_specs.model.traffic import Action, Direction


class Favour(Enum):
    """Which outcome is meant where the order of tied policies leaves several open (C.4).

    DOCUMENTED is that of the documented order; ALLOWED and DENIED are the first outcome of that
    kind, if there is one, for each side by itself, and UNDECIDED one in which nothing decides.
    """

    DOCUMENTED = "documented"
    ALLOWED = "allowed"
    DENIED = "denied"
    UNDECIDED = "undecided"


def decide(
    policies: Sequence[AnyPolicy],
    connection: Connection,
    assumptions: Assumptions,
    favour: Favour = Favour.DOCUMENTED,
    set_up: SetUp | Through = SetUp.OPEN,
) -> Decision:
    """What a cluster with the policies does with the connection (section 0, A.7)."""
    return Decision(
        egress=decide_side(policies, Direction.EGRESS, connection, assumptions, favour),
        ingress=decide_side(policies, Direction.INGRESS, connection, assumptions, favour),
        hosts=decide_hosts(policies, connection, assumptions, favour, set_up),
    )


def decide_hosts(
    policies: Sequence[AnyPolicy],
    connection: Connection,
    assumptions: Assumptions,
    favour: Favour,
    set_up: SetUp | Through,
) -> tuple[SideDecision, ...]:
    """What the host endpoints say that are asked whether the connection may pass (D.37).

    Of those of which that depends on the set-up, only those that deny are told of, and one on the
    way that is meant.
    """
    if HostEndpoint not in {*map(type, policies)} or not any_forwarding(policies):
        return ()
    sure = [favoured(one, favour) for one in sure_outcomes(policies, connection, assumptions)]
    found = {_asked(one): one for one in sure}
    match set_up:
        case SetUp.OPEN:
            pass
        case SetUp.SHUT:
            for one in possible_denials(policies, connection, assumptions):
                found[_asked(one)] = one
        case Through():
            if beside := decided_through(policies, set_up, connection, assumptions):
                found[_asked(beside[0])] = favoured(beside, favour)
        case _:
            assert_never(set_up)
    return tuple(found.values())


def _asked(side: SideDecision) -> tuple[HostEndpoint, Direction, Direction]:
    """Which host endpoint decides, in which direction, and of which end's traffic."""
    assert side.passing is not None
    return side.passing.host, side.direction, side.passing.end


def decide_side(
    policies: Sequence[AnyPolicy],
    direction: Direction,
    connection: Connection,
    assumptions: Assumptions,
    favour: Favour = Favour.DOCUMENTED,
) -> SideDecision:
    """What the end that the direction concerns does with the connection (A.3, A.4, A.5)."""
    return favoured(outcomes_of(policies, direction, connection, assumptions), favour)


def favoured(outcomes: Sequence[SideDecision], favour: Favour) -> SideDecision:
    """The outcome that is meant; the first of them is that of the documented order."""
    match favour:
        case Favour.DOCUMENTED:
            return outcomes[0]
        case Favour.ALLOWED:
            return next((one for one in outcomes if one.allowed), outcomes[0])
        case Favour.DENIED:
            return next((one for one in outcomes if not one.allowed), outcomes[0])
        case Favour.UNDECIDED:
            return next((one for one in outcomes if one.undecided), outcomes[0])
        case _:
            assert_never(favour)


def outcomes_of(
    policies: Sequence[AnyPolicy],
    direction: Direction,
    connection: Connection,
    assumptions: Assumptions,
) -> tuple[SideDecision, ...]:
    """Every way in which the side may decide, that of the documented order first.

    There is more than one only where policies tie whose order is left open (C.4).
    """
    selecting = policies_selecting(policies, direction, connection, assumptions)
    exempt = exemption(policies, direction, connection, assumptions)
    host = passed_host(policies, direction, connection, assumptions)
    if isinstance(exempt, Failsafe):
        own = Exemption.FAILSAFE
        return (SideDecision(direction, True, (), selecting, own, host, failsafe=exempt),)
    if exempt is not None:
        return (SideDecision(direction, True, (), selecting, exempt, host),)
    tiers = steps_of_tiers(policies, selecting, direction, connection, assumptions)
    found = (
        SideDecision(
            direction,
            not steps or steps[-1].action is not Action.DENY,
            steps,
            selecting,
            host=host,
        )
        for steps in walks(tiers)
    )
    end = policed(subject_end(connection, direction), policies, assumptions)
    if not isinstance(end, HostEndpoint):
        return tuple(found)
    left_out = failsafe.left_out(end, direction, connection, policies)
    return tuple(one if one.allowed else replace(one, failsafe=left_out) for one in found)


def passed_host(
    policies: Sequence[AnyPolicy],
    direction: Direction,
    connection: Connection,
    assumptions: Assumptions,
) -> HostEndpoint | None:
    """The host endpoint that the direction's end is decided on as; `None` iff as itself (D.1)."""
    end = subject_end(connection, direction)
    found = policed(end, policies, assumptions) if isinstance(end, PodEndpoint) else None
    return found if isinstance(found, HostEndpoint) else None


def steps_of_tiers(
    policies: Sequence[AnyPolicy],
    selecting: Sequence[AnyPolicy],
    direction: Direction,
    connection: Connection,
    assumptions: Assumptions,
) -> list[tuple[Step, ...]]:
    """What each tier may say of the connection at the direction's end, in order of evaluation."""
    if is_calico(policies, connection):
        asked = calico.Asked(policies, direction, connection, assumptions)
        return calico.steps_of_tiers(asked, selecting)
    ordinary = [one for one in selecting if isinstance(one, NetworkPolicy)]
    admin = [one for one in selecting if isinstance(one, AdminPolicy)]
    return [
        admin_policy.evaluate(admin, AdminTier.ADMIN, direction, connection),
        network_policy.evaluate(ordinary, direction, connection, assumptions),
        admin_policy.evaluate(admin, AdminTier.BASELINE, direction, connection),
    ]


def is_calico(policies: Sequence[AnyPolicy], connection: Connection) -> bool:
    """True iff Calico's tiers decide, Kubernetes' policies among them (D.6)."""
    ends = (connection.source, connection.destination)
    of_kubernetes = (NetworkPolicy, AdminPolicy)
    return any(isinstance(end, HostEndpoint) for end in ends) or not all(
        isinstance(one, of_kubernetes) for one in policies
    )


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
    policies: Sequence[AnyPolicy],
    direction: Direction,
    connection: Connection,
    assumptions: Assumptions,
) -> tuple[AnyPolicy, ...]:
    """The policies that select the direction's subject, in the order given (A.3, A.45, C.2)."""
    end = subject_end(connection, direction)
    name = end.namespace.name if isinstance(end, PodEndpoint) else ""
    labels = policed_labels(end, policies, assumptions)
    return tuple(
        one
        for one in policies
        # Nearly all of many policies are for other namespaces, which is quickly seen (A.3).
        if (not isinstance(one, NetworkPolicy) or network_policy.is_of(one, name))
        and selects(one, end, direction, labels, assumptions)
    )


def selects(
    policy: AnyPolicy,
    end: Endpoint,
    direction: Direction,
    labels: LabelMap | None,
    assumptions: Assumptions,
) -> bool:
    """True iff the policy is for the end and the direction (A.3, A.45, C.2, D.13, D.14).

    `labels` are those by which Calico's policies know the end.
    """
    match policy:
        case NetworkPolicy():
            pod = policed_pod(end, assumptions)
            return pod is not None and network_policy.applies(policy, pod, direction)
        case AdminPolicy():
            return isinstance(end, PodEndpoint) and admin_policy.applies(policy, end, direction)
        case CalicoNetworkPolicy() | GlobalNetworkPolicy():
            return calico.applies(policy, direction, labels, assumptions)
        case CalicoTier() | Profile() | NetworkSet() | FelixConfiguration() | HostEndpoint():
            return False
        case _:
            assert_never(policy)


def exemption(
    policies: Sequence[AnyPolicy],
    direction: Direction,
    connection: Connection,
    assumptions: Assumptions,
) -> Exemption | Failsafe | None:
    """Why no policy counts for this side, or `None` (A.41, A.42, A.45, D.1, D.36, D.39)."""
    end = policed(subject_end(connection, direction), policies, assumptions)
    if same_pod(connection):
        return Exemption.SAME_POD
    if isinstance(end, HostEndpoint):
        return host_exemption(end, direction, connection, policies)
    if end is None:
        return Exemption.NOT_A_SUBJECT
    if direction is Direction.INGRESS and from_own_node(connection, assumptions):
        return Exemption.OWN_NODE
    return None


def host_exemption(
    host: HostEndpoint,
    direction: Direction,
    connection: Connection,
    policies: Sequence[AnyPolicy],
) -> Exemption | Failsafe | None:
    """Why no policy counts at a host endpoint, or `None` (D.36, D.39).

    What a host sends to its own pods leaves through no interface of the host, and what it sends
    to itself passes none.
    """
    if direction is Direction.EGRESS and on_one_node(host, connection.destination):
        return Exemption.OWN_NODE
    ends = (connection.source, connection.destination)
    if any(isinstance(one, ExternalEndpoint) and has_own_address(one, host) for one in ends):
        return Exemption.OWN_NODE
    return failsafe.kept_open(host, direction, connection, policies)
