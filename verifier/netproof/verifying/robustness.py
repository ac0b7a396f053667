"""Which assumptions turn a verdict: it is decided again with some of them flipped."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import combinations

from netproof.verdicts import Outcome, Robustness, Turn
from netproof_encodings.parts.atlas import Atlas
from netproof_specs.assumptions import Assumption, Assumptions
from netproof_specs.worlds import World


def relevant_to(atlas: Atlas, world: World) -> tuple[Assumption, ...]:
    """The assumptions that can bear on some claim about the cluster."""
    found: list[Assumption] = []
    if atlas.vocabulary.blocks:
        found += [Assumption.IPBLOCK_MATCHES_PODS, Assumption.UNKNOWN_POD_ADDRESSES]
    if world is World.SNAPSHOT and atlas.has_hosts:
        found.append(Assumption.HOST_NETWORK)
    if atlas.has_ties:
        found.append(Assumption.TIES)
    found += atlas.vocabulary.assumptions
    return tuple(found)


def robustness_of(
    outcome: Outcome,
    relevant: Sequence[Assumption],
    assumptions: Assumptions,
    decide: Callable[[Assumptions], Outcome],
) -> Robustness:
    """How a verdict, proved or refuted, depends on the assumptions: the smallest sets that turn it.

    `decide` gives the outcome under other ones.
    """
    turns: list[Turn] = []
    complete = True
    for size in range(1, len(relevant) + 1):
        for flipped in combinations(relevant, size):
            if any(set(turn.flipped) <= set(flipped) for turn in turns):
                continue
            now = decide(assumptions.symmetric_difference(flipped))
            complete = complete and now is not Outcome.UNKNOWN
            if now not in (outcome, Outcome.UNKNOWN):
                turns.append(Turn(flipped, now))
    return Robustness(tuple(relevant), tuple(turns), complete)
