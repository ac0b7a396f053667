"""policy.networking.k8s.io: the checks of its definitions, and the policies as written (C.10 ff).

What the API server stores without a check and no implementation can mean (a protocol `tcp`, an
operator `Gt`) is refused as well.
"""

from __future__ import annotations

from collections.abc import Callable

from netproof_specs.decoding import (
    NO_FIELDS,
    Cursor,
    Fields,
    Shape,
    elements,
    needed,
    one_of,
    shown,
)
from netproof_specs.frozen import Frozen
from netproof_specs.model.admin_policy import (
    AdminAction,
    AdminKind,
    AdminPods,
    AdminPolicy,
    AdminPort,
    AdminRule,
    AdminTier,
    NetworksPeer,
    NodesPeer,
)
from netproof_specs.model.traffic import PortName
from netproof_specs.readers import admin_peers, admin_ports
from netproof_specs.readers.admin_peers import PeerRules, check_count
from netproof_specs.readers.metadata import Identity, check_metadata, read_identity

_MOST_PRIORITY = 1000
_LONGEST_NAME = 100


class _Form(Frozen):
    """How a kind is written: its fields, words and limits."""

    kind: AdminKind
    tier: AdminTier | None
    actions: tuple[AdminAction, ...]
    ports: str
    read_port: Callable[[Cursor], AdminPort | None]
    peers: PeerRules
    egress_peer: Shape
    most_rules: int
    most: int
    clause: str

    @property
    def has_priority(self) -> bool:
        """Iff the kind has the field `priority` (C.12)."""
        return self.kind is not AdminKind.BASELINE

    @property
    def title(self) -> str:
        """The kind with its article."""
        return f"{'an' if self.kind is AdminKind.ADMIN else 'a'} {self.kind.value}"


_V1ALPHA1 = PeerRules(required=("namespaceSelector", "podSelector"), embedded=False)
_V1ALPHA2 = PeerRules(required=("podSelector",), embedded=True)
_FORMS = {
    AdminKind.ADMIN: _Form(
        AdminKind.ADMIN,
        AdminTier.ADMIN,
        (AdminAction.ALLOW, AdminAction.DENY, AdminAction.PASS),
        "ports",
        admin_ports.read_port,
        _V1ALPHA1,
        admin_peers.EGRESS_PEER,
        100,
        100,
        "C.10",
    ),
    AdminKind.BASELINE: _Form(
        AdminKind.BASELINE,
        AdminTier.BASELINE,
        (AdminAction.ALLOW, AdminAction.DENY),
        "ports",
        admin_ports.read_port,
        _V1ALPHA1,
        admin_peers.BASELINE_EGRESS_PEER,
        100,
        100,
        "C.10",
    ),
    AdminKind.CLUSTER: _Form(
        AdminKind.CLUSTER,
        None,
        (AdminAction.ACCEPT, AdminAction.DENY, AdminAction.PASS),
        "protocols",
        admin_ports.read_protocol_ports,
        _V1ALPHA2,
        admin_peers.EGRESS_PEER,
        25,
        25,
        "C.14",
    ),
}
_NOT_ISOLATING = "these policies isolate nothing by themselves: leave it out"


def read_admin_policy(kind: AdminKind, root: Cursor) -> AdminPolicy | None:
    """The policy of one object, or `None` where what is wrong leaves none."""
    form = _FORMS[kind]
    given = root.fields(_object_shape(form))
    metadata = given.get("metadata")
    check_metadata(metadata)
    identity = read_identity(metadata, root, f"the {kind.value}")
    if identity is not None:
        _check_identity(identity, form, metadata)
    spec = needed(given, "spec", root, clause="C.10")
    parts = spec.fields(_spec_shape(form)) if spec is not None else NO_FIELDS
    return _policy(identity, form, parts, root) if spec is not None else None


def _check_identity(identity: Identity, form: _Form, metadata: Cursor | None) -> None:
    if metadata is None:
        return
    if identity.namespace:
        metadata.down("namespace", identity.namespace).remark(
            f"{form.title} belongs to the cluster: its namespace is ignored",
            "remove it; `subject` says which pods the policy is for",
            code="ignored-namespace",
            clause="C.10",
        )
    if form.kind is AdminKind.BASELINE and identity.name != "default":
        metadata.down("name", identity.name).refuse(
            f"{form.title} must be called `default`, not `{shown(identity.name)}`",
            "a cluster has one: put all rules into it",
            code="invalid-name",
            clause="C.12",
        )


def _policy(
    identity: Identity | None, form: _Form, parts: Fields, root: Cursor
) -> AdminPolicy | None:
    """The policy as far as it can be read; each part is read, so that all mistakes are told."""
    spec = parts.holder or root.down("spec", None)
    tier = form.tier or _tier(parts, spec)
    priority = _priority(parts, spec) if form.has_priority else None
    subject = _subject(parts, spec, form)
    ingress = _rules(parts.get("ingress"), "from", form)
    egress = _rules(parts.get("egress"), "to", form)
    if identity is None or tier is None or subject is None:
        return None
    where = root.manifest.locate_name()
    return AdminPolicy(form.kind, identity.name, tier, priority, subject, ingress, egress, where)


def _tier(parts: Fields, spec: Cursor) -> AdminTier | None:
    cursor = needed(parts, "tier", spec, clause="C.14")
    if cursor is None:
        return None
    return cursor.choose(cursor.string(), AdminTier, "tier", code="invalid-tier", clause="C.14")


def _priority(parts: Fields, spec: Cursor) -> int | None:
    cursor = needed(parts, "priority", spec, clause="C.3")
    if cursor is None:
        return None
    if type(cursor.value) is not int:
        cursor.wrong_type("a whole number", "a number from 0 to 1000; 0 comes first")
        return None
    if 0 <= cursor.value <= _MOST_PRIORITY:
        return cursor.value
    cursor.refuse(
        f"`{cursor.value}` is no priority",
        "a number from 0 to 1000; 0 comes first",
        code="invalid-priority",
        clause="C.3",
    )
    return None


def _subject(parts: Fields, spec: Cursor, form: _Form) -> AdminPods | None:
    hint = "write `subject: {namespaces: {}}` for the pods of every namespace"
    cursor = needed(parts, "subject", spec, hint, clause="C.10")
    return None if cursor is None else admin_peers.read_subject(cursor, form.peers)


# --- rules ------------------------------------------------------------------------------------


def _rules(cursor: Cursor | None, peers: str, form: _Form) -> tuple[AdminRule, ...]:
    entries = elements(cursor)
    if cursor is not None and len(entries) > form.most_rules:
        check_count(cursor, len(entries), form.most_rules, "rules", form.clause)
    read = [_rule(entry, peers, form) for entry in entries]
    return tuple(rule for rule in read if rule is not None)


def _rule(cursor: Cursor, peers: str, form: _Form) -> AdminRule | None:
    given = cursor.fields(_rule_shape(form, peers))
    if not given.readable:
        return None
    action = _action(given, cursor, form)
    name = _name(given.get("name"))
    shape = form.egress_peer if peers == "to" else admin_peers.INGRESS_PEER
    entries = _checked(needed(given, peers, cursor, clause=form.clause), "peers", form)
    found = [admin_peers.read_peer(entry, shape, form.peers) for entry in entries]
    ports = [form.read_port(entry) for entry in _checked(given.get(form.ports), "ports", form)]
    rule_peers = tuple(one for one in found if one is not None)
    rule_ports = tuple(one for one in ports if one is not None)
    _check_names(cursor, rule_ports, rule_peers, form)
    if action is None or len(rule_peers) < len(found) or len(rule_ports) < len(ports):
        return None
    return AdminRule(name, action, rule_peers, rule_ports, cursor.where())


def _checked(cursor: Cursor | None, what: str, form: _Form) -> list[Cursor]:
    """The elements of a list that must not be empty where it is given (C.10, C.14)."""
    entries = elements(cursor)
    if cursor is not None and isinstance(cursor.value, list):
        check_count(cursor, len(entries), form.most, what, form.clause)
    return entries


def _check_names(
    cursor: Cursor, ports: tuple[AdminPort, ...], peers: tuple[object, ...], form: _Form
) -> None:
    """Refuses a port name beside addresses, which declare none: nobody says what it means."""
    named = next((one for one in ports if isinstance(one.port, PortName)), None)
    if named is None or not any(isinstance(one, NetworksPeer | NodesPeer) for one in peers):
        return
    field = "namedPort" if form.ports == "ports" else "destinationNamedPort"
    cursor.refuse(
        f"`{field}` cannot stand in a rule with `networks` or `nodes`: addresses declare no ports",
        "split the rule in two, and give port numbers for the addresses",
        code="name-beside-address",
        clause="C.11" if form.ports == "ports" else "C.15",
    )


def _name(cursor: Cursor | None) -> str:
    text = cursor.string() if cursor is not None else None
    if cursor is not None and text is not None and len(text) > _LONGEST_NAME:
        cursor.refuse(
            f"a rule's name has at most {_LONGEST_NAME} characters, not {len(text)}",
            code="invalid-name",
            clause="C.10",
        )
    return text or ""


def _action(given: Fields, holder: Cursor, form: _Form) -> AdminAction | None:
    clause = "C.14" if form.kind is AdminKind.CLUSTER else "C.12"
    names = one_of(one.value for one in form.actions)
    cursor = needed(given, "action", holder, names, clause=clause)
    if cursor is None:
        return None
    text = cursor.string()
    found = next((one for one in form.actions if one.value == text), None)
    if text is None or found is not None:
        return found
    close = next((one.value for one in form.actions if one.value.lower() == text.lower()), None)
    if text.lower() in ("allow", "accept"):
        close = form.actions[0].value
    hint = f"write `{close}`" if close else names
    message = f"no action `{shown(text)}` in {form.title}"
    cursor.refuse(message, hint, code="invalid-action", clause=clause)
    return None


# --- shapes -----------------------------------------------------------------------------------


def _object_shape(form: _Form) -> Shape:
    inside = dict.fromkeys(_spec_fields(form), "it belongs in `spec`: indent it")
    described = dict.fromkeys(
        ("name", "labels", "annotations"), "it belongs in `metadata`: indent it"
    )
    known = ("apiVersion", "kind", "metadata", "spec", "status")
    return Shape(f"{form.title}", known, {**inside, **described})


def _spec_fields(form: _Form) -> tuple[str, ...]:
    tier = ("tier",) if form.tier is None else ()
    priority = ("priority",) if form.has_priority else ()
    return (*tier, *priority, "subject", "ingress", "egress")


def _spec_shape(form: _Form) -> Shape:
    hints = {
        "podSelector": "write `subject: {pods: {namespaceSelector: {}, podSelector: ...}}`",
        "namespaceSelector": "write `subject: {namespaces: ...}`",
        "policyTypes": _NOT_ISOLATING,
        "from": "`from` belongs in a rule of `ingress`",
        "to": "`to` belongs in a rule of `egress`",
        "namespaces": "it belongs in `subject`: indent it",
        "pods": "it belongs in `subject`: indent it",
        "priority": f"{form.title} has no priority: it is the only one of its kind",
        "tier": f"{form.title} has its tier by its kind",
    }
    return Shape("`spec`", _spec_fields(form), hints)


def _rule_shape(form: _Form, peers: str) -> Shape:
    side, other = ("an ingress rule", "to") if peers == "from" else ("an egress rule", "from")
    another = "protocols" if form.ports == "ports" else "ports"
    hints = {
        other: f"{side} has `{peers}`",
        another: f"{'v1alpha1' if form.ports == 'ports' else 'v1alpha2'} calls it `{form.ports}`",
        "subject": "`subject` belongs in `spec`",
        **dict.fromkeys(
            ("namespaces", "pods", "networks", "nodes"),
            f"it belongs in an element of `{peers}`: `{peers}: [...]`",
        ),
    }
    return Shape(side, ("name", "action", peers, form.ports), hints)
