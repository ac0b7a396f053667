"""Verdicts as text for people: the verdict first, then the evidence."""

from __future__ import annotations

from collections.abc import Iterator

import click

from netproof.pipeline import Report
from netproof.reports.words import (
    deciding_place,
    endpoint_details,
    endpoint_name,
    place,
    port_text,
    reason_text,
    safe,
)
from netproof.verdicts import Evidence, Outcome, Turn, Verdict
from netproof_specs.assumptions import READINGS, Assumptions, meaning_of, value_of
from netproof_specs.loading import Loaded

COLOURS = {
    Outcome.PROVED: "green",
    Outcome.REFUTED: "red",
    Outcome.VACUOUS: "yellow",
    Outcome.UNKNOWN: "yellow",
}
MANY_POLICIES = 12


def verify_text(report: Report) -> str:
    """The whole report, coloured; whoever prints it to a file strips the colour."""
    blocks = ["\n".join(_verdict(one, report.loaded)) for one in report.verdicts]
    return "\n\n".join([*blocks, "\n".join(_summary(report))]) + "\n"


def _verdict(verdict: Verdict, loaded: Loaded) -> Iterator[str]:
    statement = verdict.statement
    outcome = click.style(f"{verdict.outcome.value:<8}", fg=COLOURS[verdict.outcome], bold=True)
    yield f"{outcome} {safe(statement.id)}: {safe(statement.text)}"
    if statement.reason:
        yield f"  reason          {safe(statement.reason)}"
    yield f"  reading         {safe(verdict.reading)}"
    yield f"  world           {verdict.world.value}"
    if verdict.counterexample is not None:
        yield from _evidence("counterexample", verdict.counterexample, loaded)
    if verdict.witness is not None:
        yield from _evidence("witness", verdict.witness, loaded)
    if verdict.core is not None:
        yield from _core(verdict, loaded)
    if verdict.empty:
        names = ", ".join(safe(name) for name in verdict.empty)
        yield f"  vacuous         no connection to speak of: {names} empty in this world"
    if verdict.unknown_because:
        yield f"  unknown         {verdict.unknown_because}"
    yield from _robustness(verdict)


def _evidence(word: str, evidence: Evidence, loaded: Loaded) -> Iterator[str]:
    connection, decision = evidence.connection, evidence.decision
    source, destination = connection.source, connection.destination
    yield (
        f"  {word:<15} {endpoint_name(source)}  ->  {endpoint_name(destination)}"
        f"  {port_text(connection)}"
    )
    yield f"    source        {endpoint_details(source)}"
    yield f"    destination   {endpoint_details(destination)}"
    for side in (decision.egress, decision.ingress):
        allowed = "allowed" if side.allowed else "denied"
        where = deciding_place(side, loaded)
        yield (
            f"    {side.direction.value.lower():<13} {allowed:<8} {reason_text(side, connection)}"
            + (f"  ({where})" if where else "")
        )


def _core(verdict: Verdict, loaded: Loaded) -> Iterator[str]:
    assert verdict.core is not None
    if not verdict.core:
        yield "  rests on        no policy: it holds whatever policies are present"
        return
    minimal = "" if verdict.core_minimal else "; perhaps fewer would do"
    number = len(verdict.core)
    word = "policy" if number == 1 else "policies"
    yield (
        f"  rests on        {number} {word}; any other may be present or absent{minimal}"
    )
    for policy in verdict.core[:MANY_POLICIES]:
        yield f"    {safe(policy.title)}  ({place(policy.where, loaded)})"
    if number > MANY_POLICIES:
        yield f"    and {number - MANY_POLICIES} more"


def _robustness(verdict: Verdict) -> Iterator[str]:
    found = verdict.robustness
    if found is None:
        return
    if not found.turns:
        if found.complete and found.relevant:
            yield "  assumptions     holds under every assumption"
        return
    for turn in found.turns:
        yield f"  assumptions     {_turn(turn, verdict.assumptions)}"


def _turn(turn: Turn, assumptions: Assumptions) -> str:
    flipped = assumptions.symmetric_difference(turn.flipped)
    given = " and ".join(f"{one.value}={value_of(one, assumptions)}" for one in turn.flipped)
    other = " and ".join(f"{one.value}={value_of(one, flipped)}" for one in turn.flipped)
    why = "; ".join(
        f"{meaning_of(one, assumptions)} ({READINGS[one].clause})" for one in turn.flipped
    )
    return f"rests on {given}: {why}; {turn.outcome.value} with {other}"


def _summary(report: Report) -> Iterator[str]:
    total = len(report.verdicts)
    counts = [
        f"{number} {outcome.value.lower()}"
        for outcome in Outcome
        if (number := sum(one.outcome is outcome for one in report.verdicts))
    ]
    yield f"{total} {'claim' if total == 1 else 'claims'}: {', '.join(counts)}"
    cluster = report.loaded.cluster
    yield (
        f"input: {len(report.loaded.sources)} files, {len(cluster.policies)} policies, "
        f"{sum(one.replicas for one in cluster.workloads)} pods, "
        f"{len(cluster.namespaces)} namespaces"
    )
    if report.loaded.skipped:
        kinds = ", ".join(f"{count} {safe(kind)}" for kind, count in report.loaded.skipped)
        yield f"skipped, as without bearing on connectivity: {kinds}"
    yield from (f"note: {safe(str(note))}" for note in report.loaded.notes)
    if any(one.core for one in report.verdicts):
        yield "What policies deny is denied only where a network plug-in enforces them (A.49)."
