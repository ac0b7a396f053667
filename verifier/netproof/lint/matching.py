"""Policies, rules, peers and names of ports that match nothing (A.6, A.17, A.23, A.35)."""

from __future__ import annotations

from collections.abc import Iterator

from netproof.lint.facts import Facts, PlacedRule, peer_selectors, rules_in_force
from netproof.lint.findings import Finding, few_of, finding, lowered
from netproof.oracle.calico_rules import declared
from netproof.oracle.labels import holds
from netproof.oracle.ports import protocol_of
from netproof_specs.locations import Location
from netproof_specs.model.connections import PodEndpoint
from netproof_specs.model.labels import NAME_LABEL, LabelSelector, Operator, Requirement
from netproof_specs.model.network_policy import BlockPeer, NetworkPolicy, PodPeer, PolicyPort
from netproof_specs.model.traffic import Direction, PortName, Protocol


def contradictions(facts: Facts) -> Iterator[Finding]:
    """NP004: selectors that no labels can meet (A.23, A.25)."""
    for policy in facts.policies:
        yield from _contradiction(policy, "pod", policy.subject)
        for placed in rules_in_force(policy):
            for what, selector in peer_selectors(placed.rule.peers):
                yield from _contradiction(policy, what, selector)


def _contradiction(policy: NetworkPolicy, what: str, selector: LabelSelector) -> Iterator[Finding]:
    for key, requirements in by_key(selector).items():
        if not satisfiable(what, requirements):
            yield finding(
                "NP004",
                requirements[-1].where or selector.where,
                f"no {what} can meet what the selector asks of the label `{key}`",
                f"change the requirements on `{key}` so that one value, or its absence, meets all",
                policy,
            )


def by_key(selector: LabelSelector) -> dict[str, list[Requirement]]:
    """The requirements by the key that they speak of."""
    found: dict[str, list[Requirement]] = {}
    for one in selector.requirements:
        found.setdefault(one.key, []).append(one)
    return found


def satisfiable(what: str, requirements: list[Requirement]) -> bool:
    """Whether some value of one key, or its absence, meets all requirements on it.

    Every mentioned value, one other value and absence are all there is to try (A.23); a
    namespace always has its name for a label (A.25).
    """
    key = requirements[0].key
    mentioned = {value for one in requirements for value in one.values}
    other = "x" * (1 + max((len(value) for value in mentioned), default=0))
    tries: list[dict[str, str]] = [{key: value} for value in (*sorted(mentioned), other)]
    if what == "pod" or key != NAME_LABEL:
        tries.append({})
    return any(all(holds(one, labels) for one in requirements) for labels in tries)


def can_match(selector: LabelSelector, what: str) -> bool:
    """Whether some labels of a pod or a namespace meet the selector."""
    return all(satisfiable(what, requirements) for requirements in by_key(selector).values())


def idle_policies(facts: Facts) -> Iterator[Finding]:
    """NP001: policies whose subject includes no pod of the input (A.6)."""
    if not facts.has_pods:
        return
    for policy in facts.policies:
        if next(facts.subjects(policy), None) is None and can_match(policy.subject, "pod"):
            yield _idle_policy(facts, policy)


def _idle_policy(facts: Facts, policy: NetworkPolicy) -> Finding:
    title, space = f"`{policy.title}`", policy.namespace
    dormant = facts.named(facts.dormant, space, policy.subject)
    nodes = facts.named(facts.nodes, space, policy.subject)
    there = len(facts.pods.get(space, ()))

    def found(message: str, suggestion: str) -> Finding:
        return finding("NP001", policy.where, message, suggestion, policy)

    if nodes:
        guarded = found(
            f"{title} selects hostNetwork pods only ({few_of(nodes)}), which count as their nodes "
            "and are not isolated",
            "guard such pods by other means, or remove the policy",
        )
        return guarded if policy.subject.requirements else lowered(guarded)
    if dormant:
        return lowered(
            found(
                f"{title} selects no pod at present: {few_of(dormant)} {_be(dormant)} completed or "
                "scaled to 0",
                "nothing is to be done if pods of that kind are to run again",
            )
        )
    if not there:
        return lowered(
            found(
                f"{title} selects no pod: the input has none in the namespace `{space}`",
                "add the namespace's workloads to the input to have the policy checked",
            )
        )
    which = "does not select the only workload"
    if there > 1:
        which = f"selects none of the {there} workloads"
    return found(
        f"{title} {which} in the namespace `{space}`",
        "compare the labels in `spec.podSelector` with those of the pods, or remove the policy",
    )


def _be(names: list[str]) -> str:
    return "is" if len(names) == 1 else "are"


def idle_rules(facts: Facts, explained: frozenset[Location]) -> Iterator[Finding]:
    """NP002 and NP003: peers that match no pod of the input, and rules with none that does.

    A peer with a selector at one of the places `explained` is left to the finding there, and the
    rules of a policy that selects nothing to the finding on the policy.
    """
    if not facts.has_pods:
        return
    for policy in facts.policies:
        if next(facts.subjects(policy), None) is None:
            continue
        for placed in rules_in_force(policy):
            yield from _idle_rule(facts, placed, explained)


def _idle_rule(
    facts: Facts, placed: PlacedRule, explained: frozenset[Location]
) -> Iterator[Finding]:
    peers = placed.rule.peers
    idle = [peer for peer in peers if isinstance(peer, PodPeer) and _is_idle(facts, placed, peer)]
    if not idle or any(_impossible(peer) for peer in idle):
        return
    if len(idle) == len(peers):
        found = finding(
            "NP003",
            placed.rule.where,
            f"`{placed.policy.title}` {placed.title} matches no pod of the input, so it admits "
            "nothing",
            "compare its peers' selectors with the labels of the pods and namespaces",
            placed.policy,
        )
        elsewhere = all(_may_match_others(facts, placed, peer) for peer in idle)
        yield lowered(found) if elsewhere else found
        return
    for peer in idle:
        if explained.isdisjoint(_places(peer)):
            yield _idle_peer(facts, placed, peer)


def _is_idle(facts: Facts, placed: PlacedRule, peer: PodPeer) -> bool:
    return next(facts.peer_pods(peer, placed.policy.namespace), None) is None


def _impossible(peer: PodPeer) -> bool:
    return not all(can_match(selector, what) for what, selector in peer_selectors([peer]))


def _may_match_others(facts: Facts, placed: PlacedRule, peer: PodPeer) -> bool:
    """Whether the peer may be meant for pods of another input, or for pods that do not run now."""
    names = [one.name for one in facts.peer_namespaces(peer, placed.policy.namespace)]
    pods = peer.pods or LabelSelector()
    if not any(facts.pods[name] for name in names) or (_speaks_of_any(peer) and facts.is_part):
        return True
    return any(facts.named(facts.dormant, name, pods) for name in names)


def _speaks_of_any(peer: PodPeer) -> bool:
    """Whether the peer asks nothing of its namespaces that they would have to carry."""
    asked = peer.namespaces.requirements if peer.namespaces is not None else None
    positive = (Operator.IN, Operator.EXISTS)
    return asked is not None and not any(one.operator in positive for one in asked)


def _places(peer: PodPeer) -> set[Location]:
    return {
        one.where
        for _, selector in peer_selectors([peer])
        for one in selector.requirements
        if one.where is not None
    }


def _idle_peer(facts: Facts, placed: PlacedRule, peer: PodPeer) -> Finding:
    found = finding(
        "NP002",
        peer.where,
        f"this peer of `{placed.policy.title}` {placed.title} matches no pod of the input",
        "compare its selectors with the labels of the pods and namespaces, or remove the peer",
        placed.policy,
    )
    return lowered(found) if _may_match_others(facts, placed, peer) else found


def unknown_namespace_labels(facts: Facts, explained: frozenset[Location]) -> Iterator[Finding]:
    """NP020: namespace selectors that ask for a label which no namespace carries (A.25)."""
    if not facts.declares_namespaces:
        return
    for policy in facts.policies:
        for placed in rules_in_force(policy):
            for what, selector in peer_selectors(placed.rule.peers):
                if what == "namespace" and can_match(selector, what):
                    yield from _unknown(facts, placed, selector, explained)


def _unknown(
    facts: Facts, placed: PlacedRule, selector: LabelSelector, explained: frozenset[Location]
) -> Iterator[Finding]:
    for one in selector.requirements:
        if one.operator not in (Operator.IN, Operator.EXISTS) or one.where in explained:
            continue
        if any(holds(one, dict(space.labels)) for space in facts.cluster.namespaces):
            continue
        yield _unknown_name(placed, one) if one.key == NAME_LABEL else _unknown_label(placed, one)


def _unknown_name(placed: PlacedRule, one: Requirement) -> Finding:
    names = "`, `".join(one.values)
    return lowered(
        finding(
            "NP020",
            one.where,
            f"the input holds no namespace `{names}`",
            "check the name, or add the namespace to the input",
            placed.policy,
        )
    )


def _unknown_label(placed: PlacedRule, one: Requirement) -> Finding:
    label = f"{one.key}={'|'.join(one.values)}" if one.values else one.key
    hint = f"label the namespace (`kubectl label namespace NAME {one.key}=...`)"
    return finding(
        "NP020",
        one.where,
        f"no namespace of the input carries the label `{label}`",
        f"{hint}, or select it by name with `{NAME_LABEL}`",
        placed.policy,
    )


def undeclared_names(facts: Facts) -> Iterator[Finding]:
    """NP019: port names that no destination of the rule declares (A.35, A.41)."""
    for policy in facts.policies:
        for placed in rules_in_force(policy):
            named = [one for one in placed.rule.ports if isinstance(one.port, PortName)]
            if named:
                yield from _undeclared(facts, placed, named)


def _undeclared(facts: Facts, placed: PlacedRule, named: list[PolicyPort]) -> Iterator[Finding]:
    pods = list(_destinations(facts, placed))
    for one in named:
        assert isinstance(one.port, PortName)
        if _on_hosts(facts, placed, one.port.name, protocol_of(one)):
            continue
        protocols = _protocols(facts, pods, one.port.name)
        if pods and protocol_of(one) not in protocols:
            yield _undeclared_name(placed, one, protocols)
        elif not pods and _only_blocks(placed):
            yield _external_name(placed, one)


def _on_hosts(facts: Facts, placed: PlacedRule, name: str, protocol: Protocol) -> bool:
    """Whether a host endpoint gives a port of the protocol the name, and the rule is not for pods
    alone (D.6).
    """
    peers = placed.rule.peers
    of_pods = bool(peers) and not any(isinstance(peer, BlockPeer) for peer in peers)
    if placed.direction is Direction.INGRESS or of_pods:
        return False
    known = (declared(host, protocol) for host in facts.cluster.hosts)
    return any(one == name for ports in known for one, _ in ports)


def _only_blocks(placed: PlacedRule) -> bool:
    peers = placed.rule.peers
    return (
        placed.direction is Direction.EGRESS
        and bool(peers)
        and all(isinstance(peer, BlockPeer) for peer in peers)
    )


def _destinations(facts: Facts, placed: PlacedRule) -> Iterator[PodEndpoint]:
    """The pods of the input that connections which the rule speaks of can go to."""
    if placed.direction is Direction.INGRESS:
        yield from facts.subjects(placed.policy)
    elif not placed.rule.peers:
        for pods in facts.pods.values():
            yield from pods
    else:
        for peer in placed.rule.peers:
            yield from facts.peer_pods(peer, placed.policy.namespace)


def _protocols(facts: Facts, pods: list[PodEndpoint], name: str) -> set[Protocol]:
    """Those of the ports of that name; with Calico, also of any init container's (A.36, D.6)."""
    every_port = facts.other_hosts is not None
    ports = ((*one.ports, *one.init_ports) if every_port else one.ports for one in pods)
    return {port.protocol for listed in ports for port in listed if port.name == name}


def _undeclared_name(placed: PlacedRule, one: PolicyPort, others: set[Protocol]) -> Finding:
    assert isinstance(one.port, PortName)
    name, protocol = one.port.name, protocol_of(one).value
    message = (
        f"no pod that `{placed.policy.title}` {placed.title} leads to declares a {protocol} "
        f"port called `{name}`"
    )
    hint = "write the number, or give the container port that name"
    if others:
        known = " and ".join(protocol.value for protocol in Protocol if protocol in others)
        message += f", only a {known} port of that name"
        hint = f"write `protocol: {known}`: without it the protocol is TCP"
    return finding("NP019", one.where, message, hint, placed.policy)


def _external_name(placed: PlacedRule, one: PolicyPort) -> Finding:
    assert isinstance(one.port, PortName)
    return finding(
        "NP019",
        one.where,
        f"`{placed.policy.title}` {placed.title} names the port `{one.port.name}` of addresses, "
        "but only pods declare port names",
        "write the port's number",
        placed.policy,
    )
