"""What regions say of host endpoints where there may be any: by labels, as policies tell them.

Those of the input are host endpoints like others there, so that one region can hold both.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from netproof_encodings.decision.conditions import subject_end
from netproof_encodings.differences.conditions import (
    AmongHosts,
    ExpectsAddress,
    GivesPort,
    HostCondition,
    ListsProfiles,
    OnNodes,
)
from netproof_encodings.logic.terms import Model, Term, Terms
from netproof_encodings.lowering.any_hosts import protocol_named
from netproof_encodings.meaning.labels import ABSENT, KeyCodes, LabelSpace, selected
from netproof_encodings.meaning.matching import matches
from netproof_encodings.meaning.spaces import ConnectionSpace, EndpointSpace
from netproof_encodings.models.decoding import holds
from netproof_encodings.obligations.claims import Stage
from netproof_encodings.vocabulary.hosts import HostPoint
from netproof_specs.model.hosts import HostEndpoint
from netproof_specs.model.labels import Labels, LabelSelector, Operator, Requirement
from netproof_specs.model.traffic import Direction


def host_term(
    terms: Terms, space: ConnectionSpace, end: EndpointSpace, condition: HostCondition
) -> Term:
    """True iff the end meets the condition."""
    match condition:
        case AmongHosts(_, names):
            wanted = frozenset(names)
            points = (one for one in _points(end) if one.host.name in wanted)
            return end.is_host_among(terms, points)
        case ListsProfiles(_, lists):
            points = (one for one in _points(end) if one.host.profiles in lists)
            return end.is_host_among(terms, points)
        case ExpectsAddress(_, expects):
            points = (one for one in _points(end) if one.expects is expects)
            return end.is_host_among(terms, points)
        case OnNodes(_, names, among):
            points = (one for one in _points(end) if (one.host.node in names) is among)
            return end.is_host_among(terms, points)
        case GivesPort(_, name, given):
            gives = _gives(terms, space, end, name)
            is_so = gives if given else terms.negation(gives)
            return terms.conjunction((end.is_host(terms), is_so))
        case _:
            assert_never(condition)


def host_labelled(terms: Terms, end: EndpointSpace, requirements: tuple[Requirement, ...]) -> Term:
    """True iff the end is a host endpoint whose own labels meet the requirements."""
    labels = end.other_host().labels
    other = terms.conjunction(
        (end.is_other_host(terms), selected(terms, labels, LabelSelector(requirements)))
    )
    known = (
        one
        for one in _points(end)
        if not one.host.invented
        and all(_meets(labels, one.host.labels, asked) for asked in requirements)
    )
    return terms.disjunction((other, end.is_host_among(terms, known)))


def _meets(space: LabelSpace, labels: Labels, asked: Requirement) -> bool:
    """Whether known labels meet the requirement, of whose values some may stand for others."""
    key, given = space[asked.key], dict(labels).get(asked.key)
    there = given is not None
    among = key.code_of(given) in {key.codes[value] for value in asked.values}
    match asked.operator:
        case Operator.IN:
            return there and among
        case Operator.NOT_IN:
            return not (there and among)
        case Operator.EXISTS:
            return there
        case Operator.DOES_NOT_EXIST:
            return not there
        case _:
            assert_never(asked.operator)


def _gives(terms: Terms, space: ConnectionSpace, end: EndpointSpace, name: str) -> Term:
    at = space.which(end)
    known: dict[str, HostEndpoint] = {}
    for one in _points(end):
        if not one.host.invented:
            known.setdefault(one.host.name, one.host)
    listed = ((host, port) for host in known.values() for port in host.ports if port.name == name)
    return terms.disjunction(
        (
            terms.conjunction((end.is_other_host(terms), space.ports.declared[at][name])),
            *(
                terms.conjunction(
                    (
                        end.is_host_among(terms, _points_of(end, host)),
                        matches(terms, space, protocol_named(port.protocol), {}),
                        terms.equals(space.ports.at(at), port.port),
                    )
                )
                for host, port in listed
            ),
        )
    )


def _points(end: EndpointSpace) -> tuple[HostPoint, ...]:
    return () if end.host is None else end.host.points


def _points_of(end: EndpointSpace, host: HostEndpoint) -> Iterator[HostPoint]:
    return (one for one in _points(end) if one.host.name == host.name)


def told_of(
    on: Stage, end: EndpointSpace, point: HostPoint, model: Model
) -> Iterator[HostCondition]:
    """What policies can tell of the host endpoint of the model, its labels and address aside."""
    terms, space, others = on.terms, on.space, on.scene.vocabulary.others
    which = space.which(end)
    at = Direction.EGRESS if which is subject_end(Direction.EGRESS) else Direction.INGRESS
    yield ListsProfiles(at, (point.host.profiles,))
    yield ExpectsAddress(at, point.expects)
    unlike = () if others is None else others.unlike
    alike = next((names for names in unlike if point.host.node in names), ())
    if unlike:
        names = alike or tuple(sorted(name for each in unlike for name in each))
        yield OnNodes(at, names, bool(alike))
    for name in space.ports.declared[which]:
        yield GivesPort(at, name, holds(_gives(terms, space, end, name), model))


def own_codes(
    end: EndpointSpace, point: HostPoint, model: Model
) -> Iterator[tuple[str, KeyCodes, int]]:
    """The keys that are asked of host endpoints' own labels, with the code that each has."""
    for name, key in end.other_host().labels.items():
        if point.host.invented:
            yield name, key, model[key.bits.name]
        else:
            given = dict(point.host.labels).get(name)
            yield name, key, ABSENT if given is None else key.code_of(given)
