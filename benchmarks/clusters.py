"""Clusters to measure on: what `kubectl get ns,pods,netpol -A -o json` prints, at any size.

Every number of a cluster follows from its size and seed; no two runs differ.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

TIERS = ("frontend", "backend", "db", "cache", "batch")


@dataclass(frozen=True, slots=True)
class Size:
    """How large a cluster is."""

    namespaces: int
    pods: int
    policies: int

    def __str__(self) -> str:
        return f"{self.pods} pods, {self.policies} policies, {self.namespaces} namespaces"


def cluster(size: Size, seed: int = 1) -> dict[str, Any]:
    """A `List` of namespaces, pods and policies."""
    return {"apiVersion": "v1", "kind": "List", "items": _items(size, seed, 0)}


def grown(size: Size, parts: int) -> dict[str, Any]:
    """A cluster so many times as large as one of the size, which it holds as it is."""
    items = [item for part in range(parts) for item in _items(size, 1 + part, part)]
    return {"apiVersion": "v1", "kind": "List", "items": items}


def _items(size: Size, seed: int, part: int) -> list[dict[str, Any]]:
    """Everything in a part of a cluster, which has the size; parts share no name or address."""
    rng, first = random.Random(seed), part * size.namespaces
    names = [f"team-{first + number:04d}" for number in range(size.namespaces)]
    items = [_namespace(name, first + number) for number, name in enumerate(names)]
    items += [_pod(names, number, part * size.pods) for number in range(size.pods)]
    items += [_policy(rng, names, number) for number in range(size.policies)]
    return items


def _namespace(name: str, number: int) -> dict[str, Any]:
    labels = {
        "kubernetes.io/metadata.name": name,
        "team": f"t{number % 50}",
        "stage": ("prod", "staging", "dev")[number % 3],
    }
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}}


def _pod(names: list[str], number: int, others: int) -> dict[str, Any]:
    """One of some ten replicas of an application of its namespace, after the pods of others."""
    namespace = names[number % len(names)]
    rank = number // len(names)
    app, tier = rank // 10, TIERS[(rank // 10) % len(TIERS)]
    name = f"app-{app}-{rank:05d}"
    labels = {"app": f"app-{app}", "tier": tier, "pod-template-hash": f"d{app:07x}"}
    port = {"name": "http", "containerPort": 8080 if app % 2 else 80, "protocol": "TCP"}
    container = {
        "name": "main",
        "image": f"registry.example/{namespace}/app-{app}:1.0",
        "ports": [port, {"name": "metrics", "containerPort": 9090, "protocol": "TCP"}],
        "resources": {"requests": {"cpu": "100m", "memory": "128Mi"}},
        "env": [{"name": f"SETTING_{index}", "value": "x" * 30} for index in range(8)],
        "volumeMounts": [{"name": "data", "mountPath": "/data"}],
    }
    number += others
    address = f"10.{number // 65536}.{number // 256 % 256}.{number % 256}"
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": name,
            "namespace": namespace,
            "labels": labels,
            "annotations": {"example.com/checksum": "0" * 64},
            "creationTimestamp": "2026-01-01T00:00:00Z",
            "resourceVersion": str(number),
            "uid": f"00000000-0000-0000-0000-{number:012d}",
        },
        "spec": {
            "containers": [container],
            "nodeName": f"node-{number // 100}",
            "serviceAccountName": "default",
            "tolerations": [{"key": "example.com/x", "operator": "Exists"}],
            "volumes": [{"name": "data", "emptyDir": {}}],
        },
        "status": {
            "phase": "Running",
            "podIP": address,
            "podIPs": [{"ip": address}],
            "conditions": [{"type": "Ready", "status": "True"}],
        },
    }


def _policy(rng: random.Random, names: list[str], number: int) -> dict[str, Any]:
    """The first policy of a namespace denies by default; the others admit something."""
    namespace = names[number % len(names)]
    rank = number // len(names)
    types = ["Ingress", "Egress"]
    spec: dict[str, Any] = {"podSelector": {}, "policyTypes": types}
    if rank:
        spec = {
            "podSelector": {"matchLabels": {"app": f"app-{rng.randrange(12)}"}},
            "policyTypes": types,
            "ingress": [_rule(rng, names, "from") for _ in range(rng.randint(1, 3))],
            "egress": [_rule(rng, names, "to") for _ in range(rng.randint(1, 2))],
        }
    metadata = {"name": f"policy-{rank:03d}", "namespace": namespace}
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": metadata,
        "spec": spec,
    }


def _rule(rng: random.Random, names: list[str], side: str) -> dict[str, Any]:
    ports: list[dict[str, Any]] = [
        {"protocol": "TCP", "port": rng.choice((80, 443, 5432, 8080, "http"))}
    ]
    if rng.random() < 0.2:
        ports.append({"protocol": "TCP", "port": 8000, "endPort": 8100})
    peers = [_peer(rng, names) for _ in range(rng.randint(1, 2))]
    return {side: peers, "ports": ports}


def _peer(rng: random.Random, names: list[str]) -> dict[str, Any]:
    tier = {"matchLabels": {"tier": rng.choice(TIERS)}}
    choice = rng.random()
    if choice < 0.5:
        return {"podSelector": tier}
    if choice < 0.7:
        return {"namespaceSelector": {"matchLabels": {"team": f"t{rng.randrange(50)}"}}}
    if choice < 0.85:
        name = {"matchLabels": {"kubernetes.io/metadata.name": rng.choice(names)}}
        return {"namespaceSelector": name, "podSelector": tier}
    block = f"{rng.choice((172, 192))}.{rng.randrange(16, 32)}.0.0/16"
    return {"ipBlock": {"cidr": block, "except": [block.replace(".0.0/16", ".9.0/24")]}}


def claims(count: int) -> list[str]:
    """Claims of every form about such a cluster, some true and some false."""
    forms = (
        "ns:team-{a:04d} cannot reach ns:team-{b:04d} on TCP/22",
        "ns:team-{a:04d} can reach only ns:team-{b:04d} on TCP/80",
        "only ns:team-{b:04d} can reach pods(tier=db) in ns:team-{a:04d}",
        "pods(tier=db) in ns:team-{a:04d} cannot reach external on TCP/443",
        "external cannot reach ns(stage=prod) on TCP/5432",
        "ns(team=t{b}) may reach pods(tier=backend) in ns:team-{a:04d} on TCP/8080",
        "pods(tier=cache) is isolated from cidr(203.0.113.0/24)",
        "ns:team-{a:04d} can reach ns:team-{b:04d} on TCP/443",
    )
    return [
        forms[index % len(forms)].format(a=index % 7, b=(index * 3 + 1) % 7)
        for index in range(count)
    ]
