"""At a shell: completion, versions, colours, and lines as wide as the terminal."""

from __future__ import annotations

import io
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.reporting import PODS, POLICY

from netproof.cli import main
from netproof.commands import printing
from netproof.lint.codes import CODES
from netproof.reports.folding import folded
from netproof_specs.spec_files.catalogues import CATALOGUES

ROOT = Path(__file__).parents[1]
BASH = shutil.which("bash")
CLAIM = ("--claim", "only pods(app=web) in ns:shop can reach pods(app=db) in ns:shop on TCP/5432")


@pytest.fixture
def program(tmp_path: Path) -> dict[str, str]:
    """An environment in which `netproof` runs this checkout."""
    folder = tmp_path / "bin"
    folder.mkdir()
    script = folder / "netproof"
    script.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m netproof "$@"\n')
    script.chmod(0o755)
    rooms = os.pathsep.join(str(ROOT / room) for room in ("verifier", "encodings", "specs"))
    path = f"{folder}{os.pathsep}{os.environ['PATH']}"
    return {**os.environ, "PATH": path, "PYTHONPATH": rooms}


def offered(line: str, environment: dict[str, str]) -> list[str]:
    """What is offered at the end of a line: kind and text, as the script of bash reads them."""
    done = subprocess.run(
        ["netproof"],
        env=environment | {"_NETPROOF_COMPLETE": "bash_complete", "COMP_LINE": line},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    return done.stdout.splitlines()


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("netproof ", [f"plain,{one}" for one in (
            "verify", "fleet", "compare", "connections", "explain", "recheck", "lint")]),
        ("netproof co", ["plain,compare", "plain,connections"]),
        ("netproof verify ", ["file,"]),
        ("netproof verify k8s/po", ["file,k8s/po"]),
        ("netproof verify k8s --spec cl", ["file,cl"]),
        ("netproof verify k8s --spec ca", [
            *(f"plain,catalogue:{one.name}" for one in CATALOGUES.values() if not one.needs),
            "file,ca"]),
        ("netproof verify k8s --spec catalogue:de", ["plain,default-deny", "file,catalogue:de"]),
        ("netproof verify --wor", ["plain,--world"]),
        ("netproof verify --world any", ["plain,any-pods", "plain,any-cluster"]),
        ("netproof verify --output js", ["plain,json"]),
        ("netproof verify --output json=ou", ["file,json=ou"]),
        ("netproof verify --assume host", ["plain,host-network=pod", "plain,host-network=node"]),
        ("netproof verify --assume host-network=", ["plain,pod", "plain,node"]),
        ("netproof verify --assume host-network=p", ["plain,pod"]),
        ("netproof fleet ", ["file,"]),
        ("netproof fleet fleet.yaml --output h", ["plain,html"]),
        ("netproof compare old ", ["file,"]),
        ("netproof compare old new --context ", ["file,"]),
        ("netproof compare --expect narr", ["plain,narrower-or-equal"]),
        ("netproof connections --by g", ["plain,group"]),
        ("netproof connections --on T", ["plain,TCP/"]),
        ("netproof explain --on ", ["plain,TCP/", "plain,UDP/", "plain,SCTP/"]),
        ("netproof lint --fail-on ne", ["plain,never"]),
        ("netproof lint --select NP00", [f"plain,{one}" for one in CODES if "NP00" in one]),
        ("netproof lint --ignore NP001,NP00", [
            f"plain,NP001,{one}" for one in CODES if "NP00" in one and one != "NP001"]),
    ],
)  # fmt: skip
def test_what_is_offered(line: str, expected: list[str], program: dict[str, str]) -> None:
    assert offered(line, program) == expected


@pytest.mark.skipif(BASH is None or sys.platform == "win32", reason="needs bash on a terminal")
def test_the_tab_key_of_bash(program: dict[str, str], tmp_path: Path) -> None:
    """Words, values after `=`, and files, at a real prompt."""
    (tmp_path / "manifests").mkdir()
    setup = 'eval "$(_NETPROOF_COMPLETE=bash_source netproof)"; set +o history'
    typed = {
        "verify man\t": "manifests/",
        " --wor\t": "--world",
        "snap\t": "snapshot",
        "--ass\t": "--assume",
        "host-network=n\t": "host-network=node",
        "--output json=man\t": "json=manifests/",
    }
    ours, theirs = os.openpty()
    assert BASH is not None
    process = subprocess.Popen(
        [BASH, "--norc", "--noprofile", "-i"],
        cwd=tmp_path,
        env=program | {"PS1": "> ", "TERM": "dumb", "INPUTRC": "/dev/null"},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    try:
        os.write(ours, f"{setup}\n".encode())
        time.sleep(2)
        os.write(ours, b"echo netproof-ready\n")
        _read_until(ours, r"\nnetproof-ready")
        os.write(ours, b"netproof ")
        # Piece by piece: what is typed while a completion runs might be lost.
        for piece, completed in typed.items():
            os.write(ours, piece.encode())
            _read_until(ours, completed)
            time.sleep(0.2)
        os.write(ours, b"\x01echo \x05\n")
        seen = _read_until(ours, r"echo[^\n]*\n(.*)\n")
    finally:
        process.kill()
        process.wait()
        os.close(ours)
    assert "verify manifests/" in seen
    assert "--world snapshot" in seen
    assert "--assume host-network=node" in seen
    assert "--output json=manifests/" in seen


def _read_until(terminal: int, pattern: str) -> str:
    """What the terminal shows, as far as the pattern or for a minute."""
    seen = ""
    end = time.monotonic() + 60
    os.set_blocking(terminal, False)
    while time.monotonic() < end and not re.search(pattern, seen.replace("\r", "")):
        try:
            seen += os.read(terminal, 4096).decode()
        except BlockingIOError:
            time.sleep(0.05)
    return seen


@pytest.mark.parametrize("option", ["-V", "--version"])
def test_version(option: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([option]) == 0
    assert capsys.readouterr().out.startswith("netproof 0.")


# --- colours ---------------------------------------------------------------------------------


class Terminal(io.StringIO):
    """A standard output that says that it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("terminal", "environment", "coloured"),
    [
        (True, {"TERM": "xterm"}, True),
        (True, {"TERM": "dumb"}, False),
        (True, {"TERM": "xterm", "NO_COLOR": "1"}, False),
        (True, {"TERM": "xterm", "NO_COLOR": ""}, True),
        (True, {"TERM": "dumb", "FORCE_COLOR": "1"}, True),
        (False, {"TERM": "xterm"}, False),
        (False, {"FORCE_COLOR": "1"}, True),
        (False, {"FORCE_COLOR": "true"}, True),
        (False, {"FORCE_COLOR": "0"}, False),
        (False, {"FORCE_COLOR": ""}, False),
        (False, {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
    ],
)
def test_colours(
    terminal: bool,
    environment: dict[str, str],
    coloured: bool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("TERM", "NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    (tmp_path / "in.yaml").write_text(f"{PODS}---\n{POLICY}", encoding="utf-8")
    out = Terminal() if terminal else io.StringIO()
    monkeypatch.setattr(sys, "stdout", out)
    assert main(["verify", str(tmp_path / "in.yaml"), *CLAIM]) == 0
    assert ("\x1b[" in out.getvalue()) is coloured


# --- folding ---------------------------------------------------------------------------------

STYLED = "\x1b[32m\x1b[1mPROVED  \x1b[0m"


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("x" * 50, ["x" * 50]),
        ("short", ["short"]),
        (f"  reading   {'word ' * 9}".rstrip(), [
            f"  reading   {'word ' * 5}word", f"            {'word ' * 2}word"]),
        (f"  - {'word ' * 9}".rstrip(), [f"  - {'word ' * 7}".rstrip(), "    word word"]),
        (f"{STYLED} c: {'word ' * 9}".rstrip(), [
            f"{STYLED} c: {'word ' * 5}word".rstrip(), "         word word word"]),
        (f"  {' ' * 50}^", [f"  {' ' * 50}^"]),
    ],
)  # fmt: skip
def test_folded(line: str, shown: list[str]) -> None:
    assert folded(line, 42).split("\n") == shown


def test_nothing_is_folded_where_little_fits() -> None:
    line = "word " * 20
    assert folded(line, 39) == line
    assert folded(line, 0) == line


def test_reports_fold_on_terminals_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "in.yaml").write_text(f"{PODS}---\n{POLICY}", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    longest = {}
    words = {}
    for kind in ("terminal", "file"):
        out = Terminal() if kind == "terminal" else io.StringIO()
        monkeypatch.setattr(sys, "stdout", out)
        monkeypatch.setattr(printing, "_width", lambda kind=kind: 60 if kind == "terminal" else 0)
        monkeypatch.setenv("NO_COLOR", "1")
        assert main(["verify", "in.yaml", *CLAIM, "--output", "text"]) == 0
        lines = (line for line in out.getvalue().splitlines() if " " in line.strip())
        longest[kind] = max(map(len, lines))
        words[kind] = out.getvalue().split()
    assert longest["terminal"] <= 60 < longest["file"]
    assert words["terminal"] == words["file"]
