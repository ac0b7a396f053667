"""What we say of a claim, and the evidence for it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import ClassVar

from netproof.comparisons import Difference
from netproof.decisions import AllowedPorts, Decision, InInput
from netproof_specs.assumptions import Assumption, Assumptions
from netproof_specs.claims import Statement
from netproof_specs.frozen import Frozen, replace
from netproof_specs.model.cluster import AnyPolicy
from netproof_specs.model.connections import Connection
from netproof_specs.worlds import World


class Outcome(Enum):
    """The four verdicts (docs/verdicts.md)."""

    PROVED = "PROVED"
    REFUTED = "REFUTED"
    VACUOUS = "VACUOUS"
    UNKNOWN = "UNKNOWN"


@dataclass(frozen=True, slots=True)
class Certificate:
    """The parts of a script in SMT-LIB 2.6 whose unsatisfiability is what a verdict says.

    They are those that the solver read: the cluster in its world, the claim's obligation, and the
    literals that were assumed. `held` are the namespaces of which the stage has pods and policies,
    at the source and at the destination; `None` is the whole cluster.
    """

    stage: str = field(repr=False)
    obligation: str
    assumed: tuple[str, ...]
    held: tuple[frozenset[str], frozenset[str]] | None = field(default=None, repr=False)


class Proof(Frozen):
    """No connection is such as would tell otherwise, and `core` holds policies that suffice.

    Whichever of the other policies are present or absent, that stays so; `minimal` says that none
    of the core can be spared.
    """

    core: tuple[AnyPolicy, ...]
    minimal: bool
    certificate: Certificate


class Alike(Frozen):
    """Two sets of policies, those that a claim on policies compares, allow exactly the same."""


Title = tuple[str, str, str]
"""A workload by namespace, kind and name; a pod that has an owner counts as part of it."""

Cidrs = tuple[str, ...]
"""Addresses outside the cluster as the fewest blocks, IPv4 first."""


class Pair(Frozen):
    """Two ends between which some connections break a claim: on which ranges of ports."""

    source: Title | Cidrs
    destination: Title | Cidrs
    ports: AllowedPorts


class Concerned(Frozen):
    """The workloads and host endpoints that connections which break a claim lead from, and to.

    `from_outside` and `to_outside` say whether addresses outside take part. `pairs` are those
    that were asked for, in order, and `more` is how many there are besides.
    """

    sources: frozenset[Title]
    destinations: frozenset[Title]
    from_outside: bool
    to_outside: bool
    pairs: tuple[Pair, ...]
    more: int


class Evidence(Frozen):
    """A concrete connection with the decision that the oracle makes on it.

    `in_input` says whether the input has such a connection; None where it has no pods, or the
    world no others. `concerned` says of a counterexample whom else in the input it concerns, where
    that was counted.
    """

    connection: Connection
    decision: Decision
    in_input: InInput | None = None
    concerned: Concerned | None = None


Grounds = Proof | Evidence | Alike | Difference
"""What decides a claim: a proof that no connection of some kind exists or one connection; for a
claim on policies, that two sets of them are alike or one connection on which they differ."""


class Turn(Frozen):
    """A set of assumptions that, flipped together, turn the verdict into `outcome`."""

    flipped: tuple[Assumption, ...]
    outcome: Outcome


class Robustness(Frozen):
    """How a verdict depends on the assumptions.

    `relevant` are those that can bear on this claim at all. `turns` are the smallest sets of
    them that turn the verdict; with none, and `complete`, the verdict holds for every
    implementation. `complete` is false when a solver limit cut the search short.
    """

    relevant: tuple[Assumption, ...]
    turns: tuple[Turn, ...]
    complete: bool


class Proved(Frozen):
    """The claim holds; by `Evidence` iff it says that some connection is, the witness."""

    outcome: ClassVar = Outcome.PROVED
    by: Grounds
    robustness: Robustness


class Refuted(Frozen):
    """The claim does not hold; by `Evidence` iff one connection breaks it, the counterexample."""

    outcome: ClassVar = Outcome.REFUTED
    by: Grounds
    robustness: Robustness


class Vacuous(Frozen):
    """The claim speaks of no connection, as the groups named in `empty` have no endpoints.

    Where none is named, they have some, and no connection of the claim's kind exists: between
    one pod and itself, a pod and its own node, or ends without a common address family.
    """

    outcome: ClassVar = Outcome.VACUOUS
    empty: tuple[str, ...]


class Unknown(Frozen):
    """Neither answer is known; `because` says which limit was hit."""

    outcome: ClassVar = Outcome.UNKNOWN
    because: str


Judgement = Proved | Refuted | Vacuous | Unknown


class Cost(Frozen):
    """What a verdict took; `rlimit` is the solver's deterministic measure of work."""

    rlimit: int = 0
    seconds: float = 0.0


class Verdict(Frozen):
    """The verdict on one claim in one world under some assumptions.

    `reading` is the claim's quantified expansion in one sentence.
    """

    statement: Statement
    world: World
    assumptions: Assumptions
    reading: str
    judgement: Judgement
    cost: Cost = Cost()

    @property
    def outcome(self) -> Outcome:
        """The judgement in one word."""
        return self.judgement.outcome

    @property
    def grounds(self) -> Grounds | None:
        """What decides the claim, where it is decided."""
        decided = self.judgement
        return decided.by if isinstance(decided, Proved | Refuted) else None

    @property
    def robustness(self) -> Robustness | None:
        """How the verdict depends on the assumptions, where the claim is decided."""
        decided = self.judgement
        return decided.robustness if isinstance(decided, Proved | Refuted) else None

    @property
    def counterexample(self) -> Evidence | None:
        """The connection that refutes the claim, if one does."""
        return self._evidence(Outcome.REFUTED)

    @property
    def witness(self) -> Evidence | None:
        """The connection that proves a `may` claim, if one does."""
        return self._evidence(Outcome.PROVED)

    @property
    def core(self) -> tuple[AnyPolicy, ...] | None:
        """Policies that a proof rests on, if there is one that no connection of a kind exists."""
        return self.grounds.core if isinstance(self.grounds, Proof) else None

    def _evidence(self, outcome: Outcome) -> Evidence | None:
        evidence = self.grounds if self.outcome is outcome else None
        return evidence if isinstance(evidence, Evidence) else None


def with_concerned(verdict: Verdict, found: Concerned | None) -> Verdict:
    """The verdict, whose counterexample says whom it concerns."""
    judgement = verdict.judgement
    if not isinstance(judgement, Refuted) or not isinstance(judgement.by, Evidence):
        return verdict
    return replace(verdict, judgement=replace(judgement, by=replace(judgement.by, concerned=found)))
