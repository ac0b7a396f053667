"""What the reader makes of policies: every row of reading/accept.yaml, as YAML and as JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from netproof_specs.loading import Decoding, Loaded, LoadOptions, load_texts, resolve
from netproof_specs.model.labels import LabelSelector
from netproof_specs.model.network_policy import (
    BlockPeer,
    NetworkPolicy,
    Peer,
    PolicyPort,
    PolicyRule,
)
from netproof_specs.model.traffic import PortName, PortRange
from netproof_specs.problems import InputError

HEADER = "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: p}\n"
ROWS: list[dict[str, Any]] = yaml.safe_load(
    (Path(__file__).parent / "reading" / "accept.yaml").read_text(encoding="utf-8")
)
READ = [row for row in ROWS if "reads" in row]
DEFAULTS: dict[str, Any] = {
    "namespace": "default",
    "name": "p",
    "subject": [],
    "types": [],
    "ingress": [],
    "egress": [],
}


def text_of(row: dict[str, Any]) -> str:
    return row["text"] if "text" in row else HEADER + row["spec"]


def read(text: str, row: dict[str, Any]) -> Loaded:
    decoding = Decoding.LENIENT if "lenient" in row else Decoding.STRICT
    return load_texts({"input": text}, LoadOptions(decoding=decoding))


def plain_selector(selector: LabelSelector) -> list[str]:
    return [
        f"{r.key} {r.operator.value}"
        + (f" {','.join(r.values)}" if r.operator.value in ("In", "NotIn") else "")
        for r in selector.requirements
    ]


def plain_peer(peer: Peer) -> Any:
    if isinstance(peer, BlockPeer):
        return f"{peer.cidr} except {' '.join(peer.excepts)}" if peer.excepts else peer.cidr
    return {
        "pods": None if peer.pods is None else plain_selector(peer.pods),
        "namespaces": None if peer.namespaces is None else plain_selector(peer.namespaces),
    }


def plain_port(port: PolicyPort) -> str:
    protocol = port.protocol.value if port.protocol else "-"
    match port.port:
        case None:
            return f"{protocol} -"
        case PortName(name):
            return f"{protocol} {name}"
        case PortRange(first, last):
            return f"{protocol} {first}" + (f"-{last}" if last > first else "")


def plain_rule(rule: PolicyRule) -> dict[str, Any]:
    return {
        "peers": [plain_peer(peer) for peer in rule.peers],
        "ports": [plain_port(port) for port in rule.ports],
    }


def plain(policy: NetworkPolicy) -> dict[str, Any]:
    return {
        "namespace": policy.namespace,
        "name": policy.name,
        "subject": plain_selector(policy.subject),
        "types": [direction.value for direction in policy.policy_types],
        "ingress": [plain_rule(rule) for rule in policy.ingress],
        "egress": [plain_rule(rule) for rule in policy.egress],
    }


@pytest.mark.parametrize("row", READ, ids=lambda row: row["id"])
def test_read(row: dict[str, Any]) -> None:
    loaded = read(text_of(row), row)
    (policy,) = loaded.cluster.policies
    assert plain(policy) == {**DEFAULTS, **row["reads"]}


@pytest.mark.parametrize("row", READ, ids=lambda row: row["id"])
def test_notes(row: dict[str, Any]) -> None:
    notes = [n for n in read(text_of(row), row).notes if n.code != "default-namespace"]
    found = [
        f"{n.where.line}:{n.where.column} {n.code} ({n.clause}) {n.message}"
        for n in notes
        if n.where is not None
    ]
    wanted = [*row.get("lenient", []), *row.get("notes", [])]
    assert len(found) == len(wanted)
    for note, expected in zip(found, wanted, strict=True):
        place, code, clause, message = expected.split(" ", 3)
        assert note.startswith(f"{place} {code} {clause} ")
        assert message in note


@pytest.mark.parametrize("row", READ, ids=lambda row: row["id"])
def test_json_reads_the_same(row: dict[str, Any]) -> None:
    plain_data = yaml.safe_load(text_of(row))
    loaded = read(json.dumps(plain_data, default=str), row)
    (policy,) = loaded.cluster.policies
    assert sorted_merge(plain(policy)) == sorted_merge({**DEFAULTS, **row["reads"]})


def sorted_merge(value: Any) -> Any:
    """The value with requirements in order, since a merge key changes theirs."""
    if isinstance(value, dict):
        return {key: sorted_merge(inner) for key, inner in value.items()}
    if isinstance(value, list):
        inner = [sorted_merge(one) for one in value]
        return sorted(inner) if all(isinstance(one, str) for one in inner) else inner
    return value


@pytest.mark.parametrize(
    "row", [row for row in ROWS if "problems" in row], ids=lambda row: row["id"]
)
def test_real_metadata_has_only_the_planted_mistake(row: dict[str, Any]) -> None:
    with pytest.raises(InputError) as caught:
        read(text_of(row), row)
    assert [row["problems"][0] in p.message for p in caught.value.problems] == [True]


def test_every_part_of_a_yaml_policy_knows_its_place() -> None:
    text = (
        "apiVersion: networking.k8s.io/v1\n"
        "kind: NetworkPolicy\n"
        "metadata:\n"
        "  name: p\n"
        "spec:\n"
        "  podSelector:\n"
        "    matchLabels:\n"
        "      app: web\n"
        "  ingress:\n"
        "  - from:\n"
        "    - podSelector:\n"
        "        matchExpressions:\n"
        "        - {key: a, operator: Exists}\n"
        "    - ipBlock: {cidr: 10.0.0.0/8}\n"
        "    ports:\n"
        "    - port: 80\n"
    )
    for loaded in (
        load_texts({"f": text}),
        load_texts({"f": json.dumps(yaml.safe_load(text), indent=1)}),
    ):
        (policy,) = loaded.cluster.policies
        (rule,) = policy.ingress
        (pods, block), (port,) = rule.peers, rule.ports
        places = [
            policy.where,
            policy.subject.where,
            policy.subject.requirements[0].where,
            rule.where,
            pods.where,
            block.where,
            port.where,
        ]
        assert all(place is not None for place in places)
        resolved = [resolve(place, loaded) for place in places if place is not None]
        assert all(place.line > 0 and place.column > 0 for place in resolved)
        found = [(place.line, place.column) for place in resolved]
        if not text.startswith("{") and places[0] is not None and places[0].line:
            assert found == [(4, 9), (7, 5), (8, 7), (10, 5), (11, 7), (14, 7), (16, 7)]
        else:
            written = json.dumps(yaml.safe_load(text), indent=1).splitlines()
            lines = [written[line - 1].strip() for line, _ in found]
            assert lines[0] == '"name": "p"'
            assert lines[1] == '"podSelector": {'
            assert lines[2] == '"app": "web"'
            assert lines[3:] == ["{"] * 4


def test_the_raw_object_of_a_policy_keeps_null_and_empty_apart() -> None:
    text = HEADER + "spec:\n  ingress:\n  - from:\n  - from: []\n  -\n"
    loaded = load_texts({"f": text})
    manifest = loaded.documents.policies[0].manifest
    assert manifest.value["spec"]["ingress"] == [{"from": None}, {"from": []}, None]
    assert str(manifest.locate(("spec", "ingress", 0, "from"))) == "f:6:10"
    assert str(manifest.locate_key(("spec", "ingress", 1, "from"))) == "f:7:5"


def test_documents_follow_the_order_of_the_policies() -> None:
    text = "---\n".join(HEADER.replace("name: p", f"name: {name}") for name in "cab")
    loaded = load_texts({"f": text})
    names = [one.manifest.value["metadata"]["name"] for one in loaded.documents.policies]
    assert names == [policy.name for policy in loaded.cluster.policies] == ["a", "b", "c"]
