"""Workflow commands: one a finding, each a line of its own whatever the names hold."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml
from tests.reporting import (
    HOSTILE,
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

from netproof.cli import main
from netproof.reports.formats import COMPARE_FORMATS, VERIFY_FORMATS
from netproof.reports.watch.data import news_line
from netproof.workspace.watching import News

LINE = re.compile(r"::(error|warning|notice) ([^:]*)::(.*)")


def commands(text: str) -> list[tuple[str, dict[str, str], str]]:
    """Command, properties and message of each line, read as the runner does."""
    assert text.endswith("\n")
    found = []
    for line in text[:-1].split("\n"):
        match = LINE.fullmatch(line)
        assert match is not None, line
        pairs = (pair.split("=", 1) for pair in match[2].split(","))
        found.append((match[1], {key: unescaped(value) for key, value in pairs}, data(match[3])))
    return found


def data(text: str) -> str:
    """A message as the runner reads it."""
    for written, meant in (("%0D", "\r"), ("%0A", "\n"), ("%25", "%")):
        text = text.replace(written, meant)
    return text


def unescaped(text: str) -> str:
    """A property as the runner reads it."""
    return data(text.replace("%3A", ":").replace("%2C", ","))


def test_a_refuted_claim() -> None:
    refuted, summary = commands(VERIFY_FORMATS["github"](verdicts("shop/web cannot reach shop/db")))
    command, properties, message = refuted
    assert command == "error"
    assert properties == {
        "file": "policy.yaml",
        "line": "9",
        "col": "5",
        "title": "netproof: REFUTED claim-1",
    }
    assert message.split("\n")[:4] == [
        "REFUTED claim-1: shop/web cannot reach shop/db.",
        "Counterexample: shop/web  ->  shop/db  TCP/5432",
        "egress allowed: no policy selects shop/web for egress",
        "ingress allowed: shop/to-db ingress[0] admits it",
    ]
    assert summary[:2] == ("notice", {"title": "netproof"})
    assert summary[2].startswith("1 claim: 1 refuted\nassumed: ")


def test_other_verdicts() -> None:
    text = VERIFY_FORMATS["github"](verdicts("only shop/web can reach shop/db"))
    ((command, properties, message),) = commands(text)
    assert (command, properties) == ("notice", {"title": "netproof"})
    assert message.startswith("1 claim: 1 proved\nPROVED claim-1: only shop/web can reach shop/db.")
    text = VERIFY_FORMATS["github"](verdicts("pods(app=x) cannot reach shop/db"))
    assert commands(text)[0][0] == "error"
    text = VERIFY_FORMATS["github"](unknown(verdicts("shop/web cannot reach shop/db")))
    assert commands(text)[0][0] == "warning"


def test_comparisons() -> None:
    added, *_, summary = commands(COMPARE_FORMATS["github"](comparison(POLICY, WIDENED)))
    assert added[0] == "error"
    assert (added[1]["file"], added[1]["line"]) == ("new/policy.yaml", "9")
    assert added[2].startswith("Added: pods(app=web) in ns:shop  ->  pods(app=db) in ns:shop")
    assert summary[2].startswith("NEW allows more than OLD; expected equivalent: not met\n")
    expected = comparison(POLICY, WIDENED, "wider-or-equal")
    assert {one[0] for one in commands(COMPARE_FORMATS["github"](expected))} == {"notice"}
    assert len(commands(COMPARE_FORMATS["github"](comparison()))) == 1
    assert commands(COMPARE_FORMATS["github"](undecided(comparison())))[0][0] == "warning"


def test_standard_input_has_no_file() -> None:
    loaded = shop({"-": f"{PODS}---\n{POLICY}"})
    report = verdicts("shop/web cannot reach shop/db", loaded=loaded)
    assert set(commands(VERIFY_FORMATS["github"](report))[0][1]) == {"title"}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names(name: str) -> None:
    found = commands(VERIFY_FORMATS["github"](hostile(name)))
    assert [command for command, _, _ in found] == ["error", "error", "warning", "notice"]
    for _, properties, message in found:
        assert set(properties) <= {"file", "line", "col", "title"}
        for value in (*properties.values(), *message.split("\n")):
            assert value.isprintable()


ORDERS = ("::stop-commands::x", "##[stop-commands]x", "::error file=a::b", "a ##[add-mask]b")


def is_order(line: str) -> bool:
    """Whether a runner obeys a line of a log: a command at its start, or after `##[`."""
    known = {"stop-commands", "error", "add-mask"}
    begun, old = line.lstrip(), line.partition("##[")[2]
    new = begun[2:].partition("::") if begun.startswith("::") else ("", "", "")
    found = [one[0].split(" ")[0] for one in (new, old.partition("]")) if one[1]]
    return bool(known & {*found})


def test_the_rule_of_the_runner() -> None:
    assert all(map(is_order, ORDERS))
    assert not any(map(is_order, ("a::error::b", "::/0  ->  a::b", "::error", "## [error]")))


@pytest.mark.parametrize("order", ORDERS)
def test_no_log_holds_an_order(
    order: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is written as text, on either stream, a runner takes for no command."""
    monkeypatch.chdir(tmp_path)
    Path("in.yaml").write_text(f"{PODS}---\n{POLICY}", encoding="utf-8")
    claim = {"claim": "external cannot reach ns:shop", "reason": order, "owner": order}
    Path("right.yaml").write_text(json.dumps({"claims": [claim | {"control": order}]}))
    Path("wrong.yaml").write_text(json.dumps({"claims": [f"{order} cannot reach ns:shop"]}))
    (tmp_path / "sub").mkdir()
    Path(f"sub/{order.replace('/', '')}.yaml").write_text(f"{order}: [", encoding="utf-8")
    right, wrong = (["in.yaml", "--spec", name] for name in ("right.yaml", "wrong.yaml"))
    for words in (right, wrong, ["sub"]):
        assert main(["verify", *words, "--claim", f"{order} may reach x"]) == 2
        assert main(["verify", *words]) in {1, 2}
        main(["verify", *words, "--output", "json"])
        main(["verify", *words, "--output", "yaml"])
    printed = capsys.readouterr()
    main(["verify", *right, "--output", "json"])
    assert json.loads(capsys.readouterr().out)["claims"][0]["reason"] == order
    main(["verify", *right, "--output", "yaml"])
    assert yaml.safe_load(capsys.readouterr().out)["claims"][0]["reason"] == order
    lines = [*printed.out.splitlines(), *printed.err.splitlines()]
    assert any("stop" in line or "add-mask" in line or "file=a" in line for line in lines)
    assert [line for line in lines if is_order(line)] == []


OWNED = """\
apiVersion: v1
kind: Pod
metadata:
  name: web
  namespace: shop
  ownerReferences: [{{apiVersion: v1, kind: Own, name: {}, uid: u, controller: true}}]
"""


@pytest.mark.parametrize("form", ["text", "json", "yaml", "csv", "markdown", "dot"])
@pytest.mark.parametrize("order", ORDERS)
def test_no_map_holds_an_order(
    order: str,
    form: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Names of owners, groups and files are any text, in the head as well as in lines."""
    monkeypatch.chdir(tmp_path)
    name = f"{order.replace('/', '')}.yaml"
    Path(name).write_text(f"{OWNED.format(json.dumps(order))}---\n{POLICY}", encoding="utf-8")
    Path("s.yaml").write_text(json.dumps({"groups": {order: "ns:shop", "b": "external"}}))
    said = ""
    for words in ([], ["--by", "group", "--spec", "s.yaml"], ["--summary"]):
        if words != ["--summary"] or form not in {"csv", "dot"}:
            main(["connections", name, *words, "--output", form])
            said += capsys.readouterr().out
    assert "stop" in said or "add-mask" in said or "error" in said
    assert [line for line in said.splitlines() if is_order(line)] == []
    for words in ([], ["--summary"]) if form in {"json", "yaml"} else ():
        main(["connections", name, *words, "--output", form])
        found = yaml.safe_load(capsys.readouterr().out)
        assert found["inputs"][0]["name"] == name, "JSON is YAML, and says what it said"


@pytest.mark.parametrize("order", ORDERS)
def test_no_line_of_other_json_holds_an_order(order: str) -> None:
    """The lines of `watch` and GitLab's issues name files, which have any name."""
    news = News(changed=(order,))
    assert not is_order(news_line(news))
    assert json.loads(news_line(news))["changed"] == [order]
    loaded = shop({f"{order}.yaml": f"{PODS}---\n{POLICY}"})
    text = VERIFY_FORMATS["gitlab"](verdicts("shop/web cannot reach shop/db", loaded=loaded))
    assert [line for line in text.splitlines() if is_order(line)] == []
