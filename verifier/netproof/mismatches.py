"""Why a policy, a peer or the ports of a rule do not match: the first condition that fails."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import assert_never

from netproof.oracle.addresses import addresses_of, block_matches, in_block
from netproof.oracle.endpoints import is_node, policed_pod
from netproof.oracle.labels import holds
from netproof.oracle.network_policy import types_of
from netproof.oracle.ports import ports_match, protocol_of, resolve
from netproof_specs.assumptions import Assumptions
from netproof_specs.locations import Location
from netproof_specs.model.cluster import Policy
from netproof_specs.model.connections import Connection, Endpoint, ExternalEndpoint, PodEndpoint
from netproof_specs.model.labels import Labels, LabelSelector, Operator, Requirement
from netproof_specs.model.network_policy import BlockPeer, Peer, PodPeer, PolicyPort
from netproof_specs.model.traffic import Direction, Family, PortName, PortRange


class Condition(Enum):
    """What can fail, in the order in which it is looked at."""

    DIRECTION = "direction"
    KIND = "kind"
    NAMESPACE = "namespace"
    NAMESPACE_LABELS = "namespace-labels"
    POD_LABELS = "pod-labels"
    ADDRESS_BLOCK = "address-block"
    PORT = "port"


@dataclass(frozen=True, slots=True)
class Mismatch:
    """A condition that fails: what the policy wants, and where it says so, and what there is."""

    condition: Condition
    wanted: str
    found: str
    where: Location | None


def subject_mismatch(policy: Policy, pod: PodEndpoint, direction: Direction) -> Mismatch | None:
    """Why a policy of the pod's namespace does not select the pod; `None` iff it does (A.3)."""
    types = types_of(policy)
    if direction not in types:
        listed = ", ".join(one.value for one in Direction if one in types)
        given = policy.policy_types
        wanted = f"policyTypes {listed}" if given else f"the default of policyTypes, {listed},"
        return Mismatch(Condition.DIRECTION, wanted, direction.value, policy.where)
    return _selector_mismatch(Condition.POD_LABELS, policy.subject, pod.labels, policy.where)


def peer_mismatch(
    peer: Peer, namespace: str, other: Endpoint, family: Family, assumptions: Assumptions
) -> Mismatch | None:
    """Why a peer of a policy in the namespace does not match the other end; `None` iff it does."""
    match peer:
        case PodPeer():
            return _pod_mismatch(peer, namespace, other, assumptions)
        case BlockPeer():
            return _block_mismatch(peer, other, family, assumptions)
        case _:
            assert_never(peer)


def _pod_mismatch(
    peer: PodPeer, namespace: str, other: Endpoint, assumptions: Assumptions
) -> Mismatch | None:
    pod = policed_pod(other, assumptions)
    if pod is None:
        return Mismatch(Condition.KIND, "pods by their labels", _not_a_pod(other), peer.where)
    if peer.namespaces is None and pod.namespace.name != namespace:
        wanted = f"a pod of the policy's own namespace {namespace}"
        found = f"namespace {pod.namespace.name}"
        return Mismatch(Condition.NAMESPACE, wanted, found, peer.where)
    if peer.namespaces is not None:
        mismatch = _selector_mismatch(
            Condition.NAMESPACE_LABELS, peer.namespaces, pod.namespace.labels, peer.where
        )
        if mismatch is not None:
            return mismatch
    if peer.pods is None:
        return None
    return _selector_mismatch(Condition.POD_LABELS, peer.pods, pod.labels, peer.where)


def _not_a_pod(other: Endpoint) -> str:
    if isinstance(other, ExternalEndpoint):
        return f"{other.address}, an address outside the cluster"
    return "a hostNetwork pod, which counts as its node"


def _selector_mismatch(
    condition: Condition, selector: LabelSelector, labels: Labels, where: Location | None
) -> Mismatch | None:
    """The first requirement that the labels do not meet."""
    mapping = dict(labels)
    for one in selector.requirements:
        if not holds(one, mapping):
            place = one.where or selector.where or where
            return Mismatch(condition, requirement_text(one), _label_found(one, labels), place)
    return None


def requirement_text(one: Requirement) -> str:
    """The requirement as kubectl writes it."""
    match one.operator:
        case Operator.IN:
            if len(one.values) == 1:
                return f"{one.key}={one.values[0]}"
            return f"{one.key} in ({', '.join(one.values)})"
        case Operator.NOT_IN:
            if len(one.values) == 1:
                return f"{one.key}!={one.values[0]}"
            return f"{one.key} notin ({', '.join(one.values)})"
        case Operator.EXISTS:
            return f"{one.key} (any value)"
        case Operator.DOES_NOT_EXIST:
            return f"no {one.key}"
        case _:
            assert_never(one.operator)


def _label_found(one: Requirement, labels: Labels) -> str:
    """The value of the requirement's key, or that it is absent, with a key that looks like it."""
    for key, value in labels:
        if key == one.key:
            return f"{key}={value}"
    for key, value in labels:
        if key.lower() == one.key.lower():
            return f"no label {one.key}, but {key}={value}: case matters"
    return f"no label {one.key}"


def _block_mismatch(
    peer: BlockPeer, other: Endpoint, family: Family, assumptions: Assumptions
) -> Mismatch | None:
    known = addresses_of(other, family, assumptions)
    if any(block_matches(peer, address) for address in known):
        return None
    wanted = f"an address in {peer.cidr}"
    if peer.excepts:
        wanted += f" except {', '.join(peer.excepts)}"
    found = _address_found(peer, known, other, assumptions)
    return Mismatch(Condition.ADDRESS_BLOCK, wanted, found, peer.where)


def _address_found(
    peer: BlockPeer, known: tuple[str, ...], other: Endpoint, assumptions: Assumptions
) -> str:
    for address in known:
        for except_ in peer.excepts:
            if in_block(address, peer.cidr) and in_block(address, except_):
                return f"{address}, which is in the exception {except_}"
    other_family = all((":" in address) != (":" in peer.cidr) for address in known)
    if known:
        return ", ".join(known) + (", of the other address family" if other_family else "")
    if isinstance(other, ExternalEndpoint):
        return other.address
    if not other.addresses:
        return "a pod whose address the input does not give"
    if not is_node(other, assumptions) and not _matched_by_blocks(other, assumptions):
        return f"a pod at {', '.join(other.addresses)}: ipBlocks are taken not to match pods"
    return f"a pod at {', '.join(other.addresses)}, of the other address family"


def _matched_by_blocks(pod: PodEndpoint, assumptions: Assumptions) -> bool:
    return any(addresses_of(pod, family, assumptions) for family in Family)


def ports_mismatch(
    ports: Sequence[PolicyPort],
    connection: Connection,
    assumptions: Assumptions,
    where: Location | None,
) -> Mismatch | None:
    """Why no element of a rule's ports matches the connection; `None` iff one does (A.31)."""
    if ports_match(ports, connection, assumptions):
        return None
    wanted = " or ".join(port_text(one, connection, assumptions) for one in ports)
    found = f"{connection.protocol.value} {connection.port}"
    return Mismatch(Condition.PORT, wanted, found, ports[0].where or where)


def port_text(port: PolicyPort, connection: Connection, assumptions: Assumptions) -> str:
    """`TCP 80`, `TCP 8000-8100`, `any UDP`, or a name with what it is on the destination."""
    protocol = protocol_of(port)
    match port.port:
        case None:
            return f"any {protocol.value}"
        case PortRange(first, last):
            return f"{protocol.value} {first}" + (f"-{last}" if last > first else "")
        case PortName(name):
            numbers = resolve(name, protocol, connection.destination, assumptions)
            there = ", ".join(map(str, sorted(numbers))) or "which the destination does not declare"
            return f"{protocol.value} `{name}` ({there})"
        case _:
            assert_never(port.port)
