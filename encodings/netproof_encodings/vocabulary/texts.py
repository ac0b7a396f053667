"""What tests of parts of a value can come to together: `contains`, `starts with`, `ends with`.

An equality tells values apart one by one; a test tells sets of them apart. Of the values that
nothing mentions, those with which all tests come to the same are alike, so one of them stands for
all (docs/worlds.md, "Small models"). Which outcomes there are is found by walking through all legal
values at once: what a test still has to see of a value is one of finitely many states.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from string import ascii_lowercase, ascii_uppercase, digits
from typing import TypeAlias, assert_never

from netproof_encodings.decision.conditions import TextTest
from netproof_specs.frozen import Frozen

Tests = tuple[tuple[TextTest, str], ...]
"""The tests on one key, in order."""

Outcome = tuple[bool, ...]
"""Which of the tests a value passes, in their order."""

_ALNUM = ascii_lowercase + ascii_uppercase + digits
MOST_STATES = 20_000
"""So many states are walked through: more come of a dozen tests on one key only."""


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


class Spelling(Frozen):
    """Legal values: of `outer` and `inner` characters, with an outer one at both ends.

    Beside an inner one that is `parting` there are outer ones only. `shortest` and `longest` bound
    how many characters a value has.
    """

    outer: str
    inner: str
    shortest: int
    longest: int = 63
    parting: str = ""

    def goes_on(self, last: str, ch: str) -> bool:
        """Whether the character may follow `last`, which is empty at the beginning."""
        if not last or last in self.parting:
            return ch in self.outer
        return ch not in self.parting or last in self.outer

    def kind(self, ch: str) -> str:
        """One character for all that may be followed by the same, and end a value or not."""
        if ch in self.parting:
            return ch
        return self.outer[0] if ch in self.outer else self.inner[0]

    def may_end(self, last: str) -> bool:
        """Whether a value may end with the character, or be empty."""
        return not last or last in self.outer


LABEL_VALUES = Spelling(_ALNUM, "-_.", 0)
NAMES = Spelling(ascii_lowercase + digits, "-", 1)
"""Names of namespaces (B.8)."""
ACCOUNTS = Spelling(ascii_lowercase + digits, "-.", 1, parting=".")
"""Names of service accounts that fit into a label (B.8, D.15)."""
LONG_ACCOUNTS = Spelling(ascii_lowercase + digits, "-.", 64, 253, ".")
"""Names of service accounts that are too long for a label."""


def stand_ins(
    tests: Tests, mentioned: Iterable[str], spelling: Spelling = LABEL_VALUES
) -> Mapping[Outcome, str]:
    """For each outcome that a legal value which is not mentioned can have, one such value.

    The shortest one, and the first of these; raises TooManyTestsError, which depends on the tests
    alone.
    """
    if not tests:
        return {}
    return _stand_ins(tests, frozenset(mentioned), spelling, MOST_STATES)


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


_State: TypeAlias = tuple[tuple[int, ...], str, str]
"""All that matters of a value for what longer ones come to: how much of its text each test has
seen, the value itself as far as a mentioned one begins with it, and the kind of its last character.
"""

_Table: TypeAlias = list[dict[str, int]]
"""How much of its text a test has seen after one more character, by how much it had seen before.

All of it is as many as the text has characters; one more says that it never will."""


class _Walk(Frozen):
    """What a walk goes by: the characters that matter, a table for each test, and all beginnings
    of mentioned values.
    """

    spelling: Spelling
    alphabet: str
    tables: tuple[_Table, ...]
    begun: frozenset[str]


# Each stage asks for its two ends, and most stages mention the same: to walk takes long.
@lru_cache(maxsize=256)
def _stand_ins(
    tests: Tests, taken: frozenset[str], spelling: Spelling, most: int
) -> Mapping[Outcome, str]:
    found: dict[Outcome, str] = {}
    alphabet = _alphabet(tests, taken, spelling)
    tables = tuple(_table(test, text, alphabet) for test, text in tests)
    begun = frozenset(one[:length] for one in taken for length in range(1, len(one) + 1))
    walk = _Walk(spelling, alphabet, tables, begun)
    sizes = [len(text) for _, text in tests]
    level: dict[_State, str] = {((0,) * len(tests), "", ""): ""}
    seen = set(level)
    for length in range(spelling.longest + 1):
        if length >= spelling.shortest:
            for (known, _, last), value in level.items():
                if value not in taken and spelling.may_end(last):
                    found.setdefault(tuple(map(int.__eq__, known, sizes)), value)
        else:
            # What is met here may be met again where values are long enough.
            seen.clear()
        level = dict(_longer(level, seen, walk))
        if len(seen) > most and sum(not mentioned for _, mentioned, _ in seen) > most:
            raise TooManyTestsError
    return found


def _longer(
    level: Mapping[_State, str], seen: set[_State], walk: _Walk
) -> Iterator[tuple[_State, str]]:
    """The values that are one character longer and matter otherwise than all that were seen."""
    tables, begun, spelling = walk.tables, walk.begun, walk.spelling
    for (known, _, last), value in level.items():
        for ch in walk.alphabet:
            if spelling.goes_on(last, ch):
                longer = value + ch
                now = tuple([table[size][ch] for table, size in zip(tables, known, strict=True)])
                after = now, longer if longer in begun else "", spelling.kind(ch)
                if after not in seen:
                    seen.add(after)
                    yield after, longer


def _table(test: TextTest, text: str, alphabet: str) -> _Table:
    """The table of one test over the alphabet."""
    size = len(text)
    if test is TextTest.STARTS_WITH:
        never = dict.fromkeys(alphabet, size + 1)
        begins = [never | {ch: at + 1} for at, ch in enumerate(text)]
        return [*begins, dict.fromkeys(alphabet, size), never]
    table = [dict.fromkeys(alphabet, 0) | {text[0]: 1}]
    # Where a character does not go on with the text, as much is seen as if the value had begun
    # with the second character of what was seen: the longest that may still become the text.
    rest = 0
    for at, ch in enumerate(text[1:], start=1):
        table.append(table[rest] | {ch: at + 1})
        rest = table[rest].get(ch, 0)
    ends = test is TextTest.ENDS_WITH
    return [*table, table[rest] if ends else dict.fromkeys(alphabet, size)]


def _alphabet(tests: Tests, taken: frozenset[str], spelling: Spelling) -> str:
    """The characters that matter: those of the texts, and some that none of them has.

    With one that no mentioned value has either, every value has one alike that is not mentioned, or
    has characters of the texts alone. Where there is none, all characters matter.
    """
    legal = spelling.outer + spelling.inner
    texts = {ch for _, text in tests for ch in text}
    used = sorted(texts & {*legal})
    spare = [ch for ch in spelling.outer if ch not in texts]
    known = texts.union(*taken)
    fresh = next((ch for ch in spelling.outer if ch not in known), legal)
    return "".join(dict.fromkeys((*spare[:3], *used, *fresh)))
