"""What of Calico's objects the oracle understands and no tier does yet."""

from __future__ import annotations

from collections.abc import Iterator

from netproof_encodings.lowering import is_calico
from netproof_specs.locations import Location
from netproof_specs.model.calico import (
    CalicoNetworkPolicy,
    CalicoRule,
    EntityRule,
    GlobalNetworkPolicy,
)
from netproof_specs.model.calico_selectors import (
    All,
    And,
    Compared,
    Comparison,
    Expression,
    Global,
    Has,
    Listed,
    Not,
    Or,
    Selector,
)
from netproof_specs.model.cluster import Cluster
from netproof_specs.problems import Problem

_HINT = "a verdict without it would be wrong: leave it out only if it decides nothing here"


def not_decided(where: Location | None, message: str, clause: str = "D.1") -> Problem:
    """A problem with what stands there, which is no mistake of the user's."""
    return Problem(where, message, _HINT, "undecided-kind", clause)


def undecided(cluster: Cluster) -> Iterator[Problem]:
    """A problem for each host endpoint, and for each field that only the oracle understands."""
    for host in cluster.hosts:
        yield not_decided(host.where, "host endpoints are read and not decided on yet", "D.35")
    if not is_calico(cluster.policies):
        return
    for one in cluster.policies:
        if isinstance(one, CalicoNetworkPolicy | GlobalNetworkPolicy):
            yield from _in_policy(one)


def _in_policy(policy: CalicoNetworkPolicy | GlobalNetworkPolicy) -> Iterator[Problem]:
    spec = policy.spec
    if isinstance(policy, GlobalNetworkPolicy):
        yield from _in_selector(policy.namespace_selector)
    yield from _in_selector(spec.selector)
    for rule in (*(spec.ingress or ()), *(spec.egress or ())):
        yield from _in_rule(rule)


def _in_rule(rule: CalicoRule) -> Iterator[Problem]:
    if rule.source.ports or rule.source.not_ports:
        yield not_decided(rule.where, "source ports are read and not decided on yet", "D.19")
    for entity in (rule.source, rule.destination):
        yield from _in_entity(entity)


def _in_entity(entity: EntityRule) -> Iterator[Problem]:
    for selector in (entity.selector, entity.not_selector, entity.namespace_selector):
        yield from _in_selector(selector)


def _in_selector(selector: Selector | None) -> Iterator[Problem]:
    if selector is None:
        return
    for part in _leaves(selector.tree):
        if isinstance(part, Compared) and part.operator in (
            Comparison.CONTAINS,
            Comparison.STARTS_WITH,
            Comparison.ENDS_WITH,
        ):
            message = f"`{part.operator.value}` is read and not decided on yet"
            yield not_decided(selector.where, message, "D.31")


def _leaves(tree: Expression) -> Iterator[Expression]:
    match tree:
        case Not(part):
            yield from _leaves(part)
        case And(parts) | Or(parts):
            for part in parts:
                yield from _leaves(part)
        case All() | Global() | Has() | Compared() | Listed():
            yield tree
