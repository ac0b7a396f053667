"""A loaded cluster that answers claims: each costs what of the cluster it concerns.

What a claim needs is asked of a small stage in a solver session of its own. Where the stage turns
out to hold too little, a larger one is asked, at last one that holds everything, which all claims
share. Verdict and counterexample do not depend on which of them answered (decision 0016).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import TypeVar

from netproof.decisions import InInput
from netproof.solving import Limits, Session
from netproof.verdicts import Cost, Proved, Refuted, Verdict
from netproof.verifying.asking import Near, NotHeldError
from netproof.verifying.examples import Examples
from netproof.verifying.of_input import InputPods, Literals, Looks
from netproof.verifying.proving import Prover, prove
from netproof.verifying.readings import Census, reading_of
from netproof.verifying.robustness import relevant_to
from netproof_encodings.obligations.claims import (
    Stage,
    held_of,
    part_stage,
    whole_stage,
)
from netproof_encodings.parts.atlas import Atlas
from netproof_encodings.parts.bearing import bearing_on
from netproof_encodings.parts.planning import Plan
from netproof_encodings.parts.relevance import Relevance
from netproof_specs.assumptions import Assumptions
from netproof_specs.claims import ConnectionClaim, Statement
from netproof_specs.frozen import Frozen, replace
from netproof_specs.model.connections import Connection
from netproof_specs.worlds import World

T = TypeVar("T")


def asked(atlas: Atlas, world: World, claim: ConnectionClaim, ask: Callable[[Plan], T]) -> T:
    """What is answered by the first stage that holds enough of the cluster for the claim."""
    plan = Plan(atlas, world, claim)
    while True:
        try:
            return ask(plan)
        except NotHeldError as lacking:
            plan.widen(lacking.wanted)


def near_to(atlas: Atlas, world: World, plan: Plan) -> Near:
    """What is near to the claim of the plan."""
    near = plan.near()
    if near.shared:
        count = len(atlas.cluster.every_policy)
        whole = partial(whole_stage, atlas, world)
        return Near(near.extent, lambda: range(count), whole, whole)
    return Near(
        near.extent,
        lambda: held_of(atlas, bearing_on(atlas, world, near)),
        lambda: part_stage(atlas, world, near),
        lambda: part_stage(atlas, world, plan.concerned()),
    )


class OfInput(Frozen):
    """What is looked at for connections of the input; `otherwise` is as in `InputPods`.

    `atlas` gives the one without what a world has beside the input, each time the same.
    """

    atlas: Callable[[], Atlas]
    otherwise: InInput = InInput.NONE


class Answers:
    """The answers of a cluster in one world under some assumptions.

    The atlas is made for the groups of all claims of a run: what these mention is told apart in
    every answer, so that an answer does not depend on how the claims are dealt out. It is that of
    the world (`atlas_in`). A class because it keeps what claims share; one belongs to one thread.
    """

    def __init__(
        self,
        atlas: Atlas,
        world: World,
        assumptions: Assumptions,
        limits: Limits,
        of_input: OfInput | None = None,
    ) -> None:
        self._atlas = atlas
        asked_of = of_input or OfInput(lambda: atlas)
        self._of_input, self._otherwise = asked_of.atlas, asked_of.otherwise
        self._world = world
        self._assumptions = assumptions
        self._limits = limits
        self._census = Census(atlas.cluster, atlas.pods, atlas.addresses.of_all, atlas.others)
        self._relevant = relevant_to(atlas, world)
        self._examples = Examples(atlas, world, assumptions, self._relevant, self._census)
        self._whole: tuple[Stage, Session] | None = None
        self._whole_pods: InputPods | None = None

    def verdict(self, statement: Statement, claim: ConnectionClaim) -> Verdict:
        """The verdict on the claim; raises DisagreementError where solver and oracle contradict."""
        started, lost = time.monotonic(), 0
        if not self._limits.open_because():
            judgement = self._examples.judged(statement, claim)
            if judgement is not None:
                return self._by_example(statement, claim, judgement, started)

        def ask(plan: Plan) -> Verdict:
            nonlocal lost
            prover = self._prover(plan, claim)
            before = prover.work()
            try:
                return prove(prover, statement, claim)
            except NotHeldError:
                lost += prover.work() - before
                raise

        verdict = asked(self._atlas, self._world, claim, ask)
        cost = Cost(verdict.cost.rlimit + lost, time.monotonic() - started)
        return replace(verdict, cost=cost)

    def _by_example(
        self,
        statement: Statement,
        claim: ConnectionClaim,
        judgement: Proved | Refuted,
        started: float,
    ) -> Verdict:
        """The verdict on a claim for which no solver was asked."""
        reading = reading_of(claim, self._world, self._census)
        cost = Cost(0, time.monotonic() - started)
        return Verdict(statement, self._world, self._assumptions, reading, judgement, cost)

    def _prover(self, plan: Plan, claim: ConnectionClaim) -> Prover:
        on, session = self._loaded(plan.relevance())
        near = near_to(self._atlas, self._world, plan)
        if plan.relevance() == plan.near():
            near = replace(near, policies=lambda: on.held, stage=lambda: on)
        return Prover(
            on,
            self._census,
            session,
            self._assumptions,
            self._limits,
            near,
            plan.is_complete(),
            self._relevant,
            self._looks(claim),
            alone=not plan.relevance().shared,
        )

    def _loaded(self, relevance: Relevance) -> tuple[Stage, Session]:
        """The stage that holds what is relevant, and a session that has read it."""
        if not relevance.shared:
            on = part_stage(self._atlas, self._world, relevance)
            return on, Session(on.text, self._limits)
        if self._whole is None:
            on = whole_stage(self._atlas, self._world)
            self._whole = on, Session(on.text, self._limits)
        return self._whole

    def _looks(self, claim: ConnectionClaim) -> Looks | None:
        """Who looks among the pods of the input, where the world has others as well."""
        cluster = self._atlas.cluster
        others = cluster.hosts if self._atlas.others is not None else ()
        asked_of = cluster.workloads or others or self._otherwise is InInput.UNKNOWN
        if self._world is World.SNAPSHOT or not asked_of:
            return None
        return _InputPodsByNeed(self._of_input, claim, self._input_pods)

    def _input_pods(self, relevance: Relevance) -> InputPods:
        if not relevance.shared:
            return InputPods(
                lambda: part_stage(self._of_input(), World.SNAPSHOT, relevance),
                self._limits,
                self._otherwise,
            )
        if self._whole_pods is None:
            self._whole_pods = InputPods(
                lambda: whole_stage(self._of_input(), World.SNAPSHOT),
                self._limits,
                self._otherwise,
            )
        return self._whole_pods


class _InputPodsByNeed:
    """Looks among the pods of the input, of which it loads what a claim needs."""

    def __init__(
        self,
        atlas: Callable[[], Atlas],
        claim: ConnectionClaim,
        pods: Callable[[Relevance], InputPods],
    ) -> None:
        self._atlas = atlas
        self._claim = claim
        self._pods = pods
        self._spent = 0

    def look(self, obligation: Callable[[Stage], str], assumed: Literals) -> Connection | InInput:
        """A connection that satisfies the obligation under the literals, or why none is shown."""

        def ask(plan: Plan) -> Connection | InInput:
            pods = self._pods(plan.relevance())
            before = pods.work()
            try:
                return pods.look(obligation, assumed, plan.near().extent)
            finally:
                self._spent += pods.work() - before

        return asked(self._atlas(), World.SNAPSHOT, self._claim, ask)

    def work(self) -> int:
        """What was spent so far, in the solver's deterministic units."""
        return self._spent
