"""Every benchmark runs and writes its figures; no time is asserted."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from benchmarks import (
    bundles,
    compare,
    connections,
    explain,
    fleet,
    forwarded,
    kind_clusters,
    kinds,
    lint,
    measuring,
    peers,
    reading,
    startup,
    tables,
    versions,
    watching,
)
from benchmarks import (
    claims as claims_benchmark,
)
from benchmarks.clusters import Size, claims, cluster, grown
from benchmarks.splitting import policies_of, split

from netproof.comparison.policies import compare as compared
from netproof.comparisons import Relation
from netproof.proofs.sat import installed
from netproof_encodings.lowering import passages
from netproof_specs.loading import load_texts
from netproof_specs.model.cluster import Policy
from netproof_specs.model.network_policy import NetworkPolicy


def figures(path: Path) -> dict[str, Any]:
    """The file of figures, which is JSON and says what it was measured on."""
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    assert found["benchmark"] == path.stem
    assert {"python", "z3", "cores"} <= set(found["environment"])
    return found


def arguments(sizes: str, folder: Path) -> list[str]:
    """One run of small sizes, its figures in a folder of the test's own."""
    return ["--sizes", sizes, "--runs", "1", "--results", str(folder)]


def test_a_grown_cluster_holds_the_small_one() -> None:
    small, large = (grown(Size(3, 60, 9), parts) for parts in (1, 4))
    assert small == cluster(Size(3, 60, 9))
    assert large["items"][: len(small["items"])] == small["items"]
    loaded = load_texts({"all.json": json.dumps(large)}).cluster
    shape = len(loaded.namespaces), len(loaded.workloads), len(loaded.policies)
    assert shape == (12, 240, 36)
    assert len({address for pod in loaded.workloads for address in pod.addresses}) == 240


@pytest.mark.slow
def test_claims(tmp_path: Path) -> None:
    words = ["--one-more", "2/20/4", "--over-everything", "4/40/8"]
    found = figures(claims_benchmark.main([*arguments("4/40/8", tmp_path), *words]))
    assert [row["world"] for row in found["rows"]] == ["snapshot", "any-pods"]
    for row in found["rows"]:
        assert sum(row["verdicts"].values()) == found["claims"]
        assert row["megabytes"] > 0
    for pair in found["one_more"]:
        small, large = pair["rows"]
        assert large["pods"] == 10 * small["pods"] == 200
        assert small["milliseconds"] > 0
    over = found["over_everything"]
    assert len(over) == 2 * len(claims_benchmark.OVER_EVERYTHING)
    assert all(row["concerned"] > 0 and row["whole"] > 0 for row in over)
    assert "| 40 / 8 | snapshot |" in tables.claims(found)


@pytest.mark.slow
def test_watching(tmp_path: Path) -> None:
    pytest.importorskip("watchfiles")
    found = figures(watching.main(["--sizes", "3/30/6", "--runs", "4", "--results", str(tmp_path)]))
    (row,) = found["rows"]
    assert (row["near"]["cpu"]["runs"], row["all"]["cpu"]["runs"]) == (4, 1)
    assert row["near"]["decided"] < row["all"]["decided"]
    for part in ("near", "all", "command"):
        wall = row[part]["wall"]
        assert 0 < wall["p50"] <= wall["p99"] <= wall["most"]
    assert "| 30 / 6 | 4 |" in tables.watching(found)


@pytest.mark.slow
def test_fleet(tmp_path: Path) -> None:
    found = figures(fleet.main(arguments("2/2/20/4", tmp_path)))
    (row,) = found["rows"]
    assert row["same_bytes"] is True
    assert row["two"]["speed_up"] > 0
    assert row["one"]["megabytes"] > 0
    assert "| 2 | 20 / 4 | one process |" in tables.fleet(found)


@pytest.mark.slow
def test_bundles(tmp_path: Path) -> None:
    found = figures(bundles.main(arguments("2/20/4", tmp_path)))
    assert [row["world"] for row in found["rows"]] == ["snapshot", "any-pods"]
    for row in found["rows"]:
        assert row["proofs"] == (row["obligations"] if installed() else 0)
        assert row["obligations"] > 0
        assert row["ratio"] > 1


@pytest.mark.slow
def test_reading(tmp_path: Path) -> None:
    found = figures(reading.main(arguments("2/20/4,2/0/4", tmp_path)))
    assert [(row["pods"], row["form"]) for row in found["rows"]] == [
        (pods, form) for pods in (20, 0) for form in reading.FORMS
    ]
    assert all(row["megabytes"] > 0 for row in found["rows"])
    assert all(row["ratio"] > 0 and row["megabytes"] > 0 for row in found["rows"])


@pytest.mark.slow
def test_compare(tmp_path: Path) -> None:
    found = figures(compare.main(arguments("2/10,4/20", tmp_path)))
    assert [row["old_policies"] for row in found["rows"]] == [10, 20]
    assert {row["relation"] for row in found["rows"]} == {"EQUIVALENT"}
    assert all(row["new_policies"] > row["old_policies"] for row in found["rows"])
    assert all(row["megabytes"] > 0 and row["changed_ratio"] > 0 for row in found["rows"])


STAND_IN = """#!/bin/sh
echo "$0 $*" >> "$(dirname "$0")/calls"
case "$1" in
  --equiv) echo "Both are semantically equivalent." ;;
  diff) echo "diff-type: added, source: a" ;;
  --connectivity) printf 'one\\ntwo\\n' ;;
  *) sleep 60 & wait ;;
esac
"""


@pytest.mark.slow
def test_peers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stand-ins that say that sides are alike, that they differ, and that do not come to an end."""
    for variable, name in (("NCA", "nca"), ("NETPOL_ANALYZER", "netpol-analyzer")):
        program = tmp_path / name
        program.write_text(STAND_IN)
        program.chmod(0o755)
        monkeypatch.setenv(variable, str(program))
    words = ["--equivalence", "5x5", "--maps", "5x5", "--limit", "10", "--results", str(tmp_path)]
    monkeypatch.setattr(peers, "whole", lambda command, limit: measuring.whole(
        command, 1 if "list" in command else limit))  # fmt: skip
    found = figures(peers.main(words))
    equivalence, map_row = found["rows"]
    assert equivalence["netproof"]["equivalent"] is True
    assert equivalence["network-config-analyzer"]["equivalent"] is True
    assert equivalence["netpol-analyzer"]["equivalent"] is False
    assert map_row["netproof"]["lines"] > 5
    assert map_row["network-config-analyzer"]["lines"] == 2
    assert map_row["network-config-analyzer"]["ratio"] < 1
    assert map_row["netpol-analyzer"] == {"failed": "stopped after 1 s"}
    calls = (tmp_path / "calls").read_text().splitlines()
    assert all(name in calls[0] for name in ("/old", "/new", "/context"))
    assert "-whole" in calls[1]
    assert "10 s" in tables.peers(found)


def test_peers_that_are_absent_or_fail(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv("NCA", raising=False)
    monkeypatch.setenv("NETPOL_ANALYZER", sys.executable)
    words = ["--equivalence", "", "--maps", "5x5", "--results", str(tmp_path)]
    (row,) = figures(peers.main(words))["rows"]
    assert row["network-config-analyzer"] == {"failed": "absent"}
    assert row["netpol-analyzer"]["failed"].startswith("exit code 2")
    assert row["netproof"]["cpu"] > 0


@pytest.mark.slow
def test_lint(tmp_path: Path) -> None:
    beside = ["", "admin", "cluster", "2hosts", "4hosts", "3ordered", "9ordered"]
    sizes = ",".join("2/20/8" + (f"+{one}" if one else "") for one in beside)
    found = figures(lint.main(arguments(sizes, tmp_path)))
    assert [row["beside"] for row in found["rows"]] == beside
    for row in found["rows"]:
        assert (row["namespaces"], row["pods"], row["policies"]) == (2, 20, 8)
        assert row["wall"] > 0
        assert sum(row["findings"].values()) > 0
        assert row["megabytes"] > 10
    assert found["exponents"]["hosts"] is not None
    assert found["exponents"]["ordered"] is not None
    assert "| 8 + 4hosts | 2 | 20 |" in tables.lint(found)


@pytest.mark.slow
def test_explain(tmp_path: Path) -> None:
    found = figures(explain.main(arguments("2/20/8,4/40/16", tmp_path)))
    assert [row["pods"] for row in found["rows"]] == [20, 40]
    for row in found["rows"]:
        assert row["decision"] in {"ALLOWED", "DENIED"}
        assert min(row["ratio"], row["command"]) > 0
        assert row["megabytes"] > 10
    assert set(found["exponents"]) == {"read", "explain", "command"}
    assert "| 20 / 8 |" in tables.explain(found)


@pytest.mark.slow
def test_connections(tmp_path: Path) -> None:
    found = figures(connections.main(arguments("10x5,20x10", tmp_path)))
    assert [row["workloads"] for row in found["rows"]] == [10, 20]
    for row in found["rows"]:
        assert all(row[form]["ratio"] > 0 for form in connections.FORMS)
        assert row["command"]["lines"] > row["text"]["pairs"] > 0
        assert row["command"]["megabytes"] > 0
    assert "| 20 / 10 |" in tables.connections(found)


@pytest.mark.slow
def test_startup(tmp_path: Path) -> None:
    found = figures(startup.main(["--runs", "1", "--results", str(tmp_path)]))
    assert [row["command"] for row in found["rows"]][:2] == [
        "python -c pass",
        "python -m netproof --help",
    ]


def test_clusters_are_as_large_as_asked_and_always_the_same() -> None:
    size = Size(3, 30, 9)
    kinds = [item["kind"] for item in cluster(size)["items"]]
    assert [kinds.count(kind) for kind in ("Namespace", "Pod", "NetworkPolicy")] == [3, 30, 9]
    assert cluster(size) == cluster(size)
    assert len(claims(20)) == 20


def read(items: list[dict[str, Any]]) -> tuple[Policy, ...]:
    """The policies that the reader makes of the items."""
    text = json.dumps({"apiVersion": "v1", "kind": "List", "items": items})
    return load_texts({"policies.json": text}).cluster.policies


def test_splitting_changes_nothing_and_the_changed_rule_something() -> None:
    old = policies_of(Size(10, 0, 60))
    assert compared(read(old), read(split(old))).relation is Relation.EQUIVALENT
    assert compared(read(old), read(compare.changed(old))).relation is Relation.WIDER


def test_the_exponent_is_the_power_by_which_cost_grows() -> None:
    assert measuring.exponent([(x, 3.0 * x**1.5) for x in (1, 10, 100)]) == 1.5
    assert measuring.exponent([(10, 1.0)]) is None


def test_medians_take_each_figure_by_itself() -> None:
    runs = [{"a": a, "b": b, "c": "x"} for a, b in ((1.0, 9), (2.0, 8), (9.0, 7))]
    assert measuring.medians(runs) == {"a": 2.0, "b": 8, "c": "x"}


def test_the_page_shows_the_committed_figures() -> None:
    page = tables.PAGE.read_text(encoding="utf-8")
    assert tables.filled(page, measuring.RESULTS) == page


@pytest.mark.parametrize("kind", kind_clusters.KINDS)
def test_policies_in_another_kind_are_read(kind: str) -> None:
    size = Size(4, 40, 32)
    loaded = load_texts({"c.json": json.dumps(kind_clusters.turned(size, (kind,)))})
    ordinary = [one for one in loaded.cluster.policies if isinstance(one, NetworkPolicy)]
    assert len(loaded.cluster.policies) == size.policies
    assert len(ordinary) == size.policies - 7


@pytest.mark.slow
def test_kinds(tmp_path: Path) -> None:
    small = [*arguments("2/20/8", tmp_path), "--lint-sizes", "2/20/8"]
    found = figures(kinds.main(small))
    assert {row["kind"] for row in found["rows"]} == {kinds.PLAIN, *kind_clusters.KINDS, kinds.EACH}
    assert all(row["ratio"] > 0 and row["megabytes"] > 0 for row in found["rows"])


@pytest.mark.slow
def test_forwarded(tmp_path: Path) -> None:
    words = [*arguments("2/40/3,4/40/3,2/40/6", tmp_path), "--unlike-hosts", "2,4"]
    found = figures(forwarded.main(words))
    assert [row["hosts"] for row in found["unlike_hosts"]] == [2, 4]
    assert len(found["rows"]) == 6
    assert all(row["cpu"] > 0 and row["refuted"] > 0 for row in found["rows"])
    assert found["exponents"]["nodes_snapshot"] is not None
    assert found["exponents"]["pods_any_pods"] is None
    assert "| 2 | 40 | 6 | any-pods |" in tables.forwarded(found)


def test_hosts_are_asked_of_what_they_forward() -> None:
    text = json.dumps(forwarded.forwarding(3, 30, 9))
    cluster = load_texts({"c.json": text}).cluster
    assert len(cluster.hosts) == 6
    assert {one.node for one in cluster.workloads} == {"node-0", "node-1", "node-2"}
    assert len(passages(cluster.every_policy)) > 1


@pytest.mark.slow
def test_versions(tmp_path: Path) -> None:
    """Both versions are this one here, so the ratio is of two runs of the same work."""
    script = tmp_path / "netproof"
    asked = f'PYTHONPATH={measuring.environ()["PYTHONPATH"]} {sys.executable} -m netproof "$@"'
    script.write_text(f"#!/bin/sh\n{asked}\n", encoding="utf-8")
    script.chmod(0o755)
    small = ["--sizes", "2/20/6", "--lint-sizes", "2/20/6", "--runs", "1", "--called", "before"]
    found = figures(versions.main([str(script), *small, "--results", str(tmp_path)]))
    assert [row["command"].split(",")[0] for row in found["rows"]] == [
        "verify", "verify", "compare", "connections", "lint",
    ]  # fmt: skip
    assert all(row["this"] > 0 and row["other"] > 0 for row in found["rows"])
    assert "| before |" in tables.versions(found)
