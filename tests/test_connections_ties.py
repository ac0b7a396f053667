"""Which pairs of a map the order of tied policies decides, by trying every order."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from itertools import product
from pathlib import Path

import pytest
from tests.test_connections_tiers import Case, cluster_of, tiers_of

from netproof.cli import main
from netproof.connectivity import doubts, mapping
from netproof.connectivity.doubts import Doubts, doubts_of
from netproof.connectivity.mapping import Query, map_of
from netproof.oracle.addresses import family_of
from netproof_encodings.decision.tiers import Tier
from netproof_specs.assumptions import DEFAULTS
from netproof_specs.model.cluster import Cluster
from netproof_specs.model.connections import Connection, Endpoint, ExternalEndpoint, pod_of
from netproof_specs.model.traffic import Direction, Family, Protocol

OUTSIDE = ("10.1.9.9", "192.0.2.7", "203.0.113.1", "2001:db8::9", "2001:dc8::1")
PORTS = (1, 79, 80, 81)
SEEDS = range(25)
Tiers = Mapping[Direction, Sequence[Tier]]


def open_by_trying(cluster: Cluster, tiers: Tiers) -> int:
    """Pairs of workloads, or of one and everything outside, that some order decides otherwise."""
    spaces = {one.name: one for one in cluster.namespaces}
    pods = [
        [pod_of(one, spaces[one.namespace], replica) for one in cluster.workloads]
        for replica in (1, 2)
    ]
    outside = [ExternalEndpoint(address) for address in OUTSIDE]
    sources, destinations = ([[one] for one in replicas] for replicas in pods)
    pairs: list[tuple[Sequence[Endpoint], Sequence[Endpoint]]] = [
        *product(sources, destinations),
        *product([outside], destinations),
        *product(sources, [outside]),
    ]
    return sum(
        any(
            is_open(source, destination, on, tiers)
            for source, destination in product(*pair)
            for on in product(Protocol, PORTS)
        )
        for pair in pairs
    )


def is_open(
    source: Endpoint, destination: Endpoint, on: tuple[Protocol, int], tiers: Tiers
) -> bool:
    """Whether some order allows the port in some family, and no family has it in each order."""
    some = every = False
    for family in Family:
        connection = Connection(source, destination, *on, family)
        if all(has(end, family) for end in (source, destination)):
            case = Case(connection, DEFAULTS)
            sides = [case.outcomes(listed) for listed in tiers.values()]
            some |= all(True in side for side in sides)
            every |= all(False not in side for side in sides)
    return some and not every


def has(end: Endpoint, family: Family) -> bool:
    """Whether the end can have connections of the family (A.27)."""
    known = (end.address,) if isinstance(end, ExternalEndpoint) else end.addresses
    return not known or family in map(family_of, known)


@pytest.mark.slow
def test_pairs_that_the_order_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    counts = {seed: open_at(seed, monkeypatch) for seed in SEEDS}
    assert sum(1 for pairs in counts.values() if pairs) > 2, counts


def open_at(seed: int, monkeypatch: pytest.MonkeyPatch) -> int:
    rng = random.Random(seed)
    cluster = cluster_of(rng)
    tiers = {direction: tiers_of(rng, direction, ranks=1 + seed % 2) for direction in Direction}
    for module in (mapping, doubts):
        monkeypatch.setattr(module, "lower", lambda _: tiers)
    monkeypatch.setattr(mapping, "hold", lambda *_: None)
    found = map_of(cluster, Query(assumptions=DEFAULTS))
    pairs = doubts_of(found).order
    assert pairs == open_by_trying(cluster, tiers), seed
    assert doubts_of(found) == Doubts(order=pairs)
    assert bool(found.tied) or not pairs
    return pairs


def test_no_note_without_ties(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["connections", "examples/redis-db/cluster", "examples/redis-db/policies"]) == 0
    assert "policies that tie" not in capsys.readouterr().out


def admin(name: str, action: str, port: int) -> str:
    return f"""\
apiVersion: policy.networking.k8s.io/v1alpha1
kind: AdminNetworkPolicy
metadata: {{name: {name}}}
spec:
  priority: 7
  subject: {{namespaces: {{}}}}
  ingress:
    - action: {action}
      from: [{{namespaces: {{}}}}]
      ports: [{{portNumber: {{protocol: TCP, port: {port}}}}}]
"""


PODS = """\
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop}
spec: {containers: [{name: c, image: i}]}
---
apiVersion: v1
kind: Pod
metadata: {name: db, namespace: shop}
spec: {containers: [{name: c, image: i}]}
"""
NOTE = "2 pairs depend on the order of policies that tie: `{}`, `{}`; `perhaps` marks"


def run(folder: Path, capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(["connections", str(folder), "--from", "ns:shop", *arguments]) == 0
    return capsys.readouterr().out


def test_a_note_tells_of_pairs_that_the_order_decides(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """C.4: two lines have a port that only some order allows."""
    policies = [admin("a-allow", "Allow", 80), admin("b-deny", "Deny", 80)]
    (tmp_path / "m.yaml").write_text("---\n".join((PODS, *policies)), encoding="utf-8")
    found = run(tmp_path, capsys)
    line = "shop/db->shop/webTCP1-79,81-65535;UDPall;SCTPall;perhapsTCP80"
    assert line in ["".join(line.split()) for line in found.splitlines()]
    assert NOTE.format("AdminNetworkPolicy/a-allow", "AdminNetworkPolicy/b-deny") in found
    assert "that tie:" not in run(tmp_path, capsys, "--assume", "ties=name")
    assert "that tie:" not in run(tmp_path, capsys, "--on", "TCP/81")
    assert "that tie:" in run(tmp_path, capsys, "--on", "TCP/80")


def test_no_note_where_ties_do_not_meet(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    policies = [admin("a-allow", "Allow", 80), admin("b-deny", "Deny", 81)]
    (tmp_path / "m.yaml").write_text("---\n".join((PODS, *policies)), encoding="utf-8")
    found = run(tmp_path, capsys)
    assert "TCP 1-80, 82-65535" in found
    assert "that tie:" not in found
