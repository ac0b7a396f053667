"""Sets of units in few words: by namespace and label where that is exact, else by name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from heapq import heappop, heappush
from itertools import islice

from netproof.connectivity.points import Bits, bits_of, numbers_of
from netproof.connectivity.units import HOST, Unit
from netproof.reports.connections.words import unit_name
from netproof.reports.words import safe
from netproof_specs.frozen import Frozen
from netproof_specs.model.cluster import Cluster, Workload

Known = tuple[int, int, str, Bits]
"""A description: minus the number of units that it holds, its length, the text, and the units."""


class Words(Frozen):
    """Descriptions with the units that each holds, those of most units first, and units by name."""

    known: tuple[Known, ...]
    names: tuple[str, ...]
    everything: str

    def of(self, numbers: Iterable[int]) -> tuple[str, ...]:
        """Few descriptions that together hold exactly these units, the largest first."""
        wanted, every = bits_of(numbers), (1 << len(self.names)) - 1
        if wanted == every:
            return (self.everything,)
        direct = tuple(self._covering(wanted))
        others = tuple(islice(self._covering(every & ~wanted), len(direct)))
        if len(others) < len(direct):
            return (f"{self.everything} but {others[0]}", *others[1:])
        return direct

    def _covering(self, wanted: Bits) -> Iterator[str]:
        """Always the description that holds most of what is left, while one holds several units.

        What one holds of it can only become less: a description is looked at again only when it is
        its turn by what it held when it was looked at last.
        """
        outside, seen = ~wanted, list[Known]()
        fresh = (one for one in self.known if not one[3] & outside)
        for one in _in_turn(fresh, seen):
            size, length, text, bits = one
            left = (bits & wanted).bit_count()
            if left == -size:
                yield text
                wanted &= ~bits
            elif left > 1:
                heappush(seen, (-left, length, text, bits))
        yield from (self.names[at] for at in numbers_of(wanted))


def _in_turn(fresh: Iterator[Known], seen: list[Known]) -> Iterator[Known]:
    """The least of what comes next and of what was put back, until nothing is left of both."""
    following = next(fresh, None)
    while following is not None or seen:
        if following is None or (seen and seen[0] < following):
            yield heappop(seen)
        else:
            yield following
            following = next(fresh, None)


def words_for(units: Sequence[Unit], cluster: Cluster, everything: str) -> Words:
    """The descriptions of some units of a map of the cluster.

    A label describes units only where each pod that carries it belongs to a unit all of whose pods
    do, and host endpoints only where each that carries it is a unit: then a selector says no more
    and no less. So it is with namespaces, and with `everything`, where the map leaves out some.
    """
    found: dict[tuple[str, str], Bits] = defaultdict(int)
    partial = _partly_labelled(units, cluster.workloads)
    listed = {one.name for one in units if one.kind == HOST}
    unlisted = [one for one in cluster.hosts if one.name not in listed]
    beyond = {pair for one in unlisted for pair in one.labels}
    parted = _partly_listed(units, cluster.workloads)
    if (unlisted or parted) and not any(one.kind == "Group" for one in units):
        everything = f"{everything} asked for"
    for at, unit in enumerate(units):
        if unit.kind == "Group":
            continue
        if unit.kind == HOST:
            # The bare word is for all of them.
            texts_of_host = [] if unlisted else ["hosts"]
            kept = [pair for pair in unit.labels if pair not in beyond]
            texts_of_host += [f"hosts({key}={value})" for key, value in kept]
            for text in texts_of_host:
                found["hosts", text] |= 1 << at
            continue
        if unit.namespace not in parted:
            found["", f"ns:{unit.namespace}"] |= 1 << at
        for key, value in unit.labels:
            if ("", key, value) not in partial:
                found["label", f"pods({key}={value})"] |= 1 << at
            if (unit.namespace, key, value) not in partial:
                text = f"pods({key}={value}) in ns:{unit.namespace}"
                found["both", text] |= 1 << at
    texts = ((safe(text), bits) for (_, text), bits in found.items())
    several = ((-bits.bit_count(), len(text), text, bits) for text, bits in texts)
    known = sorted(one for one in several if one[0] < -1)
    return Words(tuple(known), tuple(map(unit_name, units)), everything)


def _partly_listed(units: Sequence[Unit], workloads: Iterable[Workload]) -> set[str]:
    """The namespaces with a workload that belongs to no unit, by its own name or its owner's."""
    listed = {(one.namespace, one.kind, one.name) for one in units}
    return {
        one.namespace
        for one in workloads
        if (one.namespace, one.kind, one.name) not in listed
        and (one.owner is None or (one.namespace, *one.owner) not in listed)
    }


def _partly_labelled(
    units: Sequence[Unit], workloads: Iterable[Workload]
) -> set[tuple[str, str, str]]:
    """Labels that some pods carry and others of their unit do not; or that no listed unit has."""
    common = {(one.namespace, one.kind, one.name): set(one.labels) for one in units}
    found: set[tuple[str, str, str]] = set()
    for one in workloads:
        kind, name = one.owner or (one.kind, one.name)
        for key, value in set(one.labels) - common.get((one.namespace, kind, name), set()):
            found |= {(one.namespace, key, value), ("", key, value)}
    return found
