"""What is wrong with a comparison: every change, and those that nobody expected above all."""

from __future__ import annotations

from collections.abc import Iterator

from netproof.comparisons import Change, CompareReport, Difference, Relation
from netproof.decisions import SideDecision
from netproof.reports.compare.text import headline
from netproof.reports.regions import region_text
from netproof.reports.results import (
    Level,
    Result,
    ResultKind,
    Spot,
    deciding_spots,
    endpoint_spots,
    in_input_sentence,
    placed,
    side_sentence,
)
from netproof.reports.without import said_without, verdict_text
from netproof.reports.words import connection_text, safe
from netproof_specs.loading import Loaded

ADDED = ResultKind(
    "netproof/compare-added",
    "ConnectionsAdded",
    "A change of network policies allows more connections.",
    "Connections that were denied before the change are allowed after it.",
    "The place is the rule that admits them now, or the policy that denied them before.",
    Level.ERROR,
)
REMOVED = ResultKind(
    "netproof/compare-removed",
    "ConnectionsRemoved",
    "A change of network policies denies connections that were allowed.",
    "Connections that were allowed before the change are denied after it.",
    "The place is the policy that denies them now.",
    Level.ERROR,
)
UNKNOWN = ResultKind(
    "netproof/compare-unknown",
    "ComparisonUnknown",
    "Two sets of network policies could not be compared.",
    "A limit was reached before the comparison was decided.",
    "Give it more time with `--timeout`.",
    Level.WARNING,
)
MET = ResultKind(
    "netproof/compare-met",
    "ComparisonMet",
    "A change of network policies is as expected.",
    "It is proved that the change allows and denies no connections but those that were expected.",
    "Nothing is to be done. What the verdict rests on stands in the properties of the run.",
    Level.NONE,
)
COMPARE_RULES = (ADDED, REMOVED, UNKNOWN, MET)

RULES = {Change.ADDED: ADDED, Change.REMOVED: REMOVED}
UNEXPECTED = {
    "equivalent": frozenset(Change),
    "narrower-or-equal": frozenset({Change.ADDED}),
    "wider-or-equal": frozenset({Change.REMOVED}),
}
"""The changes that break an expectation."""


def compare_findings(report: CompareReport) -> tuple[Result, ...]:
    """A finding for each region, or for each counterexample where there are no regions."""
    return tuple(_findings(report))


def _findings(report: CompareReport) -> Iterator[Result]:
    found = report.comparison
    covered = {region.change for region in found.regions}
    for region in found.regions:
        yield _changed(region.example, region_text(region), report)
    for one in found.counterexamples:
        if one.change not in covered:
            yield _changed(one, connection_text(one.connection), report)
    if report.met:
        word = verdict_text(found.relation.value, report.old, report.new)
        message = f"{word}: {headline(report)}."
        spots = placed((), report.new)
        yield Result(MET, MET.level, word, message, spots, (report.expectation,))
    if found.relation is Relation.UNKNOWN:
        spots = placed((), report.new)
        said = said_without("The comparison is UNKNOWN", report.old, report.new)
        message = f"{said}.\n{safe(found.unknown_because)}"
        yield Result(UNKNOWN, UNKNOWN.level, "UNKNOWN", message, spots, ())


def _changed(example: Difference, what: str, report: CompareReport) -> Result:
    rule = RULES[example.change]
    level = rule.level if example.change in UNEXPECTED[report.expectation] else Level.NOTE
    connection, sides = example.connection, (report.old, report.new)
    message = "\n".join(
        [
            f"{said_without(f'{example.change.value.capitalize()}: {what}', *sides)}.",
            f"For example {connection_text(connection)}",
            *(f"OLD {side_sentence(one, connection)}" for one in _sides(example, Change.REMOVED)),
            *(f"NEW {side_sentence(one, connection)}" for one in _sides(example, Change.ADDED)),
            *in_input_sentence(example.in_input, example.connection, report.new),
        ]
    )
    spots = placed(_spots(example, report), report.new)
    title = f"connections {example.change.value}"
    return Result(rule, level, title, message, spots, (what, *_deciders(example)))


def _sides(example: Difference, of: Change) -> tuple[SideDecision, ...]:
    """All who decide, of what NEW decides for `ADDED`, and of what OLD decides for `REMOVED`."""
    return (example.new if of is Change.ADDED else example.old).sides[::-1]


_Pair = tuple[SideDecision | None, SideDecision | None]


def _changed_sides(example: Difference) -> Iterator[_Pair]:
    """Each side that OLD and NEW decide differently, as OLD and NEW decide it.

    A host that no policy asks of what it lets through decides nothing on one of them (D.37).
    """
    before, after = (
        {(one.direction, one.passing): one for one in _sides(example, of)}
        for of in (Change.REMOVED, Change.ADDED)
    )
    for who in dict.fromkeys((*before, *after)):
        pair = before.get(who), after.get(who)
        if _allows(pair[0]) != _allows(pair[1]):
            yield pair


def _allows(side: SideDecision | None) -> bool:
    return side is None or side.allowed


def _spots(example: Difference, report: CompareReport) -> Iterator[Spot]:
    """What decides in NEW, then what decided in OLD, then the ends of the example."""
    connection = example.connection
    sides = list(_changed_sides(example))
    for _, after in sides:
        yield from _named("NEW", after, example, report.new)
    for before, _ in sides:
        yield from _named("OLD", before, example, report.old)
    yield from endpoint_spots(connection.source, "source", report.new)
    yield from endpoint_spots(connection.destination, "destination", report.new)


def _named(
    word: str, side: SideDecision | None, example: Difference, loaded: Loaded
) -> Iterator[Spot]:
    if side is None:
        return
    for one in deciding_spots(side, example.connection, loaded):
        yield Spot(one.where, f"{word} {one.text}")


def _deciders(example: Difference) -> Iterator[str]:
    for before, after in _changed_sides(example):
        for side in filter(None, (after, before)):
            policies = side.selecting if side.policy is None else (side.policy,)
            yield from (policy.title for policy in policies[:1])
