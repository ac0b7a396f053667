"""What tests of parts of a value can come to together: `contains`, `starts with`, `ends with`.

An equality tells values apart one by one; a test tells sets of them apart. Of the values that
nothing mentions, those with which all tests come to the same are alike, so one of them stands for
all (docs/worlds.md, "Small models"). Which outcomes there are is found by walking through all legal
values at once: what a test still has to see of a value is one of finitely many states.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from string import ascii_lowercase, ascii_uppercase, digits
from typing import assert_never

from netproof_encodings.decision.conditions import TextTest

Tests = tuple[tuple[TextTest, str], ...]
"""The tests on one key, in order."""

Outcome = tuple[bool, ...]
"""Which of the tests a value passes, in their order."""

_ALNUM = ascii_lowercase + ascii_uppercase + digits
_LONGEST = 63
MOST_STATES = 20_000
"""So many states are walked through: more come of dozens of tests on one key only."""


def passes(value: str, test: TextTest, text: str) -> bool:
    """Whether a value passes a test (D.31)."""
    match test:
        case TextTest.CONTAINS:
            return text in value
        case TextTest.STARTS_WITH:
            return value.startswith(text)
        case TextTest.ENDS_WITH:
            return value.endswith(text)
        case _:
            assert_never(test)


def outcome_of(value: str, tests: Tests) -> Outcome:
    """What the tests come to with a value."""
    return tuple(passes(value, test, text) for test, text in tests)


def unused(stem: str, taken: Container[str]) -> str:
    """`stem`, or `stem` with a number, such that nothing mentions it."""
    name, number = stem, 2
    while name in taken:
        name, number = f"{stem}-{number}", number + 1
    return name


class TooManyTestsError(ValueError):
    """The tests on one key have more states than are walked through."""


@dataclass(frozen=True, slots=True)
class Spelling:
    """Legal values: of `outer` and `inner` characters, with an outer one at both ends."""

    outer: str
    inner: str
    shortest: int

    def allows(self, value: str) -> bool:
        """Whether a value of these characters is legal."""
        if not value:
            return not self.shortest
        return value[0] in self.outer and value[-1] in self.outer


LABEL_VALUES = Spelling(_ALNUM, "-_.", 0)
NAMES = Spelling(ascii_lowercase + digits, "-", 1)
"""Names of namespaces (B.8)."""


def stand_ins(
    tests: Tests, mentioned: Sequence[str], spelling: Spelling = LABEL_VALUES
) -> Mapping[Outcome, str]:
    """For each outcome that a legal value which is not mentioned can have, one such value.

    The shortest one, and the first of these; raises TooManyTestsError, which depends on the tests
    alone.
    """
    found: dict[Outcome, str] = {}
    if not tests:
        return found
    taken = frozenset(mentioned)
    alphabet = _alphabet(tests, spelling)
    start = _start(tests, taken)
    level: dict[_State, str] = {start: ""}
    seen = {start}
    # A mentioned value adds a state for each of its beginnings at most.
    most = MOST_STATES + _LONGEST * len(taken)
    while level:
        for value in level.values():
            if value not in taken and spelling.allows(value):
                found.setdefault(outcome_of(value, tests), value)
        level = dict(_longer(level, seen, alphabet, tests, spelling))
        if len(seen) > most:
            raise TooManyTestsError
    return found


def other_names(tests: Tests, mentioned: Sequence[str]) -> tuple[list[str], list[str]]:
    """Names of namespaces that are not mentioned: such as pass a test, and such as pass none.

    Two for each outcome, as two ends can be in two namespaces; one where there is no other.
    """
    firsts = stand_ins(tests, mentioned, NAMES)
    seconds = stand_ins(tests, (*mentioned, *firsts.values()), NAMES)
    passing: list[str] = []
    plain: list[str] = []
    for outcome, name in firsts.items():
        also = [seconds[outcome]] if outcome in seconds else []
        (passing if any(outcome) else plain).extend([name, *also])
    return passing, plain


@dataclass(frozen=True, slots=True)
class _State:
    """All that matters of a value for what longer ones come to.

    `ends` holds for each test the longest beginning of its text that the value ends with, `done`
    what is settled, `left` the mentioned values that begin with it, and `last` whether a value may
    end here.
    """

    ends: tuple[int, ...]
    done: Outcome
    left: frozenset[str]
    length: int
    last: bool


def _start(tests: Tests, taken: frozenset[str]) -> _State:
    return _State((0,) * len(tests), (False,) * len(tests), taken, 0, True)


def _longer(
    level: Mapping[_State, str],
    seen: set[_State],
    alphabet: str,
    tests: Tests,
    spelling: Spelling,
) -> Iterator[tuple[_State, str]]:
    """The values that are one character longer and matter otherwise than all shorter ones."""
    for state, value in level.items():
        if len(value) < _LONGEST:
            for ch in alphabet if value else (one for one in alphabet if one in spelling.outer):
                after = _after(state, value + ch, tests, spelling)
                if after not in seen:
                    seen.add(after)
                    yield after, value + ch


def _after(state: _State, value: str, tests: Tests, spelling: Spelling) -> _State:
    ends = tuple(
        _overlap(value[-len(text) :], text) if test is not TextTest.STARTS_WITH else 0
        for test, text in tests
    )
    done = tuple(
        was or _settled(value, test, text)
        for was, (test, text) in zip(state.done, tests, strict=True)
    )
    left = frozenset(one for one in state.left if one.startswith(value))
    # How long a value is matters while a beginning is looked for, and while one is mentioned.
    longest = max((len(text) for test, text in tests if test is TextTest.STARTS_WITH), default=0)
    begins = any(
        test is TextTest.STARTS_WITH and not settled and text.startswith(value)
        for (test, text), settled in zip(tests, done, strict=True)
    )
    length = len(value) if left or (begins and len(value) < longest) else -1
    begun = frozenset(
        text for test, text in tests if test is TextTest.STARTS_WITH and text.startswith(value)
    )
    return _State(ends, done, left | begun, length, value[-1] in spelling.outer)


def _settled(value: str, test: TextTest, text: str) -> bool:
    """Whether every longer value passes the test as well."""
    return test is not TextTest.ENDS_WITH and passes(value, test, text)


def _overlap(end: str, text: str) -> int:
    """The length of the longest beginning of the text that the end of a value is."""
    sizes = range(min(len(end), len(text)), -1, -1)
    return next(size for size in sizes if end.endswith(text[:size]))


def _alphabet(tests: Tests, spelling: Spelling) -> str:
    """The characters that matter: those of the texts, and three that none of them has.

    One is for what no text is about, the others for values that must be unlike mentioned ones.
    """
    legal = spelling.outer + spelling.inner
    used = sorted({ch for _, text in tests for ch in text if ch in legal})
    spare = [ch for ch in spelling.outer if ch not in used][:3]
    return "".join((*spare, *used))
