"""From the model to tiers: one module a policy kind."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from heapq import merge
from operator import itemgetter
from typing import TypeVar, assert_never

from netproof_encodings.decision.conditions import Match
from netproof_encodings.decision.tiers import Lowered, Passage, Presence, Tier, TierPolicy
from netproof_encodings.lowering import (
    admin_policy,
    calico,
    calico_forward,
    calico_hosts,
    calico_types,
    calico_written,
    network_policy,
)
from netproof_encodings.vocabulary.hosts import OtherHosts, Whom
from netproof_specs.assumptions import OF_CALICO, Assumption
from netproof_specs.frozen import replace
from netproof_specs.model.admin_policy import AdminPolicy, AdminTier
from netproof_specs.model.calico import (
    CalicoNetworkPolicy,
    CalicoObject,
    CalicoSetting,
    CalicoTier,
    Forward,
    GlobalNetworkPolicy,
    NetworkSet,
    Profile,
)
from netproof_specs.model.cluster import AnyPolicy, Policy
from netproof_specs.model.felix import FelixConfiguration
from netproof_specs.model.hosts import HostEndpoint
from netproof_specs.model.network_policy import NetworkPolicy
from netproof_specs.model.traffic import Direction

TUNNEL_INDEX = calico.TUNNEL_INDEX
"""The index of what Calico denies by itself, which is none of the input's policies (D.42)."""

HOST_INDICES = calico_hosts.INDICES
"""The indices of what host endpoints have by themselves, none of the input's policies (D.36)."""


def is_given(index: int) -> bool:
    """Iff the index is that of an object of the input.

    Others stand for what Calico and its host endpoints have by themselves (D.8, D.36, D.42).
    """
    return index < TUNNEL_INDEX


P = TypeVar("P", bound=AnyPolicy)

Tiers = Mapping[Direction, tuple[Tier, ...]]
"""The tiers of each direction, in order of evaluation."""


def lower(policies: Sequence[AnyPolicy]) -> Tiers:
    """The tiers of all policies; those without policies are left out."""
    numbered = list(enumerate(policies))
    return {direction: lower_numbered(numbered, direction) for direction in Direction}


def on_one_plugin(
    old: Sequence[P], new: Sequence[P]
) -> tuple[Sequence[P | CalicoTier], Sequence[P | CalicoTier]]:
    """Both sets as one network plug-in decides on them, for a comparison over one cluster.

    Where one set has objects of Calico, the cluster is Calico's whatever the other has: that gets
    the tier that every such cluster has, so that Calico's tiers decide there as well (D.6, D.42).
    """
    if is_calico(old) is is_calico(new):
        return old, new
    return _with_calico(old), _with_calico(new)


def is_calico(policies: Iterable[AnyPolicy]) -> bool:
    """Iff some object is Calico's, so that its tiers decide (D.6)."""
    # Of many objects there are few types.
    return any(issubclass(one, CalicoObject | HostEndpoint) for one in {*map(type, policies)})


def can_be_for_hosts(policy: AnyPolicy) -> bool:
    """Iff the policy can select host endpoints as well as pods (D.14)."""
    return isinstance(policy, GlobalNetworkPolicy)


def can_meet_hosts(policy: AnyPolicy) -> bool:
    """Iff the policy can select host endpoints, or a rule of it finds them as peers (D.23)."""
    finds = isinstance(policy, CalicoNetworkPolicy) and calico_written.finds_hosts(policy)
    return finds or can_be_for_hosts(policy)


def is_for_hosts_alone(policy: AnyPolicy) -> bool:
    """Iff the object decides on host endpoints and nobody else, by their nodes (D.36)."""
    return isinstance(policy, FelixConfiguration)


def stands_alone(policy: AnyPolicy) -> bool:
    """Iff the policy is lowered to the same whatever others there are, and they without it.

    All such policies are of one tier, in the order in which they are given.
    """
    return isinstance(policy, NetworkPolicy)


def all_stand_alone(policies: Iterable[AnyPolicy]) -> bool:
    """Iff each policy `stands_alone`."""
    return {*map(type, policies)} <= {NetworkPolicy}


def is_setting(policy: AnyPolicy) -> bool:
    """Iff the object selects nothing by itself: policies of Calico rest on it (D.4, D.8, D.34)."""
    return isinstance(policy, CalicoSetting)


def asked_by(policies: Iterable[AnyPolicy]) -> tuple[Assumption, ...]:
    """The assumptions that bear on a cluster with the policies at all, in order."""
    listed = tuple(policies)
    left_out = set() if is_calico(listed) else set(OF_CALICO)
    if not is_forwarding(listed):
        left_out.add(Assumption.CALICO_FORWARD)
    return tuple(one for one in Assumption if one not in left_out)


def passages(
    policies: Sequence[AnyPolicy], others: OtherHosts | None = None
) -> tuple[Passage, ...]:
    """The host endpoints that policies for forwarded traffic select, those alike as one (D.37).

    Those of the input, and of the others those that stand for all there can be.
    """
    if others is not None:
        return calico_forward.passages((*policies, *others.hosts), others.passed or ())
    if HostEndpoint not in {*map(type, policies)}:
        return ()
    return calico_forward.passages(policies)


def any_passage(policies: Sequence[AnyPolicy]) -> bool:
    """Iff there is one of the `passages` of the input."""
    return HostEndpoint in {*map(type, policies)} and calico_forward.any_passage(policies)


def is_forwarding(policies: Iterable[AnyPolicy]) -> bool:
    """Iff some policy is for what host endpoints let through, if it selects one (D.37)."""
    return any(
        isinstance(one, GlobalNetworkPolicy) and calico_forward.is_for_forwarded(one)
        for one in policies
    )


def at_ends_only(policies: Iterable[Policy]) -> tuple[Policy, ...]:
    """The policies as they decide at the ends of connections, and on nothing that hosts let
    through (D.37).
    """
    return tuple(
        replace(one, forward=Forward.LEFT_OUT) if isinstance(one, GlobalNetworkPolicy) else one
        for one in policies
    )


def without_rule(policy: Policy, direction: Direction, index: int) -> Policy:
    """A policy for forwarded traffic without the rule of that index."""
    assert isinstance(policy, GlobalNetworkPolicy)
    return calico_forward.without_rule(policy, direction, index)


def asks_for_parts(policies: Iterable[Policy]) -> bool:
    """Iff some selector asks for a part of a label's value, or of a name (D.31)."""
    return any(
        calico_written.asks_for_parts(one)
        for one in policies
        if isinstance(one, CalicoNetworkPolicy | GlobalNetworkPolicy)
    )


def _with_calico(policies: Sequence[P]) -> Sequence[P | CalicoTier]:
    return policies if is_calico(policies) else (*policies, calico.BUILT_IN)


def lower_numbered(
    numbered: Sequence[tuple[int, AnyPolicy]],
    direction: Direction,
    facing: network_policy.Spaces = None,
    whom: Whom = Whom.EVERYBODY,
    lowered: Lowered | None = None,
) -> tuple[Tier, ...]:
    """The tiers of a direction for `whom`, of policies with their indices.

    Rules that find no pod of the namespaces `facing` may be left out. With Calico `lowered` has
    rules of these policies, beside these host endpoints and sets; what is missing is put there.
    The order of all tiers stands here (A.5, C.1); with objects of Calico, theirs (D.6).
    """
    ordinary = [(index, one) for index, one in numbered if isinstance(one, NetworkPolicy)]
    admin = [(index, one) for index, one in numbered if isinstance(one, AdminPolicy)]
    if len(ordinary) + len(admin) < len(numbered):
        return calico.lower(numbered, direction, whom, lowered)
    tiers = (
        admin_policy.lower(admin, AdminTier.ADMIN, direction),
        network_policy.lower(ordinary, direction, facing),
        admin_policy.lower(admin, AdminTier.BASELINE, direction),
    )
    return tuple(tier for tier in tiers if tier.policies)


def written(policies: Iterable[AnyPolicy]) -> Iterator[Match]:
    """Every condition that the policies state, also in rules that are not in force (A.52)."""
    for policy in policies:
        match policy:
            case NetworkPolicy():
                yield from network_policy.written(policy)
            case AdminPolicy():
                yield from admin_policy.written(policy)
            case CalicoNetworkPolicy() | GlobalNetworkPolicy():
                yield from calico_written.written(policy)
            case CalicoTier() | Profile() | NetworkSet() | FelixConfiguration() | HostEndpoint():
                pass
            case _:
                assert_never(policy)


def naming(policies: Iterable[AnyPolicy]) -> Iterator[Match]:
    """Conditions that name the same namespaces as those `written`; most policies name few."""
    for policy in policies:
        match policy:
            case NetworkPolicy():
                yield from network_policy.naming(policy)
            case CalicoNetworkPolicy() | GlobalNetworkPolicy():
                yield from calico_written.naming(policy)
            case _:
                yield from written((policy,))


def can_ask_accounts(policy: AnyPolicy) -> bool:
    """Whether what the policy states may be on labels of service accounts (D.15, D.24)."""
    match policy:
        case CalicoNetworkPolicy() | GlobalNetworkPolicy():
            return calico_written.asks_accounts(policy)
        case Profile() | HostEndpoint():
            return True  # what profiles state is in force where host endpoints list them
        case NetworkPolicy() | AdminPolicy() | CalicoTier() | NetworkSet() | FelixConfiguration():
            return False
        case _:
            assert_never(policy)


def types_text(policy: Policy) -> str:
    """The directions that the policy decides on, as its manifest says so."""
    match policy:
        case NetworkPolicy():
            return network_policy.types_text(policy)
        case AdminPolicy():
            return admin_policy.types_text(policy)
        case CalicoNetworkPolicy() | GlobalNetworkPolicy():
            return calico_types.types_text(policy)
        case CalicoTier() | Profile() | NetworkSet() | FelixConfiguration():
            return ""
        case _:
            assert_never(policy)


def every_tier(tiers: Tiers) -> Iterable[Tier]:
    """The tiers of both directions."""
    return (tier for direction in Direction for tier in tiers[direction])


def policies_in(tiers: Tiers) -> Iterator[TierPolicy]:
    """The policies of both directions."""
    return (policy for tier in every_tier(tiers) for policy in tier.policies)


def fixed(tiers: Tiers, start: int) -> Tiers:
    """The tiers with every policy in place for good, and indices that count from `start`.

    Two sets of policies in one script take indices that do not overlap, but for what denies
    tunnels, which is the same in both; the profiles of host endpoints may differ.
    """

    return {direction: _fixed(listed, start) for direction, listed in tiers.items()}


def fixed_passages(passages: Sequence[Passage], start: int) -> tuple[Passage, ...]:
    """The same of what hosts let through."""
    return tuple(
        Passage(
            one.hosts,
            tuple(index + start for index in one.policies),
            _fixed(one.egress, start),
            _fixed(one.ingress, start),
        )
        for one in passages
    )


def _fixed(tiers: Iterable[Tier], start: int) -> tuple[Tier, ...]:
    def moved(one: TierPolicy) -> TierPolicy:
        if one.index == TUNNEL_INDEX:
            return one
        by = start * len(HOST_INDICES) if one.index in HOST_INDICES else start
        return replace(one, index=one.index + by, presence=Presence.FIXED)

    return tuple(replace(tier, policies=tuple(map(moved, tier.policies))) for tier in tiers)


def indices_of_hosts(tiers: Iterable[Tier]) -> tuple[int, ...]:
    """The indices of what host endpoints have by themselves in the tiers, moved or not."""
    found = {one.index for tier in tiers for one in tier.policies}
    return tuple(sorted(index for index in found if index >= HOST_INDICES.start))


def restricted(tiers: Iterable[Tier], homes: Container[str]) -> tuple[Tier, ...]:
    """The tiers with only the policies that can select pods of the namespaces `homes`."""

    def bears(one: TierPolicy) -> bool:
        return one.home is None or one.home in homes

    return tuple(replace(tier, policies=tuple(filter(bears, tier.policies))) for tier in tiers)


def by_home(tiers: Sequence[Tier]) -> dict[str | None, tuple[Tier, ...]]:
    """For each namespace that some policy is pinned to, the tiers restricted to it.

    `None` leads to what bears on every other endpoint: the policies that are pinned to none.
    """
    found: dict[str | None, list[list[_Placed]]] = {None: [[] for _ in tiers]}
    for at, tier in enumerate(tiers):
        for place, one in enumerate(tier.policies):
            found.setdefault(one.home, [[] for _ in tiers])[at].append((place, one))
    return {
        home: tuple(
            replace(tier, policies=_merged(own[at], found[None][at] if home else ()))
            for at, tier in enumerate(tiers)
        )
        for home, own in found.items()
    }


_Placed = tuple[int, TierPolicy]


def _merged(own: Iterable[_Placed], wide: Iterable[_Placed]) -> tuple[TierPolicy, ...]:
    """The policies in the order of the tier that both were taken from."""
    return tuple(one for _, one in merge(own, wide, key=itemgetter(0)))
