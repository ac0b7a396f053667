"""Who does the work: this process, processes on this machine's cores, or a cluster of Dask."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from netproof.fleet.tasks import Inputs, Task, Whole, spool
from netproof.fleet.working import Result, work
from netproof.parallel import Pool, cores, interrupts_held, process_context


class EngineError(Exception):
    """There is nobody to do the work; says why."""


class Engine(Protocol):
    """Takes tasks and gives their results, in whatever order they are done."""

    room: int
    """How many tasks are given to it at a time."""

    def place(self, inputs: Inputs, task: Task) -> Any:
        """The inputs of a cluster, ready to be handed to `submit` once or often."""

    def submit(self, task: Task, placed: Any) -> Future[Result]:
        """Begins the task. The future raises one of LOST where its worker is gone."""

    def renew(self) -> None:
        """Makes the engine ready again after a worker is gone; raises EngineError."""


class Here:
    """Does each task at once, in this process."""

    room = 1

    def place(self, inputs: Inputs, task: Task) -> Any:
        """The inputs themselves."""
        return inputs

    def submit(self, task: Task, placed: Any) -> Future[Result]:
        """A future that is done."""
        future: Future[Result] = Future()
        future.set_result(work(task, placed))
        return future

    def renew(self) -> None:
        """There is nobody to be gone."""


class Local:
    """Processes of this machine; a class because one that is gone has to be replaced."""

    def __init__(self, pool: Pool, folder: Path) -> None:
        self.room = 2 * pool.workers
        self._pool = pool
        self._folder = folder
        self._executor: Executor = pool.executor()
        self._spooled = 0

    def place(self, inputs: Inputs, task: Task) -> Any:
        """The inputs, in a file where several batches need them."""
        if isinstance(task.duty, Whole):
            return inputs
        self._spooled += 1
        return spool(inputs, self._folder / f"{self._spooled}.pickle")

    def submit(self, task: Task, placed: Any) -> Future[Result]:
        """The future of one of the processes."""
        with interrupts_held():
            return self._executor.submit(work, task, placed)

    def renew(self) -> None:
        """New processes, for what the old ones have left undone."""
        self._executor = self._pool.executor()


@contextmanager
def local_engine(workers: int | None) -> Iterator[Engine]:
    """So many processes, one a core if that is left open; this one where none can be started.

    Whatever ends the block ends the processes at once.
    """
    number = workers or cores()
    context = process_context() if number > 1 else None
    if context is None:
        yield Here()
        return
    with tempfile.TemporaryDirectory(prefix="netproof-") as folder, Pool(context, number) as pool:
        yield Local(pool, Path(folder))
