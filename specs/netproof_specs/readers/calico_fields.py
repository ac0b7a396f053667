"""What several fields of Calico's kinds have in common: selectors, blocks, numbers, lists."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from math import inf, isfinite
from typing import TypeVar

from netproof_specs.decoding import (
    Cursor,
    elements,
    one_of,
    shown,
)
from netproof_specs.model.calico import ProtocolRef
from netproof_specs.model.calico_selectors import (
    All,
    And,
    Compared,
    Expression,
    Global,
    Has,
    Listed,
    Not,
    Or,
    Selector,
)
from netproof_specs.model.traffic import Direction
from netproof_specs.problems import Problem
from netproof_specs.readers.calico_selector_text import SelectorError, parse_selector
from netproof_specs.readers.ports import is_odd
from netproof_specs.syntax import Network, parse_block

T = TypeVar("T")

PROTOCOLS = ("TCP", "UDP", "ICMP", "ICMPv6", "SCTP", "UDPLite")
_EXCERPT = 100


def read_selector_text(cursor: Cursor | None) -> Selector | None:
    """A selector, or `None` for one that is absent or empty; problems go to the report (D.30).

    `global()` is refused, as it may stand in one place only (D.32).
    """
    found = parsed(cursor)
    return None if found is None or cursor is None else without_global(cursor, found)


def without_global(cursor: Cursor, found: Selector) -> Selector:
    """The selector that was read there; each `global()` in it is refused (D.32)."""
    for part in globals_in(found.tree):
        _refuse_at(
            cursor,
            (part.at, part.at + len("global()")),
            "`global()` may only be the whole `namespaceSelector` of a rule",
            "remove it, or let it stand alone there",
            ("misplaced-global", "D.32"),
        )
    return found


def parsed(cursor: Cursor | None) -> Selector | None:
    """The same without the check for `global()`."""
    if cursor is None:
        return None
    text = cursor.string()
    if text is None:
        return None
    try:
        tree = parse_selector(text)
    except SelectorError as error:
        span = error.start, error.end
        why = f"no selector: {error.message}"
        _refuse_at(cursor, span, why, error.suggestion, ("invalid-selector", "D.30"))
        return None
    return None if tree is None else Selector(text, tree, cursor.where())


def _refuse_at(
    cursor: Cursor, span: tuple[int, int], message: str, hint: str, rule: tuple[str, str]
) -> None:
    """Adds a problem with the part of the text at the cursor that `span` marks."""
    where = cursor.manifest.locate_in(cursor.path, span[0])
    excerpt = _excerpt(cursor.value, *span)
    text = f"{cursor.place()}{message}"
    cursor.report.problems.append(Problem(where, text, hint, *rule, excerpt))


def _excerpt(text: str, start: int, end: int) -> str:
    """The selector around `start`, and carets under what is wrong."""
    plain = "".join(ch if " " <= ch <= "~" else " " for ch in text)
    first = max(0, start - _EXCERPT // 2)
    part = plain[first : first + _EXCERPT].rstrip()
    width = max(1, min(end, first + _EXCERPT) - start)
    return f"    {part}\n    {' ' * (start - first)}{'^' * width}"


def globals_in(tree: Expression) -> tuple[Global, ...]:
    """Every `global()` of a selector."""
    match tree:
        case Global():
            return (tree,)
        case Not(part):
            return globals_in(part)
        case And(parts) | Or(parts):
            return tuple(found for part in parts for found in globals_in(part))
        case All() | Has() | Compared() | Listed():
            return ()


def unique(cursors: Iterable[Cursor], what: str) -> None:
    """Refuses an element that stands in its list twice, as the CRDs do (D.21)."""
    seen: set[object] = set()
    for cursor in cursors:
        if not isinstance(cursor.value, str | int):
            continue
        if cursor.value in seen:
            again = f"the {what} `{shown(str(cursor.value))}` stands in the list twice"
            cursor.refuse(again, "remove one", code="duplicate-element", clause="D.21")
        seen.add(cursor.value)


def bounded(cursor: Cursor | None, most: int, what: str) -> None:
    """Refuses a list that is longer than the limit (D.29)."""
    if cursor is not None and isinstance(cursor.value, list) and len(cursor.value) > most:
        many = f"at most {most} {what} are allowed, not {len(cursor.value)}"
        cursor.refuse(many, "split the object", code="too-many", clause="D.29")


def read_texts(cursor: Cursor | None, what: str) -> tuple[str, ...]:
    """A list of texts, each at most once."""
    found = elements(cursor)
    unique(found, what)
    texts = [one.string() for one in found]
    return tuple(text for text in texts if text is not None)


def read_rule_net(cursor: Cursor) -> Network | None:
    """A block of a rule: no bare address, no bits right of the prefix, in any mode (D.21, F92)."""
    text = cursor.string()
    if text is None:
        return None
    network, fault, hint = parse_block(text)
    if not fault and network is not None:
        return network
    if "<" in text or "{{" in text:
        hint = "put the block in place of the placeholder, such as `10.245.0.0/16`"
    _refuse_net(cursor, text, fault, hint)
    return None


def read_set_net(cursor: Cursor) -> Network | None:
    """A block of a network set, which may be a bare address or have further bits (D.21)."""
    text = cursor.string()
    if text is None:
        return None
    network, fault, hint = parse_block(text)
    if network is None and "/" not in text:
        network = parse_block(f"{text}/{128 if ':' in text else 32}")[0]
    if network is None:
        _refuse_net(cursor, text, fault, hint)
    return network


def _refuse_net(cursor: Cursor, text: str, fault: str, hint: str) -> None:
    cursor.refuse(f"`{shown(text)}` {fault}", hint, code="invalid-block", clause="D.21")


def read_protocol_ref(cursor: Cursor | None) -> ProtocolRef | None:
    """A protocol by name or number, or `None` where it is absent or refused (D.18)."""
    if cursor is None:
        return None
    value = cursor.value
    if isinstance(value, str) and value.isascii() and value.isdecimal():
        value = int(value)
    if type(value) is int:
        if 1 <= value <= 255:
            return value
        _refuse_protocol(cursor, str(value), "a protocol's number is from 1 to 255")
    elif isinstance(value, str):
        if value in PROTOCOLS:
            return value
        meant = next((one for one in PROTOCOLS if one.lower() == value.lower()), None)
        hint = f"did you mean `{meant}`?" if meant else f"{one_of(PROTOCOLS)}, or a number"
        _refuse_protocol(cursor, value, hint)
    else:
        cursor.wrong_type("a protocol", "write `TCP`, for instance")
    return None


def _refuse_protocol(cursor: Cursor, text: str, hint: str) -> None:
    cursor.refuse(f"no protocol `{shown(text)}`", hint, code="invalid-protocol", clause="D.18")


def read_order(cursor: Cursor | None) -> float | None:
    """An order, which may be any number (D.5, D.16)."""
    if cursor is None:
        return None
    value = cursor.value
    if is_odd(cursor):
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        cursor.wrong_type("a number", "")
        return None
    try:
        order = float(value)
    except OverflowError:
        order = inf
    if isfinite(order):
        return order
    hint = "leave `order` out to come last" if order > 0 else "write a finite number"
    why = f"`{shown(cursor.manifest.written(cursor.path))}` is no number that an order can be"
    cursor.refuse(why, hint, code="invalid-order", clause="D.5")
    return None


def read_flag(cursor: Cursor | None) -> bool:
    """`true` or `false`; absent is false."""
    if cursor is None or isinstance(cursor.value, bool):
        return cursor is not None and bool(cursor.value)
    cursor.wrong_type("`true` or `false`", "")
    return False


def read_types(cursor: Cursor | None) -> tuple[Direction, ...] | None:
    """`types`, or `None` where it is absent (D.12, D.40)."""
    if cursor is None:
        return None
    found = elements(cursor)
    unique(found, "type")
    return tuple(one for one in (_direction(entry) for entry in found) if one is not None)


def _direction(cursor: Cursor) -> Direction | None:
    text = cursor.string()
    return cursor.choose(text, Direction, "policy type", code="policy-types", clause="D.40")


def read_present(cursor: Cursor | None, read: Callable[[Cursor], T | None]) -> tuple[T, ...] | None:
    """What `read` makes of each element, or `None` for a list that is absent (D.12)."""
    if cursor is None:
        return None
    found = map(read, elements(cursor))
    return tuple([one for one in found if one is not None])
