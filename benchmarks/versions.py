"""Measures this checkout beside another installed version, on clusters of NetworkPolicies.

    python -m benchmarks.versions NETPROOF [--called NAME] [--sizes 20/1000/200,...]
                                  [--lint-sizes 25/1250/250,...] [--runs 5] [--results FOLDER]

NETPROOF is the program of the other version, in an environment of its own. Each command is a
process of its own; the two versions take turns on the same files. A ratio is of processor time,
this checkout to the other, in one turn; below 1 this one is faster.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.clusters import Size, claims, cluster
from benchmarks.measuring import Figures, medians, parser, save, whole

CLAIMS = 20
SIZES = "20/1000/200,40/2000/400,100/10000/1000"
LINT_SIZES = "25/1250/250,50/2500/500"
DECIDED = (0, 1, 3)
"""The exit codes of a command that has done its work."""


def main(arguments: Sequence[str] | None = None) -> Path:
    """Measures all commands on all sizes; the file with the figures."""
    asked = parser(__doc__, SIZES, 5)
    asked.add_argument("other", type=Path, help="the program of the other version")
    asked.add_argument("--called", default="the other", help="what the figures call it")
    asked.add_argument("--lint-sizes", default=LINT_SIZES)
    options = asked.parse_args(arguments)
    programs = {
        "this": (sys.executable, "-m", "netproof"),
        # The sources of this checkout, which `whole` puts first, are not meant here.
        "other": ("env", "-u", "PYTHONPATH", str(options.other)),
    }
    rows: list[Figures] = []
    with tempfile.TemporaryDirectory() as name:
        for given, commands in ((options.sizes, _commands), (options.lint_sizes, _lint)):
            for size in (Size(*map(int, one.split("/"))) for one in given.split(",")):
                _write(size, Path(name))
                for title, words in commands(Path(name)):
                    rows.append(_measured(size, title, words, programs, options.runs))
    figures = {"claims": CLAIMS, "called": options.called, "runs": options.runs, "rows": rows}
    return save("versions", figures, options.results)


def _write(size: Size, folder: Path) -> None:
    """The cluster, one with a policy fewer, and a spec."""
    stated = [{"id": f"C{n}", "claim": text} for n, text in enumerate(claims(CLAIMS), start=1)]
    (folder / "spec.json").write_text(json.dumps({"claims": stated}), encoding="utf-8")
    document = cluster(size)
    (folder / "all.json").write_text(json.dumps(document), encoding="utf-8")
    fewer = {**document, "items": document["items"][:-1]}
    (folder / "fewer.json").write_text(json.dumps(fewer), encoding="utf-8")


def _commands(folder: Path) -> Iterator[tuple[str, list[str]]]:
    """All commands but lint, each with its title."""
    path, spec = str(folder / "all.json"), str(folder / "spec.json")
    for world in ("snapshot", "any-pods"):
        asked = ["verify", path, "--world", world, "--spec", spec, "--output", "json"]
        yield f"verify, {world}", asked
    yield "compare, one policy fewer", ["compare", path, str(folder / "fewer.json")]
    yield "connections", ["connections", path, "--output", "json"]


def _lint(folder: Path) -> Iterator[tuple[str, list[str]]]:
    yield "lint", ["lint", str(folder / "all.json")]


def _measured(
    size: Size, title: str, words: list[str], programs: dict[str, Sequence[str]], runs: int
) -> Figures:
    taken: list[Figures] = []
    for _ in range(runs):
        turn = {name: whole([*program, *words]) for name, program in programs.items()}
        for name, one in turn.items():
            if one.get("code") not in DECIDED:
                raise RuntimeError(f"{name}: {words}: {one}")
        cpu = {name: one["cpu"] for name, one in turn.items()}
        memory = {f"megabytes_{name}": one["megabytes"] for name, one in turn.items()}
        taken.append({**cpu, **memory, "ratio": cpu["this"] / cpu["other"]})
    shape = {"pods": size.pods, "policies": size.policies, "namespaces": size.namespaces}
    row = {**shape, "command": title, **medians(taken)}
    print(f"{size}: {title}: {row['this']:.2f} s, {row['ratio']:.2f}", flush=True)
    return row


if __name__ == "__main__":
    main()
