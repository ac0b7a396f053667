"""The same policies in other kinds: what a cluster costs that has some of each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from benchmarks.clusters import Size, cluster

Object = dict[str, Any]

NAME = "kubernetes.io/metadata.name"


def turned(size: Size, kinds: tuple[str, ...], seed: int = 1) -> Object:
    """The cluster of that size; of four policies that have rules, the last is of another kind.

    With several kinds they take turns, and there are as many of each as ordinary ones are left.
    """
    document = cluster(size, seed)
    period = 4 if len(kinds) == 1 else len(kinds) + 1
    ruled = 0
    for index, item in enumerate(document["items"]):
        if item["kind"] != "NetworkPolicy" or "ingress" not in item["spec"]:
            continue
        ruled += 1
        place = ruled % period
        if kinds and place < len(kinds):
            document["items"][index] = KINDS[kinds[place]](item, ruled)
    return document


# --- ClusterNetworkPolicy -----------------------------------------------------------------------


def cluster_network_policy(policy: Object, number: int) -> Object:
    """Its rules at the admin level, which isolates nobody; blocks have no form in ingress there."""
    namespace, spec = policy["metadata"]["namespace"], policy["spec"]
    sides = {}
    for direction, side in (("ingress", "from"), ("egress", "to")):
        rules = [_admin_rule(rule, namespace, side) for rule in spec[direction]]
        sides[direction] = [rule for rule in rules if rule[side]]
    return {
        "apiVersion": "policy.networking.k8s.io/v1alpha2",
        "kind": "ClusterNetworkPolicy",
        "metadata": {"name": _long_name(policy)},
        "spec": {
            "tier": "Admin",
            "priority": number % 1001,
            "subject": {"pods": _pods_of(namespace, spec["podSelector"])},
            **sides,
        },
    }


def _admin_rule(rule: Object, namespace: str, side: str) -> Object:
    peers = [_admin_peer(peer, namespace) for peer in rule[side]]
    named = any(isinstance(one["port"], str) for one in rule["ports"])
    blocks = side == "to" and not named  # addresses declare no ports (C.15)
    kept = [peer for peer in peers if blocks or "networks" not in peer]
    return {"action": "Accept", side: kept, "protocols": [_protocol(one) for one in rule["ports"]]}


def _admin_peer(peer: Object, namespace: str) -> Object:
    if "ipBlock" in peer:
        return {"networks": [peer["ipBlock"]["cidr"]]}
    if "namespaceSelector" not in peer:
        return {"pods": _pods_of(namespace, peer["podSelector"])}
    if "podSelector" not in peer:
        return {"namespaces": peer["namespaceSelector"]}
    return {"pods": peer}


def _pods_of(namespace: str, selector: Object) -> Object:
    return {"namespaceSelector": {"matchLabels": {NAME: namespace}}, "podSelector": selector}


def _protocol(port: Object) -> Object:
    if isinstance(port["port"], str):
        return {"destinationNamedPort": port["port"]}
    if "endPort" in port:
        span = {"start": port["port"], "end": port["endPort"]}
        return {"tcp": {"destinationPort": {"range": span}}}
    return {"tcp": {"destinationPort": {"number": port["port"]}}}


# --- Calico -------------------------------------------------------------------------------------


def calico_network_policy(policy: Object, _: int) -> Object:
    """Its rules in Calico's words, before the ordinary policies of its namespace."""
    metadata = {"name": f"{policy['metadata']['name']}-c", "namespace": _namespace(policy)}
    selected = {"selector": _expression(policy["spec"]["podSelector"])}
    return _calico("NetworkPolicy", metadata, selected, policy, _beside)


def global_network_policy(policy: Object, _: int) -> Object:
    """The same for the whole cluster, which has to name the namespace."""
    selected = {
        "namespaceSelector": _named(_namespace(policy)),
        "selector": _expression(policy["spec"]["podSelector"]),
    }
    metadata = {"name": _long_name(policy)}
    return _calico("GlobalNetworkPolicy", metadata, selected, policy, _by_name)


def _calico(
    kind: str,
    metadata: Object,
    selected: Object,
    policy: Object,
    near: Callable[[str, Object], Object],
) -> Object:
    namespace, spec = _namespace(policy), policy["spec"]
    rules: dict[str, list[Object]] = {}
    for direction, side in (("ingress", "from"), ("egress", "to")):
        rules[direction] = [
            _calico_rule(peer, rule["ports"], namespace, side, near)
            for rule in spec[direction]
            for peer in rule[side]
        ]
    types = spec["policyTypes"]
    body = {"order": 500, **selected, "types": types, **rules}
    return {
        "apiVersion": "projectcalico.org/v3",
        "kind": kind,
        "metadata": metadata,
        "spec": body,
    }


def _calico_rule(
    peer: Object,
    ports: list[Object],
    namespace: str,
    side: str,
    near: Callable[[str, Object], Object],
) -> Object:
    far = _calico_peer(peer, namespace, near)
    to = {"ports": [_calico_port(one) for one in ports]}
    rule: Object = {"action": "Allow", "protocol": "TCP"}
    if side == "from":
        return {**rule, "source": far, "destination": to}
    return {**rule, "destination": {**far, **to}}


def _calico_peer(peer: Object, namespace: str, near: Callable[[str, Object], Object]) -> Object:
    if "ipBlock" in peer:
        return {"nets": [peer["ipBlock"]["cidr"]], "notNets": peer["ipBlock"]["except"]}
    if "namespaceSelector" not in peer:
        return near(namespace, peer["podSelector"])
    labels = peer["namespaceSelector"]["matchLabels"]
    found = {"namespaceSelector": _named(labels[NAME]) if NAME in labels else _compared(labels)}
    return found | ({"selector": _expression(peer["podSelector"])} if "podSelector" in peer else {})


def _beside(_: str, selector: Object) -> Object:
    """Pods of the policy's own namespace, as a namespaced policy says it."""
    return {"selector": _expression(selector)}


def _by_name(namespace: str, selector: Object) -> Object:
    """The same as a policy of the whole cluster has to say it."""
    return {"namespaceSelector": _named(namespace), "selector": _expression(selector)}


def _named(namespace: str) -> str:
    return f"projectcalico.org/name == '{namespace}'"


def _expression(selector: Object) -> str:
    return _compared(selector.get("matchLabels", {})) or "all()"


def _compared(labels: Mapping[str, str]) -> str:
    return " && ".join(f"{key} == '{value}'" for key, value in labels.items())


def _calico_port(port: Object) -> int | str:
    value: int | str = port["port"]
    return f"{value}:{port['endPort']}" if "endPort" in port else value


def _namespace(policy: Object) -> str:
    found: str = policy["metadata"]["namespace"]
    return found


def _long_name(policy: Object) -> str:
    return f"{_namespace(policy)}-{policy['metadata']['name']}"


KINDS: Mapping[str, Callable[[Object, int], Object]] = {
    "ClusterNetworkPolicy": cluster_network_policy,
    "Calico NetworkPolicy": calico_network_policy,
    "GlobalNetworkPolicy": global_network_policy,
}
