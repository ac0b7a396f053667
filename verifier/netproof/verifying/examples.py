"""Claims that one connection of the input decides, as the oracle says it: no solver is asked.

A large cluster is looked through for such a connection first. It is the one that the solver's
solutions would be narrowed down to, so that verdict and counterexample are the same without this
(decision 0032). That no connection breaks a claim is never said here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import reduce
from itertools import combinations
from operator import or_

from netproof.connectivity.addresses import atoms_of
from netproof.connectivity.spans import family_of, number_of, text_of
from netproof.decisions import InInput
from netproof.oracle.nearby import Nearby
from netproof.replay import replay
from netproof.verdicts import Proved, Refuted, Robustness
from netproof.verifying.readings import Census
from netproof.verifying.sifting import Sieve
from netproof_encodings.meaning.claims import groups_of, has_addresses
from netproof_encodings.parts.atlas import Atlas
from netproof_specs.assumptions import Assumption, Assumptions
from netproof_specs.claims import (
    CanReachOnly,
    ConnectionClaim,
    DeniedByDefault,
    MayReach,
    OnlyCanReach,
    ReachClaim,
    Statement,
)
from netproof_specs.frozen import replace
from netproof_specs.model.connections import Connection, Endpoint, ExternalEndpoint, PodEndpoint
from netproof_specs.model.traffic import Family
from netproof_specs.worlds import World

SMALL = 64
"""With so few policies a solver is asked at once."""

SPARE = 4
"""So many addresses of a range are tried for a pod that is to have some address."""


class Examples:
    """Decides claims on one cluster by a connection; a class to keep what claims share.

    `relevant` are the assumptions that can bear on a claim about the cluster.
    """

    def __init__(
        self,
        atlas: Atlas,
        world: World,
        assumptions: Assumptions,
        relevant: tuple[Assumption, ...],
        census: Census,
    ) -> None:
        self._atlas = atlas
        self._world = world
        self._assumptions = assumptions
        self._relevant = relevant
        self._census = census
        self._policies = Nearby(atlas.cluster.every_policy)
        self._atoms = atoms_of(atlas.vocabulary.blocks)
        self._sieve = Sieve(atlas, self._atoms, assumptions) if _suits(atlas) else None

    def judged(self, statement: Statement, claim: ConnectionClaim) -> Proved | Refuted | None:
        """The judgement on the claim where a connection decides it whatever is assumed.

        None says nothing of it.
        """
        if self._sieve is None or isinstance(claim, DeniedByDefault):
            return None
        found = self._sieve.found(claim)
        if found is None or any(map(self._is_taken, (found.source, found.destination))):
            return None
        if not (statement.allow_empty or self._is_occupied(claim)):
            return None
        if not all(self._is_decided(claim, found, assumed) for assumed in self._variants()):
            return None
        evidence = replay(self._policies.to(found), claim, found, self._assumptions)
        if evidence is None:
            return None
        if self._world is not World.SNAPSHOT:
            evidence = replace(evidence, in_input=InInput.SHOWN)
        decided = Proved if isinstance(claim, MayReach) else Refuted
        return decided(evidence, Robustness(self._relevant, (), complete=True))

    def _is_occupied(self, claim: ReachClaim) -> bool:
        """Whether every group of the claim has an endpoint, as far as the found one leaves it open.

        One that has addresses always does, and so does one of pods of the input.
        """
        if not isinstance(claim, CanReachOnly | OnlyCanReach):
            return True
        groups = (group.endpoints for group in groups_of(claim))
        return all(has_addresses(one) or self._census.count(one) for one in groups)

    def _variants(self) -> Iterator[Assumptions]:
        """The assumptions with any of those flipped that can bear on the claim."""
        for size in range(len(self._relevant) + 1):
            for flipped in combinations(self._relevant, size):
                yield self._assumptions.symmetric_difference(flipped)

    def _is_decided(self, claim: ReachClaim, found: Connection, assumed: Assumptions) -> bool:
        """Whether the world has a connection like the found one that decides the claim so."""
        ends = found.source, found.destination
        there = tuple(self._in_world(ends, assumed))
        if len(there) < len(ends):
            return False  # no address is left to be supplied
        like = replace(found, source=there[0], destination=there[1])
        return replay(self._policies.to(like), claim, like, assumed) is not None

    def _in_world(
        self, ends: tuple[Endpoint, Endpoint], assumed: Assumptions
    ) -> Iterator[Endpoint]:
        """The ends as the world knows their addresses, those of open worlds not at all (A.29)."""
        supplies = Assumption.UNKNOWN_POD_ADDRESSES in assumed and self._atlas.vocabulary.blocks
        spare = self._spare_addresses(ends)
        for one in ends:
            if not isinstance(one, PodEndpoint):
                yield one
                continue
            pod = one if self._world is World.SNAPSHOT else replace(one, addresses=())
            if supplies and not pod.addresses:
                address = next(spare, None)
                if address is None:
                    return
                pod = replace(pod, addresses=(address,), supplied=True)
            yield pod

    def _spare_addresses(self, ends: Sequence[Endpoint]) -> Iterator[str]:
        """Addresses that neither a pod nor one of the ends has, rather in no block (A.29)."""
        atoms = self._atoms
        mentioned = reduce(or_, atoms.blocks.values(), 0)
        starts = zip(atoms.starts[Family.IPV4], atoms.numbers[Family.IPV4], strict=True)
        for start, _ in sorted(starts, key=lambda one: (mentioned >> one[1] & 1, one[0])):
            for address in range(start, start + SPARE):
                spare = ExternalEndpoint(text_of(Family.IPV4, address))
                if spare not in ends and not self._is_taken(spare):
                    yield spare.address

    def _is_taken(self, end: Endpoint) -> bool:
        """Whether the end is outside at the address of a pod."""
        if not isinstance(end, ExternalEndpoint):
            return False
        known, family = self._atlas.addresses.of_all, family_of(end.address)
        return known.has(family, number_of(end.address))


def _suits(atlas: Atlas) -> bool:
    """Whether the cluster is large, and has nothing that makes it hard to tell what is best.

    That is an order of policies that is left open, a pod on its node's network, a host endpoint,
    and a policy that asks for source ports.
    """
    cluster = atlas.cluster
    if len(cluster.every_policy) <= SMALL or not cluster.workloads:
        return False
    with_hosts = atlas.has_hosts or bool(cluster.hosts) or atlas.others is not None
    return not (atlas.has_ties or with_hosts or atlas.vocabulary.asks_source_port)
