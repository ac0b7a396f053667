"""Blocks of addresses around one of them, as policies can tell it from others."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network, ip_network

from netproof_encodings.obligations.claims import Stage
from netproof_specs.model.traffic import Family

_Block = IPv4Network | IPv6Network


def blocks_of(on: Stage, family: Family, value: int) -> list[tuple[str, tuple[str, ...]]]:
    """Blocks around the address, the widest first, each without what sets the address apart.

    What is left out of each are the largest mentioned blocks in it that do not hold the address.
    """
    width = "0.0.0.0/0" if family is Family.IPV4 else "::/0"
    mentioned = [
        block
        for block in map(ip_network, {*on.scene.vocabulary.blocks, width})
        if block.version == family.value
    ]
    around = sorted((b for b in mentioned if _holds(b, value)), key=lambda b: b.prefixlen)
    apart = [b for b in mentioned if not _holds(b, value)]
    return [
        (str(block), _maximal([one for one in apart if _within(one, block)])) for block in around
    ]


def _holds(block: _Block, value: int) -> bool:
    return int(block.network_address) <= value <= int(block.broadcast_address)


def _within(one: _Block, other: _Block) -> bool:
    return _holds(other, int(one.network_address)) and one.prefixlen > other.prefixlen


def _maximal(blocks: Sequence[_Block]) -> tuple[str, ...]:
    kept = [one for one in blocks if not any(_within(one, other) for other in blocks)]
    return tuple(str(one) for one in sorted(kept, key=lambda b: (int(b[0]), b.prefixlen)))
