"""Admin-level policies as Calico's tiers read them, on concrete connections (D.7)."""

from __future__ import annotations

from typing import assert_never

from netproof.decisions import RuleAt
from netproof.oracle import admin_policy
from netproof.oracle.calico_rules import Scene, selectors_match
from netproof.oracle.network_policy import other_end
from netproof_specs.model.admin_policy import (
    AdminKind,
    AdminPeer,
    AdminPods,
    AdminPolicy,
    AdminRule,
    AdminTier,
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
from netproof_specs.model.connections import Endpoint
from netproof_specs.model.labels import LabelSelector, Operator, Requirement
from netproof_specs.model.traffic import Action, Direction, PortName

_TIERS = {
    AdminKind.ADMIN: {AdminTier.ADMIN: "adminnetworkpolicy"},
    AdminKind.BASELINE: {AdminTier.BASELINE: "baselineadminnetworkpolicy"},
    AdminKind.CLUSTER: {AdminTier.ADMIN: "kube-admin", AdminTier.BASELINE: "kube-baseline"},
}
_KUBERNETES = Compared("projectcalico.org/orchestrator", Comparison.EQUAL, "k8s", 0)


def tier_of(policy: AdminPolicy) -> str:
    """The tier of Calico that the policy is put into (D.4, D.7)."""
    return _TIERS[policy.kind][policy.tier]


def first_match(
    policy: AdminPolicy, direction: Direction, scene: Scene
) -> tuple[RuleAt, Action] | None:
    """The first rule that matches, with what it says once it is converted (D.7).

    One that cannot be converted denies everything, unless it accepts: then it is dropped.
    """
    for index, rule in enumerate(admin_policy.rules_of(policy, direction)):
        place, action = RuleAt(index, rule.where), admin_policy.ACTIONS[rule.action]
        if cannot_be_converted(rule):
            if action is not Action.ALLOW:
                return place, Action.DENY
        elif rule_matches(rule, direction, scene):
            return place, action
    return None


def cannot_be_converted(rule: AdminRule) -> bool:
    """True iff the rule has a peer of nodes, a port by name or a range that holds no port."""
    for peer in rule.peers:
        if isinstance(peer, NodesPeer):
            return True
    for one in rule.ports:
        if isinstance(one.port, PortName) or one.port.last < one.port.first:
            return True
    return False


def rule_matches(rule: AdminRule, direction: Direction, scene: Scene) -> bool:
    """True iff some peer is the other end and, where ports are given, some port fits."""
    other = other_end(scene.connection, direction)
    return any(peer_matches(peer, other, scene) for peer in rule.peers) and (
        not rule.ports
        or any(admin_policy.port_matches(port, scene.connection) for port in rule.ports)
    )


def peer_matches(peer: AdminPeer, other: Endpoint, scene: Scene) -> bool:
    """True iff the peer is the other end; one of pods is looked for by its selectors (D.22)."""
    match peer:
        case AdminPods(namespaces, pods):
            entity = EntityRule(
                selector=None if pods is None else converted(pods, _KUBERNETES),
                namespace_selector=converted(namespaces),
            )
            return selectors_match(entity, other, scene)
        case NetworksPeer() | NodesPeer():
            return admin_policy.peer_matches(peer, other, scene.connection.family)
        case _:
            assert_never(peer)


def converted(selector: LabelSelector | None, *first: Expression) -> Selector:
    """The selector in Calico's language, after what else is asked for; `all()` if nothing is."""
    parts: list[Expression] = list(first)
    for requirement in selector.requirements if selector is not None else ():
        parts.append(expression(requirement))
    tree = And(tuple(parts), 0) if parts else All("all()", 0)
    return Selector("as converted", tree)


def expression(requirement: Requirement) -> Expression:
    """One requirement in Calico's language."""
    key, values = requirement.key, requirement.values
    match requirement.operator:
        case Operator.IN:
            return Listed(key, Membership.IN, values, 0)
        case Operator.NOT_IN:
            return Listed(key, Membership.NOT_IN, values, 0)
        case Operator.EXISTS:
            return Has(key, 0)
        case Operator.DOES_NOT_EXIST:
            return Not(Has(key, 0), 0)
        case _:
            assert_never(requirement.operator)
