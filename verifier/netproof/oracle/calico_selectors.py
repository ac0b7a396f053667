"""Calico's selectors on concrete labels (D.31)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import assert_never

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
    Not,
    Or,
    Selector,
)

NAMESPACE = "projectcalico.org/namespace"
ACCOUNT = "projectcalico.org/serviceaccount"


def selects(selector: Selector | None, labels: Mapping[str, str]) -> bool:
    """True iff the labels meet the selector; one that is not given selects everything (D.14)."""
    return selector is None or holds(selector.tree, labels)


def selects_inherited(
    selector: Selector | None, prefix: str, stand_in: str | None, labels: Mapping[str, str]
) -> bool:
    """The same for a selector of namespaces or service accounts, on an endpoint's labels (D.14).

    Its keys are looked up with `prefix` before them, as endpoints inherit those labels. The exact
    text `all()` asks for the label `stand_in`, and for nothing if that is `None`.
    """
    return selector is None or holds(selector.tree, labels, prefix, stand_in)


def holds(
    tree: Expression, labels: Mapping[str, str], prefix: str = "", stand_in: str | None = None
) -> bool:
    """True iff the labels meet the expression (D.30, D.31)."""
    match tree:
        case All(spelled):
            return stand_in is None or spelled != "all()" or stand_in in labels
        case Global():
            return NAMESPACE not in labels
        case Has(key):
            return prefix + key in labels
        case Compared(key, operator, text):
            return compares(operator, labels.get(prefix + key), text)
        case Listed(key, operator, texts):
            listed = labels.get(prefix + key) in texts
            return listed if operator is Membership.IN else not listed
        case Not(part):
            return not holds(part, labels, prefix, stand_in)
        case And(parts):
            return all(holds(part, labels, prefix, stand_in) for part in parts)
        case Or(parts):
            return any(holds(part, labels, prefix, stand_in) for part in parts)
        case _:
            assert_never(tree)


def compares(operator: Comparison, value: str | None, text: str) -> bool:
    """True iff a label's value compares; an absent one (`None`) only is unequal (D.31)."""
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
