"""The map is held against the oracle where it is made: a wrong fold is told, and not listed."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from tests.test_connections_tiers import AS_GIVEN, cluster_of

from netproof.cli import main
from netproof.connectivity import profiles, relation, sampling
from netproof.connectivity.flows import Flow
from netproof.connectivity.mapping import Query, map_of
from netproof.decisions import Decision
from netproof.replay import DisagreementError
from netproof_encodings.decision.folding import Algebra, decided
from netproof_encodings.decision.tiers import Tier
from netproof_specs.assumptions import DEFAULTS, Assumption
from netproof_specs.loading import load
from netproof_specs.model.cluster import Cluster
from netproof_specs.model.connections import Connection, ExternalEndpoint
from netproof_specs.model.traffic import Family, Protocol

EXAMPLES = Path(__file__).parents[1] / "examples"
ACCOUNTS = EXAMPLES / "accounts-finance" / "manifests"
Fold = Callable[[Algebra[Flow], Sequence[Tier], Any], Flow]


def nothing_is_allowed(algebra: Algebra[Flow], _tiers: Sequence[Tier], _lean: object) -> Flow:
    return algebra.nothing


def everything_is_allowed(algebra: Algebra[Flow], _tiers: Sequence[Tier], _lean: object) -> Flow:
    return algebra.everything


def one_rule_too_few(algebra: Algebra[Flow], tiers: Sequence[Tier], lean: Any) -> Flow:
    found = decided(algebra, tiers, lean)
    return found[1:]


@pytest.mark.parametrize("wrong", [nothing_is_allowed, everything_is_allowed, one_rule_too_few])
def test_a_wrong_fold_is_told(wrong: Fold, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(profiles, "decided", wrong)
    with pytest.raises(DisagreementError, match="map of connections") as raised:
        map_of(load([str(ACCOUNTS)]).cluster, Query())
    assert "Connection(" in raised.value.bundle
    assert "the map allows" in raised.value.bundle


def test_sides_that_change_places_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    right = relation.relation_of
    monkeypatch.setattr(relation, "relation_of", lambda *given: right(*given[:3], given[3][::-1]))
    with pytest.raises(DisagreementError):
        map_of(load([str(ACCOUNTS)]).cluster, Query())


def test_a_disagreement_is_no_map(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(profiles, "decided", nothing_is_allowed)
    assert main(["connections", str(ACCOUNTS)]) == 70
    assert capsys.readouterr().out == ""


def asked(cluster: Cluster, query: Query, monkeypatch: pytest.MonkeyPatch) -> list[Decision]:
    found: list[tuple[Connection, Decision]] = []
    right = sampling.decide

    def recorded(policies: Any, connection: Connection, *rest: Any) -> Decision:
        found.append((connection, right(policies, connection, *rest)))
        return found[-1][1]

    monkeypatch.setattr(sampling, "decide", recorded)
    map_of(cluster, query)
    assert len(found) <= sampling.SAMPLES
    assert {connection.protocol for connection, _ in found} == {*Protocol}
    ends = [
        tuple(isinstance(end, ExternalEndpoint) for end in (one.source, one.destination))
        for one, _ in found
    ]
    assert {*ends} == {(False, False), (True, False), (False, True)}
    return [decision for _, decision in found]


def test_samples_are_of_all_sorts_and_the_same_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    cluster = load([str(ACCOUNTS)]).cluster
    first = asked(cluster, Query(), monkeypatch)
    assert len(first) > sampling.SAMPLES // 2
    assert {decision.allowed for decision in first} == {False, True}
    assert first == asked(cluster, Query(), monkeypatch)


@pytest.mark.parametrize("assumptions", AS_GIVEN)
def test_a_cluster_without_policies_agrees(assumptions: frozenset[Assumption]) -> None:
    map_of(cluster_of(random.Random(1)), Query(assumptions=assumptions))


def test_a_cluster_of_one_pod_and_of_none() -> None:
    cluster = cluster_of(random.Random(2))
    one = Cluster(cluster.namespaces, cluster.workloads[:1])
    for few in (one, Cluster(cluster.namespaces)):
        map_of(few, Query(assumptions=DEFAULTS))


def test_families_of_a_pod_limit_what_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """A.27: no connection is asked for in a family in which an end has no address."""
    seen: list[Connection] = []
    right = sampling.decide
    monkeypatch.setattr(
        sampling, "decide", lambda *given: (seen.append(given[1]), right(*given))[1]
    )
    map_of(cluster_of(random.Random(4)), Query(assumptions=AS_GIVEN[2]))
    for one in seen:
        for end in (one.source, one.destination):
            known = (end.address,) if isinstance(end, ExternalEndpoint) else end.addresses
            families = {Family.IPV6 if ":" in address else Family.IPV4 for address in known}
            assert not known or one.family in families
