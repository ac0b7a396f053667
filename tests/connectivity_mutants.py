"""Planted errors in the map of connections, each with the row of the truth tables that notices."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tests.mutants import Mutant, mutant

from netproof.connectivity import (
    flows,
    partitions,
    points,
    portsets,
    profiles,
    relation,
    selection,
    spans,
)
from netproof.connectivity.portsets import EVERYTHING, NOTHING
from netproof_specs.model.traffic import Family


def _first_only(right: Any) -> Any:
    return lambda *given: right(*given)[:1]


def _nothing(_: Any) -> Any:
    return lambda *_given: ()


def _last_left_out(right: Any) -> Any:
    return lambda ranges: tuple(
        (first, last - 1 if first < last else last) for first, last in right(ranges)
    )


def _gaps_filled(right: Any) -> Any:
    def union_of(ranges: Any) -> Any:
        found = right(ranges)
        return ((found[0][0], found[-1][1]),) if found else ()

    return union_of


def _left_wins(_: Any) -> Any:
    return lambda left, _right: left


def _everything_else_too(_: Any) -> Any:
    return lambda _ranges: portsets.ALL_PORTS


def _last_admission_wins(_: Any) -> Any:
    def joined(sets: Any, admissions: Any) -> Any:
        found: dict[int, int] = {}
        for ends, ports in admissions:
            for at in points.numbers_of(ends):
                found[at] = ports
        by_ports: dict[int, int] = {}
        for at, ports in found.items():
            by_ports[ports] = by_ports.get(ports, 0) | 1 << at
        return tuple((ports, ends) for ports, ends in by_ports.items() if ports != NOTHING)

    return joined


def _limits_forgotten(_: Any) -> Any:
    return lambda _sets, partition, _limits: partition


def _ports_forgotten(_: Any) -> Any:
    return lambda _sets, partition, limits: tuple(
        (ports, ends & points.united(one for one, _ in limits)) for ports, ends in partition
    )


def _one_block(_: Any) -> Any:
    return lambda of, _profiles: [of.insiders] if of.insiders else []


def _outside_admits_nothing(right: Any) -> Any:
    return lambda of, *rest: right(replace(of, outside=0), *rest)


def _any_family(right: Any) -> Any:
    def by_families(of: Any, own: Any) -> Any:
        return [(of.all, EVERYTHING)] if right(of, own) else []

    return by_families


def _first_of_names(right: Any) -> Any:
    return lambda one, name: frozenset(sorted(right(one, name), key=str)[:1])


def _last_address_left_out(right: Any) -> Any:
    return lambda cidr: (right(cidr)[0], right(cidr)[1] - 1)


def _twice_as_large(right: Any) -> Any:
    return lambda cidr: (right(cidr)[0], 2 * right(cidr)[1] - right(cidr)[0] + 1)


def _no_address(right: Any) -> Any:
    return lambda one, node, atoms: replace(right(one, node, atoms), atoms=0)


def _never_a_node(right: Any) -> Any:
    return lambda one, node, atoms: right(one, False, atoms) if node else right(one, node, atoms)


def _other_parts(right: Any) -> Any:
    return lambda match, end: right(match, end.opposite)


def _whatever_the_name(_: Any) -> Any:
    return lambda one, _name: frozenset((port.protocol, port.port) for port in one.pods.ports)


def _first_address_only(right: Any) -> Any:
    def known(one: Any, node: Any, atoms: Any) -> Any:
        found = right(one, node, atoms)
        return replace(found, atoms=found.atoms & -found.atoms)

    return known


def _last_address_only(right: Any) -> Any:
    def known(one: Any, node: Any, atoms: Any) -> Any:
        found = right(one, node, atoms)
        return replace(found, atoms=1 << found.atoms.bit_length() >> 1)

    return known


def _of_every_family(right: Any) -> Any:
    return lambda one, node, atoms: replace(right(one, node, atoms), families=frozenset(Family))


def _of_one_family(right: Any) -> Any:
    def known(one: Any, node: Any, atoms: Any) -> Any:
        found = right(one, node, atoms)
        return replace(found, families=frozenset({min(found.families, key=lambda it: it.value)}))

    return known


_MUTANTS: tuple[tuple[Any, str, Any, str], ...] = (
    (portsets, "union_of", _last_left_out, "F109-ranges.1"),
    (portsets, "union_of", _gaps_filled, "rules-are-ored.3"),
    (portsets, "union_of", _first_only, "rules-are-ored.2"),
    (portsets, "common", _left_wins, "F70.1"),
    (portsets, "common", _nothing, "F70.1"),
    (portsets, "others", _everything_else_too, "numbers-are-no-texts.2"),
    (portsets, "others", _nothing, "numbers-are-no-texts.1"),
    (partitions, "joined", _last_admission_wins, "halves-make-a-whole.1"),
    (partitions, "joined", _first_only, "F69.1"),
    (partitions, "joined", _nothing, "F69.1"),
    (partitions, "within", _limits_forgotten, "F69.1"),
    (partitions, "within", _ports_forgotten, "F70.1"),
    (partitions, "within", _first_only, "F69.1"),
    (flows, "_by_ports", _first_only, "F70.1"),
    (relation, "alike", _one_block, "F69.1"),
    (relation, "admitting_of", _outside_admits_nothing, "F69.1"),
    (profiles, "_by_families", _any_family, "several-peers-are-alternatives.5"),
    (profiles, "_by_families", _first_only, "F69.1"),
    (profiles, "_own_parts", _other_parts, "F69.1"),
    (profiles, "_own_parts", _nothing, "F69.1"),
    (selection, "_declared", _first_of_names, "several-containers.2"),
    (selection, "_declared", _whatever_the_name, "each-name-is-for-itself.2"),
    (spans, "span_of", _last_address_left_out, "inside-and-outside.1"),
    (spans, "span_of", _twice_as_large, "inside-and-outside.4"),
    (points, "_known", _no_address, "node-addresses.1"),
    (points, "_known", _first_address_only, "blocks-of-the-other-family.2"),
    (points, "_known", _last_address_only, "dual-stack-pods.1"),
    (points, "_known", _never_a_node, "F55.1"),
)

CONNECTIVITY_MUTANTS: tuple[Mutant, ...] = tuple(
    mutant(module.__name__, function, error, row) for module, function, error, row in _MUTANTS
)

FAMILY_MUTANTS: tuple[Mutant, ...] = (
    mutant(points.__name__, "_known", _of_every_family, ""),
    mutant(points.__name__, "_known", _of_one_family, ""),
)
"""Errors in the families of a pod's connections (A.27); no row has a connection that cannot be."""
