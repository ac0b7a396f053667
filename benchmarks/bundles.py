"""Measures what evidence costs: `verify` with a bundle, and its check, against `verify` alone.

    python -m benchmarks.bundles [--sizes 100/10000/1000,...] [--runs 3] [--results FOLDER]

A size is namespaces/pods/policies. Each run is a process of its own, on twenty claims; figures are
seconds of processor time. "check" is the bundle's own `check.py`. Proofs need python-sat.
"""

from __future__ import annotations

import json
import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.clusters import Size, claims, cluster
from benchmarks.measuring import Figures, child, medians, parser, save

CLAIMS = 20
WORLDS = ("snapshot", "any-pods")
LIMIT = 3.0
SIZES = "25/2500/250,100/10000/1000"
DECIDED = (0, 1, 3)
"""The exit codes of `netproof verify` that come with verdicts."""


def main(arguments: Sequence[str] | None = None) -> Path:
    """Measures all sizes in both worlds; the file with the figures."""
    options = parser(__doc__, SIZES, 3).parse_args(arguments)
    rows = []
    with tempfile.TemporaryDirectory() as name:
        for text in options.sizes.split(","):
            size = Size(*map(int, text.split("/")))
            _write(size, Path(name))
            for world in WORLDS:
                rows.append(_measured(size, world, Path(name), options.runs))
                print(_line(rows[-1]), flush=True)
    figures = {"claims": CLAIMS, "limit": LIMIT, "runs": options.runs, "rows": rows}
    return save("bundles", figures, options.results)


def _write(size: Size, folder: Path) -> None:
    (folder / "cluster.json").write_text(json.dumps(cluster(size)), encoding="utf-8")
    stated = [{"id": f"C{n}", "claim": text} for n, text in enumerate(claims(CLAIMS), start=1)]
    (folder / "spec.json").write_text(json.dumps({"claims": stated}), encoding="utf-8")


def _measured(size: Size, world: str, folder: Path, runs: int) -> Figures:
    found = medians([_run(world, folder) for _ in range(runs)])
    return {"pods": size.pods, "policies": size.policies, "world": world, **found}


def _run(world: str, folder: Path) -> Figures:
    """One run without a bundle, one with, and the check of that."""
    bundle, checker = folder / "bundle.zip", folder / "check.py"
    inputs = [str(folder / "cluster.json"), "--spec", str(folder / "spec.json")]
    verify = ["-m", "netproof", "verify", *inputs, "--world", world, "--output", "json"]
    _, alone = child(verify, DECIDED)
    _, bundled = child([*verify, "--bundle", str(bundle)], DECIDED)
    with zipfile.ZipFile(bundle) as archive:
        checker.write_bytes(archive.read("check.py"))
        index = json.loads(archive.read("index.json"))
    _, checked = child([str(checker), str(bundle)])
    obligations = [part for one in index["verdicts"] for part in one["obligations"]]
    return {
        "verify": alone["cpu"],
        "bundle": bundled["cpu"],
        "check": checked["cpu"],
        "ratio": (bundled["cpu"] + checked["cpu"]) / alone["cpu"],
        "bundle_bytes": bundle.stat().st_size,
        "obligations": len(obligations),
        "proofs": sum(part["proof"] for part in obligations),
    }


def _line(row: Figures) -> str:
    within = "within" if row["ratio"] <= LIMIT else "ABOVE"
    return (
        f"{row['pods']} pods, {row['policies']} policies, {row['world']}: verify "
        f"{row['verify']:.2f} s, with a bundle {row['bundle']:.2f} s, check {row['check']:.2f} s: "
        f"{row['ratio']:.2f} x ({within} {LIMIT:g}); {row['proofs']} proofs of "
        f"{row['obligations']} obligations, {row['bundle_bytes'] / 1e6:.1f} MB"
    )


if __name__ == "__main__":
    main()
