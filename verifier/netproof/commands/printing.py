"""Where reports go: standard output or files, in colour only on a terminal."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

import click

from netproof.commands.options import Output
from netproof.reports.words import safe

R = TypeVar("R")


def print_outputs(
    report: R, outputs: Sequence[Output], formats: Mapping[str, Callable[[R], str]]
) -> None:
    """Renders the report once an output; raises click.ClickException where a file fails."""
    for output in outputs:
        text = formats[output.format](report)
        if output.file is None:
            click.echo(text, nl=False, color=colour_wanted())
            continue
        try:
            output.file.write_text(click.unstyle(text), encoding="utf-8", newline="\n")
        except OSError as error:
            raise click.ClickException(f"cannot write {output.file}: {error.strerror}") from error


def colour_wanted() -> bool:
    """Whether standard output is a terminal whose user did not set NO_COLOR."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR")


def progress(done: int, total: int, what: str) -> None:
    """A line on standard error that the next one overwrites; nothing where that is no terminal."""
    if sys.stderr.isatty():
        line = f"{done} of {total}: {safe(what)}" if done < total else ""
        click.echo(f"\r\x1b[2K{line[:100]}", err=True, nl=False)
