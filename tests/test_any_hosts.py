"""Host endpoints in any cluster: any that Calico can have, beside those of the input."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.agreement import belongs, evaluated
from tests.calico_strategies import calico_clusters, forwarding_clusters, host_clusters
from tests.profiles import examples
from tests.provers import answers_to
from tests.samples import ANY_HOSTS, some_connections, some_host
from tests.schema_check import checked
from tests.strategies import claims
from tests.test_calico_agreement import host_claims, some_valuations

from netproof.cli import main
from netproof.oracle.claims import breaks, in_scope, satisfies
from netproof.oracle.connections import Favour, decide
from netproof.oracle.forwarded import SetUp
from netproof.pipeline import VerifyOptions, verify
from netproof.replay import favour_for
from netproof.verdicts import Outcome
from netproof_encodings.lowering.any_hosts import other_hosts
from netproof_encodings.meaning.claims import groups_of
from netproof_encodings.obligations.claims import stage
from netproof_specs.assumptions import Assumption
from netproof_specs.claims import ConnectionClaim, MayReach, Statement
from netproof_specs.loading import load_texts
from netproof_specs.model.calico import Profile
from netproof_specs.spec_files.reading import statements_of
from netproof_specs.worlds import World

WORLD = World.ANY_CLUSTER


@examples(usual=25, thorough=400)
@given(data=st.data(), seed=st.integers(0, 2**32), claim=host_claims)
def test_no_host_endpoint_breaks_what_is_proved(
    data: st.DataObject, seed: int, claim: ConnectionClaim
) -> None:
    """The whole way from claims to verdicts, held against connections with any host endpoints."""
    cluster = data.draw(st.one_of(calico_clusters(), host_clusters()))
    stated = [claim, *data.draw(st.lists(claims(cluster, WORLD), max_size=2))]
    assumptions, rng = some_valuations(seed)[0], random.Random(seed)
    on = stage(cluster, WORLD, [group.endpoints for one in stated for group in groups_of(one)])
    drawn = [one for one in some_connections(on, rng, 40) if belongs(on, one, assumptions)]
    answers = answers_to(cluster, WORLD, stated, assumptions)
    for one in stated:
        verdict = answers.verdict(Statement("C", "claim", one), one)
        assert verdict.outcome is not Outcome.UNKNOWN
        if verdict.counterexample is not None or verdict.witness is not None:
            continue  # the oracle has replayed it
        for connection in drawn:
            if not in_scope(connection, assumptions):
                continue
            favour = favour_for(one, assumptions)
            decision = decide(cluster.every_policy, connection, assumptions, favour)
            found = satisfies if isinstance(one, MayReach) else breaks
            assert not found(one, connection, decision), connection  # type: ignore[operator]


@examples(usual=20, thorough=400)
@given(data=st.data(), seed=st.integers(0, 2**32))
def test_no_host_denies_what_is_let_through_by_every_one(data: st.DataObject, seed: int) -> None:
    """D.37: behind hosts of any labels, of which the stage has one for each kind."""
    cluster, rng = data.draw(forwarding_clusters()), random.Random(seed)
    if rng.random() < 0.5:
        cluster = replace(cluster, hosts=())
    assumptions = some_valuations(seed)[0]
    on = stage(cluster, WORLD, [])
    for connection in some_connections(on, rng, 25):
        if not belongs(on, connection, assumptions) or not in_scope(connection, assumptions):
            continue
        if evaluated(on, connection, assumptions).holds(on.outcome.always):
            node = some_host(on, rng, "m3")
            policies = (*cluster.every_policy, replace(node, name="m3", node="m3"))
            favour = Favour.DENIED if Assumption.TIES in assumptions else Favour.DOCUMENTED
            assert decide(policies, connection, assumptions, favour, SetUp.SHUT).allowed


# --- what is shown -----------------------------------------------------------------------------

DB = """---
apiVersion: projectcalico.org/v3
kind: GlobalNetworkPolicy
metadata: {name: db}
spec:
  selector: app == 'db'
  types: [Ingress]
  ingress:
  - action: Allow
    protocol: TCP
    source: {selector: app == 'web'}
    destination: {ports: [5432]}
"""
HOST = """---
apiVersion: projectcalico.org/v3
kind: HostEndpoint
metadata: {name: worker, labels: {app: LABEL}}
spec:
  node: n1
  interfaceName: "*"
  expectedIPs: [192.0.2.4]
  profiles: [projectcalico-default-allow]
---
apiVersion: v1
kind: Pod
metadata: {name: db, namespace: shop, labels: {app: db}}
spec: {containers: [{name: c}]}
"""
ONLY_WEB = "only pods(app=web) can reach pods(app=db)"


def shown(
    text: str, claim: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], *more: str
) -> str:
    """What `verify` writes of one claim in any cluster, from a bundle that is checked again."""
    path, bundle = tmp_path / "in.yaml", tmp_path / "b.zip"
    path.write_text(text, encoding="utf-8")
    bundle.unlink(missing_ok=True)
    asked = ["--world", "any-cluster", "--claim", claim, "--bundle", str(bundle), *more]
    assert main(["verify", str(path), *asked]) in (0, 1)
    out = capsys.readouterr().out
    assert main(["recheck", str(bundle)]) == 0
    capsys.readouterr()
    return out


def test_an_invented_one_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = shown(DB, ONLY_WEB, tmp_path, capsys)
    assert "HostEndpoint/<any-host>  ->  <other-namespace-1>/<any-other-pod>  TCP/5432" in text
    assert "app=web; address 203.0.113.5; profiles projectcalico-default-allow" in text
    assert f"with any labels, and for {ANY_HOSTS}\n" in text
    assert "in the input" not in text
    data = checked(shown(DB, ONLY_WEB, tmp_path, capsys, "--output", "json"))
    (claim,) = data["claims"]
    source = claim["counterexample"]["source"]
    assert (source["kind"], source["invented"], source["ports"]) == ("host", True, [])


def test_labels_that_calico_gives_pods_are_on_host_endpoints_of_the_input_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """D.14, D.15: by those, `all()` in a namespaceSelector tells pods from any other one."""
    source = "{selector: app == 'web', namespaceSelector: all()}"
    pods_alone = DB.replace("{selector: app == 'web'}", source)
    assert "PROVED" in shown(pods_alone, ONLY_WEB, tmp_path, capsys)
    pretender = HOST.replace("LABEL", "web, projectcalico.org/namespace: shop")
    text = shown(pods_alone + pretender, ONLY_WEB, tmp_path, capsys)
    assert "HostEndpoint/worker  ->" in text
    text = shown(pods_alone + LENDING, ONLY_WEB, tmp_path, capsys)
    assert "HostEndpoint/<any-host>  ->" in text
    assert "profiles lending" in text


LENDING = """---
apiVersion: projectcalico.org/v3
kind: Profile
metadata: {name: lending}
spec: {labelsToApply: {projectcalico.org/namespace: shop}, egress: [{action: Allow}]}
"""


def test_whether_it_is_of_the_input(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The host endpoints of the input are asked of as they are, also where it has no pods."""
    web, other = (HOST.replace("LABEL", one) for one in ("web", "other"))
    text = shown(DB + web, ONLY_WEB, tmp_path, capsys)
    assert "HostEndpoint/worker  ->  shop/db  TCP/5432" in text
    text = shown(DB + other, ONLY_WEB, tmp_path, capsys)
    assert "HostEndpoint/<any-host>  ->  shop/db  TCP/5432" in text
    why = "it takes a host endpoint, a pod or a label that the input does not have"
    assert f"in the input    no such connection: {why}" in text
    alone = web.split("---\napiVersion: v1")[0]
    text = shown(DB + alone, "hosts cannot reach external on TCP/80", tmp_path, capsys)
    assert "HostEndpoint/worker  ->  203.0.113.5  TCP/80" in text
    text = shown(DB + alone, "hosts can reach external on TCP/80", tmp_path, capsys)
    assert "HostEndpoint/<any-host>  ->  203.0.113.5  TCP/80" in text
    assert why in text


def test_a_name_of_the_input_has_any_labels(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    web = HOST.replace("LABEL", "other")
    claim = "HostEndpoint/worker cannot reach pods(app=db)"
    text = shown(DB + web, claim, tmp_path, capsys)
    assert "HostEndpoint/<worker>  ->  shop/db  TCP/5432" in text
    assert "source        app=web; address" in text


PORT = """---
apiVersion: projectcalico.org/v3
kind: GlobalNetworkPolicy
metadata: {name: out}
spec:
  namespaceSelector: all()
  types: [Egress]
  egress: [{action: Allow, protocol: UDP, destination: {selector: role == 'api', ports: [dns]}}]
"""


def test_ports_of_an_invented_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    claim = "pods can reach only pods"
    data = checked(shown(PORT, claim, tmp_path, capsys, "--output", "json"))
    found = data["claims"][0]["counterexample"]
    assert found["destination"]["ports"] == [
        {"name": "dns", "protocol": "UDP", "port": found["port"]}
    ]
    assert found["destination"]["labels"] == {"role": "api"}


EARLY = """---
apiVersion: projectcalico.org/v3
kind: GlobalNetworkPolicy
metadata: {name: early}
spec:
  selector: has(KEY)
  doNotTrack: true
  applyOnForward: true
  types: [Ingress]
  ingress: [{action: Deny}]
"""


@pytest.mark.parametrize(
    ("claim", "outcome"),
    [
        ("hosts(early) cannot reach external", Outcome.VACUOUS),
        ("hosts(!early) cannot reach external", Outcome.REFUTED),
        ("pods(early) cannot reach external", Outcome.REFUTED),
    ],
)
def test_those_that_are_not_decided_on_are_left_aside(claim: str, outcome: Outcome) -> None:
    """D.38: the claim's reading says so."""
    loaded = load_texts({"f": EARLY.replace("KEY", "early")})
    (verdict,) = verify(loaded, statements_of([], [claim]), VerifyOptions(WORLD)).verdicts
    assert verdict.outcome is outcome
    aside = f"{ANY_HOSTS} and that no policy with `doNotTrack` or `preDNAT` selects"
    assert f"and for {aside}" in verdict.reading


EDGE = """---
apiVersion: projectcalico.org/v3
kind: GlobalNetworkPolicy
metadata: {name: edge}
spec:
  selector: role == 'edge'
  applyOnForward: true
  types: [Ingress, Egress]
  ingress: [{action: Allow}]
  egress: [{action: Deny, protocol: TCP, destination: {ports: [25]}}, {action: Allow}]
"""


def test_what_any_host_lets_through(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = shown(EDGE, "pods(!role) can reach external on TCP/25", tmp_path, capsys)
    assert "HostEndpoint/<any-host with role=edge>" in text
    assert "calico-host-forward=any" in text
    assert "PROVED" in shown(EDGE, "pods(!role) can reach external on TCP/26", tmp_path, capsys)


def test_pods_of_the_input_behind_no_host(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What the policies leave open is asked of the pods of the input only where it bears on any."""
    pod = "---" + HOST.split("---")[2]
    text = shown(EDGE + pod, "pods(!role) can reach external on TCP/25", tmp_path, capsys)
    assert "HostEndpoint/<any-host with role=edge>" in text
    assert "in the input    no such connection" in text
    text = shown(EDGE + pod, "pods(!role) cannot reach external on TCP/26", tmp_path, capsys)
    assert "shop/db  ->  203.0.113.5  TCP/26" in text
    assert "in the input" not in text


ANY_EDGE = """---
apiVersion: projectcalico.org/v3
kind: GlobalNetworkPolicy
metadata: {name: first}
spec:
  selector: role == 'edge'
  order: 1
  applyOnForward: true
  types: [Egress]
  egress: [{action: Allow}]
---
apiVersion: projectcalico.org/v3
kind: GlobalNetworkPolicy
metadata: {name: second}
spec:
  selector: all()
  order: 2
  applyOnForward: true
  types: [Egress]
  egress: [{action: Deny, protocol: TCP, destination: {ports: [25]}}, {action: Allow}]
---
apiVersion: projectcalico.org/v3
kind: HostEndpoint
metadata: {name: any-host, labels: {role: edge}}
spec: {node: n1, interfaceName: "*"}
"""


def test_one_of_the_input_may_have_any_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One that no host endpoint of the input is like stays one of its own."""
    text = shown(ANY_EDGE, "pods(role=edge) can reach external on TCP/25", tmp_path, capsys)
    assert "HostEndpoint/<any-host without labels>" in text
    assert "REFUTED" in text


def test_too_many_kinds_to_tell_what_they_let_through() -> None:
    """The claim's reading says so."""
    asked = " || ".join(f"(k{at} == 'a' && j{at} == 'b')" for at in range(5))
    text = EDGE.replace("role == 'edge'", asked)
    claim = "pods(!k0,!k1,!k2,!k3,!k4) can reach external on TCP/25"
    stated = statements_of([], [claim])
    (verdict,) = verify(load_texts({"f": text}), stated, VerifyOptions(WORLD)).verdicts
    assert verdict.outcome is Outcome.PROVED
    told = f"{ANY_HOSTS}, of which only those of the input decide on what they let through"
    assert verdict.reading.endswith(f"and for {told}")


def test_no_calico_no_host_endpoints() -> None:
    """Where the input has no objects of Calico, nothing is said of host endpoints."""
    text = "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\n"
    text += "metadata: {name: p, namespace: x}\nspec: {podSelector: {}}\n"
    stated = statements_of([], ["anything cannot reach ns:x"])
    (verdict,) = verify(load_texts({"f": text}), stated, VerifyOptions(WORLD)).verdicts
    assert verdict.outcome is Outcome.PROVED
    assert verdict.reading.endswith("for any pods in any namespaces, with any labels")


def test_profiles_of_pods_are_none_of_hosts() -> None:
    """D.8: an export of a cluster has one for each namespace and service account."""
    names = ("kns.shop", "ksa.shop.default", "workers")
    listed = other_hosts(tuple(Profile(name, (), (), ()) for name in names))
    assert listed is not None
    found = [one.profiles for one in listed.hosts]
    assert found == [(), ("projectcalico-default-allow",), ("workers",)]
