"""Label selectors on concrete labels (A.2, A.23)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import assert_never

from netproof_specs.model.labels import Labels, LabelSelector, Operator, Requirement


def matches(selector: LabelSelector, labels: Labels) -> bool:
    """True iff the labels meet every requirement of the selector; `{}` matches all (A.2, A.23)."""
    mapping = dict(labels)
    return all(holds(requirement, mapping) for requirement in selector.requirements)


def holds(requirement: Requirement, labels: Mapping[str, str]) -> bool:
    """True iff the labels meet one requirement; an absent key meets `NotIn` (A.23)."""
    present = requirement.key in labels
    listed = present and labels[requirement.key] in requirement.values
    match requirement.operator:
        case Operator.IN:
            return listed
        case Operator.NOT_IN:
            return not listed
        case Operator.EXISTS:
            return present
        case Operator.DOES_NOT_EXIST:
            return not present
        case _:
            assert_never(requirement.operator)
