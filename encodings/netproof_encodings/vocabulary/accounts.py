"""Names of service accounts that stand for those which nothing mentions (D.15, D.24)."""

from __future__ import annotations

from collections.abc import Sequence

from netproof_encodings.vocabulary.mentioned import LONGEST_LABEL
from netproof_encodings.vocabulary.texts import (
    ACCOUNTS,
    LONG_ACCOUNTS,
    Outcome,
    Spelling,
    Tests,
    outcome_of,
    stand_ins,
    unused,
)
from netproof_specs.frozen import Frozen

_PLAIN = {
    ACCOUNTS: "other-account",
    LONG_ACCOUNTS: "account-with-a-name-that-is-far-too-long-to-be-the-value-of-a-label",
}

Kind = tuple[bool, Outcome]
"""Whether a name fits into a label, and what the tests of names come to."""


class OtherAccounts(Frozen):
    """Names that are not mentioned, one of each kind that there is.

    A name is `alone` iff there is no other of its kind, so that two accounts of one namespace
    cannot both be of it; that matters only of those that hand on labels.
    """

    names: tuple[str, ...]
    alone: tuple[str, ...]


def other_accounts(tests: Tests, mentioned: Sequence[str]) -> OtherAccounts:
    """The names for those that are not mentioned: short ones first, such as pass a test first."""
    short, seconds = _of(ACCOUNTS, tests, mentioned)
    long, _ = _of(LONG_ACCOUNTS, tests, mentioned)
    alone = [name for outcome, name in short.items() if outcome not in seconds]
    listed = (name for found in (short, long) for name in _passing_first(found))
    return OtherAccounts(tuple(one for one in listed if one not in alone), tuple(alone))


def kind_of(name: str, tests: Tests) -> Kind:
    """The kind that a name is of."""
    return len(name) <= LONGEST_LABEL, outcome_of(name, tests) if tests else ()


def _of(
    spelling: Spelling, tests: Tests, mentioned: Sequence[str]
) -> tuple[dict[Outcome, str], set[Outcome]]:
    """A name for each outcome, one that reads well where it can be, and those with a second."""
    plain = unused(_PLAIN[spelling], mentioned)
    none = outcome_of(plain, tests)
    if not tests:
        return {none: plain}, {none}
    firsts = dict(stand_ins(tests, mentioned, spelling))
    seconds = stand_ins(tests, (*mentioned, *firsts.values()), spelling)
    if none in seconds and not any(none):
        firsts[none] = plain
    return firsts, set(seconds)


def _passing_first(found: dict[Outcome, str]) -> list[str]:
    return [found[outcome] for outcome in sorted(found, key=any, reverse=True)]
