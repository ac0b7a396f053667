"""Where reports go: standard output or files, in colour only on a terminal."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import click

from netproof.commands.options import Output
from netproof.reports.folding import folded, folded_pieces

R = TypeVar("R")


def print_outputs(
    report: R, outputs: Sequence[Output], formats: Mapping[str, Callable[[R], str]]
) -> None:
    """Renders the report once an output; raises click.ClickException where a file fails."""
    for output in files_first(outputs):
        text = formats[output.format](report)
        if output.file is None:
            with standard_output():
                fitting = fitted(text) if output.format == "text" else text
                click.echo(fitting, nl=False, color=colour_wanted())
        else:
            _write([click.unstyle(text)], output.file)


def stream_outputs(
    report: R, outputs: Sequence[Output], formats: Mapping[str, Callable[[R], Iterable[str]]]
) -> None:
    """The same piece by piece, for a report that may be larger than memory."""
    for output in files_first(outputs):
        pieces = formats[output.format](report)
        if output.file is None:
            columns = width() if output.format == "text" else 0
            with standard_output():
                sys.stdout.writelines(folded_pieces(pieces, columns) if columns else pieces)
        else:
            _write(pieces, output.file)


def _write(pieces: Iterable[str], path: Path) -> None:
    try:
        with path.open("w", encoding="utf-8", newline="\n") as file:
            file.writelines(pieces)
    except OSError as error:
        raise click.ClickException(f"cannot write {path}: {error.strerror}") from error
    except BaseException:
        # A part of a report, left behind when time is up or at Ctrl-C, might pass for a whole one.
        if path.is_file():
            path.unlink()
        raise


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


def fitted(text: str) -> str:
    """The text with its lines folded to the terminal, if standard output is one."""
    return folded(text, width())


def colour_wanted() -> bool:
    """Whether standard output is a terminal with colours, or FORCE_COLOR takes it for one.

    NO_COLOR outweighs both; `FORCE_COLOR=0` says nothing.
    """
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR", "0") not in ("", "0"):
        return True
    return sys.stdout.isatty() and os.environ.get("TERM") != "dumb"


def width() -> int:
    """The columns of the terminal that standard output is, or 0."""
    if not sys.stdout.isatty():
        return 0
    try:
        return os.get_terminal_size(sys.stdout.fileno()).columns
    except (OSError, ValueError):
        return 0
