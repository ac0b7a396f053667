"""Calico's tiers, Kubernetes' policies in their place; the twin of `netproof.oracle.calico`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from math import inf
from typing import assert_never

from netproof_encodings.lowering import network_policy
from netproof_encodings.lowering.calico_rules import Setting, lower_rule
from netproof_encodings.lowering.calico_selectors import View, pod_meets
from netproof_encodings.tiers import (
    Assumed,
    End,
    HasProtocol,
    InNamespace,
    IsPod,
    Match,
    Not,
    OnPorts,
    Presence,
    Rule,
    Tier,
    TierPolicy,
    Unmatched,
    every,
    subject_end,
)
from netproof_specs.assumptions import Assumption
from netproof_specs.model.calico import (
    CalicoAction,
    CalicoNetworkPolicy,
    CalicoSpec,
    CalicoTier,
    GlobalNetworkPolicy,
    NetworkSet,
    Stage,
)
from netproof_specs.model.cluster import AnyPolicy
from netproof_specs.model.network_policy import NetworkPolicy
from netproof_specs.model.traffic import Action, Direction, PortRange, Protocol

Ordered = NetworkPolicy | CalicoNetworkPolicy | GlobalNetworkPolicy
DEFAULT_TIER = "default"
TUNNELS = CalicoTier("tunnels from pods", None, None)
"""What stands for the denial of tunnels, before all tiers, in place of a policy (D.42)."""

BUILT_IN = CalicoTier("default", 1_000_000.0, CalicoAction.DENY)
"""A tier that every cluster of Calico has (D.4)."""

TUNNEL_INDEX = 1_000_000
"""The index of that denial, which is none of the input's policies."""
_TUNNEL = PortRange(4789, 4789)
_BUILT_IN: dict[str, tuple[float, Unmatched]] = {
    "kube-admin": (1_000.0, Unmatched.PASS),
    "adminnetworkpolicy": (1_000.0, Unmatched.PASS),
    DEFAULT_TIER: (1_000_000.0, Unmatched.DENY),
    "baselineadminnetworkpolicy": (10_000_000.0, Unmatched.PASS),
    "kube-baseline": (10_000_000.0, Unmatched.PASS),
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


def lower(policies: Sequence[tuple[int, AnyPolicy]], direction: Direction) -> tuple[Tier, ...]:
    """The tiers of the direction in order, those without policies for it left out (D.2, D.4)."""
    sets = [one for _, one in policies if isinstance(one, NetworkSet)]
    listed = [(at, one) for at, one in policies if isinstance(one, Ordered)]
    tiers = [tunnels(direction)] if direction is Direction.EGRESS else []
    for name, unmatched in ranked_tiers(policies):
        members = [pair for pair in listed if tier_of(pair[1]) == name]
        tiers.append(Tier(name, direction, tuple(_members(members, direction, sets)), unmatched))
    return tuple(tier for tier in tiers if tier.policies)


def tunnels(direction: Direction) -> Tier:
    """The denial of what looks like a tunnel of a pod's own, before any policy (D.42)."""
    let = Assumed(Assumption.CALICO_TUNNELS)
    tunnel = every((HasProtocol(Protocol.UDP), OnPorts(_TUNNEL), Not(let)))
    policy = TierPolicy(
        TUNNEL_INDEX,
        TUNNELS,
        direction,
        IsPod(End.SOURCE),
        (Rule(Action.DENY, tunnel),),
        presence=Presence.FIXED,
    )
    return Tier(TUNNELS.name, direction, (policy,), Unmatched.PASS)


def ranked_tiers(policies: Sequence[tuple[int, AnyPolicy]]) -> list[tuple[str, Unmatched]]:
    """The tiers in order of evaluation, with what happens at their end (D.4)."""
    found = dict(_BUILT_IN)
    for _, one in policies:
        if isinstance(one, CalicoTier):
            order = 1_000_000.0 if one.order is None else one.order
            passes = one.default_action is CalicoAction.PASS
            found[one.name] = order, Unmatched.PASS if passes else Unmatched.DENY
    ranked = sorted(found.items(), key=lambda item: (item[1][0], item[0]))
    return [(name, unmatched) for name, (_, unmatched) in ranked]


def tier_of(policy: Ordered) -> str:
    """The name of the tier that the policy stands in (D.4, D.6)."""
    if isinstance(policy, NetworkPolicy):
        return DEFAULT_TIER
    return policy.spec.tier or DEFAULT_TIER


def order_of(policy: Ordered) -> float:
    """The place of the policy in its tier (D.5, D.6)."""
    if isinstance(policy, NetworkPolicy):
        return 1_000.0
    return inf if policy.spec.order is None else policy.spec.order


def _members(
    policies: Sequence[tuple[int, Ordered]], direction: Direction, sets: Sequence[NetworkSet]
) -> Iterator[TierPolicy]:
    """The policies of one tier in order; those of one order share a rank (D.5)."""

    def place(pair: tuple[int, Ordered]) -> tuple[float, str]:
        policy = pair[1]
        return order_of(policy), f"{policy.name}/{policy.namespace}/{_KINDS[type(policy)]}"

    grouped = groupby(sorted(policies, key=place), lambda pair: order_of(pair[1]))
    for rank, (_, tied) in enumerate(grouped):
        for index, policy in tied:
            yield from lower_policy(index, policy, direction, sets, rank)


def lower_policy(
    index: int,
    policy: Ordered,
    direction: Direction,
    sets: Sequence[NetworkSet],
    rank: int,
) -> Iterator[TierPolicy]:
    """The policy in one direction; none if it is not for that (D.12, D.38)."""
    match policy:
        case NetworkPolicy():
            if direction in network_policy.types_of(policy):
                lowered = network_policy.lower_policy(index, policy, direction)
                yield _ranked(lowered, rank)
        case CalicoNetworkPolicy() | GlobalNetworkPolicy():
            early = isinstance(policy, GlobalNetworkPolicy) and policy.stage is not Stage.NORMAL
            if direction in types_of(policy.spec) and not early:
                end = subject_end(direction)
                yield TierPolicy(
                    index,
                    policy,
                    direction,
                    lower_subject(policy, end),
                    tuple(_rules(policy, direction, sets)),
                    home=policy.namespace or None,
                    rank=rank,
                )
        case _:
            assert_never(policy)


def _ranked(policy: TierPolicy, rank: int) -> TierPolicy:
    return TierPolicy(
        policy.index,
        policy.origin,
        policy.direction,
        policy.subject,
        policy.rules,
        home=policy.home,
        rank=rank,
        rules_isolate=policy.rules_isolate,
    )


def types_of(spec: CalicoSpec) -> frozenset[Direction]:
    """The directions of a policy whose types do not depend on who fills them in (D.12)."""
    if spec.types:
        return frozenset(spec.types)
    if spec.ingress and spec.egress:
        return frozenset(Direction)
    return frozenset({Direction.EGRESS if spec.egress else Direction.INGRESS})


def lower_subject(policy: CalicoNetworkPolicy | GlobalNetworkPolicy, end: End) -> Match:
    """The pods that the policy is for (D.13, D.14)."""
    parts: list[Match] = [IsPod(end)]
    match policy:
        case CalicoNetworkPolicy(namespace):
            parts.append(InNamespace(end, namespace))
        case GlobalNetworkPolicy():
            parts.append(pod_meets(end, policy.namespace_selector, View.NAMESPACE))
        case _:
            assert_never(policy)
    parts.append(pod_meets(end, policy.spec.selector, View.ENDPOINT))
    return every(parts)


def written(policy: CalicoNetworkPolicy | GlobalNetworkPolicy) -> Iterator[Match]:
    """The conditions of the policy's subject and of every rule, in force or not (A.52)."""
    yield lower_subject(policy, End.DESTINATION)
    setting = Setting(policy.namespace, ())
    for rule in (*(policy.spec.ingress or ()), *(policy.spec.egress or ())):
        yield lower_rule(rule, setting)


def _rules(
    policy: CalicoNetworkPolicy | GlobalNetworkPolicy,
    direction: Direction,
    sets: Sequence[NetworkSet],
) -> Iterator[Rule]:
    """The rules that decide, each with its place in the list; `Log` never does (D.17)."""
    spec = policy.spec
    listed = spec.ingress if direction is Direction.INGRESS else spec.egress
    setting = Setting(policy.namespace, sets)
    for at, rule in enumerate(listed or ()):
        if rule.action is not CalicoAction.LOG:
            matched = lower_rule(rule, setting)
            yield Rule(_ACTIONS[rule.action], matched, at, rule.where)


def types_text(policy: CalicoNetworkPolicy | GlobalNetworkPolicy) -> str:
    """The directions that the policy is for, and whether it says so itself (D.12)."""
    listed = ", ".join(one.value for one in Direction if one in types_of(policy.spec))
    return f"types {listed}" if policy.spec.types else f"the default of types, {listed},"
