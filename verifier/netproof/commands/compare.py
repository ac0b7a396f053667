"""`netproof compare`."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from netproof.api import compare
from netproof.bundles.runs import CompareRun
from netproof.commands.bundling import bundle_options, clear_bundle, write_bundle
from netproof.commands.completion import files
from netproof.commands.options import (
    assumptions_of,
    deciding_options,
    limits_of,
    load_options,
    output_option,
    outputs_of,
    reading_options,
)
from netproof.commands.printing import print_outputs
from netproof.commands.watching import run_of
from netproof.comparison.connectivity import ConnectivityOptions, compare_connectivity
from netproof.comparison.policies import CompareOptions
from netproof.comparison.versions import load_versions, shared_cluster
from netproof.comparisons import EXPECTATIONS
from netproof.exits import Exit, exit_of_comparison
from netproof.reports.formats import COMPARE_FORMATS, CONNECTIVITY_FORMATS
from netproof_specs.loading import Decoding
from netproof_specs.worlds import World


@click.command()
@click.argument("old", metavar="OLD", shell_complete=files)
@click.argument("new", metavar="NEW", shell_complete=files)
@click.option(
    "--what",
    type=click.Choice(["policies", "connectivity"]),
    default="policies",
    show_default=True,
    help="Compare the policies alone, over one cluster; or what all of OLD and NEW connects.",
)
@click.option(
    "--context",
    multiple=True,
    metavar="PATH",
    shell_complete=files,
    help="Resources that both sides share, such as namespaces and workloads.",
)
@click.option(
    "--expect",
    type=click.Choice(list(EXPECTATIONS)),
    default="equivalent",
    show_default=True,
    help="What NEW has to be for exit code 0.",
)
@click.option(
    "--max-regions",
    type=click.IntRange(min=1),
    default=20,
    show_default=True,
    help="How many regions, or groups of connections, to list for each change.",
)
@bundle_options
@output_option(list(COMPARE_FORMATS))
@deciding_options("the comparison", "any-cluster")
@reading_options
def command(  # noqa: PLR0913, PLR0917 (an option, an argument)
    old: str,
    new: str,
    what: str,
    context: tuple[str, ...],
    expect: str,
    max_regions: int,
    bundle: Path | None,
    certificates: Path | None,
    output: tuple[str, ...],
    assume: tuple[str, ...],
    world: str | None,
    timeout: float | None,
    deadline: float | None,
    namespace: str,
    lenient: bool,
    without: tuple[str, ...],
    exclude: tuple[str, ...],
) -> int:
    """Compare two sets of policies, or with `--what connectivity` two clusters.

    OLD and NEW are files, folders, - for standard input, or git:REV:PATH.
    """
    run = run_of(deadline)
    outputs = outputs_of(output, list(COMPARE_FORMATS))
    options = CompareOptions(
        World(world) if world else World.ANY_CLUSTER,
        assumptions_of(assume),
        limits_of(timeout, run.deadline),
        max_regions,
    )
    connectivity = what == "connectivity"
    clear_bundle(bundle, certificates)
    if connectivity:
        _fits_connectivity(world, bundle or certificates)
    decoding = Decoding.LENIENT if lenient else Decoding.STRICT
    reading = load_options(namespace, decoding, without, exclude)
    before, after = load_versions((old, new), context, reading, sys.stdin.buffer, run.watch)
    if connectivity:
        asked = ConnectivityOptions(options.assumptions, expect, max_regions)
        found = compare_connectivity(before, after, asked, run.watch)
        run.quiet()
        print_outputs(found, outputs, CONNECTIVITY_FORMATS)
        return Exit.PROVED if found.met else Exit.REFUTED
    report = compare(before, after, options, expect, run.show)
    run.quiet()
    cluster = shared_cluster(before, after, options.world)
    write_bundle(CompareRun(report, options, cluster), bundle, certificates)
    print_outputs(report, outputs, COMPARE_FORMATS)
    return exit_of_comparison(report.comparison, expect)


def _fits_connectivity(world: str | None, evidence: Path | None) -> None:
    """Raises click.UsageError for options that say nothing where no solver is asked."""
    if world not in (None, World.SNAPSHOT.value):
        raise click.UsageError(
            f"--what connectivity compares the workloads that are given, so --world {world} does "
            "not go with it"
        )
    if evidence is not None:
        raise click.UsageError(
            "--what connectivity makes no bundle of evidence; the report has the digests of the "
            "input, and the same input gives the same report"
        )
