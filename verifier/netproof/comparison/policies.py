"""Two policy sets compared: slice by slice, then in full where a slice differs."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import product

from netproof.comparison.generalising import Search
from netproof.comparison.regions import Found, regions_of, with_examples_of_input
from netproof.comparisons import (
    Change,
    Comparison,
    Difference,
    Region,
    RegionAddresses,
    RegionEnd,
    RegionHosts,
    RegionPods,
    Relation,
)
from netproof.connectivity.spans import family_of
from netproof.decisions import InInput
from netproof.oracle.addresses import without_address
from netproof.oracle.claims import in_scope
from netproof.oracle.connections import Favour, decide
from netproof.oracle.forwarded import SetUp, Through, ways_through
from netproof.oracle.regions import end_holds
from netproof.oracle.stand_ins import as_told
from netproof.parallel import in_processes
from netproof.replay import DisagreementError
from netproof.solving import Answer, Limits, Session
from netproof.verifying.generated_labels import of_known_labels, unknown_labels
from netproof.verifying.of_input import InputPods
from netproof_encodings.differences.conditions import Condition
from netproof_encodings.differences.obligations import (
    DifferenceStage,
    Way,
    changes,
    difference_in_snapshot,
    difference_stage,
    slice_differs,
)
from netproof_encodings.differences.regions import term_of
from netproof_encodings.differences.slices import (
    AnySlice,
    Versions,
    changed_versions,
    others_in,
    slices_of,
)
from netproof_encodings.lowering import on_one_plugin
from netproof_encodings.obligations.claims import literal, require
from netproof_encodings.parts.extents import EVERYTHING
from netproof_specs.assumptions import DEFAULTS, Assumption, Assumptions
from netproof_specs.collecting import collector_off
from netproof_specs.frozen import Frozen, field, replace
from netproof_specs.model.cluster import AnyPolicy, Cluster, Policy
from netproof_specs.model.connections import Connection, PodEndpoint, pod_of
from netproof_specs.model.hosts import HostEndpoint
from netproof_specs.model.traffic import Family
from netproof_specs.problems import InputError, Problem
from netproof_specs.steps import Step, Watch, unwatched
from netproof_specs.worlds import World

WAYS = {Change.ADDED: Way.ADDED, Change.REMOVED: Way.REMOVED}


class CompareOptions(Frozen):
    """How to compare. At most `max_regions` regions, one or more, are listed for each change."""

    world: World = World.ANY_CLUSTER
    assumptions: Assumptions = DEFAULTS
    limits: Limits = field(default_factory=Limits)
    max_regions: int = 20

    def __post_init__(self) -> None:
        """Raises ValueError for less than one region, since a change is known by its regions."""
        if self.max_regions < 1:
            raise ValueError(f"`max_regions` must be at least 1, is {self.max_regions}")


@collector_off()
def compare(
    old: Sequence[Policy],
    new: Sequence[Policy],
    cluster: Cluster | None = None,
    options: CompareOptions | None = None,
    watch: Watch = unwatched,
) -> Comparison:
    """How the connections that NEW allows stand to those that OLD allows.

    `cluster` holds the namespaces, workloads, service accounts and host endpoints that both
    versions share; its own policies are not looked at. Both stand in one set-up of it: equivalent
    are those that no set-up tells apart (D.37). Raises InputError for a snapshot without
    endpoints, over which all policies are alike, or with pods whose labels are not all known, and
    for ties whose order can matter, and DisagreementError where our own parts contradict each
    other.
    """
    options = options or CompareOptions()
    cluster = cluster or Cluster()
    if options.world is World.SNAPSHOT:
        _require_pods(old, new, cluster)
    started = time.monotonic()
    old, new = on_one_plugin(old, new)
    others = others_in(options.world, old, new, cluster)
    versions = changed_versions(old, new, cluster.hosts, others)
    differing = _differing_slices(slices_of(versions, watch), options.limits, watch)
    comparison = Comparison(
        Relation.EQUIVALENT, options.world, options.assumptions, everywhere=not differing
    )
    watch(Step("encoding the differences"))
    if differing and (because := options.limits.open_because()):
        comparison = _left_open(options, because)
    elif differing:

        def replayed(change: Change, connection: Connection) -> Difference:
            watch(Step("describing the differences", detail=change.value))
            # Whatever passes hosts may pass others than those of the input too.
            beside = () if others is None else others.passed or ()
            hosts = (*cluster.hosts, *beside)
            sides = (*old, *hosts), (*new, *hosts)
            return _replayed(sides, change, connection, options.assumptions)

        comparison = _in_full((versions, differing), cluster, options, replayed)
    return replace(comparison, seconds=time.monotonic() - started)


def _left_open(options: CompareOptions, because: str) -> Comparison:
    """The comparison for which no time was left."""
    return Comparison(
        Relation.UNKNOWN,
        options.world,
        options.assumptions,
        regions_complete=False,
        unknown_because=because,
    )


def _require_pods(old: Sequence[Policy], new: Sequence[Policy], cluster: Cluster) -> None:
    """Raises InputError where there is nothing, or labels that policies ask for are not known."""
    if not cluster.workloads and not cluster.hosts:
        raise InputError((_NO_PODS,))
    unknown = tuple(unknown_labels(replace(cluster, policies=(*old, *new)), ()))
    if unknown:
        raise InputError(unknown)


_NO_PODS = Problem(
    None,
    "the input holds no pods to compare the policies over, and no host endpoints",
    "give workloads or host endpoints with `--context`, or compare in the world `any-cluster`",
    "empty-world",
)


def _differing_slices(slices: Sequence[AnySlice], limits: Limits, watch: Watch) -> list[AnySlice]:
    """The slices that decide differently somewhere, for all that is proved within the limits.

    What is unknown of a slice is left to the full question, which may know the answer.
    """

    def done(number: int) -> None:
        watch(Step("proving namespaces alike", number, len(slices)))

    answers = in_processes(_slice_answer, slices, limits, done=done)
    pairs = zip(slices, answers, strict=True)
    return [one for one, answer in pairs if answer is not Answer.UNSAT]


def _slice_answer(part: AnySlice, limits: Limits) -> Answer:
    if limits.open_because():
        return Answer.UNKNOWN
    return Session(slice_differs(part), limits).check(())


def _in_full(
    where: tuple[Versions, Sequence[AnySlice]],
    cluster: Cluster,
    options: CompareOptions,
    replayed: Callable[[Change, Connection], Difference],
) -> Comparison:
    """The full question, on the namespaces where a direction differs: is the change masked?

    `where` has the tiers of OLD and NEW and the slices that differ.
    """
    nameable = _nameable(cluster, where[0], options.world)
    on = difference_stage(nameable, *where, options.world)
    search = Search(
        on,
        Session(on.stage.text, options.limits),
        tuple(literal(one, options.assumptions) for one in on.stage.space.assumptions),
        replayed,
    )
    found = {
        change: regions_of(search, change, changes(on, WAYS[change]), options.max_regions)
        for change in Change
    }
    differs = any(one.example is not None for one in found.values())
    beside = cluster.hosts if where[0].others is not None else ()
    if differs and (cluster.workloads or beside) and options.world is not World.SNAPSHOT:
        here = difference_in_snapshot(on, *where)
        otherwise = InInput.NONE if nameable == cluster else InInput.UNKNOWN
        pods = InputPods(lambda: here.stage, options.limits, otherwise)
        found = _with_own_examples(search, here, pods, found)
    hosts_only = differs and where[0].others is not None and _of_hosts_only(search)
    return replace(_concluded(found, cluster, options), hosts_only=hosts_only)


def _of_hosts_only(search: Search) -> bool:
    """Whether it is proved that what changes has a host endpoint at an end."""
    on, session = search.on, search.session
    terms = on.stage.terms
    changed = terms.disjunction(changes(on, way) for way in Way)
    hosts = (terms.negation(end.is_host(terms)) for end in on.stage.space.ends)
    with session.scope(require(on.stage, changed, *hosts)):
        return session.check(search.assumed) is Answer.UNSAT


def _nameable(cluster: Cluster, versions: Versions, world: World) -> Cluster:
    """The cluster without workloads that an example cannot show, as some labels are not known."""
    if world is World.SNAPSHOT:
        return cluster
    policies = (one for one in versions.policies if not isinstance(one, HostEndpoint))
    judged = replace(cluster, policies=tuple(policies))
    return replace(cluster, workloads=of_known_labels(judged, ()).workloads)


def _with_own_examples(
    search: Search, here: DifferenceStage, pods: InputPods, found: dict[Change, Found]
) -> dict[Change, Found]:
    """What was found, with examples of the input's own pods wherever there are such."""

    def look(change: Change, within: Sequence[Condition]) -> Difference | InInput:
        inside = (term_of(here.stage, one) for one in within)
        asked = require(here.stage, changes(here, WAYS[change]), *inside)
        among = pods.look(lambda _: asked, lambda _: search.assumed, EVERYTHING)
        if isinstance(among, InInput):
            return among
        return replace(search.replayed(change, among), in_input=InInput.SHOWN)

    return {
        change: with_examples_of_input(one, partial(look, change)) for change, one in found.items()
    }


def _concluded(found: dict[Change, Found], cluster: Cluster, options: CompareOptions) -> Comparison:
    regions = [region for change in Change for region, _ in found[change].regions]
    if options.world is World.SNAPSHOT:
        regions = [_with_pods(region, cluster, options.assumptions) for region in regions]
    examples = (found[change].example for change in Change)
    return Comparison(
        _relation(found),
        options.world,
        options.assumptions,
        tuple(one for one in examples if one is not None),
        tuple(regions),
        all(one.complete for one in found.values()),
        next((one.unknown_because for one in found.values() if one.unknown_because), ""),
    )


def _relation(found: dict[Change, Found]) -> Relation:
    """What was found of both changes, where it is known of both whether they occur."""
    if any(one.example is None and not one.complete for one in found.values()):
        return Relation.UNKNOWN
    added, removed = (found[change].example is not None for change in Change)
    if added and removed:
        return Relation.INCOMPARABLE
    if added:
        return Relation.WIDER
    return Relation.NARROWER if removed else Relation.EQUIVALENT


def _replayed(
    sides: tuple[Sequence[AnyPolicy], Sequence[AnyPolicy]],
    change: Change,
    connection: Connection,
    assumptions: Assumptions,
) -> Difference:
    """The connection with the oracle's decisions; raises DisagreementError unless it changes."""
    added = change is Change.ADDED
    set_ups = _set_ups(sides, connection, assumptions)
    for set_up, favour in product(set_ups, _favours(assumptions)):
        before, after = (decide(side, connection, assumptions, favour, set_up) for side in sides)
        changed = (before.allowed, after.allowed) == (not added, added)
        if changed and in_scope(connection, assumptions):
            return Difference(change, connection, before, after)
    raise DisagreementError(
        "the solver's difference does not replay on the oracle", f"{change}\n{connection}"
    )


def _set_ups(
    sides: tuple[Sequence[AnyPolicy], Sequence[AnyPolicy]],
    connection: Connection,
    assumptions: Assumptions,
) -> Iterator[SetUp | Through]:
    """The set-ups of the one cluster that a change may show in, which both sides share (D.37)."""
    yield SetUp.OPEN
    ways = (one for side in sides for one in ways_through(side, connection, assumptions))
    yield from dict.fromkeys(ways)


def _favours(assumptions: Assumptions) -> tuple[Favour, ...]:
    """The outcomes of tied policies that a change may show in: what is possible, what is sure."""
    if Assumption.TIES in assumptions:
        return Favour.ALLOWED, Favour.DENIED
    return (Favour.DOCUMENTED,)


def _with_pods(region: Region, cluster: Cluster, assumptions: Assumptions) -> Region:
    """The region with the names of the pods that its ends cover."""
    source, destination = (
        tuple(_pods_at(end, region, cluster, assumptions))
        for end in (region.source, region.destination)
    )
    return replace(region, source_pods=source, destination_pods=destination)


def _pods_at(
    end: RegionEnd, region: Region, cluster: Cluster, assumptions: Assumptions
) -> Iterator[str]:
    """The pods that the end covers on some port, protocol and family of the region."""
    if isinstance(end, RegionAddresses | RegionHosts):
        return
    namespaces = {one.name: one for one in cluster.namespaces}
    for workload in cluster.workloads:
        pod = pod_of(workload, namespaces[workload.namespace], 1)
        meant = _as_known(end, pod, assumptions)
        probes = (told for one in _probes(region, pod) for told in as_told(one, region.told))
        if any(end_holds(meant, one.source, one) for one in probes):
            kind = "" if workload.kind == "Pod" else f"{workload.kind}/"
            yield f"{workload.namespace}/{kind}{workload.name}"


def _as_known(end: RegionEnd, pod: PodEndpoint, assumptions: Assumptions) -> RegionEnd:
    """The end without its block where the pod's address is assumed to be any (A.29)."""
    assumed = Assumption.UNKNOWN_POD_ADDRESSES in assumptions and not pod.addresses
    return replace(end, block=None) if assumed and isinstance(end, RegionPods) else end


def _probes(region: Region, pod: PodEndpoint) -> Iterator[Connection]:
    """A connection of the region's ports for each way in which the pod may declare its port."""
    ports = _told_apart(pod, region.first, region.last)
    sources: Sequence[int | None] = [None]
    if isinstance(region.source, RegionPods) and region.source.declares_from:
        sources = _told_apart(pod, *(region.source_ports or (1, 65535)))
    for family, protocol, port, source_port in product(
        _families(region), region.protocols, ports, sources
    ):
        connection = Connection(pod, pod, protocol, port, family, source_port)
        if not without_address(connection):
            yield connection


def _told_apart(pod: PodEndpoint, first: int, last: int) -> list[int]:
    """The ports between the two that the pod declares, and one that it does not."""
    declared = {one.port for one in (*pod.ports, *pod.init_ports)}
    within = range(first, last + 1)
    other = next((port for port in within if port not in declared), first)
    return sorted({other, *(port for port in declared if port in within)})


def _families(region: Region) -> Iterator[Family]:
    """The families of the region's connections: a block at either end leaves one (A.27)."""
    ends = region.source, region.destination
    blocks = [one if isinstance(one, RegionAddresses) else _block(one) for one in ends]
    bound = {family_of(one.cidr) for one in blocks if one is not None and one.cidr}
    return (one for one in region.families if bound <= {one})


def _block(end: RegionEnd) -> RegionAddresses | None:
    return end.block if isinstance(end, RegionPods) else None
