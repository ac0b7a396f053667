"""What the pairs of a map hang on that are allowed only perhaps (C.4, D.5, D.37)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from netproof.connectivity.mapping import Cidrs, Map, Pattern
from netproof.connectivity.portsets import PortId, PortSet
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
    relation = related(
        replace(points, assumptions=assumed), lower(points.cluster.every_policy)
    )
    return Map(relation, replace(found.query, assumptions=assumed), found.tied)


_Ports = tuple[PortSet, PortSet]
"""What is possible and what is certain: comparable between maps."""

_Blocks = tuple[tuple[Cidrs, PortId], ...]


def _open(found: Map) -> int:
    """The pairs that are listed perhaps."""
    is_open = found.relation.sets.is_open
    if found.relation.sets.layers == 1:
        return 0
    known: dict[int, int] = {}
    count = 0
    for row in found.rows():
        pattern, usual = row.pattern, dict(row.pattern.cells)
        if id(pattern) not in known:
            known[id(pattern)] = sum(map(is_open, usual.values())) + _any(found, pattern.outside)
        changed = (is_open(new) - is_open(usual.get(at, 0)) for at, new in row.changes.items())
        count += known[id(pattern)] + sum(changed)
    return count + sum(_any(found, blocks) for _, blocks in found.entering())


def _any(found: Map, blocks: _Blocks) -> bool:
    return any(found.relation.sets.is_open(ports) for _, ports in blocks)


def _differing(*maps: tuple[Map, Map]) -> int:
    """The pairs on which some two maps differ, all of them of the same units."""
    left = [pair for pair in maps if pair[0] is not pair[1]]
    if not left:
        return 0
    found: set[tuple[int, int]] = set()
    for one, other in left:
        found.update(_differences(one, other))
    return len(found)


def _differences(one: Map, other: Map) -> Iterable[tuple[int, int]]:
    """The pairs by number; addresses that a unit reaches are -1, and those that reach it too."""
    shared: dict[tuple[int, int], list[int]] = {}
    for source, (row, again) in enumerate(zip(one.rows(), other.rows(), strict=True)):
        key = id(row.pattern), id(again.pattern)
        if key not in shared:
            shared[key] = list(_columns(_pattern(one, row.pattern), _pattern(other, again.pattern)))
        changed = {*row.changes, *again.changes}
        yield from ((source, at) for at in shared[key] if at not in changed)
        if changed:
            cells, others = dict(row.cells()), dict(again.cells())
            for at in changed:
                if _ports(one, cells.get(at, 0)) != _ports(other, others.get(at, 0)):
                    yield source, at
    entering, again_in = dict(one.entering()), dict(other.entering())
    for at in {*entering, *again_in}:
        if _blocks(one, entering.get(at, ())) != _blocks(other, again_in.get(at, ())):
            yield -1, at


_Reached = tuple[dict[int, _Ports], tuple[tuple[Cidrs, _Ports], ...]]


def _pattern(found: Map, pattern: Pattern) -> _Reached:
    cells = {at: _ports(found, ports) for at, ports in pattern.cells}
    return cells, _blocks(found, pattern.outside)


def _columns(one: _Reached, other: _Reached) -> Iterable[int]:
    cells: tuple[Mapping[int, _Ports], Mapping[int, _Ports]] = (one[0], other[0])
    yield from (at for at in {**cells[0], **cells[1]} if cells[0].get(at) != cells[1].get(at))
    if one[1] != other[1]:
        yield -1


def _blocks(found: Map, blocks: _Blocks) -> tuple[tuple[Cidrs, _Ports], ...]:
    return tuple((cidrs, _ports(found, ports)) for cidrs, ports in blocks)


def _ports(found: Map, number: PortId) -> _Ports:
    return found.relation.sets.ports(number)
