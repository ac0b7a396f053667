"""Claims from text and back to text, as canonical text that is read back to equal values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import assert_never

from netproof_specs.claim_language.parsing import parse_claim_at
from netproof_specs.claims import (
    CannotReach,
    CanReach,
    CanReachOnly,
    Claim,
    ClaimPorts,
    DeniedByDefault,
    EndpointSet,
    Group,
    GroupOnPorts,
    IsolatedFrom,
    MayReach,
    OnlyCanReach,
    PoliciesEquivalent,
    PolicyNecessary,
    PolicyRedundant,
    Ports,
)
from netproof_specs.locations import Location


def parse_claim(
    text: str, groups: Mapping[str, EndpointSet], where: Location | None = None
) -> Claim:
    """The claim that the text states, its group names looked up in `groups`.

    Raises InputError with every mistake found, each with an excerpt and placed at `where`.
    """
    return parse_claim_at(text, groups, lambda _: where)


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
