"""Labels and label selectors, as written."""

from __future__ import annotations

from enum import Enum

from netproof_specs.frozen import Frozen
from netproof_specs.locations import Location

Labels = tuple[tuple[str, str], ...]
"""Label pairs in ascending order of their keys; a key occurs at most once."""

NAME_LABEL = "kubernetes.io/metadata.name"
"""The label that every namespace carries with its own name as the value (A.25)."""


class Operator(Enum):
    """The operators of a `matchExpressions` element (A.23, B.14)."""

    IN = "In"
    NOT_IN = "NotIn"
    EXISTS = "Exists"
    DOES_NOT_EXIST = "DoesNotExist"


class Requirement(Frozen):
    """One requirement of a selector; a `matchLabels` pair is written as `IN` with one value.

    `values` keeps the order of the manifest and is empty for `EXISTS` and `DOES_NOT_EXIST`.
    """

    key: str
    operator: Operator
    values: tuple[str, ...] = ()
    where: Location | None = None


class LabelSelector(Frozen):
    """A selector: all its requirements together; none at all is the empty selector `{}`."""

    requirements: tuple[Requirement, ...] = ()
    where: Location | None = None
