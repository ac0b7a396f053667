"""What host endpoints let through: policies with applyOnForward, the twin of `oracle.forwarded`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from netproof_encodings.decision.conditions import NEVER
from netproof_encodings.decision.tiers import Passage, Tier, TierPolicy
from netproof_encodings.lowering.calico import (
    has_type,
    lower_policy,
    order_of,
    place_in_tier,
    ranked_tiers,
    selected,
    tier_of,
)
from netproof_encodings.lowering.calico_hosts import known_hosts
from netproof_encodings.lowering.calico_rules import Setting
from netproof_specs.model.calico import (
    CalicoRule,
    Forward,
    GlobalNetworkPolicy,
    NetworkSet,
    Stage,
)
from netproof_specs.model.cluster import AnyPolicy
from netproof_specs.model.traffic import Direction

_Numbered = tuple[int, GlobalNetworkPolicy]


def passages(policies: Sequence[AnyPolicy]) -> tuple[Passage, ...]:
    """The host endpoints that some policy for forwarded traffic selects, those alike as one."""
    forwarding = [
        (at, one)
        for at, one in enumerate(policies)
        if isinstance(one, GlobalNetworkPolicy)
        and one.forward is Forward.APPLIED
        and one.stage is Stage.NORMAL
    ]
    if not forwarding:
        return ()
    hosts = known_hosts(policies)
    alike: dict[tuple[int, ...], list[str]] = {}
    chosen = {at: {one.host.name for one in selected(policy, hosts)} for at, policy in forwarding}
    for one in hosts:
        found = tuple(at for at, _ in forwarding if one.host.name in chosen[at])
        if found:
            alike.setdefault(found, []).append(one.host.name)
    sets = [one for one in policies if isinstance(one, NetworkSet)]
    setting = Setting("", sets, hosts)
    ranked = ranked_tiers(list(enumerate(policies)))

    def tiers(members: Sequence[_Numbered], direction: Direction) -> Iterator[Tier]:
        for name, unmatched in ranked:
            there = [pair for pair in members if tier_of(pair[1]) == name]
            listed = tuple(_passing(there, direction, setting))
            if listed:
                yield Tier(name, direction, listed, unmatched)

    return tuple(
        Passage(
            tuple(names),
            indices,
            tuple(tiers(members, Direction.EGRESS)),
            tuple(tiers(members, Direction.INGRESS)),
        )
        for indices, names in sorted(alike.items())
        for members in ([pair for pair in forwarding if pair[0] in indices],)
    )


def _passing(
    members: Sequence[_Numbered], direction: Direction, setting: Setting
) -> Iterator[TierPolicy]:
    """The policies of one tier in order, for what passes a host that they select."""
    orders = sorted({order_of(one) for _, one in members})
    for index, policy in sorted(members, key=place_in_tier):
        typed = has_type(policy.spec, direction)
        if typed != NEVER:
            rank = orders.index(order_of(policy))
            for lowered in lower_policy(index, policy, direction, setting, rank):
                yield replace(lowered, subject=typed, home=None)


def without_rule(
    policy: GlobalNetworkPolicy, direction: Direction, index: int
) -> GlobalNetworkPolicy:
    """The policy without one of its rules; it has to state its types (D.12)."""
    spec = policy.spec
    if direction is Direction.INGRESS:
        return replace(policy, spec=replace(spec, ingress=_without(spec.ingress, index)))
    return replace(policy, spec=replace(spec, egress=_without(spec.egress, index)))


def _without(rules: Sequence[CalicoRule] | None, index: int) -> tuple[CalicoRule, ...]:
    return tuple(rule for at, rule in enumerate(rules or ()) if at != index)
