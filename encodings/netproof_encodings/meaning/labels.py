"""Labels as small numbers, and selectors over them; the twin of `netproof.oracle.labels`.

A mentioned key is a bit-vector per endpoint: 0 is absent, 1 to n are the mentioned values in
order, n + 1 is any other value (A.23; why that is exact: docs/worlds.md).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import assert_never

from netproof_encodings.decision.conditions import TextTest
from netproof_encodings.logic.terms import Bits, Term, Terms
from netproof_encodings.vocabulary.mentioned import LabelTests, LabelValues
from netproof_encodings.vocabulary.texts import Outcome, Tests, outcome_of, passes, stand_ins
from netproof_specs.frozen import Frozen, field
from netproof_specs.model.labels import LabelSelector, Operator, Requirement

ABSENT = 0


class KeyCodes(Frozen):
    """The symbol of one key at one endpoint and the code of each mentioned value.

    Where `tests` are asked of parts of values, `alike` holds a value for each outcome that others
    can have; it has a code as well, and stands for all with that outcome, but for the outcome that
    all tests fail: for that it is `other`.
    """

    bits: Bits
    codes: dict[str, int]
    tests: Tests = ()
    alike: Mapping[Outcome, str] = field(default_factory=dict)

    @property
    def other(self) -> int:
        """The code of a value that nothing mentions, and that passes no test."""
        return len(self.codes) + 1

    @property
    def last(self) -> int:
        """The greatest code that stands for some value."""
        fails = (False,) * len(self.tests)
        return self.other if not self.tests or fails in self.alike else len(self.codes)

    def code_of(self, value: str | None) -> int:
        """The code of a value; `None` is an absent key."""
        if value is None:
            return ABSENT
        known = self.codes.get(value)
        if known is not None or not self.tests:
            return self.other if known is None else known
        stand_in = self.alike.get(outcome_of(value, self.tests))
        return self.other if stand_in is None else self.codes.get(stand_in, self.other)


LabelSpace = dict[str, KeyCodes]
"""The mentioned keys of one endpoint."""


def label_space(
    terms: Terms, prefix: str, labels: LabelValues, tests: LabelTests = ()
) -> LabelSpace:
    """The symbols `prefix.key`, one a mentioned key; `tests` are asked of parts of values."""
    asked = dict(tests)
    return {
        key: _codes(terms, f"{prefix}.{key}", values, asked.get(key, ())) for key, values in labels
    }


def _codes(terms: Terms, name: str, values: Sequence[str], tests: Tests) -> KeyCodes:
    alike = stand_ins(tests, values)
    more = (one for outcome, one in alike.items() if any(outcome))
    listed = (*values, *more)
    codes = {value: code for code, value in enumerate(listed, start=1)}
    return KeyCodes(terms.vector(name, (len(listed) + 1).bit_length()), codes, tests, alike)


def in_range(terms: Terms, space: LabelSpace) -> Term:
    """True iff every symbol holds a code."""
    return terms.conjunction(terms.at_most(key.bits, key.last) for key in space.values())


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


def tested(terms: Terms, key: KeyCodes, test: TextTest, text: str) -> Term:
    """True iff the key is there, with a value that passes the test (D.31)."""
    found = (code for value, code in key.codes.items() if passes(value, test, text))
    return terms.one_of(key.bits, found)


def carries(terms: Terms, space: LabelSpace, labels: dict[str, str]) -> Term:
    """True iff the endpoint's labels agree with `labels` on every mentioned key."""
    return terms.conjunction(
        terms.equals(key.bits, key.code_of(labels.get(name))) for name, key in space.items()
    )
