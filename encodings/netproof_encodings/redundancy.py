"""Which policies and rules can be removed without effect, as obligations.

Every policy and rule of one namespace gets a symbol that says whether it is kept. One script
then answers for every removal, by what is assumed of those symbols.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

from netproof_encodings.connections import (
    ConnectionSpace,
    EndpointSpace,
    connection_space,
    pods_match,
    rule_matches,
)
from netproof_encodings.labels import in_range, label_space, selected
from netproof_encodings.lowering import lower
from netproof_encodings.obligations import literal
from netproof_encodings.smtlib import Script
from netproof_encodings.terms import Model, Op, Term, Terms
from netproof_encodings.tiers import PodMatch, Tier, TierPolicy
from netproof_encodings.vocabulary import vocabulary_of
from netproof_encodings.worlds import scene_of, world_constraints
from netproof_specs.assumptions import Assumption, Assumptions
from netproof_specs.claims import PodsWhere
from netproof_specs.model.cluster import Cluster
from netproof_specs.model.labels import LabelSelector
from netproof_specs.model.network_policy import Direction
from netproof_specs.worlds import World


@dataclass(frozen=True, slots=True)
class Part:
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
    its own, decide differently? GROWN: does some side allow what it denied before?
    """

    CHANGED = "ask.changed"
    SIDES = "ask.sides"
    GROWN = "ask.grown"


@dataclass(frozen=True, slots=True)
class Removals:
    """The removals from one namespace, ready for questions (see `removal`).

    `text` declares a connection of the world. `keeps` holds, for each part that may be removed,
    the symbol that says that it is kept, and `places` the part's place in that table; `admits`
    holds what each admits at its subject's end, `applies` where a policy isolates.
    """

    terms: Terms
    script: Script
    text: str
    keeps: dict[Part, str]
    places: dict[Part, int]
    admits: dict[tuple[Part, Direction], Term]
    applies: dict[tuple[int, Direction], Term]

    @property
    def parts(self) -> tuple[Part, ...]:
        """What may be removed, in order."""
        return tuple(self.keeps)


def removals(cluster: Cluster, namespace: str, world: World) -> Removals:
    """The removals of policies and rules that live in the namespace.

    Exact for a world iff the cluster holds, besides the policies of the namespace, those of all
    other namespaces that can decide on connections with its pods.
    """
    tiers = lower(cluster.policies)
    vocabulary = vocabulary_of(tiers, (), (one.name for one in cluster.namespaces))
    terms = Terms()
    space = connection_space(terms, vocabulary)
    builder = _Builder(terms, space, namespace)
    sides = [builder.side(tier) for tier in tiers]
    scene = scene_of(world, cluster, vocabulary)
    constraints = world_constraints(terms, space, scene)
    constraints += _goals(terms, sides)
    script = Script(terms)
    text = script.assertions(constraints) + script.definitions(
        [*builder.admits.values(), *builder.applies.values()]
    )
    parts = sorted(builder.parts, key=lambda part: part.order)
    keeps = {part: _keep_name(part) for part in parts}
    places = {part: place for place, part in enumerate(parts)}
    return Removals(terms, script, text, keeps, places, builder.admits, builder.applies)


@dataclass(frozen=True, slots=True)
class _Side:
    """One side's decision with everything in place, and with what is kept."""

    before: Term
    after: Term


def _goals(terms: Terms, sides: Sequence[_Side]) -> Iterator[Term]:
    before = terms.conjunction(side.before for side in sides)
    after = terms.conjunction(side.after for side in sides)
    same = terms.equivalence(before, after)
    alike = terms.conjunction(terms.equivalence(side.before, side.after) for side in sides)
    grown = terms.disjunction(
        terms.conjunction((side.after, terms.negation(side.before))) for side in sides
    )
    for ask, goal in (
        (Ask.CHANGED, terms.negation(same)),
        (Ask.SIDES, terms.negation(alike)),
        (Ask.GROWN, grown),
    ):
        yield terms.implication(terms.symbol(ask.value), goal)


class _Builder:
    """Builds both decisions of each side. A class because parts are collected on the way."""

    def __init__(self, terms: Terms, space: ConnectionSpace, namespace: str) -> None:
        self.terms = terms
        self.space = space
        self.namespace = namespace
        self.parts: set[Part] = set()
        self.admits: dict[tuple[Part, Direction], Term] = {}
        self.applies: dict[tuple[int, Direction], Term] = {}

    def side(self, tier: Tier) -> _Side:
        """The decision of the tier of allow rules before and after (A.3, A.5)."""
        policies = [self._policy(one) for one in tier.policies]
        before = self._decision([(isolates, admits) for isolates, admits, _, _ in policies])
        after = self._decision([(isolates, admits) for _, _, isolates, admits in policies])
        name = tier.direction.value.lower()
        return _Side(
            self.terms.define(f"{name}.before", before), self.terms.define(f"{name}.after", after)
        )

    def _decision(self, policies: Sequence[tuple[Term, Term]]) -> Term:
        isolated = self.terms.disjunction(isolates for isolates, _ in policies)
        admitted = (admits for _, admits in policies)
        return self.terms.disjunction((self.terms.negation(isolated), *admitted))

    def _policy(self, policy: TierPolicy) -> tuple[Term, Term, Term, Term]:
        """Isolation and admission by the policy, before and after."""
        terms, direction = self.terms, policy.direction
        subject, other = self._ends(direction)
        prefix = f"{direction.value.lower()}.{policy.index}"
        applies = terms.define(f"{prefix}.applies", _is_subject(terms, subject, policy.subject))
        matches = (rule_matches(terms, self.space, other, one.match) for one in policy.rules)
        rules = [
            terms.define(f"{prefix}.rule.{index}", term) for index, term in enumerate(matches)
        ]
        admits = terms.conjunction((applies, terms.disjunction(rules)))
        if policy.origin.namespace != self.namespace:
            return applies, admits, applies, admits
        return applies, admits, *self._kept(policy, applies, rules)

    def _kept(
        self, policy: TierPolicy, applies: Term, rules: Sequence[Term]
    ) -> tuple[Term, Term]:
        """Isolation and admission by what is kept of the policy.

        Without policyTypes, a policy whose egress rules are all removed isolates no egress
        (A.10).
        """
        terms, direction = self.terms, policy.direction
        whole = Part(policy.index)
        self._add(whole, direction, terms.conjunction((applies, terms.disjunction(rules))))
        self.applies[policy.index, direction] = applies
        left: list[Term] = []
        admitted: list[Term] = []
        for index, rule in enumerate(rules):
            part = Part(policy.index, (direction.value, index))
            self._add(part, direction, terms.conjunction((applies, rule)))
            here = terms.symbol(_keep_name(part))
            left.append(here)
            admitted.append(terms.conjunction((here, rule)))
        implied = direction is Direction.EGRESS and not policy.origin.policy_types
        types = terms.disjunction(left) if implied else terms.true
        isolates = terms.conjunction((applies, terms.symbol(_keep_name(whole)), types))
        return isolates, terms.conjunction((isolates, terms.disjunction(admitted)))

    def _add(self, part: Part, direction: Direction, admits: Term) -> None:
        self.parts.add(part)
        name = f"{direction.value.lower()}.{_keep_name(part)}.admits"
        self.admits[part, direction] = self.terms.define(name, admits)

    def _ends(self, direction: Direction) -> tuple[EndpointSpace, EndpointSpace]:
        source, destination = self.space.ends
        return (source, destination) if direction is Direction.EGRESS else (destination, source)


def _is_subject(terms: Terms, end: EndpointSpace, subject: PodMatch) -> Term:
    """True iff the end is a pod that the subject includes (A.1, A.45)."""
    return terms.conjunction((end.selectable, pods_match(terms, end, subject)))


def _keep_name(part: Part) -> str:
    if part.rule is None:
        return f"keep.{part.policy}"
    direction, index = part.rule
    return f"keep.{part.policy}.{direction.lower()}.{index}"


def removal(on: Removals, asks: Sequence[Ask], gone: Collection[Part]) -> list[str]:
    """What to assume, beside the assumptions' values, to ask of the removal of the parts `gone`.

    Unsatisfiable with these literals iff no connection is an answer to all of `asks`.
    """
    keeps = list(on.keeps.values())
    for part in gone:
        keeps[on.places[part]] = f"(not {on.keeps[part]})"
    return [*(ask.value for ask in asks), *keeps]


def assumed(assumptions: Assumptions) -> list[str]:
    """The literals that give the assumptions their values."""
    return [literal(one, assumptions) for one in Assumption]


def rule_exceeds(on: Removals, rule: Part, other: Part) -> str:
    """Unsatisfiable iff the other rule admits whatever the rule admits."""
    assert rule.rule is not None
    direction = Direction(rule.rule[0])
    return _require(on, _exceeds(on, rule, other, direction))


def rule_admits(on: Removals, rule: Part) -> str:
    """Unsatisfiable iff the rule admits nothing at all."""
    assert rule.rule is not None
    return _require(on, on.admits[rule, Direction(rule.rule[0])])


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
    return terms.conjunction(
        (on.admits[part, direction], terms.negation(on.admits[other, direction]))
    )


def witness_names(on: Removals, parts: Iterable[Part]) -> list[str]:
    """The symbols whose values `may_cover` reads."""
    terms = (
        term
        for part in parts
        for direction in Direction
        for term in _does(on, part, direction)
        if term.op is Op.SYMBOL
    )
    return list(dict.fromkeys(term.name for term in terms))


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
    return on.admits.get((part, direction), false), isolates


def _true(term: Term, values: Model) -> bool:
    return bool(values[term.name]) if term.op is Op.SYMBOL else term.op is Op.TRUE


def _require(on: Removals, term: Term) -> str:
    return on.script.fork().assertions([term])


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
