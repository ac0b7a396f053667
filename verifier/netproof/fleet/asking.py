"""From a fleet file and its spec files to what is asked of each cluster."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from netproof.fleet.tasks import Asked
from netproof.solving import Limits
from netproof.verified import VerifyOptions
from netproof.verifying.baselines import BaselineError, known_failures
from netproof.verifying.standing import Judging
from netproof_specs.claims import Statement
from netproof_specs.frozen import Frozen, field, replace
from netproof_specs.problems import InputError, Problem
from netproof_specs.sources.finding import Content
from netproof_specs.spec_files.fleets import Member
from netproof_specs.spec_files.reading import Spec, statements_of

Specs = Mapping[str, tuple[Content, Spec]]
"""Spec files with what they state, by name."""


class Request(Frozen):
    """What a run asks of every cluster besides what the fleet file says of it.

    `specs` are the names of further spec files, `claims` further claims; `select` are tags of
    which a claim must have one. `until` is the time of day at which the run has to be over.
    `baseline` is the report of an earlier run.
    """

    specs: tuple[str, ...] = ()
    claims: tuple[str, ...] = ()
    select: tuple[str, ...] = ()
    limits: Limits = field(default_factory=Limits)
    most_pairs: int = 0
    judging: Judging = field(default_factory=Judging)
    baseline: bytes | None = None
    until: float | None = None


def ask(members: Sequence[Member], specs: Specs, request: Request) -> tuple[Asked, ...]:
    """What is asked of each cluster; `specs` holds every spec file that is named.

    Raises InputError with what is wrong with the claims of any of them, and BaselineError.
    """
    earlier = {} if request.baseline is None else _earlier(request.baseline)
    problems: dict[Problem, None] = {}
    found = []
    for member in members:
        try:
            found.append(_asked(member, specs, request, earlier))
        except InputError as error:
            problems.update(dict.fromkeys(error.problems))
    if problems:
        raise InputError(tuple(problems))
    return tuple(found)


def spec_names(member: Member, request: Request) -> tuple[str, ...]:
    """The spec files of a cluster: those of the fleet file, then those of the run."""
    return tuple(dict.fromkeys((*(one.name for one in member.specs), *request.specs)))


def tags(asked: Sequence[Statement]) -> set[str]:
    """Every tag of the claims."""
    return {tag for one in asked for tag in one.filing.tags}


def _asked(member: Member, specs: Specs, request: Request, earlier: Mapping[str, bytes]) -> Asked:
    files = [specs[name] for name in spec_names(member, request)]
    stated = statements_of([spec for _, spec in files], request.claims)
    if not stated:
        where = member.paths[0].where if member.paths else None
        message = f"there is no claim for the cluster `{member.name}`"
        hint = "name a file of claims under `specs`, or give `--spec` or `--claim`"
        raise InputError((Problem(where, message, hint, "no-claims"),))
    globs = (*member.reading.exclude, *(glob for _, spec in files for glob in spec.exclude))
    reading = replace(member.reading, exclude=tuple(dict.fromkeys(globs)))
    baseline = None if request.baseline is None else earlier.get(member.name, _NOTHING)
    known = None if baseline is None else known_failures(baseline)
    return Asked(
        replace(member, reading=reading),
        tuple(one for one in stated if not request.select or {*request.select} & tags([one])),
        VerifyOptions(member.world, member.assumptions, request.limits, request.most_pairs),
        replace(request.judging, known=known),
        tuple(content for content, _ in files),
        tuple(dict.fromkeys(one for _, spec in files for one in spec.included)),
        request.claims,
        request.select,
        baseline,
        request.until,
    )


_NOTHING = b'{"command": "verify", "claims": []}'
"""The earlier report on a cluster that the earlier run did not verify."""


def _earlier(data: bytes) -> dict[str, bytes]:
    """The reports on the clusters of an earlier run, each as `verify` writes it."""
    wrong = "it is no report of `netproof fleet --output json`"
    try:
        report: Any = json.loads(data)
        if report["command"] != "fleet":
            raise BaselineError(wrong)
        pairs = [(one["name"], one["report"]) for one in report["clusters"]]
    except (ValueError, LookupError, TypeError) as error:
        raise BaselineError(wrong) from error
    kept = ((name, found) for name, found in pairs if found is not None)
    return {name: json.dumps(found, sort_keys=True).encode() for name, found in kept}
