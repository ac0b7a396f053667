"""Who decides what can be removed: boxes, sets of connections, or a solver where these do not."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from netproof.lint.anywhere import RemovalsAnywhere
from netproof.lint.boxed import Boxed, Homes, homes_of
from netproof.lint.boxes import Space, TooHardError
from netproof.lint.facts import Facts
from netproof.lint.forwarded import let_through
from netproof.lint.here import Here, RemovalsHere
from netproof.lint.mixed import can_matter
from netproof.lint.removals import (
    Answered,
    Settings,
    Task,
    answered,
    parts_of,
    removable_parts,
)
from netproof.lint.scopes import beside_wide, mentioned, named, scope_anywhere, scope_here
from netproof.verifying.generated_labels import unknown_labels
from netproof_encodings.lowering import Tiers, at_ends_only, every_tier, policies_in
from netproof_encodings.obligations.redundancy import Part, part_of
from netproof_specs.assumptions import Assumption
from netproof_specs.frozen import replace
from netproof_specs.locations import Location
from netproof_specs.worlds import World


class Ground:
    """What the questions of all namespaces stand on.

    A class because what they share is worked out once, in a process of its own where processes
    do not fork.
    """

    def __init__(self, facts: Facts, settings: Settings, idle: frozenset[Location]) -> None:
        self.facts = facts
        self.settings = settings
        self._idle = idle

    def __getstate__(self) -> dict[str, object]:
        """What a process needs to start with; it works the rest out again."""
        start = Ground(self.facts, self.settings, self._idle)
        return dict(start.__dict__)

    def prepare(self) -> None:
        """Works out what processes that fork from this one then share.

        What the order decides is asked when they are gone: what that needs is worked out here, too.
        """
        _ = self.facts.homes, self.boxed, self._beside_wide
        if can_matter(self.facts.tiers):
            self.boxed.take_apart(self.facts.tiers_anywhere)
        if (self.facts.has_pods or self.facts.cluster.hosts) and self._is_certain:
            _ = self._here

    @cached_property
    def _homes_anywhere(self) -> Homes:
        return homes_of(self.facts.tiers_anywhere)

    @cached_property
    def _beside_wide(self) -> frozenset[str]:
        return beside_wide(self.facts.tiers_anywhere)

    @cached_property
    def _here(self) -> Here:
        cluster = self.facts.cluster
        if self.facts.forwarding:
            # The map is of what the ends decide, and so is what it is held against.
            cluster = replace(cluster, policies=at_ends_only(cluster.policies))
        return Here(cluster, self.facts.tiers, self.settings.assumptions)

    @property
    def _is_certain(self) -> bool:
        """Whether no pod may have an address that is not known (A.29)."""
        return Assumption.UNKNOWN_POD_ADDRESSES not in self.settings.assumptions

    def bearing(self, home: str | None) -> Tiers:
        """What bears on the pods of a namespace; all of it where that is none."""
        if home is None:
            return self.facts.tiers
        return {way: by_home.get(home, by_home[None]) for way, by_home in self.facts.homes.items()}

    def own(self, home: str | None) -> tuple[Part, ...]:
        """The policies that are pinned to the namespace, or to none."""
        return tuple(one for one in parts_of(self.bearing(home), home) if one.rule is None)

    # --- any cluster ----------------------------------------------------------------------------

    def anywhere(self, home: str | None) -> Answered:
        """What can be removed whatever pods, namespaces and host endpoints there are.

        A solver decides where boxes cannot.
        """
        try:
            return answered(self.by_boxes(home), home, frozenset())
        except TooHardError:
            return removable_parts(self.task_anywhere(home), self.settings)

    def by_boxes(self, home: str | None) -> RemovalsAnywhere:
        """The removals from a namespace, or of what is pinned to none, in any cluster."""
        homes, tiers = self._homes_anywhere, self.facts.tiers_anywhere
        if home is None:
            pinned = {name for by_home in homes.values() for name in by_home if name} - {None}
            return RemovalsAnywhere(self.boxed, None, tiers, {*pinned, *mentioned(tiers)})
        own = {way: by_home.get(home, by_home[None]) for way, by_home in homes.items()}
        return RemovalsAnywhere(self.boxed, home, own, {*named(own), *self._beside_wide})

    def task_anywhere(self, home: str | None) -> Task:
        """The same as a question to a solver."""
        others = self.facts.other_hosts
        scope = scope_anywhere(self.facts.tiers_anywhere, home, others)
        return Task(home, scope, World.ANY_CLUSTER)

    @cached_property
    def boxed(self) -> Boxed:
        """The policies as boxes of connections of any cluster."""
        space = Space(every_tier(self.facts.tiers_anywhere), self.settings.assumptions)
        return Boxed(space, self._homes_anywhere)

    def let_through(self, answered_: Answered, world: World) -> Answered:
        """The answers of that world, as far as hosts let through the same (D.37)."""
        return let_through(answered_, self.facts, self.settings, world)

    # --- the pods of the input ------------------------------------------------------------------

    def asks_here(self, home: str | None) -> bool:
        """Whether the input says enough of the namespace's pods."""
        facts = self.facts
        anybody = facts.has_pods or facts.cluster.hosts
        pods = anybody if home is None else facts.pods.get(home)
        if not pods or not facts.has_unknown_labels:
            return bool(pods)
        scope = scope_here(facts, home)
        asked = {one.index for one in policies_in(scope.tiers)}
        policies = tuple(one for at, one in enumerate(facts.cluster.policies) if at in asked)
        cluster = replace(scope.cluster, policies=policies)
        return not any(True for _ in unknown_labels(cluster, ()))

    def idle_here(self, home: str | None) -> Iterator[Part]:
        """The parts that are known to match nothing here."""
        for policy in policies_in(self.bearing(home)):
            if policy.home == home:
                whole = policy.origin.where in self._idle
                if whole:
                    yield Part(policy.index)
                for rule in policy.rules:
                    if whole or rule.where in self._idle:
                        yield part_of(policy, rule)

    def here(self, home: str | None, known: frozenset[Part]) -> Answered:
        """What can be removed with the pods of the input, besides what is known."""
        if not self._is_certain:
            task = Task(home, scope_here(self.facts, home), World.SNAPSHOT, known)
            return removable_parts(task, self.settings)
        return answered(RemovalsHere(self._here, self.bearing(home), home), home, known)
