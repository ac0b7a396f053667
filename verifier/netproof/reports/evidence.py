"""Evidence as lines of text: a connection, what policies see of its ends, and who decides."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from netproof.comparisons import Difference
from netproof.decisions import Decision, InInput
from netproof.reports.words import (
    connection_text,
    endpoint_details,
    in_input_text,
    safe,
    side_label,
    side_text,
)
from netproof.verdicts import Evidence
from netproof_specs.claims import (
    Claim,
    PoliciesEquivalent,
    PolicyClaim,
    PolicyNecessary,
    PolicyRedundant,
)
from netproof_specs.loading import Loaded
from netproof_specs.model.connections import Connection


def evidence_lines(word: str, evidence: Evidence, loaded: Loaded) -> Iterator[str]:
    """A counterexample or witness."""
    connection, decision = evidence.connection, evidence.decision
    yield f"  {word:<15} {connection_text(connection)}"
    yield from endpoint_lines(connection)
    yield from side_lines(connection, decision, loaded)


def side_lines(
    connection: Connection, decision: Decision, loaded: Loaded, of: str = ""
) -> Iterator[str]:
    """What each end decides, and a host between them; in a comparison `of` which side that is."""
    for side in decision.sides:
        name = f"{of} {side_label(side)}".strip()
        yield f"    {name:<13} {side_text(side, connection, loaded)}"


def in_input_lines(in_input: InInput | None, example: Connection, loaded: Loaded) -> Iterator[str]:
    """Whether the input has such a connection, unless the example is one."""
    if text := in_input_text(in_input, example, loaded):
        yield f"    in the input  {text}"


def endpoint_lines(connection: Connection) -> Iterator[str]:
    """Both ends as policies see them."""
    yield f"    source        {endpoint_details(connection.source)}"
    yield f"    destination   {endpoint_details(connection.destination)}"


def contrast_lines(difference: Difference, claim: Claim, loaded: Loaded) -> Iterator[str]:
    """A connection that the two sets of policies of a claim decide differently."""
    connection = difference.connection
    yield f"  difference      {connection_text(connection)}"
    yield from endpoint_lines(connection)
    words = sides_text(claim)
    for word, decision in zip(words, (difference.old, difference.new), strict=True):
        yield f"    {word}: {allowed_text(decision)}"
        for side in decision.sides:
            yield f"      {side_label(side):<11} {side_text(side, connection, loaded)}"


def allowed_text(decision: Decision) -> str:
    """`allowed` or `denied`."""
    return "allowed" if decision.allowed else "denied"


def sides_text(claim: Claim) -> tuple[str, str]:
    """The two sets of policies that a claim on policies compares; `` for other claims."""
    if not isinstance(claim, PolicyClaim):
        return "", ""
    match claim:
        case PoliciesEquivalent(left, right):
            return f"by {safe(left.text)} alone", f"by {safe(right.text)} alone"
        case PolicyRedundant(policy) | PolicyNecessary(policy):
            return f"with {safe(policy.text)}", f"without {safe(policy.text)}"
        case _:
            assert_never(claim)
