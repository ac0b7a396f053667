"""`netproof recheck`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from netproof.bundles.archive import read_file, read_folder
from netproof.bundles.rechecking import Checked
from netproof.commands.printing import colour_wanted, standard_output
from netproof.exits import Exit
from netproof.rechecking import recheck, recheck_members
from netproof.reports.words import counted, safe


@click.command()
@click.argument("bundle", metavar="BUNDLE", type=click.Path(path_type=Path))
def command(bundle: Path) -> int:
    """Check evidence that `verify`, `compare` or `fleet` wrote with --bundle or --certificates.

    BUNDLE is the file or the folder. Its inputs are verified anew, and every file has to come
    out as it stands there; every script is decided again by Z3 and, where they are installed, by
    cvc5 and bitwuzla; every proof is followed, every connection replayed.
    """
    try:
        found = _checks(bundle)
    except OSError as error:
        name = safe(str(error.filename or bundle))
        raise click.ClickException(f"cannot read {name}: {error.strerror}") from error
    faults = 0
    with standard_output():
        for one in found:
            faults += bool(one.fault)
            mark = click.style("WRONG", fg="red", bold=True) if one.fault else "holds"
            said = f"{one.what}: {one.fault}" if one.fault else one.what
            click.echo(f"{mark}  {safe(said)}", color=colour_wanted())
        verdict = f"{counted(faults, 'fault')}: do not rely on it" if faults else "all of it holds"
        click.echo(f"\n{safe(str(bundle))}: {verdict}", color=colour_wanted())
    return Exit.REFUTED if faults else Exit.PROVED


def _checks(bundle: Path) -> Iterator[Checked]:
    """What is looked at, once it is read; raises OSError."""
    if bundle.is_dir():
        return recheck_members(read_folder(bundle))
    return recheck(read_file(bundle))
