"""Points by the ports on which something is admitted: the form of profiles and rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

from netproof.connectivity.points import Bits, united
from netproof.connectivity.portsets import NOTHING, PortId, PortSets

Admission = tuple[Bits, PortId]
"""Some points, and ports on which they are admitted."""

Partition = tuple[tuple[PortId, Bits], ...]
"""Port sets with the points that are admitted on exactly these; others are not admitted."""


def joined(sets: PortSets, admissions: Iterable[Admission]) -> Partition:
    """The points by the union of the ports on which they are admitted (A.5)."""
    by_ports: dict[PortId, Bits] = defaultdict(int)
    for points, ports in admissions:
        by_ports[ports] |= points
    by_ports.pop(NOTHING, None)
    return _overlaid(by_ports, NOTHING, sets.union)


def gathered(admitted: Mapping[PortId, Bits]) -> Iterable[tuple[frozenset[PortId], Bits]]:
    """The points by all the ports, each by itself, on which they are admitted."""
    each = {frozenset((ports,)): points for ports, points in admitted.items()}
    return _overlaid(each, frozenset(), frozenset.union)


_Key = TypeVar("_Key")


def _overlaid(
    given: Mapping[_Key, Bits], nothing: _Key, either: Callable[[_Key, _Key], _Key]
) -> tuple[tuple[_Key, Bits], ...]:
    """The points by what comes of all that is given for them, one after the other."""
    parts = {nothing: united(given.values())}
    for key, points in given.items():
        for old, members in list(parts.items()):
            moved = members & points
            if moved and (new := either(old, key)) != old:
                parts[old] ^= moved
                parts[new] = parts.get(new, 0) | moved
    del parts[nothing]
    return tuple((key, points) for key, points in parts.items() if points)


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
