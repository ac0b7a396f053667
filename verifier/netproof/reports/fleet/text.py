"""Verdicts on a fleet as text: the matrix, the evidence of what is not plainly proved, the rest."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import click

from netproof.fleet.sheets import Cell, FleetReport, Outturn, Sheet, Unverified, row
from netproof.reports.facts import fact_lines
from netproof.reports.fleet.matrix import matrix_of
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
from netproof_specs.frozen import Frozen
from netproof_specs.worlds import World


def fleet_text(report: FleetReport) -> str:
    """The whole report, coloured; whoever prints it to a file strips the colour."""
    blocks = [
        "\n".join(_matrix(report)),
        *("\n".join(lines) for one in report.outturns if (lines := list(_block(one)))),
        "\n".join((fleet_tally(report), *fact_lines(fleet_facts(report)))),
    ]
    return "\n\n".join(block for block in blocks if block) + "\n"


class _Mark(Frozen):
    """A word of the matrix with its colour, none for most."""

    word: str
    colour: str = ""


def _matrix(report: FleetReport) -> Iterator[str]:
    """A line a cluster, a column a claim, then what the columns and the words mean."""
    matrix = matrix_of(report)
    head = [_Mark(one) for one in ("cluster", "world", *matrix.heads)]
    pairs = zip(report.outturns, matrix.rows, strict=True)
    lines = _aligned([head, *(list(_marks(one, words, report)) for one, words in pairs)])
    yield lines[0]
    for one, line in zip(report.outturns, lines[1:], strict=True):
        if isinstance(one, Unverified):
            yield f"{line}  {click.style(unverified_text(one), fg='red', bold=True)}"
        else:
            yield line
    yield ""
    width = max(map(len, matrix.heads), default=0)
    for name, claim in zip(matrix.heads, matrix.claims, strict=True):
        yield f"{name:<{width}}  {claim}"
    yield from matrix.legend


def _aligned(rows: Sequence[Sequence[_Mark]]) -> list[str]:
    """The rows as lines whose columns stand below each other; a row may be short."""
    widths = [max(len(row[at].word) for row in rows if at < len(row)) for at in range(len(rows[0]))]
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


def _marks(one: Outturn, words: Sequence[str], report: FleetReport) -> Iterator[_Mark]:
    """Name, world, and a word for each claim; none of these for one that was not verified."""
    yield from (_Mark(safe(one.name)), _Mark(worlds_text(one)))
    if isinstance(one, Sheet):
        for word, cell in zip(words, row(one, report.columns), strict=True):
            excused = cell is not None and cell.standing in EXCUSED
            yield _Mark(word, "yellow" if excused else COLOURS[cell.outcome] if cell else "")


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
