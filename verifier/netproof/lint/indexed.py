"""Boxes by number, found by what they have in common with another one."""

from __future__ import annotations

from collections.abc import Iterator

from netproof.lint.boxes import Box, Values


class Indexed:
    """A growing list of boxes, of which those that meet another are found without a look at each.

    Sets of their numbers are bits. For each dimension it is known which of them have which values:
    those of one value by that value, as most have one and a question asks for few.
    """

    def __init__(self) -> None:
        self._boxes: list[Box] = []
        self._dimensions: dict[int, _Values] = {}

    def __len__(self) -> int:
        return len(self._boxes)

    def __getitem__(self, number: int) -> Box:
        return self._boxes[number]

    def add(self, box: Box) -> None:
        """Puts the box after all others."""
        number = 1 << len(self._boxes)
        self._boxes.append(box)
        for dimension, values in box.items():
            self._dimensions.setdefault(dimension, _Values()).add(values, number)

    def meeting(self, box: Box, among: int) -> Iterator[int]:
        """The numbers, `among` these, of the boxes that have something in common with the box."""
        for dimension, values in box.items():
            of_these = self._dimensions.get(dimension)
            if of_these is not None:
                among &= ~of_these.numbers | of_these.sharing(values)
        return _places(among)


class _Values:
    """The boxes that ask something of one dimension, by what they ask."""

    def __init__(self) -> None:
        self.numbers = 0
        self._one: dict[Values, int] = {}
        self._several: dict[Values, int] = {}

    def add(self, values: Values, number: int) -> None:
        """Notes that the box of that number allows these values."""
        self.numbers |= number
        table = self._one if _is_one(values) else self._several
        table[values] = table.get(values, 0) | number

    def sharing(self, values: Values) -> int:
        """The numbers of those that allow one of the values."""
        if _is_one(values):
            found = self._one.get(values, 0)
        else:
            found = _united(numbers for one, numbers in self._one.items() if one & values)
        several = (numbers for one, numbers in self._several.items() if one & values)
        return found | _united(several)


def _is_one(values: Values) -> bool:
    return values > 0 and values & (values - 1) == 0


def _united(sets: Iterator[int]) -> int:
    found = 0
    for one in sets:
        found |= one
    return found


def _places(bits: int) -> Iterator[int]:
    """The places of the bits that are set, the least first."""
    while bits:
        least = bits & -bits
        yield least.bit_length() - 1
        bits ^= least
