"""A run and its time: what is shown of its progress, and when it has to be over."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

import click

from netproof.reports.words import safe
from netproof.solving import Deadline
from netproof_specs.frozen import Frozen
from netproof_specs.steps import Step

SECONDS = 0.1
"""A line that changes more often cannot be read."""


class DeadlineReachedError(Exception):
    """The run took longer than it may; the text says how far it came."""


class Screen:
    """One line on a terminal that says what the run is at; gone when it is closed.

    A class because the line stays there from one step to the next.
    """

    def __init__(self) -> None:
        self._bar: Any = None
        self._mute = False
        self._step = Step("")
        self._shown = 0.0

    def show(self, step: Step) -> None:
        """Shows the step: the first of a phase always, others where there is time to read them."""
        if self._mute:
            return
        if step.phase != self._step.phase:
            self.close()
            self._bar = _bar(step)
        elif step == self._step or time.monotonic() - self._shown < SECONDS:
            return
        self._step, self._shown = step, time.monotonic()
        self._bar.total = step.total or None
        self._bar.n = step.done
        self._bar.set_postfix_str(safe(step.detail), refresh=False)
        self._bar.refresh()

    def close(self) -> None:
        """Clears the line."""
        if self._bar is not None:
            self._bar.close()
        self._bar, self._step = None, Step("")

    def mute(self) -> None:
        """Clears the line, and shows no step from now on."""
        self.close()
        self._mute = True


def _bar(step: Step) -> Any:
    from tqdm import tqdm  # noqa: PLC0415 (needed on terminals only)

    # A thread that refreshes the line would forbid to fork, and nobody else writes here.
    tqdm.monitor_interval = 0
    tqdm.set_lock(threading.RLock())
    form = "{desc}: {n_fmt}{postfix}" if not step.total else "{desc}: {n_fmt}/{total_fmt}{postfix}"
    return tqdm(
        desc=step.phase,
        total=step.total or None,
        file=sys.stderr,
        leave=False,
        ncols=_columns(),
        nrows=2,
        bar_format=f"{form}  [{{elapsed}}]",
    )


def _columns() -> int:
    """The width of the terminal, 80 where it does not tell."""
    try:
        return os.get_terminal_size(sys.stderr.fileno()).columns or 80
    except (OSError, ValueError):
        return 80


def _untold(_: Step) -> None:
    return


class Run(Frozen):
    """One run of a command: where its steps are shown, and its deadline, if it has one."""

    show: Callable[[Step], None]
    quiet: Callable[[], None]
    deadline: Deadline | None

    def watch(self, step: Step) -> None:
        """Shows the step; raises DeadlineReachedError instead where the time is over."""
        self.show(step)
        if self.deadline is not None and self.deadline.is_over():
            doing = f"{step.phase} {safe(step.detail)}".strip()
            raise DeadlineReachedError(f"{self.deadline.because()} while {doing}")


def run_of(seconds: float | None) -> Run:
    """The run that begins now, shown where standard error is a terminal that can clear a line."""
    deadline = None if seconds is None else Deadline(seconds, time.monotonic() + seconds)
    if not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
        return Run(_untold, lambda: None, deadline)
    screen = Screen()
    click.get_current_context().call_on_close(screen.close)
    return Run(screen.show, screen.mute, deadline)
