"""Why one connection is allowed or denied: the oracle's decision with every step that led to it.

For each direction the policies that select the endpoint are walked through; of each rule that does
not match, the first condition that fails is told, with what it wants and what it finds.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from itertools import combinations, product

from netaddr import IPAddress

from netproof.connectivity.points import Points, points_of
from netproof.connectivity.relation import relate
from netproof.decisions import Decision, SideDecision
from netproof.mismatches import Mismatch, peer_mismatch, ports_mismatch, subject_mismatch
from netproof.oracle.addresses import family_of, without_address
from netproof.oracle.connections import decide, subject_end
from netproof.oracle.endpoints import from_own_node, policed_pod, same_pod, to_own_node
from netproof.oracle.network_policy import other_end, rules_of
from netproof_specs.assumptions import Assumption, Assumptions
from netproof_specs.model.cluster import Cluster, Policy
from netproof_specs.model.connections import Connection, Endpoint, ExternalEndpoint, PodEndpoint
from netproof_specs.model.network_policy import PolicyRule
from netproof_specs.model.traffic import Direction, Family, Protocol


@dataclass(frozen=True, slots=True)
class RuleTrace:
    """One rule held against the connection; it admits iff it has no mismatches.

    Mismatches are one a peer where no peer matches, else the one of the ports.
    """

    rule: PolicyRule
    index: int
    mismatches: tuple[Mismatch, ...]

    @property
    def admits(self) -> bool:
        """Whether the rule admits the connection."""
        return not self.mismatches


@dataclass(frozen=True, slots=True)
class PolicyTrace:
    """A policy that selects the endpoint, with each of its rules of the direction."""

    policy: Policy
    rules: tuple[RuleTrace, ...]

    @property
    def admits(self) -> bool:
        """Whether some rule admits the connection."""
        return any(one.admits for one in self.rules)


@dataclass(frozen=True, slots=True)
class NotSelecting:
    """A policy of the endpoint's namespace that does not select it, and why."""

    policy: Policy
    mismatch: Mismatch


@dataclass(frozen=True, slots=True)
class SideTrace:
    """One side of the decision, step by step."""

    decision: SideDecision
    policies: tuple[PolicyTrace, ...]
    others: tuple[NotSelecting, ...]


class Exempt(Enum):
    """Why no claim speaks of a connection."""

    SAME_POD = "same-pod"
    FROM_OWN_NODE = "from-own-node"
    TO_OWN_NODE = "to-own-node"
    NO_ADDRESS = "no-address"


@dataclass(frozen=True, slots=True)
class Explanation:
    """The decision on one connection with its trace.

    `other_family` is set iff the decision over the other address family differs. `turns` are the
    smallest sets of assumptions that, flipped together, turn the decision. `changes` are the
    smallest sets of policies such that a rule added to each admits a denied connection. `supposed`
    are pods at its ends with an address that no manifest gives.
    """

    connection: Connection
    assumptions: Assumptions
    decision: Decision
    egress: SideTrace
    ingress: SideTrace
    exempt: Exempt | None
    other_family: Family | None
    turns: tuple[Assumptions, ...]
    changes: tuple[tuple[Policy, ...], ...]
    supposed: tuple[PodEndpoint, ...] = ()


def explain(
    cluster: Cluster,
    ends: tuple[Endpoint, Endpoint],
    on: tuple[Protocol, int],
    assumptions: Assumptions,
) -> Explanation:
    """The decision on the connection between two endpoints, one of them a pod, with its trace."""
    connection, other = _connection(cluster, ends, on, assumptions)
    decision = decide(cluster.policies, connection, assumptions)
    return Explanation(
        connection,
        assumptions,
        decision,
        _trace(cluster, decision.egress, connection, assumptions),
        _trace(cluster, decision.ingress, connection, assumptions),
        exempt(connection, assumptions),
        other,
        turns_of(cluster, connection, assumptions),
        changes_of(decision),
        _supposed(ends, connection),
    )


def _supposed(
    ends: tuple[Endpoint, Endpoint], connection: Connection
) -> tuple[PodEndpoint, ...]:
    taken = (connection.source, connection.destination)
    return tuple(
        now
        for now, given in zip(taken, ends, strict=True)
        if isinstance(now, PodEndpoint) and now != given
    )


def _connection(
    cluster: Cluster,
    ends: tuple[Endpoint, Endpoint],
    on: tuple[Protocol, int],
    assumptions: Assumptions,
) -> tuple[Connection, Family | None]:
    """The connection, and the other family where that is decided differently (A.27).

    Two pods may talk over either; the one that is allowed is taken, else IPv4. A pod that may
    have any address gets one with which the connection is allowed, where there is one (A.29).
    """
    allowed: dict[Family, Connection] = {}
    denied: dict[Family, Connection] = {}
    for family in _families(ends):
        for source, destination in _addressed(cluster, ends, family, assumptions):
            connection = Connection(source, destination, *on, family)
            denied.setdefault(family, connection)
            if decide(cluster.policies, connection, assumptions).allowed:
                allowed[family] = connection
                break
    chosen = allowed or denied
    other = next((one for one in denied if allowed and one not in allowed), None)
    return next(iter(chosen.values())), other


def _addressed(
    cluster: Cluster,
    ends: tuple[Endpoint, Endpoint],
    family: Family,
    assumptions: Assumptions,
) -> Iterator[tuple[Endpoint, Endpoint]]:
    """The ends as they are, then with addresses that are assumed for pods without any."""
    source, destination = (_variants(cluster, end, family, assumptions) for end in ends)
    yield from product(source, destination)


def _variants(
    cluster: Cluster, end: Endpoint, family: Family, assumptions: Assumptions
) -> list[Endpoint]:
    if isinstance(end, ExternalEndpoint) or end.addresses:
        return [end]
    if Assumption.UNKNOWN_POD_ADDRESSES not in assumptions:
        return [end]
    atoms = points_of(cluster, assumptions, ()).atoms
    firsts = dict(zip(atoms.numbers[family], atoms.starts[family], strict=True))
    given = (str(IPAddress(first, family.value)) for first in firsts.values())
    return [end, *(replace(end, addresses=(address,)) for address in given)]


def _families(ends: tuple[Endpoint, Endpoint]) -> list[Family]:
    """Those in which both ends have addresses, as far as known; both where there is none."""
    for end in ends:
        if isinstance(end, ExternalEndpoint):
            return [family_of(end.address)]
    either = [
        family
        for family in Family
        if not without_address(Connection(*ends, Protocol.TCP, 1, family))
    ]
    return either or list(Family)


def exempt(connection: Connection, assumptions: Assumptions) -> Exempt | None:
    """Why no claim speaks of the connection, or `None` (A.27, A.41 to A.43)."""
    if same_pod(connection):
        return Exempt.SAME_POD
    if from_own_node(connection, assumptions):
        return Exempt.FROM_OWN_NODE
    if to_own_node(connection, assumptions):
        return Exempt.TO_OWN_NODE
    if without_address(connection):
        return Exempt.NO_ADDRESS
    return None


def _trace(
    cluster: Cluster, side: SideDecision, connection: Connection, assumptions: Assumptions
) -> SideTrace:
    policies = tuple(
        PolicyTrace(policy, tuple(_rules(policy, side.direction, connection, assumptions)))
        for policy in side.selecting
    )
    pod = policed_pod(subject_end(connection, side.direction), assumptions)
    others = () if pod is None else tuple(_others(cluster.policies, pod, side))
    return SideTrace(side, policies, others)


def _rules(
    policy: Policy, direction: Direction, connection: Connection, assumptions: Assumptions
) -> Iterator[RuleTrace]:
    for index, rule in enumerate(rules_of(policy, direction)):
        mismatches = _mismatches(rule, policy, direction, connection, assumptions)
        yield RuleTrace(rule, index, mismatches)


def _mismatches(
    rule: PolicyRule,
    policy: Policy,
    direction: Direction,
    connection: Connection,
    assumptions: Assumptions,
) -> tuple[Mismatch, ...]:
    """Why the rule does not admit the connection; nothing iff it does (A.14, A.16)."""
    other = other_end(connection, direction)
    found = [
        peer_mismatch(peer, policy.namespace, other, connection.family, assumptions)
        for peer in rule.peers
    ]
    if found and None not in found:
        return tuple(one for one in found if one is not None)
    ports = ports_mismatch(rule.ports, connection, assumptions, rule.where)
    return () if ports is None else (ports,)


def _others(
    policies: Sequence[Policy], pod: PodEndpoint, side: SideDecision
) -> Iterator[NotSelecting]:
    for policy in policies:
        if policy.namespace == pod.namespace.name:
            mismatch = subject_mismatch(policy, pod, side.direction)
            if mismatch is not None:
                yield NotSelecting(policy, mismatch)


def turns_of(
    cluster: Cluster, connection: Connection, assumptions: Assumptions
) -> tuple[Assumptions, ...]:
    """The smallest sets of assumptions that, flipped together, turn the decision.

    A connection of which a pod's unknown address decides counts as allowed, since it may be. One
    that cannot be made for want of an address has none.
    """
    if without_address(connection):
        return ()
    small = _around(cluster, connection)
    now = possible(small, connection, assumptions)
    for size in range(1, len(Assumption) + 1):
        found = tuple(
            frozenset(flipped)
            for flipped in combinations(Assumption, size)
            if possible(small, connection, assumptions.symmetric_difference(flipped)) is not now
        )
        if found:
            return found
    return ()


def possible(cluster: Cluster, connection: Connection, assumptions: Assumptions) -> bool:
    """Whether the connection is allowed, over either family if it is between two pods.

    The pods must be of the cluster.
    """
    ends = (connection.source, connection.destination)
    outside = [end.address for end in ends if isinstance(end, ExternalEndpoint)]
    hosts = [f"{address}/{128 if ':' in address else 32}" for address in outside]
    relation = relate(cluster, assumptions, hosts)
    source, destination = (_point(relation.points, end) for end in ends)
    ports = relation.between(source, destination)
    families = [connection.family] if outside else list(Family)
    exempted = same_pod(connection) or from_own_node(connection, assumptions)
    return exempted or any(
        relation.sets.holds(ports, family, connection.protocol, connection.port)
        for family in families
    )


def _around(cluster: Cluster, connection: Connection) -> Cluster:
    """The part of the cluster that bears on the connection."""
    pods = [
        end
        for end in (connection.source, connection.destination)
        if isinstance(end, PodEndpoint)
    ]
    names = {pod.namespace.name for pod in pods}
    titles = {(pod.namespace.name, pod.kind, pod.name) for pod in pods}
    return Cluster(
        tuple(one for one in cluster.namespaces if one.name in names),
        tuple(one for one in cluster.workloads if (one.namespace, one.kind, one.name) in titles),
        tuple(one for one in cluster.policies if one.namespace in names),
    )


def _point(points: Points, end: Endpoint) -> int:
    if isinstance(end, ExternalEndpoint):
        return len(points.classes) + points.atoms.atom_of(end.address)
    index = next(
        at
        for at, one in enumerate(points.cluster.workloads)
        if (one.namespace, one.kind, one.name) == (end.namespace.name, end.kind, end.name)
    )
    return points.class_of[index]


def changes_of(decision: Decision) -> tuple[tuple[Policy, ...], ...]:
    """The smallest sets of policies that, each given a further rule, admit the connection.

    One policy a denied side is enough, since policies add up (A.5), and one for both where a
    policy isolates both ends. Nothing for a connection that is allowed.
    """
    denied = [side.selecting for side in (decision.egress, decision.ingress) if not side.allowed]
    if not denied:
        return ()
    if len(denied) == 1:
        return tuple((policy,) for policy in denied[0])
    both = tuple((policy,) for policy in denied[0] if policy in denied[1])
    return both or tuple(product(*denied))
