"""The matrix of a fleet: a row a cluster, a word a claim, and what headings and words mean."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from netproof.fleet.sheets import Cell, FleetReport, Sheet, Unverified, row
from netproof.reports.words import safe
from netproof.verifying.standing import EXCUSED
from netproof_specs.frozen import Frozen

WIDE = 100
"""Columns of text that the matrix may take before letters stand for words."""

LETTERS = {
    "PROVED": "P",
    "REFUTED": "R",
    "VACUOUS": "V",
    "UNKNOWN": "U",
    "accepted": "a",
    "known": "k",
    "-": "-",
}
MEANINGS = {
    "accepted": "refuted, and accepted for today",
    "known": "failing as in the baseline",
    "-": "not asked",
}


class Matrix(Frozen):
    """What the matrix shows; `claims` says for each heading what it stands for.

    `rows` has for each cluster a word for each claim, nothing where it was not verified.
    """

    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    claims: tuple[str, ...]
    legend: tuple[str, ...]


def matrix_of(report: FleetReport) -> Matrix:
    """The matrix in words, or in letters where words would take too much room."""
    columns = report.columns
    rows = [
        () if isinstance(one, Unverified) else tuple(_word(cell, one) for cell in row(one, columns))
        for one in report.outturns
    ]
    words = {word for line in rows for word in line}
    letters = sum(max(map(len, words), default=0) + 2 for _ in columns) > WIDE
    heads = _heads(columns)
    claims = [
        text if name == safe(ident) else f"{ident}: {text}"
        for name, (ident, text) in zip(heads, columns, strict=True)
    ]
    if letters:
        rows = [tuple(map(_letter, line)) for line in rows]
    return Matrix(heads, tuple(rows), tuple(map(safe, claims)), tuple(_legend(words, letters)))


def _word(cell: Cell | None, sheet: Sheet) -> str:
    if cell is None:
        return "-"
    word = cell.standing.value if cell.standing in EXCUSED else cell.outcome.value
    return f"{word}*" if sheet.without else word


def _letter(word: str) -> str:
    plain = word.rstrip("*")
    return LETTERS[plain] + word[len(plain) :]


def _heads(columns: Sequence[tuple[str, str]]) -> tuple[str, ...]:
    """The ids of the claims, or numbers where ids are long or one is that of two claims."""
    named = tuple(safe(ident) for ident, _ in columns)
    if len(set(named)) == len(named) and sum(len(name) + 2 for name in named) <= WIDE:
        return named
    return tuple(str(number) for number in range(1, len(columns) + 1))


def _legend(words: set[str], letters: bool) -> Iterator[str]:
    """What letters and rare words stand for, those that occur."""
    plain = [one for one in LETTERS if one in {word.rstrip("*") for word in words}]
    if letters:
        yield "; ".join(f"{LETTERS[one]} {MEANINGS.get(one, one)}" for one in plain)
    else:
        yield from (f"{one}: {MEANINGS[one]}" for one in plain if one in MEANINGS)
    if any(word.endswith("*") for word in words):
        yield "*: without what was left out of that cluster"
