"""Host endpoints that are none of the input, beside one version of policies and profiles, or two.

One lists the same profiles in both, of which each version may say something else.
"""

from __future__ import annotations

from collections.abc import Collection, Container, Iterator, Mapping, Sequence
from itertools import permutations

from netproof_encodings.lowering.calico_hosts import DEFAULT_ALLOW
from netproof_encodings.lowering.calico_others import hosts_with, profiles_listed
from netproof_encodings.lowering.calico_selectors import is_of_pods
from netproof_specs.model.calico import CalicoAction, CalicoRule, NetworkSet, Profile
from netproof_specs.model.cluster import AnyPolicy
from netproof_specs.model.hosts import HostEndpoint
from netproof_specs.sameness import same_but_for_places

_Known = Mapping[str, Profile]
_ALLOWS = (CalicoRule(CalicoAction.ALLOW),)
"""The rules of a profile that allows everything."""

MOST_PASSED = 64
"""So many kinds of host endpoints are looked at that let something through: each has questions of
its own, and the time for all of them grows faster than their number."""

LONGEST = 2
"""So many profiles are on a list at most, where lists of more could tell more."""


def hosts_of_one(
    policies: Sequence[AnyPolicy], asked: Collection[str] = ()
) -> tuple[HostEndpoint, ...]:
    """Host endpoints by the profiles that they list, enough to tell what one version does (D.8).

    Whichever profile of a list decides does so by itself, and own labels stand for those that the
    others apply. They cannot where Calico gives these to pods, and where claims have `asked` for
    own labels of the key: see `is_exact`.
    """
    return hosts_with(_lists(policies, policies, asked), [policies])


def hosts_of_both(old: Sequence[AnyPolicy], new: Sequence[AnyPolicy]) -> tuple[HostEndpoint, ...]:
    """Host endpoints by the profiles that they list, enough to tell the versions apart (D.8).

    Where both have the same profiles, which find the same sets, those for one version are enough:
    whichever profile of a list decides does so in both.

    Else let a connection be allowed in one version, by the profile A of a list or before, and
    denied in the other, by its profile D or in want of one. If D stands before A, the first version
    leaves the connection over to what follows D: the list of D and a profile that allows everything
    tells them apart. In all other cases the list of A alone does, or an empty one.

    That is so where profiles apply the same labels in both versions, which own labels stand for.
    """
    return hosts_with(_lists(old, new), (old, new))


def is_exact(
    old: Sequence[AnyPolicy], new: Sequence[AnyPolicy], asked: Collection[str] = ()
) -> bool:
    """Whether host endpoints that list more profiles than two need not be looked at.

    A list can have labels that no shorter one has, where some profile applies labels that own ones
    do not stand for. Then all pairs with such profiles are looked at.
    """
    return not _lending(old, new, asked)


def _lists(
    old: Sequence[AnyPolicy], new: Sequence[AnyPolicy], asked: Collection[str] = ()
) -> list[tuple[str, ...]]:
    """The lists of profiles that are looked at: of one at most, and some of two."""
    names = profiles_listed((*old, *new))
    lists: list[tuple[str, ...]] = [(), *((name,) for name in names)]
    lending = _lending(old, new, asked)
    last: Container[str] = ()
    if not _same_settings(old, new):
        last = (DEFAULT_ALLOW,) if all(map(_allows, (_known(old), _known(new)))) else names
    if last or lending:
        lists += (
            (one, other)
            for one, other in permutations(names, 2)
            if other in last or not lending.isdisjoint((one, other))
        )
    return lists


def _same_settings(old: Sequence[AnyPolicy], new: Sequence[AnyPolicy]) -> bool:
    """Whether both have the same profiles and network sets, but for their places in files."""
    return old is new or same_but_for_places(tuple(_settings(old)), tuple(_settings(new)))


def _settings(policies: Sequence[AnyPolicy]) -> Iterator[Profile | NetworkSet]:
    profiles = (one for one in policies if isinstance(one, Profile))
    yield from sorted(profiles, key=lambda one: one.name)
    sets = (one for one in policies if isinstance(one, NetworkSet))
    yield from sorted(sets, key=lambda one: (one.namespace, one.name))


def _known(policies: Sequence[AnyPolicy]) -> _Known:
    return {one.name: one for one in policies if isinstance(one, Profile)}


def _allows(known: _Known) -> bool:
    """Whether the profile that is built in allows everything and applies no label.

    A cluster may change it. With a label it does not stand for others, which select differently.
    """
    own = known.get(DEFAULT_ALLOW)
    if own is None:
        return True
    rules = own.ingress, own.egress
    return not own.labels and all(same_but_for_places(one, _ALLOWS) for one in rules)


def _lending(
    old: Sequence[AnyPolicy], new: Sequence[AnyPolicy], asked: Collection[str]
) -> frozenset[str]:
    """The profiles that apply labels which own ones do not stand for.

    These are of a key of which some profile does not apply the same in both versions, or which
    Calico gives pods, as no host endpoint has such a label of its own (D.15). Or claims have asked
    for own labels of the key, which tells them from applied ones.
    """
    versions = _known(old), _known(new)
    listed = profiles_listed((*old, *new))
    applied = {
        name: [frozenset(known[name].labels if name in known else ()) for known in versions]
        for name in listed
    }
    apart = {key for before, after in applied.values() for key, _ in before ^ after}.union(asked)
    return frozenset(
        name
        for name, labels in applied.items()
        if any(key in apart or is_of_pods(key) for key, _ in frozenset().union(*labels))
    )
