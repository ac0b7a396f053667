"""`netproof watch`: a real process, whose files change, break, appear and vanish."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from queue import Empty, Queue
from typing import IO, Any

import pytest
from tests.schema_check import checked
from tests.test_workspace import policy
from tests.transcripts import settled

from netproof.cli import main
from netproof.exits import Exit
from netproof.workspace.events import Ears

watchfiles = pytest.importorskip("watchfiles")
ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "watch.md").read_text(encoding="utf-8")
FILES = dict(re.findall(r"```yaml\n# (\S+)\n(.*?)```", PAGE, re.DOTALL))
"""The files of the page by their names."""
PATIENCE = 60
OPEN = "ingress: [{}]"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory, with the files of the page in it."""
    (tmp_path / "shop").mkdir()
    for name, text in FILES.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


class Running:
    """A process of the command, and what it has written since somebody asked."""

    def __init__(self, *options: str, to: int = subprocess.PIPE) -> None:
        rooms = [str(ROOT / one) for one in ("verifier", "encodings", "specs")]
        command = ["watch", "shop", "--spec", "claims.yaml", *options]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "netproof", *command],
            env=os.environ | {"PYTHONPATH": os.pathsep.join(rooms)},
            stdout=to,
            stderr=subprocess.PIPE,
        )
        self.lines: Queue[str] = Queue()
        if self.process.stdout is not None:
            threading.Thread(target=self._read, args=(self.process.stdout,), daemon=True).start()

    def _read(self, stream: IO[bytes]) -> None:
        for line in stream:
            self.lines.put(line.decode())

    def line(self) -> str:
        """The next line."""
        return self.lines.get(timeout=PATIENCE)

    def until(self, last: str) -> str:
        """The lines up to one that begins so."""
        found = []
        while not found or not found[-1].startswith(last):
            found.append(self.line())
        return "".join(found)

    def said(self) -> dict[str, Any]:
        """The next line of JSON, which fits its schema."""
        return checked(self.line(), "watch")

    def is_silent(self) -> bool:
        """Whether nothing comes for a while in which any change would have been told."""
        try:
            self.lines.get(timeout=1)
        except Empty:
            return True
        return False


@pytest.fixture
def watch() -> Iterator[Callable[..., Running]]:
    """Starts the command, and ends it after the test."""
    started: list[Running] = []

    def start(*options: str, to: int = subprocess.PIPE) -> Running:
        started.append(Running(*options, to=to))
        return started[-1]

    yield start
    for one in started:
        one.process.kill()
        one.process.communicate()


def put(name: str, text: str) -> None:
    """A file, written in place."""
    Path(name).write_text(text, encoding="utf-8")


def moved_in(name: str, text: str) -> None:
    """A file, put in the place of another one in one step, as editors do it."""
    put(".new", text)
    Path(".new").replace(name)


DB = FILES["shop/db.yaml"]
OPENED = re.sub(r"  ingress:.*", f"  {OPEN}\n", DB, flags=re.DOTALL)
BROKEN = re.sub(r"  ingress:.*", "  ingres: []\n", DB, flags=re.DOTALL)


# --- what the page shows ---------------------------------------------------------------------


@pytest.mark.slow
def test_the_page_shows_what_is_printed(watch: Callable[..., Running]) -> None:
    """To print it anew: `UPDATE_WATCH=1` in the environment of this test."""
    running = watch()
    found = [running.until("watching 2 files")]
    for text in (OPENED, BROKEN, DB):
        put("shop/db.yaml", text)
        assert running.line() == "\n"
        found.append(running.until("not in force" if text is BROKEN else "2 claims:"))
    if "UPDATE_WATCH" in os.environ:
        texts = iter(found)
        page = re.sub(r"```text\n.*?```", lambda _: f"```text\n{next(texts)}```", PAGE, flags=re.S)
        (ROOT / "docs" / "watch.md").write_text(page, encoding="utf-8")
    shown = re.findall(r"```text\n(.*?)```", PAGE, re.DOTALL)
    assert [settled(one) for one in shown] == [settled(one) for one in found]


# --- changes ---------------------------------------------------------------------------------


def turned(said: dict[str, Any]) -> dict[str, str]:
    """The verdicts that turned."""
    return {one["now"]["id"]: one["now"]["verdict"] for one in said["turned"]}


@pytest.mark.slow
def test_files_that_change_break_appear_and_vanish(watch: Callable[..., Running]) -> None:
    running = watch("--output", "json")
    first = running.said()
    assert first["changed"] == ["shop/db.yaml", "shop/shop.yaml"]
    assert turned(first) == {"DB-1": "PROVED", "DB-2": "PROVED"}
    assert [one["before"] for one in first["turned"]] == [None, None]

    moved_in("shop/db.yaml", OPENED)
    said = running.said()
    assert (said["changed"], turned(said)) == (["shop/db.yaml"], {"DB-1": "REFUTED"})
    assert said["turned"][0]["before"] == {"verdict": "PROVED", "standing": "plain"}
    assert said["summary"]["exitCode"] == Exit.REFUTED

    put("shop/shut.yaml", policy("shop", "shut", "{podSelector: {}, policyTypes: [Egress]}"))
    said = running.said()
    assert said["changed"] == ["shop/shut.yaml"]
    assert turned(said)["DB-2"] == "REFUTED"

    put("shop/shut.yaml", "kind: [")
    said = running.said()
    assert (said["stale"], turned(said)) == (["shop/shut.yaml"], {})
    assert said["errors"][0]["code"] == "yaml-syntax"

    put("shop/new.yaml", "kind: NetworkPolicy")
    said = running.said()
    assert (said["stale"], turned(said)) == (["shop/new.yaml", "shop/shut.yaml"], {})

    Path("shop/new.yaml").unlink()
    Path("shop/shut.yaml").unlink()
    said = running.said()
    while said["removed"] != ["shop/shut.yaml"] and len(said["removed"]) < 2:
        said = running.said()
    assert said["errors"] == said["stale"] == []
    assert said["summary"]["refuted"] == 1

    Path("shop/db.yaml").write_bytes(Path("shop/db.yaml").read_bytes())
    assert running.is_silent()


@pytest.mark.slow
def test_spec_files_are_watched(watch: Callable[..., Running]) -> None:
    running = watch("--output", "json")
    running.said()
    claims = FILES["claims.yaml"]
    put("claims.yaml", claims.replace("claim:", "claimed:"))
    said = running.said()
    assert said["errors"][0]["file"] == "claims.yaml"
    assert (turned(said), said["summary"]["proved"]) == ({}, 2)
    more = "\n  - id: DB-3\n    claim: external cannot reach pods(app=db)\n"
    put("claims.yaml", re.sub(r"  - id: DB-2.*", "", claims, flags=re.DOTALL).rstrip() + more)
    said = running.said()
    assert [one["id"] for one in said["dropped"]] == ["DB-2"]
    assert turned(said) == {"DB-3": "PROVED"}
    assert said["errors"] == []


@pytest.mark.slow
def test_a_claim_that_cannot_be_asked_leaves_no_verdict(watch: Callable[..., Running]) -> None:
    running = watch("--claim", "policy shop/db is necessary")
    running.until("watching")
    Path("shop/db.yaml").unlink()
    told = running.until("no verdict is in force")
    assert "removed         shop/db.yaml" in told
    assert "PROVED" not in told
    put("shop/db.yaml", DB)
    assert "3 claims: 3 proved" in running.until("3 claims")


@pytest.mark.slow
def test_a_folder_that_goes_and_comes_again(watch: Callable[..., Running]) -> None:
    running = watch("--output", "json")
    running.said()
    Path("shop").rename("away")
    said = running.said()
    assert said["errors"]
    assert said["summary"]["proved"] == 2
    Path("away").rename("shop")
    assert running.said()["errors"] == []
    put("shop/db.yaml", OPENED)
    assert turned(running.said()) == {"DB-1": "REFUTED"}


@pytest.mark.slow
def test_a_file_in_a_new_folder(watch: Callable[..., Running]) -> None:
    running = watch("--output", "json")
    running.said()
    Path("shop/more").mkdir()
    put("shop/more/all.yaml", policy("shop", "all", "{podSelector: {}, ingress: [{}]}"))
    assert turned(running.said()) == {"DB-1": "REFUTED"}


# --- beginning and ending --------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="sends no such signal")
def test_ctrl_c_ends_it(watch: Callable[..., Running]) -> None:
    running = watch()
    running.until("watching")
    running.process.send_signal(signal.SIGINT)
    _, errors = running.process.communicate(timeout=PATIENCE)
    assert (running.process.returncode, errors) == (Exit.INTERRUPTED, b"\ninterrupted\n")


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="has no such pipes")
def test_it_ends_where_nobody_reads_it(watch: Callable[..., Running]) -> None:
    ours, theirs = os.pipe()
    running = watch(to=theirs)
    os.close(theirs)
    found = b""
    while b"watching" not in found:
        found += os.read(ours, 1 << 16)
    os.close(ours)
    put("shop/db.yaml", OPENED)
    _, errors = running.process.communicate(timeout=PATIENCE)
    assert (running.process.returncode, errors) == (Exit.REFUTED, b"")


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="has no such terminals")
def test_on_a_terminal_it_is_coloured(
    watch: Callable[..., Running], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm")
    ours, theirs = os.openpty()
    watch(to=theirs)
    found = b""
    while b"watching" not in found:
        found += os.read(ours, 1 << 16)
    os.close(ours)
    os.close(theirs)
    assert b"\x1b[32m\x1b[1mPROVED" in found


@pytest.fixture
def deaf(monkeypatch: pytest.MonkeyPatch) -> None:
    """What would wait for a change fails."""
    monkeypatch.setattr("netproof.workspace.events.Ears.next", None)


@pytest.mark.usefixtures("deaf")
@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["shop"], "nothing to verify; give --claim TEXT or --spec FILE"),
        (["-", "--spec", "claims.yaml"], "standard input (`-`) cannot"),
        (["shop", "--spec", "-"], "standard input (`-`) cannot"),
        (["nowhere", "--spec", "claims.yaml"], "nowhere: no such file or folder"),
        (["shop", "--spec", "nowhere.yaml"], "cannot read the spec `nowhere.yaml`"),
        (["shop", "--spec", "claims.yaml", "--select", "x"], "no claim has the tag `x`"),
        (["shop", "--claim", "policy shop/x is necessary"], "shop/x"),
        (["shop", "--spec", "claims.yaml", "--output", "html"], "'html' is not one of"),
    ],
)
def test_mistakes_at_the_start_end_it(
    arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["watch", *arguments]) == Exit.INPUT_ERROR
    assert told in capsys.readouterr().err


@pytest.mark.usefixtures("deaf")
def test_a_bad_file_at_the_start_ends_it(capsys: pytest.CaptureFixture[str]) -> None:
    put("shop/db.yaml", BROKEN)
    assert main(["watch", "shop", "--spec", "claims.yaml", "--output", "json"]) == Exit.INPUT_ERROR
    shown = capsys.readouterr()
    assert "shop/db.yaml:6:3: unknown field `spec.ingres`" in shown.err
    assert json.loads(shown.out)["command"] == "watch"


def test_without_watchfiles(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "watchfiles", None)
    assert main(["watch", "shop", "--spec", "claims.yaml"]) == Exit.INPUT_ERROR
    assert "pip install 'netproof[watch]'" in capsys.readouterr().err


def test_what_never_ends_is_told_of_all_the_same(folder: Path) -> None:
    ears = Ears([str(folder / "shop")])
    stop = threading.Event()

    def tell() -> None:
        for number in range(1000):
            ears._heard.put({str(number)})
            if stop.wait(0.003):
                return

    telling = threading.Thread(target=tell, daemon=True)
    telling.start()
    try:
        assert 1 < len(ears.next()) < 1000
        assert telling.is_alive()
    finally:
        stop.set()
        telling.join()
        ears.close()


def test_what_comes_soon_after_belongs_to_the_same_change(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("netproof.workspace.events.QUIET", 500)
    ears = Ears([str(folder / "shop")])
    paths = {str(folder / "shop" / name) for name in ("one.yaml", "two.yaml")}
    later = threading.Timer(0.05, lambda: Path(max(paths)).write_text("", encoding="utf-8"))
    Path(min(paths)).write_text("", encoding="utf-8")
    later.start()
    try:
        assert ears.next() >= paths
    finally:
        later.join()
        ears.close()
