"""Conditions as unions of boxes, for connections of any cluster (docs/worlds.md).

A box allows, for each dimension of a connection, some values: of a label, of a name, of the port.
That is exact, as nothing but namespaces of one name ties two dimensions together, which
`in_one_namespace` sees to, and that two ends have two addresses (`is_inhabited`).
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from copy import copy
from itertools import pairwise
from typing import TypeAlias, assert_never

from netproof.connectivity.addresses import Atoms
from netproof.connectivity.addresses import atoms_of as atoms_of_blocks
from netproof.connectivity.spans import WIDTHS, family_of
from netproof_encodings.decision.conditions import (
    AccountText,
    All,
    Any,
    Assumed,
    Atom,
    Counted,
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
    atoms_of,
    is_of_others,
)
from netproof_encodings.decision.tiers import Tier, matches_of
from netproof_encodings.vocabulary.mentioned import can_be_namespace
from netproof_encodings.vocabulary.stretches import port_bounds
from netproof_specs.assumptions import Assumption, Assumptions
from netproof_specs.model.labels import NAME_LABEL
from netproof_specs.model.traffic import Family, PortRange, Protocol

Values: TypeAlias = int
"""A set of values as bits. A negative number holds all that nothing mentions as well: there is no
end to the labels and names that a cluster can have."""

Box: TypeAlias = dict[int, Values]
"""The values allowed by dimension, never none; a dimension that is not there allows all."""

MOST_BOXES = 2000
"""A condition of more boxes is not worth to be taken apart."""

BARE, OUTSIDE, PLACED, HIDDEN, EXPECTED, PASSED = 1, 2, 4, 8, 16, 32
"""What an end can be: a pod without a known address, an address outside, a pod that has one, a host
endpoint that expects no address, one that expects the connection's, and one that expects none but
has that of a pod which passes it: blocks hold it, and no selector of peers finds it (D.1, D.35)."""

POD, HOST = BARE | PLACED, HIDDEN | EXPECTED | PASSED
ABSENT = 1
"""The value of a label that is not there."""

_NAMED = {POD: "port", HOST: "host-port"}
"""Whose names of ports a dimension is about."""

_ENDS = {End.SOURCE: 0, End.DESTINATION: 1}
_KIND, _NAME, _PROTOCOL, _PORT, _FAMILY, _ADDRESS = 0, 2, 4, 5, 6, 7
_FAMILIES = {family: number for number, family in enumerate(Family)}
_PROTOCOLS = {protocol: number for number, protocol in enumerate(Protocol)}


class TooHardError(Exception):
    """A question that takes more boxes or steps than are worth it; a solver has better ways."""


class Space:
    """The dimensions of the connections that some tiers speak of, under some assumptions; a class
    because values get their numbers as they are met."""

    def __init__(self, tiers: Iterable[Tier], assumptions: Assumptions) -> None:
        every = [atom for match in matches_of(tiers) for atom in atoms_of(match)]
        self._edges, self._source_edges = (
            port_bounds((one.ports.first, one.ports.last) for one in every if isinstance(one, kind))
            for kind in (OnPorts, FromPorts)
        )
        self._listings = sorted({
            name for one in every if isinstance(one, IsHost) for name in one.names
            if is_of_others(name)
        })  # fmt: skip
        self._atoms = atoms_of_blocks(one.cidr for one in every if isinstance(one, InBlock))
        self.assumptions = assumptions
        self._supplied = Assumption.UNKNOWN_POD_ADDRESSES in assumptions
        self._passing = False
        self._lone = _lone_atoms(self._atoms)
        addresses = [
            sum(1 << at for at, one in enumerate(self._atoms.families) if one is family)
            for family in Family
        ]
        self.full: list[Values] = [
            *(POD | OUTSIDE | (HOST if self._listings else 0),) * 2, -1, -1,
            (1 << len(Protocol)) - 1, (1 << len(self._edges) - 1) - 1,
            (1 << len(Family)) - 1, *addresses, *addresses,
        ]  # fmt: skip
        self._numbers: dict[tuple[str, End, str], int] = {}
        self._values: dict[tuple[str, str], dict[str, Values]] = {}
        self._names: dict[str, Values] = {}
        self._twins: dict[int, int] = {}

    def under(self, assumptions: Assumptions) -> Space:
        """The same dimensions and values under other assumptions, and ends that are PASSED too.

        In any cluster there are none, as pods that do not run yet are on no node's network.
        """
        found = copy(self)
        found._passing = True
        found.assumptions = assumptions
        found._supplied = Assumption.UNKNOWN_POD_ADDRESSES in assumptions
        return found

    # --- dimensions and their values ------------------------------------------------------------

    def kind(self, end: End) -> int:
        """Whether the end is a POD, known by an address or not, a HOST, or an address OUTSIDE."""
        return _KIND + _ENDS[end]

    @property
    def has_hosts(self) -> bool:
        """Whether an end can be a host endpoint: any that is none of the input, if one can."""
        return bool(self._listings)

    def name(self, end: End) -> int:
        """The name of the end's namespace."""
        return _NAME + _ENDS[end]

    def names(self, names: Iterable[str]) -> Values:
        """These names of namespaces."""
        found = 0
        for name in names:
            bit = self._names.get(name)
            if bit is None:
                legal = filter(can_be_namespace, (name,))
                bit = self._names[name] = self._bits("name", "", legal)
            found |= bit
        return found

    def _label(self, end: End, whose: Whose, key: str) -> int:
        dimension = self._dimension(whose.value, end, key, -1)
        if whose is Whose.NAMESPACE and end is End.DESTINATION and dimension not in self._twins:
            self._twins[dimension] = self._dimension(whose.value, End.SOURCE, key, -1)
        return dimension

    def _dimension(self, what: str, end: End, key: str, full: Values) -> int:
        number = self._numbers.get((what, end, key))
        if number is None:
            number = self._numbers[what, end, key] = len(self.full)
            self.full.append(full)
        return number

    def _bits(self, what: str, key: str, values: Iterable[str]) -> Values:
        known, found = self._values.setdefault((what, key), {}), 0
        for value in values:
            bit = known.get(value)
            if bit is None:
                bit = known[value] = ABSENT << len(known) + 1
            found |= bit
        return found

    def _address(self, end: End, family: Family) -> int:
        return _ADDRESS + 2 * _ENDS[end] + _FAMILIES[family]

    # --- conditions -----------------------------------------------------------------------------

    def boxes(self, match: Match) -> tuple[Box, ...]:
        """Boxes of which a connection is in one iff it meets the condition; or TooHardError."""
        return self._boxes(match, holds=True)

    def _boxes(self, match: Match, *, holds: bool) -> tuple[Box, ...]:
        if isinstance(match, Not):
            return self._boxes(match.part, holds=not holds)
        if isinstance(match, All | Any):
            parts = (self._boxes(part, holds=holds) for part in match.parts)
            if isinstance(match, All) is holds:
                return self._product(parts)
            return _few(tuple(box for part in parts for box in part))
        return tuple(self._atom(match)) if holds else tuple(self._negated(match))

    def _product(self, parts: Iterable[Sequence[Box]]) -> tuple[Box, ...]:
        found: list[Box] = [{}]
        for part in parts:
            met = (common(one, other) for one in found for other in part)
            found = list(_few(tuple(box for box in met if box is not None)))
        return tuple(found)

    def _atom(self, atom: Atom) -> Iterator[Box]:
        """The boxes of an atom: at most one, as each asks for several things at once."""
        match atom:
            case IsPod(end) | IsOrdinaryPod(end):
                yield {self.kind(end): POD}
            case InNamespace(end, name):
                yield from self._legal({self.kind(end): POD, self.name(end): self.names([name])})
            case Labelled(whose=Whose.ACCOUNT) | RunsAs() | LabelText() | AccountText():
                # The name of an account ties its labels at both ends, which boxes do not say; and
                # of values they know those that are mentioned, not their parts.
                raise TooHardError
            case IsHost() | Labelled():
                asked = self._host(atom) if isinstance(atom, IsHost) else self._carried(atom)
                yield from self._legal(asked)
            case InBlock(end, cidr, seen):
                family = family_of(cidr)
                place = self._address(end, family)
                box = {_FAMILY: 1 << _FAMILIES[family], place: self._atoms.blocks[cidr]}
                yield from self._legal({self.kind(end): self._held_against(seen), **box})
            case HasProtocol(protocol):
                yield {_PROTOCOL: 1 << _PROTOCOLS[protocol]}
            case OnPorts() | FromPorts():
                yield from self._legal(self._on_ports(atom))
            case NamesPort(name, end=end):
                kinds = HOST if atom.counted is Counted.OF_HOST else POD
                declared = self._dimension(_NAMED[kinds], end, name, 3)
                yield from self._legal({self.kind(end): kinds, declared: 2})
            case OfFamily(family):
                yield {_FAMILY: 1 << _FAMILIES[family]}
            case Assumed(assumption):
                if assumption in self.assumptions:
                    yield {}
            case _:
                assert_never(atom)

    def _negated(self, atom: Atom) -> Iterator[Box]:
        """The boxes of what does not meet an atom: one for each thing that it asks for."""
        held = list(self._atom(atom))
        if not held:
            yield {}
        for box in held:
            for dimension, values in box.items():
                left = self.full[dimension] & ~values
                if left:
                    yield {dimension: left}

    def _host(self, atom: IsHost) -> Box:
        """Of those of the input boxes know nothing: each has addresses of its own."""
        if not all(map(is_of_others, atom.names)):
            raise TooHardError
        kinds = HOST if atom.found is Found.AS_SUBJECT else EXPECTED
        listing = self._dimension("listing", atom.end, "", (1 << len(self._listings)) - 1)
        numbers = sum(1 << self._listings.index(name) for name in atom.names)
        return {self.kind(atom.end): kinds, listing: numbers}

    def _on_ports(self, atom: OnPorts | FromPorts) -> Box:
        if isinstance(atom, OnPorts):
            return {_PORT: _between(self._edges, atom.ports)}
        every = (1 << len(self._source_edges) - 1) - 1
        place = self._dimension("source-port", End.SOURCE, "", every)
        return {place: _between(self._source_edges, atom.ports)}

    def _carried(self, atom: Labelled) -> Box:
        box = {self.kind(atom.end): HOST if atom.whose is Whose.HOST else POD}
        if atom.whose is Whose.NAMESPACE and atom.key == NAME_LABEL:
            named = {} if atom.values is None else {self.name(atom.end): self.names(atom.values)}
            return box | named
        dimension = self._label(atom.end, atom.whose, atom.key)
        if atom.values is None:
            return {**box, dimension: ~ABSENT}
        return {**box, dimension: self._bits(atom.whose.value, atom.key, atom.values)}

    def _legal(self, box: Box) -> Iterator[Box]:
        own = {one: values & self.full[one] for one, values in box.items()}
        if all(own.values()):
            yield {one: values for one, values in own.items() if values != self.full[one]}

    def _held_against(self, seen: Seen) -> Values:
        """The kinds of ends against which a block is held (A.29)."""
        known = OUTSIDE | (HOST if self._supplied else EXPECTED | PASSED)
        if seen is Seen.AS_ASSUMED and Assumption.IPBLOCK_MATCHES_PODS not in self.assumptions:
            return known
        return known | (POD if self._supplied else PLACED)

    # --- boxes ----------------------------------------------------------------------------------

    def in_one_namespace(self, box: Box) -> Box | None:
        """The connections of the box whose ends are in one namespace, with one set of labels."""
        found: Box = {}
        for dimension, values in box.items():
            at = self._twins.get(dimension, dimension)
            found[at] = found[at] & values if at in found else values
        return found if all(found.values()) else None

    def split(self, box: Box, by: Box) -> tuple[Box, Box]:
        """A part of the box nearer to being in the other, and what is not in the other."""
        for dimension, values in by.items():
            own = box.get(dimension, self.full[dimension])
            if own & ~values:
                return {**box, dimension: own & values}, {**box, dimension: own & ~values}
        raise AssertionError(by)

    def point(self, box: Box) -> Box:
        """One value a dimension, or values that no condition tells apart."""
        beyond = -1 << 2 + max(map(len, self._values.values()), default=0)
        point = {}
        for dimension, full in enumerate(self.full):
            values = box.get(dimension, full)
            point[dimension] = values & beyond if values < 0 else values & -values
        return point

    def ports_of(self, box: Box) -> Box:
        """What the box says of destination port and protocol alone."""
        return {one: box[one] for one in (_PROTOCOL, _PORT) if one in box}

    def is_inhabited(self, box: Box) -> bool:
        """Whether the box, of whose ends one is a pod or a host endpoint, holds a connection.

        Two ends have two addresses, if both have some (A.29).
        """
        if not self._passing and any(box.get(self.kind(end)) == PASSED for end in End):
            return False
        bare = 0 if self._supplied else BARE | HIDDEN
        if not self._lone or any(box.get(self.kind(end), POD) & bare for end in End):
            return True
        families = box.get(_FAMILY, self.full[_FAMILY])
        return any(
            families >> _FAMILIES[family] & 1
            and not self._is_lone(*(self._at(box, end, family) for end in End))
            for family in Family
        )

    def _at(self, box: Box, end: End, family: Family) -> Values:
        place = self._address(end, family)
        return box.get(place, self.full[place])

    def _is_lone(self, one: Values, other: Values) -> bool:
        return one == other and one & (one - 1) == 0 and bool(one & self._lone)


def _between(edges: Sequence[int], ports: PortRange) -> Values:
    """The stretches between edges, by number, that the range is made of."""
    first, last = (bisect_left(edges, one) for one in (ports.first, ports.last + 1))
    return (1 << last) - (1 << first)


def common(one: Box, other: Box) -> Box | None:
    """What is in both boxes; `None` if nothing is."""
    found = dict(one)
    for dimension, values in other.items():
        left = found.get(dimension)
        both = values if left is None else left & values
        if not both:
            return None
        found[dimension] = both
    return found


def holds(boxes: Iterable[Box], box: Box) -> bool | Box:
    """True if one of the boxes holds all of the box, false if none meets it, else one that does."""
    found: Box | None = None
    for one in boxes:
        whole = True
        for dimension, values in one.items():
            own = box.get(dimension)
            if own is None:
                whole = False
            else:
                left = own & values
                if not left:
                    break
                if left != own:
                    whole = False
        else:
            if whole:
                return True
            if found is None:
                found = one
    return False if found is None else found


def _few(boxes: tuple[Box, ...]) -> tuple[Box, ...]:
    if len(boxes) > MOST_BOXES:
        raise TooHardError
    return boxes


def _lone_atoms(atoms: Atoms) -> Values:
    """The atoms of one address."""
    sizes = [0] * len(atoms.families)
    for family in Family:
        edges = (*atoms.starts[family], 1 << WIDTHS[family])
        for (start, end), atom in zip(pairwise(edges), atoms.numbers[family], strict=True):
            sizes[atom] += end - start
    return sum(1 << atom for atom, size in enumerate(sizes) if size == 1)
