"""The solver session: limits, scopes, cores and interruption."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from netproof.cli import main
from netproof.solving import Answer, Limits, Session, SolverError, versions

ROOT = Path(__file__).resolve().parent.parent


def pigeons(holes: int) -> str:
    """One pigeon more than there are holes: unsatisfiable, and hard for a SAT solver."""
    birds = range(holes + 1)
    lines = [f"(declare-const in.{b}.{h} Bool)" for b in birds for h in range(holes)]
    for bird in birds:
        places = " ".join(f"in.{bird}.{hole}" for hole in range(holes))
        lines.append(f"(assert (or {places}))")
    lines += [
        f"(assert (not (and in.{one}.{hole} in.{other}.{hole})))"
        for hole in range(holes)
        for one in birds
        for other in range(one)
    ]
    return "\n".join(lines)


def test_limits_are_named() -> None:
    slow = Session(pigeons(12), Limits(milliseconds=50))
    assert slow.check(()) is Answer.UNKNOWN
    assert slow.unknown_because() == "the time limit of 0.05 s was reached"
    bounded = Session(pigeons(12), Limits(rlimit=20_000))
    assert bounded.check(()) is Answer.UNKNOWN
    assert bounded.unknown_because() == "the limit of 20000 units of work was reached"


def test_limits_of_one_session_do_not_bind_another() -> None:
    assert Session(pigeons(12), Limits(rlimit=1000)).check(()) is Answer.UNKNOWN
    assert Session(pigeons(6), Limits()).check(()) is Answer.UNSAT


def test_a_limited_session_goes_on() -> None:
    session = Session("(declare-const a Bool)", Limits(rlimit=20_000))
    session.push(pigeons(12))
    assert session.check(()) is Answer.UNKNOWN
    session.pop()
    assert session.check(("a",)) is Answer.SAT
    assert session.values(["a"]) == {"a": 1}


def test_a_limit_is_for_checks_only() -> None:
    """One that is in force when a solver reads its text again would cut that short."""
    session = Session("(declare-const a Bool)", Limits(milliseconds=7, rlimit=77_000))
    unlimited = [session.send(f"(get-option :{name})") for name in ("timeout", "rlimit")]
    assert session.check(("a",)) is Answer.SAT
    assert [session.send(f"(get-option :{name})") for name in ("timeout", "rlimit")] == unlimited


@pytest.mark.parametrize("work", [1, 10, 50, 100, 200, 400])
def test_a_session_that_was_cut_short_still_knows_its_text(work: int) -> None:
    """However early a check ends, scopes and their text are in force for the next one."""
    session = Session("(declare-const port (_ BitVec 16))", Limits(rlimit=work))
    session.push("(declare-const a Bool)\n(assert (= a (bvule port #x00ff)))")
    session.add("(assert (bvule port #x7fff))")
    for depth in range(3):
        session.push(f"(declare-const b{depth} Bool)\n(assert (bvule #x000{depth} port))")
        assert session.check((f"b{depth}", "a")) is not Answer.UNSAT
    session.add("(assert (not a))")
    assert session.check(("a",)) is not Answer.SAT
    for _ in range(3):
        session.pop()
    assert session.check(("a",)) is not Answer.UNSAT
    assert session.work() > 0


def test_core_and_scopes() -> None:
    text = "".join(f"(declare-const {name} Bool)\n" for name in "abc")
    session = Session(text + "(assert (=> a (not b)))", Limits())
    assert session.check(("a", "b", "c")) is Answer.UNSAT
    assert set(session.core()) == {"a", "b"}
    session.push("(assert (not c))")
    assert session.check(("c",)) is Answer.UNSAT
    session.pop()
    assert session.check(("c",)) is Answer.SAT


def test_wrong_text_raises() -> None:
    session = Session("(declare-const a Bool)", Limits())
    with pytest.raises(SolverError, match="unknown constant"):
        session.add("(assert nobody)")


def test_interruption_is_not_an_answer() -> None:
    session = Session(pigeons(14), Limits())
    threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT)).start()
    with pytest.raises(KeyboardInterrupt):
        session.check(())


def test_interrupted_command_ends_with_130(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(*_: object) -> Answer:
        raise KeyboardInterrupt

    monkeypatch.setattr(Session, "check", interrupted)
    manifests = str(ROOT / "examples/accounts-finance/manifests")
    assert main(["verify", manifests, "--claim", "anything cannot reach external"]) == 130
    assert capsys.readouterr().err.endswith("interrupted\n")


def test_undecided_claim_ends_with_3(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(Session, "check", lambda *_: Answer.UNKNOWN)
    monkeypatch.setattr(Session, "unknown_because", lambda _: "the time limit was reached")
    manifests = str(ROOT / "examples/accounts-finance/manifests")
    assert main(["verify", manifests, "--claim", "anything cannot reach external"]) == 3
    assert "unknown         the time limit was reached" in capsys.readouterr().out


def test_help_does_not_load_the_solver() -> None:
    code = "import sys; from netproof.cli import main; main(['-h']); assert 'z3' not in sys.modules"
    paths = os.pathsep.join(str(ROOT / room) for room in ("verifier", "encodings", "specs"))
    environment = {**os.environ, "PYTHONPATH": paths}
    subprocess.run(
        [sys.executable, "-c", code], check=True, env=environment, stdout=subprocess.DEVNULL
    )


def test_a_library_that_keeps_no_memory_will_do(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only glibc can be asked to keep what a session frees."""
    versions()  # loads Z3, which needs the library that is there
    monkeypatch.setattr("ctypes.CDLL", lambda _: object())
    assert Session("(declare-const a Bool)\n", Limits()).check(["a"]) is Answer.SAT
