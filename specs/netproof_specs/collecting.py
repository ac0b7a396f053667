"""Python's cyclic collector, kept out of the way."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def collector_off() -> Iterator[None]:
    """Runs the block without the cyclic collector.

    Reading, encoding and deciding build millions of values and hardly a cycle: the collector
    would walk through all of them again and again, and find nothing.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
