"""The page of a map in a real Chromium: read a connection, filter, and no name is ever markup."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest
from tests.browser import Browser, browser, in_browser

from netproof.connectivity.mapping import Query, map_of
from netproof.connectivity.units import By
from netproof.reports.connections.lines import ConnectionsReport
from netproof.reports.connections.page import connections_html
from netproof.reports.html.page import script_data
from netproof_specs.loading import load_texts
from netproof_specs.model.cluster import Cluster, Namespace, Workload
from netproof_specs.model.labels import NAME_LABEL

MANIFESTS = """
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {app: web}}
spec: {containers: [{name: c, image: i}]}
---
apiVersion: v1
kind: Pod
metadata: {name: api, namespace: shop, labels: {app: api}}
spec: {containers: [{name: c, image: i}]}
---
apiVersion: v1
kind: Pod
metadata: {name: db, namespace: data, labels: {app: db}}
spec: {containers: [{name: c, image: i}]}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: api, namespace: shop}
spec:
  podSelector: {matchLabels: {app: api}}
  ingress:
  - from: [{podSelector: {matchLabels: {app: web}}}]
    ports: [{port: 80}, {port: 8000, endPort: 8080}, {protocol: UDP, port: 53}]
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: db, namespace: data}
spec: {podSelector: {}, policyTypes: [Ingress, Egress]}
"""

OUTSIDE = """
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop}
spec: {containers: [{name: c, image: i}]}
status: {phase: Running, podIPs: [{ip: 10.0.0.7}]}
---
apiVersion: v1
kind: Pod
metadata: {name: api, namespace: shop}
spec: {containers: [{name: c, image: i}]}
---
apiVersion: v1
kind: Pod
metadata: {name: db, namespace: data}
spec: {containers: [{name: c, image: i}]}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: db, namespace: data}
spec:
  podSelector: {}
  ingress:
  - from: [{ipBlock: {cidr: "2001:db8::/32"}}]
    ports: [{port: 80}]
"""

HOSTILE = (
    "</script><script>window.hacked=1</script>",
    "<img src=x onerror=window.hacked=1>",
    "<!--<script>",
    "\"'><b>bold",
    "{{script}}",
    "\u2028\x00\u202egnp",
)


def page_of(texts: dict[str, str]) -> str:
    loaded = load_texts(texts)
    return "".join(connections_html(ConnectionsReport(loaded, map_of(loaded.cluster, Query()))))


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with browser(tmp_path_factory.mktemp("profile")) as found:
        yield found


@pytest.fixture
def shown(chromium: Browser, tmp_path: Path) -> Browser:
    file = tmp_path / "map.html"
    file.write_text(page_of({"m.yaml": MANIFESTS}), encoding="utf-8")
    chromium.open(file)
    return chromium


def cell(source: str, destination: str) -> str:
    return f'#matrix td[title^="{source} → {destination}:"]'


@in_browser
def test_click_a_cell_and_read_the_connection(shown: Browser) -> None:
    assert shown.text(cell("shop/web", "shop/api")) == "TCP 80, 8000-8080; UDP 53"
    shown.click(cell("shop/web", "shop/api"))
    detail = shown.text("#detail").splitlines()
    assert detail[:4] == ["FROM", "shop/web", "app=web", "TO"]
    assert shown.text("#allowed").splitlines() == ["TCP 80, 8000-8080", "UDP 53"]
    assert "--from shop/Pod/web" in shown.text("#detail code")
    shown.click(cell("shop/api", "data/db"))
    assert shown.text("#allowed") == "Nothing is allowed."
    assert shown.console() == []


@in_browser
def test_the_other_way_is_a_click_away(shown: Browser) -> None:
    shown.click(cell("shop/web", "shop/api"))
    shown.click("#detail button.link")
    assert shown.text("#allowed").splitlines() == [
        "TCP every port",
        "UDP every port",
        "SCTP every port",
    ]


ON_ONE_NODE = """\
apiVersion: projectcalico.org/v3
kind: HostEndpoint
metadata: {name: w}
spec: {node: n1, interfaceName: "*", expectedIPs: [10.9.0.1]}
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop}
spec: {nodeName: n1, containers: [{name: c}]}
"""


@in_browser
def test_a_node_and_its_own_pods_are_not_called_denied(chromium: Browser, tmp_path: Path) -> None:
    file = tmp_path / "map.html"
    file.write_text(page_of({"m.yaml": ON_ONE_NODE}), encoding="utf-8")
    chromium.open(file)
    pair = '#matrix td.self[title="HostEndpoint/w → shop/web: left out"]'
    chromium.click(pair)
    assert chromium.text("#allowed").startswith("Left out.")
    assert chromium.text("#detail button.link") == "left out"
    assert chromium.console() == []


@in_browser
def test_addresses_listed_with_others_are_not_called_denied(
    chromium: Browser, tmp_path: Path
) -> None:
    """Each workload has lists of outside addresses of its own, and lists overlap (A.27)."""
    file = tmp_path / "map.html"
    file.write_text(page_of({"m.yaml": OUTSIDE}), encoding="utf-8")
    chromium.open(file)
    near = '#matrix td.near[title="external → shop/web: listed as 0.0.0.0/0 → shop/web: all"]'
    chromium.click(near)
    assert chromium.text("#allowed").splitlines() == [
        "Some of these addresses, or all, are listed with others:",
        "0.0.0.0/0 → shop/web: all",
    ]
    chromium.click("#allowed button.link")
    assert chromium.text("#allowed").splitlines()[0] == "TCP every port"
    chromium.click(cell("2001:db8::/32", "shop/web"))
    assert chromium.text("#allowed") == "Nothing is allowed."
    chromium.click(cell("shop/web", "external"))
    assert chromium.text("#allowed").splitlines()[1:] == ["shop/web → 0.0.0.0/0: all"]
    assert chromium.run("return document.querySelectorAll('#matrix td.near').length") == 7
    chromium.type("#on", "UDP/1")
    status = "9 pairs of 6 sources and 5 destinations"
    assert settled(chromium, status) == status
    assert chromium.run("return document.querySelectorAll('#matrix td.near').length") == 6
    assert chromium.console() == []


BY_SOURCE_PORT = """
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop}
spec: {containers: [{name: c, image: i}]}
---
apiVersion: v1
kind: Pod
metadata: {name: db, namespace: shop, labels: {app: db}}
spec: {containers: [{name: c, image: i}]}
---
apiVersion: projectcalico.org/v3
kind: NetworkPolicy
metadata: {name: low, namespace: shop}
spec:
  selector: app == 'db'
  types: [Ingress]
  ingress:
  - action: Allow
    protocol: TCP
    source: {selector: "!has(app)", ports: ["100:1023"]}
    destination: {ports: [5432]}
"""


@in_browser
def test_the_filter_and_the_question_know_source_ports(chromium: Browser, tmp_path: Path) -> None:
    """D.19: what is allowed from some source ports is not allowed from others."""
    file = tmp_path / "map.html"
    file.write_text(page_of({"m.yaml": BY_SOURCE_PORT}), encoding="utf-8")
    chromium.open(file)
    for text, status in (
        ("TCP/5432", "5 pairs of 3 sources and 3 destinations"),
        ("TCP/5432 from 1023", "5 pairs of 3 sources and 3 destinations"),
        ("TCP/5432 from 1024", "4 pairs of 3 sources and 3 destinations"),
        ("from 99", "4 pairs of 3 sources and 3 destinations"),
        ("from 100", "5 pairs of 3 sources and 3 destinations"),
    ):
        chromium.run("document.getElementById('on').value = ''")
        chromium.type("#on", text)
        assert settled(chromium, status) == status, text
    chromium.click(cell("shop/web", "shop/db"))
    assert "--on TCP/5432 \\\n  --source-port 100" in chromium.text("#detail code")
    assert chromium.console() == []


@in_browser
@pytest.mark.parametrize(
    ("field", "text", "status"),
    [
        ("#from", "app=web", "2 pairs of 1 source and 4 destinations"),
        ("#to", "shop/api", "1 pair of 4 sources and 1 destination"),
        ("#on", "UDP/53", "5 pairs of 4 sources and 4 destinations"),
        ("#on", "TCP/81", "4 pairs of 4 sources and 4 destinations"),
    ],
)
def test_filters(shown: Browser, field: str, text: str, status: str) -> None:
    assert shown.text("#shown") == "5 pairs of 4 sources and 4 destinations"
    shown.type(field, text)
    assert settled(shown, status) == status


def settled(shown: Browser, expected: str) -> str:
    """The status line, once it says what is expected: the page waits for an end of typing."""
    return str(shown.becomes(expected, "return document.getElementById('shown').textContent"))


@in_browser
def test_graph_has_an_arrow_for_each_pair(shown: Browser) -> None:
    shown.click("#view-graph")
    assert shown.run("return document.querySelectorAll('#graph .edge').length") == 5
    shown.click("#graph text.node")
    assert "REACHES" in shown.text("#detail")
    assert shown.console() == []


REPLICAS = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template: {metadata: {labels: {app: web}}, spec: {containers: [{name: c, image: i}]}}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: web, namespace: shop}
spec:
  podSelector: {}
  policyTypes: [Ingress, Egress]
  ingress: [{from: [{podSelector: {}}]}]
  egress: [{to: [{podSelector: {}}]}]
"""


@in_browser
def test_graph_has_an_arrow_from_a_workload_to_itself(chromium: Browser, tmp_path: Path) -> None:
    file = tmp_path / "map.html"
    file.write_text(page_of({"m.yaml": REPLICAS}), encoding="utf-8")
    chromium.open(file)
    assert chromium.text("#shown") == "1 pair of 1 source and 1 destination"
    chromium.click("#view-graph")
    assert chromium.run("return document.querySelectorAll('#graph .edge').length") == 1
    assert chromium.console() == []


def cluster_page(spaces: int, pods: int) -> str:
    """Namespaces `ns1` and so on with pods `p1` and so on, the even namespaces closed."""
    texts = []
    for space in range(1, spaces + 1):
        for pod in range(1, pods + 1):
            texts.append(
                f"apiVersion: v1\nkind: Pod\n"
                f"metadata: {{name: p{pod}, namespace: ns{space}, labels: {{at: '{pod}'}}}}\n"
            )
        if space % 2 == 0:
            texts.append(
                f"apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\n"
                f"metadata: {{name: closed, namespace: ns{space}}}\n"
                f"spec: {{podSelector: {{matchLabels: {{at: '1'}}}}, policyTypes: [Ingress]}}\n"
            )
    return page_of({"m.yaml": "---\n".join(texts)})


TEXTS = "return [...document.querySelectorAll(arguments[0])].map((one) => one.textContent)"
CELLS = "return [...document.querySelectorAll('#matrix td')].map((one) => one.title)"
PLACES = """
  return [...document.querySelectorAll('#matrix td')].map((one) => {
    const box = one.getBoundingClientRect();
    return [box.left, box.top, box.width, box.height];
  });
"""


@in_browser
@pytest.mark.parametrize("size", [(1280, 800), (390, 844)])
@pytest.mark.parametrize(
    ("shape", "cells"), [((2, 1), 9), pytest.param((4, 2), 81, marks=pytest.mark.slow)]
)
def test_every_cell_is_what_a_click_picks(
    shape: tuple[int, int], cells: int, size: tuple[int, int], chromium: Browser, tmp_path: Path
) -> None:
    """Nothing moves under the mouse: each click picks the very cell that it was aimed at."""
    file = tmp_path / "map.html"
    file.write_text(cluster_page(*shape), encoding="utf-8")
    with chromium.sized(*size):
        chromium.open(file)
        titles = chromium.run(CELLS)
        assert len(titles) == cells
        before = chromium.run(PLACES)
        for number, title in enumerate(titles):
            source, _, rest = title.partition(" → ")
            destination = rest.partition(":")[0]
            chromium.click_nth("#matrix td", number)
            names = chromium.run(TEXTS, "#detail .name")
            assert names == [source, destination], title
            picked = chromium.run(
                "return [...document.querySelectorAll('#matrix td')]"
                ".findIndex((one) => one.classList.contains('picked'))"
            )
            assert picked == number
        chromium.run("document.querySelector('#stage').scrollTo(0, 0); window.scrollTo(0, 0)")
        assert chromium.run(PLACES) == before
    assert chromium.console() == []


@in_browser
def test_natural_order(chromium: Browser, tmp_path: Path) -> None:
    file = tmp_path / "map.html"
    file.write_text(cluster_page(11, 1), encoding="utf-8")
    chromium.open(file)
    spaces = [*(f"ns{number}" for number in range(1, 12)), "outside"]
    assert chromium.run(TEXTS, "#matrix tr.space th") == spaces
    offered = chromium.run(TEXTS, "#from-namespace option")[1:]
    assert offered == spaces


@in_browser
def test_a_large_cluster_is_drawn_by_namespaces_first(chromium: Browser, tmp_path: Path) -> None:
    file = tmp_path / "map.html"
    file.write_text(cluster_page(7, 20), encoding="utf-8")
    chromium.open(file)
    assert "by namespace: pick a cell to look inside" in chromium.text("#shown")
    shades = """
      return [...document.querySelectorAll('#matrix td')].map(
        (one) => getComputedStyle(one).backgroundColor);
    """
    assert len(set(chromium.run(shades))) >= 3
    title = '#matrix td[title="ns1 → ns2: 380 of 400 pairs"]'
    assert chromium.run("return document.querySelector(arguments[0]) !== null", title)
    chromium.click("#view-graph")
    assert chromium.run("return document.querySelectorAll('#graph circle').length") == 8
    assert "by namespace: pick a name or an arrow" in chromium.text("#shown")
    chromium.run("document.querySelector('#graph text.node').dispatchEvent(new Event('click'))")
    assert chromium.run("return document.querySelector('#from-namespace').value") == "=ns1"
    assert chromium.run("return document.querySelector('#to-namespace').value") == "*"
    chromium.click("#view-matrix")
    chromium.click('#matrix td[title^="ns1 → ns2"]')
    assert chromium.text("#shown") == "380 pairs of 20 sources and 20 destinations"
    assert chromium.console() == []


@in_browser
def test_one_large_namespace_is_shown_as_it_is(chromium: Browser, tmp_path: Path) -> None:
    file = tmp_path / "map.html"
    file.write_text(cluster_page(1, 130), encoding="utf-8")
    chromium.open(file)
    chromium.run("document.querySelector('#from-namespace').value = '=ns1'")
    chromium.run("document.querySelector('#to-namespace').value = '=ns1'")
    chromium.run("document.querySelector('#to-namespace').dispatchEvent(new Event('input'))")
    status = "16,770 pairs of 130 sources and 130 destinations"
    assert settled(chromium, status) == status


@in_browser
def test_every_sign_has_a_key(chromium: Browser, tmp_path: Path) -> None:
    file = tmp_path / "map.html"
    for page, view, keys in (
        (cluster_page(2, 2), "matrix", 6),
        (cluster_page(2, 2), "graph", 5),
        (cluster_page(7, 20), "matrix", 2),
        (cluster_page(7, 20), "graph", 3),
    ):
        file.write_text(page, encoding="utf-8")
        chromium.open(file)
        chromium.click(f"#view-{view}")
        script = """
          return [...document.querySelectorAll('.key')].filter((one) => one.offsetParent).length
        """
        assert chromium.run(script) == keys


@in_browser
def test_a_phone_shows_all_of_it(chromium: Browser, tmp_path: Path) -> None:
    """No part is cut off or beside the screen; only the matrix scrolls, in its own frame."""
    file = tmp_path / "map.html"
    file.write_text(cluster_page(6, 3), encoding="utf-8")
    with chromium.sized(390, 844):
        chromium.open(file)
        fits = "return document.documentElement.scrollWidth <= innerWidth"
        assert chromium.becomes(True, fits)
        for selector in ("#stage", "#detail", "#from", "#to", "#on", "#reset", "#view-graph"):
            box = chromium.run(
                "const box = document.querySelector(arguments[0]).getBoundingClientRect();"
                "return [box.left, box.right, box.width, box.height]",
                selector,
            )
            assert box[0] >= 0
            assert box[1] <= 390
            assert box[2] > 40
            assert box[3] >= 24


@in_browser
def test_dark_as_the_pages_to_file(shown: Browser) -> None:
    """The grounds are those of the palette, and what is written on a cell can be read."""
    colours = (
        "const of = (one) => getComputedStyle(document.querySelector(one));"
        "return [of('body').backgroundColor, of('td.all').color, of('td.all').backgroundColor]"
    )
    light = shown.run(colours)
    try:
        dark = {"name": "prefers-color-scheme", "value": "dark"}
        shown.emulate({"media": "screen", "features": [dark]})
        darkened = shown.run(colours)
        shown.emulate({"media": "print", "features": [dark]})
        assert shown.run(colours) == light
    finally:
        shown.emulate({"media": "", "features": []})
    assert light[0] == "rgb(246, 247, 249)"
    assert darkened[0] == "rgb(15, 20, 27)"
    assert contrast(*light[1:]) > 4.5
    assert contrast(*darkened[1:]) > 4.5


def contrast(ink: str, ground: str) -> float:
    """The contrast of two colours as WCAG 2 defines it."""
    lights = []
    for colour in (ink, ground):
        parts = [int(one) / 255 for one in re.findall(r"\d+", colour)[:3]]
        lines = [one / 12.92 if one <= 0.03928 else ((one + 0.055) / 1.055) ** 2.4 for one in parts]
        lights.append(0.2126 * lines[0] + 0.7152 * lines[1] + 0.0722 * lines[2])
    return (max(lights) + 0.05) / (min(lights) + 0.05)


@in_browser
def test_printing_shows_what_the_map_is_to_be_read_with(shown: Browser) -> None:
    shown.run("window.seen = null; addEventListener('beforeprint', () => {"
              "window.seen = document.querySelector('footer details').open})")  # fmt: skip
    assert base64.b64decode(shown.print()).startswith(b"%PDF-")
    assert shown.run("return window.seen") is True
    folded = "return !document.querySelector('footer details').open"
    assert shown.becomes(True, folded)


def test_the_page_tells_the_digests_of_the_input() -> None:
    digest = sha256(MANIFESTS.encode()).hexdigest()
    assert digest in page_of({"m.yaml": MANIFESTS})


@in_browser
def test_hostile_names_are_text(chromium: Browser, tmp_path: Path) -> None:
    file = tmp_path / "map.html"
    file.write_text(hostile_page(), encoding="utf-8")
    chromium.open(file)
    assert chromium.run("return document.querySelectorAll('#matrix tbody td').length") > 0
    for view in ("#view-graph", "#view-matrix"):
        chromium.click(view)
        assert chromium.run("return window.hacked === undefined")
        assert chromium.run("return document.querySelectorAll('img, b').length") == 0
    chromium.click("#matrix td.all")
    assert chromium.run("return document.querySelectorAll('script').length") == 2
    assert chromium.run("return window.hacked === undefined")
    assert chromium.console() == []


def hostile_page() -> str:
    """A page of a cluster whose every name tries to be markup, as no reader would let pass."""
    loaded = load_texts({"m.yaml": MANIFESTS})
    spaces = tuple(
        Namespace(f"n{text}", ((NAME_LABEL, f"n{text}"),), declared=True) for text in HOSTILE
    )
    workloads = tuple(
        Workload(f"K{text}", f"n{text}", f"w{text}", ((f"k{text}", text),)) for text in HOSTILE
    )
    found = map_of(Cluster(spaces, workloads), Query(by=By.WORKLOAD))
    return "".join(connections_html(ConnectionsReport(loaded, found)))


@pytest.mark.parametrize("text", HOSTILE)
def test_data_in_a_script_element_is_only_data(text: str) -> None:
    written = script_data({text: [text]})
    assert json.loads(written) == {text: [text]}
    assert not set("<>&") & set(written)
    assert written.isascii()


def test_page_names_nothing_outside_itself() -> None:
    page = page_of({"m.yaml": MANIFESTS})
    addresses = set(re.findall(r"(?:https?:)?//[a-z][^\s\"'`)]*", page))
    assert addresses == {"http://www.w3.org/2000/svg"}
    assert "default-src 'none'" in page
    assert not re.search(r"\b(?:src|href)=", page)


def test_hostile_page_has_the_elements_of_any_page() -> None:
    pages = (page_of({"m.yaml": MANIFESTS}), hostile_page())
    tags = [re.findall(r"</?(?:script|style|img|b)\b", page) for page in pages]
    assert tags[0] == tags[1]
