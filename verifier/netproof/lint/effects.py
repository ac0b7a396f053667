"""Which effect a removal has on the connections of a box, as far as all of these are alike.

What bears on the box is known in advance, or decided for some pieces of it only: then the fold
over three truth values tells whether that matters, and a piece is cut where it does.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain

from netproof.lint.boxed import Boxed, Key
from netproof.lint.boxes import OUTSIDE, Box, common, holds
from netproof.lint.sides import BESIDE
from netproof_encodings.decision.conditions import End, subject_end
from netproof_encodings.decision.folding import Lean, Plan, followed, planned
from netproof_encodings.decision.tiers import Rule, Tier, TierPolicy
from netproof_encodings.obligations.redundancy import Ask, Gone, RuleKey
from netproof_specs.model.traffic import Action, Direction

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

    def bases(self, policy: TierPolicy, rules: Container[RuleKey]) -> Iterator[Box]:
        """Where those of the policy's rules act, or all of it if it is lifted; likely boxes first.
        """
        place, on = (policy.index, policy.direction), self.on
        if place in self.gone.lifted:
            yield from chain(on.hits(policy, policy.rules), on.subject(policy))
        else:
            acting = [one for one in policy.rules if (*place, one.index) in rules]
            yield from on.hits(policy, acting)


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
    """A part of a place, with conditions that are known to hold in all of it, or nowhere in it."""

    box: Box
    known: dict[Key, bool]

    def cut(self, on: Boxed, by: Box) -> list[Piece]:
        """The piece in two, the part nearer to the box last."""
        inside, rest = on.space.split(self.box, by)
        return [Piece(rest, dict(self.known)), Piece(inside, dict(self.known))]


_Leaf = tuple[Key, tuple[Box, ...]]
"""A condition with its boxes."""


@dataclass(frozen=True, slots=True)
class _Side:
    """What bears on one side of a place.

    What holds in all of it is in `known`; what does in a part of it, in `leaves`.
    """

    plans: Mapping[Lean, Plan]
    known: dict[Key, bool]
    leaves: list[_Leaf]

    def decided(self, seen: _Seen, lean: Lean) -> bool | None:
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

    def admitting(self) -> Iterator[tuple[Key, _Boxes, Key, _Boxes]]:
        """The rules that allow in a part of the place, each with its policy's subject; boxes are
        `None` where it holds in all of the place."""
        boxes: dict[Key, tuple[Box, ...]] = dict(self.leaves)
        for tier, _ in next(iter(self.plans.values())):
            for policy in tier.policies:
                place = policy.index, policy.direction
                subject = (*place, -1)
                for rule in policy.rules:
                    key = (*place, rule.index)
                    open_ = key in boxes or subject in boxes
                    if rule.action is Action.ALLOW and open_:
                        yield key, boxes.get(key), subject, boxes.get(subject)


_Boxes = tuple[Box, ...] | None


class Case:
    """A removal at a place; `own` are the tiers at the side that the removal changes.

    A class because the other side is looked up only where it matters. `moved` says whether the own
    side was seen to decide some connection differently.
    """

    def __init__(
        self, effect: Effect, own: Sequence[Tier], place: Place, step: Callable[[], None]
    ) -> None:
        self._effect = effect
        self._place = place
        self._step = step
        self._own = _side_of(effect, place, own)
        self.moved = False

    @cached_property
    def _other(self) -> _Side:
        on, effect, place = self._effect.on, self._effect, self._place
        outside = place.box.get(on.space.kind(effect.peer)) == OUTSIDE
        tiers = () if outside else on.on_ports(BESIDE[effect.direction], place.peer, place.box)
        return _side_of(effect, place, tiers)

    def found(self) -> Box | None:
        """A box of connections of the place that all show the effect; `None` iff none does.

        First the place is cut until its own side is decided, and only of pieces in which that
        changes it is asked what the other side says.
        """
        todo = [Piece(self._place.box, dict(self._own.known))]
        while todo:
            self._step()
            piece = todo.pop()
            by = self._own.look(piece)
            changes = self._changes(piece)
            if changes is None:
                assert by is not None
                todo += reversed(piece.cut(self._effect.on, by))
                continue
            if not changes or not self._effect.on.space.is_inhabited(piece.box):
                continue
            self.moved = True
            box = self._shown(piece.box, changes)
            if box is not None:
                return box
        return None

    def shows(self) -> bool:
        """True only if all connections of the place show the effect."""
        piece = Piece(self._place.box, dict(self._own.known))
        self._own.look(piece)
        changes = self._changes(piece)
        if not changes:
            return False
        if self._is_enough(changes):
            return True
        beside = Piece(piece.box, dict(self._other.known))
        self._other.look(beside)
        return self._says(beside, changes) is True

    def _changes(self, piece: Piece) -> _Changes | None:
        """What becomes of the own side in all of the piece; `None` where that is not decided."""
        whole, left = _Seen(piece.known, NOTHING_GONE), _Seen(piece.known, self._effect.gone)
        found: _Changes = []
        for lean in self._effect.leans:
            after = self._own.decided(left, lean)
            if after is None:
                return None
            before = self._before[lean]
            if before is None:
                before = self._own.decided(whole, lean)
            if before is None:
                return None
            if before is not after:
                found.append((lean, before))
        return found

    @cached_property
    def _before(self) -> dict[Lean, bool | None]:
        """What the own side decided in all of the place."""
        whole = _Seen(self._own.known, NOTHING_GONE)
        return {lean: self._own.decided(whole, lean) for lean in self._effect.leans}

    def _is_enough(self, changes: _Changes) -> bool:
        """Whether the effect shows whatever the other side says."""
        ask = self._effect.ask
        return ask is Ask.SIDES or (ask is Ask.LOOSE and not all(before for _, before in changes))

    def _shown(self, box: Box, changes: _Changes) -> Box | None:
        """A part of the box that shows the effect, where the own side changes in all of it.

        What one rule of the other side admits is looked at first, rule by rule. What is left then
        lies in none of these, which often decides it at once; if not, it is cut as usual.
        """
        if self._is_enough(changes):
            return box
        other = self._other
        whole = Piece(box, dict(other.known))
        found = self._says(whole, changes)
        if found is None:
            refused = dict(other.known)
            for key, boxes, subject, subjects in other.admitting():
                refused[key] = False
                for part in _met(_met([box], subjects), boxes):
                    inside = Piece(part, {**other.known, key: True, subject: True})
                    shown = self._searched(inside, changes)
                    if shown is not None:
                        return shown
            if self._searched(Piece(box, refused), changes) is None:
                return None
            return self._searched(whole, changes)
        return box if found else None

    def _searched(self, piece: Piece, changes: _Changes) -> Box | None:
        """A part of the piece that shows the effect, by what is known of the other side."""
        todo = [piece]
        while todo:
            self._step()
            piece = todo.pop()
            found = self._says(piece, changes)
            if found is None:
                by = self._other.look(piece)
                found = self._says(piece, changes)
                if found is None:
                    assert by is not None
                    todo += piece.cut(self._effect.on, by)
                    continue
            if found and self._effect.on.space.is_inhabited(piece.box):
                return piece.box
        return None

    def _says(self, piece: Piece, changes: _Changes) -> bool | None:
        """Whether all of the piece shows the effect, or none of it; else `None`.

        What a side loses was allowed if the other one did; what it gains, if it does still.
        """
        undecided = False
        for lean, before in changes:
            gone = NOTHING_GONE if before else self._effect.gone
            shown = self._other.decided(_Seen(piece.known, gone), lean)
            if shown:
                return True
            undecided = undecided or shown is None
        return None if undecided else False


_Changes = list[tuple[Lean, bool]]
"""The outcomes that change, each with what it was before."""


def _met(boxes: Iterable[Box], others: _Boxes) -> Iterator[Box]:
    """What the boxes have in common with some other one; all of them where that is everything."""
    if others is None:
        yield from boxes
        return
    for box in boxes:
        for one in others:
            both = common(box, one)
            if both is not None:
                yield both


def _side_of(effect: Effect, place: Place, tiers: Sequence[Tier]) -> _Side:
    known, leaves = dict[Key, bool](), list[_Leaf]()
    left = _Around(effect.on, place, known, leaves).reduced(tiers)
    return _Side({one: planned(left, one) for one in effect.leans}, known, leaves)


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
