"""The symbols of one connection: two ends, protocol and ports, and the assumptions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import assert_never

from netproof_encodings.decision.conditions import End, TextTest
from netproof_encodings.logic.terms import Bits, Term, Terms
from netproof_encodings.meaning.accounts import AccountSpace, account_space
from netproof_encodings.meaning.addresses import AddressSpace, address_space
from netproof_encodings.meaning.host_spaces import HostSpace, OtherHostSpace, host_space
from netproof_encodings.meaning.labels import LabelSpace, label_space, selected
from netproof_encodings.meaning.ports import PortSpace, port_space
from netproof_encodings.parts.extents import EVERYTHING, Extent, Held
from netproof_encodings.vocabulary.hosts import (
    NOTHING,
    Behind,
    HostPoint,
    behind_nodes,
    by_node,
)
from netproof_encodings.vocabulary.mentioned import Vocabulary, can_be_namespace
from netproof_encodings.vocabulary.texts import other_names, passes, unused
from netproof_specs.assumptions import OF_CALICO, Assumption
from netproof_specs.frozen import Frozen
from netproof_specs.model.labels import NAME_LABEL, LabelSelector, Operator, Requirement


class NamespaceSpace(Frozen):
    """The namespace of one endpoint: its name by code, and its mentioned labels.

    The codes of `names` are known names. After them come those of names not mentioned: of
    `passing`, which pass tests of their parts (D.31), then of `others`, which pass none.
    """

    name: Bits
    names: Mapping[str, int]
    passing: Mapping[str, int]
    others: tuple[str, ...]
    labels: LabelSpace

    @property
    def last(self) -> int:
        """The greatest code that stands for some name."""
        return len(self.names) + len(self.passing) + len(self.others) - 1

    def code_of(self, name: str) -> int:
        """The code of a name that is mentioned, or that stands for some which are not."""
        known = self.names.get(name)
        return self.passing[name] if known is None else known


class PassingSpace(Frozen):
    """What the traffic of an end passes at its host, by the codes of what there is (D.37).

    `anywhere` is the code of a pod of which it is not known on which node it runs, and `groups` are
    the names of the host endpoints of each place.
    """

    code: Bits
    codes: Mapping[Behind, int]
    anywhere: int
    groups: tuple[tuple[str, ...], ...]

    def surely(self, terms: Terms, place: int) -> Term:
        """True iff what the end exchanges with an address outside passes there."""
        return self._one_of(terms, (one for one in self.codes if one.surely == place))

    def perhaps(self, terms: Terms, place: int) -> Term:
        """True iff whatever the end exchanges may pass there."""
        return self._one_of(terms, (one for one in self.codes if place in one.perhaps))

    def _one_of(self, terms: Terms, those: Iterable[Behind]) -> Term:
        return terms.one_of(self.code, (self.codes[one] for one in those))


class EndpointSpace(Frozen):
    """One end of the connection.

    `pod` is true iff it is a pod (else an external address), `host_network` iff that pod uses
    its node's network, `addressed` iff it has an address that an ipBlock can be held against, and
    `supplied` iff that is one that an assumption invents for a pod.
    `selectable` is true iff policies treat it as a pod, `elsewhere` iff it is one in a namespace
    that the stage does not hold, so that little is known of it. `account` is `None` iff nothing
    asks of service accounts, and `passing` iff no policy decides what host endpoints let through.
    """

    prefix: str
    pod: Term
    host_network: Term
    addressed: Term
    supplied: Term
    selectable: Term
    elsewhere: Term
    namespace: NamespaceSpace
    labels: LabelSpace
    address: AddressSpace
    account: AccountSpace | None = None
    host: HostSpace | None = None
    passing: PassingSpace | None = None

    def inside(self, terms: Terms) -> Term:
        """True iff the end is a pod or a host endpoint, hence no address outside."""
        return terms.disjunction((self.pod, self.is_host(terms)))

    def is_host(self, terms: Terms) -> Term:
        """True iff the end is a host endpoint."""
        if self.host is None:
            return terms.false
        return terms.negation(terms.equals(self.host.number, 0))

    def is_host_among(self, terms: Terms, points: Iterable[HostPoint]) -> Term:
        """True iff the end is one of the points of host endpoints."""
        if self.host is None:
            return terms.false
        return terms.one_of(self.host.number, (one.number for one in points))

    def other_host(self) -> OtherHostSpace:
        """What the end has as a host endpoint that is none of the input; it must be able to be."""
        assert self.host is not None
        assert self.host.other is not None
        return self.host.other

    def is_other_host(self, terms: Terms) -> Term:
        """True iff the end is a host endpoint that is none of the input."""
        if self.host is None or self.host.other is None:
            return terms.false
        return self.is_host_among(terms, self.host.other.points)

    def known_account(self) -> AccountSpace:
        """The service account, of which something must ask."""
        assert self.account is not None
        return self.account


class ConnectionSpace(Frozen):
    """The symbols of a connection, and those of the assumptions that it is decided under."""

    source: EndpointSpace
    destination: EndpointSpace
    ports: PortSpace
    assumptions: Mapping[Assumption, Term]

    @property
    def ends(self) -> tuple[EndpointSpace, EndpointSpace]:
        """Source and destination."""
        return self.source, self.destination

    def end(self, end: End) -> EndpointSpace:
        """The symbols of one end."""
        return self.source if end is End.SOURCE else self.destination

    def which(self, end: EndpointSpace) -> End:
        """The end of which these are the symbols."""
        return End.SOURCE if end is self.source else End.DESTINATION


OTHER_NAMESPACES = 2
"""A connection has two ends, so two namespaces that nothing mentions are enough: two for each
outcome of the tests of names, if there are any."""


def connection_space(
    terms: Terms, vocabulary: Vocabulary, extent: Extent = EVERYTHING
) -> ConnectionSpace:
    """The symbols of one connection over a vocabulary, for a stage of that extent."""
    asked = (one for one in Assumption if one not in OF_CALICO or one in vocabulary.assumptions)
    assumptions = {one: terms.symbol(f"assume.{one.value}") for one in asked}
    source = _endpoint_space(terms, "src", vocabulary, assumptions, extent.source)
    destination = _endpoint_space(terms, "dst", vocabulary, assumptions, extent.destination)
    selectable = {End.SOURCE: source.selectable, End.DESTINATION: destination.selectable}
    ports = port_space(terms, vocabulary, selectable)
    return ConnectionSpace(source, destination, ports, assumptions)


def _endpoint_space(
    terms: Terms,
    prefix: str,
    vocabulary: Vocabulary,
    assumptions: Mapping[Assumption, Term],
    held: Held | None,
) -> EndpointSpace:
    pod = terms.symbol(f"{prefix}.pod")
    host = terms.symbol(f"{prefix}.host-network")
    as_pod = terms.disjunction((terms.negation(host), assumptions[Assumption.HOST_NETWORK]))
    namespace = _namespace_space(terms, prefix, vocabulary)
    return EndpointSpace(
        prefix,
        pod,
        host,
        terms.symbol(f"{prefix}.addressed"),
        terms.symbol(f"{prefix}.supplied"),
        terms.define(f"{prefix}.selectable", terms.conjunction((pod, as_pod))),
        _elsewhere(terms, prefix, pod, namespace, held),
        namespace,
        label_space(terms, f"{prefix}.label", vocabulary.pod_labels, vocabulary.pod_tests),
        address_space(terms, prefix),
        account_space(terms, prefix, vocabulary),
        host_space(terms, prefix, vocabulary),
        _passing_space(terms, prefix, vocabulary),
    )


def _passing_space(terms: Terms, prefix: str, vocabulary: Vocabulary) -> PassingSpace | None:
    if not vocabulary.passages:
        return None
    passages = vocabulary.passages
    found = behind_nodes(by_node(vocabulary.hosts), passages)
    listed = dict.fromkeys((NOTHING, *found.values()))
    codes = {one: code for code, one in enumerate(listed)}
    bits = terms.vector(f"{prefix}.passes-hosts", max(1, (len(codes) - 1).bit_length()))
    groups = tuple(one.hosts for one in passages)
    return PassingSpace(bits, codes, codes[found[None]], groups)


def _elsewhere(
    terms: Terms, prefix: str, pod: Term, namespace: NamespaceSpace, held: Held | None
) -> Term:
    if held is None:
        return terms.false
    body = terms.conjunction((pod, _is_outside(terms, namespace, held)))
    return terms.bind(f"{prefix}.elsewhere", body)


def _is_outside(terms: Terms, namespace: NamespaceSpace, held: Held) -> Term:
    if held.lacking is None:
        return terms.negation(is_named(terms, namespace, sorted(held.namespaces)))
    return is_named(terms, namespace, sorted(held.lacking))


def is_held(terms: Terms, end: EndpointSpace, held: Held | None) -> Term:
    """True iff the end is no pod, or one that a stage holds that holds so much at the end."""
    if held is None:
        return terms.true
    outside = _is_outside(terms, end.namespace, held)
    return terms.negation(terms.conjunction((end.pod, outside)))


def _namespace_space(terms: Terms, prefix: str, vocabulary: Vocabulary) -> NamespaceSpace:
    names = {name: code for code, name in enumerate(vocabulary.namespaces)}
    passing, others = _other_names(vocabulary)
    width = max(1, (len(names) + len(passing) + len(others) - 1).bit_length())
    labels = tuple(one for one in vocabulary.namespace_labels if one[0] != NAME_LABEL)
    return NamespaceSpace(
        terms.vector(f"{prefix}.namespace", width),
        names,
        {name: code for code, name in enumerate(passing, start=len(names))},
        tuple(others),
        label_space(terms, f"{prefix}.namespace-label", labels, vocabulary.namespace_tests),
    )


def _other_names(vocabulary: Vocabulary) -> tuple[list[str], list[str]]:
    """The names that stand for those which nothing mentions, by whether they pass a test."""
    tests = dict(vocabulary.namespace_tests).get(NAME_LABEL, ())
    if tests:
        return other_names(tests, vocabulary.namespaces)
    taken = set(vocabulary.namespaces)
    stems = (f"other-namespace-{number}" for number in range(1, OTHER_NAMESPACES + 1))
    return [], [unused(stem, taken) for stem in stems]


def namespace_selected(terms: Terms, space: NamespaceSpace, selector: LabelSelector) -> Term:
    """True iff the namespace's labels, its automatic one among them, meet the selector (A.25)."""
    named = [one for one in selector.requirements if one.key == NAME_LABEL]
    labelled = tuple(one for one in selector.requirements if one.key != NAME_LABEL)
    return terms.conjunction(
        (
            *(_name_meets(terms, space, one) for one in named),
            selected(terms, space.labels, LabelSelector(labelled)),
        )
    )


def _name_meets(terms: Terms, space: NamespaceSpace, requirement: Requirement) -> Term:
    match requirement.operator:
        case Operator.IN:
            return is_named(terms, space, requirement.values)
        case Operator.NOT_IN:
            return terms.negation(is_named(terms, space, requirement.values))
        case Operator.EXISTS:
            return terms.true
        case Operator.DOES_NOT_EXIST:
            return terms.false
        case _:
            assert_never(requirement.operator)


def is_named(terms: Terms, space: NamespaceSpace, values: Iterable[str]) -> Term:
    """True iff the namespace has one of the names, of which some may be no legal names (A.25)."""
    names = filter(can_be_namespace, values)
    return terms.one_of(space.name, (space.code_of(name) for name in names))


def name_passes(terms: Terms, space: NamespaceSpace, test: TextTest, text: str) -> Term:
    """True iff the namespace's name passes the test, which is among those mentioned (D.31)."""
    listed = (*space.names.items(), *space.passing.items())
    return terms.one_of(space.name, (code for name, code in listed if passes(name, test, text)))
