"""Every row of Calico's tables through the map of `connections`."""

from __future__ import annotations

import pytest
from tests.calico_tables import CalicoRow
from tests.profiles import some
from tests.test_calico_lowering import DECIDED

from netproof.connectivity.points import Points
from netproof.connectivity.relation import relate
from netproof_encodings.lowering import lower
from netproof_specs.model.connections import Endpoint, ExternalEndpoint, PodEndpoint
from netproof_specs.model.hosts import HostEndpoint
from netproof_specs.model.traffic import Family


def test_rows_with_host_endpoints_are_among_them() -> None:
    assert len(DECIDED) > 150
    assert sum(bool(row.cluster.hosts) for row in DECIDED) > 40


@pytest.mark.generated
@pytest.mark.parametrize("row", some(DECIDED), ids=lambda row: f"{row.id} {row.text}")
def test_connections(row: CalicoRow) -> None:
    connection = row.connection
    outside = [
        f"{end.address}/{128 if ':' in end.address else 32}"
        for end in (connection.source, connection.destination)
        if isinstance(end, ExternalEndpoint)
    ]
    relation = relate(row.cluster, lower(row.cluster.every_policy), row.assumptions, outside)
    source, destination = (
        point_of(relation.points, end, connection.family)
        for end in (connection.source, connection.destination)
    )
    allowed = relation.sets.holds(
        relation.between(source, destination),
        connection.family,
        connection.protocol,
        connection.port,
        connection.source_port,
    )
    assert allowed is row.allowed


def point_of(points: Points, end: Endpoint, family: Family) -> int:
    """The point of a pod or host endpoint of the cluster, or of an address outside."""
    if isinstance(end, ExternalEndpoint):
        return points.atom_point(end.address)
    if isinstance(end, HostEndpoint):
        names = [one.name for one in points.cluster.hosts]
        of_host = points.points_of_host[names.index(end.name)]
        return next(at for at in of_host if family in points.inside[at].families)
    assert isinstance(end, PodEndpoint)
    title = end.namespace.name, end.name
    found = [(one.namespace, one.name) for one in points.cluster.workloads].index(title)
    return points.points_of[found][0]
