"""Addresses as numbers and blocks as spans of them: quick enough for every line of a map."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise
from socket import AF_INET, AF_INET6, inet_ntop, inet_pton

from netproof_specs.model.traffic import Family

Span = tuple[int, int]
"""Addresses of one family, both ends included."""

WIDTHS = {Family.IPV4: 32, Family.IPV6: 128}
_SYSTEM = {Family.IPV4: AF_INET, Family.IPV6: AF_INET6}


def family_of(text: str) -> Family:
    """The family of an address or block."""
    return Family.IPV6 if ":" in text else Family.IPV4


def number_of(address: str) -> int:
    """An address as a number."""
    return int.from_bytes(inet_pton(_SYSTEM[family_of(address)], address))


def text_of(family: Family, address: int) -> str:
    """A number as an address in canonical form."""
    return inet_ntop(_SYSTEM[family], address.to_bytes(WIDTHS[family] // 8))


def span_of(cidr: str) -> Span:
    """The addresses of a block in canonical form."""
    address, _, length = cidr.partition("/")
    first = number_of(address)
    return first, first + (1 << WIDTHS[family_of(cidr)] - int(length)) - 1


def blocks_of(family: Family, span: Span) -> Iterator[str]:
    """A span as the fewest blocks, ascending."""
    first, last = span
    width = WIDTHS[family]
    while first <= last:
        aligned = (first & -first).bit_length() - 1 if first else width
        size = min(aligned, (last - first + 1).bit_length() - 1)
        yield f"{text_of(family, first)}/{width - size}"
        first += 1 << size


def hull_of(spans: Iterable[Span]) -> Span:
    """The smallest block that holds all of some spans."""
    listed = list(spans)
    first, last = min(one for one, _ in listed), max(one for _, one in listed)
    size = (first ^ last).bit_length()
    return first >> size << size, (last >> size << size) + (1 << size) - 1


def between(hull: Span, spans: Iterable[Span]) -> Iterator[Span]:
    """What is left of a span without others that are disjoint and ascending."""
    edges = [(hull[0], hull[0] - 1), *spans, (hull[1] + 1, hull[1])]
    for (_, last), (first, _) in pairwise(edges):
        if last + 1 < first:
            yield last + 1, first - 1
