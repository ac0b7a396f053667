"""What the order of tiers, policies and rules decides, as obligations.

One script a direction declares a connection of any cluster; each question adds a few lines to it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice

from netproof_encodings.decision.folding import decided, decided_before
from netproof_encodings.decision.tiers import Passage, Rule, Tier, TierPolicy, Unmatched
from netproof_encodings.logic.smtlib import Script
from netproof_encodings.logic.terms import Term, Terms
from netproof_encodings.meaning.connections import InTerms
from netproof_encodings.meaning.passing import asked_at
from netproof_encodings.meaning.scenes import NewPods, scene_of
from netproof_encodings.meaning.spaces import ConnectionSpace, connection_space
from netproof_encodings.meaning.worlds import world_constraints
from netproof_encodings.obligations.claims import literal
from netproof_encodings.vocabulary.hosts import OtherHosts
from netproof_encodings.vocabulary.mentioned import vocabulary_of, with_others, with_passages
from netproof_specs.assumptions import Assumption, Assumptions
from netproof_specs.frozen import Frozen, replace
from netproof_specs.model.cluster import Cluster
from netproof_specs.model.traffic import Action, Direction
from netproof_specs.worlds import World

PlacedRule = tuple[TierPolicy, Rule]
"""A rule with its policy."""

Listed = tuple[PlacedRule, ...]
Before = tuple[Listed, Mapping[tuple[int, int], int]]
"""The rules of a tier in order, and by identity of policy and rule how many of them come before the
run that it is in: in a run, order says nothing."""


class Order(Frozen):
    """The tiers of one direction, and for each of them what comes before what."""

    tiers: tuple[Tier, ...]
    before: tuple[Before, ...]


def order_of(tiers: tuple[Tier, ...]) -> Order:
    """The order in the tiers of a direction."""
    return Order(tiers, tuple(map(_placed, tiers)))


class Ordered(Frozen):
    """The tiers of one direction, ready for questions; `text` declares a connection.

    `passed` says for each tier that those before it, if none of them ties, leave the connection
    to what comes after them. It is long, and part of `text`, as most questions ask for it.
    """

    direction: Direction
    order: Order
    terms: Terms
    space: ConnectionSpace
    algebra: InTerms
    script: Script
    text: str
    passed: tuple[Term, ...]


def _placed(tier: Tier) -> Before:
    listed = tuple((one, each) for one in tier.policies for each in one.rules)
    starts: dict[tuple[int, int], int] = {}
    start = 0
    for at, (one, each) in enumerate(listed):
        if each.action is not listed[start][1].action:
            start = at
        starts[id(one), id(each)] = start
    return listed, starts


def ordered(
    direction: Direction,
    order: Order,
    others: OtherHosts | None = None,
    passage: Passage | None = None,
) -> Ordered:
    """The questions on the tiers of a direction, over any cluster with such host endpoints, of
    whose pods each has an address or none.

    With a passage they are on its tiers, over what may pass its hosts in the direction (D.37).
    """
    tiers = order.tiers
    terms = Terms()
    mentioned = with_others(vocabulary_of(tiers, (), ()), others)
    if passage is not None:
        mentioned = with_passages(mentioned, (passage,))
    scene = scene_of(World.ANY_CLUSTER, Cluster(), mentioned)
    scene = replace(scene, new_pods=NewPods.PASSING)
    space = connection_space(terms, scene.vocabulary)
    script = Script(terms)
    algebra = InTerms(terms, space)
    constraints = world_constraints(terms, space, scene)
    if passage is not None:
        ends = (asked_at(algebra, end, 0, direction) for end in Direction)
        constraints.append(terms.disjunction(ends))
    text = script.assertions(constraints)
    passed = [
        terms.bind(f"passed.{at}", _passed(terms, algebra, tiers[:at])) for at in range(len(tiers))
    ]
    text += script.definitions(dict.fromkeys(passed))
    return Ordered(direction, order, terms, space, algebra, script, text, tuple(passed))


def taken(on: Ordered, assumptions: Assumptions, unsettled: Assumptions) -> list[str]:
    """The literals that give the assumptions their values, but for those that have either."""
    return [literal(one, assumptions) for one in on.space.assumptions if one not in unsettled]


EITHER_WAY: Assumptions = frozenset(
    {Assumption.UNKNOWN_POD_ADDRESSES, Assumption.IPBLOCK_MATCHES_PODS}
)
"""What must not matter where something is said to happen never."""


def reached(on: Ordered, at: int, policy: TierPolicy, rule: Rule) -> str:
    """Unsatisfiable iff no connection that the rule matches comes to it, past what is before it.

    Nothing before it may tie, since then the order of evaluation is not settled.
    """
    before = [_hits(on, one, (each,)) for one, each in _before(on.order, at, policy, rule)]
    negation = on.terms.negation(on.terms.disjunction(before))
    return _require(on, _hits(on, policy, (rule,)), negation, on.passed[at])


def exceeds(on: Ordered, rule: PlacedRule, other: PlacedRule) -> str:
    """Unsatisfiable iff the other rule matches every connection that the rule matches."""
    own, others = _hits(on, rule[0], (rule[1],)), _hits(on, other[0], (other[1],))
    return _require(on, own, on.terms.negation(others))


def earlier(order: Order, at: int, policy: TierPolicy, rule: Rule) -> Iterator[PlacedRule]:
    """The rules that take connections before the rule: of its tier, and of those before it."""
    for tier in order.tiers[:at]:
        for one in tier.policies:
            yield from ((one, each) for each in one.rules if each.action is not Action.PASS)
    yield from _before(order, at, policy, rule)


def matches_something(on: Ordered, policy: TierPolicy, rule: Rule) -> str:
    """Unsatisfiable iff the rule matches no connection at all."""
    return _require(on, _hits(on, policy, (rule,)))


def _before(order: Order, at: int, policy: TierPolicy, rule: Rule) -> Iterator[PlacedRule]:
    """The rules of the tier before the run that the rule is in."""
    listed, starts = order.before[at]
    return islice(listed, starts[id(policy), id(rule)])


def _passed(terms: Terms, algebra: InTerms, tiers: Sequence[Tier]) -> Term:
    """True iff the tiers, of which none ties, leave the connection to what comes after them."""
    nothing = decided_before(algebra, tiers, terms.false)
    return terms.conjunction((decided(algebra, tiers), terms.negation(nothing)))


def differ(on: Ordered, group: Sequence[TierPolicy]) -> str:
    """Unsatisfiable iff no connection is matched by policies of the group to different effect."""
    allows, denies, passes = [], [], []
    for policy in group:
        alone = Tier("", on.direction, (replace(policy, rank=0),), Unmatched.PASS)
        hit = _hits(on, policy, policy.rules)
        goes = decided(on.algebra, (alone,))
        stays = decided_before(on.algebra, (alone,), on.terms.false)
        allows.append(on.terms.conjunction((hit, stays)))
        denies.append(on.terms.conjunction((hit, on.terms.negation(goes))))
        passes.append(on.terms.conjunction((hit, goes, on.terms.negation(allows[-1]))))
    some = [on.terms.disjunction(one) for one in (allows, denies, passes)]
    pairs = ((some[0], some[1]), (some[0], some[2]), (some[1], some[2]))
    return _require(on, on.terms.disjunction(map(on.terms.conjunction, pairs)))


def isolates(on: Ordered, at: int, policy: TierPolicy) -> str:
    """Unsatisfiable iff the policy denies nothing by being the only one of its tier that selects.

    What it denies so would be allowed without it; nothing may tie.
    """
    tier = on.order.tiers[at]
    others = (on.algebra.applies(one) for one in tier.policies if one is not policy)
    return _require(
        on,
        on.algebra.applies(policy),
        on.terms.negation(on.terms.disjunction(others)),
        on.terms.negation(_hits(on, policy, policy.rules)),
        on.passed[at],
        decided(on.algebra, on.order.tiers[at + 1 :]),
    )


def _hits(on: Ordered, policy: TierPolicy, rules: Iterable[Rule]) -> Term:
    return on.algebra.hits(policy, tuple(rules))


def _require(on: Ordered, *demanded: Term) -> str:
    return on.script.fork().assertions(demanded)
