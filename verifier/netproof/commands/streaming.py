"""Reports that are written piece by piece, for those that may be larger than memory."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

import click

from netproof.commands.options import Output
from netproof.commands.printing import files_first, standard_output, width
from netproof.reports.folding import folded_pieces

R = TypeVar("R")


def stream_outputs(
    report: R, outputs: Sequence[Output], formats: Mapping[str, Callable[[R], Iterable[str]]]
) -> None:
    """Writes the report once an output; raises click.ClickException where a file fails."""
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
