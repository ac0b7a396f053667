"""`netproof watch`."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import click

from netproof.commands.completion import outputs
from netproof.commands.judging import (
    baseline_of,
    claims_options,
    judging_of,
    judging_options,
    selected,
)
from netproof.commands.options import (
    assume_option,
    assumptions_of,
    limits_of,
    load_options,
    paths_argument,
    reading_options,
    timeout_option,
    world_option,
)
from netproof.commands.printing import colour_wanted, fitted
from netproof.commands.specs import included_by, read_specs
from netproof.exits import Exit, exit_of_report
from netproof.reports.watch.data import news_line
from netproof.reports.watch.text import first_text, news_text
from netproof.reports.words import safe
from netproof.verified import MOST_PAIRS, VerifyOptions
from netproof.workspace.events import Ears, require_watchfiles
from netproof.workspace.watching import Asked, News, Watch, Watcher
from netproof_specs.claims import Statement
from netproof_specs.frozen import Frozen
from netproof_specs.loading import Decoding
from netproof_specs.problems import InputError, Problem
from netproof_specs.sources.finding import STDIN, source_of
from netproof_specs.spec_files.includes import MARK
from netproof_specs.spec_files.reading import statements_of
from netproof_specs.worlds import World

FORMATS = ("text", "json")


@click.command()
@paths_argument
@claims_options
@judging_options
@click.option(
    "--output",
    type=click.Choice(FORMATS),
    default="text",
    shell_complete=outputs(FORMATS),
    help="text, or json: one line for each change.",
)
@assume_option
@world_option("a claim", "snapshot where the input has workloads, else any-pods")
@timeout_option("beyond it a claim is UNKNOWN")
@reading_options
def command(  # noqa: PLR0913, PLR0917 (an option, an argument)
    paths: tuple[str, ...],
    specs: tuple[str, ...],
    claims: tuple[str, ...],
    every: bool,
    select: tuple[str, ...],
    strict: bool,
    today: str | None,
    baseline: Path | None,
    output: str,
    assume: tuple[str, ...],
    world: str | None,
    timeout: float | None,
    namespace: str,
    lenient: bool,
    without: tuple[str, ...],
    exclude: tuple[str, ...],
) -> int:
    """Verify again whenever files change, and tell what turns.

    PATH is a file or a folder (searched for *.yaml, *.yml and *.json). The first report is that
    of `verify`; then each change gives the verdicts that are others than before. Ctrl-C ends it.
    """
    require_watchfiles()
    if not specs and not claims:
        raise click.UsageError("nothing to verify; give --claim TEXT or --spec FILE")
    if STDIN in (*paths, *specs):
        raise click.UsageError("files can be watched, and standard input (`-`) cannot")
    earlier = baseline_of(baseline)
    judging_of(today, earlier, strict)
    decoding = Decoding.LENIENT if lenient else Decoding.STRICT
    watch = Watch(
        paths,
        load_options(namespace, decoding, without, exclude),
        VerifyOptions(
            World(world) if world else None,
            assumptions_of(assume),
            limits_of(timeout, None),
            MOST_PAIRS if every else 0,
        ),
        lambda: _asked(specs, claims, select),
        lambda: judging_of(today, earlier, strict),
    )
    return _run(watch, _telling(output))


def _asked(specs: Sequence[str], claims: Sequence[str], select: Sequence[str]) -> Asked:
    read = read_specs(specs)
    included = included_by(read)
    statements = statements_of([spec for _, spec in read], claims)
    sources = dict.fromkeys(source_of(one) for one in (*(one for one, _ in read), *included))
    return Asked(
        _selected(statements, select),
        tuple(sources),
        tuple(one for one in dict.fromkeys((*specs, *(one.name for one in included)))),
        tuple(glob for _, spec in read for glob in spec.exclude),
    )


def _selected(statements: Sequence[Statement], tags: Sequence[str]) -> tuple[Statement, ...]:
    try:
        return selected(statements, tags)
    except click.BadParameter as error:
        # A spec file may lose a tag while it is watched, which is a mistake in it.
        raise InputError((Problem(None, error.format_message(), code="unknown-tag"),)) from error


class _Telling(Frozen):
    """How a form of output tells how it stands at first, and what came of a change."""

    first: Callable[[News, int], str]
    after: Callable[[News, Sequence[Problem]], str]


def _telling(output: str) -> _Telling:
    if output == "json":
        return _Telling(lambda news, _: news_line(news), lambda news, _: news_line(news))
    return _Telling(
        lambda news, count: fitted(first_text(news, count)),
        lambda news, earlier: fitted(news_text(news, earlier)),
    )


def _run(watch: Watch, telling: _Telling) -> int:
    """Tells what every change turns until it is interrupted, or nobody reads it any more."""
    watcher = Watcher(watch)
    ears = _listening(watch, watcher)
    try:
        news = watcher.begin()
        goes_on = _print(telling.first(news, watcher.file_count))
        while goes_on:
            found = _changed(watcher, ears)
            if found is not None:
                goes_on = _print(telling.after(found, news.problems))
                news = found
            ears.listen(_watched(watch, watcher))
    finally:
        ears.close()
    return Exit.INPUT_ERROR if news.report is None else exit_of_report(news.report)


def _changed(watcher: Watcher, ears: Ears) -> News | None:
    try:
        touched = ears.next()
    except OSError as error:
        message = f"cannot watch the files any longer: {safe(str(error))}"
        raise click.ClickException(message) from error
    return watcher.after(touched)


def _listening(watch: Watch, watcher: Watcher) -> Ears:
    """Begins before anything is read, so that no change is missed."""
    try:
        return Ears(_watched(watch, watcher))
    except OSError as error:
        raise click.ClickException(f"cannot watch the files: {safe(str(error))}") from error


def _watched(watch: Watch, watcher: Watcher) -> list[str]:
    return [*watch.paths, *(one for one in watcher.spec_files if not one.startswith(MARK))]


def _print(text: str) -> bool:
    """Writes to standard output at once; false if nobody reads it."""
    try:
        click.echo(text, nl=False, color=colour_wanted())
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return False
    return True
