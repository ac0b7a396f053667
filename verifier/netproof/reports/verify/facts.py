"""What verdicts on claims, and each of them, are to be read with."""

from __future__ import annotations

from collections.abc import Iterator

from netproof.about import about
from netproof.comparisons import Difference
from netproof.reports.facts import (
    Fact,
    Facts,
    Name,
    assumed_fact,
    ending_facts,
    input_facts,
    source_facts,
    without_facts,
    world_fact,
)
from netproof.reports.verify.concerned_words import concerned_lines, explain_command, of_the_input
from netproof.reports.without import verdict_text
from netproof.reports.words import counted, in_input_text, place, safe
from netproof.verdicts import Evidence, Proof, Robustness, Turn, Verdict
from netproof.verified import Report
from netproof.verifying.standing import Tally, tallies
from netproof_specs.assumptions import READINGS, Assumptions, meaning_of, value_of
from netproof_specs.claims import DeniedByDefault
from netproof_specs.filing import Acceptance, Filing
from netproof_specs.loading import Loaded


def verify_facts(report: Report) -> Facts:
    """What holds of all verdicts of a report; `claim_facts` has what holds of one."""
    return (
        *filing_facts(report),
        assumed_fact(report.options.assumptions, report.loaded),
        *without_facts(report.loaded),
        *input_facts(report.loaded),
        *source_facts(report.specs, Name.SPEC_DIGEST, Name.SPEC_FILE),
        *ending_facts(about()),
    )


def claim_facts(verdict: Verdict, loaded: Loaded) -> Facts:
    """What one verdict is to be read with."""
    return tuple(_claim_facts(verdict, loaded))


def _claim_facts(verdict: Verdict, loaded: Loaded) -> Iterator[Fact]:
    if verdict.statement.reason:
        yield Fact(Name.REASON, (safe(verdict.statement.reason),))
    yield from _filed(verdict.statement.filing)
    yield Fact(Name.READING, (safe(verdict.reading),))
    yield world_fact(verdict.world)
    if isinstance(verdict.grounds, Evidence | Difference):
        found = verdict.grounds
        text = in_input_text(found.in_input, found.connection, loaded)
        yield from (Fact(Name.IN_INPUT, (one,)) for one in (text,) if one)
    shown = of_the_input(verdict)
    counts = not isinstance(verdict.statement.claim, DeniedByDefault)
    if shown is not None and verdict.counterexample is not None and counts:
        yield Fact(Name.CONCERNED, tuple(concerned_lines(shown.concerned)))
    if command := explain_command(verdict, loaded):
        yield Fact(Name.EXPLAIN, (command,))
    if isinstance(verdict.grounds, Proof):
        yield Fact(Name.RESTS_ON, tuple(_proof(verdict.grounds, loaded)))
    if verdict.robustness is not None:
        lines = tuple(_robustness(verdict.robustness, verdict.assumptions, loaded))
        yield Fact(Name.ASSUMPTIONS, lines)


def _filed(filing: Filing) -> Iterator[Fact]:
    """Under what a claim is filed."""
    if filing.controls:
        yield Fact(Name.CONTROL, tuple(map(safe, filing.controls)))
    if filing.owner:
        yield Fact(Name.OWNER, (safe(filing.owner),))
    if filing.severity:
        yield Fact(Name.SEVERITY, (filing.severity.value,))
    if filing.tags:
        yield Fact(Name.TAGS, (safe(", ".join(filing.tags)),))
    if filing.accepted:
        yield Fact(Name.ACCEPTED, (acceptance_text(filing.accepted),))


def acceptance_text(accepted: Acceptance) -> str:
    """Until when, by whom, under which ticket, and why."""
    ticket = f" ({accepted.ticket})" if accepted.ticket else ""
    text = f"until {accepted.until.isoformat()} by {accepted.by}{ticket}: {accepted.because}"
    return safe(text)


def filing_facts(report: Report) -> Iterator[Fact]:
    """How the claims of each control, owner and severity stand, and by what they are judged."""
    for name in (Name.CONTROL, Name.OWNER, Name.SEVERITY):
        found = tallies(report.verdicts, report.judging, name.value)
        if found:
            yield Fact(name, tuple(map(tally_line, found)))
    if judged := tuple(_judged(report)):
        yield Fact(Name.JUDGED, judged)


def tally_line(tally: Tally) -> str:
    """`PCI-DSS 1.3.1: 3 claims: 2 proved, 1 refuted; 1 of them excused, none fails`."""
    counts = ", ".join(f"{number} {one.value.lower()}" for one, number in tally.outcomes)
    excused = f"; excused: {tally.excused}" if tally.excused else ""
    fails = f"failing: {tally.failing}" if tally.failing else "none is failing"
    return f"{safe(tally.name)}: {counted(tally.claims, 'claim')}: {counts}{excused}; {fails}"


def _judged(report: Report) -> Iterator[str]:
    judging = report.judging
    if any(one.statement.filing.accepted for one in report.verdicts):
        strict = "; an acceptance that is not needed fails" if judging.strict else ""
        yield f"acceptances as of {judging.today.isoformat()}{strict}"
    if judging.known is not None:
        known = counted(len(judging.known), "failure")
        yield f"against a baseline with {known}"


def _proof(proof: Proof, loaded: Loaded) -> Iterator[str]:
    """How many policies a proof rests on, and then which."""
    if not proof.core:
        yield "no policy: it holds whichever of these policies are present"
        return
    number = counted(len(proof.core), "policy", "policies")
    minimal = "" if proof.minimal else "; perhaps fewer would do"
    yield f"{number}; any other may be present or absent{minimal}"
    for policy in proof.core:
        yield f"{safe(policy.title)}  ({place(policy.where, loaded)})"


def _robustness(found: Robustness, assumptions: Assumptions, loaded: Loaded) -> Iterator[str]:
    """What turns the verdict, or that nothing does as far as that is known."""
    for turn in found.turns:
        yield _turn(turn, assumptions, loaded)
    if not found.complete:
        yield "a limit was reached before all of them were tried"
    elif not found.turns:
        yield "holds under every assumption" if found.relevant else "none bears on it"


def _turn(turn: Turn, assumptions: Assumptions, loaded: Loaded) -> str:
    flipped = assumptions.symmetric_difference(turn.flipped)
    given = " and ".join(f"{one.value}={value_of(one, assumptions)}" for one in turn.flipped)
    other = " and ".join(f"{one.value}={value_of(one, flipped)}" for one in turn.flipped)
    why = "; ".join(
        f"{meaning_of(one, assumptions)} ({READINGS[one].clause})" for one in turn.flipped
    )
    outcome = verdict_text(turn.outcome.value, loaded)
    return f"rests on {given}: {why}; {outcome} with {other}"
