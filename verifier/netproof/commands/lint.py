"""`netproof lint`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Mapping, Sequence

import click

from netproof.commands.completion import listed
from netproof.commands.options import (
    assume_option,
    assumptions_of,
    deadline_option,
    limits_of,
    load_options,
    output_option,
    outputs_of,
    paths_argument,
    reading_options,
    timeout_option,
)
from netproof.commands.printing import print_outputs
from netproof.commands.watching import run_of
from netproof.exits import Exit
from netproof.lint.codes import CODES, Severity
from netproof.lint.findings import Finding
from netproof.lint.running import LintOptions, LintReport, lint, worst
from netproof.reports.lint.data import lint_data
from netproof.reports.lint.findings import lint_told
from netproof.reports.lint.markdown import lint_markdown
from netproof.reports.lint.page import lint_html
from netproof.reports.lint.text import lint_text, statistics_text
from netproof.reports.serial import data_formats
from netproof.reports.told import host_formats, sarif_formats
from netproof_specs.loading import Decoding, load

LINT_FORMATS: Mapping[str, Callable[[LintReport], str]] = {
    "text": lint_text,
    **data_formats(lint_data),
    "sarif": sarif_formats(lint_told)["sarif"],
    "markdown": lint_markdown,
    "html": lint_html,
    **host_formats(lint_told),
}
NEVER = "never"


@click.command()
@paths_argument
@output_option(list(LINT_FORMATS))
@click.option(
    "--select",
    "selected",
    multiple=True,
    metavar="CODES",
    help="Only these codes.",
    shell_complete=listed([*CODES]),
)
@click.option(
    "--ignore",
    "ignored",
    multiple=True,
    metavar="CODES",
    help="Not these codes.",
    shell_complete=listed([*CODES]),
)
@click.option(
    "--fail-on",
    type=click.Choice([*(one.value for one in Severity), NEVER]),
    default=Severity.WARNING.value,
    show_default=True,
    help="Exit with 1 when a finding has at least this severity.",
)
@click.option("--statistics", is_flag=True, help="In text, how many findings each code has.")
@assume_option
@timeout_option("what it leaves open is listed as undecided")
@deadline_option("what it leaves open is listed as undecided")
@reading_options
def command(  # noqa: PLR0913, PLR0917 (an option, an argument)
    paths: tuple[str, ...],
    output: tuple[str, ...],
    selected: tuple[str, ...],
    ignored: tuple[str, ...],
    fail_on: str,
    statistics: bool,
    assume: tuple[str, ...],
    timeout: float | None,
    deadline: float | None,
    namespace: str,
    lenient: bool,
    without: tuple[str, ...],
    exclude: tuple[str, ...],
) -> int:
    """Find what is suspicious about the policies in PATH.

    PATH is a file, a folder (searched for *.yaml, *.yml and *.json) or - for standard input.
    A comment `# netproof: ignore NP012 -- reason` silences a finding on its line; the annotation
    `netproof/ignore: "NP012 reason"` of a policy silences one on the policy.
    """
    run = run_of(deadline)
    outputs = outputs_of(output, list(LINT_FORMATS))
    options = LintOptions(
        _codes(selected, "--select", CODES) - _codes(ignored, "--ignore", ()),
        assumptions_of(assume),
        limits_of(timeout, run.deadline),
    )
    decoding = Decoding.LENIENT if lenient else Decoding.STRICT
    reading = load_options(namespace, decoding, without, exclude)
    loaded = load(paths, reading, sys.stdin.buffer, watch=run.watch)
    report = lint(loaded, options, run.show)
    run.quiet()
    formats = {**LINT_FORMATS, "text": statistics_text} if statistics else LINT_FORMATS
    print_outputs(report, outputs, formats)
    if _fails(report.findings, fail_on):
        return Exit.REFUTED
    return Exit.UNKNOWN if report.stopped_because else Exit.PROVED


def _codes(texts: Sequence[str], option: str, default: Collection[str]) -> frozenset[str]:
    """The codes that the texts list by number or name, separated by commas."""
    names = {code.name: code.id for code in CODES.values()} | {code: code for code in CODES}
    listed = [word.strip() for text in texts for word in text.split(",") if word.strip()]
    unknown = [word for word in listed if word not in names]
    if unknown:
        raise click.BadParameter(
            f"`{unknown[0]}` is no code of lint; they run from {min(CODES)} to {max(CODES)}",
            param_hint=option,
        )
    return frozenset(names[word] for word in listed) if listed else frozenset(default)


def _fails(findings: Sequence[Finding], fail_on: str) -> bool:
    found = worst(findings)
    return fail_on != NEVER and found is not None and found.rank >= Severity(fail_on).rank
