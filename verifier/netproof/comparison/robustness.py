"""Which assumptions turn a verdict on policies: it is decided again with some of them flipped."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import combinations

from netproof.verdicts import Outcome, Robustness, Turn
from netproof_encodings.decision.folding import ties_of
from netproof_encodings.decision.tiers import Assumed, InBlock, atoms_of, matches_of
from netproof_encodings.lowering import every_tier, lower
from netproof_specs.assumptions import Assumption, Assumptions
from netproof_specs.model.cluster import Cluster, Policy
from netproof_specs.worlds import World


def relevant_to(
    policies: Iterable[Policy], cluster: Cluster, world: World
) -> tuple[Assumption, ...]:
    """The assumptions that can bear on what the policies decide in the world."""
    found: list[Assumption] = []
    tiers = list(every_tier(lower([*policies, *cluster.hosts])))
    atoms = [atom for match in matches_of(tiers) for atom in atoms_of(match)]
    if any(isinstance(atom, InBlock) for atom in atoms):
        found += [Assumption.IPBLOCK_MATCHES_PODS, Assumption.UNKNOWN_POD_ADDRESSES]
    if world is World.SNAPSHOT and any(one.host_network for one in cluster.workloads):
        found.append(Assumption.HOST_NETWORK)
    if any(ties_of(tiers)):
        found.append(Assumption.TIES)
    asked = {atom.assumption for atom in atoms if isinstance(atom, Assumed)}
    return (*found, *(one for one in Assumption if one in asked))


def robustness_of(
    outcome: Outcome,
    relevant: Sequence[Assumption],
    assumptions: Assumptions,
    decide: Callable[[Assumptions], Outcome],
) -> Robustness:
    """How a verdict, proved or refuted, depends on the assumptions.

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
