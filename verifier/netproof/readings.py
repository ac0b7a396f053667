"""How a claim is read: its quantified expansion in one sentence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import assert_never

from netproof.oracle.claims import member
from netproof_encodings.claims import groups_of
from netproof_encodings.worlds import Scene
from netproof_specs.claims import (
    AddressBlock,
    CannotReach,
    CanReach,
    CanReachOnly,
    ConnectionClaim,
    DeniedByDefault,
    EndpointSet,
    External,
    Group,
    GroupOnPorts,
    IsolatedFrom,
    MayReach,
    OnlyCanReach,
    PodNamed,
    PodsWhere,
    Ports,
)
from netproof_specs.model.connections import PodEndpoint, pod_of
from netproof_specs.worlds import World


def reading_of(claim: ConnectionClaim, world: World, census: Census) -> str:
    """The claim as a quantified sentence, with the number of pods in each group."""
    return f"{sentence_of(claim)}; {_range_of(claim, world, census)}"


def _range_of(claim: ConnectionClaim, world: World, census: Census) -> str:
    match world:
        case World.SNAPSHOT:
            groups = dict.fromkeys(groups_of(claim))
            counts = (_count(census, group) for group in groups)
            return ", ".join(text for text in counts if text) or "for the pods of the input"
        case World.ANY_PODS:
            return "for any pods, with any labels, in the namespaces of the input"
        case World.ANY_CLUSTER:
            return "for any pods in any namespaces, with any labels"
        case _:
            assert_never(world)


def _count(census: Census, group: Group) -> str:
    """How many pods the group has; nothing of a group that need not have any."""
    number = count(census, group.endpoints)
    if number == 0 and isinstance(group.endpoints, External | AddressBlock):
        return ""
    return f"{number} {'pod' if number == 1 else 'pods'} in {group.text}"


Census = Mapping[str, Sequence[tuple[PodEndpoint, int]]]
"""One pod of each class with the number of pods that are like it, by namespace."""


def census_of(scene: Scene) -> Census:
    """The pods of the scene's cluster, counted once for all claims."""
    namespaces = {one.name: one for one in scene.cluster.namespaces}
    found: dict[str, list[tuple[PodEndpoint, int]]] = {}
    for one in scene.classes:
        pod = pod_of(one.members[0], namespaces[one.namespace], 1)
        found.setdefault(one.namespace, []).append((pod, one.pods))
    return found


def count(census: Census, endpoints: EndpointSet) -> int:
    """How many pods belong to the group, which the scene of the census must know."""
    match endpoints:
        case PodsWhere(namespace=str() as namespace) | PodNamed(namespace):
            pods: Iterable[tuple[PodEndpoint, int]] = census.get(namespace, ())
        case _:
            pods = chain.from_iterable(census.values())
    return sum(number for pod, number in pods if member(pod, endpoints))


def sentence_of(claim: ConnectionClaim) -> str:
    match claim:
        case CannotReach(source, destination, ports):
            return f"no connection from {source.text} to {_on(destination, ports)} is allowed"
        case CanReach(source, destination, ports):
            return f"every connection from {source.text} to {_on(destination, ports)} is allowed"
        case MayReach(source, destination, ports):
            return (
                f"at least one connection from {source.text} to {_on(destination, ports)} "
                "is allowed"
            )
        case CanReachOnly(source, destinations, within):
            scope = f" to {within.text}" if within is not None else ""
            sides = " or to ".join(_side(one) for one in destinations)
            return f"every allowed connection from {source.text}{scope} goes to {sides}"
        case OnlyCanReach(sources, destination, ports):
            names = " or ".join(one.text for one in sources)
            return f"every allowed connection to {_on(destination, ports)} comes from {names}"
        case IsolatedFrom(left, right):
            return (
                f"no connection from {left.text} to {right.text}, nor from {right.text} "
                f"to {left.text}, is allowed"
            )
        case DeniedByDefault(group):
            return (
                f"every connection from or to a pod in {group.text} is decided by some policy "
                "at that pod"
            )
        case _:
            assert_never(claim)


def _side(side: GroupOnPorts) -> str:
    return _on(side.group, side.ports)


def _on(group: Group, ports: Ports) -> str:
    return f"{group.text} on {ports_text(ports)}"


def ports_text(ports: Ports) -> str:
    """Ports as a sentence has them: `TCP 80 or UDP 53`, `any port`."""
    if not ports:
        return "any port"
    return " or ".join(
        f"{one.protocol.value} {_range(one.first, one.last)}" for one in ports
    )


def _range(first: int, last: int) -> str:
    if (first, last) == (1, 65535):
        return "on any port"
    return str(first) if first == last else f"{first} to {last}"
