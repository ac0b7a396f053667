"""How many addresses the mentioned blocks leave alike, and which these are."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_network

from netproof_specs.model.traffic import Family

_WIDTHS = {Family.IPV4: 32, Family.IPV6: 128}


@dataclass(slots=True)
class _Block:
    """A block by its first and last address, the one around it and the largest ones within it."""

    first: int
    last: int
    outer: _Block | None
    inner: list[_Block] = field(default_factory=list)

    def between(self, first: int, last: int) -> Iterator[int]:
        """Its addresses from `first` to `last` that are in none of the blocks within it."""
        for one in self.inner:
            if one.last >= first and one.first <= last:
                yield from range(first, one.first)
                first = one.last + 1
        yield from range(first, last + 1)

    def size(self) -> int:
        """How many addresses it has that are in none of the blocks within it."""
        return self.last - self.first + 1 - sum(one.last - one.first + 1 for one in self.inner)


class Room:
    """Addresses by the smallest mentioned block that holds them: blocks tell no others apart.

    Of two blocks one is within the other, or they share nothing. `pods` are the addresses of pods
    in order, `hosts` those of host endpoints. A class because it is an index.
    """

    def __init__(
        self,
        blocks: Iterable[str],
        pods: Mapping[Family, Sequence[int]],
        hosts: Mapping[Family, Collection[int]],
    ) -> None:
        self._pods, self._hosts = pods, hosts
        networks = [ip_network(one) for one in blocks]
        self._blocks: dict[Family, list[_Block]] = {}
        for family, width in _WIDTHS.items():
            spans = {
                (int(one.network_address), int(one.broadcast_address))
                for one in networks
                if one.version == family.value
            }
            self._blocks[family] = _nested({*spans, (0, (1 << width) - 1)})
        self._firsts = {
            family: [one.first for one in listed] for family, listed in self._blocks.items()
        }

    def _around(self, family: Family, address: int) -> _Block:
        """The smallest block that holds the address."""
        found = self._blocks[family][bisect_right(self._firsts[family], address) - 1]
        while found.last < address and found.outer is not None:
            found = found.outer
        return found

    def alike(self, family: Family, address: int) -> Iterator[int]:
        """The addresses that no block tells from this one: it first, then those that follow."""
        block = self._around(family, address)
        yield from block.between(address, block.last)
        yield from block.between(block.first, address - 1)

    def is_scarce(self, family: Family, address: int, besides: int) -> bool:
        """False only if some address like this one is no pod's or host's, nor one of so many."""
        block, pods = self._around(family, address), self._pods[family]
        there = bisect_right(pods, block.last) - bisect_left(pods, block.first)
        return block.size() <= there + len(self._hosts[family]) + besides


def _nested(spans: Iterable[tuple[int, int]]) -> list[_Block]:
    """The blocks in order of their first addresses, the wider ones first."""
    listed: list[_Block] = []
    outer: _Block | None = None
    for first, last in sorted(spans, key=lambda one: (one[0], -one[1])):
        while outer is not None and outer.last < first:
            outer = outer.outer
        one = _Block(first, last, outer)
        if outer is not None:
            outer.inner.append(one)
        listed.append(one)
        outer = one
    return listed
