"""What can be removed from a namespace whatever pods and namespaces there are, decided by boxes.

A removal changes nothing but where the removed part matches, which is a few boxes of connections.
Each is cut, by what the policies ask, until all of a piece is decided alike: the fold over three
truth values says when. Most removals show their effect in the first piece or two.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from operator import itemgetter

from netproof.lint.boxes import OUTSIDE, POD, Box, Space, TooHardError, common, holds
from netproof.lint.sides import BESIDE, holding, parts_of, policies_of, touched
from netproof.solving import Answer
from netproof_encodings.decision.folding import Lean, Plan, followed, planned
from netproof_encodings.decision.tiers import End, Rule, Tier, TierPolicy, subject_end
from netproof_encodings.lowering import Tiers, by_home, every_tier
from netproof_encodings.obligations.redundancy import (
    Ask,
    Gone,
    Part,
    RuleKey,
    gone_of,
    leans_of,
)
from netproof_encodings.obligations.removal_questions import coverers
from netproof_specs.assumptions import Assumptions
from netproof_specs.model.traffic import Direction

STEPS = 20_000
"""So many pieces are looked at for one namespace; a solver takes over where that is not enough."""

FEW_NAMES = 2
"""With more namespaces to look at, one question first asks whether the side changes at all."""

Homes = dict[Direction, dict[str | None, tuple[Tier, ...]]]
"""By direction and namespace what bears on a pod of the namespace; `None` is any other one."""


def homes_of(tiers: Tiers) -> Homes:
    """The tiers by namespace."""
    return {direction: by_home(listed) for direction, listed in tiers.items()}


class Anywhere:
    """What the policies of a run ask, as boxes, under some assumptions.

    A class because it remembers: a condition is taken apart once, whoever asks about it.
    """

    def __init__(self, tiers: Tiers, homes: Homes, assumptions: Assumptions) -> None:
        self.space = Space(every_tier(tiers), assumptions)
        self.homes = homes
        self._boxes: dict[_Key, tuple[Box, ...]] = {}
        self._near: dict[_Key, tuple[Box, ...]] = {}

    def tiers(self, direction: Direction, home: str | None) -> tuple[Tier, ...]:
        """What bears on a pod of the namespace."""
        found = self.homes[direction].get(home)
        return self.homes[direction][None] if found is None else found

    def subject(self, policy: TierPolicy) -> tuple[Box, ...]:
        """Where the policy applies."""
        key = policy.index, policy.direction, -1
        found = self._boxes.get(key)
        if found is None:
            found = self._boxes[key] = self.space.boxes(policy.subject)
        return found

    def rule(self, policy: TierPolicy, rule: Rule) -> tuple[Box, ...]:
        """What the rule matches."""
        key = policy.index, policy.direction, rule.index
        found = self._boxes.get(key)
        if found is None:
            found = self._boxes[key] = self.space.boxes(rule.match)
        return found

    def near(self, key: _Key, boxes: tuple[Box, ...]) -> tuple[Box, ...]:
        """The boxes of that key where both ends are in one namespace."""
        found = self._near.get(key)
        if found is None:
            together = (self.space.in_one_namespace(one) for one in boxes)
            found = self._near[key] = tuple(one for one in together if one is not None)
        return found

    def hits(self, policy: TierPolicy, rules: Iterable[Rule]) -> Iterator[Box]:
        """Where the policy applies and some of the rules match."""
        for subject in self.subject(policy):
            for rule in rules:
                for one in self.rule(policy, rule):
                    box = common(subject, one)
                    if box is not None:
                        yield box


_Key = RuleKey
"""A rule, or a policy's subject as its rule -1."""


class RemovalsAnywhere:
    """The removals from a namespace in any cluster; an answer is right in each of the `variants`.

    Questions raise TooHardError where they take too many steps.
    """

    def __init__(
        self, variants: Sequence[Anywhere], namespace: str, named: Iterable[str]
    ) -> None:
        homes = variants[0].homes
        self.namespace = namespace
        self.tiers: Tiers = {way: variants[0].tiers(way, namespace) for way in Direction}
        self.parts = parts_of(self.tiers, namespace)
        self._variants = variants
        self._named = sorted({namespace, *named})
        every = [self.tiers, *(
            {way: homes[way].get(name, ()) for way in Direction} for name in self._named
        )]  # fmt: skip
        self._leans = tuple(dict.fromkeys(lean for tiers in every for lean in leans_of(tiers)))
        self._by_index = policies_of(self.tiers)
        self._around: dict[tuple[int, int, Direction], tuple[Tier, ...]] = {}
        self._shown: dict[tuple[int, int, Direction], list[_Shown]] = {}
        self._steps = 0

    def ask(self, ask: Ask, gone: set[Part]) -> Answer:
        """Whether the removal of all these has the effect that is asked for."""
        found = any(self._has_effect(one, ask, frozenset(gone)) for one in self._variants)
        return Answer.SAT if found else Answer.UNSAT

    def each_alone(self, ask: Ask, parts: Collection[Part]) -> dict[Part, Answer]:
        """For each part, whether its removal alone has the effect that is asked for."""
        # What shows the effect of a rule's removal often shows that of its policy.
        rules_first = sorted(parts, key=lambda one: one.rule is None)
        answers = {part: self.ask(ask, {part}) for part in rules_first}
        return {part: answers[part] for part in parts}

    def idle(self, part: Part) -> bool:
        """Whether the rule matches nothing at all, or the policy selects nothing."""
        return not any(
            self._uncovered(on, on.hits(policy, rules) if part.rule else on.subject(policy), ())
            for on in self._variants
            for policy, rules in holding(self._by_index, part)
        )

    def cover(self, part: Part, gone: Collection[Part]) -> Part | None:
        """A part of the same kind that does all that this one does; one that stays, if any."""
        others = sorted(coverers(self.tiers, part), key=lambda one: (one in gone, one.order))
        for other in others:
            if not any(self._exceeds(on, part, other) for on in self._variants):
                return other
        return None

    # --- what a removal changes -----------------------------------------------------------------

    def _has_effect(self, on: Anywhere, ask: Ask, gone: frozenset[Part]) -> bool:
        policies = touched(self._by_index, gone)
        without = gone_of(policies, gone)
        for policy in policies:
            effect = _Effect(on, policy.direction, ask, without, self._leans)
            beside = self._beside(on, policy)
            if any(self._still_shows(effect, beside, one) for one in self._seen_of(on, policy)):
                return True
            for box in _bases(on, policy, effect):
                if self._shows(effect, beside, box):
                    return True
        return False

    def _beside(self, on: Anywhere, policy: TierPolicy) -> tuple[Tier, ...]:
        """What bears on the pods that the policy may select."""
        key = id(on), policy.index, policy.direction
        found = self._around.get(key)
        if found is None:
            meant = on.subject(policy)

            def bears(one: TierPolicy) -> bool:
                return any(holds(on.subject(one), box) is not False for box in meant)

            found = self._around[key] = tuple(
                replace(tier, policies=tuple(filter(bears, tier.policies)))
                for tier in on.tiers(policy.direction, self.namespace)
            )
        return found

    def _seen_of(self, on: Anywhere, policy: TierPolicy) -> list[_Shown]:
        return self._shown.get((id(on), policy.index, policy.direction), [])

    def _still_shows(self, effect: _Effect, own: Sequence[Tier], place: _Shown) -> bool:
        """Whether a connection that showed the effect of another removal shows that of this one."""
        case = self._case(effect, own, place)
        return case.says(place[0], dict(case.known)) is True

    def _shows(self, effect: _Effect, own: Sequence[Tier], base: Box) -> bool:
        """Whether some connection of the box shows the effect.

        Addresses outside and namespaces that nothing names come first: nothing hides it there.
        The other namespaces matter only where the side itself decides differently.
        """
        outside, fresh = self._outside(effect, base), self._fresh(effect, base)
        if any(self._found(effect, own, (one, None, False)) for one in (outside, fresh) if one):
            return True
        named = [place for name in self._named for place in self._inside(effect, base, name)]
        if len(named) > FEW_NAMES and effect.ask is not Ask.SIDES:
            sides = replace(effect, ask=Ask.SIDES)
            if not any(self._found(sides, own, place) for place in self._beyond(effect, base)):
                return False
        return any(self._found(effect, own, place) for place in named)

    def _outside(self, effect: _Effect, base: Box) -> Box | None:
        return common(base, {effect.on.space.kind(effect.peer): OUTSIDE})

    def _fresh(self, effect: _Effect, base: Box) -> Box | None:
        space = effect.on.space
        others = ~space.names(self._named)
        return common(base, {space.kind(effect.peer): POD, space.name(effect.peer): others})

    def _inside(self, effect: _Effect, base: Box, name: str) -> Iterator[_Shown]:
        """What of the box has the other end in the namespace."""
        space = effect.on.space
        there = {space.kind(effect.peer): POD, space.name(effect.peer): space.names([name])}
        box = common(base, there)
        near = name == self.namespace
        if box is not None and near:
            box = space.in_one_namespace(box)
        if box is not None:
            yield box, name, near

    def _beyond(self, effect: _Effect, base: Box) -> Iterator[_Shown]:
        """What of the box has the other end in any of the namespaces that are named."""
        space = effect.on.space
        names = space.names(name for name in self._named if name != self.namespace)
        there = {space.kind(effect.peer): POD, space.name(effect.peer): names}
        box = common(base, there) if names else None
        if box is not None:
            yield box, None, False
        yield from self._inside(effect, base, self.namespace)

    def _case(self, effect: _Effect, own: Sequence[Tier], place: _Shown) -> _Case:
        on, (box, peer, near) = effect.on, place
        outside = box.get(on.space.kind(effect.peer)) == OUTSIDE
        alone = outside or effect.ask is Ask.SIDES
        other = () if alone else on.tiers(BESIDE[effect.direction], peer)
        around = _Around(on, box, near, {}, [])
        sides = around.reduced(own), around.reduced(other)
        plans = tuple(
            (lean, planned(sides[0], lean), planned(sides[1], lean)) for lean in effect.leans
        )
        return _Case(effect, plans, around.known, around.leaves)

    def _found(self, effect: _Effect, own: Sequence[Tier], place: _Shown) -> bool:
        """Whether some connection of the box shows the effect.

        It goes down to a piece in which every condition is decided, and then looks at what was
        left beside it on the way, nearest first: of that, much turns out to be alike at once.
        """
        on, case = effect.on, self._case(effect, own, place)
        box, peer, near = place
        stack: list[Box] = []
        while True:
            self._step()
            known = dict(case.known)
            box = case.settled(box, known, stack)
            if case.says(box, known) and on.space.is_inhabited(box):
                if effect.ask is Ask.CHANGED:
                    self._remember(effect, (box, peer, near))
                return True
            found: bool | None = False
            while found is False:
                if not stack:
                    return False
                self._step()
                box = stack.pop()
                found = case.says(box, dict(case.known))
                if found:
                    if on.space.is_inhabited(box):
                        return True
                    found = False

    def _remember(self, effect: _Effect, place: _Shown) -> None:
        """Keeps what shows the effect for the policies that the removal touches at this side."""
        rules = ((index, direction) for index, direction, _ in effect.gone.rules)
        for index, direction in sorted({*rules, *effect.gone.lifted}, key=itemgetter(0)):
            if direction is effect.direction:
                key = id(effect.on), index, direction
                self._shown.setdefault(key, []).append(place)

    def _step(self) -> None:
        self._steps += 1
        if self._steps > STEPS:
            raise TooHardError

    def _search(self, on: Anywhere, boxes: list[Box], says: _Says) -> bool:
        """Whether some connection of the boxes is as asked; `says` decides or tells how to cut."""
        stack = boxes
        while stack:
            self._step()
            box = stack.pop()
            found = says(box)
            if found is True:
                if on.space.is_inhabited(box):
                    return True
            elif found is not False:
                stack += on.space.split(box, found)
        return False

    # --- what a part does -----------------------------------------------------------------------

    def _exceeds(self, on: Anywhere, part: Part, other: Part) -> bool:
        """Whether the part does something that the other does not."""
        others = {one.direction: (one, rules) for one, rules in holding(self._by_index, other)}
        for policy, rules in holding(self._by_index, part):
            beside = others.get(policy.direction)
            covered = tuple(on.hits(*beside)) if beside is not None else ()
            if self._uncovered(on, on.hits(policy, rules), covered):
                return True
            if part.rule is None:
                selected = on.subject(beside[0]) if beside is not None else ()
                if self._uncovered(on, on.subject(policy), selected):
                    return True
        return False

    def _uncovered(self, on: Anywhere, boxes: Iterable[Box], others: Sequence[Box]) -> bool:
        """Whether some connection with a pod of the namespace is in a box and in no other one."""
        space = on.space
        for box in boxes:
            together = space.in_one_namespace(box)
            for one, near in ((box, False), (together, True)):
                if one is None:
                    continue
                beside = [space.in_one_namespace(it) for it in others] if near else others
                listed = [it for it in beside if it is not None]
                kinds = [common(one, each) for each in self._apart(on, near)]

                def says(piece: Box, listed: Sequence[Box] = listed) -> bool | Box:
                    held = holds(listed, piece)
                    return not held if isinstance(held, bool) else held

                if self._search(on, [it for it in kinds if it is not None], says):
                    return True
        return False

    def _apart(self, on: Anywhere, near: bool) -> Iterator[Box]:
        """Both ends in the namespace, or all else that one end in it can have at the other."""
        space, own = on.space, on.space.names([self.namespace])
        source, destination = (space.name(end) for end in ENDS)
        kinds = [space.kind(end) for end in ENDS]
        if near:
            yield {kinds[0]: POD, kinds[1]: POD, source: own, destination: own}
            return
        for here, there in ((0, 1), (1, 0)):
            names = (source, destination)
            pod = {kinds[here]: POD, names[here]: own}
            yield {**pod, kinds[there]: OUTSIDE}
            yield {**pod, kinds[there]: POD, names[there]: ~own}


ENDS = tuple(subject_end(direction) for direction in (Direction.EGRESS, Direction.INGRESS))
"""Source and destination."""

_Shown = tuple[Box, str | None, bool]
"""Connections that show an effect: the peer's namespace, and whether that is the subject's."""

_Says = Callable[[Box], bool | Box]
"""Says of a box whether all of it is as asked, or none; else one that cuts it."""


def _bases(on: Anywhere, policy: TierPolicy, effect: _Effect) -> Iterator[Box]:
    """Boxes outside of which nothing changes at the policy's side; the likely ones come first."""
    if (policy.index, policy.direction) in effect.gone.lifted:
        yield from chain(on.hits(policy, policy.rules), on.subject(policy))
    else:
        place = policy.index, policy.direction
        rules = [one for one in policy.rules if (*place, one.index) in effect.gone.rules]
        yield from on.hits(policy, rules)


_Leaf = tuple[_Key, tuple[Box, ...]]
"""A condition with its boxes."""


@dataclass(frozen=True, slots=True)
class _Around:
    """What bears on a box of connections, whose ends are `near` iff they are in one namespace.

    What holds in all of the box is gathered in `known`, what does in a part of it in `leaves`.
    """

    on: Anywhere
    box: Box
    near: bool
    known: dict[_Key, bool]
    leaves: list[_Leaf]

    def reduced(self, tiers: Sequence[Tier]) -> tuple[Tier, ...]:
        """The tiers with only the policies that can apply, and the rules that can match."""
        found = []
        for tier in tiers:
            policies = [self._reduced(one) for one in tier.policies if self._can_apply(one)]
            if policies:
                found.append(replace(tier, policies=tuple(policies)))
        return tuple(found)

    def _can_apply(self, policy: TierPolicy) -> bool:
        return self._can_hold((policy.index, policy.direction, -1), self.on.subject(policy))

    def _reduced(self, policy: TierPolicy) -> TierPolicy:
        place = policy.index, policy.direction
        rules = tuple(
            one
            for one in policy.rules
            if self._can_hold((*place, one.index), self.on.rule(policy, one))
        )
        return policy if len(rules) == len(policy.rules) else replace(policy, rules=rules)

    def _can_hold(self, key: _Key, boxes: tuple[Box, ...]) -> bool:
        boxes = self.on.near(key, boxes) if self.near else boxes
        found = holds(boxes, self.box)
        if found is True:
            self.known[key] = True
        elif found is not False:
            self.leaves.append((key, boxes))
        return found is not False


@dataclass(frozen=True, slots=True)
class _Effect:
    """Which effect of a removal is looked for, at the side of that direction."""

    on: Anywhere
    direction: Direction
    ask: Ask
    gone: Gone
    leans: tuple[Lean, ...]

    @property
    def peer(self) -> End:
        """The end at which the policies of the side do not apply."""
        return subject_end(self.direction).opposite


@dataclass(frozen=True, slots=True)
class _Case:
    """A removal in a box of connections.

    `plans` are, for each lean, what bears on the side at hand and on the other one. `known` are
    conditions that hold in all of the box, `leaves` those that hold in a part.
    """

    effect: _Effect
    plans: tuple[tuple[Lean, Plan, Plan], ...]
    known: dict[_Key, bool]
    leaves: list[_Leaf]

    def settled(self, box: Box, known: dict[_Key, bool], beside: list[Box]) -> Box:
        """A piece of the box in which every condition is decided; the others go to `beside`."""
        split = self.effect.on.space.split
        for key, boxes in self.leaves:
            found = holds(boxes, box)
            while not isinstance(found, bool):
                inside, box = split(box, found)
                beside.append(inside)
                found = holds(boxes, box)
            known[key] = found
        return box

    def says(self, box: Box, known: dict[_Key, bool]) -> bool | None:
        """Whether all of the box shows the effect, or none of it; else `None`."""
        for key, boxes in self.leaves:
            if key not in known:
                found = holds(boxes, box)
                if isinstance(found, bool):
                    known[key] = found
        ask, whole, left = self.effect.ask, _Seen(known, Gone()), _Seen(known, self.effect.gone)
        undecided = False
        for lean, own, other in self.plans:
            before, after = followed(whole, own, lean), followed(left, own, lean)
            if before is None or after is None:
                undecided = True
            elif before is not after:
                if ask is Ask.SIDES or (ask is Ask.LOOSE and after):
                    return True
                # What a side loses was allowed if the other one did; what it gains, if it does
                # still.
                shown = followed(whole if before else left, other, lean)
                if shown:
                    return True
                undecided = undecided or shown is None
        return None if undecided else False


@dataclass(frozen=True, slots=True)
class _Seen:
    """Three truth values as an algebra for the fold: `None` where a box is not decided alike.

    `known` holds the conditions that are decided.
    """

    known: Mapping[_Key, bool]
    gone: Gone

    everything = True
    nothing = False

    def either(self, parts: Sequence[bool | None]) -> bool | None:
        """True if some part is, false if all are."""
        if True in parts:
            return True
        return None if None in parts else False

    def both(self, left: bool | None, right: bool | None) -> bool | None:
        """True if both are, false if one is."""
        if left is False or right is False:
            return False
        return None if left is None or right is None else True

    def without(self, part: bool | None) -> bool | None:
        """The opposite."""
        return None if part is None else not part

    def applies(self, policy: TierPolicy) -> bool | None:
        """Whether the policy selects the end, as far as it is in place."""
        place = policy.index, policy.direction
        return False if place in self.gone.lifted else self.known.get((*place, -1))

    def hits(self, policy: TierPolicy, rules: Sequence[Rule]) -> bool | None:
        """Whether the policy applies and some of the rules in place match."""
        applies = self.applies(policy)
        if applies is False:
            return False
        place = policy.index, policy.direction
        keys = [(*place, rule.index) for rule in rules]
        matched = [self.known.get(key) for key in keys if key not in self.gone.rules]
        return self.both(applies, self.either(matched))
