"""Which effect a removal has on the connections of a box, as far as all of these are alike.

What bears on the box is known in advance, or decided for some pieces of it only: then the fold
over three truth values tells whether that matters, and `settled` cuts until nothing is left open.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain

from netproof.lint.boxed import Boxed, Key
from netproof.lint.boxes import OUTSIDE, Box, holds
from netproof.lint.sides import BESIDE
from netproof_encodings.decision.conditions import End, subject_end
from netproof_encodings.decision.folding import Lean, Plan, followed, planned
from netproof_encodings.decision.tiers import Rule, Tier, TierPolicy
from netproof_encodings.obligations.redundancy import Ask, Gone
from netproof_specs.model.traffic import Direction

NOTHING_GONE = Gone()


@dataclass(frozen=True, slots=True)
class Effect:
    """Which effect of a removal is looked for, at the side of that direction."""

    on: Boxed
    direction: Direction
    ask: Ask
    gone: Gone
    leans: tuple[Lean, ...]

    @property
    def peer(self) -> End:
        """The end at which the policies of the side do not apply."""
        return subject_end(self.direction).opposite

    def bases(self, policy: TierPolicy) -> Iterator[Box]:
        """Boxes outside of which nothing changes at the policy's side; likely ones come first."""
        place, on = (policy.index, policy.direction), self.on
        if place in self.gone.lifted:
            yield from chain(on.hits(policy, policy.rules), on.subject(policy))
        else:
            rules = [one for one in policy.rules if (*place, one.index) in self.gone.rules]
            yield from on.hits(policy, rules)


@dataclass(frozen=True, slots=True)
class Place:
    """Connections of a box: the namespace of the other end, and whether it is the subject's.

    `peer` is `None` for an address, and for namespaces of which nothing is looked up.
    """

    box: Box
    peer: str | None
    near: bool


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a place, with the conditions that are decided in all of it."""

    box: Box
    known: dict[Key, bool]


_Leaf = tuple[Key, tuple[Box, ...]]
"""A condition with its boxes."""


@dataclass(frozen=True, slots=True)
class Case:
    """A removal at a place.

    `plans` are, for each lean, what bears on the side at hand and on the other one. Of their
    conditions those not in `whole.known` hold in a part of the place, and are `leaves`.
    """

    effect: Effect
    plans: tuple[tuple[Lean, Plan, Plan], ...]
    whole: Piece
    leaves: list[_Leaf]

    def settled(self, piece: Piece, beside: list[Piece]) -> Piece:
        """A part of the piece in which every condition is decided; the others go to `beside`."""
        split = self.effect.on.space.split
        box, known = piece.box, piece.known
        for key, boxes in self.leaves:
            if key not in known:
                found = holds(boxes, box)
                while not isinstance(found, bool):
                    inside, box = split(box, found)
                    # What is decided so far stays so in each part.
                    beside.append(Piece(inside, dict(known)))
                    found = holds(boxes, box)
                known[key] = found
        return Piece(box, known)

    def says(self, piece: Piece) -> bool | None:
        """Whether all of the piece shows the effect, or none of it; else `None`."""
        known = piece.known
        for key, boxes in self.leaves:
            if key not in known:
                found = holds(boxes, piece.box)
                if isinstance(found, bool):
                    known[key] = found
        ask, undecided = self.effect.ask, False
        whole, left = _Seen(known, NOTHING_GONE), _Seen(known, self.effect.gone)
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


def case_of(effect: Effect, own: Sequence[Tier], place: Place) -> Case:
    """The case of a place; `own` are the tiers at the side that the removal changes."""
    on, known, leaves = effect.on, dict[Key, bool](), list[_Leaf]()
    outside = place.box.get(on.space.kind(effect.peer)) == OUTSIDE
    alone = outside or effect.ask is Ask.SIDES
    other = () if alone else on.tiers(BESIDE[effect.direction], place.peer)
    around = _Around(on, place, known, leaves)
    sides = around.reduced(own), around.reduced(other)
    plans = tuple((one, planned(sides[0], one), planned(sides[1], one)) for one in effect.leans)
    return Case(effect, plans, Piece(place.box, known), leaves)


@dataclass(frozen=True, slots=True)
class _Around:
    """What bears on a place.

    What holds in all of it is gathered in `known`, what does in a part of it in `leaves`.
    """

    on: Boxed
    place: Place
    known: dict[Key, bool]
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
        rules = tuple(one for one in policy.rules if self._can_match(policy, one))
        return policy if len(rules) == len(policy.rules) else replace(policy, rules=rules)

    def _can_match(self, policy: TierPolicy, rule: Rule) -> bool:
        key = policy.index, policy.direction, rule.index
        return self._can_hold(key, self.on.rule(policy, rule))

    def _can_hold(self, key: Key, boxes: tuple[Box, ...]) -> bool:
        boxes = self.on.near(key, boxes) if self.place.near else boxes
        found = holds(boxes, self.place.box)
        if found is True:
            self.known[key] = True
        elif found is not False:
            self.leaves.append((key, boxes))
        return found is not False


@dataclass(frozen=True, slots=True)
class _Seen:
    """Three truth values as an algebra for the fold: `None` where a box is not decided alike.

    `known` holds the conditions that are decided.
    """

    known: Mapping[Key, bool]
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
