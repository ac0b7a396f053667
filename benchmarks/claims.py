"""Measures what claims cost beside reading: twenty of them, one more, and claims over everything.

    python -m benchmarks.claims [--sizes 25/2500/250,100/10000/1000,...] [--one-more 50/5000/500]
        [--over-everything 100/10000/1000] [--runs 5] [--results FOLDER]

A size is namespaces/pods/policies. Each run is a process of its own. "end to end" loads a cluster
from JSON, decides twenty claims and writes the report as JSON; start-up is apart. It is given as a
multiple of `json.load` of the input, with the peak of memory.

"One more" is a claim about two namespaces on a cluster that is loaded and has answered others: the
median over several such claims of the smallest of three times, at two sizes. The larger cluster is
ten times the smaller one, which it holds: so the claims ask the same of both. "Over everything" are
claims with an end that is anybody, each on a loaded cluster that has answered none, once with what
it can concern and once with the whole cluster in the solver.
"""

from __future__ import annotations

import gc
import json
import statistics
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.clusters import Size, claims, grown
from benchmarks.measuring import (
    Clock,
    Figures,
    child,
    exponent,
    medians,
    megabytes,
    parser,
    save,
    seconds,
)

CLAIMS = 20
WORLDS = ("snapshot", "any-pods")
SIZES = "25/2500/250,100/10000/1000,500/50000/5000,500/150000/10000"
ONE_MORE, TIMES_TEN = "50/5000/500", 10
OVER = "100/10000/1000"
FORMS = (
    "ns:team-{a:04d} cannot reach ns:team-{b:04d} on TCP/22",
    "ns:team-{a:04d} can reach ns:team-{b:04d} on TCP/443",
    "ns:team-{a:04d} cannot reach ns:team-{b:04d} on TCP/80",
)
OVER_EVERYTHING = (
    "only ns:team-0001 can reach pods(tier=db) in ns:team-0002",
    "ns:team-0001 can reach only ns:team-0002 on TCP/80",
    "anything cannot reach pods(tier=db) in ns:team-0001 on TCP/22",
    "anything cannot reach pods(tier=cache) on TCP/22",
    "external cannot reach pods(tier=cache) on TCP/5432",
)


def main(arguments: Sequence[str] | None = None) -> Path:
    """Measures all sizes in both worlds; the file with the figures."""
    asked = parser(__doc__, SIZES, 5)
    asked.add_argument("--one-more", type=_size, default=ONE_MORE)
    asked.add_argument("--over-everything", type=_size, default=OVER)
    options = asked.parse_args(arguments)
    found: Figures = {"claims": CLAIMS, "runs": options.runs, "rows": [], "one_more": []}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for size in map(_size, options.sizes.split(",")):
            _write(size, folder)
            for world in WORLDS:
                row = _measured("--twenty", size, world, folder, options.runs)
                found["rows"].append({**row, "ratio": round(row["total"] / row["json_load"], 2)})
                print(found["rows"][-1], flush=True)
        found["exponents"] = {
            world: exponent(
                [(row["bytes"], row["total"]) for row in found["rows"] if row["world"] == world]
            )
            for world in WORLDS
        }
        for world in WORLDS:
            found["one_more"].append(_one_more(options.one_more, world, folder, options.runs))
            print(found["one_more"][-1], flush=True)
        _write(options.over_everything, folder)
        found["over_everything"] = _over_everything(options.over_everything, folder, options.runs)
        print(found["over_everything"], flush=True)
    return save("claims", found, options.results)


def _size(text: str) -> Size:
    return Size(*map(int, text.split("/")))


def _write(size: Size, folder: Path, parts: int = 1) -> None:
    (folder / "cluster.json").write_text(json.dumps(grown(size, parts)), encoding="utf-8")


def _measured(what: str, size: Size, world: str, folder: Path, runs: int) -> Figures:
    arguments = ["-m", "benchmarks.claims", what, world, str(folder / "cluster.json")]
    found = medians([json.loads(child(arguments)[0]) for _ in range(runs)])
    shape = {"pods": size.pods, "policies": size.policies, "namespaces": size.namespaces}
    return {**shape, "world": world, **found}


def _one_more(small: Size, world: str, folder: Path, runs: int) -> Figures:
    """The same on a cluster and on one ten times as large that holds it, with the ratio."""
    shape = (small.namespaces, small.pods, small.policies)
    rows = []
    for parts in (1, TIMES_TEN):
        _write(small, folder, parts)
        size = Size(*(parts * one for one in shape))
        rows.append(_measured("--more", size, world, folder, runs))
    ratio = rows[1]["milliseconds"] / rows[0]["milliseconds"]
    return {"world": world, "rows": rows, "ratio": round(ratio, 2)}


def _over_everything(size: Size, folder: Path, runs: int) -> list[Figures]:
    return [
        {**row, "ratio": round(row["concerned"] / row["whole"], 2)}
        for row in (
            _measured(f"--over={number}", size, world, folder, runs)
            for world in WORLDS
            for number in range(len(OVER_EVERYTHING))
        )
    ]


def twenty(world: str, path: str) -> Figures:
    """The figures of one run in this process, in seconds of processor time and megabytes."""
    from netproof.api import claims as stated  # noqa: PLC0415 (only in the child)
    from netproof.pipeline import verify  # noqa: PLC0415
    from netproof.reports.formats import VERIFY_FORMATS  # noqa: PLC0415
    from netproof.verified import VerifyOptions  # noqa: PLC0415
    from netproof_specs.loading import load  # noqa: PLC0415
    from netproof_specs.worlds import World  # noqa: PLC0415

    _ready()
    reading, deciding, reporting = Clock(), Clock(), Clock()
    with reading():
        loaded = load([path])
    statements = stated(claims(CLAIMS))
    with deciding():
        report = verify(loaded, statements, VerifyOptions(world=World(world)))
    with reporting():
        VERIFY_FORMATS["json"](report)
    peak = round(megabytes())  # before `json.load`, which has a peak of its own
    outcomes = [one.outcome.value for one in report.verdicts]
    return {
        "bytes": Path(path).stat().st_size,
        "reading": reading.cpu,
        "deciding": deciding.cpu,
        "reporting": reporting.cpu,
        "total": reading.cpu + deciding.cpu + reporting.cpu,
        "megabytes": peak,
        "json_load": seconds(lambda: json.loads(Path(path).read_bytes())),
        "verdicts": {name: outcomes.count(name) for name in sorted(set(outcomes))},
    }


def more(world: str, path: str) -> Figures:
    """The figures of one more claim, in milliseconds of processor time."""
    texts = [form.format(a=a, b=a + 1) for a in range(5) for form in FORMS]
    answers, asked = _loaded(world, path, texts)
    times: dict[int, list[float]] = {}
    for _ in range(4):  # the first of them makes the cluster one that has answered others
        for number, (statement, claim) in enumerate(asked):
            clock = Clock()
            with clock():
                answers.verdict(statement, claim)
            times.setdefault(number, []).append(clock.cpu)
    smallest = [min(found[1:]) for found in times.values()]
    return {"milliseconds": statistics.median(smallest) * 1000, "megabytes": round(megabytes())}


def over(number: str, world: str, path: str) -> Figures:
    """One claim over everything, with what it concerns and with the whole cluster."""
    from netproof.verifying import examples  # noqa: PLC0415 (only in the child)
    from netproof_encodings.parts import planning  # noqa: PLC0415

    text = OVER_EVERYTHING[int(number)]
    found: dict[str, float] = {}
    verdicts = []
    for how in ("concerned", "whole"):
        answers, ((statement, claim),) = _loaded(world, path, [text])
        clock = Clock()
        with clock():
            verdicts.append(answers.verdict(statement, claim).outcome)
        found[how] = clock.cpu
        planning.Plan._is_wide = lambda *_: True  # type: ignore[method-assign]
        planning.leaves_little = lambda *_: False
        examples.SMALL = sys.maxsize  # whatever the cluster, the solver is asked
    assert verdicts[0] is verdicts[1]
    return {"claim": text, "verdict": verdicts[0].value, **found}


def _loaded(world: str, path: str, texts: Sequence[str]):  # type: ignore[no-untyped-def]
    """What answers claims on the loaded cluster, and these claims."""
    from netproof.api import claims as stated  # noqa: PLC0415 (only in the child)
    from netproof.solving import Limits  # noqa: PLC0415
    from netproof.verifying.answering import Answers  # noqa: PLC0415
    from netproof_encodings.meaning.claims import groups_of  # noqa: PLC0415
    from netproof_encodings.parts.atlas import atlas_of  # noqa: PLC0415
    from netproof_specs.assumptions import DEFAULTS  # noqa: PLC0415
    from netproof_specs.loading import load  # noqa: PLC0415
    from netproof_specs.worlds import World  # noqa: PLC0415

    _ready()
    asked = [(one, one.claim) for one in stated(texts)]
    groups = [group.endpoints for _, claim in asked for group in groups_of(claim)]
    atlas = atlas_of(load([path]).cluster, groups)
    return Answers(atlas, World(world), DEFAULTS, Limits()), asked


def _ready() -> None:
    """Has the collector off, as the command line has, and Z3 loaded."""
    from netproof.solving import versions  # noqa: PLC0415 (only in the child)

    gc.disable()
    versions()


def _told(arguments: Sequence[str]) -> Figures:
    what, world, path = arguments
    match what.partition("="):
        case "--twenty", _, _:
            return twenty(world, path)
        case "--more", _, _:
            return more(world, path)
        case _, _, number:
            return over(number, world, path)


if __name__ == "__main__":
    if "".join(sys.argv[1:2]).startswith(("--twenty", "--more", "--over")):
        print(json.dumps(_told(sys.argv[1:])))
    else:
        main()
