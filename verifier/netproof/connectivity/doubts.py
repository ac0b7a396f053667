"""What the pairs of a map hang on that are allowed only perhaps (C.4, D.5, D.37)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from netproof.connectivity.mapping import Cidrs, Map, Pattern, SourceRow
from netproof.connectivity.points import Bits
from netproof.connectivity.portsets import NOTHING, PortId, PortSet
from netproof.connectivity.relation import related
from netproof_encodings.lowering import lower
from netproof_specs.assumptions import Assumption
from netproof_specs.frozen import Frozen, replace
from netproof_specs.problems import Problem


class Doubts(Frozen):
    """How many pairs would be listed otherwise if something that is left open were settled.

    `order` is the order of policies that tie, `set_up` what passes hosts in which direction and
    what becomes of what is left over. `places` are the nodes of pods, and the interfaces of nodes:
    pairs that are listed perhaps whatever is assumed of the others.
    """

    order: int = 0
    set_up: int = 0
    places: int = 0


def doubts_of(found: Map) -> Doubts:
    """What the pairs of a map depend on; a list of outside blocks counts as one end.

    A pair that hangs on two things at once, so that neither settles it alone, counts for both.
    """
    if not _open(found):
        return Doubts()
    open_order = Assumption.TIES if found.tied else None
    open_set_up = Assumption.CALICO_FORWARD if found.relation.points.passages else None
    in_order, set_up = _under(found, open_order), _under(found, open_set_up)
    settled = _under(in_order, open_set_up)
    return Doubts(
        _differing((found, in_order), (set_up, settled)),
        _differing((found, set_up), (in_order, settled)),
        _open(settled),
    )


def notes_on(found: Map) -> list[Problem]:
    """The doubts of a map for people, with what would settle them."""
    doubts, notes = doubts_of(found), []
    if doubts.order:
        policies = ", ".join(f"`{title}`" for title in found.tied)
        notes.append(
            Problem(
                None,
                f"{_depend(doubts.order)} on the order of policies that tie: {policies}; `perhaps` "
                "marks what only some order allows",
                "give them priorities that differ, or assume the order of names: "
                "`--assume ties=name`",
                "open-order",
                "C.4",
            )
        )
    if doubts.set_up:
        notes.append(
            Problem(
                None,
                f"{_depend(doubts.set_up)} on how the cluster is set up, where hosts let through "
                "what pods exchange; `perhaps` marks what only some set-up allows",
                "`--assume calico-host-forward=outside` takes hosts to be asked only of what goes "
                "out of the cluster and of what comes in",
                "open-set-up",
                "D.37",
            )
        )
    if doubts.places:
        notes.append(
            Problem(
                None,
                f"{_depend(doubts.places)} on which node a pod runs, or through which interface of "
                "it a connection goes; `perhaps` marks what only some of these allow",
                "give pods as they run, with their nodes, and nodes with one host endpoint that "
                "is for every interface",
                "open-node",
                "D.37",
            )
        )
    return notes


def _depend(pairs: int) -> str:
    return f"{pairs} {'pair depends' if pairs == 1 else 'pairs depend'}"


def _under(found: Map, settled: Assumption | None) -> Map:
    """The map where the assumption settles what it otherwise leaves open."""
    points = found.relation.points
    if settled is None or settled not in points.assumptions:
        return found
    assumed = points.assumptions - {settled}
    relation = related(replace(points, assumptions=assumed), lower(points.cluster.every_policy))
    return Map(relation, replace(found.query, assumptions=assumed), found.tied)


def _open(found: Map) -> int:
    """The pairs that are listed perhaps."""
    is_open = found.relation.sets.is_open
    if found.relation.sets.layers == 1:
        return 0
    known: dict[int, tuple[Mapping[int, PortId], int]] = {}
    count = 0
    for row in found.rows():
        pattern = row.pattern
        if id(pattern) not in known:
            cells = dict(pattern.cells)
            number = sum(map(is_open, cells.values())) + _any(found, pattern.outside)
            known[id(pattern)] = cells, number
        usual, number = known[id(pattern)]
        changed = (is_open(new) - is_open(usual.get(at, 0)) for at, new in row.changes.items())
        count += number + sum(changed)
    return count + sum(_any(found, blocks) for _, blocks in found.entering())


_Blocks = tuple[tuple[Cidrs, PortId], ...]


def _any(found: Map, blocks: _Blocks) -> bool:
    return any(found.relation.sets.is_open(ports) for _, ports in blocks)


_Ports = tuple[PortSet, PortSet]
"""What is possible and what is certain: comparable between maps."""

_Reached = Mapping[_Ports, Bits]
_OUTSIDE = -1
"""The number of addresses outside, as an end of pairs."""


def _differing(*maps: tuple[Map, Map]) -> int:
    """The pairs on which some two maps differ, all of them of the same units."""
    left = [(_Cells(one), _Cells(other)) for one, other in maps if one is not other]
    if not left:
        return 0
    shared: dict[tuple[int, ...], frozenset[int]] = {}
    count = 0
    every = [cells for pair in left for cells in pair]
    for rows in zip(*(cells.map.rows() for cells in every), strict=True):
        key = tuple(id(row.pattern) for row in rows)
        pairs = [
            ((one, rows[2 * at]), (other, rows[2 * at + 1])) for at, (one, other) in enumerate(left)
        ]
        if key not in shared:
            shared[key] = frozenset(at for pair in pairs for at in _columns(*pair))
        changed = {at for row in rows for at in row.changes}
        unlike = sum(any(_at(x, at) != _at(y, at) for x, y in pairs) for at in changed)
        count += len(shared[key]) - len(changed & shared[key]) + unlike
    return count + len({at for one, other in left for at in _entered(one, other)})


class _Cells:
    """What a map has, as is comparable between maps; a class because it remembers patterns."""

    def __init__(self, found: Map) -> None:
        self.map = found
        self._known: dict[int, dict[int, _Ports | _Reached]] = {}

    def of(self, pattern: Pattern) -> Mapping[int, _Ports | _Reached]:
        """The destinations of a pattern, and the addresses outside as one of them."""
        found = self._known.get(id(pattern))
        if found is None:
            found = self._known[id(pattern)] = {at: self.ports(one) for at, one in pattern.cells}
            if pattern.outside:
                found[_OUTSIDE] = self.blocks(pattern.outside)
        return found

    def ports(self, number: PortId) -> _Ports:
        """What a number stands for in any map."""
        return self.map.relation.sets.ports(number)

    def blocks(self, blocks: _Blocks) -> _Reached:
        """The same of addresses outside; what ways through hosts leave of them is not told."""
        found: dict[_Ports, Bits] = defaultdict(int)
        for cidrs, number in blocks:
            found[self.ports(number)] |= self.map.atoms_in(cidrs)
        return found


_InRow = tuple[_Cells, SourceRow]


def _columns(one: _InRow, other: _InRow) -> Iterable[int]:
    """The destinations at which the patterns of two rows differ."""
    cells, again = (found.of(row.pattern) for found, row in (one, other))
    return (at for at in {**cells, **again} if cells.get(at) != again.get(at))


def _at(one: _InRow, at: int) -> _Ports | _Reached | None:
    """What a row has at a destination, if anything."""
    cells, row = one
    if at not in row.changes:
        return cells.of(row.pattern).get(at)
    return cells.ports(row.changes[at]) if row.changes[at] != NOTHING else None


def _entered(one: _Cells, other: _Cells) -> Iterable[int]:
    """The destinations that addresses outside reach otherwise."""
    entering, again = (
        {at: found.blocks(blocks) for at, blocks in found.map.entering()} for found in (one, other)
    )
    return (at for at in {**entering, **again} if entering.get(at) != again.get(at))
