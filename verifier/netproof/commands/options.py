"""Options that several commands share, and how their values read."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import reduce
from math import isnan
from pathlib import Path
from typing import Any, ClassVar

import click

from netproof.commands.completion import files, outputs, words
from netproof.reports.words import safe
from netproof.solving import Deadline, Limits
from netproof_specs.assumptions import DEFAULTS, READINGS, Assumption, Assumptions
from netproof_specs.frozen import Frozen
from netproof_specs.loading import Decoding, LoadOptions
from netproof_specs.readers.kinds import left_out
from netproof_specs.sources.finding import STDIN
from netproof_specs.syntax import namespace_fault
from netproof_specs.worlds import World

Adding = Callable[[Callable[..., Any]], Callable[..., Any]]
"""Adds an option, or several, to a command."""

MOST_SECONDS = 1_000_000
"""The longest bound on a solver call, some eleven days: more does not fit into Z3's option."""


class Output(Frozen):
    """One `--output`: a format, and the file it goes to (None is standard output)."""

    format: str
    file: Path | None


paths_argument = click.argument(
    "paths", nargs=-1, required=True, metavar="PATH...", shell_complete=files
)


def together(*options: Adding) -> Adding:
    """Adds all of the options; `--help` lists the last one first."""
    return lambda command: reduce(lambda found, option: option(found), options, command)


reading_options = together(
    click.option(
        "--exclude",
        multiple=True,
        metavar="GLOB",
        shell_complete=files,
        help="Leave out files and folders of this name or path below a folder; repeatable.",
    ),
    click.option(
        "--namespace",
        default="default",
        metavar="NS",
        show_default=True,
        help="Namespace of objects that name none.",
    ),
    click.option(
        "--lenient",
        is_flag=True,
        help="Drop unknown fields, as a server without strict validation does, "
        "and analyse what is left.",
    ),
    click.option(
        "--without",
        multiple=True,
        metavar="KIND[.GROUP]",
        help="Leave out objects of a kind that is not modelled; every report says so. Repeatable.",
    ),
)
"""Options that say how manifests are read."""


def deciding_options(subject: str, world: str) -> Adding:
    """Options that say what is assumed, what `subject` ranges over and how long it may take.

    `world` tells the world that is taken by default.
    """
    return together(
        assume_option,
        world_option(subject, world),
        timeout_option(f"beyond it {subject} is UNKNOWN"),
        deadline_option("what is open then is UNKNOWN"),
    )


def world_option(subject: str, world: str) -> Adding:
    """The option that says what `subject` ranges over, by default `world`."""
    return click.option(
        "--world",
        type=click.Choice([one.value for one in World]),
        help=f"What {subject} ranges over.  [default: {world}]",
    )


def assume_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """The option that fixes assumptions (see `assumptions_of`)."""
    return click.option(
        "--assume",
        multiple=True,
        metavar="NAME=VALUE",
        shell_complete=words(_assumption_values()),
        help=f"Fix an assumption: {', '.join(_assumption_help())}.",
    )(command)


def timeout_option(beyond: str) -> Adding:
    """The option that bounds solver calls (see `limits_of`); `beyond` says what then happens."""
    return click.option(
        "--timeout",
        type=_SECONDS,
        metavar="SECONDS",
        help=f"Bound on each solver call; {beyond}.",
    )


class Seconds(click.FloatRange):
    """A number of seconds; a class because click has its own kinds of values so."""

    name = "seconds"
    _UNITS: ClassVar = {"ms": 0.001, "s": 1, "sec": 1, "m": 60, "min": 60, "h": 3600}

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """The number; what has a unit is told without it."""
        found = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?) ?([a-z]+)", str(value))
        if found and found[2] in self._UNITS:
            seconds = float(found[1]) * self._UNITS[found[2]]
            self.fail(f"`{value}`: write the seconds without a unit: {seconds:g}", param, ctx)
        number = super().convert(value, param, ctx)
        if isnan(number):
            self.fail("`nan` is no number of seconds", param, ctx)
        return float(number)


_SECONDS = Seconds(min=0, min_open=True, max=MOST_SECONDS)


def deadline_option(then: str) -> Adding:
    """The option that bounds the whole run; `then` says what happens at its end."""
    return click.option(
        "--deadline",
        type=_SECONDS,
        metavar="SECONDS",
        help=f"Bound on the whole run; {then}.",
    )


def _assumption_values() -> list[str]:
    """Every pair that `--assume` takes."""
    return [
        f"{one.value}={value}"
        for one, reading in READINGS.items()
        for value in (reading.when_true, reading.when_false)
    ]


def _assumption_help() -> list[str]:
    return [
        f"{one.value}={reading.when_true}|{reading.when_false}" for one, reading in READINGS.items()
    ]


def load_options(
    namespace: str, decoding: Decoding, without: Sequence[str], exclude: Sequence[str]
) -> LoadOptions:
    """How to load, from the options of a command; raises click.BadParameter."""
    if fault := "a namespace has a name" if not namespace else namespace_fault(namespace):
        raise click.BadParameter(f"`{safe(namespace)}`: {fault}", param_hint="--namespace")
    try:
        kinds = tuple(dict.fromkeys(map(left_out, without)))
    except ValueError as error:
        raise click.BadParameter(safe(str(error)), param_hint="--without") from error
    if not all(one.strip("/") for one in exclude):
        raise click.BadParameter("a glob must not be empty", param_hint="--exclude")
    return LoadOptions(namespace, decoding, without=kinds, exclude=tuple(exclude))


def stdin_once(paths: Sequence[str], specs: Sequence[str]) -> None:
    """Raises click.UsageError where standard input is to be both manifests and a spec."""
    if [*specs, *dict.fromkeys(paths)].count(STDIN) > 1:
        raise click.UsageError("standard input (`-`) can be read only once")


def assumptions_of(texts: Sequence[str]) -> Assumptions:
    """The defaults with the given `name=value` pairs; raises click.BadParameter."""
    chosen = set(DEFAULTS)
    for text in texts:
        name, _, value = text.partition("=")
        assumption = next((one for one in Assumption if one.value == name), None)
        reading = READINGS.get(assumption) if assumption is not None else None
        if assumption is None or reading is None:
            raise click.BadParameter(
                f"`{text}` names no assumption; known are {', '.join(_assumption_help())}",
                param_hint="--assume",
            )
        if value not in (reading.when_true, reading.when_false):
            raise click.BadParameter(
                f"`{text}`: write {name}={reading.when_true} or {name}={reading.when_false}",
                param_hint="--assume",
            )
        chosen.discard(assumption)
        chosen.update({assumption} if value == reading.when_true else ())
    return frozenset(chosen)


def limits_of(timeout: float | None, deadline: Deadline | None) -> Limits:
    """The limits of one solver call, from seconds, and the deadline of the run."""
    milliseconds = 0 if timeout is None else max(1, round(timeout * 1000))
    return Limits(milliseconds=milliseconds, deadline=deadline)


def outputs_of(texts: Sequence[str], formats: Sequence[str]) -> tuple[Output, ...]:
    """The outputs, `text` to standard output where none is given; raises click.BadParameter."""
    outputs: list[Output] = []
    for text in texts or ("text",):
        name, equals, file = text.partition("=")
        if name not in formats or (equals and not file):
            raise click.BadParameter(
                f"`{text}` is no output; write {'|'.join(formats)}, or one of them =FILE",
                param_hint="--output",
            )
        outputs.append(Output(name, Path(file) if file else None))
    if sum(output.file is None for output in outputs) > 1:
        raise click.BadParameter(
            "only one output can go to standard output; give the others a file: FORMAT=FILE",
            param_hint="--output",
        )
    return tuple(outputs)


def output_option(formats: Sequence[str]) -> Adding:
    """The `--output` option of a command that writes these formats."""
    return click.option(
        "--output",
        multiple=True,
        metavar="FORMAT[=FILE]",
        shell_complete=outputs(formats),
        help=f"{', '.join(formats)}; repeatable, to standard output or to a file.",
    )
