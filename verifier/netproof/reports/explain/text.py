"""One connection explained to people: the decision, each side's trace, what would allow it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

import click

from netproof.explaining.mismatches import Mismatch
from netproof.explaining.tracing import Explanation, PolicyTrace, RuleTrace, SideTrace
from netproof.reports.explain.words import (
    flipped_text,
    mismatch_text,
    no_rule_text,
    notes_of,
)
from netproof.reports.facts import explain_facts, fact_lines
from netproof.reports.without import verdict_text
from netproof.reports.words import (
    VERBS,
    counted,
    endpoint_details,
    endpoint_name,
    failsafe_at,
    place,
    port_text,
    reason_text,
    safe,
    side_label,
)
from netproof_encodings.lowering import is_setting
from netproof_specs.frozen import Frozen
from netproof_specs.loading import Loaded
from netproof_specs.locations import Location
from netproof_specs.model.cluster import AnyPolicy
from netproof_specs.model.traffic import Action, Direction

MANY_OTHERS = 5
MANY_SETS = 6


class ExplainReport(Frozen):
    """An explanation with the input that it is of."""

    loaded: Loaded
    found: Explanation


def explain_text(report: ExplainReport) -> str:
    """The whole explanation, coloured; whoever prints it to a file strips the colour."""
    return "\n".join(_lines(report)) + "\n"


def _lines(report: ExplainReport) -> Iterator[str]:
    found, loaded = report.found, report.loaded
    connection = found.connection
    yield (
        f"{_decision(report)} {endpoint_name(connection.source)}  ->  "
        f"{endpoint_name(connection.destination)}  {port_text(connection)}"
    )
    yield f"  source        {endpoint_details(connection.source)}"
    yield f"  destination   {endpoint_details(connection.destination)}"
    for side in found.sides:
        yield ""
        yield from _side(side, report)
    if found.changes:
        yield ""
        yield from _changes(found, loaded)
    notes = [*notes_of(found), *_turns(found)]
    if notes:
        yield ""
        yield from (f"  note: {note}" for note in notes)
    yield ""
    yield from fact_lines(explain_facts(loaded, found))


def _decision(report: ExplainReport) -> str:
    allowed = report.found.decision.allowed
    word, colour = ("ALLOWED", "green") if allowed else ("DENIED", "red")
    return click.style(f"{verdict_text(word, report.loaded):<8}", fg=colour, bold=True)


def _side(side: SideTrace, report: ExplainReport) -> Iterator[str]:
    decision = side.decision
    allowed = "allowed" if decision.allowed else "denied"
    reason = reason_text(decision, report.found.connection)
    at = _at(failsafe_at(decision), report.loaded)
    yield f"  {side_label(decision):<13} {allowed}: {reason}{at}"
    several = len({one.tier for one in side.policies}) > 1 or len(decision.steps) > 1
    for tier, policies in groupby(side.policies, lambda one: one.tier):
        if several:
            yield f"    tier {safe(tier)}: {_tier_text(tier, side)}"
        for one in policies:
            yield f"    {safe(one.policy.title)}{_at(one.policy.where, report.loaded)}"
            yield from _rules(one, side, report.loaded)
    if decision.exemption is None:
        yield from _others(side, report.loaded)


def _tier_text(tier: str, side: SideTrace) -> str:
    """What the tier says of the connection, or that it does not come to that."""
    step = next((one for one in side.decision.steps if one.tier == tier), None)
    if step is not None:
        verb = VERBS[step.action]
        return verb if step.rule is not None else f"no rule matches, which {verb}"
    over = bool(side.decision.steps) and side.decision.steps[-1].action is not Action.PASS
    return "not reached" if over else "no rule matches"


def _rules(one: PolicyTrace, side: SideTrace, loaded: Loaded) -> Iterator[str]:
    if not one.rules:
        yield f"      {no_rule_text(side)}"
    for rule in one.rules:
        yield from _rule(rule, side, loaded)


def _rule(rule: RuleTrace, side: SideTrace, loaded: Loaded) -> Iterator[str]:
    name = f"{side.decision.direction.value.lower()}[{rule.index}]"
    if rule.matches:
        yield f"      {name} {VERBS[rule.action]}{_at(rule.where, loaded)}"
        return
    yield f"      {name} does not match{_at(rule.where, loaded)}"
    yield from (f"        {_mismatch(one, loaded)}" for one in rule.mismatches)


def _mismatch(one: Mismatch, loaded: Loaded) -> str:
    return f"{safe(mismatch_text(one))}{_at(one.where, loaded)}"


def _others(side: SideTrace, loaded: Loaded) -> Iterator[str]:
    """The policies of the namespace that might have been meant to select the endpoint."""
    if side.others:
        yield f"    not selecting it: {counted(len(side.others), 'other policy', 'other policies')}"
    for one in side.others[:MANY_OTHERS]:
        yield f"      {safe(one.policy.title)}: {_mismatch(one.mismatch, loaded)}"
    if len(side.others) > MANY_OTHERS:
        yield f"      and {len(side.others) - MANY_OTHERS} more"


def _changes(found: Explanation, loaded: Loaded) -> Iterator[str]:
    """What would have to change for the connection to be allowed (A.5)."""
    size = len(found.changes[0])
    which = "one of these policies" if size == 1 else "both policies of one of these pairs"
    which = which if len(found.changes) > 1 else "this policy" if size == 1 else "both of these"
    yield f"  to allow it, add a rule that admits it to {which}:"
    for number, chosen in enumerate(found.changes[:MANY_SETS]):
        names = " and ".join(_change(one, found, loaded) for one in chosen)
        yield f"    {'or ' if number else ''}{names}"
    if len(found.changes) > MANY_SETS:
        yield f"    or one of {len(found.changes) - MANY_SETS} more sets"
    yield from _without_isolation(found)


def _without_isolation(found: Explanation) -> Iterator[str]:
    """The alternative that leaves the rules alone, where it takes more than a changed policy."""
    denying = [side for side in found.sides if not side.decision.allowed]
    if any(len(side.policies) > 1 and side.decision.own is None for side in denying):
        them = "it" if len(denying) == 1 else "them"
        yield (
            f"    or keep the rules: then {' and '.join(map(_isolating, denying))} would have to "
            f"stop selecting {them}"
        )


def _isolating(side: SideTrace) -> str:
    many = sum(not is_setting(one.policy) for one in side.policies)
    which = "the one policy that isolates" if many == 1 else f"all {many} policies that isolate"
    if side.decision.passing is not None:
        host = endpoint_name(side.decision.passing.host)
        return f"{which} {host} for {side.decision.direction.value.lower()}"
    end = "source" if side.decision.direction is Direction.EGRESS else "destination"
    return f"{which} the {end} for {side.decision.direction.value.lower()}"


def _change(policy: AnyPolicy, found: Explanation, loaded: Loaded) -> str:
    sides = [
        side_label(side.decision)
        for side in found.sides
        if not side.decision.allowed and policy in side.decision.selecting
    ]
    where = f" ({' and '.join(sides)})" if sides else ""
    return f"{safe(policy.title)}{where}{_at(policy.where, loaded)}"


def _turns(found: Explanation) -> Iterator[str]:
    now = "allowed" if found.decision.allowed else "denied"
    other = "denied" if found.decision.allowed else "allowed"
    for flipped in found.turns:
        given = flipped_text(flipped, found.assumptions)
        yield f"{now} as assumed; {other} with {given} (docs/assumptions.md)"


def _at(where: Location | None, loaded: Loaded) -> str:
    text = place(where, loaded)
    return f"  ({text})" if text else ""
