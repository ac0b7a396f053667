"""Short ways to write model values in tests."""

from __future__ import annotations

from netproof_specs.model.cluster import ContainerPort, Namespace
from netproof_specs.model.connections import Connection, Endpoint, ExternalEndpoint, PodEndpoint
from netproof_specs.model.labels import NAME_LABEL, LabelSelector, Operator, Requirement
from netproof_specs.model.network_policy import NetworkPolicy, PolicyPort, PolicyRule
from netproof_specs.model.traffic import Direction, PortName, PortRange, Protocol


def namespace(name: str, **labels: str) -> Namespace:
    """A namespace with the automatic label and others."""
    return Namespace(name, tuple(sorted((labels | {NAME_LABEL: name}).items())), declared=True)


def selector(**labels: str) -> LabelSelector:
    """A selector of `matchLabels`."""
    return LabelSelector(
        tuple(Requirement(key, Operator.IN, (value,)) for key, value in labels.items())
    )


def requirement(text: str) -> Requirement:
    """`k in a,b`, `k notin a`, `k exists` or `k absent`; `''` is the empty value."""
    key, word, *values = text.split()
    operator = {
        "in": Operator.IN,
        "notin": Operator.NOT_IN,
        "exists": Operator.EXISTS,
        "absent": Operator.DOES_NOT_EXIST,
    }[word]
    found = tuple(value.strip("'") for value in values[0].split(",")) if values else ()
    return Requirement(key, operator, found)


def policy_port(text: str) -> PolicyPort:
    """`UDP/53`, `TCP/8000-8080`, `-/80` (no protocol), `UDP/-` (no port) or `-/http`."""
    protocol, _, port = text.partition("/")
    return PolicyPort(None if protocol == "-" else Protocol(protocol), _port(port))


def _port(text: str) -> PortRange | PortName | None:
    if text == "-":
        return None
    first, _, last = text.partition("-")
    if not first.isdigit():
        return PortName(text)
    return PortRange(int(first), int(last or first))


def container_port(text: str) -> ContainerPort:
    """`http=80/TCP`."""
    name, _, rest = text.partition("=")
    number, _, protocol = rest.partition("/")
    return ContainerPort(name, Protocol(protocol), int(number))


def connection(source: Endpoint, destination: Endpoint, on: str = "TCP/80") -> Connection:
    """A connection over IPv4."""
    protocol, _, port = on.partition("/")
    return Connection(source, destination, Protocol(protocol), int(port))


def pod(title: str, *ports: str, **labels: str) -> PodEndpoint:
    """A pod `namespace/name` with container ports and labels."""
    space, name = title.split("/")
    return PodEndpoint(
        namespace(space),
        name,
        tuple(sorted(labels.items())),
        ports=tuple(container_port(port) for port in ports),
    )


def policy(
    title: str,
    subject: LabelSelector | None = None,
    types: tuple[Direction, ...] = (),
    ingress: tuple[PolicyRule, ...] = (),
    egress: tuple[PolicyRule, ...] = (),
) -> NetworkPolicy:
    """A policy `namespace/name`; without a subject it selects every pod."""
    space, name = title.split("/")
    return NetworkPolicy(space, name, subject or LabelSelector(), types, ingress, egress)


OUTSIDE = ExternalEndpoint("203.0.113.5")
"""An address outside the cluster."""
ANY_RULE = PolicyRule((), ())
"""The empty rule, which admits everything (A.15)."""
