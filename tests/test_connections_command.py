"""`netproof connections` on the command line: every format says the same, and what is refused."""

from __future__ import annotations

import csv
import io
import json
import shutil
import subprocess
from importlib import resources
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from netproof.cli import main

MANIFESTS = """
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {team: web}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web, tier: front}}
    spec: {containers: [{name: c, image: i}]}
---
apiVersion: v1
kind: Pod
metadata: {name: db, namespace: shop, labels: {app: db}}
spec: {containers: [{name: c, image: i}]}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: db, namespace: shop}
spec:
  podSelector: {matchLabels: {app: db}}
  policyTypes: [Ingress, Egress]
  ingress:
  - from: [{podSelector: {matchLabels: {app: web}}}]
    ports: [{port: 5432}]
  - from: [{ipBlock: {cidr: 10.0.0.0/8, except: [10.1.0.0/16]}}]
    ports: [{port: 5432}, {protocol: UDP, port: 8000, endPort: 8080}]
"""

SPEC = """
groups:
  front: {pods: {tier: front}}
  office: {cidr: 10.2.0.0/16}
  rest: external
"""

ALL = [{"protocol": one, "ports": [[1, 65535]]} for one in ("TCP", "UDP", "SCTP")]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "m.yaml").write_text(MANIFESTS, encoding="utf-8")
    return tmp_path


@pytest.fixture
def spec(tmp_path_factory: pytest.TempPathFactory) -> str:
    file = tmp_path_factory.mktemp("spec") / "spec.yaml"
    file.write_text(SPEC, encoding="utf-8")
    return str(file)


def output(capsys: pytest.CaptureFixture[str], folder: Path, form: str, *arguments: str) -> str:
    assert main(["connections", str(folder), "--output", form, *arguments]) == 0
    return capsys.readouterr().out


def pairs(
    capsys: pytest.CaptureFixture[str], folder: Path, *arguments: str
) -> dict[tuple[str, str], Any]:
    data = json.loads(output(capsys, folder, "json", *arguments))
    found = [
        ((name(one["source"]), name(one["destination"])), one["allowed"])
        for one in data["connections"]
    ]
    assert len(found) == len(dict(found))
    return dict(found)


def name(end: dict[str, Any]) -> str:
    if "cidrs" in end:
        return " ".join(end["cidrs"])
    return f"{end['name']}{end.get('replica', '')}"


def test_by_workload(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = pairs(capsys, folder)
    outside = "0.0.0.0/0 ::/0"
    admitted = [name for name, _ in found if name.startswith("10.")]
    assert set(found) == {
        ("web", "web"),
        ("web", "db"),
        ("web", outside),
        (outside, "web"),
        (admitted[0], "db"),
    }
    assert found["web", "db"] == [{"protocol": "TCP", "ports": [[5432, 5432]]}]
    assert found["web", "web"] == found["web", outside] == found[outside, "web"] == ALL
    assert found[admitted[0], "db"] == [
        {"protocol": "TCP", "ports": [[5432, 5432]]},
        {"protocol": "UDP", "ports": [[8000, 8080]]},
    ]


def test_blocks_are_the_fewest(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (blocks,) = [one for one, _ in pairs(capsys, folder) if one.startswith("10.")]
    excluded = ip_network("10.0.0.0/8").address_exclude(ip_network("10.1.0.0/16"))
    assert blocks.split() == [str(one) for one in sorted(excluded)]


def test_by_pod_numbers_replicas(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = pairs(capsys, folder, "--by", "pod")
    assert ("web1", "web2") in found
    assert ("web2", "web1") in found
    assert not {("web1", "web1"), ("web2", "web2"), ("db", "db")} & set(found)


def test_by_group(folder: Path, spec: str, capsys: pytest.CaptureFixture[str]) -> None:
    found = pairs(capsys, folder, "--by", "group", "--spec", spec)
    assert set(found) == {
        ("front", "front"),
        ("front", "office"),
        ("front", "rest"),
        ("office", "front"),
        ("rest", "front"),
    }


def test_filters(folder: Path, spec: str, capsys: pytest.CaptureFixture[str]) -> None:
    found = pairs(
        capsys, folder, "--spec", spec, "--from", "office", "--to", "shop/db", "--on", "UDP/1-8003"
    )
    assert found == {("10.2.0.0/16", "db"): [{"protocol": "UDP", "ports": [[8000, 8003]]}]}


def test_a_name_that_no_pod_has_is_refused(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before the map is made, which may take minutes; both options at once."""
    monkeypatch.setattr("netproof.commands.connections.map_of", None)
    assert main(["connections", str(folder), "--from", "shop/wep", "--to", "shop/dbs"]) == 2
    error = capsys.readouterr().err
    assert "no pod or workload `shop/wep` for --from" in error
    assert "no pod or workload `shop/dbs` for --to" in error
    assert "did you mean `shop/db`?" in error


@pytest.mark.parametrize(
    ("arguments", "notes"),
    [
        (["--from", "pods(app=wob)"], ["`pods(app=wob)`, given with --from, holds no"]),
        (["--from", "cidr(10.2.0.0/16)"], []),
        (["--from", "front"], []),
        (["--by", "group"], ["the group `nobody` holds no pod"]),
        (["--by", "group", "--from", "nobody"], ["`nobody`, given with --from, holds no pod"]),
    ],
)
def test_endpoints_that_hold_nothing_are_noted(
    folder: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    notes: list[str],
) -> None:
    spec = tmp_path / "groups.yaml"
    spec.write_text(SPEC + "  nobody: {pods: {app: none}}\n", encoding="utf-8")
    text = output(capsys, folder, "text", "--spec", str(spec), *arguments)
    found = [line for line in text.splitlines() if line.startswith("note: ")]
    assert len(found) == len(notes)
    assert all(note in line for note, line in zip(notes, found, strict=True))


def test_labels_are_those_of_every_pod(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = json.loads(output(capsys, folder, "json"))
    ends = [one["source"] for one in data["connections"] if one["source"].get("name") == "web"]
    assert ends[0]["labels"] == {"app": "web", "tier": "front"}


@pytest.mark.parametrize("by", ["pod", "workload", "group"])
def test_json_follows_its_schema(
    folder: Path, spec: str, capsys: pytest.CaptureFixture[str], by: str
) -> None:
    schema = json.loads(
        resources.files("netproof").joinpath("schemas/connections.schema.json").read_text("utf-8")
    )
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(
        json.loads(output(capsys, folder, "json", "--by", by, "--spec", spec)), schema
    )


def test_yaml_says_what_json_says(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in ([], ["--from", "ns:nowhere"]):
        found = yaml.safe_load(output(capsys, folder, "yaml", *arguments))
        assert found == json.loads(output(capsys, folder, "json", *arguments))


def test_csv_has_a_line_a_pair(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = list(csv.DictReader(io.StringIO(output(capsys, folder, "csv"))))
    found = {(one["source name"], one["destination name"]): one for one in lines}
    assert set(found) == set(pairs(capsys, folder))
    assert found["web", "db"]["TCP"] == "5432"
    assert found["web", "db"]["UDP"] == ""
    assert found["web", "web"]["SCTP"] == "all"


def test_text_and_markdown_have_a_line_a_pair(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = output(capsys, folder, "text")
    rows = [line for line in text.splitlines() if "  ->  " in line]
    markdown = output(capsys, folder, "markdown").split("\n\n")[0].splitlines()[2:]
    assert len(rows) == len(markdown) == len(pairs(capsys, folder)) == 5
    assert len({line.index("  ->  ") for line in rows}) == 1
    assert "| `shop/Deployment/web` | `shop/db` | TCP 5432 |" in markdown
    assert "10.0.0.0/8 except 10.1.0.0/16 " in text
    assert "5 lines: 2 workloads, 1 policy\nworld: snapshot\n" in text


def test_nothing_allowed_is_said(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "(no connection is allowed)" in output(capsys, folder, "text", "--from", "shop/db")


def test_dot_has_an_edge_a_pair(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = output(capsys, folder, "dot")
    assert text.count(" -> ") == len(pairs(capsys, folder))
    assert '"shop/Deployment/web" -> "shop/db" [label="TCP 5432"];' in text
    assert text.count("{") == text.count("}")


@pytest.mark.skipif(shutil.which("dot") is None, reason="graphviz is not installed")
def test_graphviz_draws_it(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = output(capsys, folder, "dot")
    drawn = subprocess.run(
        ["dot", "-Tsvg"], input=text, capture_output=True, text=True, check=True, timeout=60
    )
    assert drawn.stdout.count('class="edge"') == len(pairs(capsys, folder))
    assert drawn.stderr == ""


def test_outputs_go_to_files(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page, table = folder / "map.html", folder / "map.csv"
    assert output(capsys, folder, f"html={page}", "--output", f"csv={table}") == ""
    assert page.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    assert table.read_text(encoding="utf-8").startswith("source kind,")


def test_two_runs_give_the_same_bytes(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for form in ("json", "dot", "html"):
        assert output(capsys, folder, form) == output(capsys, folder, form)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--by", "group"], "--by group needs --spec"),
        (["--from", "nobody"], "`nobody` is not a known group"),
        (["--on", "80"], "is not a protocol and port"),
        (["--output", "pdf"], "`pdf` is no output"),
        (["--spec", "absent.yaml"], "cannot read the spec"),
        (["--output", "csv=/nowhere/map.csv"], "cannot write"),
    ],
)
def test_refusals(
    folder: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    assert main(["connections", str(folder), *arguments]) == 2
    assert message in capsys.readouterr().err


def test_policies_alone_have_no_map(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    policy = MANIFESTS.rsplit("---", maxsplit=1)[-1]
    (tmp_path / "p.yaml").write_text(policy, encoding="utf-8")
    assert main(["connections", str(tmp_path)]) == 2
    assert "holds no workloads" in capsys.readouterr().err


NODES = """
apiVersion: v1
kind: Pod
metadata: {name: NAME, namespace: shop, labels: {app: APP}OWNER}
spec: {nodeName: NODE, HOST containers: [{name: c, image: i}]}
"""
AGENT = (
    ", ownerReferences: "
    "[{apiVersion: apps/v1, kind: DaemonSet, name: agent, uid: u, controller: true}]"
)


def pod(name: str, node: str, host: str = "", owner: str = "") -> str:
    text = NODES.replace("NAME", name).replace("NODE", node).replace("OWNER", owner)
    return text.replace("HOST", host).replace("APP", name)


@pytest.fixture
def nodes(tmp_path: Path) -> Path:
    """Two pods on two nodes, each with an agent on its node's network."""
    host = "hostNetwork: true,"
    pods = [
        pod("one", "n1"),
        pod("two", "n2"),
        pod("agent-1", "n1", host, AGENT),
        pod("agent-2", "n2", host, AGENT),
    ]
    (tmp_path / "m.yaml").write_text("---".join(pods), encoding="utf-8")
    return tmp_path


def test_a_pod_and_its_own_node_are_left_out(
    nodes: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = pairs(capsys, nodes, "--by", "pod", "--from", "ns:shop", "--to", "ns:shop")
    assert set(found) == {
        ("one", "two"),
        ("two", "one"),
        ("one", "agent-2"),
        ("agent-2", "one"),
        ("two", "agent-1"),
        ("agent-1", "two"),
        ("agent-1", "agent-2"),
        ("agent-2", "agent-1"),
    }


def test_a_workload_on_other_nodes_too_is_listed(
    nodes: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = pairs(capsys, nodes, "--from", "ns:shop", "--to", "ns:shop")
    assert {("one", "agent"), ("agent", "one"), ("agent", "agent")} <= set(found)


def test_as_pods_they_are_listed(nodes: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = pairs(capsys, nodes, "--by", "pod", "--assume", "host-network=pod")
    assert {("one", "agent-1"), ("agent-1", "one")} <= set(found)


def test_no_cell_of_csv_is_a_formula(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    owners = ("=cmd|' /C calc'!A0", "-1+1", "+a", "@SUM(A1)")
    pods = [
        {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {
                "name": f"p{number}",
                "namespace": "x",
                "ownerReferences": [{"controller": True, "kind": text, "name": text}],
            },
        }
        for number, text in enumerate(owners)
    ]
    (tmp_path / "pods.yaml").write_text(yaml.safe_dump_all(pods))
    assert main(["connections", str(tmp_path), "--output", "csv"]) == 0
    rows = list(csv.reader(io.StringIO(capsys.readouterr().out)))
    assert {f"'{text}" for text in owners} <= {cell for row in rows for cell in row}
    assert not any(cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row)


def test_a_map_by_pod_of_a_workload_without_measure(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "d.yaml"
    spec = "{replicas: 2147483647, template: {}}"
    path.write_text(
        f"{{apiVersion: apps/v1, kind: Deployment, metadata: {{name: d}}, spec: {spec}}}"
    )
    assert main(["connections", str(path)]) == 0
    assert main(["connections", str(path), "--by", "pod"]) == 2
    assert "--by pod has room for 1000000 pods, not 2147483647" in capsys.readouterr().err
