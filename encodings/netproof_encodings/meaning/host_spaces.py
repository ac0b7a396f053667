"""The symbols of an end that may be a host endpoint: one of the input, or any other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from netproof_encodings.logic.terms import Bits, Term, Terms
from netproof_encodings.meaning.labels import LabelSpace, label_space
from netproof_encodings.vocabulary.hosts import HostPoint, host_points
from netproof_encodings.vocabulary.mentioned import Vocabulary
from netproof_specs.frozen import Frozen


class OtherHostSpace(Frozen):
    """An end that is a host endpoint of which the input says nothing: its labels, and its name.

    `points` are those of such host endpoints, by the profiles that they list. The code 0 stands for
    any name but those of `names`.
    """

    points: tuple[HostPoint, ...]
    labels: LabelSpace
    name: Bits
    names: Mapping[str, int]


class HostSpace(Frozen):
    """Which host endpoint an end is, by the number of its point; 0 is none.

    `passed` is the one that a pod on its node's network passes, by the codes of `names`, with 0 for
    none; `expected` is true iff that one expects the pod's address. `other` is what an end has that
    is none of the input, `None` iff there are only those of the input.
    """

    number: Bits
    points: tuple[HostPoint, ...]
    passed: Bits
    names: Mapping[str, int]
    expected: Term
    other: OtherHostSpace | None = None


def host_space(terms: Terms, prefix: str, vocabulary: Vocabulary) -> HostSpace | None:
    """The symbols of an end as a host endpoint; None iff it can be none."""
    others = () if vocabulary.others is None else vocabulary.others.hosts
    points = host_points((*vocabulary.hosts, *others))
    if not points:
        return None
    names = {one.name: code for code, one in enumerate(vocabulary.hosts, start=1)}
    return HostSpace(
        terms.vector(f"{prefix}.host", len(points).bit_length()),
        points,
        terms.vector(f"{prefix}.passed-host", max(1, len(names).bit_length())),
        names,
        terms.symbol(f"{prefix}.expected-by-host"),
        _other_host_space(terms, prefix, vocabulary, points) if others else None,
    )


def _other_host_space(
    terms: Terms, prefix: str, vocabulary: Vocabulary, points: Iterable[HostPoint]
) -> OtherHostSpace:
    names = {name: code for code, name in enumerate(vocabulary.host_names, start=1)}
    return OtherHostSpace(
        tuple(one for one in points if one.host.invented),
        label_space(terms, f"{prefix}.host-label", vocabulary.host_labels, vocabulary.host_tests),
        terms.vector(f"{prefix}.host-name", max(1, len(names).bit_length())),
        names,
    )
