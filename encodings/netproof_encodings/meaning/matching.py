"""What a policy asks of a connection, as a term."""

from __future__ import annotations

from typing import assert_never

from netproof_encodings.decision.conditions import (
    AccountText,
    All,
    Any,
    Assumed,
    Atom,
    Counted,
    Found,
    FromPorts,
    HasProtocol,
    InBlock,
    InNamespace,
    IsHost,
    IsOrdinaryPod,
    IsPod,
    Labelled,
    LabelText,
    Match,
    NamesPort,
    Not,
    OfFamily,
    OnPorts,
    RunsAs,
    Seen,
    Whose,
)
from netproof_encodings.logic.terms import Term, Terms
from netproof_encodings.meaning.addresses import in_block
from netproof_encodings.meaning.labels import LabelSpace, has, tested
from netproof_encodings.meaning.ports import uses
from netproof_encodings.meaning.spaces import ConnectionSpace, EndpointSpace, is_named, name_passes
from netproof_specs.assumptions import Assumption
from netproof_specs.model.labels import NAME_LABEL


def matches(
    terms: Terms, space: ConnectionSpace, condition: Match, known: dict[Atom, Term]
) -> Term:
    """True iff the connection meets the condition.

    Of few atoms many conditions are made, so those met so far are `known`.
    """
    match condition:
        case All(parts):
            return terms.conjunction([matches(terms, space, one, known) for one in parts])
        case Any(parts):
            return terms.disjunction([matches(terms, space, one, known) for one in parts])
        case Not(part):
            return terms.negation(matches(terms, space, part, known))
        case atom:
            found = known.get(atom)
            if found is None:
                found = known[atom] = _holds(terms, space, atom)
            return found


def _holds(terms: Terms, space: ConnectionSpace, atom: Atom) -> Term:
    match atom:
        case IsPod() | IsOrdinaryPod() | IsHost():
            return _is_kind(terms, space, atom)
        case InNamespace(at, name):
            end = space.end(at)
            there = terms.equals(end.namespace.name, end.namespace.names[name])
            return terms.conjunction((end.selectable, there))
        case Labelled(at, whose) | LabelText(at, whose):
            end = space.end(at)
            there = end.is_other_host(terms) if whose is Whose.HOST else end.selectable
            return terms.conjunction((there, _carries(terms, end, atom)))
        case RunsAs(at) | AccountText(at):
            end = space.end(at)
            return terms.conjunction((end.selectable, _runs_as(terms, end, atom)))
        case InBlock(at, cidr, pods):
            end = space.end(at)
            seen = block_sees(terms, space, end, pods)
            return terms.conjunction((seen, in_block(terms, end.address, cidr)))
        case HasProtocol(protocol):
            return uses(terms, space.ports, protocol)
        case OnPorts(ports):
            return terms.between(space.ports.port, ports.first, ports.last)
        case FromPorts(ports):
            return terms.between(space.ports.known_source(), ports.first, ports.last)
        case NamesPort():
            return _named(terms, space, atom)
        case OfFamily(family):
            return space.source.address.uses(terms, family)
        case Assumed(assumption):
            return space.assumptions[assumption]
        case _:
            assert_never(atom)


def _named(terms: Terms, space: ConnectionSpace, atom: NamesPort) -> Term:
    """Whether the end declares its port under the name: as a pod, or as a host endpoint."""
    if atom.counted is Counted.OF_HOST:
        declared = space.ports.declared[atom.end][atom.name]
        return terms.conjunction((space.end(atom.end).is_other_host(terms), declared))
    return space.ports.named[atom.end][atom.name]


def _is_kind(terms: Terms, space: ConnectionSpace, atom: IsPod | IsOrdinaryPod | IsHost) -> Term:
    """Whether the end is a pod of that kind, or such a host endpoint."""
    end = space.end(atom.end)
    match atom:
        case IsPod():
            return end.selectable
        case IsOrdinaryPod():
            return terms.conjunction((end.pod, terms.negation(end.host_network)))
        case IsHost(_, names, found):
            return _is_host(terms, end, names, found)
        case _:
            assert_never(atom)


def _is_host(terms: Terms, end: EndpointSpace, names: tuple[str, ...], found: Found) -> Term:
    """Whether the end is such a host endpoint, or a pod that is policed as one (D.1, A.45)."""
    if end.host is None:
        return terms.false
    points = end.host.points
    codes = (end.host.names[name] for name in names if name in end.host.names)
    passing = terms.one_of(end.host.passed, codes)
    as_node = terms.conjunction((end.pod, terms.negation(end.selectable), passing))
    if found is Found.BY_ADDRESS:
        points = tuple(one for one in points if one.expects)
        as_node = terms.conjunction((as_node, end.host.expected))
    among = frozenset(names)
    itself = end.is_host_among(terms, (one for one in points if one.host.name in among))
    return terms.disjunction((itself, as_node))


def _carries(terms: Terms, end: EndpointSpace, atom: Labelled | LabelText) -> Term:
    """Whether the labels are as asked for; the automatic label is the namespace's name (A.25)."""
    automatic = atom.whose is Whose.NAMESPACE and atom.key == NAME_LABEL
    if isinstance(atom, LabelText):
        if automatic:
            return name_passes(terms, end.namespace, atom.test, atom.text)
        return tested(terms, _labels(end, atom.whose)[atom.key], atom.test, atom.text)
    if automatic:
        named = end.namespace
        return terms.true if atom.values is None else is_named(terms, named, atom.values)
    return has(terms, _labels(end, atom.whose)[atom.key], atom.values)


def _runs_as(terms: Terms, end: EndpointSpace, atom: RunsAs | AccountText) -> Term:
    """Whether the name of the service account is as asked for (D.15, D.31)."""
    account = end.known_account()
    match atom:
        case AccountText(_, test, text):
            return account.passing(terms, test, text)
        case RunsAs(_, None):
            return account.handing_on(terms)
        case RunsAs(_, names):
            return terms.one_of(account.name, (account.names[name] for name in names or ()))
        case _:
            assert_never(atom)


def _labels(end: EndpointSpace, whose: Whose) -> LabelSpace:
    match whose:
        case Whose.POD:
            return end.labels
        case Whose.NAMESPACE:
            return end.namespace.labels
        case Whose.ACCOUNT:
            return end.known_account().labels
        case Whose.HOST:
            return end.other_host().labels
        case _:
            assert_never(whose)


def block_sees(terms: Terms, space: ConnectionSpace, end: EndpointSpace, pods: Seen) -> Term:
    """Whether blocks are held against the end's address: a pod's is an assumption (A.29)."""
    match pods:
        case Seen.ALWAYS:
            return end.addressed
        case Seen.AS_ASSUMED:
            as_pods = space.assumptions[Assumption.IPBLOCK_MATCHES_PODS]
            pod = terms.disjunction((terms.negation(end.selectable), as_pods))
            seen = terms.conjunction((end.addressed, pod))
            return terms.define(f"{end.prefix}.in-blocks", seen)
        case _:
            assert_never(pods)
