"""Sets of connections that one end takes part in: other ends by ports."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from netproof.connectivity.partitions import Admission, joined
from netproof.connectivity.points import Bits
from netproof.connectivity.portsets import EVERYTHING, NOTHING, PortId, PortSets

Flow = tuple[Admission, ...]
"""A set of connections: those to or from some points on some ports, of one part or another.

Parts may overlap: only what takes something away has to know the points apart.
"""

NO_FLOW: Flow = ()


class Flows:
    """The operations on flows over some points; a class because all of them share these."""

    def __init__(self, sets: PortSets, points: Bits) -> None:
        self.sets = sets
        self._points = points
        self.everything: Flow = ((points, EVERYTHING),)

    def on(self, ports: PortId) -> Flow:
        """The connections on some ports, whatever the other end is."""
        return NO_FLOW if ports == NOTHING else ((self._points, ports),)

    def either(self, parts: Iterable[Flow]) -> Flow:
        """The connections in some part."""
        listed = [one for one in parts if one]
        if len(listed) < 2:
            return listed[0] if listed else NO_FLOW
        if self.everything in listed:
            return self.everything
        by_points: dict[Bits, PortId] = {}
        for part in listed:
            for points, ports in part:
                by_points[points] = self.sets.union(by_points.get(points, NOTHING), ports)
        return _by_ports((points, ports) for points, ports in by_points.items())

    def both(self, left: Flow, right: Flow) -> Flow:
        """The connections in both."""
        if not left or right == self.everything:
            return left
        if not right or left == self.everything:
            return right
        common = self.sets.intersection
        return _by_ports(
            (points & others, common(ports, limit))
            for points, ports in left
            for others, limit in right
            if points & others
        )

    def all_of(self, parts: Iterable[Flow]) -> Flow:
        """The connections in every part."""
        points, ports, wide = self._points, EVERYTHING, []
        for part in parts:
            if len(part) == 1:
                points &= part[0][0]
                ports = self.sets.intersection(ports, part[0][1])
            else:
                wide.append(part)
        found: Flow = ((points, ports),) if points and ports else NO_FLOW
        for part in wide:
            found = self.both(found, part)
        return found

    def without(self, part: Flow) -> Flow:
        """The connections that are not in the part."""
        covered, left = 0, []
        for ports, points in joined(self.sets, part):
            covered |= points
            left.append((points, self.sets.complement(ports)))
        return _by_ports((*left, (self._points & ~covered, EVERYTHING)))


def _by_ports(parts: Iterable[Admission]) -> Flow:
    """The parts as one for each set of ports, without what is empty."""
    by_ports: dict[PortId, Bits] = defaultdict(int)
    for points, ports in parts:
        by_ports[ports] |= points
    return tuple((points, ports) for ports, points in by_ports.items() if points and ports)
