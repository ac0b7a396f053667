"""Label selectors (A.23, B.13, B.14)."""

from __future__ import annotations

from netproof_specs.decoding import (
    Cursor,
    Fields,
    Shape,
    key_text,
    needed,
    one_of,
    read_elements,
    shown,
)
from netproof_specs.model.labels import LabelSelector, Operator, Requirement
from netproof_specs.readers.metadata import checked_label_key, label_key, label_value

SELECTOR = Shape(
    "a label selector",
    ("matchLabels", "matchExpressions"),
    {
        "matchLabel": "did you mean `matchLabels`?",
        "matchExpression": "did you mean `matchExpressions`?",
        "app": "write labels below `matchLabels:`, indented",
    },
)
EXPRESSION = Shape(
    "an element of `matchExpressions`",
    ("key", "operator", "values"),
    {"value": "did you mean `values`? It takes a list"},
)
_KNOWN = frozenset(SELECTOR.fields)
_WITH_VALUES = (Operator.IN, Operator.NOT_IN)


def read_selector(cursor: Cursor) -> LabelSelector:
    """The selector at `cursor`; null is the empty selector. Problems go to the report."""
    shape = _shape_for(cursor)
    given = cursor.fields(shape)
    labels = _match_labels(given.get("matchLabels"))
    expressions = read_elements(given.get("matchExpressions"), _expression)
    return LabelSelector((*labels, *expressions), cursor.where())


def _shape_for(cursor: Cursor) -> Shape:
    """The selector's shape; labels written without `matchLabels` get a hint that says so."""
    if not isinstance(cursor.value, dict) or cursor.value.keys() <= _KNOWN:
        return SELECTOR
    stray = {
        key_text(name): f"write labels below `matchLabels:`: `matchLabels: "
        f"{{{shown(key_text(name))}: {shown(value)}}}`"
        for name, value in cursor.value.items()
        if isinstance(value, str)
    }
    return Shape(SELECTOR.title, SELECTOR.fields, {**stray, **SELECTOR.hints, **stray})


def _match_labels(cursor: Cursor | None) -> list[Requirement]:
    if cursor is None:
        return []
    if not isinstance(cursor.value, dict):
        cursor.wrong_type("a mapping", "write `key: value` below it, indented and without a dash")
        return []
    found = []
    for name, value in cursor.value.items():
        pair = cursor.down(key_text(name), value)
        key, text = label_key(pair, name), label_value(pair)
        if key is not None and text is not None:
            where = cursor.manifest.where_key(cursor.value, pair.path)
            found.append(Requirement(key, Operator.IN, (text,), where))
    return found


def _expression(cursor: Cursor) -> Requirement | None:
    given = cursor.fields(EXPRESSION)
    if not given.readable:
        return None
    at = needed(given, "key", cursor, clause="B.14")
    key = None if at is None else checked_label_key(at)
    operator = _operator(given, cursor)
    values = read_elements(given.get("values"), label_value)
    if operator is not None:
        _check_values(cursor, given.get("values"), operator)
    if key is None or operator is None:
        return None
    return Requirement(key, operator, values, cursor.where())


def _operator(given: Fields, holder: Cursor) -> Operator | None:
    names = one_of(one.value for one in Operator)
    cursor = needed(given, "operator", holder, names, clause="B.14")
    if cursor is None:
        return None
    text, equal = cursor.string(), "write `operator: In` with one value"
    return cursor.choose(
        text,
        Operator,
        "operator",
        code="invalid-operator",
        clause="B.14",
        otherwise=equal if text in ("Equals", "=", "==", "Equal") else "",
    )


def _check_values(cursor: Cursor, values: Cursor | None, operator: Operator) -> None:
    """`In` and `NotIn` need a value, `Exists` and `DoesNotExist` allow none (B.14)."""
    if values is not None and not isinstance(values.value, list):
        return
    count = len(values.value) if values is not None else 0
    at = values if values is not None else cursor
    if operator in _WITH_VALUES and not count:
        at.refuse(
            f"`{operator.value}` needs at least one value",
            "write `values: [...]`; `Exists` asks only for the key",
            code="missing-values",
            clause="B.14",
        )
    elif operator not in _WITH_VALUES and count:
        at.refuse(
            f"`{operator.value}` takes no values",
            "remove `values`, or use `In` or `NotIn`",
            code="surplus-values",
            clause="B.14",
        )
