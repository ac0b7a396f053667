"""What is left of a run that decided nothing: its error in each output that was asked for."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

import click

from netproof.commands.options import Output
from netproof.commands.printing import standard_output
from netproof.reports.failures import FAILURE_FORMATS, Cause, Failure
from netproof.reports.words import safe

TABLES = ("csv", "dot", "html")
"""Formats without a form for errors: an earlier file is removed."""

OPTION = "--output"


def report_failure(failure: Failure, arguments: Sequence[str]) -> None:
    """Writes the failure over every output file; for errors of the input to standard output too.

    An interrupted run may have printed a part of its report, to which nothing is added.
    """
    for output in asked_outputs(arguments):
        if output.file is not None:
            _overwrite(output.format, output.file, failure)
        elif failure.cause in (Cause.INPUT, Cause.USAGE) and output.format != "text":
            _print(output.format, failure)


def asked_outputs(arguments: Sequence[str]) -> Iterator[Output]:
    """The outputs that a command line names, which may be wrong in whatever else it says."""
    words = iter(arguments)
    for word in words:
        if word == "--":
            return
        if word == OPTION:
            text = next(words, "")
        elif word.startswith(f"{OPTION}="):
            text = word.removeprefix(f"{OPTION}=")
        else:
            continue
        name, equals, file = text.partition("=")
        if (name in FAILURE_FORMATS or name in TABLES) and (file or not equals):
            yield Output(name, Path(file) if file else None)


def _overwrite(form: str, file: Path, failure: Failure) -> None:
    """Best effort: the run fails in any case, and says why on standard error."""
    try:
        if form in TABLES:
            file.unlink(missing_ok=True)
        else:
            text = FAILURE_FORMATS[form](failure)
            file.write_text(click.unstyle(text), encoding="utf-8", newline="\n")
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        click.echo(f"cannot write {safe(str(file))}: {reason}", err=True)


def _print(form: str, failure: Failure) -> None:
    if form in FAILURE_FORMATS:
        with suppress(click.ClickException), standard_output():
            sys.stdout.write(FAILURE_FORMATS[form](failure))


def defect_file(text: str) -> str:
    """Writes what is known of a defect to a new file and gives its name."""
    with tempfile.NamedTemporaryFile(
        "w", prefix="netproof-defect-", suffix=".txt", delete=False, encoding="utf-8"
    ) as file:
        file.write(text)
    return file.name
