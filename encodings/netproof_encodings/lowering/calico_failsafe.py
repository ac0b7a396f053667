"""The ports that host endpoints keep open before all policies; twin of `netproof.oracle.failsafe`.

Host endpoints of nodes that keep the same ports open are one subject, so that a thousand nodes
under one configuration cost what one costs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from netproof_encodings.decision.conditions import (
    ALWAYS,
    End,
    HasProtocol,
    InBlock,
    Match,
    OnPorts,
    Seen,
    every,
    some,
    subject_end,
)
from netproof_specs.model.cluster import AnyPolicy
from netproof_specs.model.felix import FailsafePort, FelixConfiguration
from netproof_specs.model.traffic import Direction, PortRange, Protocol

OF_ALL = "default"
OF_NODE = "node."
_BOTH_WAYS = (179, 2379, 2380, 5473, 6443, 6666, 6667)


class Opening(NamedTuple):
    """A port that is kept open, to the addresses of a block, or to all where that is empty."""

    protocol: Protocol
    port: int
    net: str = ""


Openings = frozenset[Opening]

_BY_DEFAULT: Mapping[Direction, Openings] = {
    Direction.INGRESS: frozenset(
        {*(Opening(Protocol.TCP, n) for n in (22, *_BOTH_WAYS)), Opening(Protocol.UDP, 68)}
    ),
    Direction.EGRESS: frozenset(
        {
            *(Opening(Protocol.TCP, n) for n in _BOTH_WAYS),
            *(Opening(Protocol.UDP, n) for n in (53, 67)),
        }
    ),
}

Configurations = Mapping[str, FelixConfiguration]
"""The configurations of agents, by name."""


def configurations(policies: Iterable[AnyPolicy]) -> Configurations:
    """The configurations of the input that state failsafe ports."""
    return {one.name: one for one in policies if isinstance(one, FelixConfiguration)}


def openings(given: Configurations, node: str, direction: Direction) -> Openings:
    """What hosts of the node keep open: each list by itself, of the node, then of all (D.36)."""
    for name in (f"{OF_NODE}{node}", OF_ALL):
        listed = _listed(given.get(name), direction)
        if listed is not None:
            return frozenset(Opening(one.protocol, one.port, one.net) for one in listed)
    return _BY_DEFAULT[direction]


def _listed(
    one: FelixConfiguration | None, direction: Direction
) -> tuple[FailsafePort, ...] | None:
    if one is None:
        return None
    return one.inbound if direction is Direction.INGRESS else one.outbound


def opened(ports: Openings, direction: Direction) -> Match:
    """The connection is on one of the ports, with an address of its block (D.36)."""
    remote = subject_end(direction).opposite
    return some(_opened(one, remote) for one in sorted(ports, key=_place))


def _place(one: Opening) -> tuple[str, int, str]:
    return one.protocol.value, one.port, one.net


def _opened(one: Opening, remote: End) -> Match:
    there = InBlock(remote, one.net, Seen.ALWAYS) if one.net else ALWAYS
    return every((HasProtocol(one.protocol), OnPorts(PortRange(one.port, one.port)), there))


def named_nodes(given: Configurations) -> frozenset[str]:
    """The nodes that have a configuration of their own."""
    return frozenset(name.removeprefix(OF_NODE) for name in given if name.startswith(OF_NODE))


def unlike_nodes(*versions: Configurations) -> tuple[tuple[str, ...], ...]:
    """Nodes that keep other ports open than most in some version, those alike in all together."""
    told: dict[object, list[str]] = {}
    for node in sorted(frozenset().union(*map(named_nodes, versions))):
        told.setdefault(tuple(_of_node(given, node) for given in versions), []).append(node)
    told.pop(tuple(_of_node(given, "") for given in versions), None)
    return tuple(map(tuple, told.values()))


def _of_node(given: Configurations, node: str) -> tuple[Openings, ...]:
    return tuple(openings(given, node, direction) for direction in Direction)


def alike(
    nodes: Sequence[str], given: Configurations, direction: Direction
) -> Mapping[Openings, list[int]]:
    """The places of the nodes by what hosts there keep open, in order of the first."""
    known: dict[str, Openings] = {}
    found: dict[Openings, list[int]] = {}
    for place, node in enumerate(nodes):
        if node not in known:
            known[node] = openings(given, node, direction) if given else _BY_DEFAULT[direction]
        found.setdefault(known[node], []).append(place)
    return found
