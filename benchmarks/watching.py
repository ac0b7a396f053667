"""Measures what a workspace takes from a change of one policy file to the verdicts.

    python -m benchmarks.watching [--sizes 100/10000/1000,...] [--parts near,all,command]
        [--runs 200] [--results FOLDER]

A size is namespaces/pods/policies. Namespaces and pods stand in one file, each policy in a file of
its own. Every run writes another rule into one of these files, of a namespace that some claims are
about, and asks twenty claims, each on two namespaces (`near`); `all` adds one on everything. These
are in one process, by the clock on the wall and in processor time. `command` is a whole `netproof
watch`, from the file that is written to the line that tells of it.
"""

from __future__ import annotations

import gc
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from benchmarks.clusters import Size, cluster
from benchmarks.measuring import Clock, Figures, child, environ, parser, save

CLAIMS = 20
EVERYTHING = "only pods(tier=backend) can reach pods(tier=db)"
SIZES = "100/10000/1000,1000/100000/10000"
LIMIT = 0.1
WARM_UP = 3
PARTS = ("near", "all", "command")


def main(arguments: Sequence[str] | None = None) -> Path:
    """Measures all sizes; the file with the figures."""
    asked = parser(__doc__, SIZES, 200)
    asked.add_argument("--parts", default=",".join(PARTS), help="which of them")
    options = asked.parse_args(arguments)
    parts = options.parts.split(",")
    rows = []
    with tempfile.TemporaryDirectory() as name:
        for text in options.sizes.split(","):
            size = Size(*map(int, text.split("/")))
            rows.append(_measured(size, options.runs, parts, Path(name) / text.replace("/", "-")))
            print(json.dumps(rows[-1]), flush=True)
    figures = {"claims": CLAIMS, "limit": LIMIT, "runs": options.runs, "rows": rows}
    return save("watching", figures, options.results)


def _measured(size: Size, runs: int, parts: Sequence[str], folder: Path) -> Figures:
    _write(size, folder)
    found: Figures = {
        "pods": size.pods,
        "policies": size.policies,
        "namespaces": size.namespaces,
    }
    if "near" in parts:
        found["near"] = _child(folder, str(runs), "near")
    if "all" in parts:
        found["all"] = _child(folder, str(max(1, runs // 10)), "all")
    if "command" in parts:
        found["command"] = _command(folder, runs)
    return found


def _child(folder: Path, runs: str, which: str) -> Figures:
    printed, _ = child(["-m", "benchmarks.watching", "run", str(folder), runs, which])
    found: Figures = json.loads(printed)
    return found


def _write(size: Size, folder: Path) -> None:
    (folder / "policies").mkdir(parents=True)
    items = cluster(size)["items"]
    rest = [one for one in items if one["kind"] != "NetworkPolicy"]
    listed = {"apiVersion": "v1", "kind": "List", "items": rest}
    (folder / "cluster.json").write_text(json.dumps(listed), encoding="utf-8")
    for one in items:
        if one["kind"] == "NetworkPolicy":
            name = f"{one['metadata']['namespace']}-{one['metadata']['name']}.json"
            (folder / "policies" / name).write_text(json.dumps(one), encoding="utf-8")


def _claims(folder: Path) -> list[str]:
    """Each on two namespaces, next to each other."""
    names = sorted({one.name.rsplit("-policy-")[0] for one in (folder / "policies").iterdir()})
    spaces = names[: CLAIMS + 1]
    return [
        f"ns:{spaces[n % len(spaces)]} cannot reach pods(app=app-1) in "
        f"ns:{spaces[(n + 1) % len(spaces)]}"
        for n in range(CLAIMS)
    ]


def _edits(folder: Path, claims: Sequence[str]) -> Callable[[int], tuple[str, str]]:
    """The file of edit number so-and-so, and its new text."""
    spaces = {claim.split()[0].removeprefix("ns:") for claim in claims}
    files = sorted((folder / "policies").iterdir())
    near = [one for one in files if one.name.rsplit("-policy-")[0] in spaces]

    def edit(number: int) -> tuple[str, str]:
        file = near[number * 7 % len(near)]
        policy: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        chosen = [{"matchLabels": {"app": f"app-{(number + step) % 5}"}} for step in (0, 1)]
        policy["spec"]["podSelector"] = chosen[chosen[0] == policy["spec"]["podSelector"]]
        return f"policies/{file.name}", json.dumps(policy)

    return edit


def run(name: str, runs: str, which: str) -> Figures:
    """The figures of so many changes in this process."""
    import netproof  # noqa: PLC0415 (only in the child)

    folder = Path(name)
    texts = _claims(folder)
    edit = _edits(folder, texts)
    claims = netproof.claims([*texts, *([EVERYTHING] if which == "all" else [])])
    workspace = netproof.Workspace()
    gc.disable()
    started = time.perf_counter()
    files = [folder / "cluster.json", *(folder / "policies").iterdir()]
    update = workspace.update({str(one.relative_to(folder)): one.read_bytes() for one in files})
    assert not update.problems, update.problems
    workspace.verify(claims)
    first = time.perf_counter() - started
    clocks, decided = [], []
    for number in range(int(runs) + WARM_UP):
        file, text = edit(number)
        clock = Clock()
        with clock():
            workspace.update({file: text})
            workspace.verify(claims)
        if number >= WARM_UP:
            clocks.append(clock)
            decided.append(workspace.decided)
    return {
        "first": round(first, 2),
        "decided": sum(decided) / len(decided),
        "wall": _spread([one.wall for one in clocks]),
        "cpu": _spread([one.cpu for one in clocks]),
        "memory": _peak(os.getpid()),
    }


def _command(folder: Path, runs: int) -> Figures:
    texts = _claims(folder)
    edit = _edits(folder, texts)
    options = [word for text in texts for word in ("--claim", text)]
    command = [sys.executable, "-m", "netproof", "watch", str(folder), "--output", "json"]
    taken = []
    with subprocess.Popen(
        [*command, *options], env=environ(), stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        for number in range(runs + WARM_UP):
            file, text = edit(number)
            started = time.perf_counter()
            (folder / file).write_text(text, encoding="utf-8")
            told = json.loads(process.stdout.readline())
            if number >= WARM_UP:
                taken.append(time.perf_counter() - started)
            assert len(told["changed"]) == 1, told["changed"]
            assert not told["errors"], told["errors"]
        memory = _peak(process.pid)
        process.terminate()
    return {"wall": _spread(taken), "memory": memory}


def _peak(pid: int) -> int | None:
    """The most memory that the process had, in bytes, where the system tells."""
    status = Path(f"/proc/{pid}/status")
    if not status.exists():
        return None
    line = next(one for one in status.read_text().splitlines() if one.startswith("VmHWM"))
    return int(line.split()[1]) << 10


def _spread(taken: Sequence[float]) -> Figures:
    ordered = sorted(taken)
    last = len(ordered) - 1
    return {
        "runs": len(ordered),
        "p50": round(ordered[last // 2], 4),
        "p99": round(ordered[-(-last * 99 // 100)], 4),
        "most": round(ordered[-1], 4),
    }


if __name__ == "__main__":
    if sys.argv[1:2] == ["run"]:
        print(json.dumps(run(*sys.argv[2:])))
    else:
        main()
