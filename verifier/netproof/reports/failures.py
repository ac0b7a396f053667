"""Runs that decided nothing, in every format: a file of an earlier run must not look current."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import Enum

from netproof.about import VERSION
from netproof.reports.data import SCHEMA_VERSION, Data, problem_data
from netproof.reports.github import github_text
from netproof.reports.gitlab import failed_gitlab_text
from netproof.reports.junit import Case, Ending, junit_text
from netproof.reports.markdown_parts import details
from netproof.reports.results import NOTHING_DECIDED, Told, nothing_decided
from netproof.reports.sarif import failed_sarif_text
from netproof.reports.serial import data_formats
from netproof.reports.words import problem_text, problems_text, safe
from netproof_specs.frozen import Frozen
from netproof_specs.problems import Problem


class Cause(Enum):
    """Why a run decided nothing."""

    INPUT = "input"
    USAGE = "usage"
    INTERNAL = "internal"
    INTERRUPTED = "interrupted"
    DEADLINE = "deadline"


class Failure(Frozen):
    """A run that decided nothing: of which command, if that is known, and with which exit code."""

    command: str | None
    cause: Cause
    exit_code: int
    problems: tuple[Problem, ...]


def headline(failure: Failure) -> str:
    """What has to be said before anything else."""
    return f"nothing was decided (exit code {failure.exit_code})"


def failure_data(failure: Failure) -> Data:
    """The failure as plain data (docs/json.md, schemas/error.schema.json)."""
    return {
        "schemaVersion": SCHEMA_VERSION,
        "command": failure.command,
        "tool": {"name": "netproof", "version": VERSION},
        "error": {
            "cause": failure.cause.value,
            "exitCode": failure.exit_code,
            "problems": [problem_data(one) for one in failure.problems],
        },
    }


def _told(failure: Failure) -> Told:
    title = headline(failure)
    found = [nothing_decided(problem, title) for problem in failure.problems]
    return Told(failure.command or "netproof", title, (NOTHING_DECIDED,), found, ())


def _sarif(failure: Failure) -> str:
    return failed_sarif_text(_told(failure), failure.exit_code)


def _junit(failure: Failure) -> str:
    """An error for each problem, so that no test report counts the run as passed."""
    cases = [failed_case(one, failure.cause, problem_text(one)) for one in failure.problems]
    return junit_text(failure.command or "netproof", cases, ())


def failed_case(problem: Problem, cause: Cause, text: str) -> Case:
    """The test case of a problem, with what the text says of it."""
    name, said = safe(f"{problem.code}: {problem.message}"), safe(problem.message)
    return Case(name, Ending.ERROR, cause.value.upper(), said, text)


def _markdown(failure: Failure) -> str:
    lines = problems_text(failure.problems).splitlines()
    return f"### netproof: {headline(failure)}\n\n{details('errors', lines)}\n"


FAILURE_FORMATS: Mapping[str, Callable[[Failure], str]] = {
    "text": lambda failure: problems_text(failure.problems),
    **data_formats(failure_data),
    "sarif": _sarif,
    "code-scanning": _sarif,
    "junit": _junit,
    "markdown": _markdown,
    "github": lambda failure: github_text(_told(failure)),
    "gitlab": lambda failure: failed_gitlab_text(_told(failure).findings),
}
"""Formats that can say so. A file of any other format is removed."""
