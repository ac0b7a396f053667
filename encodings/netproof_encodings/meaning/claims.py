"""Groups and claims as terms; the twin of `netproof.oracle.claims`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import assert_never

from netproof_encodings.logic.terms import Term, Terms
from netproof_encodings.meaning.addresses import in_block
from netproof_encodings.meaning.connections import Outcome
from netproof_encodings.meaning.labels import selected
from netproof_encodings.meaning.ports import on_ports
from netproof_encodings.meaning.profiles import class_bits
from netproof_encodings.meaning.spaces import ConnectionSpace, EndpointSpace, namespace_selected
from netproof_encodings.vocabulary.classes import PodClass
from netproof_encodings.vocabulary.hosts import HostPoint
from netproof_specs.claims import (
    AddressBlock,
    AnyOf,
    Anything,
    CannotReach,
    CanReach,
    CanReachOnly,
    ConnectionClaim,
    DeniedByDefault,
    EndpointSet,
    External,
    Group,
    HostNamed,
    HostsWhere,
    IsolatedFrom,
    MayReach,
    OnlyCanReach,
    PodNamed,
    PodsWhere,
    ReachClaim,
)
from netproof_specs.model.labels import Operator, Requirement
from netproof_specs.model.traffic import Direction


def member(
    terms: Terms, end: EndpointSpace, group: EndpointSet, classes: Sequence[PodClass]
) -> Term:
    """True iff the end belongs to the group; names are known in the snapshot world only."""
    match group:
        case PodsWhere(namespace, namespaces, pods, account):
            parts = [end.pod]
            if namespace is not None:
                code = end.namespace.names[namespace]
                parts.append(terms.equals(end.namespace.name, code))
            if namespaces is not None:
                parts.append(namespace_selected(terms, end.namespace, namespaces))
            if pods is not None:
                parts.append(selected(terms, end.labels, pods))
            if account is not None:
                runs_as = end.known_account()
                parts.append(terms.equals(runs_as.name, runs_as.names[account]))
            return terms.conjunction(parts)
        case PodNamed():
            return terms.conjunction((end.pod, _has_name(terms, end, group, classes)))
        case AddressBlock(cidr):
            known = terms.conjunction((end.addressed, terms.negation(end.supplied)))
            return terms.conjunction((known, in_block(terms, end.address, cidr)))
        case HostsWhere() | HostNamed():
            points = () if end.host is None else end.host.points
            such = (one for one in points if not one.host.invented and _is_such(one, group))
            return terms.disjunction((end.is_host_among(terms, such), _other(terms, end, group)))
        case External():
            return terms.negation(end.inside(terms))
        case Anything():
            return terms.true
        case AnyOf(members):
            return terms.disjunction(member(terms, end, one, classes) for one in members)
        case _:
            assert_never(group)


def _has_name(
    terms: Terms, end: EndpointSpace, name: PodNamed, classes: Sequence[PodClass]
) -> Term:
    """True iff the pod is of a class with the name; of one that is not held, iff it can have it."""
    numbers = [one.number for one in classes if name in one.names]
    of_class = terms.one_of(class_bits(terms, end.prefix, len(classes)), numbers)
    there = terms.equals(end.namespace.name, end.namespace.names[name.namespace])
    return terms.disjunction(
        (
            terms.conjunction((terms.negation(end.elsewhere), of_class)),
            terms.conjunction((end.elsewhere, there)),
        )
    )


def _other(terms: Terms, end: EndpointSpace, group: HostsWhere | HostNamed) -> Term:
    """True iff the end is a host endpoint that is none of the input, and belongs to the group."""
    if end.host is None or end.host.other is None:
        return terms.false
    other = end.host.other
    if isinstance(group, HostNamed):
        belongs = terms.equals(other.name, other.names[group.name])
    else:
        selector = group.hosts
        belongs = terms.true if selector is None else selected(terms, other.labels, selector)
    return terms.conjunction((end.is_other_host(terms), belongs))


def _is_such(point: HostPoint, group: HostsWhere | HostNamed) -> bool:
    """Whether it is the host endpoint of that name, or its own labels meet the selector (A.23)."""
    if isinstance(group, HostNamed):
        return point.host.name == group.name
    labels = dict(point.host.labels)
    selector = group.hosts
    requirements = () if selector is None else selector.requirements
    return all(_meets(labels.get(one.key), one) for one in requirements)


def _meets(value: str | None, requirement: Requirement) -> bool:
    match requirement.operator:
        case Operator.IN:
            return value in requirement.values
        case Operator.NOT_IN:
            return value not in requirement.values
        case Operator.EXISTS:
            return value is not None
        case Operator.DOES_NOT_EXIST:
            return value is None
        case _:
            assert_never(requirement.operator)


def has_addresses(group: EndpointSet) -> bool:
    """Whether the group holds addresses, whether they are outside or a pod has them."""
    match group:
        case AddressBlock() | External() | Anything():
            return True
        case AnyOf(members):
            return any(map(has_addresses, members))
        case PodsWhere() | PodNamed() | HostsWhere() | HostNamed():
            return False
        case _:
            assert_never(group)


def groups_of(claim: ConnectionClaim) -> Iterator[Group]:
    """Every group that the claim speaks of, in the order of its text."""
    match claim:
        case (
            CannotReach(source, destination)
            | CanReach(source, destination)
            | MayReach(source, destination)
        ):
            yield from (source, destination)
        case CanReachOnly(source, destinations, within):
            yield source
            yield from (side.group for side in destinations)
            if within is not None:
                yield within
        case OnlyCanReach(sources, destination):
            yield from sources
            yield destination
        case IsolatedFrom(left, right):
            yield from (left, right)
        case DeniedByDefault(group):
            yield group
        case _:
            assert_never(claim)


class ClaimTerms:
    """The parts of a claim as terms over one connection.

    A class only to say `terms`, `space` and `classes` once for the whole of a claim.
    """

    def __init__(self, terms: Terms, space: ConnectionSpace, classes: Sequence[PodClass]) -> None:
        self._terms = terms
        self._space = space
        self._classes = classes

    def source_in(self, group: Group) -> Term:
        """True iff the source belongs to the group."""
        return member(self._terms, self._space.source, group.endpoints, self._classes)

    def destination_in(self, group: Group) -> Term:
        """True iff the destination belongs to the group."""
        return member(self._terms, self._space.destination, group.endpoints, self._classes)

    def _all(self, *parts: Term) -> Term:
        return self._terms.conjunction(parts)

    def in_domain(self, claim: ConnectionClaim) -> Term:
        """True iff the claim speaks of the connection, whatever policies make of it."""
        ports = self._space.ports
        match claim:
            case (
                CannotReach(source, destination, on)
                | CanReach(source, destination, on)
                | MayReach(source, destination, on)
            ):
                ends = (self.source_in(source), self.destination_in(destination))
                return self._all(*ends, on_ports(self._terms, ports, on))
            case CanReachOnly(source, _, within):
                inside = self._terms.true if within is None else self.destination_in(within)
                return self._all(self.source_in(source), inside)
            case OnlyCanReach(_, destination, on):
                return self._all(self.destination_in(destination), on_ports(self._terms, ports, on))
            case IsolatedFrom(left, right):
                forth = self._all(self.source_in(left), self.destination_in(right))
                back = self._all(self.source_in(right), self.destination_in(left))
                return self._terms.disjunction((forth, back))
            case DeniedByDefault(group):
                return self._terms.disjunction(self._pod_in(group).values())
            case _:
                assert_never(claim)

    def _excepted(self, claim: ConnectionClaim) -> Term:
        """True iff an `only` claim expressly admits the connection."""
        match claim:
            case CanReachOnly(_, destinations, _):
                return self._terms.disjunction(
                    self._all(
                        self.destination_in(side.group),
                        on_ports(self._terms, self._space.ports, side.ports),
                    )
                    for side in destinations
                )
            case OnlyCanReach(sources, _, _):
                return self._terms.disjunction(self.source_in(one) for one in sources)
            case CannotReach() | CanReach() | MayReach() | IsolatedFrom() | DeniedByDefault():
                return self._terms.false
            case _:
                assert_never(claim)

    def left_open(self, claim: DeniedByDefault, undecided: Mapping[Direction, Term]) -> Term:
        """True iff nothing decides the connection at an end that is a pod of the group."""
        return self._terms.disjunction(
            self._all(end, undecided[direction])
            for direction, end in self._pod_in(claim.group).items()
        )

    def _pod_in(self, group: Group) -> Mapping[Direction, Term]:
        """By direction, the term that is true iff its subject's end is a pod of the group."""
        return {
            Direction.EGRESS: self._all(self._space.source.pod, self.source_in(group)),
            Direction.INGRESS: self._all(self._space.destination.pod, self.destination_in(group)),
        }

    def sought(self, claim: ReachClaim, outcome: Outcome) -> Term:
        """True iff the connection breaks the claim, or, for a `may` claim, is its witness.

        Where the order of tied policies is left open, one order that breaks a claim is enough,
        and a witness has to be allowed in every order (C.4).
        """
        match claim:
            case CanReach():
                wanted = self._terms.negation(outcome.always)
            case MayReach():
                wanted = outcome.always
            case CannotReach() | CanReachOnly() | OnlyCanReach() | IsolatedFrom():
                wanted = outcome.sometimes
            case _:
                assert_never(claim)
        excepted = self._terms.negation(self._excepted(claim))
        return self._all(self.in_domain(claim), excepted, wanted)

    def occupied(self, claim: ConnectionClaim) -> Iterator[tuple[Group, Term]]:
        """Each group with the term that is true iff its part of the claim has an endpoint."""
        match claim:
            case (
                CannotReach(source, destination)
                | CanReach(source, destination)
                | MayReach(source, destination)
                | IsolatedFrom(source, destination)
            ):
                yield source, self.source_in(source)
                yield destination, self.destination_in(destination)
            case DeniedByDefault(group):
                yield group, self.in_domain(claim)
            case CanReachOnly(source, destinations, within):
                yield source, self.source_in(source)
                for side in destinations:
                    yield side.group, self.destination_in(side.group)
                if within is not None:
                    yield within, self.destination_in(within)
            case OnlyCanReach(sources, destination):
                for group in sources:
                    yield group, self.source_in(group)
                yield destination, self.destination_in(destination)
            case _:
                assert_never(claim)
