"""Host endpoints that are none of the input, beside two versions of policies and profiles.

One lists the same profiles in both, of which each version may say something else.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import permutations

from netproof_encodings.lowering.calico_hosts import DEFAULT_ALLOW
from netproof_encodings.lowering.calico_others import hosts_with, profiles_listed
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


def hosts_of_both(old: Sequence[AnyPolicy], new: Sequence[AnyPolicy]) -> tuple[HostEndpoint, ...]:
    """Host endpoints by the profiles that they list, enough to tell the versions apart (D.8).

    Where both have the same profiles, which find the same sets, lists of one are enough, as for
    one version: whichever profile of a list decides does so in both.

    Else let a connection be allowed in one version, by the profile A of a list or before, and
    denied in the other, by its profile D or in want of one. If D stands before A, the first version
    leaves the connection over to what follows D: the list of D and a profile that allows everything
    tells them apart. In all other cases the list of A alone does, or an empty one.

    That is so where profiles apply the same labels in both versions, which own labels stand for.
    A list with others can have labels that no shorter one has; so `is_exact` says whether there are
    no such, and if there are, all pairs with profiles that apply these labels are looked at.
    """
    names = profiles_listed((*old, *new))
    lists: list[tuple[str, ...]] = [(), *((name,) for name in names)]
    if not _same_settings(old, new):
        versions = _known(old), _known(new)
        last = [DEFAULT_ALLOW] if all(map(_allows, versions)) else names
        keys = _keys_apart(*versions)
        telling = {
            name
            for known in versions
            for name, one in known.items()
            if any(key in keys for key, _ in one.labels)
        }
        lists += (
            (one, other)
            for one, other in permutations(names, 2)
            if other in last or not telling.isdisjoint((one, other))
        )
    return hosts_with(lists, (old, new))


def is_exact(old: Sequence[AnyPolicy], new: Sequence[AnyPolicy]) -> bool:
    """Whether host endpoints that list more profiles than two need not be looked at."""
    return not _keys_apart(_known(old), _known(new))


def _same_settings(old: Sequence[AnyPolicy], new: Sequence[AnyPolicy]) -> bool:
    """Whether both have the same profiles and network sets, but for their places in files."""
    return same_but_for_places(tuple(_settings(old)), tuple(_settings(new)))


def _settings(policies: Sequence[AnyPolicy]) -> Iterator[Profile | NetworkSet]:
    profiles = (one for one in policies if isinstance(one, Profile))
    yield from sorted(profiles, key=lambda one: one.name)
    sets = (one for one in policies if isinstance(one, NetworkSet))
    yield from sorted(sets, key=lambda one: (one.namespace, one.name))


def _known(policies: Sequence[AnyPolicy]) -> _Known:
    return {one.name: one for one in policies if isinstance(one, Profile)}


def _allows(known: _Known) -> bool:
    """Whether the profile that is built in allows everything, which a cluster may change."""
    own = known.get(DEFAULT_ALLOW)
    rules = () if own is None else (own.ingress, own.egress)
    return all(same_but_for_places(one, _ALLOWS) for one in rules)


def _keys_apart(old: _Known, new: _Known) -> frozenset[str]:
    """The keys of labels that some profile does not apply alike in both versions."""
    found: set[str] = set()
    for name in {*old, *new}:
        before, after = (
            frozenset(known[name].labels if name in known else ()) for known in (old, new)
        )
        found.update(key for key, _ in before ^ after)
    return frozenset(found)
