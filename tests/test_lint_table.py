"""Lint's findings row by row, and how its report is printed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from netproof.cli import main
from netproof.lint.codes import CODES
from netproof.lint.findings import Finding
from netproof.lint.running import LintOptions, LintReport, lint
from netproof.schemas import __file__ as schemas
from netproof_specs.loading import Decoding, LoadOptions, load_texts, resolve

ROWS = list(yaml.safe_load_all(Path("tests/tables/lint.yaml").read_text(encoding="utf-8")))
SCHEMA = json.loads(Path(schemas).with_name("lint.schema.json").read_text(encoding="utf-8"))
NAME = "m.yaml"


def report_of(row: dict[str, Any], name: str = NAME) -> LintReport:
    """What lint says of the row's manifests."""
    options = LoadOptions(decoding=Decoding(row.get("decoding", "strict")))
    loaded = load_texts({name: row["manifests"]}, options)
    return lint(loaded, LintOptions(frozenset(row.get("of", CODES))))


def place_of(one: Finding, report: LintReport) -> str:
    """`line:column`."""
    assert one.where is not None
    where = resolve(one.where, report.loaded)
    return f"{where.line}:{where.column}"


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["title"])
def test_row(row: dict[str, Any]) -> None:
    report = report_of(row)
    found = [f"{one.code} {one.severity.value} {place_of(one, report)}" for one in report.findings]
    assert found == row["findings"]
    hidden = [
        f"{one.finding.code} {place_of(one.finding, report)} {one.reason}"
        for one in report.suppressed
    ]
    assert hidden == row.get("suppressed", [])


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["title"])
def test_json_input_has_the_same_findings_but_for_those_that_comments_hide(
    row: dict[str, Any],
) -> None:
    documents = list(yaml.safe_load_all(row["manifests"]))
    text = "\n".join(json.dumps(one, indent=1) for one in documents)
    report = report_of(row | {"manifests": text}, "m.json")
    found = sorted(one.code for one in report.findings)
    hidden = [one.split()[0] for one in row.get("suppressed", []) if "#" in row["manifests"]]
    assert found == sorted([*(one.split()[0] for one in row["findings"]), *hidden])
    assert all(place_of(one, report) != "0:0" for one in report.findings)


REASONS = [
    ("a", "policyTypes: [Ingress], ingress: [{}]", "admits everything in each direction"),
    ("b", "egress: [{}]", "without it the policy does not isolate egress"),
    ("c", "policyTypes: [Ingress], ingress: [{ports: [{port: 80}]}]", "other policies together"),
    (
        "d",
        "policyTypes: [Ingress, Egress], ingress: [{ports: [{port: 80}]}], egress: [{}]",
        "other policies together have the same effect besides admitting all egress",
    ),
]


@pytest.mark.parametrize(("name", "spec", "reason"), REASONS)
def test_removals_tell_why(name: str, spec: str, reason: str) -> None:
    policy = "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\n"
    text = f"{policy}metadata: {{name: {name}, namespace: x}}\n"
    text += f"spec: {{podSelector: {{}}, {spec}}}\n"
    for other, operator in (("z1", "Exists"), ("z2", "DoesNotExist")):
        if name in "cd":
            text += (
                f"---\n{policy}metadata: {{name: {other}, namespace: x}}\nspec:\n"
                f"  podSelector: {{matchExpressions: [{{key: k, operator: {operator}}}]}}\n"
                "  ingress: [{ports: [{port: 80}]}]\n"
            )
    options = LintOptions(frozenset({"NP005", "NP006"}))
    messages = [one.message for one in lint(load_texts({NAME: text}), options).findings]
    assert any(f"`x/{name}" in one and reason in one for one in messages), messages


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("policyTypes: [Egress], egress: null", "egress:` without a value counts as a list"),
        ("policyTypes: [Egress], ingress: null", "does not isolate ingress, which stays open"),
        ("egress: null", "does not isolate egress, which stays open"),
        ("ingress: null", "ingress:` without a value counts as a list without rules"),
    ],
)
def test_a_null_list_of_rules_means_what_policy_types_make_of_it(spec: str, message: str) -> None:
    text = (
        "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\n"
        f"metadata: {{name: p, namespace: x}}\nspec: {{podSelector: {{}}, {spec}}}\n"
    )
    found = lint(load_texts({NAME: text}), LintOptions(frozenset({"NP016"}))).findings
    assert [message in one.message for one in found] == [True]


def test_every_code_has_a_row_and_a_section_in_the_docs() -> None:
    found = {one.split()[0] for row in ROWS for one in row["findings"]}
    assert found == set(CODES)
    page = Path("docs/lint.md").read_text(encoding="utf-8")
    sections = [line.split()[1] for line in page.splitlines() if line.startswith("## NP")]
    assert sections == list(CODES)
    for code in CODES.values():
        assert f"## {code.id} {code.name}" in page.splitlines()


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """The manifests of all rows, each in a file of its own."""
    for number, row in enumerate(ROWS):
        text = row["manifests"]
        (tmp_path / f"{number:02}.yaml").write_text(text, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("number", range(len(ROWS)))
def test_json_report_fits_the_schema(
    files: Path, number: int, capsys: pytest.CaptureFixture[str]
) -> None:
    lenient = ["--lenient"] if ROWS[number].get("decoding") == "lenient" else []
    code = main(["lint", str(files / f"{number:02}.yaml"), "--output", "json", *lenient])
    data = json.loads(capsys.readouterr().out)
    jsonschema.Draft202012Validator(SCHEMA).validate(data)
    severities = {one["severity"] for one in data["findings"]}
    assert code == (1 if severities & {"warning", "error"} else 0)


@pytest.mark.parametrize(
    ("fail_on", "code"), [("info", 1), ("warning", 0), ("error", 0), ("never", 0)]
)
def test_fail_on(files: Path, fail_on: str, code: int) -> None:
    number = next(index for index, row in enumerate(ROWS) if row.get("of") == ["NP021"])
    path = str(files / f"{number:02}.yaml")
    assert main(["lint", path, "--fail-on", fail_on]) == code


def test_select_and_ignore(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    number = next(index for index, row in enumerate(ROWS) if row.get("of") == ["NP010"])
    path = str(files / f"{number:02}.yaml")
    assert main(["lint", path, "--select", "NP010,egress-without-dns"]) == 1
    assert "NP010 ignored-direction" in capsys.readouterr().out
    assert main(["lint", path, "--select", "NP010", "--ignore", "ignored-direction"]) == 0
    assert main(["lint", path, "--select", "NP999"]) == 2


@pytest.mark.parametrize("output", ["text", "sarif", "github", "yaml"])
def test_outputs_name_code_and_line(
    files: Path, output: str, capsys: pytest.CaptureFixture[str]
) -> None:
    number = next(index for index, row in enumerate(ROWS) if row.get("of") == ["NP022"])
    path = str(files / f"{number:02}.yaml")
    assert main(["lint", path, "--output", output, "--select", "NP022"]) == 1
    text = capsys.readouterr().out
    assert "NP022" in text
    assert "12" in text
    assert main(["lint", path, "--output", output, "--select", "NP022"]) == 1
    assert capsys.readouterr().out == text


def test_an_unreadable_input_is_no_finding(tmp_path: Path) -> None:
    (tmp_path / "p.yaml").write_text("kind: [", encoding="utf-8")
    assert main(["lint", str(tmp_path)]) == 2
