"""Verdicts on a fleet as Markdown, and as one page to file, to print and to click in."""

from __future__ import annotations

from collections.abc import Iterator

from netproof.fleet.sheets import Cell, FleetReport, Outturn, Sheet, Unverified, row, summed
from netproof.reports.fleet.words import (
    cell_text,
    fleet_facts,
    fleet_tally,
    problem_lines,
    unverified_text,
    worlds_text,
)
from netproof.reports.html.page import document
from netproof.reports.html.parts import element, facts_list, facts_section, folded, table, text
from netproof.reports.html.report import tally_row, tally_titles
from netproof.reports.markdown import page
from netproof.reports.markdown_parts import code, details
from netproof.verdicts import Outcome
from netproof.verifying.standing import GROUPINGS

# --- Markdown --------------------------------------------------------------------------------


def fleet_markdown(report: FleetReport) -> str:
    """The matrix, clusters that fail first, and the evidence of each verdict folded below."""
    columns = report.columns
    ordered = sorted(report.outturns, key=lambda one: not one.exit)
    head = ["cluster", "world", *(code(ident) for ident, _ in columns)]
    claims = [f"- {code(ident)} {code(claim)}" for ident, claim in columns]
    return page(
        [f"### netproof: {fleet_tally(report)}", "", *claims, *([""] if claims else [])],
        [f"| {' | '.join(head)} |", "|---" * len(head) + "|"],
        [_line(one, report) for one in ordered],
        [block for one in ordered for block in _blocks(one)],
        fleet_facts(report),
    )


def _line(one: Outturn, report: FleetReport) -> str:
    cells = (
        [f"**{code(unverified_text(one))}**", *[""] * (len(report.columns) - 1)]
        if isinstance(one, Unverified)
        else [_shown(cell) for cell in row(one, report.columns)]
    )
    return f"| {' | '.join((code(one.name), worlds_text(one), *cells))} |"


def _shown(cell: Cell | None) -> str:
    if cell is not None and cell.fails:
        return f"**{cell.word}**" + (f" ({cell.remark})" if cell.remark else "")
    return cell_text(cell)


def _blocks(one: Outturn) -> Iterator[str]:
    if isinstance(one, Unverified):
        yield details(f"{code(one.name)} not verified", problem_lines(one))
        return
    for cell in sorted(one.cells, key=lambda c: (not c.fails, c.outcome is Outcome.PROVED)):
        yield details(f"{code(one.name)} {cell.word} {code(cell.statement.id)}", cell.lines)


# --- HTML ------------------------------------------------------------------------------------


def fleet_html(report: FleetReport) -> str:
    """The matrix, summaries, then each cluster with its claims and their evidence folded."""
    columns = report.columns
    head = ["cluster", "world", *(ident for ident, _ in columns)]
    rows = [[one.name, worlds_text(one), *_words(one, report)] for one in report.outturns]
    matrix = table(head, rows, "The verdict on every claim for every cluster")
    names = "".join(
        element("li", f"<b>{text(ident)}</b> {text(claim)}") for ident, claim in columns
    )
    parts = [
        element("section", f"<h2>Clusters</h2>{matrix}{element('ul', names, 'policies')}"),
        *_summaries(report),
        *(_section(one) for one in report.outturns),
        facts_section(fleet_facts(report)),
    ]
    title = "Claims about the network policies of a fleet"
    return document("report", title, fleet_tally(report), "".join(parts))


def _words(one: Outturn, report: FleetReport) -> list[str]:
    if isinstance(one, Unverified):
        return [unverified_text(one), *[""] * (len(report.columns) - 1)]
    return [cell_text(cell) for cell in row(one, report.columns)]


def _summaries(report: FleetReport) -> Iterator[str]:
    """A table for each way of filing that some claim uses, over all clusters."""
    for word in GROUPINGS:
        if found := summed(report.sheets, word):
            rows = [tally_row(one) for one in found]
            listed = table(tally_titles(word), rows, f"Claims by {word}")
            yield element("section", f"<h2>By {word}</h2>{listed}")


def _section(one: Outturn) -> str:
    match one:
        case Sheet():
            claims = "".join(cell.page for cell in one.cells)
            facts = folded("What is known of it", facts_list(one.facts), "yaml")
            content = f"<p>{text(one.summary)}</p>{claims}{facts}"
        case Unverified():
            lines = "".join(element("li", text(line.strip())) for line in problem_lines(one))
            badge = element("span", "not verified", "badge refuted")
            content = folded(f"{badge} {text(unverified_text(one))}", element("ul", lines),
                             "claim failing")  # fmt: skip
    return element("section", f"<h2>{text(one.name)}</h2>{content}", "claims")
