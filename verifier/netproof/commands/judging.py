"""Options that say which claims there are and which count, on which day, and against which earlier
report."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import click

from netproof.commands.completion import either, files
from netproof.commands.options import together
from netproof.reports.words import safe
from netproof.verifying.baselines import BaselineError, known_failures
from netproof.verifying.standing import Judging
from netproof_specs.claims import Statement
from netproof_specs.sources.contents import UnreadableError, file_bytes, reason_of
from netproof_specs.spec_files.filing import day_of
from netproof_specs.spec_files.includes import ALONE

all_option = click.option(
    "--all",
    "every",
    is_flag=True,
    help="List every pair of workloads that breaks a refuted claim.",
)


claims_options = together(
    all_option,
    click.option("--claim", "claims", multiple=True, metavar="TEXT", help="One claim."),
    click.option(
        "--spec",
        "specs",
        multiple=True,
        metavar="FILE",
        help=f"A file of groups and claims, or a catalogue: {', '.join(ALONE)}.",
        shell_complete=either(ALONE, files),
    ),
)
"""Options that say what to verify, and how much of a refutation to list."""


judging_options = together(
    click.option(
        "--select",
        multiple=True,
        metavar="TAG",
        help="Only claims with this tag; repeatable, for claims with any of them.",
    ),
    click.option(
        "--strict",
        is_flag=True,
        help="Fail also for groups that match nothing of the input, for unknown kinds, and for "
        "claims that were accepted as refuted and are proved.",
    ),
    click.option(
        "--today",
        metavar="DATE",
        help="The day by which `accepted: {until: DATE}` counts.  [default: today]",
    ),
    click.option(
        "--baseline",
        type=click.Path(dir_okay=False, path_type=Path),
        metavar="REPORT.json",
        help="Fail only where this earlier report (--output json) does not fail already.",
    ),
)
"""Options for `selected` and `judging_of`."""


def selected(statements: Sequence[Statement], tags: Sequence[str]) -> tuple[Statement, ...]:
    """The statements with any of the tags, all where none is given; raises click.BadParameter."""
    if not tags:
        return tuple(statements)
    check_tags(statements, tags)
    return tuple(one for one in statements if {*one.filing.tags} & {*tags})


def check_tags(statements: Sequence[Statement], tags: Sequence[str]) -> None:
    """Raises click.BadParameter for a tag that no claim has."""
    known = {tag for one in statements for tag in one.filing.tags}
    for tag in tags:
        if tag not in known:
            hint = f"; known are {', '.join(sorted(known))}" if known else ""
            raise click.BadParameter(
                f"no claim has the tag `{safe(tag)}`{hint}", param_hint="--select"
            )


def judging_of(today: str | None, baseline: bytes | None, strict: bool) -> Judging:
    """By what verdicts are judged; raises click.BadParameter."""
    day = date.today() if today is None else day_of(today)
    if day is None:
        raise click.BadParameter(
            f"`{safe(today or '')}` is no day; write it as 2027-01-31", param_hint="--today"
        )
    try:
        known = None if baseline is None else known_failures(baseline)
    except BaselineError as error:
        raise click.BadParameter(str(error), param_hint="--baseline") from error
    return Judging(day, known, strict)


def baseline_of(file: Path | None) -> bytes | None:
    """The bytes of the earlier report; raises click.ClickException."""
    if file is None:
        return None
    try:
        return file_bytes(str(file))
    except (UnreadableError, OSError) as error:
        raise click.ClickException(f"cannot read {file}: {reason_of(error)}") from error
