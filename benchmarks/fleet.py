"""Measures `fleet` on one process, on two, and on two workers of Dask.

    python -m benchmarks.fleet [--sizes 200/10/2000/200] [--runs 1] [--results FOLDER]

A size is clusters/namespaces/pods/policies, the last three of each cluster, which get twenty
claims each. Every run is a process of its own and writes a report as JSON; the reports have to be
the same bytes. `wall` are seconds by the clock, `cpu` those of the processors for the run and the
processes that it starts; workers of Dask are not among these. Memory is the sum of what all
processes of the run have, at its peak. Where `distributed` is not installed, that is said.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path

from benchmarks.clusters import Size, claims, cluster
from benchmarks.measuring import ROOT, Figures, children, environ, medians, parser, save

CLAIMS = 20
SIZES = "200/10/2000/200"
PAUSE = 0.2
"""Seconds between two looks at the memory."""


def main(arguments: Sequence[str] | None = None) -> Path:
    """Measures all sizes; the file with the figures."""
    options = parser(__doc__, SIZES, 1).parse_args(arguments)
    rows = []
    for text in options.sizes.split(","):
        number, *shape = map(int, text.split("/"))
        with tempfile.TemporaryDirectory() as name:
            _write(number, Size(*shape), Path(name))
            rows.append(_measured(number, Size(*shape), Path(name), options.runs))
            print(json.dumps(rows[-1]), flush=True)
    return save("fleet", {"claims": CLAIMS, "runs": options.runs, "rows": rows}, options.results)


def _write(number: int, size: Size, folder: Path) -> None:
    """A fleet of clusters, each made from another seed."""
    clusters = {}
    for one in range(number):
        name = f"cluster-{one:04d}"
        (folder / name).mkdir()
        text = json.dumps(cluster(size, seed=one + 1))
        (folder / name / "cluster.json").write_text(text, encoding="utf-8")
        clusters[name] = {"paths": [name]}
    stated = [{"id": f"C{n}", "claim": text} for n, text in enumerate(claims(CLAIMS), start=1)]
    (folder / "spec.json").write_text(json.dumps({"claims": stated}), encoding="utf-8")
    fleet = {"specs": ["spec.json"], "clusters": clusters}
    (folder / "fleet.json").write_text(json.dumps(fleet), encoding="utf-8")


def _measured(number: int, size: Size, folder: Path, runs: int) -> Figures:
    row: Figures = {
        "clusters": number,
        "namespaces": size.namespaces,
        "pods": size.pods,
        "policies": size.policies,
    }
    row["one"] = medians([_run(folder, "--jobs", "1") for _ in range(runs)])
    row["two"] = medians([_run(folder, "--jobs", "2") for _ in range(runs)])
    if find_spec("distributed") is None:
        row["dask"] = None
    else:
        with _dask() as address:
            row["dask"] = medians([_run(folder, "--scheduler", address) for _ in range(runs)])
    found = [row[name] for name in ("one", "two", "dask") if row[name] is not None]
    row["same_bytes"] = len({one.pop("sha256") for one in found}) == 1
    for name in ("two", "dask"):
        if row[name] is not None:
            row[name]["speed_up"] = row["one"]["wall"] / row[name]["wall"]
    return row


def _run(folder: Path, *words: str) -> Figures:
    """The seconds and the megabytes of one run, and the digest of its report."""
    report = folder / "report.json"
    command = [sys.executable, "-m", "netproof", "fleet", str(folder / "fleet.json"), *words]
    started, spent = time.perf_counter(), _spent()
    process = subprocess.Popen(
        [*command, "--output", f"json={report}"],
        cwd=ROOT,
        env=environ(),
        stderr=subprocess.PIPE,
        text=True,
    )
    peak = [0.0]
    watching = threading.Thread(target=_watch, args=(process, peak))
    watching.start()
    _, told = process.communicate()
    watching.join()
    if process.returncode not in (0, 1):
        raise RuntimeError(f"{words} ended with {process.returncode}\n{told}")
    wall = time.perf_counter() - started
    digest = sha256(report.read_bytes()).hexdigest()
    figures = {"wall": wall, "cpu": _spent() - spent, "megabytes": peak[0]}
    return {**figures, "sha256": digest}


def _spent() -> float:
    """The processor time of all processes that were waited for, theirs included."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _watch(process: subprocess.Popen[str], peak: list[float]) -> None:
    """Notes the most memory that the process and its children have together."""
    while process.poll() is None:
        peak[0] = max(peak[0], sum(map(_megabytes, [process.pid, *children(process.pid)])))
        time.sleep(PAUSE)


def _megabytes(pid: int) -> float:
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except (OSError, IndexError):
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


@contextmanager
def _dask() -> Iterator[str]:
    """A scheduler with two workers, each a process with one thread; its address."""
    code = (
        "import sys; from distributed import LocalCluster\n"
        "if __name__ == '__main__':\n"
        "    with LocalCluster(2, threads_per_worker=1, dashboard_address=None) as found:\n"
        "        print(found.scheduler_address, flush=True); sys.stdin.read()\n"
    )
    with tempfile.TemporaryDirectory() as name:
        script = Path(name) / "cluster.py"
        script.write_text(code, encoding="utf-8")
        process = subprocess.Popen(
            [sys.executable, str(script)],
            env=environ(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        try:
            assert process.stdout is not None
            yield process.stdout.readline().strip()
        finally:
            process.communicate("")


if __name__ == "__main__":
    main()
