"""The summary of a map says exactly what the map says, in few lines, and in words that are true."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from importlib import resources
from itertools import product
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from tests import strategies as own
from tests.calico_strategies import host_clusters
from tests.profiles import some
from tests.test_connections_agreement import without_owners

from netproof.cli import main
from netproof.connectivity.mapping import Map, Query, map_of
from netproof.connectivity.points import numbers_of
from netproof.connectivity.portsets import NOTHING, PortId
from netproof.connectivity.rectangles import rectangles
from netproof.connectivity.summary import Summary, summary_of
from netproof.connectivity.units import By, is_one_endpoint
from netproof.reports.connections.selectors import Words
from netproof_specs.assumptions import Assumptions
from netproof_specs.model.cluster import Cluster

ROOT = Path(__file__).parents[1]
EXAMPLES = {
    "redis-db": ["examples/redis-db/cluster", "examples/redis-db/policies"],
    "accounts-finance": ["examples/accounts-finance/manifests"],
    "production": ["examples/production/cluster", "examples/production/policies/deny-all.yaml"],
}


def listed(found: Map) -> dict[tuple[int, int], int]:
    """Every pair of units of a map with its ports."""
    return {
        (number, at): ports
        for number, row in enumerate(found.rows())
        for at, ports in row.cells()
        if ports != NOTHING
    }


BY = st.sampled_from([By.POD, By.WORKLOAD])


@given(cluster=st.one_of(own.clusters(), host_clusters()), assumptions=own.assumptions, by=BY)
@settings(max_examples=min(200, settings.default.max_examples))
def test_expanding_a_summary_gives_the_map(
    cluster: Cluster, assumptions: Assumptions, by: By
) -> None:
    found = map_of(without_owners(cluster), Query(by=by, assumptions=assumptions))
    assert expanded(summary_of(found), found) == listed(found)


@given(cluster=st.one_of(own.clusters(), host_clusters()), by=BY)
@settings(max_examples=min(100, settings.default.max_examples))
def test_every_line_says_something(cluster: Cluster, by: By) -> None:
    """There is a pair for each line that is not one pod, or host endpoint, with itself."""
    found = map_of(without_owners(cluster), Query(by=by))
    for line in summary_of(found).lines:
        alone = Summary((line,), ())
        outside = any(isinstance(one, str) for one in (*line.sources, *line.destinations))
        assert outside or expanded(alone, found)


def expanded(summary: Summary, found: Map) -> Mapping[tuple[int, int], PortId]:
    """The pairs of units that a summary says are allowed, with the ports."""
    pairs: dict[tuple[int, int], PortId] = {}
    for line in summary.lines:
        for source in line.sources:
            for destination in line.destinations:
                if isinstance(source, str) or isinstance(destination, str):
                    continue
                one, other = found.sources[source], found.destinations[destination]
                if one.identity != other.identity or not is_one_endpoint(one):
                    pairs[source, destination] = line.ports
    for source, destination, ports in summary.exceptions:
        pairs[source, destination] = ports
    return {pair: ports for pair, ports in pairs.items() if ports != NOTHING}


@given(rows=st.lists(st.integers(0, 2**7 - 1), max_size=7))
def test_rectangles_cover_exactly_the_rows(rows: list[int]) -> None:
    found = rectangles(rows)
    covered = {
        (row, column)
        for down, across in found
        for row, column in product(numbers_of(down), numbers_of(across))
    }
    assert covered == {(at, column) for at, row in enumerate(rows) for column in numbers_of(row)}
    assert len(found) <= len({row for row in rows if row})


def test_rectangles_are_few() -> None:
    """Rows by themselves would take five, columns by themselves five."""
    common, own_part = 0b11111 << 5, [1 << at for at in range(5)]
    assert len(rectangles([common | part for part in own_part])) == 6 - 1
    cross = [0b11100, 0b11100, 0b11111, 0b00111, 0b00111]
    assert len(rectangles(cross)) == 2


def outsider(data: dict[str, Any]) -> set[tuple[str, str, str]]:
    """The pairs of a grouped report, expanded as docs/connections.md says, as texts."""

    def members(side: dict[str, Any]) -> list[Any]:
        if "cidrs" in side:
            return [{"cidrs": side["cidrs"]}]
        return [at for first, last in side["endpoints"] for at in range(first, last + 1)]

    pairs: dict[tuple[str, str], Any] = {}
    for line in data["lines"]:
        for one, other in product(members(line["sources"]), members(line["destinations"])):
            if one == other and data["endpoints"][one]["onePod"]:
                continue
            pairs[key(data, one), key(data, other)] = line["allowed"]
    for one in data["exceptions"]:
        pairs[key(data, one["source"]), key(data, one["destination"])] = one["allowed"]
    return {(*pair, json.dumps(allowed)) for pair, allowed in pairs.items() if allowed}


def key(data: dict[str, Any], end: Any) -> str:
    if isinstance(end, dict):
        return json.dumps(end)
    return json.dumps({k: v for k, v in data["endpoints"][end].items() if k != "onePod"})


@pytest.mark.generated
@pytest.mark.parametrize("by", ["pod", "workload", "group"])
@pytest.mark.parametrize("name", some([*EXAMPLES]))
@pytest.mark.parametrize("options", [[], ["--on", "TCP/1-6379"], ["--from", "ns:default"]])
def test_the_grouped_form_holds_the_whole_report(
    name: str, by: str, options: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    spec = tmp_path / "spec.yaml"
    spec.write_text("groups: {a: 'pods(app=Srv1)', b: 'ns:default', o: 'cidr(10.0.0.0/8)'}\n")
    full, grouped, yml = (tmp_path / one for one in ("full.json", "grouped.json", "grouped.yaml"))
    words = ["connections", *EXAMPLES[name], "--by", by, "--spec", str(spec), *options]
    assert main([*words, "--output", f"json={full}"]) == 0
    outputs = ("--output", f"json={grouped}", "--output", f"yaml={yml}")
    assert main([*words, "--summary", *outputs]) == 0
    whole, data = json.loads(full.read_text()), json.loads(grouped.read_text())
    assert outsider(data) == {
        (json.dumps(one["source"]), json.dumps(one["destination"]), json.dumps(one["allowed"]))
        for one in whole["connections"]
    }
    assert yaml.safe_load(yml.read_text()) == data
    schemas = resources.files("netproof.schemas")
    schema = json.loads((schemas / "connections-summary.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(data, schema)
    shared = set(whole) - {"connections"}
    assert {one: data[one] for one in shared} == {one: whole[one] for one in shared}


PODS = """
{apiVersion: v1, kind: Pod, metadata: {name: NAME, namespace: SPACE, labels: {app: APP}}}
"""


def pods(*names: str) -> str:
    """Pods `space/name/app`."""
    texts = []
    for one in names:
        space, name, app = one.split("/")
        texts.append(PODS.replace("NAME", name).replace("SPACE", space).replace("APP", app))
    return "---".join(texts)


CLOSED = """---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: closed, namespace: SPACE}
spec: {podSelector: {matchLabels: {app: APP}}, policyTypes: [Ingress]}
"""


def closed(space: str, app: str) -> str:
    """A policy that lets nobody reach the pods of an app."""
    return CLOSED.replace("SPACE", space).replace("APP", app)


MANY = pods(
    *("a/p1/web", "a/p2/web", "a/p3/db", "a/p4/db"),
    *("b/p1/web", "b/p2/web", "c/p1/db", "c/p2/x"),
)


@pytest.mark.parametrize(
    ("policies", "lines"),
    [
        ("", ["every workload  ->  every workload  all"]),
        (closed("a", "db"), ["every workload  ->  every workload but pods(app=db) in ns:a  all"]),
        (
            closed("a", "web") + closed("b", "web"),
            ["every workload  ->  every workload but pods(app=web)  all"],
        ),
        (closed("c", "db"), ["every workload  ->  every workload but c/p1  all"]),
    ],
)
def test_words(
    policies: str, lines: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """By namespace and label where that is exact, else by name; no pod is listed with itself."""
    (tmp_path / "in.yaml").write_text(MANY + policies, encoding="utf-8")
    assert main(["connections", str(tmp_path / "in.yaml"), "--summary"]) == 0
    told = capsys.readouterr().out
    shown = ["  ".join(line.split("  ")).strip() for line in told.splitlines()]
    plain = [" ".join(line.split()) for line in shown]
    for line in lines:
        assert " ".join(line.split()) in plain, told


def test_no_line_is_one_pod_with_itself(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What a pod that reaches itself alone would be listed with is left out (A.41)."""
    alone = """
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: alone, namespace: a}
spec:
  podSelector: {}
  ingress: [{from: [{podSelector: {matchLabels: {app: x}}}]}]
  egress: [{to: [{podSelector: {matchLabels: {app: x}}}]}]
---
"""
    (tmp_path / "in.yaml").write_text(alone + pods("a/p1/x", "b/p2/db"))
    assert main(["connections", str(tmp_path / "in.yaml"), "--summary"]) == 0
    told = [" ".join(one.split()) for one in capsys.readouterr().out.splitlines() if "->" in one]
    assert told == ["b/p2 -> external all", "external -> b/p2 all"]


def test_a_label_that_some_pods_of_a_workload_carry_describes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Two running pods of one owner differ in a label, so a selector by it would say less."""
    by = "{apiVersion: apps/v1, kind: ReplicaSet, name: r, uid: u, controller: true}"
    owner = f"ownerReferences: [{by}]"
    about = "metadata: {name: NAME, namespace: a, labels: LABELS, OWNER}"
    pod = f"{{apiVersion: v1, kind: Pod, {about}}}\n"
    texts = [
        pod.replace("NAME", name).replace("LABELS", labels).replace("OWNER", owner)
        for name, labels in (("r-1", "{app: web, v: one}"), ("r-2", "{app: web}"))
    ]
    others = pods("a/p1/x", "b/p2/y").replace("app: x", "v: one").replace("app: y", "v: one")
    (tmp_path / "in.yaml").write_text("---\n".join([*texts, others]) + closed("a", "web"))
    assert main(["connections", str(tmp_path / "in.yaml"), "--summary"]) == 0
    told = capsys.readouterr().out
    assert "v=one" not in told
    assert "a/p1, b/p2" in told or "every workload but" in told


@pytest.mark.parametrize(
    ("asked", "source"),
    [
        ("pods(app=web)", "every workload asked for"),
        ("any(a/p1, b/p2, c/p3)", "every workload asked for"),
        ("any(a/p1, a/p4, b/p2, c/p3)", "every workload"),
    ],
)
def test_an_end_that_was_asked_for_is_not_called_every_workload(
    asked: str, source: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nor its namespace, where some of that are not asked for."""
    (tmp_path / "in.yaml").write_text(pods("a/p1/web", "b/p2/web", "c/p3/db", "a/p4/db"))
    arguments = ["connections", str(tmp_path / "in.yaml"), "--summary", "--from", asked]
    assert main([*arguments, "--to", "external"]) == 0
    told = capsys.readouterr().out
    assert re.search(rf"^{source} +->  external ", told, re.MULTILINE)
    assert "ns:a" not in told


@pytest.mark.parametrize("format", ["csv", "dot", "html"])
def test_formats_without_a_summary(format: str, capsys: pytest.CaptureFixture[str]) -> None:
    path = str(ROOT / "examples/redis-db/cluster")
    assert main(["connections", path, "--summary", "--output", format]) == 2
    assert "is no output; write text|json|yaml|markdown" in capsys.readouterr().err


def plainly(known: list[tuple[str, int]], wanted: int) -> list[str]:
    """Descriptions, each the one that holds most of what is left, and then units by name."""
    inside, found = [one for one in known if not one[1] & ~wanted], []
    while inside:
        text, bits = max(inside, key=lambda one: ((one[1] & wanted).bit_count(), -len(one[0])))
        if (bits & wanted).bit_count() < 2:
            break
        found.append(text)
        wanted &= ~bits
    return [*found, *(f"unit {at}" for at in numbers_of(wanted))]


@given(st.sets(st.integers(1, 255), max_size=12), st.integers(0, 255))
def test_descriptions_are_chosen_as_if_all_were_tried_each_time(
    sets: set[int], wanted: int
) -> None:
    known = [(f"{'x' * (bits % 3)}{bits:03d}", bits) for bits in sorted(sets)]
    known.sort()
    several = (one for one in known if one[1].bit_count() > 1)
    listed = sorted((-bits.bit_count(), len(text), text, bits) for text, bits in several)
    words = Words(tuple(listed), tuple(f"unit {at}" for at in range(8)), "all")
    direct, others = plainly(known, wanted), plainly(known, 255 & ~wanted)
    expected = direct if len(direct) <= len(others) else [f"all but {others[0]}", *others[1:]]
    assert words.of(numbers_of(wanted)) == (tuple(expected) if wanted != 255 else ("all",))
