"""Measures `verify` end to end against what `json.load` and Z3 take on their own.

    python -m benchmarks.verify [--sizes 100/10000/1000,...] [--runs 5] [--results FOLDER]

A size is namespaces/pods/policies. Each run is a process of its own: it loads a cluster from
JSON, decides twenty claims and writes the report. "Z3" is the time spent inside `Session.send`,
which this benchmark wraps. "process" is a whole `netproof verify`, start-up and exit included.
Two more figures compare one session with push and pop against a session for each claim.
"""

from __future__ import annotations

import gc
import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.clusters import Size, claims, cluster
from benchmarks.measuring import Clock, Figures, child, exponent, medians, parser, save, seconds

CLAIMS = 20
WORLDS = ("snapshot", "any-pods")
LIMIT = 3.0
SIZES = "25/2500/250,50/5000/500,100/10000/1000,200/20000/2000,500/50000/5000"
DECIDED = (0, 1, 3)
"""The exit codes of `netproof verify` that come with verdicts."""


def main(arguments: Sequence[str] | None = None) -> Path:
    """Measures all sizes in both worlds; the file with the figures."""
    options = parser(__doc__, SIZES, 5).parse_args(arguments)
    sizes = [Size(*map(int, one.split("/"))) for one in options.sizes.split(",")]
    rows = []
    with tempfile.TemporaryDirectory() as name:
        for size in sizes:
            _write(size, Path(name))
            for world in WORLDS:
                rows.append(_measured(size, world, Path(name), options.runs))
                print(_line(rows[-1]), flush=True)
    figures = {"claims": CLAIMS, "limit": LIMIT, "runs": options.runs, "rows": rows}
    figures["exponents"] = {world: _exponents(rows, world) for world in WORLDS}
    print("exponents of cost over input bytes:", json.dumps(figures["exponents"]))
    return save("verify", figures, options.results)


def _write(size: Size, folder: Path) -> None:
    (folder / "cluster.json").write_text(json.dumps(cluster(size)), encoding="utf-8")
    stated = [{"id": f"C{n}", "claim": text} for n, text in enumerate(claims(CLAIMS), start=1)]
    (folder / "spec.json").write_text(json.dumps({"claims": stated}), encoding="utf-8")


def _measured(size: Size, world: str, folder: Path, runs: int) -> Figures:
    found = medians([_run(world, folder) for _ in range(runs)])
    shape = {"pods": size.pods, "policies": size.policies, "namespaces": size.namespaces}
    return {**shape, "world": world, **found}


def _run(world: str, folder: Path) -> Figures:
    """One run: inside a process, then a whole process."""
    paths = [str(folder / "cluster.json"), str(folder / "spec.json")]
    inside: Figures = json.loads(child(["-m", "benchmarks.verify", "--once", world, *paths])[0])
    command = ["-m", "netproof", "verify", paths[0], "--spec", paths[1], "--world", world]
    _, whole = child([*command, "--output", "json"], DECIDED)
    baseline = inside["json_load"] + inside["z3"]
    return {
        **inside,
        "process_cpu": whole["cpu"],
        "process_wall": whole["wall"],
        "ratio": inside["total"] / baseline,
        "process_ratio": whole["cpu"] / baseline,
    }


def once(world: str, path: str, spec: str) -> Figures:
    """The figures of one run in this process, in seconds of processor time."""
    from netproof.pipeline import VerifyOptions, verify  # noqa: PLC0415 (only in the child)
    from netproof.reports.formats import VERIFY_FORMATS  # noqa: PLC0415
    from netproof.solving import Session, versions  # noqa: PLC0415
    from netproof_specs.loading import load  # noqa: PLC0415
    from netproof_specs.spec_files.reading import read_spec, statements_of  # noqa: PLC0415
    from netproof_specs.worlds import World  # noqa: PLC0415

    gc.disable()  # as the command line does; the baseline runs without the collector as well
    versions()  # loads Z3, which `process` pays for
    solver, reading, reporting, total = Clock(), Clock(), Clock(), Clock()
    send, asked = Session.send, [0]

    def timed(self: Session, text: str) -> str:
        asked[0] += 1
        with solver():
            return send(self, text)

    Session.send = timed  # type: ignore[method-assign]
    bare = seconds(lambda: json.loads(Path(path).read_bytes()))
    with total():
        with reading():
            loaded = load([path])
        statements = statements_of([read_spec(spec, Path(spec).read_bytes())], ())
        report = verify(loaded, statements, VerifyOptions(world=World(world)))
        with reporting():
            printed = VERIFY_FORMATS["json"](report)
    Session.send = send  # type: ignore[method-assign]
    return {
        "bytes": Path(path).stat().st_size,
        "json_load": bare,
        "reading": reading.cpu,
        "z3": solver.cpu,
        "z3_calls": asked[0],
        "total": total.cpu,
        "reporting": reporting.cpu,
        "report_bytes": len(printed),
        "verdicts": _counts([one.outcome.value for one in report.verdicts]),
        **_contexts(loaded, statements, World(world)),
    }


def _counts(names: Sequence[str]) -> dict[str, int]:
    return {name: names.count(name) for name in sorted(set(names))}


def _contexts(loaded, statements, world) -> Figures:  # type: ignore[no-untyped-def]
    """All claims in one session, and each in a session of its own; answers must be alike."""
    from netproof.solving import Limits, Session  # noqa: PLC0415 (only in the child)
    from netproof_encodings.meaning.claims import groups_of  # noqa: PLC0415
    from netproof_encodings.obligations.claims import literals, sought, stage  # noqa: PLC0415
    from netproof_specs.assumptions import DEFAULTS  # noqa: PLC0415

    groups = [group.endpoints for one in statements for group in groups_of(one.claim)]
    on = stage(loaded.cluster, world, groups)
    obligations = [sought(on, one.claim) for one in statements]
    assumed = literals(on, DEFAULTS, None)
    together, apart = Clock(), Clock()
    with together():
        session = Session(on.text, Limits())
        first = []
        for text in obligations:
            session.push(text)
            first.append(session.check(assumed))
            session.pop()
    with apart():
        second = [Session(on.text + text, Limits()).check(assumed) for text in obligations]
    assert first == second
    return {"one_session": together.cpu, "session_each": apart.cpu}


def _exponents(rows: Sequence[Figures], world: str) -> Figures:
    chosen = [row for row in rows if row["world"] == world]
    keys = ("total", "process_cpu", "z3", "reading")
    return {key: exponent([(row["bytes"], row[key]) for row in chosen]) for key in keys}


def _line(row: Figures) -> str:
    return (
        f"{row['pods']} pods, {row['policies']} policies, {row['world']}: "
        f"total {row['total']:.2f} s = {row['ratio']:.2f} x (json.load {row['json_load']:.2f} s "
        f"+ Z3 {row['z3']:.2f} s); process {row['process_cpu']:.2f} s = "
        f"{row['process_ratio']:.2f} x; one session {row['one_session']:.2f} s, "
        f"a session a claim {row['session_each']:.2f} s"
    )


if __name__ == "__main__":
    if sys.argv[1:2] == ["--once"]:
        print(json.dumps(once(*sys.argv[2:])))
    else:
        main()
