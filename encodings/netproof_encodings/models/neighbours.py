"""The models next to one: those in which one symbol may have another value."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

from netproof_encodings.logic.terms import Bits, Model, Op, Term, Terms

WIDEST = 16
"""Of symbols with more bits not every value is looked at."""

_OF_PARTS = frozenset({Op.NOT, Op.AND, Op.OR, Op.IFF})

_Steps: TypeAlias = Generator[Term, int, int]
"""Gives parts of a term and is sent what these come to; returns what the term comes to."""


def symbols_in(term: Term) -> Iterator[tuple[str, int]]:
    """The symbols of the term, which uses no defined names, each with its width in bits."""
    if term.op is Op.SYMBOL:
        yield term.name, 1
    if term.bits is not None:
        yield term.bits.name, term.bits.width
    if isinstance(term.value, Bits):
        yield term.value.name, term.value.width
    for part in term.parts:
        yield from symbols_in(part)


@dataclass(frozen=True, slots=True)
class Neighbours:
    """All models that differ from `model` in nothing but the value of one symbol.

    Sets of values are numbers: bit n is set iff the value n is in it. So one walk through a term
    evaluates it for all values. `known` holds what it has come to so far.
    """

    terms: Terms
    model: Model
    symbol: str
    width: int
    known: dict[Term, int] = field(default_factory=dict, repr=False, compare=False)
    all: int = field(init=False, repr=False, compare=False)
    """All values of the symbol; Booleans have 0 and 1."""

    def __post_init__(self) -> None:
        """A number of thousands of digits, which is asked for at every step, is made once."""
        object.__setattr__(self, "all", (1 << (1 << self.width)) - 1)

    @property
    def own(self) -> int:
        """The value that the symbol has in the model itself."""
        return 1 << self.model[self.symbol]

    def where(self, term: Term) -> int:
        """The values of the symbol for which the term is true.

        Terms are as deep as there are policies one after another, thousands of levels: what
        waits for its parts does so in a list, as calls within calls would be too many.
        """
        waiting: list[tuple[Term, _Steps]] = []
        found = self._at_once(term)
        if found is None:
            waiting.append((term, self._steps(term)))
        while waiting:
            whole, steps = waiting[-1]
            try:
                part = next(steps) if found is None else steps.send(found)
            except StopIteration as end:
                waiting.pop()
                found = self.known[whole] = end.value
                continue
            found = self._at_once(part)
            if found is None:
                waiting.append((part, self._steps(part)))
        assert found is not None
        return found

    def _at_once(self, term: Term) -> int | None:
        """What the term comes to, where that is known or takes no other term; else None."""
        found = self.known.get(term)
        if found is None and term.op not in _OF_PARTS and not self._is_defined(term):
            found = self.known[term] = self._alone(term)
        return found

    def _is_defined(self, term: Term) -> bool:
        return term.op is Op.SYMBOL and term.name in self.terms.definitions

    def _steps(self, term: Term) -> _Steps:
        """Asks for one part after the other, as far as they matter."""
        match term.op:
            case Op.SYMBOL:
                return (yield self.terms.definitions[term.name])
            case Op.NOT:
                return self.all ^ (yield term.parts[0])
            case Op.AND:
                found = self.all
                for part in term.parts:
                    if not found:
                        break
                    found &= yield part
                return found
            case Op.OR:
                found, every = 0, self.all
                for part in term.parts:
                    if found == every:
                        break
                    found |= yield part
                return found
            case Op.IFF:
                return self.all ^ (yield term.parts[0]) ^ (yield term.parts[1])
            case _:
                raise AssertionError(term.op)

    def _alone(self, term: Term) -> int:
        match term.op:
            case Op.TRUE | Op.FALSE:
                return self._either(term.op is Op.TRUE)
            case Op.SYMBOL if term.name == self.symbol:
                return 0b10
            case Op.SYMBOL:
                return self._either(bool(self.model[term.name]))
            case _:
                return self._compared(term)

    def _either(self, holds: bool) -> int:
        return self.all if holds else 0

    def _compared(self, term: Term) -> int:
        assert term.bits is not None
        if isinstance(term.value, Bits):
            return self._same(term.bits.name, term.value.name)
        first, last = _range(term)
        if term.bits.name != self.symbol:
            return self._either(first <= self.model[term.bits.name] <= last)
        return (1 << (last + 1)) - (1 << first)

    def _same(self, left: str, right: str) -> int:
        if self.symbol not in (left, right) or left == right:
            return self._either(self.model[left] == self.model[right])
        return 1 << self.model[left if right == self.symbol else right]


def _range(term: Term) -> tuple[int, int]:
    """The first and the last value for which a comparison with a constant holds."""
    match term.op, term.bits, term.value:
        case Op.EQUALS, _, int(value):
            return value, value
        case Op.AT_MOST, _, int(value):
            return 0, value
        case Op.PREFIX, Bits(_, width), (int(length), int(prefix)):
            tail = width - length
            return prefix << tail, ((prefix + 1) << tail) - 1
        case _:
            raise AssertionError(term.op)
