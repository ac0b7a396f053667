"""Whether what can be removed has no effect on what hosts let through either (D.37).

Boxes and sets of connections know what the ends of a connection decide. A policy with
`applyOnForward` decides on what passes hosts besides: of the few parts of such policies that have
no effect at the ends, a solver is asked of that.
"""

from __future__ import annotations

from collections.abc import Sequence

from netproof.lint.facts import Facts
from netproof.lint.removals import Answered, Removable, Settings, Why
from netproof.solving import Answer, Session
from netproof_encodings.differences.obligations import (
    Way,
    changes,
    difference_stage,
    slice_differs,
)
from netproof_encodings.differences.slices import (
    others_in,
    passage_slices,
    versions_of,
    written_alike,
)
from netproof_encodings.lowering import without_rule
from netproof_encodings.lowering.any_hosts import in_place
from netproof_encodings.meaning.scenes import NewPods
from netproof_encodings.obligations.claims import literal, require
from netproof_encodings.obligations.redundancy import Part
from netproof_encodings.vocabulary.hosts import HostLabels, OtherHosts
from netproof_specs.frozen import replace
from netproof_specs.model.cluster import Policy
from netproof_specs.model.traffic import Direction
from netproof_specs.worlds import World


def let_through(answered: Answered, facts: Facts, settings: Settings, world: World) -> Answered:
    """The answers of the world without those removals that change what hosts let through.

    In any cluster that is what any host endpoint lets through, whatever the input has; where there
    are too many ways in which policies select one, no part of theirs is left. Why a part of a
    policy for forwarded traffic can be removed is not told: that another part does the same at the
    ends says nothing of what passes hosts.
    """
    forwarding = facts.forwarding if world is World.SNAPSHOT else facts.forwarding_anywhere
    if all(one.part.policy not in forwarding for one in answered.removable):
        return answered
    policies = in_place(facts.cluster.policies)
    # Those that stand for all with these policies do so without any part of them.
    others = others_in(world, policies, policies, facts.cluster, HostLabels.ANY)
    kept: list[Removable] = []
    undecided = list(answered.undecided)
    for one in answered.removable:
        if one.part.policy not in forwarding:
            kept.append(one)
            continue
        match _has_effect(one.part, facts, settings, world, others):
            case Answer.UNSAT:
                kept.append(replace(one, why=Why.UNTOLD, by=None, together=False))
            case Answer.UNKNOWN:
                undecided.append(one.part)
            case Answer.SAT:
                pass
    return Answered(tuple(kept), tuple(undecided))


def _has_effect(
    part: Part, facts: Facts, settings: Settings, world: World, others: OtherHosts | None
) -> Answer:
    """Whether the removal, which has no effect at the ends, changes what hosts let through.

    Where it changes nothing that they say, whoever asks them, no world has to be looked at.
    """
    cluster = facts.cluster
    if others is not None and (others.passed is None or facts.passages_anywhere is None):
        return Answer.SAT
    left = without(cluster.policies, part)
    slices = passage_slices(cluster.policies, left, cluster.hosts, others)
    differing = [
        one
        for one in slices
        if not written_alike(one)
        and Session(slice_differs(one), settings.limits).check(()) is not Answer.UNSAT
    ]
    if not differing:
        return Answer.UNSAT
    # Some connection of the world changes, if the ends decide alike.
    versions = versions_of(cluster.policies, left, cluster.hosts, others)
    on = difference_stage(cluster, versions, differing, world, NewPods.PLACED_OR_NOT)
    goal = on.stage.terms.disjunction(changes(on, way) for way in Way)
    assumed = [literal(one, settings.assumptions) for one in on.stage.space.assumptions]
    return Session(on.stage.text + require(on.stage, goal), settings.limits).check(assumed)


def without(policies: Sequence[Policy], part: Part) -> tuple[Policy, ...]:
    """The policies without the part, which is of one for forwarded traffic."""
    left: tuple[Policy, ...] = ()
    if part.rule is not None:
        direction, index = part.rule
        left = (without_rule(policies[part.policy], Direction(direction), index),)
    return (*policies[: part.policy], *left, *policies[part.policy + 1 :])
