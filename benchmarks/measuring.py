"""What all benchmarks share: clocks, medians, fitted exponents, the machine, a file of figures."""

from __future__ import annotations

import argparse
import gc
import json
import math
import os
import platform
import resource
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any

Figures = dict[str, Any]

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "benchmarks" / "results"
SOURCES = [str(ROOT / name) for name in ("verifier", "encodings", "specs")]

PAUSE = 0.01
"""Seconds between two looks at whether a command has ended."""

# What is measured is this checkout, installed or not.
sys.path[:0] = SOURCES


def environ() -> dict[str, str]:
    """The environment of the processes that a benchmark starts."""
    return {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *SOURCES])}


class Clock:
    """Seconds spent in a block: `wall` by the clock on it, `cpu` by this process alone.

    Ratios are taken of `cpu` where nothing runs in parallel: other work on the machine, which
    a wall clock counts, then does not show.
    """

    def __init__(self) -> None:
        self.wall = 0.0
        self.cpu = 0.0

    @contextmanager
    def __call__(self) -> Iterator[None]:
        """Adds what the block takes."""
        wall, cpu = time.perf_counter(), time.process_time()
        try:
            yield
        finally:
            self.wall += time.perf_counter() - wall
            self.cpu += time.process_time() - cpu


def seconds(function: Callable[[], object]) -> float:
    """The processor time of one call without the cyclic collector."""
    gc.collect()
    enabled = gc.isenabled()
    gc.disable()
    clock = Clock()
    try:
        with clock():
            function()
    finally:
        if enabled:
            gc.enable()
    return clock.cpu


def medians(runs: Sequence[Figures]) -> Figures:
    """The runs as one: the median of each number; what is no number must be alike in all."""
    found: Figures = {}
    for key, first in runs[0].items():
        values = [run[key] for run in runs]
        if isinstance(first, int | float) and not isinstance(first, bool):
            middle = statistics.median(values)
            found[key] = middle if isinstance(first, int) else round(middle, 4)
        else:
            assert all(value == first for value in values), (key, values)
            found[key] = first
    return found


def exponent(points: Sequence[tuple[float, float]]) -> float | None:
    """The slope of a line fitted to the points in log-log scale: y grows as x to that power."""
    if len({x for x, _ in points}) < 2:
        return None
    xs = [math.log(x) for x, _ in points]
    ys = [math.log(y) for _, y in points]
    return round(statistics.linear_regression(xs, ys).slope, 3)


def environment() -> Figures:
    """What the figures were measured on."""
    return {
        "python": platform.python_version(),
        "implementation": platform.python_implementation(),
        "z3": version("z3-solver"),
        "pyyaml": version("pyyaml"),
        "system": platform.system(),
        "machine": platform.machine(),
        "cores": len(os.sched_getaffinity(0)),
    }


def child(arguments: Sequence[str], ok: Sequence[int] = (0,)) -> tuple[str, Figures]:
    """Runs Python with the arguments from the root; its output, and its seconds and megabytes."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.perf_counter()
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=environ(),
        capture_output=True,
        text=True,
        check=False,
    )
    wall = time.perf_counter() - started
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode not in ok:
        raise RuntimeError(f"{arguments} ended with {done.returncode}\n{done.stderr}")
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return done.stdout, {"wall": wall, "cpu": cpu}


def whole(command: Sequence[str], limit: float = math.inf) -> Figures:
    """One run: exit code, seconds, megabytes of its largest process at its peak, what it wrote."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as errors:
        started = time.perf_counter()
        # In a group of its own, so that whatever it has started is stopped with it.
        process = subprocess.Popen(
            command, stdout=out, stderr=errors, env=environ(), start_new_session=True
        )
        peak = 0.0
        while True:
            peak = max(peak, *map(megabytes, (process.pid, *children(process.pid))))
            pid, status, usage = os.wait4(process.pid, os.WNOHANG)
            wall = time.perf_counter() - started
            if pid:
                process.returncode = os.waitstatus_to_exitcode(status)
                break
            if wall > limit:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
                return {"failed": f"stopped after {limit:g} s"}
            time.sleep(PAUSE)
        out.seek(0)
        errors.seek(0)
        said = out.read().decode(errors="replace")
        if not said and process.returncode:
            told = errors.read().decode(errors="replace").strip()
            return {"failed": f"exit code {process.returncode}: {told[-200:]}"}
    return {
        "code": process.returncode,
        "wall": wall,
        "cpu": usage.ru_utime + usage.ru_stime,
        "megabytes": peak,
        "said": said,
    }


def megabytes(pid: int | str = "self") -> float:
    """The most memory that a process has had so far; `ru_maxrss` would count what forked it."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace")
        return int(lines.partition("VmHWM:")[2].split()[0]) / 1024
    except (OSError, IndexError, ValueError):
        return 0.0


def children(pid: int) -> list[int]:
    """The processes that a process has started and that have not ended."""
    try:
        return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def parser(description: str | None, sizes: str, runs: int) -> argparse.ArgumentParser:
    """The options that every benchmark has."""
    found = argparse.ArgumentParser(description=(description or "").splitlines()[0])
    found.add_argument("--sizes", default=sizes, help=f"default: {sizes}")
    found.add_argument("--runs", type=int, default=runs, help=f"default: {runs}")
    found.add_argument("--results", type=Path, default=RESULTS, help="folder of the JSON file")
    return found


def save(name: str, figures: Figures, folder: Path) -> Path:
    """Writes the figures, and what they were measured on, as `folder/name.json`."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.json"
    document = {"benchmark": name, "environment": environment(), **figures}
    path.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    return path
