"""Labels as small numbers, and selectors over them; the twin of `netproof.oracle.labels`.

A mentioned key is a bit-vector per endpoint: 0 is absent, 1 to n are the mentioned values in
order, n + 1 is any other value (A.23; why that is exact: docs/worlds.md).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import assert_never

from netproof_encodings.terms import Bits, Term, Terms
from netproof_encodings.vocabulary import LabelValues
from netproof_specs.model.labels import LabelSelector, Operator, Requirement

ABSENT = 0


@dataclass(frozen=True, slots=True)
class KeyCodes:
    """The symbol of one key at one endpoint and the code of each mentioned value."""

    bits: Bits
    codes: dict[str, int]

    @property
    def other(self) -> int:
        """The code of a value that nothing mentions."""
        return len(self.codes) + 1

    def code_of(self, value: str | None) -> int:
        """The code of a value; `None` is an absent key."""
        return ABSENT if value is None else self.codes.get(value, self.other)


LabelSpace = dict[str, KeyCodes]
"""The mentioned keys of one endpoint."""


def label_space(terms: Terms, prefix: str, labels: LabelValues) -> LabelSpace:
    """The symbols `prefix.key`, one a mentioned key."""
    return {
        key: KeyCodes(
            terms.vector(f"{prefix}.{key}", (len(values) + 1).bit_length()),
            {value: code for code, value in enumerate(values, start=1)},
        )
        for key, values in labels
    }


def in_range(terms: Terms, space: LabelSpace) -> Term:
    """True iff every symbol holds a code."""
    return terms.conjunction(terms.at_most(key.bits, key.other) for key in space.values())


def selected(terms: Terms, space: LabelSpace, selector: LabelSelector) -> Term:
    """True iff the endpoint's labels meet every requirement (A.2, A.23)."""
    return terms.conjunction(meets(terms, space, one) for one in selector.requirements)


def meets(terms: Terms, space: LabelSpace, requirement: Requirement) -> Term:
    """True iff the endpoint's labels meet the requirement (A.23)."""
    key = space[requirement.key]
    match requirement.operator:
        case Operator.IN:
            return has(terms, key, requirement.values)
        case Operator.NOT_IN:
            return terms.negation(has(terms, key, requirement.values))
        case Operator.EXISTS:
            return has(terms, key, None)
        case Operator.DOES_NOT_EXIST:
            return terms.negation(has(terms, key, None))
        case _:
            assert_never(requirement.operator)


def has(terms: Terms, key: KeyCodes, values: Iterable[str] | None) -> Term:
    """True iff the key is there, with one of the values where they are given."""
    if values is None:
        return terms.negation(terms.equals(key.bits, ABSENT))
    return terms.one_of(key.bits, (key.codes[value] for value in values))


def carries(terms: Terms, space: LabelSpace, labels: dict[str, str]) -> Term:
    """True iff the endpoint's labels agree with `labels` on every mentioned key."""
    return terms.conjunction(
        terms.equals(key.bits, key.code_of(labels.get(name))) for name, key in space.items()
    )
