"""Clauses say what terms say, and scripts read back are the terms that were printed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import product

import pytest
from hypothesis import given
from tests.profiles import examples, some
from tests.test_encoding_terms import built

from netproof_encodings.logic.cnf import Clause, Clauses, dimacs
from netproof_encodings.logic.scripts import Reading, ScriptError
from netproof_encodings.logic.smtlib import Script
from netproof_encodings.logic.terms import Bits, Term, Terms
from netproof_encodings.models.decoding import holds


def propagated(clauses: Sequence[Clause], values: Mapping[int, bool]) -> dict[int, bool] | None:
    """All values that follow from some by unit propagation, None where the clauses fail."""
    known = dict(values)
    changed = True
    while changed:
        changed = False
        for clause in clauses:
            if any(known.get(abs(one)) is (one > 0) for one in clause):
                continue
            open_ones = [one for one in clause if abs(one) not in known]
            if not open_ones:
                return None
            if len(open_ones) == 1:
                known[abs(open_ones[0])] = open_ones[0] > 0
                changed = True
    return known


def fixed(made: Clauses, terms: Terms, model: Mapping[str, int]) -> dict[int, bool]:
    """The variables of the symbols under a valuation of them."""
    found = {made.literal(term): bool(model[name]) for name, term in terms.booleans.items()}
    for name, bits in terms.vectors.items():
        for place, variable in enumerate(reversed(made.bits(bits))):
            found[variable] = bool(model[name] >> place & 1)
    return found


def check_says(terms: Terms, term: Term, models: Iterator[Mapping[str, int]]) -> None:
    """For each valuation: the clauses leave one valuation of all variables iff the term is true."""
    for model in models:
        made = Clauses()
        made.require(term)
        start = fixed(made, terms, model)
        whole = propagated(made.clauses, start)
        assert (whole is not None) is holds(term, model), model
        assert whole is None or len(whole) == made.variables


def valuations(terms: Terms) -> Iterator[dict[str, int]]:
    """Every valuation of the symbols."""
    ranges = [(name, range(2)) for name in terms.booleans]
    ranges += [(name, range(1 << bits.width)) for name, bits in terms.vectors.items()]
    for values in product(*(several for _, several in ranges)):
        yield dict(zip((name for name, _ in ranges), values, strict=True))


def comparisons(terms: Terms, bits: Bits) -> Iterator[Term]:
    """Every comparison of a symbol with a constant."""
    for value in range(1 << bits.width):
        yield terms.equals(bits, value)
        yield terms.at_most(bits, value)
    for length in range(bits.width + 1):
        yield from (terms.prefix(bits, length, value) for value in range(1 << length))


@pytest.mark.parametrize("width", [1, 2, 3, 4, 5])
def test_every_comparison_of_every_small_width(width: int) -> None:
    terms = Terms()
    for term in comparisons(terms, terms.vector("v", width)):
        check_says(terms, term, valuations(terms))
        check_says(terms, terms.negation(term), valuations(terms))


@pytest.mark.parametrize("width", [1, 2, 3])
def test_two_symbols(width: int) -> None:
    terms = Terms()
    same = terms.same(terms.vector("v", width), terms.vector("w", width))
    check_says(terms, same, valuations(terms))
    check_says(terms, terms.negation(same), valuations(terms))


@pytest.mark.generated
def test_every_small_term() -> None:
    """Every connective over every pair of leaves, and over pairs of what comes of that."""
    terms = Terms()
    v, w = terms.vector("v", 2), terms.vector("w", 2)
    a, b = terms.symbol("a"), terms.symbol("b")
    leaves = [terms.true, terms.false, a, b, terms.at_most(v, 1), terms.same(v, w)]
    leaves += [terms.equals(v, 2), terms.prefix(w, 1, 1)]
    first = [*leaves, *(terms.negation(one) for one in leaves)]
    second = dict.fromkeys(_joined(terms, first))
    for term in some([*second]):
        check_says(terms, term, valuations(terms))
    third = dict.fromkeys(_joined(terms, [*second][:: len(second) // 12]))
    for term in some([*third]):
        check_says(terms, term, valuations(terms))
    assert len(second) > 150
    assert len(third) > 150


def _joined(terms: Terms, parts: Sequence[Term]) -> Iterator[Term]:
    for left, right in product(parts, parts):
        yield terms.conjunction((left, right))
        yield terms.disjunction((left, right))
        yield terms.equivalence(left, right)


@examples(usual=40, thorough=400)
@given(made=built())
def test_scripts_read_back_are_the_terms(made: tuple[Terms, Term]) -> None:
    """The term that is read is true for the values for which the one that was printed is."""
    terms, term = made
    body = terms.bind("goal", term)
    script = Script(terms)
    text = script.assertions([]) + script.definitions([body])
    (bound,) = Reading().read(text)
    for a, v, w in product((0, 1), (0, 3, 7), (0, 5)):
        values = {"a": a, "b": 1 - a, "v": v, "w": w}
        truth = {value for value in (0, 1) if holds(bound, {**values, "goal": value})}
        assert len(truth) == 1
        assert holds_through(terms, term, values) is bool(truth.pop())


def holds_through(terms: Terms, term: Term, values: Mapping[str, int]) -> bool:
    """Whether a term that uses defined names is true."""
    model = dict(values)
    for name, body in terms.definitions.items():
        if name != "goal":
            model[name] = int(holds(body, model))
    return holds(term, model)


@pytest.mark.parametrize(
    "text",
    [
        "(assert a)",
        "(declare-const a Bool)(declare-const a Bool)",
        "(declare-const a Int)",
        "(declare-const v (_ BitVec 4))(assert (= v #b101))",
        "(declare-const v (_ BitVec 4))(assert (= v #xg))",
        "(declare-const v (_ BitVec 4))(assert (bvult v #x1))",
        "(declare-const v (_ BitVec 4))(assert (= ((_ extract 2 1) v) #b10))",
        "(declare-const v (_ BitVec 4))(declare-const w (_ BitVec 3))(assert (= v w))",
        "(declare-const a Bool)(assert (xor a a))",
        "(declare-const a Bool)(assert (not a a))",
        "(define-fun f ((x Bool)) Bool x)",
        "(push 1)",
        "(declare-const a Bool",
        "(assert true))",
        "a",
    ],
)
def test_what_we_do_not_print_is_refused(text: str) -> None:
    with pytest.raises(ScriptError):
        Reading().read(text)


def test_a_deep_term_needs_no_deep_stack() -> None:
    """A rule that denies before 5,000 others is as deep in the term."""
    terms = Terms()
    term = terms.symbol("a")
    for number in range(5000):
        term = terms.conjunction((terms.symbol(f"s{number}"), terms.negation(term)))
    made = Clauses()
    made.require(term)
    assert made.variables > 5000
    text = "(declare-const a Bool)(assert " + "(not " * 5001 + "a" + ")" * 5001 + ")"
    reading = Reading()
    assert [holds(one, {"a": 0}) for one in reading.read(text)] == [True]


def test_dimacs() -> None:
    assert dimacs(3, [(1, -3), ()]) == "p cnf 3 2\n1 -3 0\n0\n"
