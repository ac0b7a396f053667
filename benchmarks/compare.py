"""Measures `compare`: policies against the same ones taken apart, and against one changed rule.

    python -m benchmarks.compare [--sizes 100/1000,...] [--runs 5] [--results FOLDER]

A size is namespaces/policies; the second side holds each peer of each rule as a policy of its
own, some five times as many. Each run is a process of its own, and the verdict ranges over any
cluster. `compare` works on all processors, so the figures are by the clock on the wall; `cpu`
adds up the processors.
"""

from __future__ import annotations

import copy
import json
import resource
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.clusters import Size
from benchmarks.measuring import Clock, Figures, child, exponent, medians, parser, save, seconds
from benchmarks.splitting import policies_of, split

SIZES = "50/500,100/1000,200/2000,500/5000"
LIMIT = "5 times the reading of both sides as JSON, or 3 s, whichever is larger"
CHANGED_LIMIT = 1.0
"""What one changed rule may take, in processor time of reading both sides."""


def main(arguments: Sequence[str] | None = None) -> Path:
    """Measures all sizes; the file with the figures."""
    chosen = parser(__doc__, SIZES, 5).parse_args(arguments)
    rows = []
    with tempfile.TemporaryDirectory() as name:
        for one in chosen.sizes.split(","):
            namespaces, policies = map(int, one.split("/"))
            rows.append(_measured(Size(namespaces, 0, policies), Path(name), chosen.runs))
            print(_line(rows[-1]), flush=True)
        figures: Figures = {
            "limit": LIMIT,
            "changed_limit": CHANGED_LIMIT,
            "runs": chosen.runs,
            "rows": rows,
        }
        figures["exponents"] = {
            key: exponent([(row["bytes"], row[key]) for row in rows])
            for key in ("reading", "compare", "cpu", "changed", "changed_cpu")
        }
        print("exponents over input bytes:", json.dumps(figures["exponents"]))
    return save("compare", figures, chosen.results)


def _sides(size: Size) -> dict[str, list[dict[str, Any]]]:
    old = policies_of(size)
    return {"old": old, "new": split(old), "changed": changed(old)}


def changed(policies: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The same policies, but one rule admits one port more."""
    found = copy.deepcopy(policies)
    rule = next(one for one in found if one["spec"].get("ingress"))["spec"]["ingress"][0]
    rule["ports"].append({"protocol": "TCP", "port": 9999})
    return found


def _write(sides: dict[str, list[dict[str, Any]]], folder: Path) -> None:
    for name, items in sides.items():
        document = {"apiVersion": "v1", "kind": "List", "items": items}
        (folder / f"{name}.json").write_text(json.dumps(document), encoding="utf-8")


def _measured(size: Size, folder: Path, runs: int) -> Figures:
    sides = _sides(size)
    _write(sides, folder)
    shape = {
        "namespaces": size.namespaces,
        "old_policies": len(sides["old"]),
        "new_policies": len(sides["new"]),
        "bytes": sum((folder / f"{one}.json").stat().st_size for one in ("old", "new")),
    }
    found = []
    for _ in range(runs):
        run = json.loads(child(["-m", "benchmarks.compare", "--once", str(folder)])[0])
        run["ratio"] = run["compare"] / run["reading"]
        run["changed_ratio"] = run["changed_cpu"] / run["changed_reading_cpu"]
        run["within_limit"] = run["compare"] <= max(5 * run["reading"], 3.0)
        found.append(run)
    within = sum(run.pop("within_limit") for run in found)
    return {**shape, **medians(found), "runs_within_limit": within}


def once(name: str) -> Figures:
    """The figures of one run in this process, in seconds."""
    from netproof.comparison.policies import compare  # noqa: PLC0415 (only in the child)
    from netproof_specs.loading import load  # noqa: PLC0415

    folder = Path(name)
    paths = [str(folder / f"{side}.json") for side in ("old", "new", "changed")]
    bare = seconds(lambda: [json.loads(Path(path).read_bytes()) for path in paths[:2]])
    reading, comparing, changing = Clock(), Clock(), Clock()
    started = time.process_time()
    with reading():
        old = load([paths[0]]).cluster.policies
        read_old = time.process_time() - started
        new = load([paths[1]]).cluster.policies
    spent = _spent()
    with comparing():
        same = compare(old, new)
    spent = _spent() - spent
    started = time.process_time()
    other = load([paths[2]]).cluster.policies
    read_other = time.process_time() - started
    before = _spent()
    with changing():
        different = compare(old, other)
    changing_spent = _spent() - before
    return {
        "json_load": bare,
        "reading": reading.wall,
        "compare": comparing.wall,
        "cpu": spent,
        "relation": same.relation.value,
        "changed": changing.wall,
        "changed_cpu": changing_spent,
        "changed_reading_cpu": read_old + read_other,
        "changed_relation": different.relation.value,
        "changed_regions": len(different.regions),
        "changed_complete": different.regions_complete,
        "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


def _spent() -> float:
    """The processor time of this process and of those that it has waited for."""
    used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(one.ru_utime + one.ru_stime for one in used)


def _line(row: Figures) -> str:
    return (
        f"{row['old_policies']} against {row['new_policies']} policies: {row['relation']} in "
        f"{row['compare']:.2f} s = {row['ratio']:.2f} x reading {row['reading']:.2f} s "
        f"({row['cpu']:.2f} s of processors); one rule changed: {row['changed_relation']}, "
        f"{row['changed_regions']} regions in {row['changed_cpu']:.2f} s of processors = "
        f"{row['changed_ratio']:.2f} x reading {row['changed_reading_cpu']:.2f} s; "
        f"{row['megabytes']:.0f} MB"
    )


if __name__ == "__main__":
    if sys.argv[1:2] == ["--once"]:
        print(json.dumps(once(*sys.argv[2:])))
    else:
        main()
