"""Host endpoints in Calico's tiers: what is open before all policies, and profiles after them.

What selectors make of the labels of those of the input is known here, as it is of network sets
(D.15, D.34); of others see `calico_others`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from netproof_encodings.decision.conditions import (
    ALWAYS,
    NEVER,
    End,
    Found,
    IsHost,
    Match,
    subject_end,
)
from netproof_encodings.decision.tiers import Presence, Rule, Tier, TierPolicy, Unmatched
from netproof_encodings.lowering.calico_failsafe import Configurations, alike, opened
from netproof_specs.frozen import Frozen, replace
from netproof_specs.model.calico import CalicoTier, Profile
from netproof_specs.model.cluster import AnyPolicy
from netproof_specs.model.hosts import HostEndpoint
from netproof_specs.model.traffic import Action, Direction

DEFAULT_ALLOW = "projectcalico-default-allow"
PROFILES = CalicoTier("profiles of host endpoints", None, None)
FAILSAFE = CalicoTier("failsafe ports", None, None)
"""What stands in place of a policy for what host endpoints have by themselves (D.8, D.36)."""

FIRST_INDEX = 1_000_001
INDICES = range(FIRST_INDEX, 2 * FIRST_INDEX)
"""The indices of what stands so, which are none of the input's policies.

There is one for each set of failsafe ports, so as many as nodes, and one for each profile at each
place of a list, so as many as host endpoints list.
"""


class KnownHost(Frozen):
    """A host endpoint with the labels by which selectors know it (D.15).

    Of one that stands for others than those of the input, they are those of its profiles alone.
    """

    host: HostEndpoint
    labels: Mapping[str, str]


def known_hosts(policies: Sequence[AnyPolicy]) -> tuple[KnownHost, ...]:
    """The host endpoints; own labels win over those of profiles, the first listed over others."""
    profiles = {one.name: one for one in policies if isinstance(one, Profile)}
    found = []
    for one in policies:
        if isinstance(one, HostEndpoint):
            labels: dict[str, str] = {}
            for name in reversed(one.profiles):
                labels |= dict(profiles[name].labels) if name in profiles else {}
            found.append(KnownHost(one, labels | dict(one.labels)))
    return tuple(found)


def is_one_of(end: End, hosts: Sequence[KnownHost], found: Found) -> Match:
    """The end is one of the host endpoints; never, if there is none."""
    names = tuple(sorted(one.host.name for one in hosts))
    return IsHost(end, names, found) if names else NEVER


def failsafe(hosts: Sequence[KnownHost], direction: Direction, given: Configurations) -> Tier:
    """The ports that host endpoints keep open by the configurations, before any policy (D.36).

    Those that keep the same ones open are one subject; no host endpoint is in two.
    """
    members: list[TierPolicy] = []
    nodes = [one.host.node for one in hosts]
    for ports, places in alike(nodes, given, direction).items():
        if ports:
            those = [hosts[place] for place in places]
            subject = is_one_of(subject_end(direction), those, Found.AS_SUBJECT)
            rule = Rule(Action.ALLOW, opened(ports, direction))
            own = _own(FIRST_INDEX + len(members), FAILSAFE, direction, subject, (rule,))
            members.append(replace(own, rank=len(members)))
    return Tier(FAILSAFE.name, direction, tuple(members), Unmatched.PASS)


def profile_tiers(
    hosts: Sequence[KnownHost],
    direction: Direction,
    known: Mapping[str, Profile],
    rules_of: Mapping[str, tuple[Rule, ...]],
    start: int,
) -> Iterator[Tier]:
    """The profiles of host endpoints: a tier for each place in their lists, then denial (D.8).

    `known` are the profiles of the input by name, and `rules_of` their rules. `Pass` skips the
    rest of a profile, which a tier of its own makes of it; one that does not exist denies at its
    place. Indices count from `start`.
    """
    end, index = subject_end(direction), start
    for place in range(max((len(one.host.profiles) for one in hosts), default=0)):
        placed = [one for one in hosts if len(one.host.profiles) > place]
        members: list[TierPolicy] = []
        for name in sorted({one.host.profiles[place] for one in placed}):
            having = [one for one in placed if one.host.profiles[place] == name]
            subject = is_one_of(end, having, Found.AS_SUBJECT)
            rules = rules_of.get(name, (_missing(name),))
            own = _own(index, known.get(name, PROFILES), direction, subject, rules)
            members.append(replace(own, rank=len(members)))
            index += 1
        yield Tier(PROFILES.name, direction, tuple(members), Unmatched.PASS)
    everybody = is_one_of(end, hosts, Found.AS_SUBJECT)
    last = _own(index, PROFILES, direction, everybody, (Rule(Action.DENY, ALWAYS),))
    yield Tier(PROFILES.name, direction, (last,), Unmatched.PASS)


def _missing(name: str) -> Rule:
    """What a profile does that the input does not have: one is built in (D.8)."""
    return Rule(Action.ALLOW if name == DEFAULT_ALLOW else Action.DENY, ALWAYS)


def _own(
    index: int,
    origin: CalicoTier | Profile,
    direction: Direction,
    subject: Match,
    rules: tuple[Rule, ...],
) -> TierPolicy:
    assert index in INDICES
    return TierPolicy(index, origin, direction, subject, rules, presence=Presence.FIXED)
