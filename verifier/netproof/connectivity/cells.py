"""What a map has from one end to another, and how that differs between two maps.

A connection of two workloads is there iff some pod of one reaches some pod of the other. Where it
is there perhaps on both sides, they are held against each other in each set-up of the cluster
(D.37). There a pod has what none of the ways that are passed denies, and the workload what some
pod has. So a side has more in some set-up iff it has a pod such that each pod of the other side
is denied by a way that lets this one through: the set-up in which all those ways are passed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from functools import reduce
from itertools import starmap

from netproof.comparisons import Change, Side
from netproof.connectivity.portsets import (
    PortId,
    PortSet,
    PortSets,
    Way,
    common,
    in_both_families,
    others,
    union_of,
)
from netproof_specs.frozen import Frozen


class Case(Frozen):
    """What pods reach in one order of policies that tie: where all hosts let through the most, and
    by each way through hosts that leaves less of it."""

    widest: PortSet
    ways: tuple[tuple[Way, PortSet], ...]


class Held(Frozen):
    """The ports that are possible and those that are certain.

    Where ways through hosts are told apart, it has what each of some unlike `pods` reaches.
    """

    possible: PortSet
    certain: PortSet
    pods: frozenset[tuple[Case, ...]] = frozenset()


NO_PORTS = Held((), ())
"""Stands for sets without any, of however many source ports."""

Turn = tuple[Change, Side | None]
"""What becomes of a connection, and which side has it only perhaps."""


def held_of(sets: PortSets, number: PortId) -> Held:
    """What the set of a number holds."""
    pods = (tuple(_cases(sets, one)) for one in sets.members(number)) if sets.like else ()
    return Held(*sets.ports(number), frozenset(pods))


def _cases(sets: PortSets, number: PortId) -> Iterator[Case]:
    layers, ways = sets.by_layer(number), sets.ways(number).items()
    for widest in sorted({*sets.like}):
        left = (pair for pair in ways if sets.like[pair[0][0]] == widest)
        yield Case(layers[widest], tuple(left))


def flat(held: Held) -> Held:
    """The same with each port that is there in either family in both."""
    possible = in_both_families(held.possible)
    certain = possible if held.certain is held.possible else in_both_families(held.certain)
    pods = (_of_each(pod, in_both_families) for pod in held.pods)
    return Held(possible, certain, frozenset(pods))


def _of_each(pod: tuple[Case, ...], of: Callable[[PortSet], PortSet]) -> tuple[Case, ...]:
    return tuple(
        Case(of(one.widest), tuple((way, of(ports)) for way, ports in one.ways)) for one in pod
    )


def differences(before: Held, after: Held) -> dict[Turn, PortSet]:
    """The ports with which it is not the same on both sides, each once, but for those that both
    have perhaps."""
    if before == after:
        return {}
    old, surely_old, new, surely_new = (
        *(before.possible, before.certain), *(after.possible, after.certain),
    )  # fmt: skip
    gained, lost = _minus(new, old), _minus(old, new)
    found: dict[Turn, PortSet] = {(Change.ADDED, None): gained, (Change.REMOVED, None): lost}
    if surely_old is not old or surely_new is not new:
        found = {
            (Change.ADDED, None): _both(gained, surely_new),
            (Change.ADDED, Side.NEW): _minus(gained, surely_new),
            (Change.ADDED, Side.OLD): _minus(_both(old, surely_new), surely_old),
            (Change.REMOVED, None): _both(lost, surely_old),
            (Change.REMOVED, Side.OLD): _minus(lost, surely_old),
            (Change.REMOVED, Side.NEW): _minus(_both(new, surely_old), surely_new),
        }
        perhaps = _minus(_minus(_both(old, new), surely_old), surely_new)
        if any(perhaps) and before.pods != after.pods:
            there, again = _comparable(before, after), _comparable(after, before)
            found[Change.ADDED, Side.BOTH] = _both(perhaps, _more(there, again))
            found[Change.REMOVED, Side.BOTH] = _both(perhaps, _more(again, there))
    return {turn: ports for turn, ports in found.items() if any(ports)}


_Pods = list[tuple[Case, ...]]


def _comparable(held: Held, beside: Held) -> _Pods:
    """The pods; where there is one kind of them on both sides, these pass a host alike.

    Else a pod of which it is open what it passes is not taken for one that surely passes it.
    """
    if len(held.pods) > 1 or len(beside.pods) > 1:
        return list(held.pods)
    return [tuple(map(_regardless, pod)) for pod in held.pods]


def _regardless(case: Case) -> Case:
    left: dict[Way, PortSet] = {}
    for (number, _), ports in case.ways:
        # Pods that share no port are one kind, of which one may pass it for sure and one perhaps.
        way = number, False
        left[way] = _both(left.get(way, case.widest), ports)
    return Case(case.widest, tuple(left.items()))


def _more(before: _Pods, after: _Pods) -> PortSet:
    """The ports that are there after in some set-up in which they are not there before."""
    cases = zip(zip(*before, strict=True), zip(*after, strict=True), strict=True)
    return _any(ports for earlier, later in cases for ports in _each_beyond({*later}, {*earlier}))


def _each_beyond(later: set[Case], earlier: set[Case]) -> Iterator[PortSet]:
    """The ports on which each of the earlier pods is denied by some way that lets a later through.

    An earlier pod that passes no way of the later one is, unless no way denies it at all.
    """
    passing: dict[Way, list[Case]] = defaultdict(list)
    for one in earlier:
        for way, _ in one.ways:
            passing[way].append(one)
    in_any = _any(map(_in_any_set_up, earlier))
    for pod in later - earlier:
        left = _minus(pod.widest, in_any)
        for other in dict.fromkeys(x for way, _ in pod.ways for x in passing.get(way, ())):
            if not any(left):
                break
            left = _both(left, _told_apart(pod, other))
        yield left


def _in_any_set_up(pod: Case) -> PortSet:
    return reduce(_both, (ports for _, ports in pod.ways), pod.widest)


def _told_apart(pod: Case, other: Case) -> PortSet:
    """The ports on which some way lets the pod through and not the other one."""
    here, there = dict(pod.ways), dict(other.ways)
    pairs = ((here.get(x, pod.widest), there.get(x, other.widest)) for x in {*here, *there})
    unlike = {(one, its) for one, its in pairs if one != its}
    return _any(starmap(_minus, {(pod.widest, other.widest), *unlike}))


def _any(parts: Iterable[PortSet]) -> PortSet:
    listed = [one for one in parts if any(one)]
    slots = zip(*listed, strict=True)
    return tuple(union_of(each for one in slot for each in one) for slot in slots)


def _both(left: PortSet, right: PortSet) -> PortSet:
    if not left or not right:
        return ()
    return tuple(common(one, other) for one, other in zip(left, right, strict=True))


def _minus(left: PortSet, right: PortSet) -> PortSet:
    if not left or not right:
        return left
    return tuple(common(one, others(other)) for one, other in zip(left, right, strict=True))
