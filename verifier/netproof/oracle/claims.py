"""Claims on one concrete connection: membership, counterexamples, witnesses."""

from __future__ import annotations

from typing import assert_never

from netproof.decisions import Decision
from netproof.oracle.addresses import (
    all_addresses,
    in_block,
    is_supplied,
    shared_address,
    without_address,
)
from netproof.oracle.endpoints import from_own_node, same_pod, to_own_node
from netproof.oracle.labels import matches
from netproof_specs.assumptions import Assumptions
from netproof_specs.claims import (
    AddressBlock,
    AnyOf,
    Anything,
    CannotReach,
    CanReach,
    CanReachOnly,
    ConnectionClaim,
    DeniedByDefault,
    EndpointSet,
    External,
    Group,
    HostNamed,
    HostsWhere,
    IsolatedFrom,
    MayReach,
    OnlyCanReach,
    PodNamed,
    PodsWhere,
    Ports,
)
from netproof_specs.model.connections import Connection, Endpoint, ExternalEndpoint, PodEndpoint
from netproof_specs.model.hosts import HostEndpoint
from netproof_specs.model.traffic import Family


def member(endpoint: Endpoint, group: EndpointSet, family: Family | None = None) -> bool:
    """True iff the endpoint is in the group, whatever policies and assumptions say of it.

    On a connection of a family only the endpoint's addresses of that family count (A.27);
    `None` asks apart from any connection, where all of them do.
    """
    match group:
        case PodsWhere():
            return isinstance(endpoint, PodEndpoint) and is_where(endpoint, group)
        case PodNamed():
            return isinstance(endpoint, PodEndpoint) and is_named(endpoint, group)
        case AddressBlock(cidr):
            known = known_addresses(endpoint, family)
            return any(in_block(address, cidr) for address in known)
        case HostsWhere(hosts):
            return isinstance(endpoint, HostEndpoint) and (
                hosts is None or matches(hosts, endpoint.labels)
            )
        case HostNamed(name):
            return isinstance(endpoint, HostEndpoint) and endpoint.name == name
        case External():
            return isinstance(endpoint, ExternalEndpoint)
        case Anything():
            return True
        case AnyOf(members):
            return any(member(endpoint, one, family) for one in members)
        case _:
            assert_never(group)


def is_where(pod: PodEndpoint, group: PodsWhere) -> bool:
    """True iff the pod meets every criterion that is given."""
    return (
        (group.namespace is None or pod.namespace.name == group.namespace)
        and (group.namespaces is None or matches(group.namespaces, pod.namespace.labels))
        and (group.pods is None or matches(group.pods, pod.labels))
        and group.account in (None, pod.service_account)
    )


def is_named(pod: PodEndpoint, group: PodNamed) -> bool:
    """True iff the pod or its owner has the name, and the kind where one is given."""
    names = [(pod.kind, pod.name), *([] if pod.owner is None else [pod.owner])]
    return pod.namespace.name == group.namespace and any(
        name == group.name and group.kind in (None, kind) for kind, name in names
    )


def known_addresses(endpoint: Endpoint, family: Family | None) -> tuple[str, ...]:
    """The addresses of the family that the endpoint is known by; of both for `None`.

    One that an assumption supplies is not known (A.29).
    """
    if is_supplied(endpoint):
        return ()
    return all_addresses(endpoint, family)


def on_ports(connection: Connection, ports: Ports) -> bool:
    """True iff the claim's ports are not given or include the connection's."""
    return not ports or any(
        connection.protocol is port.protocol and port.first <= connection.port <= port.last
        for port in ports
    )


def in_scope(connection: Connection, assumptions: Assumptions) -> bool:
    """True iff claims speak of the connection at all (A.27, A.41 to A.43).

    They do not speak of a pod and itself, of a pod and its own node, of two external addresses,
    of an address family in which a pod has no address, nor of an end that an assumption supplies
    with the other's address.
    """
    return not (
        same_pod(connection)
        or from_own_node(connection, assumptions)
        or to_own_node(connection, assumptions)
        or both_external(connection)
        or without_address(connection)
        or shared_address(connection)
    )


def both_external(connection: Connection) -> bool:
    """True iff no pod takes part in the connection."""
    return isinstance(connection.source, ExternalEndpoint) and isinstance(
        connection.destination, ExternalEndpoint
    )


def breaks(claim: ConnectionClaim, connection: Connection, decision: Decision) -> bool:
    """True iff the connection, which must be in scope, is a counterexample to the claim.

    No single connection breaks a `may reach` claim.
    """
    match claim:
        case CannotReach():
            return decision.allowed and concerns(claim, connection)
        case CanReach():
            return not decision.allowed and concerns(claim, connection)
        case CanReachOnly():
            return decision.allowed and strays(claim, connection)
        case OnlyCanReach():
            return decision.allowed and intrudes(claim, connection)
        case MayReach():
            return False
        case IsolatedFrom():
            return decision.allowed and joins(claim, connection)
        case DeniedByDefault(group):
            return stays_open(group, connection, decision)
        case _:
            assert_never(claim)


def satisfies(claim: MayReach, connection: Connection, decision: Decision) -> bool:
    """True iff the connection, which must be in scope, is a witness of the claim."""
    return decision.allowed and concerns(claim, connection)


def concerns(claim: CannotReach | CanReach | MayReach, connection: Connection) -> bool:
    """True iff the connection leads from A to B on P."""
    return (
        from_group(connection, claim.source)
        and to_group(connection, claim.destination)
        and on_ports(connection, claim.ports)
    )


def strays(claim: CanReachOnly, connection: Connection) -> bool:
    """True iff the connection leads from A (to S) to none of the places that the claim lists."""
    within = claim.within is None or to_group(connection, claim.within)
    return (
        from_group(connection, claim.source)
        and within
        and not any(
            to_group(connection, side.group) and on_ports(connection, side.ports)
            for side in claim.destinations
        )
    )


def intrudes(claim: OnlyCanReach, connection: Connection) -> bool:
    """True iff the connection leads to B on P from none of the sources that the claim lists."""
    return (
        to_group(connection, claim.destination)
        and on_ports(connection, claim.ports)
        and not any(from_group(connection, source) for source in claim.sources)
    )


def joins(claim: IsolatedFrom, connection: Connection) -> bool:
    """True iff the connection leads from one of the two groups to the other."""
    left, right = claim.left, claim.right
    return (from_group(connection, left) and to_group(connection, right)) or (
        from_group(connection, right) and to_group(connection, left)
    )


def stays_open(group: Group, connection: Connection, decision: Decision) -> bool:
    """True iff one end is a pod of the group and no policy decides the connection there."""
    leaves = isinstance(connection.source, PodEndpoint) and from_group(connection, group)
    enters = isinstance(connection.destination, PodEndpoint) and to_group(connection, group)
    return (leaves and decision.egress.undecided) or (enters and decision.ingress.undecided)


def from_group(connection: Connection, group: Group) -> bool:
    """True iff the source is in the group, by its addresses of the connection's family."""
    return member(connection.source, group.endpoints, connection.family)


def to_group(connection: Connection, group: Group) -> bool:
    """True iff the destination is in the group, by its addresses of the connection's family."""
    return member(connection.destination, group.endpoints, connection.family)
