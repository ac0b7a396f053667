"""How far the conditions of a region can be widened while everything in it stays changed.

A callback answers whether it does; it is called with a condition in place of the one to widen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from ipaddress import ip_network
from typing import TypeVar, assert_never

from netproof_encodings.decision.conditions import Atom, IsHost, Whose
from netproof_encodings.differences.blocks import blocks_of
from netproof_encodings.differences.conditions import (
    AmongHosts,
    Condition,
    Declares,
    ExpectsAddress,
    FromPorts,
    GivesPort,
    HandsOn,
    HasLabels,
    InBlock,
    InClass,
    ListsProfiles,
    OfKind,
    OnFamily,
    OnNodes,
    OnPorts,
    OnProtocols,
    RunsAs,
)
from netproof_encodings.differences.regions import labels_of, not_in, space_of
from netproof_encodings.logic.terms import Model
from netproof_encodings.obligations.claims import Stage
from netproof_encodings.vocabulary.classes import BlockIndex, families_of
from netproof_encodings.vocabulary.mentioned import Vocabulary
from netproof_specs.frozen import Frozen, replace
from netproof_specs.model.labels import NAME_LABEL, Operator, Requirement
from netproof_specs.model.traffic import Family, Protocol

Changed = Callable[[Condition], bool]
"""Whether everything is still changed with this condition in place of the one to widen."""


class Alike(Frozen):
    """What neither version can tell apart.

    `bounds` are the first ports of the stretches on which ports are alike, in ascending order from
    1, and 65536; `source_bounds` those of source ports. `hosts` are the names of host endpoints in
    groups.
    """

    bounds: tuple[int, ...]
    hosts: tuple[tuple[str, ...], ...] = ()
    source_bounds: tuple[int, ...] = (1, 65536)


def widened(
    on: Stage, condition: Condition, model: Model, alike: Alike, changed: Changed
) -> Condition:
    """The widest form of a condition that cannot be dropped for which `changed` says yes."""
    match condition:
        case HasLabels():
            return _wider_labels(on, condition, changed)
        case InBlock():
            return _wider_block(on, condition, model, changed)
        case OnProtocols(protocols):
            others = [one for one in Protocol if one not in protocols]
            kept = _grown(others, lambda more: changed(_on_protocols(protocols, more)))
            return _on_protocols(protocols, kept)
        case OnPorts():
            return _wider_ports(condition, alike.bounds, changed)
        case FromPorts():
            return _wider_ports(condition, alike.source_bounds, changed)
        case RunsAs():
            return _more_accounts(on, condition, changed)
        case AmongHosts():
            return _more_hosts(condition, alike.hosts, changed)
        case ListsProfiles():
            return _more_lists(on, condition, changed)
        case OfKind() | HandsOn() | InClass() | Declares() | OnFamily():
            return condition
        case ExpectsAddress() | GivesPort() | OnNodes():
            return condition
        case _:
            assert_never(condition)


def _on_protocols(some: Sequence[Protocol], more: Sequence[Protocol]) -> OnProtocols:
    return OnProtocols(tuple(one for one in Protocol if one in some or one in more))


T = TypeVar("T")

MANY = 24
"""How many single values a widening tries; a condition with more stays narrower than it might."""


def _grown(candidates: Sequence[T], fits: Callable[[list[T]], bool]) -> list[T]:
    """Candidates that can be taken together, greedily in order."""
    taken: list[T] = []
    for one in candidates[:MANY]:
        if fits([*taken, one]):
            taken.append(one)
    return taken


C = TypeVar("C", HasLabels, InBlock, RunsAs)


def _sparest(candidates: Sequence[T], sparing: Callable[[Sequence[T]], C], changed: Changed) -> C:
    """The condition without as many of the candidates as go."""
    return sparing(_grown(candidates, lambda some: changed(sparing(some))))


def _wider_labels(on: Stage, condition: HasLabels, changed: Changed) -> HasLabels:
    """From `NotIn` with few values over `Exists` and `NotIn` to `In` with many."""
    key = condition.requirements[0].key
    own = condition.requirements[0].values if _is_in(condition) else ()
    rest = [value for value in _values(on, condition) if value not in own]
    absent = condition.requirements[0].operator is Operator.DOES_NOT_EXIST
    exists = (Requirement(key, Operator.EXISTS),)
    for stem in [()] if absent or key == NAME_LABEL else [(), exists]:
        form = _without(condition, key, stem, rest, ())
        if (stem or rest) and (form == condition or changed(form)):
            return _sparest(rest, partial(_without, condition, key, stem, rest), changed)
    if not own:
        return condition
    more = _grown(rest, lambda some: changed(_among(condition, key, (*own, *some))))
    return _among(condition, key, (*own, *more))


def _is_in(condition: HasLabels) -> bool:
    return condition.requirements[0].operator is Operator.IN


def _values(on: Stage, condition: HasLabels) -> list[str]:
    space, key = space_of(on, condition.end), condition.requirements[0].key
    if key == NAME_LABEL and condition.whose is Whose.NAMESPACE:
        return [*space.namespace.names, *space.namespace.passing]
    return list(labels_of(space, condition.whose)[key].codes)


def _without(
    condition: HasLabels,
    key: str,
    stem: tuple[Requirement, ...],
    values: Sequence[str],
    spared: Sequence[str],
) -> HasLabels:
    kept = [value for value in values if value not in spared]
    return replace(condition, requirements=(*stem, *not_in(key, kept)))


def _among(condition: HasLabels, key: str, values: tuple[str, ...]) -> HasLabels:
    return replace(condition, requirements=(Requirement(key, Operator.IN, tuple(sorted(values))),))


def _more_accounts(on: Stage, condition: RunsAs, changed: Changed) -> RunsAs:
    """From all but few names to one of many."""
    own = condition.names if condition.among else ()
    rest = [one for one in space_of(on, condition.end).known_account().told if one not in own]

    def sparing(spared: Sequence[str]) -> RunsAs:
        kept = tuple(name for name in rest if name not in spared)
        return replace(condition, names=kept, among=False)

    if rest and (not condition.among or changed(sparing(()))):
        return _sparest(rest, sparing, changed)
    more = _grown(rest, lambda some: changed(replace(condition, names=(*own, *some))))
    return replace(condition, names=tuple(sorted((*own, *more))))


def _more_hosts(
    condition: AmongHosts, alike: Sequence[tuple[str, ...]], changed: Changed
) -> AmongHosts:
    """Together with all host endpoints that go, those that are alike at once and first."""

    def among(groups: Sequence[tuple[str, ...]]) -> AmongHosts:
        names = {*condition.names, *(name for group in groups for name in group)}
        return replace(condition, names=tuple(sorted(names)))

    ordered = sorted(alike, key=lambda group: condition.names[0] not in group)
    return among(_grown(ordered, lambda some: changed(among(some))))


def _more_lists(on: Stage, condition: ListsProfiles, changed: Changed) -> ListsProfiles:
    """Together with all lists of profiles that go."""
    others = on.scene.vocabulary.others
    listed = [one.profiles for one in (() if others is None else others.hosts)]

    def among(more: Sequence[tuple[str, ...]]) -> ListsProfiles:
        return replace(condition, lists=tuple(sorted({*condition.lists, *more})))

    candidates = [one for one in listed if one not in condition.lists]
    return among(_grown(candidates, lambda some: changed(among(some))))


def _wider_block(on: Stage, condition: InBlock, model: Model, changed: Changed) -> InBlock:
    family = Family(ip_network(condition.cidr).version)
    value = model[space_of(on, condition.end).address.bits[family].name]
    for cidr, excepts in blocks_of(on, family, value):
        wider = replace(condition, cidr=cidr, excepts=excepts)
        if wider == condition or changed(wider):
            return _sparest(excepts, partial(_sparing, wider), changed)
    return condition


def _sparing(condition: InBlock, spared: Sequence[str]) -> InBlock:
    kept = tuple(one for one in condition.excepts if one not in spared)
    return replace(condition, excepts=kept)


P = TypeVar("P", OnPorts, FromPorts)


def _wider_ports(condition: P, bounds: Sequence[int], changed: Changed) -> P:
    """The longest stretch, first upwards, then downwards, by bisection over the bounds."""
    ends = [bound - 1 for bound in bounds if bound - 1 >= condition.last]
    last = _furthest(ends, lambda end: changed(replace(condition, last=end)), condition.last)
    starts = [bound for bound in reversed(bounds) if bound <= condition.first]
    upto = replace(condition, last=last)
    first = _furthest(starts, lambda start: changed(replace(upto, first=start)), condition.first)
    return replace(upto, first=first)


def _furthest(candidates: Sequence[int], fits: Callable[[int], bool], nearest: int) -> int:
    """The last candidate that fits, where all before it do; `nearest` if none does."""
    low, high = 0, len(candidates)
    while low < high:
        middle = (low + high) // 2
        if fits(candidates[middle]):
            low = middle + 1
        else:
            high = middle
    return candidates[low - 1] if low else nearest


def alike_hosts(atoms: Iterable[Atom], vocabulary: Vocabulary) -> tuple[tuple[str, ...], ...]:
    """The names of host endpoints, in groups that no atom and no mentioned block tells apart."""
    found: dict[str, list[object]] = {one.name: [] for one in vocabulary.hosts}
    asked = {(atom.names, atom.found) for atom in atoms if isinstance(atom, IsHost)}
    for number, (names, _) in enumerate(sorted(asked, key=lambda one: (one[0], one[1].value))):
        for name in names:
            if name in found:  # not one that stands for host endpoints which are none of the input
                found[name].append(number)
    blocks = BlockIndex(vocabulary.blocks)
    groups: dict[object, list[str]] = {}
    for one in vocabulary.hosts:
        places = families_of(one.addresses), blocks.signature(one.addresses)
        groups.setdefault((tuple(found[one.name]), places), []).append(one.name)
    return tuple(map(tuple, groups.values()))
