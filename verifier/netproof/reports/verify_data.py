"""A report of verdicts as plain data (docs/json.md, schemas/verify.schema.json)."""

from __future__ import annotations

from typing import get_args

from netproof.exits import exit_of
from netproof.pipeline import Report
from netproof.reports.data import (
    Data,
    assumptions_data,
    connection_data,
    counts_data,
    decision_data,
    difference_data,
    head_data,
    loaded_data,
    place_data,
    policy_data,
    sources_data,
)
from netproof.verdicts import Evidence, Outcome, Robustness, Verdict
from netproof_specs.assumptions import Assumptions, value_of
from netproof_specs.claims import PolicyClaim
from netproof_specs.loading import Loaded

_ON_POLICIES = get_args(PolicyClaim)


def verify_data(report: Report) -> Data:
    """The whole report."""
    return {
        **head_data("verify"),
        **loaded_data(report.loaded),
        "specs": sources_data(report.specs),
        "timeoutMilliseconds": report.options.limits.milliseconds or None,
        "claims": [_verdict_data(one, report.loaded) for one in report.verdicts],
        "summary": _summary_data(report),
    }


def _verdict_data(verdict: Verdict, loaded: Loaded) -> Data:
    return {
        **_claim_data(verdict, loaded),
        "verdict": verdict.outcome.value,
        "counterexample": _evidence_data(verdict.counterexample, loaded),
        "witness": _evidence_data(verdict.witness, loaded),
        "difference": _contrast_data(verdict, loaded),
        "core": _core_data(verdict, loaded),
        "coreMinimal": None if verdict.core is None else verdict.core_minimal,
        "empty": list(verdict.empty),
        "unknownBecause": verdict.unknown_because or None,
        "assumptions": assumptions_data(verdict.assumptions),
        "robustness": _robustness_data(verdict.robustness, verdict.assumptions),
        "rlimit": verdict.rlimit,
    }


def _claim_data(verdict: Verdict, loaded: Loaded) -> Data:
    statement = verdict.statement
    return {
        "id": statement.id,
        "claim": statement.text,
        "about": "policies" if isinstance(statement.claim, _ON_POLICIES) else "connections",
        "reason": statement.reason or None,
        "reading": verdict.reading,
        "world": verdict.world.value,
        "allowEmpty": statement.allow_empty,
        "place": None if statement.where is None else place_data(statement.where, loaded),
    }


def _evidence_data(evidence: Evidence | None, loaded: Loaded) -> Data | None:
    if evidence is None:
        return None
    connection = evidence.connection
    return connection_data(connection, loaded) | decision_data(
        evidence.decision, connection, loaded
    )


def _contrast_data(verdict: Verdict, loaded: Loaded) -> Data | None:
    if verdict.difference is None:
        return None
    return difference_data(verdict.difference, loaded, loaded)


def _core_data(verdict: Verdict, loaded: Loaded) -> list[Data] | None:
    return None if verdict.core is None else [policy_data(one, loaded) for one in verdict.core]


def _robustness_data(found: Robustness | None, assumptions: Assumptions) -> Data | None:
    if found is None:
        return None
    return {
        "relevant": [one.value for one in found.relevant],
        "turns": [
            {
                "assumptions": {
                    one.value: value_of(one, assumptions.symmetric_difference(turn.flipped))
                    for one in turn.flipped
                },
                "verdict": turn.outcome.value,
            }
            for turn in found.turns
        ],
        "complete": found.complete,
    }


def _summary_data(report: Report) -> Data:
    outcomes = [one.outcome for one in report.verdicts]
    return {
        "claims": len(outcomes),
        **{one.value.lower(): outcomes.count(one) for one in Outcome},
        "exitCode": int(exit_of(report.verdicts)),
        **counts_data(report.loaded),
    }
