"""Claims and endpoint sets as canonical text: what `claim_language` reads back to equal values."""

from __future__ import annotations

from typing import assert_never

from netproof_specs.claims import (
    AddressBlock,
    AnyOf,
    Anything,
    CannotReach,
    CanReach,
    CanReachOnly,
    Claim,
    ClaimPorts,
    DeniedByDefault,
    EndpointSet,
    External,
    Group,
    GroupOnPorts,
    HostsWhere,
    IsolatedFrom,
    MayReach,
    OnlyCanReach,
    PodNamed,
    PodsWhere,
    PoliciesEquivalent,
    PolicyNecessary,
    PolicyRedundant,
    Ports,
)
from netproof_specs.model.labels import NAME_LABEL, LabelSelector, Operator, Requirement


def claim_text(claim: Claim) -> str:
    """The claim in its canonical form; each group stands under its own text."""
    match claim:
        case CannotReach(source, destination, ports):
            return f"{source.text} cannot reach {_on(destination, ports)}"
        case CanReach(source, destination, ports):
            return f"{source.text} can reach {_on(destination, ports)}"
        case CanReachOnly(source, destinations, within):
            return f"{source.text} can reach only {_sides(destinations)}{_within(within)}"
        case OnlyCanReach(sources, destination, ports):
            listed = ", ".join(source.text for source in sources)
            return f"only {listed} can reach {_on(destination, ports)}"
        case MayReach(source, destination, ports):
            return f"{source.text} may reach {_on(destination, ports)}"
        case IsolatedFrom(left, right):
            return f"{left.text} is isolated from {right.text}"
        case DeniedByDefault(group):
            return f"{group.text} is denied by default"
        case PoliciesEquivalent(first, second):
            return f"policies {first.text} and {second.text} are equivalent"
        case PolicyRedundant(policy):
            return f"policy {policy.text} is redundant"
        case PolicyNecessary(policy):
            return f"policy {policy.text} is necessary"
        case _:
            assert_never(claim)


def _on(group: Group, ports: Ports) -> str:
    return f"{group.text} on {ports_text(ports)}" if ports else group.text


def _sides(sides: tuple[GroupOnPorts, ...]) -> str:
    return ", ".join(_on(side.group, side.ports) for side in sides)


def _within(within: Group | None) -> str:
    return "" if within is None else f" within {within.text}"


def ports_text(ports: Ports) -> str:
    """`TCP/3111, UDP/53, TCP/8000-8080, SCTP`; the empty text for every port."""
    return ", ".join(_port_text(port) for port in ports)


def _port_text(ports: ClaimPorts) -> str:
    if (ports.first, ports.last) == (1, 65535):
        return ports.protocol.value
    numbers = f"{ports.first}" if ports.first == ports.last else f"{ports.first}-{ports.last}"
    return f"{ports.protocol.value}/{numbers}"


def describe_endpoints(endpoints: EndpointSet) -> str:
    """The inline form of a set of endpoints."""
    match endpoints:
        case PodsWhere():
            return _pods_text(endpoints)
        case PodNamed(namespace, name, kind):
            return f"{namespace}/{name}" if kind is None else f"{namespace}/{kind}/{name}"
        case HostsWhere(selector):
            return "hosts" if selector is None else f"hosts({selector_text(selector)})"
        case AddressBlock(cidr):
            return f"cidr({cidr})"
        case External():
            return "external"
        case Anything():
            return "anything"
        case AnyOf(members):
            return f"any({', '.join(describe_endpoints(member) for member in members)})"
        case _:
            assert_never(endpoints)


def _pods_text(pods: PodsWhere) -> str:
    namespaces = _namespaces_text(pods)
    account = "" if pods.account is None else f" as serviceaccount:{pods.account}"
    if pods.pods is None and not account:
        return namespaces or "pods"
    text = "pods" if pods.pods is None else f"pods({selector_text(pods.pods)})"
    return f"{text} in {namespaces}{account}" if namespaces else text + account


def _namespaces_text(pods: PodsWhere) -> str:
    """No form has a namespace's name beside a selector; the name's label says the same (A.25)."""
    if pods.namespaces is None:
        return "" if pods.namespace is None else f"ns:{pods.namespace}"
    requirements = pods.namespaces.requirements
    if pods.namespace is not None:
        requirements = (Requirement(NAME_LABEL, Operator.IN, (pods.namespace,)), *requirements)
    return f"ns({selector_text(LabelSelector(requirements))})"


def selector_text(selector: LabelSelector) -> str:
    """The selector in kubectl's syntax; the empty text for the empty selector."""
    return ",".join(_requirement_text(requirement) for requirement in selector.requirements)


def _requirement_text(requirement: Requirement) -> str:
    key, values = requirement.key, requirement.values
    match requirement.operator:
        case Operator.IN:
            return f"{key}={values[0]}" if len(values) == 1 else f"{key} in ({','.join(values)})"
        case Operator.NOT_IN:
            return (
                f"{key}!={values[0]}" if len(values) == 1 else f"{key} notin ({','.join(values)})"
            )
        case Operator.EXISTS:
            return key
        case Operator.DOES_NOT_EXIST:
            return f"!{key}"
        case _:
            assert_never(requirement.operator)
