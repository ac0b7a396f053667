"""What policies for forwarded traffic (`applyOnForward`) cost claims, as what there is grows.

    python -m benchmarks.forwarded [--sizes 50/2000/20,...] [--unlike-hosts 20,40,...] [--runs 5]
                                   [--results FOLDER]

A size is nodes/pods/policies: each node has a host endpoint for all of its traffic and one for one
interface, in one of eight roles; the policies for what these forward select some roles. Beside
them stand 250 NetworkPolicies in 25 namespaces. Twenty claims are decided in each world; each run
is a process of its own.

Beside these, `compare --what connectivity` has two workloads with a pod on each of some hosts, of
which no two are alike, where the policy for one of them changes.
"""

from __future__ import annotations

import json
import random
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.clusters import TIERS, Size, claims, cluster
from benchmarks.measuring import Figures, exponent, medians, parser, save, whole

CLAIMS = 20
NAMESPACES, ORDINARY, ROLES = 25, 250, 8
WORLDS = ("snapshot", "any-pods")
SIZES = "50/2000/20,100/2000/20,200/2000/20,50/4000/20,50/8000/20,50/2000/40,50/2000/80"
"""The first one with twice and four times as many of each, one after the other."""

UNLIKE_HOSTS = "20,40,80,160"
GROWING = ("nodes", "pods", "policies")


def main(arguments: Sequence[str] | None = None) -> Path:
    """Measures every size in both worlds; the file with the figures."""
    asked = parser(__doc__, SIZES, 5)
    asked.add_argument("--unlike-hosts", default=UNLIKE_HOSTS, help=f"default: {UNLIKE_HOSTS}")
    options = asked.parse_args(arguments)
    sizes = [tuple(map(int, text.split("/"))) for text in options.sizes.split(",")]
    rows: list[Figures] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        stated = [{"id": f"C{n}", "claim": text} for n, text in enumerate(claims(CLAIMS), start=1)]
        (folder / "spec.json").write_text(json.dumps({"claims": stated}), encoding="utf-8")
        for nodes, pods, policies in sizes:
            file = folder / "cluster.json"
            file.write_text(json.dumps(forwarding(nodes, pods, policies)), encoding="utf-8")
            for world in WORLDS:
                found = medians([_run(file, world) for _ in range(options.runs)])
                rows.append({"nodes": nodes, "pods": pods, "policies": policies, **found})
                print(f"{nodes}/{pods}/{policies}, {world}: {_line(rows[-1])}", flush=True)
        unlike = [
            _compared(int(hosts), folder, options.runs) for hosts in options.unlike_hosts.split(",")
        ]
    figures = {"claims": CLAIMS, "runs": options.runs, "rows": rows, "exponents": _exponents(rows)}
    figures["unlike_hosts"] = unlike
    figures["exponents"]["unlike_hosts"] = exponent([(one["hosts"], one["cpu"]) for one in unlike])
    return save("forwarded", figures, options.results)


def forwarding(nodes: int, pods: int, policies: int, seed: int = 1) -> dict[str, Any]:
    """A cluster whose nodes have host endpoints, and policies for what these forward."""
    rng = random.Random(seed)
    given = cluster(Size(NAMESPACES, pods, ORDINARY), seed)
    running = (one for one in given["items"] if one["kind"] == "Pod")
    for number, pod in enumerate(running):
        pod["spec"]["nodeName"] = f"node-{number % nodes}"
    given["items"] += [_host(number, name) for number in range(nodes) for name in ("*", "eth1")]
    given["items"] += [_policy(rng, number) for number in range(policies)]
    return given


def _calico(kind: str, name: str, labels: dict[str, str], spec: dict[str, Any]) -> dict[str, Any]:
    head = {"apiVersion": "projectcalico.org/v3", "kind": kind}
    return {**head, "metadata": {"name": name, "labels": labels}, "spec": spec}


def _host(number: int, interface: str) -> dict[str, Any]:
    labels = {"role": f"r{number % ROLES}", "interface": "all" if interface == "*" else interface}
    third = 0 if interface == "*" else 100
    spec = {
        "node": f"node-{number}",
        "interfaceName": interface,
        "expectedIPs": [f"192.168.{third + number // 250}.{number % 250 + 1}"],
    }
    return _calico("HostEndpoint", f"node-{number:04d}-{labels['interface']}", labels, spec)


def _policy(rng: random.Random, number: int) -> dict[str, Any]:
    """Of four policies one denies what some addresses or pods send; the others let through."""
    source = rng.choice(
        (
            {"nets": [f"203.0.{rng.randrange(64)}.0/24"]},
            {"selector": f"tier == '{rng.choice(TIERS)}'"},
            {"namespaceSelector": f"team == 't{rng.randrange(NAMESPACES)}'"},
        )
    )
    rule = {
        "action": "Deny" if number % 4 == 0 else "Allow",
        "protocol": "TCP",
        "source": source,
        "destination": {"ports": [rng.choice((22, 80, 443, 5432, 8080))]},
    }
    spec = {
        "order": 10 + number,
        "selector": f"role in {{'r{rng.randrange(ROLES)}', 'r{rng.randrange(ROLES)}'}}",
        "applyOnForward": True,
        "types": ["Ingress", "Egress"],
        "ingress": [rule],
        "egress": [rule],
    }
    return _calico("GlobalNetworkPolicy", f"forward-{number:03d}", {}, spec)


def _run(file: Path, world: str) -> Figures:
    """One run, which has to decide every claim."""
    spec = str(file.with_name("spec.json"))
    words = ["-m", "netproof", "verify", str(file), "--spec", spec, "--world", world]
    spent = whole([sys.executable, *words, "--output", "json"], 3600)
    verdicts = [one["verdict"] for one in json.loads(spent.pop("said"))["claims"]]
    assert len(verdicts) == CLAIMS
    assert "UNKNOWN" not in verdicts
    return {"world": world, **spent, "refuted": verdicts.count("REFUTED")}


def unlike_hosts(hosts: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """Pods on each of some hosts; and the last host asked in another direction."""
    shop = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}}
    items: list[dict[str, Any]] = [shop]
    for number in range(hosts):
        items += [_pod(number, app) for app in ("web", "db")]
        spec = {"node": f"node-{number}", "interfaceName": "*"}
        items.append(_calico("HostEndpoint", f"node-{number}", {"role": f"r{number}"}, spec))
    gates = [_gate(number, "Egress") for number in range(hosts)]
    last = _gate(hosts - 1, "Ingress")
    sides = ([*items, *gates], [*items, *gates[:-1], last])
    old, new = ({"apiVersion": "v1", "kind": "List", "items": side} for side in sides)
    return old, new


def _pod(number: int, app: str) -> dict[str, Any]:
    owner = {"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": app, "uid": app}
    head = {"name": f"{app}-{number}", "namespace": "shop", "labels": {"app": app}}
    spec = {"nodeName": f"node-{number}", "containers": [{"name": "c"}]}
    metadata = {**head, "ownerReferences": [{**owner, "controller": True}]}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}


def _gate(number: int, direction: str) -> dict[str, Any]:
    """A policy that lets all pass one host but what goes to `db`."""
    rules = [{"action": "Deny", "destination": {"selector": "app == 'db'"}}, {"action": "Allow"}]
    asked = {"types": [direction], direction.lower(): rules}
    spec = {"applyOnForward": True, "order": 9, "selector": f"role == 'r{number}'", **asked}
    return _calico("GlobalNetworkPolicy", f"node-{number}", {}, spec)


def _compared(hosts: int, folder: Path, runs: int) -> Figures:
    """What comparing connectivity takes, which has to find the change."""
    names = [str(folder / f"{side}.json") for side in ("old", "new")]
    for name, side in zip(names, unlike_hosts(hosts), strict=True):
        Path(name).write_text(json.dumps(side), encoding="utf-8")
    words = ["-m", "netproof", "compare", *names, "--what", "connectivity", "--output", "json"]
    found = []
    for _ in range(runs):
        spent = whole([sys.executable, *words], 3600)
        assert json.loads(spent.pop("said"))["verdict"] == "INCOMPARABLE"
        found.append(spent)
    row = {"hosts": hosts, **medians(found)}
    print(f"{hosts} unlike hosts: {row['cpu']:.2f} s, {row['megabytes']:.0f} MB", flush=True)
    return row


def _exponents(rows: Sequence[Figures]) -> Figures:
    """Of processor time over each of what grows while the rest stays as in the first row."""
    found: Figures = {}
    for one in GROWING:
        others = [name for name in GROWING if name != one]
        for world in WORLDS:
            points = [
                (row[one], row["cpu"])
                for row in rows
                if row["world"] == world and all(row[name] == rows[0][name] for name in others)
            ]
            found[f"{one}_{world.replace('-', '_')}"] = exponent(points)
    return found


def _line(row: Figures) -> str:
    return f"{row['cpu']:.2f} s, {row['megabytes']:.0f} MB, {row['refuted']} refuted"


if __name__ == "__main__":
    main()
