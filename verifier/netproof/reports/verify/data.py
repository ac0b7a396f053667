"""A report of verdicts as plain data (docs/json.md, schemas/verify.schema.json)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import assert_never

from netproof.comparisons import Difference
from netproof.exits import exit_of_report
from netproof.reports.connections.data import allowed_data
from netproof.reports.data import (
    Data,
    assumptions_data,
    connection_data,
    counts_data,
    decision_data,
    difference_data,
    head_data,
    in_input_data,
    loaded_data,
    place_data,
    policy_data,
    sources_data,
)
from netproof.reports.verify.concerned_words import explain_command, is_host, is_title
from netproof.reports.without import verdict_text
from netproof.solving import milliseconds_of
from netproof.verdicts import (
    Alike,
    Cidrs,
    Concerned,
    Evidence,
    Grounds,
    Outcome,
    Proof,
    Proved,
    Refuted,
    Robustness,
    Title,
    Unknown,
    Vacuous,
    Verdict,
)
from netproof.verified import Report
from netproof.verifying.standing import GROUPINGS, Tally, tallies
from netproof_specs.assumptions import Assumptions, value_of
from netproof_specs.claims import PolicyClaim
from netproof_specs.filing import Filing
from netproof_specs.loading import Loaded


def verify_data(report: Report) -> Data:
    """The whole report."""
    return {
        **head_data("verify"),
        **loaded_data(report.loaded),
        "specs": sources_data(report.specs),
        "timeoutMilliseconds": report.options.limits.milliseconds or None,
        "deadlineMilliseconds": milliseconds_of(report.options.limits.deadline),
        "judging": _judging_data(report),
        "claims": [verdict_data(one, report) for one in report.verdicts],
        "summary": {
            **summary_data(report),
            **tallies_data(lambda word: tallies(report.verdicts, report.judging, word)),
            **counts_data(report.loaded),
        },
    }


def verdict_data(verdict: Verdict, report: Report) -> Data:
    """One claim with its verdict, all evidence, and how it stands."""
    loaded = report.loaded
    return {
        **_claim_data(verdict, loaded),
        "verdict": verdict_text(verdict.outcome.value, loaded),
        **_NO_EVIDENCE,
        **_judgement_data(verdict, loaded),
        "assumptions": assumptions_data(verdict.assumptions, loaded),
        "explain": explain_command(verdict, loaded) or None,
        "rlimit": verdict.cost.rlimit,
        "standing": report.judging.standing(verdict).value,
    }


_NO_EVIDENCE: Data = {
    "counterexample": None,
    "witness": None,
    "difference": None,
    "core": None,
    "coreMinimal": None,
    "empty": [],
    "vacuousBecause": None,
    "unknownBecause": None,
    "robustness": None,
}


def _judgement_data(verdict: Verdict, loaded: Loaded) -> Data:
    match verdict.judgement:
        case Proved(by, robustness):
            found = _grounds_data(by, "witness", loaded)
        case Refuted(by, robustness):
            found = _grounds_data(by, "counterexample", loaded)
        case Vacuous(empty):
            because = "empty-group" if empty else "no-connection"
            return {"empty": list(empty), "vacuousBecause": because}
        case Unknown(because):
            return {"unknownBecause": because}
        case _:
            assert_never(verdict.judgement)
    return found | {"robustness": _robustness_data(robustness, verdict.assumptions, loaded)}


def _grounds_data(grounds: Grounds, word: str, loaded: Loaded) -> Data:
    """What decides a claim; `word` says what a single connection is to it."""
    match grounds:
        case Proof(core, minimal):
            policies = [policy_data(one, loaded) for one in core]
            return {"core": policies, "coreMinimal": minimal}
        case Evidence(connection, decision, in_input, concerned):
            shown = connection_data(connection, loaded) | {"inInput": in_input_data(in_input)}
            decided = decision_data(decision, connection, loaded)
            whom = None if concerned is None else _concerned_data(concerned)
            return {word: shown | decided | {"concerned": whom}}
        case Difference():
            return {"difference": difference_data(grounds, loaded, loaded)}
        case Alike():
            return {}
        case _:
            assert_never(grounds)


def _concerned_data(found: Concerned) -> Data:
    """Whom in the input it concerns; `pairs` are those that were asked for."""
    return {
        "sources": len(found.sources),
        "destinations": len(found.destinations),
        "fromOutside": found.from_outside,
        "toOutside": found.to_outside,
        "pairs": [
            {
                "source": _end_data(one.source),
                "destination": _end_data(one.destination),
                "ports": allowed_data(one.ports),
            }
            for one in found.pairs
        ],
        "morePairs": found.more,
    }


def _end_data(end: Title | Cidrs) -> Data:
    if not is_title(end):
        return {"cidrs": list(end)}
    namespace, kind, name = end
    if is_host(end):
        return {"kind": kind, "name": name}
    return {"kind": kind, "namespace": namespace, "name": name}


def _claim_data(verdict: Verdict, loaded: Loaded) -> Data:
    statement = verdict.statement
    return {
        "id": statement.id,
        "claim": statement.text,
        "about": "policies" if isinstance(statement.claim, PolicyClaim) else "connections",
        "reason": statement.reason or None,
        **_filing_data(statement.filing),
        "reading": verdict.reading,
        "world": verdict.world.value,
        "allowEmpty": statement.allow_empty,
        "place": None if statement.where is None else place_data(statement.where, loaded),
    }


def _robustness_data(found: Robustness, assumptions: Assumptions, loaded: Loaded) -> Data:
    return {
        "relevant": [one.value for one in found.relevant],
        "turns": [
            {
                "assumptions": {
                    one.value: value_of(one, assumptions.symmetric_difference(turn.flipped))
                    for one in turn.flipped
                },
                "verdict": verdict_text(turn.outcome.value, loaded),
            }
            for turn in found.turns
        ],
        "complete": found.complete,
    }


def _filing_data(filing: Filing) -> Data:
    accepted = filing.accepted
    return {
        "controls": list(filing.controls),
        "owner": filing.owner or None,
        "severity": filing.severity.value if filing.severity else None,
        "tags": list(filing.tags),
        "accepted": None
        if accepted is None
        else {
            "until": accepted.until.isoformat(),
            "by": accepted.by,
            "ticket": accepted.ticket or None,
            "because": accepted.because,
        },
    }


def _judging_data(report: Report) -> Data:
    """The day counts only where something was accepted, so that other reports stay the same."""
    dated = any(one.statement.filing.accepted for one in report.verdicts)
    return {
        "today": report.judging.today.isoformat() if dated else None,
        "strict": report.judging.strict,
        "baselineFailures": None if report.judging.known is None else len(report.judging.known),
    }


def tallies_data(tallies_by: Callable[[str], Sequence[Tally]]) -> Data:
    """How the claims stand, by each way of filing."""
    return {
        f"by{word.capitalize()}": [_tally_data(one) for one in tallies_by(word)]
        for word in GROUPINGS
    }


def _tally_data(tally: Tally) -> Data:
    return {
        "name": tally.name,
        "claims": tally.claims,
        **{one.value.lower(): dict(tally.outcomes).get(one, 0) for one in Outcome},
        "excused": tally.excused,
        "failing": tally.failing,
    }


def summary_data(report: Report) -> Data:
    """How many claims there are of each verdict, and what fails the run."""
    outcomes = [one.outcome for one in report.verdicts]
    return {
        "claims": len(outcomes),
        **{one.value.lower(): outcomes.count(one) for one in Outcome},
        "failingNotes": len(report.failing_notes),
        "exitCode": int(exit_of_report(report)),
        "failing": sum(map(report.judging.fails, report.verdicts)),
    }
