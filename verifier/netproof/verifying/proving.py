"""From an obligation to a verdict: ask the solver, replay, minimise, vary the assumptions."""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence, Set
from functools import partial

from netproof.decisions import InInput
from netproof.oracle.addresses import taken_address
from netproof.replay import DisagreementError, replay
from netproof.solving import Answer, Limits, Session
from netproof.verdicts import (
    Certificate,
    Cost,
    Evidence,
    Grounds,
    Judgement,
    Outcome,
    Proof,
    Proved,
    Refuted,
    Robustness,
    Turn,
    Unknown,
    Vacuous,
    Verdict,
)
from netproof.verifying.asking import Near, NotHeldError, perhaps, settled
from netproof.verifying.cores import Core, preferred
from netproof.verifying.moving import Moving
from netproof.verifying.of_input import Looks
from netproof.verifying.readable import readable
from netproof.verifying.readings import Census, reading_of
from netproof.verifying.robustness import robustness_of
from netproof_encodings.logic.terms import Model
from netproof_encodings.meaning.connections import here_name
from netproof_encodings.models.decoding import decode, symbols
from netproof_encodings.obligations.claims import (
    Stage,
    certificate,
    in_domain,
    literal,
    literals,
    occupied,
    sought,
)
from netproof_specs.assumptions import Assumption, Assumptions
from netproof_specs.claims import (
    CanReachOnly,
    ConnectionClaim,
    MayReach,
    OnlyCanReach,
    Statement,
)
from netproof_specs.frozen import Frozen, replace
from netproof_specs.model.cluster import AnyPolicy
from netproof_specs.model.connections import Connection
from netproof_specs.model.hosts import HostEndpoint
from netproof_specs.worlds import World

MUCH = 256
"""From so many policies on that are near to a claim, a check costs so much that no more than `MANY`
policies of a core are sought one by one. Of more of them nobody reads the names."""

MANY = 16


class Prover(Frozen):
    """A stage that a solver has loaded, and the assumptions that verdicts are given under.

    `pods` looks for evidence among the pods of the input, where the world has others as well.
    `relevant` are the assumptions that can bear on a claim about the cluster. What is `near` to the
    claim is shown before all else. The stage is `complete` iff it holds all that the claim can
    concern. The session is `alone` iff it answers no other claim.
    """

    stage: Stage
    census: Census
    session: Session
    assumptions: Assumptions
    limits: Limits
    near: Near
    complete: bool
    relevant: tuple[Assumption, ...]
    pods: Looks | None = None
    alone: bool = False

    @property
    def policies(self) -> Sequence[AnyPolicy]:
        """The policies of the cluster, by index."""
        return self.stage.scene.cluster.every_policy

    def work(self) -> int:
        """What its sessions have spent so far, in the solver's deterministic units."""
        return self.session.work() + (0 if self.pods is None else self.pods.work())


def prove(prover: Prover, statement: Statement, claim: ConnectionClaim) -> Verdict:
    """The verdict on the claim; raises DisagreementError where solver and oracle contradict."""
    started = time.monotonic()
    before = prover.work()
    judgement = _judged(prover, statement, claim)
    world = prover.stage.scene.world
    return Verdict(
        statement,
        world,
        prover.assumptions,
        reading_of(claim, world, prover.census),
        judgement,
        Cost(prover.work() - before, time.monotonic() - started),
    )


def _judged(prover: Prover, statement: Statement, claim: ConnectionClaim) -> Judgement:
    if not statement.allow_empty:
        idle = _idle(prover, claim)
        if idle is not None:
            return idle
    obligation = sought(prover.stage, claim)
    with prover.session.scope(obligation):
        answer = _answer(prover, prover.assumptions)
        found: Grounds
        match answer:
            case Answer.UNKNOWN:
                return _unknown(prover)
            case Answer.SAT:
                found = _evidence(prover, claim, obligation)
            case Answer.UNSAT:
                found = _proof(prover, statement, claim, obligation)
        decided = Proved if isinstance(claim, MayReach) is (answer is Answer.SAT) else Refuted
        robustness = _robustness(prover, decided.outcome, answer)
    turns = tuple(_exact(prover, statement, claim, turn) for turn in robustness.turns)
    return decided(found, replace(robustness, turns=turns))


def _proof(prover: Prover, statement: Statement, claim: ConnectionClaim, obligation: str) -> Proof:
    """Why the obligation, which the session holds, is unsatisfiable."""
    core, minimal = _core(prover, statement, claim)
    assumed = tuple(_literals(prover, prover.assumptions))
    on = prover.stage
    certificate = Certificate(on.text, obligation, assumed, on.scene.extent.names)
    return Proof(core, minimal, certificate)


def _unknown(prover: Prover) -> Unknown:
    return Unknown(prover.session.unknown_because())


def _literals(
    prover: Prover, assumptions: Assumptions, here: Sequence[int] | None = None
) -> list[str]:
    return literals(prover.stage, assumptions, here)


def _idle(prover: Prover, claim: ConnectionClaim) -> Vacuous | Unknown | None:
    """That the claim speaks of no connection, or that it is not known; None iff it does."""
    speaks = _satisfiable(prover, in_domain(prover.stage, claim))
    if speaks is Answer.SAT and not isinstance(claim, CanReachOnly | OnlyCanReach):
        # The connection that the claim speaks of has an end in each of its two groups.
        return None
    empty: list[str] = []
    for group, text in occupied(prover.stage, claim):
        answer = _satisfiable(prover, text)
        if answer is Answer.UNKNOWN:
            return _unknown(prover)
        if answer is Answer.UNSAT and group.text not in empty:
            empty.append(group.text)
    if empty or speaks is Answer.UNSAT:
        return Vacuous(tuple(empty))
    return _unknown(prover) if speaks is Answer.UNKNOWN else None


def _answer(prover: Prover, assumptions: Assumptions) -> Answer:
    """What the solver says of the text in force, of the whole cluster under the assumptions."""
    return settled(prover.stage, prover.session, _literals(prover, assumptions))


def _satisfiable(prover: Prover, text: str) -> Answer:
    with prover.session.scope(text):
        return _answer(prover, prover.assumptions)


def _evidence(prover: Prover, claim: ConnectionClaim, obligation: str) -> Evidence:
    """The most readable solution, replayed by the oracle: one of the input's pods, if there is one.

    Only where there is none the pods of the world's own making are looked at.
    """
    among = None
    if prover.pods is not None:
        taken = partial(literals, assumptions=prover.assumptions, here=None)
        among = prover.pods.look(partial(sought, claim=claim), taken)
    if isinstance(among, Connection):
        found = _replayed(prover, prover.policies, claim, among, obligation)
        return replace(found, in_input=InInput.SHOWN)
    assumed = _literals(prover, prover.assumptions)
    solution = readable(prover.stage, prover.session, assumed, prover.near.extent)
    connection = decode(prover.stage, solution)
    policies = (*prover.policies, *_hosts_beside(prover.stage))
    return replace(_replayed(prover, policies, claim, connection, obligation), in_input=among)


def _hosts_beside(on: Stage) -> Sequence[HostEndpoint]:
    """The host endpoints that a pod of the world may be behind, beside those of the input."""
    others = on.scene.vocabulary.others
    return () if others is None else others.passed or ()


def _replayed(
    prover: Prover,
    policies: Sequence[AnyPolicy],
    claim: ConnectionClaim,
    connection: Connection,
    obligation: str,
) -> Evidence:
    """The connection as the oracle decides it; raises DisagreementError where it is no evidence."""
    evidence = replay(policies, claim, connection, prover.assumptions)
    if evidence is None or _is_taken(prover, connection):
        values = _literals(prover, prover.assumptions)
        script = certificate(prover.stage.text, obligation, values)
        raise DisagreementError(
            "the solver's counterexample does not replay on the oracle",
            f"; {connection}\n; {claim}\n{script}",
        )
    return evidence


def _is_taken(prover: Prover, connection: Connection) -> bool:
    """Whether an end is supplied with an address that another endpoint of the world has (A.29)."""
    scene = prover.stage.scene
    pods = scene.cluster.workloads if scene.world is World.SNAPSHOT else ()
    return taken_address(connection, pods, scene.vocabulary.hosts)


def _core(
    prover: Prover, statement: Statement, claim: ConnectionClaim
) -> tuple[tuple[AnyPolicy, ...], bool]:
    """Policies that the proof rests on, and whether none of them can be spared.

    Whichever of the other policies are present or absent, the obligation stays unsatisfiable.
    Those that are near to the claim are preferred, and of these the first ones. Where they do not
    suffice, others are compared with each other, so that all have to be held.
    """
    order, held = list(prover.near.policies()), prover.stage.held
    stage = prover.near.stage
    answer, used = _suffice(prover, order)
    if answer is Answer.SAT:
        if not prover.complete:
            raise NotHeldError(())
        order += sorted({*held} - {*order})
        stage = prover.near.concerned
        answer, used = _suffice(prover, order)
    if answer is not Answer.UNSAT:
        found = Core(frozenset(held), minimal=False)
    else:
        least = _least(prover, claim, order, used)
        found = least or _large_core(prover, statement, claim, stage(), used)
    return tuple(prover.policies[one] for one in sorted(found.policies)), found.minimal


def _least(
    prover: Prover, claim: ConnectionClaim, order: Sequence[int], used: Set[int]
) -> Core | None:
    """The core that the order prefers; None where it is a large one."""
    moving = Moving(prover.stage, claim, prover.assumptions)

    def suffice(here: Set[int]) -> tuple[Answer, Set[int]]:
        found = _still_suffice(prover, here)
        moving.model = partial(_values, prover) if found[0] is Answer.SAT else None
        return found

    return preferred(order, used, suffice, moving.fails, MANY if len(order) > MUCH else None)


def _large_core(
    prover: Prover, statement: Statement, claim: ConnectionClaim, on: Stage, used: Set[int]
) -> Core:
    """What the solver uses of the policies of a stage that follows from the claim alone.

    A session that has answered other claims would make it depend on these. So it is asked in one
    of its own what was asked here, unless this is such a session; then `used` is that. Where the
    stage holds too little of pods, all of its policies.
    """
    if on is prover.stage and prover.alone:
        return Core(frozenset(used), minimal=False)
    alone = replace(prover, stage=on, session=Session(on.text, prover.limits))
    try:
        if not statement.allow_empty:
            _idle(alone, claim)
        with alone.session.scope(sought(on, claim)):
            _answer(alone, alone.assumptions)
            answer, used = _suffice(alone, on.held)
    except NotHeldError:
        answer = Answer.UNKNOWN
    return Core(frozenset(used if answer is Answer.UNSAT else on.held), minimal=False)


def _suffice(prover: Prover, here: Collection[int]) -> tuple[Answer, Set[int]]:
    """Unsat iff the obligation is unsatisfiable with these policies, whatever of the others.

    With it those of them that the solver used.
    """
    return _used(prover, settled(prover.stage, prover.session, _in_place(prover, here)))


def _still_suffice(prover: Prover, here: Collection[int]) -> tuple[Answer, Set[int]]:
    """The same, where they most often do not."""
    return _used(prover, perhaps(prover.stage, prover.session, _in_place(prover, here)))


def _in_place(prover: Prover, here: Collection[int]) -> list[str]:
    return _literals(prover, prover.assumptions, sorted(here))


def _used(prover: Prover, answer: Answer) -> tuple[Answer, Set[int]]:
    return answer, _here_indices(prover.session.core()) if answer is Answer.UNSAT else set()


def _values(prover: Prover) -> Model:
    """The connection that the session's last check has shown."""
    return prover.session.values(symbols(prover.stage))


def _here_indices(core: Sequence[str]) -> set[int]:
    stem = here_name(0)[:-1]
    return {int(one.removeprefix(stem)) for one in core if one.startswith(stem)}


def _robustness(prover: Prover, outcome: Outcome, answer: Answer) -> Robustness:
    """Which assumptions turn the verdict: all free first, then the smallest sets that do."""
    relevant = prover.relevant
    if not relevant or (answer is Answer.UNSAT and _stays_unsat(prover, relevant)):
        return Robustness(relevant, (), complete=True)
    turned = {Outcome.PROVED: Outcome.REFUTED, Outcome.REFUTED: Outcome.PROVED}[outcome]

    def under(assumptions: Assumptions) -> Outcome:
        now = _answer(prover, assumptions)
        if now is Answer.UNKNOWN:
            return Outcome.UNKNOWN
        return outcome if now is answer else turned

    return robustness_of(outcome, relevant, prover.assumptions, under)


def _exact(prover: Prover, statement: Statement, claim: ConnectionClaim, turn: Turn) -> Turn:
    """The turn; it is to VACUOUS where the flipped assumptions leave nothing to speak of."""
    if statement.allow_empty:
        return turn
    flipped = prover.assumptions.symmetric_difference(turn.flipped)
    idle = _idle(replace(prover, assumptions=flipped), claim)
    return replace(turn, outcome=Outcome.VACUOUS) if isinstance(idle, Vacuous) else turn


def _stays_unsat(prover: Prover, free: Sequence[Assumption]) -> bool:
    fixed = {literal(one, prover.assumptions) for one in free}
    assumed = [one for one in _literals(prover, prover.assumptions) if one not in fixed]
    return settled(prover.stage, prover.session, assumed) is Answer.UNSAT
