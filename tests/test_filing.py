"""Controls, owners, severities, tags and waivers: read, summed up, judged, in every format."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from tests.schema_check import checked

from netproof.cli import main
from netproof.verdicts import Outcome
from netproof.verifying.standing import Tally, in_order
from netproof_specs.filing import Severity
from netproof_specs.problems import InputError
from netproof_specs.spec_files.reading import read_spec

CLUSTER = """
apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {app: web}}
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
  ingress: [{from: [{podSelector: {matchLabels: {app: web}}}]}]
"""
SPEC = """
claims:
  - id: closed
    claim: external cannot reach pods(app=db)
    control: [PCI-DSS 1.3.1, PCI-DSS 1.3.2]
    owner: payments
    severity: critical
    tags: [pci, nightly]
  - id: open
    claim: external cannot reach pods(app=web)
    control: PCI-DSS 1.3.1
    owner: shop
    severity: low
    tags: nightly
    accepted:
      {until: 2027-01-31, by: Jo <b>Doe</b>, ticket: SEC-7, because: the shop is public}
  - id: web-db
    claim: pods(app=web) can reach pods(app=db)
    tags: [shop]
    accepted: {until: "2030-01-01", by: Jo Doe, because: it was broken}
"""


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("cluster.yaml").write_text(CLUSTER)
    Path("spec.yaml").write_text(SPEC)


def run(*more: str) -> int:
    return main(["verify", "cluster.yaml", "--spec", "spec.yaml", *more])


def report(capsys: pytest.CaptureFixture[str], *more: str) -> dict[str, Any]:
    run(*more, "--output", "json")
    found: dict[str, Any] = checked(capsys.readouterr().out)
    return found


def test_what_is_read() -> None:
    closed, opened, web_db = (one.filing for one in read_spec("s", SPEC).statements)
    assert closed.controls == ("PCI-DSS 1.3.1", "PCI-DSS 1.3.2")
    assert (closed.owner, closed.severity) == ("payments", Severity.CRITICAL)
    assert closed.tags == ("pci", "nightly")
    assert closed.accepted is None
    assert (opened.controls, opened.tags) == (("PCI-DSS 1.3.1",), ("nightly",))
    assert opened.accepted is not None
    assert opened.accepted.until.isoformat() == "2027-01-31"
    assert (opened.accepted.by, opened.accepted.ticket) == ("Jo <b>Doe</b>", "SEC-7")
    assert web_db.accepted is not None
    assert web_db.accepted.ticket == ""


@pytest.mark.parametrize(
    ("entry", "code"),
    [
        ("severity: urgent", "bad-value"),
        ("severity: 3", "type"),
        ("owner: [a]", "type"),
        ("owner: ''", "bad-text"),
        ("control: []", "empty"),
        ("control: {a: b}", "type"),
        ("tags: [a b]", "bad-tag"),
        ("tags: [-a]", "bad-tag"),
        ("accepted: yes", "type"),
        ("accepted: {until: 2027-01-31, by: Jo}", "missing-field"),
        ("accepted: {by: Jo, because: so}", "missing-field"),
        ("accepted: {until: 2027-02-30, by: Jo, because: so}", "bad-value"),
        ("accepted: {until: 2027, by: Jo, because: so}", "bad-value"),
        ("accepted: {until: [2027-01-31], by: Jo, because: so}", "bad-value"),
        ("accepted: {until: 2027-1-31, by: Jo, because: so}", "bad-value"),
        ("accepted: {until: 2027-01-31, by: Jo, because: so, why: x}", "unknown-field"),
        ("controls: PCI", "unknown-field"),
    ],
)
def test_what_is_refused(entry: str, code: str) -> None:
    with pytest.raises(InputError) as caught:
        read_spec("s", f"claims:\n- claim: anything can reach external\n  {entry}\n")
    assert code in {problem.code for problem in caught.value.problems}
    assert all(problem.where and problem.where.line == 3 for problem in caught.value.problems)


@pytest.mark.parametrize(
    ("today", "more", "code", "standing"),
    [
        ("2027-01-30", [], 0, "accepted"),
        ("2027-01-31", [], 0, "accepted"),
        ("2027-02-01", [], 1, "expired"),
        ("2027-01-31", ["--strict"], 1, "accepted"),
        ("2027-01-31", ["--strict", "--select", "nightly"], 0, "accepted"),
    ],
)
def test_acceptance_ends(
    today: str, more: list[str], code: int, standing: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("--today", today, *more) == code
    capsys.readouterr()
    found = report(capsys, "--today", today, *more)
    standings = {one["id"]: one["standing"] for one in found["claims"]}
    assert standings["open"] == standing
    assert standings.get("web-db", "needless") == "needless"
    assert found["summary"]["exitCode"] == code
    assert found["judging"]["today"] == today


def test_an_acceptance_is_of_refutations_only(capsys: pytest.CaptureFixture[str]) -> None:
    """What speaks of nothing is not accepted with it."""
    Path("spec.yaml").write_text(SPEC.replace("app=web)\n    control", "app=none)\n    control"))
    assert run("--today", "2026-01-01") == 1
    assert "VACUOUS  open" in capsys.readouterr().out


def test_text(capsys: pytest.CaptureFixture[str]) -> None:
    run("--today", "2027-01-31")
    out = capsys.readouterr().out
    assert "REFUTED (accepted until 2027-01-31) open: external cannot reach " in out
    assert "  accepted        until 2027-01-31 by Jo <b>Doe</b> (SEC-7): the shop is " in out
    assert "PROVED (its acceptance is no longer needed) web-db: " in out
    assert "3 claims: 2 proved, 1 refuted; of these 1 accepted\n" in out
    assert (
        "control: PCI-DSS 1.3.1: 2 claims: 1 proved, 1 refuted; excused: 1; none is failing\n"
        "control: PCI-DSS 1.3.2: 1 claim: 1 proved; none is failing\n" in out
    )
    assert "owner: shop: 1 claim: 1 refuted; excused: 1; none is failing\n" in out
    assert "severity: critical: 1 claim: 1 proved; none is failing\n" in out
    assert "judged: acceptances as of 2027-01-31\n" in out
    run("--today", "2027-02-01")
    out = capsys.readouterr().out
    assert "REFUTED (accepted only until 2027-01-31) open: " in out
    assert "excused" not in out
    assert "PCI-DSS 1.3.1: 2 claims: 1 proved, 1 refuted; failing: 1\n" in out


@pytest.mark.parametrize("form", ["json", "yaml", "sarif", "junit", "markdown", "github", "text"])
def test_every_format_carries_it(form: str, capsys: pytest.CaptureFixture[str]) -> None:
    run("--today", "2027-01-31", "--output", form)
    out = capsys.readouterr().out
    for word in ("PCI-DSS 1.3.1", "payments", "critical", "SEC-7", "2027-01-31", "nightly"):
        assert word in out, word


def test_the_greatest_severity_comes_first(capsys: pytest.CaptureFixture[str]) -> None:
    """Owners and controls come as they are met, whatever they are called."""
    text = SPEC.replace("critical", "medium").replace("severity: low", "severity: critical")
    Path("spec.yaml").write_text(text.replace("payments", "low").replace("shop", "high"))
    summary = report(capsys)["summary"]
    assert [one["name"] for one in summary["bySeverity"]] == ["critical", "medium"]
    assert [one["name"] for one in summary["byOwner"]] == ["low", "high"]
    for form in ("text", "markdown", "html"):
        run("--output", form)
        out = capsys.readouterr().out
        sums = out[out.index("By severity") :] if form == "html" else out[out.rindex("owner") :]
        assert sums.index("critical") < sums.index("medium"), form


def test_severities_of_several_sheets_are_in_order_too() -> None:
    met = [Tally(name, ((Outcome.PROVED, 1),), 0, 0) for name in ("low", "high", "critical")]
    assert [one.name for one in in_order(met, "severity")] == ["critical", "high", "low"]
    assert in_order(met, "control") == tuple(met)


def test_json(capsys: pytest.CaptureFixture[str]) -> None:
    found = report(capsys, "--today", "2027-01-31")
    summary = found["summary"]
    assert [one["name"] for one in summary["byControl"]] == ["PCI-DSS 1.3.1", "PCI-DSS 1.3.2"]
    assert summary["byControl"][0]["excused"] == 1
    assert [(one["name"], one["failing"]) for one in summary["byOwner"]] == [
        ("payments", 0),
        ("shop", 0),
    ]
    assert [one["name"] for one in summary["bySeverity"]] == ["critical", "low"]
    assert summary["failing"] == 0
    assert found["claims"][1]["accepted"]["ticket"] == "SEC-7"


def test_machines_are_told_that_it_does_not_fail(capsys: pytest.CaptureFixture[str]) -> None:
    run("--today", "2027-01-31", "--output", "sarif")
    results = json.loads(capsys.readouterr().out)["runs"][0]["results"]
    by_rule = {one["ruleId"]: one for one in results if "open" in one["message"]["text"]}
    (refuted,) = by_rule.values()
    assert refuted["level"] == "note"
    assert refuted["suppressions"][0]["status"] == "accepted"
    assert "SEC-7" in refuted["suppressions"][0]["justification"]
    run("--today", "2027-01-31", "--output", "junit")
    suite = ET.fromstring(capsys.readouterr().out).find("testsuite")
    assert suite is not None
    assert (suite.get("failures"), suite.get("skipped")) == ("0", "1")
    run("--today", "2027-01-31", "--output", "github")
    assert "::error" not in capsys.readouterr().out
    run("--today", "2027-02-01", "--output", "github", "--strict")
    assert capsys.readouterr().out.count("::error") == 2


def test_baseline(capsys: pytest.CaptureFixture[str]) -> None:
    """Only what is new fails: another claim, another text, another verdict."""
    extra = "  - {id: new, claim: external cannot reach anything}\n"
    plain = SPEC.replace("until: 2027-01-31", "until: 2001-01-01")
    Path("spec.yaml").write_text(plain)
    assert run("--output", "json=base.json") == 1
    assert run("--baseline", "base.json") == 1  # an expired acceptance is not known, but over
    unwaived = plain.replace("    accepted:\n      {until: 2001", "    # {until: 2001")
    Path("spec.yaml").write_text(unwaived)
    capsys.readouterr()
    assert run("--baseline", "base.json") == 0
    out = capsys.readouterr().out
    assert "REFUTED (known from the baseline) open: " in out
    assert "judged: against a baseline with 1 failure\n" in out
    Path("spec.yaml").write_text(unwaived + extra)
    assert run("--baseline", "base.json") == 1
    Path("spec.yaml").write_text(unwaived.replace("reach pods(app=web)", "reach pods(app!=db)"))
    assert run("--baseline", "base.json", "--select", "nightly") == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--today", "tomorrow"], "`tomorrow` is no day"),
        (["--today", "2027-02-30"], "is no day"),
        (["--select", "pcl"], "no claim has the tag `pcl`; known are nightly, pci, shop"),
        (["--baseline", "none.json"], "cannot read none.json"),
        (["--baseline", "spec.yaml"], "it is no report"),
    ],
)
def test_wrong_options(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(*arguments) == 2
    assert message in capsys.readouterr().err


def test_select(capsys: pytest.CaptureFixture[str]) -> None:
    claims = report(capsys, "--select", "pci", "--select", "shop")["claims"]
    assert [one["id"] for one in claims] == ["closed", "web-db"]


def test_bundles_are_judged_as_on_their_day(capsys: pytest.CaptureFixture[str]) -> None:
    Path("spec.yaml").write_text(SPEC.replace("2027-01-31", "2002-01-31"))
    run("--output", "json=base.json")
    more = ["--today", "2002-01-01", "--select", "nightly", "--baseline", "base.json", "--strict"]
    assert run(*more, "--bundle", "b.zip") == 0
    capsys.readouterr()
    assert main(["recheck", "b.zip"]) == 0, capsys.readouterr().out
