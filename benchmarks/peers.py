"""Measures two other analyzers beside ours, on equivalence and on maps, all from the same files.

    python -m benchmarks.peers [--equivalence 50x100,...] [--maps 200x100,...] [--limit 200]
                               [--runs 1] [--results FOLDER]

A size is WORKLOADSxPOLICIES. The peers are network-config-analyzer (`nca`) and netpol-analyzer
(`netpol-analyzer`), each from PATH or from the variable NCA or NETPOL_ANALYZER; one that is not
there is said to be absent. Every run is a whole command, in seconds of processor time of it and of
the processes that it waits for. A peer that takes longer than the limit on the clock is stopped.

Equivalence compares policies with the same ones taken apart by peer (`benchmarks/splitting.py`):
`netproof compare` in the snapshot, `nca --equiv`, and `netpol-analyzer diff`, which compares what
is connected.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import yaml
from benchmarks.measuring import RESULTS, Figures, save, whole
from benchmarks.splitting import split
from benchmarks.workload_clusters import Shape, write

EQUIVALENCE, MAPS = "50x100,200x100,400x400", "200x100,1000x500,5000x100"
LIMIT = 200.0

Command = list[str]


@dataclass(frozen=True, slots=True)
class Pair:
    """Folders of one comparison: workloads alone, policies alone, and both together."""

    context: Path
    old: Path
    new: Path
    old_whole: Path
    new_whole: Path


@dataclass(frozen=True, slots=True)
class Tool:
    """An analyzer: its program, its commands, and how it says that two sides are equivalent."""

    name: str
    program: Command | None
    compares: Callable[[Pair], Command]
    maps: Callable[[Path], Command]
    is_equivalent: Callable[[str], bool]


def ours() -> Tool:
    """This checkout."""
    return Tool(
        "netproof",
        [sys.executable, "-m", "netproof"],
        lambda pair: [
            *("compare", str(pair.old), str(pair.new)),
            *("--context", str(pair.context), "--world", "snapshot"),
        ],
        lambda folder: ["connections", str(folder)],
        lambda said: said.startswith("EQUIVALENT"),
    )


def peers() -> list[Tool]:
    """The others, each with its program where there is one."""
    return [
        Tool(
            "network-config-analyzer",
            _program("NCA", "nca"),
            lambda pair: [
                *("--equiv", str(pair.old), "-b", str(pair.new)),
                *("-p", str(pair.context), "-n", str(pair.context)),
            ],
            lambda folder: ["--connectivity", "-r", str(folder)],
            lambda said: "are semantically equivalent" in said,
        ),
        Tool(
            "netpol-analyzer",
            _program("NETPOL_ANALYZER", "netpol-analyzer"),
            lambda pair: [
                *("diff", "-q", "--dir1", str(pair.old_whole), "--dir2", str(pair.new_whole)),
            ],
            lambda folder: ["list", "-q", "--dirpath", str(folder)],
            lambda said: "diff-type:" not in said,
        ),
    ]


def _program(variable: str, name: str) -> Command | None:
    found = os.environ.get(variable) or shutil.which(name)
    return [found] if found else None


def main(arguments: Sequence[str] | None = None) -> Path:
    """Measures everything; the file with the figures."""
    options = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    options.add_argument("--equivalence", default=EQUIVALENCE, help=f"default: {EQUIVALENCE}")
    options.add_argument("--maps", default=MAPS, help=f"default: {MAPS}")
    options.add_argument("--limit", type=float, default=LIMIT, help=f"default: {LIMIT:.0f} s")
    options.add_argument("--runs", type=int, default=1, help="default: 1")
    options.add_argument("--results", type=Path, default=RESULTS, help="folder of the JSON file")
    chosen = options.parse_args(arguments)
    tools = [ours(), *peers()]
    for tool in tools:
        print(f"{tool.name}: {' '.join(tool.program or ['absent, so not measured'])}", flush=True)
    rows = []
    with tempfile.TemporaryDirectory() as name:
        for task, sizes in (("equivalence", chosen.equivalence), ("map", chosen.maps)):
            for text in filter(None, sizes.split(",")):
                shape = Shape(*map(int, text.split("x")))
                folder = Path(name) / f"{task}-{shape}"
                (folder / "whole").mkdir(parents=True)
                write(shape, folder / "whole")
                run = partial(_measured, runs=chosen.runs, limit=chosen.limit)
                found = _row(_pair(folder) if task == "equivalence" else folder, tools, run)
                head = {"task": task, "workloads": shape.workloads, "policies": shape.policies}
                rows.append(head | found)
                print(json.dumps(rows[-1]), flush=True)
    figures = {"runs": chosen.runs, "limit": chosen.limit, "rows": rows}
    return save("peers", figures, chosen.results)


def _row(asked: Pair | Path, tools: Sequence[Tool], run: Callable[[Command], Figures]) -> Figures:
    """Every tool on one pair, or on the whole that is in one folder."""
    row: Figures = {}
    for tool in tools:
        if tool.program is None:
            row[tool.name] = {"failed": "absent"}
            continue
        words = tool.compares(asked) if isinstance(asked, Pair) else tool.maps(asked / "whole")
        row[tool.name] = found = run([*tool.program, *words])
        said = found.pop("said", "")
        if "failed" in found:
            continue
        if isinstance(asked, Pair):
            found["equivalent"] = tool.is_equivalent(said)
        else:
            found["lines"] = said.count("\n")
        if tool.name != "netproof" and "failed" not in row["netproof"]:
            found["ratio"] = round(found["cpu"] / row["netproof"]["cpu"], 1)
    return row


def _pair(folder: Path) -> Pair:
    """Takes a cluster apart: its policies, the same ones split, and what they select."""
    items = [
        item
        for file in sorted((folder / "whole").iterdir())
        for item in yaml.load_all(file.read_text(encoding="utf-8"), yaml.CSafeLoader)
    ]
    policies = [one for one in items if one["kind"] == "NetworkPolicy"]
    context = [one for one in items if one["kind"] != "NetworkPolicy"]
    apart = split(policies)
    written: dict[str, list[list[dict[str, Any]]]] = {
        "context": [context],
        "old": [policies],
        "new": [apart],
        "old-whole": [context, policies],
        "new-whole": [context, apart],
    }
    for name, files in written.items():
        (folder / name).mkdir()
        for number, found in enumerate(files):
            text = yaml.dump_all(found, Dumper=yaml.CSafeDumper, sort_keys=False)
            (folder / name / f"{number}.yaml").write_text(text, encoding="utf-8")
    return Pair(*(folder / name for name in written))


def _measured(command: Command, runs: int, limit: float) -> Figures:
    """The medians of whole runs, with what the last one wrote; or why there are none."""
    found = []
    for _ in range(runs):
        found.append(whole(command, limit))
        if "failed" in found[-1]:
            return found[-1]
    numbers = ("wall", "cpu", "megabytes")
    medians = {key: round(statistics.median(one[key] for one in found), 2) for key in numbers}
    return {**medians, "said": found[-1]["said"]}


if __name__ == "__main__":
    main()
