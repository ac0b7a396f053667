"""Runs that decided nothing, in every format: a file of an earlier run must not look current."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import Enum

from netproof.about import version
from netproof.reports.data import SCHEMA_VERSION, Data
from netproof.reports.github import github_text
from netproof.reports.gitlab import failed_gitlab_text
from netproof.reports.junit import Case, Ending, junit_text
from netproof.reports.markdown_parts import details
from netproof.reports.problems import problems_text
from netproof.reports.results import Level, Result, ResultKind, Spot
from netproof.reports.sarif import failed_sarif_text
from netproof.reports.serial import json_text, yaml_text
from netproof.reports.words import safe
from netproof_specs.locations import Location
from netproof_specs.problems import Problem


class Cause(Enum):
    """Why a run decided nothing."""

    INPUT = "input"
    USAGE = "usage"
    INTERNAL = "internal"
    INTERRUPTED = "interrupted"
    DEADLINE = "deadline"


@dataclass(frozen=True, slots=True)
class Failure:
    """A run that decided nothing: of which command, if that is known, and with which exit code."""

    command: str | None
    cause: Cause
    exit_code: int
    problems: tuple[Problem, ...]


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


def headline(failure: Failure) -> str:
    """What has to be said before anything else."""
    return f"nothing was decided (exit code {failure.exit_code})"


def failure_data(failure: Failure) -> Data:
    """The failure as plain data (docs/json.md, schemas/error.schema.json)."""
    return {
        "schemaVersion": SCHEMA_VERSION,
        "command": failure.command,
        "tool": {"name": "netproof", "version": version()},
        "error": {
            "cause": failure.cause.value,
            "exitCode": failure.exit_code,
            "problems": [problem_data(one) for one in failure.problems],
        },
    }


def problem_data(problem: Problem) -> Data:
    """An error with its place."""
    where = problem.where
    return {
        "message": problem.message,
        "suggestion": problem.suggestion,
        "code": problem.code,
        "clause": problem.clause or None,
        "file": None if where is None else where.file,
        "line": None if where is None else where.line or None,
        "column": None if where is None else where.column or None,
    }


def _findings(failure: Failure) -> Iterator[Result]:
    for problem in failure.problems:
        spots = (Spot(problem.where or NOWHERE, safe(problem.message)),)
        message = "\n".join(safe(line) for line in str(problem).splitlines())
        identity = (problem.code, problem.message)
        title, kind = headline(failure), NOTHING_DECIDED
        yield Result(kind, kind.level, title, message, spots, identity)


def _sarif(failure: Failure) -> str:
    command = failure.command or "netproof"
    findings = tuple(_findings(failure))
    return failed_sarif_text(command, (NOTHING_DECIDED,), findings, failure.exit_code)


def _github(failure: Failure) -> str:
    found = (
        one if one.spots[0].where is not NOWHERE else replace(one, spots=())
        for one in _findings(failure)
    )
    return github_text(headline(failure), tuple(found), ())


def _junit(failure: Failure) -> str:
    """An error for each problem, so that no test report counts the run as passed."""
    cases = [
        Case(
            safe(f"{problem.code}: {problem.message}"),
            Ending.ERROR,
            failure.cause.value.upper(),
            safe(problem.message),
            "\n".join(safe(line) for line in str(problem).splitlines()),
        )
        for problem in failure.problems
    ]
    return junit_text(failure.command or "netproof", cases, ())


def _markdown(failure: Failure) -> str:
    lines = problems_text(failure.problems).splitlines()
    return f"### netproof: {headline(failure)}\n\n{details('errors', lines)}\n"


FAILURE_FORMATS: Mapping[str, Callable[[Failure], str]] = {
    "text": lambda failure: problems_text(failure.problems),
    "json": lambda failure: json_text(failure_data(failure)),
    "yaml": lambda failure: yaml_text(failure_data(failure)),
    "sarif": _sarif,
    "code-scanning": _sarif,
    "junit": _junit,
    "markdown": _markdown,
    "github": _github,
    "gitlab": lambda failure: failed_gitlab_text(list(_findings(failure))),
}
"""Formats that can say so. A file of any other format is removed."""
