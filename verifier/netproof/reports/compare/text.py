"""A comparison as text for people: the verdict first, then one connection a change, then all."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from netproof.comparisons import Change, CompareReport, Difference, Region, Relation
from netproof.decisions import Certainty, InInput
from netproof.reports.compare.facts import compare_facts
from netproof.reports.evidence import endpoint_lines, in_input_lines, side_lines
from netproof.reports.facts import Facts, Name, fact_lines
from netproof.reports.regions import region_text
from netproof.reports.without import said_without, verdict_text
from netproof.reports.words import (
    connection_text,
    counted,
    endpoint_name,
    in_input_text,
    safe,
    tallied,
)

if TYPE_CHECKING:
    from netproof.comparison.connectivity import ConnectivityReport

MEANINGS = {
    Relation.EQUIVALENT: "NEW allows exactly what OLD allows",
    Relation.NARROWER: "NEW allows less than OLD",
    Relation.WIDER: "NEW allows more than OLD",
    Relation.INCOMPARABLE: "NEW allows some connections that OLD denies, and denies some it allows",
    Relation.UNKNOWN: "not decided",
}
SIGNS = {Change.ADDED: "+", Change.REMOVED: "-"}
MANY_PODS = 12

FIRST = frozenset({Name.COMPARED, Name.WORLD, Name.ASSUMED, Name.WITHOUT})
"""The facts that stand above the evidence."""


def compare_text(report: CompareReport) -> str:
    """The whole report, coloured; whoever prints it to a file strips the colour."""
    return "\n".join(compare_lines(report)) + "\n"


def compare_lines(report: CompareReport) -> Iterator[str]:
    """The lines of the report, coloured."""
    found = report.comparison
    word = f"{verdict_text(found.relation.value, report.old, report.new):<12}"
    relation = click.style(word, fg=_colour(report), bold=True)
    yield f"{relation} {headline(report)}"
    facts = compare_facts(report)
    yield from first_lines(facts)
    if found.unknown_because:
        yield f"  unknown         {safe(found.unknown_because)}"
    for one in found.counterexamples:
        yield from difference_lines(one, report)
    yield from _regions(report)
    yield ""
    yield from fact_lines(one for one in facts if one.name not in FIRST)


def first_lines(facts: Facts) -> Iterator[str]:
    """The facts that stand above the evidence."""
    for fact in facts:
        if fact.name in FIRST:
            yield from (f"  {fact.title:<15} {value}" for value in fact.values)


def headline(report: CompareReport) -> str:
    """`NEW allows more than OLD; expected equivalent: not met`."""
    text = met_text(MEANINGS[report.comparison.relation], report)
    if not report.objects:
        return text
    # What is not compared may change what is connected, so nobody is to overlook it.
    objects = counted(len(report.objects), "other object")
    return f"{text}; policies only: {objects} changed, which `--what connectivity` compares"


def met_text(meaning: str, report: CompareReport | ConnectivityReport) -> str:
    """What the relation means, without what, and whether that is as expected."""
    met = "met" if report.met else "not met"
    said = said_without(meaning, report.old, report.new)
    return f"{said}; expected {report.expectation}: {met}"


def _colour(report: CompareReport) -> str:
    if report.met:
        # What was not looked at may have changed what is connected.
        return "yellow" if report.objects else "green"
    return "yellow" if report.comparison.relation is Relation.UNKNOWN else "red"


def difference_lines(difference: Difference, report: CompareReport) -> Iterator[str]:
    """One connection with the decisions of both sides."""
    connection = difference.connection
    yield f"  {difference.change.value:<15} {connection_text(connection)}"
    yield from endpoint_lines(connection)
    sides = (("old", difference.old, report.old), ("new", difference.new, report.new))
    for word, decision, loaded in sides:
        yield from side_lines(connection, decision, loaded, word)
    yield from in_input_lines(difference.in_input, difference.connection, report.new)


def _regions(report: CompareReport) -> Iterator[str]:
    found = report.comparison
    if not found.regions and found.regions_complete:
        return
    yield f"  difference      {regions_tally(report)}"
    for region in found.regions:
        yield f"    {SIGNS[region.change]} {region_text(region)}"
        yield from _pods(region)
        yield from _example(region, report)
        yield from _set_up(region.example)


def _pods(region: Region) -> Iterator[str]:
    for word, pods in (("from", region.source_pods), ("to", region.destination_pods)):
        if pods:
            more = f" and {len(pods) - MANY_PODS} more" if len(pods) > MANY_PODS else ""
            yield f"      {word:<5} {', '.join(safe(one) for one in pods[:MANY_PODS])}{more}"


def _example(region: Region, report: CompareReport) -> Iterator[str]:
    """A connection of the region between pods of the input, or that there is none."""
    example = region.example
    if example.in_input is InInput.SHOWN:
        yield f"      such as {connection_text(example.connection)}"
    elif text := in_input_text(example.in_input, example.connection, report.new):
        yield f"      in the input: {text.partition(':')[0]}"


def _set_up(example: Difference) -> Iterator[str]:
    """What a connection of the region takes, where it changes in some set-up only (D.37)."""
    for side in (*example.old.hosts, *example.new.hosts):
        passing = side.passing
        if passing is None or (passing.certainty is Certainty.SURELY and passing.accepts):
            continue
        host = endpoint_name(passing.host)
        does = f"may pass {host}"
        if passing.certainty is Certainty.SURELY:
            does = f"passes {host}, where its host may drop it"
        yield f"      in some set-up: {connection_text(example.connection)} {does}"
        return


def regions_tally(report: CompareReport) -> str:
    """`2 regions: 1 added, 1 removed`, and whether they are all."""
    found = report.comparison
    counts = tallied((one.change for one in found.regions), Change)
    cut = "" if found.regions_complete else "; the list is cut: there may be more"
    listed = f": {', '.join(counts)}" if counts else ""
    return f"{counted(len(found.regions), 'region')}{listed}{cut}"
