"""Tiers with every action, in order: the encoding against going through them one by one.

NetworkPolicies make up a single tier of allow rules; the encoding is written for more.
"""

from __future__ import annotations

import random
from itertools import product

import pytest
from tests.agreement import Evaluated
from tests.build import selector

from netproof_encodings.connections import connection_space, side_allows
from netproof_encodings.terms import Terms
from netproof_encodings.tiers import (
    Action,
    Match,
    PodMatch,
    PortMatch,
    Rule,
    Tier,
    TierPolicy,
    Unmatched,
)
from netproof_encodings.vocabulary import vocabulary_of
from netproof_specs.model.network_policy import NetworkPolicy
from netproof_specs.model.traffic import Direction, PortRange, Protocol

PORTS = (1, 2, 3)
ORIGIN = NetworkPolicy("x", "p", selector(), (), (), ())


def random_tiers(rng: random.Random) -> list[Tier]:
    """Up to three tiers of one or two policies, whose rules are for some of three ports."""
    tiers: list[Tier] = []
    index = 0
    for _ in range(rng.randint(1, 3)):
        policies = []
        for _ in range(rng.randint(1, 2)):
            rules = tuple(random_rule(rng) for _ in range(rng.randint(0, 3)))
            subject = PodMatch(None, None, None)
            policies.append(TierPolicy(index, ORIGIN, Direction.INGRESS, subject, rules))
            index += 1
        tiers.append(Tier(Direction.INGRESS, tuple(policies), rng.choice([*Unmatched])))
    return tiers


def random_rule(rng: random.Random) -> Rule:
    first = rng.choice(PORTS)
    last = rng.choice([port for port in PORTS if port >= first])
    ports = (PortMatch(Protocol.TCP, PortRange(first, last)),)
    return Rule(rng.choice([*Action]), Match(None, ports))


def allowed(tiers: list[Tier], here: list[bool], port: int) -> bool:
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
            assert rule.match.ports is not None
            span = rule.match.ports[0].port
            assert isinstance(span, PortRange)
            if span.first <= port <= span.last:
                return rule.action
    return None


@pytest.mark.parametrize("seed", range(60))
def test_the_first_tier_that_decides(seed: int) -> None:
    tiers = random_tiers(random.Random(seed))
    terms = Terms()
    space = connection_space(terms, vocabulary_of(tiers, (), ("x",)))
    decision = side_allows(terms, space, tiers, Direction.INGRESS)
    count = sum(len(tier.policies) for tier in tiers)
    for port, *here in product(PORTS, *[(False, True)] * count):
        values = dict.fromkeys((*terms.booleans, *terms.vectors), 0)
        values |= {"dst.pod": 1, "port": port, "protocol": 0}
        values |= {f"here.{index}": int(one) for index, one in enumerate(here)}
        expected = allowed(tiers, here, port)
        assert Evaluated(terms, values).holds(decision) is expected, (port, here)
