"""From a cluster of a fleet to the bytes of its files, read once and in one place."""

from __future__ import annotations

from collections.abc import Sequence

from netproof.fleet.tasks import Inputs
from netproof_specs.frozen import replace
from netproof_specs.locations import Location
from netproof_specs.problems import Problem
from netproof_specs.sources.finding import Content, again, read_sources
from netproof_specs.sources.folders import Exclusion, Unread
from netproof_specs.sources.revisions import is_revision, read_revision
from netproof_specs.spec_files.fleets import Member


def gather(member: Member, but: Sequence[str]) -> Inputs:
    """What the cluster's paths hold, the files in `but` aside."""
    problems: list[Problem] = []
    contents: list[Content] = []
    globs = member.reading.exclude
    exclusion = Exclusion(globs)
    # Files of one kind are read together, so that none is read twice under two names.
    named = [one.name for one in member.paths if not is_revision(one.name)]
    contents += read_sources(named, None, problems, but, exclusion)
    for path in member.paths:
        if is_revision(path.name):
            found: list[Problem] = []
            contents += read_revision(path.name, found, exclusion)
            problems += (replace(one, where=one.where or path.where) for one in found)
    wheres = {path.name: path.where for path in member.paths}
    return Inputs(
        tuple(contents),
        tuple(_at_its_path(one, wheres) for one in problems),
        Unread(tuple(exclusion.files)),
        again(named, but, globs) if len(named) == len(member.paths) else (),
    )


def _at_its_path(problem: Problem, wheres: dict[str, Location]) -> Problem:
    """A problem of a whole path, at the place where the fleet file names it."""
    where = problem.where
    if where is None or where.line or where.file not in wheres:
        return problem
    return replace(problem, where=wheres[where.file], message=f"`{where.file}`: {problem.message}")
