"""The rows about the snapshot once more, without encoding and solver.

Every pair of pods and every pod with some addresses, on the ports that anybody mentions and their
neighbours, go through the oracle: what it finds must be what the row says.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest
from tests.acceptance.table import Case, cases
from tests.profiles import some

from netproof.oracle.claims import breaks, in_scope, satisfies
from netproof.oracle.connections import decide
from netproof_specs.assumptions import DEFAULTS
from netproof_specs.claims import ConnectionClaim, MayReach
from netproof_specs.model.cluster import Cluster
from netproof_specs.model.connections import Connection, Endpoint, ExternalEndpoint, pod_of
from netproof_specs.model.traffic import Family, Protocol
from netproof_specs.spec_files.reading import read_spec

ADDRESSES = (
    "10.20.0.7", "10.20.30.7", "10.20.31.7", "172.20.0.1", "172.21.0.9", "198.51.100.7",
    "203.0.113.9", "2001:db8::7", "2001:db9::7",
)  # fmt: skip
PORTS = (1, 22, 52, 53, 54, 80, 443, 3110, 3111, 3112, 5353, 5432, 6379, 8080, 9042, 9153, 65535)


def endpoints(cluster: Cluster) -> list[Endpoint]:
    """Every pod, and the addresses."""
    namespaces = {namespace.name: namespace for namespace in cluster.namespaces}
    pods = [
        pod_of(workload, namespaces[workload.namespace], replica)
        for workload in cluster.workloads
        for replica in range(1, workload.replicas + 1)
    ]
    return [*pods, *map(ExternalEndpoint, ADDRESSES)]


def connections(cluster: Cluster) -> Iterator[Connection]:
    """The connections that claims speak of, as far as they are enumerated here."""
    for source, destination in itertools.product(endpoints(cluster), repeat=2):
        outside = [
            one.address for one in (source, destination) if isinstance(one, ExternalEndpoint)
        ]
        family = Family.IPV6 if any(":" in address for address in outside) else Family.IPV4
        for protocol, port in itertools.product(Protocol, PORTS):
            connection = Connection(source, destination, protocol, port, family)
            if in_scope(connection, DEFAULTS):
                yield connection


def found(claim: ConnectionClaim, cluster: Cluster) -> bool:
    """Whether some connection is a counterexample, or a witness of a `may` claim."""
    for connection in connections(cluster):
        decision = decide(cluster.policies, connection, DEFAULTS)
        if isinstance(claim, MayReach):
            if satisfies(claim, connection, decision):
                return True
        elif breaks(claim, connection, decision):
            return True
    return False


SNAPSHOT = [case for case in cases("claim") if case.data.get("world", "snapshot") == "snapshot"]


@pytest.mark.generated
@pytest.mark.parametrize(
    "case",
    some([one for one in SNAPSHOT if one.data["verdict"] in {"PROVED", "REFUTED"}], 15),
    ids=lambda case: case.id,
)
def test_oracle_finds_what_the_row_says(case: Case) -> None:
    spec = read_spec("rows.yaml", case.table.spec([case.data["claim"]], "snapshot"))
    claim = spec.statements[0].claim
    assert isinstance(claim, ConnectionClaim)
    proved = case.data["verdict"] == "PROVED"
    assert found(claim, case.load().cluster) is (proved is isinstance(claim, MayReach))
