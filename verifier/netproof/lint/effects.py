"""Which effect a removal has on the connections of a box: it is cut where that is not alike."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator
from functools import cached_property

from netproof.lint.boxed import NOTHING, Bearing, Boxed
from netproof.lint.boxes import OUTSIDE, Box, common
from netproof.lint.covering import outside
from netproof.lint.sides import BESIDE, Piece, Seen, Side, side_of
from netproof_encodings.decision.conditions import End, subject_end
from netproof_encodings.decision.folding import Lean
from netproof_encodings.decision.tiers import Rule, TierPolicy
from netproof_encodings.obligations.redundancy import Ask, Gone, RuleKey
from netproof_specs.frozen import Frozen
from netproof_specs.model.traffic import Direction

NOTHING_GONE = Gone()


class Effect(Frozen):
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

    def rules_act(self, policy: TierPolicy, rules: Container[RuleKey]) -> Iterator[Box]:
        """Where those of the policy's rules act, or all of them if it is lifted."""
        place = policy.index, policy.direction
        lifted = place in self.gone.lifted
        acting = [one for one in policy.rules if lifted or (*place, one.index) in rules]
        return self.on.hits(policy, acting)

    def isolates(
        self, policy: TierPolicy, site: str | None, within: Box, step: Callable[[], None]
    ) -> Iterator[Box]:
        """Where the policy, if it is lifted, is the one that isolates, within a box at the site.

        Where none of its rules matches, that it applies says something only in a tier that denies
        what is left over, and only where no other policy applies that stays.
        """
        lifted = self.gone.lifted
        if (policy.index, policy.direction) not in lifted:
            return
        met = (common(box, within) for box in self.on.subject(policy))
        selected = list(filter(None, met))
        staying = self.on.isolating(policy, site, selected, lifted) if selected else None
        if staying is not None:
            others = tuple(box for boxes in staying for box in boxes)
            yield from outside(self.on.space, selected, others, step)


class Place(Frozen):
    """Connections of a box: the namespaces of the subject and of the other end, and whether that
    is one.

    `own` and `peer` are `None` for namespaces of which nothing is looked up, and `peer` for an
    address.
    """

    box: Box
    own: str | None
    peer: str | None
    near: bool


class Case:
    """A removal at a place; `own` is what bears on the side that the removal changes there.

    A class because the other side is looked up only where it matters. `moved` says whether the own
    side was seen to decide some connection differently.
    """

    def __init__(self, effect: Effect, own: Side, place: Place, step: Callable[[], None]) -> None:
        self._effect = effect
        self._place = place
        self._step = step
        self._own = own.near(effect.on) if place.near else own
        self._whole = Piece(place.box, dict(own.known))
        self._own.look(self._whole)
        self.moved = False

    @cached_property
    def _beside(self) -> Bearing:
        on, effect, box = self._effect.on, self._effect, self._place.box
        if box.get(on.space.kind(effect.peer)) == OUTSIDE:
            return NOTHING
        way = BESIDE[effect.direction]
        return on.bearing(way, self._place.peer, (box,), on.space.ports_of(box))

    @cached_property
    def _other(self) -> Side:
        on, place = self._effect.on, self._place
        tiers = self._beside.tiers(self._effect.gone.lifted)
        found = side_of(on, place.box, tiers, self._effect.leans)
        return found.near(on) if place.near else found

    def found(self) -> Box | None:
        """A box of connections of the place that all show the effect; `None` iff none does.

        First the place is cut until its own side is decided, and only of pieces in which that
        changes it is asked what the other side says.
        """
        todo = [self._whole]
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
        """True only if connections of the place show the effect: it is looked at as a whole."""
        changes = self._changes(self._whole)
        if not changes:
            return False
        box = self._place.box
        if self._is_enough(changes) or self._let_through(box, changes) is not None:
            return True
        beside = Piece(box, dict(self._other.known))
        self._other.look(beside)
        return self._says(beside, changes) is True

    def _changes(self, piece: Piece) -> _Changes | None:
        """What becomes of the own side in all of the piece; `None` where that is not decided."""
        whole, left = Seen(piece.known, NOTHING_GONE), Seen(piece.known, self._effect.gone)
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
        whole = Seen(dict(self._whole.known), NOTHING_GONE)
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
        through = self._let_through(box, changes)
        if through is not None:
            return through
        other = self._other
        whole = Piece(box, dict(other.known))
        found = self._says(whole, changes)
        if found is None:
            refused = dict(other.known)
            for policy, rule in other.admitting():
                place = policy.index, policy.direction
                key = *place, rule.index
                refused[key] = False
                for part in self._hit(box, policy, rule):
                    inside = Piece(part, {**other.known, key: True, (*place, -1): True})
                    shown = self._searched(inside, changes)
                    if shown is not None:
                        return shown
            if self._searched(Piece(box, refused), changes) is None:
                return None
            return self._searched(whole, changes)
        return box if found else None

    def _let_through(self, box: Box, changes: _Changes) -> Box | None:
        """A part of the box that a rule of the other side allows before anything else is asked.

        One that stays shows what the own side gains, any of them what it loses (see `_says`).
        """
        gone = NOTHING_GONE if any(before for _, before in changes) else self._effect.gone
        for policy, rule in self._beside.admitting:
            place = policy.index, policy.direction
            if place not in gone.lifted and (*place, rule.index) not in gone.rules:
                for part in self._hit(box, policy, rule):
                    if self._effect.on.space.is_inhabited(part):
                        return part
        return None

    def _hit(self, box: Box, policy: TierPolicy, rule: Rule) -> Iterator[Box]:
        """Where in the box the policy applies and the rule matches."""
        on, place = self._effect.on, (policy.index, policy.direction)
        subjects, matches = on.subject(policy), on.rule(policy, rule)
        if self._place.near:
            subjects = on.near((*place, -1), subjects)
            matches = on.near((*place, rule.index), matches)
        selected = (common(box, one) for one in subjects)
        for each in filter(None, selected):
            for match in matches:
                part = common(each, match)
                if part is not None:
                    yield part

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
            shown = self._other.decided(Seen(piece.known, gone), lean)
            if shown:
                return True
            undecided = undecided or shown is None
        return None if undecided else False


_Changes = list[tuple[Lean, bool]]
"""The outcomes that change, each with what it was before."""
