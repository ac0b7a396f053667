"""The library: lazy, typed, silent, and with the examples of docs/library.md."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import get_args

import pytest
from tests.schema_check import checked

import netproof
from netproof.comparisons import RegionEnd
from netproof.verdicts import Judgement
from netproof_specs.model.connections import Endpoint

SOURCE = Path(netproof.__file__)
ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "library.md"

MANIFESTS = """\
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {app: web}}
---
apiVersion: v1
kind: Pod
metadata: {name: db, namespace: shop, labels: {app: db}}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: closed, namespace: shop}
spec: {podSelector: {matchLabels: {app: db}}}
"""


def test_every_public_name_is_there() -> None:
    for name in netproof.__all__:
        assert getattr(netproof, name) is not None
    assert dir(netproof) == sorted(netproof.__all__)


def imported_names() -> dict[str, set[str]]:
    """What a type checker sees: the names by module, from the imports under TYPE_CHECKING."""
    tree = ast.parse(SOURCE.read_text(encoding="utf-8"))
    guarded = next(node for node in tree.body if isinstance(node, ast.If))
    found: dict[str, set[str]] = {}
    for node in guarded.body:
        if isinstance(node, ast.ImportFrom):
            found.setdefault(str(node.module), set()).update(one.name for one in node.names)
    return found


def test_type_checkers_and_the_interpreter_see_the_same() -> None:
    assert {home: set(names.split()) for home, names in netproof._HOMES.items()} == imported_names()
    assert set(netproof.__all__) == set[str]().union(*imported_names().values())


@pytest.mark.parametrize("kinds", [Endpoint, Judgement, RegionEnd])
def test_what_a_value_may_be_is_public(kinds: object) -> None:
    assert {one.__name__ for one in get_args(kinds)} <= set(netproof.__all__)


def test_a_misspelt_name() -> None:
    with pytest.raises(AttributeError, match="no attribute 'verfiy'"):
        netproof.verfiy  # type: ignore[attr-defined]  # noqa: B018


def test_import_is_cheap() -> None:
    code = "import netproof, sys; print(sorted(sys.modules))"
    path = ":".join(str(ROOT / one) for one in ("verifier", "encodings", "specs"))
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": path},
    )
    loaded = set(ast.literal_eval(done.stdout))
    assert not loaded & {"z3", "yaml", "netaddr", "click", "netproof.pipeline", "junitparser"}


def test_verdicts(capfd: pytest.CaptureFixture[str]) -> None:
    loaded = netproof.load_texts({"shop.yaml": MANIFESTS})
    statements = netproof.claims(
        ["web cannot reach db", "db cannot reach web"],
        groups={"web": "pods(app=web) in ns:shop", "db": "shop/db"},
    )
    closed, open_ = netproof.verify(loaded, statements).verdicts
    assert closed.outcome is netproof.Outcome.PROVED
    assert open_.outcome is netproof.Outcome.REFUTED
    assert open_.counterexample is not None
    assert open_.counterexample.decision.allowed
    assert capfd.readouterr() == ("", "")


def test_options() -> None:
    loaded = netproof.load_texts({"shop.yaml": MANIFESTS})
    options = netproof.VerifyOptions(world=netproof.World.ANY_CLUSTER)
    statements = netproof.claims(["anything cannot reach pods(app=db) in ns:shop"])
    (verdict,) = netproof.verify(loaded, statements, options).verdicts
    assert (verdict.world, verdict.outcome) == (
        netproof.World.ANY_CLUSTER,
        netproof.Outcome.PROVED,
    )


def test_reports_as_json() -> None:
    loaded = netproof.load_texts({"shop.yaml": MANIFESTS})
    report = netproof.verify(loaded, netproof.claims(["shop/web can reach shop/db"]))
    data = checked(netproof.to_json(report))
    assert data == netproof.to_data(report)
    assert data["specs"] == []


def test_mistakes_have_positions() -> None:
    text = MANIFESTS.replace("podSelector", "podSelecter")
    with pytest.raises(netproof.InputError) as caught:
        netproof.load_texts({"shop.yaml": text})
    assert all(
        one.where is not None and (one.where.file, one.where.line) == ("shop.yaml", 12)
        for one in caught.value.problems
    )


@pytest.mark.parametrize(
    ("texts", "groups"),
    [
        (["web cannot raech db"], {"web": "ns:a", "db": "ns:b"}),
        (["web cannot reach db"], {"web": "ns:a"}),
        (["web cannot reach web"], {"web": "pods(app=web"}),
    ],
)
def test_mistakes_in_claims(texts: list[str], groups: dict[str, str]) -> None:
    with pytest.raises(netproof.InputError):
        netproof.claims(texts, groups)


def test_groups_build_on_groups() -> None:
    one, two = netproof.claims(
        ["both cannot reach external", "any(ns:a, ns:b) cannot reach external"],
        {"a": "ns:a", "both": "any(a, ns:b)"},
    )
    assert one.claim.source.endpoints == two.claim.source.endpoints  # type: ignore[union-attr]


def test_comparisons() -> None:
    loaded = netproof.load_texts({"shop.yaml": MANIFESTS})
    report = netproof.compare(loaded, loaded)
    assert (report.comparison.relation, report.met) == (netproof.Relation.EQUIVALENT, True)
    assert checked(netproof.to_json(report), "compare") == netproof.to_data(report)
    with pytest.raises(ValueError, match="`same` is none of equivalent"):
        netproof.compare(loaded, loaded, expectation="same")


def test_threads() -> None:
    loaded = netproof.load_texts({"shop.yaml": MANIFESTS})
    statements = netproof.claims(["shop/web can reach shop/db", "ns:shop may reach external"])

    def decide(_: int) -> str:
        return netproof.to_json(netproof.verify(loaded, statements))

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(decide, range(12)))) == 1


BLOCK = re.compile(r"```python\n(.*?)```\n+(?:```text\n(.*?)```)?", re.DOTALL)


def test_the_page(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """The blocks of the page run one after the other and print what stands below them."""
    monkeypatch.chdir(ROOT)
    blocks = BLOCK.findall(PAGE.read_text(encoding="utf-8"))
    assert len(blocks) >= 3
    names: dict[str, object] = {}
    for code, printed in blocks:
        exec(compile(code, str(PAGE), "exec"), names)
        assert capsys.readouterr().out == printed
