"""How long lint takes as clusters grow, with every code, on all processors.

    python -m benchmarks.lint [--sizes 25/1250/250,...] [--runs 5] [--results FOLDER]

A size is namespaces/pods/policies. In the first sizes policies grow with namespaces, but for the
last of these, which has twice as many a namespace; in the others a namespace gets more policies.
`+admin` puts an AdminNetworkPolicy and a BaselineAdminNetworkPolicy beside them, `+cluster` two
ClusterNetworkPolicies. Each run is a process of its own; a size of more than 2,000 policies is run
once.
"""

from __future__ import annotations

import json
import resource
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.clusters import Size, cluster
from benchmarks.measuring import Figures, child, exponent, medians, parser, save

SIZES = (
    "25/1250/250,50/2500/500,100/5000/1000,200/10000/2000,200/10000/4000,"
    "25/1250/500,25/1250/1000,25/1250/2000,50/2500/500+admin,50/2500/500+cluster"
)
LIMIT = 30.0
"""Seconds by the clock for the largest on two processors."""
LARGE = 2000

_GROUP = "policy.networking.k8s.io"


def _wide(version: str, kind: str, name: str, spec: dict[str, Any]) -> dict[str, Any]:
    head = {"apiVersion": f"{_GROUP}/{version}", "kind": kind, "metadata": {"name": name}}
    return {**head, "spec": spec}


def _among(**labels: str) -> dict[str, Any]:
    return {"namespaces": {"matchLabels": labels} if labels else {}}


_FIRST = {
    "priority": 10,
    "subject": _among(stage="prod"),
    "ingress": [{"name": "deny", "action": "Deny", "from": [_among(stage="dev")]}],
}
_LAST = {
    "subject": _among(),
    "ingress": [{"name": "deny", "action": "Deny", "from": [_among()]}],
    "egress": [{"name": "deny", "action": "Deny", "to": [_among(team="t3")]}],
}
BESIDE = {
    "": [],
    "admin": [
        _wide("v1alpha1", "AdminNetworkPolicy", "first", _FIRST),
        _wide("v1alpha1", "BaselineAdminNetworkPolicy", "default", _LAST),
    ],
    "cluster": [
        _wide("v1alpha2", "ClusterNetworkPolicy", "first", {"tier": "Admin", **_FIRST}),
        _wide(
            "v1alpha2", "ClusterNetworkPolicy", "last", {"tier": "Baseline", "priority": 1, **_LAST}
        ),
    ],
}
"""What can stand beside the policies of namespaces: each denies some of what these may allow."""


def main(arguments: Sequence[str] | None = None) -> Path:
    """Measures every size; the file with the figures."""
    options = parser(__doc__, SIZES, 5).parse_args(arguments)
    rows: list[Figures] = []
    for text in options.sizes.split(","):
        numbers, _, beside = text.partition("+")
        size = Size(*map(int, numbers.split("/")))
        rows.append(_measured(size, beside, options.runs))
        print(f"{text}: {_line(rows[-1])}", flush=True)
    figures = {
        "limit": LIMIT,
        "runs": options.runs,
        "rows": rows,
        "exponents": _exponents(rows),
    }
    return save("lint", figures, options.results)


def _measured(size: Size, beside: str, runs: int) -> Figures:
    count = runs if size.policies <= LARGE else 1
    given = cluster(size)
    given["items"] += BESIDE[beside]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "cluster.json"
        file.write_text(json.dumps(given), encoding="utf-8")
        found = medians([_run(file) for _ in range(count)])
    return {
        "namespaces": size.namespaces,
        "pods": size.pods,
        "policies": size.policies,
        "beside": beside,
        "runs": count,
        **found,
    }


def _run(file: Path) -> Figures:
    """One run, which has to find something to warn of, and what it found.

    `megabytes` is the peak of the largest process so far.
    """
    out, spent = child(["-m", "netproof", "lint", str(file), "--output", "json"], ok=(1,))
    summary = json.loads(out)["summary"]
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
    findings = {name: summary[name] for name in ("error", "warning", "info")}
    return {**spent, "megabytes": peak, "findings": findings}


def _exponents(rows: Sequence[Figures]) -> Figures:
    """Of processor time over policies: as namespaces grow with them, and in as many namespaces."""
    rows = [one for one in rows if not one["beside"]]
    least = min((one["namespaces"] for one in rows), default=0)
    alike = [one for one in rows if one["policies"] == 10 * one["namespaces"]]
    series = {
        "namespaces": alike,
        "with_the_largest": [one for one in rows if one in alike or one["policies"] > LARGE],
        "policies_a_namespace": [one for one in rows if one["namespaces"] == least],
    }
    return {
        name: exponent([(one["policies"], one["cpu"]) for one in those])
        for name, those in series.items()
    }


def _line(row: Figures) -> str:
    within = "within" if row["wall"] <= LIMIT else "ABOVE"
    return (
        f"{row['wall']:.1f} s ({within} {LIMIT:.0f}), {row['cpu']:.1f} s of processors, "
        f"{row['megabytes']} MB, {row['findings']}"
    )


if __name__ == "__main__":
    main()
