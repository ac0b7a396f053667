"""Host endpoints as points of a connection: one for each address of each.

Those of the input are known. Of others it is known which profiles they list, and their labels,
addresses and ports are symbols.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import Enum
from ipaddress import ip_address
from itertools import product

from netproof_encodings.decision.conditions import End, Match
from netproof_encodings.decision.tiers import Passage
from netproof_specs.frozen import Frozen, replace
from netproof_specs.model.cluster import Workload
from netproof_specs.model.hosts import HostEndpoint
from netproof_specs.model.traffic import Family


class HostPoint(Frozen):
    """One host endpoint in connections of one family, by one of its expected addresses.

    `number` counts from 1. `address` is `None` where it expects none of the family; `host` has
    that address and no other. Of one that is none of the input `expects` says whether it does, and
    the address is any.
    """

    number: int
    host: HostEndpoint
    family: Family
    address: int | None
    expects: bool


class Whom(Enum):
    """Which ends tiers decide for: host endpoints that are none of the input, all others, or both.

    What is said of the other end is the same.
    """

    EVERYBODY = "everybody"
    KNOWN = "pods-and-known-hosts"
    OTHERS = "other-hosts"

    def includes(self, host: HostEndpoint) -> bool:
        """Whether the host endpoint is one of them."""
        return self is Whom.EVERYBODY or host.invented is (self is Whom.OTHERS)


class HostLabels(Enum):
    """Which labels host endpoints that are none of the input have, besides those of profiles."""

    ANY = "any"
    NOT_OF_PODS = "not-of-pods"
    """None that Calico gives pods (D.15)."""

    __hash__ = object.__hash__


class OtherHosts(Frozen):
    """Host endpoints that are none of the input, as a world may hold them.

    Each of `hosts` stands for all that list its profiles; the rest of it says nothing. An end must
    not be one that meets what is `barred` there. Of all that policies for forwarded traffic select
    alike, `passed` has one with labels; it is `None` where these are too many to tell (D.37).
    One without a node is on any but the `named` ones, which are configured by their names (D.36).
    `unlike` are those of them that keep other ports open than most do, those alike together.
    `longest` bounds the lists of profiles that are looked at, `None` iff longer ones add nothing.
    `labels` are those that they have.
    """

    hosts: tuple[HostEndpoint, ...]
    barred: Mapping[End, Match]
    passed: tuple[HostEndpoint, ...] | None = ()
    named: frozenset[str] = frozenset()
    unlike: tuple[tuple[str, ...], ...] = ()
    longest: int | None = None
    labels: HostLabels = HostLabels.NOT_OF_PODS


def barred_by(others: OtherHosts | None) -> tuple[Match, ...]:
    """What none of the others may meet."""
    return () if others is None else tuple(others.barred.values())


def host_points(hosts: Iterable[HostEndpoint]) -> tuple[HostPoint, ...]:
    """The points of all host endpoints, in the order given.

    One that is none of the input has two of each family.
    """
    found = (point for host in hosts for point in _points_of(host))
    return tuple(replace(one, number=number) for number, one in enumerate(found, start=1))


def _points_of(host: HostEndpoint) -> Iterator[HostPoint]:
    if host.invented:
        for family, expects in product(Family, (False, True)):
            yield HostPoint(0, host, family, None, expects)
        return
    for family in Family:
        known = [one for one in host.addresses if ip_address(one).version == family.value]
        for text in known:
            one = replace(host, addresses=(text,))
            yield HostPoint(0, one, family, int(ip_address(text)), expects=True)
        if not known:
            yield HostPoint(0, replace(host, addresses=()), family, None, expects=False)


def addresses_of_hosts(hosts: Iterable[HostEndpoint]) -> dict[Family, frozenset[int]]:
    """The expected addresses of each family."""
    points = host_points(hosts)
    return {
        family: frozenset(
            one.address for one in points if one.family is family and one.address is not None
        )
        for family in Family
    }


class UnknownHostError(Exception):
    """What the input says of a pod leaves open which host endpoint of its node it passes."""


HostsByNode = Mapping[str, Sequence[HostEndpoint]]
"""The host endpoints of each node that has some, in their order."""


def by_node(hosts: Iterable[HostEndpoint]) -> HostsByNode:
    """The host endpoints by node."""
    found: dict[str, list[HostEndpoint]] = {}
    for one in hosts:
        found.setdefault(one.node, []).append(one)
    return found


def passed_by(workload: Workload, hosts: HostsByNode) -> HostEndpoint | None:
    """The host endpoint that a pod on its node's network passes; None for a bare node (D.1, D.35).

    One that expects an address of the pod comes before one of the whole host. Raises
    UnknownHostError where the node is not known, or which of its interfaces the pod uses.
    """
    if workload.node is None and hosts:
        raise UnknownHostError
    there = hosts.get(workload.node or "", ())
    for one in there:
        if not set(one.addresses).isdisjoint(workload.addresses):
            return one
    if any(one.interface != "*" and not (one.addresses and workload.addresses) for one in there):
        raise UnknownHostError
    return next((one for one in there if one.interface == "*"), None)


class Behind(Frozen):
    """What traffic of a pod passes at its host, by the places of the passages (D.37).

    What it exchanges with an address outside passes `surely`, and whatever it exchanges may pass
    each that is `perhaps`.
    """

    surely: int | None = None
    perhaps: frozenset[int] = frozenset()


NOTHING = Behind()
"""The host lets everything pass."""


def behind_nodes(hosts: HostsByNode, passages: Sequence[Passage]) -> Mapping[str | None, Behind]:
    """What the traffic of pods passes by their nodes; `None` is a node that is not known.

    Of nodes that are left out it passes nothing, of one that is not known perhaps anything. Which
    of several interfaces it takes is not known either, nor whether it takes one that is named: only
    the one host endpoint of a whole host is passed for sure.
    """
    at = {name: place for place, one in enumerate(passages) for name in one.hosts}
    some = frozenset(place for place, one in enumerate(passages) if one.hosts)
    found: dict[str | None, Behind] = {None: Behind(None, some)}
    for node, there in hosts.items():
        perhaps = frozenset(at[one.name] for one in there if one.name in at)
        whole = len(there) == 1 and there[0].interface == "*"
        found[node] = Behind(next(iter(perhaps), None) if whole else None, perhaps)
    return found


def expected_in(workload: Workload, host: HostEndpoint | None) -> frozenset[Family]:
    """The families of the pod's addresses by which peers find its host endpoint (D.35)."""
    common = set(workload.addresses) & set(host.addresses if host is not None else ())
    return frozenset(Family(ip_address(one).version) for one in common)
