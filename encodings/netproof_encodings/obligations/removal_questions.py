"""What to ask of removals, and what a model tells of more removals than the one that it answers.

The questions go to one solver session that has read `Removals.text`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import TypeAlias

from netproof_encodings.decision.folding import Lean, Run, Truth, decided, parts_of
from netproof_encodings.decision.tiers import Rule, Tier, TierPolicy
from netproof_encodings.logic.terms import Model, Op, Term
from netproof_encodings.lowering import Tiers, every_tier
from netproof_encodings.obligations.claims import literal
from netproof_encodings.obligations.redundancy import SINGLY, Ask, Part, Removals, leans_of, part_of
from netproof_specs.assumptions import Assumptions
from netproof_specs.frozen import Frozen, replace
from netproof_specs.model.traffic import Action, Direction

Lookup: TypeAlias = Callable[[Sequence[str]], Model]
"""The values that symbols have in the model at hand."""


def removal(on: Removals, ask: Ask, gone: Collection[Part]) -> list[str]:
    """What to assume, beside the assumptions' values, to ask of the removal of the parts `gone`.

    Unsatisfiable with these literals iff no connection is an answer.
    """
    keeps = list(on.keeps.values())
    for part in gone:
        keeps[on.places[part]] = f"(not {on.keeps[part]})"
    return [ask.value, *keeps]


def singly(ask: Ask) -> list[str]:
    """What to assume to ask of every part at once, each removed alone, that is not `ruled_out`.

    Unsatisfiable with these literals iff none of the removals has an answer.
    """
    return [ask.value, SINGLY]


def ruled_out(on: Removals, parts: Iterable[Part]) -> str:
    """Asserts that questions which ask `singly` are not about these parts."""
    terms = on.terms
    places = (on.places[part] for part in parts)
    return _require(on, *(terms.negation(terms.equals(on.gone, place)) for place in places))


def assumed(on: Removals, assumptions: Assumptions) -> list[str]:
    """The literals that give the assumptions their values."""
    return [literal(one, assumptions) for one in on.asked]


def shown(on: Removals, ask: Ask, values: Lookup) -> set[Part]:
    """The parts of which a model shows that to remove them, each alone, has the effect asked for.

    The model is one of a question that asks `singly`, so that there is such a part; `values`
    looks symbols up in it. Not for LOOSE. A side at which no part applies needs no look: it is
    decided without the parts, and if it denied, no removal would change anything.
    """
    assert ask is not Ask.LOOSE
    gone = on.parts[values([on.gone.name])[on.gone.name]]
    sides = [side for side in (_Seen.of(on, values, way) for way in Direction) if side.parts]
    leans = leans_of(on.tiers)
    before = [[side.allows(None, lean) for side in sides] for lean in leans]
    found = {gone}
    for part in {part for side in sides for part in side.parts}:
        after = [[side.allows(part, lean) for side in sides] for lean in leans]
        if ask is Ask.SIDES:
            changed = before != after
        else:
            changed = [all(one) for one in before] != [all(one) for one in after]
        if changed:
            found.add(part)
    return found


class _Seen(Truth, Frozen):
    """One side's decision on one connection: an algebra of truth values for the fold.

    `tiers` hold the policies that select the side's end, with only the rules that match it.
    `lone` holds the policies, by index, that stop isolating with their one rule, in force or not.
    `parts` are those that a removal may change the decision of.
    """

    tiers: tuple[Tier, ...]
    lone: Mapping[int, Part]
    parts: frozenset[Part]
    gone: Part | None = None

    @staticmethod
    def of(on: Removals, values: Lookup, direction: Direction) -> _Seen:
        """Looks it up in a model: first which policies select, then what of theirs matches."""
        listed = on.tiers[direction]
        selecting = _chosen(on, values, listed)
        lone = {
            one.index: part_of(one, one.rules[0])
            for tier in selecting
            for one in tier.policies
            if one.rules_isolate and len(one.rules) == 1
        }
        matching = _matching(on, values, selecting)
        policies = [one for tier in matching for one in tier.policies]
        parts = {Part(one.index) for one in policies}
        parts.update(part_of(one, rule) for one in policies for rule in one.rules)
        parts.update(lone.values())
        return _Seen(matching, lone, frozenset(parts & on.keeps.keys()))

    def allows(self, gone: Part | None, lean: Lean) -> bool:
        """Whether the side allows the connection without that part."""
        return decided(replace(self, gone=gone), self.tiers, lean)

    def applies(self, policy: TierPolicy) -> bool:
        """Whether the policy selects the end without the part that is gone (A.10)."""
        return self.gone is None or self.gone not in (
            Part(policy.index),
            self.lone.get(policy.index),
        )

    def hits(self, policy: TierPolicy, rules: Sequence[Rule]) -> bool:
        """Whether some of the rules matches without the part that is gone."""
        return self.applies(policy) and any(part_of(policy, rule) != self.gone for rule in rules)


def _chosen(on: Removals, values: Lookup, tiers: Sequence[Tier]) -> tuple[Tier, ...]:
    """The tiers with only the policies that select the end."""
    terms = (on.applies[one.index, one.direction] for tier in tiers for one in tier.policies)
    found = values(_names(terms))

    def selects(one: TierPolicy) -> bool:
        return _true(on.applies[one.index, one.direction], found)

    return tuple(replace(tier, policies=tuple(filter(selects, tier.policies))) for tier in tiers)


def _matching(on: Removals, values: Lookup, tiers: Sequence[Tier]) -> tuple[Tier, ...]:
    """The tiers, of policies that select the end, with only the rules that match."""
    terms = {
        part_of(one, rule): on.hits[part_of(one, rule), one.direction]
        for tier in tiers
        for one in tier.policies
        for rule in one.rules
    }
    found = values(_names(terms.values()))

    def matching(one: TierPolicy) -> TierPolicy:
        rules = tuple(rule for rule in one.rules if _true(terms[part_of(one, rule)], found))
        return one if len(rules) == len(one.rules) else replace(one, rules=rules)

    return tuple(replace(tier, policies=tuple(map(matching, tier.policies))) for tier in tiers)


class Coverers(Frozen):
    """Which parts may by themselves do all that another part of their kind does.

    For a policy those are policies of tiers that only allow, where each stands for itself. For a
    rule those are the rules of the run in which it is, and all rules before it in the tier: it is
    not reached where one of them matches. `policies` are by tier, `runs` by tier and in order, and
    `places` holds the tier and the run of a rule; one that ties with others has none.
    """

    policies: tuple[frozenset[Part], ...]
    runs: tuple[tuple[tuple[Part, ...], ...], ...]
    places: Mapping[Part, tuple[int, int]]

    @property
    def parts(self) -> Iterable[Part]:
        """Those that may cover another one."""
        return (*sorted(frozenset().union(*self.policies), key=lambda one: one.order), *self.places)

    def of(self, part: Part) -> set[Part]:
        """The other parts of its kind that may do all that this one does."""
        found: set[Part] = set()
        if part.rule is None:
            found.update(*(those for those in self.policies if part in those))
        elif part in self.places:
            tier, run = self.places[part]
            found.update(*self.runs[tier][: run + 1])
        return found - {part}


def coverers(tiers: Tiers) -> Coverers:
    """What to look at for one part after the other."""
    policies: list[frozenset[Part]] = []
    runs: list[tuple[tuple[Part, ...], ...]] = []
    for tier in every_tier(tiers):
        parts = [*parts_of(tier, Lean.ALLOWING)]
        if all(isinstance(one, Run) and one.action is Action.ALLOW for one in parts):
            policies.append(frozenset(Part(one.index) for one in tier.policies))
        runs.append(tuple(_rules_of(one) for one in parts if isinstance(one, Run)))
    places = {
        part: (tier, run)
        for tier, those in enumerate(runs)
        for run, rules in enumerate(those)
        for part in rules
    }
    return Coverers(tuple(policies), tuple(runs), places)


def _rules_of(run: Run) -> tuple[Part, ...]:
    return tuple(part_of(policy, rule) for policy, those in run.rules for rule in those)


def rule_exceeds(on: Removals, rule: Part, other: Part) -> str:
    """Unsatisfiable iff the other rule admits whatever the rule admits."""
    assert rule.rule is not None
    direction = Direction(rule.rule[0])
    return _require(on, _exceeds(on, rule, other, direction))


def rule_admits(on: Removals, rule: Part) -> str:
    """Unsatisfiable iff the rule admits nothing at all."""
    assert rule.rule is not None
    return _require(on, on.hits[rule, Direction(rule.rule[0])])


def policy_selects(on: Removals, policy: Part) -> str:
    """Unsatisfiable iff the policy selects nothing in either direction."""
    applies = (on.applies.get((policy.policy, way), on.terms.false) for way in Direction)
    return _require(on, on.terms.disjunction(applies))


def policy_exceeds(on: Removals, policy: Part, other: Part) -> str:
    """Unsatisfiable iff the other policy isolates and admits all that the policy does."""
    terms = on.terms
    found: list[Term] = []
    for direction in Direction:
        applies = on.applies.get((policy.policy, direction))
        if applies is None:
            continue
        others = on.applies.get((other.policy, direction), terms.false)
        found.append(terms.conjunction((applies, terms.negation(others))))
        if others is not terms.false:
            found.append(_exceeds(on, policy, other, direction))
    return _require(on, terms.disjunction(found))


def _exceeds(on: Removals, part: Part, other: Part, direction: Direction) -> Term:
    terms = on.terms
    return terms.conjunction((on.hits[part, direction], terms.negation(on.hits[other, direction])))


def witness_names(on: Removals, parts: Iterable[Part]) -> list[str]:
    """The symbols whose values `may_cover` reads."""
    terms = (
        term for part in parts for direction in Direction for term in _does(on, part, direction)
    )
    return _names(terms)


def may_cover(on: Removals, values: Model, part: Part, other: Part) -> bool:
    """False only if the connection with these values shows that `other` does less than `part`."""
    return all(
        not _true(one, values) or _true(another, values)
        for direction in Direction
        for one, another in zip(
            _does(on, part, direction), _does(on, other, direction), strict=True
        )
    )


def _does(on: Removals, part: Part, direction: Direction) -> tuple[Term, Term]:
    """What the part admits, and where it isolates if it is a policy."""
    false = on.terms.false
    isolates = on.applies.get((part.policy, direction), false) if part.rule is None else false
    return on.hits.get((part, direction), false), isolates


def _names(terms: Iterable[Term]) -> list[str]:
    return list(dict.fromkeys(term.name for term in terms if term.op is Op.SYMBOL))


def _true(term: Term, values: Model) -> bool:
    return bool(values[term.name]) if term.op is Op.SYMBOL else term.op is Op.TRUE


def _require(on: Removals, *asserted: Term) -> str:
    return on.script.fork().assertions(asserted)
