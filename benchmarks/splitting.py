"""A policy set and the same set taken apart: the two sides of a comparison to measure."""

from __future__ import annotations

import random
from typing import Any

from benchmarks.clusters import Size, cluster


def policies_of(size: Size, seed: int = 1) -> list[dict[str, Any]]:
    """The policies of a generated cluster."""
    items: list[dict[str, Any]] = cluster(size, seed)["items"]
    return [item for item in items if item["kind"] == "NetworkPolicy"]


def split(policies: list[dict[str, Any]], seed: int = 1) -> list[dict[str, Any]]:
    """The same policies, one for each peer of each rule, shuffled and written another way.

    Labels become `In` expressions and port ranges are cut in two. A policy without rules in a
    direction keeps isolating it.
    """
    parts = [part for policy in policies for part in _parts(policy)]
    random.Random(seed).shuffle(parts)
    return parts


def _parts(policy: dict[str, Any]) -> list[dict[str, Any]]:
    spec, found = policy["spec"], []
    for direction in ("Ingress", "Egress"):
        rules = [one for each in spec.get(direction.lower(), []) for one in _by_peer(each)]
        for rule in rules or [None]:
            part: dict[str, Any] = {
                "podSelector": _rewritten(spec["podSelector"]),
                "policyTypes": [direction],
            }
            if rule is not None:
                part[direction.lower()] = [_rule(rule)]
            found.append(_named(policy, len(found), part))
    return found


def _by_peer(rule: dict[str, Any]) -> list[dict[str, Any]]:
    """The rule once for each of its peers."""
    side = "from" if "from" in rule else "to"
    return [{**rule, side: [peer]} for peer in rule[side]]


def _named(policy: dict[str, Any], number: int, spec: dict[str, Any]) -> dict[str, Any]:
    metadata = policy["metadata"]
    name = {"namespace": metadata["namespace"], "name": f"{metadata['name']}-{number}"}
    return {**policy, "metadata": name, "spec": spec}


def _rewritten(selector: dict[str, Any]) -> dict[str, Any]:
    pairs = selector.get("matchLabels", {})
    expressions = [
        {"key": key, "operator": "In", "values": [value]} for key, value in pairs.items()
    ]
    return {"matchExpressions": expressions} if expressions else {}


def _rule(rule: dict[str, Any]) -> dict[str, Any]:
    ports = [piece for port in rule.get("ports", []) for piece in _halves(port)]
    peers = {side: [_peer(peer) for peer in rule[side]] for side in ("from", "to") if side in rule}
    return {**peers, "ports": ports}


def _halves(port: dict[str, Any]) -> list[dict[str, Any]]:
    if "endPort" not in port:
        return [port]
    middle = (port["port"] + port["endPort"]) // 2
    return [{**port, "endPort": middle}, {**port, "port": middle + 1}]


def _peer(peer: dict[str, Any]) -> dict[str, Any]:
    return {
        key: _rewritten(value) if key.endswith("Selector") else value for key, value in peer.items()
    }
