"""Where reports go: standard output or files, in colour only on a terminal."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TypeVar

import click

from netproof.commands.options import Output
from netproof.reports.words import safe

R = TypeVar("R")


def print_outputs(
    report: R, outputs: Sequence[Output], formats: Mapping[str, Callable[[R], str]]
) -> None:
    """Renders the report once an output; raises click.ClickException where a file fails."""
    for output in files_first(outputs):
        text = formats[output.format](report)
        if output.file is None:
            with standard_output():
                click.echo(text, nl=False, color=colour_wanted())
            continue
        try:
            output.file.write_text(click.unstyle(text), encoding="utf-8", newline="\n")
        except OSError as error:
            raise click.ClickException(f"cannot write {output.file}: {error.strerror}") from error


def files_first(outputs: Sequence[Output]) -> list[Output]:
    """The outputs such that where a file fails, nothing stands on standard output yet."""
    return sorted(outputs, key=lambda output: output.file is None)


@contextmanager
def standard_output() -> Iterator[None]:
    """Writes to standard output what the block prints; raises click.ClickException.

    A reader that has gone, such as `head`, needs no more: the run goes on to its other outputs
    and to the exit code of its verdict.
    """
    try:
        yield
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:
        # What is still in the buffer would fail once more when the interpreter ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise click.ClickException(f"cannot write standard output: {error.strerror}") from error


def colour_wanted() -> bool:
    """Whether standard output is a terminal whose user did not set NO_COLOR."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR")


def progress(done: int, total: int, what: str) -> None:
    """A line on standard error that the next one overwrites; nothing where that is no terminal."""
    if sys.stderr.isatty():
        line = f"{done} of {total}: {safe(what)}" if done < total else ""
        click.echo(f"\r\x1b[2K{line[:100]}", err=True, nl=False)
