"""Explanations in clusters of all kinds: the walk through Calico's tiers against the oracle."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests import strategies as own
from tests.calico_strategies import calico_clusters, host_clusters
from tests.calico_tables import CalicoRow
from tests.profiles import examples, some
from tests.samples import some_connections
from tests.schema_check import checked
from tests.test_calico_lowering import DECIDED
from tests.test_explain_trace import allowed_by_oracle, check_turns, explained

from netproof.cli import main
from netproof.explaining import tracing
from netproof.explaining.mismatches import Condition
from netproof.explaining.tracing import explain
from netproof.oracle.addresses import shared_address, without_address
from netproof.oracle.connections import decide
from netproof.reports.explain.text import ExplainReport, explain_text
from netproof.reports.explain.words import CONDITIONS
from netproof_encodings.lowering import lower
from netproof_encodings.obligations.claims import stage
from netproof_specs.assumptions import DEFAULTS, Assumption
from netproof_specs.loading import load_texts
from netproof_specs.model.cluster import Cluster
from netproof_specs.model.hosts import HostEndpoint
from netproof_specs.model.traffic import Action
from netproof_specs.worlds import World

assumptions = st.sets(
    st.sampled_from([one for one in Assumption if one is not Assumption.UNKNOWN_POD_ADDRESSES])
).map(frozenset)


@examples(usual=15, thorough=150)
@given(data=st.data(), assumed=assumptions)
def test_explanation_is_the_oracles_decision(
    data: st.DataObject, assumed: frozenset[Assumption]
) -> None:
    """A walk that contradicts the oracle raises; each step's policy and rule are in the trace."""
    cluster = data.draw(calico_clusters())
    drawn = data.draw(own.connections(cluster))
    found = explained(cluster, drawn, assumed)
    assert found.decision.allowed is allowed_by_oracle(cluster.policies, drawn, assumed)
    if not without_address(found.connection):
        check_turns(cluster, found)
    for side in (found.egress, found.ingress):
        traced = {id(one.policy): one for one in side.policies}
        for step in side.decision.steps:
            if step.policy is not None and step.rule is not None:
                rules = {one.index: one for one in traced[id(step.policy)].rules}
                assert rules[step.rule.index].matches
        last = side.decision.steps[-1:]
        denied = bool(last) and last[0].action is Action.DENY
        assert side.decision.exemption is not None or denied is not side.decision.allowed


@examples(usual=20, thorough=200)
@given(cluster=host_clusters(), assumed=assumptions, seed=st.integers(0, 2**16))
def test_explanation_at_host_endpoints(
    cluster: Cluster, assumed: frozenset[Assumption], seed: int
) -> None:
    """The same at host endpoints, whose profiles are walked through as policies are."""
    known = {one.name: one for one in cluster.hosts}
    for drawn in some_connections(stage(cluster, World.SNAPSHOT, ()), random.Random(seed), 6):
        ends = [
            known[end.name] if isinstance(end, HostEndpoint) else end
            for end in (drawn.source, drawn.destination)
        ]
        if not any(isinstance(end, HostEndpoint) for end in ends):
            continue
        found = explain(cluster, (ends[0], ends[1]), (drawn.protocol, drawn.port), assumed)
        assert found.decision == decide(cluster.every_policy, found.connection, assumed)
        for side in (found.egress, found.ingress):
            for step in side.decision.steps:
                if step.policy is not None and step.rule is not None:
                    traced = [one for one in side.policies if one.policy is step.policy]
                    assert any(
                        rule.index == step.rule.index and rule.matches
                        for one in traced
                        for rule in one.rules
                    )
        text = explain_text(ExplainReport(LOADED, found))
        assert ("ALLOWED" in text) is found.decision.allowed


@examples(usual=20, thorough=200)
@given(cluster=calico_clusters(), seed=st.integers(0, 2**16))
def test_policies_of_other_namespaces_change_no_explanation(cluster: Cluster, seed: int) -> None:
    """Those that stand alone are not looked at."""
    for drawn in some_connections(stage(cluster, World.SNAPSHOT, ()), random.Random(seed), 3):
        if shared_address(drawn):
            continue  # no such connection can be
        found = explained(cluster, drawn, DEFAULTS)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(tracing, "_bearing", lambda known, _: lower(known.every_policy))
            assert explained(cluster, drawn, DEFAULTS) == found


LOADED = load_texts({"f": "{apiVersion: v1, kind: Namespace, metadata: {name: x}}"})


@pytest.mark.generated
@pytest.mark.parametrize("row", some(DECIDED), ids=lambda row: f"{row.id} {row.text}")
def test_row(row: CalicoRow) -> None:
    """Each row as a command would ask it; the walk is held against the oracle's decision."""
    asked = row.connection
    ends, on = (asked.source, asked.destination), (asked.protocol, asked.port)
    found = explain(row.cluster, ends, on, row.assumptions, asked.source_port)
    if found.connection == asked:
        assert found.decision.allowed is row.allowed
        assert row.cluster.hosts or bool(found.otherwise) is row.open
    else:  # The ends have addresses of both families, or an assumption gives them any.
        assert found.decision.allowed >= row.allowed
    for side in (found.egress, found.ingress):
        for step in side.decision.steps:
            assert step.policy is None or any(step.policy is one.policy for one in side.policies)


HOSTS = """
apiVersion: projectcalico.org/v3
kind: HostEndpoint
metadata: {name: h1, labels: {role: worker}}
spec: {node: n1, interfaceName: "*", expectedIPs: [10.0.0.1], profiles: [p, q]}
---
apiVersion: projectcalico.org/v3
kind: HostEndpoint
metadata: {name: h2}
spec: {node: n2, interfaceName: "*", expectedIPs: [10.0.0.2], profiles: [gone]}
---
apiVersion: projectcalico.org/v3
kind: Profile
metadata: {name: p}
spec: {egress: [{action: Pass, protocol: UDP}, {action: Deny, protocol: SCTP}]}
---
apiVersion: projectcalico.org/v3
kind: Profile
metadata: {name: q}
spec: {egress: [{action: Allow, destination: {selector: role == 'db'}}, {action: Allow}]}
---
apiVersion: projectcalico.org/v3
kind: GlobalNetworkPolicy
metadata: {name: pods-only}
spec: {selector: has(app), types: [Egress]}
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: x}
spec: {nodeName: n3, containers: [{name: c}]}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: k, namespace: x}
spec: {podSelector: {}, ingress: [{from: [{podSelector: {}}], ports: [{port: 80}]}]}
"""


@pytest.mark.parametrize(
    ("asked", "lines"),
    [
        (
            ("HostEndpoint/h1", "HostEndpoint/h2", "UDP/80"),
            [
                "egress        allowed: profile q egress[1] admits it",
                "egress[0] passes it on",
                "host endpoint: wants host endpoints that its selectors meet, finds h1",
                "ingress       denied: HostEndpoint/h2 lists a profile that the input does not "
                "have, which denies it",
            ],
        ),
        (("HostEndpoint/h1", "192.0.2.1", "SCTP/80"), ["denied: profile p egress[1] denies it"]),
        (("10.0.0.2", "192.0.2.1", "UDP/53"), ["HostEndpoint/h2 keeps the port open"]),
        (
            ("HostEndpoint/h1", "x/web", "TCP/80"),
            ["x/k selects x/web; no rule admits it", "finds host endpoint h1"],
        ),
    ],
    ids=["profiles", "denied", "failsafe", "peer"],
)
def test_a_walk_at_a_host_endpoint(
    asked: tuple[str, str, str],
    lines: list[str],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """D.8, D.36: tiers, failsafe ports and profiles, by the name that reports use."""
    path = tmp_path / "f.yaml"
    path.write_text(HOSTS, encoding="utf-8")
    options = zip(("--from", "--to", "--on"), asked, strict=True)
    command = ["explain", str(path), *(word for pair in options for word in pair)]
    assert main(command) == 0
    said = capsys.readouterr().out
    for line in lines:
        assert line in said, said
    assert main([*command, "--output", "json"]) == 0
    checked(capsys.readouterr().out, "explain")


PROXY = """---
apiVersion: projectcalico.org/v3
kind: GlobalNetworkPolicy
metadata: {name: hosts-only}
spec: {selector: role == 'worker', types: [Ingress], ingress: [{action: Allow, protocol: UDP}]}
---
apiVersion: v1
kind: Pod
metadata: {name: proxy, namespace: x, labels: {app: proxy}}
spec: {nodeName: n1, hostNetwork: true, containers: [{name: c}]}
status: {podIP: 10.0.0.1}
---
apiVersion: v1
kind: Pod
metadata: {name: other, namespace: x}
spec: {nodeName: n2, hostNetwork: true, containers: [{name: c}]}
status: {podIP: 10.0.0.2}
"""


@pytest.mark.parametrize(
    ("asked", "line"),
    [
        (("x/web", "x/proxy", "TCP/80"), "hosts-only selects the host endpoint h1 of x/proxy;"),
        (("x/web", "x/proxy", "TCP/22"), "the host endpoint h1 of x/proxy keeps the port open"),
        (("x/other", "x/web", "TCP/80"), "the host endpoint h2 of x/other lists a profile that"),
        (("x/web", "HostEndpoint/h1", "TCP/80"), "hosts-only selects HostEndpoint/h1;"),
    ],
)
def test_of_a_pod_that_passes_a_host_endpoint_the_policies_select_that(
    asked: tuple[str, str, str],
    line: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """D.1: its labels are not those that selectors see, so no policy `selects x/proxy`."""
    path = tmp_path / "f.yaml"
    path.write_text(HOSTS + PROXY, encoding="utf-8")
    options = zip(("--from", "--to", "--on"), asked, strict=True)
    ends = [word for pair in options for word in pair]
    assert main(["explain", str(path), *ends]) == 0
    assert line in capsys.readouterr().out
    assert main(["explain", str(path), *ends, "--output", "json"]) == 0
    assert line in capsys.readouterr().out
    main(["explain", str(path), *ends, "--assume", "host-network=pod"])
    assert " of x/" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("to", "message"),
    [
        ("HostEndpoint/h1", "`HostEndpoint/h1` and `HostEndpoint/h1` are both on the node `n1`"),
        ("HostEndpoint/h3", "no host endpoint `h3` for --to"),
    ],
)
def test_ends_that_are_refused(
    to: str, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "f.yaml"
    path.write_text(HOSTS, encoding="utf-8")
    ends = ["--from", "HostEndpoint/h1", "--to", to]
    assert main(["explain", str(path), *ends, "--on", "TCP/80"]) == 2
    assert message in capsys.readouterr().err


RULES = """
apiVersion: projectcalico.org/v3
kind: GlobalNetworkPolicy
metadata: {name: g}
spec:
  selector: app == 'db'
  ingress:
  - {action: Allow, source: {serviceAccounts: {names: [reader]}}}
  - {action: Allow, source: {serviceAccounts: {selector: role starts with 'r'}}}
  - {action: Allow, source: {serviceAccounts: {selector: "!(projectcalico.org/name == 'default')"}}}
  - {action: Allow, source: {selector: app contains 'z'}}
  - {action: Allow, source: {selector: "!(app starts with 'w')"}}
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: x, labels: {app: web-1}}
spec: {containers: [{name: c}]}
---
apiVersion: v1
kind: Pod
metadata: {name: db, namespace: x, labels: {app: db}}
spec: {containers: [{name: c}]}
"""


def test_what_calicos_selectors_want(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """D.24, D.31: of accounts and parts of values, what a rule wants and what it finds."""
    path = tmp_path / "f.yaml"
    path.write_text(RULES, encoding="utf-8")
    ends = ["explain", str(path), "--from", "x/web", "--to", "x/db", "--on", "TCP/80"]
    assert main(ends) == 0
    said = capsys.readouterr().out
    for line in (
        "service account: wants service account reader, finds service account default",
        "service account: wants role starts with 'r', finds no label role",
        "wants a service account other than default, finds service account default",
        "pod labels: wants app contains 'z', finds app=web-1",
        "pod labels: wants app absent, or not starts with 'w', finds app=web-1",
    ):
        assert line in said, said
    assert main([*ends, "--output", "json"]) == 0
    checked(capsys.readouterr().out, "explain")


def test_every_condition_has_words() -> None:
    assert {*CONDITIONS} == {*Condition}


PARTS = """
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop}
spec: {serviceAccountName: prod-web, containers: [{name: c}]}
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
  ingress: [{action: Allow, source: {selector: "%s"}}]
"""
OWN, INHERITED = "projectcalico.org/serviceaccount", "pcsa.projectcalico.org/name"
PARTS_OF_ACCOUNTS = {
    f"{OWN} starts with 'test-'": "a service account whose name starts with 'test-'",
    f"{INHERITED} contains 'db'": "a service account whose name contains 'db'",
    f"!({OWN} ends with 'web')": "a service account whose name is not one that ends with 'web'",
    f"!({INHERITED} contains '-')": "a service account whose name is not one that contains '-'",
}


@pytest.mark.parametrize("selector", PARTS_OF_ACCOUNTS)
def test_parts_of_the_name_of_an_account(
    selector: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "f.yaml").write_text(PARTS % selector, encoding="utf-8")
    ends = ["--from", "shop/web", "--to", "shop/db", "--on", "TCP/80"]
    assert main(["explain", str(tmp_path), *ends]) == 0
    said = f"service account: wants {PARTS_OF_ACCOUNTS[selector]}, finds service account prod-web"
    assert said in capsys.readouterr().out
