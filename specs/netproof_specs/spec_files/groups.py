"""The groups of a spec file: mappings, inline forms and lists, read into endpoint sets."""

from __future__ import annotations

from collections.abc import Mapping

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
    choice,
    complain,
    entries,
    is_list,
    is_mapping,
    is_string,
    items,
    kind_of,
    known_entries,
    location_of,
    string,
)
from netproof_specs.syntax import label_key_fault, label_value_fault, name_fault

Groups = dict[str, EndpointSet]
_KEYS = ("namespaces", "pods", "serviceaccount", "hosts", "cidr", "pod")


def read_groups(value: Value, known: Mapping[str, EndpointSet] | None = None) -> Groups:
    """The groups by name, after those that are `known`; a group may use all above it.

    A group that cannot be read stays known, so that its claims do not complain again.
    """
    groups: Groups = dict(known or {})
    for entry in entries(value, "`groups`"):
        if known and entry.key in known:
            message = f"an included spec has a group {quoted(entry.key)} already"
            complain(entry.at, message, "rename one of the two", "duplicate-name")
        if wrong := wrong_with_name(entry.key, "a group"):
            complain(entry.at, *wrong, "bad-name")
        endpoints = _read_endpoints(entry.value, groups)
        groups[entry.key] = Anything() if endpoints is None else endpoints
    return groups


def _read_endpoints(value: Value, groups: Groups) -> EndpointSet | None:
    if is_string(value):
        return _inline(value, groups)
    if is_list(value):
        return _read_list(value, groups)
    if is_mapping(value):
        return _read_mapping(value)
    complain(
        value,
        f"a group must be a mapping, an inline form or a list, not {kind_of(value)}",
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
    members = [_read_endpoints(item, groups) for item in items(value, "a group")]
    if not members:
        complain(value, "an empty list names no endpoints", "list at least one", "empty")
    found = [member for member in members if member is not None]
    return any_of(found) if found else None


def _read_mapping(value: Value) -> EndpointSet | None:
    before = len(value.page.problems)
    parts = known_entries(value, _KEYS, "a group")
    if not parts:
        if len(value.page.problems) == before:
            hint = "write `pods` for every pod or `anything` for every endpoint"
            complain(value, "this group names no endpoints", hint, "empty")
        return None
    for alone in ("hosts", "cidr", "pod"):
        if alone in parts and len(parts) > 1:
            hint = "a group of both is a list: `[{cidr: ...}, {pods: ...}]`"
            complain(parts[alone], f"`{alone}` stands alone in a group", hint, "combination")
            return None
    if "hosts" in parts:
        return HostsWhere(read_selector(parts["hosts"]))
    if "cidr" in parts:
        return _read_blocks(parts["cidr"])
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
    name = string(value, "`serviceaccount`")
    if name is not None and (fault := name_fault(name)):
        complain(value, f"{quoted(name)} cannot name a service account", fault, "bad-name")
    return name


def _read_blocks(value: Value) -> EndpointSet | None:
    values = items(value, "`cidr`") if is_list(value) else [value]
    if not values:
        complain(value, "an empty list names no addresses", "list at least one block", "empty")
    blocks: list[EndpointSet] = []
    for each in values:
        text = string(each, "a block")
        if text is None:
            continue
        cidr, wrong, suggestion = read_block(text)
        if wrong:
            complain(each, wrong, suggestion, "bad-cidr")
        blocks.append(AddressBlock(cidr))
    return any_of(blocks) if blocks else None


def _read_pod(value: Value) -> EndpointSet | None:
    text = string(value, "`pod`")
    if text is None:
        return None
    endpoints = _inline(value, {}) if "/" in text else None
    if isinstance(endpoints, PodNamed):
        return endpoints
    if "/" not in text:
        hint = "write `NAMESPACE/NAME` or `NAMESPACE/Kind/NAME`"
        complain(value, f"{quoted(text)} names no pod or workload", hint, "bad-name")
    return endpoints


def _selector_of(value: Value | None) -> LabelSelector | None:
    return None if value is None else read_selector(value)


def read_selector(value: Value) -> LabelSelector:
    """A label selector: a plain mapping, or `matchLabels`/`matchExpressions` (B.13, B.14)."""
    if not is_mapping(value):
        hint = "write `{LABEL: VALUE}`, or `{}` for all of them"
        message = f"a label selector must be a mapping, not {kind_of(value)}"
        complain(value, message, hint, "type")
        return LabelSelector()
    keys = {str(key.value) for key, _ in value.node.value}
    if not keys & {"matchLabels", "matchExpressions"}:
        return LabelSelector(_read_labels(value, "a label selector"))
    parts = known_entries(value, ("matchLabels", "matchExpressions"), "a label selector")
    requirements: tuple[Requirement, ...] = ()
    if "matchLabels" in parts:
        requirements = _read_labels(parts["matchLabels"], "`matchLabels`")
    if "matchExpressions" in parts:
        for item in items(parts["matchExpressions"], "`matchExpressions`"):
            requirements += _read_expression(item)
    return LabelSelector(requirements)


def _read_labels(value: Value, what: str) -> tuple[Requirement, ...]:
    return tuple(
        Requirement(entry.key, Operator.IN, (_label_value(entry.value),))
        for entry in entries(value, what)
        if _checked_key(entry.at, entry.key)
    )


def _checked_key(at: Value, key: str) -> bool:
    fault = label_key_fault(key)
    if fault:
        complain(at, f"{quoted(key)} cannot be a label key", fault, "bad-label-key")
    return not fault


def _label_value(value: Value) -> str:
    text = string(value, "a label value") or ""
    if fault := label_value_fault(text):
        complain(value, f"{quoted(text)} cannot be a label value", fault, "bad-label-value")
    return text


def _read_expression(value: Value) -> tuple[Requirement, ...]:
    """One element of `matchExpressions`; the empty tuple where it cannot be read (B.14)."""
    parts = known_entries(value, ("key", "operator", "values"), "an expression")
    if not is_mapping(value):
        return ()
    for missing in [name for name in ("key", "operator") if name not in parts]:
        complain(value, f"the expression has no `{missing}`", "", "missing-field")
    if "key" not in parts or "operator" not in parts:
        return ()
    key = string(parts["key"], "`key`")
    if key is not None:
        _checked_key(parts["key"], key)
    name = choice(parts["operator"], "an operator", (operator.value for operator in Operator))
    if key is None or name is None:
        return ()
    listed = parts.get("values")
    members = [] if listed is None else items(listed, "`values`")
    values = tuple(_label_value(member) for member in members)
    operator = Operator(name)
    takes_values = operator in (Operator.IN, Operator.NOT_IN)
    if takes_values and not values:
        complain(value, f"`{name}` needs at least one of `values`", "", "missing-field")
    if not takes_values and values:
        complain(value, f"`{name}` takes no `values`", "leave them out", "combination")
    return (Requirement(key, operator, values),)


def place_in(value: Value) -> Place:
    """Places the mistakes of a string: exactly where it is written out on one line.

    In a folded, escaped or block string the start of the string is the best there is.
    """
    start = location_of(value)
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
