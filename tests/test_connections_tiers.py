"""The map's relation on tiers that no policy kind has yet, held against going through them.

Tiers with every action, several of them, subjects all over the cluster, conditions on both ends,
blocks, names of ports and ties: each connection is decided tier by tier and rule by rule.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, permutations, product
from typing import assert_never

import pytest
from tests import profiles
from tests.build import selector

from netproof.connectivity.located import addresses_add_up
from netproof.connectivity.points import Points, points_of
from netproof.connectivity.relation import Relation, relations
from netproof.oracle.addresses import family_of, in_block
from netproof_encodings.decision.conditions import (
    All,
    Any,
    Assumed,
    End,
    HasProtocol,
    InBlock,
    InNamespace,
    IsPod,
    Labelled,
    Match,
    NamesPort,
    Not,
    OfFamily,
    OnPorts,
    Seen,
    Whose,
    every,
    some,
    subject_end,
)
from netproof_encodings.decision.folding import Lean
from netproof_encodings.decision.tiers import Rule, Tier, TierPolicy, Unmatched
from netproof_encodings.lowering import Tiers
from netproof_specs.assumptions import Assumption, Assumptions
from netproof_specs.model.cluster import Cluster, ContainerPort, Namespace, Workload
from netproof_specs.model.connections import (
    Connection,
    Endpoint,
    ExternalEndpoint,
    PodEndpoint,
    pod_of,
)
from netproof_specs.model.network_policy import NetworkPolicy
from netproof_specs.model.traffic import Action, Direction, Family, PortRange, Protocol

NAMESPACES = ("x", "y")
BLOCKS = ("10.0.0.0/8", "10.1.0.0/16", "192.0.2.0/24", "2001:db8::/32", "0.0.0.0/0")
OUTSIDE = ("10.1.9.9", "10.2.0.1", "192.0.2.7", "203.0.113.1", "2001:db8::9", "2001:dc8::1")
PORTS = (79, 80, 81)
ON = [(Protocol.TCP, port) for port in PORTS] + [(Protocol.UDP, 80)]
ORIGIN = NetworkPolicy("x", "p", selector(), (), (), ())
ASSUMED = (
    Assumption.IPBLOCK_MATCHES_PODS,
    Assumption.UNKNOWN_POD_ADDRESSES,
    Assumption.HOST_NETWORK,
)
AS_GIVEN = (
    frozenset(),
    frozenset({Assumption.IPBLOCK_MATCHES_PODS}),
    frozenset({Assumption.IPBLOCK_MATCHES_PODS, Assumption.UNKNOWN_POD_ADDRESSES}),
    frozenset({Assumption.HOST_NETWORK, Assumption.UNKNOWN_POD_ADDRESSES}),
)


def cluster_of(rng: random.Random) -> Cluster:
    """A few pods, with known addresses or without, on the pod network or on their node's."""
    spaces = tuple(
        Namespace(name, (("kubernetes.io/metadata.name", name), ("n", rng.choice("ab"))), True)
        for name in NAMESPACES
    )
    addresses = [(), ("10.1.0.5",), ("10.2.0.5", "2001:db8::5"), ("2001:db8::6",)]
    pods = tuple(
        Workload(
            "Pod",
            rng.choice(NAMESPACES),
            f"p{number}",
            (("k", rng.choice("ab")),) if rng.random() < 0.7 else (),
            ports=(ContainerPort("http", Protocol.TCP, rng.choice(PORTS)),),
            addresses=rng.choice(addresses),
            host_network=rng.random() < 0.2,
            replicas=2,
        )
        for number in range(4)
    )
    return Cluster(spaces, tuple(sorted(pods, key=lambda one: (one.namespace, one.name))))


# --- random tiers ------------------------------------------------------------------------------


def tiers_of(rng: random.Random, direction: Direction, ranks: int) -> tuple[Tier, ...]:
    """Up to three tiers of up to three policies; those of one rank tie."""
    tiers, index = [], 0
    for number in range(rng.randint(0, 3)):
        policies = []
        for rank in sorted(rng.randrange(ranks) for _ in range(rng.randint(1, 3))):
            policies.append(policy_of(rng, index, direction, rank))
            index += 1
        tiers.append(Tier(f"t{number}", direction, tuple(policies), rng.choice([*Unmatched])))
    return tuple(tiers)


def policy_of(rng: random.Random, index: int, direction: Direction, rank: int) -> TierPolicy:
    """Of one namespace or of the cluster; what selects a subject may look at anything."""
    end = subject_end(direction)
    home = rng.choice((None, None, *NAMESPACES))
    parts: list[Match] = [IsPod(end)]
    if home is not None:
        parts.append(InNamespace(end, home))
    if rng.random() < 0.5:
        parts.append(condition(rng, 1, (end,)))
    if rng.random() < 0.2:
        parts.append(condition(rng, 1, (*End,)))
    rules = tuple(
        Rule(rng.choice([*Action]), condition(rng, 2, rng.choice(((end.opposite,), (*End,)))), at)
        for at in range(rng.randint(0, 3))
    )
    return TierPolicy(index, ORIGIN, direction, every(parts), rules, home, rank)


def condition(rng: random.Random, depth: int, ends: Sequence[End]) -> Match:
    """A condition on some ends and on the connection."""
    if depth and rng.random() < 0.7:
        parts = [condition(rng, depth - 1, ends) for _ in range(rng.randint(1, 3))]
        return rng.choice((every(parts), some(parts), Not(parts[0])))
    end = rng.choice(ends)
    first, last = sorted(rng.choices(PORTS, k=2))
    return rng.choice(
        (
            IsPod(end),
            InNamespace(end, rng.choice(NAMESPACES)),
            Labelled(end, Whose.POD, "k", rng.choice((None, ("a",), ("a", "b")))),
            Labelled(end, Whose.NAMESPACE, "n", ("a",)),
            InBlock(end, rng.choice(BLOCKS), rng.choice([*Seen])),
            InBlock(end, rng.choice(BLOCKS)),
            HasProtocol(rng.choice([*Protocol])),
            OnPorts(PortRange(first, last)),
            NamesPort("http"),
            OfFamily(rng.choice([*Family])),
            Assumed(rng.choice(ASSUMED)),
        )
    )


def adding_tiers_of(rng: random.Random, direction: Direction) -> tuple[Tier, ...]:
    """Tiers of rules that allow, each a union of peers that ask for one address at most."""
    other = subject_end(direction).opposite
    tiers = []
    for tier in tiers_of(rng, direction, ranks=9):
        policies = tuple(
            replace(
                one,
                subject=every((IsPod(other.opposite), InNamespace(other.opposite, "x"))),
                rules=tuple(adding_rule(rng, other, at) for at in range(rng.randint(0, 3))),
            )
            for one in tier.policies
        )
        tiers.append(replace(tier, policies=policies))
    return tuple(tiers)


def adding_rule(rng: random.Random, other: End, at: int) -> Rule:
    peers = [adding_peer(rng, other) for _ in range(rng.randint(1, 3))]
    ports = [every((HasProtocol(Protocol.TCP), OnPorts(PortRange(80, 81)))), NamesPort("http")]
    parts = [some(peers), some(rng.sample(ports, rng.randint(1, 2)))]
    return Rule(Action.ALLOW, every(parts[: rng.randint(1, 2)]), at)


def adding_peer(rng: random.Random, other: End) -> Match:
    """A block without others, or one of two; on either side of a label."""
    seen = rng.choice([*Seen])
    wide, narrow = (InBlock(other, one, seen) for one in rng.sample(BLOCKS, 2))
    peer = rng.choice((every((wide, Not(narrow))), some((wide, narrow)), Not(narrow)))
    return every((peer, rng.choice((IsPod(other), Not(IsPod(other)), All()))))


# --- one connection, one tier after the other ----------------------------------------------------


@dataclass(frozen=True, slots=True)
class Case:
    """One connection with what is assumed."""

    connection: Connection
    assumptions: Assumptions

    def end(self, end: End) -> Endpoint:
        source = end is End.SOURCE
        return self.connection.source if source else self.connection.destination

    def policed(self, end: End) -> PodEndpoint | None:
        """The end, if policies can select it as a pod."""
        found = self.end(end)
        if isinstance(found, ExternalEndpoint):
            return None
        node = found.host_network and Assumption.HOST_NETWORK not in self.assumptions
        return None if node else found

    def meets(self, match: Match) -> bool:  # noqa: PLR0912 (one an atom)
        match match:
            case All(parts):
                return all(map(self.meets, parts))
            case Any(parts):
                return any(map(self.meets, parts))
            case Not(part):
                return not self.meets(part)
            case IsPod(end):
                return self.policed(end) is not None
            case InNamespace(end, name):
                pod = self.policed(end)
                return pod is not None and pod.namespace.name == name
            case Labelled(end, whose, key, values):
                pod = self.policed(end)
                if pod is None:
                    return False
                labels = dict(pod.labels if whose is Whose.POD else pod.namespace.labels)
                return key in labels and (values is None or labels[key] in values)
            case InBlock(end, cidr, pods):
                return any(in_block(one, cidr) for one in self.addresses(end, pods))
            case HasProtocol(protocol):
                return self.connection.protocol is protocol
            case OnPorts(ports):
                return ports.first <= self.connection.port <= ports.last
            case NamesPort(name):
                pod = self.policed(End.DESTINATION)
                here = ContainerPort(name, self.connection.protocol, self.connection.port)
                return pod is not None and here in pod.ports
            case OfFamily(family):
                return self.connection.family is family
            case Assumed(assumption):
                return assumption in self.assumptions
            case _:
                assert_never(match)

    def addresses(self, end: End, pods: Seen) -> list[str]:
        """The addresses of the connection's family that a block is held against."""
        found = self.end(end)
        if isinstance(found, ExternalEndpoint):
            return [found.address]
        hidden = Assumption.IPBLOCK_MATCHES_PODS not in self.assumptions and pods is not Seen.ALWAYS
        if hidden and self.policed(end) is not None:
            return []
        return [one for one in found.addresses if family_of(one) is self.connection.family]

    def allowed(self, tiers: Sequence[Tier]) -> bool:
        """The first tier that decides; what no tier decides is allowed."""
        for tier in tiers:
            selecting = [one for one in tier.policies if self.meets(one.subject)]
            rules = (rule for policy in selecting for rule in policy.rules)
            action = next((one.action for one in rules if self.meets(one.match)), None)
            if action in (Action.ALLOW, Action.DENY):
                return action is Action.ALLOW
            if action is None and selecting and tier.unmatched is Unmatched.DENY:
                return False
        return True

    def outcomes(self, tiers: Sequence[Tier]) -> set[bool]:
        """What becomes of the connection in each order of the policies that tie."""
        return {self.allowed(order) for order in product(*map(orders, tiers))}


def orders(tier: Tier) -> Iterator[Tier]:
    groups = [tuple(group) for _, group in groupby(tier.policies, lambda one: one.rank)]
    for chosen in product(*map(permutations, groups)):
        yield replace(tier, policies=tuple(one for group in chosen for one in group))


def ends_of(points: Points) -> Iterator[tuple[tuple[int, ...], int]]:
    """Each pod with its points, and outside addresses, by their place in `OUTSIDE`, with theirs."""
    for place, numbers in enumerate(points.points_of):
        yield numbers, place
    for place, address in enumerate(OUTSIDE):
        yield (points.atom_point(address),), -1 - place


def variants(points: Points, place: int, family: Family, replica: int) -> list[Endpoint]:
    """The end on connections of the family: with any address where that is assumed."""
    if place < 0:
        address = OUTSIDE[-1 - place]
        return [ExternalEndpoint(address)] if family_of(address) is family else []
    workload = points.cluster.workloads[place]
    pod = pod_of(workload, points.namespaces[workload.namespace], replica)
    if pod.addresses:
        return [pod] if family in map(family_of, pod.addresses) else []
    if Assumption.UNKNOWN_POD_ADDRESSES not in points.assumptions:
        return [pod]
    atoms = (at for at, one in enumerate(points.atoms.families) if one is family)
    return [replace(pod, addresses=(points.atoms.address_in(at),)) for at in atoms]


@pytest.mark.generated
@pytest.mark.parametrize("seed", profiles.some(range(80)))
def test_the_relation_is_what_tiers_decide(seed: int) -> None:
    rng = random.Random(seed)
    cluster, assumptions = cluster_of(rng), AS_GIVEN[seed % len(AS_GIVEN)]
    tiers = {direction: tiers_of(rng, direction, ranks=2 + seed % 8) for direction in Direction}
    check(cluster, tiers, assumptions, rng)


@pytest.mark.generated
@pytest.mark.parametrize("seed", profiles.some(range(60)))
def test_pods_at_any_address_where_addresses_add_up(seed: int) -> None:
    """A.29: a pod of which the address is unknown is one point, and still has any address."""
    rng = random.Random(seed)
    tiers = {direction: adding_tiers_of(rng, direction) for direction in Direction}
    assert addresses_add_up(tiers)
    check(cluster_of(rng), tiers, AS_GIVEN[2 + seed % 2], rng)


LABEL = Labelled(End.SOURCE, Whose.POD, "k", ("a",))
HERE, THERE = InBlock(End.DESTINATION, BLOCKS[0]), InBlock(End.SOURCE, BLOCKS[0])
ELSE = InBlock(End.SOURCE, BLOCKS[1])


@pytest.mark.parametrize(
    ("match", "adds_up"),
    [
        (THERE, True),
        (HERE, False),
        (Not(THERE), True),
        (All((THERE, Not(ELSE))), True),
        (All((THERE, Not(ELSE), LABEL, Not(LABEL))), True),
        (All((THERE, Any((ELSE, LABEL)))), False),
        (All((LABEL, Any((ELSE, LABEL)))), True),
        (Any((THERE, All((ELSE, LABEL)))), True),
        (Any((LABEL, All((THERE, Any((ELSE, LABEL)))))), False),
        (Not(All((ELSE, LABEL))), False),
        (All((THERE, InBlock(End.SOURCE, BLOCKS[1], Seen.ALWAYS))), False),
        (All((THERE, HERE)), False),
        (Not(LABEL), True),
    ],
)
def test_when_addresses_add_up(match: Match, *, adds_up: bool) -> None:
    def tiers(action: Action, subject: Match) -> dict[Direction, tuple[Tier, ...]]:
        rule = Rule(action, match)
        policy = TierPolicy(0, ORIGIN, Direction.INGRESS, subject, (rule,))
        tier = Tier("t", Direction.INGRESS, (policy,), Unmatched.DENY)
        return {Direction.INGRESS: (tier,), Direction.EGRESS: ()}

    assert addresses_add_up(tiers(Action.ALLOW, IsPod(End.DESTINATION))) is adds_up
    assert not addresses_add_up(tiers(Action.ALLOW, HERE))
    assert not addresses_add_up(tiers(Action.DENY, IsPod(End.DESTINATION)))
    assert not addresses_add_up(tiers(Action.PASS, IsPod(End.DESTINATION)))


def check(cluster: Cluster, tiers: Tiers, assumptions: Assumptions, rng: random.Random) -> None:
    """The relation, with each lean, is what going through the tiers gives."""
    hosts = [f"{address}/{128 if ':' in address else 32}" for address in OUTSIDE]
    points = points_of(cluster, tiers, assumptions, hosts)
    found = {one.outcomes[0].lean: one for one in relations(points, tiers, Lean)}
    for one, other in product(ends_of(points), repeat=2):
        if one[1] < 0 and other[1] < 0:
            continue
        for family, (protocol, port) in product(Family, rng.sample(ON, 2)):
            cases = [
                Case(Connection(source, destination, protocol, port, family), assumptions)
                for source in variants(points, one[1], family, 1)
                for destination in variants(points, other[1], family, 2)
            ]
            listed = {
                lean: any(
                    relation.sets.holds(relation.between(*pair), family, protocol, port)
                    for pair in product(one[0], other[0])
                )
                for lean, relation in found.items()
            }
            assert listed == expected(tiers, cases), (one, other, family, protocol, port)


def expected(tiers: Mapping[Direction, Sequence[Tier]], cases: Sequence[Case]) -> dict[Lean, bool]:
    """Whether some case is allowed: in the order given, in some order, in every order."""
    found = dict.fromkeys(Lean, False)
    for case in cases:
        sides = [case.outcomes(listed) for listed in tiers.values()]
        found[Lean.ORDERED] |= all(map(case.allowed, tiers.values()))
        found[Lean.ALLOWING] |= all(True in side for side in sides)
        found[Lean.DENYING] |= all(False not in side for side in sides)
    return found


def test_every_lean_has_the_same_points() -> None:
    rng = random.Random(3)
    tiers = {direction: tiers_of(rng, direction, ranks=1) for direction in Direction}
    points = points_of(cluster_of(rng), tiers, AS_GIVEN[1])
    found: list[Relation] = list(relations(points, tiers, Lean))
    assert all(one.points is points and one.sets is found[0].sets for one in found)
