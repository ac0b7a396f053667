"""Measures `netproof connections` against reading its input, and beside other analyzers.

    python -m benchmarks.connections [--runs 5] [--sizes 200x100,1000x500] [--json FILE]

Each run is a process of its own that loads a folder of YAML files, works out the map and writes it
as text. The ratio is (map + writing) / reading. Times are of the processor, which other work on
the machine disturbs little; of whole commands the time on the clock is given as well. The grouped
forms (`--summary`, as text and as JSON) are measured beside it. `benchmarks.peers` has other
analyzers on the same clusters.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.measuring import environ, whole
from benchmarks.workload_clusters import Shape, write

SIZES = "200x100,500x250,1000x500,2500x100,5000x100"
LIMIT = 5.0
"""The map may take this many times as long as reading its input."""

GROUPED = ("summary/text", "summary/json")
GROUPED_LIMIT = 1.0
"""The same of the forms that group equal rows."""

CHILD = """
import gc, json, resource, sys, time
from netproof.commands.connections import FORMATS, SUMMARIES
from netproof.connectivity.mapping import Query, map_of
from netproof.reports.connections.lines import ConnectionsReport
from netproof_specs.loading import load
folder, format, out = sys.argv[1:]
times = [time.process_time()]
loaded = load([folder]); gc.freeze(); times.append(time.process_time())
found = map_of(loaded.cluster, Query()); times.append(time.process_time())
with open(out, "w", encoding="utf-8") as file:
    grouped, _, format = format.rpartition("/")
    file.writelines((SUMMARIES if grouped else FORMATS)[format](ConnectionsReport(loaded, found)))
times.append(time.process_time())
lines = sum(row.count() for row in found.rows()) + sum(len(one) for _, one in found.entering())
memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps({"read": times[1] - times[0], "map": times[2] - times[1],
                  "write": times[3] - times[2], "lines": lines, "megabytes": memory}))
"""


def measure(folder: Path, form: str, runs: int) -> dict[str, float]:
    """The medians of some runs of ours, in seconds and megabytes."""
    found = []
    for _ in range(runs):
        with tempfile.NamedTemporaryFile(dir=folder.parent) as out:
            answer = subprocess.run(
                [sys.executable, "-c", CHILD, str(folder), form, out.name],
                env=environ(),
                capture_output=True,
                text=True,
                check=True,
            )
        found.append(json.loads(answer.stdout))
    medians = {key: statistics.median(one[key] for one in found) for key in found[0]}
    medians["ratio"] = statistics.median((one["map"] + one["write"]) / one["read"] for one in found)
    return medians


def command_of_ours(folder: Path, runs: int) -> dict[str, Any]:
    """The whole `netproof connections` command, from start to exit: the median run."""
    command = [sys.executable, "-m", "netproof", "connections", str(folder)]
    found = sorted((whole(command, 3600) for _ in range(runs)), key=lambda one: one["cpu"])
    median = found[len(found) // 2]
    lines = median.pop("said").count("\n")
    return {**median, "lines": lines}


def exponent(rows: list[dict[str, Any]]) -> float | None:
    """How the time of map and writing grows with the pairs that are listed, as a power."""
    points = [(math.log(row["ours"]["lines"]), math.log(work(row))) for row in rows]
    if len(points) < 2:
        return None
    mean_x = statistics.mean(x for x, _ in points)
    mean_y = statistics.mean(y for _, y in points)
    spread = sum((x - mean_x) ** 2 for x, _ in points)
    return sum((x - mean_x) * (y - mean_y) for x, y in points) / spread if spread else None


def work(row: dict[str, Any]) -> float:
    """Seconds for the map and for writing it."""
    return float(row["ours"]["map"] + row["ours"]["write"])


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs all sizes and prints a line for each as it is done."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--sizes", default=SIZES, help="WORKLOADSxPOLICIES, separated by commas")
    parser.add_argument("--format", default="text")
    parser.add_argument("--note", default="", help="what to say with the measurements")
    parser.add_argument("--json", type=Path, help="where to write the measurements")
    asked = parser.parse_args(arguments)
    rows = []
    with tempfile.TemporaryDirectory() as base:
        for text in asked.sizes.split(","):
            shape = Shape(*map(int, text.split("x")))
            folder = Path(base) / str(shape)
            folder.mkdir()
            write(shape, folder)
            rows.append(one_size(shape, folder, asked))
    report = {
        "machine": f"{platform.machine()}, {os.cpu_count()} processors",
        "python": platform.python_version(),
        "runs": asked.runs,
        "note": asked.note,
        "format": asked.format,
        "exponent": exponent(rows),
        "sizes": rows,
    }
    print(f"time grows with the number of listed pairs to the power {report['exponent']}")
    if asked.json is not None:
        asked.json.parent.mkdir(parents=True, exist_ok=True)
        asked.json.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")


def one_size(shape: Shape, folder: Path, asked: argparse.Namespace) -> dict[str, Any]:
    """All measurements of one size, printed."""
    ours = measure(folder, asked.format, asked.runs)
    verdict = "within" if ours["ratio"] <= LIMIT else "ABOVE"
    print(
        f"{shape}: read {ours['read']:.2f} s, map {ours['map']:.2f} s, write {ours['write']:.2f} s "
        f"({ours['lines']:.0f} lines), ratio {ours['ratio']:.2f} ({verdict} {LIMIT:.0f}), "
        f"{ours['megabytes']:.0f} MB",
        flush=True,
    )
    grouped = {form: measure(folder, form, asked.runs) for form in GROUPED}
    for form, one in grouped.items():
        within = "within" if one["ratio"] <= GROUPED_LIMIT else "ABOVE"
        print(
            f"  {form}: map {one['map']:.2f} s, write {one['write']:.2f} s, ratio "
            f"{one['ratio']:.2f} ({within} {GROUPED_LIMIT:.0f}), {one['megabytes']:.0f} MB",
            flush=True,
        )
    command = command_of_ours(folder, asked.runs)
    print(
        f"  the whole command: {command['cpu']:.2f} s ({command['wall']:.2f} s on the clock), "
        f"{command['megabytes']:.0f} MB",
        flush=True,
    )
    return {"size": str(shape), "ours": ours, "grouped": grouped, "command": command}


if __name__ == "__main__":
    main()
