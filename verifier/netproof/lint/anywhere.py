"""What can be removed whatever pods and namespaces there are, decided by boxes.

A removal changes nothing but where the removed part matches, which is a few boxes of connections.
Each is cut, by what the policies ask, until all of a piece is decided alike: the fold over three
truth values says when. Most removals show their effect in the first piece or two.
"""

from __future__ import annotations

from collections.abc import Collection, Container, Iterable, Iterator
from operator import itemgetter

from netproof.lint.boxed import HOSTS, Boxed
from netproof.lint.boxes import HOST, OUTSIDE, POD, Box, Space, TooHardError, Values, common, holds
from netproof.lint.covering import NOWHERE, Extent, extent_of, is_uncovered, sample
from netproof.lint.effects import NOTHING_GONE, Case, Effect, Place
from netproof.lint.indexed import Indexed
from netproof.lint.removals import holding, parts_of, policies_of, touched
from netproof.lint.sides import Side, side_of
from netproof.solving import Answer
from netproof_encodings.decision.conditions import subject_end
from netproof_encodings.decision.tiers import TierPolicy
from netproof_encodings.lowering import Tiers
from netproof_encodings.obligations.redundancy import Ask, Gone, Part, RuleKey, gone_of, leans_of
from netproof_encodings.obligations.removal_questions import coverers
from netproof_specs.frozen import replace
from netproof_specs.model.traffic import Direction

STEPS, FOR_PARTS = 20_000, 500
"""So many pieces are looked at for so many parts of one namespace; a solver takes over where that
is not enough."""

FEW_NAMES = 2
"""With more namespaces to look at, one question first asks whether the side changes at all."""


class RemovalsAnywhere:
    """The removals from a namespace in any cluster, or of what is pinned to none.

    What decides them stands in `tiers`, at the subject's end, and is looked up in the namespaces
    `named`; all others are alike. Questions raise TooHardError where they take too many steps;
    `pieces` counts them.
    """

    def __init__(
        self, on: Boxed, namespace: str | None, tiers: Tiers, named: Iterable[str]
    ) -> None:
        self.tiers = tiers
        self.parts = parts_of(tiers, namespace)
        self._on = on
        self._named = sorted({*named, *(() if namespace is None else (namespace,))})
        hosts = (HOSTS,) if on.space.has_hosts else ()
        pods = (None, *self._named) if namespace is None else (namespace,)
        self._sites = (*pods[:1], *hosts, *pods[1:])
        every = [tiers, *(
            {way: on.homes[way].get(name, ()) for way in Direction}
            for name in (*hosts, *self._named)
        )]  # fmt: skip
        self._leans = tuple(dict.fromkeys(lean for tiers in every for lean in leans_of(tiers)))
        self._by_index = policies_of(self.tiers)
        self._coverers = coverers(self.tiers)
        self._shown: dict[tuple[int, Direction], list[Place]] = {}
        self.pieces = 0
        self._most = STEPS * (1 + len(self.parts) // FOR_PARTS)
        self._moved = False
        self._unmoved: set[frozenset[Part]] = set()
        self._extents: dict[Part, _Extents] = {}
        self._held: dict[tuple[_What, int], _Holding] = {}
        self._taken: tuple[frozenset[Part], Gone] = frozenset(), NOTHING_GONE

    def ask(self, ask: Ask, gone: set[Part]) -> Answer:
        """Whether the removal of all these has the effect that is asked for."""
        parts = frozenset(gone)
        if ask is Ask.SIDES and parts in self._unmoved:
            return Answer.UNSAT
        self._moved = False
        answer = self._answer(ask, parts, parts)
        if answer is Answer.UNSAT and not self._moved:
            self._unmoved.add(parts)
        return answer

    def opens(self, gone: set[Part], more: Collection[Part]) -> Answer:
        """Whether the removal of all of `gone` has a LOOSE effect; without `more` it has none.

        It can have one only where something of `more` acts: elsewhere the side decides as it does
        without the others.
        """
        return self._answer(Ask.LOOSE, gone, more)

    def _answer(self, ask: Ask, gone: Collection[Part], at: Collection[Part]) -> Answer:
        found = self._has_effect(ask, frozenset(gone), frozenset(at))
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
            self._is_uncovered(extent, NOWHERE)
            for (_, matched), extent in self._extents_of(part).items()
            if matched is (part.rule is not None)
        )

    def cover(self, part: Part, gone: Collection[Part]) -> Part | None:
        """A part of the same kind that does all that this one does; one that stays, if any."""
        others = self._coverers.of(part)
        for what, near, point in self._seen_of(part):
            others &= self._holding(what, near).of(point)
        for other in sorted(others, key=lambda one: (one in gone, one.order)):
            if not self._exceeds(part, other):
                return other
        return None

    def _holding(self, what: _What, near: int) -> _Holding:
        """What may do something about a connection."""
        found = self._held.get((what, near))
        if found is None:
            found = self._held[what, near] = _Holding()
            for part in self._coverers.parts:
                try:
                    boxes = self._extents_of(part).get(what, NOWHERE)[near]
                except TooHardError:
                    found.unknown.add(part)
                else:
                    found.add(part, boxes)
        return found

    def _seen_of(self, part: Part) -> Iterator[tuple[_What, int, Box]]:
        """A connection of each kind that the part does something about."""
        for what, extent in self._extents_of(part).items():
            point = sample(self._on.space, extent)
            if point is not None:
                yield what, *point

    # --- what a removal changes -----------------------------------------------------------------

    def _has_effect(self, ask: Ask, gone: frozenset[Part], at: frozenset[Part]) -> bool:
        """Whether the removal of all of `gone` has the effect where something of `at` acts.

        Likely places come first: what showed another effect, then what rules match. Where a policy
        selects may be many pieces, of which few show anything.
        """
        without = self._without(gone, at)
        policies = touched(self._by_index, at)
        acting = gone_of(policies, at).rules
        cases = [
            (policy, Effect(self._on, policy.direction, ask, without, self._leans))
            for policy in policies
        ]
        return (
            any(self._shows_as_before(effect, policy, acting) for policy, effect in cases)
            or any(
                self._shows(effect, policy, site, box)
                for site in self._sites
                for policy, effect in cases
                for box in self._rules_act(effect, policy, acting, site)
            )
            or any(
                self._shows(effect, policy, site, box)
                for site in self._sites
                for policy, effect in cases
                for box in self._isolates(effect, policy, site)
            )
        )

    def _rules_act(
        self, effect: Effect, policy: TierPolicy, acting: Container[RuleKey], site: str | None
    ) -> Iterator[Box]:
        """Where those of the policy's rules act, or all of them if it is lifted, at the site."""
        within = self._at(effect, site)
        boxes = (common(box, within) for box in effect.rules_act(policy, acting))
        return filter(None, boxes)

    def _isolates(self, effect: Effect, policy: TierPolicy, site: str | None) -> Iterator[Box]:
        """Where the policy, if it is lifted, is the one that isolates, at the site."""
        return effect.isolates(policy, site, self._at(effect, site), self._step)

    def _at(self, effect: Effect, site: str | None) -> Box:
        """Where the subject is in the namespace, or in none of those that are looked up, or is a
        host endpoint.
        """
        space, own = self._on.space, effect.peer.opposite
        if site == HOSTS:
            return {space.kind(own): HOST}
        names = ~space.names(self._named) if site is None else space.names([site])
        return {space.kind(own): POD, space.name(own): names}

    def _without(self, gone: frozenset[Part], more: frozenset[Part]) -> Gone:
        """What is taken away with all of `gone`; often it is what was with all but `more`."""
        rest = gone - more
        parts, known = self._taken
        if not parts <= rest:
            parts, known = frozenset[Part](), NOTHING_GONE
        known = self._added(known, rest, rest - parts)
        self._taken = rest, known
        return self._added(known, gone, gone & more)

    def _added(self, known: Gone, gone: frozenset[Part], more: frozenset[Part]) -> Gone:
        """What is taken away with all of `gone`, if `known` is with all but `more`."""
        if not more:
            return known
        policies = {one.policy for one in more}
        parts = [one for one in gone if one.policy in policies]
        added = gone_of(touched(self._by_index, more), parts)
        return Gone(known.rules | added.rules, known.lifted | added.lifted)

    def _shows_as_before(
        self, effect: Effect, policy: TierPolicy, acting: Container[RuleKey]
    ) -> bool:
        """True only if the effect shows where one of a part of the policy did."""
        seen = self._shown.get((policy.index, policy.direction), ())
        if not seen:
            return False
        sites = dict.fromkeys(one.own for one in seen)
        isolated = (box for site in sites for box in self._isolates(effect, policy, site))
        boxes = (*effect.rules_act(policy, acting), *isolated)

        def shows(place: Place) -> bool:
            own = self._side_of(effect, policy, place.own, place.box)
            return Case(effect, own, place, self._step).shows()

        return any(shows(one) for one in seen if holds(boxes, one.box) is not False)

    def _side_of(self, effect: Effect, policy: TierPolicy, site: str | None, box: Box) -> Side:
        """What bears on the site's ends that the policy may select, in the box."""
        on = self._on
        ports = on.space.ports_of(box)
        end = {on.space.kind(subject_end(policy.direction)): HOST if site == HOSTS else POD}
        meant = (common(one, end) for one in on.subject(policy))
        bearing = on.bearing(policy.direction, site, filter(None, meant), ports)
        return side_of(on, box, bearing.tiers(effect.gone.lifted), self._leans)

    def _shows(self, effect: Effect, policy: TierPolicy, site: str | None, base: Box) -> bool:
        """Whether some connection of the box, which is at the site, shows the effect.

        Addresses outside and namespaces that nothing names come first: seldom anything hides it
        there. The other namespaces matter only where the side itself decides differently.
        """
        own = self._side_of(effect, policy, site, base)
        if any(self._found(effect, own, place) for place in self._unnamed(effect, site, base)):
            return True
        among = base.get(effect.on.space.name(effect.peer), -1)
        named = self._named if among == -1 else self._among(effect.on.space, among)
        if len(named) > FEW_NAMES and effect.ask is not Ask.SIDES:
            sides = replace(effect, ask=Ask.SIDES)
            beyond = self._beyond(effect, site, base)
            if not any(self._found(sides, own, place) for place in beyond):
                return False
        places = (place for name in named for place in self._inside(effect, site, base, name))
        return any(self._found(effect, own, place) for place in places)

    def _among(self, space: Space, names: Values) -> list[str]:
        """Those of the names that a box allows."""
        return [one for one in self._named if space.names([one]) & names]

    def _unnamed(self, effect: Effect, site: str | None, base: Box) -> Iterator[Place]:
        """What of the box has the other end outside, or in a namespace that nothing names, or at a
        host endpoint.

        Of two such namespaces nothing tells whether they are one: what can be in one can be in two
        of the same labels.
        """
        space, peer = effect.on.space, effect.peer
        others = {space.kind(peer): POD, space.name(peer): ~space.names(self._named)}
        hosts = {space.kind(peer): HOST}
        for there, name in (({space.kind(peer): OUTSIDE}, None), (others, None), (hosts, HOSTS)):
            box = common(base, there) if name is None or space.has_hosts else None
            if box is not None:
                yield Place(box, site, name, False)

    def _inside(self, effect: Effect, site: str | None, base: Box, name: str) -> Iterator[Place]:
        """What of the box has the other end in the namespace."""
        space = effect.on.space
        there = {space.kind(effect.peer): POD, space.name(effect.peer): space.names([name])}
        box = common(base, there)
        near = name == site
        if box is not None and near:
            box = space.in_one_namespace(box)
        if box is not None:
            yield Place(box, site, name, near)

    def _beyond(self, effect: Effect, site: str | None, base: Box) -> Iterator[Place]:
        """What of the box has the other end in any of the namespaces that are named."""
        space = effect.on.space
        names = space.names(name for name in self._named if name != site)
        there = {space.kind(effect.peer): POD, space.name(effect.peer): names}
        box = common(base, there) if names else None
        if box is not None:
            yield Place(box, site, None, False)
        if site not in (None, HOSTS):
            yield from self._inside(effect, site, base, site)

    def _found(self, effect: Effect, own: Side, place: Place) -> bool:
        """Whether some connection of the place shows the effect."""
        case = Case(effect, own, place, self._step)
        box = case.found()
        self._moved = self._moved or case.moved
        if box is not None and effect.ask is Ask.CHANGED:
            self._remember(effect, replace(place, box=box))
        return box is not None

    def _remember(self, effect: Effect, place: Place) -> None:
        """Keeps what shows the effect for the policies that the removal touches at this side."""
        rules = ((index, direction) for index, direction, _ in effect.gone.rules)
        for index, direction in sorted({*rules, *effect.gone.lifted}, key=itemgetter(0)):
            if direction is effect.direction:
                self._shown.setdefault((index, direction), []).append(place)

    def _step(self) -> None:
        self.pieces += 1
        if self.pieces > self._most:
            raise TooHardError

    # --- what a part does -----------------------------------------------------------------------

    def _exceeds(self, part: Part, other: Part) -> bool:
        """Whether the part does something that the other does not."""
        others = self._extents_of(other)
        return any(
            self._is_uncovered(extent, others.get(what, NOWHERE))
            for what, extent in self._extents_of(part).items()
        )

    def _is_uncovered(self, extent: Extent, others: Extent) -> bool:
        return is_uncovered(self._on.space, extent, others, self._step)

    def _extents_of(self, part: Part) -> _Extents:
        """Where the part acts by direction: what its rules match, and what a policy selects."""
        on, found = self._on, self._extents.get(part)
        if found is None:
            found = self._extents[part] = {}
            for policy, rules in holding(self._by_index, part):
                found[policy.direction, True] = extent_of(on.space, on.hits(policy, rules))
                if part.rule is None:
                    found[policy.direction, False] = extent_of(on.space, on.subject(policy))
        return found


class _Holding:
    """Parts by the connections that they do something about; of some it is `unknown`."""

    def __init__(self) -> None:
        self.unknown: set[Part] = set()
        self._boxes = Indexed()
        self._parts: list[Part] = []

    def add(self, part: Part, boxes: Iterable[Box]) -> None:
        """Notes that the part acts in the boxes."""
        for box in boxes:
            self._boxes.add(box)
            self._parts.append(part)

    def of(self, point: Box) -> set[Part]:
        """Those that may act there."""
        every = (1 << len(self._parts)) - 1
        return self.unknown.union(self._parts[at] for at in self._boxes.meeting(point, every))


_What = tuple[Direction, bool]
"""In which direction, and whether the rules match there or the policy selects."""

_Extents = dict[_What, Extent]
