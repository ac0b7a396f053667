"""Where reports go: files, standard output in any encoding, and no escapes from names."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest
from tests.reporting import PODS, POLICY

from netproof.cli import main

CLAIM = ("--claim", "only shop/web can reach shop/db")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory, with manifests in a file whose name is not ASCII."""
    (tmp_path / "käse.yaml").write_text(f"{PODS}---\n{POLICY}", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("format", ["text", "json", "yaml", "sarif", "junit", "markdown", "github"])
@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_any_encoding(encoding: str, format: str, monkeypatch: pytest.MonkeyPatch) -> None:
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding=encoding))
    claim = ("--claim", "shop/web cannot reach shop/db")
    assert main(["verify", "käse.yaml", *claim, "--output", format]) == 1
    assert raw.getvalue()


def test_every_output_at_once(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    formats = ["text", "json", "yaml", "sarif", "junit", "markdown", "github"]
    outputs = [word for name in formats for word in ("--output", f"{name}=out.{name}")]
    assert main(["verify", "käse.yaml", *CLAIM, *outputs]) == 0
    assert capsys.readouterr() == ("", "")
    for name in formats:
        data = (folder / f"out.{name}").read_bytes()
        assert data.endswith(b"\n")
        assert b"\x1b" not in data
        assert b"\r" not in data


@pytest.mark.parametrize(
    "outputs",
    [
        ["xml"],
        ["json="],
        ["=file"],
        ["text", "json"],
        ["json", "json"],
        ["json=no/such/folder/out.json"],
        ["json=."],
    ],
)
def test_wrong_outputs(outputs: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    words = [word for one in outputs for word in ("--output", one)]
    assert main(["verify", "käse.yaml", *CLAIM, *words]) == 2
    printed = capsys.readouterr()
    assert "Traceback" not in printed.err
    assert printed.err.startswith(("Usage:", "Error: cannot write"))
