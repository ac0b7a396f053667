"""The command line: which command runs, and how every way of ending maps to an exit code."""

from __future__ import annotations

import gc
import importlib
import io
import os
import sys
import traceback
from collections.abc import Sequence
from typing import Any

import click
from click.shell_completion import CompletionItem

COMMANDS = {
    "verify": "Prove or refute claims about who can talk to whom.",
    "watch": "Verify again whenever files change, and tell what turns.",
    "fleet": "Prove or refute claims about many clusters.",
    "compare": "Compare two sets of policies: equivalent, narrower or wider.",
    "connections": "List every allowed connection between the workloads.",
    "explain": "Trace why one connection is allowed or denied.",
    "recheck": "Check a bundle of evidence again, from its inputs on.",
    "lint": "Find what is suspicious about policies.",
}
"""The commands, each in the module `netproof.commands.NAME` as `command`."""

INPUT_ERROR = 2
UNKNOWN = 3
INTERNAL_ERROR = 70
INTERRUPTED = 130


class LazyCommands(click.Group):
    """A group that imports a command only when it runs, so that `--help` starts at once."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name, imported now."""
        if cmd_name not in COMMANDS:
            return None
        module: Any = importlib.import_module(f"netproof.commands.{cmd_name}")
        command: click.Command = module.command
        return command

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """The commands that begin so, without importing any."""
        named = [CompletionItem(one) for one in COMMANDS if one.startswith(incomplete)]
        return [*named, *click.Command.shell_complete(self, ctx, incomplete)]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The commands with their one-line help, without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


def _version(ctx: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted and not ctx.resilient_parsing:
        from netproof.about import about  # noqa: PLC0415 (asks the solver for its version)

        click.echo(about())
        ctx.exit()


@click.command(
    cls=LazyCommands,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 proved, 1 refuted or vacuous, 2 usage or input error, 3 unknown, "
    "70 internal error, 130 interrupted.",
)
@click.option(
    "--version",
    "-V",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_version,
    help="Show the versions of netproof and its solver.",
)
def commands() -> None:
    """Prove or refute statements about who can talk to whom under Kubernetes policies."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command line and gives its exit code; nothing escapes but SystemExit's kin."""
    _open_streams()
    if "_NETPROOF_COMPLETE" in os.environ:
        from netproof.commands.completion import use_own_shells  # noqa: PLC0415

        use_own_shells()
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A terminal or pipe in an older encoding shows what it lacks escaped.
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        code = commands.main(
            args=None if arguments is None else list(arguments),
            prog_name="netproof",
            standalone_mode=False,
        )
    except (Exception, KeyboardInterrupt) as error:
        return _failure(error, sys.argv[1:] if arguments is None else arguments)
    return code if isinstance(code, int) else 0


def _open_streams() -> None:
    """Puts the null device where a stream was closed by whoever started us."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115


def _failure(error: BaseException, arguments: Sequence[str]) -> int:
    """Says on standard error, and in each output that was asked for, why nothing was decided."""
    from netproof.commands.failing import report_failure  # noqa: PLC0415 (only where it failed)
    from netproof.commands.watching import DeadlineReachedError  # noqa: PLC0415
    from netproof.reports.failures import Cause, Failure  # noqa: PLC0415
    from netproof.reports.words import problems_text  # noqa: PLC0415
    from netproof_specs.problems import InputError, Problem  # noqa: PLC0415

    code = INPUT_ERROR
    problems: tuple[Problem, ...]
    match error:
        case KeyboardInterrupt() | click.Abort():
            click.echo("interrupted", err=True)
            cause, code = Cause.INTERRUPTED, INTERRUPTED
            problems = (Problem(None, "interrupted", code=cause.value),)
        case click.ClickException():
            error.show()
            cause = Cause.USAGE
            problems = (Problem(None, error.format_message(), code=cause.value),)
        case DeadlineReachedError():
            message = f"unknown: {error}; nothing was decided"
            click.echo(message, err=True)
            cause, code = Cause.DEADLINE, UNKNOWN
            problems = (Problem(None, message, "raise --deadline", code=cause.value),)
        case InputError():
            click.echo(problems_text(error.problems), err=True, nl=False)
            cause, problems = Cause.INPUT, error.problems
        case _:
            message = f"internal error: {type(error).__name__}: {error}"
            click.echo(message, err=True)
            help_ = f"This is a defect of netproof; please report it with {_bundle(error)}"
            click.echo(help_, err=True)
            cause, code = Cause.INTERNAL, INTERNAL_ERROR
            problems = (Problem(None, message, help_, code=cause.value),)
    command = next((word for word in arguments if word in COMMANDS), None)
    report_failure(Failure(command, cause, code, problems), arguments)
    return code


def _bundle(error: BaseException) -> str:
    """Writes the traceback and what else is known of the error to a file and gives its name."""
    from netproof.commands.failing import defect_file  # noqa: PLC0415
    from netproof.replay import DisagreementError  # noqa: PLC0415

    details = error.bundle if isinstance(error, DisagreementError) else ""
    return defect_file(f"{traceback.format_exc()}\n{details}\n")


def entry() -> None:
    """The console script.

    What a run reads it keeps to its end, so there is nothing for the cyclic collector to find.
    """
    gc.disable()
    sys.exit(main())
