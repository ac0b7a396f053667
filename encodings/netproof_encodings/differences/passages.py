"""Where two versions differ in what hosts let through, under one and the same set-up (D.37).

What is the same in both, however the cluster is set up, is more than that both let through the same
in some set-up and in every one: one version may deny what passes an interface, and the other what
comes in by another. So the versions are held against each other for each host and direction.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from netproof_encodings.decision.tiers import Passage
from netproof_encodings.differences.slices import PassageSlice
from netproof_encodings.logic.terms import Term, Terms
from netproof_encodings.meaning.connections import InTerms, Outcome
from netproof_encodings.meaning.passing import (
    Gate,
    asked_at,
    gate_of,
    gates_of,
    goes_on,
    passes_at,
)
from netproof_encodings.meaning.spaces import ConnectionSpace
from netproof_specs.assumptions import Assumption
from netproof_specs.frozen import Frozen
from netproof_specs.model.traffic import Direction


def passage_differs(terms: Terms, space: ConnectionSpace, part: PassageSlice) -> Term:
    """True iff the hosts of the slice let through a connection in one version only, if asked.

    That is in some order of ties, and whatever a host does with what policies leave over. The space
    knows of no other passage than theirs.
    """
    old, new = (
        gate_of(InTerms(terms, space, f"{name}."), passage, 0, part.direction)
        for name, passage in (("old", part.old), ("new", part.new))
    )
    return terms.disjunction(
        terms.negation(terms.equivalence(before, after))
        for one, other in ((old.accepting, new.accepting), (old.dropping, new.dropping))
        for before, after in ((one.sometimes, other.sometimes), (one.always, other.always))
    )


class PassedInBoth(Frozen):
    """What hosts let through of a connection in both versions.

    `old` and `new` are that in the set-up which lets through the most. `opened` is true iff some
    set-up has a host asked in a direction in which NEW lets the connection through and OLD does
    not, `closed` iff it is the other way round. `concerned` is true iff the connection may pass
    hosts of a slice that differs.
    """

    old: Outcome
    new: Outcome
    opened: Outcome
    closed: Outcome
    concerned: Term


_Gates = Mapping[Direction, Gate]


def passed_in_both(
    algebras: tuple[InTerms, InTerms],
    passages: Sequence[tuple[Passage, Passage]],
    differing: Sequence[PassageSlice],
) -> PassedInBoth:
    """What hosts let through, where NEW takes over what OLD lets through outside of the slices."""
    terms = algebras[0].terms
    ways = {(one.place, one.direction) for one in differing}
    gates: list[tuple[_Gates, _Gates]] = []
    for place, (before, after) in enumerate(passages):
        old = _named(algebras[0], gates_of(algebras[0], before, place), place)
        new = old
        if differs := [way for way in Direction if (place, way) in ways]:
            own = _named(algebras[1], gates_of(algebras[1], after, place), place)
            new = {way: (own if way in differs else old)[way] for way in Direction}
        gates.append((old, new))
    before_all, after_all = [one for one, _ in gates], [other for _, other in gates]
    places = sorted({place for place, _ in ways})
    concerned = (
        passes_at(algebras[0], end, place).perhaps for end in Direction for place in places
    )
    return PassedInBoth(
        _at_best(algebras[0], before_all),
        _at_best(algebras[0], after_all),
        _turned(algebras[0], before_all, after_all, ways),
        _turned(algebras[0], after_all, before_all, ways),
        terms.disjunction(concerned),
    )


def _named(algebra: InTerms, gates: _Gates, place: int) -> _Gates:
    """The same with names, as each is spoken of several times."""

    def named(name: str, outcome: Outcome) -> Outcome:
        sometimes = algebra.named(name, outcome.sometimes)
        if outcome.always is outcome.sometimes:
            return Outcome(sometimes, sometimes)
        return Outcome(sometimes, algebra.named(f"{name}-in-every-order", outcome.always))

    return {
        way: Gate(
            named(gate_name(place, way, "accepting"), gate.accepting),
            named(gate_name(place, way, "dropping"), gate.dropping),
        )
        for way, gate in gates.items()
    }


def gate_name(place: int, way: Direction, host: str) -> str:
    """The name of what the hosts of a place let through if they are `accepting` or `dropping`."""
    return f"forward.{place}.{way.value.lower()}.{host}"


def _at_best(algebra: InTerms, gates: Sequence[_Gates]) -> Outcome:
    """What is let through in the set-up that lets through the most: by hosts surely asked."""
    terms = algebra.terms
    asked = [
        (passes_at(algebra, end, place).surely, at[end].accepting)
        for place, at in enumerate(gates)
        for end in Direction
    ]
    return Outcome(
        terms.conjunction(terms.implication(sure, one.sometimes) for sure, one in asked),
        terms.conjunction(terms.implication(sure, one.always) for sure, one in asked),
    )


def _turned(
    algebra: InTerms,
    less: Sequence[_Gates],
    more: Sequence[_Gates],
    ways: set[tuple[int, Direction]],
) -> Outcome:
    """True iff some host can be asked in a direction in which `more` lets through, and `less` not.

    Only the `ways` are looked at, those in which the versions differ.
    """
    terms = algebra.terms
    sometimes: list[Term] = []
    always: list[Term] = []
    for place, way in sorted(ways, key=lambda pair: (pair[0], pair[1].value)):
        for asked, what in _askings(algebra, place, way):
            one, other = what(less[place][way]), what(more[place][way])
            for found, denied, allowed in (
                (sometimes, one.sometimes, other.sometimes),
                (always, one.always, other.always),
            ):
                found.append(terms.conjunction((asked, terms.negation(denied), allowed)))
    return Outcome(terms.disjunction(sometimes), terms.disjunction(always))


def _askings(
    algebra: InTerms, place: int, way: Direction
) -> Iterator[tuple[Term, Callable[[Gate], Outcome]]]:
    """When some set-up has hosts of the place asked in the direction, and for what of them."""
    any_set_up = algebra.space.assumptions[Assumption.CALICO_FORWARD]
    for end in Direction:
        asked = asked_at(algebra, end, place, way)
        yield asked, lambda gate: gate.accepting
        if not goes_on(end, way):
            in_some = algebra.terms.conjunction((asked, any_set_up))
            yield in_some, lambda gate: gate.dropping
