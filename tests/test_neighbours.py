"""Models next to one another: each value as if evaluated by itself, and no other regions found."""

from __future__ import annotations

import random

import pytest
from tests.test_compare_bounds import found

from netproof.comparison.generalising import _Asking
from netproof_encodings.logic.terms import Model, Term, Terms
from netproof_encodings.models.decoding import holds
from netproof_encodings.models.neighbours import Neighbours, symbols_in

WIDTHS = {"a": 1, "b": 2, "c": 3, "d": 3}


def some_term(terms: Terms, rng: random.Random, depth: int) -> Term:
    """A term of every form over three vectors and two Booleans."""
    parts = [some_term(terms, rng, depth - 1) for _ in range(3)] if depth else []
    vectors = [terms.vector(name, width) for name, width in WIDTHS.items()]
    bits = rng.choice(vectors)
    value = rng.randrange(1 << bits.width)
    match rng.randrange(4 if depth else 5) + (0 if depth else 4):
        case 0:
            return terms.conjunction(parts)
        case 1:
            return terms.disjunction(parts)
        case 2:
            return terms.negation(parts[0])
        case 3:
            return terms.equivalence(*parts[:2])
        case 4:
            return terms.symbol(rng.choice("xy"))
        case 5:
            return terms.equals(bits, value)
        case 6:
            return terms.at_most(bits, value)
        case 7:
            length = rng.randint(1, bits.width)
            return terms.prefix(bits, length, value >> (bits.width - length))
        case _:
            return terms.same(*rng.sample(vectors[2:], 2))


def some_model(rng: random.Random) -> Model:
    values = {name: rng.randrange(1 << width) for name, width in WIDTHS.items()}
    return values | {name: rng.randrange(2) for name in "xy"}


@pytest.mark.parametrize("seed", range(40))
def test_all_values_of_a_symbol_at_once_are_each_by_itself(seed: int) -> None:
    rng, terms = random.Random(seed), Terms()
    term, model = some_term(terms, rng, 4), some_model(rng)
    for symbol, width in (WIDTHS | {"x": 1, "y": 1}).items():
        where = Neighbours(terms, model, symbol, width).where(term)
        values = range(1 << width)
        assert [bool(where >> one & 1) for one in values] == [
            holds(term, {**model, symbol: one}) for one in values
        ]
        assert where >> len(values) == 0
    assert dict(symbols_in(term)).keys() <= model.keys()


@pytest.mark.parametrize("defined", [True, False])
def test_terms_can_be_thousands_of_levels_deep(defined: bool) -> None:
    """Each level with a name of its own, or all in one term."""
    terms = Terms()
    bits = terms.vector("b", 4)
    last = terms.false
    for number in range(5000):
        more = terms.equals(bits, number % 7) if number % 2 else terms.symbol(f"s{number}")
        last = terms.conjunction((terms.negation(last), more))
        if defined:
            last = terms.define(f"d{number}", last)
    model = {"b": 3, **{f"s{number}": 1 for number in range(5000)}}
    where = Neighbours(terms, model, "b", 4).where(last)
    one_by_one = 0
    for value in range(16):
        known = False
        for number in range(5000):
            known = not known and (value == number % 7 if number % 2 else True)
        one_by_one |= known << value
    assert where == one_by_one


@pytest.mark.parametrize("seed", [3, 5, 8, 10, 11])
def test_what_neighbours_show_changes_no_comparison(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    quick = found(seed)
    monkeypatch.setattr(_Asking, "_is_other_next_to", lambda *_: False)
    assert quick == found(seed)


def test_neighbours_are_other_only_if_the_solver_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    shown, told = _Asking._is_other_next_to, []

    def both(asking: _Asking, conditions: list, about: object) -> bool:  # type: ignore[type-arg]
        quick = shown(asking, conditions, about)  # type: ignore[arg-type]
        told.append((quick, asking._other(conditions).value))
        return quick

    monkeypatch.setattr(_Asking, "_is_other_next_to", both)
    for seed in (3, 8, 10, 11):
        found(seed)
    assert {answer for quick, answer in told if quick} == {"sat"}
    seen = sum(quick for quick, _ in told)
    assert seen > 0.5 * sum(answer == "sat" for _, answer in told)
