"""`netproof verify`."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from netproof.commands.options import (
    assumptions_of,
    deciding_options,
    limits_of,
    load_options,
    output_option,
    outputs_of,
    reading_options,
)
from netproof.commands.printing import print_outputs, progress
from netproof.exits import exit_of
from netproof.pipeline import VerifyOptions, verify
from netproof.reports.text import verify_text
from netproof_specs.loading import Decoding, load
from netproof_specs.problems import InputError, Problem
from netproof_specs.spec_files import Spec, read_spec, statements_of
from netproof_specs.worlds import World

FORMATS = {"text": verify_text}


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option("--spec", "specs", multiple=True, metavar="FILE", help="A file of groups and claims.")
@click.option("--claim", "claims", multiple=True, metavar="TEXT", help="One claim.")
@output_option(list(FORMATS))
@deciding_options
@reading_options
def command(
    paths: tuple[str, ...],
    specs: tuple[str, ...],
    claims: tuple[str, ...],
    output: tuple[str, ...],
    assume: tuple[str, ...],
    world: str | None,
    timeout: float | None,
    namespace: str,
    lenient: bool,
) -> int:
    """Prove or refute claims about the policies in PATH.

    PATH is a file, a folder (searched for *.yaml, *.yml and *.json) or - for standard input.
    """
    outputs = outputs_of(output, list(FORMATS))
    options = VerifyOptions(
        world=World(world) if world else None,
        assumptions=assumptions_of(assume),
        limits=limits_of(timeout),
    )
    if not specs and not claims:
        raise click.UsageError("nothing to verify; give --claim TEXT or --spec FILE")
    statements = statements_of([_spec(name) for name in specs], claims)
    decoding = Decoding.LENIENT if lenient else Decoding.STRICT
    loaded = load(paths, load_options(namespace, decoding), sys.stdin.buffer)
    report = verify(loaded, statements, options, progress)
    print_outputs(report, outputs, FORMATS)
    return exit_of(report.verdicts)


def _spec(name: str) -> Spec:
    try:
        data = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
    except OSError as error:
        problem = Problem(None, f"cannot read the spec `{name}`: {error.strerror}")
        raise InputError((problem,)) from error
    return read_spec(name, data)
