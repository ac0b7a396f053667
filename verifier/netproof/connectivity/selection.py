"""What policies ask of a connection, as sets of points and ports; the set-wise `matching`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import reduce
from operator import and_
from types import MappingProxyType
from typing import TypeVar, assert_never

from netproof.connectivity.flows import NO_FLOW, Flow, Flows
from netproof.connectivity.located import Located, located
from netproof.connectivity.points import Bits, HostAt, PodPoint, Points, bits_of, united
from netproof.connectivity.portsets import EVERYTHING, NOTHING, PortId
from netproof.decisions import ALL_PORTS
from netproof_encodings.decision.conditions import (
    AccountText,
    All,
    Any,
    Assumed,
    Atom,
    End,
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
from netproof_encodings.vocabulary.mentioned import LONGEST_LABEL
from netproof_encodings.vocabulary.texts import passes
from netproof_specs.assumptions import Assumption
from netproof_specs.model.traffic import Family, Protocol

K = TypeVar("K")
_UNPLACED = (Labelled, IsPod, InNamespace, HasProtocol, OnPorts)
NOTHING_FIXED: Mapping[int, Flow] = MappingProxyType({})
_Declared = frozenset[tuple[Protocol, int]]


class Selection:
    """Selects among the points of one cluster.

    A class because it remembers: an atom is worked out once, and many policies share it.
    """

    def __init__(self, points: Points, flows: Flows) -> None:
        self.points = points
        self.flows = flows
        self._sets = flows.sets
        self._known: dict[Atom, Flow] = {}
        self._pods = [
            (at, one) for at, one in enumerate(points.inside) if isinstance(one, PodPoint)
        ]
        self._at_hosts: dict[str, list[tuple[int, HostAt]]] = defaultdict(list)
        for at, host in enumerate(points.inside):
            if isinstance(host, HostAt):
                self._at_hosts[host.host.host.name].append((at, host))
        self._passing_hosts: dict[str, list[tuple[int, PodPoint]]] = defaultdict(list)
        for at, pod in self._pods:
            if pod.node and pod.pods.host:
                self._passing_hosts[pod.pods.host].append((at, pod))
        self._selectable = self._where(lambda one: not one.node)
        self._labelled: dict[Whose, dict[tuple[str, str], Bits]] = {}
        self._keyed: dict[Whose, dict[str, Bits]] = {}
        self._spaces = _indexed((at, one.pods.namespace) for at, one in self._pods)
        self._index_labels()
        self._addressed = {seen: self._by_atoms(seen) for seen in Seen}
        self._at_none = {
            seen: points.insiders & ~united(found.values())
            for seen, found in self._addressed.items()
        }
        self._families = [(family, self._sets.within((family,))) for family in Family]
        self._of_family = {
            family: bits_of(at for at, one in enumerate(points.atoms.families) if one is family)
            for family in Family
        }

    def _index_labels(self) -> None:
        of_pods = ((at, one.pods.labels.items()) for at, one in self._pods)
        accounts = ((at, one.pods.account_labels.items()) for at, one in self._pods)
        for whose, listed in ((Whose.POD, of_pods), (Whose.ACCOUNT, accounts)):
            self._labelled[whose] = _indexed((at, pair) for at, pairs in listed for pair in pairs)
        namespaces: dict[tuple[str, str], Bits] = defaultdict(int)
        for name, members in self._spaces.items():
            for pair in self.points.namespaces[name].labels:
                namespaces[pair] |= members
        self._labelled[Whose.NAMESPACE] = namespaces
        for whose, labelled in self._labelled.items():
            keyed: dict[str, Bits] = defaultdict(int)
            for (key, _), members in labelled.items():
                keyed[key] |= members
            self._keyed[whose] = keyed

    def _by_atoms(self, seen: Seen) -> dict[Bits, Bits]:
        """The ends inside whose addresses are looked at, by the atoms of these (A.29, A.45)."""
        always = seen is Seen.ALWAYS or Assumption.IPBLOCK_MATCHES_PODS in self.points.assumptions
        return _indexed(
            (at, one.atoms)
            for at, one in enumerate(self.points.inside)
            if one.atoms and (one.node or always)
        )

    def flow(self, match: Match, fixed: Mapping[int, Flow] = NOTHING_FIXED) -> Flow:
        """The connections that meet a condition, by the one end that it looks at.

        Parts of which `fixed` has the flow, by identity, may look at the other end.
        """
        # The commonest by far: to look labels up is quicker than to remember what was found.
        if isinstance(match, Labelled) and id(match) not in fixed:
            return _at(self._carrying(match) & self._selectable)
        if id(match) in fixed:
            return fixed[id(match)]
        if isinstance(match, All):
            return self._all(match, fixed)
        if isinstance(match, Any):
            return self.flows.either([self.flow(part, fixed) for part in match.parts])
        if isinstance(match, Not):
            where = located(match)
            if where is not None:
                return self._located(match, where)
            return self.flows.without(self.flow(match.part, fixed))
        found = self._known.get(match)
        if found is None:
            found = self._known[match] = self._atom(match)
        return found

    def _all(self, match: All, fixed: Mapping[int, Flow]) -> Flow:
        """All parts, those on the address of one end together: one address has to meet them."""
        found: list[Flow] = []
        placed: list[tuple[Located, Match]] = []
        for part in match.parts:
            unplaced = isinstance(part, _UNPLACED) or id(part) in fixed
            where = None if unplaced else located(part)
            if where is None:
                found.append(self.flow(part, fixed))
            else:
                placed.append((where, part))
        for where in dict.fromkeys(where for where, _ in placed):
            together = All(tuple(part for one, part in placed if one == where))
            found.append(self._located(together, where))
        return self.flows.all_of(found)

    def _located(self, match: Match, where: Located) -> Flow:
        """The ends with an address that meets a condition on addresses alone (A.26, A.29).

        Where no address is looked at, none is in any block.
        """
        nowhere = 1 << len(self.points.atoms.families)
        atoms = self._atoms(match)
        found = [(self._at_none[where.pods], EVERYTHING)] if atoms & nowhere else []
        for family, ports in self._families:
            here = atoms & self._of_family[family]
            found.append((self._at_atoms(here, where.pods), ports))
        return tuple((points, ports) for points, ports in found if points)

    def _atoms(self, match: Match) -> Bits:
        """The atoms of addresses that meet the condition, and a further bit for no address."""
        every = (2 << len(self.points.atoms.families)) - 1
        if isinstance(match, InBlock):
            return self.points.atoms.blocks[match.cidr]
        if isinstance(match, Not):
            return every & ~self._atoms(match.part)
        assert isinstance(match, All | Any)
        parts = [self._atoms(part) for part in match.parts]
        return united(parts) if isinstance(match, Any) else reduce(and_, parts, every)

    def _atom(self, atom: Atom) -> Flow:
        match atom:
            case IsPod() | IsOrdinaryPod() | IsHost():
                return self._of_kind(atom)
            case InNamespace(name=name):
                return _at(self._spaces.get(name, 0) & self._selectable)
            case Labelled() | LabelText():
                return _at(self._carrying(atom) & self._selectable)
            case RunsAs() | AccountText():
                return _at(self._running_as(atom) & self._selectable)
            case Assumed(assumption):
                taken = assumption in self.points.assumptions
                return self.flows.everything if taken else NO_FLOW
            case InBlock(end=end, pods=seen):
                return self._located(atom, Located(end, seen))
            case HasProtocol(protocol):
                return self.flows.on(self._sets.of({protocol: ALL_PORTS}))
            case OnPorts(ports):
                ranges = ((ports.first, ports.last),)
                return self.flows.on(self._sets.of(dict.fromkeys(Protocol, ranges)))
            case FromPorts(ports):
                return self.flows.on(self._sets.coming_from(ports.first, ports.last))
            case NamesPort(name, end=end):
                return tuple(self._declaring(name, end))
            case OfFamily(family):
                return self.flows.on(self._sets.within((family,)))
            case _:
                assert_never(atom)

    def _carrying(self, atom: Labelled | LabelText) -> Bits:
        """The pods with the label, the automatic one of their namespace among them (A.23, A.25)."""
        if isinstance(atom, LabelText):
            return united(
                members
                for (name, value), members in self._labelled[atom.whose].items()
                if name == atom.key and passes(value, atom.test, atom.text)
            )
        if atom.values is None:
            return self._keyed[atom.whose].get(atom.key, 0)
        labelled = self._labelled[atom.whose]
        return united(labelled.get((atom.key, value), 0) for value in atom.values)

    def _of_kind(self, atom: IsPod | IsOrdinaryPod | IsHost) -> Flow:
        """The pods of that kind, or the host endpoints."""
        match atom:
            case IsPod():
                return _at(self._selectable)
            case IsOrdinaryPod():
                return _at(self._where(lambda one: not one.pods.host_network))
            case IsHost():
                return self.flows.either([_at(self._hosts(atom)), *self._passing(atom)])
            case _:
                assert_never(atom)

    def _hosts(self, atom: IsHost) -> Bits:
        """The host endpoints of those names, by an address that they expect if asked (D.35)."""
        return bits_of(
            at
            for name in atom.names
            for at, one in self._at_hosts.get(name, ())
            if atom.found is Found.AS_SUBJECT or one.host.address is not None
        )

    def _passing(self, atom: IsHost) -> Iterator[Flow]:
        """The pods on their nodes' networks that pass one of them, in families as asked (D.1)."""
        by_address = atom.found is Found.BY_ADDRESS
        for name in atom.names:
            for at, one in self._passing_hosts.get(name, ()):
                ports = self._sets.within(one.pods.expected) if by_address else EVERYTHING
                if ports != NOTHING:
                    yield ((1 << at, ports),)

    def _where(self, test: Callable[[PodPoint], bool]) -> Bits:
        return bits_of(at for at, one in self._pods if test(one))

    def _running_as(self, atom: RunsAs | AccountText) -> Bits:
        """The pods of service accounts with such names (D.15, D.31)."""
        match atom:
            case AccountText(_, test, text):
                return self._where(lambda one: passes(one.pods.account, test, text))
            case RunsAs(_, None):
                return self._where(lambda one: len(one.pods.account) <= LONGEST_LABEL)
            case RunsAs(_, names):
                return self._where(lambda one: one.pods.account in (names or ()))
            case _:
                assert_never(atom)

    def _at_atoms(self, atoms: Bits, seen: Seen) -> Bits:
        """The outside points of the atoms, and what inside has an address in one of them."""
        found = self.points.outside_in(atoms)
        for held, members in self._addressed[seen].items():
            if held & atoms:
                found |= members
        return found

    def _declaring(self, name: str, end: End) -> Iterator[tuple[Bits, PortId]]:
        """The pods with the ports at that end that they declare under the name (A.35, D.20)."""
        declaring: dict[_Declared, list[int]] = defaultdict(list)
        for at, one in self._pods:
            if not one.node:
                declaring[_declared(one, name)].append(at)
        for declared, members in declaring.items():
            if declared:
                yield bits_of(members), self._among(declared, end)

    def _among(self, declared: _Declared, end: End) -> PortId:
        """The connections whose port at the end is one of those."""
        if end is End.SOURCE:
            parts = (
                self._sets.intersection(
                    self._sets.of({protocol: ALL_PORTS}), self._sets.coming_from(port, port)
                )
                for protocol, port in sorted(declared, key=lambda one: (one[0].value, one[1]))
            )
            return reduce(self._sets.union, parts, NOTHING)
        ranges: dict[Protocol, list[tuple[int, int]]] = defaultdict(list)
        for protocol, port in declared:
            ranges[protocol].append((port, port))
        return self._sets.of(ranges)


def _at(points: Bits) -> Flow:
    return ((points, EVERYTHING),) if points else NO_FLOW


def _declared(one: PodPoint, name: str) -> _Declared:
    return frozenset((port.protocol, port.port) for port in one.pods.ports if port.name == name)


def _indexed(pairs: Iterable[tuple[int, K]]) -> dict[K, Bits]:
    """The points of each key."""
    members: dict[K, list[int]] = defaultdict(list)
    for at, key in pairs:
        members[key].append(at)
    return {key: bits_of(found) for key, found in members.items()}
