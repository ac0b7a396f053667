"""Subjects and peers of admin-level policies (C.10, C.16, C.17, C.19, C.20)."""

from __future__ import annotations

from collections.abc import Iterator

from netproof_specs.decoding import (
    Cursor,
    Shape,
    elements,
    key_text,
    shown,
)
from netproof_specs.frozen import Frozen, replace
from netproof_specs.model.admin_policy import (
    AdminPeer,
    AdminPods,
    NetworksPeer,
    NodesPeer,
)
from netproof_specs.model.labels import LabelSelector
from netproof_specs.readers.selectors import read_selector
from netproof_specs.syntax import HOST_BITS, parse_block

MOST_NETWORKS = 25
_LONGEST_CIDR = 43


class PeerRules(Frozen):
    """What a version of the API says of peers.

    `required` are the fields that a `pods` peer must have. `embedded` tells whether the version
    takes an IPv6 block that ends in IPv4 notation.
    """

    required: tuple[str, ...]
    embedded: bool


_PODS_HINTS = {
    "podSelector": "write `pods: {namespaceSelector: {}, podSelector: ...}`",
    "namespaceSelector": "write `namespaces:` and the selector below it",
    "ipBlock": "write `networks: [...]` in an egress rule",
    "matchLabels": "write it below `namespaces:`",
    "matchExpressions": "write it below `namespaces:`",
}
_IN_EGRESS = "only egress rules have it: no ingress rule of this API matches an address"
SUBJECT = Shape("`subject`", ("namespaces", "pods"), _PODS_HINTS)
INGRESS_PEER = Shape(
    "an ingress peer",
    ("namespaces", "pods"),
    {**_PODS_HINTS, **dict.fromkeys(("networks", "nodes", "domainNames"), _IN_EGRESS)},
)
EGRESS_PEER = Shape(
    "an egress peer", ("namespaces", "pods", "networks", "nodes", "domainNames"), _PODS_HINTS
)
BASELINE_EGRESS_PEER = Shape(
    "an egress peer",
    ("namespaces", "pods", "networks", "nodes"),
    {**_PODS_HINTS, "domainNames": "a BaselineAdminNetworkPolicy has no such peer"},
)
PODS = Shape(
    "`pods`",
    ("namespaceSelector", "podSelector"),
    {
        "matchLabels": "write it below `podSelector:`",
        "matchExpressions": "write it below `podSelector:`",
        "namespaces": "an older version wrote `namespaces`; write `namespaceSelector:`",
    },
)
_OLD_NAMESPACES = ("namespaceSelector", "notSelf", "related", "sameLabels", "notSameLabels")


def read_subject(cursor: Cursor, rules: PeerRules) -> AdminPods | None:
    """The pods that a policy applies to, or `None` with a problem (C.10)."""
    chosen = cursor.only_field(SUBJECT, "C.10")
    return None if chosen is None else _pods(*chosen, rules)


def read_peer(cursor: Cursor, shape: Shape, rules: PeerRules) -> AdminPeer | None:
    """One peer, or `None` with a problem (C.10, C.17)."""
    match cursor.only_field(shape, "C.10"):
        case None:
            return None
        case "networks", value:
            return NetworksPeer(tuple(_networks(value, rules)), cursor.where())
        case "nodes", value:
            return NodesPeer(read_admin_selector(value), where=cursor.where())
        case "domainNames", value:
            value.refuse(
                "`domainNames` cannot be decided: which addresses a name stands for is up to DNS",
                "name the addresses with `networks`",
                code="unmodelled-field",
                clause="C.17",
            )
            return None
        case chosen, value:
            return _pods(chosen, value, rules)


def _pods(chosen: str, cursor: Cursor, rules: PeerRules) -> AdminPods | None:
    where = cursor.where()
    if chosen == "namespaces":
        if _is_older(cursor):
            return None
        return AdminPods(read_admin_selector(cursor), None, where)
    inner = cursor.fields(PODS)
    if not inner.readable:
        return None
    absent = [name for name in rules.required if inner.get(name) is None]
    for name in absent:
        cursor.missing(name, f"write `{name}: {{}}` for all of them", clause="C.19")
    given = (inner.get(name) for name in PODS.fields)
    namespaces, pods = (None if one is None else read_admin_selector(one) for one in given)
    return None if absent else AdminPods(namespaces, pods, where)


def _is_older(cursor: Cursor) -> bool:
    """Refuses what earlier versions wrote below `namespaces`.

    A server of today drops the inner field, and then every namespace is selected (C.10).
    """
    if not isinstance(cursor.value, dict):
        return False
    found = next((name for name in cursor.value if name in _OLD_NAMESPACES), None)
    if found is None:
        return False
    hint = "write the selector right below `namespaces:`, without `namespaceSelector:`"
    if found != "namespaceSelector":
        hint = "this version has no such field: select the namespaces by their labels"
    cursor.down(found, cursor.value[found]).refuse_key(
        f"`{found}` below `namespaces` is of an older version: a server would drop it and select "
        "every namespace",
        hint,
        code="older-version",
        clause="C.10",
    )
    return True


def read_admin_selector(cursor: Cursor) -> LabelSelector:
    """A selector, checked as strictly as that of a NetworkPolicy, though no server does (C.20)."""
    problems = cursor.report.problems
    before = len(problems)
    for null in _nulls(cursor):
        null.refuse(
            "a label without a value is dropped, so that the selector asks for less",
            'write `""` for the empty value',
            code="null-label",
            clause="C.20",
        )
    selector = read_selector(cursor)
    problems[before:] = [
        replace(one, clause="C.20") if one.clause in ("B.13", "B.14") else one
        for one in problems[before:]
    ]
    return selector


def _nulls(cursor: Cursor) -> Iterator[Cursor]:
    """The nulls among the labels and values of a selector."""
    if not isinstance(cursor.value, dict):
        return
    labels = cursor.value.get("matchLabels")
    if isinstance(labels, dict):
        holder = cursor.down("matchLabels", labels)
        for name, value in labels.items():
            if value is None:
                yield holder.down(key_text(name), None)
    expressions = cursor.value.get("matchExpressions")
    for at, expression in enumerate(expressions if isinstance(expressions, list) else ()):
        values = expression.get("values") if isinstance(expression, dict) else None
        for place, value in enumerate(values if isinstance(values, list) else ()):
            if value is None:
                holder = cursor.down("matchExpressions", expressions)
                yield holder.down(at, expression).down("values", values).down(place, None)


# --- networks ---------------------------------------------------------------------------------


def _networks(cursor: Cursor, rules: PeerRules) -> Iterator[str]:
    """The blocks in canonical form; what cannot be read is a problem (C.16)."""
    entries = elements(cursor)
    if isinstance(cursor.value, list):
        check_count(cursor, len(entries), MOST_NETWORKS, "networks", "C.16")
    seen: set[str] = set()
    for entry in entries:
        text = entry.string()
        if text is None:
            continue
        if text in seen:
            entry.refuse(
                f"`{shown(text)}` stands twice",
                "remove one of the two",
                code="duplicate-network",
                clause="C.16",
            )
            continue
        seen.add(text)
        block = _network(entry, text, rules)
        if block is not None:
            yield block


def _network(cursor: Cursor, text: str, rules: PeerRules) -> str | None:
    network, fault, hint = parse_block(text)
    if not fault and ":" in text and "." in text and not rules.embedded:
        fault, hint = "mixes the notations of IPv6 and IPv4", f"write `{network}`"
    if not fault and len(text) > _LONGEST_CIDR:
        fault, hint = f"has more than {_LONGEST_CIDR} characters", f"write `{network}`"
    if fault == HOST_BITS:
        cursor.remark(
            f"`{shown(text)}` {fault}; read as `{network}`",
            hint,
            code="masked-block",
            clause="C.16",
        )
    elif fault:
        cursor.refuse(f"`{shown(text)}` {fault}", hint, code="invalid-block", clause="C.16")
        return None
    return str(network)


def check_count(cursor: Cursor, count: int, most: int, what: str, clause: str) -> None:
    """Reports a list that is empty, or longer than the API takes (C.10, C.14)."""
    if not count:
        cursor.refuse(
            f"must not be empty: an empty list of {what} is refused by this API",
            "leave the field out, or name at least one" if what == "ports" else "name at least one",
            code="empty-list",
            clause=clause,
        )
    elif count > most:
        cursor.refuse(
            f"at most {most} {what} are allowed, not {count}",
            "spread them over several rules",
            code="too-many",
            clause=clause,
        )
