"""Policies that add up, and elements that stand twice in a rule (A.5, B.18)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from netproof.lint.facts import Facts, PlacedRule, requirements_of, rules_in_force
from netproof.lint.findings import Finding, finding, related_to
from netproof.oracle.network_policy import rules_of, types_of
from netproof.oracle.ports import protocol_of
from netproof_specs.locations import Location
from netproof_specs.model.labels import LabelSelector
from netproof_specs.model.network_policy import (
    BlockPeer,
    NetworkPolicy,
    Peer,
    PodPeer,
    PolicyPort,
    PolicyRule,
)
from netproof_specs.model.traffic import Direction, PortRange

_Form = tuple[object, ...]


def unions(facts: Facts) -> Iterator[Finding]:
    """NP023: policies with one subject that admit different peers on a common port (A.5)."""
    for policies in facts.by_namespace.values():
        alike: dict[_Form, list[NetworkPolicy]] = {}
        for policy in policies:
            if policy.subject.requirements:
                alike.setdefault(requirements_of(policy.subject), []).append(policy)
        for those in alike.values():
            for direction in Direction:
                yield from _unions(those, direction)


def _unions(policies: list[NetworkPolicy], direction: Direction) -> Iterator[Finding]:
    """One finding a policy, at the later of two that add up."""
    admitting = [one for one in policies if direction in types_of(one) and rules_of(one, direction)]
    for number, later in enumerate(admitting):
        others = [one for one in admitting[:number] if _adds_up(one, later, direction)]
        if others:
            yield _union(later, others, direction)


def _adds_up(one: NetworkPolicy, other: NetworkPolicy, direction: Direction) -> bool:
    """Whether each restricts the peers on a port that the other opens to more peers."""
    return any(
        left.peers
        and right.peers
        and {peer_form(peer) for peer in left.peers} != {peer_form(peer) for peer in right.peers}
        and _common_port(left, right)
        for left in rules_of(one, direction)
        for right in rules_of(other, direction)
    )


def _common_port(left: PolicyRule, right: PolicyRule) -> bool:
    if not left.ports or not right.ports:
        return True
    return any(_meet(one, other) for one in left.ports for other in right.ports)


def _meet(left: PolicyPort, right: PolicyPort) -> bool:
    """Whether two elements have a port in common, as far as their text tells."""
    if protocol_of(left) is not protocol_of(right):
        return False
    match left.port, right.port:
        case PortRange() as one, PortRange() as other:
            return one.first <= other.last and other.first <= one.last
        case one, other:
            return one is None or other is None or one == other


def _union(policy: NetworkPolicy, others: list[NetworkPolicy], direction: Direction) -> Finding:
    name = direction.value.lower()
    preposition = "from" if direction is Direction.INGRESS else "to"
    titles = "`, `".join(one.title for one in others)
    found = finding(
        "NP023",
        policy.where,
        f"`{policy.title}` selects the same pods as `{titles}`: their {name} is admitted "
        f"{preposition} what any of them lists, not only {preposition} what one of them lists",
        "if one of them is meant alone, remove the other; else write one policy with all the "
        "peers, so that it reads as what it is",
        policy,
    )
    return related_to(found, ((one.where, f"`{one.title}` selects the same") for one in others))


def repeated_elements(facts: Facts) -> Iterator[Finding]:
    """NP024: a peer or port that stands twice in one rule (B.18)."""
    for policy in facts.policies:
        for placed in rules_in_force(policy):
            peers = ((peer_form(one), one.where) for one in placed.rule.peers)
            ports = ((port_form(one), one.where) for one in placed.rule.ports)
            for word, forms in (("peer", peers), ("port", ports)):
                yield from _repeated(placed, word, forms)


def _repeated(
    placed: PlacedRule, word: str, forms: Iterable[tuple[_Form, Location | None]]
) -> Iterator[Finding]:
    seen: dict[_Form, Location | None] = {}
    for form, where in forms:
        if form not in seen:
            seen[form] = where
            continue
        found = finding(
            "NP024",
            where,
            f"this {word} stands twice in `{placed.policy.title}` {placed.title}",
            "remove one of the two, or write the one that was meant",
            placed.policy,
        )
        yield related_to(found, [(seen[form], "the first time")])


def peer_form(peer: Peer) -> _Form:
    """The peer without its places."""
    match peer:
        case BlockPeer(cidr, excepts):
            return ("block", cidr, tuple(sorted(set(excepts))))
        case PodPeer(namespaces, pods):
            return ("pods", _selector_form(namespaces), _selector_form(pods))


def _selector_form(selector: LabelSelector | None) -> _Form | None:
    return None if selector is None else requirements_of(selector)


def port_form(port: PolicyPort) -> _Form:
    """The port without its place, its protocol filled in (A.31)."""
    return (protocol_of(port), port.port)
