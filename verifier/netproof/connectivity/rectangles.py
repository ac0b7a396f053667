"""A relation as few rectangles: some rows, all of which hold in some columns."""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Iterable, Sequence

from netproof.connectivity.points import Bits, bits_of, numbers_of

Rectangle = tuple[Bits, Bits]
"""Rows and columns."""


def rectangles(rows: Sequence[Bits]) -> list[Rectangle]:
    """Few rectangles that together hold in exactly the places of the rows; they may overlap.

    The fewest of three ways: rows that are equal, columns that are equal, or the largest
    rectangles first. No quick way is known that always finds the fewest of all.
    """
    columns = _turned(rows)
    ways = [
        _equal(rows),
        [(down, across) for across, down in _equal(columns)],
        _greedy(rows, columns),
    ]
    fewest = min(len(way) for way in ways)
    return sorted(next(way for way in ways if len(way) == fewest))


def _turned(rows: Sequence[Bits]) -> list[Bits]:
    width = max((row.bit_length() for row in rows), default=0)
    found = [0] * width
    for at, row in enumerate(rows):
        for column in numbers_of(row):
            found[column] |= 1 << at
    return found


def _equal(rows: Sequence[Bits]) -> list[Rectangle]:
    """One rectangle for all rows that are alike."""
    alike: dict[Bits, list[int]] = defaultdict(list)
    for at, row in enumerate(rows):
        if row:
            alike[row].append(at)
    return [(bits_of(members), row) for row, members in alike.items()]


def _greedy(rows: Sequence[Bits], columns: Sequence[Bits]) -> list[Rectangle]:
    """The rectangle with the most places that are left, again and again.

    Gains only shrink, so one that was the largest before is looked at first, and what it gains now
    decides whether another one has to be.
    """
    left = list(rows)
    heap = [(-_gain(left, one), one) for one in _maximal(rows, columns)]
    heapq.heapify(heap)
    found: list[Rectangle] = []
    while heap:
        _, one = heapq.heappop(heap)
        gain = _gain(left, one)
        if not gain:
            continue
        if heap and -heap[0][0] > gain:
            heapq.heappush(heap, (-gain, one))
            continue
        found.append(one)
        for at in numbers_of(one[0]):
            left[at] &= ~one[1]
    return found


def _gain(left: Sequence[Bits], one: Rectangle) -> int:
    return sum((left[at] & one[1]).bit_count() for at in numbers_of(one[0]))


def _maximal(rows: Sequence[Bits], columns: Sequence[Bits]) -> Iterable[Rectangle]:
    """For each row all rows that hold where it does, for each column likewise."""
    distinct = [row for row in dict.fromkeys(rows) if row]
    for row in distinct:
        yield bits_of(at for at, other in enumerate(rows) if row & ~other == 0), row
    for column in dict.fromkeys(columns):
        if column:
            across = bits_of(at for at, other in enumerate(columns) if column & ~other == 0)
            yield column, across
