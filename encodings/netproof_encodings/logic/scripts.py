"""Scripts in SMT-LIB back to terms; the inverse of `smtlib`, for the part of it that we print.

A CNF is made from the very text that a certificate holds, so that nobody has to believe that the
text and the CNF came from one formula: both readings of the text can be made again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

from netproof_encodings.logic.terms import Bits, Term, Terms

_Item: TypeAlias = "str | Term | list[_Item]"
"""A word, a term, or what stands in parentheses and is no term: a command, a type, an extract."""
_TOKEN = re.compile(r";[^\n]*|[()]|[^\s();]+")
_IGNORED = frozenset({"set-logic", "set-info", "set-option", "check-sat", "exit"})
_OPERATORS = frozenset({"not", "and", "or", "=>", "=", "bvule"})


class ScriptError(Exception):
    """A text that is not a script of the kind that we print."""


@dataclass(slots=True)
class Reading:
    """What scripts read so far have declared, defined and asserted, in order.

    `names` holds every declared Boolean and every definition; a definition is its body. A class
    that grows, as the text of a stage is read once for all claims on it.
    """

    terms: Terms = field(default_factory=Terms)
    names: dict[str, Term] = field(default_factory=dict)
    vectors: dict[str, Bits] = field(default_factory=dict)

    def fork(self) -> Reading:
        """A reading that goes on from here; what it declares is unknown to this one."""
        return Reading(self.terms, dict(self.names), dict(self.vectors))

    def read(self, text: str) -> list[Term]:
        """The terms that the text asserts; raises ScriptError."""
        asserted: list[Term] = []
        around: list[list[_Item]] = []
        for token in _TOKEN.findall(text):
            if token == "(":
                around.append([])
            elif token == ")" and around:
                done = self._closed(around.pop())
                if around:
                    around[-1].append(done)
                else:
                    asserted.extend(self._obeyed(done))
            elif token[0] != ";":
                if not around:
                    raise ScriptError(f"`{token}` stands outside every command")
                around[-1].append(token)
        if around:
            raise ScriptError("a `(` is not closed")
        return asserted

    def _obeyed(self, command: _Item) -> Iterator[Term]:
        """Does what the command says; the term that it asserts, if it does."""
        match command:
            case ["assert", body]:
                yield self._term(body)
            case ["declare-const", str(name), "Bool"]:
                self._fresh(name)
                self.names[name] = self.terms.symbol(name)
            case ["declare-const", str(name), ["_", "BitVec", str(width)]] if width.isdecimal():
                self._fresh(name)
                # Not of the terms, which forks share: another script may declare it wider.
                self.vectors[name] = Bits(name, int(width))
            case ["define-fun", str(name), [], "Bool", body]:
                self._fresh(name)
                self.names[name] = self._term(body)
            case [str(word), *_] if word in _IGNORED:
                pass
            case _:
                raise ScriptError(f"not a command that we print: {_shown(command)}")

    def _fresh(self, name: str) -> None:
        if name in self.names or name in self.vectors:
            raise ScriptError(f"`{name}` is declared twice")

    def _closed(self, items: list[_Item]) -> _Item:
        """The term that stands in parentheses, or just what stands there."""
        if not items or not isinstance(items[0], str) or items[0] not in _OPERATORS:
            return items
        terms = self.terms
        match items:
            case ["not", part]:
                return terms.negation(self._term(part))
            case ["and", *parts]:
                return terms.conjunction([self._term(part) for part in parts])
            case ["or", *parts]:
                return terms.disjunction([self._term(part) for part in parts])
            case ["=>", left, right]:
                return terms.implication(self._term(left), self._term(right))
            case ["bvule", str(name), str(value)]:
                bits = self._bits(name)
                return terms.at_most(bits, _number(value, bits.width))
            case ["=", left, right]:
                return self._equality(left, right)
            case _:
                raise ScriptError(f"not a term that we print: {_shown(items)}")

    def _term(self, item: _Item) -> Term:
        match item:
            case Term():
                return item
            case "true" | "false":
                return self.terms.constant(item == "true")
            case str(name) if name in self.names:
                return self.names[name]
            case _:
                raise ScriptError(f"not a term: {_shown(item)}")

    def _equality(self, left: _Item, right: _Item) -> Term:
        """Of two Booleans, a symbol or a prefix of one and a constant, or two symbols."""
        match left, right:
            case [["_", "extract", str(high), str(low)], str(name)], str(value):
                bits = self._bits(name)
                if not low.isdecimal() or high != str(bits.width - 1) or int(low) >= bits.width:
                    raise ScriptError(f"not a prefix of `{name}`: {_shown(left)}")
                length = bits.width - int(low)
                return self.terms.prefix(bits, length, _number(value, length))
            case str(name), str(value) if name in self.vectors and value.startswith("#"):
                bits = self.vectors[name]
                return self.terms.equals(bits, _number(value, bits.width))
            case str(name), str(other) if name in self.vectors:
                one, two = self.vectors[name], self._bits(other)
                if one.width != two.width:
                    raise ScriptError(f"`{name}` and `{other}` are of two widths")
                return self.terms.same(one, two)
            case _:
                return self.terms.equivalence(self._term(left), self._term(right))

    def _bits(self, name: str) -> Bits:
        if name not in self.vectors:
            raise ScriptError(f"`{name}` is no declared bit-vector")
        return self.vectors[name]


def _number(text: str, width: int) -> int:
    """The value of a constant, which must be as wide as what it is compared with."""
    form = _CONSTANT.fullmatch(text)
    if form is None or len(form[1] or "") * 4 + len(form[2] or "") != width:
        raise ScriptError(f"not a constant of {width} bits: {text}")
    return int(form[1] or form[2], 16 if form[1] else 2)


_CONSTANT = re.compile("#x([0-9a-f]+)|#b([01]+)")


def _shown(item: _Item) -> str:
    text = str(item)
    return text if len(text) <= 80 else f"{text[:77]}..."
