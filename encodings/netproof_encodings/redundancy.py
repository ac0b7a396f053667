"""Which policies and rules can be removed without effect, as obligations.

Every policy and rule of one namespace gets a symbol that says whether it is kept. One script
then answers for every removal, by what is assumed of those symbols.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

from netproof_encodings.labels import in_range, label_space, selected
from netproof_encodings.lowering import every_tier, lower
from netproof_encodings.matching import matches
from netproof_encodings.smtlib import Script
from netproof_encodings.spaces import ConnectionSpace, connection_space
from netproof_encodings.terms import Bits, Term, Terms
from netproof_encodings.tiers import Tier, TierPolicy
from netproof_encodings.vocabulary import vocabulary_of
from netproof_encodings.worlds import scene_of, world_constraints
from netproof_specs.claims import PodsWhere
from netproof_specs.model.cluster import Cluster
from netproof_specs.model.labels import LabelSelector
from netproof_specs.model.traffic import Direction
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
    its own, decide differently? LOOSE: is some connection decided differently, or does some side
    allow what it denied before?
    """

    CHANGED = "ask.changed"
    SIDES = "ask.sides"
    LOOSE = "ask.loose"


SINGLY = "ask.singly"
"""The symbol under which exactly the part at the place `gone` is removed."""

Effect: TypeAlias = tuple[Term, Term]
"""Where something isolates, and what it admits there."""


@dataclass(frozen=True, slots=True)
class Removals:
    """The removals from one namespace, ready for `removal_questions`.

    `text` declares a connection of the world. `keeps` holds, for each part that may be removed,
    the symbol that says that it is kept, and `places` the part's place in that table. Under
    SINGLY, `gone` is the place of the one part that is removed. `admits` holds what each part
    admits at its subject's end; `applies` where a policy, by its index, isolates, and `rules`
    which rules it has. `fragile` leads from a policy to its one egress rule, if it isolates
    egress by that rule alone (A.10).
    """

    terms: Terms
    script: Script
    text: str
    keeps: dict[Part, str]
    places: dict[Part, int]
    gone: Bits
    admits: dict[tuple[Part, Direction], Term]
    applies: dict[tuple[int, Direction], Term]
    rules: dict[tuple[int, Direction], list[Part]]
    fragile: dict[Part, Part]

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
    vocabulary = vocabulary_of(every_tier(tiers), (), (one.name for one in cluster.namespaces))
    terms = Terms()
    space = connection_space(terms, vocabulary)
    builder = _Builder(terms, space, namespace)
    sides = [builder.side(tier) for tier in every_tier(tiers)]
    parts = sorted(builder.parts, key=lambda part: part.order)
    places = {part: place for place, part in enumerate(parts)}
    gone = terms.vector("gone", len(parts).bit_length())
    constraints = world_constraints(terms, space, scene_of(world, cluster, vocabulary))
    constraints += [*_goals(terms, sides), *_singly(terms, gone, places)]
    script = Script(terms)
    text = script.assertions(constraints) + script.definitions(
        [*builder.admits.values(), *builder.applies.values()]
    )
    return Removals(
        terms=terms,
        script=script,
        text=text,
        keeps={part: _keep_name(part) for part in parts},
        places=places,
        gone=gone,
        admits=builder.admits,
        applies=builder.applies,
        rules=builder.rules,
        fragile=builder.fragile,
    )


@dataclass(frozen=True, slots=True)
class _Side:
    """One side's decision with everything in place, and with what is kept."""

    before: Term
    after: Term


def _goals(terms: Terms, sides: Sequence[_Side]) -> Iterator[Term]:
    before = terms.conjunction(side.before for side in sides)
    after = terms.conjunction(side.after for side in sides)
    changed = terms.negation(terms.equivalence(before, after))
    alike = terms.conjunction(terms.equivalence(side.before, side.after) for side in sides)
    grown = terms.disjunction(
        terms.conjunction((side.after, terms.negation(side.before))) for side in sides
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


class _Builder:
    """Builds both decisions of each side. A class because parts are collected on the way."""

    def __init__(self, terms: Terms, space: ConnectionSpace, namespace: str) -> None:
        self.terms = terms
        self.space = space
        self.namespace = namespace
        self.parts: set[Part] = set()
        self.admits: dict[tuple[Part, Direction], Term] = {}
        self.applies: dict[tuple[int, Direction], Term] = {}
        self.rules: dict[tuple[int, Direction], list[Part]] = {}
        self.fragile: dict[Part, Part] = {}

    def side(self, tier: Tier) -> _Side:
        """The decision of the tier of allow rules before and after (A.3, A.5)."""
        name = tier.direction.value.lower()
        here = [one for one in tier.policies if one.home == self.namespace]
        others = [one for one in tier.policies if one.home != self.namespace]
        elsewhere = self._elsewhere(f"{name}.elsewhere", others)
        policies = [self._policy(one) for one in here]
        before = self._decision([elsewhere, *(one for one, _ in policies)])
        after = self._decision([elsewhere, *(one for _, one in policies)])
        return _Side(
            self.terms.define(f"{name}.before", before), self.terms.define(f"{name}.after", after)
        )

    def _decision(self, policies: Sequence[Effect]) -> Term:
        isolated = self.terms.disjunction(isolates for isolates, _ in policies)
        admitted = (admits for _, admits in policies)
        return self.terms.disjunction((self.terms.negation(isolated), *admitted))

    def _elsewhere(self, name: str, policies: Iterable[TierPolicy]) -> Effect:
        """Isolation and admission by policies of which everything is kept."""
        terms = self.terms
        effects = [
            (applies, terms.conjunction((applies, terms.disjunction(rules))))
            for applies, rules in map(self._matches, policies)
        ]
        isolates = terms.disjunction(applies for applies, _ in effects)
        admits = terms.disjunction(admits for _, admits in effects)
        return (
            terms.define(f"{name}.isolates", isolates),
            terms.define(f"{name}.admits", admits),
        )

    def _matches(self, policy: TierPolicy) -> tuple[Term, list[Term]]:
        """Whether the policy selects the subject's end, and each rule matches the other end."""
        prefix = f"{policy.direction.value.lower()}.{policy.index}"
        applies = matches(self.terms, self.space, policy.subject)
        rules = (matches(self.terms, self.space, one.match) for one in policy.rules)
        return self.terms.define(f"{prefix}.applies", applies), [
            self.terms.define(f"{prefix}.rule.{index}", term) for index, term in enumerate(rules)
        ]

    def _policy(self, policy: TierPolicy) -> tuple[Effect, Effect]:
        """Isolation and admission by the policy, and by what is kept of it.

        Without policyTypes, a policy whose egress rules are all removed isolates no egress
        (A.10).
        """
        terms, direction = self.terms, policy.direction
        applies, rules = self._matches(policy)
        whole = Part(policy.index)
        admits = self._add(whole, direction, applies, terms.disjunction(rules))
        self.applies[policy.index, direction] = applies
        parts = [Part(policy.index, (direction.value, index)) for index in range(len(rules))]
        self.rules[policy.index, direction] = parts
        left: list[Term] = []
        admitted: list[Term] = []
        for part, rule in zip(parts, rules, strict=True):
            self._add(part, direction, applies, rule)
            here = terms.symbol(_keep_name(part))
            left.append(here)
            admitted.append(terms.conjunction((here, rule)))
        types = terms.true
        if policy.rules_isolate:
            types = terms.disjunction(left)
            self.fragile.update({whole: parts[0]} if len(parts) == 1 else {})
        isolates = terms.conjunction((applies, terms.symbol(_keep_name(whole)), types))
        after = isolates, terms.conjunction((isolates, terms.disjunction(admitted)))
        return (applies, admits), after

    def _add(self, part: Part, direction: Direction, applies: Term, matches: Term) -> Term:
        self.parts.add(part)
        name = f"{direction.value.lower()}.{_keep_name(part)}.admits"
        admits = self.terms.define(name, self.terms.conjunction((applies, matches)))
        self.admits[part, direction] = admits
        return admits


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
