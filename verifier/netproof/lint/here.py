"""What can be removed with the pods of the input, decided by sets of connections.

The sides of the whole cluster are worked out once, as for a map of connections. Removing something
changes the sides of the pods that its policy selects; what such a side loses or gains shows where
the other sides admit it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from functools import cached_property

from netproof.connectivity.flows import Flows
from netproof.connectivity.partitions import Admission, Partition
from netproof.connectivity.points import Bits, Inside, bits_of, numbers_of, points_of
from netproof.connectivity.portsets import NOTHING, PortSets
from netproof.connectivity.profiles import Profiles, Subjects
from netproof.connectivity.relation import admitting_of, alike, outcome_of, relation_of
from netproof.connectivity.sampling import hold
from netproof.connectivity.selection import Selection
from netproof.lint.removals import holding, parts_of, policies_of, touched
from netproof.lint.sides import BESIDE
from netproof.solving import Answer
from netproof_encodings.decision.folding import Lean
from netproof_encodings.decision.tiers import Rule, TierPolicy
from netproof_encodings.lowering import Tiers
from netproof_encodings.obligations.redundancy import Ask, Gone, Part, gone_of, leans_of
from netproof_encodings.obligations.removal_questions import coverers
from netproof_specs.assumptions import Assumption, Assumptions
from netproof_specs.model.cluster import Cluster
from netproof_specs.model.traffic import Direction


class Here:
    """The sides of the pods of a cluster, of which every address is known or none is looked at.

    A class because all namespaces share it. Raises DisagreementError where the oracle decides a
    sampled connection otherwise.
    """

    def __init__(self, cluster: Cluster, tiers: Tiers, assumptions: Assumptions) -> None:
        assert Assumption.UNKNOWN_POD_ADDRESSES not in assumptions
        self.points = points_of(cluster, tiers, assumptions)
        self.sets = PortSets(self.points.stretches)
        selection = Selection(self.points, Flows(self.sets, self.points.all))
        self.subjects = {way: Subjects(selection, way, tiers[way]) for way in Direction}
        self.leans = leans_of(tiers)
        self._profiles = {
            (way, lean): self.subjects[way].profiles(lean)
            for way in Direction
            for lean in self.leans
        }
        self._admitting = {key: self._admitted(one) for key, one in self._profiles.items()}
        egress, ingress = (
            self._profiles[way, Lean.ORDERED] for way in (Direction.EGRESS, Direction.INGRESS)
        )
        hold(relation_of(self.points, self.sets, (outcome_of(Lean.ORDERED),), (egress, ingress)))

    def _admitted(self, profiles: Profiles) -> dict[int, list[Admission]]:
        """For each point of pods the points whose profile admits it, by ports."""
        blocks = alike(self.points, profiles)
        admitting = admitting_of(self.points, blocks, profiles)
        pairs = zip(blocks, admitting, strict=True)
        return {at: found for block, found in pairs for at in numbers_of(block)}

    def number(self, way: Direction, lean: Lean, at: int) -> int:
        """Points with one number have one profile, with and without any part."""
        return self._profiles[way, lean].of_point[at]

    def before(self, way: Direction, lean: Lean, at: int) -> Partition:
        """What the side of a point of pods admits with everything in place."""
        return self._profiles[way, lean].profiles[self.number(way, lean, at)]

    def admitting(self, way: Direction, lean: Lean, at: int) -> list[Admission]:
        """The points whose side admits a point of pods as their other end."""
        return self._admitting[way, lean][at]

    @cached_property
    def scope(self) -> list[Bits]:
        """For each point of pods the points with which some pods of both have connections.

        Neither a pod with itself nor a pod with its own node is in the scope of any claim
        (A.41 to A.43).
        """
        on_nodes: dict[str, list[int]] = {}
        for at, one in enumerate(self.points.inside):
            if one.on is not None:
                on_nodes.setdefault(one.on, []).append(at)
        everything = self.points.all
        return [
            everything
            & ~bits_of(self._out_of_scope(at, one, on_nodes))
            & ~self.points.own_of(one.of_node)
            for at, one in enumerate(self.points.inside)
        ]

    def _out_of_scope(self, at: int, one: Inside, on_nodes: dict[str, list[int]]) -> Iterator[int]:
        if one.alone:
            yield at
        for other in on_nodes.get(one.on or "", ()):
            if one.node or self.points.inside[other].node:
                yield other

    def minus(self, one: Partition, other: Partition) -> Iterator[Admission]:
        """What one admits and the other does not."""
        sets = self.sets
        for ports, ends in one:
            left = ends
            for others, taken in other:
                if left & taken:
                    rest = sets.intersection(ports, sets.complement(others))
                    if rest != NOTHING:
                        yield left & taken, rest
                    left &= ~taken
            if left:
                yield left, ports

    def meet(self, some: Iterable[Admission], others: Iterable[Admission]) -> bool:
        """Whether both admit a connection."""
        others = tuple(others)
        return any(
            ends & members and self.sets.intersection(ports, limit) != NOTHING
            for ends, ports in some
            for members, limit in others
        )


class RemovalsHere:
    """The removals from a namespace, or of what is pinned to none, with the pods of the input."""

    def __init__(self, here: Here, tiers: Tiers, namespace: str | None) -> None:
        self.tiers = tiers
        self.parts = parts_of(tiers, namespace)
        self._here = here
        self._by_index = policies_of(tiers)
        self._coverers = coverers(tiers)
        self._after: dict[tuple[Direction, Lean, int, Gone], Partition] = {}

    def ask(self, ask: Ask, gone: set[Part]) -> Answer:
        """Whether the removal of all these has the effect that is asked for."""
        return self._answer(ask, gone, gone)

    def opens(self, gone: set[Part], more: Collection[Part]) -> Answer:
        """Whether the removal of all of `gone` has a LOOSE effect; without `more` it has none.

        It can have one only at the sides of policies of which something of `more` is gone.
        """
        return self._answer(Ask.LOOSE, gone, more)

    def _answer(self, ask: Ask, gone: Collection[Part], at: Collection[Part]) -> Answer:
        without = gone_of(touched(self._by_index, gone), gone)
        policies = touched(self._by_index, at)
        changed = {way: self._changed(policies, without, way) for way in Direction}
        found = any(
            self._shows(ask, without, changed, lean, way)
            for lean in self._here.leans
            for way in Direction
        )
        return Answer.SAT if found else Answer.UNSAT

    def each_alone(self, ask: Ask, parts: Collection[Part]) -> dict[Part, Answer]:
        """For each part, whether its removal alone has the effect that is asked for."""
        return {part: self.ask(ask, {part}) for part in parts}

    def idle(self, part: Part) -> bool:
        """Whether the rule matches nothing at all, or the policy selects nothing."""
        return not any(
            self._visible(at, self._does(at, part, policy, rules))
            for policy, rules in holding(self._by_index, part)
            for at in self._selected(policy)
        )

    def cover(self, part: Part, gone: Collection[Part]) -> Part | None:
        """A part of the same kind that does all that this one does; one that stays, if any."""
        others = sorted(self._coverers.of(part), key=lambda one: (one in gone, one.order))
        return next((one for one in others if not self._exceeds(part, one)), None)

    def _subjects(self, policy: TierPolicy) -> Subjects:
        return self._here.subjects[policy.direction]

    def _selected(self, policy: TierPolicy) -> Iterator[int]:
        return numbers_of(self._subjects(policy).subjects(policy))

    def _does(
        self, at: int, part: Part, policy: TierPolicy, rules: tuple[Rule, ...]
    ) -> Iterable[tuple[int, Bits]]:
        """What the part does at a point: which connections it selects, or its rules match."""
        subjects = self._subjects(policy)
        return subjects.hits(at, policy, rules) if part.rule else subjects.applies(at, policy)

    def _visible(self, at: int, found: Iterable[tuple[int, Bits]]) -> bool:
        return any(ends & self._here.scope[at] for _, ends in found)

    def _changed(self, policies: Iterable[TierPolicy], gone: Gone, way: Direction) -> Bits:
        """The points whose side the removal may change."""
        rules = {index for index, direction, _ in gone.rules if direction is way}
        indices = rules.union(index for index, direction in gone.lifted if direction is way)
        found = 0
        for one in policies:
            if one.direction is way and one.index in indices:
                found |= self._subjects(one).subjects(one)
        return found

    def _left(self, way: Direction, lean: Lean, at: int, gone: Gone) -> Partition:
        """What the side of a point admits without what is gone."""
        key = way, lean, self._here.number(way, lean, at), gone
        found = self._after.get(key)
        if found is None:
            found = self._after[key] = self._here.subjects[way].profile(at, lean, gone)
        return found

    def _shows(
        self, ask: Ask, gone: Gone, changed: dict[Direction, Bits], lean: Lean, way: Direction
    ) -> bool:
        """Whether the sides of this direction show the effect."""
        return any(
            self._shows_at(ask, gone, changed[BESIDE[way]], lean, (way, at))
            for at in numbers_of(changed[way])
        )

    def _shows_at(
        self, ask: Ask, gone: Gone, beside: Bits, lean: Lean, side: tuple[Direction, int]
    ) -> bool:
        """What a side loses was allowed if the other one did; what it gains, if it does still."""
        here, (way, at) = self._here, side
        before, after = here.before(way, lean, at), self._left(way, lean, at, gone)
        if before == after:
            return False
        scope, other = here.scope[at], BESIDE[way]
        lost, gained = (
            [(ends & scope, ports) for ends, ports in here.minus(*pair) if ends & scope]
            for pair in ((before, after), (after, before))
        )
        if ask is Ask.SIDES:
            return bool(lost or gained)
        if gained and ask is Ask.LOOSE:
            return True
        admitting = here.admitting(other, lean, at)
        if here.meet(lost, admitting):
            return True
        if here.meet([(ends & ~beside, ports) for ends, ports in gained], admitting):
            return True
        return any(
            here.meet(
                [(1 << end, ports)],
                [(1 << end, own) for own, ends in self._left(other, lean, end, gone)
                 if ends >> at & 1],
            )
            for ends, ports in gained
            for end in numbers_of(ends & beside)
        )  # fmt: skip

    def _exceeds(self, part: Part, other: Part) -> bool:
        """Whether the part does something that the other does not."""
        others = {one.direction: (one, rules) for one, rules in holding(self._by_index, other)}
        return any(
            self._exceeds_in(part, policy, rules, others.get(policy.direction))
            for policy, rules in holding(self._by_index, part)
        )

    def _exceeds_in(
        self,
        part: Part,
        policy: TierPolicy,
        rules: tuple[Rule, ...],
        other: tuple[TierPolicy, tuple[Rule, ...]] | None,
    ) -> bool:
        subjects, here = self._subjects(policy), self._here
        reached = subjects.subjects(other[0]) if other is not None else 0
        for at in self._selected(policy):
            beside = other if reached >> at & 1 else None
            pairs = [
                (subjects.hits(at, policy, rules), subjects.hits(at, *beside) if beside else ())
            ]
            if part.rule is None:
                applied = subjects.applies(at, beside[0]) if beside else ()
                pairs.append((subjects.applies(at, policy), applied))
            if any(ends & here.scope[at] for pair in pairs for ends, _ in here.minus(*pair)):
                return True
        return False
