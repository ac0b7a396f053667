"""Admin-level policies as Calico's tiers read them; the twin of `netproof.oracle.calico_admin`.

Calico makes policies of its own of them. So a peer of pods is a selector, which network sets and
port names of its own answer to, and a rule that it cannot convert denies everything or is dropped.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from netproof_encodings.decision.conditions import ALWAYS, End, Match, every, some, subject_end
from netproof_encodings.decision.tiers import Rule
from netproof_encodings.lowering import admin_policy
from netproof_encodings.lowering.calico_rules import Setting, lower_selectors
from netproof_encodings.lowering.calico_selectors import ORCHESTRATOR
from netproof_specs.model.admin_policy import (
    AdminPeer,
    AdminPods,
    AdminPolicy,
    AdminRule,
    NetworksPeer,
    NodesPeer,
)
from netproof_specs.model.calico import EntityRule
from netproof_specs.model.calico_selectors import (
    All,
    And,
    Compared,
    Comparison,
    Expression,
    Has,
    Listed,
    Membership,
    Not,
    Selector,
)
from netproof_specs.model.labels import LabelSelector, Operator, Requirement
from netproof_specs.model.traffic import Action, Direction, PortName


def lower_rules(policy: AdminPolicy, direction: Direction, setting: Setting) -> Iterator[Rule]:
    """The rules of the direction as Calico converts them (D.7)."""
    other = subject_end(direction).opposite
    for at, rule in enumerate(admin_policy.rules_of(policy, direction)):
        action = admin_policy.ACTIONS[rule.action]
        if is_converted(rule):
            yield Rule(action, lower_rule(rule, other, setting), at, rule.where)
        elif action is not Action.ALLOW:
            yield Rule(Action.DENY, ALWAYS, at, rule.where)


def is_converted(rule: AdminRule) -> bool:
    """Iff Calico can convert the rule: not one with peers of nodes, port names or empty ranges."""
    return not any(isinstance(peer, NodesPeer) for peer in rule.peers) and all(
        not isinstance(one.port, PortName) and one.port.first <= one.port.last for one in rule.ports
    )


def lower_rule(rule: AdminRule, other: End, setting: Setting) -> Match:
    """Some peer, and some port where ports are given."""
    peers = some(lower_peer(peer, other, setting) for peer in rule.peers)
    if not rule.ports:
        return peers
    return every((peers, some(map(admin_policy.lower_port, rule.ports))))


def lower_peer(peer: AdminPeer, other: End, setting: Setting) -> Match:
    """A peer of pods is found by selectors, as network sets and host endpoints are (D.22, D.23)."""
    match peer:
        case AdminPods():
            return lower_selectors(entity_of(peer), other, setting)
        case NetworksPeer() | NodesPeer():
            return admin_policy.lower_peer(peer, other)
        case _:
            assert_never(peer)


def entity_of(peer: AdminPods) -> EntityRule:
    """The selectors that a peer becomes; one of pods asks for Kubernetes' orchestrator."""
    namespaces = _selector(peer.namespaces, [])
    pods = None if peer.pods is None else _selector(peer.pods, [_KUBERNETES])
    return EntityRule(selector=pods, namespace_selector=namespaces)


_KUBERNETES = Compared(ORCHESTRATOR, Comparison.EQUAL, "k8s", 0)


def _selector(selector: LabelSelector | None, also: list[Expression]) -> Selector:
    """A selector of Kubernetes in Calico's language; an empty one is the exact text `all()`."""
    requirements = () if selector is None else selector.requirements
    parts = [*also, *map(_expression, requirements)]
    where = None if selector is None else selector.where
    if not parts:
        return Selector("all()", All("all()", 0), where)
    return Selector("", parts[0] if len(parts) == 1 else And(tuple(parts), 0), where)


def _expression(one: Requirement) -> Expression:
    match one.operator:
        case Operator.IN:
            return Listed(one.key, Membership.IN, one.values, 0)
        case Operator.NOT_IN:
            return Listed(one.key, Membership.NOT_IN, one.values, 0)
        case Operator.EXISTS:
            return Has(one.key, 0)
        case Operator.DOES_NOT_EXIST:
            return Not(Has(one.key, 0), 0)
        case _:
            assert_never(one.operator)
