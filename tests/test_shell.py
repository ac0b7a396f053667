"""At a shell: completion, versions, colours, and lines as wide as the terminal."""

from __future__ import annotations

import io
import os
import re
import select
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
from netproof.reports.folding import folded, folded_pieces
from netproof_specs.spec_files.catalogues import CATALOGUES

ROOT = Path(__file__).parents[1]
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


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("netproof ", [f"plain,{one}" for one in (
            "verify", "watch", "fleet", "compare", "connections", "explain", "recheck", "lint")]),
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
        ("netproof watch ", ["file,"]),
        ("netproof watch k8s --output js", ["plain,json"]),
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
def test_what_is_offered(
    line: str,
    expected: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Kind and text, as the script of bash reads them."""
    monkeypatch.setenv("_NETPROOF_COMPLETE", "bash_complete")
    monkeypatch.setenv("COMP_LINE", line)
    with pytest.raises(SystemExit):
        main([])
    printed = capsys.readouterr()
    assert printed.err == ""
    assert printed.out.splitlines() == expected


TYPED = {
    "netproof verify man\t": "manifests/",
    " --wor\t": "--world",
    "snapshot --assume host-network=n\t": "host-network=node",
    " --output json=man\t": "json=manifests/",
}
PROMPTS = {
    "bash": (["--norc", "--noprofile", "-i"], "set +o history"),
    "zsh": (["-f", "-i"], "bindkey -e; autoload -U compinit; compinit -u -D; unsetopt beep"),
}


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="has no such terminals")
@pytest.mark.parametrize("shell", PROMPTS)
def test_the_tab_key(shell: str, program: dict[str, str], tmp_path: Path) -> None:
    """Words, values after `=`, and files, at a real prompt."""
    found = shutil.which(shell)
    if found is None:
        pytest.skip(f"needs {shell}")
    (tmp_path / "manifests").mkdir()
    words, setup = PROMPTS[shell]
    prompt = {"PS1": "> ", "TERM": "dumb", "INPUTRC": "/dev/null", "HOME": str(tmp_path)}
    import termios  # noqa: PLC0415 (not everywhere)

    ours, theirs = os.openpty()
    # On one line, of which a narrow and dumb terminal would show no more than the end.
    termios.tcsetwinsize(theirs, (24, 400))
    process = subprocess.Popen(
        [found, *words],
        cwd=tmp_path,
        env=program | prompt,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    keyboard = Keyboard(ours)
    try:
        evaluate = f'eval "$(_NETPROOF_COMPLETE={shell}_source netproof)"'
        keyboard.type(f"{setup}; {evaluate}; echo netproof-''ready\n", "netproof-ready")
        # Piece by piece: what is typed while a completion runs might be lost.
        for piece, completed in TYPED.items():
            keyboard.type(piece, completed)
        seen = keyboard.type("\x01echo \x05 the-''end\n", "the-end")
    finally:
        process.kill()
        process.wait()
        os.close(ours)
    line = "netproof verify manifests/ --world snapshot --assume host-network=node"
    # What zsh adds to a folder, it takes off again at the next word.
    assert f"\n{line} --output json=manifests/ the-end" in re.sub("(?<=manifests)/? +", "/ ", seen)


class Keyboard:
    """The near end of a terminal; a class because what was read is kept until it is matched."""

    def __init__(self, terminal: int) -> None:
        self._terminal = terminal

    def type(self, keys: str, awaited: str) -> str:
        """Types the keys and gives what the terminal shows, as far as the awaited word."""
        os.write(self._terminal, keys.encode())
        seen, end = "", time.monotonic() + 60
        while awaited not in seen:
            readable, _, _ = select.select([self._terminal], [], [], end - time.monotonic())
            assert readable, f"no {awaited!r} in {seen!r}"
            seen += os.read(self._terminal, 4096).decode().replace("\r", "")
        return seen


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("fish") is None, reason="needs fish")
def test_completion_in_fish(program: dict[str, str], tmp_path: Path) -> None:
    """What fish itself offers for a line, files behind `=` and names with commas among it."""
    for name in ("manifests", "odd,name"):
        (tmp_path / name).mkdir()
    lines = {
        "netproof verify odd": ["odd,name/"],
        "netproof verify --output json=man": ["json=manifests/"],
        "netproof verify --assume host-network=n": ["host-network=node"],
    }
    asked = "; ".join(f"complete -C '{line}'; echo end" for line in lines)
    done = subprocess.run(
        ["fish", "--no-config", "-c", f"_NETPROOF_COMPLETE=fish_source netproof | source; {asked}"],
        cwd=tmp_path,
        env=program | {"HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    offered = [one.split() for one in done.stdout.split("end\n")]
    assert offered[:-1] == [*lines.values()]


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
        ("a/web  ->  a/db  TCP 1, 2, 3, 4, 5, 6, 7, 8, 9", [
            "a/web  ->  a/db  TCP 1, 2, 3, 4, 5, 6, 7,", f"{' ' * 17}8, 9"]),
        ("a/web  ->  a/deployment/data   TCP 1, 2, 3, 4", [
            "a/web  ->  a/deployment/data   TCP 1, 2,", "    3, 4"]),
    ],
)  # fmt: skip
def test_folded(line: str, shown: list[str]) -> None:
    assert folded(line, 42).split("\n") == shown


def test_nothing_is_folded_where_little_fits() -> None:
    line = "word " * 20
    assert folded(line, 39) == line
    assert folded(line, 0) == line


@pytest.mark.parametrize("cut", [1, 7, 1000])
def test_pieces_are_folded_as_the_whole(cut: int) -> None:
    text = f"{'word ' * 20}\n\na/web  ->  a/db  TCP {', '.join(map(str, range(40)))}\nlast"
    pieces = [text[at : at + cut] for at in range(0, len(text), cut)]
    assert "".join(folded_pieces(pieces, 42)) == folded(text, 42)


@pytest.mark.parametrize("options", [[], ["--summary"]], ids=["map", "summary"])
def test_maps_fold_at_the_terminals_width(
    options: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ports = ", ".join(f"{{port: {n}}}" for n in range(1000, 1060, 2))
    policy = f"{POLICY.rpartition('ports:')[0]}ports: [{ports}]\n"
    (tmp_path / "in.yaml").write_text(f"{PODS}---\n{policy}", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    shown = {}
    for wide in (0, 70):
        out = Terminal()
        monkeypatch.setattr(sys, "stdout", out)
        monkeypatch.setattr(printing, "width", lambda wide=wide: wide)
        assert main(["connections", "in.yaml", *options]) == 0
        shown[wide] = out.getvalue()
    assert shown[0].split() == shown[70].split()
    table = [line for line in shown[70].splitlines() if "sha256" not in line]
    assert max(map(len, table)) <= 70 < max(map(len, shown[0].splitlines()))
    rows = [line for line in table if "1000" in line or line.startswith(" ")]
    column = rows[0].index("TCP 1000")
    assert [len(line) - len(line.lstrip()) for line in rows[1:4]] == [column] * 3


def test_reports_fold_on_terminals_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "in.yaml").write_text(f"{PODS}---\n{POLICY}", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    longest = {}
    words = {}
    for kind in ("terminal", "file"):
        out = Terminal() if kind == "terminal" else io.StringIO()
        monkeypatch.setattr(sys, "stdout", out)
        monkeypatch.setattr(printing, "width", lambda kind=kind: 60 if kind == "terminal" else 0)
        monkeypatch.setenv("NO_COLOR", "1")
        assert main(["verify", "in.yaml", *CLAIM, "--output", "text"]) == 0
        lines = (line for line in out.getvalue().splitlines() if " " in line.strip())
        longest[kind] = max(map(len, lines))
        words[kind] = out.getvalue().split()
    assert longest["terminal"] <= 60 < longest["file"]
    assert words["terminal"] == words["file"]
