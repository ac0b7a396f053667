"""What of Calico's objects the oracle understands and no tier does yet."""

from __future__ import annotations

from collections.abc import Iterator

from netproof_encodings.folding import ties_of
from netproof_encodings.lowering import every_tier, is_calico, lower
from netproof_specs.locations import Location
from netproof_specs.model.admin_policy import AdminPolicy
from netproof_specs.model.calico import (
    CalicoNetworkPolicy,
    CalicoRule,
    CalicoSpec,
    EntityRule,
    GlobalNetworkPolicy,
    NetworkSet,
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
from netproof_specs.model.network_policy import NetworkPolicy
from netproof_specs.model.traffic import PortName
from netproof_specs.problems import Problem

_HINT = "a verdict without it would be wrong: leave it out only if it decides nothing here"
_ACCOUNT = "projectcalico.org/serviceaccount"


def not_decided(where: Location | None, message: str, clause: str = "D.1") -> Problem:
    """A problem with what stands there, which is no mistake of the user's."""
    return Problem(where, message, _HINT, "undecided-kind", clause)


def undecided(cluster: Cluster) -> Iterator[Problem]:
    """A problem for each host endpoint, and for each field that only the oracle understands."""
    for host in cluster.hosts:
        yield not_decided(host.where, "host endpoints are read and not decided on yet", "D.35")
    if not is_calico(cluster.policies):
        return
    before = False
    for problem in _in_objects(cluster):
        before = True
        yield problem
    if not before:
        yield from _ties(cluster)


def _in_objects(cluster: Cluster) -> Iterator[Problem]:
    for policy in cluster.policies:
        if isinstance(policy, AdminPolicy):
            message = "beside objects of Calico it is read and not decided on yet"
            yield not_decided(policy.where, message, "D.7")
    for one in cluster.every_policy:
        match one:
            case NetworkSet(namespace) if namespace:
                message = "a network set of a namespace is read and not decided on yet"
                yield not_decided(one.where, message, "D.34")
            case CalicoNetworkPolicy() | GlobalNetworkPolicy():
                yield from _in_policy(one)
            case _:
                pass
    yield from _passing_ports(cluster)


def _in_policy(policy: CalicoNetworkPolicy | GlobalNetworkPolicy) -> Iterator[Problem]:
    spec = policy.spec
    if _types_depend(spec):
        message = "its types depend on who fills them in: state `types`"
        yield not_decided(policy.where, message, "D.12")
    if spec.account_selector is not None:
        message = "serviceAccountSelector is not decided on yet"
        yield not_decided(spec.account_selector.where, message, "D.13")
    if isinstance(policy, GlobalNetworkPolicy):
        yield from _in_selector(policy.namespace_selector)
    yield from _in_selector(spec.selector)
    for rule in (*(spec.ingress or ()), *(spec.egress or ())):
        yield from _in_rule(rule)


def _types_depend(spec: CalicoSpec) -> bool:
    """Iff the two ways to fill in the types differ (D.12)."""
    if spec.types:
        return False
    return spec.types is not None or any(rules == () for rules in (spec.ingress, spec.egress))


def _in_rule(rule: CalicoRule) -> Iterator[Problem]:
    if rule.source.ports or rule.source.not_ports:
        yield not_decided(rule.where, "source ports are read and not decided on yet", "D.19")
    for entity in (rule.source, rule.destination):
        if entity.accounts is not None:
            yield not_decided(rule.where, "serviceAccounts is read and not decided on yet", "D.24")
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
        if isinstance(part, Has | Compared | Listed) and (
            part.key == _ACCOUNT or part.key.startswith("pcsa.")
        ):
            message = "labels of service accounts are read and not decided on yet"
            yield not_decided(selector.where, message, "D.15")


def _leaves(tree: Expression) -> Iterator[Expression]:
    match tree:
        case Not(part):
            yield from _leaves(part)
        case And(parts) | Or(parts):
            for part in parts:
                yield from _leaves(part)
        case All() | Global() | Has() | Compared() | Listed():
            yield tree


def _passing_ports(cluster: Cluster) -> Iterator[Problem]:
    """Port names that an init container declares: Calico counts them, others do not (D.6)."""
    used = {port.name for port in _named_ports(cluster)}
    for workload in cluster.workloads:
        if any(port.name in used for port in workload.init_ports):
            message = "a rule names a port of an init container, which is not decided on yet"
            yield not_decided(workload.where, message, "D.6")


def _named_ports(cluster: Cluster) -> Iterator[PortName]:
    for one in cluster.every_policy:
        if isinstance(one, NetworkPolicy):
            for policy_rule in (*one.ingress, *one.egress):
                for element in policy_rule.ports:
                    if isinstance(element.port, PortName):
                        yield element.port
        elif isinstance(one, CalicoNetworkPolicy | GlobalNetworkPolicy):
            for rule in (*(one.spec.ingress or ()), *(one.spec.egress or ())):
                for port in (*rule.destination.ports, *rule.destination.not_ports):
                    if isinstance(port, PortName):
                        yield port


def _ties(cluster: Cluster) -> Iterator[Problem]:
    """Policies of one order with different actions, of which any may go first (D.5)."""
    for tied in ties_of(every_tier(lower(cluster.every_policy))):
        names = ", ".join(f"`{one.origin.title}`" for one in tied)
        message = f"{names} have one order and rules with different actions: give each its own"
        yield not_decided(tied[0].origin.where, message, "D.5")
