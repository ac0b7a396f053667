"""Workflow commands: one a finding, each a line of its own whatever the names hold."""

from __future__ import annotations

import re

import pytest
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

from netproof.reports.formats import COMPARE_FORMATS, VERIFY_FORMATS

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
