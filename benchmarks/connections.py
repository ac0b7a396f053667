"""Measures `netproof connections` against reading its input.

    python -m benchmarks.connections [--sizes 200x100,1000x500] [--runs 5] [--results FOLDER]

A size is WORKLOADSxPOLICIES. Each run is a process of its own that loads a folder of YAML files,
works out the map and writes it: a line a pair, and in the grouped forms (`--summary`, as text and
as JSON). The ratio is (map + writing) / reading, of processor time, which other work on the machine
disturbs little. "command" is a whole `netproof connections`, from start to exit. `benchmarks.peers`
has other analyzers on the same clusters.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.measuring import (
    Figures,
    child,
    exponent,
    medians,
    megabytes,
    parser,
    save,
    whole,
)
from benchmarks.workload_clusters import Shape, write

SIZES = "200x100,500x250,1000x500,2500x100,5000x100"
LIMIT = 5.0
"""The map may take this many times as long as reading its input."""

FORMS = ("text", "summary/text", "summary/json")
GROUPED_LIMIT = 1.0
"""The same of the forms that group equal rows."""


def main(arguments: Sequence[str] | None = None) -> Path:
    """Measures all sizes; the file with the figures."""
    options = parser(__doc__, SIZES, 5).parse_args(arguments)
    rows = []
    with tempfile.TemporaryDirectory() as base:
        for text in options.sizes.split(","):
            shape = Shape(*map(int, text.split("x")))
            folder = Path(base) / str(shape)
            folder.mkdir()
            write(shape, folder)
            rows.append(_measured(shape, folder, options.runs))
            print(json.dumps(rows[-1]), flush=True)
    power = exponent([(row["text"]["pairs"], _work(row["text"])) for row in rows])
    print(f"time grows with the number of listed pairs to the power {power}")
    figures = {"limit": LIMIT, "grouped_limit": GROUPED_LIMIT, "runs": options.runs}
    return save("connections", {**figures, "rows": rows, "exponent": power}, options.results)


def _measured(shape: Shape, folder: Path, runs: int) -> Figures:
    """All forms of one size, and the whole command."""
    row: Figures = {"workloads": shape.workloads, "policies": shape.policies}
    for form in FORMS:
        row[form] = medians([_run(form, folder) for _ in range(runs)])
    command = [sys.executable, "-m", "netproof", "connections", str(folder)]
    row["command"] = medians([_command(command) for _ in range(runs)])
    return row


def _command(command: Sequence[str]) -> Figures:
    found = whole(command)
    if found.get("code") != 0:
        raise RuntimeError(f"{command}: {found}")
    names = ("wall", "cpu", "megabytes")
    return {**{name: found[name] for name in names}, "lines": found["said"].count("\n")}


def _run(form: str, folder: Path) -> Figures:
    printed, _ = child(["-m", "benchmarks.connections", "--once", form, str(folder)])
    found: Figures = json.loads(printed)
    return {**found, "ratio": _work(found) / found["read"]}


def _work(found: Figures) -> float:
    """Seconds for the map and for writing it."""
    return float(found["map"] + found["write"])


def once(form: str, folder: str) -> Figures:
    """The figures of one run in this process, in seconds of processor time."""
    import gc  # noqa: PLC0415 (only in the child)
    import time  # noqa: PLC0415

    from netproof.commands.connections import FORMATS, SUMMARIES  # noqa: PLC0415
    from netproof.connectivity.mapping import Query, map_of  # noqa: PLC0415
    from netproof.reports.connections.lines import ConnectionsReport  # noqa: PLC0415
    from netproof_specs.loading import load  # noqa: PLC0415

    grouped, _, name = form.rpartition("/")
    written = (SUMMARIES if grouped else FORMATS)[name]
    times = [time.process_time()]
    loaded = load([folder])
    gc.freeze()
    times.append(time.process_time())
    found = map_of(loaded.cluster, Query())
    times.append(time.process_time())
    with tempfile.TemporaryFile("w", encoding="utf-8") as file:
        file.writelines(written(ConnectionsReport(loaded, found)))
    times.append(time.process_time())
    pairs = sum(row.count() for row in found.rows()) + sum(len(one) for _, one in found.entering())
    return {
        "read": times[1] - times[0],
        "map": times[2] - times[1],
        "write": times[3] - times[2],
        "pairs": pairs,
        "megabytes": megabytes(),
    }


if __name__ == "__main__":
    if sys.argv[1:2] == ["--once"]:
        print(json.dumps(once(*sys.argv[2:])))
    else:
        main()
