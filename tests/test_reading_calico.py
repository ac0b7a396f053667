"""What the reader makes of objects of Calico: reading/calico_accept.yaml and calico_refuse.yaml."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, assert_never

import pytest
import yaml
from hypothesis import given, strategies
from tests.test_reading_refused import as_json, check, problems_of

from netproof_specs.loading import Decoding, load_texts
from netproof_specs.model.accounts import ServiceAccount
from netproof_specs.model.calico import (
    CalicoNetworkPolicy,
    CalicoObject,
    CalicoTier,
    GlobalNetworkPolicy,
    NetworkSet,
    Profile,
)
from netproof_specs.model.calico_selectors import All, And, Compared, Comparison, Has, Not, Or
from netproof_specs.model.felix import FailsafePort, FelixConfiguration
from netproof_specs.readers.calico_selector_text import LONGEST, SelectorError, parse_selector

KINDS = (
    "NetworkPolicy",
    "GlobalNetworkPolicy",
    "Tier",
    "Profile",
    "NetworkSet",
    "GlobalNetworkSet",
    "HostEndpoint",
    "FelixConfiguration",
    "StagedNetworkPolicy",
)
FIELDS = (
    *("action", "protocol", "source", "destination", "ingress", "egress", "types", "selector"),
    *("nets", "notNets", "ports", "namespaceSelector", "serviceAccounts", "names", "icmp", "order"),
    *("tier", "node", "expectedIPs", "profiles", "interfaceName", "labelsToApply", "name", "port"),
    *("doNotTrack", "preDNAT", "applyOnForward", "defaultAction", "services", "http", "type"),
    *("failsafeInboundHostPorts", "net"),
)
TEXTS = ("Allow", "TCP", "10.0.0.0/8", "::/0", "has(a)", "a = b", "80:90")
READING = Path(__file__).parent / "reading"
REFUSED: list[dict[str, Any]] = yaml.safe_load((READING / "calico_refuse.yaml").read_text("utf-8"))
ACCEPTED: list[dict[str, Any]] = yaml.safe_load((READING / "calico_accept.yaml").read_text("utf-8"))


def text_of(row: dict[str, Any]) -> str:
    if "text" in row:
        return str(row["text"])
    kind = row.get("kind", "GlobalNetworkPolicy")
    return f"apiVersion: projectcalico.org/v3\nkind: {kind}\nmetadata: {{name: p}}\n{row['spec']}"


@pytest.mark.parametrize("row", REFUSED, ids=lambda row: row["id"])
def test_refused(row: dict[str, Any]) -> None:
    found = problems_of(text_of(row))
    check(found, row["problems"])
    for problem, hint in zip(found, row.get("hints", []), strict=False):
        assert hint in problem.suggestion


@pytest.mark.parametrize("row", REFUSED, ids=lambda row: row["id"])
def test_lenient_decoding_forgives_unknown_fields_only(row: dict[str, Any]) -> None:
    expected = row["lenient"] if "lenient" in row else row["problems"]
    check(problems_of(text_of(row), Decoding.LENIENT), expected)


@pytest.mark.parametrize("row", REFUSED, ids=lambda row: row["id"])
def test_json_is_refused_alike(row: dict[str, Any]) -> None:
    text = as_json(text_of(row))
    assert text is not None
    found = problems_of(text)
    assert [(problem.code, problem.clause) for problem in found] == [
        tuple(one.split(" ", 3)[1:3]) for one in row["problems"]
    ] or sorted((problem.code, f"({problem.clause})") for problem in found) == sorted(
        (one.split(" ", 3)[1], one.split(" ", 3)[2]) for one in row["problems"]
    )


@pytest.mark.parametrize("order", [".nan", "-.inf", "1e400", "-1e400"])
def test_an_order_that_json_cannot_hold_is_refused(order: str) -> None:
    head = "apiVersion: projectcalico.org/v3\nkind: Tier\nmetadata: {name: t}\n"
    (found,) = problems_of(f"{head}spec: {{order: {order}}}\n")
    assert (found.code, found.clause) == ("invalid-order", "D.5")
    assert order in found.message


def listed(ports: tuple[FailsafePort, ...] | None) -> str | None:
    if ports is None:
        return None
    texts = (f"{one.protocol.value}/{one.port}@{one.net}".removesuffix("@") for one in ports)
    return ",".join(texts)


def plain(one: CalicoObject) -> str:
    match one:
        case CalicoNetworkPolicy() | GlobalNetworkPolicy():
            spec = one.spec
            types = spec.types
            given = None if types is None else f"({','.join(t.value for t in types)})"
            rules = [rules if not rules else len(rules) for rules in (spec.ingress, spec.egress)]
            selector = spec.selector.text if spec.selector else None
            return (
                f"{one.title} tier={spec.tier} order={spec.order} selector={selector} "
                f"types={given} ingress={rules[0]} egress={rules[1]}"
            )
        case CalicoTier():
            return f"{one.title} order={one.order} action={one.default_action}"
        case NetworkSet():
            return f"{one.title} nets={' '.join(one.nets)}"
        case Profile():
            return one.title
        case FelixConfiguration():
            inbound, outbound = map(listed, (one.inbound, one.outbound))
            return f"{one.title} in={inbound} out={outbound}"
        case _:
            assert_never(one)


@pytest.mark.parametrize("row", ACCEPTED, ids=lambda row: row["id"])
def test_accepted(row: dict[str, Any]) -> None:
    loaded = load_texts({"input": text_of(row)})
    cluster = loaded.cluster
    hosts = [f"HostEndpoint {one.name} addresses={one.addresses[0]}" for one in cluster.hosts]
    assert [*map(plain, cluster.policies), *hosts] == row["reads"]
    notes = tuple(note for note in loaded.notes if note.where is not None)
    check(notes, row.get("notes", []))


def test_the_tree_of_a_selector() -> None:
    tree = parse_selector("! a == 'b' && has(c) || (all() && d starts with \"x\")")
    assert tree == Or(
        (
            And((Not(Compared("a", Comparison.EQUAL, "b", 2), 0), Has("c", 14)), 0),
            And((All("all()", 25), Compared("d", Comparison.STARTS_WITH, "x", 34)), 25),
        ),
        0,
    )


@pytest.mark.parametrize("text", ["", " ", "\t"])
def test_an_empty_selector_is_none(text: str) -> None:
    assert parse_selector(text) is None


@pytest.mark.parametrize(
    ("text", "start", "message"),
    [
        ("a", 1, "ends too early"),
        ("a == ", 5, "ends too early"),
        ("a b", 2, "`b` does not fit"),
        ("a & b", 2, "`&` does not fit"),
        ("has(a", 5, "ends too early"),
        ("has()", 4, "`)` does not fit"),
        ("(has(a)", 7, "ends too early"),
        ("has(a))", 6, "`)` does not fit"),
        ("a in 'b'", 5, "`'b'` does not fit"),
        ("a in {'b' 'c'}", 10, "`'c'` does not fit"),
        ("a in {,}", 6, "`,` does not fit"),
        ("a == 'b' || ", 12, "ends too early"),
        ("a startswith", 12, "ends too early"),
        ("a not 'b'", 2, "`not` does not fit"),
        ("a == \"b'", 5, "never closed"),
        ("ä == 'b'", 0, "`ä` does not fit"),
        ("!" * 100 + "has(a)", 64, "too many levels"),
        ("has(a) " + " " * LONGEST, LONGEST, "at most 1024 characters"),
    ],
)
def test_what_is_no_selector(text: str, start: int, message: str) -> None:
    with pytest.raises(SelectorError, match=re.escape(message)) as caught:
        parse_selector(text)
    assert caught.value.start == start


def test_the_excerpt_shows_the_selector() -> None:
    (problem,) = problems_of(text_of({"spec": "spec: {selector: \"a = 'b'\"}\n"}))
    assert problem.excerpt == "    a = 'b'\n      ^"


def test_pods_know_their_account_and_all_their_ports() -> None:
    loaded = load_texts(
        {
            "input": """
apiVersion: v1
kind: ServiceAccount
metadata: {name: sa, namespace: x, labels: {role: web}}
automountServiceAccountToken: false
---
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: x}
spec:
  serviceAccountName: sa
  containers: [{name: c, ports: [{containerPort: 80}]}]
  initContainers:
  - {name: i, ports: [{containerPort: 81}]}
  - {name: j, restartPolicy: Always, ports: [{containerPort: 82}]}
---
apiVersion: v1
kind: Pod
metadata: {name: b, namespace: x}
spec: {serviceAccount: old, containers: [{name: c}]}
---
apiVersion: v1
kind: Pod
metadata: {name: c, namespace: x}
spec: {containers: [{name: c}]}
"""
        }
    )
    a, b, c = loaded.cluster.workloads
    assert (a.service_account, a.account_labels) == ("sa", (("role", "web"),))
    assert ([p.port for p in a.ports], [p.port for p in a.init_ports]) == ([80, 82], [81])
    assert (b.service_account, c.service_account) == ("old", "default")
    (account,) = loaded.cluster.accounts
    assert isinstance(account, ServiceAccount)
    assert not loaded.skipped


WORDS = (
    *("a", "has(", "all()", "global()", "(", ")", "!", "&&", "||", "==", "!=", "in", "not"),
    *("{", "}", "'x'", '"y"', ",", "contains", "starts", "with", "ends", " ", "\t", "\n"),
    *("=", "\u00e9", "'"),
)


@given(strategies.lists(strategies.sampled_from(WORDS), max_size=12).map("".join))
def test_a_text_is_a_selector_or_an_error_with_a_place(text: str) -> None:
    found: SelectorError | None = None
    try:
        parse_selector(text)
    except SelectorError as error:
        found = error
    assert found is None or 0 <= found.start <= found.end <= len(text)


@given(
    strategies.recursive(
        strategies.none()
        | strategies.booleans()
        | strategies.integers(-1, 70000)
        | strategies.sampled_from(TEXTS),
        lambda inner: (
            strategies.lists(inner, max_size=3)
            | strategies.dictionaries(strategies.sampled_from(FIELDS), inner, max_size=4)
        ),
        max_leaves=25,
    ),
    strategies.sampled_from(KINDS),
)
def test_no_object_gives_a_traceback(spec: object, kind: str) -> None:
    document = {
        "apiVersion": "projectcalico.org/v3",
        "kind": kind,
        "metadata": {"name": "p"},
        "spec": spec,
    }
    problems_of(json.dumps(document))
