"""Verdicts as text for people: the verdict first, then the evidence."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

import click

from netproof.comparisons import Difference
from netproof.pipeline import Report
from netproof.reports.evidence import contrast_lines, evidence_lines
from netproof.reports.words import (
    counted,
    place,
    safe,
)
from netproof.verdicts import (
    Alike,
    Evidence,
    Grounds,
    Outcome,
    Proof,
    Proved,
    Refuted,
    Robustness,
    Turn,
    Unknown,
    Vacuous,
    Verdict,
)
from netproof_specs.assumptions import READINGS, Assumptions, meaning_of, value_of
from netproof_specs.claims import Claim
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
    blocks = ["\n".join(verdict_lines(one, report.loaded)) for one in report.verdicts]
    return "\n\n".join([*blocks, "\n".join(summary_lines(report))]) + "\n"


def verdict_lines(verdict: Verdict, loaded: Loaded) -> Iterator[str]:
    """One claim with its verdict and all evidence, coloured."""
    statement = verdict.statement
    outcome = click.style(f"{verdict.outcome.value:<8}", fg=COLOURS[verdict.outcome], bold=True)
    yield f"{outcome} {safe(statement.id)}: {safe(statement.text)}"
    if statement.reason:
        yield f"  reason          {safe(statement.reason)}"
    yield f"  reading         {safe(verdict.reading)}"
    yield f"  world           {verdict.world.value}"
    match verdict.judgement:
        case Proved(by, robustness):
            yield from _grounds(by, "witness", statement.claim, loaded)
            yield from _robustness(robustness, verdict.assumptions)
        case Refuted(by, robustness):
            yield from _grounds(by, "counterexample", statement.claim, loaded)
            yield from _robustness(robustness, verdict.assumptions)
        case Vacuous(empty):
            names = ", ".join(safe(name) for name in empty)
            yield f"  vacuous         no connection to speak of: {names} empty in this world"
        case Unknown(because):
            yield f"  unknown         {safe(because)}"
        case _:
            assert_never(verdict.judgement)


def _grounds(grounds: Grounds, word: str, claim: Claim, loaded: Loaded) -> Iterator[str]:
    """What decides the claim; `word` says what a single connection is to it."""
    match grounds:
        case Proof():
            yield from _proof(grounds, loaded)
        case Evidence():
            yield from evidence_lines(word, grounds, loaded)
        case Difference():
            yield from contrast_lines(grounds, claim, loaded)
        case Alike():
            pass
        case _:
            assert_never(grounds)


def _proof(proof: Proof, loaded: Loaded) -> Iterator[str]:
    if not proof.core:
        yield "  rests on        no policy: it holds whichever of these policies are present"
        return
    minimal = "" if proof.minimal else "; perhaps fewer would do"
    number = len(proof.core)
    word = "policy" if number == 1 else "policies"
    yield (
        f"  rests on        {number} {word}; any other may be present or absent{minimal}"
    )
    for policy in proof.core[:MANY_POLICIES]:
        yield f"    {safe(policy.title)}  ({place(policy.where, loaded)})"
    if number > MANY_POLICIES:
        yield f"    and {number - MANY_POLICIES} more"


def _robustness(found: Robustness, assumptions: Assumptions) -> Iterator[str]:
    if not found.turns:
        if found.complete and found.relevant:
            yield "  assumptions     holds under every assumption"
        return
    for turn in found.turns:
        yield f"  assumptions     {_turn(turn, assumptions)}"


def _turn(turn: Turn, assumptions: Assumptions) -> str:
    flipped = assumptions.symmetric_difference(turn.flipped)
    given = " and ".join(f"{one.value}={value_of(one, assumptions)}" for one in turn.flipped)
    other = " and ".join(f"{one.value}={value_of(one, flipped)}" for one in turn.flipped)
    why = "; ".join(
        f"{meaning_of(one, assumptions)} ({READINGS[one].clause})" for one in turn.flipped
    )
    return f"rests on {given}: {why}; {turn.outcome.value} with {other}"


def tally_text(report: Report) -> str:
    """`3 claims: 2 proved, 1 refuted`."""
    total = len(report.verdicts)
    counts = [
        f"{number} {outcome.value.lower()}"
        for outcome in Outcome
        if (number := sum(one.outcome is outcome for one in report.verdicts))
    ]
    return f"{counted(total, 'claim')}: {', '.join(counts)}"


def input_lines(word: str, loaded: Loaded) -> Iterator[str]:
    """What was read under that word, what was skipped, and the notes on it."""
    cluster = loaded.cluster
    parts = (
        counted(len(loaded.sources), "file"),
        counted(len(cluster.policies), "policy", "policies"),
        counted(sum(one.replicas for one in cluster.workloads), "pod"),
        counted(len(cluster.namespaces), "namespace"),
    )
    yield f"{word}: {', '.join(parts)}"
    if loaded.skipped:
        kinds = ", ".join(f"{count} {safe(kind)}" for kind, count in loaded.skipped)
        yield f"skipped kinds: {kinds}"
    for note in loaded.notes:
        yield from (safe(line) for line in f"note: {note}".splitlines())


def summary_lines(report: Report) -> Iterator[str]:
    """The tally, then what it was about."""
    yield tally_text(report)
    yield from input_lines("input", report.loaded)
    if any(one.core for one in report.verdicts):
        yield "What policies deny is denied only where a network plug-in enforces them (A.49)."
