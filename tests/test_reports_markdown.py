"""Markdown: what a comment shows, and that no name in it is obeyed."""

from __future__ import annotations

from dataclasses import replace
from html.parser import HTMLParser

import pytest
from markdown_it import MarkdownIt
from tests.reporting import HOSTILE, NARROWED, POLICY, comparison, hostile, undecided, verdicts

from netproof.reports.formats import COMPARE_FORMATS, VERIFY_FORMATS
from netproof.reports.markdown_parts import code
from netproof.reports.words import safe

COMMENT = 65_536
"""Characters that a comment on GitHub may have."""

TABLE = {"table", "thead", "tbody", "tr", "th", "td"}
TAGS = TABLE | {"h3", "p", "code", "strong", "details", "summary", "pre"}


class Page(HTMLParser):
    """A rendered page: its tags, and the text outside and inside of code."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.open: list[str] = []
        self.plain = ""
        self.shown: list[str] = []
        html = MarkdownIt("commonmark", {"html": True}).enable("table").render(text)
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        styles = {"style"} if tag in TABLE else set()
        assert {name for name, _ in attrs} <= styles
        self.tags.append(tag)
        self.open.append(tag)
        if tag in {"code", "pre"}:
            self.shown.append("")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if {"code", "pre"} & set(self.open):
            self.shown[-1] += data
        else:
            self.plain += data

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"a comment: {data}")


def test_verdicts() -> None:
    report = verdicts("only shop/web can reach shop/db", "shop/web cannot reach shop/db")
    text = VERIFY_FORMATS["markdown"](report)
    assert text.startswith("### netproof: 2 claims: 1 proved, 1 refuted\n")
    page = Page(text)
    assert page.open == []
    rows = [line for line in text.splitlines() if line.startswith("| ")]
    assert [row.split(" | ")[0] for row in rows] == ["| verdict", "| **REFUTED**", "| PROVED"]
    assert page.tags.count("details") == 3
    (evidence,) = (shown for shown in page.shown if "counterexample" in shown)
    assert "counterexample  shop/web  ->  shop/db  TCP/5432" in evidence
    assert "shop/to-db ingress[0] admits it  (policy.yaml:9:5)" in evidence


def test_comparisons() -> None:
    text = COMPARE_FORMATS["markdown"](comparison(POLICY, NARROWED))
    page = Page(text)
    assert text.startswith("### netproof: INCOMPARABLE\n")
    assert "expected equivalent: not met" in page.plain
    assert page.shown[:6] == [
        *("pods(app=web) in ns:shop", "pods(app=db) in ns:shop", "TCP/5433"),
        *("pods(app=web) in ns:shop", "pods(app=db) in ns:shop", "TCP/5432"),
    ]
    assert page.tags.count("details") == 3
    equal = COMPARE_FORMATS["markdown"](comparison())
    assert "NEW allows exactly what OLD allows; expected equivalent: met." in equal
    assert "table" not in Page(equal).tags
    assert (
        "the time limit was reached"
        in Page(COMPARE_FORMATS["markdown"](undecided(comparison()))).shown
    )


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names(name: str) -> None:
    page = Page(VERIFY_FORMATS["markdown"](hostile(name)))
    assert set(page.tags) <= TAGS
    assert page.open == []
    assert page.tags.count("tr") == 5
    assert page.tags.count("td") == 12
    assert page.tags.count("details") == page.tags.count("pre") == 5
    assert page.plain.isascii()
    assert not set("@#<`*[") & set(page.plain)
    assert safe(name) in page.shown


@pytest.mark.parametrize("name", HOSTILE)
def test_code_shows_the_text_as_it_is(name: str) -> None:
    for line in (code(name), f"| a |\n|---|\n| {code(name)} |", f"- {code(name)}"):
        assert safe(name) in Page(line).shown


def test_code_gives_no_renderer_a_link() -> None:
    text = code("www.example.com Www.example.com https://example.com mailto:a@example.com @who")
    assert "www." not in text.lower()
    assert not set(":@") & set(text)


def test_long_reports_fit_a_comment() -> None:
    report = hostile("x" * 300)
    long = replace(report, verdicts=report.verdicts * 500)
    text = VERIFY_FORMATS["markdown"](long)
    assert 30_000 < len(text) < COMMENT
    assert "more rows in the full report." in text
    assert "more pieces of evidence in the full report." in text
    assert Page(text).open == []


def test_one_huge_piece_of_evidence_is_cut() -> None:
    text = VERIFY_FORMATS["markdown"](hostile("<" * 20_000))
    assert len(text) < COMMENT
    assert Page(text).open == []
