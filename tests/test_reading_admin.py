"""Admin-level policies at the reader: the rows of admin_refuse.yaml and admin_accept.yaml."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.refusals import check, problems_of

from netproof_specs.loading import Decoding, Loaded, load_texts
from netproof_specs.model.admin_policy import (
    AdminPeer,
    AdminPods,
    AdminPolicy,
    AdminPort,
    AdminRule,
    NetworksPeer,
    NodesPeer,
)
from netproof_specs.model.labels import LabelSelector
from netproof_specs.model.traffic import PortName

FOLDER = Path(__file__).parent / "reading"
GROUP = "policy.networking.k8s.io"
HEADERS = {
    "anp": f"apiVersion: {GROUP}/v1alpha1\nkind: AdminNetworkPolicy\nmetadata: {{name: p}}\n",
    "banp": f"apiVersion: {GROUP}/v1alpha1\nkind: BaselineAdminNetworkPolicy\n"
    "metadata: {name: default}\n",
    "cnp": f"apiVersion: {GROUP}/v1alpha2\nkind: ClusterNetworkPolicy\nmetadata: {{name: p}}\n",
}
RULES = [f"C.{number}" for number in (3, *range(9, 21))]


def rows(name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = yaml.safe_load((FOLDER / name).read_text(encoding="utf-8"))
    return found


REFUSED = rows("admin_refuse.yaml")
ACCEPTED = rows("admin_accept.yaml")


def text_of(row: dict[str, Any]) -> str:
    return row["text"] if "text" in row else HEADERS[row["kind"]] + row["spec"]


@pytest.mark.parametrize("row", REFUSED, ids=lambda row: row["id"])
def test_refused(row: dict[str, Any]) -> None:
    found = problems_of(text_of(row))
    check(found, row["problems"])
    for problem, hint in zip(found, row.get("hints", []), strict=False):
        assert hint in problem.suggestion, str(problem)


@pytest.mark.parametrize("row", REFUSED, ids=lambda row: row["id"])
def test_refused_or_accepted_leniently(row: dict[str, Any]) -> None:
    """Lenient decoding drops unknown fields (B.2), and forgives nothing else."""
    check(problems_of(text_of(row), Decoding.LENIENT), row.get("lenient", row["problems"]))


# --- what is read -----------------------------------------------------------------------------


def load(row: dict[str, Any]) -> Loaded:
    return load_texts({"input": text_of(row)})


def plain(policy: AdminPolicy) -> dict[str, Any]:
    return {
        "kind": policy.kind.value,
        "tier": policy.tier.value,
        "priority": policy.priority,
        "subject": plain_peer(policy.subject),
        "ingress": [plain_rule(rule) for rule in policy.ingress],
        "egress": [plain_rule(rule) for rule in policy.egress],
    }


def plain_rule(rule: AdminRule) -> str:
    peers = " | ".join(map(plain_peer, rule.peers))
    ports = " | ".join(map(plain_port, rule.ports))
    name = f"{rule.name}: " if rule.name else ""
    return f"{name}{rule.action.value} {peers}" + (f" on {ports}" if ports else "")


def plain_peer(peer: AdminPeer) -> str:
    match peer:
        case AdminPods(namespaces, pods):
            return f"pods {plain_selector(pods)} in {plain_selector(namespaces)}"
        case NetworksPeer(cidrs):
            return f"networks {' '.join(cidrs)}"
        case NodesPeer(nodes, known):
            return f"nodes {plain_selector(nodes)} of {' '.join(one.name for one in known)}"


def plain_selector(selector: LabelSelector | None) -> str:
    if selector is None:
        return "-"
    found = (
        f"{one.key} {one.operator.value} {','.join(one.values)}".rstrip()
        for one in selector.requirements
    )
    return f"({'; '.join(found)})"


def plain_port(port: AdminPort) -> str:
    protocol = port.protocol.value if port.protocol else "-"
    if isinstance(port.port, PortName):
        return f"{protocol} {port.port.name}"
    return f"{protocol} {port.port.first}-{port.port.last}"


@pytest.mark.parametrize("row", ACCEPTED, ids=lambda row: row["id"])
def test_read(row: dict[str, Any]) -> None:
    policies = [one for one in load(row).cluster.policies if isinstance(one, AdminPolicy)]
    assert [plain(one) for one in policies] == row["reads"]


@pytest.mark.parametrize("row", ACCEPTED, ids=lambda row: row["id"])
def test_notes(row: dict[str, Any]) -> None:
    check(load(row).notes, row.get("notes", []))


@pytest.mark.parametrize("rule", [*RULES, *(f"F{number}" for number in (*range(105, 112), 118))])
def test_every_rule_has_a_row(rule: str) -> None:
    assert any(rule in row["rules"] for row in (*REFUSED, *ACCEPTED))


def many(count: int, text: str) -> str:
    return f"[{', '.join([text] * count)}]"


@pytest.mark.parametrize(
    ("kind", "rules", "peers"), [("anp", 100, 100), ("banp", 100, 100), ("cnp", 25, 25)]
)
def test_limits(kind: str, rules: int, peers: int) -> None:
    """C.10, C.14: as many are accepted as the API takes, and one more is refused."""
    start = {"anp": "priority: 1, ", "banp": "", "cnp": "tier: Admin, priority: 1, "}[kind]
    port = "{portNumber: {port: 1}}" if kind != "cnp" else "{tcp: {destinationPort: {number: 1}}}"
    field = "ports" if kind != "cnp" else "protocols"
    peer = "{namespaces: {}}"

    def codes(rules: int, peers: int, ports: int) -> list[str]:
        rule = f"{{action: Deny, from: {many(peers, peer)}, {field}: {many(ports, port)}}}"
        listed = many(rules, rule)
        spec = f"spec: {{{start}subject: {{namespaces: {{}}}}, ingress: {listed}}}\n"
        return [problem.code for problem in problems_of(HEADERS[kind] + spec)]

    assert codes(rules, 1, 1) == codes(1, peers, 1) == codes(1, 1, peers) == []
    assert codes(rules + 1, 1, 1) == ["too-many"]
    assert codes(1, peers + 1, 1) == ["too-many"]
    assert codes(1, 1, peers + 1) == ["too-many"]


def test_at_most_25_networks() -> None:
    def codes(count: int) -> list[str]:
        blocks = ", ".join(f"10.{number}.0.0/16" for number in range(count))
        rule = f"{{action: Deny, to: [{{networks: [{blocks}]}}]}}"
        spec = f"spec: {{priority: 1, subject: {{namespaces: {{}}}}, egress: [{rule}]}}\n"
        return [problem.code for problem in problems_of(HEADERS["anp"] + spec)]

    assert codes(25) == []
    assert codes(26) == ["too-many"]


def test_every_part_knows_its_place() -> None:
    text = HEADERS["anp"] + (
        "spec:\n"
        "  priority: 1\n"
        "  subject:\n"
        "    namespaces: {matchLabels: {a: b}}\n"
        "  egress:\n"
        "  - action: Deny\n"
        "    to:\n"
        "    - networks: [10.0.0.0/8]\n"
        "    ports:\n"
        "    - portNumber: {port: 80}\n"
    )
    (policy,) = load_texts({"f": text}).cluster.policies
    assert isinstance(policy, AdminPolicy)
    (rule,) = policy.egress
    places = [policy.where, policy.subject.where, rule.where, rule.peers[0].where]
    places.append(rule.ports[0].where)
    assert [place and (place.line, place.column) for place in places] == [
        (3, 18),
        (7, 17),
        (9, 5),
        (11, 7),
        (13, 7),
    ]
