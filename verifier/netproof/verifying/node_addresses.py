"""Claims on the address of a node, where the input does not tell which pods run there.

Its own node always gets in to a pod (A.42). So a proof that the address of a node does not says
nothing of pods that run there and of which the input does not tell that: where they run, or whose
address it is.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence

from netproof.connectivity.spans import family_of, number_of, span_of
from netproof.connectivity.units import blocks_in
from netproof.verdicts import Verdict
from netproof.verifying.unmatched import claims_text
from netproof_encodings.meaning.claims import groups_of
from netproof_specs.claims import Claim, PolicyClaim
from netproof_specs.loading.lending import stated_by_several
from netproof_specs.model.cluster import Cluster
from netproof_specs.problems import Problem
from netproof_specs.worlds import World

ADDRESS_OF_NODE = "address-of-a-node"
"""The code of the note."""

_OF_ONE = (
    "{} is nothing but the address of a node: a pod counts as running on another one where it is "
    "not known to run there, though a pod's own node always gets in",
    "give the Nodes, and the pods as they run, and ask in the world `snapshot`",
)
_OF_SEVERAL = (
    "several Nodes state an address of {}: no pod counts as running on the node that has it, "
    "though a pod's own node always gets in",
    "leave the address to the one Node that has it, if there is one",
)


def on_nodes_alone(cluster: Cluster, verdicts: Iterable[Verdict]) -> Iterator[Problem]:
    """A note for each block of a claim that holds nothing but addresses of nodes of the input.

    None in the snapshot where addresses of every pod's node are known, and each address is that of
    one node: then nothing is left open.
    """
    asked = [(one, block) for one in verdicts for block in _blocks_of(one.statement.claim)]
    if not asked:
        return  # the rule, and pods may be very many
    stated = {one for node in cluster.nodes for one in node.addresses}
    stated.update(address for one in cluster.workloads for address in one.node_addresses)
    known, shared = map(_in_order, (stated, stated_by_several(cluster.nodes)))
    everywhere = all(one.node_addresses for one in cluster.workloads)
    claims: dict[str, dict[str, None]] = {}
    for verdict, block in asked:
        told = everywhere and verdict.world is World.SNAPSHOT and not _among(block, shared)
        first, last = span_of(block)
        if not told and last - first + 1 == _among(block, known):
            claims.setdefault(block, {})[verdict.statement.id] = None
    for block, ids in claims.items():
        what, hint = _OF_SEVERAL if _among(block, shared) else _OF_ONE
        message = f"{what.format(f'`cidr({block})`')} ({claims_text(tuple(ids))})"
        yield Problem(None, message, hint, ADDRESS_OF_NODE, "A.42")


def _blocks_of(claim: Claim) -> Iterator[str]:
    if not isinstance(claim, PolicyClaim):
        for group in groups_of(claim):
            yield from blocks_in(group.endpoints)


_InOrder = Sequence[tuple[int, int]]
"""Families and addresses as numbers, ascending: there may be many, and many claims."""


def _in_order(addresses: Iterable[str]) -> _InOrder:
    return sorted((family_of(one).value, number_of(one)) for one in addresses)


def _among(block: str, known: _InOrder) -> int:
    """How many of the addresses the block holds."""
    family, (first, last) = family_of(block).value, span_of(block)
    return bisect_right(known, (family, last)) - bisect_left(known, (family, first))
