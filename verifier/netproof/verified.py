"""What `verify` is asked, and what it reports: data that every format and command reads."""

from __future__ import annotations

from netproof.solving import Limits
from netproof.verdicts import Verdict
from netproof.verifying.standing import Judging
from netproof_specs.assumptions import DEFAULTS, Assumptions
from netproof_specs.frozen import Frozen, field
from netproof_specs.loading import UNKNOWN_KIND, Loaded, Source
from netproof_specs.problems import Problem
from netproof_specs.worlds import World

UNMATCHED = "matches-nothing"
"""The code of a note on a group of a claim that matches nothing."""


class VerifyOptions(Frozen):
    """How to verify; `world` None leaves the choice to the input (docs/worlds.md).

    Of a refuted claim at most `most_pairs` pairs of workloads that break it are listed.
    """

    world: World | None = None
    assumptions: Assumptions = DEFAULTS
    limits: Limits = field(default_factory=Limits)
    most_pairs: int = 0


class Report(Frozen):
    """Everything that a report of verdicts says, in the order of the claims.

    `specs` are the spec files that the claims come from, where some do. `judging` says by what
    the verdicts fail the run or do not.
    """

    loaded: Loaded
    options: VerifyOptions
    verdicts: tuple[Verdict, ...]
    specs: tuple[Source, ...] = ()
    judging: Judging = field(default_factory=Judging)

    @property
    def failing_notes(self) -> tuple[Problem, ...]:
        """The notes that make a strict run fail, whatever the verdicts are."""
        codes = STRICT if self.judging.strict else frozenset()
        return tuple(one for one in self.loaded.notes if one.code in codes)


MOST_PAIRS = 100_000
"""As many pairs of workloads as `--all` lists: a report has to be read."""

STRICT = frozenset({UNMATCHED, UNKNOWN_KIND})
"""The notes that fail a run under `--strict`: it may be about nothing, or not about everything."""
