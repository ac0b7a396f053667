"""Rules of Calico's policies and profiles on concrete connections (D.17 to D.28)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

from netaddr import IPNetwork

from netproof.oracle.calico_endpoints import (
    ACCOUNT_PREFIX,
    NAMESPACE_PREFIX,
    LabelMap,
    in_some,
    objects_of,
    own_labels,
    policed,
)
from netproof.oracle.calico_selectors import (
    ACCOUNT,
    NAMESPACE,
    selects,
    selects_inherited,
)
from netproof_specs.assumptions import Assumptions
from netproof_specs.frozen import Frozen
from netproof_specs.model.calico import (
    AccountMatch,
    CalicoPort,
    CalicoRule,
    EntityRule,
    ProtocolRef,
)
from netproof_specs.model.cluster import AnyPolicy
from netproof_specs.model.connections import (
    DYNAMIC_PORT,
    Connection,
    Endpoint,
    PodEndpoint,
)
from netproof_specs.model.hosts import HostEndpoint
from netproof_specs.model.traffic import Family, PortName, PortRange, Protocol

NUMBERS = {"ICMP": 1, "TCP": 6, "UDP": 17, "ICMPv6": 58, "SCTP": 132, "UDPLite": 136}


class Scene(Frozen):
    """What a rule is evaluated in.

    `namespace` is that of the rule's policy, and empty for a policy or profile of the cluster.
    `policies` are all of the cluster, network sets and profiles among them.
    """

    namespace: str
    connection: Connection
    policies: Sequence[AnyPolicy]
    assumptions: Assumptions


def rule_matches(rule: CalicoRule, scene: Scene) -> bool:
    """True iff every criterion of the rule holds; one that is not given does (D.17)."""
    connection = scene.connection
    return (
        rule.ip_version in (None, connection.family)
        and (rule.protocol is None or is_protocol(rule.protocol, connection.protocol))
        and not (
            rule.not_protocol is not None and is_protocol(rule.not_protocol, connection.protocol)
        )
        and entity_matches(rule.source, connection.source, source_port(connection), scene)
        and entity_matches(rule.destination, connection.destination, connection.port, scene)
    )


def source_port(connection: Connection) -> int:
    """The port that the connection comes from; the usual one where it does not say (D.19)."""
    return DYNAMIC_PORT if connection.source_port is None else connection.source_port


def is_protocol(reference: ProtocolRef, protocol: Protocol) -> bool:
    """True iff the name or number is that of the protocol (D.18)."""
    number = NUMBERS[reference] if isinstance(reference, str) else reference
    return number == NUMBERS[protocol.value]


def entity_matches(entity: EntityRule, end: Endpoint, port: int, scene: Scene) -> bool:
    """True iff an end of the connection, with its port, meets `source` or `destination`."""
    return (
        nets_match(entity, end, scene.connection.family)
        and selectors_match(entity, end, scene)
        and (not entity.ports or ports_match(entity, entity.ports, end, port, scene))
        and not ports_match(entity, entity.not_ports, end, port, scene)
    )


def nets_match(entity: EntityRule, end: Endpoint, family: Family) -> bool:
    """True iff `nets` and `notNets` hold; a list without the family fits nothing (D.21)."""
    nets, not_nets = of_family(entity.nets, family), of_family(entity.not_nets, family)
    if (entity.nets and not nets) or (entity.not_nets and not not_nets):
        return False
    return (not nets or in_some(nets, end, family)) and not in_some(not_nets, end, family)


def of_family(nets: Sequence[str], family: Family) -> tuple[str, ...]:
    """The blocks of the family."""
    return tuple(net for net in nets if IPNetwork(net).version == family.value)


# --- selectors -------------------------------------------------------------------------------


def selectors_match(entity: EntityRule, end: Endpoint, scene: Scene) -> bool:
    """True iff the selectors hold for something that has the end's address (D.22).

    With a positive selector, `notSelector` is asked of the same object; without one, nothing
    that has the address may meet it, so that it holds for addresses of which nothing is known.
    """
    family = scene.connection.family
    found = list(objects_of(end, family, scene.policies, scene.assumptions))
    rejected = [
        entity.not_selector is not None and selects(entity.not_selector, labels) for labels in found
    ]
    if not is_positive(entity, scene.namespace):
        return not any(rejected)
    return any(
        positive(entity, scene.namespace, labels) and not no
        for labels, no in zip(found, rejected, strict=True)
    )


def is_positive(entity: EntityRule, namespace: str) -> bool:
    """True iff the end must be something that a selector finds (D.22, D.23).

    In a namespaced policy, any selector implies the policy's own namespace.
    """
    asked = (
        entity.selector is not None
        or entity.namespace_selector is not None
        or restricts(entity.accounts)
    )
    return asked or (bool(namespace) and entity.not_selector is not None)


def restricts(accounts: AccountMatch | None) -> bool:
    """True iff `serviceAccounts` asks for something (D.24)."""
    return accounts is not None and (bool(accounts.names) or accounts.selector is not None)


def positive(entity: EntityRule, namespace: str, labels: LabelMap) -> bool:
    """True iff an endpoint or set with the labels meets all but `notSelector` (D.23, D.24)."""
    if entity.namespace_selector is None:
        at_home = not namespace or labels.get(NAMESPACE) == namespace
    else:
        at_home = selects_inherited(entity.namespace_selector, NAMESPACE_PREFIX, NAMESPACE, labels)
    return at_home and selects(entity.selector, labels) and accounts_match(entity.accounts, labels)


def accounts_match(accounts: AccountMatch | None, labels: LabelMap) -> bool:
    """True iff the service account is one of the names, if there are any, and selected (D.24)."""
    if accounts is None:
        return True
    named = not accounts.names or labels.get(ACCOUNT) in accounts.names
    return named and selects_inherited(accounts.selector, ACCOUNT_PREFIX, None, labels)


# --- ports -----------------------------------------------------------------------------------


def ports_match(
    entity: EntityRule, ports: Sequence[CalicoPort], end: Endpoint, port: int, scene: Scene
) -> bool:
    """True iff some element of the list is the port (D.19)."""
    return any(port_matches(entity, element, end, port, scene) for element in ports)


def port_matches(
    entity: EntityRule, element: CalicoPort, end: Endpoint, port: int, scene: Scene
) -> bool:
    """True iff one element is the port; a name is one that the end itself declares (D.20)."""
    match element:
        case PortRange(first, last):
            return first <= port <= last
        case PortName(name):
            found = policed(end, scene.policies, scene.assumptions)
            return is_named(entity, end, scene) and (name, port) in declared(
                found, scene.connection.protocol
            )
        case _:
            assert_never(element)


def is_named(entity: EntityRule, end: Endpoint, scene: Scene) -> bool:
    """True iff port names are looked up on the end: the positive selector finds it (D.20)."""
    family = scene.connection.family
    labels = own_labels(end, family, scene.policies, scene.assumptions)
    if labels is None:
        return False
    return not is_positive(entity, scene.namespace) or positive(entity, scene.namespace, labels)


def declared(end: Endpoint | None, protocol: Protocol) -> frozenset[tuple[str, int]]:
    """The names and numbers that the end declares for a protocol (D.20, D.6)."""
    if isinstance(end, HostEndpoint):
        return frozenset(
            (port.name, port.port) for port in end.ports if is_protocol(port.protocol, protocol)
        )
    if isinstance(end, PodEndpoint):
        ports = (*end.ports, *end.init_ports)
        return frozenset((port.name, port.port) for port in ports if port.protocol is protocol)
    return frozenset()
