"""Points by the ports on which something is admitted: the form of profiles and rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable

from netproof.connectivity.points import Bits
from netproof.connectivity.portsets import NOTHING, PortId, PortSets

Admission = tuple[Bits, PortId]
"""Some points, and ports on which they are admitted."""

Partition = tuple[tuple[PortId, Bits], ...]
"""Port sets with the points that are admitted on exactly these; others are not admitted."""


def joined(
    sets: PortSets,
    admissions: Iterable[Admission],
    either: Callable[[PortId, PortId], PortId] | None = None,
) -> Partition:
    """The points by the union of the ports on which they are admitted (A.5).

    The union of two sets may be another one than that of their ports: `either`.
    """
    either = either or sets.union
    by_ports: dict[PortId, Bits] = defaultdict(int)
    for points, ports in admissions:
        by_ports[ports] |= points
    by_ports.pop(NOTHING, None)
    parts: dict[PortId, Bits] = {NOTHING: 0}
    for points in by_ports.values():
        parts[NOTHING] |= points
    for ports, points in by_ports.items():
        for old, members in list(parts.items()):
            moved = members & points
            if moved and (new := either(old, ports)) != old:
                parts[old] ^= moved
                parts[new] = parts.get(new, 0) | moved
    del parts[NOTHING]
    return tuple((ports, points) for ports, points in parts.items() if points)


def within(sets: PortSets, partition: Partition, limits: Iterable[Admission]) -> Partition:
    """What both admit, for limits that name no point twice."""
    found: dict[PortId, Bits] = defaultdict(int)
    limits = tuple(limits)
    for ports, points in partition:
        for allowed, limit in limits:
            if points & allowed:
                found[sets.intersection(ports, limit)] |= points & allowed
    found.pop(NOTHING, None)
    return tuple(found.items())
