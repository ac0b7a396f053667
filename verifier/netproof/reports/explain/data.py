"""One connection explained, as plain data (schemas/explain.schema.json)."""

from __future__ import annotations

from collections.abc import Sequence

from netproof.explaining.mismatches import Mismatch
from netproof.explaining.tracing import Explanation, PolicyTrace, RuleTrace, SideTrace
from netproof.reports.data import (
    Data,
    assumptions_data,
    connection_data,
    failsafe_data,
    head_without_solvers,
    loaded_data,
    passing_data,
    place_data,
    policy_data,
)
from netproof.reports.explain.text import ExplainReport
from netproof.reports.explain.words import notes_of
from netproof.reports.words import reason_text
from netproof_specs.assumptions import Assumption, value_of
from netproof_specs.loading import Loaded
from netproof_specs.worlds import World


def explain_data(report: ExplainReport) -> Data:
    """The decision with its trace."""
    found, loaded = report.found, report.loaded
    return {
        **head_without_solvers("explain"),
        "world": World.SNAPSHOT.value,
        "assumptions": assumptions_data(found.assumptions, loaded),
        "connection": connection_data(found.connection, loaded),
        "allowed": found.decision.allowed,
        "exempt": None if found.exempt is None else found.exempt.value,
        "egress": _side(found.egress, report),
        "ingress": _side(found.ingress, report),
        **_hosts(found.hosts, report),
        "changes": [[policy_data(one, loaded) for one in chosen] for chosen in found.changes],
        "turns": _turns(found),
        "notes": notes_of(found),
        "input": loaded_data(loaded),
    }


def _hosts(hosts: Sequence[SideTrace], report: ExplainReport) -> Data:
    """What the hosts decide that the connection passes, where policies ask them (D.37)."""
    listed = [passing_data(one.decision) | _side(one, report) for one in hosts]
    return {"passedHosts": listed} if listed else {}


def _side(side: SideTrace, report: ExplainReport) -> Data:
    loaded = report.loaded
    return {
        "allowed": side.decision.allowed,
        "reason": side.decision.reason,
        "explanation": reason_text(side.decision, report.found.connection),
        "policies": [_policy(one, loaded) for one in side.policies],
        "notSelecting": [
            policy_data(one.policy, loaded) | {"mismatch": _mismatch(one.mismatch, loaded)}
            for one in side.others
        ],
    } | failsafe_data(side.decision, loaded)


def _policy(one: PolicyTrace, loaded: Loaded) -> Data:
    return policy_data(one.policy, loaded) | {
        "tier": one.tier,
        "admits": one.admits,
        "rules": [_rule(rule, loaded) for rule in one.rules],
    }


def _rule(rule: RuleTrace, loaded: Loaded) -> Data:
    return {
        "index": rule.index,
        "action": rule.action.value,
        "admits": rule.admits,
        "matches": rule.matches,
        "mismatches": [_mismatch(one, loaded) for one in rule.mismatches],
    } | place_data(rule.where, loaded)


def _mismatch(one: Mismatch, loaded: Loaded) -> Data:
    return {
        "condition": one.condition.value,
        "wanted": one.wanted,
        "found": one.found,
    } | place_data(one.where, loaded)


def _turns(found: Explanation) -> list[Data]:
    """The smallest sets of assumptions that turn the decision, by the values that turn it."""
    return [
        {
            "assumptions": {
                one.value: value_of(one, found.assumptions.symmetric_difference(flipped))
                for one in Assumption
                if one in flipped
            },
            "allowed": not found.decision.allowed,
        }
        for flipped in found.turns
    ]
