"""What policies and claims mention: label keys and values, namespaces, blocks, ports, pods.

Whether a selector matches depends on the mentioned keys and values alone, so a vocabulary fixes
the finite profile that stands for a pod (docs/worlds.md, "Small models").
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, fields
from itertools import chain
from typing import Any, assert_never

from netproof_encodings.decision.conditions import (
    AccountText,
    Assumed,
    Atom,
    Counted,
    End,
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
    OfFamily,
    OnPorts,
    RunsAs,
    TextTest,
    Whose,
    atoms_of,
)
from netproof_encodings.decision.tiers import Passage, Tier, matches_of
from netproof_encodings.vocabulary.hosts import OtherHosts
from netproof_encodings.vocabulary.texts import Tests
from netproof_specs.assumptions import Assumption
from netproof_specs.claims import (
    AddressBlock,
    AnyOf,
    Anything,
    EndpointSet,
    External,
    HostNamed,
    HostsWhere,
    PodNamed,
    PodsWhere,
)
from netproof_specs.frozen import Frozen, replace
from netproof_specs.model.hosts import HostEndpoint
from netproof_specs.model.labels import NAME_LABEL, LabelSelector
from netproof_specs.syntax import namespace_fault


@dataclass(slots=True)
class Collected:
    """What has been found to be mentioned so far."""

    pod_labels: dict[str, set[str]] = field(default_factory=dict)
    namespace_labels: dict[str, set[str]] = field(default_factory=dict)
    pod_tests: dict[str, set[tuple[str, str]]] = field(default_factory=dict)
    namespace_tests: dict[str, set[tuple[str, str]]] = field(default_factory=dict)
    account_tests: dict[str, set[tuple[str, str]]] = field(default_factory=dict)
    namespaces: set[str] = field(default_factory=set)
    blocks: set[str] = field(default_factory=set)
    port_names: set[str] = field(default_factory=set)
    source_names: set[str] = field(default_factory=set)
    names_counted: set[str] = field(default_factory=set)
    pods: set[PodNamed] = field(default_factory=set)
    accounts: set[str] = field(default_factory=set)
    host_labels: dict[str, set[str]] = field(default_factory=dict)
    host_tests: dict[str, set[tuple[str, str]]] = field(default_factory=dict)
    host_names: set[str] = field(default_factory=set)
    account_labels: dict[str, set[str]] = field(default_factory=dict)
    account_name_tests: set[tuple[str, str]] = field(default_factory=set)
    asks_accounts: bool = False
    source_ports: set[tuple[int, int]] = field(default_factory=set)

    def of(self, whose: Whose) -> tuple[dict[str, set[str]], dict[str, set[tuple[str, str]]]]:
        """The labels of such objects, and what is asked of parts of them."""
        match whose:
            case Whose.POD:
                return self.pod_labels, self.pod_tests
            case Whose.NAMESPACE:
                return self.namespace_labels, self.namespace_tests
            case Whose.ACCOUNT:
                return self.account_labels, self.account_tests
            case Whose.HOST:
                return self.host_labels, self.host_tests
            case _:
                assert_never(whose)

    assumptions: set[Assumption] = field(default_factory=set)


LONGEST_LABEL = 63
"""The most characters of a label's value, and of an account's name that hands on labels (D.15)."""

LabelValues = tuple[tuple[str, tuple[str, ...]], ...]
"""Mentioned keys in order, each with its mentioned values in order."""


LabelTests = tuple[tuple[str, Tests], ...]
"""Keys of which parts of the values are asked for, in order, each with the tests in order."""


class Vocabulary(Frozen):
    """Everything mentioned, sorted. `namespaces` are names; `blocks` are in canonical form.

    `pod_tests` and so on are what is asked of parts of values, `account_name_tests` of the names
    of service accounts.
    `assumptions` are those that only some policies ask about. `names_counted` are the names of
    ports that all init containers can declare: one plug-in decides, so that a name that one policy
    looks up so is looked up so by all (D.6). `accounts` are names of service accounts, `None` iff
    nothing asks of accounts. `hosts` are the host endpoints of the input that an end can be, and
    `others` those that it can be beside, `None` iff it can be none. `host_names` and the labels of
    hosts are what is asked of such others.
    `source_ports` are ranges that source ports are held against (D.19); `source_names` are the
    names of ports that are looked up on the source (D.20), `port_names` those on the destination.
    `passages` are the host endpoints with policies for what they let through (D.37).
    """

    pod_labels: LabelValues
    namespace_labels: LabelValues
    namespaces: tuple[str, ...]
    blocks: tuple[str, ...]
    port_names: tuple[str, ...]
    pods: tuple[PodNamed, ...]
    assumptions: tuple[Assumption, ...] = ()
    names_counted: tuple[str, ...] = ()
    accounts: tuple[str, ...] | None = None
    account_labels: LabelValues = ()
    pod_tests: LabelTests = ()
    namespace_tests: LabelTests = ()
    account_tests: LabelTests = ()
    account_name_tests: Tests = ()
    hosts: tuple[HostEndpoint, ...] = ()
    source_ports: tuple[tuple[int, int], ...] = ()
    source_names: tuple[str, ...] = ()
    passages: tuple[Passage, ...] = ()
    host_labels: LabelValues = ()
    host_tests: LabelTests = ()
    host_names: tuple[str, ...] = ()
    others: OtherHosts | None = None

    @property
    def asks_source_port(self) -> bool:
        """Whether anything asks from which port a connection comes (D.19, D.20)."""
        return bool(self.source_ports or self.source_names)


def vocabulary_of(
    tiers: Iterable[Tier],
    groups: Iterable[EndpointSet],
    namespaces: Iterable[str],
    further: Iterable[Match] = (),
) -> Vocabulary:
    """What tiers, groups and further conditions mention, and the names of the namespaces."""
    matches = chain(matches_of(tiers), further)
    atoms = (atom for match in matches for atom in atoms_of(match))
    return vocabulary_of_atoms(atoms, groups, namespaces)


def vocabulary_of_atoms(
    atoms: Iterable[Atom], groups: Iterable[EndpointSet], namespaces: Iterable[str]
) -> Vocabulary:
    """The same of the atoms of tiers."""
    return vocabulary_with(collected_of(atoms, namespaces), groups)


def collected_of(atoms: Iterable[Atom], namespaces: Iterable[str]) -> Collected:
    """What the atoms mention, and the names of the cluster's namespaces."""
    found = Collected(namespaces=set(namespaces))
    for atom in atoms:
        _collect_atom(found, atom)
    return found


def vocabulary_with(collected: Collected, groups: Iterable[EndpointSet]) -> Vocabulary:
    """The vocabulary of what was collected and of the groups; the former stays as it is."""
    parts = {one.name: getattr(collected, one.name) for one in fields(collected)}
    found = Collected(**{name: _copied(part) for name, part in parts.items()})
    for group in groups:
        _collect_group(found, group)
    return Vocabulary(
        _sorted_values(found.pod_labels),
        _sorted_values(found.namespace_labels),
        tuple(sorted(found.namespaces)),
        tuple(sorted(found.blocks)),
        tuple(sorted(found.port_names)),
        tuple(sorted(found.pods, key=lambda pod: (pod.namespace, pod.name, pod.kind or ""))),
        tuple(sorted(found.assumptions, key=lambda one: one.value)),
        tuple(sorted(found.names_counted)),
        tuple(sorted(found.accounts)) if found.asks_accounts else None,
        _sorted_values(found.account_labels),
        _sorted_tests(found.pod_tests),
        _sorted_tests(found.namespace_tests),
        _sorted_tests(found.account_tests),
        _tests_of(found.account_name_tests),
        source_ports=tuple(sorted(found.source_ports)),
        source_names=tuple(sorted(found.source_names)),
        host_labels=_sorted_values(found.host_labels),
        host_tests=_sorted_tests(found.host_tests),
        host_names=tuple(sorted(found.host_names)),
    )


def _copied(found: Any) -> Any:
    """A dictionary of sets, a set or a truth that changes apart from the one given."""
    if isinstance(found, dict):
        return {key: set(inner) for key, inner in found.items()}
    return set(found) if isinstance(found, set) else found


def with_hosts(vocabulary: Vocabulary, hosts: Iterable[HostEndpoint]) -> Vocabulary:
    """The vocabulary with the host endpoints that an end of a connection can be."""
    return replace(vocabulary, hosts=tuple(hosts))


def with_others(vocabulary: Vocabulary, others: OtherHosts | None) -> Vocabulary:
    """The vocabulary with host endpoints that are none of the input."""
    return replace(vocabulary, others=others)


def with_passages(vocabulary: Vocabulary, passages: Sequence[Passage]) -> Vocabulary:
    """The vocabulary with host endpoints that let some traffic through, and with what is assumed.

    What their policies ask of connections is mentioned already: these are for pods as well.
    """
    if not passages:
        return vocabulary
    assumed = {*vocabulary.assumptions, Assumption.CALICO_FORWARD}
    listed = tuple(sorted(assumed, key=lambda one: one.value))
    return replace(vocabulary, passages=tuple(passages), assumptions=listed)


def with_accounts(vocabulary: Vocabulary, names: Iterable[str]) -> Vocabulary:
    """The vocabulary with the names of service accounts, where it asks of their labels."""
    if not vocabulary.account_labels:
        return vocabulary
    return replace(vocabulary, accounts=tuple(sorted({*(vocabulary.accounts or ()), *names})))


def namespaces_named(matches: Iterable[Match]) -> Iterator[str]:
    """The namespaces that the conditions are on or name by the automatic label (A.25, A.52)."""
    for one in matches:
        for atom in atoms_of(one):
            yield from _named(atom)


def _named(atom: Atom) -> Iterable[str]:
    match atom:
        case InNamespace(name=name):
            return (name,)
        case Labelled(whose=Whose.NAMESPACE, key=key, values=values) if key == NAME_LABEL:
            return filter(can_be_namespace, values or ())
        case _:
            return ()


def _sorted_values(labels: dict[str, set[str]]) -> LabelValues:
    return tuple((key, tuple(sorted(labels[key]))) for key in sorted(labels))


def _sorted_tests(tests: dict[str, set[tuple[str, str]]]) -> LabelTests:
    return tuple((key, _tests_of(tests[key])) for key in sorted(tests))


def _tests_of(found: set[tuple[str, str]]) -> Tests:
    return tuple((TextTest(test), text) for test, text in sorted(found))


def _collect_atom(found: Collected, atom: Atom) -> None:
    match atom:
        case Assumed(assumption):
            found.assumptions.add(assumption)
        case IsPod() | IsOrdinaryPod() | IsHost() | HasProtocol() | OnPorts() | OfFamily():
            pass
        case Labelled(whose=Whose.POD, key=key, values=values):
            found.pod_labels.setdefault(key, set()).update(values or ())
        case Labelled(whose=Whose.ACCOUNT, key=key, values=values):
            found.asks_accounts = True
            found.account_labels.setdefault(key, set()).update(values or ())
        case Labelled(whose=Whose.HOST, key=key, values=values):
            found.host_labels.setdefault(key, set()).update(values or ())
        case RunsAs() | AccountText():
            found.asks_accounts = True
            _collect_account(found, atom)
        case Labelled(key=key, values=values):
            found.namespace_labels.setdefault(key, set()).update(values or ())
            found.namespaces.update(_named(atom))
        case LabelText(whose=whose, key=key, test=test, text=text):
            labels, tests = found.of(whose)
            labels.setdefault(key, set())
            tests.setdefault(key, set()).add((test.value, text))
            found.asks_accounts |= whose is Whose.ACCOUNT
        case InNamespace():
            found.namespaces.update(_named(atom))
        case InBlock(cidr=cidr):
            found.blocks.add(cidr)
        case FromPorts() | NamesPort():
            _collect_port(found, atom)
        case _:
            assert_never(atom)


def _collect_account(found: Collected, atom: RunsAs | AccountText) -> None:
    match atom:
        case RunsAs(names=names):
            found.accounts.update(names or ())
        case AccountText(test=test, text=text):
            found.account_name_tests.add((test.value, text))
        case _:
            assert_never(atom)


def _collect_port(found: Collected, atom: FromPorts | NamesPort) -> None:
    match atom:
        case FromPorts(ports):
            found.source_ports.add((ports.first, ports.last))
        case NamesPort(name, counted=counted, end=end):
            names = found.source_names if end is End.SOURCE else found.port_names
            names.add(name)
            if counted is Counted.EVERY:
                found.names_counted.add(name)
        case _:
            assert_never(atom)


def _names_in(selector: LabelSelector) -> Iterator[str]:
    for requirement in selector.requirements:
        if requirement.key == NAME_LABEL:
            yield from filter(can_be_namespace, requirement.values)


def can_be_namespace(name: str) -> bool:
    """Whether a namespace can have the name, which a label value need not be (B.8, A.25)."""
    return not namespace_fault(name)


def _collect_selector(labels: dict[str, set[str]], selector: LabelSelector) -> None:
    for requirement in selector.requirements:
        labels.setdefault(requirement.key, set()).update(requirement.values)


def _collect_group(found: Collected, group: EndpointSet) -> None:
    match group:
        case PodsWhere(namespace, namespaces, pods, account):
            if namespace is not None:
                found.namespaces.add(namespace)
            if namespaces is not None:
                _collect_selector(found.namespace_labels, namespaces)
                found.namespaces.update(_names_in(namespaces))
            if pods is not None:
                _collect_selector(found.pod_labels, pods)
            if account is not None:
                found.asks_accounts = True
                found.accounts.add(account)
        case PodNamed():
            found.pods.add(group)
            found.namespaces.add(group.namespace)
        case AddressBlock(cidr):
            found.blocks.add(cidr)
        case AnyOf(members):
            for member in members:
                _collect_group(found, member)
        case HostsWhere() | HostNamed():
            _collect_hosts(found, group)
        case External() | Anything():
            pass


def _collect_hosts(found: Collected, group: HostsWhere | HostNamed) -> None:
    match group:
        case HostsWhere(selector):
            if selector is not None:
                _collect_selector(found.host_labels, selector)
        case HostNamed(name):
            found.host_names.add(name)
        case _:
            assert_never(group)
