"""The address of an end, where a solver's values leave open which of many it is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from ipaddress import ip_address

from netproof_encodings.logic.terms import Model
from netproof_encodings.meaning.spaces import EndpointSpace
from netproof_encodings.obligations.claims import Stage
from netproof_encodings.vocabulary.classes import number_of
from netproof_encodings.vocabulary.hosts import HostPoint, addresses_of_hosts
from netproof_specs.model.traffic import Family
from netproof_specs.worlds import World


def family_in(on: Stage, model: Model) -> Family:
    """The address family that the values say."""
    return Family.IPV6 if model[on.space.source.address.ipv6.name] else Family.IPV4


def point_of(end: EndpointSpace, model: Model) -> HostPoint | None:
    """The host endpoint that the end is, in the family of the connection."""
    number = 0 if end.host is None else model[end.host.number.name]
    points = () if end.host is None else end.host.points
    return next((one for one in points if one.number == number), None)


def tells_addresses(on: Stage, end: EndpointSpace, model: Model) -> bool:
    """Whether the end has an address in the values that some mentioned block may hold."""
    return bool(model[end.addressed.name] and on.scene.vocabulary.blocks)


def _has_address(on: Stage, end: EndpointSpace, model: Model) -> bool:
    """Whether the end is shown with an address that the other end must not have."""
    outside = model[end.addressed.name] and not model[end.pod.name]
    return bool(outside) or tells_addresses(on, end, model)


def address_of(on: Stage, end: EndpointSpace, model: Model) -> str:
    """The end's address; outside all mentioned blocks, one that no other endpoint has."""
    family = family_in(on, model)
    return _text(family, _number(on, end, model, family, _taken(on, end, model, family)))


def _taken(on: Stage, end: EndpointSpace, model: Model, family: Family) -> Callable[[int], bool]:
    """Whether another endpoint has an address; to the destination the source is one."""
    of_others, source = _of_others(on, end, model, family), on.space.source
    known = model[source.pod.name] and not model[source.supplied.name]  # a pod's, as stated
    if end is source or known or not _has_address(on, source, model):
        return of_others
    own = _number(on, source, model, family, _of_others(on, source, model, family))
    return lambda address: address == own or of_others(address)


def _of_others(
    on: Stage, end: EndpointSpace, model: Model, family: Family
) -> Callable[[int], bool]:
    """Whether an address is that of a host endpoint, or in the snapshot of a pod.

    To an end outside so are those of the node that the other end is on (A.42, A.43).
    """
    snapshot, pods = on.scene.world is World.SNAPSHOT, on.scene.addresses.of_all
    hosts = addresses_of_hosts(on.scene.vocabulary.hosts)[family]
    gone = hosts.union(_of_other_node(on, end, model, family))
    return lambda address: address in gone or (snapshot and pods.has(family, address))


def _of_other_node(on: Stage, end: EndpointSpace, model: Model, family: Family) -> Iterator[int]:
    """The addresses of the node of the other end, for an end that is outside."""
    source, destination = on.space.ends
    other = destination if end is source else source
    known: Iterable[str] = ()
    if model[end.pod.name] or point_of(end, model) is not None:
        return
    if not model[other.pod.name]:
        point = point_of(other, model)
        known = () if point is None else point.host.node_addresses
    elif on.scene.world is World.SNAPSHOT:
        known = on.scene.classes[model[f"{other.prefix}.class"]].of_node
    yield from (value for own, value in map(number_of, known) if own is family)


def _number(
    on: Stage,
    end: EndpointSpace,
    model: Model,
    family: Family,
    taken: Callable[[int], bool],
) -> int:
    """The address that the values give, or the next that is as good and not taken."""
    value = model[end.address.bits[family].name]
    alike = on.scene.addresses.room(on.scene.vocabulary).alike(family, value)
    return next((one for one in alike if not taken(one)), value)


def _text(family: Family, value: int) -> str:
    width = 4 if family is Family.IPV4 else 16
    return str(ip_address(value.to_bytes(width, "big")))
