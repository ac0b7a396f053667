"""Verdicts as findings: what is wrong, and what is proved."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import assert_never

from netproof.comparisons import Difference
from netproof.decisions import Decision
from netproof.reports.evidence import allowed_text, sides_text
from netproof.reports.results import (
    Level,
    Result,
    ResultKind,
    Spot,
    deciding_spots,
    endpoint_spots,
    placed,
    side_sentence,
    spot,
)
from netproof.reports.verify.facts import acceptance_text, claim_facts
from netproof.reports.without import verdict_text
from netproof.reports.words import connection_text, safe, vacuous_text
from netproof.verdicts import (
    Alike,
    Evidence,
    Grounds,
    Outcome,
    Proof,
    Proved,
    Refuted,
    Unknown,
    Vacuous,
    Verdict,
)
from netproof.verified import STRICT, Report
from netproof.verifying.standing import Judging, Standing, remark
from netproof_specs.claims import Claim
from netproof_specs.frozen import replace
from netproof_specs.loading import Loaded
from netproof_specs.model.connections import Connection
from netproof_specs.problems import Problem

PROVED = ResultKind(
    "netproof/claim-proved",
    "ClaimProved",
    "A claim about network policies is proved.",
    "The claim holds for every connection that it speaks of, in its world and under its "
    "assumptions, or a connection shows that it holds.",
    "Nothing is to be done. What the verdict rests on stands in the properties of the result and "
    "of the run.",
    Level.NONE,
)
REFUTED = ResultKind(
    "netproof/claim-refuted",
    "ClaimRefuted",
    "A claim about network policies is false.",
    "The claim does not hold: the counterexample is a concrete connection that breaks it.",
    "Look at the counterexample: source, destination, port, and for each direction the rule "
    "that decides. Either change that policy, or the claim.",
    Level.ERROR,
)
VACUOUS = ResultKind(
    "netproof/claim-vacuous",
    "ClaimVacuous",
    "A claim about network policies speaks of nothing.",
    "A group of the claim has no endpoint, or no connection between its groups can exist, so the "
    "claim says nothing.",
    "This is usually a misspelt label or namespace. Correct the group, or write "
    "`allow-empty: true` at the claim if it may be empty.",
    Level.ERROR,
)
UNKNOWN = ResultKind(
    "netproof/claim-unknown",
    "ClaimUnknown",
    "A claim about network policies could not be decided.",
    "A limit was reached before the claim was decided: it is neither proved nor refuted.",
    "Give it more time with `--timeout`, or ask less: a smaller group, a list of ports.",
    Level.WARNING,
)
NOTED = ResultKind(
    "netproof/failing-note",
    "FailingNote",
    "A run may be about nothing, or not about everything.",
    "A group of a claim matches nothing of the input, or the input holds objects of a kind of "
    "which nothing is known. Under `--strict` that fails the run.",
    "Look for a misspelt name or label, leave the object out, or run without `--strict`.",
    Level.ERROR,
)
VERIFY_RULES = (REFUTED, VACUOUS, UNKNOWN, PROVED, NOTED)
RULES = {
    Outcome.PROVED: PROVED,
    Outcome.REFUTED: REFUTED,
    Outcome.VACUOUS: VACUOUS,
    Outcome.UNKNOWN: UNKNOWN,
}

_GIVEN_ID = re.compile(r"claim-[0-9]+")


def verify_findings(report: Report) -> tuple[Result, ...]:
    """A finding for each claim, in their order, and for each note that fails the run.

    That of a proved claim has `Level.NONE`.
    """
    return (
        *(_finding(RULES[verdict.outcome], verdict, report) for verdict in report.verdicts),
        *(_noted(note, report.loaded) for note in report.failing_notes),
    )


def told_notes(report: Report) -> tuple[Result, ...]:
    """The notes that would fail a strict run, for a format that has room for findings only."""
    loaded = report.loaded
    told = (one for one in loaded.notes if one.code in STRICT)
    return tuple(
        replace(_noted(note, loaded), level=Level.NOTE)
        for note in told
        if note not in report.failing_notes
    )


def _noted(note: Problem, loaded: Loaded) -> Result:
    parts = (note.message, note.suggestion)
    message = "\n".join(safe(line) for part in parts for line in part.splitlines())
    spots = placed(spot(note.where, "the note", loaded), loaded)
    return Result(NOTED, NOTED.level, note.code, message, spots, (note.code, note.message))


def why(verdict: Verdict) -> str:
    """What the verdict rests on, the gist in the first line; empty for a proved claim."""
    match verdict.judgement:
        case Proved():
            return ""
        case Refuted(by):
            return _refutation(by, verdict.statement.claim)
        case Vacuous(empty):
            text = vacuous_text(empty, verdict.statement.claim)
            return f"{text[:1].upper()}{text[1:]}."
        case Unknown(because):
            return f"{safe(because)}."
        case _:
            assert_never(verdict.judgement)


def _finding(rule: ResultKind, verdict: Verdict, report: Report) -> Result:
    statement, loaded = verdict.statement, report.loaded
    added = remark(verdict, report.judging)
    told = verdict_text(verdict.outcome.value, loaded)
    title = f"{told} ({added}) {safe(statement.id)}" if added else f"{told} {safe(statement.id)}"
    message = f"{title}: {safe(statement.text)}.\n{why(verdict)}".rstrip("\n")
    spots = placed(_spots(verdict, loaded), loaded)
    identity = (*_identity(verdict), *_decider(verdict))
    facts = claim_facts(verdict, loaded)
    level = _level(rule, verdict, report.judging)
    accepted = _accepted(verdict, report.judging)
    return Result(rule, level, title, message, spots, identity, facts, accepted)


def _level(rule: ResultKind, verdict: Verdict, judging: Judging) -> Level:
    """What is excused is a note, and so is an acceptance that is not needed, unless it fails."""
    match judging.standing(verdict):
        case Standing.ACCEPTED | Standing.KNOWN:
            return Level.NOTE
        case Standing.NEEDLESS:
            return Level.ERROR if judging.strict else Level.NOTE
        case Standing.PLAIN | Standing.EXPIRED:
            return rule.level
        case other:
            assert_never(other)


def _accepted(verdict: Verdict, judging: Judging) -> str:
    """Who accepted the refutation and why, where that is in force."""
    accepted = verdict.statement.filing.accepted
    if accepted is None or judging.standing(verdict) is not Standing.ACCEPTED:
        return ""
    return acceptance_text(accepted)


def _refutation(grounds: Grounds, claim: Claim) -> str:
    match grounds:
        case Proof():
            return "No connection satisfies it."
        case Alike():
            return "Without it exactly the same connections are allowed."
        case Difference():
            return _contrast(grounds, claim)
        case Evidence(connection, decision):
            sides = (side_sentence(one, connection) for one in decision.sides)
            return "\n".join([f"Counterexample: {connection_text(connection)}", *sides])
        case _:
            assert_never(grounds)


def _contrast(difference: Difference, claim: Claim) -> str:
    """The connection, and what each set of policies makes of it."""
    lines = [f"Difference: {connection_text(difference.connection)}"]
    words = sides_text(claim)
    for word, decision in zip(words, (difference.old, difference.new), strict=True):
        lines.append(f"{word}: {allowed_text(decision)}")
    return "\n".join(lines)


def _spots(verdict: Verdict, loaded: Loaded) -> Iterator[Spot]:
    statement = verdict.statement
    for connection, decision in _decided(verdict):
        yield from _policy_spots(connection, decision, loaded)
    claim = spot(statement.where, f"claim {safe(statement.id)}: {safe(statement.text)}", loaded)
    proved = verdict.outcome is Outcome.PROVED
    yield from claim if proved else ()
    for policy in verdict.core or ():
        yield from spot(policy.where, f"{safe(policy.title)}: the verdict rests on it", loaded)
    yield from () if proved else claim
    for connection, _ in _decided(verdict)[:1]:
        yield from endpoint_spots(connection.source, "source", loaded)
        yield from endpoint_spots(connection.destination, "destination", loaded)


def _decided(verdict: Verdict) -> list[tuple[Connection, Decision]]:
    """The connection that refutes with the decision on it; two where two sets decide it."""
    match verdict.judgement:
        case Refuted(Evidence(connection, decision)):
            return [(connection, decision)]
        case Proved(Difference() as found) | Refuted(Difference() as found):
            return [(found.connection, found.old), (found.connection, found.new)]
        case _:
            return []


def _policy_spots(connection: Connection, decision: Decision, loaded: Loaded) -> Iterator[Spot]:
    """What decides: where the connection is allowed, both sides; else the sides that deny it."""
    for side in reversed(decision.sides):
        if decision.allowed or not side.allowed:
            yield from deciding_spots(side, connection, loaded)


def _identity(verdict: Verdict) -> tuple[str, str]:
    """The claim by its id, or by its text where the id only counts."""
    statement = verdict.statement
    name = statement.text if _GIVEN_ID.fullmatch(statement.id) else statement.id
    return name, verdict.world.value


def _decider(verdict: Verdict) -> Iterator[str]:
    """The policies that decide the counterexample."""
    for _, decision in _decided(verdict):
        for side in reversed(decision.sides):
            policies = side.selecting if side.policy is None else (side.policy,)
            yield from (one.title for one in policies[:1])
