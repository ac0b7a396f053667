"""Measures reading YAML against a bare `yaml.load` with the C loader on the same bytes.

    python -m benchmarks.reading [--sizes 10/1000/100,...] [--runs 5] [--results FOLDER]

A size is namespaces/pods/policies. Ours finds positions, duplicate keys and every mistake, and
builds the cluster; the bare loader builds plain values. Both run without the cyclic collector,
in turn, in one process; throwing away what they have read is not counted. Each cluster is read
in two forms: one `List`, as kubectl prints it, and a document for each object, as repositories
hold them. A size without pods has policies alone, which cost most for their bytes: nothing in
them is skipped.
"""

from __future__ import annotations

import gc
from collections.abc import Sequence
from pathlib import Path

import yaml
from benchmarks.clusters import Size, cluster
from benchmarks.measuring import Figures, exponent, medians, parser, save, seconds

LIMIT = 1.3
SIZES = "5/500/50,10/1000/100,20/2000/200,50/5000/500,100/0/1000"


def main(arguments: Sequence[str] | None = None) -> Path:
    """Measures all sizes in both forms; the file with the figures."""
    options = parser(__doc__, SIZES, 5).parse_args(arguments)
    rows = []
    for one in options.sizes.split(","):
        size = Size(*map(int, one.split("/")))
        for form, data in _forms(size).items():
            rows.append(_measured(size, form, data, options.runs))
            print(_line(rows[-1]), flush=True)
    lists = [row for row in rows if row["form"] == "list" and row["pods"]]
    fitted = exponent([(row["bytes"], row["reading"]) for row in lists])
    print("exponent of reading over input bytes:", fitted)
    figures = {"limit": LIMIT, "runs": options.runs, "rows": rows, "exponent": fitted}
    return save("reading", figures, options.results)


def _forms(size: Size) -> dict[str, bytes]:
    whole = cluster(size)
    if not size.pods:
        whole["items"] = [one for one in whole["items"] if one["kind"] == "NetworkPolicy"]
    return {
        "list": yaml.dump(whole, Dumper=yaml.CSafeDumper, sort_keys=False).encode(),
        "documents": yaml.dump_all(
            whole["items"], Dumper=yaml.CSafeDumper, sort_keys=False
        ).encode(),
    }


def _measured(size: Size, form: str, data: bytes, runs: int) -> Figures:
    found = medians([_run(data) for _ in range(runs)])
    return {"pods": size.pods, "policies": size.policies, "form": form, **found}


def _run(data: bytes) -> Figures:
    from netproof_specs.loading import load_texts  # noqa: PLC0415 (found by `measuring`)

    kept: list[object] = []
    bare = seconds(lambda: kept.append(list(yaml.load_all(data, Loader=yaml.CSafeLoader))))
    ours = seconds(lambda: kept.append(load_texts({"cluster.yaml": data})))
    kept.clear()
    gc.collect()
    return {"bytes": len(data), "bare": bare, "reading": ours, "ratio": ours / bare}


def _line(row: Figures) -> str:
    return (
        f"{row['pods']} pods, {row['policies']} policies, {row['form']}, "
        f"{row['bytes'] / 1e6:.1f} MB: {row['reading']:.2f} s = {row['ratio']:.2f} x "
        f"yaml.load {row['bare']:.2f} s"
    )


if __name__ == "__main__":
    main()
