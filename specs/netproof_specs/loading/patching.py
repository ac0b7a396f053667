"""A load after a change of a few NetworkPolicies, made from the load before.

Putting all files together takes time in proportion to the cluster. Where nothing but files of
NetworkPolicies has changed, and these do not touch what other files state, the rest is the same.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from operator import attrgetter
from typing import TypeVar

from netproof_specs.documents.json_text import JsonText
from netproof_specs.frozen import Frozen, replace
from netproof_specs.loading.assembling import policy_order
from netproof_specs.loading.files import FileReading
from netproof_specs.loading.objects import ReadObject
from netproof_specs.loading.results import Documents, Loaded
from netproof_specs.model.cluster import Policy
from netproof_specs.model.network_policy import NetworkPolicy
from netproof_specs.sources.folders import Unread


class Basis(Frozen):
    """A load, and what the files stated that it was made of, in their order."""

    loaded: Loaded
    readings: Sequence[FileReading]


def patched(basis: Basis, readings: Sequence[FileReading], unread: Unread) -> Loaded | None:
    """The load of the files, the same as `joined` gives; `None` if that has to make it."""
    before = basis.loaded
    if before.unread != unread or any(one.code in _TWICE for one in before.notes):
        return None
    old, new = unlike(basis.readings, readings)
    if not all(map(_is_plain, (*old, *new))):
        return None
    pairs = _policies(before, old, new)
    if pairs is None:
        return None
    policies, objects = pairs
    same = list(map(_form, old)) == list(map(_form, new))
    documents = before.documents
    return replace(
        before,
        cluster=replace(before.cluster, policies=tuple(policies)),
        sources=tuple(map(attrgetter("source"), readings)),
        documents=Documents(
            tuple(objects),
            {**(documents.json_texts if same else {}), **_json(new if same else readings)},
            {**(documents.texts if same else {}), **_data(new if same else readings)},
        ),
    )


def _form(reading: FileReading) -> tuple[str, bool]:
    """The name of the file, and whether it is in JSON."""
    return reading.source.name, reading.json_text is not None


def _json(readings: Sequence[FileReading]) -> dict[str, JsonText]:
    return {one.source.name: one.json_text for one in readings if one.json_text is not None}


def _data(readings: Sequence[FileReading]) -> dict[str, bytes]:
    return {one.source.name: one.data for one in readings}


T = TypeVar("T")


def unlike(old: Sequence[T], new: Sequence[T]) -> tuple[list[T], list[T]]:
    """The objects that only one of two lists has, in order, by identity."""
    if len(old) == len(new):
        # Mostly some stand in the place of others, and then nothing else has to be looked at.
        pairs = [(one, two) for one, two in zip(old, new, strict=True) if one is not two]
        old, new = [one for one, _ in pairs], [two for _, two in pairs]
    kept = {id(one) for one in old} & {id(one) for one in new}
    return (
        [one for one in old if id(one) not in kept],
        [one for one in new if id(one) not in kept],
    )


_TWICE = ("repeated-object", "duplicate-object")
"""The notes on objects that stand twice: of these another file may have to stand in."""


def _is_plain(reading: FileReading) -> bool:
    """Iff the file states NetworkPolicies, and there is nothing else to say of it."""
    skipped = reading.skipped
    remarked = (*reading.problems, *reading.notes, *skipped.counts, *skipped.unknown)
    if remarked or skipped.left_out or not reading.objects:
        return False
    return all(isinstance(one.item, NetworkPolicy) for one in reading.objects)


def _stated(readings: Sequence[FileReading]) -> Iterator[tuple[NetworkPolicy, ReadObject]]:
    for reading in readings:
        for one in reading.objects:
            if isinstance(one.item, NetworkPolicy):
                yield one.item, one


def _policies(
    before: Loaded, old: Sequence[FileReading], new: Sequence[FileReading]
) -> tuple[list[Policy], list[ReadObject]] | None:
    """The policies with their objects, in order; `None` if the change may reach beyond them."""
    cluster = before.cluster
    gone = {id(policy): policy for policy, _ in _stated(old)}
    come = list(_stated(new))
    declared = {one.name for one in cluster.namespaces if one.declared}
    if any(one.namespace not in declared for one in (*gone.values(), *(one for one, _ in come))):
        # The namespace is in the cluster because a policy lives in it.
        return None
    policies, objects = list(cluster.policies), list(before.documents.policies)
    for policy in gone.values():
        place = bisect_left(policies, policy_order(policy), key=policy_order)
        if place == len(policies) or policies[place] is not policy:
            return None
        del policies[place], objects[place]
    for policy, stated in come:
        order = policy_order(policy)
        place = bisect_left(policies, order, key=policy_order)
        if place < len(policies) and policy_order(policies[place]) == order:
            return None
        policies.insert(place, policy)
        objects.insert(place, stated)
    return policies, objects
