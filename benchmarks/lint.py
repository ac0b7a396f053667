"""How long lint takes: 1,000 policies at several sizes of cluster, every code, all processors.

    python -m benchmarks.lint [RUNS]

Prints a table and writes benchmarks/results/lint.json.
"""

from __future__ import annotations

import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.clusters import Size, cluster

SIZES = (
    Size(10, 200, 100),
    Size(50, 1_000, 500),
    Size(100, 2_000, 1_000),
    Size(100, 10_000, 1_000),
    Size(20, 2_000, 1_000),
)
BOUND_SECONDS = 30.0
"""For 1,000 policies on two processors."""
RESULTS = Path(__file__).parent / "results" / "lint.json"


def measure(size: Size, runs: int) -> dict[str, object]:
    """The median of the runs, each a process of its own, and what was found."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "cluster.json"
        file.write_text(json.dumps(cluster(size)), encoding="utf-8")
        command = [sys.executable, "-m", "netproof", "lint", str(file), "--output", "json"]
        seconds: list[float] = []
        used = _processor_seconds()
        for _ in range(runs):
            started = time.perf_counter()
            done = subprocess.run(command, capture_output=True, check=False, text=True)
            seconds.append(time.perf_counter() - started)
        used = (_processor_seconds() - used) / runs
        assert done.returncode == 1, done.stderr
        summary = json.loads(done.stdout)["summary"]
    return {
        "namespaces": size.namespaces,
        "pods": size.pods,
        "policies": size.policies,
        "seconds": round(statistics.median(seconds), 2),
        "runs": [round(one, 2) for one in seconds],
        "processorSeconds": round(used, 2),
        "findings": {name: summary[name] for name in ("error", "warning", "info")},
    }


def _processor_seconds() -> float:
    """What the processes started so far have used of all processors."""
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    return spent.ru_utime + spent.ru_stime


def main() -> int:
    """Measures every size; 1 where a bound is missed."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    rows = []
    for size in SIZES:
        row = measure(size, runs)
        rows.append(row)
        text = f"{row['seconds']:>7} s, {row['processorSeconds']:>7} s of processors"
        print(f"{size!s:<50} {text}   {row['findings']}", flush=True)
    machine = {
        "python": platform.python_version(),
        "processors": os.cpu_count(),
        "loadAverage": round(os.getloadavg()[0], 1),
    }
    RESULTS.parent.mkdir(exist_ok=True)
    data = {"boundSeconds": BOUND_SECONDS, "machine": machine, "rows": rows}
    RESULTS.write_text(json.dumps(data, indent=2) + "\n", encoding="utf-8")
    slow = [row for row in rows if float(str(row["seconds"])) > BOUND_SECONDS]
    if slow:
        print(f"{len(slow)} sizes take more than {BOUND_SECONDS:g} s: is the machine busy?")
    return 1 if slow else 0


if __name__ == "__main__":
    sys.exit(main())
