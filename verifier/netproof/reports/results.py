"""What a report finds, in one form for every output that points at lines."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import Enum
from typing import assert_never

from netproof.decisions import InInput, SideDecision
from netproof.reports.facts import Facts
from netproof.reports.words import (
    endpoint_name,
    failsafe_at,
    in_input_text,
    problem_text,
    reason_text,
    safe,
    side_label,
)
from netproof_specs.frozen import Frozen
from netproof_specs.loading import Loaded, resolve
from netproof_specs.locations import Location
from netproof_specs.model.connections import Connection, Endpoint, ExternalEndpoint, PodEndpoint
from netproof_specs.model.hosts import HostEndpoint
from netproof_specs.problems import Problem


class Level(Enum):
    """How bad a finding is; the values are those of SARIF."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"
    NONE = "none"
    """Nothing is wrong: it is proved, or as expected."""


class ResultKind(Frozen):
    """A kind of finding; `id` never changes, as alerts are tracked by it."""

    id: str
    name: str
    short: str
    full: str
    help: str
    level: Level


class Spot(Frozen):
    """A place with line and column, and what there is to see."""

    where: Location
    text: str


class Result(Frozen):
    """One thing that is wrong, or with `Level.NONE` one that was looked at and is not.

    `title` and `message` are plain text, without control characters but for line ends in the
    message. `spots` begins with the place to show and may be empty. `identity` says what the
    finding is about in words that stay when lines move. `facts` are those of this finding alone.
    `accepted` says who accepted it and why, where somebody did.
    """

    rule: ResultKind
    level: Level
    title: str
    message: str
    spots: tuple[Spot, ...]
    identity: tuple[str, ...]
    facts: Facts = ()
    accepted: str = ""


class Told(Frozen):
    """The findings of a command, with its summary and what they are to be read with.

    `listed` are those that an output with room for few shows, if not all of them. `notes` would
    fail a strict run, for a format that has room for findings only.
    """

    command: str
    summary: str
    rules: Sequence[ResultKind]
    findings: Sequence[Result]
    facts: Facts
    listed: Sequence[Result] | None = None
    notes: Sequence[Result] = ()

    @property
    def shown(self) -> Sequence[Result]:
        """The findings for an output with room for few."""
        return self.findings if self.listed is None else self.listed


def spot(where: Location | None, text: str, loaded: Loaded) -> list[Spot]:
    """The place, resolved; nothing for what stands in no file."""
    return [] if where is None else [Spot(resolve(where, loaded), text)]


def placed(spots: Iterable[Spot], loaded: Loaded) -> tuple[Spot, ...]:
    """The spots in their order, the first of those at one place.

    Where there is none, the beginning of the first input file: a finding without a place is
    not shown.
    """
    found: dict[Location, Spot] = {}
    for one in spots:
        found.setdefault(one.where, one)
    if found:
        return tuple(found.values())
    return tuple(Spot(Location(one.name, 1, 1), "the input") for one in loaded.sources[:1])


def deciding_spots(side: SideDecision, connection: Connection, loaded: Loaded) -> list[Spot]:
    """The rule that admits, or the policies that select and do not.

    Before these what opens a failsafe port, or leaves it out (D.36).
    """
    text = side_sentence(side, connection)
    failsafe = spot(failsafe_at(side), text, loaded)
    if side.rule is not None:
        return failsafe + spot(side.rule.where, text, loaded)
    selecting = (found for one in side.pointed_at for found in spot(one.where, text, loaded))
    return [*failsafe, *selecting]


def endpoint_spots(endpoint: Endpoint, word: str, loaded: Loaded) -> list[Spot]:
    """Where the manifest of the pod or host endpoint stands."""
    text = f"{word}: {endpoint_name(endpoint)}"
    match endpoint:
        case PodEndpoint():
            return spot(endpoint.where or endpoint.namespace.where, text, loaded)
        case HostEndpoint():
            return spot(endpoint.where, text, loaded)
        case ExternalEndpoint():
            return []
        case _:
            assert_never(endpoint)


NOTHING_DECIDED = ResultKind(
    "netproof/nothing-decided",
    "NothingDecided",
    "netproof decided nothing.",
    "The command line or the input is wrong, or the run was cut short. No claim is proved or "
    "refuted, and nothing is known of earlier findings either.",
    "Mend what the message names, and run netproof again.",
    Level.ERROR,
)

NOWHERE = Location("command-line", 1, 1)
"""Stands for the place of what is in no file: code scanning refuses a result without a place."""


def nothing_decided(problem: Problem, title: str) -> Result:
    """The finding that nothing was decided because of a problem."""
    spots = (Spot(problem.where or NOWHERE, safe(problem.message)),)
    identity, level = (problem.code, problem.message), NOTHING_DECIDED.level
    return Result(NOTHING_DECIDED, level, title, problem_text(problem), spots, identity)


def side_sentence(side: SideDecision, connection: Connection) -> str:
    """`ingress allowed: shop/to-db ingress[0] admits it`."""
    allowed = "allowed" if side.allowed else "denied"
    return f"{side_label(side)} {allowed}: {reason_text(side, connection)}"


def in_input_sentence(in_input: InInput | None, example: Connection, loaded: Loaded) -> list[str]:
    """Whether the input has such a connection, as a line of a message; none where it is shown."""
    text = in_input_text(in_input, example, loaded)
    return [f"In the input: {text}."] if text else []
