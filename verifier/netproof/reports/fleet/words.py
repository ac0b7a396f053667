"""The words that every report on a fleet uses: its tally, its matrix and its facts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from netproof.about import about
from netproof.fleet.sheets import Cell, FleetReport, Outturn, Sheet, Unverified, summed
from netproof.reports.facts import Fact, Facts, Name, ending_facts
from netproof.reports.verify.facts import tally_line
from netproof.reports.words import counted, safe, tallied
from netproof.verdicts import Outcome
from netproof.verifying.standing import EXCUSED, Standing
from netproof_specs.frozen import replace
from netproof_specs.worlds import World

FILED = (Name.CONTROL, Name.OWNER, Name.SEVERITY)


def fleet_tally(report: FleetReport) -> str:
    """`3 clusters, 6 verdicts: 5 proved, 1 refuted; 1 cluster not verified`."""
    cells = [cell for sheet in report.sheets for cell in sheet.cells]
    counts = tallied((one.outcome for one in cells), Outcome)
    standings = (one.standing for one in cells)
    excused = tallied(standings, (one for one in Standing if one in EXCUSED))
    failing = sum(len(one.noted) for one in report.sheets)
    without = sum(bool(one.without) for one in report.sheets)
    head = f"{counted(len(report.outturns), 'cluster')}, {counted(len(cells), 'verdict')}"
    parts = [
        f"{head}: {', '.join(counts)}" if counts else head,
        f"of these {', '.join(excused)}" if excused else "",
        f"{counted(len(report.unverified), 'cluster')} not verified" if report.unverified else "",
        f"{counted(without, 'cluster')} without what was left out" if without else "",
        f"{counted(failing, 'note')} that --strict takes for failure" if failing else "",
    ]
    return "; ".join(part for part in parts if part)


def cell_text(cell: Cell | None) -> str:
    """`PROVED`, `REFUTED (accepted until 2027-01-31)`, `not asked`."""
    if cell is None:
        return "not asked"
    return f"{cell.word} ({cell.remark})" if cell.remark else cell.word


def worlds_text(one: Outturn) -> str:
    """The world that the verdicts on a cluster range over, or all of them; `-` without verdicts."""
    worlds = {cell.world for cell in one.cells} if isinstance(one, Sheet) else set()
    return ", ".join(world.value for world in World if world in worlds) or "-"


def unverified_text(one: Unverified) -> str:
    """`not verified: 2 errors`, or the error where there is only one."""
    if len(one.problems) > 1:
        return f"not verified: {counted(len(one.problems), 'error')}"
    return f"not verified: {safe(one.problems[0].message)}" if one.problems else "not verified"


def problem_lines(one: Unverified) -> Iterator[str]:
    """Every reason why nothing was decided, with its place."""
    yield from (safe(line) for problem in one.problems for line in str(problem).splitlines())


def fleet_facts(report: FleetReport) -> Facts:
    """What all verdicts on a fleet are to be read with, a thing that all clusters share once."""
    return tuple(_facts(report))


def _facts(report: FleetReport) -> Iterator[Fact]:
    for name in FILED:
        if found := summed(report.sheets, name.value):
            yield Fact(name, tuple(map(tally_line, found)))
    yield Fact(Name.FLEET, (f"{safe(report.file.name)} sha256 {report.file.sha256}",))
    last = ending_facts(about())
    for name in (one for one in Name if one not in FILED):
        held = [(sheet.name, fact) for sheet in report.sheets for fact in sheet.facts
                if fact.name is name and fact not in last]  # fmt: skip
        yield from _shared(held, report.sheets)
    for one in report.unverified:
        yield Fact(Name.NOT_VERIFIED, tuple(problem_lines(one)) or ("",), one.name)
    yield from last


def _shared(held: Sequence[tuple[str, Fact]], sheets: Sequence[Sheet]) -> Iterator[Fact]:
    """One fact where every cluster has the same, else that of each under its name."""
    if len(held) == len(sheets) and len({fact for _, fact in held}) == 1:
        yield held[0][1]
    else:
        yield from (replace(fact, of=name) for name, fact in held)
