"""Two policy sets compared: slice by slice, then in full where a slice differs."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from netproof.canonical import canonical
from netproof.comparisons import (
    Change,
    Comparison,
    Difference,
    Region,
    RegionPods,
    Relation,
)
from netproof.oracle.claims import in_scope
from netproof.oracle.connections import decide
from netproof.oracle.regions import end_holds
from netproof.parallel import in_processes
from netproof.regions import Found, Search, regions_of
from netproof.replay import DisagreementError
from netproof.solving import Answer, Limits, Session
from netproof_encodings.differences import (
    Sides,
    Slice,
    Way,
    concerns,
    difference_stage,
    slice_differs,
)
from netproof_encodings.obligations import literal
from netproof_specs.assumptions import DEFAULTS, Assumption, Assumptions
from netproof_specs.model.cluster import Cluster, Policy
from netproof_specs.model.connections import Connection, PodEndpoint, pod_of
from netproof_specs.model.network_policy import Direction
from netproof_specs.worlds import World

WAYS = {Change.ADDED: Way.ADDED, Change.REMOVED: Way.REMOVED}


@dataclass(frozen=True, slots=True)
class CompareOptions:
    """How to compare. At most `max_regions` regions are listed for each change."""

    world: World = World.ANY_CLUSTER
    assumptions: Assumptions = DEFAULTS
    limits: Limits = field(default_factory=Limits)
    max_regions: int = 20


def compare(
    old: Sequence[Policy],
    new: Sequence[Policy],
    cluster: Cluster | None = None,
    options: CompareOptions | None = None,
) -> Comparison:
    """How the connections that NEW allows stand to those that OLD allows.

    `cluster` holds the namespaces and workloads that both sides share; its own policies are not
    looked at. Raises DisagreementError where our own parts contradict each other.
    """
    options = options or CompareOptions()
    started = time.monotonic()
    differing, unknown = _differing_slices(slices_of(old, new), options.limits)
    comparison = Comparison(Relation.EQUIVALENT, options.world, options.assumptions)
    if unknown:
        comparison = replace(comparison, relation=Relation.UNKNOWN, unknown_because=unknown)
    elif differing:
        comparison = _in_full(old, new, cluster or Cluster(), differing, options)
    return replace(comparison, seconds=time.monotonic() - started)


def slices_of(old: Sequence[Policy], new: Sequence[Policy]) -> list[Slice]:
    """The policies of both sides by namespace and direction, where they are not alike as written.

    Sides that are alike in canonical form decide alike, which takes no solver to see.
    """
    sides = (_by_namespace(old), _by_namespace(new))
    return [
        Slice(namespace, direction, before, after)
        for namespace in sorted({*sides[0], *sides[1]})
        for direction in Direction
        if canonical(before := tuple(sides[0][namespace]), direction)
        != canonical(after := tuple(sides[1][namespace]), direction)
    ]


def _by_namespace(policies: Sequence[Policy]) -> defaultdict[str, list[Policy]]:
    found: defaultdict[str, list[Policy]] = defaultdict(list)
    for policy in policies:
        found[policy.namespace].append(policy)
    return found


def _differing_slices(slices: Sequence[Slice], limits: Limits) -> tuple[list[Slice], str]:
    """The slices that decide differently somewhere, or why that is unknown."""
    answers = in_processes(_slice_answer, slices, limits)
    unknown = next((reason for answer, reason in answers if answer is Answer.UNKNOWN), "")
    pairs = zip(slices, answers, strict=True)
    return [one for one, (answer, _) in pairs if answer is Answer.SAT], unknown


def _slice_answer(part: Slice, limits: Limits) -> tuple[Answer, str]:
    session = Session(slice_differs(part), limits)
    answer = session.check(())
    return answer, session.unknown_because()


def _in_full(
    old: Sequence[Policy],
    new: Sequence[Policy],
    cluster: Cluster,
    differing: Sequence[Slice],
    options: CompareOptions,
) -> Comparison:
    """The full question, on the namespaces where a direction differs: is the change masked?"""
    on = difference_stage(cluster, Sides(old, new, differing), options.world)
    session = Session(on.stage.text, options.limits)
    search = Search(
        on,
        session,
        tuple(literal(one, options.assumptions) for one in Assumption),
        lambda change, connection: _replayed(old, new, change, connection, options.assumptions),
    )
    found = {change: _found(search, change, differing, options) for change in Change}
    return _concluded(search, found, cluster, options)


def _found(
    search: Search, change: Change, differing: Sequence[Slice], options: CompareOptions
) -> Found:
    terms = search.on.stage.terms
    places = (concerns(search.on, one.namespace, one.direction) for one in differing)
    goal = terms.conjunction((search.on.changed[WAYS[change]], terms.disjunction(places)))
    return regions_of(search, change, goal, options.max_regions)


def _concluded(
    search: Search, found: dict[Change, Found], cluster: Cluster, options: CompareOptions
) -> Comparison:
    regions = [region for change in Change for region in found[change].regions]
    if options.world is World.SNAPSHOT:
        regions = [_with_pods(region, cluster) for region in regions]
    examples = tuple(found[change].regions[0].example for change in Change if found[change].regions)
    comparison = Comparison(
        _relation(found),
        options.world,
        options.assumptions,
        examples,
        tuple(regions),
        all(one.complete for one in found.values()),
    )
    if comparison.relation is Relation.UNKNOWN:
        return replace(comparison, unknown_because=search.session.unknown_because())
    return comparison


def _relation(found: dict[Change, Found]) -> Relation:
    """What was found of both changes; an unknown one leaves the relation open unless both are."""
    added, removed = found[Change.ADDED], found[Change.REMOVED]
    if added.regions and removed.regions:
        return Relation.INCOMPARABLE
    if (added.unknown and not added.regions) or (removed.unknown and not removed.regions):
        return Relation.UNKNOWN
    if added.regions:
        return Relation.WIDER
    return Relation.NARROWER if removed.regions else Relation.EQUIVALENT


def _replayed(
    old: Sequence[Policy],
    new: Sequence[Policy],
    change: Change,
    connection: Connection,
    assumptions: Assumptions,
) -> Difference:
    """The connection with the oracle's decisions; raises DisagreementError unless it changes."""
    before = decide(old, connection, assumptions)
    after = decide(new, connection, assumptions)
    added = change is Change.ADDED
    if (before.allowed, after.allowed) != (not added, added) or not in_scope(
        connection, assumptions
    ):
        raise DisagreementError(
            "the solver's difference does not replay on the oracle", f"{change}\n{connection}"
        )
    return Difference(change, connection, before, after)


def _with_pods(region: Region, cluster: Cluster) -> Region:
    """The region with the names of the pods that its ends cover."""
    connection = region.example.connection
    return replace(
        region,
        source_pods=tuple(_pods_at(region.source, cluster, connection)),
        destination_pods=tuple(_pods_at(region.destination, cluster, connection)),
    )


def _pods_at(end: object, cluster: Cluster, connection: Connection) -> Iterator[str]:
    namespaces = {one.name: one for one in cluster.namespaces}
    if not isinstance(end, RegionPods):
        return
    for workload in cluster.workloads:
        pod: PodEndpoint = pod_of(workload, namespaces[workload.namespace], 1)
        if end_holds(end, pod, connection):
            kind = "" if workload.kind == "Pod" else f"{workload.kind}/"
            yield f"{workload.namespace}/{kind}{workload.name}"
