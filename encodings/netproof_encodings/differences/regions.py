"""Regions: sets of connections as a product of conditions on ends, protocol and ports.

A region starts as the connection of one model, written as conditions that only it meets, and
grows by dropping and widening them (`netproof_encodings.differences.widening`) for as long as
everything in it is changed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import Enum
from typing import assert_never

from netproof_encodings.decision.conditions import Whose, subject_end
from netproof_encodings.differences.blocks import blocks_of
from netproof_encodings.logic.terms import Model, Term
from netproof_encodings.meaning.accounts import AccountSpace
from netproof_encodings.meaning.addresses import in_block
from netproof_encodings.meaning.labels import ABSENT, KeyCodes, LabelSpace, selected
from netproof_encodings.meaning.ports import PROTOCOL_CODES
from netproof_encodings.meaning.profiles import class_bits
from netproof_encodings.meaning.spaces import EndpointSpace, namespace_selected
from netproof_encodings.models.addresses import family_in
from netproof_encodings.models.decoding import protocol_in
from netproof_encodings.obligations.claims import Stage
from netproof_encodings.vocabulary.hosts import HostPoint
from netproof_encodings.vocabulary.mentioned import LONGEST_LABEL
from netproof_specs.frozen import Frozen
from netproof_specs.model.labels import NAME_LABEL, LabelSelector, Operator, Requirement
from netproof_specs.model.traffic import Direction, Family, Protocol
from netproof_specs.worlds import World

End = Direction
"""An end of the connection by the direction that it decides: egress is the source."""


class Kind(Enum):
    """What an end is: a pod, an address outside the cluster, or a host endpoint."""

    POD = "pod"
    OUTSIDE = "outside"
    HOST = "host"


class OfKind(Frozen):
    """The end is of that kind."""

    end: End
    kind: Kind


class HasLabels(Frozen):
    """The end is a pod of which some labels meet requirements on one key.

    They are its own, or those of its namespace or service account.
    """

    end: End
    whose: Whose
    requirements: tuple[Requirement, ...]


class RunsAs(Frozen):
    """The end is a pod that runs as a service account of such a name, or iff not `among`, of none.
    """

    end: End
    names: tuple[str, ...]
    among: bool


class HandsOn(Frozen):
    """The end is a pod whose service account hands on its labels, or one whose account does not.

    An account hands them on iff its name fits into a label (D.15).
    """

    end: End
    fits: bool


class AmongHosts(Frozen):
    """The end is one of the host endpoints of those names."""

    end: End
    names: tuple[str, ...]


class InClass(Frozen):
    """The end is a pod of the snapshot class of that number."""

    end: End
    number: int


class InBlock(Frozen):
    """The end is of the kind, and its address in `cidr` and in none of `excepts`."""

    end: End
    kind: Kind
    cidr: str
    excepts: tuple[str, ...]


class Declares(Frozen):
    """The end is a pod that declares the port that the connection has there under the name, or one
    that does not.
    """

    end: End
    name: str
    declared: bool


class OnFamily(Frozen):
    """The connection uses the address family."""

    family: Family


class OnProtocols(Frozen):
    """The connection uses one of the protocols."""

    protocols: tuple[Protocol, ...]


class OnPorts(Frozen):
    """The destination port lies between `first` and `last`, inclusive."""

    first: int
    last: int


class FromPorts(Frozen):
    """The source port lies between `first` and `last`, inclusive."""

    first: int
    last: int


Condition = (
    OfKind
    | HasLabels
    | RunsAs
    | HandsOn
    | AmongHosts
    | InClass
    | InBlock
    | Declares
    | OnFamily
    | OnProtocols
    | OnPorts
    | FromPorts
)
"""One factor of a region."""


def term_of(on: Stage, condition: Condition) -> Term:
    """True iff the connection meets the condition."""
    terms = on.terms
    match condition:
        case OfKind(end, kind):
            return _is_of_kind(on, space_of(on, end), kind)
        case HasLabels(end):
            space = space_of(on, end)
            return terms.conjunction((space.pod, _is_labelled(on, space, condition)))
        case RunsAs(end, names, among):
            space = space_of(on, end)
            account = space.known_account()
            named = terms.one_of(account.name, (account.told[name] for name in names))
            return terms.conjunction((space.pod, named if among else terms.negation(named)))
        case HandsOn(end, fits):
            space = space_of(on, end)
            handing = space.known_account().handing_on(terms)
            return terms.conjunction((space.pod, handing if fits else terms.negation(handing)))
        case AmongHosts(end, names):
            space = space_of(on, end)
            wanted = frozenset(names)
            points = (one for one in host_points_of(space) if one.host.name in wanted)
            return space.is_host_among(terms, points)
        case InClass(end, number):
            space = space_of(on, end)
            bits = class_bits(terms, space.prefix, len(on.scene.classes))
            return terms.conjunction((space.pod, terms.equals(bits, number)))
        case InBlock(end, kind, cidr, excepts):
            space = space_of(on, end)
            inside = in_block(terms, space.address, cidr, excepts)
            return terms.conjunction((_is_of_kind(on, space, kind), space.addressed, inside))
        case Declares(end, name, declared):
            flag = on.space.ports.declared[subject_end(end)][name]
            pod = space_of(on, end).pod
            return terms.conjunction((pod, flag if declared else terms.negation(flag)))
        case OnFamily(family):
            return on.space.source.address.uses(terms, family)
        case OnProtocols(protocols):
            codes = (PROTOCOL_CODES[one] for one in protocols)
            return terms.one_of(on.space.ports.protocol, codes)
        case OnPorts(first, last) | FromPorts(first, last):
            ports = on.space.ports
            bits = ports.port if isinstance(condition, OnPorts) else ports.known_source()
            return terms.between(bits, first, last)
        case _:
            assert_never(condition)


def _is_of_kind(on: Stage, space: EndpointSpace, kind: Kind) -> Term:
    match kind:
        case Kind.POD:
            return space.pod
        case Kind.OUTSIDE:
            return on.terms.negation(space.inside(on.terms))
        case Kind.HOST:
            return space.is_host(on.terms)
        case _:
            assert_never(kind)


def _is_labelled(on: Stage, space: EndpointSpace, condition: HasLabels) -> Term:
    selector = LabelSelector(condition.requirements)
    match condition.whose:
        case Whose.POD:
            return selected(on.terms, space.labels, selector)
        case Whose.NAMESPACE:
            return namespace_selected(on.terms, space.namespace, selector)
        case Whose.ACCOUNT:
            return selected(on.terms, space.known_account().labels, selector)
        case Whose.HOST:
            return selected(on.terms, space.other_host().labels, selector)
        case _:
            assert_never(condition.whose)


def host_points_of(space: EndpointSpace) -> tuple[HostPoint, ...]:
    """The points of host endpoints that the end can be."""
    return () if space.host is None else space.host.points


def space_of(on: Stage, end: End) -> EndpointSpace:
    """The symbols of the end."""
    return on.space.source if end is Direction.EGRESS else on.space.destination


def conditions_of(on: Stage, model: Model) -> list[Condition]:
    """Conditions that together hold of the model's connection only, up to what none can see.

    Those that say least come first: they are the first to be dropped.
    """
    found: list[Condition] = []
    pods = [end for end in _ENDS if model[space_of(on, end).pod.name]]
    for part in (_place, _labels):
        for end in pods:
            found += part(on, end, model)
    for end in _ENDS:
        point = _host_in(space_of(on, end), model)
        found += [] if point is None else [AmongHosts(end, (point.host.name,))]
    family = family_in(on, model)
    found.append(OnFamily(family))
    for end in _ENDS:
        found += _address(on, end, model, family)
    for end in pods:
        found += _declared(on, end, model)
    found.append(OnProtocols((protocol_in(on, model),)))
    found.append(OnPorts(model["port"], model["port"]))
    if on.space.ports.source is not None:
        source = model[on.space.ports.source.name]
        found.append(FromPorts(source, source))
    found += [OfKind(end, _kind_in(space_of(on, end), model)) for end in Direction]
    return found


def _kind_in(space: EndpointSpace, model: Model) -> Kind:
    if model[space.pod.name]:
        return Kind.POD
    return Kind.OUTSIDE if _host_in(space, model) is None else Kind.HOST


def _host_in(space: EndpointSpace, model: Model) -> HostPoint | None:
    """The point of a host endpoint that the end is, if it is one."""
    number = 0 if space.host is None else model[space.host.number.name]
    return next((one for one in host_points_of(space) if one.number == number), None)


_ENDS = (Direction.EGRESS, Direction.INGRESS)


def _place(on: Stage, end: End, model: Model) -> list[Condition]:
    """Which pod, and in which namespace: what one would rather say by labels."""
    found: list[Condition] = []
    if on.scene.world is World.SNAPSHOT:
        found.append(InClass(end, model[f"{space_of(on, end).prefix}.class"]))
    found.append(HasLabels(end, Whose.NAMESPACE, _exactly_namespace(on, end, model)))
    return found


def _labels(on: Stage, end: End, model: Model) -> list[Condition]:
    """The mentioned labels of the pod, of its namespace and of its service account."""
    space = space_of(on, end)
    found: list[Condition] = []
    for whose in (Whose.NAMESPACE, Whose.ACCOUNT, Whose.POD):
        for key, codes in labels_of(space, whose).items():
            tight = _exactly(key, codes, model[codes.bits.name])
            found.append(HasLabels(end, whose, tight))
        if whose is Whose.ACCOUNT and space.account is not None:
            found += _account(end, space.account, model)
    return found


def labels_of(space: EndpointSpace, whose: Whose) -> LabelSpace:
    """The mentioned keys, names aside."""
    match whose:
        case Whose.POD:
            return space.labels
        case Whose.NAMESPACE:
            return space.namespace.labels
        case Whose.ACCOUNT:
            return {} if space.account is None else space.account.labels
        case Whose.HOST:
            return {} if space.host is None or space.host.other is None else space.host.other.labels
        case _:
            assert_never(whose)


def _account(end: End, account: AccountSpace, model: Model) -> Iterator[Condition]:
    """The name of the service account; of one that nothing mentions, whether it fits a label.

    One that passes tests of its parts stands for all that do.
    """
    code, told = model[account.name.name], account.told
    known = tuple(name for name, one in told.items() if one == code)
    if known:
        yield RunsAs(end, known, among=True)
        return
    yield HandsOn(end, len(account.name_of(code)) <= LONGEST_LABEL)
    if told:
        yield RunsAs(end, tuple(told), among=False)


def _exactly(key: str, codes: KeyCodes, code: int) -> tuple[Requirement, ...]:
    """The requirements that only the code meets."""
    if code == ABSENT:
        return (Requirement(key, Operator.DOES_NOT_EXIST),)
    for value, known in codes.codes.items():
        if known == code:
            return (Requirement(key, Operator.IN, (value,)),)
    return (Requirement(key, Operator.EXISTS), *not_in(key, tuple(codes.codes)))


def not_in(key: str, values: Sequence[str]) -> tuple[Requirement, ...]:
    """`NotIn` of the values, as far as there are any."""
    return (Requirement(key, Operator.NOT_IN, tuple(values)),) if values else ()


def _exactly_namespace(on: Stage, end: End, model: Model) -> tuple[Requirement, ...]:
    """The namespace by name; all namespaces that nothing mentions are alike."""
    space = space_of(on, end).namespace
    code = model[space.name.name]
    named = {**space.names, **space.passing}
    for name, known in named.items():
        if known == code:
            return (Requirement(NAME_LABEL, Operator.IN, (name,)),)
    return not_in(NAME_LABEL, tuple(named))


def _address(on: Stage, end: End, model: Model, family: Family) -> list[Condition]:
    space = space_of(on, end)
    kind = _kind_in(space, model)
    if not model[space.addressed.name]:
        return []
    if kind is not Kind.OUTSIDE and not on.scene.vocabulary.blocks:
        # Where nothing mentions a block, an end inside shows none of the addresses it may have.
        return []
    value = model[space.address.bits[family].name]
    return [InBlock(end, kind, *blocks_of(on, family, value)[-1])]


def _declared(on: Stage, end: End, model: Model) -> Iterator[Condition]:
    for name, term in on.space.ports.declared[subject_end(end)].items():
        yield Declares(end, name, bool(model[term.name]))
