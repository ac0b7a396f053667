"""Calico's tiers, Kubernetes' policies in their place; the twin of `netproof.oracle.calico`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from math import inf
from typing import assert_never

from netproof_encodings.decision.conditions import (
    NEVER,
    All,
    Assumed,
    Atom,
    Counted,
    End,
    Found,
    HasProtocol,
    InNamespace,
    IsPod,
    Labelled,
    Match,
    NamesPort,
    Not,
    OnPorts,
    Whose,
    atoms_of,
    every,
    given,
    some,
    subject_end,
)
from netproof_encodings.decision.tiers import Lowered, Presence, Rule, Tier, TierPolicy, Unmatched
from netproof_encodings.lowering import admin_policy, calico_admin, network_policy
from netproof_encodings.lowering.calico_failsafe import configurations
from netproof_encodings.lowering.calico_hosts import (
    FIRST_INDEX,
    KnownHost,
    failsafe,
    is_one_of,
    known_hosts,
    profile_tiers,
)
from netproof_encodings.lowering.calico_others import others_named, others_selected
from netproof_encodings.lowering.calico_rules import (
    Setting,
    lower_rule,
    lowered_once,
    named_on,
)
from netproof_encodings.lowering.calico_selectors import (
    ACCOUNT,
    NAMESPACE,
    View,
    host_meets,
    pod_meets,
    set_meets,
)
from netproof_encodings.lowering.calico_types import has_type
from netproof_encodings.vocabulary.hosts import Whom
from netproof_encodings.vocabulary.mentioned import can_be_namespace
from netproof_specs.assumptions import Assumption
from netproof_specs.frozen import replace
from netproof_specs.model.admin_policy import AdminKind, AdminPolicy, AdminTier
from netproof_specs.model.calico import (
    CalicoAction,
    CalicoNetworkPolicy,
    CalicoPolicy,
    CalicoTier,
    GlobalNetworkPolicy,
    NetworkSet,
    Profile,
    Stage,
)
from netproof_specs.model.cluster import AnyPolicy
from netproof_specs.model.labels import NAME_LABEL
from netproof_specs.model.network_policy import NetworkPolicy
from netproof_specs.model.traffic import Action, Direction, PortRange, Protocol

Ordered = NetworkPolicy | AdminPolicy | CalicoNetworkPolicy | GlobalNetworkPolicy
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
_ADMIN_TIERS = {
    (AdminKind.CLUSTER, AdminTier.ADMIN): "kube-admin",
    (AdminKind.CLUSTER, AdminTier.BASELINE): "kube-baseline",
    (AdminKind.ADMIN, AdminTier.ADMIN): "adminnetworkpolicy",
    (AdminKind.BASELINE, AdminTier.BASELINE): "baselineadminnetworkpolicy",
}


def lower(
    policies: Sequence[tuple[int, AnyPolicy]],
    direction: Direction,
    whom: Whom = Whom.EVERYBODY,
    lowered: Lowered | None = None,
) -> tuple[Tier, ...]:
    """The tiers of the direction in order, those without policies for it left out (D.2, D.4).

    Of these what is for `whom`: policies of Kubernetes and tunnels are for pods. `lowered` has
    rules of these policies beside these host endpoints and sets; what is missing is put there.
    """
    sets = [one for _, one in policies if isinstance(one, NetworkSet)]
    hosts = known_hosts([one for _, one in policies])
    setting = Setting("", sets, hosts, whom, {} if lowered is None else lowered)
    hosts, pods = setting.subjects, whom is not Whom.OTHERS
    kinds = Ordered if pods else CalicoPolicy
    listed = [(at, one) for at, one in policies if isinstance(one, kinds)]
    kept_open = failsafe(hosts, direction, configurations(one for _, one in policies))
    tiers = [kept_open]
    tiers += [tunnels(direction)] if pods and direction is Direction.EGRESS else []
    for name, unmatched in ranked_tiers(policies):
        members = [pair for pair in listed if tier_of(pair[1]) == name]
        found = tuple(_members(members, direction, setting))
        tiers.append(Tier(name, direction, found, unmatched))
    if hosts:
        profiles = {one.name: one for _, one in policies if isinstance(one, Profile)}
        rules = {name: tuple(_rules(one, direction, setting)) for name, one in profiles.items()}
        start = FIRST_INDEX + max(1, len(kept_open.policies))
        tiers.extend(profile_tiers(hosts, direction, profiles, rules, start))
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
    match policy:
        case NetworkPolicy():
            return DEFAULT_TIER
        case AdminPolicy():
            return _ADMIN_TIERS[policy.kind, policy.tier]
        case CalicoNetworkPolicy() | GlobalNetworkPolicy():
            return policy.spec.tier or DEFAULT_TIER
        case _:
            assert_never(policy)


def kind_of(policy: Ordered) -> str:
    """What Calico calls the kind, which settles the order of policies of one name (D.5)."""
    match policy:
        case NetworkPolicy():
            return "KubernetesNetworkPolicy"
        case AdminPolicy():
            return f"Kubernetes{policy.kind.value}"
        case CalicoNetworkPolicy():
            return "NetworkPolicy"
        case GlobalNetworkPolicy():
            return "GlobalNetworkPolicy"
        case _:
            assert_never(policy)


def order_of(policy: Ordered) -> float:
    """The place of the policy in its tier (D.5, D.6)."""
    match policy:
        case NetworkPolicy():
            return 1_000.0
        case AdminPolicy():
            return float(admin_policy.rank(policy))
        case CalicoNetworkPolicy() | GlobalNetworkPolicy():
            return inf if policy.spec.order is None else policy.spec.order
        case _:
            assert_never(policy)


def _members(
    policies: Sequence[tuple[int, Ordered]], direction: Direction, setting: Setting
) -> Iterator[TierPolicy]:
    """The policies of one tier in order; those of one order share a rank (D.5)."""
    grouped = groupby(sorted(policies, key=place_in_tier), lambda pair: order_of(pair[1]))
    for rank, (_, tied) in enumerate(grouped):
        for index, policy in tied:
            yield from lower_policy(index, policy, direction, setting, rank)


def place_in_tier(numbered: tuple[int, Ordered]) -> tuple[float, str]:
    """By what the policies of a tier are sorted (D.5)."""
    policy = numbered[1]
    return order_of(policy), f"{policy.name}/{policy.namespace}/{kind_of(policy)}"


def lower_policy(
    index: int,
    policy: Ordered,
    direction: Direction,
    setting: Setting,
    rank: int,
) -> Iterator[TierPolicy]:
    """The policy in one direction; none if it is not for that (D.12, D.38)."""
    match policy:
        case NetworkPolicy():
            if direction in network_policy.types_of(policy):
                lowered = network_policy.lower_policy(index, policy, direction)
                yield _as_calicos(lowered, rank, setting.hosts)
        case AdminPolicy():
            if admin_policy.rules_of(policy, direction):
                converted = calico_admin.lower_rules(policy, direction, setting)
                rules = lowered_once(index, direction, setting, converted)
                own = admin_policy.lower_policy(index, policy, direction, rules)
                yield replace(own, rank=rank)
        case CalicoNetworkPolicy() | GlobalNetworkPolicy():
            early = isinstance(policy, GlobalNetworkPolicy) and policy.stage is not Stage.NORMAL
            typed = has_type(policy.spec, direction)
            if typed != NEVER and not early:
                end = subject_end(direction)
                chosen = selected(policy, setting.subjects)
                known = is_one_of(end, chosen, Found.AS_SUBJECT)
                hosts = some((known, others_selected(policy, end, setting.subjects)))
                pods = NEVER if setting.whom is Whom.OTHERS else lower_subject(policy, end)
                yield TierPolicy(
                    index,
                    policy,
                    direction,
                    every((typed, some((pods, hosts)))),
                    lowered_once(index, direction, setting, _rules(policy, direction, setting)),
                    home=_home(policy, pods, hosts, setting),
                    rank=rank,
                    rules_type=not policy.spec.types,
                )
        case _:
            assert_never(policy)


def _as_calicos(policy: TierPolicy, rank: int, hosts: Sequence[KnownHost]) -> TierPolicy:
    """A Kubernetes policy in its place; port names are those of init containers and hosts too."""
    rules = tuple(replace(rule, match=with_every_port(rule.match, hosts)) for rule in policy.rules)
    return replace(policy, rules=rules, rank=rank)


def with_every_port(match: Match, hosts: Sequence[KnownHost] = ()) -> Match:
    """The condition with port names looked up on init containers and host endpoints too (D.6)."""

    def named(atom: Atom) -> Match | None:
        if not isinstance(atom, NamesPort):
            return None
        everyone = replace(atom, counted=Counted.EVERY)
        known = [one for one in hosts if not one.host.invented]
        others = others_named(End.DESTINATION, atom.name, hosts)
        return some((everyone, *named_on(End.DESTINATION, atom.name, known), others))

    if not any(isinstance(atom, NamesPort) for atom in atoms_of(match)):
        return match
    return given(match, named)


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
    parts.append(pod_meets(end, policy.spec.account_selector, View.ACCOUNT))
    parts.append(pod_meets(end, policy.spec.selector, View.ENDPOINT))
    return every(parts)


def _home(
    policy: CalicoNetworkPolicy | GlobalNetworkPolicy, pods: Match, hosts: Match, setting: Setting
) -> str | None:
    """The one namespace whose pods the policy can select, or of whose name they are.

    Host endpoints that are none of the input are as good as in a namespace, by their own label of
    it, unless a profile may apply that label (D.13, D.15).
    """
    if setting.whom is Whom.OTHERS:
        applied = any(NAMESPACE in one.labels for one in setting.subjects)
        return None if applied else policy.namespace or None
    return policy.namespace or _pinned(pods) if hosts == NEVER else None


def _pinned(pods: Match) -> str | None:
    """The namespace that all such pods are in by its name, if they are pinned to one (A.25)."""
    for part in pods.parts if isinstance(pods, All) else (pods,):
        match part:
            case Labelled(_, Whose.NAMESPACE, key, (name,)) if key == NAME_LABEL:
                return name if can_be_namespace(name) else None
    return None


def selected(
    policy: CalicoNetworkPolicy | GlobalNetworkPolicy, hosts: Sequence[KnownHost]
) -> list[KnownHost]:
    """The host endpoints of the input that the policy is for, by their labels (D.13, D.14)."""
    known = (one for one in hosts if not one.host.invented)
    return [one for one in known if _selects_host(policy, one.labels)]


def _selects_host(
    policy: CalicoNetworkPolicy | GlobalNetworkPolicy, labels: Mapping[str, str]
) -> bool:
    if not set_meets(labels, policy.spec.selector, View.ENDPOINT):
        return False
    accounts = policy.spec.account_selector
    match policy:
        case CalicoNetworkPolicy(namespace):
            at_home = labels.get(NAMESPACE) == namespace
            return at_home and set_meets(labels, accounts, View.ACCOUNT)
        case GlobalNetworkPolicy():
            namespaces = policy.namespace_selector
            stand_in = ACCOUNT if namespaces is None else NAMESPACE
            at_home = set_meets(labels, namespaces, View.NAMESPACE)
            return at_home and host_meets(labels, accounts, stand_in)
        case _:
            assert_never(policy)


def _rules(
    policy: CalicoNetworkPolicy | GlobalNetworkPolicy | Profile,
    direction: Direction,
    setting: Setting,
) -> Iterator[Rule]:
    """The rules that decide, each with its place in the list; `Log` never does (D.17)."""
    spec = policy if isinstance(policy, Profile) else policy.spec
    listed = spec.ingress if direction is Direction.INGRESS else spec.egress
    setting = replace(setting, namespace=policy.namespace)
    for at, rule in enumerate(listed or ()):
        if rule.action is not CalicoAction.LOG:
            matched = lower_rule(rule, setting)
            yield Rule(_ACTIONS[rule.action], matched, at, rule.where)
