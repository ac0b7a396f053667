"""What bears on one side of the connections of a box, as far as all of these are alike.

What bears on the box is known in advance, or decided for some pieces of it only: then the fold
over three truth values tells whether that matters.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from netproof.lint.boxed import Boxed, Key
from netproof.lint.boxes import Box, holds
from netproof_encodings.decision.folding import Lean, Plan, followed, planned
from netproof_encodings.decision.tiers import Rule, Tier, TierPolicy
from netproof_encodings.obligations.redundancy import Gone
from netproof_specs.frozen import Frozen, replace
from netproof_specs.model.traffic import Action, Direction

BESIDE = {Direction.EGRESS: Direction.INGRESS, Direction.INGRESS: Direction.EGRESS}
"""The direction of the other side of a connection."""


class Piece(Frozen):
    """A part of a place, with conditions that are known to hold in all of it, or nowhere in it."""

    box: Box
    known: dict[Key, bool]

    def cut(self, on: Boxed, by: Box) -> list[Piece]:
        """The piece in two, the part nearer to the box last."""
        inside, rest = on.space.split(self.box, by)
        return [Piece(rest, dict(self.known)), Piece(inside, dict(self.known))]


_Leaf = tuple[Key, tuple[Box, ...]]
"""A condition with its boxes."""


class Side(Frozen):
    """What bears on one side of a box.

    What holds in all of it is in `known`; what does in a part of it, in `leaves`.
    """

    plans: Mapping[Lean, Plan]
    known: dict[Key, bool]
    leaves: list[_Leaf]

    def near(self, on: Boxed) -> Side:
        """The same where both ends are in one namespace."""
        return replace(self, leaves=[(key, on.near(key, boxes)) for key, boxes in self.leaves])

    def decided(self, seen: Seen, lean: Lean) -> bool | None:
        """What the side decides by what is known of a piece; `None` if that is not enough."""
        return followed(seen, self.plans[lean], lean)

    def look(self, piece: Piece) -> Box | None:
        """Adds what is decided in all of the piece; a box that cuts it, if something is not."""
        by: Box | None = None
        for key, boxes in self.leaves:
            if key not in piece.known:
                found = holds(boxes, piece.box)
                if isinstance(found, bool):
                    piece.known[key] = found
                else:
                    by = by or found
        return by

    def admitting(self) -> Iterator[tuple[TierPolicy, Rule]]:
        """The rules that allow in a part of the box, each with its policy."""
        open_ = {key for key, _ in self.leaves}
        for tier, _ in next(iter(self.plans.values())):
            for policy in tier.policies:
                place = policy.index, policy.direction
                for rule in policy.rules:
                    partly = not open_.isdisjoint(((*place, -1), (*place, rule.index)))
                    if partly and rule.action is Action.ALLOW:
                        yield policy, rule


def side_of(on: Boxed, box: Box, tiers: Iterable[Tier], leans: Iterable[Lean]) -> Side:
    """What of the tiers bears on the connections of the box."""
    around = _Around(on, box, {}, [], {})
    left = around.reduced(tiers)
    plans = {one: planned(left, one) for one in leans}
    return Side(plans, around.known, around.leaves)


class _Around(Frozen):
    """What bears on a box.

    What holds in all of it is gathered in `known`, what does in a part of it in `leaves`. `held`
    says of conditions, by identity, what of them holds: many policies state the same ones.
    """

    on: Boxed
    box: Box
    known: dict[Key, bool]
    leaves: list[_Leaf]
    held: dict[int, bool | Box]

    def reduced(self, tiers: Iterable[Tier]) -> tuple[Tier, ...]:
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
        rules = tuple([one for one in policy.rules if self._can_match(policy, one)])
        return self.on.with_rules(policy, rules)

    def _can_match(self, policy: TierPolicy, rule: Rule) -> bool:
        key = policy.index, policy.direction, rule.index
        return self._can_hold(key, self.on.rule(policy, rule))

    def _can_hold(self, key: Key, boxes: tuple[Box, ...]) -> bool:
        found = self.held.get(id(boxes))
        if found is None:
            found = self.held[id(boxes)] = holds(boxes, self.box)
        if found is True:
            self.known[key] = True
        elif found is not False:
            self.leaves.append((key, boxes))
        return found is not False


class Seen(Frozen):
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
