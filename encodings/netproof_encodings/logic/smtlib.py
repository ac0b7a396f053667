"""Terms as SMT-LIB 2.6 text, and the values that a solver prints back."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from netproof_encodings.logic.terms import Bits, Op, Term, Terms


class Script:
    """Prints what a `Terms` holds, each symbol, definition and shared part once.

    A class because a script grows: what an earlier call printed is in scope for the later ones.
    """

    def __init__(self, terms: Terms) -> None:
        self._terms = terms
        self._printed_booleans = 0
        self._printed_vectors = 0
        self._defined: set[str] = set()

    def fork(self) -> Script:
        """A script that goes on from here and leaves this one as it is."""
        script = Script(self._terms)
        script._printed_booleans = self._printed_booleans
        script._printed_vectors = self._printed_vectors
        script._defined = set(self._defined)
        return script

    def declarations(self) -> str:
        """Declares the symbols that came into use since the last call."""
        booleans = list(self._terms.booleans)[self._printed_booleans :]
        vectors = list(self._terms.vectors.values())[self._printed_vectors :]
        self._printed_booleans += len(booleans)
        self._printed_vectors += len(vectors)
        lines = [f"(declare-const {name} Bool)" for name in booleans]
        lines += [f"(declare-const {bits.name} (_ BitVec {bits.width}))" for bits in vectors]
        return "".join(f"{line}\n" for line in lines)

    def definitions(self, roots: Iterable[Term]) -> str:
        """Defines the named parts of `roots` that were not defined before, leaves first."""
        lines: list[str] = []
        stack = [(root, False) for root in reversed(list(roots))]
        seen: set[Term] = set()
        while stack:
            term, ready = stack.pop()
            body = self._terms.definitions.get(term.name) if term.op is Op.SYMBOL else None
            if ready:
                assert body is not None
                if term.name not in self._defined:
                    self._defined.add(term.name)
                    lines.append(self._definition(term.name, body))
                continue
            if term in seen:
                continue
            seen.add(term)
            if body is not None and term.name not in self._defined:
                stack.append((term, True))
                stack.append((body, False))
            stack.extend((part, False) for part in reversed(term.parts) if part.op in _INNER)
        return "".join(lines)

    def _definition(self, name: str, body: Term) -> str:
        if name in self._terms.bound:
            return f"(declare-const {name} Bool)\n(assert (= {name} {text_of(body)}))\n"
        return f"(define-fun {name} () Bool {text_of(body)})\n"

    def assertions(self, roots: Sequence[Term]) -> str:
        """Everything that asserting the terms takes: declarations, definitions, assertions."""
        asserted = "".join(
            f"(assert {text_of(root)})\n" for root in roots if root is not self._terms.true
        )
        return self.declarations() + self.definitions(roots) + asserted


def text_of(term: Term) -> str:
    """The term as an s-expression; named parts by their names.

    What is left to write waits in a list: terms are as deep as there are policies one after
    another, and calls within calls would be too many.
    """
    pieces: list[str] = []
    left: list[Term | None] = [term]  # None is where a bracket closes
    while left:
        one = left.pop()
        if one is None:
            pieces.append(")")
            continue
        op = one.op
        if op is Op.SYMBOL:
            pieces.append(f" {one.name}")
        elif op is Op.EQUALS:
            assert one.bits is not None
            assert isinstance(one.value, int)
            pieces.append(f" (= {one.bits.name} {_constant(one.value, one.bits.width)})")
        elif op in _JUNCTIONS:
            pieces.append(_JUNCTIONS[op])
            left.append(None)
            left.extend(reversed(one.parts))
        else:
            pieces.append(f" {_comparison(one)}")
    return "".join(pieces)[1:]


_JUNCTIONS = {Op.AND: " (and", Op.OR: " (or", Op.NOT: " (not", Op.IFF: " (="}


_INNER = frozenset({Op.SYMBOL, *_JUNCTIONS})
"""Terms that can be names of others, or have parts."""


def _comparison(term: Term) -> str:
    match term.op, term.bits, term.value:
        case Op.AT_MOST, Bits() as bits, int() as value:
            return f"(bvule {bits.name} {_constant(value, bits.width)})"
        case Op.PREFIX, Bits() as bits, (length, value):
            cut = f"((_ extract {bits.width - 1} {bits.width - length}) {bits.name})"
            return f"(= {cut} {_constant(value, length)})"
        case Op.SAME, Bits() as left, Bits() as right:
            return f"(= {left.name} {right.name})"
        case ((Op.TRUE | Op.FALSE), _, _):
            return str(term.op.value)
        case _:
            raise AssertionError(term.op)


def _constant(value: int, width: int) -> str:
    if width % 4 == 0:
        return f"#x{value:0{width // 4}x}"
    return f"#b{value:0{width}b}"


_VALUE = re.compile(r"\(\s*([^\s()]+)\s+(true|false|#x[0-9a-fA-F]+|#b[01]+)\s*\)")


def read_values(answer: str) -> dict[str, int]:
    """The values in a solver's answer to `get-value`: numbers, and 0 or 1 for Booleans."""
    return {name: _number(value) for name, value in _VALUE.findall(answer)}


def _number(text: str) -> int:
    if text.startswith("#x"):
        return int(text[2:], 16)
    if text.startswith("#b"):
        return int(text[2:], 2)
    return int(text == "true")
