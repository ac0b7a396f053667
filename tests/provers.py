"""Claims answered as `verify` answers them, and by a stage that holds the whole cluster."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from netproof.decisions import InInput
from netproof.solving import Limits, Session
from netproof.verdicts import Cost, Proof, Proved, Refuted, Verdict
from netproof.verifying.answering import Answers, OfInput, near_to
from netproof.verifying.asking import Near
from netproof.verifying.of_input import InputPods, Literals
from netproof.verifying.proving import Prover, prove
from netproof.verifying.readings import Census
from netproof.verifying.robustness import relevant_to
from netproof_encodings.meaning.claims import groups_of
from netproof_encodings.obligations.claims import Stage, whole_stage
from netproof_encodings.parts.atlas import Atlas, atlas_in
from netproof_encodings.parts.extents import EVERYTHING
from netproof_encodings.parts.planning import Plan
from netproof_specs.assumptions import Assumptions
from netproof_specs.claims import ConnectionClaim, Statement
from netproof_specs.model.cluster import Cluster
from netproof_specs.model.connections import Connection
from netproof_specs.worlds import World


def atlas_for(
    cluster: Cluster, stated: Sequence[ConnectionClaim], world: World = World.SNAPSHOT
) -> Atlas:
    """The atlas of the cluster for the claims in the world; snapshot and any-pods share one."""
    groups = [group.endpoints for claim in stated for group in groups_of(claim)]
    return atlas_in(world, cluster, groups)


def answers_to(
    cluster: Cluster, world: World, stated: Sequence[ConnectionClaim], assumed: Assumptions
) -> Answers:
    """What answers the claims, loading of the cluster what each of them needs."""
    atlas = atlas_for(cluster, stated, world)
    return Answers(atlas, world, assumed, Limits(), OfInput(lambda: atlas_for(cluster, stated)))


@dataclass(frozen=True, slots=True)
class Whole:
    """Answers claims with the whole cluster loaded: what `answers_to` is held against."""

    atlas: Atlas
    of_input: Callable[[], Atlas]
    prover: Prover
    pods: InputPods | None

    def verdict(self, statement: Statement, claim: ConnectionClaim) -> Verdict:
        """The verdict on the claim, of whose cores and counterexamples what is near comes first."""
        world = self.prover.stage.scene.world
        prover = replace(
            self.prover,
            near=near_to(self.atlas, world, Plan(self.atlas, world, claim)),
            pods=None if self.pods is None else _WholePods(self.of_input(), claim, self.pods),
        )
        return prove(prover, statement, claim)


class _WholePods:
    """Looks among all pods of the input; a class to have what is near to one claim."""

    def __init__(self, atlas: Atlas, claim: ConnectionClaim, pods: InputPods) -> None:
        self._near, self._pods = Plan(atlas, World.SNAPSHOT, claim).near().extent, pods

    def look(self, obligation: Callable[[Stage], str], assumed: Literals) -> Connection | InInput:
        """A connection that satisfies the obligation, or why none is shown."""
        return self._pods.look(obligation, assumed, self._near)

    def work(self) -> int:
        """What was spent so far."""
        return self._pods.work()


def fully_loaded(
    cluster: Cluster, world: World, stated: Sequence[ConnectionClaim], assumed: Assumptions
) -> Whole:
    """What answers the claims with the whole cluster loaded."""
    of_input = OfInput(lambda: atlas_for(cluster, stated))
    return whole_of(atlas_for(cluster, stated, world), world, assumed, of_input)


def whole_of(atlas: Atlas, world: World, assumed: Assumptions, of_input: OfInput) -> Whole:
    """What answers claims on the atlas of the world with all of it loaded."""
    cluster, limits, otherwise = atlas.cluster, Limits(), of_input.otherwise
    on, pods = whole_stage(atlas, world), None
    hosts = cluster.hosts if atlas.others is not None else ()
    asked_of = cluster.workloads or hosts or otherwise is InInput.UNKNOWN
    if world is not World.SNAPSHOT and asked_of:
        pods = InputPods(lambda: whole_stage(of_input.atlas(), World.SNAPSHOT), limits, otherwise)
    session, relevant = Session(on.text, limits), relevant_to(atlas, world)
    near = Near(EVERYTHING, lambda: on.held, lambda: on, lambda: on)
    census = Census(cluster, atlas.pods, atlas.addresses.of_all, atlas.others)
    prover = Prover(on, census, session, assumed, limits, near, complete=True, relevant=relevant)
    return Whole(atlas, of_input.atlas, prover, pods)


def stated(claim: ConnectionClaim) -> Statement:
    """A statement of the claim."""
    return Statement("C", "claim", claim)


def seen(verdict: Verdict) -> Verdict:
    """What a report says of the verdict: all but the script that was refuted, and the cost."""
    judgement = verdict.judgement
    if isinstance(judgement, Proved | Refuted) and isinstance(judgement.by, Proof):
        certificate = replace(judgement.by.certificate, stage="", obligation="", held=None)
        judgement = replace(judgement, by=replace(judgement.by, certificate=certificate))
    return replace(verdict, judgement=judgement, cost=Cost())
