"""One function over many values on all processors, in order, stopped at once by Ctrl-C."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing.connection import wait
from multiprocessing.context import ForkContext, SpawnContext
from pathlib import PurePath
from typing import Any, TypeVar

from netproof_specs.frozen import Frozen

Item = TypeVar("Item")
Extra = TypeVar("Extra")
Result = TypeVar("Result")
Done = Callable[[int], None]
"""Told how many of the values are done."""

FEW = 24
"""Up to so many values, starting processes takes longer than it saves."""

SHARES = 16
"""Each process gets so many shares of the work, one after the other: progress is told by share."""


def _untold(_: int) -> None:
    return


def in_processes(
    function: Callable[[Item, Extra], Result],
    items: Sequence[Item],
    extra: Extra,
    few: int = FEW,
    done: Done = _untold,
) -> list[Result]:
    """`function(item, extra)` for each item, in the order of the items; up to `few` of them here.

    Everything must pickle where processes do not fork. What one of the calls raises is raised.
    Where no process can be started safely, this one does all the work.
    """
    workers = min(cores(), len(items))
    context = process_context() if len(items) > few and workers > 1 else None
    if context is not None:
        return _shared(context, workers, _Job(function, items, extra), done)
    results = []
    for number, item in enumerate(items):
        done(number)
        results.append(function(item, extra))
    return results


class _Job(Frozen):
    """What a worker is to do, sent to it once: sent with each share, it would be pickled often."""

    function: Callable[[Any, Any], Any]
    items: Sequence[Any]
    extra: Any


class _Failed(Frozen):
    """In place of the results of a share: what one of the calls raised."""

    error: BaseException


def _shared(context: ForkContext | SpawnContext, workers: int, job: _Job, done: Done) -> list[Any]:
    shares = min(len(job.items), workers * SHARES)
    with Pool(context, workers) as pool:
        executor = pool.executor(_begin, (job,))
        try:
            with interrupts_held():
                futures = {executor.submit(_work, start, shares): start for start in range(shares)}
            return _gathered(futures, len(job.items), done)
        except BrokenProcessPool as error:
            raise RuntimeError("a worker process ended without an answer") from error


class Pool:
    """Worker processes that are gone when the block is left, whatever they are at.

    A class because it knows those that it has started.
    """

    def __init__(self, context: ForkContext | SpawnContext, workers: int) -> None:
        self.workers = workers
        self._context = context
        self._others = set(multiprocessing.active_children())
        self._executor: ProcessPoolExecutor | None = None

    def __enter__(self) -> Pool:
        return self

    def executor(
        self, begin: Callable[..., None] | None = None, given: tuple[Any, ...] = ()
    ) -> ProcessPoolExecutor:
        """New processes in place of those that there were, each of which calls `begin` first."""
        self._end()
        begin = begin or leave_interrupts
        self._executor = ProcessPoolExecutor(self.workers, self._context, begin, given)
        return self._executor

    def __exit__(self, *_: object) -> None:
        self._end()

    def _end(self) -> None:
        """An error or Ctrl-C does not wait for what the workers are at."""
        if self._executor is None:
            return
        for child in set(multiprocessing.active_children()) - self._others:
            child.terminate()
        self._executor.shutdown(cancel_futures=True)


def _gathered(futures: dict[Future[Any], int], count: int, done: Done) -> list[Any]:
    """The results in the order of the items; share s of n has the items s, s + n, s + 2n, ..."""
    results: list[Any] = [None] * count
    finished = 0
    done(0)
    for future in as_completed(futures):
        found = future.result()
        if isinstance(found, _Failed):
            raise found.error
        results[futures[future] :: len(futures)] = found
        finished += len(found)
        done(finished)
    return results


@contextmanager
def interrupts_held() -> Iterator[None]:
    """Holds back Ctrl-C while workers start, so that it meets each of them ready or not at all."""
    here = threading.current_thread() is threading.main_thread()
    if not here or not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def cores() -> int:
    """How many processes can work at the same time."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1


def process_context() -> ForkContext | SpawnContext | None:
    """How processes can be started here, None where they cannot be without risk.

    Fork is quick and safe while neither the solver nor a second thread is there. Elsewhere they
    start afresh, which runs the main module again: that is left to one that is known to bear it,
    since a caller's script may have no `if __name__ == "__main__"`.
    """
    if multiprocessing.parent_process() is not None:
        # A worker of somebody, who has others to keep the cores busy, or may end it at any time.
        return None
    if sys.platform == "linux" and "z3" not in sys.modules and threading.active_count() == 1:
        return multiprocessing.get_context("fork")
    return multiprocessing.get_context("spawn") if _main_bears_it() else None


def _main_bears_it() -> bool:
    """Whether the main module is our command, or no file at all."""
    main = sys.modules["__main__"]
    spec, file = getattr(main, "__spec__", None), getattr(main, "__file__", None)
    if spec is not None:
        return str(spec.name) == "netproof.__main__"
    return file is None or PurePath(file).stem in ("netproof", "netproof-script")


# --- in a worker -----------------------------------------------------------------------------

_JOBS: list[_Job] = []
"""The job of this worker: a pool has no other way to give each of its processes a value once."""


def leave_interrupts() -> None:
    """Leaves Ctrl-C to the process that started this one, and ends with that one."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _begin(job: _Job) -> None:
    leave_interrupts()
    _JOBS[:] = [job]


def _end_with_parent() -> None:
    """Ends this process when its parent is gone: nobody else would, were that one killed."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)


def _work(start: int, shares: int) -> list[Any] | _Failed:
    (job,) = _JOBS
    try:
        return [job.function(item, job.extra) for item in job.items[start::shares]]
    except BaseException as error:
        return _Failed(_sendable(error))


def _sendable(error: BaseException) -> BaseException:
    """The error, or its words where it does not come out of a pipe as it went in."""
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:
        return RuntimeError(f"{type(error).__name__}: {error}")
    return error
