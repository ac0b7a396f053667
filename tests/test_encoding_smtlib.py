"""The text of scripts, and reading back what a solver prints."""

from __future__ import annotations

import pytest

from netproof_encodings.logic.smtlib import Script, read_values, text_of
from netproof_encodings.logic.terms import Term, Terms


@pytest.fixture
def terms() -> Terms:
    return Terms()


def test_every_form_as_text(terms: Terms) -> None:
    a, b = terms.symbol("a"), terms.symbol("b")
    v, w, port = terms.vector("v", 3), terms.vector("w", 3), terms.vector("port", 16)
    rows: list[tuple[Term, str]] = [
        (terms.true, "true"),
        (terms.false, "false"),
        (a, "a"),
        (terms.negation(a), "(not a)"),
        (terms.conjunction((a, b)), "(and a b)"),
        (terms.disjunction((a, terms.negation(b))), "(or a (not b))"),
        (terms.equivalence(a, b), "(= a b)"),
        (terms.equals(v, 5), "(= v #b101)"),
        (terms.equals(port, 80), "(= port #x0050)"),
        (terms.at_most(v, 2), "(bvule v #b010)"),
        (terms.between(port, 80, 81), "(and (not (bvule port #x004f)) (bvule port #x0051))"),
        (terms.prefix(port, 8, 10), "(= ((_ extract 15 8) port) #x0a)"),
        (terms.prefix(v, 1, 1), "(= ((_ extract 2 2) v) #b1)"),
        (terms.same(v, w), "(= v w)"),
    ]
    for term, text in rows:
        assert text_of(term) == text


def test_a_term_can_be_thousands_of_levels_deep(terms: Terms) -> None:
    a, b = terms.symbol("a"), terms.symbol("b")
    term = a
    for _ in range(5000):
        term = terms.conjunction((b, terms.negation(term)))
    assert text_of(term) == "(and b (not " * 5000 + "a" + "))" * 5000


def test_a_script_says_everything_once(terms: Terms) -> None:
    a, b = terms.symbol("a"), terms.symbol("b")
    inner = terms.define("inner", terms.disjunction((a, b)))
    outer = terms.define("outer", terms.conjunction((inner, terms.negation(a))))
    script = Script(terms)
    assert script.assertions([outer, inner, terms.true]) == (
        "(declare-const a Bool)\n"
        "(declare-const b Bool)\n"
        "(define-fun inner () Bool (or a b))\n"
        "(define-fun outer () Bool (and inner (not a)))\n"
        "(assert outer)\n"
        "(assert inner)\n"
    )
    bits = terms.vector("v", 4)
    more = terms.conjunction((outer, terms.equals(bits, 1)))
    expected = "(declare-const v (_ BitVec 4))\n(assert (and outer (= v #x1)))\n"
    assert script.fork().assertions([more]) == expected
    assert script.fork().assertions([more]) == expected
    assert script.assertions([more]) == expected
    assert script.assertions([more]) == "(assert (and outer (= v #x1)))\n"


def test_values() -> None:
    printed = "((src.pod true)\n (dst.pod false)\n (port #x0050) (protocol #b10)\n  (a/b-c.d #xFf))"
    assert read_values(printed) == {
        "src.pod": 1,
        "dst.pod": 0,
        "port": 80,
        "protocol": 2,
        "a/b-c.d": 255,
    }
    assert read_values("") == {}
