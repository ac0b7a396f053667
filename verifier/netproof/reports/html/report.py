"""Reports as one page to file, to print and to click in: verdicts and comparisons."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from netproof.comparison.connectivity import ConnectivityReport
from netproof.comparisons import CompareReport, Difference
from netproof.reports.compare.facts import compare_facts, connectivity_facts
from netproof.reports.compare.text import headline, regions_tally
from netproof.reports.connectivity.text import both_sides
from netproof.reports.connectivity.words import (
    change_text,
    connectivity_headline,
    connectivity_verdict,
    shift_rows,
    shifts_tally,
)
from netproof.reports.evidence import sides_text
from netproof.reports.html.page import document
from netproof.reports.html.parts import (
    Shown,
    element,
    excerpt,
    facts_list,
    facts_section,
    folded,
    picture,
    table,
    text,
)
from netproof.reports.regions import region_row
from netproof.reports.text import tally_text
from netproof.reports.verify.facts import claim_facts, verify_facts
from netproof.reports.verify.findings import why
from netproof.reports.without import verdict_text
from netproof.verdicts import Evidence, Outcome, Proof, Verdict
from netproof.verified import Report
from netproof.verifying.standing import EXCUSED, GROUPINGS, Tally, remark, tallies
from netproof_specs.claims import Claim


def verify_html(report: Report) -> str:
    """The verdicts: summaries, then each claim with its evidence folded."""
    shown = Shown(report.loaded)
    claims = "".join(claim_html(one, report, shown) for one in report.verdicts)
    parts = [
        *summaries(lambda word: tallies(report.verdicts, report.judging, word)),
        element("section", f"<h2>Claims</h2>{claims}", "claims"),
        facts_section(verify_facts(report)),
    ]
    return document("report", "Claims about network policies", tally_text(report), "".join(parts))


def summaries(tallies_by: Callable[[str], Sequence[Tally]]) -> Iterator[str]:
    """A table for each way of filing that some claim uses."""
    for word in GROUPINGS:
        if found := tallies_by(word):
            outcomes = (one.value.lower() for one in Outcome)
            titles = [word, "claims", *outcomes, "excused", "failing"]
            listed = table(titles, map(_tally_row, found), f"Claims by {word}")
            yield element("section", f"<h2>By {word}</h2>{listed}")


def _tally_row(tally: Tally) -> list[str]:
    counts = dict(tally.outcomes)
    numbers = [tally.claims, *(counts.get(one, 0) for one in Outcome), tally.excused, tally.failing]
    return [tally.name, *map(str, numbers)]


def claim_html(verdict: Verdict, report: Report, shown: Shown) -> str:
    """One claim with its verdict, and all evidence folded."""
    statement = verdict.statement
    fails = report.judging.fails(verdict)
    added = remark(verdict, report.judging)
    told = verdict_text(verdict.outcome.value, report.loaded)
    word = f"{told} ({added})" if added else told
    excused = report.judging.standing(verdict) in EXCUSED
    kind = "excused" if excused else verdict.outcome.value.lower()
    badge = element("span", text(word), f"badge {kind}")
    summary = f"{badge} <b>{text(statement.id)}</b> <span>{text(statement.text)}</span>"
    facts = claim_facts(verdict, report.loaded)
    content = facts_list(facts) + _grounds(verdict, shown) + excerpt(statement.where, shown)
    return folded(summary, content, f"claim {'failing' if fails else 'fine'}")


def _grounds(verdict: Verdict, shown: Shown) -> str:
    match verdict.grounds:
        case Evidence(connection, decision):
            word = "Counterexample" if verdict.outcome is Outcome.REFUTED else "Witness"
            return f"<h3>{word}</h3>" + picture(connection, decision, shown)
        case Difference() as difference:
            return _contrast(difference, verdict.statement.claim, shown)
        case Proof() as proof:
            policies = "".join(
                element("li", f"{text(one.title)} {excerpt(one.where, shown)}")
                for one in proof.core
            )
            listed = element("ul", policies, "policies")
            return f"<h3>Policies that the proof rests on</h3>{listed}" if policies else ""
        case _:
            said = why(verdict)
            return element("p", text(said)) if said else ""


def _contrast(difference: Difference, claim: Claim, shown: Shown) -> str:
    """A connection that two sets of policies decide differently, once for each."""
    pairs = zip(sides_text(claim), (difference.old, difference.new), strict=True)
    return "".join(
        f"<h3>{text(word.capitalize())}</h3>" + picture(difference.connection, decision, shown)
        for word, decision in pairs
    )


def compare_html(report: CompareReport) -> str:
    """The verdict, the regions of the difference, and one connection of each change."""
    found, title = report.comparison, headline(report)
    parts = [_relation(verdict_text(found.relation.value, report.old, report.new), title, report)]
    if found.unknown_because:
        parts.append(element("p", text(found.unknown_because)))
    rows = [region_row(one) for one in found.regions]
    parts += _difference(rows, regions_tally(report), "The difference, region by region")
    for one in found.counterexamples:
        old = picture(one.connection, one.old, Shown(report.old))
        new = picture(one.connection, one.new, Shown(report.new))
        parts.append(_changed(one.change.value, {"OLD": old, "NEW": new}))
    parts.append(facts_section(compare_facts(report)))
    return document("report", "Two sets of policies compared", title, "".join(parts))


def connectivity_html(report: ConnectivityReport) -> str:
    """The verdict, what comes and goes, and one connection of each change."""
    title = connectivity_headline(report)
    parts = [_relation(connectivity_verdict(report), title, report)]
    parts += _difference(shift_rows(report), shifts_tally(report), "What comes and goes")
    for one in report.samples:
        pictures = {
            word: picture(found.connection, found.decision, Shown(loaded))
            for word, found, loaded in both_sides(one, report)
            if found is not None
        }
        parts.append(_changed(change_text(one.shift), pictures))
    parts.append(facts_section(connectivity_facts(report)))
    return document("report", "The connectivity of two clusters compared", title, "".join(parts))


def _relation(verdict: str, title: str, report: CompareReport | ConnectivityReport) -> str:
    badge = element("span", text(verdict), f"badge {'proved' if report.met else 'refuted'}")
    return element("section", f"<p>{badge} {text(title)}</p>")


def _difference(rows: Sequence[Sequence[str]], tally: str, caption: str) -> list[str]:
    """The table of what changes, where anything does."""
    listed = table(["change", "from", "to", "ports"], rows, caption)
    told = element("p", text(tally)) + listed
    return [element("section", f"<h2>Difference</h2>{told}")] if rows else []


def _changed(change: str, pictures: Mapping[str, str]) -> str:
    """One connection that changes, as it is on either side."""
    shown = "".join(f"<h3>{word}</h3>{one}" for word, one in pictures.items())
    return folded(f"<b>A connection that is {text(change)}</b>", shown, "claim")
