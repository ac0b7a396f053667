"""Sets of ports of every protocol, in each address family; equal sets are one number.

Where policies ask from which port a connection comes, a set tells the stretches of source ports
apart that they do (D.19). Where outcomes are left open, a set has two layers: the ports that are
allowed in some outcome, and those that are in each. For whoever compares sets in more outcomes it
may have further layers, and what is left by ways through hosts (D.37): there are many of these,
and a set is told of only where it differs from one of its layers.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from functools import reduce
from itertools import chain
from types import MappingProxyType

from netproof.decisions import ALL_PORTS, Allowed, AllowedPorts, Certainty, Ranges
from netproof_specs.claims import Ports
from netproof_specs.model.connections import DYNAMIC_PORT
from netproof_specs.model.traffic import Family, Protocol

PortSet = tuple[Ranges, ...]
"""One `Ranges` for each of `SLOTS`, stretch of source ports by stretch, layer by layer."""

PortId = int
"""The number by which `PortSets` knows a set."""

Way = tuple[int, bool]
"""A way through hosts by number, and whether it is open if an end passes any of these."""

SLOTS = tuple((family, protocol) for family in Family for protocol in Protocol)
"""A port set tells the families apart, since ipBlocks do (A.27)."""

NOTHING: PortId = 0
EVERYTHING: PortId = 1


def union_of(ranges: Iterable[tuple[int, int]]) -> Ranges:
    """The ports of any of the ranges, which may overlap and come in any order."""
    merged: list[tuple[int, int]] = []
    for first, last in sorted(ranges):
        if merged and first <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(last, merged[-1][1]))
        else:
            merged.append((first, last))
    return tuple(merged)


def common(left: Ranges, right: Ranges) -> Ranges:
    """The ports that are in both."""
    if right in (left, ALL_PORTS):
        return left
    if left == ALL_PORTS:
        return right
    overlaps = ((max(first, low), min(last, high)) for first, last in left for low, high in right)
    return tuple(sorted((first, last) for first, last in overlaps if first <= last))


def others(ranges: Ranges) -> Ranges:
    """The ports that are in none of the ranges."""
    edges = (0, *(port for ends in ranges for port in ends), 65536)
    gaps = zip(edges[::2], edges[1::2], strict=True)
    return tuple((last + 1, first - 1) for last, first in gaps if last + 1 < first)


def _either(left: Ranges, right: Ranges) -> Ranges:
    """The ports that are in one of them."""
    return union_of((*left, *right))


def any_of(parts: Iterable[PortSet]) -> PortSet:
    """The ports of any of the sets, none of which is empty; of none of them the empty tuple."""
    return tuple(union_of(chain.from_iterable({*slot})) for slot in zip(*parts, strict=True))


def both(left: PortSet, right: PortSet) -> PortSet:
    """The ports that are in both sets; the empty tuple stands for a set without any."""
    return tuple(map(common, left, right)) if left and right else ()


def minus(left: PortSet, right: PortSet) -> PortSet:
    """The ports of one set that are not in the other one, likewise."""
    return tuple(map(common, left, map(others, right))) if left and right else left


def by_stretch(ports: PortSet) -> list[PortSet]:
    """The slots of each stretch of source ports, of one layer after the other."""
    size = len(SLOTS)
    return [ports[at : at + size] for at in range(0, len(ports), size)]


def in_both_families(ports: PortSet) -> PortSet:
    """The ports of a set, in whichever family, in both."""
    return tuple(one for found in by_stretch(ports) for one in _in_both(found))


def _in_both(ports: PortSet) -> PortSet:
    by_protocol: dict[object, list[tuple[int, int]]] = defaultdict(list)
    for (_, protocol), ranges in zip(SLOTS, ports, strict=True):
        by_protocol[protocol] += ranges
    return tuple(union_of(by_protocol[protocol]) for _, protocol in SLOTS)


def allowed_of(
    ports: PortSet, stretches: Sequence[tuple[int, int]], families: Iterable[Family]
) -> AllowedPorts:
    """The ports by protocol, in whichever of the families; by source ports where they differ.

    What only the first of several layers has, and the second has not, is allowed perhaps.
    """
    wanted, size = frozenset(families), len(stretches)
    surely, perhaps = list[Allowed](), list[Allowed]()
    for protocol in Protocol:
        found = [
            union_of(
                each
                for slot, ranges in zip(SLOTS, one, strict=True)
                if slot[0] in wanted and slot[1] is protocol
                for each in ranges
            )
            for one in by_stretch(ports)
        ]
        possible, certain = found[:size], found[size : 2 * size] or found
        surely += _allowed(certain, stretches, protocol, Certainty.SURELY)
        if len(found) > size:
            pairs = zip(possible, certain, strict=True)
            rest = [common(some, others(every)) for some, every in pairs]
            perhaps += _allowed(rest, stretches, protocol, Certainty.PERHAPS)
    return (*surely, *perhaps)


def _allowed(
    found: Sequence[Ranges],
    stretches: Sequence[tuple[int, int]],
    protocol: Protocol,
    certainty: Certainty,
) -> Iterator[Allowed]:
    """What is allowed from every source port, then what more is from some of them."""
    always = reduce(common, found)
    if always:
        yield Allowed(protocol, always, certainty=certainty)
    for ranges in dict.fromkeys(found):
        if ranges not in (always, ()):
            pairs = zip(stretches, found, strict=True)
            sources = union_of(one for one, own in pairs if own == ranges)
            yield Allowed(protocol, ranges, sources, certainty)


NO_WAYS: Mapping[Way, PortSet] = MappingProxyType({})


class PortSets:
    """The port sets of one map, each under a number, so that equal sets are compared at once.

    A class because it remembers: every union and intersection is worked out once. The first of
    several `layers` is what is possible, the second what is certain; all of one is both. `like`
    says of each way through hosts which layer is left by it where a set does not say otherwise.
    """

    def __init__(
        self,
        stretches: Sequence[tuple[int, int]] = ALL_PORTS,
        layers: int = 1,
        like: Sequence[int] = (),
    ) -> None:
        self.stretches = tuple(stretches)
        self.layers = layers
        self.like = tuple(like)
        self._size = len(SLOTS) * len(self.stretches)
        self._sets: list[PortSet] = []
        self._ways: list[Mapping[Way, PortSet]] = []
        self._numbers: dict[tuple[PortSet, tuple[tuple[Way, PortSet], ...]], PortId] = {}
        self._unions: dict[tuple[PortId, PortId], PortId] = {}
        self._intersections: dict[tuple[PortId, PortId], PortId] = {}
        self._complements: dict[PortId, PortId] = {NOTHING: EVERYTHING, EVERYTHING: NOTHING}
        self._of_claims: dict[Ports, PortId] = {}
        self._within: dict[frozenset[Family], PortId] = {}
        self._members: dict[PortId, frozenset[PortId]] = {}
        self._of_members: dict[frozenset[PortId], PortId] = {}
        self._everywhere(tuple(() for _ in SLOTS))
        self._everywhere(tuple(ALL_PORTS for _ in SLOTS))

    def number(self, ports: PortSet, ways: Mapping[Way, PortSet] = NO_WAYS) -> PortId:
        """The number of a set, with what is left by some ways."""
        told = {
            way: one for way, one in sorted(ways.items()) if one != self._usual(ports, way)
        } if ways else NO_WAYS  # fmt: skip
        key = ports, tuple(told.items())
        found = self._numbers.get(key)
        if found is None:
            found = self._numbers[key] = self._added(ports, told)
        return found

    def _added(self, ports: PortSet, ways: Mapping[Way, PortSet]) -> PortId:
        self._sets.append(ports)
        self._ways.append(ways)
        return len(self._sets) - 1

    def _usual(self, ports: PortSet, way: Way) -> PortSet:
        """What is left by a way of which a set says nothing."""
        return self._part(ports, self.like[way[0]])

    def _part(self, ports: PortSet, layer: int) -> PortSet:
        return ports[layer * self._size : (layer + 1) * self._size]

    def of(self, ranges: Mapping[Protocol, Iterable[tuple[int, int]]]) -> PortId:
        """The set of some ports of each protocol, in both families."""
        merged = {protocol: union_of(found) for protocol, found in ranges.items()}
        return self._everywhere(tuple(merged.get(protocol, ()) for _, protocol in SLOTS))

    def _everywhere(self, ports: PortSet) -> PortId:
        """The set of these ports, slot by slot, from every source port."""
        return self.number(ports * len(self.stretches) * self.layers)

    def coming_from(self, first: int, last: int) -> PortId:
        """Every port, from the source ports between the two, which no stretch lies across."""
        inside = (first <= one and other <= last for one, other in self.stretches)
        here = tuple(ALL_PORTS if found else () for found in inside for _ in SLOTS)
        return self.number(here * self.layers)

    def layered(self, layers: Sequence[PortId], ways: Mapping[Way, PortId]) -> PortId:
        """The set that has in each layer, and leaves by each way, what another one does there."""
        parts = (self.by_layer(one)[at] for at, one in enumerate(layers))
        ports = tuple(ranges for part in parts for ranges in part)
        return self.number(ports, {way: self.left_by(way, one) for way, one in ways.items()})

    def of_claim(self, ports: Ports) -> PortId:
        """The set that a claim's ports are; none given is every port."""
        if not ports:
            return EVERYTHING
        found = self._of_claims.get(ports)
        if found is None:
            ranges: dict[Protocol, list[tuple[int, int]]] = {}
            for one in ports:
                ranges.setdefault(one.protocol, []).append((one.first, one.last))
            found = self._of_claims[ports] = self.of(ranges)
        return found

    def within(self, families: Iterable[Family]) -> PortId:
        """Every port in some of the families."""
        wanted = frozenset(families)
        found = self._within.get(wanted)
        if found is None:
            slots = tuple(ALL_PORTS if one in wanted else () for one, _ in SLOTS)
            found = self._within[wanted] = self._everywhere(slots)
        return found

    def union(self, left: PortId, right: PortId) -> PortId:
        """The ports of either set."""
        if left == right or NOTHING in (left, right):
            return max(left, right)
        if EVERYTHING in (left, right):
            return EVERYTHING
        key = (left, right) if left < right else (right, left)
        found = self._unions.get(key)
        if found is None:
            found = self._unions[key] = self._each(_either, left, right)
        return found

    def intersection(self, left: PortId, right: PortId) -> PortId:
        """The ports of both sets."""
        if right in (left, EVERYTHING):
            return left
        if left == EVERYTHING:
            return right
        if NOTHING in (left, right):
            return NOTHING
        key = (left, right) if left < right else (right, left)
        found = self._intersections.get(key)
        if found is None:
            found = self._intersections[key] = self._each(common, left, right)
        return found

    def complement(self, number: PortId) -> PortId:
        """The ports that are not in a set."""
        found = self._complements.get(number)
        if found is None:
            found = self._each(others, number)
            self._complements[number], self._complements[found] = found, number
        return found

    def _each(self, of: Callable[..., Ranges], *numbers: PortId) -> PortId:
        """What comes of some sets, slot by slot, in each layer and by each way."""
        ports = tuple(map(of, *(self._sets[one] for one in numbers)))
        told = {way for one in numbers for way in self._ways[one]}
        return self.number(
            ports, {way: tuple(map(of, *(self.left_by(way, x) for x in numbers))) for way in told}
        )

    def some_of(self, numbers: Set[PortId]) -> PortId:
        """The ports of any of some sets, as one that remembers these if they are of unlike pods.

        What several ways at once leave is not told by what each does, so that its members tell.
        """
        if len(numbers) < 2:
            return max(numbers, default=NOTHING)
        given = numbers - {NOTHING}
        if not self.like or EVERYTHING in given or self._share_none(given):
            return reduce(self.union, sorted(given), NOTHING)
        members = frozenset(one for number in given for one in self.members(number))
        found = self._of_members.get(members)
        if found is None:
            every = any_of(self._sets[one] for one in members)
            found = self._of_members[members] = self._added(every, NO_WAYS)
            self._members[found] = members
        return found

    def _share_none(self, numbers: Iterable[PortId]) -> bool:
        """Whether no set is of unlike pods, and no port in two of them."""
        before = self._sets[NOTHING]
        for number in numbers:
            if number in self._members or any(map(common, before, self._sets[number])):
                return False
            before = tuple(map(_either, before, self._sets[number]))
        return True

    def members(self, number: PortId) -> frozenset[PortId]:
        """The sets of unlike pods that a set is of: itself, if these are alike."""
        return self._members.get(number) or frozenset((number,))

    def allowed(self, number: PortId) -> AllowedPorts:
        """The ports of a set by protocol, in whichever family."""
        return allowed_of(self._sets[number], self.stretches, Family)

    @property
    def takes_open_pods_together(self) -> bool:
        """Whether several unlike pods of which it is open what hosts they pass share a port."""
        told = enumerate(self._ways)
        perhaps = {number for number, ways in told if any(is_open for _, is_open in ways)}
        return not all(self._share_none(perhaps & members) for members in self._members.values())

    def ranges(self) -> set[tuple[int, int]]:
        """Every range of any set."""
        by_ways = (ports for ways in self._ways for ports in ways.values())
        return {one for ports in chain(self._sets, by_ways) for ranges in ports for one in ranges}

    def by_layer(self, number: PortId) -> tuple[PortSet, ...]:
        """The set of a number layer by layer."""
        return tuple(self._part(self._sets[number], at) for at in range(self.layers))

    def left_by(self, way: Way, number: PortId) -> PortSet:
        """What of the set of a number a way through hosts leaves."""
        found = self._ways[number].get(way)
        return self._usual(self._sets[number], way) if found is None else found

    def ways(self, number: PortId) -> Mapping[Way, PortSet]:
        """What each way leaves of the set of a number that leaves less than usual."""
        return self._ways[number]

    def layer(self, number: PortId, at: int) -> PortSet:
        """One layer of a set, after the last of them what is left by each way in turn.

        Of ends that surely pass a host, or perhaps, this is one of the two.
        """
        if at < self.layers:
            return self.by_layer(number)[at]
        way = at - self.layers
        return self.left_by((way, (way, True) in self._ways[number]), number)

    def ports(self, number: PortId) -> tuple[PortSet, PortSet]:
        """What of the set of a number is possible, and what is certain."""
        found = self.by_layer(number)
        return found[0], found[1 if self.layers > 1 else 0]

    def only(self, number: PortId, layer: int) -> PortId:
        """The set with what one layer has in every layer."""
        return self.number(self.layer(number, layer) * self.layers)

    def is_open(self, number: PortId) -> bool:
        """Whether some port of a set is possible and not certain."""
        possible, certain = self.ports(number)
        return possible != certain

    def holds(
        self,
        number: PortId,
        family: Family,
        protocol: Protocol,
        port: int,
        source_port: int | None = None,
    ) -> bool:
        """Whether a set has the port, if only perhaps, from the source port, if that is given."""
        source = DYNAMIC_PORT if source_port is None else source_port
        possible, _ = self.ports(number)
        ends = zip(self.stretches, by_stretch(possible), strict=True)
        ports = next(found for (first, last), found in ends if first <= source <= last)
        ranges = ports[SLOTS.index((family, protocol))]
        return any(first <= port <= last for first, last in ranges)

    def flat(self, number: PortId) -> PortId:
        """The set that has a port in both families iff `number` has it in one of them."""
        ways = self._ways[number].items()
        return self.number(
            in_both_families(self._sets[number]),
            {way: in_both_families(ports) for way, ports in ways},
        )
