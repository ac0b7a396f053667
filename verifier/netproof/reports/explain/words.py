"""The words of an explanation that text and data share."""

from __future__ import annotations

from typing import assert_never

from netproof.decisions import ALL_PORTS, Ranges, SideDecision
from netproof.explaining.mismatches import Condition, Mismatch
from netproof.explaining.tracing import Exempt, Explanation, SideTrace
from netproof.reports.connections.words import sources_text
from netproof.reports.words import endpoint_name, policy_names, reason_text, safe, side_label
from netproof_specs.assumptions import Assumption, Assumptions, value_of
from netproof_specs.model.connections import ExternalEndpoint
from netproof_specs.model.traffic import Family

CONDITIONS = {
    Condition.DIRECTION: "direction",
    Condition.KIND: "kind of endpoint",
    Condition.HOST_ENDPOINT: "host endpoint",
    Condition.NAMESPACE: "namespace",
    Condition.NAMESPACE_LABELS: "namespace labels",
    Condition.POD_LABELS: "pod labels",
    Condition.SERVICE_ACCOUNT: "service account",
    Condition.ADDRESS_BLOCK: "address block",
    Condition.PORT: "port",
    Condition.SOURCE_PORT: "source port",
    Condition.FAMILY: "address family",
    Condition.ASSUMPTION: "assumption",
}


def mismatch_text(one: Mismatch) -> str:
    """`pod labels: wants app=web, finds app=api`."""
    if one.condition is Condition.DIRECTION:
        return f"direction: {one.wanted} leaves out {one.found}"
    return f"{CONDITIONS[one.condition]}: wants {one.wanted}, finds {one.found}"


def no_rule_text(side: SideTrace) -> str:
    """What to say of a policy that selects and has no rule of the direction (A.13)."""
    return f"has no {side.decision.direction.value.lower()} rule, so it admits nothing (A.13)"


def exempt_text(one: Exempt) -> str:
    """What kind of traffic it is that no claim and no map speaks of."""
    match one:
        case Exempt.SAME_POD:
            return (
                "a pod reaches itself whatever policies say; through a Service it is left to "
                "the implementation (A.41)"
            )
        case Exempt.FROM_OWN_NODE:
            return "traffic from a pod's own node is always admitted (A.42)"
        case Exempt.TO_OWN_NODE:
            return (
                "traffic to a pod's own node: some implementations let it through whatever "
                "egress policies say (A.43)"
            )
        case Exempt.NO_ADDRESS:
            return (
                "no such connection can be made: a pod has no address of this family, so this is "
                "only what policies say of it (A.27)"
            )
        case _:
            assert_never(one)


def notes_of(found: Explanation) -> list[str]:
    """What else has to be known to take the decision for the truth."""
    notes = [] if found.exempt is None else [exempt_text(found.exempt)]
    notes += [
        f"{endpoint_name(pod)} is taken to have the address {pod.addresses[0]}, which the input "
        "does not give (A.29)"
        for pod in found.supposed
    ]
    if found.other_family is not None:
        name = {Family.IPV4: "IPv4", Family.IPV6: "IPv6"}[found.other_family]
        other = "denied" if found.decision.allowed else "allowed"
        notes.append(f"it is {other} over {name}: ipBlocks are for one address family (A.27)")
    if found.from_sources is not None:
        notes.append(_sources_text(found.from_sources))
    notes += [_tie_text(one) for one in found.otherwise]
    notes += [_perhaps_text(one, found) for one in found.perhaps]
    return notes


def _perhaps_text(side: SideDecision, found: Explanation) -> str:
    """What a host may deny of a connection that is allowed otherwise (D.37).

    The pod's node or interface is not known, or it depends on the set-up, of which something else
    can be assumed.
    """
    passing, ends = side.passing, (found.connection.source, found.connection.destination)
    outside = any(isinstance(one, ExternalEndpoint) for one in ends)
    outwards = outside and passing is not None and passing.end is side.direction
    unless = "" if outwards and not side.left_over else f", unless {_OUTSIDE} is assumed"
    return f"it may be denied{unless}: {reason_text(side, found.connection)}"


_OUTSIDE = f"{Assumption.CALICO_FORWARD.value}=outside"


def _sources_text(sources: Ranges) -> str:
    """Whether and how the decision depends on the source port, of which none was given (D.19)."""
    ways = {(): "denied from every source port", ALL_PORTS: "allowed from every source port"}
    said = ways.get(sources) or f"allowed{sources_text(sources)}, and denied from the others"
    return f"policies ask for the source port, which --source-port gives: it is {said} (D.19)"


def _tie_text(side: SideDecision) -> str:
    """What turns a side where the order of tied policies is left open (C.4)."""
    decided = "allowed" if side.allowed else "denied"
    steps = (one for one in side.steps if one.policy is not None and one.before)
    orders = " and ".join(
        f"{safe(one.policy.title)} goes before {policy_names(one.before)}"
        for one in steps
        if one.policy is not None
    )
    return (
        f"{side_label(side)} is {decided} if {orders}: they have the same priority, "
        "and no order among them is promised (C.4)"
    )


def flipped_text(flipped: Assumptions, assumptions: Assumptions) -> str:
    """The values that turn the decision, as `--assume` takes them."""
    other = assumptions.symmetric_difference(flipped)
    return " and ".join(
        f"{one.value}={value_of(one, other)}" for one in Assumption if one in flipped
    )
