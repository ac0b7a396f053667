"""What the reader refuses: every row of reading/refuse.yaml, as YAML and where it can as JSON."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.refusals import check, problems_of

from netproof_specs.loading import Decoding
from netproof_specs.locations import path_text

HEADER = "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: p}\n"
ROWS: list[dict[str, Any]] = yaml.safe_load(
    (Path(__file__).parent / "reading" / "refuse.yaml").read_text(encoding="utf-8")
)
LENIENT = [row for row in ROWS if "lenient" in row]


def text_of(row: dict[str, Any]) -> str:
    return row["text"] if "text" in row else HEADER + row["spec"]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["id"])
def test_refused(row: dict[str, Any]) -> None:
    found = problems_of(text_of(row))
    check(found, row["problems"])
    for problem, hint in zip(found, row.get("hints", []), strict=False):
        assert hint in problem.suggestion


@pytest.mark.parametrize("row", LENIENT, ids=lambda row: row["id"])
def test_refused_or_accepted_leniently(row: dict[str, Any]) -> None:
    check(problems_of(text_of(row), Decoding.LENIENT), row["lenient"])


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["id"])
def test_lenient_decoding_forgives_no_more_than_unknown_fields_and_host_bits(
    row: dict[str, Any],
) -> None:
    if "lenient" not in row:
        check(problems_of(text_of(row), Decoding.LENIENT), row["problems"])


def as_json(text: str) -> str | None:
    """The same objects as a JSON list, if JSON can say it and reads it as YAML does."""
    try:
        documents = [one for one in yaml.load_all(text, yaml.BaseLoader) if one is not None]
        plain = [one for one in yaml.safe_load_all(text) if one is not None]
        rendered = json.dumps({"apiVersion": "v1", "kind": "List", "items": plain}, indent=1)
    except (yaml.YAMLError, TypeError, ValueError):
        return None
    return rendered if documents and "items:" not in text and "kind: List" not in text else None


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["id"])
def test_json_is_refused_for_the_same_reasons(row: dict[str, Any]) -> None:
    rendered = as_json(text_of(row))
    codes = {problem.split(" ")[1] for problem in row["problems"]}
    special = {
        "no-object",
        "duplicate-key",
        "missing-separator",
        "ambiguous-number",
        "alias-expansion",
    }
    if rendered is None or codes & special or re.search(r"retypes|no string", row["id"]):
        return
    found = problems_of(rendered)
    expected = problems_of(text_of(row))
    assert [p.code for p in found] == [p.code for p in expected]
    assert all(problem.where is not None and problem.where.line for problem in found)


@pytest.mark.parametrize(
    "rule",
    [f"B.{n}" for n in (1, 2, *range(4, 18))]
    + ["F14", "F15", "F26", "F27", "F28", "F29", "F30", "F31", "F37", "F38", "F48"]
    + ["F60", "F61", "F66", "F67", "A.51"],
)
def test_every_rule_has_a_row(rule: str) -> None:
    assert any(rule in row["rules"] for row in ROWS)


def test_a_json_problem_gets_line_and_column() -> None:
    text = (
        '{"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy",\n'
        ' "metadata": {"name": "p"},\n'
        ' "spec": {"ingress": [{"ports": [\n'
        '    {"port": 80},\n'
        '    {"port": 80, "endPort": 70}]}]}}\n'
    )
    (problem,) = problems_of(text)
    assert problem.where is not None
    assert (problem.where.line, problem.where.column) == (5, 18)
    assert path_text(problem.where.path) == "spec.ingress[0].ports[1].endPort"


def test_a_problem_shows_its_line() -> None:
    (problem,) = problems_of(HEADER + "spec: {policyTypes: [ingress]}\n")
    assert problem.excerpt.splitlines() == [
        "    spec: {policyTypes: [ingress]}",
        "    " + " " * 21 + "^",
    ]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\u0085", "\u2028", "\u2029"])
def test_the_line_shown_is_the_one_that_the_place_names(end: str) -> None:
    rest = f"{HEADER}spec: {{policyTypes: [ingress]}}\n"
    for written in (f"# a comment{end}{rest}", f"# a comment\n{rest}".replace("\n", end)):
        (problem,) = problems_of(written)
        assert str(problem.where) == "input:5:22"
        assert problem.excerpt.splitlines()[0] == "    spec: {policyTypes: [ingress]}"


def test_the_caret_stands_under_the_word_whatever_letters_stand_before_it() -> None:
    before = "spec:\t{podSelector: {matchLabels: {a: "
    text = f"{HEADER}{before}'日本\u0308'}}}}, egress: 1}}\n"
    (_, problem) = problems_of(text)
    line, caret = problem.excerpt.splitlines()
    assert line == "    " + before.replace("\t", " ") + "'日本\u0308'}}, egress: 1}"
    # Two wide letters take four columns, and the mark above the second none.
    assert caret.index("^") == line.index("1}") + 1


def test_a_mistake_that_is_met_twice_is_said_once() -> None:
    spec = "spec: {podSelector: !odd {}, <<: {policyTypes: [Ingress]}}\n"
    assert [problem.code for problem in problems_of(HEADER + spec)] == ["yaml-tag"]
    unnamed = HEADER.replace("name: p", "generateName: 5")
    assert [problem.code for problem in problems_of(unnamed)] == ["wrong-type"]


@pytest.mark.parametrize("decoding", list(Decoding))
def test_duplicate_json_keys_are_refused_everywhere(decoding: Decoding) -> None:
    metadata = '{"name": "p", "labels": {"a": "b",\n"a": "c"}}'
    pod = f'{{"apiVersion": "v1", "kind": "Pod",\n "metadata": {metadata}}}'
    (problem,) = problems_of(pod, decoding)
    assert problem.code == "duplicate-key"
    assert str(problem.where) == "input:3:1"
    assert "metadata.labels" in problem.message
