"""What is asked of a cluster of a fleet, in the pieces that workers get."""

from __future__ import annotations

import pickle
import time
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

from netproof.solving import Deadline
from netproof.verdicts import Verdict
from netproof.verified import VerifyOptions
from netproof.verifying.standing import Judging
from netproof_specs.claims import Statement
from netproof_specs.frozen import Frozen, replace
from netproof_specs.loading import Loaded
from netproof_specs.problems import Problem
from netproof_specs.sources.finding import Content
from netproof_specs.sources.folders import NONE_UNREAD, Unread
from netproof_specs.spec_files.fleets import Member

LARGE = 8 * 2**20
"""Bytes of input from which on a cluster is large: reading it costs less than deciding."""

CLAIMS, CLAIMS_OF_LARGE = 100, 10
"""How many claims on one cluster a worker gets at a time. A large one is split more finely, so
that several workers share it, though each of them reads it. What comes out of a batch must not
depend on who works, so neither does its size."""


class Inputs(Frozen):
    """What was read of a cluster, and what went wrong; `again` are paths that read it again."""

    contents: tuple[Content, ...]
    problems: tuple[Problem, ...] = ()
    unread: Unread = NONE_UNREAD
    again: tuple[str, ...] = ()

    @property
    def size(self) -> int:
        """How many bytes."""
        return sum(len(one.data) for one in self.contents)


class Asked(Frozen):
    """What is asked of one cluster; `specs` are the files that its claims come from.

    `included` are the files and catalogues that those include.
    `claims` and `select` are those of the command line, `baseline` is an earlier report on this
    cluster, and `until` the time of day at which the run has to be over: a worker's clock that
    only counts may have begun elsewhere. `about` are the versions that ask,
    where those of a worker may be others.
    """

    member: Member
    statements: tuple[Statement, ...]
    options: VerifyOptions
    judging: Judging
    specs: tuple[Content, ...] = ()
    included: tuple[Content, ...] = ()
    claims: tuple[str, ...] = ()
    select: tuple[str, ...] = ()
    baseline: bytes | None = None
    until: float | None = None
    about: str = ""

    @property
    def name(self) -> str:
        """That of the cluster."""
        return self.member.name

    def options_here(self) -> VerifyOptions:
        """The options for a process that counts its time from some start of its own."""
        deadline = self.options.limits.deadline
        if deadline is None or self.until is None:
            return self.options
        here = Deadline(deadline.seconds, time.monotonic() + self.until - time.time())
        return replace(self.options, limits=replace(self.options.limits, deadline=here))


class Whole(Frozen):
    """To decide all claims on a cluster and to tell the verdicts."""


class Batch(Frozen):
    """To decide the claims from `start` up to `stop`."""

    start: int
    stop: int


class Telling(Frozen):
    """To tell the verdicts that came out of the batches."""

    verdicts: tuple[Verdict, ...]


Duty = Whole | Batch | Telling


class Task(Frozen):
    """A piece of work on one cluster; `wanted` are the parts of reports that are asked for.

    `key` tells the inputs of a cluster of several batches from those of all others.
    """

    asked: Asked
    duty: Duty
    wanted: frozenset[str]
    key: str = ""


PAGE, BUNDLE = "page", "bundle"
"""The parts that are made only where they are wanted."""


def duties(asked: Asked, inputs: Inputs, wanted: frozenset[str]) -> Iterator[Duty]:
    """What is first to be done on a cluster: all of it, or one batch after the other.

    A bundle is checked by running `verify` once more on all claims at once, so it is made so.
    """
    claims = len(asked.statements)
    most = CLAIMS_OF_LARGE if inputs.size >= LARGE else CLAIMS
    if claims <= most or BUNDLE in wanted:
        yield Whole()
        return
    for start in range(0, claims, most):
        yield Batch(start, min(claims, start + most))


def key_of(asked: Asked, inputs: Inputs) -> str:
    """Tells clusters apart by all that their reading depends on."""
    found = sha256(repr((asked.member, inputs.problems, inputs.unread, inputs.again)).encode())
    for one in inputs.contents:
        found.update(repr((one.name, one.origin, len(one.data))).encode())
        found.update(one.data)
    return found.hexdigest()


class Spooled(Frozen):
    """Inputs in a file of this machine, so that each of its workers reads them once."""

    file: Path


def spool(inputs: Inputs, file: Path) -> Spooled:
    """Writes the inputs to the file."""
    with file.open("wb") as stream:
        pickle.dump(inputs, stream, pickle.HIGHEST_PROTOCOL)
    return Spooled(file)


def read_spooled(spooled: Spooled) -> Inputs:
    """The inputs that this run wrote."""
    with spooled.file.open("rb") as stream:
        inputs: Inputs = pickle.load(stream)
    return inputs


def with_paths(loaded: Loaded, inputs: Inputs) -> Loaded:
    """What was loaded, with the paths that a command to read it again would name."""
    return replace(loaded, paths=inputs.again)
