"""`netproof fleet`."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import click

from netproof.commands.bundling import bundle_options, clear_bundle, write_members
from netproof.commands.completion import files
from netproof.commands.failing import defect_file
from netproof.commands.judging import (
    all_option,
    baseline_of,
    check_tags,
    judging_of,
    judging_options,
)
from netproof.commands.options import (
    Output,
    deadline_option,
    limits_of,
    output_option,
    outputs_of,
    timeout_option,
)
from netproof.commands.printing import print_outputs
from netproof.commands.specs import included_by, read_spec_files, spec_content
from netproof.commands.watching import run_of
from netproof.fleet.asking import Request, Specs, ask, spec_names
from netproof.fleet.bundling import fleet_members
from netproof.fleet.engines import Engine, EngineError, local_engine
from netproof.fleet.on_dask import dask_engine, for_workers
from netproof.fleet.running import run_fleet
from netproof.fleet.sheets import FleetReport, Unverified, exit_of_fleet
from netproof.fleet.tasks import BUNDLE, PAGE, Asked
from netproof.reports.failures import Cause
from netproof.reports.fleet.formats import FLEET_FORMATS
from netproof.reports.words import safe
from netproof.verified import MOST_PAIRS
from netproof.verifying.baselines import BaselineError
from netproof_specs.frozen import replace
from netproof_specs.sources.finding import STDIN, source_of
from netproof_specs.spec_files.fleets import Member, read_fleet


@click.command()
@click.argument("file", metavar="FLEET.yaml", shell_complete=files)
@click.option(
    "--spec",
    "specs",
    multiple=True,
    metavar="FILE",
    help="A file of groups and claims, for every cluster.",
    shell_complete=files,
)
@click.option("--claim", "claims", multiple=True, metavar="TEXT", help="One claim, for each.")
@all_option
@bundle_options
@judging_options
@output_option(list(FLEET_FORMATS))
@click.option(
    "--jobs",
    type=click.IntRange(min=1, max=1024),
    metavar="NUMBER",
    help="Processes on this machine.  [default: one a core]",
)
@click.option(
    "--scheduler",
    metavar="ADDRESS",
    help="Let the workers of this scheduler of Dask do the work, such as tcp://host:8786.",
)
@timeout_option("beyond it a claim is UNKNOWN")
@deadline_option("what is open then is UNKNOWN")
def command(  # noqa: PLR0913, PLR0917 (an option, an argument)
    file: str,
    specs: tuple[str, ...],
    claims: tuple[str, ...],
    every: bool,
    bundle: Path | None,
    certificates: Path | None,
    select: tuple[str, ...],
    strict: bool,
    today: str | None,
    baseline: Path | None,
    output: tuple[str, ...],
    jobs: int | None,
    scheduler: str | None,
    timeout: float | None,
    deadline: float | None,
) -> int:
    """Prove or refute claims about many clusters.

    FLEET.yaml names the clusters, each with its manifests, revision, world, assumptions and spec
    files. The run goes on where a cluster cannot be verified, and tells why.
    """
    run = run_of(deadline)
    outputs = outputs_of(output, list(FLEET_FORMATS))
    earlier = baseline_of(baseline)
    request = Request(
        specs,
        claims,
        select,
        limits_of(timeout, run.deadline),
        MOST_PAIRS if every else 0,
        judging_of(today, None, strict),
        earlier,
        None if deadline is None else time.time() + deadline,
    )
    if STDIN in (file, *specs):
        raise click.UsageError("a fleet and its spec files are read from files, not from `-`")
    clear_bundle(bundle, certificates)
    filed = bundle is not None or certificates is not None
    content = spec_content(file, "fleet file")
    members = read_fleet(content.name, content.data)
    known = _specs(members, request)
    asked = _asked(members, known, request)
    but = (file, *known, *(one.name for one in included_by(known.values())))
    if scheduler is not None and jobs is not None:
        raise click.UsageError("--jobs counts processes here, and --scheduler names others")
    wanted = _wanted(outputs) | (FILED if filed else frozenset())
    with _engine(jobs, scheduler) as engine:
        asked = asked if scheduler is None else for_workers(asked)
        outturns = run_fleet(asked, engine, wanted, but, run.show)
    run.quiet()
    report = FleetReport(source_of(content), outturns, request.limits)
    _tell_defects(report.unverified)
    if filed:
        write_members(fleet_members(report, content, request), bundle, certificates)
    print_outputs(report, outputs, FLEET_FORMATS)
    return exit_of_fleet(report)


def _specs(members: Sequence[Member], request: Request) -> Specs:
    """Every spec file that some cluster names; raises InputError with the mistakes of all."""
    places = {one.name: one.where for member in members for one in member.specs}
    names = dict.fromkeys(name for member in members for name in spec_names(member, request))
    return {content.name: (content, spec) for content, spec in read_spec_files(names, places)}


def _asked(members: Sequence[Member], specs: Specs, request: Request) -> tuple[Asked, ...]:
    try:
        everything = ask(members, specs, replace(request, select=()))
        check_tags([one for asked in everything for one in asked.statements], request.select)
        return ask(members, specs, request) if request.select else everything
    except BaselineError as error:
        raise click.BadParameter(str(error), param_hint="--baseline") from error


FILED = frozenset({PAGE, BUNDLE})
"""What a bundle needs of each cluster."""


def _wanted(outputs: Sequence[Output]) -> frozenset[str]:
    return frozenset({PAGE} if any(one.format == "html" for one in outputs) else ())


@contextmanager
def _engine(jobs: int | None, scheduler: str | None) -> Iterator[Engine]:
    chosen = local_engine(jobs) if scheduler is None else dask_engine(scheduler)
    try:
        with chosen as engine:
            yield engine
    except EngineError as error:
        raise click.ClickException(safe(str(error))) from error


def _tell_defects(unverified: Sequence[Unverified]) -> None:
    """Writes what is known of each defect to a file, as for one that ends a run."""
    for one in unverified:
        if one.cause is Cause.INTERNAL:
            name = defect_file(one.details)
            message = f"{safe(one.name)}: {safe(one.problems[0].message)}"
            click.echo(f"{message}\nplease report it with {name}", err=True)
