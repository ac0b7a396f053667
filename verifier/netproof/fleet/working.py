"""What a worker does, wherever it is: read a cluster, decide claims on it, tell the verdicts."""

from __future__ import annotations

import gc
import threading
import traceback
from collections.abc import Sequence
from typing import assert_never

from netproof.about import about
from netproof.fleet.sheets import Outturn, Unverified
from netproof.fleet.tasks import (
    Asked,
    Batch,
    Inputs,
    Spooled,
    Task,
    Telling,
    Whole,
    read_spooled,
    with_paths,
)
from netproof.fleet.telling import sheet_of
from netproof.pipeline import noted, verify
from netproof.replay import DisagreementError
from netproof.reports.failures import Cause
from netproof.verdicts import Verdict
from netproof.verified import Report, VerifyOptions
from netproof.verifying.unmatched import unmatched
from netproof_specs.frozen import replace
from netproof_specs.loading import Gathering, Loaded, load_contents
from netproof_specs.problems import InputError, Problem
from netproof_specs.sources.finding import source_of
from netproof_specs.sources.folders import Exclusion
from netproof_specs.steps import Step, Watch

Result = Outturn | tuple[Verdict, ...]
"""What comes out of a task: the verdicts of a batch, else what is told of the cluster."""


class LateError(Exception):
    """The time of the run is over; says so."""


def work(task: Task, placed: Inputs | Spooled) -> Result:
    """The result of the task; an error that concerns this cluster is one, and is not raised."""
    asked = task.asked
    with _ONE_AT_A_TIME:
        try:
            _check_versions(asked)
            return _done(task, placed)
        except InputError as error:
            return Unverified(asked.name, Cause.INPUT, error.problems)
        except LateError as error:
            return late(asked.name, str(error))
        except Exception as error:
            return _defect(asked.name, error)
        finally:
            # Commands run without the cyclic collector, which would look at every cluster often.
            gc.collect()


def late(name: str, because: str) -> Unverified:
    """A cluster for which there was no time."""
    message = f"unknown: {because}; nothing was decided of this cluster"
    problem = Problem(None, message, "raise --deadline", Cause.DEADLINE.value)
    return Unverified(name, Cause.DEADLINE, (problem,))


def _defect(name: str, error: Exception) -> Unverified:
    details = error.bundle if isinstance(error, DisagreementError) else ""
    message = f"internal error: {type(error).__name__}: {error}"
    problem = Problem(None, message, "this is a defect of netproof", Cause.INTERNAL.value)
    return Unverified(name, Cause.INTERNAL, (problem,), f"{traceback.format_exc()}\n{details}\n")


def _check_versions(asked: Asked) -> None:
    if asked.about and (here := about()) != asked.about:
        message = f"a worker has {here}, and this run has {asked.about}"
        hint = "install the same versions on every worker: others may find other examples"
        raise InputError((Problem(None, message, hint, "versions-differ"),))


def _done(task: Task, placed: Inputs | Spooled) -> Result:
    asked, options = task.asked, task.asked.options_here()
    loaded = _loaded(task, placed, options)
    match task.duty:
        case Batch(start, stop):
            return verify(loaded, asked.statements[start:stop], options).verdicts
        case Whole():
            report = verify(loaded, asked.statements, options)
        case Telling(verdicts):
            report = _joined(loaded, asked, verdicts)
        case _:
            assert_never(task.duty)
    sources = tuple(dict.fromkeys(map(source_of, (*asked.specs, *asked.included))))
    # With the options as they were asked: when a deadline ends is no part of a report.
    told = replace(report, options=asked.options, specs=sources, judging=asked.judging)
    return sheet_of(asked.name, asked, told, task.wanted)


def _joined(loaded: Loaded, asked: Asked, verdicts: Sequence[Verdict]) -> Report:
    """The report that `verify` makes of verdicts, those of batches in their order."""
    told = noted(loaded, unmatched(loaded, asked.statements), verdicts)
    return Report(told, asked.options, tuple(verdicts))


# --- in one process --------------------------------------------------------------------------

_ONE_AT_A_TIME = threading.Lock()
"""A solver session belongs to one thread, and a worker of Dask may have several."""

_KEPT: dict[str, Loaded] = {}
"""The large cluster that this process read last: the next batch is likely to be of the same one."""


def _loaded(task: Task, placed: Inputs | Spooled, options: VerifyOptions) -> Loaded:
    if isinstance(task.duty, Whole):
        return _load(task.asked, _unspooled(placed), options)
    if task.key not in _KEPT:
        _KEPT.clear()
        _KEPT[task.key] = _load(task.asked, _unspooled(placed), options)
    return _KEPT[task.key]


def _unspooled(placed: Inputs | Spooled) -> Inputs:
    return placed if isinstance(placed, Inputs) else read_spooled(placed)


def _load(asked: Asked, inputs: Inputs, options: VerifyOptions) -> Loaded:
    gathering = Gathering(list(inputs.problems), Exclusion(), inputs.unread)
    reading = asked.member.reading
    loaded = load_contents(inputs.contents, reading, gathering, _watch(options))
    return with_paths(loaded, inputs)


def _watch(options: VerifyOptions) -> Watch:
    def watch(step: Step) -> None:
        because = options.limits.open_because()
        if because:
            raise LateError(f"{because} while {step.phase} {step.detail}".strip())

    return watch
