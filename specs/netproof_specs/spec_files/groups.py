"""The groups of a spec file: mappings, inline forms and lists, read into endpoint sets."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import yaml

from netproof_specs.claim_language.endpoints import (
    any_of,
    read_block,
    wrong_with_name,
)
from netproof_specs.claim_language.parsing import parse_endpoints
from netproof_specs.claim_language.words import Mistake, Place, quoted
from netproof_specs.claims import (
    AddressBlock,
    Anything,
    EndpointSet,
    HostsWhere,
    PodNamed,
    PodsWhere,
)
from netproof_specs.locations import Location
from netproof_specs.model.labels import LabelSelector, Operator, Requirement
from netproof_specs.problems import InputError
from netproof_specs.spec_files.nodes import (
    Value,
)
from netproof_specs.syntax import label_key_fault, label_value_fault, name_fault

Groups = dict[str, EndpointSet]
_KEYS = ("namespaces", "pods", "serviceaccount", "hosts", "cidr", "pod")


def read_groups(value: Value, known: Mapping[str, EndpointSet] | None = None) -> Groups:
    """The groups by name, after those that are `known`; a group may use all above it.

    A group that cannot be read stays known, so that its claims do not complain again.
    """
    groups: Groups = dict(known or {})
    for entry in value.entries("`groups`"):
        if known and entry.key in known:
            message = f"an included spec has a group {quoted(entry.key)} already"
            entry.at.complain(message, "rename one of the two", "duplicate-name")
        if wrong := wrong_with_name(entry.key, "a group"):
            entry.at.complain(*wrong, "bad-name")
        endpoints = _read_endpoints(entry.value, groups)
        groups[entry.key] = Anything() if endpoints is None else endpoints
    return groups


def _read_endpoints(value: Value, groups: Groups) -> EndpointSet | None:
    if value.is_string():
        return _inline(value, groups)
    if value.is_list():
        return _read_list(value, groups)
    if value.is_mapping():
        return _read_mapping(value)
    value.complain(
        f"a group must be a mapping, an inline form or a list, not {value.kind()}",
        "for example `{namespaces: {usage: finance}, pods: {app: web}}` or `ns:finance`",
        "type",
    )
    return None


def _inline(value: Value, groups: Groups) -> EndpointSet | None:
    try:
        return parse_endpoints(value.node.value, groups, place_in(value)).endpoints
    except InputError as error:
        value.page.problems.extend(error.problems)
        return None


def _read_list(value: Value, groups: Groups) -> EndpointSet | None:
    members = [_read_endpoints(item, groups) for item in value.items("a group")]
    if not members:
        value.complain("an empty list names no endpoints", "list at least one", "empty")
    found = [member for member in members if member is not None]
    return any_of(found) if found else None


def _read_mapping(value: Value) -> EndpointSet | None:
    before = len(value.page.problems)
    parts = value.known_entries(_KEYS, "a group")
    if not parts:
        if len(value.page.problems) == before:
            hint = "write `pods` for every pod or `anything` for every endpoint"
            value.complain("this group names no endpoints", hint, "empty")
        return None
    for alone in ("hosts", "cidr", "pod"):
        if alone in parts and len(parts) > 1:
            hint = "a group of both is a list: `[{cidr: ...}, {pods: ...}]`"
            parts[alone].complain(f"`{alone}` stands alone in a group", hint, "combination")
            return None
    if "hosts" in parts:
        return HostsWhere(read_selector(parts["hosts"]))
    if "cidr" in parts:
        return _any_block(parts["cidr"])
    if "pod" in parts:
        return _read_pod(parts["pod"])
    return PodsWhere(
        namespaces=_selector_of(parts.get("namespaces")),
        pods=_selector_of(parts.get("pods")),
        account=_read_account(parts.get("serviceaccount")),
    )


def _read_account(value: Value | None) -> str | None:
    if value is None:
        return None
    name = value.string("`serviceaccount`")
    if name is not None and (fault := name_fault(name)):
        value.complain(f"{quoted(name)} cannot name a service account", fault, "bad-name")
    return name


def _any_block(value: Value) -> EndpointSet | None:
    values = value.one_or_more("an empty list names no addresses", "list at least one block")
    blocks = [AddressBlock(cidr) for cidr in read_blocks(values) if cidr is not None]
    return any_of(blocks) if blocks else None


def read_blocks(values: Iterable[Value]) -> Iterator[str | None]:
    """Each value as a block of addresses, `None` where it is no string; notes what is no block."""
    for each in values:
        text = each.string("a block")
        cidr, wrong, suggestion = (None, "", "") if text is None else read_block(text)
        if wrong:
            each.complain(wrong, suggestion, "bad-cidr")
        yield cidr


def _read_pod(value: Value) -> EndpointSet | None:
    text = value.string("`pod`")
    if text is None:
        return None
    endpoints = _inline(value, {}) if "/" in text else None
    if isinstance(endpoints, PodNamed):
        return endpoints
    if "/" not in text:
        hint = "write `NAMESPACE/NAME` or `NAMESPACE/Kind/NAME`"
        value.complain(f"{quoted(text)} names no pod or workload", hint, "bad-name")
    return endpoints


def _selector_of(value: Value | None) -> LabelSelector | None:
    return None if value is None else read_selector(value)


def read_selector(value: Value) -> LabelSelector:
    """A label selector: a plain mapping, or `matchLabels`/`matchExpressions` (B.13, B.14)."""
    if not value.is_mapping():
        hint = "write `{LABEL: VALUE}`, or `{}` for all of them"
        message = f"a label selector must be a mapping, not {value.kind()}"
        value.complain(message, hint, "type")
        return LabelSelector()
    keys = {str(key.value) for key, _ in value.node.value}
    if not keys & {"matchLabels", "matchExpressions"}:
        return LabelSelector(_read_labels(value, "a label selector"))
    parts = value.known_entries(("matchLabels", "matchExpressions"), "a label selector")
    requirements: tuple[Requirement, ...] = ()
    if "matchLabels" in parts:
        requirements = _read_labels(parts["matchLabels"], "`matchLabels`")
    if "matchExpressions" in parts:
        for item in parts["matchExpressions"].items("`matchExpressions`"):
            requirements += _read_expression(item)
    return LabelSelector(requirements)


def _read_labels(value: Value, what: str) -> tuple[Requirement, ...]:
    return tuple(
        Requirement(entry.key, Operator.IN, (_label_value(entry.value),))
        for entry in value.entries(what)
        if _checked_key(entry.at, entry.key)
    )


def _checked_key(at: Value, key: str) -> bool:
    fault = label_key_fault(key)
    if fault:
        at.complain(f"{quoted(key)} cannot be a label key", fault, "bad-label-key")
    return not fault


def _label_value(value: Value) -> str:
    text = value.string("a label value") or ""
    if fault := label_value_fault(text):
        value.complain(f"{quoted(text)} cannot be a label value", fault, "bad-label-value")
    return text


def _read_expression(value: Value) -> tuple[Requirement, ...]:
    """One element of `matchExpressions`; the empty tuple where it cannot be read (B.14)."""
    parts = value.known_entries(("key", "operator", "values"), "an expression")
    if not value.is_mapping():
        return ()
    for missing in [name for name in ("key", "operator") if name not in parts]:
        value.complain(f"the expression has no `{missing}`", "", "missing-field")
    if "key" not in parts or "operator" not in parts:
        return ()
    key = parts["key"].string("`key`")
    if key is not None:
        _checked_key(parts["key"], key)
    name = parts["operator"].choice("an operator", (operator.value for operator in Operator))
    if key is None or name is None:
        return ()
    listed = parts.get("values")
    members = [] if listed is None else listed.items("`values`")
    values = tuple(_label_value(member) for member in members)
    operator = Operator(name)
    takes_values = operator in (Operator.IN, Operator.NOT_IN)
    if takes_values and not values:
        value.complain(f"`{name}` needs at least one of `values`", "", "missing-field")
    if not takes_values and values:
        value.complain(f"`{name}` takes no `values`", "leave them out", "combination")
    return (Requirement(key, operator, values),)


def place_in(value: Value) -> Place:
    """Places the mistakes of a string: exactly where it is written out on one line.

    In a folded, escaped or block string the start of the string is the best there is.
    """
    start = value.where()
    node = value.node
    style = node.style if isinstance(node, yaml.ScalarNode) else None
    quote = 1 if style in ("'", '"') else 0
    length = node.end_mark.index - node.start_mark.index
    verbatim = length == len(node.value) + 2 * quote and node.start_mark.line == node.end_mark.line
    if not verbatim or style in ("|", ">"):
        return lambda _: start

    def place(mistake: Mistake) -> Location:
        column = start.column + quote + mistake.start
        return Location(start.file, start.line, column, start.document, start.path)

    return place
