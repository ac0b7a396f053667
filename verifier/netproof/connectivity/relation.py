"""Which points reach which, on which ports: egress and ingress together (A.7)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from netproof.connectivity.partitions import Admission, Partition, within
from netproof.connectivity.points import Bits, Points, bits_of, numbers_of, points_of
from netproof.connectivity.portsets import EVERYTHING, NOTHING, PortId, PortSets
from netproof.connectivity.profiles import Profiles, profiles_of
from netproof.connectivity.selection import Selection
from netproof_specs.assumptions import Assumptions
from netproof_specs.model.cluster import Cluster
from netproof_specs.model.traffic import Direction


@dataclass(frozen=True, slots=True)
class Relation:
    """The allowed connections between the points.

    `row_of` gives the number of the row of each class of pods; classes with equal rows may share
    one. `entering` gives for each class of pods the outside points that reach it.
    """

    points: Points
    sets: PortSets
    rows: tuple[Partition, ...]
    row_of: tuple[int, ...]
    entering: tuple[Partition, ...]

    def row(self, point: int) -> Partition:
        """What a class of pods reaches."""
        return self.rows[self.row_of[point]]

    def between(self, source: int, destination: int) -> PortId:
        """The ports on which one point reaches another, at least one of them a class of pods."""
        row = self.entering[destination] if source >= len(self.row_of) else None
        wanted = source if row is not None else destination
        for ports, ends in row if row is not None else self.rows[self.row_of[source]]:
            if ends >> wanted & 1:
                return ports
        return NOTHING


def relate(cluster: Cluster, assumptions: Assumptions, blocks: Iterable[str] = ()) -> Relation:
    """The relation of a cluster; `blocks` are told apart besides those of the policies.

    A class is related to itself as if it had two pods. Whether a connection is in the scope of
    claims at all (A.41 to A.43) is a question about pods, so it is left to the caller.
    """
    points = points_of(cluster, assumptions, blocks)
    selection, sets = Selection(points), PortSets()
    egress, ingress = (
        profiles_of(cluster.policies, direction, selection, sets)
        for direction in (Direction.EGRESS, Direction.INGRESS)
    )
    rows, row_of = _rows(points, sets, egress, ingress)
    outside = [(points.outside, EVERYTHING)]
    entering = [within(sets, profile, outside) for profile in ingress.profiles]
    return Relation(
        points, sets, rows, row_of, tuple(entering[number] for number in ingress.of_class)
    )


def _rows(
    points: Points, sets: PortSets, egress: Profiles, ingress: Profiles
) -> tuple[tuple[Partition, ...], tuple[int, ...]]:
    """One row for each egress profile and block of sources that no ingress profile tells apart."""
    blocks = _blocks(points, ingress)
    admitting = _admitting(points, blocks, ingress)
    block_of = {at: number for number, block in enumerate(blocks) for at in numbers_of(block)}
    numbers: dict[tuple[int, int], int] = {}
    rows: list[Partition] = []
    row_of: list[int] = []
    for at in range(len(points.classes)):
        key = (egress.of_class[at], block_of[at])
        if key not in numbers:
            numbers[key] = len(rows)
            rows.append(within(sets, egress.profiles[key[0]], admitting[key[1]]))
        row_of.append(numbers[key])
    return tuple(rows), tuple(row_of)


def _blocks(points: Points, ingress: Profiles) -> list[Bits]:
    """The classes of pods in blocks that every ingress profile treats alike as sources."""
    blocks = [points.pods] if points.pods else []
    told_apart = {ends & points.pods for profile in ingress.profiles for _, ends in profile}
    for ends in sorted(told_apart):
        split: list[Bits] = []
        for block in blocks:
            inside = block & ends
            if inside and inside != block:
                split += (inside, block ^ inside)
            else:
                split.append(block)
        blocks = split
    return blocks


def _admitting(points: Points, blocks: list[Bits], ingress: Profiles) -> list[list[Admission]]:
    """For each block of sources the destinations that admit it, by ports.

    Outside addresses admit everything: nothing isolates them (section 0).
    """
    first_of = {next(numbers_of(block)): number for number, block in enumerate(blocks)}
    firsts = bits_of(first_of)
    found: dict[int, dict[PortId, Bits]] = {first: defaultdict(int) for first in first_of}
    for profile, members in zip(ingress.profiles, _subjects(ingress), strict=True):
        for ports, ends in profile:
            for first in numbers_of(ends & firsts):
                found[first][ports] |= members
    for one in found.values():
        one[EVERYTHING] |= points.outside
    return [[(ends, ports) for ports, ends in one.items()] for one in found.values()]


def _subjects(ingress: Profiles) -> list[Bits]:
    """The classes that have each profile."""
    subjects = [0] * len(ingress.profiles)
    for at, number in enumerate(ingress.of_class):
        subjects[number] |= 1 << at
    return subjects
