"""Verdicts on a fleet as Markdown, and as one page to file, to print and to click in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from netproof.fleet.sheets import Cell, FleetReport, Outturn, Sheet, Unverified, row, summed
from netproof.reports.fleet.matrix import matrix_of
from netproof.reports.fleet.words import (
    cell_text,
    fleet_facts,
    fleet_tally,
    problem_lines,
    unverified_text,
    worlds_text,
)
from netproof.reports.html.page import document
from netproof.reports.html.parts import element, facts_list, facts_section, folded, text
from netproof.reports.html.report import summaries
from netproof.reports.markdown import page
from netproof.reports.markdown_parts import code, details
from netproof.verdicts import Outcome
from netproof.verifying.standing import EXCUSED

# --- Markdown --------------------------------------------------------------------------------


def fleet_markdown(report: FleetReport) -> str:
    """The matrix, clusters that fail first, and the evidence of each verdict folded below."""
    columns = report.columns
    ordered = sorted(report.outturns, key=lambda one: not one.exit)
    head = ["cluster", "world", *([code(ident) for ident, _ in columns] or ["claims"])]
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
    parts = [
        element("section", f"<h2>Clusters</h2>{_matrix(report)}"),
        *summaries(lambda word: summed(report.sheets, word)),
        *(_section(one, at, report.columns) for at, one in enumerate(report.outturns)),
        facts_section(fleet_facts(report)),
    ]
    title = "Claims about the network policies of a fleet"
    return document("report", title, fleet_tally(report), "".join(parts))


def _matrix(report: FleetReport) -> str:
    """A row a cluster, each cell a way to its evidence, then what columns and words mean."""
    matrix = matrix_of(report)
    head = ["cluster", "world", *(matrix.heads or ("claims",))]
    titles = "".join(f'<th scope="col">{text(one)}</th>' for one in head)
    pairs = enumerate(zip(report.outturns, matrix.rows, strict=True))
    lines = "".join(_row(at, one, words, report) for at, (one, words) in pairs)
    names = "".join(
        element("dt", text(name)) + element("dd", text(claim))
        for name, claim in zip(matrix.heads, matrix.claims, strict=True)
    )
    legend = "".join(element("p", text(one), "soft") for one in matrix.legend)
    return (
        '<div class="scroll"><table class="matrix">'
        "<caption>The verdict on every claim for every cluster</caption>"
        f"<thead><tr>{titles}</tr></thead><tbody>{lines}</tbody></table></div>"
        f"{legend}{element('dl', names, 'facts heads')}"
    )


def _row(at: int, one: Outturn, words: Sequence[str], report: FleetReport) -> str:
    name = f'<th scope="row"><a href="#c{at}">{text(one.name)}</a></th>'
    world = element("td", text(worlds_text(one)))
    match one:
        case Sheet():
            found = enumerate(zip(words, row(one, report.columns), strict=True))
            cells = "".join(_cell(word, cell, f"c{at}-{n}") for n, (word, cell) in found)
        case Unverified():
            wide = max(len(report.columns), 1)
            link = f'<a href="#c{at}">{text(unverified_text(one))}</a>'
            cells = f'<td colspan="{wide}" class="refuted">{link}</td>'
    return element("tr", name + world + cells)


def _cell(word: str, cell: Cell | None, anchor: str) -> str:
    """The word, which leads to the evidence below; what it says in full is read out."""
    if cell is None:
        return '<td title="not asked">-</td>'
    kind = "excused" if cell.standing in EXCUSED else cell.outcome.value.lower()
    said = text(f"{cell.statement.id}: {cell_text(cell)}")
    link = f'<a href="#{anchor}" title="{said}" aria-label="{said}">{text(word)}</a>'
    return element("td", link, kind)


def _section(one: Outturn, at: int, columns: Sequence[tuple[str, str]]) -> str:
    """What is known of one cluster, under the anchors that the matrix leads to."""
    match one:
        case Sheet():
            claims = "".join(
                f'<div id="c{at}-{n}">{cell.page}</div>'
                for n, cell in enumerate(row(one, columns))
                if cell is not None
            )
            facts = folded("What is known of it", facts_list(one.facts), "yaml")
            content = f"<p>{text(one.summary)}</p>{claims}{facts}"
        case Unverified():
            lines = "".join(element("li", text(line.strip())) for line in problem_lines(one))
            badge = element("span", "not verified", "badge refuted")
            content = folded(f"{badge} {text(unverified_text(one))}", element("ul", lines),
                             "claim failing")  # fmt: skip
    return f'<section id="c{at}" class="claims"><h2>{text(one.name)}</h2>{content}</section>'
