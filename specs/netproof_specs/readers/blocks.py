"""`ipBlock` peers (A.26 to A.28, B.15, B.16)."""

from __future__ import annotations

from netproof_specs.decoding import (
    Cursor,
    Decoding,
    Shape,
    elements,
    needed,
    shown,
)
from netproof_specs.locations import Location
from netproof_specs.model.network_policy import BlockPeer
from netproof_specs.syntax import HOST_BITS, Network, parse_block

BLOCK = Shape(
    "`ipBlock`",
    ("cidr", "except"),
    {
        "exceptions": "did you mean `except`?",
        "cidrs": "did you mean `cidr`? It takes one block",
    },
)


def read_block(cursor: Cursor, where: Location) -> BlockPeer | None:
    """The block in canonical form, or `None` with a problem."""
    given = cursor.fields(BLOCK)
    if not given.readable:
        return None
    cidr = needed(given, "cidr", cursor, "write `cidr: address/length`", clause="B.15")
    network = _network(cidr) if cidr is not None else None
    excepts = [_except(element, network) for element in elements(given.get("except"))]
    if network is None:
        return None
    return BlockPeer(str(network), tuple(str(e) for e in excepts if e is not None), where)


def _network(cursor: Cursor) -> Network | None:
    text = "" if cursor.value is None else cursor.string()
    if text is None:
        return None
    blocks = cursor.report.blocks
    if text not in blocks:
        blocks[text] = parse_block(text)
    network, fault, hint = blocks[text]
    if not fault:
        return network
    message = f"`{shown(text)}` {fault}"
    forgiven = fault == HOST_BITS or cursor.report.decoding is Decoding.LENIENT
    if network is not None and forgiven:
        cursor.remark(f"{message}; read as `{network}`", hint, code="masked-block", clause="B.15")
        return network
    cursor.refuse(message, hint, code="invalid-block", clause="B.15")
    return None


def _except(cursor: Cursor, block: Network | None) -> Network | None:
    """One `except`, which must lie strictly inside the block (B.16)."""
    network = _network(cursor)
    if network is None or block is None:
        return network
    same_family, smaller = network.version == block.version, network.prefixlen > block.prefixlen
    if same_family and smaller and network.network_address in block:
        return network
    what = "is of the other address family than" if not same_family else "must lie inside"
    if same_family and network == block:
        what = "takes away all of"
    cursor.refuse(
        f"`{network}` {what} `cidr: {block}`",
        "an `except` is a smaller block inside `cidr`",
        code="invalid-except",
        clause="B.16",
    )
    return None
