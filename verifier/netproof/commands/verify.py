"""`netproof verify`."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from netproof.bundles.runs import VerifyRun
from netproof.commands.bundling import bundle_options, clear_bundle, write_bundle
from netproof.commands.judging import (
    baseline_of,
    claims_options,
    judging_of,
    judging_options,
    selected,
)
from netproof.commands.options import (
    assumptions_of,
    deciding_options,
    limits_of,
    load_options,
    output_option,
    outputs_of,
    paths_argument,
    reading_options,
    stdin_once,
)
from netproof.commands.printing import print_outputs
from netproof.commands.specs import included_by, read_specs
from netproof.commands.watching import run_of
from netproof.exits import exit_of_report
from netproof.pipeline import verify
from netproof.reports.formats import VERIFY_FORMATS
from netproof.verified import MOST_PAIRS, VerifyOptions
from netproof_specs.frozen import replace
from netproof_specs.loading import Decoding, load
from netproof_specs.sources.finding import source_of
from netproof_specs.spec_files.reading import statements_of
from netproof_specs.worlds import World


@click.command()
@paths_argument
@claims_options
@bundle_options
@judging_options
@output_option(list(VERIFY_FORMATS))
@deciding_options("a claim", "snapshot where the input has workloads, else any-pods")
@reading_options
def command(  # noqa: PLR0913, PLR0917 (an option, an argument)
    paths: tuple[str, ...],
    specs: tuple[str, ...],
    claims: tuple[str, ...],
    bundle: Path | None,
    certificates: Path | None,
    every: bool,
    select: tuple[str, ...],
    strict: bool,
    today: str | None,
    baseline: Path | None,
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
    """Prove or refute claims about the policies in PATH.

    PATH is a file, a folder (searched for *.yaml, *.yml and *.json) or - for standard input.
    """
    run = run_of(deadline)
    outputs = outputs_of(output, list(VERIFY_FORMATS))
    options = VerifyOptions(
        world=World(world) if world else None,
        assumptions=assumptions_of(assume),
        limits=limits_of(timeout, run.deadline),
        most_pairs=MOST_PAIRS if every else 0,
    )
    if not specs and not claims:
        raise click.UsageError("nothing to verify; give --claim TEXT or --spec FILE")
    stdin_once(paths, specs)
    earlier = baseline_of(baseline)
    judging = judging_of(today, earlier, strict)
    clear_bundle(bundle, certificates)
    files = read_specs(specs)
    statements = selected(statements_of([spec for _, spec in files], claims), select)
    decoding = Decoding.LENIENT if lenient else Decoding.STRICT
    globs = [*exclude, *(glob for _, spec in files for glob in spec.exclude)]
    reading = load_options(namespace, decoding, without, globs)
    included = included_by(files)
    names = (*specs, *(one.name for one in included))
    loaded = load(paths, reading, sys.stdin.buffer, names, run.watch)
    decided = verify(loaded, statements, options, run.show)
    run.quiet()
    contents = tuple(content for content, _ in files)
    sources = dict.fromkeys(map(source_of, (*contents, *included)))
    report = replace(decided, specs=tuple(sources), judging=judging)
    run_made = VerifyRun(report, contents, claims, select, earlier, included)
    write_bundle(run_made, bundle, certificates)
    print_outputs(report, outputs, VERIFY_FORMATS)
    return exit_of_report(report)
