"""The relation held against the oracle on some hundred connections, the same in every run.

Everything that reads policies through the fold would err with it, and only the oracle knows
nothing of it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from heapq import merge
from itertools import count
from math import gcd

from netproof.connectivity.passing import Outcome, SetUp, Through
from netproof.connectivity.points import Bits, HostAt, Points, numbers_of
from netproof.connectivity.portsets import EVERYTHING, NOTHING, PortId, PortSets
from netproof.connectivity.relation import Relation
from netproof.oracle.claims import in_scope
from netproof.oracle.connections import Favour, decide
from netproof.oracle.forwarded import SetUp as Meant
from netproof.oracle.forwarded import Through as Way
from netproof.oracle.forwarded import ways_through
from netproof.replay import DisagreementError
from netproof_encodings.decision.folding import Lean
from netproof_encodings.lowering import is_calico, is_setting
from netproof_specs.frozen import replace
from netproof_specs.model.cluster import AnyPolicy
from netproof_specs.model.connections import (
    Connection,
    Endpoint,
    ExternalEndpoint,
    PodEndpoint,
    pod_of,
)
from netproof_specs.model.hosts import HostEndpoint
from netproof_specs.model.traffic import Family, Protocol
from netproof_specs.steps import Step, Watch, unwatched

SAMPLES = 200
FAVOURS = {
    Lean.ORDERED: Favour.DOCUMENTED,
    Lean.ALLOWING: Favour.ALLOWED,
    Lean.DENYING: Favour.DENIED,
}
SET_UPS = {SetUp.OPEN: Meant.OPEN, SetUp.SHUT: Meant.SHUT}

Ports = Sequence[tuple[Protocol, int]]
"""Ports to ask for."""


def hold(relation: Relation, watch: Watch = unwatched) -> None:
    """Raises DisagreementError where the oracle decides a sampled connection otherwise."""
    points, sets = relation.points, relation.sets
    policies = _Policies(list(map(_without_node, points.cluster.every_policy)))
    asked, made = _Asked(sets), _Ends(points)
    for number, (source, destination) in enumerate(_cells(relation)):
        watch(Step("holding the map against the oracle", number, SAMPLES))
        shared = _families(points, source) & _families(points, destination)
        families = [family for family in Family if family in shared]
        if not families:
            continue
        family, ports = families[number % len(families)], relation.between(source, destination)
        protocol, port = asked.one_of(ports, number)
        if made.on_one_node(source, destination):
            continue  # What a host and its own pods do is in no map (A.42, A.43, D.39).
        ends = (
            made.at(source, 1, number, family), made.at(destination, 2, number, family),
        )  # fmt: skip
        source_port = asked.source_port(number)
        connection = Connection(*ends, protocol, port, family, source_port)
        if points.passages and not in_scope(connection, points.assumptions):
            continue
        # Another address may be what a connection of pods at any address is listed for.
        maybe = any(_is_somewhere(points, point) for point in (source, destination))
        near = policies.around(ends)
        for layer, one, set_up in _tried(relation, near, connection, number):
            favour = FAVOURS[one.lean]
            decision = decide(near, connection, points.assumptions, favour, set_up)
            here = sets.only(ports, layer)
            listed = sets.holds(here, family, protocol, port, source_port)
            if decision.allowed is not listed and not (listed and maybe):
                raise DisagreementError(
                    "the map of connections and the oracle disagree",
                    f"{connection}\n{one}\nthe map allows: {sets.allowed(ports)}\n{decision}",
                )


def _tried(
    relation: Relation, policies: Sequence[AnyPolicy], connection: Connection, number: int
) -> Iterator[tuple[int, Outcome, Meant | Way]]:
    """What is possible and what is certain, and of further outcomes some at each turn.

    Of ways through hosts this is by turns any, and one that the connection passes: few are.
    """
    points, outcomes = relation.points, list(enumerate(relation.outcomes))
    for layer, one in outcomes[:2]:
        yield layer, one, meant(one.set_up, points, policies, connection)
    if more := outcomes[2:]:
        turn = number // 2
        ways = list(ways_through(policies, connection, points.assumptions)) if number % 3 else []
        if ways:
            way = ways[turn % len(ways)]
            for layer, one in more:
                if isinstance(one.set_up, Through) and _is_of(one.set_up, way, points):
                    yield layer, one, way
        else:
            layer, one = more[turn % len(more)]
            yield layer, one, meant(one.set_up, points, policies, connection)


def meant(
    set_up: SetUp | Through,
    points: Points,
    policies: Sequence[AnyPolicy],
    connection: Connection,
) -> Meant | Way:
    """The set-up as the oracle has it: of hosts that are alike the one that is passed."""
    if isinstance(set_up, SetUp):
        return SET_UPS[set_up]
    ways = ways_through(policies, connection, points.assumptions)
    return next((way for way in ways if _is_of(set_up, way, points)), Meant.OPEN)


def _is_of(set_up: Through, way: Way, points: Points) -> bool:
    """Whether the way is one through some hosts that are alike."""
    passing, wanted = way.passing, (set_up.end, set_up.direction, set_up.accepts)
    if (passing.end, way.direction, passing.accepts) != wanted:
        return False
    name = passing.host.name
    return any(set_up.host in one.hosts and name in one.hosts for one in points.passages)


def _cells(relation: Relation) -> Iterator[tuple[int, int]]:
    """Pairs of points, at least one of them inside: any pair and an allowed one by turns."""
    points = relation.points
    inside, outside = len(points.inside), list(numbers_of(points.outside))
    every = [*range(inside), *outside]
    total = inside * len(every)
    step = next(one for one in count(total * 5 // 8 + 1) if gcd(one, total) == 1) if inside else 0
    for number in range(SAMPLES if inside else 0):
        here, other = divmod(number * step % total, len(every))
        leaving = number & 2 == 0
        if number & 1:
            row = relation.row(here) if leaving else relation.entering[here]
            ends = row[number // 4 % len(row)][1] if row else 0
            found = _one_of(ends, number * step)
        else:
            found = every[other]
        if found is not None:
            yield (here, found) if leaving else (found, here)


def _one_of(points: Bits, number: int) -> int | None:
    """One of some points, by a number that may be large."""
    if not points:
        return None
    least = number % points.bit_length()
    above = points >> least
    return least + (above & -above).bit_length() - 1


def _families(points: Points, point: int) -> frozenset[Family]:
    """The families in which the point can have connections (A.27)."""
    inside = len(points.inside)
    if point < inside:
        return points.inside[point].families
    return frozenset({points.atoms.families[point - inside]})


def _is_somewhere(points: Points, point: int) -> bool:
    return point < len(points.inside) and points.inside[point].somewhere


class _Ends:
    """Endpoints at the points.

    A class because the addresses that host endpoints expect are gathered once: peers know them by
    these, so no other end is to have one.
    """

    def __init__(self, points: Points) -> None:
        self._points = points
        self._taken = frozenset(x for one in points.cluster.hosts for x in one.addresses)

    def on_one_node(self, source: int, destination: int) -> bool:
        """Whether both ends are host endpoints of one node, or pods that pass one (D.1)."""
        source_node, destination_node = map(self._node, (source, destination))
        return source_node is not None and source_node == destination_node

    def _node(self, point: int) -> str | None:
        """The node of a host endpoint, or of pods that pass one."""
        if point >= len(self._points.inside):
            return None
        one = self._points.inside[point]
        return one.on if isinstance(one, HostAt) or one.pods.host else None

    def at(self, point: int, replica: int, number: int, family: Family) -> Endpoint:
        """An endpoint of the point; two of unlike replicas are never one pod.

        Nor are they on one node: only what is a host endpoint, or passes one, is on the node of
        that. Where hosts let through what others exchange, each is on its own node (D.37). No
        address outside is a node of theirs.
        """
        points = self._points
        inside = len(points.inside)
        if point >= inside:
            return ExternalEndpoint(self._address_in(point - inside))
        one = points.inside[point]
        atoms = [at for at in numbers_of(one.atoms) if points.atoms.families[at] is family]
        if isinstance(one, HostAt):
            host = _of_no_node(one.host.host)
            if one.host.address is not None or not atoms:
                return host
            return replace(host, addresses=(self._address_in(atoms[0]),), supplied=True)
        workload = one.pods.members[number % len(one.pods.members)]
        pod = pod_of(workload, points.namespaces[workload.namespace], replica)
        addresses = workload.addresses
        if atoms and not addresses:
            addresses = (self._address_in(atoms[number % len(atoms)]),)
        return replace(
            pod,
            node=workload.node if points.passages else self._node(point),
            node_addresses=(),
            addresses=addresses,
        )

    def _address_in(self, atom: int) -> str:
        return self._points.atoms.address_in(atom, self._taken)


def _without_node(policy: AnyPolicy) -> AnyPolicy:
    """A host endpoint as a map takes it, which a pod on its host's network may pass too."""
    return _of_no_node(policy) if isinstance(policy, HostEndpoint) else policy


def _of_no_node(host: HostEndpoint) -> HostEndpoint:
    """The host endpoint without the addresses of its node, by which maps are not parted (A.42)."""
    return replace(host, node_addresses=())


class _Policies:
    """The policies by namespace, those of the cluster under no name; in their own order.

    What others rest on, as a network set of a namespace, is there for all of them.
    """

    def __init__(self, policies: Sequence[AnyPolicy]) -> None:
        self._every = policies
        self._placed: dict[str, list[tuple[int, AnyPolicy]]] = defaultdict(list)
        calico = next((at for at, one in enumerate(policies) if is_calico((one,))), None)
        for place, policy in enumerate(policies):
            # That there is an object of Calico decides how all others count (D.6), so one stays.
            shared = place == calico or is_setting(policy)
            self._placed["" if shared else policy.namespace].append((place, policy))

    def around(self, ends: Iterable[Endpoint]) -> list[AnyPolicy]:
        """The policies that can select one of the ends (A.1).

        One of a namespace can be for host endpoints, which pods may pass, by their labels (D.13).
        """
        if any(_may_be_host(end) for end in ends):
            return list(self._every)
        names = {end.namespace.name for end in ends if isinstance(end, PodEndpoint)}
        placed = [self._placed.get(name, []) for name in sorted({"", *names})]
        return [policy for _, policy in merge(*placed, key=lambda one: one[0])]


def _may_be_host(end: Endpoint) -> bool:
    return isinstance(end, HostEndpoint) or (isinstance(end, PodEndpoint) and end.host_network)


class _Asked:
    """Ports at which something may change: those of the cell at hand, or of any.

    A class because the ports of a set are listed once.
    """

    def __init__(self, sets: PortSets) -> None:
        self._sets = sets
        mentioned = [(protocol, port) for port in _edges(sets.ranges()) for protocol in Protocol]
        self._known: dict[PortId, Ports] = {NOTHING: mentioned, EVERYTHING: mentioned}

    def one_of(self, number: PortId, turn: int) -> tuple[Protocol, int]:
        """A port to ask of a cell with some ports, another one at each turn."""
        found = self._known.get(number)
        if found is None:
            found = self._known[number] = [
                (one.protocol, port)
                for one in self._sets.allowed(number)
                for port in _edges(one.ports)
            ]
        return found[turn // 2 % len(found)]

    def source_port(self, turn: int) -> int | None:
        """A port to come from, where something asks for it: of another stretch at each turn."""
        stretches = self._sets.stretches
        if len(stretches) == 1:
            return None
        # Neither the ends nor the port go with every turn in the same way.
        return stretches[turn // 3 % len(stretches)][turn & 1]


def _edges(ranges: Iterable[tuple[int, int]]) -> list[int]:
    """The ends of the ranges and what lies next to them, and the ends of all ports."""
    near = {port for first, last in ranges for port in (first - 1, first, last, last + 1)}
    return sorted({1, 65535} | {port for port in near if 1 <= port <= 65535})
