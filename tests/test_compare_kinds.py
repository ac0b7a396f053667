"""Comparison of sets of mixed kinds, cluster-wide subjects and ties among them."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st
from tests.admin_strategies import mixed_clusters
from tests.profiles import examples
from tests.samples import some_connections

from netproof.comparison.policies import compare
from netproof.comparisons import Comparison, Relation
from netproof.oracle.claims import in_scope
from netproof.oracle.connections import Favour, decide
from netproof_encodings.obligations.claims import stage
from netproof_specs.assumptions import DEFAULTS
from netproof_specs.model.cluster import Cluster, Policy
from netproof_specs.model.connections import Connection
from netproof_specs.worlds import World

NEVER_FOUND = {
    Relation.EQUIVALENT: {(False, True), (True, False)},
    Relation.NARROWER: {(False, True)},
    Relation.WIDER: {(True, False)},
}
"""What no connection may do, from OLD to NEW, where a relation is proved."""


@examples(usual=25, thorough=150)
@given(data=st.data(), seed=st.integers(0, 2**16))
def test_no_connection_contradicts_the_relation(data: st.DataObject, seed: int) -> None:
    """Every example replays, as compare itself sees to; what it excludes is looked for here."""
    cluster = data.draw(mixed_clusters())
    old = cluster.policies
    at = data.draw(st.integers(0, max(0, len(old) - 1)))
    new = (*old[:at], *old[at + 1 :])
    found = compare(old, new, Cluster(cluster.namespaces))
    on = stage(cluster, World.ANY_CLUSTER, ())
    for connection in some_connections(on, random.Random(seed), 40):
        if in_scope(connection, DEFAULTS):
            check(found, old, new, connection)


def check(
    found: Comparison, old: tuple[Policy, ...], new: tuple[Policy, ...], connection: Connection
) -> None:
    """What is possible and what is certain of the connection change as the relation says."""
    for favour in (Favour.ALLOWED, Favour.DENIED):
        before, after = (
            decide(policies, connection, DEFAULTS, favour).allowed for policies in (old, new)
        )
        assert (before, after) not in NEVER_FOUND.get(found.relation, set()), favour
