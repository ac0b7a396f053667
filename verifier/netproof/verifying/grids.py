"""Connections between some ends on some ports as one number, a bit for each, the best one first.

A grid has TCP connections of IPv4 only. What policies decide on all of them is worked out at once,
through the fold that all commands share.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TypeVar

from netproof.connectivity.addresses import Atoms
from netproof.connectivity.points import Bits, numbers_of, united
from netproof_encodings.decision.conditions import (
    AccountText,
    All,
    Any,
    Assumed,
    Atom,
    End,
    HasProtocol,
    InBlock,
    InNamespace,
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
    end_of,
)
from netproof_encodings.decision.folding import decided
from netproof_encodings.decision.tiers import Rule, Tier, TierPolicy
from netproof_encodings.vocabulary.classes import PodClass
from netproof_encodings.vocabulary.mentioned import LONGEST_LABEL
from netproof_encodings.vocabulary.texts import passes
from netproof_specs.assumptions import Assumptions
from netproof_specs.frozen import Frozen, field
from netproof_specs.model.cluster import Namespace
from netproof_specs.model.labels import NAME_LABEL
from netproof_specs.model.traffic import Family, Protocol

K = TypeVar("K")


class NotOnGridError(Exception):
    """A policy asks for something that a grid does not tell, so that it says nothing of it."""


def bits_where(tests: Iterable[bool]) -> Bits:
    """The set of the places at which the test is true."""
    digits = "".join("1" if one else "0" for one in tests)
    return int(digits[::-1] or "0", 2)


class Pods:
    """Classes of pods as an end of a grid; those of one class are alike to all policies.

    None of them is on its node's network. Blocks are held against known addresses iff they are
    `Seen.ALWAYS` or `seen` is true; an address that is not known is in none. A class because the
    classes are looked up by what policies ask for.
    """

    def __init__(
        self,
        classes: Sequence[PodClass],
        namespaces: Mapping[str, Namespace],
        atoms: Atoms,
        seen: bool,
    ) -> None:
        self.classes = classes
        self._atoms, self._seen = atoms, seen
        self._spaces = _indexed((at, one.namespace) for at, one in enumerate(classes))
        self._labels = {
            Whose.POD: _indexed(
                (at, pair) for at, one in enumerate(classes) for pair in one.labels.items()
            ),
            Whose.NAMESPACE: _indexed(
                (at, pair)
                for at, one in enumerate(classes)
                for pair in _labels_of(namespaces[one.namespace])
            ),
            Whose.ACCOUNT: _indexed(
                (at, pair) for at, one in enumerate(classes) for pair in one.account_labels.items()
            ),
        }

    def __len__(self) -> int:
        return len(self.classes)

    def holding(self, atom: Atom) -> Bits:
        """The classes whose pods meet an atom on an end."""
        match atom:
            case IsPod() | IsOrdinaryPod():
                return (1 << len(self.classes)) - 1
            case InNamespace(name=name):
                return self._spaces.get(name, 0)
            case Labelled(whose=whose, key=key, values=values) if whose in self._labels:
                labels = self._labels[whose]
                if values is None:
                    return united(bits for (own, _), bits in labels.items() if own == key)
                return united(labels.get((key, value), 0) for value in values)
            case LabelText(whose=whose, key=key, test=test, text=text) if whose in self._labels:
                return united(
                    bits
                    for (own, value), bits in self._labels[whose].items()
                    if own == key and passes(value, test, text)
                )
            case RunsAs(names=None):
                return bits_where(len(one.account) <= LONGEST_LABEL for one in self.classes)
            case RunsAs(names=tuple() as names):
                return bits_where(one.account in names for one in self.classes)
            case AccountText(test=test, text=text):
                return bits_where(passes(one.account, test, text) for one in self.classes)
            case InBlock(cidr=cidr, pods=seen):
                if not self._seen and seen is Seen.AS_ASSUMED:
                    return 0
                return bits_where(self._is_in(one, cidr) for one in self.classes)
            case _:
                raise NotOnGridError

    def _is_in(self, one: PodClass, cidr: str) -> bool:
        address = one.addresses.get(Family.IPV4)
        return address is not None and self._atoms.holds(cidr, Family.IPV4, address)


class Outside:
    """Addresses outside the cluster as an end of a grid, by the atoms that they are in.

    A class like `Pods`.
    """

    def __init__(self, atoms: Atoms, listed: Sequence[int]) -> None:
        self.listed = listed
        self._atoms = atoms

    def __len__(self) -> int:
        return len(self.listed)

    def holding(self, atom: Atom) -> Bits:
        """The atoms of addresses that meet an atom on an end."""
        match atom:
            case (
                IsPod()
                | IsOrdinaryPod()
                | InNamespace()
                | Labelled()
                | LabelText()
                | RunsAs()
                | AccountText()
            ):
                return 0
            case InBlock(cidr=cidr):
                block = self._atoms.blocks[cidr]
                return bits_where(bool(block >> one & 1) for one in self.listed)
            case _:
                raise NotOnGridError


def _indexed(pairs: Iterable[tuple[int, K]]) -> dict[K, Bits]:
    """The places of each key."""
    found: dict[K, Bits] = {}
    for at, key in pairs:
        found[key] = found.get(key, 0) | 1 << at
    return found


def _labels_of(namespace: Namespace) -> dict[tuple[str, str], None]:
    """The labels as selectors see them; the automatic one is the name (A.25)."""
    own = (pair for pair in namespace.labels if pair[0] != NAME_LABEL)
    return dict.fromkeys((*own, (NAME_LABEL, namespace.name)))


class Grid(Frozen):
    """The connections of every source with every destination on every port.

    The bit of a connection is `(port * sources + source) * destinations + destination`, each
    by its place.
    """

    source: Pods | Outside
    destination: Pods | Outside
    ports: Sequence[int]

    @property
    def all(self) -> Bits:
        """Every connection."""
        return (1 << len(self.ports) * len(self.source) * len(self.destination)) - 1

    def between(self, sources: Bits, destinations: Bits, ports: Bits) -> Bits:
        """The connections of some sources with some destinations on some ports."""
        width = len(self.destination)
        row = self._spread(destinations, sources, width, len(self.source))
        return self._spread(row, ports, width * len(self.source), len(self.ports))

    def _spread(self, block: Bits, places: Bits, width: int, count: int) -> Bits:
        """The block, of some width, at each of the places, of which there are so many."""
        if places != (1 << count) - 1:
            return united(block << place * width for place in numbers_of(places))
        return _repeated(block, width, count)

    def at(self, bit: int) -> tuple[int, int, int]:
        """The places of the source, destination and port of a connection."""
        rest, destination = divmod(bit, len(self.destination))
        port, source = divmod(rest, len(self.source))
        return source, destination, port

    def ends_of(self, found: Bits, end: End) -> Bits:
        """The places of the end that the connections have."""
        width, sources = len(self.destination), len(self.source)
        row = (1 << width) - 1
        rows = [found >> at * width & row for at in range(sources * len(self.ports))]
        if end is End.DESTINATION:
            return united(rows)
        return bits_where(any(rows[at::sources]) for at in range(sources))

    def on(self, test: Callable[[int], bool]) -> Bits:
        """The ports, by place, for which the test is true."""
        return bits_where(map(test, self.ports))


def _repeated(block: Bits, width: int, count: int) -> Bits:
    """The block, of some width, so many times: the commonest by far, and quick by doubling."""
    found, times = block, 1
    while times * 2 <= count:
        found |= found << times * width
        times *= 2
    left = count - times
    return found | (found & (1 << left * width) - 1) << times * width


class OnGrid(Frozen):
    """Sets of connections of a grid: an algebra for the fold.

    What was worked out is kept by identity, as tiers live longer than this does.
    """

    grid: Grid
    assumptions: Assumptions
    known: dict[int, Bits] = field(default_factory=dict)
    held: dict[tuple[End, Atom], Bits] = field(default_factory=dict)
    named: dict[str, Bits] = field(default_factory=dict)

    @property
    def everything(self) -> Bits:
        """Every connection of the grid."""
        return self.grid.all

    @property
    def nothing(self) -> Bits:
        """None of them."""
        return 0

    def either(self, parts: Sequence[Bits]) -> Bits:
        """Those of some part."""
        return united(parts)

    def both(self, left: Bits, right: Bits) -> Bits:
        """Those of both."""
        return left & right

    def without(self, part: Bits) -> Bits:
        """The others."""
        return self.grid.all & ~part

    def applies(self, policy: TierPolicy) -> Bits:
        """Those whose subject's end the policy selects (A.1)."""
        found = self.known.get(id(policy))
        if found is None:
            found = self.known[id(policy)] = self.matches(policy.subject)
        return found

    def hits(self, policy: TierPolicy, rules: Sequence[Rule]) -> Bits:
        """Those that some of the rules match, where the policy applies."""
        found = self.applies(policy)
        return found and found & self.either([self.matches(rule.match) for rule in rules])

    def matches(self, condition: Match) -> Bits:
        """Those that meet the condition; raises NotOnGridError where that cannot be told."""
        match condition:
            case All(parts):
                return self._all(parts)
            case Any(parts):
                return self.either([self.matches(part) for part in parts])
            case Not(part):
                return self.without(self.matches(part))
            case NamesPort(end=End.DESTINATION):
                return self._named(condition)
            case _:
                end = end_of(condition)
                if end is not None:
                    return self._at(end, self._holding(end, condition))
                return self.grid.between(*self._ends(), self._ports(condition))

    def _ends(self) -> tuple[Bits, Bits]:
        return (1 << len(self.grid.source)) - 1, (1 << len(self.grid.destination)) - 1

    def _at(self, end: End, places: Bits) -> Bits:
        sources, destinations = self._ends()
        ports = (1 << len(self.grid.ports)) - 1
        if end is End.SOURCE:
            return self.grid.between(places, destinations, ports)
        return self.grid.between(sources, places, ports)

    def _holding(self, end: End, atom: Atom) -> Bits:
        found = self.held.get((end, atom))
        if found is None:
            side = self.grid.source if end is End.SOURCE else self.grid.destination
            found = self.held[end, atom] = side.holding(atom)
        return found

    def _all(self, parts: Sequence[Match]) -> Bits:
        """What meets every part: the ends first, of which most often few do."""
        sources, destinations = self._ends()
        ports, others = (1 << len(self.grid.ports)) - 1, []
        for part in parts:
            if isinstance(part, All | Any | Not | NamesPort):
                others.append(part)
                continue
            end = end_of(part)
            if end is None:
                ports &= self._ports(part)
            elif end is End.SOURCE:
                sources &= self._holding(end, part)
            else:
                destinations &= self._holding(end, part)
        if not (sources and destinations and ports):
            return 0
        found = self.grid.between(sources, destinations, ports)
        for one in others:
            found &= self.matches(one)
        return found

    def _ports(self, condition: Atom) -> Bits:
        """The ports on which connections meet an atom that is about neither end."""
        every = (1 << len(self.grid.ports)) - 1
        match condition:
            case HasProtocol(protocol):
                return every if protocol is Protocol.TCP else 0
            case OfFamily(family):
                return every if family is Family.IPV4 else 0
            case OnPorts(ports):
                return self.grid.on(lambda port: ports.first <= port <= ports.last)
            case Assumed(assumption):
                return every if assumption in self.assumptions else 0
            case _:
                raise NotOnGridError

    def _named(self, atom: NamesPort) -> Bits:
        """Where the destination declares the connection's port under the name (A.35, A.36)."""
        found = self.named.get(atom.name)
        if found is None:
            found = self.named[atom.name] = united(self._declaring(atom.name))
        return found

    def _declaring(self, name: str) -> Iterator[Bits]:
        """The same port by port."""
        if isinstance(self.grid.destination, Outside):
            return
        declared = [
            {one.port for one in own.ports if one.name == name and one.protocol is Protocol.TCP}
            for own in self.grid.destination.classes
        ]
        for place, port in enumerate(self.grid.ports):
            here = bits_where(port in own for own in declared)
            yield self.grid.between(self._ends()[0], here, 1 << place)


def allowed_at(grid: Grid, tiers: Sequence[Tier], assumptions: Assumptions) -> Bits:
    """The connections of the grid that tiers of one direction, without ties, allow at their end."""
    return decided(OnGrid(grid, assumptions), tiers)
