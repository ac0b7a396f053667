"""Workers that a scheduler of Dask knows, on this machine or on others."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from typing import Any

from netproof.about import about
from netproof.fleet.engines import Engine, EngineError
from netproof.fleet.tasks import Asked, Inputs, Task, Whole
from netproof.fleet.working import Result, work
from netproof_specs.frozen import replace

PATIENCE = 20
"""Seconds in which the scheduler has to answer, and to have a worker."""

LEAST = 16
"""Tasks that are given to the scheduler at least: workers may come later."""


class OnDask:
    """Tasks through a client; the scheduler does again what a lost worker was at.

    A class because the client is asked whether the scheduler is still there.
    """

    def __init__(self, client: Any, address: str) -> None:
        self.room = max(LEAST, 2 * len(client.nthreads()))
        self._client = client
        self._address = address
        self._executor: Executor = client.get_executor(pure=False)

    def place(self, inputs: Inputs, task: Task) -> Any:
        """The inputs; where several batches need them, as a result that each worker gets once.

        A result that is lost with its workers is computed again, unlike data that is scattered.
        """
        if isinstance(task.duty, Whole):
            return inputs
        return self._client.submit(_kept, inputs, pure=False)

    def submit(self, task: Task, placed: Any) -> Future[Result]:
        """The future of one of the workers."""
        return self._executor.submit(work, task, placed)

    def renew(self) -> None:
        """Raises EngineError where the scheduler is gone: all else it mends by itself."""
        try:
            self._client.nthreads()
        except Exception as error:
            raise EngineError(f"the scheduler at {self._address} is gone: {error}") from error


def _kept(inputs: Inputs) -> Inputs:
    return inputs


@contextmanager
def dask_engine(address: str) -> Iterator[Engine]:
    """The workers of the scheduler at the address; raises EngineError where there are none.

    What is under way is cancelled when the block ends.
    """
    try:
        import dask  # noqa: PLC0415 (an extra)
        from distributed import Client  # noqa: PLC0415
    except ImportError as error:
        raise EngineError("Dask is not installed; `pip install 'netproof[dask]'`") from error
    log = logging.getLogger("distributed")
    level = log.level
    # What it would tell of connections, we tell ourselves; inputs are as large as they are.
    log.setLevel(logging.CRITICAL)
    quiet = {"distributed.admin.large-graph-warning-threshold": "1TiB"}
    try:
        with dask.config.set(quiet), _client(Client, address) as client:
            yield OnDask(client, address)
    finally:
        log.setLevel(level)


@contextmanager
def _client(kind: Any, address: str) -> Iterator[Any]:
    try:
        client = kind(address, timeout=PATIENCE, set_as_default=False)
    except (OSError, ValueError) as error:
        raise EngineError(f"no scheduler of Dask answers at {address}: {error}") from error
    with client:
        try:
            client.wait_for_workers(1, timeout=PATIENCE)
        except OSError as error:
            raise EngineError(f"the scheduler at {address} has no worker") from error
        yield client


def for_workers(asked: Sequence[Asked]) -> tuple[Asked, ...]:
    """What is asked, of workers that may have other versions than this process."""
    here = about()
    return tuple(replace(one, about=here) for one in asked)
