"""Calico's selector language as a syntax tree with positions (D.30 to D.33), as written."""

from __future__ import annotations

from enum import Enum

from netproof_specs.frozen import Frozen
from netproof_specs.locations import Location


class Comparison(Enum):
    """The operators that compare the value of a key with one text (D.31)."""

    EQUAL = "=="
    NOT_EQUAL = "!="
    CONTAINS = "contains"
    STARTS_WITH = "starts with"
    ENDS_WITH = "ends with"


class Membership(Enum):
    """The operators that look for the value of a key in a set of texts (D.31)."""

    IN = "in"
    NOT_IN = "not in"


class All(Frozen):
    """`all()`, as `spelled`; `at` is, here and below, where the part begins in the text.

    The spelling counts: one meaning is for the exact text `all()` only (D.14).
    """

    spelled: str
    at: int


class Global(Frozen):
    """`global()`, which only a rule's namespaceSelector may be, and only as a whole (D.32)."""

    at: int


class Has(Frozen):
    """`has(key)`."""

    key: str
    at: int


class Compared(Frozen):
    """A key compared with a text, such as `role == 'db'`."""

    key: str
    operator: Comparison
    text: str
    at: int


class Listed(Frozen):
    """A key looked up in a set, such as `role in {'db', 'web'}`; the set may be empty."""

    key: str
    operator: Membership
    texts: tuple[str, ...]
    at: int


class Not(Frozen):
    """`!` before one part (D.30)."""

    part: Expression
    at: int


class And(Frozen):
    """Two or more parts joined by `&&`."""

    parts: tuple[Expression, ...]
    at: int


class Or(Frozen):
    """Two or more parts joined by `||`."""

    parts: tuple[Expression, ...]
    at: int


Expression = All | Global | Has | Compared | Listed | Not | And | Or


class Selector(Frozen):
    """A selector that is not empty: its text and what the text says."""

    text: str
    tree: Expression
    where: Location | None = None
