"""`netproof explain` on the command line: endpoints by name, reports, refusals."""

from __future__ import annotations

import json
import shlex
from importlib import resources
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from tests.transcripts import settled

from netproof.cli import main

CLUSTER = """
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
    metadata: {labels: {app: web}}
    spec: {containers: [{name: c, image: i}]}
---
apiVersion: v1
kind: Pod
metadata: {name: db, namespace: shop, labels: {app: db}}
spec: {nodeName: n1, containers: [{name: c, image: i}]}
status: {podIPs: [{ip: 10.1.2.3}]}
---
apiVersion: v1
kind: Pod
metadata: {name: agent, namespace: shop, labels: {app: agent}}
spec: {nodeName: n1, hostNetwork: true, containers: [{name: c, image: i}]}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: twin, namespace: shop}
spec:
  selector: {matchLabels: {app: twin}}
  template: {metadata: {labels: {app: twin}}, spec: {containers: [{name: c, image: i}]}}
---
apiVersion: batch/v1
kind: Job
metadata: {name: twin, namespace: shop}
spec: {template: {spec: {restartPolicy: Never, containers: [{name: c, image: i}]}}}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: deny, namespace: shop}
spec:
  podSelector: {}
  policyTypes: [Ingress, Egress]
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: to-db, namespace: shop}
spec:
  podSelector: {matchLabels: {app: db}}
  ingress:
  - from: [{podSelector: {matchLabels: {App: web}}}]
    ports: [{port: 5432}]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "m.yaml").write_text(CLUSTER, encoding="utf-8")
    return tmp_path


def run(folder: Path, *arguments: str) -> int:
    return main(["explain", str(folder), *arguments])


def asked(source: str, destination: str, port: str = "TCP/5432") -> list[str]:
    return ["--from", source, "--to", destination, "--on", port]


def data_of(capsys: pytest.CaptureFixture[str], folder: Path, *arguments: str) -> dict[str, Any]:
    assert run(folder, *arguments, "--output", "json") == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_text_tells_side_policy_rule_and_condition(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(folder, *asked("shop/web", "shop/db")) == 0
    text = capsys.readouterr().out
    line = 1 + next(at for at, one in enumerate(CLUSTER.splitlines()) if "App: web" in one)
    for part in (
        "DENIED",
        "shop/Deployment/web #1  ->  shop/db  TCP/5432",
        "has no egress rule",
        "pod labels: wants App=web, finds no label App, but app=web: case matters",
        f"m.yaml:{line}:",
        "shop/deny (egress and ingress)",
        "only where a network plug-in enforces them (A.49)",
    ):
        assert part in text


def test_one_policy_that_isolates_both_ends_is_the_smallest_change(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = data_of(capsys, folder, *asked("shop/web", "shop/db"))
    assert [[one["policy"] for one in chosen] for chosen in found["changes"]] == [["shop/deny"]]


@pytest.mark.parametrize(
    ("source", "destination", "which"),
    [
        (
            "shop/web",
            "shop/db",
            "the one policy that isolates the source for egress and all 2 policies that isolate "
            "the destination for ingress would have to stop selecting them",
        ),
        (
            "192.0.2.1",
            "shop/db",
            "all 2 policies that isolate the destination for ingress would have to stop "
            "selecting it",
        ),
    ],
)
def test_without_a_changed_rule_every_denied_side_has_to_lose_its_policies(
    folder: Path, capsys: pytest.CaptureFixture[str], source: str, destination: str, which: str
) -> None:
    assert run(folder, *asked(source, destination)) == 0
    lines = capsys.readouterr().out.splitlines()
    found = [one for one in lines if "or keep the rules" in one]
    assert found == [f"    or keep the rules: then {which}"]


def test_a_direction_may_be_left_out_by_default(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(folder, *asked("shop/db", "192.0.2.1")) == 0
    text = capsys.readouterr().out
    assert "shop/to-db: direction: the default of policyTypes, Ingress, leaves out Egress" in text


BLOCK = """---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: from-block, namespace: shop}
spec:
  podSelector: {matchLabels: {app: twin}}
  ingress: [{from: [{ipBlock: {cidr: 10.9.0.0/16}}]}]
---
apiVersion: v1
kind: Pod
metadata: {name: guest, namespace: guests}
"""


def test_an_address_that_is_supposed_is_said_to_be(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "n.yaml").write_text(BLOCK, encoding="utf-8")
    question = asked("guests/guest", "shop/StatefulSet/twin")
    note = (
        "guests/guest is taken to have the address 10.9.0.0, which the input does not give (A.29)"
    )
    assumed = "unknown-pod-addresses=any"
    assert note in data_of(capsys, folder, *question, "--assume", assumed)["notes"]
    assert note not in data_of(capsys, folder, *question)["notes"]


def test_two_replicas_of_one_workload(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = data_of(capsys, folder, *asked("shop/web", "shop/Deployment/web"))
    ends = found["connection"]["source"], found["connection"]["destination"]
    assert [end["replica"] for end in ends] == [1, 2]
    assert found["allowed"] is False


def test_a_pod_with_itself(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = data_of(capsys, folder, *asked("shop/db", "shop/db"))
    assert found["allowed"] is True
    assert found["exempt"] == "same-pod"


def test_the_own_node(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = data_of(capsys, folder, *asked("shop/agent", "shop/db"))
    assert found["allowed"] is True
    assert found["exempt"] == "from-own-node"
    found = data_of(capsys, folder, *asked("shop/db", "shop/agent"))
    assert found["exempt"] == "to-own-node"


def test_the_address_of_a_pod_means_the_pod(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = data_of(capsys, folder, *asked("shop/web", "10.1.2.3"))
    assert found["connection"]["destination"]["name"] == "db"


def test_an_address_outside(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = data_of(capsys, folder, *asked("2001:DB8::1", "shop/db"))
    assert found["connection"]["source"]["address"] == "2001:db8::1"
    assert found["connection"]["family"] == "IPv6"


BOTH_FAMILIES = """---
apiVersion: v1
kind: Pod
metadata: {name: dual, namespace: guests, labels: {app: dual}}
status: {podIPs: [{ip: 10.9.0.1}, {ip: "fd00::1"}]}
---
apiVersion: v1
kind: Pod
metadata: {name: other, namespace: guests}
status: {podIPs: [{ip: 10.9.0.2}, {ip: "fd00::2"}]}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: six-only, namespace: guests}
spec:
  podSelector: {matchLabels: {app: dual}}
  ingress: [{from: [{ipBlock: {cidr: "fd00::/64"}}]}]
"""


@pytest.mark.parametrize(
    ("source", "destination", "family"),
    [
        ("guests/other", "guests/dual", "IPv6"),
        ("guests/other", "fd00::1", "IPv6"),
        ("guests/other", "10.9.0.1", "IPv4"),
        ("10.9.0.2", "guests/dual", "IPv4"),
        ("10.9.0.2", "10.9.0.1", "IPv4"),
    ],
)
def test_an_address_asks_about_its_family(
    folder: Path, capsys: pytest.CaptureFixture[str], source: str, destination: str, family: str
) -> None:
    """A pod that is named by its IPv4 address is not said to be reached because IPv6 is let in."""
    (folder / "n.yaml").write_text(BOTH_FAMILIES, encoding="utf-8")
    found = data_of(capsys, folder, *asked(source, destination))
    allowed = family == "IPv6"
    assert (found["connection"]["family"], found["allowed"]) == (family, allowed)
    note = "it is denied over IPv4" if allowed else "it is allowed over IPv6"
    assert any(note in one for one in found["notes"])


def test_what_turns_it_is_asked_over_its_family(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """No assumption turns what is denied over IPv4, though one turns what is allowed over IPv6."""
    (folder / "n.yaml").write_text(BOTH_FAMILIES, encoding="utf-8")
    assert data_of(capsys, folder, *asked("10.9.0.2", "guests/dual"))["turns"] == []
    assert data_of(capsys, folder, *asked("fd00::2", "guests/dual"))["turns"]


def test_the_address_of_a_host_endpoint_asks_about_its_family(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It may have addresses of the other family that the input does not tell (D.35)."""
    host = """---
apiVersion: v1
kind: Pod
metadata: {name: guest, namespace: guests}
---
apiVersion: projectcalico.org/v3
kind: HostEndpoint
metadata: {name: worker, labels: {role: worker}}
spec: {node: worker, interfaceName: "*", expectedIPs: [192.168.0.1]}
---
apiVersion: projectcalico.org/v3
kind: GlobalNetworkPolicy
metadata: {name: gate}
spec:
  selector: has(role)
  ingress: [{action: Deny, destination: {selector: has(role)}}, {action: Allow}]
"""
    (folder / "n.yaml").write_text(host, encoding="utf-8")
    named = data_of(capsys, folder, *asked("guests/guest", "HostEndpoint/worker"))
    assert (named["allowed"], named["connection"]["family"]) == (True, "IPv6")
    given = data_of(capsys, folder, *asked("guests/guest", "192.168.0.1"))
    assert (given["allowed"], given["connection"]["family"]) == (False, "IPv4")


@pytest.mark.parametrize("ends", [("shop/web", "shop/db"), ("shop/db", "shop/db")])
def test_json_follows_its_schema_and_yaml_says_the_same(
    folder: Path, capsys: pytest.CaptureFixture[str], ends: tuple[str, str]
) -> None:
    schema = json.loads(
        resources.files("netproof").joinpath("schemas/explain.schema.json").read_text("utf-8")
    )
    found = data_of(capsys, folder, *asked(*ends))
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(found, schema)
    assert run(folder, *asked(*ends), "--output", "yaml") == 0
    assert yaml.safe_load(capsys.readouterr().out) == found


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (asked("shop/wbe", "shop/db"), "did you mean `shop/web`?"),
        (asked("web", "shop/db"), "`web` names no endpoint for --from"),
        (asked("shop/twin", "shop/db"), "`shop/Job/twin`, `shop/StatefulSet/twin`"),
        (asked("1.2.3.4", "1.2.3.5"), "both addresses outside the cluster"),
        (asked("2001:db8::1", "10.1.2.3"), "are addresses of two families"),
        (asked("1.2.3.400", "shop/db"), "`1.2.3.400` is no address for --from"),
        (asked("shop/web", "shop/db", "TCP/1-2"), "more than one port"),
        (asked("shop/web", "shop/db", "TCP"), "more than one port"),
        (asked("shop/web", "shop/db", "80"), "is not a protocol and port"),
    ],
)
def test_refusals(
    folder: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    assert run(folder, *arguments) == 2
    assert message in capsys.readouterr().err


IDLE = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: idle, namespace: shop}
spec:
  replicas: 0
  selector: {matchLabels: {app: idle}}
  template: {metadata: {labels: {app: idle}}, spec: {containers: [{name: c, image: i}]}}
"""


@pytest.mark.parametrize("name", ["shop/idle", "shop/Deployment/idle"])
def test_a_workload_that_runs_no_pod_is_not_called_unknown(
    folder: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    (folder / "n.yaml").write_text(IDLE, encoding="utf-8")
    said = f"`{name}`, given with --to, runs no pod: it is completed or scaled to 0 (A.9)"
    assert run(folder, *asked("shop/web", name)) == 2
    assert said in capsys.readouterr().err
    assert main(["connections", str(folder), "--to", name]) == 2
    assert said in capsys.readouterr().err


def test_the_page_shows_what_the_command_prints(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    root = Path(__file__).parent.parent
    page = (root / "docs" / "explain.md").read_text(encoding="utf-8")
    block = page.split("```console\n")[1].split("```")[0]
    cd, _, rest = block.partition("\n$ netproof ")
    command, _, printed = rest.partition("TCP/80\n")
    monkeypatch.chdir(root / cd.removeprefix("$ cd ").strip())
    assert main([*shlex.split(command.replace("\\\n", " ")), "TCP/80"]) == 0
    assert settled(capsys.readouterr().out) == settled(printed)
