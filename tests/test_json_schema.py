"""JSON reports: valid under the shipped schema, complete, and the same bytes every time."""

from __future__ import annotations

import hashlib
import json
import re
import shlex
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from tests.profiles import some
from tests.schema_check import checked
from tests.test_examples import COMMANDS as EXAMPLES
from tests.test_examples import name_of

from netproof.cli import main
from netproof.schemas import COMMANDS, CONNECTIVITY, ERROR, schema

CLUSTER = """\
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {team: a}}
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {app: web}}
status: {podIP: 10.0.0.7, phase: Running}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: settings, namespace: shop}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: db, namespace: shop}
spec:
  replicas: 2
  selector: {matchLabels: {app: db}}
  template:
    metadata: {labels: {app: db}}
    spec: {containers: [{name: c, ports: [{name: sql, containerPort: 5432}]}]}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: to-db, namespace: shop}
spec:
  podSelector: {matchLabels: {app: db}}
  ingress:
  - from: [{podSelector: {matchLabels: {app: web}}}]
    ports: [{port: 5432}]
"""


def arguments_of(command: Path) -> list[str]:
    """The words of an example's command after `netproof`."""
    return shlex.split(command.read_text(encoding="utf-8").splitlines()[1])[1:]


@pytest.fixture
def cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with one file of manifests, and the working directory."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "all.yaml").write_text(CLUSTER, encoding="utf-8")
    return tmp_path


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """Standard output of the command."""
    main(arguments)
    return capsys.readouterr().out


def claims(capsys: pytest.CaptureFixture[str], *texts: str) -> list[dict[str, Any]]:
    """The claims of the JSON report on the cluster."""
    options = [word for text in texts for word in ("--claim", text)]
    found: list[dict[str, Any]] = checked(
        run(capsys, "verify", "all.yaml", *options, "--output", "json")
    )["claims"]
    return found


@pytest.mark.parametrize("command", COMMANDS)
def test_schemas_are_schemas(command: str) -> None:
    jsonschema.Draft202012Validator.check_schema(schema(command))
    assert schema(command)["properties"]["command"] == {"const": command}


def test_an_unknown_schema_is_refused() -> None:
    with pytest.raises(ValueError, match="`nothing` has no schema"):
        schema("nothing")


def test_definitions_of_one_name_are_one() -> None:
    """A reader of two reports may share what reads their parts."""
    seen: dict[str, Any] = {}
    for command in (*COMMANDS, CONNECTIVITY):
        for name, definition in schema(command)["$defs"].items():
            assert seen.setdefault(name, definition) == definition, name


def objects(node: Any) -> list[dict[str, Any]]:
    """Every object schema below a node that lists properties of its own."""
    below = [found for child in _children(node) for found in objects(child)]
    return [node, *below] if isinstance(node, dict) and "required" in node else below


def _children(node: Any) -> list[Any]:
    if isinstance(node, dict):
        return list(node.values())
    return node if isinstance(node, list) else []


ONLY_WHERE_ASKED = {
    *("sourcePort", "sourcePorts", "firstSourcePort", "lastSourcePort"),
    *("declaresSourcePort", "passedHosts", "perhaps", "perhapsIn", "failsafe"),
    *("hostsOnly", "ownLabels", "profileLists", "onNodes", "exceptNodes"),
    *("expectsAddress", "givesPort", "givesSourcePort"),
}
"""Fields that are there only where policies ask for source ports (D.19, D.20), are for what passes
hosts (D.37), or tie (C.4), where an object states failsafe ports (D.36), and where there may be any
host endpoints (D.35)."""


@pytest.mark.parametrize("command", [*COMMANDS, CONNECTIVITY, ERROR])
def test_schemas_are_closed(command: str) -> None:
    """An unlisted field would be neither described nor checked."""
    for one in objects(schema(command)):
        assert one["additionalProperties"] is False
        assert sorted(one["required"]) == sorted({*one["properties"]} - ONLY_WHERE_ASKED)


@pytest.mark.generated
@pytest.mark.parametrize(
    "command", some([one for one in EXAMPLES if arguments_of(one)[0] == "verify"]), ids=name_of
)
def test_examples(
    command: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(command.parent)
    code = main([*arguments_of(command), "--output", "json"])
    printed = capsys.readouterr().out
    if code == 2:
        assert checked(printed, ERROR)["error"]["exitCode"] == code
        return
    data = checked(printed)
    assert data["summary"]["exitCode"] == code
    assert data["summary"]["claims"] == len(data["claims"])
    catalogues = [one for one in data["specs"] if one["name"].startswith("catalogue:")]
    assert bool(catalogues) is ("catalogues" in command.parts)
    for one in data["inputs"] + [one for one in data["specs"] if one not in catalogues]:
        assert one["sha256"] == hashlib.sha256(Path(one["name"]).read_bytes()).hexdigest()


def test_a_refuted_claim(cluster: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (found,) = claims(capsys, "shop/web cannot reach shop/db on TCP/5432")
    assert (found["verdict"], found["world"], found["core"]) == ("REFUTED", "snapshot", None)
    connection = found["counterexample"]
    assert (connection["protocol"], connection["port"], connection["allowed"]) == (
        "TCP",
        5432,
        True,
    )
    source, destination = connection["source"], connection["destination"]
    assert source["labels"] == {"app": "web"}
    assert source["addresses"] == ["10.0.0.7"]
    assert source["namespaceLabels"] == {"kubernetes.io/metadata.name": "shop", "team": "a"}
    assert (source["file"], source["line"]) == ("all.yaml", 7)
    assert (destination["workloadKind"], destination["name"]) == ("Deployment", "db")
    assert (destination["replica"], destination["replicas"]) == (1, 2)
    assert destination["ports"] == [{"name": "sql", "protocol": "TCP", "port": 5432}]
    assert connection["egress"]["reason"] == "not-isolated"
    assert connection["egress"]["rule"] is None
    ingress = connection["ingress"]
    assert ingress["rule"] == {
        "policy": "shop/to-db",
        "index": 0,
        "file": "all.yaml",
        "line": 30,
        "column": 5,
    }
    assert [one["policy"] for one in ingress["selecting"]] == ["shop/to-db"]


def test_proved_claims(cluster: Path, capsys: pytest.CaptureFixture[str]) -> None:
    only, may = claims(capsys, "only shop/web can reach shop/db", "external may reach shop/web")
    assert only["verdict"] == may["verdict"] == "PROVED"
    assert [one["policy"] for one in only["core"]] == ["shop/to-db"]
    assert only["coreMinimal"] is True
    assert may["witness"]["source"]["kind"] == "external"
    assert (may["core"], may["coreMinimal"]) == (None, None)


def test_a_vacuous_claim(cluster: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (found,) = claims(capsys, "pods(app=nobody) cannot reach shop/db")
    assert (found["verdict"], found["empty"]) == ("VACUOUS", ["pods(app=nobody)"])


def test_a_claim_that_turns(cluster: Path, capsys: pytest.CaptureFixture[str]) -> None:
    policy = """\
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: from-block, namespace: shop}
spec:
  podSelector: {matchLabels: {app: db}}
  ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8}}]}]
"""
    (cluster / "all.yaml").write_text(CLUSTER + policy, encoding="utf-8")
    (found,) = claims(capsys, "shop/web cannot reach shop/db on UDP/53")
    assert found["verdict"] == "REFUTED"
    assert found["robustness"]["complete"] is True
    assert "ipblock-matches-pods" in found["robustness"]["relevant"]
    assert {
        "assumptions": {"ipblock-matches-pods": "no"},
        "verdict": "PROVED",
    } in found["robustness"]["turns"]


def test_what_was_read(cluster: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spec = cluster / "spec.yaml"
    spec.write_text("claims: [{id: A-1, reason: why, claim: shop/web can reach shop/db on TCP}]")
    data = checked(
        run(
            capsys,
            *("verify", "all.yaml", "--spec", "spec.yaml", "--output", "json"),
            *("--namespace", "other", "--lenient", "--timeout", "60"),
        )
    )
    assert (data["namespace"], data["decoding"]) == ("other", "lenient")
    assert data["timeoutMilliseconds"] == 60000
    assert data["skipped"] == {"ConfigMap": 1}
    assert data["specs"] == [
        {"name": "spec.yaml", "sha256": hashlib.sha256(spec.read_bytes()).hexdigest()}
    ]
    (claim,) = data["claims"]
    assert (claim["id"], claim["reason"]) == ("A-1", "why")
    assert claim["place"]["file"] == "spec.yaml"
    assert data["tool"]["solvers"]["z3"]
    assert data["summary"]["pods"] == 3


def test_json_input_has_lines(cluster: Path, capsys: pytest.CaptureFixture[str]) -> None:
    documents = list(yaml.safe_load_all(CLUSTER))
    text = json.dumps({"apiVersion": "v1", "kind": "List", "items": documents}, indent=1)
    (cluster / "all.yaml").write_text(text, encoding="utf-8")
    (found,) = claims(capsys, "shop/web cannot reach shop/db on TCP/5432")
    rule = found["counterexample"]["ingress"]["rule"]
    line = text.splitlines()[rule["line"] - 1]
    assert line.strip() == "{"
    assert text.splitlines()[rule["line"]].strip() == '"from": ['
    assert rule["column"] == line.index("{") + 1


def test_the_same_bytes(cluster: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ("verify", "all.yaml", "--claim", "shop/web can reach shop/db", "--output", "json")
    assert run(capsys, *arguments) == run(capsys, *arguments)


def test_yaml_holds_the_same(cluster: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ("verify", "all.yaml", "--claim", "shop/web can reach shop/db", "--output")
    as_json = run(capsys, *arguments, "json")
    as_yaml = run(capsys, *arguments, "yaml")
    assert yaml.safe_load(as_yaml) == checked(as_json)
    assert "&id" not in as_yaml


def test_several_outputs(cluster: Path, capsys: pytest.CaptureFixture[str]) -> None:
    claim = ("--claim", "shop/web can reach shop/db")
    printed = run(
        capsys, "verify", "all.yaml", *claim, "--output", "text", "--output", "json=out.json"
    )
    assert printed.startswith("REFUTED")
    assert checked((cluster / "out.json").read_text(encoding="utf-8"))["claims"]


def test_names_cannot_steer_a_terminal(cluster: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = run(
        capsys,
        *("verify", "all.yaml", "--claim", "shop/web can\treach shop/db", "--output", "json"),
        *("--namespace", "shop"),
    )
    assert text.isascii()
    assert checked(text)


@pytest.mark.parametrize(
    "change",
    [
        {"verdict": "PROVED"},
        {"verdict": "MAYBE"},
        {"verdict": "UNKNOWN"},
        {"verdict": "VACUOUS"},
        {"surplus": 1},
        {"counterexample": None},
    ],
)
def test_the_schema_can_fail(
    change: dict[str, Any], cluster: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ("verify", "all.yaml", "--claim", "shop/web can reach shop/db", "--output", "json")
    data = checked(run(capsys, *arguments))
    data["claims"][0] |= change
    with pytest.raises(AssertionError):
        checked(json.dumps(data))


def property_names(node: Any) -> set[str]:
    """The names of all properties that a schema lists."""
    below = set[str]().union(*(property_names(child) for child in _children(node)))
    own = node.get("properties") if isinstance(node, dict) else None
    return below | (set(own) if isinstance(own, dict) else set())


@pytest.mark.parametrize("command", [*COMMANDS, CONNECTIVITY, ERROR])
def test_every_field_is_explained(command: str) -> None:
    page = Path(__file__).parents[1] / "docs" / "json.md"
    written = set(re.findall(r"`([A-Za-z0-9]+)`", page.read_text(encoding="utf-8")))
    assert property_names(schema(command)) - {"properties"} <= written
