"""Regions: sets of connections as a product of conditions on ends, protocol and port.

A region starts as the connection of one model, written as conditions, and grows by dropping and
widening conditions for as long as everything in it is changed; a callback answers that. It is
called with a condition in place of the one to be widened.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import TypeVar, assert_never

from netproof_encodings.addresses import in_block
from netproof_encodings.connections import EndpointSpace, namespace_selected
from netproof_encodings.labels import ABSENT, KeyCodes, selected
from netproof_encodings.obligations import Stage
from netproof_encodings.ports import PROTOCOL_CODES
from netproof_encodings.terms import Model, Term
from netproof_encodings.worlds import class_bits
from netproof_specs.model.connections import Family
from netproof_specs.model.labels import NAME_LABEL, LabelSelector, Operator, Requirement
from netproof_specs.model.network_policy import Direction, Protocol
from netproof_specs.worlds import World

End = Direction
"""An end of the connection by the direction that it decides: egress is the source."""


@dataclass(frozen=True, slots=True)
class IsPod:
    """The end is a pod, or, where `pod` is false, an external address."""

    end: End
    pod: bool


@dataclass(frozen=True, slots=True)
class HasLabels:
    """The end is a pod whose labels, or whose namespace's, meet requirements on one key."""

    end: End
    of_namespace: bool
    requirements: tuple[Requirement, ...]


@dataclass(frozen=True, slots=True)
class InClass:
    """The end is a pod of the snapshot class of that number."""

    end: End
    number: int


@dataclass(frozen=True, slots=True)
class InBlock:
    """The end's address is in `cidr` and in none of `excepts`; `pod` says what the end is."""

    end: End
    pod: bool
    cidr: str
    excepts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Declares:
    """The destination is a pod that declares the port under the name, or one that does not."""

    name: str
    declared: bool


@dataclass(frozen=True, slots=True)
class OnFamily:
    """The connection uses the address family."""

    family: Family


@dataclass(frozen=True, slots=True)
class OnProtocols:
    """The connection uses one of the protocols."""

    protocols: tuple[Protocol, ...]


@dataclass(frozen=True, slots=True)
class OnPorts:
    """The destination port lies between `first` and `last`, inclusive."""

    first: int
    last: int


Condition = (
    IsPod | HasLabels | InClass | InBlock | Declares | OnFamily | OnProtocols | OnPorts
)
"""One factor of a region."""

Changed = Callable[[Condition], bool]
"""Whether everything is still changed with this condition in place of the one to widen."""


def term_of(on: Stage, condition: Condition) -> Term:
    """True iff the connection meets the condition."""
    terms = on.terms
    match condition:
        case IsPod(end, pod):
            symbol = _space(on, end).pod
            return symbol if pod else terms.negation(symbol)
        case HasLabels(end, of_namespace, requirements):
            space, selector = _space(on, end), LabelSelector(requirements)
            fits = (
                namespace_selected(terms, space.namespace, selector)
                if of_namespace
                else selected(terms, space.labels, selector)
            )
            return terms.conjunction((space.pod, fits))
        case InClass(end, number):
            space = _space(on, end)
            bits = class_bits(terms, space.prefix, len(on.scene.classes))
            return terms.conjunction((space.pod, terms.equals(bits, number)))
        case InBlock(end, pod, cidr, excepts):
            space = _space(on, end)
            kind = space.pod if pod else terms.negation(space.pod)
            inside = in_block(terms, space.address, cidr, excepts)
            return terms.conjunction((kind, space.addressed, inside))
        case Declares(name, declared):
            flag = on.space.ports.declared[name]
            return terms.conjunction(
                (on.space.destination.pod, flag if declared else terms.negation(flag))
            )
        case OnFamily(family):
            return on.space.source.address.uses(terms, family)
        case OnProtocols(protocols):
            codes = (PROTOCOL_CODES[one] for one in protocols)
            return terms.one_of(on.space.ports.protocol, codes)
        case OnPorts(first, last):
            return terms.between(on.space.ports.port, first, last)
        case _:
            assert_never(condition)


def _space(on: Stage, end: End) -> EndpointSpace:
    return on.space.source if end is Direction.EGRESS else on.space.destination


def conditions_of(on: Stage, model: Model) -> list[Condition]:
    """Conditions that together hold of the model's connection only, up to what none can see.

    Those that say least come first: they are the first to be dropped.
    """
    found: list[Condition] = []
    pods = [end for end in _ENDS if model[_space(on, end).pod.name]]
    for part in (_place, _labels):
        for end in pods:
            found += part(on, end, model)
    family = _family(on, model)
    found.append(OnFamily(family))
    for end in _ENDS:
        found += _address(on, end, model, family)
    found += _declared(on, model)
    found.append(OnProtocols((_protocol(on, model),)))
    found.append(OnPorts(model["port"], model["port"]))
    found += [IsPod(end, bool(model[_space(on, end).pod.name])) for end in Direction]
    return found


_ENDS = (Direction.EGRESS, Direction.INGRESS)


def _place(on: Stage, end: End, model: Model) -> list[Condition]:
    """Which pod, and in which namespace: what one would rather say by labels."""
    found: list[Condition] = []
    if on.scene.world is World.SNAPSHOT:
        found.append(InClass(end, model[f"{_space(on, end).prefix}.class"]))
    found.append(HasLabels(end, True, _exactly_namespace(on, end, model)))
    return found


def _labels(on: Stage, end: End, model: Model) -> list[Condition]:
    """The mentioned labels of the pod and of its namespace."""
    space = _space(on, end)
    found: list[Condition] = []
    for of_namespace, labels in ((True, space.namespace.labels), (False, space.labels)):
        for key, codes in labels.items():
            tight = _exactly(key, codes, model[codes.bits.name])
            found.append(HasLabels(end, of_namespace, tight))
    return found


def _exactly(key: str, codes: KeyCodes, code: int) -> tuple[Requirement, ...]:
    """The requirements that only the code meets."""
    if code == ABSENT:
        return (Requirement(key, Operator.DOES_NOT_EXIST),)
    for value, known in codes.codes.items():
        if known == code:
            return (Requirement(key, Operator.IN, (value,)),)
    return (Requirement(key, Operator.EXISTS), *_not_in(key, tuple(codes.codes)))


def _not_in(key: str, values: Sequence[str]) -> tuple[Requirement, ...]:
    return (Requirement(key, Operator.NOT_IN, tuple(values)),) if values else ()


def _exactly_namespace(on: Stage, end: End, model: Model) -> tuple[Requirement, ...]:
    """The namespace by name; all namespaces that nothing mentions are alike."""
    space = _space(on, end).namespace
    code = model[space.name.name]
    for name, known in space.names.items():
        if known == code:
            return (Requirement(NAME_LABEL, Operator.IN, (name,)),)
    return _not_in(NAME_LABEL, tuple(space.names))


def _address(on: Stage, end: End, model: Model, family: Family) -> list[Condition]:
    space = _space(on, end)
    if not model[space.addressed.name]:
        return []
    value = model[space.address.bits[family].name]
    pod = bool(model[space.pod.name])
    return [InBlock(end, pod, *_blocks(on, family, value)[-1])]


_Block = IPv4Network | IPv6Network


def _blocks(on: Stage, family: Family, value: int) -> list[tuple[str, tuple[str, ...]]]:
    """Blocks around the address, the widest first, each without what sets the address apart.

    What is left out of each are the largest mentioned blocks in it that do not hold the address.
    """
    width = "0.0.0.0/0" if family is Family.IPV4 else "::/0"
    mentioned = [
        block
        for block in map(ip_network, {*on.scene.vocabulary.blocks, width})
        if block.version == family.value
    ]
    around = sorted((b for b in mentioned if _holds(b, value)), key=lambda b: b.prefixlen)
    apart = [b for b in mentioned if not _holds(b, value)]
    return [
        (str(block), _maximal([one for one in apart if _within(one, block)])) for block in around
    ]


def _holds(block: _Block, value: int) -> bool:
    return int(block.network_address) <= value <= int(block.broadcast_address)


def _within(one: _Block, other: _Block) -> bool:
    return _holds(other, int(one.network_address)) and one.prefixlen > other.prefixlen


def _maximal(blocks: Sequence[_Block]) -> tuple[str, ...]:
    kept = [one for one in blocks if not any(_within(one, other) for other in blocks)]
    return tuple(str(one) for one in sorted(kept, key=lambda b: (int(b[0]), b.prefixlen)))


def _declared(on: Stage, model: Model) -> list[Condition]:
    if not model[on.space.destination.pod.name]:
        return []
    return [
        Declares(name, bool(model[term.name])) for name, term in on.space.ports.declared.items()
    ]


def _family(on: Stage, model: Model) -> Family:
    return Family.IPV6 if model[on.space.source.address.ipv6.name] else Family.IPV4


def _protocol(on: Stage, model: Model) -> Protocol:
    code = model[on.space.ports.protocol.name]
    return next(protocol for protocol, known in PROTOCOL_CODES.items() if known == code)


def widened(
    on: Stage, condition: Condition, model: Model, bounds: Sequence[int], changed: Changed
) -> Condition:
    """The widest form of a condition that cannot be dropped for which `changed` says yes.

    `bounds` are the first ports of the stretches on which no policy can tell ports apart, in
    ascending order from 1, and 65536.
    """
    match condition:
        case HasLabels():
            return _wider_labels(on, condition, changed)
        case InBlock():
            return _wider_block(on, condition, model, changed)
        case OnProtocols(protocols):
            others = [one for one in Protocol if one not in protocols]
            kept = _grown(others, lambda more: changed(_on_protocols(protocols, more)))
            return _on_protocols(protocols, kept)
        case OnPorts():
            return _wider_ports(condition, bounds, changed)
        case IsPod() | InClass() | Declares() | OnFamily():
            return condition
        case _:
            assert_never(condition)


def _on_protocols(some: Sequence[Protocol], more: Sequence[Protocol]) -> OnProtocols:
    return OnProtocols(tuple(one for one in Protocol if one in some or one in more))


T = TypeVar("T")

MANY = 24
"""How many single values a widening tries; a condition with more stays narrower than it might."""


def _grown(candidates: Sequence[T], fits: Callable[[list[T]], bool]) -> list[T]:
    """Candidates that can be taken together, greedily in order."""
    taken: list[T] = []
    for one in candidates[:MANY]:
        if fits([*taken, one]):
            taken.append(one)
    return taken


C = TypeVar("C", HasLabels, InBlock)


def _sparest(candidates: Sequence[T], sparing: Callable[[Sequence[T]], C], changed: Changed) -> C:
    """The condition without as many of the candidates as go."""
    return sparing(_grown(candidates, lambda some: changed(sparing(some))))


def _wider_labels(on: Stage, condition: HasLabels, changed: Changed) -> HasLabels:
    """From `NotIn` with few values over `Exists` and `NotIn` to `In` with many."""
    key = condition.requirements[0].key
    own = condition.requirements[0].values if _is_in(condition) else ()
    rest = [value for value in _values(on, condition) if value not in own]
    absent = condition.requirements[0].operator is Operator.DOES_NOT_EXIST
    exists = (Requirement(key, Operator.EXISTS),)
    for stem in [()] if absent or key == NAME_LABEL else [(), exists]:
        form = _without(condition, key, stem, rest, ())
        if (stem or rest) and (form == condition or changed(form)):
            return _sparest(rest, partial(_without, condition, key, stem, rest), changed)
    if not own:
        return condition
    more = _grown(rest, lambda some: changed(_among(condition, key, (*own, *some))))
    return _among(condition, key, (*own, *more))


def _is_in(condition: HasLabels) -> bool:
    return condition.requirements[0].operator is Operator.IN


def _values(on: Stage, condition: HasLabels) -> list[str]:
    space, key = _space(on, condition.end), condition.requirements[0].key
    if key == NAME_LABEL and condition.of_namespace:
        return list(space.namespace.names)
    return list((space.namespace.labels if condition.of_namespace else space.labels)[key].codes)


def _without(
    condition: HasLabels,
    key: str,
    stem: tuple[Requirement, ...],
    values: Sequence[str],
    spared: Sequence[str],
) -> HasLabels:
    kept = [value for value in values if value not in spared]
    return replace(condition, requirements=(*stem, *_not_in(key, kept)))


def _among(condition: HasLabels, key: str, values: tuple[str, ...]) -> HasLabels:
    return replace(condition, requirements=(Requirement(key, Operator.IN, tuple(sorted(values))),))


def _wider_block(on: Stage, condition: InBlock, model: Model, changed: Changed) -> InBlock:
    family = Family(ip_network(condition.cidr).version)
    value = model[_space(on, condition.end).address.bits[family].name]
    for cidr, excepts in _blocks(on, family, value):
        wider = replace(condition, cidr=cidr, excepts=excepts)
        if wider == condition or changed(wider):
            return _sparest(excepts, partial(_sparing, wider), changed)
    return condition


def _sparing(condition: InBlock, spared: Sequence[str]) -> InBlock:
    kept = tuple(one for one in condition.excepts if one not in spared)
    return replace(condition, excepts=kept)


def _wider_ports(condition: OnPorts, bounds: Sequence[int], changed: Changed) -> OnPorts:
    """The longest stretch, first upwards, then downwards, by bisection over the bounds."""
    ends = [bound - 1 for bound in bounds if bound - 1 >= condition.last]
    last = _furthest(ends, lambda end: changed(OnPorts(condition.first, end)), condition.last)
    starts = [bound for bound in reversed(bounds) if bound <= condition.first]
    first = _furthest(starts, lambda start: changed(OnPorts(start, last)), condition.first)
    return OnPorts(first, last)


def _furthest(candidates: Sequence[int], fits: Callable[[int], bool], nearest: int) -> int:
    """The last candidate that fits, where all before it do; `nearest` if none does."""
    low, high = 0, len(candidates)
    while low < high:
        middle = (low + high) // 2
        if fits(candidates[middle]):
            low = middle + 1
        else:
            high = middle
    return candidates[low - 1] if low else nearest


def port_bounds(ports: Iterable[tuple[int, int]]) -> list[int]:
    """The first ports of the stretches that the ranges (inclusive) cut 1 to 65535 into."""
    cuts = {1, 65536}
    for first, last in ports:
        cuts.update((first, last + 1))
    return sorted(cuts)
