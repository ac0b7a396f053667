"""Verdicts by trying every connection that can make a difference, with the oracle alone.

A connection of each kind is enough: one address of each region that the mentioned blocks cut out,
one port of each interval that the mentioned ranges cut out, and in the open worlds one pod of
each profile (docs/worlds.md, "Small models").
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from ipaddress import ip_address, ip_network
from itertools import islice, pairwise, product
from typing import assert_never

from tests.strategies import pods_of

from netproof.oracle.claims import (
    breaks,
    concerns,
    from_group,
    in_scope,
    joins,
    on_ports,
    satisfies,
    to_group,
)
from netproof.oracle.connections import decide
from netproof.verdicts import Outcome
from netproof_specs.assumptions import Assumption, Assumptions
from netproof_specs.claims import (
    AddressBlock,
    AnyOf,
    CannotReach,
    CanReach,
    CanReachOnly,
    ConnectionClaim,
    DeniedByDefault,
    EndpointSet,
    Group,
    IsolatedFrom,
    MayReach,
    OnlyCanReach,
    PodNamed,
    PodsWhere,
    Ports,
)
from netproof_specs.model.cluster import Cluster, ContainerPort, Namespace, Workload
from netproof_specs.model.connections import Connection, Endpoint, ExternalEndpoint, PodEndpoint
from netproof_specs.model.labels import NAME_LABEL, Labels, LabelSelector
from netproof_specs.model.network_policy import BlockPeer, NetworkPolicy, PodPeer, PolicyRule
from netproof_specs.model.traffic import Family, PortName, PortRange, Protocol
from netproof_specs.worlds import World

OTHER = "unheard-of"


@dataclass(frozen=True, slots=True)
class Mentions:
    """What policies and claims mention, as far as it tells connections apart."""

    pod_selectors: tuple[LabelSelector, ...]
    namespace_selectors: tuple[LabelSelector, ...]
    namespaces: tuple[str, ...]
    blocks: tuple[str, ...]
    port_names: tuple[str, ...]
    edges: tuple[int, ...]
    accounts: tuple[str, ...]


def mentions(cluster: Cluster, claims: Sequence[ConnectionClaim]) -> Mentions:
    """What the cluster's policies and the claims mention; `edges` are the firsts of intervals."""
    rules = [rule for policy in cluster.policies for rule in (*policy.ingress, *policy.egress)]
    peers = [peer for rule in rules for peer in rule.peers]
    groups = [one for claim in claims for one in parts_of(claim)]
    pods = [
        *(PodsWhere(policy.namespace, None, policy.subject) for policy in cluster.policies),
        *(PodsWhere(None, one.namespaces, one.pods) for one in peers if isinstance(one, PodPeer)),
        *(one for one in groups if isinstance(one, PodsWhere)),
    ]
    spaces = [one.namespaces for one in pods if one.namespaces is not None]
    names = {one.namespace for one in pods if one.namespace is not None}
    names |= {one.name for one in cluster.namespaces} | {*named_by(spaces)}
    return Mentions(
        tuple(one.pods for one in pods if one.pods is not None),
        tuple(spaces),
        tuple(sorted(names)),
        tuple(sorted({*policy_blocks(rules), *claim_blocks(groups)})),
        tuple(sorted(port_names(rules))),
        tuple(sorted({1, *edges_of(cluster, rules, claims)})),
        tuple(sorted({one.account for one in pods if one.account is not None})),
    )


def parts_of(claim: ConnectionClaim) -> Iterator[EndpointSet]:
    """The sets of the claim's groups, lists taken apart."""
    todo = [group.endpoints for group, _ in roles_of(claim)]
    while todo:
        one = todo.pop()
        yield one
        if isinstance(one, AnyOf):
            todo.extend(one.members)


def named_by(selectors: Iterable[LabelSelector]) -> Iterator[str]:
    """The namespaces that selectors name by the automatic label."""
    for selector in selectors:
        for requirement in selector.requirements:
            if requirement.key == NAME_LABEL:
                yield from requirement.values


def policy_blocks(rules: Iterable[PolicyRule]) -> Iterator[str]:
    """The blocks of rules and their excepts."""
    for rule in rules:
        for peer in rule.peers:
            if isinstance(peer, BlockPeer):
                yield from (peer.cidr, *peer.excepts)


def claim_blocks(groups: Iterable[EndpointSet]) -> Iterator[str]:
    """The blocks of claims."""
    return (one.cidr for one in groups if isinstance(one, AddressBlock))


def port_names(rules: Iterable[PolicyRule]) -> set[str]:
    """The names that rules give ports by."""
    ports = (port.port for rule in rules for port in rule.ports)
    return {port.name for port in ports if isinstance(port, PortName)}


def edges_of(
    cluster: Cluster, rules: Iterable[PolicyRule], claims: Sequence[ConnectionClaim]
) -> Iterator[int]:
    """The first port of each mentioned range, and the one after its last."""
    ranges = [port.port for rule in rules for port in rule.ports]
    bounds = [(one.first, one.last) for one in ranges if isinstance(one, PortRange)]
    bounds += [(one.first, one.last) for claim in claims for one in ports_of(claim)]
    bounds += [(one.port, one.port) for pod in cluster.workloads for one in pod.ports]
    for first, last in bounds:
        yield from (edge for edge in (first, last + 1) if edge <= 65535)


def ports_of(claim: ConnectionClaim) -> Ports:
    """All ports that the claim gives."""
    match claim:
        case CannotReach() | CanReach() | MayReach() | OnlyCanReach():
            return claim.ports
        case CanReachOnly():
            return tuple(port for side in claim.destinations for port in side.ports)
        case IsolatedFrom() | DeniedByDefault():
            return ()
        case _:
            assert_never(claim)


Role = Callable[[Connection, Group], bool]


def roles_of(claim: ConnectionClaim) -> list[tuple[Group, Role]]:
    """Each group of the claim, and whether it is one of sources or of destinations."""
    match claim:
        case CannotReach() | CanReach() | MayReach():
            return [(claim.source, from_group), (claim.destination, to_group)]
        case CanReachOnly():
            sides: list[tuple[Group, Role]] = [(one.group, to_group) for one in claim.destinations]
            within = [] if claim.within is None else [(claim.within, to_group)]
            return [(claim.source, from_group), *sides, *within]
        case OnlyCanReach():
            sources: list[tuple[Group, Role]] = [(one, from_group) for one in claim.sources]
            return [*sources, (claim.destination, to_group)]
        case IsolatedFrom():
            return [(claim.left, from_group), (claim.right, to_group)]
        case DeniedByDefault():
            return [(claim.group, at_pod)]
        case _:
            assert_never(claim)


def at_pod(connection: Connection, group: Group) -> bool:
    """Whether one end of the connection is a pod of the group."""
    leaves = isinstance(connection.source, PodEndpoint) and from_group(connection, group)
    enters = isinstance(connection.destination, PodEndpoint) and to_group(connection, group)
    return leaves or enters


def everything(
    cluster: Cluster, world: World, mentioned: Mentions, assumptions: Assumptions
) -> Iterator[Connection]:
    """A connection of the world of every kind that the mentions can tell apart."""
    assumed = Assumption.UNKNOWN_POD_ADDRESSES in assumptions and bool(mentioned.blocks)
    running = cluster.workloads if world is World.SNAPSHOT else ()
    # Sources and destinations have other addresses of a region, where it holds several (A.29).
    free = {
        (host, at): regions(mentioned.blocks, known_addresses(running, host), at)
        for host in (False, True)
        for at in (FIRST, LAST)
    }
    known = known_addresses(running, host_network=False)
    blocks = mentioned.blocks

    def outside(pod: PodEndpoint, at: int) -> list[ExternalEndpoint]:
        """An address of each region, other than the addresses of the pod's own node (A.42)."""
        of_node = {*pod.node_addresses}
        listed = regions(blocks, known | of_node, at) if of_node else free[False, at]
        return [ExternalEndpoint(one) for one in listed]

    for source, destination in pairs(cluster, world, mentioned, outside):
        for family in families(source, destination):
            ends = product(
                with_address(source, family, free if assumed else {}, FIRST),
                with_address(destination, family, free if assumed else {}, LAST),
            )
            for (one, other), protocol, port in product(ends, Protocol, mentioned.edges):
                for end in with_ports(other, world, mentioned, protocol, port):
                    found = Connection(one, end, protocol, port, family)
                    if in_scope(found, assumptions):
                        yield found


def extent(cluster: Cluster, world: World, mentioned: Mentions, assumptions: Assumptions) -> int:
    """No fewer than the connections that `everything` yields for an open world."""
    outside = regions(mentioned.blocks, set())
    assumed = Assumption.UNKNOWN_POD_ADDRESSES in assumptions and bool(mentioned.blocks)
    supplied = [
        sum(family_of(one) is family for one in outside) if assumed else 1 for family in Family
    ]
    pods = sum(1 for _ in open_pods(cluster, world, mentioned, "p"))
    ends = pods * pods * sum(count * count for count in supplied)
    ends += 2 * pods * len(outside) * max(supplied)
    return ends * len(Protocol) * len(mentioned.edges) << len(mentioned.port_names)


def pairs(
    cluster: Cluster,
    world: World,
    mentioned: Mentions,
    outside: Callable[[PodEndpoint, int], Sequence[ExternalEndpoint]],
) -> Iterator[tuple[Endpoint, Endpoint]]:
    """Two pods whose namespaces go together, or a pod and an address, either way."""
    if world is World.SNAPSHOT:
        pods = list(pods_of(cluster))
        others = pods
    else:
        pods, others = (list(open_pods(cluster, world, mentioned, one)) for one in ("p", "q"))
    for one, other in product(pods, others):
        if one.namespace.name != other.namespace.name or one.namespace == other.namespace:
            yield one, other
    yield from ((address, pod) for pod in pods for address in outside(pod, FIRST))
    yield from ((pod, address) for pod in pods for address in outside(pod, LAST))


def open_pods(
    cluster: Cluster, world: World, mentioned: Mentions, name: str
) -> Iterator[PodEndpoint]:
    """A pod of every profile in every namespace of an open world."""
    for namespace in open_namespaces(cluster, world, mentioned):
        for labels in profiles(mentioned.pod_selectors):
            for account in (*mentioned.accounts, "unheard"):
                yield PodEndpoint(namespace, name, labels, invented=True, service_account=account)


def open_namespaces(cluster: Cluster, world: World, mentioned: Mentions) -> Iterator[Namespace]:
    """The namespaces of an open world, those with free labels once for each profile."""
    declared = {one.name: one for one in cluster.namespaces if one.declared}
    names = [*mentioned.namespaces]
    if world is World.ANY_CLUSTER:
        declared = {}
        names += [OTHER, f"{OTHER}-2"]
    for name in names:
        if name in declared:
            yield declared[name]
            continue
        for labels in profiles(mentioned.namespace_selectors):
            full = tuple(sorted((dict(labels) | {NAME_LABEL: name}).items()))
            yield Namespace(name, full, declared=False)


def profiles(selectors: Iterable[LabelSelector]) -> list[Labels]:
    """Per mentioned key: absent, each mentioned value, or another one."""
    values: dict[str, set[str]] = {}
    for selector in selectors:
        for requirement in selector.requirements:
            values.setdefault(requirement.key, {OTHER}).update(requirement.values)
    values.pop(NAME_LABEL, None)
    choices = [
        [None, *((key, value) for value in sorted(found))] for key, found in sorted(values.items())
    ]
    return [tuple(pair for pair in choice if pair is not None) for choice in product(*choices)]


def with_ports(
    end: Endpoint, world: World, mentioned: Mentions, protocol: Protocol, port: int
) -> Iterator[Endpoint]:
    """The end; a pod of an open world with and without each mentioned name for the port."""
    if isinstance(end, ExternalEndpoint) or world is World.SNAPSHOT:
        yield end
        return
    choices = ([None, ContainerPort(name, protocol, port)] for name in mentioned.port_names)
    for choice in product(*choices):
        yield replace(end, ports=tuple(one for one in choice if one is not None))


def known_addresses(running: Iterable[Workload], host_network: bool) -> set[str]:
    """The addresses that a pod cannot be supplied with; a node's are shared (A.29, A.45)."""
    others = (one for one in running if not (host_network and one.host_network))
    return {address for one in others for address in one.addresses}


def with_address(
    end: Endpoint, family: Family, free: Mapping[tuple[bool, int], Sequence[str]], at: int
) -> Iterator[Endpoint]:
    """The end; a pod without a known address once with each of those that are supplied."""
    if isinstance(end, ExternalEndpoint) or end.addresses or not free:
        yield end
        return
    for address in free[end.host_network, at]:
        if family_of(address) is not family:
            continue
        yield replace(end, addresses=(address,), supplied=True)


def families(source: Endpoint, destination: Endpoint) -> list[Family]:
    """That of an address; between pods both."""
    for end in (source, destination):
        if isinstance(end, ExternalEndpoint):
            return [family_of(end.address)]
    return [*Family]


def family_of(address: str) -> Family:
    """The family of an address."""
    return Family(ip_address(address).version)


FIRST, LAST = 0, -1


def regions(blocks: Iterable[str], taken: set[str], at: int = FIRST) -> list[str]:
    """An address of each region that the blocks cut out of either family, but for `taken`.

    It is the first of a few, or the last of them.
    """
    found: list[str] = []
    for family, base in ((Family.IPV4, "0.0.0.0"), (Family.IPV6, "::")):
        nets = [one for one in map(ip_network, blocks) if one.version == family.value]
        starts = {0, *(int(one[0]) for one in nets), *(int(one[-1]) + 1 for one in nets)}
        end = 1 << ip_address(base).max_prefixlen
        bounds = [*sorted(start for start in starts if start < end), end]
        for first, after in pairwise(bounds):
            candidates = (str(type(ip_address(base))(n)) for n in range(first, after))
            free = list(islice((one for one in candidates if one not in taken), 6))
            found += free[at:][:1]
    return found


@dataclass(frozen=True, slots=True)
class Found:
    """The verdict on a claim, and for a vacuous one its empty groups if it is for want of them."""

    outcome: Outcome
    empty: frozenset[str] = frozenset()


def verdict_on(
    policies: Sequence[NetworkPolicy],
    claim: ConnectionClaim,
    connections: Sequence[Connection],
    assumptions: Assumptions,
) -> Found:
    """The verdict on the claim, if these are all the connections there are."""
    roles = roles_of(claim)
    empty = frozenset(
        group.text
        for group, has in roles
        if not holds_addresses(group.endpoints) and not any(has(one, group) for one in connections)
    )
    if empty:
        return Found(Outcome.VACUOUS, empty)
    meant = [one for one in connections if speaks_of(claim, one)]
    if not meant:
        return Found(Outcome.VACUOUS)
    decided = ((one, decide(policies, one, assumptions)) for one in meant)
    if isinstance(claim, MayReach):
        witnessed = any(satisfies(claim, one, decision) for one, decision in decided)
        return Found(Outcome.PROVED if witnessed else Outcome.REFUTED)
    broken = any(breaks(claim, one, decision) for one, decision in decided)
    return Found(Outcome.REFUTED if broken else Outcome.PROVED)


def holds_addresses(endpoints: EndpointSet) -> bool:
    """Whether the group is of addresses, of which every world holds all (docs/worlds.md)."""
    match endpoints:
        case AnyOf(members):
            return any(holds_addresses(one) for one in members)
        case _:
            return not isinstance(endpoints, PodsWhere | PodNamed)


def speaks_of(claim: ConnectionClaim, connection: Connection) -> bool:
    """Whether the claim says anything of the connection (docs/claims.md)."""
    match claim:
        case CannotReach() | CanReach() | MayReach():
            return concerns(claim, connection)
        case CanReachOnly():
            inside = claim.within is None or to_group(connection, claim.within)
            return inside and from_group(connection, claim.source)
        case OnlyCanReach():
            return to_group(connection, claim.destination) and on_ports(connection, claim.ports)
        case IsolatedFrom():
            return joins(claim, connection)
        case DeniedByDefault():
            return at_pod(connection, claim.group)
        case _:
            assert_never(claim)
