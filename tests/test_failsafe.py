"""Failsafe ports that a FelixConfiguration states (D.36): what each command says of them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.samples import ANY_HOSTS
from tests.schema_check import checked

import netproof
from netproof.cli import main
from netproof.pipeline import verify
from netproof.verdicts import Outcome
from netproof.verified import VerifyOptions
from netproof.workspace.state import Workspace
from netproof_encodings.lowering import lower
from netproof_encodings.lowering.any_hosts import other_hosts
from netproof_specs.loading import load_texts
from netproof_specs.model.felix import FailsafePort, FelixConfiguration
from netproof_specs.model.hosts import HostEndpoint
from netproof_specs.model.traffic import Direction, Protocol
from netproof_specs.spec_files.reading import statements_of
from netproof_specs.worlds import World

HOST = """---
apiVersion: projectcalico.org/v3
kind: HostEndpoint
metadata: {{name: {name}, labels: {{role: worker}}}}
spec: {{node: {node}, interfaceName: "*", profiles: [{profiles}]}}
"""
HOSTS = HOST.format(name="h1", node="n1", profiles="") + HOST.format(
    name="h2", node="n2", profiles=""
)
FELIX = """---
apiVersion: projectcalico.org/v3
kind: FelixConfiguration
metadata: {{name: {name}}}
spec:
  {which}:
"""
INBOUND = FELIX.format(name="default", which="failsafeInboundHostPorts")
ALL = f"{INBOUND}  - {{protocol: TCP, port: 8022, net: 10.0.0.0/8}}\n"
OTHER = ALL.replace("8022", "8023")
ONE = FELIX.format(name="node.n2", which="failsafeOutboundHostPorts").rstrip() + " []\n"


def said(capsys: pytest.CaptureFixture[str], *command: str) -> str:
    """What a command prints that comes to an end as it should."""
    assert main(list(command)) in (0, 1), command
    return capsys.readouterr().out


@pytest.fixture
def given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to work in, with the input."""
    monkeypatch.chdir(tmp_path)
    Path("in.yaml").write_text(ALL + ONE + HOSTS, encoding="utf-8")
    return tmp_path


BY = "by failsafeInboundHostPorts[0] of the FelixConfiguration default  (in.yaml:7:5)"
INSTEAD = (
    "no profile of HostEndpoint/h1 admits it, and failsafeInboundHostPorts of the "
    "FelixConfiguration default replaces a list that opens the port  (in.yaml:4:18)"
)


@pytest.mark.parametrize(
    ("ends", "on", "line"),
    [
        (("10.0.0.9", "h1"), "TCP/8022", f"keeps the port open, whatever policies say, {BY}"),
        (("8.8.8.8", "h1"), "TCP/8022", "denied: no profile of HostEndpoint/h1 admits it\n"),
        (("8.8.8.8", "h1"), "TCP/22", INSTEAD),
        (("h1", "8.8.8.8"), "UDP/53", "open, whatever policies say, as it does by default\n"),
        (
            ("h2", "8.8.8.8"),
            "UDP/53",
            "failsafeOutboundHostPorts of the FelixConfiguration node.n2 replaces a list that "
            "opens the port  (in.yaml:11:18)",
        ),
    ],
    ids=["opened", "another address", "left out", "by default", "none"],
)
def test_explain(
    ends: tuple[str, str],
    on: str,
    line: str,
    given: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    source, destination = (one if "." in one else f"HostEndpoint/{one}" for one in ends)
    asked = ["explain", "in.yaml", "--from", source, "--to", destination, "--on", on]
    assert line in said(capsys, *asked)
    data = checked(said(capsys, *asked, "--output", "json"), "explain")
    side = data["ingress" if ends[1] == "h1" else "egress"]
    stated = "FelixConfiguration" in line
    assert ("failsafe" in side) is stated
    if stated:
        told = side["failsafe"]
        assert told["index"] == (0 if BY in line else None)
        assert f"{told['file']}:{told['line']}:{told['column']})" in line


def test_verify(given: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """In text, as JSON, on the page to file, and from a bundle that is checked again."""
    asked = ["verify", "in.yaml", "--claim", "external cannot reach hosts on TCP/8022"]
    assert BY in said(capsys, *asked, "--bundle", "b.zip")
    assert "all of it holds" in said(capsys, "recheck", "b.zip")
    data = checked(said(capsys, *asked, "--output", "json"))
    assert data["claims"][0]["counterexample"]["ingress"]["failsafe"] == {
        "configuration": "default",
        "list": "failsafeInboundHostPorts",
        "index": 0,
        "file": "in.yaml",
        "line": 7,
        "column": 5,
    }
    assert "file=in.yaml,line=7,col=5," in said(capsys, *asked, "--output", "github")
    (run,) = json.loads(said(capsys, *asked, "--output", "sarif"))["runs"]
    (place, *_) = run["results"][0]["locations"]
    assert place["physicalLocation"]["region"]["startLine"] == 7
    page = said(capsys, *asked, "--output", "html")
    assert "failsafeInboundHostPorts[0] of the FelixConfiguration default" in page
    assert "in.yaml:7:5" in page


def test_connections(given: Path, capsys: pytest.CaptureFixture[str]) -> None:
    listed = said(capsys, "connections", "in.yaml")
    rows = [" ".join(line.split()) for line in listed.splitlines()]
    assert "10.0.0.0/8 -> HostEndpoint/h1 TCP 8022" in rows
    assert "10.0.0.0/8 -> HostEndpoint/h2 TCP 8022" in rows
    assert any(row.startswith("HostEndpoint/h1 -> external TCP 179, 2379-2380") for row in rows)
    assert not any(row.startswith("HostEndpoint/h2 ->") for row in rows)


def test_compare(given: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("new.yaml").write_text(OTHER + ONE + HOSTS, encoding="utf-8")
    text = said(capsys, "compare", "in.yaml", "new.yaml", "--bundle", "b.zip")
    assert text.startswith("INCOMPARABLE")
    assert "    + external in cidr(10.0.0.0/8)  ->  hosts with no profile  TCP/8023\n" in text
    assert "    - external in cidr(10.0.0.0/8)  ->  hosts with no profile  TCP/8022\n" in text
    assert "of the FelixConfiguration default  (new.yaml:7:5)" in text
    assert f"any-cluster holds {ANY_HOSTS} (D.35)" in text
    said(capsys, "recheck", "b.zip")
    what = said(capsys, "compare", "in.yaml", "new.yaml", "--what", "connectivity")
    assert "    + 10.0.0.0/8  ->  every host endpoint (2)  TCP 8023\n" in what
    again = ALL.replace("TCP", "tcp").replace(
        "  - {", "  - {protocol: TCP, port: 8022, net: 10.9.0.0/16}\n  - {"
    )
    Path("new.yaml").write_text(again + ONE + HOSTS, encoding="utf-8")
    assert said(capsys, "compare", "in.yaml", "new.yaml").startswith("EQUIVALENT")


def test_compare_without_host_endpoints(given: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """That the sets are alike is said of pods, and a note says so; any cluster has others."""
    for name, text in (("old.yaml", ALL), ("new.yaml", OTHER)):
        Path(name).write_text(text, encoding="utf-8")
    text = said(capsys, "compare", "old.yaml", "new.yaml", "--world", "any-pods")
    assert text.startswith("EQUIVALENT")
    assert "note: failsafe ports of a FelixConfiguration are those of host endpoints" in text
    assert said(capsys, "compare", "old.yaml", "new.yaml").startswith("INCOMPARABLE")
    for name, stated in (("old.yaml", ALL), ("new.yaml", OTHER)):
        Path(name).write_text(stated + POLICY.format(port=22), encoding="utf-8")
    text = said(capsys, "compare", "old.yaml", "new.yaml", "--world", "any-pods")
    assert text.startswith("EQUIVALENT")
    assert "too, and failsafe ports of a FelixConfiguration are those of host endpoints" in text


POLICY = """---
apiVersion: projectcalico.org/v3
kind: GlobalNetworkPolicy
metadata: {{name: ssh}}
spec:
  selector: role == 'worker'
  types: [Ingress]
  ingress: [{{action: Allow, protocol: TCP, destination: {{ports: [{port}]}}}}]
"""


@pytest.mark.parametrize(
    ("configured", "port", "taken"),
    [
        ("", 22, True),
        (ALL, 22, False),
        (ALL, 8022, False),
        (ALL.replace(", net: 10.0.0.0/8", ""), 8022, True),
    ],
    ids=["by default", "left out", "for some addresses", "stated"],
)
def test_lint(
    configured: str, port: int, *, taken: bool, given: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """NP008: nobody needs a rule for a port that is kept open for all addresses."""
    text = configured + HOSTS + POLICY.format(port=port)
    Path("in.yaml").write_text(text, encoding="utf-8")
    found = said(capsys, "lint", "in.yaml")
    assert ("`ssh` can be removed" in found) is taken


def test_a_change_is_decided_again() -> None:
    """As `watch` decides; a FelixConfiguration that states nothing changes nothing."""
    stated = netproof.claims(["cidr(8.0.0.0/8) cannot reach hosts on TCP/22"])
    workspace = Workspace()
    for files, outcome in (
        ({"h.yaml": HOSTS}, Outcome.REFUTED),
        ({"h.yaml": HOSTS, "f.yaml": ALL}, Outcome.PROVED),
        ({"h.yaml": HOSTS, "f.yaml": ALL.replace("8022, net: 10.0.0.0/8", "22")}, Outcome.REFUTED),
        ({"h.yaml": HOSTS, "f.yaml": INBOUND}, Outcome.REFUTED),
    ):
        workspace.update(files)
        assert workspace.verify(stated).verdicts[0].outcome is outcome


# --- host endpoints that the input does not have ------------------------------------------------

NAMED = FELIX.format(name="node.n9", which="failsafeInboundHostPorts")
NAMED += "  - {protocol: TCP, port: 8022}\n"
NODE = """---
apiVersion: v1
kind: Node
metadata: {name: n9}
status: {addresses: [{type: InternalIP, address: 10.0.0.9}]}
"""


def outcome(text: str, claim: str) -> Outcome:
    """The verdict in any cluster."""
    options = VerifyOptions(World.ANY_CLUSTER)
    (found,) = verify(load_texts({"f": text}), statements_of([], [claim]), options).verdicts
    return found.outcome


def test_one_on_a_node_that_is_configured_by_name(
    given: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("in.yaml").write_text(NAMED, encoding="utf-8")
    asked = ["verify", "in.yaml", "--world", "any-cluster", "--output", "json", "--claim"]
    claim = "cidr(10.0.0.0/8) cannot reach hosts on TCP/8022"
    data = checked(said(capsys, *asked, "cidr(8.0.0.0/8) may reach hosts on TCP/8022"))
    assert data["claims"][0]["verdict"] == "PROVED"
    Path("in.yaml").write_text(NAMED + SHUT, encoding="utf-8")
    found = json.loads(said(capsys, *asked, claim))["claims"][0]["counterexample"]
    assert (found["destination"]["node"], found["destination"]["invented"]) == ("n9", True)
    assert found["ingress"]["failsafe"]["configuration"] == "node.n9"


SHUT = """---
apiVersion: projectcalico.org/v3
kind: GlobalNetworkPolicy
metadata: {name: shut}
spec: {selector: all(), types: [Ingress, Egress]}
"""


def test_its_node_is_no_other_end() -> None:
    """A.42, A.43, D.37: neither a host endpoint of the node, nor an address that it states."""
    only = NAMED + SHUT
    claim = "hosts cannot reach hosts on TCP/8022"
    assert outcome(only, claim) is Outcome.PROVED
    both = NAMED.replace("In", "Out") + only.replace("n9", "n8")
    assert outcome(both, claim) is Outcome.REFUTED
    outbound = NAMED.replace("In", "Out").split("spec:\n")[1]
    one = NAMED + outbound + SHUT
    assert outcome(one, claim) is Outcome.PROVED
    address = "cidr(10.0.0.9/32) cannot reach hosts on TCP/8022"
    assert outcome(only, address) is Outcome.REFUTED
    assert outcome(only + NODE, address) is Outcome.PROVED


def test_a_node_that_is_called_as_an_invented_one() -> None:
    """The node of an example has none of the configurations that are for nodes by name."""
    closed = NAMED.replace("n9", "any-node") + NAMED.replace("n9", "any-other-node") + SHUT
    assert outcome(closed, "external cannot reach hosts on TCP/22") is Outcome.REFUTED
    assert outcome(closed, "hosts cannot reach hosts on TCP/179") is Outcome.REFUTED


# --- cost ---------------------------------------------------------------------------------------


def configured(node: int, port: int) -> FelixConfiguration:
    """What one node keeps open."""
    return FelixConfiguration(f"node.n{node}", (FailsafePort(Protocol.TCP, port),), None)


def test_nodes_that_keep_the_same_open_are_one() -> None:
    """However many there are: to tiers, and among the host endpoints of any cluster."""
    hosts = [HostEndpoint(f"h{at}", (), f"n{at}", "*") for at in range(1_000)]
    alike = [configured(at, 8022) for at in range(500)]
    for configurations, count in (([], 1), (alike, 2), ([*alike, configured(600, 8023)], 3)):
        (tier, *_) = lower([*configurations, *hosts])[Direction.INGRESS]
        assert len(tier.policies) == count
    others = other_hosts(alike)
    assert others is not None
    assert {one.node for one in others.hosts} == {"", "n0", "n1"}
