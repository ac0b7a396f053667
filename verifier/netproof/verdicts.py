"""What we say of a claim, and the evidence for it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from netproof.comparisons import Difference
from netproof.decisions import Decision
from netproof_specs.assumptions import Assumption, Assumptions
from netproof_specs.claims import Statement
from netproof_specs.model.cluster import Policy
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

    They are those that the solver read: the cluster in its world, the claim's obligation, and
    the literals that were assumed.
    """

    stage: str = field(repr=False)
    obligation: str
    assumed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Evidence:
    """A concrete connection with the decision that the oracle makes on it."""

    connection: Connection
    decision: Decision


@dataclass(frozen=True, slots=True)
class Turn:
    """A set of assumptions that, flipped together, turn the verdict into `outcome`."""

    flipped: tuple[Assumption, ...]
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Robustness:
    """How a verdict depends on the assumptions.

    `relevant` are those that can bear on this claim at all. `turns` are the smallest sets of
    them that turn the verdict; with none, and `complete`, the verdict holds for every
    implementation. `complete` is false when a solver limit cut the search short.
    """

    relevant: tuple[Assumption, ...]
    turns: tuple[Turn, ...]
    complete: bool


@dataclass(frozen=True, slots=True)
class Verdict:
    """The verdict on one claim in one world under some assumptions.

    `reading` is the claim's quantified expansion in one sentence. `counterexample` is set iff
    the claim is refuted by a connection; `witness` iff a `may` claim is proved; `difference` iff
    a claim on policies is decided by a connection on which two sets of policies differ.
    `core` holds policies that a proof rests on: whichever others are present or absent, the
    claim holds; `core_minimal` says that none of them can be spared. `certificate` is set iff the
    verdict says that no connection of some kind exists. `empty` names the groups
    without endpoints that make a claim vacuous. `unknown_because` says which limit was hit.
    `rlimit` is the solver's deterministic measure of work.
    """

    statement: Statement
    world: World
    assumptions: Assumptions
    outcome: Outcome
    reading: str
    counterexample: Evidence | None = None
    witness: Evidence | None = None
    difference: Difference | None = None
    core: tuple[Policy, ...] | None = None
    core_minimal: bool = False
    certificate: Certificate | None = None
    empty: tuple[str, ...] = ()
    robustness: Robustness | None = None
    unknown_because: str = ""
    rlimit: int = 0
    seconds: float = 0.0
