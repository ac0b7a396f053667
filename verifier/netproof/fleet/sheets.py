"""What a run on many clusters comes to: a sheet for each, small enough to be sent and kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from netproof.exits import Exit
from netproof.reports.data import Data
from netproof.reports.facts import Facts
from netproof.reports.failures import Cause
from netproof.reports.junit import Case
from netproof.reports.results import Result
from netproof.solving import Limits
from netproof.verdicts import Outcome
from netproof.verifying.standing import Standing, Tally, in_order
from netproof_specs.claims import Statement
from netproof_specs.frozen import Frozen, field
from netproof_specs.loading import Source
from netproof_specs.problems import Problem
from netproof_specs.worlds import World


class Cell(Frozen):
    """The verdict on one claim on one cluster, as reports tell it.

    `word` is the verdict with what was left out, `remark` what was accepted or known. `firm` says
    that it is proved whatever the assumptions are. `lines` are the evidence as text, coloured;
    `page` the same as HTML, where that is wanted.
    """

    statement: Statement
    world: World
    outcome: Outcome
    standing: Standing
    fails: bool
    firm: bool
    word: str
    remark: str
    lines: tuple[str, ...]
    finding: Result
    page: str = ""


class Sheet(Frozen):
    """All verdicts on one cluster; `data` is the report that `verify` writes as JSON.

    `noted` are notes that fail the run, `told` those that would fail a strict one. `members` are
    the files of the cluster's bundle, where one is wanted.
    """

    name: str
    cells: tuple[Cell, ...]
    summary: str
    without: str
    noted: tuple[Result, ...]
    told: tuple[Result, ...]
    cases: tuple[Case, ...]
    facts: Facts
    data: Data
    tallies: Mapping[str, tuple[Tally, ...]]
    exit: Exit
    members: Mapping[str, bytes] = field(default_factory=dict)


class Unverified(Frozen):
    """A cluster of which nothing was decided, and why; `details` are for a report of a defect."""

    name: str
    cause: Cause
    problems: tuple[Problem, ...]
    details: str = ""

    @property
    def exit(self) -> Exit:
        """The exit code for that alone."""
        return _EXITS[self.cause]


_EXITS = {
    Cause.INPUT: Exit.INPUT_ERROR,
    Cause.USAGE: Exit.INPUT_ERROR,
    Cause.DEADLINE: Exit.UNKNOWN,
    Cause.INTERNAL: Exit.INTERNAL_ERROR,
    Cause.INTERRUPTED: Exit.INTERRUPTED,
}

Outturn = Sheet | Unverified
"""What came out of one cluster."""


class FleetReport(Frozen):
    """Everything that a report on a fleet says, in the order of its clusters."""

    file: Source
    outturns: tuple[Outturn, ...]
    limits: Limits = field(default_factory=Limits)

    @property
    def sheets(self) -> tuple[Sheet, ...]:
        """Those of the clusters that were verified."""
        return tuple(one for one in self.outturns if isinstance(one, Sheet))

    @property
    def unverified(self) -> tuple[Unverified, ...]:
        """The other clusters."""
        return tuple(one for one in self.outturns if isinstance(one, Unverified))

    @property
    def columns(self) -> tuple[tuple[str, str], ...]:
        """Every claim by id and text, in the order in which the clusters first have it."""
        named = (_column(cell) for sheet in self.sheets for cell in sheet.cells)
        return tuple(dict.fromkeys(named))


def row(sheet: Sheet, columns: Sequence[tuple[str, str]]) -> list[Cell | None]:
    """The cells of one cluster, None where the claim is not asked of it."""
    cells = {_column(cell): cell for cell in sheet.cells}
    return [cells.get(column) for column in columns]


def _column(cell: Cell) -> tuple[str, str]:
    return cell.statement.id, cell.statement.text


def exit_of_fleet(report: FleetReport) -> Exit:
    """The weightiest of the exit codes of its clusters.

    A defect outweighs everything, what is refuted outweighs what could not be read, and that what
    is unknown.
    """
    found = {one.exit for one in report.outturns}
    return next((one for one in _WEIGHTS if one in found), Exit.PROVED)


_WEIGHTS = (
    Exit.INTERRUPTED,
    Exit.INTERNAL_ERROR,
    Exit.REFUTED,
    Exit.INPUT_ERROR,
    Exit.UNKNOWN,
    Exit.PROVED,
)


def summed(sheets: Sequence[Sheet], grouping: str) -> tuple[Tally, ...]:
    """The tallies of all sheets by one way of filing, those of one name together."""
    found: dict[str, Tally] = {}
    for one in (tally for sheet in sheets for tally in sheet.tallies[grouping]):
        found[one.name] = _sum(found[one.name], one) if one.name in found else one
    return in_order(found.values(), grouping)


def _sum(left: Tally, right: Tally) -> Tally:
    counts = [dict(left.outcomes), dict(right.outcomes)]
    numbers = [(one, sum(count.get(one, 0) for count in counts)) for one in Outcome]
    return Tally(
        left.name,
        tuple((one, number) for one, number in numbers if number),
        left.excused + right.excused,
        left.failing + right.failing,
    )
