"""Stretches of ports that no condition tells apart."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

from netproof_encodings.vocabulary.mentioned import Vocabulary
from netproof_specs.model.cluster import ContainerPort

Stretch = tuple[int, int]
"""The first and the last port."""


def port_bounds(ports: Iterable[Stretch]) -> list[int]:
    """The first ports of the stretches that the ranges (inclusive) cut 1 to 65535 into."""
    cuts = {1, 65536}
    for first, last in ports:
        cuts.update((first, last + 1))
    return sorted(cuts)


def named_sources(vocabulary: Vocabulary, ports: Iterable[ContainerPort]) -> set[Stretch]:
    """Those of the ports that are asked for by name where a connection comes from them (D.20)."""
    names = frozenset(vocabulary.source_names)
    return {(one.port, one.port) for one in ports if one.name in names} if names else set()


def source_stretches(vocabulary: Vocabulary, more: Iterable[Stretch] = ()) -> tuple[Stretch, ...]:
    """The stretches of source ports that ranges tell apart; one iff none asks for them (D.19).

    The ranges `more` are told apart besides.
    """
    bounds = port_bounds((*vocabulary.source_ports, *more))
    return tuple((first, after - 1) for first, after in pairwise(bounds))
