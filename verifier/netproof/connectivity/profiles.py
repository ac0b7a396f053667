"""What one side of a connection admits, for all other ends and ports at once.

A profile is a partition of the other ends by the ports on which the side admits them: what the
fold makes of the tiers, over flows. Points that all conditions on subjects treat alike share one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import cached_property

from netproof.connectivity.flows import NO_FLOW, Flow, Flows
from netproof.connectivity.partitions import Admission, Partition, joined
from netproof.connectivity.points import Bits, Points, bits_of, numbers_of, united
from netproof.connectivity.portsets import EVERYTHING, NOTHING, PortId
from netproof.connectivity.selection import Selection
from netproof_encodings.decision.conditions import (
    All,
    Any,
    End,
    Match,
    Not,
    atoms_of,
    end_of,
    subject_end,
)
from netproof_encodings.decision.folding import Lean, decided
from netproof_encodings.decision.tiers import Rule, Tier, TierPolicy
from netproof_encodings.obligations.redundancy import Gone
from netproof_specs.frozen import Frozen, replace
from netproof_specs.model.traffic import Direction, Family
from netproof_specs.steps import Step, Watch, unwatched

NOTHING_GONE = Gone()
"""Everything is in place."""


class Profiles(Frozen):
    """The profiles of one direction, and which of them each point inside has."""

    profiles: tuple[Partition, ...]
    of_point: tuple[int, ...]


class Subjects:
    """What the tiers of one direction say, as seen from any subject.

    A class because it remembers: most conditions say the same to every subject.
    """

    def __init__(
        self,
        selection: Selection,
        direction: Direction,
        tiers: Sequence[Tier],
        watch: Watch = unwatched,
    ) -> None:
        self._points = selection.points
        self._flows = selection.flows
        self._tiers = tiers
        self._families = _by_families(self._points, self._flows)
        end = subject_end(direction)
        self._word = direction.value.lower()
        self._views = {}
        policies = [policy for tier in tiers for policy in tier.policies]
        for number, policy in enumerate(policies):
            watch(Step(f"reading whom policies select for {self._word}", number, len(policies)))
            self._views[id(policy)] = View(number, policy, end, selection)

    def profiles(self, lean: Lean, watch: Watch = unwatched) -> Profiles:
        """The profile of each point inside."""
        numbers: dict[object, int] = {}
        profiles: list[Partition] = []
        of_point: list[int] = []
        doing, total = f"working out what policies admit for {self._word}", len(self._chosen)
        for at, (one, chosen) in enumerate(zip(self._points.inside, self._chosen, strict=True)):
            watch(Step(doing, at, total))
            key = (one.families, *(self._views[id(policy)].seen(at) for _, policy in chosen))
            if key not in numbers:
                numbers[key] = len(profiles)
                profiles.append(self.profile(at, lean))
            of_point.append(numbers[key])
        return Profiles(tuple(profiles), tuple(of_point))

    @cached_property
    def _chosen(self) -> list[list[tuple[int, TierPolicy]]]:
        """For each point inside the policies that may select it, with their tier, in order."""
        chosen: list[list[tuple[int, TierPolicy]]] = [[] for _ in self._points.inside]
        for number, tier in enumerate(self._tiers):
            for policy in tier.policies:
                for at in numbers_of(self._views[id(policy)].subjects):
                    chosen[at].append((number, policy))
        return chosen

    def profile(self, at: int, lean: Lean, gone: Gone = NOTHING_GONE) -> Partition:
        """What the fold says of a subject, in families that both ends use (A.27)."""
        by_tier: list[list[TierPolicy]] = [[] for _ in self._tiers]
        for number, policy in self._chosen[at]:
            by_tier[number].append(policy)
        tiers = [
            replace(tier, policies=tuple(policies))
            for tier, policies in zip(self._tiers, by_tier, strict=True)
            if policies
        ]
        return self._shared(at, decided(Seen(self._flows, self._views, at, gone), tiers, lean))

    def subjects(self, policy: TierPolicy) -> Bits:
        """The points that the policy may select."""
        return self._views[id(policy)].subjects

    def applies(self, at: int, policy: TierPolicy) -> Partition:
        """The connections of a point that the policy may select for which it does."""
        return self._shared(at, self._views[id(policy)].applies(at))

    def hits(self, at: int, policy: TierPolicy, rules: Sequence[Rule]) -> Partition:
        """Those of them that some of the rules match."""
        seen = Seen(self._flows, self._views, at, NOTHING_GONE)
        return self._shared(at, seen.hits(policy, rules))

    def _shared(self, at: int, flow: Flow) -> Partition:
        """The connections in families that both ends use (A.27)."""
        sets = self._flows.sets
        own = sets.within(self._points.inside[at].families)
        families = [(members, sets.intersection(own, one)) for members, one in self._families]
        return joined(
            sets,
            (
                (ends & members, sets.intersection(ports, used))
                for ends, ports in flow
                for members, used in families
                if ends & members
            ),
        )


class Seen(Frozen):
    """Flows of one subject as an algebra for the fold; `at` is the subject's point."""

    flows: Flows
    views: dict[int, View]
    at: int
    gone: Gone

    @property
    def everything(self) -> Flow:
        """Every connection of the subject."""
        return self.flows.everything

    @property
    def nothing(self) -> Flow:
        """None."""
        return NO_FLOW

    def either(self, parts: Sequence[Flow]) -> Flow:
        """The connections in some part."""
        return self.flows.either(parts)

    def both(self, left: Flow, right: Flow) -> Flow:
        """The connections in both parts."""
        return self.flows.both(left, right)

    def without(self, part: Flow) -> Flow:
        """The connections that are not in the part."""
        return self.flows.without(part)

    def applies(self, policy: TierPolicy) -> Flow:
        """Every connection iff the policy selects the subject, where nothing else decides that."""
        if self.gone.lifted and (policy.index, policy.direction) in self.gone.lifted:
            return NO_FLOW
        return self.views[id(policy)].applies(self.at)

    def hits(self, policy: TierPolicy, rules: Sequence[Rule]) -> Flow:
        """What some of the rules in place match, where the policy applies."""
        view, left = self.views[id(policy)], rules
        if self.gone.rules:
            place = policy.index, policy.direction
            left = [one for one in rules if (*place, one.index) not in self.gone.rules]
        matched = self.either([view.matched(rule, self.at) for rule in left])
        return self.both(self.applies(policy), matched)


class View:
    """One policy as subjects see it; `subjects` are the points that it may select.

    A class because it remembers: subjects that see the same share the answer.
    """

    def __init__(self, number: int, policy: TierPolicy, end: End, selection: Selection) -> None:
        self._number = number
        self._policy = policy
        self._end = end
        self._selection = selection
        self._everything = selection.flows.everything
        self._subject = _Condition(policy.subject, end, selection)
        self.subjects = selection.points.insiders
        self._is_plain = False
        if self._subject.own == (policy.subject,):
            selected = selection.flow(policy.subject)
            self.subjects &= united(ends for ends, _ in selected)
            self._is_plain = all(ports == EVERYTHING for _, ports in selected)

    @cached_property
    def _rules(self) -> dict[int, _Condition]:
        """The rules by identity: the hash of one walks through its whole condition."""
        return {
            id(rule): _Condition(rule.match, self._end, self._selection)
            for rule in self._policy.rules
        }

    @cached_property
    def _telling(self) -> list[_Condition]:
        """The conditions that may tell one of `subjects` from another."""
        telling = [one for one in self._rules.values() if one.own]
        return telling if self._is_plain else [self._subject, *telling]

    def seen(self, at: int) -> tuple[object, ...]:
        """Which policy it is, and what its conditions see: equal for subjects that are alike."""
        return self._number, *(one.seen(at) for one in self._telling)

    def applies(self, at: int) -> Flow:
        """The connections for which the policy selects the subject at one of `subjects`."""
        return self._everything if self._is_plain else self._subject.flow(at)

    def matched(self, rule: Rule, at: int) -> Flow:
        """The connections of the subject that a rule matches."""
        return self._rules[id(rule)].flow(at)


class _Condition:
    """A condition as each subject sees it: what looks at the subject's end is a constant to it.

    `own` are the largest parts that look at this end and not at the other one.
    """

    def __init__(self, match: Match, end: End, selection: Selection) -> None:
        self._flows = selection.flows
        self._selection = selection
        self._match = match
        self.own = tuple(_own_parts(match, end))
        self._seen = [selection.flow(part) for part in self.own]
        self._known: dict[tuple[PortId, ...], Flow] = {}

    def seen(self, at: int) -> tuple[PortId, ...]:
        """On which ports each of the own parts holds of the subject at a point."""
        return tuple([self._ports(flow, at) for flow in self._seen])

    def _ports(self, flow: Flow, at: int) -> PortId:
        found = NOTHING
        for points, ports in flow:
            if points >> at & 1:
                found = self._flows.sets.union(found, ports)
        return found

    def flow(self, at: int) -> Flow:
        """The connections of the subject at a point that meet the condition."""
        seen = self.seen(at) if self.own else ()
        found = self._known.get(seen)
        if found is None:
            parts = zip(self.own, seen, strict=True)
            fixed = {id(part): self._flows.on(ports) for part, ports in parts}
            found = self._known[seen] = self._selection.flow(self._match, fixed)
        return found


def _own_parts(match: Match, end: End) -> Iterator[Match]:
    ends = {end_of(atom) for atom in atoms_of(match)}
    if end not in ends:
        return
    if end.opposite not in ends:
        yield match
    elif isinstance(match, All | Any):
        for part in match.parts:
            yield from _own_parts(part, end)
    elif isinstance(match, Not):
        yield from _own_parts(match.part, end)


def _by_families(points: Points, flows: Flows) -> list[Admission]:
    """The points with the families in which they can have connections (A.27)."""
    pods: dict[frozenset[Family], Bits] = defaultdict(int)
    for at, one in enumerate(points.inside):
        pods[one.families] |= 1 << at
    found = [(pods[frozenset(Family)], EVERYTHING)]
    for family in Family:
        atoms = bits_of(at for at, one in enumerate(points.atoms.families) if one is family)
        members = points.outside_in(atoms) | pods[frozenset({family})]
        found.append((members, flows.sets.within((family,))))
    return found
