"""The host endpoints of the input as points of a connection: one for each address of each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from ipaddress import ip_address

from netproof_encodings.vocabulary.classes import Known
from netproof_specs.model.hosts import HostEndpoint
from netproof_specs.model.traffic import Family


@dataclass(frozen=True, slots=True)
class HostPoint:
    """One host endpoint in connections of one family, by one of its expected addresses.

    `number` counts from 1. `address` is `None` where it expects none of the family; `host` has
    that address and no other.
    """

    number: int
    host: HostEndpoint
    family: Family
    address: int | None


def host_points(hosts: Iterable[HostEndpoint]) -> tuple[HostPoint, ...]:
    """The points of all host endpoints, in the order given."""
    found = (point for host in hosts for point in _points_of(host))
    return tuple(replace(one, number=number) for number, one in enumerate(found, start=1))


def _points_of(host: HostEndpoint) -> Iterator[HostPoint]:
    for family in Family:
        known = [one for one in host.addresses if ip_address(one).version == family.value]
        for text in known:
            yield HostPoint(0, replace(host, addresses=(text,)), family, int(ip_address(text)))
        if not known:
            yield HostPoint(0, replace(host, addresses=()), family, None)


def addresses_of_hosts(hosts: Iterable[HostEndpoint]) -> dict[Family, frozenset[int]]:
    """The expected addresses of each family."""
    points = host_points(hosts)
    return {
        family: frozenset(
            one.address for one in points if one.family is family and one.address is not None
        )
        for family in Family
    }


def known_of_hosts(hosts: Iterable[HostEndpoint]) -> Known:
    """The expected addresses as known ones, which are in no namespace."""
    values = {family: sorted(found) for family, found in addresses_of_hosts(hosts).items()}
    return Known(values, {family: [""] * len(found) for family, found in values.items()})
