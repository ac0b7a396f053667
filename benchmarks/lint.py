"""How long lint takes: 1,000 policies at several sizes of cluster, every code, all processors.

    python -m benchmarks.lint [--sizes 100/2000/1000,...] [--runs 3] [--results FOLDER]

A size is namespaces/pods/policies. Each run is a process of its own.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.clusters import Size, cluster
from benchmarks.measuring import Figures, child, medians, parser, save

SIZES = "10/200/100,50/1000/500,100/2000/1000,100/10000/1000,20/2000/1000"
LIMIT = 30.0
"""Seconds by the clock for 1,000 policies on two processors."""


def main(arguments: Sequence[str] | None = None) -> Path:
    """Measures every size; the file with the figures."""
    options = parser(__doc__, SIZES, 3).parse_args(arguments)
    rows = []
    for text in options.sizes.split(","):
        size = Size(*map(int, text.split("/")))
        rows.append(_measured(size, options.runs))
        print(f"{size}: {_line(rows[-1])}", flush=True)
    return save("lint", {"limit": LIMIT, "runs": options.runs, "rows": rows}, options.results)


def _measured(size: Size, runs: int) -> Figures:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "cluster.json"
        file.write_text(json.dumps(cluster(size)), encoding="utf-8")
        found = medians([_run(file) for _ in range(runs)])
    return {
        "namespaces": size.namespaces,
        "pods": size.pods,
        "policies": size.policies,
        **found,
    }


def _run(file: Path) -> Figures:
    """One run, which has to find something to warn of, and what it found."""
    out, spent = child(["-m", "netproof", "lint", str(file), "--output", "json"], ok=(1,))
    summary = json.loads(out)["summary"]
    return {**spent, "findings": {name: summary[name] for name in ("error", "warning", "info")}}


def _line(row: Figures) -> str:
    within = "within" if row["wall"] <= LIMIT else "ABOVE"
    return (
        f"{row['wall']:.1f} s ({within} {LIMIT:.0f}), {row['cpu']:.1f} s of processors, "
        f"{row['findings']}"
    )


if __name__ == "__main__":
    main()
