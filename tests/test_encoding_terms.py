"""Terms: equal ones are one object, simplified ones mean the same, and the text says so too."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.agreement import Evaluated
from tests.profiles import examples

from netproof.solving import Answer, Limits, Session
from netproof_encodings.logic.smtlib import Script
from netproof_encodings.logic.terms import Op, Term, Terms
from netproof_encodings.models.decoding import holds

WIDTH = 3


@pytest.fixture
def terms() -> Terms:
    return Terms()


@pytest.fixture(scope="module")
def session() -> Session:
    return Session("", Limits())


def test_equal_terms_are_one(terms: Terms) -> None:
    a, b, bits = terms.symbol("a"), terms.symbol("b"), terms.vector("v", WIDTH)
    assert terms.conjunction((a, b)) is terms.conjunction([a, b])
    assert terms.conjunction((a, b)) is not terms.conjunction((b, a))
    assert terms.disjunction((a, b)) is not terms.conjunction((a, b))
    assert terms.equals(bits, 1) is terms.equals(terms.vector("v", WIDTH), 1)
    assert terms.equals(bits, 1) is not terms.at_most(bits, 1)
    assert terms.symbol("a") is a


def test_simplifications(terms: Terms) -> None:
    a, b = terms.symbol("a"), terms.symbol("b")
    assert terms.conjunction(()) is terms.true
    assert terms.disjunction(()) is terms.false
    assert terms.conjunction((a, terms.true)) is a
    assert terms.disjunction((a, terms.true)) is terms.true
    assert terms.conjunction((a, terms.false, b)) is terms.false
    assert terms.conjunction((a, a)) is a
    assert terms.conjunction((a, terms.conjunction((b, a)))).parts == (a, b)
    assert terms.negation(terms.negation(a)) is a
    assert terms.negation(terms.true) is terms.false
    assert terms.implication(terms.false, a) is terms.true
    assert terms.implication(terms.true, a) is a
    assert terms.equivalence(a, a) is terms.true
    assert terms.equivalence(terms.false, a) is terms.negation(a)
    assert terms.equivalence(a, terms.true) is a


def test_bounds(terms: Terms) -> None:
    bits = terms.vector("v", WIDTH)
    assert terms.at_most(bits, 7) is terms.true
    assert terms.at_most(bits, -1) is terms.false
    assert terms.between(bits, 0, 7) is terms.true
    assert terms.between(bits, 4, 4) is terms.equals(bits, 4)
    assert terms.prefix(bits, 0, 0) is terms.true
    assert terms.prefix(bits, 3, 5) is terms.equals(bits, 5)
    assert terms.one_of(bits, ()) is terms.false
    with pytest.raises(AssertionError):
        terms.equals(bits, 8)
    with pytest.raises(AssertionError):
        terms.vector("v", 4)
    with pytest.raises(AssertionError):
        terms.same(bits, terms.vector("w", 4))


def test_definitions(terms: Terms) -> None:
    a, b = terms.symbol("a"), terms.symbol("b")
    body = terms.conjunction((a, b))
    named = terms.define("both", body)
    assert named.op is Op.SYMBOL
    assert named.name == "both"
    assert terms.define("again", body) is named
    assert terms.define("leaf", a) is a
    assert terms.define("always", terms.true) is terms.true
    assert [*terms.definitions] == ["both"]
    with pytest.raises(AssertionError):
        terms.define("both", terms.disjunction((a, b)))


@st.composite
def built(draw: st.DrawFn) -> tuple[Terms, Term]:
    """A term over two Booleans and two vectors, with everything that a term can be."""
    terms = Terms()
    vectors = [terms.vector(name, WIDTH) for name in ("v", "w")]
    leaves: list[Term] = [terms.true, terms.false, terms.symbol("a"), terms.symbol("b")]
    bits, value = st.sampled_from(vectors), st.integers(0, 7)
    comparison = st.one_of(
        st.builds(terms.equals, bits, value),
        st.builds(terms.at_most, bits, value),
        st.builds(terms.between, bits, st.integers(0, 4), st.integers(4, 7)),
        st.builds(terms.one_of, bits, st.lists(value, max_size=3)),
        st.integers(0, 2).flatmap(
            lambda length: st.builds(
                terms.prefix, bits, st.just(length), st.integers(0, (1 << length) - 1)
            )
        ),
        st.just(terms.same(*vectors)),
    )

    def larger(inner: st.SearchStrategy[Term]) -> st.SearchStrategy[Term]:
        several = st.lists(inner, max_size=3)
        return st.one_of(
            st.builds(terms.negation, inner),
            st.builds(terms.conjunction, several),
            st.builds(terms.disjunction, several),
            st.builds(terms.implication, inner, inner),
            st.builds(terms.equivalence, inner, inner),
            inner.map(lambda body: terms.define(f"d{len(terms.definitions)}", body)),
        )

    term = draw(st.recursive(st.one_of(st.sampled_from(leaves), comparison), larger))
    return terms, term


@examples(usual=40, thorough=1000)
@given(made=built())
def test_text_means_what_the_term_means(session: Session, made: tuple[Terms, Term]) -> None:
    """The solver finds the term true for values iff it is true for them here."""
    terms, term = made
    script = Script(terms)
    goal = terms.define("goal", terms.disjunction((term, terms.symbol("never"))))
    session.push(script.assertions([]) + script.definitions([goal]))
    for a, v, w in product((0, 1), (0, 3, 7), (0, 5)):
        values = {"a": a, "b": 1 - a, "never": 0, "v": v, "w": w}
        expected = Evaluated(terms, values).holds(term)
        pinned = [terms.equals(terms.vectors[name], values[name]) for name in ("v", "w")]
        assumed = [name if values[name] else f"(not {name})" for name in ("a", "b", "never")]
        session.push(script.fork().assertions([*pinned, goal]))
        assert session.check(assumed) is (Answer.SAT if expected else Answer.UNSAT)
        session.pop()
        if not terms.definitions.keys() - {"goal"}:
            assert holds(term, values) is expected
    session.pop()
