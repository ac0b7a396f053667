"""Policies seen to be needed by a core, by moving one connection from namespace to namespace.

Most policies of a large core are needed for one reason: each denies by default in a namespace of
its own. What breaks the claim without the first of them, the solver shows. The same between pods
of another namespace most often does so without the policy of that namespace. Whether it does is
said by the oracle; where it does not, the solver is asked (decision 0032).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from functools import cached_property
from itertools import product

from netproof.replay import replay
from netproof_encodings.decision.conditions import End, subject_end
from netproof_encodings.decision.tiers import TierPolicy
from netproof_encodings.logic.terms import Model
from netproof_encodings.lowering import every_tier, is_calico
from netproof_encodings.models.decoding import decode
from netproof_encodings.obligations.claims import Stage
from netproof_encodings.parts.planning import sets_at
from netproof_encodings.parts.pods import can_meet, those_among
from netproof_encodings.vocabulary.classes import PodClass
from netproof_specs.assumptions import Assumption, Assumptions
from netproof_specs.claims import ConnectionClaim
from netproof_specs.frozen import replace
from netproof_specs.model.cluster import Namespace
from netproof_specs.model.connections import Connection, Endpoint, PodEndpoint, pod_of
from netproof_specs.worlds import World

TRIES = 2
"""So many pods of a namespace are tried in place of an end."""

IN_VAIN = 3
"""After so many policies of which nothing was seen, nothing is looked for any more."""

_MOVED = ((End.SOURCE,), (End.DESTINATION,), (End.SOURCE, End.DESTINATION))


class Moving:
    """Moves the last connection that a solver has shown; a class to keep that.

    `model` gives the values of the session's last answer, and is None where that was not sat.
    """

    def __init__(self, on: Stage, claim: ConnectionClaim, assumptions: Assumptions) -> None:
        self._on, self._claim, self._assumptions = on, claim, assumptions
        self._connection: Connection | None = None
        self._left = IN_VAIN
        self.model: Callable[[], Model] | None = None

    # Of most proofs the core is one policy, so what follows is worked out for the second one.

    @cached_property
    def _suits(self) -> bool:
        """Whether a pod in place of another leaves a connection of the world.

        Not where pods are supplied with addresses, are on their node's network, or have accounts.
        """
        scene = self._on.scene
        assumed = Assumption.UNKNOWN_POD_ADDRESSES in self._assumptions
        supplied = assumed and bool(scene.vocabulary.blocks)
        snapshot = scene.world is World.SNAPSHOT
        nodes = snapshot and any(one.host_network for one in scene.classes)
        return not (supplied or nodes or is_calico(scene.cluster.every_policy))

    @cached_property
    def _by_home(self) -> Mapping[str | None, Sequence[TierPolicy]]:
        """The policies that the stage holds, in each direction, by the namespace they are for."""
        found: dict[str | None, list[TierPolicy]] = {}
        for one in (one for tier in every_tier(self._on.tiers) for one in tier.policies):
            found.setdefault(one.home, []).append(one)
        return found

    @cached_property
    def _homes(self) -> Mapping[int, str | None]:
        return {one.index: one.home for own in self._by_home.values() for one in own}

    @cached_property
    def _spaces(self) -> Mapping[str, Namespace]:
        return {one.name: one for one in self._on.scene.cluster.namespaces}

    @cached_property
    def _fits(self) -> Mapping[End, Callable[[PodClass], bool]]:
        """Whether a class can be at an end where the claim asks of it."""
        return {end: those_among(sets_at(self._claim, end)) for end in End}

    @cached_property
    def _classes(self) -> Mapping[str, Sequence[PodClass]]:
        found: dict[str, list[PodClass]] = {}
        for one in self._on.scene.classes:
            found.setdefault(one.namespace, []).append(one)
        return found

    def fails(self, here: Set[int], missing: int) -> bool:
        """True only if the claim fails with the policies `here` in place and no others.

        What is tried are connections of the namespace of a policy that is `missing` there.
        """
        known = self._known()
        space = None if known is None else self._homes.get(missing)
        if known is None or space is None or space not in self._spaces:
            return False
        found = any(self._breaks(one, here) for one in self._moved(known, space, here))
        self._left = IN_VAIN if found else self._left - 1
        return found

    def _known(self) -> Connection | None:
        """The last connection shown, if it is worth while to move it."""
        if self.model is None or not self._left or not self._suits:
            return self._connection if self._left else None
        on = self._on
        if on.scene.world is not World.SNAPSHOT:  # pods of the input need not be looked for
            on = replace(on, scene=replace(on.scene, classes=()))
        self._connection, self.model = decode(on, self.model()), None
        return self._connection

    def _breaks(self, connection: Connection, here: Set[int]) -> bool:
        """Whether the connection breaks the claim with these policies, as the oracle says it.

        A policy of another namespace than those of its pods decides nothing of it.
        """
        ends = connection.source, connection.destination
        spaces = {one.namespace.name for one in ends if isinstance(one, PodEndpoint)}
        there = {one.index for space in (*spaces, None) for one in self._by_home.get(space, ())}
        every = self._on.scene.cluster.every_policy
        policies = [every[index] for index in sorted(there & here)]
        return replay(policies, self._claim, connection, self._assumptions) is not None

    def _moved(self, known: Connection, space: str, here: Set[int]) -> Iterator[Connection]:
        """The connection with pods of the namespace in place of one end, or of both."""
        ends = {End.SOURCE: known.source, End.DESTINATION: known.destination}
        there = {end: tuple(self._like(known, end, space, here)) for end in End}
        for moved in _MOVED:
            choices = (there[end] if end in moved else (ends[end],) for end in End)
            for source, destination in product(*choices):
                if _agree(source, destination):
                    yield replace(known, source=source, destination=destination)

    def _like(
        self, known: Connection, end: End, space: str, here: Set[int]
    ) -> Iterator[PodEndpoint]:
        """Pods of the namespace for the end, if that is a pod."""
        pod = known.source if end is End.SOURCE else known.destination
        if not isinstance(pod, PodEndpoint):
            return
        if self._on.scene.world is not World.SNAPSHOT:
            yield replace(pod, namespace=self._spaces[space], invented=True)
            return
        for one in self._open(end, space, here)[:TRIES]:
            # Two different pods, where both ends are moved and a class has two.
            last = one.members[-1]
            member, replica = (one.members[0], 1) if end is End.SOURCE else (last, last.replicas)
            yield pod_of(member, self._spaces[space], min(replica, 2))

    def _open(self, end: End, space: str, here: Set[int]) -> list[PodClass]:
        """The classes of the namespace that can be at the end, those first that are rather open.

        The fewer policies are for them, the more they are.
        """
        own = [
            one.subject
            for one in self._by_home.get(space, ())
            if one.index in here and subject_end(one.direction) is end
        ]
        there = filter(self._fits[end], self._classes.get(space, ()))
        return sorted(there, key=lambda one: sum(can_meet(one, each, end) for each in own))


def _agree(one: Endpoint, other: Endpoint) -> bool:
    """Whether two pods of one namespace see the same labels of it, as they do in every world."""
    if not isinstance(one, PodEndpoint) or not isinstance(other, PodEndpoint):
        return True
    return one.namespace.name != other.namespace.name or one.namespace == other.namespace
