"""Clusters of Deployments as a repository holds them: one YAML file a namespace, any size.

Every number of a cluster follows from its size and seed; no two runs differ.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

TIERS = ("frontend", "backend", "db", "cache", "batch")


@dataclass(frozen=True, slots=True)
class Shape:
    """How large a cluster is, and in how many of its namespaces everything is denied first."""

    workloads: int
    policies: int
    isolated: float = 0.75

    @property
    def namespaces(self) -> int:
        """About twenty workloads a namespace, and at least one policy a namespace."""
        return max(1, min(self.workloads // 20, self.policies))

    def __str__(self) -> str:
        return f"{self.workloads}x{self.policies}"


def write(shape: Shape, folder: Path, seed: int = 1) -> None:
    """Writes the cluster into a folder that exists."""
    rng = random.Random(seed)
    names = [f"team-{number:03d}" for number in range(shape.namespaces)]
    documents: dict[str, list[dict[str, Any]]] = {
        name: [_namespace(name, number)] for number, name in enumerate(names)
    }
    for number in range(shape.workloads):
        name = names[number % len(names)]
        documents[name].append(_deployment(name, number // len(names)))
    for number in range(shape.policies):
        name = names[number % len(names)]
        documents[name].append(_policy(rng, names, number, shape.isolated))
    for name, found in documents.items():
        text = yaml.dump_all(found, Dumper=yaml.CSafeDumper, sort_keys=False)
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")


def _namespace(name: str, number: int) -> dict[str, Any]:
    labels = {"team": f"t{number % 25}", "stage": ("prod", "staging", "dev")[number % 3]}
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}}


def _deployment(namespace: str, rank: int) -> dict[str, Any]:
    name = f"app-{rank:03d}"
    labels = {"app": name, "tier": TIERS[rank % len(TIERS)]}
    container = {
        "name": "main",
        "image": f"registry.example/{namespace}/{name}:1.0",
        "ports": [
            {"name": "http", "containerPort": 8080 if rank % 2 else 80},
            {"name": "metrics", "containerPort": 9090},
        ],
        "resources": {"requests": {"cpu": "100m", "memory": "128Mi"}},
        "env": [{"name": f"SETTING_{index}", "value": "x" * 30} for index in range(4)],
    }
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": namespace, "labels": labels},
        "spec": {
            "replicas": 1 + rank % 3,
            "selector": {"matchLabels": {"app": name}},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}},
        },
    }


def _policy(rng: random.Random, names: list[str], number: int, isolated: float) -> dict[str, Any]:
    """In most namespaces everything is denied first, in the others only some are isolated."""
    namespace, rank = names[number % len(names)], number // len(names)
    types = ["Ingress", "Egress"]
    spec: dict[str, Any] = {"podSelector": {}, "policyTypes": types}
    opened = number % len(names) >= isolated * len(names)
    if rank or opened:
        chosen = {"app": f"app-{rng.randrange(20):03d}"} if opened else {"tier": rng.choice(TIERS)}
        spec = {
            "podSelector": {"matchLabels": chosen},
            "policyTypes": types,
            "ingress": [_rule(rng, names, "from") for _ in range(rng.randint(1, 3))],
            "egress": [_rule(rng, names, "to") for _ in range(rng.randint(1, 2))],
        }
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": f"policy-{rank:03d}", "namespace": namespace},
        "spec": spec,
    }


def _rule(rng: random.Random, names: list[str], side: str) -> dict[str, Any]:
    """A rule without what a peer tool refuses: a port's name on an address."""
    peer = _peer(rng, names)
    known: tuple[int | str, ...] = (80, 443, 5432, 8080)
    choices = known if "ipBlock" in peer else (*known, "http")
    ports: list[dict[str, Any]] = [{"protocol": "TCP", "port": rng.choice(choices)}]
    if rng.random() < 0.2:
        ports.append({"protocol": "TCP", "port": 8000, "endPort": 8100})
    return {side: [peer], "ports": ports}


def _peer(rng: random.Random, names: list[str]) -> dict[str, Any]:
    tier = {"matchLabels": {"tier": rng.choice(TIERS)}}
    choice = rng.random()
    if choice < 0.5:
        return {"podSelector": tier}
    if choice < 0.7:
        return {"namespaceSelector": {"matchLabels": {"team": f"t{rng.randrange(25)}"}}}
    if choice < 0.85:
        name = {"matchLabels": {"kubernetes.io/metadata.name": rng.choice(names)}}
        return {"namespaceSelector": name, "podSelector": tier}
    block = f"{rng.choice((172, 192))}.{rng.randrange(16, 32)}.0.0/16"
    return {"ipBlock": {"cidr": block, "except": [block.replace(".0.0/16", ".9.0/24")]}}
