"""The map of connections against the encoding: what is listed is satisfiable, nothing else is."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st
from tests import strategies as own
from tests.admin_strategies import mixed_clusters
from tests.calico_strategies import calico_clusters, forwarding_clusters, host_clusters

from netproof.connectivity.mapping import Cidrs, Map, Query, map_of
from netproof.connectivity.portsets import NOTHING
from netproof.connectivity.units import HOST, Unit
from netproof.decisions import ALL_PORTS, Allowed, AllowedPorts, Certainty, Ranges
from netproof.solving import Answer, Limits, Session
from netproof_encodings.logic.terms import Term
from netproof_encodings.meaning.addresses import in_block
from netproof_encodings.meaning.claims import member
from netproof_encodings.meaning.ports import on_ports
from netproof_encodings.meaning.spaces import EndpointSpace
from netproof_encodings.obligations.claims import Stage, literals, require, stage
from netproof_specs.assumptions import Assumptions
from netproof_specs.claims import AddressBlock, ClaimPorts, EndpointSet, PodNamed
from netproof_specs.model.cluster import Cluster
from netproof_specs.worlds import World

PAIRS = 6
End = Unit | None
"""One end of a pair; None is outside the cluster."""


@dataclass(frozen=True)
class Entry:
    """Ports that the map lists of a pair; the blocks of an outside end, else none."""

    cidrs: Cidrs
    allowed: AllowedPorts


def pairs(found: Map) -> Iterator[tuple[End, End, list[Entry]]]:
    """Every pair of ends with what is listed of it."""
    entering = dict(found.entering())
    for row in found.rows():
        cells = dict(row.cells())
        for at, unit in enumerate(found.destinations):
            allowed = found.ports(cells.get(at, NOTHING))
            yield row.source, unit, [Entry((), allowed)] if allowed else []
        outside = row.pattern.outside
        yield row.source, None, [Entry(cidrs, found.ports(ports)) for cidrs, ports in outside]
    for at, unit in enumerate(found.destinations):
        listed = entering.get(at, ())
        yield None, unit, [Entry(cidrs, found.ports(ports)) for cidrs, ports in listed]


def is_end(on: Stage, space: EndpointSpace, end: End) -> Term:
    """True iff the end of the connection is this one."""
    if end is None:
        return on.terms.negation(space.inside(on.terms))
    if end.kind == HOST:
        assert space.host is not None
        named = (one for one in space.host.points if one.host.name == end.name)
        return space.is_host_among(on.terms, named)
    name = PodNamed(end.namespace, end.name, end.kind)
    return member(on.terms, space, name, on.scene.classes)


def in_entry(on: Stage, entry: Entry, outside: EndpointSpace | None) -> Term:
    """True iff the connection is one that the entry lists."""
    ports = on.terms.disjunction(_allows(on, one) for one in entry.allowed)
    if outside is None:
        return ports
    inside = on.terms.disjunction(in_block(on.terms, outside.address, one) for one in entry.cidrs)
    return on.terms.conjunction((ports, inside))


def _allows(on: Stage, one: Allowed) -> Term:
    """True iff the connection is on such a port, and comes from such a source port."""
    ranges = tuple(ClaimPorts(one.protocol, first, last) for first, last in one.ports)
    ports = on_ports(on.terms, on.space.ports, ranges)
    if one.sources == ALL_PORTS:
        return ports
    bits = on.space.ports.known_source()
    sources = on.terms.disjunction(on.terms.between(bits, *ends) for ends in one.sources)
    return on.terms.conjunction((ports, sources))


def single(entry: Entry) -> Iterator[Entry]:
    """The entry's edges: each end of each range, with each block alone."""
    for one in entry.allowed:
        for port, source in product(_ends_of(one.ports), _ends_of(one.sources)):
            for cidrs in [(cidr,) for cidr in entry.cidrs] or [()]:
                # From one source port only where the entry tells source ports apart.
                sources = one.sources if one.sources == ALL_PORTS else ((source, source),)
                yield Entry(cidrs, (Allowed(one.protocol, ((port, port),), sources),))


def _ends_of(ranges: Ranges) -> set[int]:
    return {one for ends in ranges for one in ends}


def check(on: Stage, session: Session, assumed: list[str], *terms: Term) -> Answer:
    session.push("".join(require(on, term) for term in terms))
    answer = session.check(assumed)
    session.pop()
    return answer


def groups(cluster: Cluster) -> list[EndpointSet]:
    """Each workload by name, so that each is a class of its own, and every address."""
    names = (PodNamed(one.namespace, one.name, one.kind) for one in cluster.workloads)
    return [*names, AddressBlock("0.0.0.0/0"), AddressBlock("::/0")]


@given(
    cluster=st.one_of(
        own.clusters(),
        mixed_clusters(),
        calico_clusters(),
        host_clusters(),
        forwarding_clusters(),
    ),
    assumptions=own.assumptions,
    seed=st.integers(0, 2**32),
)
@settings(max_examples=min(200, settings.default.max_examples))
def test_map_is_what_the_encoding_allows(
    cluster: Cluster, assumptions: Assumptions, seed: int
) -> None:
    """What is listed is allowed in some case left open (C.4, D.37), what is so for sure in each."""
    rng = random.Random(seed)
    found = map_of(without_owners(cluster), Query(assumptions=assumptions))
    on = stage(cluster, World.SNAPSHOT, groups(cluster))
    session, assumed = Session(on.text, Limits()), literals(on, assumptions, None)
    every = list(pairs(found))
    for source, destination, entries in rng.sample(every, min(PAIRS, len(every))):
        outside = next(
            (
                space
                for space, end in zip(on.space.ends, (source, destination), strict=True)
                if end is None
            ),
            None,
        )
        ends = (is_end(on, on.space.source, source), is_end(on, on.space.destination, destination))
        for outcome, listed in (
            (on.outcome.sometimes, entries),
            (on.outcome.always, [surely(one) for one in entries]),
        ):
            here = on.terms.disjunction(in_entry(on, entry, outside) for entry in listed)
            other = on.terms.negation(here)
            assert check(on, session, assumed, *ends, outcome, other) is Answer.UNSAT
            edges = [edge for entry in listed for edge in single(entry)]
            for edge in rng.sample(edges, min(3, len(edges))):
                here = in_entry(on, edge, outside)
                assert check(on, session, assumed, *ends, outcome, here) is Answer.SAT


def surely(entry: Entry) -> Entry:
    """What the entry lists for sure."""
    found = (one for one in entry.allowed if one.certainty is Certainty.SURELY)
    return replace(entry, allowed=tuple(found))


def without_owners(cluster: Cluster) -> Cluster:
    """The cluster with every pod on its own, as the groups above name them."""
    pods = tuple(replace(one, owner=None) for one in cluster.workloads)
    return replace(cluster, workloads=pods)
