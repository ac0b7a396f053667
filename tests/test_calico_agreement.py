"""Oracle and encoding agree on Calico's policies: on every row, and on generated clusters."""

from __future__ import annotations

import random
from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.agreement import Against, against, belongs, evaluated, pin
from tests.calico_strategies import calico_clusters, forwarding_clusters, host_clusters
from tests.calico_tables import CalicoRow
from tests.profiles import examples
from tests.provers import answers_to
from tests.samples import some_connections
from tests.strategies import claims
from tests.test_agreement import decisions
from tests.test_calico_lowering import DECIDED

from netproof.cli import main
from netproof.connectivity.points import points_of
from netproof.connectivity.relation import related, relations
from netproof.connectivity.sampling import hold
from netproof.explaining.conditions import Held
from netproof.oracle.claims import breaks, in_scope, satisfies
from netproof.oracle.connections import decide
from netproof.replay import favour_for
from netproof.solving import Answer, Limits, Session
from netproof_encodings.decision.folding import Lean, decided
from netproof_encodings.lowering import lower
from netproof_encodings.lowering.undecided import undecided
from netproof_encodings.meaning.claims import groups_of
from netproof_encodings.obligations.claims import literals, require, stage
from netproof_specs.assumptions import DEFAULTS, Assumption, Assumptions
from netproof_specs.claims import (
    AddressBlock,
    Anything,
    CannotReach,
    CanReach,
    ConnectionClaim,
    DeniedByDefault,
    EndpointSet,
    External,
    Group,
    HostNamed,
    HostsWhere,
    MayReach,
    PodsWhere,
    Statement,
)
from netproof_specs.loading import load_texts
from netproof_specs.model.cluster import Cluster
from netproof_specs.model.connections import Connection, ExternalEndpoint
from netproof_specs.model.hosts import HostEndpoint
from netproof_specs.model.labels import LabelSelector, Operator, Requirement
from netproof_specs.model.traffic import Direction, Protocol
from netproof_specs.worlds import World

ASSUMED = tuple(Assumption)
VALUATIONS: tuple[Assumptions, ...] = tuple(
    frozenset(one for one, chosen in zip(ASSUMED, choice, strict=True) if chosen)
    for choice in product((True, False), repeat=len(ASSUMED))
)
seeds = st.integers(0, 2**32)


@pytest.fixture(scope="module")
def session() -> Session:
    """One solver for all rows."""
    return Session("", Limits())


def is_taken(row: CalicoRow) -> bool:
    """Whether the row's external address is that of a pod."""
    known = {address for one in row.cluster.workloads for address in one.addresses}
    ends = (row.connection.source, row.connection.destination)
    return any(isinstance(end, ExternalEndpoint) and end.address in known for end in ends)


@pytest.mark.parametrize(
    "row", [row for row in DECIDED if not is_taken(row)], ids=lambda row: f"{row.id} {row.text}"
)
def test_row(row: CalicoRow, session: Session) -> None:
    on = stage(row.cluster, World.SNAPSHOT, [])
    assert belongs(on, row.connection, row.assumptions)
    left_open = row.open and Assumption.TIES in row.assumptions
    sometimes, always = row.allowed or left_open, row.allowed and not left_open
    never = on.terms.negation(on.outcome.sometimes)
    fails = on.terms.negation(on.outcome.always)
    for term, expected in (
        (on.outcome.sometimes, sometimes),
        (never, not sometimes),
        (on.outcome.always, always),
        (fails, not always),
    ):
        pinned = [*pin(on, row.connection), term]
        session.push(on.text + "".join(require(on, one) for one in pinned))
        answer = session.check(literals(on, row.assumptions, None))
        session.pop()
        assert answer is (Answer.SAT if expected else Answer.UNSAT)


@examples(usual=15, thorough=300)
@given(data=st.data(), seed=seeds)
def test_encoding_agrees_with_oracle(data: st.DataObject, seed: int) -> None:
    """World, decision and claims, on connections of each world under every valuation."""
    cluster = data.draw(calico_clusters())
    assert not list(undecided(cluster))
    for world in World:
        stated = data.draw(st.lists(claims(cluster, world), min_size=1, max_size=1))
        groups = [group.endpoints for claim in stated for group in groups_of(claim)]
        on = stage(cluster, world, groups)
        held = against(on)
        drawn = some_connections(on, random.Random(seed), 8)
        tunnel = replace(drawn[0], protocol=Protocol.UDP, port=4789)
        for connection in (*drawn, tunnel):
            for assumptions in some_valuations(seed):
                check(held, stated[0], connection, assumptions)


HOST_GROUPS: tuple[EndpointSet, ...] = (
    HostsWhere(),
    HostsWhere(LabelSelector((Requirement("app", Operator.IN, ("a",)),))),
    HostsWhere(LabelSelector((Requirement("tier", Operator.NOT_IN, ("a",)),))),
    HostNamed("h1"),
    External(),
    Anything(),
    PodsWhere(),
    AddressBlock("10.1.0.0/16"),
)
host_groups = st.sampled_from(HOST_GROUPS).map(lambda one: Group(type(one).__name__, one))
host_claims = st.one_of(
    st.builds(CannotReach, host_groups, host_groups, st.just(())),
    st.builds(CanReach, host_groups, host_groups, st.just(())),
    st.builds(MayReach, host_groups, host_groups, st.just(())),
)
FAILSAFE_PORTS = (22, 68, 53, 6443)


@examples(usual=25, thorough=400)
@given(data=st.data(), seed=seeds, claim=host_claims)
def test_encoding_agrees_with_oracle_on_hosts(
    data: st.DataObject, seed: int, claim: ConnectionClaim
) -> None:
    """The same with host endpoints, in the worlds that hold them."""
    cluster = data.draw(host_clusters())
    assert not list(undecided(cluster))
    rng = random.Random(seed)
    for world in World:
        on = stage(cluster, world, [group.endpoints for group in groups_of(claim)])
        held = against(on)
        drawn = some_connections(on, rng, 10)
        failsafe = replace(drawn[0], port=rng.choice(FAILSAFE_PORTS))
        for connection in (*drawn, failsafe):
            for assumptions in some_valuations(seed):
                check(held, claim, connection, assumptions)


@examples(usual=40, thorough=600)
@given(data=st.data(), seed=seeds, claim=host_claims)
def test_encoding_agrees_with_oracle_on_what_hosts_let_through(
    data: st.DataObject, seed: int, claim: ConnectionClaim
) -> None:
    """D.37: with policies for forwarded traffic, of which no tier of the ends tells."""
    cluster = data.draw(forwarding_clusters())
    assert not list(undecided(cluster))
    rng = random.Random(seed)
    for world in World:
        on = stage(cluster, world, [group.endpoints for group in groups_of(claim)])
        held = against(on)
        for connection in some_connections(on, rng, 10):
            for assumptions in some_valuations(seed):
                check(held, claim, connection, assumptions)


@given(cluster=st.one_of(host_clusters(), forwarding_clusters()), world=st.sampled_from(World))
def test_verdicts_on_hosts_replay(cluster: Cluster, world: World) -> None:
    """Whatever is refuted is replayed by the oracle, whatever ends decoding makes of it."""
    stated: list[ConnectionClaim] = [
        CannotReach(Group("a", one), Group("b", other), ())
        for one, other in product((HostsWhere(), Anything()), (HostsWhere(), External()))
    ]
    anything = Group("any", Anything())
    stated += [made(anything, anything, ()) for made in (CanReach, MayReach)]
    on = answers_to(cluster, world, stated, DEFAULTS)
    for claim in stated:
        verdict = on.verdict(Statement("C", "claim", claim), claim)
        if verdict.counterexample is not None:
            assert in_scope(verdict.counterexample.connection, DEFAULTS)


def some_valuations(seed: int) -> list[Assumptions]:
    """A few of all valuations."""
    return random.Random(seed).sample(VALUATIONS, 12)


def check(
    known: Against, claim: ConnectionClaim, connection: Connection, assumptions: Assumptions
) -> None:
    """The stage's terms are true of the connection iff the oracle says so."""
    on, parts = known.on, known.parts
    found = evaluated(on, connection, assumptions)
    held = belongs(on, connection, assumptions)
    assert found.holds(known.world) is held
    if not (held and in_scope(connection, assumptions)):
        return
    policies = on.scene.cluster.every_policy
    sometimes, always = decisions(on, connection, assumptions)
    assert found.holds(on.outcome.sometimes) is sometimes.allowed
    assert found.holds(on.outcome.always) is always.allowed
    if isinstance(claim, DeniedByDefault):
        decision = decide(policies, connection, assumptions, favour_for(claim, assumptions))
        left_open = parts.left_open(claim, known.ends)
        assert found.holds(left_open) is breaks(claim, connection, decision)
        return
    sought = (
        satisfies(claim, connection, always)
        if isinstance(claim, MayReach)
        else breaks(claim, connection, sometimes) or breaks(claim, connection, always)
    )
    assert found.holds(parts.sought(claim, on.outcome)) is sought
    ends = (connection.source, connection.destination)
    if any(isinstance(end, HostEndpoint) and end.invented for end in ends):
        return  # the tiers of the input alone say nothing of one that it does not have
    decision = decide(policies, connection, assumptions)
    concrete = Held(connection, assumptions, on.scene.cluster.hosts)
    by_ends = decision.egress.allowed and decision.ingress.allowed
    assert all(decided(concrete, known.tiers[one]) for one in Direction) is by_ends


@examples(usual=15, thorough=200)
@given(cluster=calico_clusters(), world=st.sampled_from(World), seed=seeds)
def test_solver_agrees_with_oracle(cluster: Cluster, world: World, seed: int) -> None:
    """The same of the text that the solver reads."""
    on = stage(cluster, world, [])
    session, rng = Session(on.text, Limits()), random.Random(seed)
    for connection in some_connections(on, rng, 3):
        assumptions = rng.choice(VALUATIONS)
        session.push("".join(require(on, term) for term in pin(on, connection)))
        if belongs(on, connection, assumptions) and in_scope(connection, assumptions):
            allowed = decisions(on, connection, assumptions)[0].allowed
            term = on.outcome.sometimes if allowed else on.terms.negation(on.outcome.sometimes)
            session.push(require(on, term))
            assert session.check(literals(on, assumptions, None)) is Answer.SAT
            session.pop()
            session.push(require(on, on.terms.negation(term)))
            assert session.check(literals(on, assumptions, None)) is Answer.UNSAT
            session.pop()
        session.pop()


@examples(usual=20, thorough=200)
@given(
    cluster=st.one_of(calico_clusters(), host_clusters()), assumptions=st.sampled_from(VALUATIONS)
)
def test_flows_agree_with_oracle(cluster: Cluster, assumptions: Assumptions) -> None:
    """The fold over sets of connections, of which maps are made."""
    tiers = lower(cluster.every_policy)
    for relation in relations(points_of(cluster, tiers, assumptions), tiers, Lean):
        hold(relation)


@examples(usual=20, thorough=300)
@given(
    cluster=st.one_of(calico_clusters(), forwarding_clusters()),
    assumptions=st.sampled_from(VALUATIONS),
)
def test_flows_in_layers_agree_with_oracle(cluster: Cluster, assumptions: Assumptions) -> None:
    """What is possible and what is certain, also of what hosts let through (C.4, D.37)."""
    tiers = lower(cluster.every_policy)
    hold(related(points_of(cluster, tiers, assumptions), tiers))


CLUSTER = """
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {app: web}}
spec: {containers: [{name: c}]}
---
apiVersion: v1
kind: Pod
metadata: {name: db, namespace: shop, labels: {app: db}}
spec: {containers: [{name: c}]}
---
apiVersion: projectcalico.org/v3
kind: NetworkPolicy
metadata: {name: db, namespace: shop}
spec:
  selector: app == 'db'
  types: [Ingress]
  ingress:
  - {action: Allow, protocol: TCP, source: {selector: app == 'web'}, destination: {ports: [5432]}}
"""


def test_the_commands_that_decide(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("c.yaml").write_text(CLUSTER, encoding="utf-8")
    assert main(["verify", "c.yaml", "--claim", "only shop/web can reach shop/db"]) == 0
    assert main(["verify", "c.yaml", "--claim", "shop/web can reach shop/db on TCP/80"]) == 1
    assert "db selects shop/db; no rule admits it  (c.yaml:14:18)" in capsys.readouterr().out
    tunnel = "shop/web cannot reach external on UDP/4789"
    assert main(["verify", "c.yaml", "--claim", tunnel]) == 0
    assert "REFUTED with calico-workload-tunnels=allowed" in capsys.readouterr().out
    assert main(["connections", "c.yaml", "--output", "csv"]) == 0
    found = capsys.readouterr().out
    assert "Pod,shop,web,Pod,shop,db,5432,," in found
    assert 'Pod,shop,web,external,,0.0.0.0/0 ::/0,all,"1-4788, 4790-65535",all' in found


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["lint", "c.yaml"], "1 of 2 for ingress (`web`); 2 of 2 for egress"),
        (["compare", "c.yaml", "c.yaml"], "EQUIVALENT"),
        (
            ["explain", "c.yaml", "--from", "shop/web", "--to", "shop/db", "--on", "TCP/80"],
            "no rule admits it",
        ),
        (["verify", "c.yaml", "--claim", "policy shop/db is necessary"], "PROVED"),
    ],
    ids=lambda arguments: arguments[0],
)
def test_the_commands_that_read_policies(
    arguments: list[str],
    words: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("c.yaml").write_text(CLUSTER, encoding="utf-8")
    assert main(arguments) == 0
    assert words in capsys.readouterr().out


def test_no_rule_opens_what_calico_denies_by_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("c.yaml").write_text(CLUSTER, encoding="utf-8")
    ends = ["--from", "shop/web", "--to", "shop/db"]
    assert main(["explain", "c.yaml", *ends, "--on", "UDP/4789"]) == 0
    found = capsys.readouterr().out
    assert "tunnels from pods are denied, whatever policies say (D.42)" in found
    assert "to allow it" not in found


def many_parts(key: str, numbers: range) -> str:
    """A policy that asks for that many parts of one value, each in a rule."""
    head = "apiVersion: projectcalico.org/v3\nkind: GlobalNetworkPolicy\nmetadata: {name: g}\n"
    rules = (
        f"  - {{action: Allow, source: {{selector: {key} contains 'part{number}x'}}}}\n"
        for number in numbers
    )
    return f"{head}spec:\n  types: [Ingress]\n  ingress:\n{''.join(rules)}"


MANY_PARTS = {
    "tier": "the label `tier` of a pod",
    "projectcalico.org/serviceaccount": "the name of a service account",
    "pcns.projectcalico.org/name": "the name of a namespace",
    "pcsa.role": "the label `role` of a service account",
}


@pytest.mark.parametrize("key", MANY_PARTS)
def test_what_is_too_much_to_tell(key: str) -> None:
    """So many parts that there are thousands of combinations are refused, half of them are not."""
    few, many = (
        load_texts({"f": many_parts(key, range(10, 10 + count))}).cluster for count in (6, 13)
    )
    assert not list(undecided(few))
    (problem,) = undecided(many)
    assert problem.clause == "D.31"
    assert f"ask for 13 parts of {MANY_PARTS[key]}, of which too many" in problem.message
    assert "contains `part10x`, contains `part11x`, contains `part12x` and 10 more" in str(problem)


@pytest.mark.parametrize("stage", ["", ", doNotTrack: true"])
def test_what_is_too_much_to_tell_of_host_endpoints(stage: str) -> None:
    """Policies for forwarded traffic, and those that count before others, ask only who they are."""
    asked = " || ".join(f"role contains 'part{number}x'" for number in range(10, 23))
    text = (
        "apiVersion: projectcalico.org/v3\nkind: GlobalNetworkPolicy\nmetadata: {name: g}\n"
        f'spec: {{selector: "{asked}", applyOnForward: true{stage}, types: [Ingress]}}\n'
    )
    (problem,) = undecided(load_texts({"f": text}).cluster)
    assert problem.clause == "D.31"
    assert "ask for 13 parts of the label `role` of a" in problem.message


def test_what_is_too_much_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, numbers in (("old", range(10, 17)), ("new", range(17, 24))):
        Path(f"{name}.yaml").write_text(many_parts("tier", numbers), encoding="utf-8")
    claim = ["--claim", "pods may reach pods", "--world", "any-cluster"]
    assert main(["verify", "old.yaml", *claim]) == 0
    assert main(["compare", "old.yaml", "new.yaml"]) == 2
    assert "ask for 14 parts of the label `tier` of a pod" in capsys.readouterr().err
