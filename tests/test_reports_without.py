"""What the user leaves out is told with every verdict, in every format of every command."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from tests.reporting import NARROWED, PODS, POLICY
from tests.test_reports_facts import EVERY

from netproof.bundles.archive import INDEX, unpacked
from netproof.cli import main
from netproof.reports.without import plural, verdict_text
from netproof.schemas import schema
from netproof_specs.loading import LeftOut, Loaded, LoadOptions, load_texts

CILIUM = "apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata: {name: other}\n"
TIER = "apiVersion: projectcalico.org/v3\nkind: Tier\nmetadata: {name: other}\n"
TOLD = "without 3 CiliumNetworkPolicies"
OPTION = ["--without", "CiliumNetworkPolicy.cilium.io"]

ASKED = {
    "verify": [
        *("all.yaml", "--claim", "only shop/web can reach shop/db"),
        *("--claim", "shop/web cannot reach shop/db", "--claim", "ns:none may reach ns:shop"),
    ],
    "compare": ["all.yaml", "new.yaml"],
    "connectivity": ["all.yaml", "new.yaml", "--what", "connectivity"],
    "lint": ["all.yaml"],
    "connections": ["all.yaml"],
    "explain": ["all.yaml", "--from", "shop/web", "--to", "shop/db", "--on", "TCP/5432"],
}
WORDS = "PROVED|REFUTED|VACUOUS|EQUIVALENT|NARROWER|WIDER|INCOMPARABLE|ALLOWED|DENIED"
BARE = re.compile(rf"\b({WORDS})\b(?! +without 3 )")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    rest = "---\n".join([PODS, *3 * [CILIUM]])
    (tmp_path / "all.yaml").write_text(f"{POLICY}---\n{rest}")
    (tmp_path / "new.yaml").write_text(f"{NARROWED}---\n{rest}")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    command, *rest = arguments
    code = main(["compare" if command == "connectivity" else command, *rest])
    printed = capsys.readouterr()
    return code, printed.out, printed.err


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("command", "form"),
    [
        (command, form)
        for command, forms in EVERY.items()
        for form in forms
        # It lists findings alone, and those of lint are no verdicts.
        if (command, form) != ("lint", "gitlab")
    ],
)
def test_no_verdict_is_told_without_it(
    capsys: pytest.CaptureFixture[str], command: str, form: str
) -> None:
    _, out, _ = run(capsys, command, *ASKED[command], *OPTION, "--output", form)
    left_out = {"csv": "3 CiliumNetworkPolicies", "code-scanning": "3 CiliumNetworkPolicies"}
    structured = (command, form) in {
        (one, data) for one in ("lint", "connections", "explain") for data in ("json", "yaml")
    }
    if structured:
        data: dict[str, Any] = json.loads(out) if form == "json" else yaml.safe_load(out)
        read = data.get("input", data)
        assert read["without"] == [
            {"apiVersion": "cilium.io/v2", "kind": "CiliumNetworkPolicy", "count": 3}
        ]
    else:
        assert left_out.get(form, TOLD if (command, form) not in PLAIN else "3 Cilium") in out
    assert not BARE.search(out.replace("  ALLOWED\n", "")), BARE.search(out)


PLAIN = {("lint", "sarif"), ("connections", "markdown"), ("connections", "dot")}
"""Formats that say it among the facts, in words of their own."""


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("command", ASKED)
def test_what_is_not_left_out_is_refused(capsys: pytest.CaptureFixture[str], command: str) -> None:
    code, _, err = run(capsys, command, *ASKED[command])
    assert code == 2
    assert "`--without CiliumNetworkPolicy.cilium.io` leaves it out" in " ".join(err.split())


@pytest.mark.parametrize("command", ["verify", "compare"])
def test_a_bundle_says_so_and_holds(
    folder: Path, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    run(capsys, command, *ASKED[command], *OPTION, "--bundle", "b.zip")
    index = json.loads(unpacked((folder / "b.zip").read_bytes())[INDEX])
    jsonschema.validate(index, schema("bundle"))
    assert index["options"]["without"] == ["CiliumNetworkPolicy.cilium.io"]
    assert all(one["verdict"].endswith(TOLD) for one in index["verdicts"])
    code, out, _ = run(capsys, "recheck", "b.zip")
    assert (code, "all of it holds" in out) == (0, True)


def test_a_report_with_objects_left_out_is_a_baseline(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = (*ASKED["verify"], *OPTION)
    code, out, _ = run(capsys, "verify", *asked, "--output", "json")
    assert code == 1
    (folder / "before.json").write_text(out)
    code, out, _ = run(capsys, "verify", *asked, "--baseline", "before.json")
    assert code == 0
    assert f"REFUTED {TOLD} (" in out


@pytest.mark.usefixtures("folder")
def test_a_text_that_names_no_kind(capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = run(capsys, "lint", "all.yaml", "--without", "a/b")
    assert code == 2
    assert "is not of the form `KIND` or `KIND.GROUP`" in err


def test_the_schema_knows_both_forms_of_a_verdict() -> None:
    folder = Path(__file__).parent.parent / "verifier/netproof/schemas"
    schema = json.loads((folder / "verify.schema.json").read_text())
    pattern = re.compile(schema["$defs"]["outcome"]["pattern"])
    for text, fits in (
        ("PROVED", True),
        (f"PROVED {TOLD}", True),
        ("PROVED without ", False),
        ("proved", False),
    ):
        assert bool(pattern.search(text)) is fits


def loaded(*texts: str) -> Loaded:
    """One input of which Cilium policies and tiers are left out."""
    options = LoadOptions(without=(LeftOut("CiliumNetworkPolicy"), LeftOut("Tier")))
    return load_texts({"a.yaml": "---\n".join([POLICY, *texts])}, options)


@pytest.mark.parametrize(
    ("inputs", "expected"),
    [
        ([loaded()], "PROVED"),
        ([loaded(CILIUM)], "PROVED without 1 CiliumNetworkPolicy"),
        ([loaded(CILIUM, CILIUM, TIER)], "PROVED without 2 CiliumNetworkPolicies and 1 Tier"),
        ([loaded(TIER), loaded(TIER)], "PROVED without 1 Tier"),
        ([loaded(), loaded(TIER)], "PROVED without 1 Tier in NEW"),
        ([loaded(TIER), loaded(TIER, TIER)], "PROVED without 1 Tier in OLD and 2 Tiers in NEW"),
    ],
)
def test_how_a_verdict_reads(inputs: list[Loaded], expected: str) -> None:
    assert verdict_text("PROVED", *inputs) == expected


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("Tier", "Tiers"),
        ("CiliumNetworkPolicy", "CiliumNetworkPolicies"),
        ("Gateway", "Gateways"),
        ("Ingress", "Ingresses"),
        ("Mesh", "Meshes"),
    ],
)
def test_several_of_a_kind(kind: str, expected: str) -> None:
    assert plural(kind) == expected
