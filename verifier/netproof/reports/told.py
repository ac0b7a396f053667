"""What a command found, as the formats that list findings write it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from netproof.reports.facts import Facts
from netproof.reports.github import github_text
from netproof.reports.gitlab import gitlab_text
from netproof.reports.results import Result, ResultKind
from netproof.reports.sarif import code_scanning_text, sarif_text

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Told:
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


def sarif_formats(told_of: Callable[[R], Told]) -> dict[str, Callable[[R], str]]:
    """All findings, and the same without what is proved."""

    def sarif(report: R) -> str:
        told = told_of(report)
        return sarif_text(told.command, told.rules, told.findings, told.facts)

    def code_scanning(report: R) -> str:
        told = told_of(report)
        return code_scanning_text(told.command, told.rules, told.findings, told.facts)

    return {"sarif": sarif, "code-scanning": code_scanning}


def host_formats(told_of: Callable[[R], Told]) -> dict[str, Callable[[R], str]]:
    """What GitLab and GitHub show at the lines of a change."""

    def gitlab(report: R) -> str:
        told = told_of(report)
        return gitlab_text(told.summary, (*told.shown, *told.notes), told.facts)

    def github(report: R) -> str:
        told = told_of(report)
        return github_text(told.summary, told.shown, told.facts)

    return {"gitlab": gitlab, "github": github}
