"""Reports as one page to file, to print and to click in: verdicts and comparisons."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from netproof.comparison.connectivity import ConnectivityReport, Sample
from netproof.comparisons import CompareReport, Difference
from netproof.pipeline import Report
from netproof.reports.compare.facts import compare_facts, connectivity_facts
from netproof.reports.compare.text import headline, regions_tally
from netproof.reports.connectivity.text import both_sides
from netproof.reports.connectivity.words import (
    connectivity_headline,
    connectivity_verdict,
    ends_text,
    inventories,
    ports_text,
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
from netproof.reports.regions import region_end_text, region_ports_text
from netproof.reports.text import tally_text
from netproof.reports.verify.facts import claim_facts, verify_facts
from netproof.reports.verify.findings import why
from netproof.reports.without import verdict_text
from netproof.verdicts import Evidence, Outcome, Proof, Verdict
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
    found = report.comparison
    word = verdict_text(found.relation.value, report.old, report.new)
    badge = element("span", text(word), f"badge {'proved' if report.met else 'refuted'}")
    parts = [element("section", f"<p>{badge} {text(headline(report))}</p>")]
    if found.unknown_because:
        parts.append(element("p", text(found.unknown_because)))
    if found.regions:
        rows = [
            [
                one.change.value,
                region_end_text(one.source),
                region_end_text(one.destination),
                region_ports_text(one),
            ]
            for one in found.regions
        ]
        listed = table(["change", "from", "to", "ports"], rows, "The difference, region by region")
        tally = element("p", text(regions_tally(report)))
        parts.append(element("section", f"<h2>Difference</h2>{tally}{listed}"))
    parts += [_change(one, report) for one in found.counterexamples]
    parts.append(facts_section(compare_facts(report)))
    return document("report", "Two sets of policies compared", headline(report), "".join(parts))


def _change(difference: Difference, report: CompareReport) -> str:
    sides = (
        ("OLD", difference.old, Shown(report.old)),
        ("NEW", difference.new, Shown(report.new)),
    )
    pictures = "".join(
        f"<h3>{word}</h3>" + picture(difference.connection, decision, shown)
        for word, decision, shown in sides
    )
    summary = f"<b>A connection that is {text(difference.change.value)}</b>"
    return folded(summary, pictures, "claim")


def connectivity_html(report: ConnectivityReport) -> str:
    """The verdict, what comes and goes, and one connection of each change."""
    kind = "badge proved" if report.met else "badge refuted"
    badge = element("span", text(connectivity_verdict(report)), kind)
    title = connectivity_headline(report)
    parts = [element("section", f"<p>{badge} {text(title)}</p>")]
    if report.shifts:
        spaces = inventories(report)
        rows = [
            [
                one.change.value,
                ends_text(one.sources, spaces[one.change]),
                ends_text(one.destinations, spaces[one.change]),
                ports_text(one),
            ]
            for one in report.shifts
        ]
        tally = element("p", text(shifts_tally(report)))
        listed = table(["change", "from", "to", "ports"], rows, "What comes and goes")
        parts.append(element("section", f"<h2>Difference</h2>{tally}{listed}"))
    parts += [_sample(one, report) for one in report.samples]
    parts.append(facts_section(connectivity_facts(report)))
    return document("report", "The connectivity of two clusters compared", title, "".join(parts))


def _sample(sample: Sample, report: ConnectivityReport) -> str:
    pictures = "".join(
        f"<h3>{word}</h3>" + picture(found.connection, found.decision, Shown(loaded))
        for word, found, loaded in both_sides(sample, report)
        if found is not None
    )
    summary = f"<b>A connection that is {text(sample.shift.change.value)}</b>"
    return folded(summary, pictures, "claim")
