"""Whom a refutation concerns, held to trying every connection of the input."""

from __future__ import annotations

import html
import json
import shlex
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from tests.brute_force import everything, mentions
from tests.calico_strategies import forwarding_clusters, host_clusters
from tests.profiles import examples
from tests.strategies import assumptions, claims, clusters
from tests.test_agreement_claims import answers_to, proved
from tests.test_calico_agreement import host_claims
from tests.test_connections_hosts import connections as host_connections

from netproof.cli import main
from netproof.decisions import InInput
from netproof.oracle.addresses import in_block
from netproof.oracle.claims import breaks, in_scope
from netproof.oracle.connections import decide
from netproof.oracle.forwarded import SetUp
from netproof.verdicts import Cidrs, Concerned, Pair, Title
from netproof.verifying.concerned import asked_for, concerned, outcome_for
from netproof_encodings.lowering import every_tier, lower
from netproof_encodings.vocabulary.mentioned import vocabulary_of
from netproof_specs.assumptions import Assumption, Assumptions
from netproof_specs.claims import (
    CannotReach,
    CanReach,
    ClaimPorts,
    ConnectionClaim,
    DeniedByDefault,
    MayReach,
    ReachClaim,
)
from netproof_specs.model.cluster import Cluster
from netproof_specs.model.connections import Connection, Endpoint, ExternalEndpoint, PodEndpoint
from netproof_specs.model.hosts import HostEndpoint
from netproof_specs.model.traffic import Protocol
from netproof_specs.worlds import World

KNOWN = assumptions.map(lambda one: one - {Assumption.UNKNOWN_POD_ADDRESSES})
MOST = 10_000


def breaking(
    cluster: Cluster, claim: ConnectionClaim, world: World, assumed: Assumptions
) -> Iterator[Connection]:
    """The connections of the input that break the claim."""
    for one in everything(cluster, World.SNAPSHOT, mentions(cluster, [claim]), assumed):
        hosts = any(is_host(end) for end in (one.source, one.destination))
        if world is not World.SNAPSHOT and hosts:
            continue
        if breaks(claim, one, decide(cluster.policies, one, assumed)):
            yield one


def is_host(end: Endpoint) -> bool:
    """Whether the end is a hostNetwork pod."""
    return isinstance(end, PodEndpoint) and end.host_network


def title(end: Endpoint) -> Title | None:
    """The workload of the end; nothing for an address outside."""
    if isinstance(end, ExternalEndpoint):
        return None
    if isinstance(end, HostEndpoint):
        return "", "HostEndpoint", end.name
    kind, name = end.owner or (end.kind, end.name)
    return end.namespace.name, kind, name


def holds(pair: Pair, one: Connection) -> bool:
    """Whether the connection is one of those that the pair stands for."""
    ports = {found.protocol: found.ports for found in pair.ports}.get(one.protocol, ())
    ends = ((pair.source, one.source), (pair.destination, one.destination))
    return any(first <= one.port <= last for first, last in ports) and all(
        is_end(wanted, end) for wanted, end in ends
    )


def is_end(wanted: Title | Cidrs, end: Endpoint) -> bool:
    """Whether the end is the workload or one of the addresses."""
    if isinstance(end, ExternalEndpoint):
        blocks = all("/" in one and one.count("/") == 1 for one in wanted)
        return blocks and any(in_block(end.address, one) for one in wanted)
    return wanted == title(end)


@examples(usual=80, thorough=150)
@given(st.data(), st.sampled_from(World), KNOWN)
def test_against_trying_every_connection(
    data: st.DataObject, world: World, assumed: Assumptions
) -> None:
    """Sources, destinations and pairs are those of the breaking connections, no more, no fewer."""
    cluster = data.draw(clusters())
    claim = data.draw(claims(cluster))
    if isinstance(claim, MayReach | DeniedByDefault):
        return
    found = whom(cluster, claim, world, assumed, MOST)
    tried = list(breaking(cluster, claim, world, assumed))
    check_ends(found, tried)
    for one in tried:
        assert any(holds(pair, one) for pair in found.pairs), one
    for pair in found.pairs:
        assert any(holds(pair, one) for one in tried), pair
    few = whom(cluster, claim, world, assumed, 1)
    assert (few.sources, few.destinations) == (found.sources, found.destinations)
    assert len(few.pairs) + few.more == len(found.pairs)
    none = whom(cluster, claim, world, assumed, 0)
    assert none == replace(found, pairs=(), more=0)
    other = data.draw(claims(cluster))
    if not isinstance(other, DeniedByDefault):
        assert whom(cluster, claim, world, assumed, MOST, other) == found


def whom(
    cluster: Cluster,
    claim: ConnectionClaim,
    world: World,
    assumed: Assumptions,
    most: int,
    *others: ReachClaim,
) -> Concerned:
    """Whom the claim concerns, of a cluster that is not too large, with other claims of the run."""
    assert not isinstance(claim, DeniedByDefault)
    tiers = lower(cluster.every_policy)
    outcome = outcome_for(claim, cluster, tiers, assumed - {Assumption.TIES})
    whole = asked_for(cluster, tiers, [claim, *others], assumed, outcome)
    found = concerned(whole, claim, world, most)
    assert found is not None
    return found


HOST_PORTS = (ClaimPorts(Protocol.TCP, 22, 22), ClaimPorts(Protocol.UDP, 53, 53))


@examples(usual=15, thorough=150)
@given(
    cluster=st.one_of(host_clusters(), forwarding_clusters()),
    claim=host_claims,
    world=st.sampled_from(World),
    assumed=KNOWN.map(lambda one: one - {Assumption.TIES}),
)
def test_host_endpoints_against_trying_every_connection(
    cluster: Cluster, claim: ConnectionClaim, world: World, assumed: Assumptions
) -> None:
    assume(not vocabulary_of(every_tier(lower(cluster.every_policy)), (), ()).source_ports)
    assert isinstance(claim, CannotReach | CanReach | MayReach)
    claim = replace(claim, ports=HOST_PORTS)
    if isinstance(claim, MayReach):
        return
    found = whom(cluster, claim, world, assumed, MOST)
    set_up = SetUp.SHUT if isinstance(claim, CanReach) else SetUp.OPEN
    tried = [
        one
        for one in host_connections(cluster, (22, 53))
        if in_scope(one, assumed)
        and (world is World.SNAPSHOT or not any(map(is_host, (one.source, one.destination))))
        and breaks(claim, one, decide(cluster.every_policy, one, assumed, set_up=set_up))
    ]
    check_ends(found, tried)
    for one in tried:
        assert any(holds(pair, one) for pair in found.pairs), one


def check_ends(found: Concerned, tried: list[Connection]) -> None:
    """Which workloads are told, and whether addresses outside are."""
    sources, destinations = (
        {title(getattr(one, end)) for one in tried} for end in ("source", "destination")
    )
    assert found.sources == sources - {None}
    assert found.destinations == destinations - {None}
    assert found.from_outside is (None in sources)
    assert found.to_outside is (None in destinations)


@examples(usual=30, thorough=150)
@given(st.data(), st.sampled_from((World.ANY_PODS, World.ANY_CLUSTER)), KNOWN)
def test_somebody_is_concerned_iff_the_solver_shows_one(
    data: st.DataObject, world: World, assumed: Assumptions
) -> None:
    cluster = data.draw(clusters())
    claim = data.draw(claims(cluster, world))
    evidence = proved(answers_to(cluster, world, [claim], assumed), claim).counterexample
    if evidence is not None:
        found = whom(cluster, claim, world, assumed, 0)
        some = bool(found.sources or found.destinations)
        assert (evidence.in_input is InInput.SHOWN) is some


SPACE = """
apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: p, namespace: shop}
spec:
  podSelector: {matchLabels: {app: db}}
  ingress: [{from: [{podSelector: {}}], ports: [{port: 5432}]}]
---
"""
WORKLOAD = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: NAME, namespace: shop}
spec:
  replicas: 2
  selector: {matchLabels: {app: NAME}}
  template: {metadata: {labels: {app: NAME}}, spec: {containers: [{name: c}]}}
---
"""
CLAIM = "only pods(app=web) can reach pods(app=db)"
PAIRS = [
    "shop/Deployment/api  ->  shop/Deployment/db  TCP 5432",
    "shop/Deployment/db  ->  shop/Deployment/db  TCP 5432",
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A cluster of three workloads in a folder whose name needs quoting."""
    found = tmp_path / "it's a `folder`; $(x)"
    found.mkdir()
    text = SPACE + "".join(WORKLOAD.replace("NAME", name) for name in ("api", "db", "web"))
    (found / "m.yaml").write_text(text)
    (found / "spec.yaml").write_text(f"claims:\n- {CLAIM}\n")
    return found


def printed(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    """How the command ends and what it prints."""
    code = main(list(arguments))
    return code, capsys.readouterr().out


def test_counted_and_listed(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = str(folder / "m.yaml")
    _, text = printed(capsys, "verify", path, "--claim", CLAIM)
    assert "  concerned       from 2 workloads to 1 workload; --all lists them\n" in text
    assert PAIRS[0] not in text
    for format_ in ("text", "markdown", "junit", "sarif", "github"):
        _, text = printed(capsys, "verify", path, "--claim", CLAIM, "--all", "--output", format_)
        plain = html.unescape(text).replace("\\u003e", ">")
        assert all(pair in plain for pair in PAIRS), format_
    _, text = printed(capsys, "verify", path, "--claim", CLAIM, "--all", "--output", "json")
    found = json.loads(text)["claims"][0]["counterexample"]["concerned"]
    assert (found["sources"], found["destinations"], found["fromOutside"]) == (2, 1, False)
    assert [one["source"]["name"] for one in found["pairs"]] == ["api", "db"]
    for one in found["pairs"]:
        assert one["ports"] == [{"protocol": "TCP", "ports": [[5432, 5432]]}]


@pytest.mark.parametrize(
    ("world", "claim", "expected"),
    [
        ("snapshot", CLAIM, "from 2 workloads to 1 workload; --all lists them"),
        ("any-pods", CLAIM, "from 2 workloads to 1 workload; --all lists them"),
        (
            "snapshot",
            "external cannot reach ns:shop",
            "from addresses outside to 2 workloads; --all lists them",
        ),
        (
            "snapshot",
            "pods(app=web) can reach anything",
            "from 1 workload to 1 workload; --all lists them",
        ),
        (
            "snapshot",
            "anything cannot reach pods(app=api)",
            "from 3 workloads and addresses outside to 1 workload; --all lists them",
        ),
    ],
)
def test_how_many(
    world: str, claim: str, expected: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ("verify", str(folder / "m.yaml"), "--claim", claim, "--world", world)
    assert f"  concerned       {expected}\n" in printed(capsys, *arguments)[1]


@pytest.mark.parametrize("with_spec", [False, True])
def test_the_command_that_explains(
    with_spec: bool, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It reads the same files in a shell, where a spec in the folder is not among them."""
    if not with_spec:
        (folder / "spec.yaml").unlink()
    asked = ("--spec", str(folder / "spec.yaml")) if with_spec else ("--claim", CLAIM)
    without = ("--without", "CiliumNetworkPolicy")
    options = ("--assume", "host-network=pod", "--lenient", *without, "--output", "json")
    _, text = printed(capsys, "verify", str(folder), *asked, *options)
    command = json.loads(text)["claims"][0]["explain"]
    words = shlex.split(command)
    assert words[:2] == ["netproof", "explain"]
    assert {"--lenient", "host-network=pod", "CiliumNetworkPolicy"} <= {*words}
    code, explained = printed(capsys, *words[1:])
    assert code == 0
    assert "ALLOWED  shop/Deployment/api #1  ->  shop/Deployment/db #1  TCP/5432" in explained


def test_no_command_where_the_input_has_no_such_connection(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    claim = "pods(app=x) cannot reach pods(app=db)"
    arguments = ("--world", "any-pods", "--claim", claim)
    _, text = printed(capsys, "verify", str(folder / "m.yaml"), *arguments)
    assert "in the input    no such connection" in text
    assert "concerned" not in text
    assert "explained by" not in text


def test_too_large_to_count(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("netproof.pipeline.MANY_WORKLOADS", 1)
    path = str(folder / "m.yaml")
    _, text = printed(capsys, "verify", path, "--claim", CLAIM)
    assert "  concerned       not counted in so large an input; --all counts" in text
    assert PAIRS[0] in printed(capsys, "verify", path, "--claim", CLAIM, "--all")[1]


def test_no_claim_of_the_other_kind_makes_it_too_large_to_count(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Both kinds are asked of one map, in which the blocks of either tell addresses apart."""
    monkeypatch.setattr("netproof.verifying.concerned.MANY_PAIRS", 5)
    one = "anything cannot reach pods(app=db)"
    other = "cidr(198.51.100.0/28) can reach pods(app=db) on TCP/80"
    for chosen in ((one,), (one, other), (other, one)):
        claims = [word for claim in chosen for word in ("--claim", claim)]
        _, text = printed(capsys, "verify", str(folder / "m.yaml"), *claims)
        assert "concerned       from 3 workloads to 1 workload" in text
        assert "not counted" not in text
