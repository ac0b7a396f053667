"""Every row of Calico's tables through the map of `connections`."""

from __future__ import annotations

import pytest
from tests.calico_tables import CalicoRow
from tests.test_calico_lowering import DECIDED

from netproof.connectivity.points import Points
from netproof.connectivity.relation import relate
from netproof_encodings.lowering import lower
from netproof_specs.model.connections import Endpoint, ExternalEndpoint, PodEndpoint

ROWS = [row for row in DECIDED if not row.cluster.hosts]


def test_most_rows_are_in_the_map() -> None:
    assert len(ROWS) > 150


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.id} {row.text}")
def test_connections(row: CalicoRow) -> None:
    connection = row.connection
    outside = [
        f"{end.address}/{128 if ':' in end.address else 32}"
        for end in (connection.source, connection.destination)
        if isinstance(end, ExternalEndpoint)
    ]
    relation = relate(row.cluster, lower(row.cluster.every_policy), row.assumptions, outside)
    source, destination = (
        point_of(relation.points, end) for end in (connection.source, connection.destination)
    )
    allowed = relation.sets.holds(
        relation.between(source, destination),
        connection.family,
        connection.protocol,
        connection.port,
    )
    assert allowed is row.allowed


def point_of(points: Points, end: Endpoint) -> int:
    """The point of a pod of the cluster, or of an address outside."""
    if isinstance(end, ExternalEndpoint):
        return points.atom_point(end.address)
    assert isinstance(end, PodEndpoint)
    title = end.namespace.name, end.name
    found = [(one.namespace, one.name) for one in points.cluster.workloads].index(title)
    return points.points_of[found][0]
