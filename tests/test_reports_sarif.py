"""SARIF: valid, within GitHub's limits, and pointing at the lines that decide."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import jsonschema
import pytest
from tests.reporting import (
    HOSTILE,
    NARROWED,
    PODS,
    POLICY,
    WIDENED,
    comparison,
    hostile,
    shop,
    undecided,
    unknown,
    verdicts,
)

from netproof.comparisons import CompareReport
from netproof.reports.compare.findings import COMPARE_RULES
from netproof.reports.formats import COMPARE_FORMATS, VERIFY_FORMATS
from netproof.reports.results import Level, Result, Spot, Told
from netproof.reports.sarif import MAX_MESSAGE, MAX_RESULTS, artifact, relative_path, sarif_text
from netproof.reports.verify.findings import VERIFY_RULES
from netproof.verified import Report
from netproof_specs.locations import Location

SCHEMA = json.loads(
    (Path(__file__).parent / "data" / "sarif-schema-2.1.0.json").read_text(encoding="utf-8")
)
VALIDATOR = jsonschema.Draft4Validator(SCHEMA)


def run_of(text: str) -> dict[str, Any]:
    """The one run of a log, which must be valid and within GitHub's limits."""
    log = json.loads(text)
    assert [f"{one.json_path}: {one.message}" for one in VALIDATOR.iter_errors(log)] == []
    (run,) = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    for rule in rules:
        assert len(rule["name"]) <= 255
        assert len(rule["shortDescription"]["text"]) <= 1024
        assert len(rule["fullDescription"]["text"]) <= 1024
        assert len(rule["properties"]["tags"]) <= 10
        assert rule["help"]["text"]
        assert rule["helpUri"].startswith("https://")
        assert rule["help"]["markdown"].startswith("# ")
        assert "## What to do" in rule["help"]["markdown"]
    assert len(run["results"]) <= MAX_RESULTS
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert len(result["locations"]) == 1
        assert len(result.get("relatedLocations", [])) < 100
        for place in result["locations"] + result.get("relatedLocations", []):
            uri = place["physicalLocation"]["artifactLocation"]
            assert uri.get("uriBaseId") == "%SRCROOT%" or uri["uri"].startswith("file:///")
            assert place["physicalLocation"].get("region", {"startLine": 1})["startLine"] >= 1
    marks = [result["partialFingerprints"]["primaryLocationLineHash"] for result in run["results"]]
    assert len(set(marks)) == len(marks)
    return dict(run)


def of_verdicts(report: Report) -> list[dict[str, Any]]:
    """The results on a report of verdicts."""
    results: list[dict[str, Any]] = run_of(VERIFY_FORMATS["sarif"](report))["results"]
    return results


def of_comparison(report: CompareReport) -> list[dict[str, Any]]:
    """The results on a comparison."""
    results: list[dict[str, Any]] = run_of(COMPARE_FORMATS["sarif"](report))["results"]
    return results


def places(result: dict[str, Any]) -> list[tuple[str, int]]:
    """File and line of the place and then of the related ones."""
    found = [*result["locations"], *result.get("relatedLocations", [])]
    return [
        (
            one["physicalLocation"]["artifactLocation"]["uri"],
            one["physicalLocation"]["region"]["startLine"],
        )
        for one in found
    ]


def mark(result: dict[str, Any]) -> str:
    """The fingerprint that GitHub tracks an alert by."""
    text: str = result["partialFingerprints"]["primaryLocationLineHash"]
    return text


def test_proved_claims_pass() -> None:
    report = verdicts("shop/web can reach shop/db on TCP/5432", "shop/web cannot reach shop/db")
    refuted, proved = of_verdicts(report)
    assert (refuted["kind"], refuted["level"]) == ("fail", "error")
    assert (proved["kind"], proved["level"]) == ("pass", "none")
    assert proved["ruleId"] == "netproof/claim-proved"
    assert proved["message"]["text"].startswith("PROVED claim-1: shop/web can reach shop/db")


def test_code_scanning_takes_every_result_for_an_alert() -> None:
    """So there is none for what is proved: https://github.com/microsoft/PSRule/issues/955."""
    report = verdicts("shop/web can reach shop/db on TCP/5432", "shop/web cannot reach shop/db")
    (refuted,) = run_of(VERIFY_FORMATS["code-scanning"](report))["results"]
    assert refuted["ruleId"] == "netproof/claim-refuted"
    assert run_of(COMPARE_FORMATS["code-scanning"](comparison()))["results"] == []


def test_a_refuted_claim_points_at_the_rule_that_admits() -> None:
    (result,) = of_verdicts(verdicts("shop/web cannot reach shop/db"))
    assert (result["ruleId"], result["level"]) == ("netproof/claim-refuted", "error")
    assert places(result) == [("policy.yaml", 9), ("pods.yaml", 3), ("pods.yaml", 7)]
    assert result["message"]["text"].startswith(
        "REFUTED claim-1: shop/web cannot reach shop/db.\n"
        "Counterexample: shop/web  ->  shop/db  TCP/5432"
    )
    related = [one["message"]["text"] for one in result["relatedLocations"]]
    assert related == ["source: shop/web", "destination: shop/db"]


def test_a_refuted_claim_points_at_the_policy_that_denies() -> None:
    (result,) = of_verdicts(verdicts("shop/web can reach shop/db on UDP/53"))
    assert places(result)[0] == ("policy.yaml", 4)


def test_without_a_policy_it_points_at_the_claim() -> None:
    report = verdicts("shop/db cannot reach shop/web")
    assert places(of_verdicts(report)[0])[0] == ("pods.yaml", 7)
    (found,) = report.verdicts
    stated = replace(found.statement, where=Location("spec.yaml", 4, 2))
    report = replace(report, verdicts=(replace(found, statement=stated),))
    assert places(of_verdicts(report)[0])[0] == ("spec.yaml", 4)


def test_a_refuted_may_claim_points_at_its_proof() -> None:
    (result,) = of_verdicts(verdicts("shop/web may reach shop/db on UDP/53"))
    assert places(result)[0] == ("policy.yaml", 4)


def test_vacuous_and_unknown_claims() -> None:
    (result,) = of_verdicts(verdicts("pods(app=x) cannot reach shop/db"))
    assert (result["ruleId"], result["level"]) == ("netproof/claim-vacuous", "error")
    assert places(result) == [("pods.yaml", 1)]
    (result,) = of_verdicts(unknown(verdicts("shop/web cannot reach shop/db")))
    assert (result["ruleId"], result["level"]) == ("netproof/claim-unknown", "warning")


def test_fingerprints_stay_when_lines_move() -> None:
    claim = "shop/web cannot reach shop/db"
    (before,) = of_verdicts(verdicts(claim))
    moved = shop({"pods.yaml": f"# a\n# b\n{PODS}", "policy.yaml": f"# c\n{POLICY}"})
    (after,) = of_verdicts(verdicts(claim, loaded=moved))
    assert places(before) != places(after)
    assert mark(before) == mark(after)
    renamed = shop({"pods.yaml": PODS, "policy.yaml": POLICY.replace("to-db", "other")})
    (other,) = of_verdicts(verdicts(claim, loaded=renamed))
    assert mark(other) != mark(before)


def test_fingerprints_do_not_depend_on_the_order_of_claims() -> None:
    one, two = "shop/web cannot reach shop/db", "shop/db cannot reach shop/web"
    forth, back = of_verdicts(verdicts(one, two)), of_verdicts(verdicts(two, one))
    assert [mark(result) for result in forth] == [mark(result) for result in back][::-1]


def test_json_input_has_lines() -> None:
    policy = {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": "open", "namespace": "shop"},
        "spec": {"podSelector": {}, "ingress": [{}]},
    }
    loaded = shop({"pods.yaml": PODS, "policy.json": json.dumps(policy, indent=1)})
    (result,) = of_verdicts(verdicts("shop/web cannot reach shop/db", loaded=loaded))
    assert places(result)[0] == ("policy.json", 11)


@pytest.mark.parametrize(
    ("new", "expectation", "rule", "level", "place"),
    [
        (WIDENED, "equivalent", "netproof/compare-added", "error", ("new/policy.yaml", 9)),
        (WIDENED, "narrower-or-equal", "netproof/compare-added", "error", ("new/policy.yaml", 9)),
        (WIDENED, "wider-or-equal", "netproof/compare-added", "note", ("new/policy.yaml", 9)),
        (PODS, "equivalent", "netproof/compare-added", "error", ("old/policy.yaml", 4)),
    ],
)
def test_added_connections(
    new: str, expectation: str, rule: str, level: str, place: tuple[str, int]
) -> None:
    text = new if new != PODS else "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n"
    for result in of_comparison(comparison(POLICY, text, expectation)):
        if result["kind"] == "pass":
            continue
        assert (result["ruleId"], result["level"]) == (rule, level)
        assert places(result)[0] == place


def test_removed_connections_point_at_the_policy_that_denies_now() -> None:
    results = of_comparison(comparison(POLICY, NARROWED))
    found = {result["ruleId"]: places(result) for result in results}
    assert found["netproof/compare-removed"][0] == ("new/policy.yaml", 4)
    assert ("old/policy.yaml", 9) in found["netproof/compare-removed"]
    assert found["netproof/compare-added"][0] == ("new/policy.yaml", 9)


def test_equal_and_undecided_comparisons() -> None:
    (met,) = of_comparison(comparison())
    assert (met["ruleId"], met["kind"], met["level"]) == ("netproof/compare-met", "pass", "none")
    (result,) = of_comparison(undecided(comparison()))
    assert (result["ruleId"], result["level"]) == ("netproof/compare-unknown", "warning")


def test_files_of_a_revision_are_named_by_their_path() -> None:
    names = ("git:origin/main:k8s/policy.yaml", "k8s/policy.yaml")
    found = of_comparison(comparison(POLICY, NARROWED, names=names))
    uris = {place[0] for result in found for place in places(result)}
    assert uris == {"k8s/policy.yaml", "pods.yaml"}


def test_paths(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    assert artifact("./a//b/../c.yaml") == {"uri": "a/c.yaml", "uriBaseId": "%SRCROOT%"}
    assert artifact(str(tmp_path / "x.yaml")) == {"uri": "x.yaml", "uriBaseId": "%SRCROOT%"}
    assert artifact("a b#ü%.yaml")["uri"] == "a%20b%23%C3%BC%25.yaml"
    assert str(artifact("../x.yaml")["uri"]).startswith("file:///")
    assert artifact("-") == {"uri": "stdin", "uriBaseId": "%SRCROOT%"}
    assert artifact("a:b.yaml")["uri"] == "a%3Ab.yaml"
    assert relative_path("git:HEAD:k8s/a:b.yaml") == "k8s/a:b.yaml"


def test_bytes_that_are_no_text_survive_in_a_path() -> None:
    assert artifact(os.fsdecode(b"caf\xe9.yaml"))["uri"] == "caf%E9.yaml"


def finding(level: Level, number: int, message: str = "text") -> Result:
    """A finding made up."""
    spots = (Spot(Location("a.yaml", 1, 1), "here"),)
    return Result(VERIFY_RULES[0], level, "title", message, spots, (str(number),))


def told(*findings: Result) -> Told:
    return Told("verify", "summary", VERIFY_RULES, findings, ())


def test_the_worst_come_first_and_the_rest_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    assert MAX_RESULTS == 25_000
    monkeypatch.setattr("netproof.reports.sarif.MAX_RESULTS", 50)
    many = [finding(Level.NOTE, number) for number in range(50)]
    many += [finding(Level.ERROR, number) for number in range(50, 55)]
    run = run_of(sarif_text(told(*many)))
    assert len(run["results"]) == 50
    assert [one["level"] for one in run["results"][:6]] == ["error"] * 5 + ["note"]
    (note,) = run["invocations"][0]["toolExecutionNotifications"]
    assert note["message"]["text"] == "5 more findings were left out."


def test_long_messages_are_cut() -> None:
    run = run_of(sarif_text(told(finding(Level.ERROR, 1, "x" * 5000))))
    assert len(run["results"][0]["message"]["text"]) == MAX_MESSAGE


def test_equal_findings_are_numbered() -> None:
    run = run_of(sarif_text(told(*[finding(Level.ERROR, 1)] * 2)))
    first, second = run["results"]
    assert mark(first).removesuffix(":1") == mark(second).removesuffix(":2")


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names(name: str) -> None:
    text = VERIFY_FORMATS["sarif"](hostile(name))
    assert text.isascii()
    for result in run_of(text)["results"]:
        message = result["message"]["text"]
        assert "](" not in message
        assert all(run_length % 2 == 0 for run_length in brace_runs(message))
        assert all(ch == "\n" or ch.isprintable() for ch in message)
        uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        assert set(uri) <= set(URI)
        assert os.fsdecode(unquote(uri, errors="surrogateescape").encode("utf-8", "replace"))


URI = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~/%"


def brace_runs(text: str) -> list[int]:
    """The lengths of all runs of one brace."""
    runs: list[int] = []
    last = ""
    for ch in text:
        if ch in "{}" and ch == last:
            runs[-1] += 1
        elif ch in "{}":
            runs.append(1)
        last = ch
    return runs


def test_rules_are_stable() -> None:
    """Alerts are tracked by these."""
    assert [rule.id for rule in (*VERIFY_RULES, *COMPARE_RULES)] == [
        "netproof/claim-refuted",
        "netproof/claim-vacuous",
        "netproof/claim-unknown",
        "netproof/claim-proved",
        "netproof/failing-note",
        "netproof/compare-added",
        "netproof/compare-removed",
        "netproof/compare-unknown",
        "netproof/compare-met",
    ]
