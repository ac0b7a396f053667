"""The page of a fleet in a real Chromium: every cell of the matrix leads to its evidence."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.browser import IN_BROWSER, Browser, browser
from tests.fleets import report_of, write_fleet
from tests.test_html_browser import contrast

from netproof.fleet.tasks import PAGE
from netproof.reports.fleet.formats import FLEET_FORMATS

pytestmark = list(IN_BROWSER)
LINKS = "table.matrix tbody a"
WORDS = ["PROVED", "PROVED", "accepted", "PROVED", "REFUTED", "PROVED", "accepted", "PROVED"]
ARRIVED = """
  const found = document.querySelector(location.hash);
  const box = found.getBoundingClientRect();
  const seen = box.top >= 0 && box.top < innerHeight;
  return [location.hash, found.querySelector("details.claim").open, seen];
"""


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with browser(tmp_path_factory.mktemp("profile")) as found:
        yield found


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A page with few claims, and one with so many that letters stand for words."""
    folder = tmp_path_factory.mktemp("fleet")
    write_fleet(folder)
    patch = pytest.MonkeyPatch()
    patch.chdir(folder)
    texts = {"few": "", "many": "claims:\n" + "".join(
        f"  - {{id: CONTROL-{n}.1, claim: external cannot reach ns:shop}}\n" for n in range(20)
    )}  # fmt: skip
    try:
        for name, text in texts.items():
            if text:
                (folder / "claims.yaml").write_text(text)
            page = FLEET_FORMATS["html"](report_of(None, PAGE))
            (folder / f"{name}.html").write_text(page, encoding="utf-8")
    finally:
        patch.undo()
    return {name: folder / f"{name}.html" for name in texts}


def test_every_cell_leads_to_its_evidence(chromium: Browser, pages: dict[str, Path]) -> None:
    chromium.open(pages["few"])
    assert chromium.run(f"return document.querySelectorAll('{LINKS}').length") == 4 + 8 + 2
    script = f"return [...document.querySelectorAll('{LINKS}')].map((one) => one.innerText)"
    assert [one for one in chromium.run(script) if one in WORDS] == WORDS
    for cluster in (0, 1):
        for claim, ident in enumerate(("ONLY", "PORT", "NONE", "OUT")):
            chromium.click(f'{LINKS}[href="#c{cluster}-{claim}"]')
            arrived = [f"#c{cluster}-{claim}", True, True]
            assert chromium.becomes(arrived, ARRIVED) == arrived
            words = chromium.text(f"#c{cluster}-{claim} details.claim")
            assert ident in words
            assert "reading" in words
            way = "return document.querySelector(`a[href='${location.hash}']`).title"
            title = chromium.run(way)
            verdict = title.split(": ")[1].split()[0]
            assert verdict in words
    chromium.click(f'{LINKS}[href="#c2"]')
    assert chromium.becomes("#c2", "return location.hash") == "#c2"
    assert chromium.text("#c2")[:5] == "wrong"
    assert chromium.console() == []


def test_a_cell_leads_there_again_and_past_a_filter(
    chromium: Browser, pages: dict[str, Path]
) -> None:
    chromium.open(pages["few"])
    way = f'{LINKS}[href="#c0-1"]'
    arrived = ["#c0-1", True, True]
    chromium.click(way)
    assert chromium.becomes(arrived, ARRIVED) == arrived
    chromium.click("#fold")
    chromium.click("#failing")
    assert chromium.run("return document.querySelector('#c0-1 details').hidden") is True
    chromium.click(way)
    assert chromium.becomes(arrived, ARRIVED) == arrived
    assert chromium.run("return document.querySelector('#c0-1 details').hidden") is False


def test_letters_are_read_out_in_full(chromium: Browser, pages: dict[str, Path]) -> None:
    chromium.open(pages["many"])
    assert chromium.text(f'{LINKS}[href="#c0-19"]') == "R"
    label = chromium.run(f"""return document.querySelector('{LINKS}[href="#c0-19"]').ariaLabel""")
    assert label == "CONTROL-19.1: REFUTED"
    assert chromium.text("dl.heads dd") == "CONTROL-0.1: external cannot reach ns:shop"


@pytest.mark.parametrize("name", ["few", "many"])
def test_nothing_is_cut_off_on_a_phone_or_on_paper(
    name: str, chromium: Browser, pages: dict[str, Path]
) -> None:
    """Only the matrix scrolls, in its own frame; paper, 178 mm wide, has room for all of it."""
    wide = "return document.documentElement.scrollWidth <= innerWidth"
    with chromium.sized(390, 844):
        chromium.open(pages[name])
        assert chromium.becomes(True, wide)
    try:
        chromium.emulate({"media": "print"})
        with chromium.sized(673, 1000):
            assert chromium.becomes(True, wide)
    finally:
        chromium.emulate({"media": ""})
    assert base64.b64decode(chromium.print()).startswith(b"%PDF-")


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_words_can_be_read_by_day_and_by_night(
    mode: str, chromium: Browser, pages: dict[str, Path]
) -> None:
    feature = {"name": "prefers-color-scheme", "value": mode}
    chromium.emulate({"media": "screen", "features": [feature]})
    try:
        chromium.open(pages["few"])
        for kind in ("proved", "refuted", "excused"):
            ink, ground = chromium.run(
                "const of = (one) => getComputedStyle(document.querySelector(one));"
                "return [of(arguments[0]).color, of('table.matrix').backgroundColor]",
                f"td.{kind} a",
            )
            assert contrast(ink, ground) > 4.5
    finally:
        chromium.emulate({"media": "", "features": []})
