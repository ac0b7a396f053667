"""Calico's tiers on concrete connections (D.1 to D.16, D.42)."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from math import inf
from typing import assert_never

from netproof.decisions import Own, RuleAt, Step
from netproof.oracle import admin_policy, calico_admin, network_policy
from netproof.oracle.calico_endpoints import (
    ACCOUNT_PREFIX,
    NAMESPACE_PREFIX,
    LabelMap,
    found_as_peer,
    policed,
    profiles_of,
)
from netproof.oracle.calico_rules import Scene, declared, rule_matches
from netproof.oracle.calico_selectors import ACCOUNT, NAMESPACE, selects, selects_inherited
from netproof_specs.assumptions import Assumption, Assumptions
from netproof_specs.frozen import Frozen
from netproof_specs.model.admin_policy import AdminPolicy
from netproof_specs.model.calico import (
    CalicoAction,
    CalicoNetworkPolicy,
    CalicoRule,
    CalicoSpec,
    CalicoTier,
    GlobalNetworkPolicy,
    Profile,
    Stage,
)
from netproof_specs.model.cluster import AnyPolicy
from netproof_specs.model.connections import Connection, Endpoint, PodEndpoint
from netproof_specs.model.hosts import HostEndpoint
from netproof_specs.model.network_policy import (
    NetworkPolicy,
    PolicyPort,
    PolicyRule,
)
from netproof_specs.model.traffic import Action, Direction, PortName, PortRange, Protocol

Rule = PolicyRule | CalicoRule
Ordered = NetworkPolicy | AdminPolicy | CalicoNetworkPolicy | GlobalNetworkPolicy
"""The policies that stand in a tier."""

DEFAULT_TIER = "default"
KUBERNETES_ORDER = 1000.0
TUNNEL_PORT = 4789
PROFILES = "profiles of host endpoints"
DEFAULT_ALLOW = "projectcalico-default-allow"
TUNNELS = "tunnels from pods"
_UNORDERED = 1_000_000.0
_BUILT_IN = {
    "kube-admin": (1_000.0, CalicoAction.PASS),
    "adminnetworkpolicy": (1_000.0, CalicoAction.PASS),
    DEFAULT_TIER: (1_000_000.0, CalicoAction.DENY),
    "baselineadminnetworkpolicy": (10_000_000.0, CalicoAction.PASS),
    "kube-baseline": (10_000_000.0, CalicoAction.PASS),
}
_ACTIONS = {
    CalicoAction.ALLOW: Action.ALLOW,
    CalicoAction.DENY: Action.DENY,
    CalicoAction.PASS: Action.PASS,
}
_KINDS = {
    NetworkPolicy: "KubernetesNetworkPolicy",
    CalicoNetworkPolicy: "NetworkPolicy",
    GlobalNetworkPolicy: "GlobalNetworkPolicy",
}


class Asked(Frozen):
    """What one end of a connection is asked: `policies` are all of the cluster."""

    policies: Sequence[AnyPolicy]
    direction: Direction
    connection: Connection
    assumptions: Assumptions

    def end(self) -> Endpoint:
        """The end whose policies decide the direction (A.7)."""
        ingress = self.direction is Direction.INGRESS
        return self.connection.destination if ingress else self.connection.source


# --- tiers -----------------------------------------------------------------------------------


class Ranked(Frozen):
    """A tier with what its order comes to and what happens at its end (D.4)."""

    order: float
    name: str
    unmatched: CalicoAction


def ranked_tiers(policies: Sequence[AnyPolicy]) -> tuple[Ranked, ...]:
    """The tiers in order of evaluation: by order, then by name (D.4)."""
    found = {name: Ranked(order, name, action) for name, (order, action) in _BUILT_IN.items()}
    for one in policies:
        if isinstance(one, CalicoTier):
            order = _UNORDERED if one.order is None else one.order
            found[one.name] = Ranked(order, one.name, one.default_action or CalicoAction.DENY)
    return tuple(sorted(found.values(), key=lambda tier: (tier.order, tier.name)))


def steps_of_tiers(asked: Asked, selecting: Sequence[AnyPolicy]) -> list[tuple[Step, ...]]:
    """What each tier may say of the connection, in order; `selecting` select the end (D.2)."""
    end = policed(asked.end(), asked.policies, asked.assumptions)
    ordered = [one for one in selecting if isinstance(one, Ordered)]
    found = [tunnel_steps(asked)]
    for tier in ranked_tiers(asked.policies):
        found.append(tier_steps(tier, [o for o in ordered if tier_of(o) == tier.name], asked))
    if isinstance(end, HostEndpoint):
        found.append((profile_step(end, asked),))
    return found


def tunnel_steps(asked: Asked) -> tuple[Step, ...]:
    """The denial of what looks like a tunnel of a pod's own, before any policy (D.42)."""
    tunnel = (
        isinstance(policed(asked.end(), asked.policies, asked.assumptions), PodEndpoint)
        and asked.direction is Direction.EGRESS
        and asked.connection.protocol is Protocol.UDP
        and asked.connection.port == TUNNEL_PORT
        and Assumption.CALICO_TUNNELS not in asked.assumptions
    )
    return (Step(TUNNELS, None, None, Action.DENY, own=Own.TUNNELS),) if tunnel else ()


def tier_of(policy: Ordered) -> str:
    """The name of the tier that the policy stands in (D.4, D.6)."""
    match policy:
        case NetworkPolicy():
            return DEFAULT_TIER
        case AdminPolicy():
            return calico_admin.tier_of(policy)
        case CalicoNetworkPolicy() | GlobalNetworkPolicy():
            return policy.spec.tier or DEFAULT_TIER
        case _:
            assert_never(policy)


def order_of(policy: Ordered) -> float:
    """The place of the policy in its tier (D.5, D.6)."""
    match policy:
        case NetworkPolicy():
            return KUBERNETES_ORDER
        case AdminPolicy():
            return float(admin_policy.rank(policy))
        case CalicoNetworkPolicy() | GlobalNetworkPolicy():
            return inf if policy.spec.order is None else policy.spec.order
        case _:
            assert_never(policy)


def tie_name(policy: Ordered) -> str:
    """What settles the order of policies with one order, in the version read (D.5)."""
    if isinstance(policy, AdminPolicy):
        return f"{policy.name}//Kubernetes{policy.kind.value}"
    return f"{policy.name}/{policy.namespace}/{_KINDS[type(policy)]}"


def tier_steps(tier: Ranked, members: Sequence[Ordered], asked: Asked) -> tuple[Step, ...]:
    """What the tier may say: no step iff none of its policies selects the end (D.2).

    One step for each of the policies of one order that can decide, as any may go first (D.5).
    """
    if not members:
        return ()
    ordered = sorted(members, key=lambda one: (order_of(one), tie_name(one)))
    for _, tied in groupby(ordered, order_of):
        hits = ((policy, first_decisive(policy, asked)) for policy in tied)
        found = [Step(tier.name, policy, *hit) for policy, hit in hits if hit is not None]
        if found:
            return tuple(admin_policy.before_others(step, found) for step in found)
    return (Step(tier.name, None, None, _ACTIONS[tier.unmatched], isolating=tuple(members)),)


def first_decisive(policy: Ordered, asked: Asked) -> tuple[RuleAt, Action] | None:
    """The first rule that matches and does more than log, with what it says (D.2, D.17)."""
    if isinstance(policy, NetworkPolicy):
        for index, rule in enumerate(network_policy.rules_of(policy, asked.direction)):
            if kubernetes_matches(rule, policy, asked):
                return RuleAt(index, rule.where), Action.ALLOW
        return None
    scene = Scene(policy.namespace, asked.connection, asked.policies, asked.assumptions)
    if isinstance(policy, AdminPolicy):
        return calico_admin.first_match(policy, asked.direction, scene)
    return first_of(rules_of(policy.spec, asked.direction), scene)


def first_of(rules: Sequence[CalicoRule], scene: Scene) -> tuple[RuleAt, Action] | None:
    """The first of the rules that matches and does more than log (D.17)."""
    for index, rule in enumerate(rules):
        if rule.action is not CalicoAction.LOG and rule_matches(rule, scene):
            return RuleAt(index, rule.where), _ACTIONS[rule.action]
    return None


def rules_of(spec: CalicoSpec | Profile, direction: Direction) -> tuple[CalicoRule, ...]:
    """The rules that a policy or profile states for the direction."""
    match direction:
        case Direction.INGRESS:
            return spec.ingress or ()
        case Direction.EGRESS:
            return spec.egress or ()
        case _:
            assert_never(direction)


def profile_step(host: HostEndpoint, asked: Asked) -> Step:
    """What the profiles of a host endpoint say where no tier decides (D.8).

    A profile that does not exist denies at its place, `Pass` goes on to the next profile, and
    after the last one the connection is denied.
    """
    scene = Scene("", asked.connection, asked.policies, asked.assumptions)
    for name, profile in zip(host.profiles, profiles_of(host, asked.policies), strict=True):
        if profile is None:
            if name == DEFAULT_ALLOW:
                return Step(PROFILES, None, None, Action.ALLOW, own=Own.OPEN_PROFILE)
            return Step(PROFILES, None, None, Action.DENY, own=Own.MISSING_PROFILE)
        hit = first_of(rules_of(profile, asked.direction), scene)
        if hit is not None and hit[1] is not Action.PASS:
            return Step(PROFILES, profile, *hit)
    return Step(PROFILES, None, None, Action.DENY, own=Own.NO_PROFILE)


# --- subjects --------------------------------------------------------------------------------


def types_of(spec: CalicoSpec, assumptions: Assumptions) -> frozenset[Direction]:
    """The directions that a policy is for, as given or filled in (D.12).

    `calico-types` says by whom: the server looks at which lists have elements, an admission
    policy at which are there, and leaves an empty list of types, which then means both.
    """
    if spec.types:
        return frozenset(spec.types)
    if Assumption.CALICO_TYPES not in assumptions:
        has_ingress, has_egress = bool(spec.ingress), bool(spec.egress)
    elif spec.types is not None:
        return frozenset(Direction)
    else:
        has_ingress, has_egress = spec.ingress is not None, spec.egress is not None
    if has_ingress and has_egress:
        return frozenset(Direction)
    return frozenset({Direction.EGRESS if has_egress else Direction.INGRESS})


def applies(
    policy: CalicoNetworkPolicy | GlobalNetworkPolicy,
    direction: Direction,
    labels: LabelMap | None,
    assumptions: Assumptions,
) -> bool:
    """True iff the policy is for the direction and for what goes by the labels (D.12 to D.14).

    There are none of what no policy selects. Policies that count before connection tracking have
    no effect on pods (D.38), and those for host endpoints are refused by the reader.
    """
    if labels is None or direction not in types_of(policy.spec, assumptions):
        return False
    return is_for(policy, labels)


def is_for(policy: CalicoNetworkPolicy | GlobalNetworkPolicy, labels: LabelMap) -> bool:
    """True iff the policy is for what selectors know by these labels (D.13, D.14)."""
    match policy:
        case CalicoNetworkPolicy(namespace, _, spec):
            return (
                labels.get(NAMESPACE) == namespace
                and selects(spec.selector, labels)
                and selects_inherited(spec.account_selector, ACCOUNT_PREFIX, None, labels)
            )
        case GlobalNetworkPolicy(_, spec, namespaces):
            stand_in = ACCOUNT if namespaces is None else NAMESPACE
            return (
                policy.stage is Stage.NORMAL
                and selects(spec.selector, labels)
                and selects_inherited(namespaces, NAMESPACE_PREFIX, NAMESPACE, labels)
                and selects_inherited(spec.account_selector, ACCOUNT_PREFIX, stand_in, labels)
            )
        case _:
            assert_never(policy)


# --- rules of Kubernetes' own policies -----------------------------------------------------------


def kubernetes_matches(rule: PolicyRule, policy: NetworkPolicy, asked: Asked) -> bool:
    """True iff a rule of a Kubernetes NetworkPolicy matches, as Calico reads it (D.6).

    Port names are those of all init containers too, and of host endpoints: a peer of pods never
    matches one, so that only rules which do not ask for pods can.
    """
    connection, assumptions = asked.connection, asked.assumptions
    other = network_policy.other_end(connection, asked.direction)
    peers, family = rule.peers, connection.family
    ports_fit = not rule.ports or any(kubernetes_port(port, asked) for port in rule.ports)
    return ports_fit and network_policy.peers_match(peers, policy, other, family, assumptions)


def kubernetes_port(port: PolicyPort, asked: Asked) -> bool:
    """True iff an element of `ports` is the connection's port, as Calico reads it (D.6)."""
    connection = asked.connection
    protocol = Protocol.TCP if port.protocol is None else port.protocol
    if connection.protocol is not protocol:
        return False
    match port.port:
        case None:
            return True
        case PortRange(first, last):
            return first <= connection.port <= last
        case PortName(name):
            end = found_as_peer(
                connection.destination, connection.family, asked.policies, asked.assumptions
            )
            return (name, connection.port) in declared(end, protocol)
        case _:
            assert_never(port.port)
