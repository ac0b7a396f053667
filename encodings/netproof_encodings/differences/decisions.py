"""What the ends of a connection decide in two versions, of which most is one and the same."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from netproof_encodings.decision.conditions import (
    Atom,
    atoms_of,
    subject_end,
)
from netproof_encodings.decision.folding import Lean, ties_of
from netproof_encodings.decision.tiers import Tier
from netproof_encodings.differences.bearing import homes_of, pinned
from netproof_encodings.differences.slices import AnySlice, Slice, Versions, of_ends
from netproof_encodings.logic.terms import Term, Terms
from netproof_encodings.lowering import restricted
from netproof_encodings.lowering.any_hosts import others_at_home
from netproof_encodings.meaning.connections import InTerms, Outcome, mixed, side_allows
from netproof_encodings.meaning.spaces import ConnectionSpace, is_named
from netproof_encodings.models.legends import OTHERS
from netproof_encodings.vocabulary.hosts import Whom
from netproof_specs.frozen import Frozen
from netproof_specs.model.traffic import Direction

_Inside = Mapping[Direction, Term]


def algebras(terms: Terms, space: ConnectionSpace, whom: Whom) -> tuple[InTerms, InTerms]:
    """Those in which OLD and NEW decide for ends of that kind."""
    whose = OTHERS if whom is Whom.OTHERS else ""
    return (
        InTerms(terms, space, f"old.{whose}", whose),
        InTerms(terms, space, f"new.{whose}", whose),
    )


def leans_of(tiers: Iterable[Tier]) -> tuple[Lean, ...]:
    """The outcomes that both versions have to share: with open ties, those of every order (C.4)."""
    return tuple(Lean) if any(ties_of(tiers)) else (Lean.ORDERED,)


class Kind(Frozen):
    """The ends of one kind, with what decides for them.

    `inside` is true iff the end whose side the direction decides is one of them, in a slice that
    differs.
    """

    whom: Whom
    versions: tuple[InTerms, InTerms]
    differing: Sequence[Slice]
    inside: _Inside


def kinds_of(
    known: tuple[InTerms, InTerms], versions: Versions, differing: Sequence[AnySlice]
) -> tuple[Kind, ...]:
    """Pods with the host endpoints of the input, and where there may be such, all other hosts."""
    terms, space = known[0].terms, known[0].space
    found = [_kind(Whom.KNOWN, known, versions, differing)]
    if space.source.is_other_host(terms) is not terms.false:
        others = algebras(terms, space, Whom.OTHERS)
        found.append(_kind(Whom.OTHERS, others, versions, differing))
    return tuple(found)


def _kind(
    whom: Whom,
    algebra: tuple[InTerms, InTerms],
    versions: Versions,
    differing: Sequence[AnySlice],
) -> Kind:
    own = of_ends(differing, whom)
    inside = {way: _inside(algebra[0], versions, own, way, whom) for way in Direction}
    return Kind(whom, algebra, own, inside)


def _inside(
    algebra: InTerms,
    versions: Versions,
    differing: Sequence[Slice],
    direction: Direction,
    whom: Whom,
) -> Term:
    """True iff the end whose side the direction decides is of that kind, in a differing slice."""
    terms, end = algebra.terms, algebra.space.end(subject_end(direction))

    def at(names: Iterable[str]) -> Term:
        """True iff the end is a pod of one of the namespaces, or has the label of one."""
        if whom is Whom.OTHERS:
            return algebra.matches(others_at_home(subject_end(direction), names))
        return terms.conjunction((end.pod, is_named(terms, end.namespace, sorted(names))))

    found = [at(homes_of(differing, direction))]
    if any(one.namespace is None for one in differing if one.direction is direction):
        other = end.is_other_host(terms)
        mine = other if whom is Whom.OTHERS else terms.negation(other)
        elsewhere = terms.negation(at(pinned(versions, direction, whom)))
        found.append(terms.conjunction((mine, elsewhere)))
    return terms.disjunction(found)


def namespaces_asked(versions: Versions, differing: Sequence[AnySlice]) -> list[Atom]:
    """What is asked of the labels of such host endpoints to tell whether a slice is theirs."""
    found: list[Atom] = []
    for way in dict.fromkeys(one.direction for one in of_ends(differing, Whom.OTHERS)):
        homes = pinned(versions, way, Whom.OTHERS)
        found += atoms_of(others_at_home(subject_end(way), homes))
    return found


def outcomes(kinds: Sequence[Kind], parts: Versions) -> tuple[Outcome, Outcome]:
    """What the ends of the connection decide under OLD and NEW, by the assumption on ties.

    `parts` is of the versions what bears on a connection that can be decided differently.
    """
    found = {lean: _decisions(kinds, parts, lean) for lean in leans_of(parts.at_ends)}
    old, new = kinds[0].versions
    return (
        mixed(old, {lean: pair[0] for lean, pair in found.items()}),
        mixed(new, {lean: pair[1] for lean, pair in found.items()}),
    )


def _decisions(kinds: Sequence[Kind], parts: Versions, lean: Lean) -> tuple[Term, Term]:
    """The decisions of OLD and NEW of both ends."""
    terms = kinds[0].versions[0].terms
    before, after = [], []
    for direction in Direction:
        pairs = [_side(kind, parts, direction, lean) for kind in kinds]
        old, new = pairs[0]
        if len(kinds) > 1:
            other = kinds[0].versions[0].space.end(subject_end(direction)).is_other_host(terms)
            old, new = (
                terms.disjunction(
                    (
                        terms.conjunction((other, of_others)),
                        terms.conjunction((terms.negation(other), known)),
                    )
                )
                for known, of_others in zip(*pairs, strict=True)
            )
        before.append(old)
        after.append(new)
    return terms.conjunction(before), terms.conjunction(after)


def _side(kind: Kind, parts: Versions, direction: Direction, lean: Lean) -> tuple[Term, Term]:
    """What OLD and NEW decide at an end of the kind; NEW takes over OLD's outside the slices.

    Equal parts become one and the same term, so that a solver need not find out that they are
    equal.
    """
    (first, second), (before, after) = kind.versions, parts.for_whom(kind.whom)
    terms, differs = first.terms, kind.inside[direction]
    old = side_allows(first, before, direction, lean)
    if differs is terms.false:
        return old, old
    here = restricted(after[direction], homes_of(kind.differing, direction))
    own = side_allows(second, {direction: here}, direction, lean)
    kept = terms.conjunction((terms.negation(differs), old))
    return old, terms.disjunction((terms.conjunction((differs, own)), kept))
