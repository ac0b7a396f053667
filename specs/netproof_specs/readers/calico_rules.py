"""Rules of Calico's policies and profiles (D.17 to D.29)."""

from __future__ import annotations

import re

from netproof_specs.decoding import (
    NO_FIELDS,
    Cursor,
    Fields,
    Shape,
    elements,
    needed,
    one_of,
    read_elements,
    shown,
)
from netproof_specs.documents.yaml_scalars import OddNumber
from netproof_specs.model.calico import (
    AccountMatch,
    CalicoAction,
    CalicoPort,
    CalicoRule,
    EntityRule,
    ProtocolRef,
)
from netproof_specs.model.calico_selectors import Global, Selector
from netproof_specs.model.traffic import Family, PortName, PortRange
from netproof_specs.readers.calico_fields import (
    bounded,
    parsed,
    read_present,
    read_protocol_ref,
    read_rule_net,
    read_selector_text,
    read_texts,
    unique,
    without_global,
)
from netproof_specs.syntax import parse_block

_ENTITY_FIELDS = (
    "nets",
    "notNets",
    "selector",
    "notSelector",
    "namespaceSelector",
    "serviceAccounts",
    "services",
    "ports",
    "notPorts",
)
RULE = Shape(
    "a rule",
    (
        "action",
        "protocol",
        "notProtocol",
        "ipVersion",
        "icmp",
        "notICMP",
        "source",
        "destination",
        "http",
        "metadata",
    ),
    {
        **{
            name: f"`{name}` belongs in `source` or `destination`: indent it"
            for name in _ENTITY_FIELDS
        },
        "from": "write `source: ...`",
        "to": "write `destination: ...`",
    },
)
ENTITY = Shape(
    "`source` or `destination`",
    _ENTITY_FIELDS,
    {
        "domains": "names in DNS are not modelled, and open-source Calico has no such field",
        "podSelector": "write `selector: \"key == 'value'\"`",
        "ipBlock": "write `nets: [...]`",
        "cidr": "write `nets: [...]`",
        "protocol": "move `protocol` out, to stand beside `source` and `destination`",
        "namespaces": "did you mean `namespaceSelector`?",
        "serviceAccountSelector": "write `serviceAccounts: {selector: ...}`",
    },
)
ACCOUNTS = Shape("`serviceAccounts`", ("names", "selector"))
ICMP = Shape("`icmp`", ("type", "code"))
METADATA = Shape("`metadata` of a rule", ("annotations",))
_WITH_PORTS = ("TCP", "UDP", "SCTP", 6, 17, 132)
_ICMP_PROTOCOLS = ("ICMP", "ICMPv6", 1, 58)
_RANGE = re.compile(r"([0-9]+):([0-9]+)")
_NAME = re.compile(r"[a-zA-Z0-9_.-]{1,128}")
_HYPHEN = re.compile(r"[0-9]+-[0-9]+")
_ACTIONS = one_of(one.value for one in CalicoAction)
_MOST_RULES, _MOST_NETS, _MOST_PORTS = 1024, 256, 50


def read_rules(cursor: Cursor | None) -> tuple[CalicoRule, ...] | None:
    """The rules of one direction, or `None` where the list is absent."""
    bounded(cursor, _MOST_RULES, "rules")
    return read_present(cursor, _rule)


def _rule(cursor: Cursor) -> CalicoRule | None:
    given = cursor.fields(RULE)
    if not given.readable:
        return None
    action = _action(given, cursor)
    protocol = read_protocol_ref(given.get("protocol"))
    not_protocol = read_protocol_ref(given.get("notProtocol"))
    version = _version(given.get("ipVersion"))
    entities = {name: given.get(name) for name in ("source", "destination")}
    parts = {name: one.fields(ENTITY) if one else NO_FIELDS for name, one in entities.items()}
    _refuse_unmodelled(given)
    _check_icmp(given, protocol)
    _check_families(parts)
    for part in parts.values():
        _check_protocol(part, protocol, given.get("protocol"))
    source, destination = (_entity(part) for part in parts.values())
    if given.get("metadata") is not None:
        (given.get("metadata") or cursor).fields(METADATA)
    if action is None:
        return None
    where = cursor.where()
    return CalicoRule(action, protocol, not_protocol, version, source, destination, where)


def _action(given: Fields, holder: Cursor) -> CalicoAction | None:
    cursor = needed(given, "action", holder, _ACTIONS, clause="D.17")
    if cursor is None:
        return None
    text = cursor.string()
    return cursor.choose(text, CalicoAction, "action", code="invalid-action", clause="D.17")


def _version(cursor: Cursor | None) -> Family | None:
    if cursor is None:
        return None
    if type(cursor.value) is int and cursor.value in (4, 6):
        return Family(cursor.value)
    wrong = "must be 4 or 6"
    cursor.refuse(wrong, "write `ipVersion: 4`", code="invalid-ip-version", clause="D.28")
    return None


def _refuse_unmodelled(given: Fields) -> None:
    """`http` would widen the rule if it were ignored (D.26)."""
    http = given.get("http")
    if http is not None:
        http.refuse(
            "`http` is not modelled: a rule on methods and paths says less than one without",
            "leave it out only if the rule may stand for every request",
            code="unmodelled-field",
            clause="D.26",
        )


def _check_icmp(given: Fields, protocol: ProtocolRef | None) -> None:
    """With the protocol ICMP a rule matches no connection that a claim speaks of (D.27)."""
    for name in ("icmp", "notICMP"):
        cursor = given.get(name)
        if cursor is None:
            continue
        inner = cursor.fields(ICMP)
        for field, most in (("type", 254), ("code", 255)):
            _check_byte(inner.get(field), most)
        if inner.get("code") is not None and inner.get("type") is None:
            hint = "write `type` as well"
            cursor.refuse("`code` needs `type`", hint, code="invalid-icmp", clause="D.27")
        if protocol not in _ICMP_PROTOCOLS:
            why = f"`{name}` needs the protocol ICMP or ICMPv6"
            hint = "write `protocol: ICMP` beside it"
            cursor.refuse(why, hint, code="invalid-icmp", clause="D.27")


def _check_byte(cursor: Cursor | None, most: int) -> None:
    if cursor is not None and not (type(cursor.value) is int and 0 <= cursor.value <= most):
        cursor.wrong_type(f"a number from 0 to {most}", "")


def _entity(given: Fields) -> EntityRule:
    services = given.get("services")
    if services is not None:
        services.refuse(
            "`services` is not modelled: it takes the endpoints that a Service has at the time",
            "select the Service's pods by `selector`, with the target ports as `ports`",
            code="unmodelled-field",
            clause="D.25",
        )
    return EntityRule(
        selector=read_selector_text(given.get("selector")),
        not_selector=read_selector_text(given.get("notSelector")),
        namespace_selector=_namespace_selector(given.get("namespaceSelector")),
        accounts=_accounts(given.get("serviceAccounts")),
        nets=_nets(given.get("nets")),
        not_nets=_not_nets(given.get("notNets")),
        ports=_ports(given.get("ports")),
        not_ports=_ports(given.get("notPorts")),
    )


def _namespace_selector(cursor: Cursor | None) -> Selector | None:
    """The one place where `global()` may stand, alone (D.32)."""
    found = parsed(cursor)
    if cursor is None or found is None or isinstance(found.tree, Global):
        return found
    return without_global(cursor, found)


def _accounts(cursor: Cursor | None) -> AccountMatch | None:
    if cursor is None:
        return None
    given = cursor.fields(ACCOUNTS)
    names = read_texts(given.get("names"), "name")
    return AccountMatch(names, read_selector_text(given.get("selector")))


def _nets(cursor: Cursor | None) -> tuple[str, ...]:
    bounded(cursor, _MOST_NETS, "blocks")
    found = elements(cursor)
    unique(found, "block")
    networks = [read_rule_net(one) for one in found]
    return tuple(str(network) for network in networks if network is not None)


def _not_nets(cursor: Cursor | None) -> tuple[str, ...]:
    found = _nets(cursor)
    for one in _listed(cursor):
        if one.value in ("0.0.0.0/0", "::/0"):
            one.refuse(
                f"`{one.value}` leaves nothing that the rule could match",
                "remove the rule, or name smaller blocks",
                code="invalid-block",
                clause="D.21",
            )
    return found


def _check_families(parts: dict[str, Fields]) -> None:
    """All blocks of a rule are of one address family (D.21)."""
    blocks = [
        (one, parse_block(one.value)[0])
        for part in parts.values()
        for name in ("nets", "notNets")
        for one in _listed(part.get(name))
        if isinstance(one.value, str)
    ]
    found = [(one, network.version) for one, network in blocks if network is not None]
    for one, version in found:
        if version != found[0][1]:
            both = f"`{shown(one.value)}` and `{shown(found[0][0].value)}`"
            one.refuse(
                f"{both} are of different address families, which one rule cannot have",
                "write a rule for each family",
                code="mixed-families",
                clause="D.21",
            )
            return


def _listed(cursor: Cursor | None) -> list[Cursor]:
    """The elements of a list; none of what is no list, which is reported elsewhere."""
    return elements(cursor) if cursor is not None and isinstance(cursor.value, list) else []


def _ports(cursor: Cursor | None) -> tuple[CalicoPort, ...]:
    bounded(cursor, _MOST_PORTS, "ports")
    return read_elements(cursor, _port)


def _port(cursor: Cursor) -> CalicoPort | None:
    """A number, a range `a:b` or a name; digits in quotes are a number (D.19)."""
    value = cursor.value
    if isinstance(value, OddNumber):
        # YAML 1.1 takes `80:90` for a number with the base 60.
        value = value.text
    if type(value) is int:
        return _range(cursor, value, value)
    if not isinstance(value, str):
        cursor.wrong_type("a number, a range `a:b` or a name", "")
        return None
    if value.isascii() and value.isdecimal():
        return _range(cursor, int(value), int(value))
    found = _RANGE.fullmatch(value)
    if found is not None:
        return _range(cursor, int(found.group(1)), int(found.group(2)))
    if _NAME.fullmatch(value) is None:
        _refuse_port(cursor, f"`{shown(value)}` is no port", "a number, a range `a:b` or a name")
        return None
    if _HYPHEN.fullmatch(value):
        cursor.remark(
            f"`{value}` is the name of a port, no range",
            f"write `{value.replace('-', ':')}` for the range",
            code="name-like-range",
            clause="D.19",
        )
    return PortName(value)


def _range(cursor: Cursor, first: int, last: int) -> PortRange | None:
    if not (1 <= first <= 65535 and 1 <= last <= 65535):
        number = first if not 1 <= first <= 65535 else last
        _refuse_port(cursor, f"`{number}` is no port", "a port is a number from 1 to 65535")
        return None
    if first > last:
        _refuse_port(cursor, f"the range ends at {last}, before {first}", "swap the two")
        return None
    return PortRange(first, last)


def _refuse_port(cursor: Cursor, message: str, hint: str) -> None:
    cursor.refuse(message, hint, code="invalid-port", clause="D.19")


def _check_protocol(given: Fields, protocol: ProtocolRef | None, written: Cursor | None) -> None:
    """Ports need a protocol that has some; a list of only names may leave it out (D.19)."""
    for name in ("ports", "notPorts"):
        cursor = given.get(name)
        if cursor is None or not isinstance(cursor.value, list) or not cursor.value:
            continue
        if protocol in _WITH_PORTS or (written is not None and protocol is None):
            continue
        if written is None and all(_is_name(value) for value in cursor.value):
            continue
        why = "needs `protocol: TCP`, `UDP` or `SCTP` in its rule"
        if written is not None:
            why = f"cannot go with `protocol: {protocol}`, which has no ports"
        hint = "write `protocol: TCP` beside `source` and `destination`"
        cursor.refuse(why, hint, code="ports-without-protocol", clause="D.19")


def _is_name(value: object) -> bool:
    return isinstance(value, str) and not value.isdecimal() and not _RANGE.fullmatch(value)
