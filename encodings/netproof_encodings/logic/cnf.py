"""Terms as clauses: bit-vectors bit by bit, and each connective by a variable of its own.

Tseitin's translation, in full: a variable is made equivalent to the term that it stands for. So
every valuation of the symbols extends to the variables in exactly one way, and the clauses are
unsatisfiable iff the terms that are required have no model.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from netproof_encodings.logic.terms import Bits, Op, Term

Clause = tuple[int, ...]
"""Literals, any of which is true: a variable, counted from 1, or minus it where it is negated."""


@dataclass(slots=True)
class Clauses:
    """The clauses of the terms required so far, and the literal of each term and symbol.

    A class that grows, as the clauses of a stage are made once for all claims on it.
    """

    clauses: list[Clause] = field(default_factory=list)
    variables: int = 0
    """How many variables there are."""
    _terms: dict[Term, int] = field(default_factory=dict)
    _gates: dict[Clause, int] = field(default_factory=dict)
    _bits: dict[str, tuple[int, ...]] = field(default_factory=dict)

    def fork(self) -> Clauses:
        """Clauses that go on from here and leave these as they are."""
        return Clauses(
            list(self.clauses), self.variables,
            dict(self._terms), dict(self._gates), dict(self._bits),
        )  # fmt: skip

    def require(self, term: Term) -> None:
        """Adds clauses that are all true iff the term is."""
        if term.op is Op.AND:
            for part in term.parts:
                self.require(part)
        elif term.op is Op.OR:
            self.clauses.append(tuple(self.literal(part) for part in term.parts))
        elif term.op is not Op.TRUE:
            self.clauses.append((self.literal(term),))

    def literal(self, term: Term) -> int:
        """The literal that is true iff the term is.

        Goes without recursion: a term is as deep as rules that deny stand in a row.
        """
        waiting = [term]
        while waiting:
            one = waiting[-1]
            if one in self._terms:
                waiting.pop()
                continue
            parts = [part for part in one.parts if part not in self._terms]
            if parts:
                waiting.extend(reversed(parts))
            else:
                self._terms[one] = self._made(one)
        return self._terms[term]

    def variables_of(self, symbol: Term | Bits) -> tuple[int, ...]:
        """The literal of a Boolean, or the variables of a bit-vector; none if it is not used."""
        if isinstance(symbol, Bits):
            return self._bits.get(symbol.name, ())
        return (self._terms[symbol],) if symbol in self._terms else ()

    def bits(self, bits: Bits) -> tuple[int, ...]:
        """The variables of a bit-vector symbol, the most significant bit first."""
        known = self._bits.get(bits.name)
        if known is None:
            known = self._bits[bits.name] = tuple(self._variable() for _ in range(bits.width))
        return known

    def _variable(self) -> int:
        self.variables += 1
        return self.variables

    def _made(self, term: Term) -> int:
        """The literal of a term whose parts have theirs."""
        parts = [self._terms[part] for part in term.parts]
        match term.op:
            case Op.SYMBOL:
                return self._variable()
            case Op.TRUE | Op.FALSE:
                return self._all(()) if term.op is Op.TRUE else -self._all(())
            case Op.NOT:
                return -parts[0]
            case Op.AND:
                return self._all(parts)
            case Op.OR:
                return -self._all(-part for part in parts)
            case Op.IFF:
                return self._alike(*parts)
            case _:
                return self._compared(term)

    def _compared(self, term: Term) -> int:
        """A symbol held against a constant, bit by bit, or against another symbol."""
        assert term.bits is not None
        bits = self.bits(term.bits)
        match term.op, term.value:
            case Op.EQUALS, int(value):
                return self._reads(bits, value)
            case Op.PREFIX, (int(length), int(value)):
                return self._reads(bits[:length], value)
            case Op.AT_MOST, int(value):
                return self._at_most(bits, value)
            case Op.SAME, Bits() as other:
                return self._all(
                    self._alike(one, two) for one, two in zip(bits, self.bits(other), strict=True)
                )
            case _:
                raise AssertionError(term.op)

    def _reads(self, bits: Sequence[int], value: int) -> int:
        """True iff the bits, the most significant first, spell the value."""
        last = len(bits) - 1
        return self._all(
            bit if value >> (last - place) & 1 else -bit for place, bit in enumerate(bits)
        )

    def _at_most(self, bits: Sequence[int], value: int) -> int:
        """True iff the bits spell at most the value; from the least significant bit on.

        With the rest `r` decided by the lower bits: under a 1 of the value a 0 is less and a 1
        goes on, so `not bit or r`; under a 0 a 1 is more and a 0 goes on, so `not bit and r`.
        """
        rest = self._all(())
        for place, bit in enumerate(reversed(bits)):
            rest = -self._all((bit, -rest)) if value >> place & 1 else self._all((-bit, rest))
        return rest

    def _all(self, literals: Iterable[int]) -> int:
        """The literal that is true iff all of some literals are; one is itself."""
        parts = tuple(literals)
        if len(parts) == 1:
            return parts[0]
        gate = self._gates.get(parts)
        if gate is None:
            gate = self._gates[parts] = self._variable()
            self.clauses.extend((-gate, part) for part in parts)
            self.clauses.append((gate, *(-part for part in parts)))
        return gate

    def _alike(self, one: int, two: int) -> int:
        """The literal that is true iff both literals are, or neither."""
        both, neither = self._all((one, two)), self._all((-one, -two))
        return -self._all((-both, -neither))


def dimacs(variables: int, clauses: Sequence[Clause]) -> str:
    """The clauses in the format of SAT solvers."""
    lines = [" ".join(map(str, clause)) + " 0\n" if clause else "0\n" for clause in clauses]
    return f"p cnf {variables} {len(clauses)}\n{''.join(lines)}"
