"""Where bundles of evidence go: one file, a folder, or both."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from zipfile import is_zipfile

import click

from netproof.bundles.archive import ArchiveError, Members, empty_folder, packed, write_folder
from netproof.bundles.making import members_of
from netproof.bundles.runs import Run
from netproof.commands.options import together

bundle_options = together(
    click.option(
        "--certificates",
        type=click.Path(file_okay=False, path_type=Path),
        metavar="FOLDER",
        help="Write the same as --bundle to a folder, in place of what an earlier run left.",
    ),
    click.option(
        "--bundle",
        type=click.Path(dir_okay=False, path_type=Path),
        metavar="FILE.zip",
        help="Write inputs, report, and the evidence for each verdict, to be checked again "
        "by `netproof recheck` or by the `check.py` in it.",
    ),
)
"""Options that say where the evidence goes (see `write_bundle`)."""


def clear_bundle(bundle: Path | None, folder: Path | None) -> None:
    """Takes away what an earlier run left, so that no failed run leaves it as if it were its own.

    Raises click.ClickException where that fails.
    """
    with _reported():
        if bundle is not None and bundle.exists():
            if not is_zipfile(bundle):
                raise click.ClickException(f"{bundle} is no archive; name another file")
            bundle.unlink()
        if folder is not None:
            empty_folder(folder)


def write_bundle(run: Run, bundle: Path | None, folder: Path | None) -> None:
    """Writes the run's evidence to the file and the folder that are given.

    Raises click.ClickException where that fails, and DisagreementError.
    """
    if bundle is not None or folder is not None:
        write_members(members_of(run), bundle, folder)


def write_members(members: Members, bundle: Path | None, folder: Path | None) -> None:
    """Writes the files of a bundle to the file and the folder that are given; errors as above."""
    with _reported():
        if bundle is not None:
            bundle.parent.mkdir(parents=True, exist_ok=True)
            bundle.write_bytes(packed(members))
        if folder is not None:
            write_folder(members, folder)


@contextmanager
def _reported() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise click.ClickException(f"cannot write {error.filename}: {error.strerror}") from error
    except ArchiveError as error:
        raise click.ClickException(str(error)) from error
