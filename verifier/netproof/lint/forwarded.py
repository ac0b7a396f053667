"""Whether what can be removed has no effect on what hosts let through either (D.37).

Boxes and sets of connections know what the ends of a connection decide. A policy with
`applyOnForward` decides on what passes hosts besides: of the few parts of such policies that have
no effect at the ends, it is asked by a comparison whether the sets of policies are equivalent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from netproof.comparison.policies import CompareOptions, compare
from netproof.comparisons import Relation
from netproof.lint.facts import Facts
from netproof.lint.removals import Answered, Removable, Settings, Why
from netproof_encodings.lowering import without_rule
from netproof_encodings.obligations.redundancy import Part
from netproof_specs.assumptions import Assumptions
from netproof_specs.model.cluster import Policy
from netproof_specs.model.traffic import Direction
from netproof_specs.worlds import World

Alternatives = Sequence[tuple[World, Assumptions]]
"""The worlds and assumptions under all of which a removal is to have no effect."""


def let_through(
    answered: Answered, facts: Facts, settings: Settings, alternatives: Alternatives
) -> Answered:
    """The answers without those removals that change what hosts let through.

    Why a part of a policy for forwarded traffic can be removed is not told: that another part does
    the same at the ends says nothing of what passes hosts.
    """
    if not facts.forwarding:
        return answered
    asking = _asking(facts, settings, alternatives)
    kept: list[Removable] = []
    undecided = list(answered.undecided)
    for one in answered.removable:
        if one.part.policy not in facts.forwarding:
            kept.append(one)
            continue
        relations = set(asking(one.part))
        if relations <= {Relation.EQUIVALENT}:
            kept.append(replace(one, why=Why.UNTOLD, by=None, together=False))
        elif relations <= {Relation.EQUIVALENT, Relation.UNKNOWN}:
            undecided.append(one.part)
    return Answered(tuple(kept), tuple(undecided))


def _asking(
    facts: Facts, settings: Settings, alternatives: Alternatives
) -> Callable[[Part], Iterator[Relation]]:
    cluster = facts.cluster

    def ask(part: Part) -> Iterator[Relation]:
        """How the policies without the part stand to all of them; one that differs is enough."""
        left = without(cluster.policies, part)
        for world, assumptions in alternatives:
            options = CompareOptions(world, assumptions, settings.limits, max_regions=1)
            found = compare(cluster.policies, left, cluster, options)
            yield found.relation
            if found.everywhere or found.relation is not Relation.EQUIVALENT:
                return

    return ask


def without(policies: Sequence[Policy], part: Part) -> tuple[Policy, ...]:
    """The policies without the part, which is of one for forwarded traffic."""
    left: tuple[Policy, ...] = ()
    if part.rule is not None:
        direction, index = part.rule
        left = (without_rule(policies[part.policy], Direction(direction), index),)
    return (*policies[: part.policy], *left, *policies[part.policy + 1 :])
