"""The tables of output formats: what is made of the findings, and of the rest of a report."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

from netproof.reports.data import Data
from netproof.reports.github import github_text
from netproof.reports.gitlab import gitlab_text
from netproof.reports.results import Told
from netproof.reports.sarif import code_scanning_text, sarif_text
from netproof.reports.serial import data_formats

R = TypeVar("R")
Format = Callable[[R], str]


def sarif_formats(told_of: Callable[[R], Told]) -> dict[str, Format[R]]:
    """All findings, and the same without what is proved."""
    return {
        "sarif": lambda report: sarif_text(told_of(report)),
        "code-scanning": lambda report: code_scanning_text(told_of(report)),
    }


def host_formats(told_of: Callable[[R], Told]) -> dict[str, Format[R]]:
    """What GitLab and GitHub show at the lines of a change."""
    return {
        "gitlab": lambda report: gitlab_text(told_of(report)),
        "github": lambda report: github_text(told_of(report)),
    }


def formats_of(  # noqa: PLR0913, PLR0917 (a format, an argument)
    text: Format[R],
    data: Callable[[R], Data],
    told: Callable[[R], Told],
    junit: Format[R],
    markdown: Format[R],
    html: Format[R],
) -> Mapping[str, Format[R]]:
    """Every format of a report on verdicts, by what makes each."""
    return {
        "text": text,
        **data_formats(data),
        **sarif_formats(told),
        "junit": junit,
        "markdown": markdown,
        "html": html,
        **host_formats(told),
    }
