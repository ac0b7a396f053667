"""How long lint takes as clusters grow, with every code, on all processors.

    python -m benchmarks.lint [--sizes 25/1250/250,...] [--runs 5] [--results FOLDER]

A size is namespaces/pods/policies. In the first sizes policies grow with namespaces, but for the
last of these, which has twice as many a namespace; in the others a namespace gets more policies.
`+admin` puts an AdminNetworkPolicy and a BaselineAdminNetworkPolicy beside them, `+cluster` two
ClusterNetworkPolicies, `+160hosts` so many of Calico's host endpoints and two policies for these,
`+400ordered` so many of Calico's policies in the first namespace, each with an order of its own,
and `+400wide` the same of the whole cluster.
Each run is a process of its own; a size of more than 2,000 policies is run
once.
"""

from __future__ import annotations

import json
import random
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.clusters import Size, cluster
from benchmarks.measuring import Figures, exponent, medians, parser, save, whole

SIZES = (
    "25/1250/250,50/2500/500,100/5000/1000,200/10000/2000,200/10000/4000,"
    "25/1250/500,25/1250/1000,25/1250/2000,50/2500/500+admin,50/2500/500+cluster,"
    "25/1250/250+160hosts,25/1250/250+320hosts,25/1250/250+640hosts,"
    "1/50/10+100ordered,1/50/10+400ordered,1/50/10+1300ordered,"
    "1/50/10+100wide,1/50/10+400wide,1/50/10+1300wide"
)
LIMIT = 30.0
"""Seconds by the clock for the largest on two processors."""

LARGE = 2000
"""With more policies than this, as many namespaces hold twice as many each."""

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


def _calico(kind: str, name: str, spec: dict[str, Any], **labels: str) -> dict[str, Any]:
    head = {"apiVersion": "projectcalico.org/v3", "kind": kind}
    return {**head, "metadata": {"name": name, "labels": labels}, "spec": spec}


def _for_hosts(order: int, role: str, source: dict[str, Any], port: int) -> dict[str, Any]:
    allow = {
        "action": "Allow",
        "protocol": "TCP",
        "source": source,
        "destination": {"ports": [port]},
    }
    chosen = f"role == '{role}'"
    return {"order": order, "selector": chosen, "types": ["Ingress"], "ingress": [allow]}


def hosts(count: int) -> list[dict[str, Any]]:
    """So many host endpoints, each of a node of its own, and two policies for them."""
    return [
        *(
            _calico(
                "HostEndpoint",
                f"node-{number:04d}-eth0",
                {
                    "node": f"node-{number}",
                    "interfaceName": "eth0",
                    "expectedIPs": [f"192.168.{number // 250}.{number % 250 + 1}"],
                },
                role=("worker", "edge", "storage")[number % 3],
            )
            for number in range(count)
        ),
        _calico(
            "GlobalNetworkPolicy",
            "workers",
            _for_hosts(100, "worker", {"selector": "role in {'worker', 'edge'}"}, 10250),
        ),
        _calico(
            "GlobalNetworkPolicy",
            "storage",
            _for_hosts(
                110,
                "storage",
                {"selector": "tier == 'db'", "namespaceSelector": "stage == 'prod'"},
                5432,
            ),
        ),
    ]


def ordered(count: int, seed: int = 1) -> list[dict[str, Any]]:
    """So many policies of Calico in the first namespace; what some match, earlier ones take."""
    rng = random.Random(seed)

    def rule() -> dict[str, Any]:
        return {
            "action": rng.choice(("Allow", "Allow", "Deny")),
            "protocol": "TCP",
            "source": {"selector": f"tier == '{rng.choice(('web', 'api', 'db', 'cache'))}'"},
            "destination": {"ports": [8000 + rng.randrange(40)]},
        }

    found = []
    for number in range(count):
        selector = f"app == 'app-{rng.randrange(40)}'"
        rules = [rule() for _ in range(rng.choice((1, 2)))]
        spec = {"order": number, "selector": selector, "types": ["Ingress"], "ingress": rules}
        one = _calico("NetworkPolicy", f"ordered-{number:04d}", spec)
        one["metadata"]["namespace"] = "team-0000"
        found.append(one)
    return found


def wide(count: int) -> list[dict[str, Any]]:
    """The same policies of the whole cluster."""
    found = ordered(count)
    for one in found:
        one["kind"] = "GlobalNetworkPolicy"
        del one["metadata"]["namespace"]
    return found


_MANY: Mapping[str, Callable[[int], list[dict[str, Any]]]] = {
    "hosts": hosts,
    "ordered": ordered,
    "wide": wide,
}
"""What can stand beside them in any number."""


def _beside(what: str) -> list[dict[str, Any]]:
    number, kind = _many(what)
    return _MANY[kind](number) if kind else BESIDE[what]


def _many(what: str) -> tuple[int, str]:
    """How many of what, as in `160hosts`; of no kind if it is nothing that goes by number."""
    for kind in _MANY:
        if what.endswith(kind):
            return int(what.removesuffix(kind)), kind
    return 0, ""


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
    given = cluster(size)
    given["items"] += _beside(beside)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "cluster.json"
        file.write_text(json.dumps(given), encoding="utf-8")
        found = medians([_run(file) for _ in range(runs)])
    return {
        "namespaces": size.namespaces,
        "pods": size.pods,
        "policies": size.policies,
        "beside": beside,
        **found,
    }


def _run(file: Path) -> Figures:
    """One run, which has to find something to warn of, and what it found."""
    command = ["-m", "netproof", "lint", str(file), "--output", "json"]
    spent = whole([sys.executable, *command], 3600)
    summary = json.loads(spent.pop("said"))["summary"]
    assert summary["warning"]
    return {**spent, "findings": {name: summary[name] for name in ("error", "warning", "info")}}


def _exponents(rows: Sequence[Figures]) -> Figures:
    """Of processor time over policies: as namespaces grow with them, and in as many namespaces;
    and over what stands beside them in some number."""
    counted = [(*_many(one["beside"]), one["cpu"]) for one in rows]
    numbered = {
        name: [(number, cpu) for number, kind, cpu in counted if kind == name] for name in _MANY
    }
    rows = [one for one in rows if not one["beside"]]
    least = min((one["namespaces"] for one in rows), default=0)
    alike = [one for one in rows if one["policies"] == 10 * one["namespaces"]]
    series = {
        "namespaces": alike,
        "with_the_largest": [one for one in rows if one in alike or one["policies"] > LARGE],
        "policies_a_namespace": [one for one in rows if one["namespaces"] == least],
    }
    points = {
        name: [(one["policies"], one["cpu"]) for one in those] for name, those in series.items()
    }
    return {name: exponent(those) for name, those in {**points, **numbered}.items()}


def _line(row: Figures) -> str:
    within = "within" if row["wall"] <= LIMIT else "ABOVE"
    return (
        f"{row['wall']:.1f} s ({within} {LIMIT:.0f}), {row['cpu']:.1f} s of processors, "
        f"{row['megabytes']:.0f} MB, {row['findings']}"
    )


if __name__ == "__main__":
    main()
