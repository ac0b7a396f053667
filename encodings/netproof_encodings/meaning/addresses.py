"""Addresses as bit-vectors, blocks as prefixes; the twin of `netproof.oracle.addresses`."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import ip_network

from netproof_encodings.logic.terms import Bits, Term, Terms
from netproof_specs.frozen import Frozen
from netproof_specs.model.traffic import Family

WIDTHS = {Family.IPV4: 32, Family.IPV6: 128}
"""Bits of an address of each family."""


class AddressSpace(Frozen):
    """One endpoint's address in either family.

    `ipv6` is true iff the connection uses IPv6; it is one symbol for both ends (A.27).
    """

    ipv6: Term
    bits: dict[Family, Bits]

    def uses(self, terms: Terms, family: Family) -> Term:
        """True iff the connection uses the family."""
        return self.ipv6 if family is Family.IPV6 else terms.negation(self.ipv6)


def address_space(terms: Terms, prefix: str) -> AddressSpace:
    """The symbols `prefix.ipv4` and `prefix.ipv6`, and the shared `ipv6`."""
    bits = {
        family: terms.vector(f"{prefix}.{family.name.lower()}", WIDTHS[family]) for family in Family
    }
    return AddressSpace(terms.symbol("ipv6"), bits)


def in_block(terms: Terms, space: AddressSpace, cidr: str, excepts: Iterable[str] = ()) -> Term:
    """True iff the address is in `cidr` and in no `except`, family included (A.26, A.27)."""
    excluded = terms.disjunction(_covered(terms, space, block) for block in excepts)
    return terms.conjunction((_covered(terms, space, cidr), terms.negation(excluded)))


def _covered(terms: Terms, space: AddressSpace, cidr: str) -> Term:
    block = ip_network(cidr)
    family = Family(block.version)
    bits = space.bits[family]
    value = int(block.network_address) >> (bits.width - block.prefixlen)
    prefix = terms.prefix(bits, block.prefixlen, value)
    return terms.conjunction((space.uses(terms, family), prefix))
