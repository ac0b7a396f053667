"""Claims answered as `verify` answers them, and by a stage that holds the whole cluster."""

from __future__ import annotations

from collections.abc import Sequence

from netproof.decisions import InInput
from netproof.solving import Limits, Session
from netproof.verifying.answering import Answers
from netproof.verifying.of_input import InputPods
from netproof.verifying.proving import Prover, relevant_to
from netproof.verifying.readings import Census
from netproof_encodings.meaning.claims import groups_of
from netproof_encodings.obligations.claims import whole_stage
from netproof_encodings.parts.atlas import Atlas, atlas_of
from netproof_specs.assumptions import Assumptions
from netproof_specs.claims import ConnectionClaim, Statement
from netproof_specs.model.cluster import Cluster
from netproof_specs.worlds import World


def atlas_for(cluster: Cluster, stated: Sequence[ConnectionClaim]) -> Atlas:
    """The atlas of the cluster for the claims."""
    return atlas_of(cluster, [group.endpoints for claim in stated for group in groups_of(claim)])


def answers_to(
    cluster: Cluster, world: World, stated: Sequence[ConnectionClaim], assumed: Assumptions
) -> Answers:
    """What answers the claims, loading of the cluster what each of them needs."""
    return Answers(atlas_for(cluster, stated), world, assumed, Limits())


def fully_loaded(
    cluster: Cluster, world: World, stated: Sequence[ConnectionClaim], assumed: Assumptions
) -> Prover:
    """What answers the claims with the whole cluster loaded: what `answers_to` is held against."""
    atlas, limits = atlas_for(cluster, stated), Limits()
    on = whole_stage(atlas, world)
    pods = None
    if world is not World.SNAPSHOT and cluster.workloads:
        snapshot = whole_stage(atlas, World.SNAPSHOT)
        pods = InputPods(lambda: snapshot, limits, InInput.NONE)
    session, relevant = Session(on.text, limits), relevant_to(atlas, world)
    return Prover(on, Census(cluster), session, assumed, limits, on.held, relevant, pods)


def stated(claim: ConnectionClaim) -> Statement:
    """A statement of the claim."""
    return Statement("C", "claim", claim)
