"""Label selectors as conditions on one end of a connection (A.2, A.17, A.23)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from netproof_encodings.tiers import End, InNamespace, IsPod, Labelled, Match, Not, Whose, every
from netproof_specs.model.labels import LabelSelector, Operator, Requirement


def pods_match(
    end: End,
    namespace: str | None,
    namespaces: LabelSelector | None,
    pods: LabelSelector | None,
) -> Match:
    """The end is a pod that policies can select, as named and labelled; `None` is no condition."""
    parts: list[Match] = [IsPod(end)]
    if namespace is not None:
        parts.append(InNamespace(end, namespace))
    if namespaces is not None:
        parts.extend(labels_match(end, Whose.NAMESPACE, namespaces))
    if pods is not None:
        parts.extend(labels_match(end, Whose.POD, pods))
    return every(parts)


def labels_match(end: End, whose: Whose, selector: LabelSelector) -> Iterator[Match]:
    """The requirements of the selector, each to stand beside what says that the end is a pod.

    They come in an order of their own, so that equal selectors give equal conditions.
    """
    def order(one: Requirement) -> tuple[str, str, tuple[str, ...]]:
        return one.key, one.operator.value, tuple(sorted(set(one.values)))

    for one in sorted(selector.requirements, key=order):
        yield requirement_match(end, whose, one)


def requirement_match(end: End, whose: Whose, requirement: Requirement) -> Match:
    """One requirement of a selector on an end that is a pod; absence meets `NotIn` (A.23)."""
    values = tuple(sorted(set(requirement.values)))
    match requirement.operator:
        case Operator.IN:
            return Labelled(end, whose, requirement.key, values)
        case Operator.NOT_IN:
            return Not(Labelled(end, whose, requirement.key, values))
        case Operator.EXISTS:
            return Labelled(end, whose, requirement.key, None)
        case Operator.DOES_NOT_EXIST:
            return Not(Labelled(end, whose, requirement.key, None))
        case _:
            assert_never(requirement.operator)
