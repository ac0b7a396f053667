"""Which addresses an end can have: those of its pod or host, and else none that is taken (A.29)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from ipaddress import IPv4Network, IPv6Network, collapse_addresses

from netproof_encodings.logic.terms import Term, Terms
from netproof_encodings.meaning.addresses import in_block
from netproof_encodings.meaning.scenes import Scene
from netproof_encodings.meaning.spaces import ConnectionSpace, EndpointSpace
from netproof_encodings.vocabulary.classes import known_of_hosts
from netproof_specs.assumptions import Assumption
from netproof_specs.model.traffic import Family


def address_assumed(terms: Terms, space: ConnectionSpace, end: EndpointSpace) -> Term:
    """True iff a pod of no known address is supplied with one just where that is assumed (A.29)."""
    assumed = space.assumptions[Assumption.UNKNOWN_POD_ADDRESSES]
    return terms.conjunction(
        (terms.equivalence(end.addressed, assumed), terms.equivalence(end.supplied, assumed))
    )


def placed_or_not(terms: Terms, space: ConnectionSpace, end: EndpointSpace) -> Term:
    """True iff a pod has an address or none, and one where that is assumed (A.29).

    It counts as supplied, as no other end has it.
    """
    assumed = space.assumptions[Assumption.UNKNOWN_POD_ADDRESSES]
    return terms.conjunction(
        (terms.equivalence(end.addressed, end.supplied), terms.implication(assumed, end.addressed))
    )


def two_addresses(terms: Terms, space: ConnectionSpace) -> Term:
    """True iff no end is supplied with the other's address, unless both are on nodes' networks.

    Nor has a host endpoint that is none of the input the other's. Two endpoints have two addresses,
    but for hostNetwork pods of one node (A.29, A.45).
    """
    source, destination = space.ends
    others = (end.is_other_host(terms) for end in space.ends)
    supplied = terms.disjunction((*(end.supplied for end in space.ends), *others))
    addressed = terms.conjunction(end.addressed for end in space.ends)
    hosts = terms.conjunction(end.host_network for end in space.ends)
    one = terms.disjunction(
        terms.conjunction(
            (
                source.address.uses(terms, family),
                terms.same(source.address.bits[family], destination.address.bits[family]),
            )
        )
        for family in Family
    )
    return terms.disjunction((hosts, terms.negation(terms.conjunction((supplied, addressed, one)))))


def outside(terms: Terms, end: EndpointSpace, taken: Sequence[str]) -> Term:
    """True iff the end is inside, or an address in none of the blocks `taken` by what is."""
    inside = terms.disjunction(in_block(terms, end.address, block) for block in taken)
    return terms.disjunction((end.inside(terms), terms.negation(inside)))


def of_nobody_else(
    terms: Terms, end: EndpointSpace, taken: Sequence[str], of_pods: Sequence[str]
) -> Iterator[Term]:
    """What holds of an address that an assumption supplies: no other endpoint has it, as is known.

    A hostNetwork pod may have that of another one: both have their node's (A.45), so only the
    blocks `of_pods` are no choice for it. One on a node with host endpoints is refused.
    """
    for supplied, blocks in (
        (terms.conjunction((end.supplied, terms.negation(end.host_network))), taken),
        (terms.conjunction((end.supplied, end.host_network)), of_pods),
    ):
        inside = terms.disjunction(in_block(terms, end.address, block) for block in blocks)
        yield terms.negation(terms.conjunction((supplied, inside)))


def taken_in(scene: Scene) -> tuple[list[str], list[str]]:
    """The addresses of host endpoints and of pods, then without pods on nodes' networks, in blocks.

    To merge them takes time in proportion to the cluster, which stages share.
    """
    blocks, merged = scene.vocabulary.blocks, scene.addresses.merged
    if blocks not in merged:
        hosts = _of_hosts(scene)
        known = (one.among(blocks) for one in (scene.addresses.of_all, scene.addresses.off_nodes))
        taken, of_pods = (
            _blocks_of({family: [*pods[family], *hosts[family]] for family in Family})
            for pods in known
        )
        merged[blocks] = taken, of_pods
    return merged[blocks]


def taken_by_hosts(scene: Scene) -> list[str]:
    """The addresses of host endpoints, in blocks: all that is taken where no pod is known."""
    return _blocks_of(_of_hosts(scene))


def _of_hosts(scene: Scene) -> dict[Family, list[int]]:
    """The addresses that host endpoints expect and some mentioned block holds."""
    return known_of_hosts(scene.vocabulary.hosts).among(scene.vocabulary.blocks)


def _blocks_of(taken: Mapping[Family, Sequence[int]]) -> list[str]:
    """Addresses that some mentioned block holds, merged into few blocks.

    An address in no mentioned block is as good as any other such address, and they never run
    out, so decoding picks one that no pod has.
    """
    fours = collapse_addresses(IPv4Network(value) for value in taken[Family.IPV4])
    sixes = collapse_addresses(IPv6Network(value) for value in taken[Family.IPV6])
    return [str(block) for block in (*fours, *sixes)]
