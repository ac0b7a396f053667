"""docs/semantics.md defines every rule that is cited, once, and its examples parse."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parent.parent
SEMANTICS = ROOT / "docs" / "semantics.md"
CALICO = ROOT / "docs" / "semantics-calico.md"
PAGES = sorted(
    [*(ROOT / "docs").rglob("*.md"), *(ROOT / f"{n}.md" for n in ("CONTRIBUTING", "SECURITY"))]
)

CITED_IN = ("specs", "encodings", "verifier", "tests", "examples")
CITING_SUFFIXES = {".py", ".yaml", ".yml"}

CITATION = re.compile(r"(?<![\w.])([ABCD]\.\d+[a-z]?)\b(?!\.\d)")
CORNER_CASE = re.compile(r"(?<![\w.])F\d{1,3}\b")
HEADING = re.compile(r"^#{1,6} +(.+?) *$")
RULE_HEADING = re.compile(r"^### ([ABCD]\.\d+[a-z]?) ", re.MULTILINE)
ROW = re.compile(r"^\| (F\d+) \|", re.MULTILINE)
RESERVED = re.compile(r"^\| (D)\.(\d+) to \1\.(\d+) \|", re.MULTILINE)
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)#\s]*)(#[^)\s]+)?\)")


def defined() -> list[str]:
    """Every rule and corner case that the page defines, in order, repetitions included."""
    text = "\n".join(page.read_text(encoding="utf-8") for page in (SEMANTICS, CALICO))
    reserved = [
        f"{letter}.{number}"
        for letter, first, last in RESERVED.findall(text)
        for number in range(int(first), int(last) + 1)
    ]
    return [*RULE_HEADING.findall(text), *reserved, *ROW.findall(text)]


def citing_files() -> Iterator[Path]:
    for folder in CITED_IN:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in CITING_SUFFIXES and path != Path(__file__).resolve():
                yield path


def unknown_citations(path: Path, pattern: re.Pattern[str]) -> list[str]:
    known = set(defined())
    return [
        f"{path.relative_to(ROOT)}:{number}: {cited}"
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if "noqa" not in line
        for cited in pattern.findall(line)
        if cited not in known
    ]


def slugs(path: Path) -> list[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    prose = FENCE.sub("", path.read_text(encoding="utf-8"))
    headings = (match[1] for line in prose.splitlines() if (match := HEADING.match(line)))
    return [re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings]


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_every_rule_is_defined_once() -> None:
    assert [rule for rule, times in Counter(defined()).items() if times > 1] == []


@pytest.mark.parametrize(
    ("letter", "numbers"),
    [
        ("A.", range(1, 54)),
        ("B.", range(1, 21)),
        ("C.", range(1, 22)),
        ("D.", range(1, 43)),
        ("F", [*range(1, 97), 102, 103, *range(104, 140)]),
    ],
)
def test_no_number_is_missing(letter: str, numbers: list[int]) -> None:
    assert {f"{letter}{number}" for number in numbers} == {
        rule for rule in defined() if rule.startswith(letter) and rule[-1].isdigit()
    }


@pytest.mark.parametrize("page", [SEMANTICS, CALICO], ids=lambda page: page.stem)
def test_rules_stand_in_order(page: Path) -> None:
    found = RULE_HEADING.findall(page.read_text(encoding="utf-8"))
    parts = [re.fullmatch(r"([ABCD])\.(\d+)([a-z]?)", rule) for rule in found]
    keys = [(one[1], int(one[2]), one[3]) for one in parts if one is not None]
    assert len(keys) == len(found)
    assert keys == sorted(keys)


def test_every_citation_in_code_and_tests_exists() -> None:
    files = list(citing_files())
    assert files
    assert [one for path in files for one in unknown_citations(path, CITATION)] == []


def test_every_corner_case_cited_in_a_test_exists() -> None:
    tests = [path for path in citing_files() if path.is_relative_to(ROOT / "tests")]
    assert [one for path in tests for one in unknown_citations(path, CORNER_CASE)] == []


def test_every_citation_in_the_documents_exists() -> None:
    assert [one for path in PAGES for one in unknown_citations(path, CITATION)] == []


def test_the_check_finds_an_unknown_rule() -> None:
    assert CITATION.findall("follows A.99 and B.12, not spec.A.3, G1.7 or A.1.2") == [
        "A.99",
        "B.12",
    ]
    assert {"A.99", "B.21"}.isdisjoint(defined())


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_anchors_are_unique(page: Path) -> None:
    found = slugs(page)
    assert [slug for slug, times in Counter(found).items() if times > 1] == []


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_links_lead_somewhere(page: Path) -> None:
    for target, anchor in LINK.findall(page.read_text(encoding="utf-8")):
        if target.startswith(("http:", "https:")):
            continue
        path = (page.parent / target).resolve() if target else page
        assert path.exists(), f"{name(page)}: {target}"
        if anchor:
            assert anchor[1:] in slugs(path), f"{name(page)}: {target}{anchor}"


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_yaml_examples_parse(page: Path) -> None:
    for language, text in FENCE.findall(page.read_text(encoding="utf-8")):
        if language == "yaml":
            assert list(yaml.safe_load_all(text))
