"""Signs of life on a terminal, and runs that end at their deadline."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from tests.reporting import PODS, POLICY

from netproof import parallel
from netproof.cli import main
from netproof.commands import watching
from netproof.commands.watching import Screen, run_of
from netproof.solving import Deadline
from netproof_specs.steps import Step

COMMANDS = {
    "verify": ["in.yaml", "--claim", "shop/web can reach shop/db on TCP/5432"],
    "compare": ["in.yaml", "other.yaml", "--expect", "narrower-or-equal"],
    "connections": ["in.yaml", "--output", "json=map.json"],
    "explain": ["in.yaml", "--from", "shop/web", "--to", "shop/db", "--on", "TCP/5432"],
    "lint": ["in.yaml", "--fail-on", "never"],
}
PHASES = {
    "verify": [
        "reading",
        "encoding the world",
        "deciding claims",
        "finding whom refutations concern",
    ],
    "compare": [
        "reading",
        "comparing as written",
        "proving namespaces alike",
        "encoding the differences",
        "describing the differences",
    ],
    "connections": [
        "reading",
        "reading policies",
        "grouping pods that policies treat alike",
        "reading whom policies select for ingress",
        "working out what policies admit for egress",
        "working out what policies admit for ingress",
        "joining egress and ingress",
        "holding the map against the oracle",
        "laying out the map",
        "writing the map",
    ],
    "explain": ["reading", "explaining"],
    "lint": [
        "reading",
        "looking for",
        "working out what bears on each namespace",
        "proving what can be removed, by namespace",
        "looking for",
    ],
}


class Terminal(io.StringIO):
    """A standard error that says that it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cluster, and another state of it; on a terminal that can clear a line."""
    (tmp_path / "in.yaml").write_text(f"{PODS}---\n{POLICY}", encoding="utf-8")
    other = POLICY.replace("5432", "80")
    (tmp_path / "other.yaml").write_text(f"{PODS}---\n{other}", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TERM", "xterm")
    return tmp_path


def run(name: str, monkeypatch: pytest.MonkeyPatch, screen: io.StringIO) -> int:
    """The exit code of the command with this standard error."""
    monkeypatch.setattr(sys, "stderr", screen)
    return main([name, *COMMANDS[name]])


@pytest.mark.parametrize("name", COMMANDS)
def test_every_phase_is_shown_and_cleared(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    screen = Terminal()
    assert run(name, monkeypatch, screen) in (0, 1)
    shown = re.findall(r"\r([a-z, ]+): ", screen.getvalue())
    phases = [one for at, one in enumerate(shown) if at == 0 or shown[at - 1] != one]
    assert phases == PHASES[name]
    assert screen.getvalue().endswith("\r")
    assert screen.getvalue().rsplit("\r", 2)[-2].isspace()
    assert "\r" not in capsys.readouterr().out


def test_a_map_tells_how_far_each_phase_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing that takes longer on a larger cluster is one step; each counts up to its total."""
    steps: list[Step] = []
    monkeypatch.setattr(watching, "_untold", steps.append)
    assert main(["connections", "in.yaml"]) == 0
    counted: dict[tuple[str, int], list[int]] = {}
    for step in steps:
        counted.setdefault((step.phase, step.total), []).append(step.done)
    phases = [*PHASES["connections"][3:8], "working out the rows of the map", "writing the map"]
    assert [phase for phase, total in counted if total and phase in phases] == phases
    for (phase, total), done in counted.items():
        if phase in phases:
            # Of the samples some are pairs that have no connection.
            assert done == list(range(len(done) if "oracle" in phase else total)), phase


@pytest.mark.skipif(sys.platform == "win32", reason="has no such terminals")
def test_a_real_terminal(folder: Path) -> None:
    """One that does not tell its size, as those of scripts."""
    ours, theirs = os.openpty()
    paths = [str(Path(__file__).parents[1] / one) for one in ("verifier", "encodings", "specs")]
    process = subprocess.Popen(
        [sys.executable, "-m", "netproof", "verify", *COMMANDS["verify"]],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(paths)},
        stdout=subprocess.DEVNULL,
        stderr=theirs,
    )
    assert process.wait(timeout=60) == 0
    os.close(theirs)
    shown = os.read(ours, 1 << 16).decode()
    os.close(ours)
    assert "deciding claims: 0/1, shop/web can reach shop/db on TCP/5432  [00:00]" in shown


@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.parametrize("dumb", ["a file", "a dumb terminal"])
def test_nothing_is_shown_elsewhere(
    name: str, dumb: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    screen = io.StringIO() if dumb == "a file" else Terminal()
    monkeypatch.setenv("TERM", "dumb" if dumb == "a dumb terminal" else "xterm")
    assert run(name, monkeypatch, screen) in (0, 1)
    assert screen.getvalue() == ""


def test_names_steer_no_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    Screen().show(Step("deciding", 0, 2, "a\x1b]0;title\x07\nb"))
    assert "a\\x1b]0;title\\x07\\nb" in screen.getvalue()
    assert not set("\x1b\x07\n") & set(screen.getvalue())


def test_the_screen_does_not_keep_processes_from_forking(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", Terminal())
    before = {*threading.enumerate()}
    screen = Screen()
    screen.show(Step("deciding"))
    assert before.issuperset(threading.enumerate())
    screen.close()


def test_steps_that_nobody_can_read_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    shown = Screen()
    for number in range(10_000):
        shown.show(Step("reading", number))
    assert len(screen.getvalue()) < 10_000


# --- deadlines -------------------------------------------------------------------------------


def late(phase: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets the time of a run be over once the phase has begun."""
    over: list[Step] = []

    def told(step: Step) -> None:
        over.extend([step] if step.phase == phase else [])

    monkeypatch.setattr(watching, "_untold", told)
    monkeypatch.setattr(Deadline, "is_over", lambda _: bool(over))


def result(name: str, *options: str) -> int:
    """The exit code of the command with a deadline."""
    return main([name, *COMMANDS[name], "--deadline", "60", *options])


@pytest.mark.parametrize("name", COMMANDS)
def test_no_time_to_read(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    late("reading", monkeypatch)
    assert result(name) == 3
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err == (
        "unknown: the deadline of 60 s was reached while reading; nothing was decided\n"
    )


@pytest.mark.parametrize("phase", PHASES["verify"][1:3])
def test_claims_are_unknown_then(
    phase: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    late(phase, monkeypatch)
    assert result("verify", "--output", "json") == 3
    data = json.loads(capsys.readouterr().out)
    assert data["deadlineMilliseconds"] == 60_000
    (claim,) = data["claims"]
    assert claim["verdict"] == "UNKNOWN"
    assert claim["unknownBecause"] == "the deadline of 60 s was reached"
    assert claim["reading"].startswith("every connection from shop/web to shop/db")


@pytest.mark.parametrize("phase", PHASES["compare"][1:-1])
def test_a_comparison_is_unknown_then(
    phase: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    late(phase, monkeypatch)
    assert result("compare", "--output", "json") == 3
    data = json.loads(capsys.readouterr().out)
    assert data["verdict"] == "UNKNOWN"
    assert data["unknownBecause"] == "the deadline of 60 s was reached"
    assert data["regionsComplete"] is False


@pytest.mark.parametrize("phase", PHASES["connections"][1:])
def test_no_part_of_a_map_is_left(
    phase: str, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    late(phase, monkeypatch)
    assert result("connections") == 3
    assert phase in capsys.readouterr().err
    left = json.loads((folder / "map.json").read_text())
    assert left["error"]["cause"] == "deadline"


@pytest.mark.parametrize("phase", [*PHASES["lint"][1:4]])
def test_lint_says_that_checks_were_left_out(
    phase: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    late(phase, monkeypatch)
    outputs = ("--output", "json=out.json", "--output", "text")
    assert result("lint", *outputs) == 3
    data = json.loads(Path("out.json").read_text())
    assert data["stoppedBecause"] == "the deadline of 60 s was reached"
    told = capsys.readouterr().out
    assert "unknown: the deadline of 60 s was reached, and checks were left out\n" in told


def test_a_deadline_that_is_not_reached(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It changes nothing but what a report says of the options."""
    for name, given in COMMANDS.items():
        outputs: list[Any] = []
        for options in ([], ["--deadline", "1000"]):
            code = main([name, *given, *options])
            outputs.append((code, capsys.readouterr()))
        assert outputs[0] == outputs[1]


def test_a_real_deadline_binds_the_solver() -> None:
    from tests.test_solving import pigeons  # noqa: PLC0415

    from netproof.solving import Answer, Limits, Session  # noqa: PLC0415

    for milliseconds in (0, 60_000):
        deadline = run_of(0.3).deadline
        session = Session(pigeons(14), Limits(milliseconds, deadline=deadline))
        assert session.check(()) is Answer.UNKNOWN
        assert session.unknown_because() == "the deadline of 0.3 s was reached"
        assert session.check(()) is Answer.UNKNOWN
        assert session.unknown_because() == "the deadline of 0.3 s was reached"
    far = Deadline(60, run_of(60).deadline.at)  # type: ignore[union-attr]
    session = Session(pigeons(14), Limits(50, deadline=far))
    assert session.check(()) is Answer.UNKNOWN
    assert session.unknown_because() == "the time limit of 0.05 s was reached"


def test_work_in_processes_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[int] = []
    monkeypatch.setattr(parallel, "cores", lambda: 1)
    parallel.in_processes(max, [1, 2, 3], 2, done=told.append)
    assert told == [0, 1, 2]
