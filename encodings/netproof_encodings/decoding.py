"""From a solver's values back to a connection, and which values make a readable one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from itertools import product

from netproof_encodings.classes import PodClass
from netproof_encodings.connections import EndpointSpace
from netproof_encodings.labels import ABSENT, KeyCodes, LabelSpace, carries
from netproof_encodings.obligations import Stage
from netproof_encodings.ports import PROTOCOL_CODES
from netproof_encodings.terms import Bits, Model, Op, Term
from netproof_encodings.worlds import class_bits, declared_ports
from netproof_specs.assumptions import Assumption
from netproof_specs.model.cluster import ContainerPort, Namespace
from netproof_specs.model.connections import (
    Connection,
    Endpoint,
    ExternalEndpoint,
    PodEndpoint,
    pod_of,
)
from netproof_specs.model.labels import NAME_LABEL, Labels
from netproof_specs.model.traffic import Family, Protocol
from netproof_specs.worlds import World

PREFERRED_PORTS = (80, 443, 8080, 53, 22, 5432, 6379)
PREFERRED_ADDRESSES = {Family.IPV4: "203.0.113.5", Family.IPV6: "2001:db8::5"}
"""Addresses set aside for documentation."""


def holds(term: Term, model: Model) -> bool:
    """Whether the term is true under the values; it must not use defined names."""
    match term.op:
        case Op.TRUE | Op.FALSE:
            return term.op is Op.TRUE
        case Op.SYMBOL:
            return bool(model[term.name])
        case Op.NOT:
            return not holds(term.parts[0], model)
        case Op.AND:
            return all(holds(part, model) for part in term.parts)
        case Op.OR:
            return any(holds(part, model) for part in term.parts)
        case Op.IFF:
            return holds(term.parts[0], model) == holds(term.parts[1], model)
        case _:
            return _compares(term, model)


def _compares(term: Term, model: Model) -> bool:
    assert term.bits is not None
    value = model[term.bits.name]
    match term.op, term.value:
        case Op.EQUALS, int(constant):
            return value == constant
        case Op.AT_MOST, int(constant):
            return value <= constant
        case Op.PREFIX, (int(length), int(prefix)):
            return value >> (term.bits.width - length) == prefix
        case Op.SAME, Bits(name):
            return value == model[name]
        case _:
            raise AssertionError(term.op)


def symbols(on: Stage) -> list[str]:
    """The symbols whose values make up a connection."""
    here = {f"here.{index}" for index in range(on.policies)}
    booleans = [name for name in on.terms.booleans if name not in here]
    return [*booleans, *on.terms.vectors]


def preferences(on: Stage, model: Callable[[], Model]) -> Iterator[tuple[Term, ...]]:
    """What makes a counterexample easy to read, most important first.

    Of each tuple the first term is wanted that goes with what was granted before; `model` gives
    the solution as it stands when the tuple is asked for. Together they leave no choice: which
    connection is shown depends on the obligation alone, not on the solver or its past.
    """
    terms, space = on.terms, on.space
    yield tuple(terms.equals(space.ports.protocol, code) for code in PROTOCOL_CODES.values())
    yield (terms.negation(space.source.address.ipv6),)
    yield from ((end.pod,) for end in space.ends)
    ports = (terms.equals(space.ports.port, port) for port in PREFERRED_PORTS)
    yield (*ports, terms.at_most(space.ports.port, 1023))
    yield from _lowest(on, space.ports.port, model)
    if on.scene.world is World.SNAPSHOT:
        yield from ((terms.negation(end.host_network),) for end in space.ends)
        yield from _first_classes(on, model)
    else:
        yield from _plain_pods(on, model)
    for end in space.ends:
        if model()[end.addressed.name]:
            yield from _plain_addresses(on, end, model)


def _lowest(on: Stage, bits: Bits, model: Callable[[], Model]) -> Iterator[tuple[Term, ...]]:
    """The lowest value of the symbol, bit by bit from the most significant one.

    Most often nothing is lower than what the solution has, which one question tells.
    """
    value = model()[bits.name]
    yield (on.terms.at_most(bits, value - 1), on.terms.equals(bits, value))
    if model()[bits.name] == value:
        return
    prefix = 0
    for length in range(1, bits.width + 1):
        tails = (prefix << 1, prefix << 1 | 1)
        yield tuple(on.terms.prefix(bits, length, tail) for tail in tails)
        prefix = model()[bits.name] >> (bits.width - length)


def _first_classes(on: Stage, model: Callable[[], Model]) -> Iterator[tuple[Term, ...]]:
    """The first pods of the manifests, in order of namespace and name."""
    for end in on.space.ends:
        if model()[end.pod.name]:
            yield from _lowest(on, class_bits(on.terms, end.prefix, len(on.scene.classes)), model)


def _plain_pods(on: Stage, model: Callable[[], Model]) -> Iterator[tuple[Term, ...]]:
    """Pods of the manifests before invented ones, few labels, few declared ports."""
    terms = on.terms
    for end in on.space.ends:
        yield (terms.at_most(end.namespace.name, len(end.namespace.names) - 1),)
        yield from _lowest(on, end.namespace.name, model)
        yield (_manifest_pod(on, end, model()),)
    for end in on.space.ends:
        for space in (end.namespace.labels, end.labels):
            for key in space.values():
                plain = terms.negation(terms.equals(key.bits, key.other))
                yield (terms.equals(key.bits, ABSENT), plain)
                yield from _lowest(on, key.bits, model)
    yield from ((terms.negation(one),) for one in on.space.ports.declared.values())


def _manifest_pod(on: Stage, end: EndpointSpace, model: Model) -> Term:
    """True iff the end is like a pod of the manifests in the namespace that it has in `model`."""
    namespace = _namespace_name(end, model)
    like = (_like(on, end, one) for one in on.scene.classes if one.namespace == namespace)
    code = end.namespace.names.get(namespace)
    if code is None:
        return on.terms.false
    there = on.terms.equals(end.namespace.name, code)
    return on.terms.conjunction((end.pod, there, on.terms.disjunction(like)))


def _like(on: Stage, end: EndpointSpace, one: PodClass) -> Term:
    """True iff an end of an open world could be a pod of the class, its namespace aside."""
    if one.host_network:
        return on.terms.false
    parts = [carries(on.terms, end.labels, one.labels)]
    if end is on.space.destination:
        parts.extend(declared_ports(on.terms, on.space, one))
    return on.terms.conjunction(parts)


def _plain_addresses(
    on: Stage, end: EndpointSpace, model: Callable[[], Model]
) -> Iterator[tuple[Term, ...]]:
    """A documentation address, else the second or first of a mentioned block, else the lowest."""
    family = family_in(on, model())
    bits = end.address.bits[family]
    blocks = [one for one in map(ip_network, on.scene.vocabulary.blocks) if _is_of(one, family)]
    firsts = (int(block[min(1, block.num_addresses - 1)]) for block in blocks)
    known = int(ip_address(PREFERRED_ADDRESSES[family]))
    yield (on.terms.equals(bits, known), on.terms.one_of(bits, firsts))
    yield from _lowest(on, bits, model)


def _is_of(block: IPv4Network | IPv6Network, family: Family) -> bool:
    return block.version == family.value


def decode(on: Stage, model: Model) -> Connection:
    """The connection that the values describe."""
    source, destination = _ends(on, model)
    return Connection(
        source, destination, protocol_in(on, model), model["port"], family_in(on, model)
    )


def protocol_in(on: Stage, model: Model) -> Protocol:
    """The protocol that the values say."""
    code = model[on.space.ports.protocol.name]
    return next(protocol for protocol, known in PROTOCOL_CODES.items() if known == code)


def family_in(on: Stage, model: Model) -> Family:
    """The address family that the values say."""
    return Family.IPV6 if model[on.space.source.address.ipv6.name] else Family.IPV4


def _ends(on: Stage, model: Model) -> tuple[Endpoint, Endpoint]:
    """The two ends; in the snapshot, members of their classes that are two pods on two nodes."""
    source, destination = (_candidates(on, end, model) for end in on.space.ends)
    pairs = product(_spread(source), _spread(destination))
    pair = next((pair for pair in pairs if _apart(on, model, *pair)), None)
    if pair is not None:
        return pair
    twin = destination[0]
    assert isinstance(twin, PodEndpoint)
    assert on.scene.world is not World.SNAPSHOT
    return source[0], replace(twin, name=f"{twin.name}-twin", invented=True)


def _spread(candidates: list[Endpoint]) -> list[Endpoint]:
    """Few of the members of a class that still hold any two pods and any two nodes there are."""
    by_node: dict[str | None, Endpoint] = {}
    for one in candidates[2:]:
        by_node.setdefault(one.node if isinstance(one, PodEndpoint) else None, one)
    return [*candidates[:2], *list(by_node.values())[:3]]


def _apart(on: Stage, model: Model, one: Endpoint, other: Endpoint) -> bool:
    """Whether the ends are two endpoints, and not a pod and its own node (A.41 to A.43, A.45)."""
    if not (isinstance(one, PodEndpoint) and isinstance(other, PodEndpoint)):
        return True
    as_pods = model[on.space.assumptions[Assumption.HOST_NETWORK].name]
    host = (one.host_network or other.host_network) and not as_pods
    own_node = one.node is not None and one.node == other.node
    return not (host and own_node) and _identity(one) != _identity(other)


def _identity(pod: PodEndpoint) -> tuple[str, str, str, int]:
    return pod.namespace.name, pod.kind, pod.name, pod.replica


def _candidates(on: Stage, end: EndpointSpace, model: Model) -> list[Endpoint]:
    if not model[end.pod.name]:
        return [ExternalEndpoint(_address(on, end, model))]
    if on.scene.world is World.SNAPSHOT:
        return list(_members(on, end, model))
    return [_open_pod(on, end, model)]


def _members(on: Stage, end: EndpointSpace, model: Model) -> Iterator[PodEndpoint]:
    one = on.scene.classes[model[f"{end.prefix}.class"]]
    namespace = _namespace(on, end, model)
    assumed = model[end.addressed.name] and not one.addresses
    for workload in one.members:
        for replica in range(1, min(workload.replicas, 2) + 1):
            pod = pod_of(workload, namespace, replica)
            if assumed and not pod.addresses:
                pod = replace(pod, addresses=(_address_text(on, end, model),))
            yield pod


def _open_pod(on: Stage, end: EndpointSpace, model: Model) -> PodEndpoint:
    """A pod of the manifests that fits the values, else an invented one."""
    namespace = _namespace(on, end, model)
    addressed = model[end.addressed.name]
    addresses = (_address_text(on, end, model),) if addressed else ()
    for one in on.scene.classes:
        if one.namespace == namespace.name and holds(_like(on, end, one), model):
            pod = pod_of(one.members[0], namespace, _replica(end, one))
            return replace(pod, addresses=addresses, node=None)
    return PodEndpoint(
        namespace=namespace,
        name="any-pod" if end is on.space.source else "any-other-pod",
        labels=_labels(end.labels, model),
        ports=_ports(on, end, model),
        addresses=addresses,
        invented=True,
    )


def _replica(end: EndpointSpace, one: PodClass) -> int:
    """A second pod for the destination where there is one, so that the ends differ."""
    return 2 if end.prefix == "dst" and one.members[0].replicas > 1 else 1


def _ports(on: Stage, end: EndpointSpace, model: Model) -> tuple[ContainerPort, ...]:
    if end is on.space.source:
        return ()
    return tuple(
        ContainerPort(name, protocol_in(on, model), model["port"])
        for name, declared in on.space.ports.declared.items()
        if model[declared.name]
    )


def _namespace_name(end: EndpointSpace, model: Model) -> str:
    code = model[end.namespace.name.name]
    by_code = {number: name for name, number in end.namespace.names.items()}
    if code in by_code:
        return by_code[code]
    return _unused(f"other-namespace-{code - len(by_code) + 1}", end.namespace.names)


def _namespace(on: Stage, end: EndpointSpace, model: Model) -> Namespace:
    """The namespace as declared, where the world keeps that, else with the values' labels."""
    name = _namespace_name(end, model)
    known = next((one for one in on.scene.cluster.namespaces if one.name == name), None)
    if known is not None and _keeps_labels(on.scene.world, known):
        return known
    labels = dict(_labels(end.namespace.labels, model)) | {NAME_LABEL: name}
    return Namespace(name, tuple(sorted(labels.items())), declared=False)


def _keeps_labels(world: World, namespace: Namespace) -> bool:
    return world is World.SNAPSHOT or (world is World.ANY_PODS and namespace.declared)


def _labels(space: LabelSpace, model: Model) -> Labels:
    pairs = ((name, _value(key, model[key.bits.name])) for name, key in space.items())
    return tuple((name, value) for name, value in pairs if value is not None)


def _value(key: KeyCodes, code: int) -> str | None:
    if code == ABSENT:
        return None
    if code == key.other:
        return _unused("other", key.codes)
    return next(value for value, known in key.codes.items() if known == code)


def _unused(stem: str, taken: Mapping[str, int]) -> str:
    """`stem`, or `stem` with a number, such that nothing mentions it."""
    name, number = stem, 2
    while name in taken:
        name, number = f"{stem}-{number}", number + 1
    return name


def _address(on: Stage, end: EndpointSpace, model: Model) -> str:
    """The external address; outside all mentioned blocks, one that no pod has."""
    family = family_in(on, model)
    value = model[end.address.bits[family].name]
    if on.scene.world is not World.SNAPSHOT:
        return _text(family, value)
    taken = on.scene.addresses[family]
    width = end.address.bits[family].width
    free = (
        near
        for step in range(len(taken) + 1)
        if (near := (value + step) % (1 << width)) not in taken
        and _blocks_around(on, family, near) == _blocks_around(on, family, value)
    )
    return _text(family, next(free, value))


def _blocks_around(
    on: Stage, family: Family, value: int
) -> list[IPv4Network | IPv6Network]:
    """The mentioned blocks that hold the address, the smallest first."""
    around = [
        block
        for block in map(ip_network, on.scene.vocabulary.blocks)
        if block.version == family.value
        and int(block.network_address) <= value <= int(block.broadcast_address)
    ]
    return sorted(around, key=lambda block: -block.prefixlen)


def _address_text(on: Stage, end: EndpointSpace, model: Model) -> str:
    family = family_in(on, model)
    return _text(family, model[end.address.bits[family].name])


def _text(family: Family, value: int) -> str:
    width = 4 if family is Family.IPV4 else 16
    return str(ip_address(value.to_bytes(width, "big")))
