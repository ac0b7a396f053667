"""The whole of `fleet`, read aloud: what is asked of each cluster in, an outturn for each out."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, CancelledError, Future, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from typing import Any

from netproof.fleet.engines import Engine
from netproof.fleet.gathering import gather
from netproof.fleet.sheets import Outturn, Sheet, Unverified
from netproof.fleet.tasks import Asked, Batch, Duty, Task, Telling, duties, key_of
from netproof.fleet.working import Result, late
from netproof.reports.failures import Cause
from netproof.verdicts import Verdict
from netproof_specs.frozen import replace
from netproof_specs.problems import Problem
from netproof_specs.steps import Step, Watch, unwatched

LOST = (BrokenProcessPool, CancelledError)
"""What a future raises whose worker is gone: whatever it was at is done again."""

TRIES = 2
"""So often a task may lose the only worker that is at work before it is given up."""


@dataclass(slots=True)
class _Cluster:
    """A cluster under work: what came out of its batches so far, by the first claim of each."""

    at: int
    asked: Asked
    placed: Any
    key: str
    open: int
    batches: dict[int, tuple[Verdict, ...] | Unverified] = field(default_factory=dict)


@dataclass(slots=True)
class _Job:
    """A duty on a cluster, and how often its worker was lost while nobody else had work."""

    cluster: _Cluster
    duty: Duty
    lost: int = 0


@dataclass(slots=True)
class _Run:
    """One run. What is told does not depend on the order in which anything is done."""

    asked: Sequence[Asked]
    engine: Engine
    wanted: frozenset[str]
    but: Sequence[str]
    watch: Watch
    outturns: dict[int, Outturn] = field(default_factory=dict)
    ready: deque[_Job] = field(default_factory=deque)
    suspects: deque[_Job] = field(default_factory=deque)
    running: dict[Future[Result], _Job] = field(default_factory=dict)


def run_fleet(
    asked: Sequence[Asked],
    engine: Engine,
    wanted: frozenset[str] = frozenset(),
    but: Sequence[str] = (),
    watch: Watch = unwatched,
) -> tuple[Outturn, ...]:
    """What comes out of each cluster, in their order; none stops another.

    `wanted` are parts of reports (`tasks.PAGE`, `tasks.BUNDLE`); the files in `but` are no
    manifests wherever they lie.
    """
    run = _Run(asked, engine, wanted, but, watch)
    coming = iter(enumerate(asked))
    while _begin(run, coming) or run.running:
        done, _ = wait(run.running, return_when=FIRST_COMPLETED)
        _take(run, sorted(done, key=lambda one: run.running[one].cluster.at))
    run.watch(Step("verifying clusters", len(asked), len(asked)))
    return tuple(run.outturns[at] for at in range(len(asked)))


def _begin(run: _Run, coming: Iterator[tuple[int, Asked]]) -> bool:
    """Gives the engine as much as it has room for; whether anything was begun.

    While workers are lost, one task is done at a time, so that it is known which one it was.
    """
    begun = False
    room = 1 if run.suspects else run.engine.room
    while len(run.running) < room:
        job = _next(run, coming)
        if job is None:
            return begun
        name = job.cluster.asked.name
        run.watch(Step("verifying clusters", len(run.outturns), len(run.asked), name))
        task = Task(job.cluster.asked, job.duty, run.wanted, job.cluster.key)
        try:
            run.running[run.engine.submit(task, job.cluster.placed)] = job
        except BrokenProcessPool:
            # Gone between two tasks: nobody is to blame, and the others come out as lost.
            if run.running:
                run.ready.appendleft(job)
                return True
            run.engine.renew()
            run.ready.appendleft(job)
        begun = True
    return begun


def _next(run: _Run, coming: Iterator[tuple[int, Asked]]) -> _Job | None:
    """A job whose worker was lost, else one that waits, else one of the next cluster."""
    while True:
        for waiting in (run.suspects, run.ready):
            if waiting:
                return waiting.popleft()
        if run.suspects:
            return None
        found = next(coming, None)
        if found is None:
            return None
        at, asked = found
        deadline = asked.options_here().limits.deadline
        if deadline is not None and deadline.is_over():
            run.outturns[at] = late(asked.name, f"{deadline.because()} before it was read")
            continue
        run.ready.extend(_jobs(run, at, asked))


def _jobs(run: _Run, at: int, asked: Asked) -> list[_Job]:
    """Reads a cluster's files and says what is to be done on it."""
    inputs = gather(asked.member, run.but)
    first = list(duties(asked, inputs, run.wanted))
    key = key_of(asked, inputs) if len(first) > 1 else ""
    placed = run.engine.place(inputs, Task(asked, first[0], run.wanted, key))
    cluster = _Cluster(at, asked, placed, key, len(first))
    return [_Job(cluster, duty) for duty in first]


def _take(run: _Run, done: Sequence[Future[Result]]) -> None:
    """Takes in what came out, and lets be done again what was lost."""
    lost: list[_Job] = []
    alone = len(run.running) == 1
    for future in done:
        job = run.running.pop(future)
        try:
            _keep(run, job, future.result())
        except LOST:
            lost.append(job)
        except ModuleNotFoundError as error:
            hint = "install netproof on every worker, in the version that is installed here"
            _give_up(run, job, Cause.USAGE, f"a worker cannot work: {error}", hint)
        except Exception as error:
            _give_up(run, job, Cause.INTERNAL, f"{type(error).__name__}: {error}", "")
    if not lost:
        return
    for future in list(run.running):
        # The others of a broken pool are lost with it; elsewhere they go on.
        if future.done() or future.cancelled():
            lost.append(run.running.pop(future))
    run.engine.renew()
    for job in lost:
        job.lost += alone
        if job.lost >= TRIES:
            hint = "it may take more memory than there is; split its input, or ask fewer claims"
            _give_up(run, job, Cause.INTERNAL, "each worker that was at it ended", hint)
        else:
            run.suspects.append(job)


def _keep(run: _Run, job: _Job, result: Result) -> None:
    """Notes what came out, and when all batches of a cluster are there, what is to follow."""
    cluster, duty = job.cluster, job.duty
    if isinstance(duty, Batch) and not isinstance(result, Sheet):
        cluster.batches[duty.start] = result
        cluster.open -= 1
        if not cluster.open:
            _close(run, cluster)
    else:
        assert isinstance(result, Sheet | Unverified)
        run.outturns[cluster.at] = result


def _close(run: _Run, cluster: _Cluster) -> None:
    """Puts the batches together in the order of the claims; errors of several are one outturn."""
    ordered = [cluster.batches[start] for start in sorted(cluster.batches)]
    failed = [one for one in ordered if isinstance(one, Unverified)]
    if not failed:
        verdicts = (one for batch in ordered if isinstance(batch, tuple) for one in batch)
        run.ready.append(_Job(cluster, Telling(tuple(verdicts))))
        return
    problems = dict.fromkeys(problem for one in failed for problem in one.problems)
    run.outturns[cluster.at] = replace(failed[0], problems=tuple(problems))


def _give_up(run: _Run, job: _Job, cause: Cause, message: str, hint: str) -> None:
    problem = Problem(None, message, hint, cause.value)
    _keep(run, job, Unverified(job.cluster.asked.name, cause, (problem,)))
