"""Who decides what can be removed: boxes, sets of connections, or a solver where these do not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cached_property

from netproof.lint.anywhere import RemovalsAnywhere
from netproof.lint.boxed import Boxed, Homes, homes_of
from netproof.lint.boxes import TooHardError
from netproof.lint.facts import Facts
from netproof.lint.forwarded import let_through
from netproof.lint.here import Here, RemovalsHere
from netproof.lint.removals import (
    Answered,
    Settings,
    Task,
    Why,
    answered,
    parts_of,
    removable_parts,
)
from netproof.lint.scopes import beside_wide, named, scope_anywhere, scope_here
from netproof.solving import Answer
from netproof.verifying.generated_labels import unknown_labels
from netproof_encodings.decision.canonical import disjuncts
from netproof_encodings.decision.conditions import (
    All,
    Atom,
    End,
    InBlock,
    IsHost,
    Match,
    atoms_of,
    end_of,
    subject_end,
)
from netproof_encodings.decision.tiers import TierPolicy, matches_of
from netproof_encodings.lowering import Tiers, at_ends_only, every_tier, policies_in
from netproof_encodings.obligations.redundancy import Ask, Part, part_of
from netproof_specs.assumptions import Assumption, Assumptions
from netproof_specs.locations import Location
from netproof_specs.worlds import World

_DOUBTED = frozenset({Assumption.UNKNOWN_POD_ADDRESSES})
_NONE: Assumptions = frozenset()


class Ground:
    """What the questions of all namespaces stand on.

    A class because what they share is worked out once, in a process of its own where processes
    do not fork.
    """

    def __init__(self, facts: Facts, settings: Settings, idle: frozenset[Location]) -> None:
        self.facts = facts
        self.settings = settings
        self._idle = idle
        self._known: dict[Assumptions, Boxed] = {}

    def __getstate__(self) -> dict[str, object]:
        """What a process needs to start with; it works the rest out again."""
        start = Ground(self.facts, self.settings, self._idle)
        return dict(start.__dict__)

    def prepare(self) -> None:
        """Works out what processes that fork from this one then share."""
        _ = self.facts.homes
        if (self.facts.has_pods or self.facts.cluster.hosts) and self._is_certain:
            _ = self._here

    @cached_property
    def _homes_of_pods(self) -> Homes:
        """The same as if there were no host endpoints."""
        return homes_of(self.facts.tiers_of_pods) if self.facts.cluster.hosts else self.facts.homes

    @cached_property
    def _beside_wide(self) -> frozenset[str]:
        return beside_wide(self.facts.tiers_of_pods)

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
        """What can be removed whatever pods and namespaces there are, with the host endpoints.

        Boxes know none of these, so that a solver is asked as well, of what has no effect without
        them. What shows an effect there does beside them, but for addresses that they expect.
        What the other ends hide, they have to hide of pods with any addresses too: a block there
        may let these through (A.29).
        """
        unsettled = _unsettled(self.bearing(home), home)
        found = self._anywhere(home, unsettled)
        hidden = any(one.why in (Why.MASKED, Why.UNTOLD) for one in found.removable)
        if hidden and self._has_blocks and unsettled != _DOUBTED:
            return self._anywhere(home, _DOUBTED)
        return found

    @cached_property
    def _has_blocks(self) -> bool:
        """Whether some rule holds a block against an end."""
        matches = matches_of(every_tier(self.facts.tiers))
        return any(isinstance(one, InBlock) for match in matches for one in atoms_of(match))

    def _anywhere(self, home: str | None, unsettled: Assumptions) -> Answered:
        """The same for each value of the assumptions that are not settled."""
        hosts = self.facts.cluster.hosts
        known: frozenset[Part] = frozenset()
        if home is not None:
            try:
                asking = self._by_boxes(home, unsettled)
                if not hosts:
                    return answered(asking, home, frozenset())
                alone = asking.each_alone(Ask.CHANGED, asking.parts)
            except TooHardError:
                pass
            else:
                known = frozenset(part for part, found in alone.items() if found is Answer.SAT)
                if len(known) == len(alone):
                    return Answered((), ())
        scope = scope_anywhere(self.facts.tiers, home, hosts)
        task = Task(home, scope, World.ANY_CLUSTER, known, unsettled)
        return removable_parts(task, self.settings)

    def _by_boxes(self, home: str, unsettled: Assumptions) -> RemovalsAnywhere:
        """The removals from a namespace in any cluster without host endpoints."""
        homes = self._homes_of_pods
        tiers = {way: by_home.get(home, by_home[None]) for way, by_home in homes.items()}
        names = {*named(tiers), *self._beside_wide}
        return RemovalsAnywhere(self._variants(unsettled), home, names)

    def variants(self, tiers: Tiers, home: str | None) -> list[Boxed]:
        """The policies as boxes, by the values of the assumptions that are not settled."""
        return self._variants(_unsettled(tiers, home))

    def _variants(self, unsettled: Assumptions) -> list[Boxed]:
        given = self.settings.assumptions
        return [self._boxed(one) for one in dict.fromkeys((given, given ^ unsettled))]

    def _boxed(self, assumptions: Assumptions) -> Boxed:
        found = self._known.get(assumptions)
        if found is None:
            found = self._known[assumptions] = Boxed(
                self.facts.tiers_of_pods, self._homes_of_pods, assumptions
            )
        return found

    def let_through(self, answered_: Answered, world: World) -> Answered:
        """The answers of that world for what is pinned to no namespace, as far as hosts let
        through the same (D.37): no policy for forwarded traffic is pinned to one.
        """
        given = self.settings.assumptions
        doubted = _unsettled(self.bearing(None), None) if world is World.ANY_CLUSTER else _NONE
        alternatives = [(world, one) for one in dict.fromkeys((given, given ^ doubted))]
        return let_through(answered_, self.facts, self.settings, alternatives)

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


def _unsettled(tiers: Tiers, home: str | None) -> Assumptions:
    """The assumptions of which an answer has to hold either way."""
    own = (one for one in policies_in(tiers) if one.home == home)
    return _DOUBTED if any(map(_looks_at_addresses_of_pods, own)) else frozenset()


def _looks_at_addresses_of_pods(policy: TierPolicy) -> bool:
    """Whether some rule holds a block against an end that it wants to be a pod (A.29, A.35, D.21).

    Such are rules that speak of egress to addresses on ports by name, which only pods declare,
    and in Calico those with blocks beside a selector, or for the end that the policy selects. Pods
    of the open worlds have no known addresses: by default such a rule matches nothing there, though
    it does where a pod has an address in the block. All else that a block matches shows at the
    addresses outside the cluster.
    """
    own = subject_end(policy.direction)
    return any(
        isinstance(block, InBlock) and (block.end is own or _wants_pod(alternative, block.end))
        for rule in policy.rules
        for alternative in disjuncts(_of_ends(rule.match))
        for block in _atoms_in(alternative)
    )


def _of_ends(match: Match) -> Match:
    """The condition without those of its parts that look at no end, as ranges of ports do."""
    if not isinstance(match, All):
        return match
    return All(tuple(part for part in match.parts if any(map(end_of, atoms_of(part)))))


def _wants_pod(alternative: Iterable[Match], end: End) -> bool:
    """Whether an alternative asks of the end what only a pod can have."""
    return any(
        end_of(atom) is end and not isinstance(atom, InBlock | IsHost)
        for atom in _atoms_in(alternative)
    )


def _atoms_in(alternative: Iterable[Match]) -> Iterator[Atom]:
    """The atoms of an alternative, negated or not."""
    return (atom for part in alternative for atom in atoms_of(part))
