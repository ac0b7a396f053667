"""Whom a refutation concerns: every pair of workloads of the input that breaks the claim alike.

A counterexample is one connection. The map of connections tells how many others there are, and
asks no solver.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import product

from netproof.connectivity.addresses import cidrs_of
from netproof.connectivity.passing import Outcome, SetUp
from netproof.connectivity.points import Bits, points_of
from netproof.connectivity.portsets import EVERYTHING, NOTHING, PortId
from netproof.connectivity.relation import Relation, relation_in
from netproof.connectivity.units import HOST, blocks_in
from netproof.decisions import AllowedPorts
from netproof.verdicts import Cidrs, Concerned, Pair, Title
from netproof.verifying.ends import Alike, End, alike_in, ends_of
from netproof_encodings.decision.folding import Lean, ties_of
from netproof_encodings.lowering import Tiers, every_tier
from netproof_encodings.meaning.claims import groups_of
from netproof_encodings.parts.spoken import Span, admitted_by, spans_of
from netproof_specs.assumptions import Assumption, Assumptions
from netproof_specs.claims import CanReach, Group, ReachClaim
from netproof_specs.frozen import Frozen
from netproof_specs.model.cluster import Cluster, Workload
from netproof_specs.model.hosts import HostEndpoint
from netproof_specs.worlds import World


class Asked(Frozen):
    """The allowed connections of a cluster, and its pods as some claims tell them apart."""

    relation: Relation
    pods: tuple[Alike, ...]


def asked_for(
    cluster: Cluster,
    tiers: Tiers,
    claims: Iterable[ReachClaim],
    assumptions: Assumptions,
    outcome: Outcome,
) -> Asked:
    """The allowed connections of the cluster, told apart where the claims' blocks do.

    `tiers` are those of its policies.
    """
    groups = [group for claim in claims for group in groups_of(claim)]
    points = points_of(cluster, tiers, assumptions, _blocks_of(groups))
    return Asked(relation_in(points, tiers, outcome), alike_in(points, groups))


def _blocks_of(groups: Iterable[Group]) -> list[str]:
    return [block for group in groups for block in blocks_in(group.endpoints)]


Numbered = Sequence[tuple[int, ReachClaim]]
"""Claims with their places in the run."""


def told_less_apart(chosen: Numbered, left: Numbered) -> Iterator[Numbered]:
    """Those with too many pairs to look at, kind by kind, where these mention fewer blocks.

    The blocks of claims of the other kind tell ends apart too, so that there are more pairs.
    """
    every = _blocks_in_claims(chosen)
    for can in (True, False):
        kind = [one for one in left if isinstance(one[1], CanReach) is can]
        if kind and _blocks_in_claims(kind) != every:
            yield kind


def _blocks_in_claims(claims: Numbered) -> frozenset[str]:
    return frozenset(_blocks_of(group for _, claim in claims for group in groups_of(claim)))


def outcome_for(
    claim: ReachClaim, cluster: Cluster, tiers: Tiers, assumptions: Assumptions
) -> Outcome:
    """The outcome of tied policies, and at hosts, that breaks the claim, if one does (C.4, D.37).

    Of policies for what hosts let through those that tie do so in the tiers as well. Without host
    endpoints all set-ups are one, so that claims of both kinds are asked of one relation.
    """
    denied = isinstance(claim, CanReach)
    lean = Lean.ORDERED
    if Assumption.TIES in assumptions and any(ties_of(every_tier(tiers))):
        lean = Lean.DENYING if denied else Lean.ALLOWING
    return Outcome(lean, SetUp.SHUT if denied and cluster.hosts else SetUp.OPEN)


MANY_WORKLOADS, MANY_PAIRS = 5_000, 300_000
"""Where the input has more workloads, or the claim speaks of more pairs of unlike ends, whom a
refutation concerns is worked out only if that is asked for: it takes longer than the verdict."""


def concerned(asked: Asked, claim: ReachClaim, world: World, most: int) -> Concerned | None:
    """Whom the connections that break the claim concern, with `most` pairs at most.

    None where no pairs are asked for and there are too many to look at. What is asked must be for
    the claim. hostNetwork pods are outside the open worlds.
    """
    search = _Search(asked, claim, world)
    return search.concerned(most) if most or search.size() <= MANY_PAIRS else None


class _Search:
    """The ends of the connections that break one claim.

    A class to say what is asked, the claim and the world once.
    """

    def __init__(self, asked: Asked, claim: ReachClaim, world: World) -> None:
        self._relation = asked.relation
        self._claim = claim
        self._world = world
        self._spans, self._admitted = spans_of(claim), admitted_by(claim)
        self._groups = tuple(dict.fromkeys(groups_of(claim)))
        # By identity, as two groups are compared member by member, and pairs of ends are many.
        self._places = {id(one): self._groups.index(one) for one in groups_of(claim)}
        # What is asked of ends in the same groups, and what of it is not expressly admitted.
        self._asked: dict[tuple[tuple[PortId, ...], ...], tuple[PortId, PortId]] = {}
        self._ends = tuple(ends_of(asked.relation, asked.pods, self._groups, world))

    def _sides(self) -> tuple[list[End], list[End]]:
        """The ends that the claim speaks of connections from, and to."""
        sources = [one for one in self._ends if self._sent(one)]
        destinations = [one for one in self._ends if self._received(one)]
        return sources, destinations

    def size(self) -> int:
        """How many pairs of ends there are to look at."""
        sources, destinations = self._sides()
        return len(sources) * len(destinations)

    def _pairs(self) -> Iterator[tuple[End, End]]:
        """The ends between which the claim may speak of some connection."""
        for one, other in product(*self._sides()):
            if one.workloads or other.workloads:
                yield one, other

    def concerned(self, most: int) -> Concerned:
        """All of it."""
        pods: dict[tuple[Title, Title], PortId] = {}
        leaving: dict[Title, dict[int, PortId]] = defaultdict(dict)
        entering: dict[Title, dict[int, PortId]] = defaultdict(dict)
        sources: set[Title] = set()
        destinations: set[Title] = set()
        for source, destination in self._pairs():
            ports = self._breaking(source, destination)
            if ports == NOTHING:
                continue
            senders, receivers = _in_scope(source, destination)
            sources |= {_title(one) for one in senders}
            destinations |= {_title(one) for one in receivers}
            if not destination.workloads:
                self._note(leaving, senders, destination.point, ports)
            if not source.workloads:
                self._note(entering, receivers, source.point, ports)
            if most:
                self._add(pods, _title_pairs(source, destination), ports)
        found = [*self._listed(pods), *self._blocks(leaving, entering)] if most else []
        return Concerned(
            frozenset(sources),
            frozenset(destinations),
            bool(entering),
            bool(leaving),
            tuple(found[:most]),
            max(0, len(found) - most),
        )

    def _add(
        self,
        pods: dict[tuple[Title, Title], PortId],
        titles: Iterable[tuple[Title, Title]],
        ports: PortId,
    ) -> None:
        for pair in titles:
            pods[pair] = self._relation.sets.union(pods.get(pair, NOTHING), ports)

    def _note(
        self, known: dict[Title, dict[int, PortId]], members: _Members, point: int, ports: PortId
    ) -> None:
        """Takes note that the members connect with the addresses of an outside point."""
        for title in {_title(one) for one in members}:
            before = known[title].get(point, NOTHING)
            known[title][point] = self._relation.sets.union(before, ports)

    def _listed(self, pods: dict[tuple[Title, Title], PortId]) -> Iterator[Pair]:
        sets = self._relation.sets
        for (source, destination), ports in sorted(pods.items()):
            yield Pair(source, destination, sets.allowed(ports))

    def _blocks(
        self,
        leaving: dict[Title, dict[int, PortId]],
        entering: dict[Title, dict[int, PortId]],
    ) -> Iterator[Pair]:
        for title, found in sorted(leaving.items()):
            yield from (Pair(title, cidrs, ports) for cidrs, ports in self._by_ports(found))
        for title, found in sorted(entering.items()):
            yield from (Pair(cidrs, title, ports) for cidrs, ports in self._by_ports(found))

    def _by_ports(self, found: dict[int, PortId]) -> Iterator[tuple[Cidrs, AllowedPorts]]:
        points = self._relation.points
        bits: dict[AllowedPorts, Bits] = defaultdict(int)
        for point, ports in found.items():
            bits[self._relation.sets.allowed(ports)] |= 1 << point
        listed = (
            (cidrs_of(points.atoms, points.atoms_among(one)), ports) for ports, one in bits.items()
        )
        yield from sorted(listed, key=lambda one: one[0])

    def _breaking(self, source: End, destination: End) -> PortId:
        """The ports on which connections from one end to the other break the claim."""
        sets = self._relation.sets
        alike = source.within, destination.within
        known = self._asked.get(alike)
        if known is None:
            speaks = self._held(self._spans, source, destination)
            others = sets.complement(self._held(self._admitted, source, destination))
            known = self._asked[alike] = speaks, others
        speaks, others = known
        if speaks == NOTHING:
            return NOTHING
        allowed = self._relation.between(source.point, destination.point)
        if isinstance(self._claim, CanReach):
            both = sets.intersection(source.families, destination.families)
            return sets.intersection(sets.intersection(speaks, both), sets.complement(allowed))
        return sets.intersection(sets.intersection(speaks, allowed), others)

    def _in(self, end: End, group: Group | None) -> PortId:
        """The families in which the end is in the group, as ports."""
        return EVERYTHING if group is None else end.within[self._places[id(group)]]

    def _sent(self, end: End) -> bool:
        """Whether the claim speaks of connections from the end."""
        return any(self._in(end, one.source) != NOTHING for one in self._spans)

    def _received(self, end: End) -> bool:
        """Whether the claim speaks of connections to the end."""
        return any(self._in(end, one.destination) != NOTHING for one in self._spans)

    def _held(self, spans: Iterable[Span], source: End, destination: End) -> PortId:
        """The ports on which some span holds connections between the ends."""
        sets, found = self._relation.sets, NOTHING
        for one in spans:
            ends = sets.intersection(
                self._in(source, one.source), self._in(destination, one.destination)
            )
            found = sets.union(found, sets.intersection(ends, sets.of_claim(one.ports)))
        return found


def _title(workload: Workload | HostEndpoint) -> Title:
    if isinstance(workload, HostEndpoint):
        return "", HOST, workload.name
    kind, name = workload.owner or (workload.kind, workload.name)
    return workload.namespace, kind, name


_Members = list[Workload | HostEndpoint]


def _in_scope(source: End, destination: End) -> tuple[_Members, _Members]:
    """The workloads of both ends that have a partner in the other (A.41 to A.43)."""
    senders = [one for one in source.workloads if not _is_own(destination, one)]
    receivers = [one for one in destination.workloads if not _is_own(source, one)]
    if not _near(source, destination):
        return senders, receivers
    nodal = source.node or destination.node
    return (
        [one for one in senders if any(_apart(one, other, nodal) for other in receivers)],
        [other for other in receivers if any(_apart(one, other, nodal) for one in senders)],
    )


def _is_own(end: End, one: Workload | HostEndpoint) -> bool:
    """Whether the end is outside, at nothing but addresses of the node that the one is on."""
    return bool(end.held) and end.held.issubset(one.node_addresses)


def _near(source: End, destination: End) -> bool:
    """Whether some pods of the ends may be one pod, or a pod and its own node."""
    pods = bool(source.workloads and destination.workloads)
    same = source.workloads == destination.workloads
    return pods and (same or source.node or destination.node)


def _apart(one: Workload | HostEndpoint, other: Workload | HostEndpoint, nodal: bool) -> bool:
    """Whether some pod of each make two pods, and not a pod and its own node."""
    if one is other and (isinstance(one, HostEndpoint) or one.replicas == 1):
        return False
    return not (nodal and one.node is not None and one.node == other.node)


def _title_pairs(source: End, destination: End) -> set[tuple[Title, Title]]:
    """The workloads between which there are connections from one end to the other."""
    if not _near(source, destination):
        senders, receivers = (
            {_title(one) for one in end.workloads} for end in (source, destination)
        )
        return set(product(senders, receivers))
    nodal = source.node or destination.node
    return {
        (_title(one), _title(other))
        for one, other in product(source.workloads, destination.workloads)
        if _apart(one, other, nodal)
    }
