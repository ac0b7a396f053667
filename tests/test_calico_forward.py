"""What hosts let through of the traffic of pods (D.37): rows by the encoding and `explain`."""

from __future__ import annotations

import json
import random
import re
from dataclasses import replace
from pathlib import Path
from zipfile import ZipFile

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.agreement import belongs, pin
from tests.calico_strategies import forwarding_clusters
from tests.calico_tables import CalicoRow, calico_rows
from tests.profiles import examples
from tests.samples import some_connections
from tests.schema_check import checked
from tests.test_bundles import check_legends, check_schemas
from tests.test_calico_agreement import VALUATIONS

from netproof.cli import main
from netproof.explaining.tracing import explain
from netproof.oracle import forwarded
from netproof.oracle.claims import in_scope
from netproof.oracle.connections import Favour, decide
from netproof.oracle.forwarded import SetUp
from netproof.solving import Answer, Limits, Session
from netproof_encodings.lowering import calico_forward, passages
from netproof_encodings.obligations.claims import literals, require, stage
from netproof_specs.assumptions import DEFAULTS, Assumption, Assumptions
from netproof_specs.loading import load_texts
from netproof_specs.model.cluster import Cluster, Namespace
from netproof_specs.model.connections import (
    DYNAMIC_PORT,
    Connection,
    Endpoint,
    ExternalEndpoint,
    PodEndpoint,
)
from netproof_specs.model.hosts import HostEndpoint
from netproof_specs.model.labels import NAME_LABEL
from netproof_specs.model.traffic import Direction, Protocol
from netproof_specs.worlds import World

FORWARDED = [row for row in calico_rows() if passages(row.policies)]


def test_there_are_rows() -> None:
    assert len(FORWARDED) > 40
    assert all(in_scope(row.connection, row.assumptions) for row in FORWARDED)


@pytest.mark.parametrize("row", FORWARDED, ids=lambda row: f"{row.id} {row.text}")
def test_row(row: CalicoRow) -> None:
    on = stage(row.cluster, World.SNAPSHOT, [])
    assert belongs(on, row.connection, row.assumptions)
    session = Session(on.text, Limits())
    for term, expected in (
        (on.outcome.sometimes, row.allowed or row.open),
        (on.outcome.always, row.allowed and not row.open),
    ):
        for wanted, answer in ((term, expected), (on.terms.negation(term), not expected)):
            pinned = [*pin(on, row.connection), wanted]
            session.push("".join(require(on, one) for one in pinned))
            found = session.check(literals(on, row.assumptions, None))
            session.pop()
            assert found is (Answer.SAT if answer else Answer.UNSAT)


@pytest.mark.parametrize("row", FORWARDED, ids=lambda row: f"{row.id} {row.text}")
def test_explain(row: CalicoRow) -> None:
    ends = row.connection.source, row.connection.destination
    on = row.connection.protocol, row.connection.port
    found = explain(row.cluster, ends, on, row.assumptions)
    assert found.decision == decide(row.policies, found.connection, row.assumptions)
    assert found.decision.allowed is row.allowed
    in_any_order = found.otherwise if Assumption.TIES in row.assumptions else ()
    assert bool(found.perhaps or in_any_order) is row.open


@examples(usual=10, thorough=200)
@given(cluster=forwarding_clusters(), assumed=st.sampled_from(VALUATIONS), seed=st.integers(0, 99))
def test_explanation_agrees_with_oracle(cluster: Cluster, assumed: Assumptions, seed: int) -> None:
    """What is told of hosts is what turns the decision where they let through the least."""
    for drawn in some_connections(stage(cluster, World.SNAPSHOT, ()), random.Random(seed), 3):
        ends = asked(cluster, drawn.source), asked(cluster, drawn.destination)
        if any(isinstance(one, PodEndpoint) and ends[0] == ends[1] for one in ends):
            continue
        found = explain(cluster, ends, (drawn.protocol, drawn.port), assumed, DYNAMIC_PORT)
        policies, connection = cluster.every_policy, found.connection
        assert found.decision == decide(policies, connection, assumed)
        assert not found.perhaps or found.decision.allowed
        named = Assumption.TIES not in assumed
        favour = Favour.DOCUMENTED if named else Favour.DENIED
        worst = decide(policies, connection, assumed, favour, SetUp.SHUT)
        if found.decision.allowed and not worst.allowed:
            assert found.perhaps or found.otherwise


def asked(cluster: Cluster, end: Endpoint) -> Endpoint:
    """The end as a command names it, without an address that an assumption gives it."""
    match end:
        case HostEndpoint(name):
            return next(one for one in cluster.hosts if one.name == name)
        case PodEndpoint(supplied=True):
            return replace(end, addresses=(), supplied=False)
        case _:
            return end


CLUSTER = """
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {app: web}}
spec: {nodeName: n1, containers: [{name: c}]}
---
apiVersion: projectcalico.org/v3
kind: HostEndpoint
metadata: {name: worker, labels: {role: worker}}
spec: {node: n1, interfaceName: "*"}
---
apiVersion: projectcalico.org/v3
kind: GlobalNetworkPolicy
metadata: {name: gate}
spec:
  applyOnForward: true
  selector: role == 'worker'
  types: [Egress]
  egress:
  - {action: Allow, protocol: TCP, destination: {ports: [443]}}
"""
REACHES = ["--claim", "shop/web can reach external on TCP/80"]


@pytest.fixture
def cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("c.yaml").write_text(CLUSTER, encoding="utf-8")


@pytest.mark.usefixtures("cluster")
def test_verify_tells_of_the_host(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", "c.yaml", *REACHES]) == 1
    found = capsys.readouterr().out
    assert (
        "    host          denied   what shop/web sends passes HostEndpoint/worker, where gate "
        "selects HostEndpoint/worker; no rule admits it  (c.yaml:14:18)" in found
    )
    assert "concerned       from 1 workload to addresses outside; --all lists them" in found
    assert "calico-host-forward=any" in found


@pytest.mark.usefixtures("cluster")
def test_verdicts_name_the_assumption(capsys: pytest.CaptureFixture[str]) -> None:
    claim = "external can reach shop/web on TCP/80"
    assert main(["verify", "c.yaml", "--claim", claim]) == 1
    found = capsys.readouterr().out
    assert "rests on calico-host-forward=any: what passes a host may be" in found
    assert "PROVED with calico-host-forward=outside" in found
    assumed = ["--assume", "calico-host-forward=outside"]
    assert main(["verify", "c.yaml", "--claim", claim, *assumed]) == 0
    assert "REFUTED with calico-host-forward=any" in capsys.readouterr().out


@pytest.mark.parametrize("form", ["html", "sarif", "junit", "markdown", "yaml", "gitlab", "github"])
@pytest.mark.usefixtures("cluster")
def test_every_format_tells_of_the_host(form: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", "c.yaml", *REACHES, "--output", form]) == 1
    assert "HostEndpoint/worker" in capsys.readouterr().out


@pytest.mark.usefixtures("cluster")
def test_json_tells_of_the_host(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", "c.yaml", *REACHES, "--output", "json"]) == 1
    (claim,) = json.loads(capsys.readouterr().out)["claims"]
    (host,) = claim["counterexample"]["passedHosts"]
    told = {key: host[key] for key in ("host", "end", "direction", "passed", "allowed", "reason")}
    assert told == {
        "host": "worker",
        "end": "source",
        "direction": "Egress",
        "passed": "surely",
        "allowed": False,
        "reason": "no-rule-matches",
    }


@pytest.mark.usefixtures("cluster")
def test_regions_tell_of_the_set_up(capsys: pytest.CaptureFixture[str]) -> None:
    Path("o.yaml").write_text(OTHER, encoding="utf-8")
    line = "      in some set-up: 203.0.113.5  ->  shop/web  TCP/80 may pass HostEndpoint/worker\n"
    compared = ["compare", "c.yaml", "o.yaml", "--world", "snapshot"]
    assert main(compared) == 1
    assert capsys.readouterr().out.count(line) == 1
    assert main([*compared, "--assume", "calico-host-forward=outside"]) == 1
    assert "in some set-up:" not in capsys.readouterr().out
    Path("c.yaml").write_text(OTHER.replace("Allow", "Pass"), encoding="utf-8")
    assert main(compared) == 1
    line = "TCP/80 passes HostEndpoint/worker, where its host may drop it\n"
    assert line in capsys.readouterr().out


@pytest.mark.usefixtures("cluster")
def test_json_of_a_comparison(capsys: pytest.CaptureFixture[str]) -> None:
    """In a comparison both sides tell of one set-up, in which a host may be passed perhaps."""
    Path("o.yaml").write_text(OTHER, encoding="utf-8")
    assert main(["compare", "c.yaml", "o.yaml", "--output", "json", "--world", "any-pods"]) == 1
    data = checked(capsys.readouterr().out, "compare")
    (one,) = data["counterexamples"]
    told = [
        {(host["end"], host["direction"], host["passed"]): host["allowed"] for host in hosts}
        for hosts in (one[side]["passedHosts"] for side in ("old", "new"))
    ]
    assert told[0].keys() == told[1].keys()
    assert {told[0][who] for who in told[0] if told[0][who] is not told[1][who]} == {False}


@pytest.mark.usefixtures("cluster")
def test_json_of_a_claim_on_policies(capsys: pytest.CaptureFixture[str]) -> None:
    claim = ["--claim", "policy gate is redundant", "--output", "json", "--bundle", "b.zip"]
    assert main(["verify", "c.yaml", *claim]) == 1
    (found,) = checked(capsys.readouterr().out)["claims"]
    difference = found["difference"]
    assert [one["host"] for one in difference["old"]["passedHosts"]] == ["worker"]
    assert "passedHosts" not in difference["new"]
    check_schemas(members())


@pytest.mark.usefixtures("cluster")
def test_evidence_can_be_filed(capsys: pytest.CaptureFixture[str]) -> None:
    """Every symbol of the obligation has its meaning, and the counterexample is replayed."""
    claims = [*REACHES, "--claim", "shop/web cannot reach external on TCP/80"]
    assert main(["verify", "c.yaml", *claims, "--bundle", "b.zip"]) == 1
    assert main(["recheck", "b.zip"]) == 0
    assert "all of it holds" in capsys.readouterr().out
    with ZipFile("b.zip") as bundle:
        text = bundle.read("verdicts/claim-2/obligation.smt2").decode()
        legend = bundle.read("verdicts/claim-2/legend.json").decode()
    named = re.findall(r"\(define-fun (\S+)|\(declare-(?:const|fun) (\S+)", text)
    told = {one or other for one, other in named}
    assert {"src.passes-hosts", "forward.0.egress.0.admits"} <= told
    ours = {one for one in told if one.startswith("forward.") or one.endswith(".passes-hosts")}
    assert {one for one in ours if f'"{one}"' not in legend} == set()


@pytest.mark.usefixtures("cluster")
def test_explain_tells_of_the_host(capsys: pytest.CaptureFixture[str]) -> None:
    ends = ["--from", "shop/web", "--to", "8.8.8.8"]
    assert main(["explain", "c.yaml", *ends, "--on", "TCP/80"]) == 0
    found = capsys.readouterr().out
    assert "DENIED   shop/web  ->  8.8.8.8  TCP/80" in found
    assert "to allow it, add a rule that admits it to this policy:\n    gate (host)" in found
    assert main(["explain", "c.yaml", *ends, "--on", "TCP/80", "--output", "json"]) == 0
    assert [one["host"] for one in json.loads(capsys.readouterr().out)["passedHosts"]] == ["worker"]
    ends = ["--from", "8.8.8.8", "--to", "shop/web"]
    assert main(["explain", "c.yaml", *ends, "--on", "TCP/80"]) == 0
    found = capsys.readouterr().out
    assert "note: it may be denied, unless calico-host-forward=outside is assumed: what" in found


OTHER = CLUSTER.replace("[443]", "[443, 80]")


@pytest.mark.parametrize("form", ["text", "html", "sarif", "json", "markdown", "github"])
@pytest.mark.usefixtures("cluster")
def test_compare_tells_of_the_host(form: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path("o.yaml").write_text(OTHER, encoding="utf-8")
    assert main(["compare", "c.yaml", "o.yaml", "--output", form, "--world", "snapshot"]) == 1
    found = capsys.readouterr().out
    assert "what shop/web sends passes HostEndpoint/worker" in found.replace("&#39;", "'")
    if form == "text":
        assert "note: policies for forwarded traffic select host endpoints: both sides" in found


def nets(*blocks: str) -> str:
    """The cluster with a rule for these blocks in place of the port."""
    return CLUSTER.replace("{ports: [443]}", f"{{nets: [{', '.join(blocks)}]}}")


HALVES = ("10.0.0.0/9", "10.128.0.0/9")


@pytest.mark.parametrize(("new", "code"), [(nets(*HALVES), 0), (nets(HALVES[0]), 1)])
@pytest.mark.usefixtures("cluster")
def test_evidence_of_a_comparison_can_be_filed(
    new: str, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every symbol has its meaning, of what is alike by a proof only and of what differs."""
    Path("o.yaml").write_text(nets("10.0.0.0/8"), encoding="utf-8")
    Path("n.yaml").write_text(new, encoding="utf-8")
    assert main(["compare", "o.yaml", "n.yaml", "--bundle", "b.zip"]) == code
    assert main(["recheck", "b.zip"]) == 0
    assert "all of it holds" in capsys.readouterr().out
    found = members()
    texts = [text for name, text in found.items() if name.endswith("obligation.smt2")]
    assert any(b"forward.0.egress" in text for text in texts)
    check_legends(found)
    check_schemas(found)


def members() -> dict[str, bytes]:
    """What the bundle holds."""
    with ZipFile("b.zip") as bundle:
        return {name: bundle.read(name) for name in bundle.namelist()}


TWIN = "---" + nets(*HALVES).rpartition("---")[2].replace("gate", "twin")


@pytest.mark.parametrize(
    ("claim", "code"),
    [
        ("policy gate is necessary", 1),
        ("policy gate is redundant", 0),
        ("policies gate and twin are equivalent", 0),
        ("policies gate + twin and pods are equivalent", 1),
    ],
)
@pytest.mark.usefixtures("cluster")
def test_claims_on_policies(claim: str, code: int, capsys: pytest.CaptureFixture[str]) -> None:
    pods = TWIN.replace("twin", "pods").replace("  applyOnForward: true\n", "")
    text = nets("10.0.0.0/8") + TWIN
    Path("c.yaml").write_text(text if "pods" not in claim else text + pods, encoding="utf-8")
    assert main(["verify", "c.yaml", "--claim", claim, "--bundle", "b.zip"]) == code
    found = capsys.readouterr().out
    told = "      host        denied   what shop/web sends passes HostEndpoint/worker" in found
    assert told is ("pods" in claim)
    assert main(["recheck", "b.zip"]) == 0


# --- cost ---------------------------------------------------------------------------------------

CALICO = "---\napiVersion: projectcalico.org/v3\n"


def test_policies_are_lowered_once_and_hosts_are_named_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """However many host endpoints the policies are for, and however many of them differ."""
    names = range(8)
    hosts = "".join(
        f"{CALICO}kind: HostEndpoint\nmetadata: {{name: h{n}, labels: {{h{n}: ''}}}}\n"
        f"spec: {{node: n{n}, interfaceName: '*'}}\n"
        for n in names
    )
    policies = "".join(
        f"{CALICO}kind: GlobalNetworkPolicy\nmetadata: {{name: p{n}}}\n"
        f"spec: {{selector: '!has(h{n})', applyOnForward: true, types: [Ingress, Egress], "
        "ingress: [{action: Deny}], egress: [{action: Deny}]}\n"
        for n in names
    )
    cluster = load_texts({"f": hosts + policies}).cluster
    counted: dict[str, int] = {}

    def count(module: object, name: str) -> None:
        right = getattr(module, name)

        def counting(*asked: object) -> object:
            counted[name] = counted.get(name, 0) + 1
            return right(*asked)

        monkeypatch.setattr(module, name, counting)

    count(calico_forward, "lower_policy")
    count(forwarded, "labels_of")
    assert len(passages(cluster.every_policy)) == len(names)
    assert counted["lower_policy"] == 2 * len(names)
    pod = PodEndpoint(Namespace("x", ((NAME_LABEL, "x"),), declared=True), "w", ())
    connection = Connection(pod, ExternalEndpoint("203.0.113.1"), Protocol.TCP, 80)
    assert len(forwarded.passed(cluster.every_policy, Direction.EGRESS, connection, DEFAULTS)) == 8
    assert counted["labels_of"] == len(names)
