"""What a map has from one end to another, and how that differs between two maps.

A connection of two workloads is there iff some pod of one reaches some pod of the other. Where it
is there perhaps on both sides, they are held against each other in each set-up of the cluster
(`kinds`).
"""

from __future__ import annotations

from netproof.comparisons import Change, Side
from netproof.connectivity.kinds import Kind, Kinds
from netproof.connectivity.portsets import (
    PortId,
    PortSet,
    PortSets,
    both,
    in_both_families,
    minus,
)
from netproof_specs.frozen import Frozen


class Held(Frozen):
    """The ports that are possible and those that are certain.

    Where ways through hosts are told apart, it has the kinds of its `pods`.
    """

    possible: PortSet
    certain: PortSet
    pods: frozenset[Kind] = frozenset()


NO_PORTS = Held((), ())
"""Stands for sets without any, of however many source ports."""

Turn = tuple[Change, Side | None]
"""What becomes of a connection, and which side has it only perhaps."""


def held_of(sets: PortSets, number: PortId, kinds: Kinds) -> Held:
    """What the set of a number holds."""
    return Held(*sets.ports(number), kinds.of(sets, number))


def flat(held: Held, kinds: Kinds) -> Held:
    """The same with each port that is there in either family in both."""
    possible = in_both_families(held.possible)
    certain = possible if held.certain is held.possible else in_both_families(held.certain)
    return Held(possible, certain, kinds.flat(held.pods))


def differences(before: Held, after: Held, kinds: Kinds) -> dict[Turn, PortSet]:
    """The ports with which it is not the same on both sides, each once, but for those that both
    have perhaps."""
    if before == after:
        return {}
    old, surely_old, new, surely_new = (
        *(before.possible, before.certain), *(after.possible, after.certain),
    )  # fmt: skip
    gained, lost = minus(new, old), minus(old, new)
    found: dict[Turn, PortSet] = {(Change.ADDED, None): gained, (Change.REMOVED, None): lost}
    if surely_old is not old or surely_new is not new:
        found = {
            (Change.ADDED, None): both(gained, surely_new),
            (Change.ADDED, Side.NEW): minus(gained, surely_new),
            (Change.ADDED, Side.OLD): minus(both(old, surely_new), surely_old),
            (Change.REMOVED, None): both(lost, surely_old),
            (Change.REMOVED, Side.OLD): minus(lost, surely_old),
            (Change.REMOVED, Side.NEW): minus(both(new, surely_old), surely_new),
        }
        perhaps = minus(minus(both(old, new), surely_old), surely_new)
        if any(perhaps) and before.pods != after.pods:
            gone, come = kinds.told_apart(perhaps, before.pods, after.pods)
            found[Change.ADDED, Side.BOTH] = come
            found[Change.REMOVED, Side.BOTH] = gone
    return {turn: ports for turn, ports in found.items() if any(ports)}
