"""Every row of the truth tables, decided by the encoding: satisfiable iff allowed."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.agreement import belongs, pin
from tests.truth_tables import Row, rows

from netproof.oracle.claims import in_scope
from netproof.solving import Answer, Limits, Session
from netproof_encodings.logic.terms import Term
from netproof_encodings.obligations.claims import Stage, literals, require, stage
from netproof_specs.assumptions import Assumption
from netproof_specs.model.connections import ExternalEndpoint
from netproof_specs.worlds import World

OUTSIDE = {
    *("F51.1", "F51.2", "F53.1", "F54.3", "own-node-as-a-pod.1", "two-nodes.2"),
    "dual-stack-pods.3",
    "own-address.1",
    *(f"own-node-address.{number}" for number in (1, 2, 6, 7)),
    *("own-node-admitted.1", "all-addresses-but-own-node.1"),
    *("own-node-or-pod.1", "own-node-or-pod.2", "own-node-or-pod.3"),
}
"""Rows about a pod and itself, a pod and its own node (A.41 to A.43), and a family in which a pod
has no address (A.27): no claim speaks of them."""
TAKEN = {"F52.2"}
"""Rows about an external address that is a pod's own."""


@pytest.fixture(scope="module")
def session() -> Session:
    """One solver for all rows, since a new one costs more than the rows of a case."""
    return Session("", Limits())


def staged(row: Row) -> Stage:
    """The row's cluster in the snapshot."""
    return stage(row.cluster, World.SNAPSHOT, [])


def holds(session: Session, row: Row, on: Stage, *terms: Term) -> bool:
    """Whether the terms hold of some connection that is just like the row's."""
    pinned = [*pin(on, row.connection), *terms]
    session.push(on.text + "".join(require(on, term) for term in pinned))
    answer = session.check(literals(on, row.assumptions, None))
    session.pop()
    assert answer is not Answer.UNKNOWN
    return answer is Answer.SAT


def decided_right(session: Session, row: Row, on: Stage) -> bool:
    """Whether the encoding gives the row's outcome: both, if the order of ties is open (C.4)."""
    outcome = on.outcome
    found = [
        holds(session, row, on, term)
        for one in (outcome.sometimes, outcome.always)
        for term in (one, on.terms.negation(one))
    ]
    sometimes, always = row.allowed or row.open, row.allowed and not row.open
    return found == [sometimes, not sometimes, always, not always]


def is_taken(row: Row) -> bool:
    """Whether the row's external address is that of a pod."""
    known = {address for pod in row.cluster.workloads for address in pod.addresses}
    ends = (row.connection.source, row.connection.destination)
    return any(isinstance(end, ExternalEndpoint) and end.address in known for end in ends)


@pytest.mark.parametrize("row", rows(), ids=lambda row: f"{row.id} {row.text}")
def test_row(row: Row, session: Session) -> None:
    on = staged(row)
    if not belongs(on, row.connection, row.assumptions):
        assert not holds(session, row, on)
    elif in_scope(row.connection, row.assumptions) and not is_taken(row):
        assert decided_right(session, row, on)
        by_name = replace(row, assumptions=row.assumptions - {Assumption.TIES}, open=False)
        assert decided_right(session, by_name, on)


def test_few_rows_are_outside() -> None:
    outside = {row.id for row in rows() if not in_scope(row.connection, row.assumptions)}
    taken = {row.id for row in rows() if is_taken(row)}
    world = {row.id for row in rows() if not belongs(staged(row), row.connection, row.assumptions)}
    assert outside == OUTSIDE
    assert taken == TAKEN
    assert world <= OUTSIDE
