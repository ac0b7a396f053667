"""Measures what it costs that a quarter of the policies are of another kind.

    python -m benchmarks.kinds [--sizes 20/1000/200,...] [--lint-sizes 25/1250/250,...]
                               [--runs 5] [--results FOLDER]

A size is namespaces/pods/policies; lint has sizes of its own, as in `benchmarks.lint`. Each
command is a process of its own on the cluster with ordinary policies only, with a quarter of them
turned into each kind, and with a quarter of each; the runs of these take turns. Ratios are of
processor time, to the ordinary ones of the same run; memory is the peak of the process.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.clusters import Size, claims
from benchmarks.kind_clusters import KINDS, turned
from benchmarks.measuring import Figures, medians, parser, save, whole

CLAIMS = 20
SIZES = "20/1000/200,40/2000/400,100/10000/1000"
LINT_SIZES = "25/1250/250,50/2500/500,100/5000/1000"
PLAIN, EACH = "NetworkPolicy", "a quarter of each"
LIMIT = 2.0


def main(arguments: Sequence[str] | None = None) -> Path:
    """Measures all commands on all sizes; the file with the figures."""
    asked = parser(__doc__, SIZES, 5)
    asked.add_argument("--lint-sizes", default=LINT_SIZES)
    options = asked.parse_args(arguments)
    rows: list[Figures] = []
    with tempfile.TemporaryDirectory() as name:
        lint = [(("lint",), (0, 1))]
        for given, commands in (
            (options.sizes, list(_commands(Path(name)))),
            (options.lint_sizes, lint),
        ):
            for size in (Size(*map(int, one.split("/"))) for one in given.split(",")):
                inputs = _write(size, Path(name))
                for command, ok in commands:
                    rows += _measured(size, command, ok, inputs, options.runs)
    figures = {"claims": CLAIMS, "limit": LIMIT, "runs": options.runs, "rows": rows}
    return save("kinds", figures, options.results)


def _write(size: Size, folder: Path) -> dict[str, Path]:
    """The clusters, each with what else a comparison is to be made with."""
    stated = [{"id": f"C{n}", "claim": text} for n, text in enumerate(claims(CLAIMS), start=1)]
    (folder / "spec.json").write_text(json.dumps({"claims": stated}), encoding="utf-8")
    sorts = {PLAIN: (), **{kind: (kind,) for kind in KINDS}, EACH: tuple(KINDS)}
    found = {}
    for number, (title, kinds) in enumerate(sorts.items()):
        document = turned(size, kinds)
        found[title] = folder / f"{number}.json"
        found[title].write_text(json.dumps(document), encoding="utf-8")
        fewer = {**document, "items": document["items"][:-1]}
        found[title].with_suffix(".fewer.json").write_text(json.dumps(fewer), encoding="utf-8")
    return found


def _commands(folder: Path) -> Iterator[tuple[tuple[str, ...], Sequence[int]]]:
    """The words of all commands but lint, and the exit codes of one that has decided.

    The words are without the input.
    """
    spec = ("--spec", str(folder / "spec.json"), "--output", "json")
    for world in ("snapshot", "any-pods"):
        yield ("verify", "--world", world, *spec), (0, 1, 3)
    yield ("compare",), (0, 1)
    yield ("connections", "--summary"), (0,)


def _measured(
    size: Size,
    command: Sequence[str],
    ok: Sequence[int],
    inputs: dict[str, Path],
    runs: int,
) -> Iterator[Figures]:
    taken = [
        {title: _run(command, path, ok) for title, path in inputs.items()} for _ in range(runs)
    ]
    shape = {"pods": size.pods, "policies": size.policies, "namespaces": size.namespaces}
    name = " ".join(word for word in command[:3] if "/" not in word)
    for title in inputs:
        figures = [{**one[title], "ratio": one[title]["cpu"] / one[PLAIN]["cpu"]} for one in taken]
        row = {**shape, "command": name, "kind": title, **medians(figures)}
        print(f"{size}: {name}, {title}: {row['cpu']:.2f} s, {row['ratio']:.2f}", flush=True)
        yield row


def _run(command: Sequence[str], path: Path, ok: Sequence[int]) -> Figures:
    paths = [str(path)]
    if command[0] == "compare":
        paths.append(str(path.with_suffix(".fewer.json")))
    words = [sys.executable, "-m", "netproof", command[0], *paths, *command[1:]]
    found = whole(words)
    if found.get("code") not in ok:
        raise RuntimeError(f"{words}: {found}")
    return {"cpu": found["cpu"], "megabytes": found["megabytes"]}


if __name__ == "__main__":
    main()
