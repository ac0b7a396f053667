"""One function over many values on all processors, in order, stopped at once by Ctrl-C."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import sys
import threading
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection
from multiprocessing.context import ForkContext, SpawnContext
from pathlib import PurePath
from typing import TypeVar

Item = TypeVar("Item")
Extra = TypeVar("Extra")
Result = TypeVar("Result")

FEW = 24
"""Up to so many values, starting processes takes longer than it saves."""


def in_processes(
    function: Callable[[Item, Extra], Result],
    items: Sequence[Item],
    extra: Extra,
    few: int = FEW,
) -> list[Result]:
    """`function(item, extra)` for each item, in the order of the items; up to `few` of them here.

    Everything must pickle where processes do not fork. What one of the calls raises is raised.
    Where no process can be started safely, this one does all the work.
    """
    workers = min(_processors(), len(items))
    context = _context() if len(items) > few and workers > 1 else None
    if context is None:
        return [function(item, extra) for item in items]
    shares = [items[start::workers] for start in range(workers)]
    pipes = [context.Pipe(duplex=False) for _ in shares]
    processes = [
        context.Process(target=_work, args=(function, share, extra, send), daemon=True)
        for share, (_, send) in zip(shares, pipes, strict=True)
    ]
    try:
        for process, (_, send) in zip(processes, pipes, strict=True):
            process.start()
            send.close()
        return _interleaved([_received(receive) for receive, _ in pipes], len(items))
    finally:
        for process in processes:
            if process.is_alive():
                process.terminate()
            process.join()


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1


def _context() -> ForkContext | SpawnContext | None:
    """Fork is quick and safe while neither the solver nor a second thread is there.

    Elsewhere processes start afresh, which runs the main module again: that is left to one that
    is known to bear it, since a caller's script may have no `if __name__ == "__main__"`.
    """
    if multiprocessing.current_process().daemon:
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


def _work(
    function: Callable[[Item, Extra], Result],
    items: Sequence[Item],
    extra: Extra,
    send: Connection[object, object],
) -> None:
    try:
        send.send([function(item, extra) for item in items])
    except BaseException as error:
        send.send(_sendable(error))


def _sendable(error: BaseException) -> BaseException:
    """The error, or its words where it does not come out of a pipe as it went in."""
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:
        return RuntimeError(f"{type(error).__name__}: {error}")
    return error


def _received(receive: Connection[object, object]) -> list[object]:
    try:
        answer = receive.recv()
    except EOFError as error:
        raise RuntimeError("a worker process ended without an answer") from error
    if isinstance(answer, BaseException):
        raise answer
    assert isinstance(answer, list)
    return answer


def _interleaved(shares: Sequence[Sequence[object]], count: int) -> list[Result]:
    results: list[object] = [None] * count
    for start, share in enumerate(shares):
        results[start :: len(shares)] = share
    return results  # type: ignore[return-value]
