"""The pages to file, in a real Chromium: clicked, printed, and never markup from a name."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from tests.browser import Browser, browser, in_browser

from netproof.cli import main

CLUSTER = """
apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
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
  ingress: [{from: [{podSelector: {matchLabels: {app: web}}}], ports: [{port: 5432}]}]
  # </pre><script>document.title = "broken"</script>
"""
SPEC = """
claims:
  - id: closed
    claim: external cannot reach pods(app=db)
    reason: "<img src=x onerror=alert(1)> & </details><script>alert(1)</script>"
    control: [PCI-DSS 1.3.1, "<script>alert(1)</script>"]
    owner: "{{script}} {{policy}}"
    severity: critical
  - id: open
    claim: external cannot reach pods(app=web)
    control: PCI-DSS 1.3.1
    accepted: {until: 2027-01-31, by: "<b>Jo</b>", because: so}
  - id: failing
    claim: pods(app=web) can reach pods(app=db)
  - id: vacuous
    claim: pods(app=none) cannot reach pods(app=db)
  - id: may
    claim: pods(app=web) may reach pods(app=db) on TCP/5432
  - id: needed
    claim: policy shop/db is necessary
"""


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("cluster.yaml").write_text(CLUSTER)
    Path("spec.yaml").write_text(SPEC)
    Path("new.yaml").write_text(CLUSTER.replace("5432", "80"))
    verify = ["verify", "cluster.yaml", "--spec", "spec.yaml", "--today", "2026-12-31"]
    assert main([*verify, "--output", "html=verify.html"]) == 1
    compare = ["compare", "cluster.yaml", "new.yaml", "--world", "any-cluster"]
    assert main([*compare, "--output", "html=compare.html"]) == 1
    main(["lint", "cluster.yaml", "--output", "html=lint.html"])


PAGES = ("verify", "compare", "lint")


@pytest.mark.parametrize("page", PAGES)
def test_nothing_is_loaded_and_no_name_is_markup(page: str) -> None:
    text = Path(f"{page}.html").read_text(encoding="utf-8")
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', text)
    assert policy
    assert policy[1].startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy[1]
    assert text.count("<script>") == 1
    assert "<img" not in text
    assert "<b>Jo" not in text
    assert not re.search(r"(?:src|href|url)\s*[=(]", text.replace("&lt;img src=x", ""))
    assert "style=" not in text
    if page == "verify":
        assert "{{script}} {{policy}}" in text
        assert "&lt;script&gt;alert(1)" in text


def test_the_same_bytes_twice(tmp_path: Path) -> None:
    for page in PAGES:
        before = Path(f"{page}.html").read_bytes()
        assert before
        Path(f"{page}.html").rename(f"{page}.before")
    verify = ["verify", "cluster.yaml", "--spec", "spec.yaml", "--today", "2026-12-31"]
    main([*verify, "--output", "html=verify.html"])
    assert Path("verify.html").read_bytes() == Path("verify.before").read_bytes()


@pytest.fixture
def page(tmp_path: Path) -> Iterator[Browser]:
    with browser(tmp_path / "profile") as opened:
        yield opened


def visible(page: Browser, selector: str) -> int:
    """How many elements can be seen."""
    script = """return [...document.querySelectorAll(arguments[0])].filter((one) =>
        one.checkVisibility({contentVisibilityAuto: true}) && one.getClientRects().length).length"""
    return int(page.run(script, selector))


@in_browser
def test_clicking(page: Browser) -> None:
    page.open(Path("verify.html").resolve())
    assert page.text("h1") == "Claims about network policies"
    assert "6 claims: 3 proved, 2 refuted, 1 vacuous; of these 1 accepted" in page.text("header p")
    assert visible(page, ".claim > summary") == 6
    assert visible(page, ".picture") == 0
    page.click(".claim:nth-of-type(2) > summary")
    assert visible(page, ".picture") == 1
    assert "shop/Deployment/web" in page.text(".claim:nth-of-type(2) .picture")
    assert "allowed" in page.text(".claim:nth-of-type(2) .arrow")
    assert "<b>Jo</b>: so" in page.text(".claim:nth-of-type(2) .facts")
    page.click(".claim:nth-of-type(1) > summary")
    assert "Policies that the proof rests on" in page.text(".claim:nth-of-type(1)")
    page.click(".claim:nth-of-type(1) .policies details > summary")
    shown = page.text(".claim:nth-of-type(1) .policies pre")
    assert "podSelector: {matchLabels: {app: db}}" in shown
    assert '</pre><script>document.title = "broken"</script>' in shown
    page.click("#failing")
    assert visible(page, ".claim > summary") == 2
    page.click("#failing")
    page.click("#unfold")
    assert visible(page, ".picture") == 5
    assert visible(page, ".facts") > 6
    page.click("#fold")
    assert visible(page, ".picture") == 0
    assert page.run("return document.title") == "Claims about network policies"
    assert page.console() == []


@in_browser
@pytest.mark.parametrize("name", PAGES)
def test_every_page_opens_without_complaint(page: Browser, name: str) -> None:
    page.open(Path(f"{name}.html").resolve())
    page.click("#unfold")
    assert page.text("h1")
    assert page.console() == []
    # On a phone nothing is wider than the window, but for tables and YAML, which scroll.
    page.run("document.body.style.width = '360px'; document.documentElement.style.width = '360px'")
    wide = page.run(
        "return [...document.querySelectorAll('body *')].filter((one) => "
        "!one.closest('.scroll, pre') && one.getBoundingClientRect().right > 361)"
        ".map((one) => one.outerHTML.slice(0, 80))"
    )
    assert wide == []


@in_browser
def test_by_keyboard(page: Browser) -> None:
    """A claim is unfolded by the space bar, as its summary takes the focus."""
    page.open(Path("verify.html").resolve())
    page.run("document.querySelector('.claim > summary').focus()")
    page.type(".claim > summary", " ")
    assert page.run("return document.querySelector('.claim').open") is True


@in_browser
def test_screen_readers_are_told(page: Browser) -> None:
    page.open(Path("verify.html").resolve())
    labels = page.run(
        "return [...document.querySelectorAll('.picture')].map((one) => one.ariaLabel)"
    )
    assert all(": allowed" in one or ": denied" in one for one in labels)
    assert page.run("return [...document.querySelectorAll('table')].every((one) => one.caption)")
    levels = page.run(
        "return [...document.querySelectorAll('h1, h2, h3, h4')].map((one) => +one.tagName[1])"
    )
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


@in_browser
def test_dark(page: Browser) -> None:
    page.open(Path("verify.html").resolve())
    ground = "return getComputedStyle(document.body).backgroundColor"
    light = page.run(ground)
    dark = {"name": "prefers-color-scheme", "value": "dark"}
    page.emulate({"media": "screen", "features": [dark]})
    assert page.run(ground) != light


@in_browser
def test_printing(page: Browser, tmp_path: Path) -> None:
    """On A4, with what was folded, and folded again afterwards."""
    page.open(Path("verify.html").resolve())
    page.run("window.seen = 0; addEventListener('beforeprint', () => {"
             "window.seen = document.querySelectorAll('details[open]').length})")  # fmt: skip
    pdf = base64.b64decode(page.print())
    assert pdf.startswith(b"%PDF-")
    boxes = {tuple(map(float, one.split())) for one in
             re.findall(rb"/MediaBox ?\[([^\]]+)\]", pdf)}  # fmt: skip
    assert all(abs(one[2] - 595) < 2 and abs(one[3] - 842) < 2 for one in boxes)
    assert page.run("return window.seen") > 6
    assert page.run("return document.querySelectorAll('details[open]').length") == 0
