"""What the whole of NEW connects otherwise than the whole of OLD, with connections to show it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product

from netaddr import IPNetwork

from netproof.comparison.objects import object_changes
from netproof.comparisons import EXPECTATIONS, Change, ObjectChange, Relation, Side
from netproof.connectivity.changes import (
    Ends,
    Name,
    Outside,
    Shift,
    Workloads,
    maps_of,
    shifts_of,
)
from netproof.connectivity.doubts import notes_on
from netproof.connectivity.left_out import own_node_note
from netproof.connectivity.mapping import Map
from netproof.connectivity.portsets import SLOTS, by_stretch
from netproof.connectivity.units import HOST
from netproof.decisions import Decision, Ranges
from netproof.explaining.connecting import addressed
from netproof.oracle.addresses import family_of
from netproof.oracle.claims import in_scope
from netproof.oracle.connections import Favour, decide
from netproof.oracle.forwarded import SetUp
from netproof.replay import DisagreementError
from netproof.verifying.generated_labels import unknown_labels
from netproof.verifying.undeclared import with_undeclared
from netproof_encodings.lowering import on_one_plugin
from netproof_specs.assumptions import DEFAULTS, Assumption, Assumptions
from netproof_specs.collecting import collector_off
from netproof_specs.loading import Loaded
from netproof_specs.model.cluster import Cluster, Namespace, Workload
from netproof_specs.model.connections import (
    DYNAMIC_PORT,
    Connection,
    Endpoint,
    ExternalEndpoint,
    pod_of,
)
from netproof_specs.model.hosts import HostEndpoint
from netproof_specs.model.traffic import Family, Protocol
from netproof_specs.problems import InputError, Problem
from netproof_specs.steps import Watch, unwatched

USUAL = 80
"""The port of a sample, where it may have any: one that reads well."""


@dataclass(frozen=True, slots=True)
class Replayed:
    """A connection on one side, with the decision that the oracle makes on it."""

    connection: Connection
    decision: Decision


@dataclass(frozen=True, slots=True)
class Sample:
    """One connection of a shift: `there` on the side that has it.

    `elsewhere` is the connection of the same names on the other side, denied there; None where
    that side has not both ends, or `has_both` but none of their connections is in scope. Both are
    decided in the case that lets through the most, or the least, where only that one differs.
    """

    shift: Shift
    there: Replayed
    elsewhere: Replayed | None
    has_both: bool


@dataclass(frozen=True, slots=True)
class ConnectivityReport:
    """Everything that a report says of the connectivity of OLD and of NEW.

    `shifts` are all connections that one side has alone, if only perhaps, and `samples` one
    connection for each change that occurs, sure ones first. At most `listed` shifts of each change
    are for people to read.
    """

    old: Loaded
    new: Loaded
    assumptions: Assumptions
    relation: Relation
    shifts: tuple[Shift, ...]
    samples: tuple[Sample, ...]
    objects: tuple[ObjectChange, ...]
    expectation: str
    met: bool
    listed: int


@dataclass(frozen=True, slots=True)
class ConnectivityOptions:
    """How to compare connectivity; `expectation` is a key of EXPECTATIONS."""

    assumptions: Assumptions = DEFAULTS
    expectation: str = "equivalent"
    listed: int = 20


@collector_off()
def compare_connectivity(
    old: Loaded,
    new: Loaded,
    options: ConnectivityOptions | None = None,
    watch: Watch = unwatched,
) -> ConnectivityReport:
    """Which connections of workloads and host endpoints, by name, come and go.

    Raises InputError where neither side has pods or host endpoints, or where labels that policies
    ask for are not known, and DisagreementError where the oracle contradicts the maps.
    """
    options = options or ConnectivityOptions()
    _require_pods(old.cluster, new.cluster)
    old, new = _on_one_plugin(old, new)
    maps = maps_of(old.cluster, new.cluster, options.assumptions, watch)
    shifts = shifts_of(*maps)
    relation = _relation({one.change for one in shifts})
    firsts = {(one.change, one.perhaps_in): one for one in reversed(shifts)}
    samples = [_sample(one, old, new, options.assumptions) for one in reversed(firsts.values())]
    return ConnectivityReport(
        *_noted(old, new, maps),
        options.assumptions,
        relation,
        shifts,
        tuple(samples),
        object_changes(old, new),
        options.expectation,
        relation in EXPECTATIONS[options.expectation],
        options.listed,
    )


def _noted(old: Loaded, new: Loaded, maps: tuple[Map, Map]) -> tuple[Loaded, Loaded]:
    """Both, with notes on what their connections depend on that is left open (C.4, D.37), and on
    what the maps leave out."""
    before, after = map(notes_on, maps)
    if before and after:
        after.append(_PERHAPS_IN_BOTH)
    noted = (
        replace(told, notes=(*told.notes, *notes, *own_node_note(side.cluster)))
        for side, notes in ((old, before), (new, after))
        for told in (with_undeclared(side, side.cluster.every_policy),)
    )
    return next(noted), next(noted)


_PERHAPS_IN_BOTH = Problem(
    None,
    "what OLD and NEW both allow only perhaps counts as no change",
    "assume what settles it, so that each side has it or has it not",
    "open-on-both-sides",
)


def _on_one_plugin(old: Loaded, new: Loaded) -> tuple[Loaded, Loaded]:
    """Both, with what every cluster of Calico has where one side has objects of it (D.6, D.42).

    Host endpoints are such objects, and each side keeps its own.
    """
    both = on_one_plugin(old.cluster.every_policy, new.cluster.every_policy)
    before, after = (
        tuple(one for one in listed if not isinstance(one, HostEndpoint)) for listed in both
    )
    return (
        replace(old, cluster=replace(old.cluster, policies=before)),
        replace(new, cluster=replace(new.cluster, policies=after)),
    )


def _require_pods(old: Cluster, new: Cluster) -> None:
    if not any((*one.workloads, *one.hosts) for one in (old, new)):
        raise InputError((_NO_PODS,))
    unknown = [problem for one in (old, new) for problem in unknown_labels(one, ())]
    if unknown:
        raise InputError(tuple(dict.fromkeys(unknown)))


_NO_PODS = Problem(
    None,
    "neither side holds pods or host endpoints, so none has connections to compare",
    "give workloads on both sides, or compare the policies: `--what policies`",
    "empty-world",
)


def _relation(changes: set[Change]) -> Relation:
    if len(changes) == 2:
        return Relation.INCOMPARABLE
    if changes:
        return Relation.WIDER if Change.ADDED in changes else Relation.NARROWER
    return Relation.EQUIVALENT


def workload_name(workload: Workload) -> Name:
    """The name under which connections of the workload are known: that of its owner, if any."""
    kind, name = workload.owner or (workload.kind, workload.name)
    return workload.namespace, name, kind


def workloads_by_name(cluster: Cluster) -> dict[Name, list[Workload]]:
    """The workloads that go by each name."""
    found: dict[Name, list[Workload]] = defaultdict(list)
    for one in cluster.workloads:
        found[workload_name(one)].append(one)
    return found


# --- samples ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Side:
    """One side's cluster, with its workloads by name: a change may be of thousands of them."""

    cluster: Cluster
    workloads: Mapping[Name, Sequence[Workload]]
    namespaces: Mapping[str, Namespace]
    taken: frozenset[str]
    of_nodes: frozenset[str]
    favour: Favour
    set_up: SetUp

    @staticmethod
    def of(cluster: Cluster, favour: Favour, set_up: SetUp) -> _Side:
        """The side of a cluster, of which one of the cases left open is meant."""
        ends: tuple[Workload | HostEndpoint, ...] = (*cluster.workloads, *cluster.hosts)
        return _Side(
            cluster,
            workloads_by_name(cluster),
            {one.name: one for one in cluster.namespaces},
            frozenset(address for one in ends for address in one.addresses),
            frozenset(address for one in ends for address in one.node_addresses),
            favour,
            set_up,
        )

    def decide(self, connection: Connection, assumptions: Assumptions) -> Decision:
        """What the oracle says of a connection."""
        policies = self.cluster.every_policy
        return decide(policies, connection, assumptions, self.favour, self.set_up)


def _case(shift: Shift, assumptions: Assumptions) -> tuple[Favour, SetUp]:
    """A case in which one side has the connections, and the other has not.

    That is the one that lets through the least where they are perhaps on the side that has not.
    """
    its_own = Side.NEW if shift.change is Change.ADDED else Side.OLD
    tied = Assumption.TIES in assumptions
    if shift.perhaps_in in (None, its_own):
        return (Favour.ALLOWED if tied else Favour.DOCUMENTED), SetUp.OPEN
    return (Favour.DENIED if tied else Favour.DOCUMENTED), SetUp.SHUT


def _sample(shift: Shift, old: Loaded, new: Loaded, assumptions: Assumptions) -> Sample:
    """A connection of the shift that the oracle allows on one side and denies on the other."""
    here, other = (new, old) if shift.change is Change.ADDED else (old, new)
    case = _case(shift, assumptions)
    found = next(_allowed(shift, _Side.of(here.cluster, *case), assumptions), None)
    if found is None:
        raise DisagreementError(
            "the oracle allows no connection of a change of connectivity", f"{shift}"
        )
    names, there = found
    side = _Side.of(other.cluster, *case)
    ends = _ends(names, there, side)
    return Sample(shift, there, _denied(ends, there, side, assumptions), all(ends))


_Names = tuple[Name | None, Name | None]
"""The workloads at both ends, None for an address outside."""


def _allowed(
    shift: Shift, side: _Side, assumptions: Assumptions
) -> Iterator[tuple[_Names, Replayed]]:
    """The connections of the shift, one port of each range, that the oracle allows."""
    sources = _members(shift.sources, side)
    destinations = _members(shift.destinations, side)
    for (source, first), (destination, second) in product(sources, destinations):
        for source_port, (family, protocol), ranges in _slots(shift):
            for first_port, last_port in ranges:
                port = USUAL if first_port <= USUAL <= last_port else first_port
                one = Connection(first, second, protocol, port, family, source_port)
                for found in _replays(one, side, assumptions):
                    if found.decision.allowed:
                        yield (source, destination), found


def _slots(
    shift: Shift,
) -> Iterator[tuple[int | None, tuple[Family, Protocol], Ranges]]:
    """The ports of a shift slot by slot, with a source port where these are told apart."""
    several = len(shift.stretches) > 1
    for (first, last), ports in zip(shift.stretches, by_stretch(shift.ports), strict=True):
        usual = DYNAMIC_PORT if first <= DYNAMIC_PORT <= last else first
        for slot, ranges in zip(SLOTS, ports, strict=True):
            yield usual if several else None, slot, ranges


def _replays(
    connection: Connection, side: _Side, assumptions: Assumptions
) -> Iterator[Replayed]:
    """The connection with its decision, if it can exist and claims speak of it.

    Where a pod may have any address, one for each in which policies tell addresses apart (A.29).
    """
    ends, family = (connection.source, connection.destination), connection.family
    outside = [one for one in ends if isinstance(one, ExternalEndpoint)]
    if any(family_of(one.address) is not family for one in outside):
        return
    for source, destination in addressed(side.cluster, ends, family, assumptions):
        one = replace(connection, source=source, destination=destination)
        if in_scope(one, assumptions):
            yield Replayed(one, side.decide(one, assumptions))


def _members(ends: Ends, side: _Side) -> list[tuple[Name | None, Endpoint]]:
    """Pods of each workload, two where there are several; or an address of each block."""
    if isinstance(ends, Outside):
        free = (one for cidr in ends.cidrs for one in _free_addresses(cidr, side))
        return [(None, ExternalEndpoint(one)) for one in free]
    return [(name, pod) for name in ends.names for pod in _pods(name, side)]


def _free_addresses(cidr: str, side: _Side) -> Iterator[str]:
    """Addresses in the block that are no pod's and no host endpoint's: one that is no node's,
    after those that are, which pods on the node cannot do with (A.42, A.43)."""
    for one in IPNetwork(cidr):
        text = str(one)
        if text not in side.taken:
            yield text
            if text not in side.of_nodes:
                return


def _pods(name: Name, side: _Side) -> Sequence[Endpoint]:
    """Pods of a workload, two where there are several; or the host endpoint of the name."""
    if name[2] == HOST:
        return [one for one in side.cluster.hosts if one.name == name[1]]
    return [
        pod_of(one, side.namespaces[one.namespace], replica)
        for one in side.workloads.get(name, ())
        for replica in range(1, min(one.replicas, 2) + 1)
    ]


def _ends(names: _Names, there: Replayed, side: _Side) -> list[Sequence[Endpoint]]:
    """What the other side has at either end; an address that is taken there is not outside."""
    given = (there.connection.source, there.connection.destination)
    taken = (isinstance(end, ExternalEndpoint) and end.address in side.taken for end in given)
    return [
        [] if gone else [end] if name is None else _pods(name, side)
        for name, end, gone in zip(names, given, taken, strict=True)
    ]


def _denied(
    ends: Sequence[Sequence[Endpoint]], there: Replayed, side: _Side, assumptions: Assumptions
) -> Replayed | None:
    """The same connection on the other side; raises DisagreementError where it is allowed."""
    connection = there.connection
    pairs = (
        replace(connection, source=source, destination=destination)
        for source, destination in product(*ends)
    )
    found = [one for pair in pairs for one in _replays(pair, side, assumptions)]
    if any(one.decision.allowed for one in found):
        raise DisagreementError(
            "the oracle allows on both sides what the maps have on one", f"{there}\n{found}"
        )
    return found[0] if found else None


def names_of(ends: Ends) -> Sequence[Name]:
    """The workloads of an end."""
    return ends.names if isinstance(ends, Workloads) else ()
