"""Rules of Calico's policies as conditions; the twin of `netproof.oracle.calico_rules`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from ipaddress import ip_network
from typing import assert_never

from netproof_encodings.decision.conditions import (
    ALWAYS,
    NEVER,
    Counted,
    End,
    Found,
    FromPorts,
    HasProtocol,
    InBlock,
    InNamespace,
    IsPod,
    Match,
    NamesPort,
    Not,
    OfFamily,
    OnPorts,
    Seen,
    every,
    some,
)
from netproof_encodings.decision.tiers import Lowered, Rule
from netproof_encodings.lowering.calico_hosts import KnownHost, is_one_of
from netproof_encodings.lowering.calico_others import others_found, others_named
from netproof_encodings.lowering.calico_selectors import (
    ACCOUNT,
    NAME,
    NAMESPACE,
    PREFIX,
    View,
    pod_meets,
    runs_as,
    set_meets,
)
from netproof_encodings.vocabulary.hosts import Whom
from netproof_specs.frozen import Frozen, field, replace
from netproof_specs.model.calico import (
    AccountMatch,
    CalicoPort,
    CalicoRule,
    EntityRule,
    NetworkSet,
    ProtocolRef,
)
from netproof_specs.model.traffic import Direction, Family, PortName, PortRange, Protocol

_NUMBERS = {6: Protocol.TCP, 17: Protocol.UDP, 132: Protocol.SCTP}
_NAMES = {one.value: one for one in Protocol}


class Setting(Frozen):
    """What a rule is read in: the namespace of its policy, if it has one, and the sets.

    `hosts` are all that can be met as peers; policies are read as they are for `whom`. Their rules
    are taken from `lowered`, or put there.
    """

    namespace: str
    sets: Sequence[NetworkSet]
    hosts: Sequence[KnownHost] = ()
    whom: Whom = Whom.EVERYBODY
    lowered: Lowered = field(default_factory=dict)

    @property
    def subjects(self) -> tuple[KnownHost, ...]:
        """The host endpoints that policies are read for."""
        return tuple(one for one in self.hosts if self.whom.includes(one.host))


def lowered_once(
    index: int, direction: Direction, setting: Setting, rules: Iterator[Rule]
) -> tuple[Rule, ...]:
    """The rules of the policy of that index; they are only gone through if none asked before."""
    found = setting.lowered.get((index, direction))
    if found is None:
        found = setting.lowered[index, direction] = tuple(rules)
    return found


def lower_rule(rule: CalicoRule, setting: Setting) -> Match:
    """Every criterion of the rule; one that is not given is none (D.17)."""
    parts: list[Match] = []
    if rule.ip_version is not None:
        parts.append(OfFamily(rule.ip_version))
    if rule.protocol is not None:
        parts.append(lower_protocol(rule.protocol))
    if rule.not_protocol is not None:
        parts.append(Not(lower_protocol(rule.not_protocol)))
    parts.append(lower_entity(rule.source, End.SOURCE, setting))
    parts.append(lower_entity(rule.destination, End.DESTINATION, setting))
    return every(parts)


def lower_protocol(reference: ProtocolRef) -> Match:
    """The connection uses the protocol; none that a claim speaks of uses another (D.18)."""
    known = _NAMES if isinstance(reference, str) else _NUMBERS
    found = next((one for key, one in known.items() if key == reference), None)
    return NEVER if found is None else HasProtocol(found)


def lower_entity(entity: EntityRule, end: End, setting: Setting) -> Match:
    """What `source` or `destination` asks of its end."""
    parts = [lower_nets(entity, end), lower_selectors(entity, end, setting)]
    if entity.ports:
        parts.append(some(lower_port(entity, one, end, setting) for one in entity.ports))
    parts.extend(Not(lower_port(entity, one, end, setting)) for one in entity.not_ports)
    return every(parts)


def lower_nets(entity: EntityRule, end: End) -> Match:
    """Blocks, of which a rule has one family: it matches no connection of the other (D.21)."""
    parts: list[Match] = []
    if entity.nets:
        parts.append(some(in_net(end, net) for net in entity.nets))
    for net in entity.not_nets:
        parts.append(OfFamily(Family(ip_network(net).version)))
        parts.append(Not(in_net(end, net)))
    return every(parts)


def in_net(end: End, net: str) -> Match:
    """The end's address is in the block; Calico holds pods against it too (D.21)."""
    return InBlock(end, net, Seen.ALWAYS)


# --- selectors -------------------------------------------------------------------------------


def lower_selectors(entity: EntityRule, end: End, setting: Setting) -> Match:
    """Something that has the end's address meets the selectors (D.22)."""
    negated = EntityRule(selector=entity.not_selector)
    if not is_positive(entity, setting.namespace):
        if entity.not_selector is None:
            return ALWAYS
        return Not(some(found_by(negated, end, replace(setting, namespace=""))))
    rejected = (
        NEVER if entity.not_selector is None else pod_meets(end, entity.not_selector, View.ENDPOINT)
    )
    pod = every((pod_found(entity, end, setting.namespace), Not(rejected)))
    return some((pod, host_found(entity, end, setting), *sets_found(entity, end, setting)))


def is_positive(entity: EntityRule, namespace: str) -> bool:
    """Whether a selector has to find the end; in a namespace, any implies its own (D.22, D.23)."""
    asked = (
        entity.selector is not None
        or entity.namespace_selector is not None
        or restricts(entity.accounts)
    )
    return asked or (bool(namespace) and entity.not_selector is not None)


def restricts(accounts: AccountMatch | None) -> bool:
    """Whether `serviceAccounts` asks for something (D.24)."""
    return accounts is not None and (bool(accounts.names) or accounts.selector is not None)


def found_by(entity: EntityRule, end: End, setting: Setting) -> list[Match]:
    """The ways in which the positive selectors find the end: as a pod, or through a set."""
    return [
        pod_found(entity, end, setting.namespace),
        host_found(entity, end, setting),
        *sets_found(entity, end, setting),
    ]


def host_found(entity: EntityRule, end: End, setting: Setting) -> Match:
    """The end is a host endpoint that meets all selectors, by an address it expects (D.35)."""
    known = (one for one in setting.hosts if not one.host.invented)
    found = [one for one in known if set_found(entity, one.labels, setting.namespace)]
    others = others_found(entity, end, setting.hosts, setting.namespace)
    return some((is_one_of(end, found, Found.BY_ADDRESS), others))


def pod_found(entity: EntityRule, end: End, namespace: str) -> Match:
    """The end is a pod that meets all but `notSelector` (D.23)."""
    parts: list[Match] = [IsPod(end)]
    if entity.namespace_selector is not None:
        parts.append(pod_meets(end, entity.namespace_selector, View.NAMESPACE))
    elif namespace:
        parts.append(InNamespace(end, namespace))
    parts.append(pod_meets(end, entity.selector, View.ENDPOINT))
    parts.append(runs_as_asked(entity.accounts, end))
    return every(parts)


def runs_as_asked(accounts: AccountMatch | None, end: End) -> Match:
    """The pod's service account is one of the names, if there are any, and selected (D.24)."""
    if accounts is None:
        return ALWAYS
    named = runs_as(end, accounts.names) if accounts.names else ALWAYS
    return every((named, pod_meets(end, accounts.selector, View.ACCOUNT)))


def sets_found(entity: EntityRule, end: End, setting: Setting) -> list[Match]:
    """The end's address is in a block of a set that meets the selectors (D.22)."""
    return [
        some(in_net(end, net) for net in one.nets)
        for one in setting.sets
        if set_found(entity, set_labels(one), setting.namespace)
    ]


def set_labels(one: NetworkSet) -> dict[str, str]:
    """The labels of a set, with its namespace and the labels of that, if it has one (D.34)."""
    if not one.namespace:
        return dict(one.labels)
    inherited = {f"{PREFIX}{key}": value for key, value in one.namespace_labels}
    named = {f"{PREFIX}{NAME}": one.namespace, NAMESPACE: one.namespace}
    return {**inherited, **dict(one.labels), **named}


def set_found(entity: EntityRule, labels: Mapping[str, str], namespace: str) -> bool:
    """Whether a set of the cluster meets all selectors, `notSelector` among them (D.22, D.23)."""
    if entity.namespace_selector is not None:
        at_home = set_meets(labels, entity.namespace_selector, View.NAMESPACE)
    else:
        at_home = not namespace or labels.get(NAMESPACE) == namespace
    rejected = entity.not_selector is not None and set_meets(
        labels, entity.not_selector, View.ENDPOINT
    )
    fits = set_meets(labels, entity.selector, View.ENDPOINT)
    return at_home and fits and not rejected and set_runs_as(entity.accounts, labels)


def set_runs_as(accounts: AccountMatch | None, labels: Mapping[str, str]) -> bool:
    """Whether a set has the labels of such a service account, which it may state itself (D.24)."""
    if accounts is None:
        return True
    named = not accounts.names or labels.get(ACCOUNT) in accounts.names
    return named and set_meets(labels, accounts.selector, View.ACCOUNT)


# --- ports -----------------------------------------------------------------------------------


def lower_port(entity: EntityRule, port: CalicoPort, end: End, setting: Setting) -> Match:
    """One element of a list of ports of an end; a name is that end's own (D.19, D.20)."""
    match port:
        case PortRange():
            return in_ports(port, end)
        case PortName(name):
            named = IsPod(end)
            found = (
                pod_found(entity, end, setting.namespace)
                if is_positive(entity, setting.namespace)
                else named
            )
            of_pods = every((found, NamesPort(name, counted=Counted.EVERY, end=end)))
            known = (one for one in setting.hosts if not one.host.invented)
            meant = [one for one in known if is_meant(entity, one, setting.namespace)]
            others = (
                others_named(end, name, setting.hosts, _positive(entity), setting.namespace)
                if is_positive(entity, setting.namespace)
                else others_named(end, name, setting.hosts)
            )
            return some((of_pods, *named_on(end, name, meant), others))
        case _:
            assert_never(port)


def in_ports(ports: PortRange, end: End) -> Match:
    """The port that the connection has at the end is in the range (D.19)."""
    match end:
        case End.SOURCE:
            return FromPorts(ports)
        case End.DESTINATION:
            return OnPorts(ports)
        case _:
            assert_never(end)


def is_meant(entity: EntityRule, host: KnownHost, namespace: str) -> bool:
    """Whether port names are looked up on the host endpoint: positive selectors find it (D.20)."""
    if not is_positive(entity, namespace):
        return True
    return set_found(_positive(entity), host.labels, namespace)


def _positive(entity: EntityRule) -> EntityRule:
    return replace(entity, not_selector=None)


def named_on(end: End, name: str, hosts: Iterable[KnownHost]) -> Iterator[Match]:
    """The end is one of the known host endpoints, on a port that it gives the name (D.6, D.20)."""
    for one in hosts:
        for port in one.host.ports:
            if port.name == name:
                there = is_one_of(end, [one], Found.BY_ADDRESS)
                number = in_ports(PortRange(port.port, port.port), end)
                yield every((there, lower_protocol(port.protocol), number))
