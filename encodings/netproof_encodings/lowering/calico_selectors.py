"""Calico's selectors as conditions on pods, and on labels of network sets (D.14, D.15, D.31)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import Enum
from typing import assert_never

from netproof_encodings.decision.conditions import (
    ALWAYS,
    NEVER,
    AccountText,
    End,
    Labelled,
    LabelText,
    Match,
    Not,
    RunsAs,
    TextTest,
    Whose,
    every,
    some,
)
from netproof_encodings.vocabulary.texts import passes
from netproof_specs.model.calico_selectors import (
    All,
    And,
    Compared,
    Comparison,
    Expression,
    Global,
    Has,
    Listed,
    Membership,
    Or,
    Selector,
)
from netproof_specs.model.calico_selectors import Not as Negated
from netproof_specs.model.labels import NAME_LABEL
from netproof_specs.syntax import label_key_fault, label_value_fault, name_fault

NAMESPACE = "projectcalico.org/namespace"
ACCOUNT = "projectcalico.org/serviceaccount"
ORCHESTRATOR = "projectcalico.org/orchestrator"
NAME = "projectcalico.org/name"
PREFIX = "pcns."


class View(Enum):
    """Whose labels the keys of a selector mean; the value is their prefix on endpoints (D.15)."""

    ENDPOINT = ""
    NAMESPACE = PREFIX
    ACCOUNT = "pcsa."


def is_of_pods(key: str) -> bool:
    """Whether Calico gives pods a label of the key, by which selectors tell them (D.15)."""
    inherited = (View.NAMESPACE.value, View.ACCOUNT.value)
    return key in (NAMESPACE, ACCOUNT, ORCHESTRATOR) or key.startswith(inherited)


def pod_meets(end: End, selector: Selector | None, view: View) -> Match:
    """The condition on an end that is a pod that it meets the selector; none is always met."""
    return ALWAYS if selector is None else _holds(end, selector.tree, view)


def _holds(end: End, tree: Expression, view: View) -> Match:
    match tree:
        case All():
            return ALWAYS
        case Global():
            return NEVER
        case Has(key):
            return _among(end, key, view, None)
        case Compared(key, Comparison.EQUAL, text):
            return _among(end, key, view, (text,))
        case Compared(key, Comparison.NOT_EQUAL, text):
            return Not(_among(end, key, view, (text,)))
        case Compared(key, operator, text):
            return _tested(end, key, view, TESTS[operator], text)
        case Listed(key, operator, texts):
            found = _among(end, key, view, texts)
            return found if operator is Membership.IN else Not(found)
        case Negated(part):
            return Not(_holds(end, part, view))
        case And(parts):
            return every(_holds(end, part, view) for part in parts)
        case Or(parts):
            return some(_holds(end, part, view) for part in parts)
        case _:
            assert_never(tree)


def _among(end: End, key: str, view: View, values: tuple[str, ...] | None) -> Match:
    """The pod has the key, with one of the values where they are given (D.15)."""
    if view is View.ENDPOINT and key == ORCHESTRATOR:
        return ALWAYS if values is None or "k8s" in values else NEVER
    if view is View.ENDPOINT and key == ACCOUNT:
        return ALWAYS if values is None else runs_as(end, values)
    whose, name = _meant(key, view)
    if whose is Whose.ACCOUNT and name == NAME:
        return RunsAs(end, None) if values is None else _runs_as_short(end, values)
    if label_key_fault(name):
        return NEVER
    if values is None:
        return Labelled(end, whose, name, None)
    # A text that is no legal label value is on no pod; as a mentioned value it would be on some.
    legal = sorted({value for value in values if not label_value_fault(value)})
    return Labelled(end, whose, name, tuple(legal)) if legal else NEVER


def _tested(end: End, key: str, view: View, test: TextTest, text: str) -> Match:
    """The pod has the key, with a value that passes the test; the empty text is in every one."""
    if not text:
        return _among(end, key, view, None)
    if view is View.ENDPOINT and key == ORCHESTRATOR:
        return ALWAYS if passes("k8s", test, text) else NEVER
    if view is View.ENDPOINT and key == ACCOUNT:
        return AccountText(end, test, text)
    whose, name = _meant(key, view)
    if whose is Whose.ACCOUNT and name == NAME:
        return every((RunsAs(end, None), AccountText(end, test, text)))
    return NEVER if label_key_fault(name) else LabelText(end, whose, name, test, text)


TESTS = {
    Comparison.CONTAINS: TextTest.CONTAINS,
    Comparison.STARTS_WITH: TextTest.STARTS_WITH,
    Comparison.ENDS_WITH: TextTest.ENDS_WITH,
}


def tests_parts(tree: Expression) -> bool:
    """Iff the selector has a test for a part of a value, whatever that comes to (D.31)."""
    match tree:
        case Compared(_, operator):
            return operator in TESTS
        case Negated(part):
            return tests_parts(part)
        case And(parts) | Or(parts):
            return any(map(tests_parts, parts))
        case All() | Global() | Has() | Listed():
            return False
        case _:
            assert_never(tree)


def _meant(key: str, view: View) -> tuple[Whose, str]:
    """The label that a key stands for: pods inherit those of namespace and account (D.15).

    A namespace's name is its automatic label (A.25).
    """
    if view is View.ENDPOINT and key == NAMESPACE:
        return Whose.NAMESPACE, NAME_LABEL
    full = view.value + key
    if full.startswith(View.NAMESPACE.value):
        inner = full.removeprefix(View.NAMESPACE.value)
        return Whose.NAMESPACE, NAME_LABEL if inner == NAME else inner
    if full.startswith(View.ACCOUNT.value):
        return Whose.ACCOUNT, full.removeprefix(View.ACCOUNT.value)
    return Whose.POD, key


def runs_as(end: End, names: Iterable[str]) -> Match:
    """The pod runs as one of the service accounts; one that can have no such name is none."""
    legal = sorted({name for name in names if not name_fault(name)})
    return RunsAs(end, tuple(legal)) if legal else NEVER


def _runs_as_short(end: End, names: Iterable[str]) -> Match:
    """The same by the label that pods inherit, which a long name is none of (D.15)."""
    return runs_as(end, (name for name in names if not label_value_fault(name)))


# --- network sets ------------------------------------------------------------------------------


def host_meets(labels: Mapping[str, str], selector: Selector | None, stand_in: str) -> bool:
    """Whether a host endpoint is met by a policy's serviceAccountSelector (D.14).

    The exact text `all()` asks for the label `stand_in`.
    """
    return selector is None or _set_holds(labels, selector.tree, View.ACCOUNT, stand_in)


def set_meets(labels: Mapping[str, str], selector: Selector | None, view: View) -> bool:
    """Whether a network set with those labels meets the selector (D.34).

    The exact text `all()` of a namespaceSelector asks for a namespace, as the label of it (D.14).
    """
    stand_in = NAMESPACE if view is View.NAMESPACE else None
    return selector is None or _set_holds(labels, selector.tree, view, stand_in)


def _set_holds(
    labels: Mapping[str, str], tree: Expression, view: View, stand_in: str | None
) -> bool:
    prefix = view.value
    match tree:
        case All(spelled):
            return stand_in is None or spelled != "all()" or stand_in in labels
        case Global():
            return NAMESPACE not in labels
        case Has(key):
            return prefix + key in labels
        case Compared(key, operator, text):
            return _compares(labels.get(prefix + key), operator, text)
        case Listed(key, operator, texts):
            return (labels.get(prefix + key) in texts) is (operator is Membership.IN)
        case Negated(part):
            return not _set_holds(labels, part, view, stand_in)
        case And(parts):
            return all(_set_holds(labels, part, view, stand_in) for part in parts)
        case Or(parts):
            return any(_set_holds(labels, part, view, stand_in) for part in parts)
        case _:
            assert_never(tree)


def _compares(value: str | None, operator: Comparison, text: str) -> bool:
    match operator:
        case Comparison.EQUAL:
            return value == text
        case Comparison.NOT_EQUAL:
            return value != text
        case Comparison.CONTAINS:
            return value is not None and text in value
        case Comparison.STARTS_WITH:
            return value is not None and value.startswith(text)
        case Comparison.ENDS_WITH:
            return value is not None and value.endswith(text)
        case _:
            assert_never(operator)
