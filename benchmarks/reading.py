"""Measures reading against a bare parser on the same bytes: `yaml.load` (C loader), `json.load`.

    python -m benchmarks.reading [--sizes 10/1000/100,...] [--runs 5] [--results FOLDER]

A size is namespaces/pods/policies. Ours finds positions, keys that stand twice and every mistake,
and builds the cluster; the bare parser builds plain values. Both run without the cyclic
collector, in turn, in one process; throwing away what they have read is not counted. Each cluster
is read in five forms: in YAML one `List`, as kubectl prints it, a document for each object, as
repositories hold them, and such documents of which no two are written in the same lines; in JSON
a `List` without blanks and one indented as kubectl does it. A size without pods has policies
alone, which cost most for their bytes: nothing in them is skipped; one of 10,000 pods and more is
read in JSON only. The peak of memory is that of
a process that reads the file once and does nothing else.
"""

from __future__ import annotations

import gc
import json
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import yaml
from benchmarks.clusters import Size, cluster
from benchmarks.measuring import Figures, child, exponent, medians, parser, save, seconds

LIMITS = {"yaml": 0.3, "json": 1.5}
SIZES = "10/1000/100,20/2000/200,20/2000/0,100/10000/0,100/0/1000"
LARGE = 10_000
FORMS = ("list", "documents", "unlike documents", "json", "indented json")


def main(arguments: Sequence[str] | None = None) -> Path:
    """Measures all sizes in all forms; the file with the figures."""
    options = parser(__doc__, SIZES, 5).parse_args(arguments)
    rows = []
    for one in options.sizes.split(","):
        size = Size(*map(int, one.split("/")))
        whole = cluster(size)
        if not size.pods:
            whole["items"] = [one for one in whole["items"] if one["kind"] == "NetworkPolicy"]
        for form in FORMS if size.pods < LARGE else FORMS[3:]:
            rows.append(_measured(size, form, _text(form, whole), options.runs))
            print(_line(rows[-1]), flush=True)
    # Of one mixture only: a policy takes longer than a pod.
    lists = [row for row in rows if row["form"] == "list" and row["pods"] and row["policies"]]
    fitted = exponent([(row["bytes"], row["reading"]) for row in lists])
    print("exponent of reading over input bytes:", fitted)
    figures = {"limits": LIMITS, "runs": options.runs, "rows": rows, "exponent": fitted}
    return save("reading", figures, options.results)


def _text(form: str, whole: dict[str, Any]) -> bytes:
    items = whole["items"]
    if form == "unlike documents":
        items = [_unlike(item, number) for number, item in enumerate(items)]
    if form == "list":
        return yaml.dump(whole, Dumper=yaml.CSafeDumper, sort_keys=False).encode()
    if form == "json":
        return json.dumps(whole).encode()
    if form == "indented json":
        return json.dumps(whole, indent=4).encode()
    return yaml.dump_all(items, Dumper=yaml.CSafeDumper, sort_keys=False).encode()


def _unlike(item: dict[str, Any], number: int) -> dict[str, Any]:
    """The object with an annotation whose key no other one has."""
    annotations = {**item["metadata"].get("annotations", {}), f"example.com/{number}": "x"}
    return {**item, "metadata": {**item["metadata"], "annotations": annotations}}


def _measured(size: Size, form: str, data: bytes, runs: int) -> Figures:
    name = f"cluster.{'json' if 'json' in form else 'yaml'}"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(data)
        printed, _ = child(["-m", "benchmarks.reading", "--peak", str(path)])
    found = medians([_run(name, data) for _ in range(runs)])
    shape = {"pods": size.pods, "policies": size.policies, "form": form}
    return {**shape, **found, "megabytes": round(float(printed))}


def _bare(name: str) -> Callable[[bytes], object]:
    if name.endswith(".json"):
        return json.loads
    return lambda data: list(yaml.load_all(data, Loader=yaml.CSafeLoader))


def _run(name: str, data: bytes) -> Figures:
    from netproof_specs.loading import load_texts  # noqa: PLC0415 (found by `measuring`)

    parse, kept = _bare(name), list[object]()
    bare = seconds(lambda: kept.append(parse(data)))
    kept.clear()
    ours = seconds(lambda: kept.append(load_texts({name: data})))
    kept.clear()
    gc.collect()
    return {"bytes": len(data), "bare": bare, "reading": ours, "ratio": ours / bare}


def peak(path: str) -> float:
    """The megabytes that a process takes in which a file is read."""
    from netproof_specs.loading import load  # noqa: PLC0415 (only in the child)

    load([path])
    # What `getrusage` tells may be the peak of the process that started this one.
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def _line(row: Figures) -> str:
    return (
        f"{row['pods']} pods, {row['policies']} policies, {row['form']}, "
        f"{row['bytes'] / 1e6:.1f} MB: {row['reading']:.2f} s = {row['ratio']:.2f} x "
        f"the bare parser {row['bare']:.2f} s; {row['megabytes']} MB at most"
    )


if __name__ == "__main__":
    if sys.argv[1:2] == ["--peak"]:
        print(peak(sys.argv[2]))
    else:
        main()
