"""Terms over Booleans and bit-vectors: a language small enough for a second back end.

A term is one of: true, false, a Boolean symbol, `not`, `and`, `or`, an equivalence, a bit-vector
symbol compared with a constant (`=` or unsigned `<=`), a prefix of one equal to a constant, and
two symbols of one width equal. Terms are built by a `Terms`, which makes equal terms identical,
so that identity is equality and shared parts are printed once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import Enum
from typing import TypeAlias

from netproof_specs.frozen import Frozen


class Op(Enum):
    """What a term is; see `Term` for the arguments of each."""

    TRUE = "true"
    FALSE = "false"
    SYMBOL = "symbol"
    NOT = "not"
    AND = "and"
    OR = "or"
    IFF = "iff"
    EQUALS = "equals"
    AT_MOST = "at-most"
    PREFIX = "prefix"
    SAME = "same"

    # An enum hashes its name, in Python; keys of `Terms` are hashed by the million.
    __hash__ = object.__hash__


class Bits(Frozen):
    """A bit-vector symbol; values are unsigned, `width` is in bits."""

    name: str
    width: int


class Term:
    """A Boolean term; compare with `is`. Made by `Terms` only.

    | op | parts | name | bits | value |
    |---|---|---|---|---|
    | SYMBOL | | the symbol | | |
    | NOT, AND, OR, IFF | 1, 2 or more, 2 or more, 2 terms | | | |
    | EQUALS, AT_MOST | | | the symbol | the constant |
    | PREFIX | | | the symbol | (length in bits, value of the prefix) |
    | SAME | | | the first symbol | the second symbol |
    """

    __slots__ = ("bits", "name", "op", "parts", "value")

    def __init__(
        self,
        op: Op,
        parts: tuple[Term, ...] = (),
        name: str = "",
        bits: Bits | None = None,
        value: int | tuple[int, int] | Bits | None = None,
    ) -> None:
        self.op = op
        self.parts = parts
        self.name = name
        self.bits = bits
        self.value = value


_Key: TypeAlias = tuple[object, ...]
Model: TypeAlias = Mapping[str, int]
"""The value of every symbol, Booleans as 0 and 1."""


class Terms:
    """Builds terms and remembers them, so that equal terms are one object.

    A class because hash-consing needs a table that lives as long as one script does. The symbols
    that were used are in `booleans` and `vectors`, the named parts in `definitions`, each in the
    order of first use; `bound` names the definitions that were made by `bind`.
    """

    def __init__(self) -> None:
        self._known: dict[_Key, Term] = {}
        self.true = Term(Op.TRUE)
        self.false = Term(Op.FALSE)
        self.booleans: dict[str, Term] = {}
        self.vectors: dict[str, Bits] = {}
        self.definitions: dict[str, Term] = {}
        self.bound: set[str] = set()  # definitions that are printed as assertions
        self._names: dict[Term, Term] = {}

    def symbol(self, name: str) -> Term:
        """The Boolean symbol of that name."""
        term = self.booleans.get(name)
        if term is None:
            term = self.booleans[name] = Term(Op.SYMBOL, name=name)
        return term

    def vector(self, name: str, width: int) -> Bits:
        """The bit-vector symbol of that name, `width` bits wide; a name has one width only."""
        bits = self.vectors.get(name)
        if bits is None:
            bits = self.vectors[name] = Bits(name, width)
        assert bits.width == width
        return bits

    def define(self, name: str, body: Term) -> Term:
        """A name for `body`: printed as `define-fun`, equal to it in every model."""
        if body.op in _LEAVES:
            return body
        known = self._names.get(body)
        if known is not None:
            return known
        assert name not in self.definitions
        term = Term(Op.SYMBOL, name=name)
        self.definitions[name] = body
        self._names[body] = term
        return term

    def bind(self, name: str, body: Term) -> Term:
        """A symbol that is defined as `body`, but printed with an assertion of their equality.

        A solver then takes the body in once, not with each use in a scope that it forgets.
        """
        assert name not in self.definitions
        self.definitions[name] = body
        self.bound.add(name)
        return Term(Op.SYMBOL, name=name)

    def constant(self, value: bool) -> Term:
        """`true` or `false`."""
        return self.true if value else self.false

    def negation(self, part: Term) -> Term:
        """True iff `part` is false."""
        if part is self.true:
            return self.false
        if part is self.false:
            return self.true
        if part.op is Op.NOT:
            return part.parts[0]
        return self._make((Op.NOT, part), Op.NOT, (part,))

    def conjunction(self, parts: Iterable[Term]) -> Term:
        """True iff all parts are; `true` for none."""
        return self._junction(Op.AND, parts, self.true, self.false)

    def disjunction(self, parts: Iterable[Term]) -> Term:
        """True iff some part is; `false` for none."""
        return self._junction(Op.OR, parts, self.false, self.true)

    def implication(self, premise: Term, conclusion: Term) -> Term:
        """True iff `premise` is false or `conclusion` is true."""
        return self.disjunction((self.negation(premise), conclusion))

    def equivalence(self, left: Term, right: Term) -> Term:
        """True iff both are true or both are false."""
        if left is right:
            return self.true
        for one, other in ((left, right), (right, left)):
            if one is self.true:
                return other
            if one is self.false:
                return self.negation(other)
        return self._make((Op.IFF, left, right), Op.IFF, (left, right))

    def equals(self, bits: Bits, value: int) -> Term:
        """True iff the symbol has that value."""
        assert 0 <= value < 1 << bits.width
        return self._compare(Op.EQUALS, bits, value)

    def at_most(self, bits: Bits, value: int) -> Term:
        """True iff the symbol, read as an unsigned number, is not greater than `value`."""
        if value >= (1 << bits.width) - 1:
            return self.true
        if value < 0:
            return self.false
        return self._compare(Op.AT_MOST, bits, value)

    def between(self, bits: Bits, first: int, last: int) -> Term:
        """True iff `first <= symbol <= last`, unsigned."""
        if first == last:
            return self.equals(bits, first)
        return self.conjunction(
            (self.negation(self.at_most(bits, first - 1)), self.at_most(bits, last))
        )

    def one_of(self, bits: Bits, values: Iterable[int]) -> Term:
        """True iff the symbol has one of the values."""
        return self.disjunction(self.equals(bits, value) for value in values)

    def prefix(self, bits: Bits, length: int, value: int) -> Term:
        """True iff the `length` most significant bits of the symbol read `value`."""
        if length == 0:
            return self.true
        if length == bits.width:
            return self.equals(bits, value)
        return self._compare(Op.PREFIX, bits, (length, value))

    def same(self, left: Bits, right: Bits) -> Term:
        """True iff both symbols have one value; they must be of one width."""
        assert left.width == right.width
        return self._compare(Op.SAME, left, right)

    def _compare(self, op: Op, bits: Bits, value: int | tuple[int, int] | Bits) -> Term:
        key = (op, bits.name, value)
        term = self._known.get(key)
        if term is None:
            term = self._known[key] = Term(op, bits=bits, value=value)
        return term

    def _make(self, key: _Key, op: Op, parts: tuple[Term, ...]) -> Term:
        term = self._known.get(key)
        if term is None:
            term = self._known[key] = Term(op, parts)
        return term

    def _junction(self, op: Op, parts: Iterable[Term], unit: Term, zero: Term) -> Term:
        kept: dict[Term, None] = {}
        for part in parts:
            if part is zero:
                return zero
            if part.op is op:
                kept.update(dict.fromkeys(part.parts))
            elif part is not unit:
                kept[part] = None
        if not kept:
            return unit
        if len(kept) == 1:
            return next(iter(kept))
        flat = tuple(kept)
        return self._make((op, *flat), op, flat)


_LEAVES = frozenset({Op.TRUE, Op.FALSE, Op.SYMBOL})
