"""Sets of units in few words: by namespace and label where that is exact, else by name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from netproof.connectivity.points import Bits, bits_of, numbers_of
from netproof.connectivity.units import Unit
from netproof.reports.connections.words import unit_name
from netproof.reports.words import safe
from netproof_specs.model.cluster import Workload


@dataclass(frozen=True, slots=True)
class Words:
    """Descriptions with the units that each holds, and those units by name."""

    known: tuple[tuple[str, Bits], ...]
    names: tuple[str, ...]
    everything: str

    def of(self, numbers: Iterable[int]) -> tuple[str, ...]:
        """Few descriptions that together hold exactly these units, the largest first."""
        wanted, every = bits_of(numbers), (1 << len(self.names)) - 1
        if wanted == every:
            return (self.everything,)
        direct = self._covering(wanted)
        others = self._covering(every & ~wanted)
        if len(others) < len(direct):
            return (f"{self.everything} but {others[0]}", *others[1:])
        return direct

    def _covering(self, wanted: Bits) -> tuple[str, ...]:
        inside = [one for one in self.known if one[1] & ~wanted == 0]
        return tuple(_covering(inside, wanted, self.names))


def _covering(inside: list[tuple[str, Bits]], wanted: Bits, names: Sequence[str]) -> Iterator[str]:
    """The description that holds most of what is left, as long as one holds more than one unit."""
    while inside:
        text, bits = max(inside, key=lambda one: ((one[1] & wanted).bit_count(), -len(one[0])))
        if (bits & wanted).bit_count() < 2:
            break
        yield text
        wanted &= ~bits
        inside = [one for one in inside if one[1] & wanted]
    yield from (names[at] for at in numbers_of(wanted))


def words_for(units: Sequence[Unit], workloads: Iterable[Workload], everything: str) -> Words:
    """The descriptions of some units of a map of these workloads.

    A label describes units only where each pod that carries it belongs to a unit all of whose pods
    do: then a selector says no more and no less.
    """
    found: dict[tuple[str, str], Bits] = defaultdict(int)
    partial = _partly_labelled(units, workloads)
    for at, unit in enumerate(units):
        if unit.kind == "Group":
            continue
        found["", f"ns:{unit.namespace}"] |= 1 << at
        for key, value in unit.labels:
            if ("", key, value) not in partial:
                found["label", f"pods({key}={value})"] |= 1 << at
            if (unit.namespace, key, value) not in partial:
                text = f"pods({key}={value}) in ns:{unit.namespace}"
                found["both", text] |= 1 << at
    known = sorted((safe(text), bits) for (_, text), bits in found.items())
    return Words(tuple(known), tuple(map(unit_name, units)), everything)


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
