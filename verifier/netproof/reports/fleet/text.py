"""Verdicts on a fleet as text: the matrix, the evidence of what is not plainly proved, the rest."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import click

from netproof.fleet.sheets import Cell, FleetReport, Outturn, Sheet, Unverified, row
from netproof.reports.facts import fact_lines
from netproof.reports.fleet.words import (
    fleet_facts,
    fleet_tally,
    problem_lines,
    unverified_text,
    worlds_text,
)
from netproof.reports.text import COLOURS
from netproof.reports.words import counted, safe
from netproof.verifying.standing import EXCUSED
from netproof_specs.worlds import World

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


def fleet_text(report: FleetReport) -> str:
    """The whole report, coloured; whoever prints it to a file strips the colour."""
    blocks = [
        "\n".join(_matrix(report)),
        *("\n".join(lines) for one in report.outturns if (lines := list(_block(one)))),
        "\n".join((fleet_tally(report), *fact_lines(fleet_facts(report)))),
    ]
    return "\n\n".join(block for block in blocks if block) + "\n"


@dataclass(frozen=True, slots=True)
class _Mark:
    """A word of the matrix with its colour, none for most."""

    word: str
    colour: str = ""


def _matrix(report: FleetReport) -> Iterator[str]:
    """A line a cluster, a column a claim, then what the columns and the words mean."""
    columns = report.columns
    rows = [_marks(one, columns) for one in report.outturns]
    words = {mark.word for marks in rows for mark in marks[2:]}
    letters = sum(max((len(word) for word in words), default=0) + 2 for _ in columns) > WIDE
    if letters:
        rows = [[*marks[:2], *map(_as_letter, marks[2:])] for marks in rows]
    named = _heads(columns)
    head = [_Mark(one) for one in ("cluster", "world", *named)]
    lines = _aligned([head, *rows])
    yield lines[0]
    for one, line in zip(report.outturns, lines[1:], strict=True):
        if isinstance(one, Unverified):
            yield f"{line}  {click.style(unverified_text(one), fg='red', bold=True)}"
        else:
            yield line
    yield ""
    width = max(map(len, named), default=0)
    for name, (ident, text) in zip(named, columns, strict=True):
        title = text if name == safe(ident) else f"{ident}: {text}"
        yield f"{name:<{width}}  {safe(title)}"
    yield from _legend(words, letters)


def _heads(columns: Sequence[tuple[str, str]]) -> list[str]:
    """The ids of the claims, or numbers where ids are long or one is that of two claims."""
    named = [safe(ident) for ident, _ in columns]
    if len(set(named)) == len(named) and sum(len(name) + 2 for name in named) <= WIDE:
        return named
    return [str(number) for number in range(1, len(columns) + 1)]


def _aligned(rows: Sequence[Sequence[_Mark]]) -> list[str]:
    """The rows as lines whose columns stand below each other; a row may be short."""
    widths = [
        max(len(row[at].word) for row in rows if at < len(row)) for at in range(len(rows[0]))
    ]
    lines = []
    for marks in rows:
        cells = [
            click.style(mark.word, fg=mark.colour or None) + " " * (width - len(mark.word))
            if mark.colour
            else mark.word.ljust(width)
            for mark, width in zip(marks, widths, strict=False)
        ]
        lines.append("  ".join(cells).rstrip())
    return lines


def _as_letter(mark: _Mark) -> _Mark:
    plain = mark.word.rstrip("*")
    return _Mark(LETTERS[plain] + mark.word[len(plain) :], mark.colour)


def _legend(words: set[str], letters: bool) -> Iterator[str]:
    """What letters and rare words stand for, those that occur."""
    plain = [one for one in LETTERS if one in {word.rstrip("*") for word in words}]
    if letters:
        yield "; ".join(f"{LETTERS[one]} {MEANINGS.get(one, one)}" for one in plain)
    else:
        yield from (f"{one}: {MEANINGS[one]}" for one in plain if one in MEANINGS)
    if any(word.endswith("*") for word in words):
        yield "*: without what was left out of that cluster"


def _marks(one: Outturn, columns: Sequence[tuple[str, str]]) -> list[_Mark]:
    """Name, world, and a word for each claim; none of these for one that was not verified."""
    first = [_Mark(safe(one.name)), _Mark(worlds_text(one))]
    if isinstance(one, Unverified):
        return first
    return [*first, *(_mark(cell, one) for cell in row(one, columns))]


def _mark(cell: Cell | None, sheet: Sheet) -> _Mark:
    if cell is None:
        return _Mark("-")
    excused = cell.standing in EXCUSED
    word = cell.standing.value if excused else cell.outcome.value
    colour = "yellow" if excused else COLOURS[cell.outcome]
    return _Mark(f"{word}*" if sheet.without else word, colour)


def _block(one: Outturn) -> Iterator[str]:
    """What is to be said of a cluster besides that its claims are proved."""
    if isinstance(one, Unverified):
        yield click.style(f"{safe(one.name)}: nothing was decided", fg="red", bold=True)
        yield from (f"  {line}" for line in problem_lines(one))
        return
    told = [cell for cell in one.cells if not cell.firm]
    firm = [cell for cell in one.cells if cell.firm]
    if not told and len({cell.world for cell in firm}) < 2:
        return
    yield click.style(f"{safe(one.name)}: {one.summary}", bold=True)
    for cell in told:
        yield ""
        yield from (f"  {line}" for line in cell.lines)
    yield from _firm_lines(firm)


def _firm_lines(firm: Sequence[Cell]) -> Iterator[str]:
    """The claims that are proved whatever the assumptions are, by the world of each."""
    for world in World:
        named = [safe(cell.statement.id) for cell in firm if cell.world is world]
        if named:
            number = counted(len(named), "claim")
            yield ""
            yield f"  {number} PROVED in {world.value}, under every assumption: {', '.join(named)}"
