"""What is heard of files on disk, through watchfiles (an extra)."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator
from enum import Enum
from queue import Empty, SimpleQueue
from threading import Event, Thread
from typing import Any

from netproof_specs.problems import InputError, Problem

STEP = 5
"""Every so many milliseconds watchfiles looks whether the system has told it of something.

Anything new is handed on by the second look after it. To look so often takes less than a
hundredth of a processor.
"""

QUIET = 15
"""So many milliseconds without anything new end a change: a file is often written in parts."""

LONGEST = 500
"""So many milliseconds a change lasts at most: half for watchfiles, and half for who hears it."""

POLLING = "WATCHFILES_FORCE_POLLING"
"""The variable that has folders looked at again and again, where the system tells of nothing."""

_POLLS = 300
_WAKING = 200
_BEAT = 1000
"""After so many milliseconds a thread looks whether it is still needed."""


class _Depth(Enum):
    """Whether a folder is watched with all that is below it."""

    FLAT = "flat"
    DEEP = "deep"


def require_watchfiles() -> None:
    """Raises InputError where it is not installed."""
    try:
        import watchfiles  # noqa: F401, PLC0415 (an extra)
    except ImportError as error:
        message = "watchfiles, which notices changed files, is not installed"
        problem = Problem(None, message, "pip install 'netproof[watch]'")
        raise InputError((problem,)) from error


class Ears:
    """What is heard of some files and folders, from now on; raises OSError where nothing can be.

    A class because it holds threads, which end with `close`. Of a file its folder is watched,
    since many programs put a new file in the place of the old one; so is the folder that holds a
    folder, which may go and come again.
    """

    def __init__(self, paths: Iterable[str]) -> None:
        self._heard: SimpleQueue[set[str] | Exception] = SimpleQueue()
        self._posts: dict[tuple[_Depth, frozenset[str]], Event] = {}
        self._paths: frozenset[str] = frozenset()
        self.listen(paths)

    def listen(self, paths: Iterable[str]) -> None:
        """Takes the paths in place of those before."""
        self._paths = frozenset(os.path.abspath(one) for one in paths)
        self._post()

    def next(self) -> set[str]:
        """Waits for a change and gives the full paths of what was touched; raises OSError."""
        found = _paths(self._first())
        for more in self._soon():
            found |= _paths(more)
        if found & self._paths:
            # A folder that has gone and come again has to be watched anew.
            self._dismiss([one for one in self._posts if one[0] is _Depth.DEEP])
            self._post()
        return found

    def close(self) -> None:
        """Ends the threads."""
        self._dismiss([*self._posts])

    def _first(self) -> set[str] | Exception:
        """What is heard next."""
        while True:
            try:
                # Z3 leaves Ctrl-C such that it does not wake who waits, so this wakes by itself.
                return self._heard.get(timeout=_WAKING / 1000)
            except Empty:
                continue

    def _soon(self) -> Iterator[set[str] | Exception]:
        """What is heard until it is quiet, or has not been for long."""
        end = time.monotonic() + LONGEST / 2000
        while time.monotonic() < end:
            try:
                yield self._heard.get(timeout=QUIET / 1000)
            except Empty:
                return

    def _post(self) -> None:
        """Sees that there is a thread for the folders as they are, and for what holds the paths."""
        below = frozenset(one for one in self._paths if os.path.isdir(one))
        around = frozenset(one for one in map(os.path.dirname, self._paths) if os.path.isdir(one))
        wanted = [(_Depth.DEEP, below), (_Depth.FLAT, around)]
        self._dismiss([one for one in self._posts if one not in wanted])
        for post in wanted:
            if post[1] and post not in self._posts:
                self._posts[post] = stop = Event()
                told = _teller(*post)
                Thread(target=self._hear, args=(told, stop), daemon=True).start()

    def _dismiss(self, posts: Iterable[tuple[_Depth, frozenset[str]]]) -> None:
        for post in posts:
            self._posts.pop(post).set()

    def _hear(self, teller: Any, stop: Event) -> None:
        """Hands on what is told until it is to stop; runs in a thread of its own."""
        try:
            while not stop.is_set():
                told = teller.watch(LONGEST // 2, STEP, _BEAT, stop)
                if isinstance(told, set):
                    self._heard.put({path for _, path in told})
        except Exception as error:  # whoever waits has to know that nothing more is heard
            self._heard.put(error)


def _teller(depth: _Depth, folders: Iterable[str]) -> Any:
    """What tells of changes in the folders from now on."""
    from watchfiles._rust_notify import RustNotify  # noqa: PLC0415 (an extra)

    # Its own interface begins to watch in the thread only, when something may have changed already.
    polling = bool(os.environ.get(POLLING))
    return RustNotify(sorted(folders), False, polling, _POLLS, depth is _Depth.DEEP, False)


def _paths(heard: set[str] | Exception) -> set[str]:
    if isinstance(heard, Exception):
        raise OSError(str(heard)) from heard
    return heard
