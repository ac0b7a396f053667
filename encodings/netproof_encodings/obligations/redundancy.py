"""Which policies and rules can be removed without effect, as obligations.

Every policy and rule of one namespace gets a symbol that says whether it is kept. One script
then answers for every removal, by what is assumed of those symbols.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from netproof_encodings.decision.folding import Lean, decided, ties_of
from netproof_encodings.decision.tiers import Rule, TierPolicy
from netproof_encodings.logic.smtlib import Script
from netproof_encodings.logic.terms import Bits, Term, Terms
from netproof_encodings.lowering import Tiers, every_tier, is_given, policies_in, restricted
from netproof_encodings.meaning.connections import InTerms
from netproof_encodings.meaning.labels import in_range, label_space, selected
from netproof_encodings.meaning.scenes import NewPods, scene_of
from netproof_encodings.meaning.spaces import connection_space
from netproof_encodings.meaning.worlds import world_constraints
from netproof_encodings.vocabulary.hosts import OtherHosts
from netproof_encodings.vocabulary.mentioned import vocabulary_of, with_others
from netproof_specs.assumptions import Assumption
from netproof_specs.claims import PodsWhere
from netproof_specs.frozen import Frozen, replace
from netproof_specs.model.cluster import Cluster
from netproof_specs.model.labels import LabelSelector
from netproof_specs.model.traffic import Direction
from netproof_specs.worlds import World


class Part(Frozen):
    """What may be removed: a policy by its index, or one of its rules by direction and index."""

    policy: int
    rule: tuple[str, int] | None = None

    @property
    def order(self) -> tuple[int, tuple[str, int]]:
        """Smaller for what stands earlier; a policy stands before its rules."""
        return self.policy, self.rule or ("", -1)


class Ask(Enum):
    """What is asked of a removal; the value is the symbol that asks it.

    CHANGED: is some connection decided differently? SIDES: does some side, egress or ingress on
    its own, decide differently? LOOSE: is some connection decided differently, or does some side
    allow what it denied before?
    """

    CHANGED = "ask.changed"
    SIDES = "ask.sides"
    LOOSE = "ask.loose"


SINGLY = "ask.singly"
"""The symbol under which exactly the part at the place `gone` is removed."""


class Removals(Frozen):
    """The removals from one namespace, ready for `removal_questions`.

    `text` declares a connection of the world. `keeps` holds, for each part that may be removed,
    the symbol that says that it is kept, and `places` the part's place in that table. Under
    SINGLY, `gone` is the place of the one part that is removed. `tiers` are those of everything
    that bears on the namespace's side. `applies` holds where a policy of theirs, by its index,
    selects, and `hits` where a part's rules match as well. `asked` are the assumptions that it
    speaks of.
    """

    terms: Terms
    script: Script
    text: str
    keeps: dict[Part, str]
    places: dict[Part, int]
    gone: Bits
    tiers: Tiers
    applies: dict[tuple[int, Direction], Term]
    hits: dict[tuple[Part, Direction], Term]
    asked: tuple[Assumption, ...]

    @property
    def parts(self) -> tuple[Part, ...]:
        """What may be removed, in order."""
        return tuple(self.keeps)


def removals(
    tiers: Tiers,
    cluster: Cluster,
    namespace: str | None,
    world: World,
    others: OtherHosts | None = None,
) -> Removals:
    """The removals of policies that are pinned to the namespace, or to none, and of their rules.

    Exact for a world iff the tiers hold, besides these policies, all others that can decide on
    connections with an end that they select. The policies of `cluster` are not looked at. In an
    open world pods may have addresses or none. An end may be one of the `others` as well, besides
    the host endpoints of the cluster.
    """
    vocabulary = vocabulary_of(every_tier(tiers), (), (one.name for one in cluster.namespaces))
    vocabulary = with_others(vocabulary, others)
    scene = replace(scene_of(world, cluster, vocabulary), new_pods=NewPods.PLACED_OR_NOT)
    terms = Terms()
    space = connection_space(terms, scene.vocabulary)
    bearing = _bearing(tiers, namespace)
    removable = [one for one in policies_in(tiers) if one.home == namespace and is_given(one.index)]
    parts = sorted({part for one in removable for part in parts_in(one)}, key=lambda one: one.order)
    keeps = {part: _keep_name(part) for part in parts}
    places = {part: place for place, part in enumerate(parts)}
    gone = terms.vector("gone", len(parts).bit_length())
    whole = Whole(terms, space, keeps=keeps)
    kept = Kept(terms, space, known=whole.known, said=whole.said, keeps=keeps)
    constraints = world_constraints(terms, space, scene)
    constraints += [*_goals(terms, list(_sides(whole, kept, tiers))), *_singly(terms, gone, places)]
    applies, hits = _seen(whole, bearing)
    script = Script(terms)
    text = script.assertions(constraints)
    text += script.definitions([*hits.values(), *applies.values()])
    asked = tuple(space.assumptions)
    return Removals(terms, script, text, keeps, places, gone, bearing, applies, hits, asked)


def _bearing(tiers: Tiers, namespace: str | None) -> Tiers:
    """What bears on the sides that a removal can change: all of it, if it can be any side."""
    if namespace is None:
        return tiers
    return {direction: restricted(listed, {namespace}) for direction, listed in tiers.items()}


def parts_in(policy: TierPolicy) -> Iterator[Part]:
    """The policy as a whole, and each of its rules."""
    yield Part(policy.index)
    if not policy.rules_type:
        yield from (part_of(policy, rule) for rule in policy.rules)


def part_of(policy: TierPolicy, rule: Rule) -> Part:
    """The rule as a part."""
    return Part(policy.index, (policy.direction.value, rule.index))


RuleKey = tuple[int, Direction, int]
"""A rule: its policy by index and direction, and its own index."""

PolicyKey = tuple[int, Direction]
"""A policy in one direction, by index."""


class Gone(Frozen):
    """What a removal takes away: rules, and policies that do not apply any more (A.10)."""

    rules: frozenset[RuleKey] = frozenset()
    lifted: frozenset[PolicyKey] = frozenset()


def gone_of(policies: Iterable[TierPolicy], parts: Collection[Part]) -> Gone:
    """What is gone of these policies with the parts; parts of others are not looked at."""
    rules: set[RuleKey] = set()
    lifted: set[PolicyKey] = set()
    whole = {one.policy for one in parts if one.rule is None}
    single = {(one.policy, *one.rule) for one in parts if one.rule is not None}
    for policy in policies:
        place, way = (policy.index, policy.direction), policy.direction.value
        left = [one.index for one in policy.rules if (policy.index, way, one.index) in single]
        rules.update((*place, index) for index in left)
        last = policy.rules_isolate and not policy.rules_type
        if policy.index in whole or (last and left and len(left) == len(policy.rules)):
            lifted.add(place)
    return Gone(frozenset(rules), frozenset(lifted))


def leans_of(tiers: Tiers) -> tuple[Lean, ...]:
    """The outcomes that a removal must not change: with open ties, those of every order (C.4)."""
    return tuple(Lean) if any(ties_of(every_tier(tiers))) else (Lean.ORDERED,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Whole(InTerms):
    """What policies say with everything in place; of what may be removed, each rule by itself.

    `keeps` holds the parts that may be removed, with the symbols that say that they are kept.
    """

    keeps: Mapping[Part, str]

    def hits(self, policy: TierPolicy, rules: Sequence[Rule]) -> Term:
        """True iff the policy applies and some of the rules match."""
        if Part(policy.index) not in self.keeps:
            return InTerms.hits(self, policy, rules)
        matched = self.terms.disjunction(self.rule(policy, rule) for rule in rules)
        return self.terms.conjunction((self.applies(policy), matched))

    def rule(self, policy: TierPolicy, rule: Rule) -> Term:
        """True iff the rule matches."""
        name = f"{policy.direction.value.lower()}.{policy.index}.rule.{rule.index}"
        return self.terms.define(name, self.matches(rule.match))


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept(Whole):
    """What policies say of which only some parts are kept."""

    def applies(self, policy: TierPolicy) -> Term:
        """True iff the policy is kept, isolates what it did and selects the end (A.10)."""
        whole = InTerms.applies(self, policy)
        if Part(policy.index) not in self.keeps:
            return whole
        stays = [self._kept(Part(policy.index))]
        if policy.rules_isolate:
            stays.append(self.terms.disjunction(map(self._kept, list(parts_in(policy))[1:])))
        return self.terms.conjunction((*stays, whole))

    def rule(self, policy: TierPolicy, rule: Rule) -> Term:
        """True iff the rule is kept and matches; what is no part stays with its policy (D.12)."""
        part = part_of(policy, rule)
        kept = self._kept(part) if part in self.keeps else self.terms.true
        return self.terms.conjunction((kept, Whole.rule(self, policy, rule)))

    def _kept(self, part: Part) -> Term:
        return self.terms.symbol(self.keeps[part])


class _Side(Frozen):
    """One side's decision with everything in place, and with what is kept."""

    before: Term
    after: Term


def _sides(whole: Whole, kept: Kept, tiers: Tiers) -> Iterator[tuple[_Side, _Side]]:
    """Both sides, for each outcome that matters."""
    for lean in leans_of(tiers):
        sides = [_side(whole, kept, tiers, direction, lean) for direction in Direction]
        yield sides[0], sides[1]


def _side(whole: Whole, kept: Kept, tiers: Tiers, direction: Direction, lean: Lean) -> _Side:
    before, after = (
        algebra.named(
            f"{direction.value.lower()}.{name}.{lean.value}",
            decided(algebra, tiers[direction], lean),
        )
        for name, algebra in (("before", whole), ("after", kept))
    )
    return _Side(before, after)


def _goals(terms: Terms, outcomes: Sequence[tuple[_Side, _Side]]) -> Iterator[Term]:
    """What each question asks; a change in any outcome counts."""
    changed = terms.disjunction(
        terms.negation(
            terms.equivalence(
                terms.conjunction(side.before for side in sides),
                terms.conjunction(side.after for side in sides),
            )
        )
        for sides in outcomes
    )
    every = [side for sides in outcomes for side in sides]
    alike = terms.conjunction(terms.equivalence(side.before, side.after) for side in every)
    grown = terms.disjunction(
        terms.conjunction((side.after, terms.negation(side.before))) for side in every
    )
    for ask, goal in (
        (Ask.CHANGED, changed),
        (Ask.SIDES, terms.negation(alike)),
        (Ask.LOOSE, terms.disjunction((changed, grown))),
    ):
        yield terms.implication(terms.symbol(ask.value), goal)


def _singly(terms: Terms, gone: Bits, places: Mapping[Part, int]) -> Iterator[Term]:
    """Everything is kept but the part at the place `gone`; past the last place that is nothing."""
    singly = terms.symbol(SINGLY)
    for part, place in places.items():
        kept, is_gone = terms.symbol(_keep_name(part)), terms.equals(gone, place)
        yield terms.implication(singly, terms.equivalence(kept, terms.negation(is_gone)))


def _seen(
    whole: Whole, tiers: Tiers
) -> tuple[dict[tuple[int, Direction], Term], dict[tuple[Part, Direction], Term]]:
    """Where each policy selects, and where the rules of each part match as well."""
    applies: dict[tuple[int, Direction], Term] = {}
    hits: dict[tuple[Part, Direction], Term] = {}
    for policy in policies_in(tiers):
        direction = policy.direction
        applies[policy.index, direction] = whole.applies(policy)
        groups = [(Part(policy.index), policy.rules)]
        groups += [(part_of(policy, rule), (rule,)) for rule in policy.rules]
        for part, rules in groups:
            name = f"{direction.value.lower()}.{_keep_name(part)}.admits"
            hits[part, direction] = whole.named(name, whole.hits(policy, rules))
    return applies, hits


def _keep_name(part: Part) -> str:
    if part.rule is None:
        return f"keep.{part.policy}"
    direction, index = part.rule
    return f"keep.{part.policy}.{direction.lower()}.{index}"


def uncovered_pod(selector: LabelSelector, others: Sequence[LabelSelector]) -> str:
    """Unsatisfiable iff every pod that the selector selects is selected by one of the others."""
    groups = [PodsWhere(None, None, one) for one in (selector, *others)]
    vocabulary = vocabulary_of((), groups, ())
    terms = Terms()
    space = label_space(terms, "pod", vocabulary.pod_labels)
    covered = terms.disjunction(selected(terms, space, one) for one in others)
    script = Script(terms)
    return script.assertions(
        [in_range(terms, space), selected(terms, space, selector), terms.negation(covered)]
    )
