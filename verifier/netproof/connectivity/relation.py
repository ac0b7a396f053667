"""Which points reach which, on which ports: egress and ingress together (A.7).

Where several outcomes are open, one relation has both what is possible and what is certain: every
port set has a layer for each, and so has whatever is made of it. What ways through hosts leave is
beside the layers.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from netproof.connectivity.flows import Flows
from netproof.connectivity.partitions import Admission, Partition, within
from netproof.connectivity.passing import Outcome, Passing, SetUp
from netproof.connectivity.points import Bits, Points, bits_of, numbers_of, points_of, united
from netproof.connectivity.portsets import EVERYTHING, NOTHING, PortId, PortSets, Way
from netproof.connectivity.profiles import Profiles, Subjects
from netproof.connectivity.selection import Selection
from netproof_encodings.decision.folding import Lean, ties_of
from netproof_encodings.lowering import Tiers, every_tier
from netproof_specs.assumptions import Assumption, Assumptions
from netproof_specs.frozen import Frozen
from netproof_specs.model.cluster import Cluster
from netproof_specs.model.traffic import Direction
from netproof_specs.steps import Step, Watch, unwatched


class Relation(Frozen):
    """The allowed connections between the points, by one outcome in each layer of the port sets.

    The last of the `outcomes` may be ways through hosts, which sets have beside their layers.
    `row_of` gives the number of the row of each point inside; those with equal rows may share
    one. `entering` gives for each point inside the outside points that reach it.
    """

    points: Points
    sets: PortSets
    outcomes: tuple[Outcome, ...]
    rows: tuple[Partition, ...]
    row_of: tuple[int, ...]
    entering: tuple[Partition, ...]

    def row(self, point: int) -> Partition:
        """What a point inside reaches."""
        return self.rows[self.row_of[point]]

    def between(self, source: int, destination: int) -> PortId:
        """The ports on which one point reaches another, at least one of them inside."""
        row = self.entering[destination] if source >= len(self.row_of) else None
        wanted = source if row is not None else destination
        for ports, ends in row if row is not None else self.rows[self.row_of[source]]:
            if ends >> wanted & 1:
                return ports
        return NOTHING


def relate(
    cluster: Cluster,
    tiers: Tiers,
    assumptions: Assumptions,
    blocks: Iterable[str] = (),
) -> Relation:
    """The relation of a cluster; `blocks` are told apart besides those of the policies.

    `tiers` are those of the cluster's policies.

    A point is related to itself as if it had two pods. Whether a connection is in the scope of
    claims at all (A.41 to A.43) is a question about pods, so it is left to the caller.
    """
    points = points_of(cluster, tiers, assumptions, blocks)
    return next(relations(points, tiers, (Lean.ORDERED,)))


def relations(
    points: Points, tiers: Tiers, leans: Iterable[Lean], watch: Watch = unwatched
) -> Iterator[Relation]:
    """The relation between the points by each lean; port sets have the same numbers in all.

    What leans to denial has the set-up that lets through the least, the others the most.
    """
    sides = _Sides(points, tiers, PortSets(points.stretches), watch)
    for lean in leans:
        yield sides.relation((outcome_of(lean),))


def relation_in(points: Points, tiers: Tiers, outcome: Outcome) -> Relation:
    """The relation between the points in one outcome."""
    return _Sides(points, tiers, PortSets(points.stretches), unwatched).relation((outcome,))


def outcome_of(lean: Lean) -> Outcome:
    """The outcome of tied policies with what goes with it at hosts."""
    return Outcome(lean, SetUp.SHUT if lean is Lean.DENYING else SetUp.OPEN)


def related(
    points: Points, tiers: Tiers, watch: Watch = unwatched, more: tuple[Outcome, ...] = ()
) -> Relation:
    """The relation between the points: what is possible and what is certain, where they differ.

    With `more` outcomes it has these two in any case, and then the others, ways through hosts last.
    """
    outcomes = open_outcomes(points, tiers)
    if more:
        outcomes = (outcomes[0], outcomes[-1], *more)
    usual = [one for one in outcomes if isinstance(one.set_up, SetUp)]
    # Where fewer policies tie than on another side, the first layer is that of any order.
    at = {one.lean: number for number, one in enumerate(usual) if one.set_up is SetUp.OPEN}
    like = [at.get(one.lean, 0) for one in outcomes[len(usual) :]]
    sets = PortSets(points.stretches, len(usual), like)
    return _Sides(points, tiers, sets, watch).relation(outcomes)


def open_outcomes(points: Points, tiers: Tiers) -> tuple[Outcome, ...]:
    """That which lets through the most and that which lets through the least, if they may differ.

    They are taken for each connection and each side anew (C.4, D.37).
    """
    passed = [tier for one in points.passages for way in Direction for tier in one.tiers(way)]
    tied = Assumption.TIES in points.assumptions and any(ties_of((*every_tier(tiers), *passed)))
    if not tied and not points.passages:
        return (Outcome(Lean.ORDERED, SetUp.OPEN),)
    most, least = (Lean.ALLOWING, Lean.DENYING) if tied else (Lean.ORDERED, Lean.ORDERED)
    return Outcome(most, SetUp.OPEN), Outcome(least, SetUp.SHUT)


class _Sides:
    """What either side of a connection admits; a class because outcomes share the conditions."""

    def __init__(self, points: Points, tiers: Tiers, sets: PortSets, watch: Watch) -> None:
        self._points = points
        self._sets = sets
        self._watch = watch
        selection = Selection(points, Flows(sets, points.all))
        self._subjects = [
            (Subjects(selection, way, tiers[way], watch), Passing(selection, way))
            for way in (Direction.EGRESS, Direction.INGRESS)
        ]

    def relation(self, outcomes: tuple[Outcome, ...]) -> Relation:
        """The relation with a layer for each outcome, or a way for those through hosts."""
        egress, ingress = (self._side(*side, outcomes) for side in self._subjects)
        return relation_of(self._points, self._sets, outcomes, (egress, ingress), self._watch)

    def _side(self, subjects: Subjects, passing: Passing, outcomes: Sequence[Outcome]) -> Profiles:
        """What one side admits in each outcome; policies for the ends are asked once a lean."""
        leans = dict.fromkeys(one.lean for one in outcomes)
        own = {lean: subjects.profiles(lean, self._watch) for lean in leans}
        numbers: dict[tuple[object, ...], int] = {}
        found: list[Partition] = []
        of_point: list[int] = []
        for at in range(len(self._points.inside)):
            key = (*(one.of_point[at] for one in own.values()), *passing.seen(at))
            if key not in numbers:
                numbers[key] = len(found)
                profiles = {lean: one.profiles[one.of_point[at]] for lean, one in own.items()}
                found.append(self._admitted(at, passing, profiles, outcomes))
            of_point.append(numbers[key])
        return Profiles(tuple(found), tuple(of_point))

    def _admitted(
        self,
        at: int,
        passing: Passing,
        own: Mapping[Lean, Partition],
        outcomes: Sequence[Outcome],
    ) -> Partition:
        """What a point admits in each outcome, as one."""
        count = self._sets.layers
        layers = [passing.limited(at, own[one.lean], one) for one in outcomes[:count]]
        if count == 1:
            return layers[0]
        ways = passing.ways(at, outcomes[count:])
        left = {way: passing.limited(at, own[one.lean], one) for way, one in ways}
        return _layered(self._sets, layers, left)


def _layered(
    sets: PortSets, layers: Sequence[Partition], ways: Mapping[Way, Partition]
) -> Partition:
    """What is admitted in each layer and left by each way, as one."""
    told = {way: one for way, one in ways.items() if one != layers[sets.like[way[0]]]}
    listed = [*layers, *told.values()]
    ends = [points for one in listed for _, points in one]
    found: dict[PortId, Bits] = defaultdict(int)
    for block in parted([united(ends)], ends):
        first = block & -block
        here = [_ports_at(one, first) for one in listed]
        by_ways = dict(zip(told, here[len(layers) :], strict=True))
        found[sets.layered(here[: len(layers)], by_ways)] |= block
    found.pop(NOTHING, None)
    return tuple(found.items())


def _ports_at(partition: Partition, point: Bits) -> PortId:
    return next((ports for ports, points in partition if points & point), NOTHING)


def relation_of(
    points: Points,
    sets: PortSets,
    outcomes: tuple[Outcome, ...],
    sides: tuple[Profiles, Profiles],
    watch: Watch = unwatched,
) -> Relation:
    """The relation, by the profiles of egress and of ingress."""
    egress, ingress = sides
    rows, row_of = _rows(points, sets, egress, ingress, watch)
    outside = [(points.outside, EVERYTHING)]
    entering = [within(sets, profile, outside) for profile in ingress.profiles]
    return Relation(
        points, sets, outcomes, rows, row_of,
        tuple(entering[number] for number in ingress.of_point),
    )  # fmt: skip


def _rows(
    points: Points, sets: PortSets, egress: Profiles, ingress: Profiles, watch: Watch
) -> tuple[tuple[Partition, ...], tuple[int, ...]]:
    """One row for each egress profile and block of sources that no ingress profile tells apart."""
    blocks = alike(points, ingress)
    admitting = admitting_of(points, blocks, ingress)
    block_of = {at: number for number, block in enumerate(blocks) for at in numbers_of(block)}
    numbers: dict[tuple[int, int], int] = {}
    rows: list[Partition] = []
    row_of: list[int] = []
    for at in range(len(points.inside)):
        watch(Step("joining egress and ingress", at, len(points.inside)))
        key = (egress.of_point[at], block_of[at])
        if key not in numbers:
            numbers[key] = len(rows)
            rows.append(within(sets, egress.profiles[key[0]], admitting[key[1]]))
        row_of.append(numbers[key])
    return tuple(rows), tuple(row_of)


def alike(points: Points, profiles: Profiles) -> list[Bits]:
    """The points inside in blocks that every profile treats alike as other ends."""
    told_apart = (ends & points.insiders for profile in profiles.profiles for _, ends in profile)
    return parted([points.insiders], told_apart)


def parted(blocks: list[Bits], told_apart: Iterable[Bits]) -> list[Bits]:
    """The blocks in parts that are in each of some sets, or outside it; none is empty."""
    blocks = [one for one in blocks if one]
    for ends in sorted({*told_apart}):
        split: list[Bits] = []
        for block in blocks:
            inside = block & ends
            if inside and inside != block:
                split += (inside, block ^ inside)
            else:
                split.append(block)
        blocks = split
    return blocks


def admitting_of(points: Points, blocks: list[Bits], profiles: Profiles) -> list[list[Admission]]:
    """For each block of other ends the points whose profile admits it, by ports, each once.

    Outside addresses admit everything: nothing isolates them (section 0).
    """
    first_of = {next(numbers_of(block)): number for number, block in enumerate(blocks)}
    firsts = bits_of(first_of)
    found: dict[int, dict[PortId, Bits]] = {first: defaultdict(int) for first in first_of}
    for profile, members in zip(profiles.profiles, _subjects(profiles), strict=True):
        for ports, ends in profile:
            for first in numbers_of(ends & firsts):
                found[first][ports] |= members
    for one in found.values():
        one[EVERYTHING] |= points.outside
    return [[(ends, ports) for ports, ends in one.items()] for one in found.values()]


def _subjects(profiles: Profiles) -> list[Bits]:
    """The points that have each profile."""
    subjects = [0] * len(profiles.profiles)
    for at, number in enumerate(profiles.of_point):
        subjects[number] |= 1 << at
    return subjects
