"""The parts of a map by themselves: port sets, atoms of addresses, partitions."""

from __future__ import annotations

from itertools import pairwise, product

from hypothesis import given
from hypothesis import strategies as st
from netaddr import IPAddress, IPNetwork, IPRange, IPSet

from netproof.connectivity.addresses import atoms_of, cidrs_of, free_atoms
from netproof.connectivity.partitions import joined, within
from netproof.connectivity.points import bits_of, numbers_of
from netproof.connectivity.portsets import (
    EVERYTHING,
    NOTHING,
    PortSets,
    common,
    others,
    union_of,
)
from netproof.connectivity.spans import between, blocks_of, hull_of, span_of, text_of
from netproof.decisions import ALL_PORTS, Allowed, Ranges
from netproof.reports.connections.words import blocks_name
from netproof_specs.claims import ClaimPorts
from netproof_specs.model.traffic import Family, Protocol

edges = st.sampled_from((1, 2, 3, 4, 5, 79, 80, 81, 65534, 65535))
ranges = st.lists(st.tuples(edges, edges).map(lambda ends: (min(ends), max(ends))), max_size=4)
blocks = st.lists(
    st.sampled_from(
        (
            "0.0.0.0/0",
            "0.0.0.0/1",
            "10.0.0.0/8",
            "10.1.0.0/16",
            "10.1.2.3/32",
            "255.255.255.255/32",
            "::/0",
            "2001:db8::/32",
            "2001:db8::1/128",
        )
    ),
    max_size=5,
)


def ports(listed: Ranges) -> set[int]:
    return {port for first, last in listed for port in range(first, last + 1)}


@given(ranges, ranges)
def test_ranges_are_sets_in_their_one_form(left: list[tuple[int, int]], right: Ranges) -> None:
    one, other = union_of(left), union_of(right)
    assert ports(one) == ports(tuple(left))
    assert ports(union_of((*one, *other))) == ports(one) | ports(other)
    assert ports(common(one, other)) == ports(one) & ports(other)
    assert ports(others(one)) == {*range(1, 65536)} - ports(one)
    for listed in (one, other, common(one, other), others(one)):
        assert all(last + 1 < first for (_, last), (first, _) in pairwise(listed))
        assert all(first <= last for first, last in listed)


def test_numbers_are_of_sets() -> None:
    sets = PortSets()
    web = sets.of({Protocol.TCP: [(80, 80), (81, 90)]})
    assert web == sets.of_claim((ClaimPorts(Protocol.TCP, 80, 90),))
    assert sets.of_claim(()) == EVERYTHING
    assert sets.union(web, NOTHING) == sets.intersection(web, EVERYTHING) == web
    assert sets.union(web, EVERYTHING) == EVERYTHING
    assert sets.intersection(web, NOTHING) == NOTHING
    four = sets.intersection(web, sets.within([Family.IPV4]))
    assert sets.holds(four, Family.IPV4, Protocol.TCP, 85)
    assert not sets.holds(four, Family.IPV6, Protocol.TCP, 85)
    assert sets.allowed(four) == (Allowed(Protocol.TCP, ((80, 90),)),)
    assert sets.flat(four) == web
    assert sets.union(four, sets.within([Family.IPV6])) not in (web, EVERYTHING)
    assert sets.complement(sets.complement(four)) == four
    assert sets.union(four, sets.complement(four)) == EVERYTHING
    assert sets.intersection(four, sets.complement(four)) == NOTHING
    assert sets.complement(EVERYTHING) == NOTHING
    assert sets.allowed(EVERYTHING) == tuple(Allowed(one, ALL_PORTS) for one in Protocol)


def test_source_ports_are_told_apart() -> None:
    """What is allowed from every source port comes first, and all together say exactly the set."""
    sets = PortSets(((1, 52), (53, 53), (54, 1023), (1024, 65535)))
    https = sets.of({Protocol.TCP: [(443, 443)]})
    low, dns = sets.coming_from(1, 1023), sets.coming_from(53, 53)
    found = sets.union(https, sets.intersection(sets.of({Protocol.TCP: [(1, 500)]}), low))
    assert sets.allowed(found) == (
        Allowed(Protocol.TCP, ((443, 443),)),
        Allowed(Protocol.TCP, ((1, 500),), ((1, 1023),)),
    )
    without = sets.intersection(found, sets.complement(dns))
    assert sets.allowed(without) == (
        Allowed(Protocol.TCP, ((1, 500),), ((1, 52), (54, 1023))),
        Allowed(Protocol.TCP, ((443, 443),), ((1024, 65535),)),
    )
    four = sets.intersection(without, sets.within([Family.IPV4]))
    assert sets.flat(four) == without
    assert sets.union(low, sets.complement(low)) == EVERYTHING
    for one in (found, without, four, low, dns):
        for protocol, port, source in product(Protocol, (1, 443, 500, 501), (1, 53, 54, 1024)):
            listed = any(
                protocol is each.protocol
                and port in ports(each.ports)
                and source in ports(each.sources)
                for each in sets.allowed(one)
            )
            held = sets.holds(one, Family.IPV4, protocol, port, source)
            assert held is listed, (one, protocol, port, source)


@given(blocks)
def test_atoms_are_the_coarsest_that_blocks_tell_apart(mentioned: list[str]) -> None:
    atoms = atoms_of(mentioned)
    for block in mentioned:
        assert IPSet(cidrs_of(atoms, atoms.blocks[block])) == IPSet([block])
    held = [
        frozenset(block for block in mentioned if atoms.blocks[block] >> atom & 1)
        for atom in range(len(atoms.families))
    ]
    keys = list(zip(atoms.families, held, strict=True))
    assert len(set(keys)) == len(keys)
    whole = cidrs_of(atoms, bits_of(range(len(atoms.families))))
    assert whole == ("0.0.0.0/0", "::/0")


@given(blocks, st.sets(st.sampled_from(("10.1.2.3", "10.1.2.4", "2001:db8::1")), max_size=3))
def test_an_atom_is_free_iff_some_address_is(mentioned: list[str], taken: set[str]) -> None:
    atoms = atoms_of(mentioned)
    free = set(numbers_of(free_atoms(atoms, taken)))
    for atom in range(len(atoms.families)):
        left = IPSet(cidrs_of(atoms, 1 << atom)) - IPSet(taken)
        assert (atom in free) is bool(left.size)
    for address in taken:
        assert IPAddress(address) in IPSet(cidrs_of(atoms, 1 << atoms.atom_of(address)))


@given(
    st.lists(st.tuples(st.integers(0, 15), ranges), max_size=4),
    st.lists(st.tuples(st.integers(0, 15), ranges), max_size=1),
)
def test_partitions_name_each_point_once(
    admitted: list[tuple[int, Ranges]], limits: list[tuple[int, Ranges]]
) -> None:
    sets = PortSets()

    def numbered(listed: list[tuple[int, Ranges]]) -> list[tuple[int, int]]:
        return [(points, sets.of({Protocol.TCP: each})) for points, each in listed]

    found = joined(sets, numbered(admitted))
    narrowed = within(sets, found, numbered(limits))
    for point in range(4):
        expected = {
            port for points, each in admitted if points >> point & 1 for port in ports(tuple(each))
        }
        limit = {
            port for points, each in limits if points >> point & 1 for port in ports(tuple(each))
        }
        assert at(sets, found, point) == expected
        assert at(sets, narrowed, point) == expected & limit
    assert len({number for number, _ in found}) == len(found)


@given(blocks.filter(lambda listed: len({":" in one for one in listed}) == 1))
def test_spans_are_blocks(mentioned: list[str]) -> None:
    family = Family.IPV6 if ":" in mentioned[0] else Family.IPV4
    spans = [span_of(one) for one in mentioned]
    hull = hull_of(spans)
    (whole,) = map(IPNetwork, blocks_of(family, hull))
    assert all(IPNetwork(one) in whole for one in mentioned)
    for half in whole.subnet(whole.prefixlen + 1) if whole.size > 1 else ():
        assert not all(IPNetwork(one) in half for one in mentioned)
    apart = [span_of(str(one)) for one in IPSet(mentioned).iter_cidrs()]
    missing = [one for gap in between(hull, apart) for one in blocks_of(family, gap)]
    left = IPSet(blocks_of(family, hull)) - IPSet(mentioned)
    assert missing == [str(one) for one in left.iter_cidrs()]


@given(st.integers(0, 2**32 - 1), st.integers(0, 2**128 - 1), st.integers(0, 2**32 - 1))
def test_spans_are_the_fewest_blocks(first: int, six: int, size: int) -> None:
    for family, start, last in (
        (Family.IPV4, first, min(first + size, 2**32 - 1)),
        (Family.IPV6, six, min(six + size, 2**128 - 1)),
    ):
        ends = (IPAddress(start, family.value), IPAddress(last, family.value))
        assert list(blocks_of(family, (start, last))) == list(map(str, IPRange(*ends).cidrs()))
        assert text_of(family, start) == str(ends[0])


def at(sets: PortSets, partition: tuple[tuple[int, int], ...], point: int) -> set[int]:
    numbers = [number for number, points in partition if points >> point & 1]
    assert len(numbers) <= 1
    listed = sets.allowed(numbers[0]) if numbers else ()
    return {port for one in listed if one.protocol is Protocol.TCP for port in ports(one.ports)}


def test_blocks_read_as_people_say_them() -> None:
    eight, left = IPNetwork("10.0.0.0/8"), IPSet(["10.0.0.0/8"]) - IPSet(["10.1.0.0/16"])
    cidrs = tuple(str(one) for one in left.iter_cidrs())
    assert blocks_name(cidrs) == f"{eight} except 10.1.0.0/16"
    assert blocks_name(("0.0.0.0/0", "::/0")) == "external"
    assert blocks_name(("10.0.0.0/8", "192.168.0.0/16")) == "10.0.0.0/8, 192.168.0.0/16"
    assert blocks_name((*cidrs, "::/0")) == f"{eight} except 10.1.0.0/16, ::/0"
