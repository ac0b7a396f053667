"""Work shared by processes: in order, with the errors of the work, and stopped at once."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from netproof import parallel
from netproof.parallel import FEW, in_processes

MANY = list(range(FEW + 17))
ROOT = Path(__file__).parents[1]


def times(item: int, factor: int) -> tuple[int, int]:
    """A product, and in which process it was worked out."""
    return item * factor, os.getpid()


def fails_at(item: int, bad: int) -> int:
    """The item, or an error for one of them."""
    if item == bad:
        raise ValueError(f"no {item}")
    return item


def dies_at(item: int, bad: int) -> int:
    """The item, or the end of the process."""
    if item == bad:
        os._exit(9)
    return item


class StubbornError(Exception):
    """An error that cannot be sent to another process."""

    def __init__(self, one: str, other: str) -> None:
        super().__init__(one)
        self.other = lambda: other


def fails_stubbornly(item: int, _: int) -> int:
    """Always an error."""
    raise StubbornError("x", str(item))


def interrupted(item: int, _: int) -> int:
    """As when Ctrl-C reaches a worker first."""
    raise KeyboardInterrupt


choose_context = parallel.process_context


@pytest.fixture(autouse=True, params=["fork", "spawn"])
def context(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Two processors, and either way to start a process."""
    monkeypatch.setattr(parallel, "cores", lambda: 2)
    chosen = multiprocessing.get_context(request.param)
    monkeypatch.setattr(parallel, "process_context", lambda: chosen)
    return str(request.param)


def test_results_are_those_of_one_process_in_its_order() -> None:
    found = in_processes(times, MANY, 3)
    assert [product for product, _ in found] == [item * 3 for item in MANY]
    assert os.getpid() not in {process for _, process in found}


def test_what_is_done_is_told() -> None:
    for values in (MANY, MANY[:3]):
        told: list[int] = []
        in_processes(times, values, 3, done=told.append)
        assert told[0] == 0
        assert told == sorted(set(told))
        assert told[-1] >= len(values) - 1


def test_few_values_stay_here() -> None:
    assert {process for _, process in in_processes(times, MANY[:FEW], 3)} == {os.getpid()}
    assert in_processes(times, [], 3) == []


@pytest.mark.parametrize("bad", [MANY[0], MANY[1], MANY[-1]])
def test_an_error_of_the_work_is_raised(bad: int) -> None:
    with pytest.raises(ValueError, match=f"no {bad}"):
        in_processes(fails_at, MANY, bad)
    assert multiprocessing.active_children() == []


def test_a_worker_that_dies_is_an_error() -> None:
    for bad in MANY[:2]:
        with pytest.raises(RuntimeError, match="without an answer"):
            in_processes(dies_at, MANY, bad)
    assert multiprocessing.active_children() == []


def test_an_error_that_cannot_be_sent_is_still_an_error() -> None:
    with pytest.raises(RuntimeError, match="StubbornError: x"):
        in_processes(fails_stubbornly, MANY, 0)
    assert multiprocessing.active_children() == []


def test_an_interrupted_worker_interrupts() -> None:
    with pytest.raises(KeyboardInterrupt):
        in_processes(interrupted, MANY, 0)
    assert multiprocessing.active_children() == []


SLEEPER = """
import multiprocessing, os, sys, time
from netproof import parallel

def sleeps(item, _):
    open(os.path.join(sys.argv[1], str(os.getpid())), "w").close()
    time.sleep(600)

if __name__ == "__main__":
    parallel.cores = lambda: 2
    chosen = multiprocessing.get_context(sys.argv[2])
    parallel.process_context = lambda: chosen
    try:
        open(os.path.join(sys.argv[1], "..", "ready"), "w").close()
        parallel.in_processes(sleeps, list(range(99)), 0)
    except KeyboardInterrupt:
        sys.exit(130)
"""


@pytest.mark.slow
def test_ctrl_c_ends_the_workers_at_once(context: str, tmp_path: Path) -> None:
    process, busy = started(context, tmp_path)
    try:
        workers = wait_for_two(busy)
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=120) == 130
    finally:
        process.kill()
    assert not [worker for worker in workers if is_running(worker)]


@pytest.mark.slow
def test_workers_end_with_a_process_that_is_killed(context: str, tmp_path: Path) -> None:
    process, busy = started(context, tmp_path)
    try:
        workers = wait_for_two(busy)
    finally:
        process.kill()
        process.wait()
    for _ in range(300):
        if not any(map(is_running, workers)):
            return
        time.sleep(0.1)
    raise AssertionError("a worker outlived the process that started it")


@pytest.mark.slow
@pytest.mark.parametrize("delay", [0.0, 0.01, 0.03, 0.1, 0.3])
def test_ctrl_c_while_workers_start(delay: float, context: str, tmp_path: Path) -> None:
    """Whenever it comes, it ends the run as Ctrl-C does, and leaves nothing running."""
    process, busy = started(context, tmp_path)
    try:
        while not (tmp_path / "ready").exists():
            time.sleep(0.01)
        time.sleep(delay)
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=120) == 130
    finally:
        process.kill()
        process.wait()
    assert not [file for file in busy.iterdir() if is_running(int(file.name))]


def started(context: str, tmp_path: Path) -> tuple[subprocess.Popen[bytes], Path]:
    """A process whose workers sleep, and the folder in which each leaves a file."""
    script, busy = tmp_path / "sleeper.py", tmp_path / "busy"
    script.write_text(SLEEPER, encoding="utf-8")
    busy.mkdir()
    paths = [str(ROOT / folder) for folder in ("verifier", "encodings", "specs")]
    process = subprocess.Popen(
        [sys.executable, str(script), str(busy), context],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(paths)},
        stderr=subprocess.DEVNULL,
    )
    return process, busy


def wait_for_two(busy: Path) -> list[int]:
    """The processes that are at work, as soon as there are two."""
    for _ in range(600):
        workers = [int(file.name) for file in busy.iterdir()]
        if len(workers) == 2:
            return workers
        time.sleep(0.1)
    raise AssertionError("the workers did not start")


def is_running(process: int) -> bool:
    """Whether the process is there and no zombie."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    state = Path(f"/proc/{process}/stat")
    return not state.exists() or state.read_text().rpartition(")")[2].split()[0] != "Z"


SCRIPT = """
import {first}
from netproof import parallel

def number(item, factor):
    return item * factor

print("once")
parallel.cores = lambda: 2
print(parallel.in_processes(number, list(range(99)), 2)[-1])
"""


@pytest.mark.slow
@pytest.mark.parametrize("first", ["os", "z3"])
def test_a_script_without_a_guard(first: str, tmp_path: Path) -> None:
    """Whoever calls the library from a plain script gets an answer, and the script runs once."""
    script = tmp_path / "script.py"
    script.write_text(SCRIPT.format(first=first), encoding="utf-8")
    paths = [str(ROOT / folder) for folder in ("verifier", "encodings", "specs")]
    done = subprocess.run(
        [sys.executable, str(script)],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(paths)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.stderr) == ("once\n196\n", "")


class Main:
    """A main module, as far as it matters."""

    def __init__(self, spec: str | None, file: str | None) -> None:
        self.__spec__ = SimpleNamespace(name=spec) if spec else None
        self.__file__ = file


@pytest.mark.parametrize(
    ("spec", "file", "bears"),
    [
        ("netproof.__main__", "/x/netproof/__main__.py", True),
        (None, "/usr/bin/netproof", True),
        (None, "C:/Scripts/netproof.exe", True),
        (None, None, True),
        (None, "/home/me/script.py", False),
        (None, "<stdin>", False),
        ("mine.__main__", "/home/me/mine/__main__.py", False),
        ("pytest.__main__", "/x/pytest/__main__.py", False),
    ],
)
def test_which_main_module_may_run_again(
    spec: str | None, file: str | None, bears: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "__main__", Main(spec, file))
    monkeypatch.setitem(sys.modules, "z3", sys)
    chosen = choose_context()
    assert (None if chosen is None else chosen.get_start_method()) == ("spawn" if bears else None)


def test_a_second_thread_is_not_forked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "z3", raising=False)
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setitem(sys.modules, "__main__", Main(None, "script.py"))
    for threads, method in ((1, "fork"), (2, None)):
        monkeypatch.setattr(threading, "active_count", lambda threads=threads: threads)
        chosen = choose_context()
        assert (None if chosen is None else chosen.get_start_method()) == method


def test_a_worker_of_somebody_starts_no_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(multiprocessing, "parent_process", object)
    assert choose_context() is None
