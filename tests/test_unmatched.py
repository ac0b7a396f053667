"""A group that matches nothing of the input is told, with what may be meant, in every format."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.profiles import examples
from tests.strategies import claims, clusters

from netproof import VerifyOptions, load_texts, verify
from netproof.cli import main
from netproof.oracle.claims import member
from netproof.reports.formats import VERIFY_FORMATS
from netproof.verified import STRICT, UNMATCHED
from netproof.verifying.unmatched import unmatched
from netproof_specs.claims import AnyOf, EndpointSet, Group, PodNamed, PodsWhere, Statement
from netproof_specs.model.connections import pod_of
from netproof_specs.spec_files.reading import statements_of
from netproof_specs.worlds import World

SPACES = """
apiVersion: v1
kind: Namespace
metadata: {name: corp, labels: {usage: finance, stage: prod}}
---
apiVersion: v1
kind: Namespace
metadata: {name: empty, labels: {usage: nothing, stage: dev}}
---
"""
POLICY = """
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: p, namespace: cards}
spec:
  podSelector: {matchLabels: {app: card-db}}
  ingress:
  - from:
    - podSelector: {matchExpressions: [{key: tier, operator: Exists}]}
      namespaceSelector: {matchLabels: {stage: prod, kubernetes.io/metadata.name: mentioned}}
---
"""
PODS = """
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: corp, labels: {app: web, tier: front}}
spec: {serviceAccountName: reader, containers: [{name: c}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: db, namespace: cards}
spec:
  selector: {matchLabels: {app: card-db}}
  template:
    metadata: {labels: {app: card-db}}
    spec: {serviceAccountName: readers, containers: [{name: c}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: idle, namespace: cards}
spec:
  replicas: 0
  selector: {matchLabels: {app: idle}}
  template: {metadata: {labels: {app: idle}}, spec: {containers: [{name: c}]}}
"""
ACCOUNT = """
apiVersion: v1
kind: ServiceAccount
metadata: {name: reader, namespace: corp}
"""
ALL = SPACES + POLICY + PODS
FEW = SPACES + POLICY
BARE = POLICY


@dataclass(frozen=True, slots=True)
class Row:
    """A group, what it is held against, and the note on it; none where it matches."""

    group: str
    text: str
    message: str = ""
    suggestion: str = ""


ROWS = (
    Row("ns:corp", ALL),
    Row("ns:cards", ALL),
    Row("ns:mentioned", FEW),
    Row("ns:crop", ALL, "no namespace `crop` in the input", "did you mean `corp`?"),
    Row("ns:zzz", ALL, "no namespace `zzz` in the input"),
    Row("ns:empty", ALL, "no pod of the input is in `ns:empty`"),
    Row("ns:empty", FEW),
    Row(
        "ns(usage=finanse)",
        ALL,
        "no namespace of the input matches `usage=finanse`",
        "did you mean `usage=finance`?",
    ),
    Row(
        "ns(usages=finance)",
        ALL,
        "no namespace of the input matches `usages=finance`",
        "did you mean `usage`?",
    ),
    Row(
        "ns(usage=finance,stage=dev)",
        ALL,
        "no namespace of the input matches all of `usage=finance`, `stage=dev`",
    ),
    Row("ns(stage=prod)", BARE),
    Row(
        "ns(stage=prd)",
        BARE,
        "no namespace and no policy of the input has `stage=prd`",
        "did you mean `stage=prod`?",
    ),
    Row("pods(app=web)", ALL),
    Row("pods(app!=web)", ALL),
    Row("pods", ALL),
    Row("pods(app=web) as serviceaccount:reader", ALL),
    Row(
        "pods(app=card-db) in ns:cards as serviceaccount:raeder",
        ALL,
        "no such pod of the input runs as service account `raeder`",
        "did you mean `readers`?",
    ),
    Row(
        "pods as serviceaccount:raeder",
        FEW + ACCOUNT,
        "no service account `raeder` in the input",
        "did you mean `reader`?",
    ),
    Row("pods as serviceaccount:reader", FEW + ACCOUNT),
    Row("pods as serviceaccount:reader", FEW),
    Row(
        "pods(app=carddb)",
        ALL,
        "no pod of the input matches `app=carddb`",
        "did you mean `app=card-db`?",
    ),
    Row(
        "pods(app=carddb)",
        FEW,
        "no pod and no policy of the input has `app=carddb`",
        "did you mean `app=card-db`?",
    ),
    Row("pods(app=card-db,!tier)", FEW),
    Row("pods(tier=front)", FEW),
    Row("pods(tier)", FEW),
    Row(
        "pods(tiers)",
        FEW,
        "no pod and no policy of the input has `tiers`",
        "did you mean `tier`?",
    ),
    Row(
        "pods(app=card-db) in ns:corp",
        ALL,
        "no pod of the input in `ns:corp` matches `app=card-db`",
        "`ns:cards` has such pods",
    ),
    Row(
        "pods(app=web,tier=back)",
        ALL,
        "no pod of the input matches `tier=back`",
    ),
    Row("any(ns:corp, ns:crop)", ALL, "no namespace `crop` in the input", "did you mean `corp`?"),
    Row("cidr(10.0.0.0/8)", ALL),
    Row("external", ALL),
    Row("anything", ALL),
    Row("corp/web", ALL),
    Row(
        "corp/wbe",
        ALL,
        "no pod or workload `corp/wbe` in the input",
        "did you mean `corp/web`?",
    ),
    Row("cards/idle", ALL, "`cards/idle` runs no pod: it is completed or scaled to 0"),
)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.group} {len(row.text)}")
def test_rows(row: Row) -> None:
    loaded = load_texts({"m.yaml": row.text})
    statements = statements_of([], [f"{row.group} cannot reach external"])
    notes = list(unmatched(loaded, statements))
    told = [(one.message, one.suggestion, one.code) for one in notes]
    expected = (f"{row.message} (claim claim-1)", row.suggestion, UNMATCHED)
    assert told == ([expected] if row.message else [])


def test_told_once_for_all_claims() -> None:
    loaded = load_texts({"m.yaml": ALL})
    claim = "ns:crop cannot reach ns:corp"
    (note,) = unmatched(loaded, statements_of([], [claim, claim, claim]))
    assert note.message == "no namespace `crop` in the input (claims claim-1, claim-2 and 1 more)"


@pytest.mark.parametrize("world", World)
@pytest.mark.parametrize("format_", VERIFY_FORMATS)
def test_in_every_format_and_world(world: World, format_: str) -> None:
    loaded = load_texts({"m.yaml": ALL})
    statements = statements_of([], ["ns:crop cannot reach ns:corp"])
    text = VERIFY_FORMATS[format_](verify(loaded, statements, VerifyOptions(world)))
    assert "crop" in text
    assert "in the input (claim claim-1)" in text.replace("&#40;", "(").replace("&#41;", ")")
    assert "did you mean" in text


@examples(usual=60, thorough=200)
@given(st.data())
def test_a_group_of_generated_pods_is_told_iff_no_pod_is_a_member(data: st.DataObject) -> None:
    cluster = data.draw(clusters())
    claim = data.draw(claims(cluster))
    spaces = {one.name: one for one in cluster.namespaces}
    pods = [pod_of(one, spaces[one.namespace], 1) for one in cluster.workloads]
    groups = [one for one in _parts(claim) if isinstance(one, PodsWhere | PodNamed)]
    loaded = replace(load_texts({"m.yaml": SPACES}), cluster=cluster)
    told = list(unmatched(loaded, [Statement("C", "claim", claim)]))
    idle = [one for one in groups if not any(member(pod, one) for pod in pods)]
    assert bool(told) is bool(idle)
    assert len(told) <= len(idle)


def _parts(value: object) -> list[EndpointSet]:
    """Every group of the claim, the members of lists by themselves."""
    if isinstance(value, Group):
        return _parts(value.endpoints)
    if isinstance(value, AnyOf):
        return [part for one in value.members for part in _parts(one)]
    if isinstance(value, tuple):
        return [part for one in value for part in _parts(one)]
    if hasattr(value, "__dataclass_fields__") and not isinstance(value, PodsWhere | PodNamed):
        return [
            part for name in value.__dataclass_fields__ for part in _parts(getattr(value, name))
        ]
    return [value] if isinstance(value, PodsWhere | PodNamed) else []


@pytest.mark.parametrize(
    ("claim", "strict", "code"),
    [
        ("ns:crop cannot reach pods(app=card-db) in ns:cards", False, 0),
        ("ns:crop cannot reach pods(app=card-db) in ns:cards", True, 1),
        ("pods cannot reach ns:corp on TCP/1", True, 1),
        ("cidr(10.0.0.0/8) can reach ns:corp", True, 0),
    ],
)
def test_strict(
    claim: str, strict: bool, code: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A note fails the run under `--strict` only, and what fails it is told."""
    (tmp_path / "m.yaml").write_text(ALL)
    arguments = ["verify", str(tmp_path), "--claim", claim, "--world", "any-pods"]
    for format_ in VERIFY_FORMATS:
        found = main([*arguments, "--output", format_, *(["--strict"] if strict else [])])
        text = capsys.readouterr().out
        assert found == code
        failing = strict and "crop" in claim
        if format_ in ("text", "markdown", "github"):
            assert ("1 note that --strict takes for failure" in text) is failing
        if format_ == "junit":
            assert (f'type="{UNMATCHED}"' in text) is failing
        if format_ == "github":
            assert (UNMATCHED in text) is failing
        if format_ in ("sarif", "code-scanning"):
            assert ('"ruleId": "netproof/failing-note"' in text) is failing
    assert UNMATCHED in STRICT


def test_the_reading_counts_host_endpoints_of_every_group() -> None:
    loaded = load_texts(
        {
            "f": """
apiVersion: projectcalico.org/v3
kind: HostEndpoint
metadata: {name: worker}
spec: {node: one, interfaceName: "*", expectedIPs: [10.1.0.1]}
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop}
spec: {containers: [{name: c, image: i}]}
"""
        }
    )
    wanted = {
        "any(hosts, external)": "0 pods and 1 host endpoint in any(hosts, external)",
        "anything": "1 pod and 1 host endpoint in anything",
        "cidr(10.1.0.0/16)": "0 pods and 1 host endpoint in cidr(10.1.0.0/16)",
        "hosts": "1 host endpoint in hosts",
        "ns:shop": "1 pod in ns:shop",
    }
    for group, told in wanted.items():
        (verdict,) = verify(loaded, statements_of([], [f"{group} cannot reach external"])).verdicts
        assert verdict.reading.endswith(f"; {told}")


@pytest.mark.parametrize(
    ("chosen", "said"),
    [
        ([], "the world `any-pods`, as no pod of the input runs (A.9)\n    describe the pods by"),
        (["--world", "any-pods"], "the world `any-pods`\n    describe the pods by labels, or ask"),
    ],
)
def test_a_completed_pod_by_name_where_no_other_runs(
    chosen: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where nothing runs, an open world is taken, which has no pod of that name (A.9)."""
    done = "{apiVersion: v1, kind: Pod, metadata: {name: job, namespace: shop}, %s}"
    text = done % "spec: {containers: [{name: c}]}, status: {phase: Succeeded}"
    (tmp_path / "done.yaml").write_text(text, encoding="utf-8")
    claim = ["--claim", "shop/job cannot reach external"]
    assert main(["verify", str(tmp_path), *claim, *chosen]) == 2
    assert f"`shop/job` names one pod, but the claim ranges over {said}" in capsys.readouterr().err
