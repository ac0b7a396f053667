"""Tiers with every action, in order and with ties: the fold against going through them one by one.

NetworkPolicies make up a single tier of allow rules; the fold is written for more.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from itertools import groupby, permutations, product

import pytest
from tests.agreement import Evaluated
from tests.build import selector

from netproof_encodings.decision.conditions import End, HasProtocol, OnPorts, atoms_of, every
from netproof_encodings.decision.folding import Lean
from netproof_encodings.decision.tiers import Rule, Tier, TierPolicy, Unmatched
from netproof_encodings.logic.terms import Terms
from netproof_encodings.lowering.selectors import pods_match
from netproof_encodings.meaning.connections import InTerms, allowed, side_allows
from netproof_encodings.meaning.spaces import connection_space
from netproof_encodings.vocabulary.mentioned import vocabulary_of
from netproof_specs.model.network_policy import NetworkPolicy
from netproof_specs.model.traffic import Action, Direction, PortRange, Protocol

PORTS = (1, 2, 3)
ORIGIN = NetworkPolicy("x", "p", selector(), (), (), ())
ANY_POD = pods_match(End.DESTINATION, None, None, None)


def random_tiers(rng: random.Random, ranks: int) -> list[Tier]:
    """Up to three tiers of up to three policies, whose rules are for some of three ports.

    Policies have one of so many ranks; those of one rank tie.
    """
    tiers: list[Tier] = []
    index = 0
    for number in range(rng.randint(1, 3)):
        policies = []
        for rank in sorted(rng.randrange(ranks) for _ in range(rng.randint(1, 3))):
            rules = tuple(random_rule(rng) for _ in range(rng.randint(0, 3)))
            policies.append(TierPolicy(index, ORIGIN, Direction.INGRESS, ANY_POD, rules, rank=rank))
            index += 1
        unmatched = rng.choice([*Unmatched])
        tiers.append(Tier(f"t{number}", Direction.INGRESS, tuple(policies), unmatched))
    return tiers


def random_rule(rng: random.Random) -> Rule:
    first = rng.choice(PORTS)
    last = rng.choice([port for port in PORTS if port >= first])
    match = every((HasProtocol(Protocol.TCP), OnPorts(PortRange(first, last))))
    return Rule(rng.choice([*Action]), match)


def decided_one_by_one(tiers: list[Tier], here: list[bool], port: int) -> bool:
    """The first tier that decides; what no tier decides is allowed."""
    for tier in tiers:
        action = first_action(tier, here, port)
        if action in (Action.ALLOW, Action.DENY):
            return action is Action.ALLOW
        selected = any(here[policy.index] for policy in tier.policies)
        if action is None and selected and tier.unmatched is Unmatched.DENY:
            return False
    return True


def first_action(tier: Tier, here: list[bool], port: int) -> Action | None:
    """What the first rule that matches says, of the policies that select the endpoint."""
    for policy in tier.policies:
        for rule in policy.rules if here[policy.index] else ():
            (span,) = (one for one in atoms_of(rule.match) if isinstance(one, OnPorts))
            if span.ports.first <= port <= span.ports.last:
                return rule.action
    return None


def orders(tiers: list[Tier]) -> Iterator[list[Tier]]:
    """The tiers with the policies of one rank in every order."""
    for chosen in product(*(tier_orders(tier) for tier in tiers)):
        yield list(chosen)


def tier_orders(tier: Tier) -> list[Tier]:
    groups = [list(group) for _, group in groupby(tier.policies, lambda one: one.rank)]
    return [
        replace(tier, policies=tuple(one for group in chosen for one in group))
        for chosen in product(*(permutations(group) for group in groups))
    ]


def cases(terms: Terms, count: int) -> Iterator[tuple[int, list[bool], dict[str, int]]]:
    """Every port, with every choice of the policies that are there, and the symbols' values."""
    for port, *here in product(PORTS, *[(False, True)] * count):
        values = dict.fromkeys((*terms.booleans, *terms.vectors), 0)
        values |= {"dst.pod": 1, "port": port, "protocol": 0}
        values |= {f"here.{index}": int(one) for index, one in enumerate(here)}
        yield port, list(here), values


@pytest.mark.parametrize("seed", range(60))
def test_the_first_tier_that_decides(seed: int) -> None:
    tiers = random_tiers(random.Random(seed), ranks=9)
    terms = Terms()
    space = connection_space(terms, vocabulary_of(tiers, (), ("x",)))
    by_direction = {Direction.INGRESS: tuple(tiers)}
    decision = side_allows(InTerms(terms, space), by_direction, Direction.INGRESS)
    for port, here, values in cases(terms, sum(len(tier.policies) for tier in tiers)):
        expected = decided_one_by_one(tiers, here, port)
        assert Evaluated(terms, values).holds(decision) is expected, (port, here)


@pytest.mark.parametrize("seed", range(60))
def test_the_order_of_policies_that_tie_is_open(seed: int) -> None:
    """C.4, D.5: some order allows a connection, or every order does."""
    tiers = random_tiers(random.Random(seed), ranks=2)
    terms = Terms()
    space = connection_space(terms, vocabulary_of(tiers, (), ("x",)))
    by_direction = {Direction.INGRESS: tuple(tiers), Direction.EGRESS: ()}
    algebra = InTerms(terms, space)
    some, each = (allowed(algebra, by_direction, lean) for lean in (Lean.ALLOWING, Lean.DENYING))
    for port, here, values in cases(terms, sum(len(tier.policies) for tier in tiers)):
        found = {decided_one_by_one(order, here, port) for order in orders(tiers)}
        known = Evaluated(terms, values)
        assert known.holds(some) is (True in found), (port, here)
        assert known.holds(each) is (False not in found), (port, here)
