"""What host endpoints let through: policies with applyOnForward, the twin of `oracle.forwarded`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice, product

from netproof_encodings.decision.conditions import NEVER, End, atoms_of
from netproof_encodings.decision.tiers import Passage, Tier, TierPolicy
from netproof_encodings.lowering.calico import (
    lower_policy,
    order_of,
    place_in_tier,
    ranked_tiers,
    selected,
    tier_of,
)
from netproof_encodings.lowering.calico_hosts import KnownHost, known_hosts
from netproof_encodings.lowering.calico_others import host_listing, others_selected
from netproof_encodings.lowering.calico_rules import Setting
from netproof_encodings.lowering.calico_selectors import is_of_pods
from netproof_encodings.lowering.calico_types import has_type
from netproof_encodings.vocabulary.hosts import HostLabels
from netproof_encodings.vocabulary.mentioned import collected_of, vocabulary_with
from netproof_encodings.vocabulary.texts import TooManyTestsError, stand_ins, unused
from netproof_specs.frozen import replace
from netproof_specs.model.calico import (
    CalicoRule,
    Forward,
    GlobalNetworkPolicy,
    NetworkSet,
    Profile,
    Stage,
)
from netproof_specs.model.cluster import AnyPolicy
from netproof_specs.model.hosts import HostEndpoint
from netproof_specs.model.labels import Labels
from netproof_specs.model.traffic import Direction

_Numbered = tuple[int, GlobalNetworkPolicy]

MOST = 4_096
"""So many combinations of labels are looked at for sets of policies that select alike."""


def passed_by_any(
    policies: Sequence[AnyPolicy],
    lists: Sequence[tuple[str, ...]],
    having: HostLabels = HostLabels.NOT_OF_PODS,
) -> tuple[HostEndpoint, ...] | None:
    """A host endpoint for each set of policies for forwarded traffic that can select one alone.

    Its profiles are one of the `lists`, it has few labels, and no policy selects it that counts
    before others (D.38). `None` where the labels that are asked for have more than `MOST`
    combinations.
    """
    return passed_in([policies], lists, having)


def passed_in(
    versions: Sequence[Sequence[AnyPolicy]],
    lists: Sequence[tuple[str, ...]],
    having: HostLabels = HostLabels.NOT_OF_PODS,
) -> tuple[HostEndpoint, ...] | None:
    """The same for sets of such policies in each version, of hosts that list some profiles."""
    forwarding = [[one for _, one in _forwarding(version)] for version in versions]
    early = [
        [one for one in version if isinstance(one, GlobalNetworkPolicy) and _is_early(one)]
        for version in versions
    ]
    asking = [one for listed in (*forwarding, *early) for one in listed]
    try:
        combinations = list(_labels_asked(asking, having)) if any(forwarding) else []
    except TooManyTestsError:
        return None  # the policies are refused (D.31)
    if len(combinations) * len(lists) > MOST:
        return None
    found: dict[tuple[tuple[int, ...], ...], HostEndpoint] = {}
    for profiles, labels in product(lists, sorted(combinations, key=len)):
        host = _with_labels(labels, profiles)
        seen = [_as_known(version, [host]) for version in versions]
        chosen = tuple(
            tuple(at for at, policy in enumerate(listed) if selected(policy, known))
            for listed, known in zip(forwarding, seen, strict=True)
        )
        if any(chosen) and not any(
            selected(policy, known)
            for listed, known in zip(early, seen, strict=True)
            for policy in listed
        ):
            found.setdefault(chosen, host)
    return tuple(one for _, one in sorted(found.items()))


def _labels_asked(policies: Iterable[GlobalNetworkPolicy], having: HostLabels) -> Iterator[Labels]:
    """All labels of a host endpoint that the policies' selectors tell apart, one more than `MOST`
    of them at most."""
    anybody = known_hosts([host_listing()])
    matches = (others_selected(one, End.SOURCE, anybody) for one in policies)
    asked = collected_of((atom for match in matches for atom in atoms_of(match)), ())
    mentioned = vocabulary_with(asked, ())
    tests = dict(mentioned.host_tests)
    choices: list[list[tuple[str, str] | None]] = []
    for key, values in mentioned.host_labels:
        if having is HostLabels.NOT_OF_PODS and is_of_pods(key):
            continue
        told = tests.get(key)
        others = stand_ins(told, values).values() if told else (unused("other", values),)
        choices.append([None, *((key, value) for value in (*values, *others))])
    for chosen in islice(product(*choices), MOST + 1):
        yield tuple(pair for pair in chosen if pair is not None)


def _with_labels(labels: Labels, profiles: tuple[str, ...]) -> HostEndpoint:
    """A host endpoint of the whole host with the labels, on a node that is none of the input.

    Its name has blanks, so that none of the input has the same.
    """
    told = [f"{key}={value}" for key, value in labels]
    told += [f"profile {name}" for name in profiles]
    name = f"any-host with {', '.join(told)}" if told else "any-host without labels"
    return HostEndpoint(name, labels, f"node of {name}", "*", profiles=profiles, invented=True)


def _as_known(
    policies: Iterable[AnyPolicy], hosts: Iterable[HostEndpoint]
) -> tuple[KnownHost, ...]:
    """The host endpoints as selectors see those of the input."""
    profiles = [one for one in policies if isinstance(one, Profile)]
    return known_hosts([*profiles, *(replace(one, invented=False) for one in hosts)])


def _forwarding(policies: Iterable[AnyPolicy]) -> Iterator[_Numbered]:
    """The policies for forwarded traffic, each with its place."""
    for at, one in enumerate(policies):
        if isinstance(one, GlobalNetworkPolicy) and is_for_forwarded(one):
            yield at, one


def is_for_forwarded(policy: GlobalNetworkPolicy) -> bool:
    """Whether the policy is for forwarded traffic, and counts in its place (D.37, D.38)."""
    return policy.forward is Forward.APPLIED and not _is_early(policy)


def _is_early(policy: GlobalNetworkPolicy) -> bool:
    return policy.stage is not Stage.NORMAL


def passages(
    policies: Sequence[AnyPolicy], further: Sequence[HostEndpoint] = ()
) -> tuple[Passage, ...]:
    """The host endpoints that some policy for forwarded traffic selects, those alike as one.

    Beside those of the input there are `further` ones, with their labels.
    """
    forwarding = list(_forwarding(policies))
    hosts = known_hosts(policies) if forwarding else ()
    alike = _alike(forwarding, [*hosts, *_as_known(policies, further)])
    if not alike:
        return ()
    sets = [one for one in policies if isinstance(one, NetworkSet)]
    setting = Setting("", sets, hosts)
    ranked = ranked_tiers(list(enumerate(policies)))
    lowered = {
        (at, direction): tuple(_lowered(at, one, direction, setting))
        for at, one in forwarding
        for direction in Direction
    }

    def tiers(members: Sequence[_Numbered], direction: Direction) -> Iterator[Tier]:
        for name, unmatched in ranked:
            there = [pair for pair in members if tier_of(pair[1]) == name]
            listed = tuple(_passing(there, direction, lowered))
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


def any_passage(policies: Sequence[AnyPolicy]) -> bool:
    """Iff some policy for forwarded traffic selects a host endpoint of the input."""
    hosts = known_hosts(policies)
    return any(selected(one, hosts) for _, one in _forwarding(policies))


def _alike(
    forwarding: Iterable[_Numbered], hosts: Sequence[KnownHost]
) -> Mapping[tuple[int, ...], list[str]]:
    """The names of the host endpoints by the places of the policies that select them, if any."""
    chosen: dict[str, list[int]] = {}
    for at, policy in forwarding:
        for one in selected(policy, hosts):
            chosen.setdefault(one.host.name, []).append(at)
    alike: dict[tuple[int, ...], list[str]] = {}
    for one in hosts:
        if one.host.name in chosen:
            alike.setdefault(tuple(chosen[one.host.name]), []).append(one.host.name)
    return alike


def _lowered(
    index: int, policy: GlobalNetworkPolicy, direction: Direction, setting: Setting
) -> Iterator[TierPolicy]:
    """The policy, for all that passes a host which it selects."""
    typed = has_type(policy.spec, direction)
    if typed != NEVER:
        for lowered in lower_policy(index, policy, direction, setting, 0):
            yield replace(lowered, subject=typed, home=None)


def _passing(
    members: Sequence[_Numbered],
    direction: Direction,
    lowered: Mapping[tuple[int, Direction], Sequence[TierPolicy]],
) -> Iterator[TierPolicy]:
    """The policies of one tier in order, of a host that all of them select."""
    orders = sorted({order_of(one) for _, one in members})
    for index, policy in sorted(members, key=place_in_tier):
        rank = orders.index(order_of(policy))
        yield from (replace(one, rank=rank) for one in lowered[index, direction])


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
