"""The maps of two clusters that are made for each other: what comes and goes is seen in them.

Both are made over the same atoms of addresses, and where policies bear on what hosts let through,
with each way through them that may tell the sides apart (D.37).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from netproof.connectivity.mapping import Families, Map, Query, map_of
from netproof.connectivity.passing import Outcome, SetUp, ways_through
from netproof_encodings.decision.folding import Lean, ties_of
from netproof_encodings.lowering import every_tier, lower, passages
from netproof_encodings.vocabulary.mentioned import Vocabulary, vocabulary_of
from netproof_encodings.vocabulary.stretches import named_sources
from netproof_specs.assumptions import Assumption, Assumptions
from netproof_specs.model.cluster import Cluster
from netproof_specs.steps import Watch, unwatched


def maps_of(
    old: Cluster, new: Cluster, assumptions: Assumptions, watch: Watch = unwatched
) -> tuple[Map, Map]:
    """The maps of both sides, over the same atoms of addresses and stretches of source ports."""
    mentioned = [_mentioned(one) for one in (old, new)]
    asked = {ports for one in mentioned for ports in one.source_ports}
    for side, vocabulary in zip((old, new), mentioned, strict=True):
        declared = (port for one in side.workloads for port in (*one.ports, *one.init_ports))
        asked |= named_sources(vocabulary, declared)
    alike = _alike(old, new)
    query = Query(
        assumptions=assumptions,
        blocks=tuple(sorted({block for one in mentioned for block in one.blocks})),
        families=Families.APART,
        source_ports=tuple(sorted(asked)),
        hosts=alike,
        outcomes=_in_each_set_up((old, new), alike, assumptions) if alike else (),
    )
    return map_of(old, query, watch), map_of(new, query, watch)


def _alike(old: Cluster, new: Cluster) -> tuple[frozenset[str], ...]:
    """The host endpoints with policies for what they let through, those alike on either side."""
    found: dict[tuple[int | None, ...], set[str]] = defaultdict(set)
    sides = [_places(one) for one in (old, new)]
    for name in sorted({name for side in sides for name in side}):
        found[tuple(side.get(name) for side in sides)].add(name)
    return tuple(map(frozenset, found.values()))


def _in_each_set_up(
    sides: Iterable[Cluster], alike: Iterable[frozenset[str]], assumptions: Assumptions
) -> tuple[Outcome, ...]:
    """The outcomes in which what both sides have perhaps is compared.

    Of host endpoints that are alike one stands for all.
    """
    tied = Assumption.TIES in assumptions and any(
        any(ties_of(every_tier(lower(one.every_policy)))) for one in sides
    )
    leans = (Lean.ALLOWING, Lean.DENYING) if tied else (Lean.ORDERED,)
    ways = list(ways_through(map(min, alike), assumptions))
    return (
        *([Outcome(Lean.DENYING, SetUp.OPEN)] if tied else []),
        *(Outcome(lean, way) for lean in leans for way in ways),
    )


def _places(cluster: Cluster) -> dict[str, int]:
    """The host endpoints with policies for what they let through, by name, alike as one number."""
    found = enumerate(passages(cluster.every_policy))
    return {name: place for place, one in found for name in one.hosts}


def _mentioned(cluster: Cluster) -> Vocabulary:
    return vocabulary_of(every_tier(lower(cluster.every_policy)), (), ())
