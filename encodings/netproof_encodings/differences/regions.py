"""Regions: sets of connections as a product of conditions on ends, protocol and ports.

A region starts as the connection of one model, written as conditions that only it meets, and
grows by dropping and widening them (`netproof_encodings.differences.widening`) for as long as
everything in it is changed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import assert_never

from netproof_encodings.decision.conditions import Whose, subject_end
from netproof_encodings.differences.blocks import blocks_of
from netproof_encodings.differences.conditions import (
    AmongHosts,
    Condition,
    Declares,
    End,
    ExpectsAddress,
    FromPorts,
    GivesPort,
    HandsOn,
    HasLabels,
    InBlock,
    InClass,
    Kind,
    ListsProfiles,
    OfKind,
    OnFamily,
    OnNodes,
    OnPorts,
    OnProtocols,
    RunsAs,
)
from netproof_encodings.differences.host_conditions import (
    host_labelled,
    host_term,
    own_codes,
    told_of,
)
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
from netproof_specs.model.labels import NAME_LABEL, LabelSelector, Operator, Requirement
from netproof_specs.model.traffic import Direction, Family
from netproof_specs.worlds import World


def term_of(on: Stage, condition: Condition) -> Term:
    """True iff the connection meets the condition."""
    terms = on.terms
    match condition:
        case OfKind(end, kind):
            return _is_of_kind(on, space_of(on, end), kind)
        case HasLabels(end):
            return _is_labelled(on, space_of(on, end), condition)
        case (
            AmongHosts(end) | ListsProfiles(end) | ExpectsAddress(end) | GivesPort(end)
            | OnNodes(end)
        ):  # fmt: skip
            return host_term(terms, on.space, space_of(on, end), condition)
        case RunsAs(end, names, among):
            space = space_of(on, end)
            account = space.known_account()
            named = terms.one_of(account.name, (account.told[name] for name in names))
            return terms.conjunction((space.pod, named if among else terms.negation(named)))
        case HandsOn(end, fits):
            space = space_of(on, end)
            handing = space.known_account().handing_on(terms)
            return terms.conjunction((space.pod, handing if fits else terms.negation(handing)))
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
            found = selected(on.terms, space.labels, selector)
        case Whose.NAMESPACE:
            found = namespace_selected(on.terms, space.namespace, selector)
        case Whose.ACCOUNT:
            found = selected(on.terms, space.known_account().labels, selector)
        case Whose.HOST:
            return host_labelled(on.terms, space, condition.requirements)
        case _:
            assert_never(condition.whose)
    return on.terms.conjunction((space.pod, found))


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
    hosts = [(end, space_of(on, end)) for end in _ENDS]
    points = [(*one, point) for one in hosts if (point := _host_in(one[1], model)) is not None]
    for end, _, point in points:
        found += [] if point.host.invented else [AmongHosts(end, (point.host.name,))]
    for end, space, point in points if on.scene.vocabulary.others else ():
        for key, codes, code in own_codes(space, point, model):
            found.append(HasLabels(end, Whose.HOST, _exactly(key, codes, code)))
        found += told_of(on, space, point, model)
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
