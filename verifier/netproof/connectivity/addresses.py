"""Addresses outside the cluster, in atoms that no mentioned block tells apart (A.26, A.27).

An atom is a bit, so a set of atoms is a number. Atoms of IPv4 come first.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Container, Iterable, Iterator, Mapping

from netproof.connectivity.spans import (
    WIDTHS,
    Span,
    blocks_of,
    family_of,
    number_of,
    span_of,
    text_of,
)
from netproof_specs.frozen import Frozen
from netproof_specs.model.traffic import Family


class Atoms(Frozen):
    """The atoms of both families.

    `starts[f]` are the first addresses of the ranges that make up family f, ascending from 0, and
    `numbers[f]` the atom of each range. `families` is the family of each atom, and `blocks`
    gives for each mentioned block the atoms in it.
    """

    starts: dict[Family, tuple[int, ...]]
    numbers: dict[Family, tuple[int, ...]]
    families: tuple[Family, ...]
    blocks: dict[str, int]

    def atom_of(self, address: str) -> int:
        """The atom that an address is in."""
        return self.atom_at(family_of(address), number_of(address))

    def atom_at(self, family: Family, address: int) -> int:
        """The atom that an address is in, as a number."""
        return self.numbers[family][bisect_right(self.starts[family], address) - 1]

    def holds(self, block: str, family: Family, address: int) -> bool:
        """Whether a mentioned block holds the address, which is a number."""
        return bool(self.blocks[block] >> self.atom_at(family, address) & 1)

    def ranges(self, family: Family) -> Iterator[tuple[int, range]]:
        """Each range of the family with its atom, ascending."""
        starts = self.starts[family]
        ends = (*starts[1:], 1 << WIDTHS[family])
        return zip(self.numbers[family], map(range, starts, ends), strict=True)

    def address_in(self, atom: int, taken: Container[str] = ()) -> str:
        """The first address of an atom that is not `taken`; there must be one."""
        family = self.families[atom]
        return next(
            text
            for number, addresses in self.ranges(family)
            if number == atom
            for value in addresses
            if (text := text_of(family, value)) not in taken
        )


def atoms_of(blocks: Iterable[str]) -> Atoms:
    """The coarsest atoms such that each block, in canonical form, is a set of them."""
    mentioned = sorted(set(blocks))
    starts: dict[Family, tuple[int, ...]] = {}
    numbers: dict[Family, tuple[int, ...]] = {}
    families: list[Family] = []
    holding: dict[str, int] = dict.fromkeys(mentioned, 0)
    for family in Family:
        own = {text: span_of(text) for text in mentioned if family_of(text) is family}
        edges = _edges(own, family)
        known: dict[frozenset[str], int] = {}
        for within in edges.values():
            if within not in known:
                known[within] = len(families)
                families.append(family)
                for text in within:
                    holding[text] |= 1 << known[within]
        starts[family] = tuple(edges)
        numbers[family] = tuple(known[within] for within in edges.values())
    return Atoms(starts, numbers, tuple(families), holding)


def _edges(blocks: Mapping[str, Span], family: Family) -> dict[int, frozenset[str]]:
    """Where the set of blocks that hold an address changes, with the set from there on."""
    opening: dict[int, set[str]] = {0: set()}
    closing: dict[int, set[str]] = {}
    for text, (first, last) in blocks.items():
        opening.setdefault(first, set()).add(text)
        closing.setdefault(last + 1, set()).add(text)
    within: frozenset[str] = frozenset()
    edges: dict[int, frozenset[str]] = {}
    for start in sorted({*opening, *closing}):
        if start >> WIDTHS[family]:
            break
        within = (within - closing.get(start, set())) | opening.get(start, set())
        edges[start] = within
    return edges


def cidrs_of(atoms: Atoms, chosen: int) -> tuple[str, ...]:
    """The addresses of the chosen atoms as the fewest blocks, IPv4 first, ascending."""
    return tuple(
        block
        for family in Family
        for run in _runs(atoms, chosen, family)
        for block in blocks_of(family, run)
    )


def _runs(atoms: Atoms, chosen: int, family: Family) -> list[Span]:
    """The addresses of the chosen atoms as ranges, neighbours joined."""
    runs: list[Span] = []
    for atom, found in atoms.ranges(family):
        if not chosen >> atom & 1:
            continue
        if runs and runs[-1][1] + 1 == found.start:
            runs[-1] = (runs[-1][0], found.stop - 1)
        else:
            runs.append((found.start, found.stop - 1))
    return runs


MANY_EXAMPLES = 2
"""The two ends of a connection have two addresses, which may be in one atom."""


def examples_of(atoms: Atoms, family: Family, taken: Iterable[str]) -> Iterator[str]:
    """Two addresses of each atom of the family, or as many as it has besides the `taken` ones."""
    known = set(taken)
    found: dict[int, int] = {}
    for atom, addresses in atoms.ranges(family):
        for value in addresses:
            if found.get(atom, 0) == MANY_EXAMPLES:
                break
            address = text_of(family, value)
            if address not in known:
                found[atom] = found.get(atom, 0) + 1
                yield address


def free_atoms(atoms: Atoms, taken: Iterable[str]) -> int:
    """The atoms that hold some address besides the `taken` ones, which are canonical."""
    return sum(1 << atom for atom, size in enumerate(_sizes(atoms, taken)) if size > 0)


def filled_by(
    atoms: Atoms, taken: Collection[str], some: Iterable[str]
) -> Iterator[tuple[int, frozenset[str]]]:
    """The atoms of which all addresses besides the `taken` ones are among `some`, with these."""
    found: dict[int, set[str]] = {}
    for address in {*some}.difference(taken):
        found.setdefault(atoms.atom_of(address), set()).add(address)
    sizes = _sizes(atoms, taken) if found else []
    for atom, those in sorted(found.items()):
        if len(those) == sizes[atom]:
            yield atom, frozenset(those)


def _sizes(atoms: Atoms, taken: Iterable[str]) -> list[int]:
    """How many addresses each atom has besides the `taken` ones."""
    sizes = [0] * len(atoms.families)
    for family in Family:
        for atom, addresses in atoms.ranges(family):
            # As a difference: `len` has no room for all addresses of IPv6.
            sizes[atom] += addresses.stop - addresses.start
    for address in set(taken):
        sizes[atoms.atom_of(address)] -= 1
    return sizes
