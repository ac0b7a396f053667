"""Which ends of a map are one pod, or a pod and its own node: left out of it (A.41 to A.43)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from netproof.connectivity.partitions import Partition
from netproof.connectivity.points import Bits
from netproof.connectivity.relation import Relation
from netproof.connectivity.units import Unit, UnitPart


def meet_outside(unit: Unit, other: Unit) -> bool:
    """Whether some endpoint of the unit has connections with outside addresses of the other."""
    return any(other.outside & ~part.own for part in unit.parts)


def beyond_own(row: Partition, own: Bits, outside: Bits) -> Partition:
    """The row without ports on which it has outside addresses of one's own node, and no others."""
    if not own:
        return row
    return tuple(
        (ports, points if points & outside & ~own else points & ~outside) for ports, points in row
    )


class Near:
    """Which units may share a pod with another, or a node with a node's own pods.

    A class because it is an index: few pairs of units are near each other.
    """

    def __init__(self, relation: Relation, units: Sequence[Unit]) -> None:
        self._inside = relation.points.inside
        self._by_pod: dict[tuple[int, int], list[int]] = defaultdict(list)
        self._by_node: dict[tuple[str, bool], list[int]] = defaultdict(list)
        for at, unit in enumerate(units):
            for part in unit.parts:
                if part.sole is not None:
                    self._by_pod[part.sole].append(at)
                if part.node is not None:
                    self._by_node[part.node, self._is_node(part)].append(at)

    def _is_node(self, part: UnitPart) -> bool:
        return self._inside[part.point].node

    def of(self, unit: Unit) -> list[int]:
        """The units that hold pods which are out of scope with some pods of this one."""
        found: set[int] = set()
        for part in unit.parts:
            if part.sole is not None:
                found.update(self._by_pod.get(part.sole, ()))
            if part.node is not None:
                found.update(self._by_node.get((part.node, True), ()))
                if self._is_node(part):
                    found.update(self._by_node.get((part.node, False), ()))
        return sorted(found)

    def in_scope(self, source: UnitPart, destination: UnitPart) -> bool:
        """Whether some pod of one and some pod of the other are two pods on two nodes.

        One node will do where both are on the pod network (A.41 to A.43).
        """
        if source.sole is not None and source.sole == destination.sole:
            return False
        on_one_node = source.node is not None and source.node == destination.node
        return not (on_one_node and (self._is_node(source) or self._is_node(destination)))
