"""Verdicts as text for people: the verdict first, then the evidence."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import assert_never

import click

from netproof.comparisons import Difference
from netproof.reports.evidence import contrast_lines, evidence_lines
from netproof.reports.facts import Fact, Name, fact_lines
from netproof.reports.verify.facts import claim_facts, verify_facts
from netproof.reports.without import verdict_text, without_text
from netproof.reports.words import counted, safe, tallied, vacuous_text
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
from netproof.verified import Report
from netproof.verifying.standing import EXCUSED, Standing, remark
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
    blocks = ["\n".join(verdict_lines(one, report)) for one in report.verdicts]
    return "\n\n".join([*blocks, "\n".join(summary_lines(report))]) + "\n"


def verdict_lines(verdict: Verdict, report: Report) -> Iterator[str]:
    """One claim with its verdict and all evidence, coloured."""
    statement, loaded = verdict.statement, report.loaded
    excused = report.judging.standing(verdict) in EXCUSED
    colour = "yellow" if excused else COLOURS[verdict.outcome]
    added = remark(verdict, report.judging)
    told = verdict_text(verdict.outcome.value, loaded)
    outcome = click.style(f"{told} ({added})" if added else f"{told:<8}", fg=colour, bold=True)
    yield f"{outcome} {safe(statement.id)}: {safe(statement.text)}"
    facts = claim_facts(verdict, loaded)
    yield from _fact_lines(one for one in facts if one.name in _FIRST)
    match verdict.judgement:
        case Proved(by):
            yield from _grounds(by, "witness", statement.claim, loaded)
        case Refuted(by):
            yield from _grounds(by, "counterexample", statement.claim, loaded)
        case Vacuous(empty):
            yield f"  vacuous         {vacuous_text(empty, statement.claim)}"
        case Unknown(because):
            yield f"  unknown         {safe(because)}"
        case _:
            assert_never(verdict.judgement)
    yield from _fact_lines(one for one in facts if one.name not in _FIRST)


_HEADED = frozenset({Name.RESTS_ON, Name.CONCERNED})
"""The facts whose first value says of how many things the others are."""

_FIRST = frozenset(
    {
        Name.REASON,
        Name.CONTROL,
        Name.OWNER,
        Name.SEVERITY,
        Name.TAGS,
        Name.ACCEPTED,
        Name.READING,
        Name.WORLD,
    }
)
"""The facts that say what was asked; the others stand below the evidence."""


def _fact_lines(facts: Iterable[Fact]) -> Iterator[str]:
    """Facts of one claim; where they are headed by a number, what it counts stands below it."""
    for fact in facts:
        if fact.name in _HEADED:
            first, *rest = fact.values
            most = MANY_POLICIES if fact.name is Name.RESTS_ON else len(rest)
            yield f"  {fact.title:<15} {first}"
            yield from (f"    {one}" for one in rest[:most])
            if len(rest) > most:
                yield f"    and {len(rest) - most} more"
        else:
            yield from (f"  {fact.title:<15} {value}" for value in fact.values)


def _grounds(grounds: Grounds, word: str, claim: Claim, loaded: Loaded) -> Iterator[str]:
    """The connection that decides the claim, if one does; `word` says what it is to the claim."""
    match grounds:
        case Evidence():
            yield from evidence_lines(word, grounds, loaded)
        case Difference():
            yield from contrast_lines(grounds, claim, loaded)
        case Proof() | Alike():
            pass
        case _:
            assert_never(grounds)


def tally_text(report: Report) -> str:
    """`3 claims: 2 proved, 1 refuted`, and without what."""
    total = len(report.verdicts)
    counts = tallied((one.outcome for one in report.verdicts), Outcome)
    standings = map(report.judging.standing, report.verdicts)
    excused = tallied(standings, (one for one in Standing if one in EXCUSED))
    failing = len(report.failing_notes)
    parts = [
        f"{counted(total, 'claim')}: {', '.join(counts)}",
        f"of these {', '.join(excused)}" if excused else "",
        without_text(report.loaded),
        f"{counted(failing, 'note')} that --strict takes for failure" if failing else "",
    ]
    return "; ".join(part for part in parts if part)


def summary_lines(report: Report) -> Iterator[str]:
    """The tally, then what it is to be read with."""
    yield tally_text(report)
    yield from fact_lines(verify_facts(report))
