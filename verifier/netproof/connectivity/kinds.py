"""Kinds of pods by the ways through hosts that deny them, and how those of two maps differ (D.37).

In a set-up of the cluster a pod has what none of the ways that are passed denies, and a workload
what some pod has. So on a port one side has more in some set-up iff it has a pod such that each
pod of the other side is denied by a way that lets this one through: the set-up in which all those
ways are passed. Only which ways deny the pods tells that, so very many pods are held against each
other by sets of few ways.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from collections.abc import Set as AnySet
from typing import Generic, TypeVar

from netproof.connectivity.portsets import (
    PortId,
    PortSet,
    PortSets,
    Way,
    any_of,
    both,
    in_both_families,
    minus,
)
from netproof_specs.frozen import Frozen

Kind = int
"""Pods that have the same in each case, by number: the same number in both maps."""

_Ports = int
"""A set of ports by number, likewise."""

_Denying = frozenset[Way]
"""All ways that deny pods a port."""


class _Case(Frozen):
    """What pods have in one order of policies that tie: where all hosts let through the most, and
    by each way through hosts that leaves less of it."""

    widest: _Ports
    ways: tuple[tuple[Way, _Ports], ...]


_Value = TypeVar("_Value")


class _Numbered(Generic[_Value]):
    """Values by number; a class because equal ones have the same."""

    def __init__(self) -> None:
        self.values: list[_Value] = []
        self._numbers: dict[_Value, int] = {}

    def number(self, value: _Value) -> int:
        """The number of a value, a new one if there is none equal to it yet."""
        found = self._numbers.setdefault(value, len(self.values))
        if found == len(self.values):
            self.values.append(value)
        return found


class Kinds:
    """The kinds of pods of two maps.

    A class because it remembers: where pods run on many unlike hosts there are very many kinds, and
    each has to do with many ends.
    """

    def __init__(self) -> None:
        self._ports = _Numbered[PortSet]()
        self._kinds = _Numbered[tuple[_Case, ...]]()
        self._of: dict[tuple[PortSets, PortId], Kind] = {}
        self._flat: dict[Kind, Kind] = {}
        self._told: dict[object, tuple[PortSet, PortSet]] = {}

    def of(self, sets: PortSets, number: PortId) -> frozenset[Kind]:
        """The kinds of the pods that have a set of ports; none where no ways are told apart."""
        members = sets.members(number) if sets.like else ()
        return frozenset([self._kind(sets, one) for one in members])

    def flat(self, kinds: Iterable[Kind]) -> frozenset[Kind]:
        """The same with each port that is there in either family in both."""
        return frozenset(map(self._flat_kind, kinds))

    def told_apart(
        self, ports: PortSet, before: frozenset[Kind], after: frozenset[Kind]
    ) -> tuple[PortSet, PortSet]:
        """Of some ports those that are there before in some set-up in which they are not after, and
        those with which it is the other way round."""
        key = ports, before, after
        if key not in self._told:
            self._told[key] = self._compared(ports, before, after)
        return self._told[key]

    def _kind(self, sets: PortSets, number: PortId) -> Kind:
        found = self._of.get((sets, number))
        if found is None:
            cases = tuple(self._cases(sets, number))
            found = self._of[sets, number] = self._kinds.number(cases)
        return found

    def _cases(self, sets: PortSets, number: PortId) -> Iterator[_Case]:
        layers, ways = sets.by_layer(number), sets.ways(number).items()
        for widest in sorted({*sets.like}):
            left = ((way, one) for way, one in ways if sets.like[way[0]] == widest)
            yield self._case(layers[widest], left)

    def _case(self, widest: PortSet, ways: Iterable[tuple[Way, PortSet]]) -> _Case:
        number = self._ports.number
        return _Case(number(widest), tuple([(way, number(left)) for way, left in ways]))

    def _flat_kind(self, kind: Kind) -> Kind:
        found = self._flat.get(kind)
        if found is None:
            cases = tuple(map(self._flat_case, self._kinds.values[kind]))
            found = self._flat[kind] = self._kinds.number(cases)
        return found

    def _flat_case(self, case: _Case) -> _Case:
        ports = self._ports.values
        ways = ((way, in_both_families(ports[left])) for way, left in case.ways)
        return self._case(in_both_families(ports[case.widest]), ways)

    def _compared(
        self, ports: PortSet, old: frozenset[Kind], new: frozenset[Kind]
    ) -> tuple[PortSet, PortSet]:
        # Where there is one kind of pods on both sides, these pass a host alike. Else a pod of
        # which it is open what it passes is not taken for one that surely passes it.
        one_each = len(old) == len(new) == 1
        gone, come = list[PortSet](), list[PortSet]()
        for before, after in zip(self._by_case(old), self._by_case(new), strict=True):
            for part, within in self._parts(ports, (*before, *after)):
                denying = [
                    {_denying(one, within) for one in side if one.widest in within}
                    for side in (before, after)
                ]
                if one_each:
                    denying = [set(map(_regardless, side)) for side in denying]
                gone += [part] if _some_includes_none(*denying) else []
                come += [part] if _some_includes_none(*reversed(denying)) else []
        return any_of(gone), any_of(come)

    def _by_case(self, kinds: Iterable[Kind]) -> Iterator[tuple[_Case, ...]]:
        return zip(*(self._kinds.values[one] for one in kinds), strict=True)

    def _parts(
        self, ports: PortSet, cases: Iterable[_Case]
    ) -> Iterator[tuple[PortSet, AnySet[_Ports]]]:
        """Some ports in parts that lie within each set of the cases or outside it, and those sets
        within which they lie."""
        told = {one.widest for one in cases} | {left for one in cases for _, left in one.ways}
        parts: list[tuple[PortSet, set[_Ports]]] = [(ports, set())]
        for number in sorted(told):
            here = self._ports.values[number]
            split = [(both(part, here), {*within, number}) for part, within in parts]
            split += [(minus(part, here), within) for part, within in parts]
            parts = [one for one in split if any(one[0])]
        yield from parts


def _denying(case: _Case, within: AnySet[_Ports]) -> _Denying:
    """The ways by which ports that lie within some sets are not left."""
    return frozenset([way for way, left in case.ways if left not in within])


def _regardless(denying: _Denying) -> _Denying:
    return frozenset([(number, False) for number, _ in denying])


def _some_includes_none(these: AnySet[_Denying], those: AnySet[_Denying]) -> bool:
    """Iff some of these sets of ways includes none of those."""
    if frozenset() in those:
        return False
    # Whatever a set includes has its least way in it, so few are looked at.
    by_least: dict[Way, list[_Denying]] = defaultdict(list)
    for one in those:
        by_least[min(one)].append(one)
    return not all(
        any(other <= one for way in one for other in by_least.get(way, ())) for one in these - those
    )
