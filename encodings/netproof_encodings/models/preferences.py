"""Which of all solutions makes a connection that reads well: named pods, few labels, low ports."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from netproof_encodings.decision.conditions import End
from netproof_encodings.logic.terms import Bits, Model, Term
from netproof_encodings.meaning.labels import ABSENT
from netproof_encodings.meaning.ports import PROTOCOL_CODES
from netproof_encodings.meaning.profiles import class_bits
from netproof_encodings.meaning.spaces import EndpointSpace, is_held
from netproof_encodings.models.addresses import family_in
from netproof_encodings.models.decoding import (
    as_stated,
    like,
    namespace_name,
    stated_namespaces,
)
from netproof_encodings.obligations.claims import Stage
from netproof_encodings.parts.extents import EVERYTHING, Extent
from netproof_specs.model.accounts import DEFAULT_ACCOUNT
from netproof_specs.model.connections import DYNAMIC_PORT
from netproof_specs.model.traffic import Family
from netproof_specs.worlds import World

PREFERRED_PORTS = (80, 443, 8080, 53, 22, 5432, 6379)
PREFERRED_ADDRESSES = {Family.IPV4: "203.0.113.5", Family.IPV6: "2001:db8::5"}
"""Addresses set aside for documentation."""


def preferences(on: Stage, model: Callable[[], Model], near: Extent) -> Iterator[tuple[Term, ...]]:
    """What makes a counterexample easy to read, most important first.

    Of each tuple the first term is wanted that goes with what was granted before; `model` gives
    the solution as it stands when the tuple is asked for. Together they leave no choice: which
    connection is shown depends on the obligation alone, not on the solver or its past. What a stage
    of the extent `near` holds comes first, so that it does not depend on how much is held either.
    """
    terms, space = on.terms, on.space
    if near != EVERYTHING:
        ends = zip(End, space.ends, strict=True)
        held = (is_held(terms, end, near.at(which)) for which, end in ends)
        yield (terms.conjunction(held),)
    yield tuple(terms.equals(space.ports.protocol, code) for code in PROTOCOL_CODES.values())
    yield (terms.negation(space.source.address.ipv6),)
    yield from ((end.pod,) for end in space.ends)
    for end in space.ends:
        if end.host is not None:
            yield from _lowest(on, end.host.number, model)
    for end in space.ends:
        yield from _plain_others(on, end, model)
    ports = (terms.equals(space.ports.port, port) for port in PREFERRED_PORTS)
    yield (*ports, terms.at_most(space.ports.port, 1023))
    yield from _lowest(on, space.ports.port, model)
    if space.ports.source is not None:
        # Most clients connect from such a port; below 1024 few may.
        usual = terms.equals(space.ports.source, DYNAMIC_PORT)
        yield usual, terms.negation(terms.at_most(space.ports.source, 1023))
        yield from _lowest(on, space.ports.source, model)
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
    """The first pods of the manifests, in order of namespace and name.

    So are the classes. One that is not held has no number, so that its namespace is asked for.
    """
    for end in on.space.ends:
        if model()[end.pod.name]:
            if on.elsewhere:
                yield from _lowest(on, end.namespace.name, model)
            yield from _lowest(on, class_bits(on.terms, end.prefix, len(on.scene.classes)), model)


def _plain_pods(on: Stage, model: Callable[[], Model]) -> Iterator[tuple[Term, ...]]:
    """Pods of the manifests before invented ones, few labels, few declared ports.

    What is not as the input states it is rather in no namespace of the input at all: a known name
    with other labels is easily misread.
    """
    terms = on.terms
    for end in on.space.ends:
        known = terms.at_most(end.namespace.name, len(end.namespace.names) - 1)
        stated = (as_stated(on, end, one) for one in stated_namespaces(on).values())
        yield (terms.disjunction(stated), terms.negation(known))
    for end in on.space.ends:
        yield from _lowest(on, end.namespace.name, model)
        yield (_manifest_pod(on, end, model()),)
    for end in on.space.ends:
        if end.account is not None:
            yield (terms.equals(end.account.name, end.account.code_of(DEFAULT_ACCOUNT)),)
            yield from _lowest(on, end.account.name, model)
    for end in on.space.ends:
        accounts = {} if end.account is None else end.account.labels
        for space in (end.namespace.labels, accounts, end.labels):
            for key in space.values():
                plain = terms.negation(terms.equals(key.bits, key.other))
                yield (terms.equals(key.bits, ABSENT), plain)
                yield from _lowest(on, key.bits, model)
    for found in on.space.ports.declared.values():
        yield from ((terms.negation(one),) for one in found.values())


def _plain_others(
    on: Stage, end: EndpointSpace, model: Callable[[], Model]
) -> Iterator[tuple[Term, ...]]:
    """Few labels of a host endpoint that is none of the input, and any name."""
    if end.host is None or end.host.other is None:
        return
    other = end.host.other
    if model()[end.host.number.name] not in {one.number for one in other.points}:
        return
    yield from _lowest(on, other.name, model)
    for key in other.labels.values():
        plain = on.terms.negation(on.terms.equals(key.bits, key.other))
        yield (on.terms.equals(key.bits, ABSENT), plain)
        yield from _lowest(on, key.bits, model)


def _manifest_pod(on: Stage, end: EndpointSpace, model: Model) -> Term:
    """True iff the end is like a pod of the manifests in the namespace that it has in `model`.

    Its labels and ports, those of its namespace, and the family are then as the input states
    them. A pod of known address is left out where some block may tell its address: no pod of an
    open world has a known one.
    """
    stated = stated_namespaces(on).get(namespace_name(end, model))
    if stated is None:
        return on.terms.false
    pods = (like(on, end, one) for one in on.scene.classes if one.namespace == stated.name)
    parts = (end.pod, as_stated(on, end, stated), on.terms.disjunction(pods))
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
