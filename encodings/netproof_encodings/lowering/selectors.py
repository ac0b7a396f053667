"""Label selectors as conditions on one end of a connection (A.2, A.17, A.23)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from netproof_encodings.decision.conditions import (
    End,
    InNamespace,
    IsPod,
    Labelled,
    Match,
    Not,
    Whose,
    every,
)
from netproof_encodings.decision.placed import Where
from netproof_specs.model.labels import LabelSelector, Operator, Requirement


def pods_match(
    end: End,
    namespace: str | None,
    namespaces: LabelSelector | None,
    pods: LabelSelector | None,
    where: Where = None,
) -> Match:
    """The end is a pod that policies can select, as named and labelled; `None` is no condition."""
    parts: list[Match] = [IsPod(end, where)]
    if namespace is not None:
        parts.append(InNamespace(end, namespace, where))
    if namespaces is not None:
        parts.extend(labels_match(end, Whose.NAMESPACE, namespaces, where))
    if pods is not None:
        parts.extend(labels_match(end, Whose.POD, pods, where))
    return every(parts)


def labels_match(
    end: End, whose: Whose, selector: LabelSelector, where: Where = None
) -> Iterator[Match]:
    """The requirements of the selector, each to stand beside what says that the end is a pod."""
    for one in selector.requirements:
        yield requirement_match(end, whose, one, one.where or selector.where or where)


def requirement_match(
    end: End, whose: Whose, requirement: Requirement, where: Where = None
) -> Match:
    """One requirement of a selector on an end that is a pod; absence meets `NotIn` (A.23)."""
    key, values = requirement.key, tuple(sorted(set(requirement.values)))
    match requirement.operator:
        case Operator.IN:
            return Labelled(end, whose, key, values, where)
        case Operator.NOT_IN:
            return Not(Labelled(end, whose, key, values, where))
        case Operator.EXISTS:
            return Labelled(end, whose, key, None, where)
        case Operator.DOES_NOT_EXIST:
            return Not(Labelled(end, whose, key, None, where))
        case _:
            assert_never(requirement.operator)
