"""Findings on what can be removed without effect (A.5); `removals` proves them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import assert_never

from netproof.lint.facts import Facts
from netproof.lint.findings import Finding, Together, finding, lowered, related_to
from netproof.lint.ground import Ground
from netproof.lint.removals import (
    Answered,
    Removable,
    Why,
    denials,
)
from netproof.parallel import FEW, in_processes
from netproof_encodings.decision.conditions import ALWAYS
from netproof_encodings.decision.tiers import Rule, TierPolicy
from netproof_encodings.lowering import (
    Tiers,
    can_meet_hosts,
    is_given,
    policies_in,
)
from netproof_encodings.obligations.redundancy import Part, part_of
from netproof_specs.frozen import Frozen, replace
from netproof_specs.locations import Location
from netproof_specs.model.cluster import AnyPolicy
from netproof_specs.model.traffic import Action, Direction
from netproof_specs.steps import Step, Watch, unwatched
from netproof_specs.worlds import World

MANY = 100
"""From so many policies on, few namespaces are worth processes of their own as well."""


class Removed(Frozen):
    """The findings, and the titles of what a limit of the solver left undecided."""

    findings: tuple[Finding, ...]
    undecided: tuple[str, ...]


def redundancies(ground: Ground, watch: Watch = unwatched) -> Removed:
    """NP005 to NP009: policies and rules that can be removed without effect.

    What the ground has as reported already, as matching nothing in the input, is not reported once
    more as without effect there.
    """
    facts = ground.facts
    homes = {one.home for one in policies_in(facts.tiers) if is_given(one.index)}
    ordered = sorted(homes, key=lambda home: (home is not None, home or ""))
    watch(Step("working out what bears on each namespace"))
    ground.prepare()

    def done(number: int) -> None:
        watch(Step("proving what can be removed, by namespace", number, len(ordered)))

    few = FEW if len(facts.cluster.policies) <= MANY else 1
    answers = in_processes(_answer, ordered, ground, few, done)
    findings: list[Finding] = []
    undecided: list[str] = []
    for home, pair in zip(ordered, answers, strict=True):
        for world, answered_ in zip((World.ANY_CLUSTER, World.SNAPSHOT), pair, strict=True):
            if answered_ is not None:
                told = _Telling(ground.bearing(home), world, facts)
                findings.extend(told.findings(answered_))
                undecided.extend(
                    f"{told.title(part)} in {world.value}" for part in answered_.undecided
                )
    return Removed(tuple(findings), tuple(undecided))


def _answer(home: str | None, ground: Ground) -> tuple[Answered, Answered | None]:
    """Both answers; what has no effect anywhere is not asked again in the snapshot."""
    if ground.settings.limits.open_because():
        return Answered((), ground.own(home)), None
    anywhere = ground.let_through(ground.anywhere(home), World.ANY_CLUSTER)
    # Pods on their nodes' networks pass host endpoints, and are in the snapshot alone (D.1).
    passing = home is None and bool(ground.facts.cluster.hosts)
    if not ground.asks_here(home):
        unknown = passing and bool(ground.facts.nodes)
        return replace(anywhere, removable=()) if unknown else anywhere, None
    idle = frozenset(ground.idle_here(home))
    if passing:
        here = ground.let_through(ground.here(home, idle), World.SNAPSHOT)
        kept = idle.union(one.part for one in here.removable)
        both = tuple(one for one in anywhere.removable if one.part in kept)
        anywhere = replace(anywhere, removable=both)
        return anywhere, _besides(here, anywhere)
    known = {*idle, *(one.part for one in anywhere.removable)}
    for policy in policies_in(ground.bearing(home)):
        if Part(policy.index) in known:
            known.update(part_of(policy, rule) for rule in policy.rules)
    return anywhere, ground.here(home, frozenset(known))


def _besides(here: Answered, anywhere: Answered) -> Answered:
    """The answers for the pods of the input without what holds in any cluster."""
    known = {one.part for one in anywhere.removable}
    left = (one for one in here.removable if known.isdisjoint({one.part, Part(one.part.policy)}))
    return replace(here, removable=tuple(left))


class _Telling:
    """Words for the answers of one world; a class to look up once the policies that bear on it."""

    def __init__(self, tiers: Tiers, world: World, facts: Facts) -> None:
        self._world = world
        self._any_hosts = world is World.ANY_CLUSTER and facts.other_hosts is not None
        self._hosts = self._any_hosts or bool(facts.cluster.hosts)
        self._lowered: dict[int, list[TierPolicy]] = {}
        self._rules: dict[Part, Rule] = {}
        for one in policies_in(tiers):
            self._lowered.setdefault(one.index, []).append(one)
            self._rules.update((part_of(one, rule), rule) for rule in one.rules)
        self._denials = denials(tiers)

    def findings(self, answered: Answered) -> Iterator[Finding]:
        """One finding a part; the rules of a policy that can go as a whole are part of it."""
        whole = {one.part.policy for one in answered.removable if one.part.rule is None}
        for one in answered.removable:
            if one.part.rule is None or one.part.policy not in whole:
                yield self._finding(one)

    def title(self, part: Part) -> str:
        """`shop/allow-web`, `shop/allow-web ingress[0]`."""
        title = self._policy(part).title
        if part.rule is None:
            return title
        direction, index = part.rule
        return f"{title} {direction.lower()}[{index}]"

    def _policy(self, part: Part) -> AnyPolicy:
        return self._lowered[part.policy][0].origin

    def _place(self, part: Part) -> Location | None:
        where = self._policy(part).where
        return where if part.rule is None else self._rules[part].where or where

    def _finding(self, one: Removable) -> Finding:
        policy = self._policy(one.part)
        found = finding(
            _code(self._world, one),
            self._place(one.part),
            f"`{self.title(one.part)}` can be removed: {self._extent} every connection "
            f"{self._of_whom(policy)}is decided the same without it"
            f"{self._why(one)}",
            self._suggestion(one),
            policy,
        )
        together = Together.YES if one.together else Together.NO
        found = replace(found, world=self._world, together=together)
        if one.by is not None:
            found = related_to(found, [(self._place(one.by), f"`{self.title(one.by)}`")])
        deny = one.part.rule is None and one.part.policy in self._denials
        kept = deny and not (one.by is not None and one.by.policy in self._denials)
        return found if one.together and not kept else lowered(found)

    @property
    def _extent(self) -> str:
        if self._any_hosts:
            return "whatever pods, namespaces and host endpoints there are,"
        return _EXTENT[self._world]

    def _of_whom(self, policy: AnyPolicy) -> str:
        """Which connections are looked at, if it is not all of the world (D.35)."""
        if self._any_hosts:
            return ""
        if self._hosts:
            return "of pods and of the host endpoints of the input "
        return "of pods " if can_meet_hosts(policy) else ""

    def _why(self, one: Removable) -> str:
        match one.why:
            case Why.IDLE:
                rule = one.part.rule is not None
                nobody = f"selects no pod{' and no host endpoint' if self._hosts else ''}"
                return f", as it {f'{self._verb(one.part)} nothing' if rule else nobody}"
            case Why.COVERED:
                assert one.by is not None
                return f", as `{self.title(one.by)}` {self._covers(one.part, one.by)}"
            case Why.MASKED:
                own = can_meet_hosts(self._policy(one.part)) and self._hosts
                ends = "the ends that it is for" if own else "its own pods"
                return f": what it changes at {ends}, the other ends deny anyway"
            case Why.OTHERS:
                return self._opening(one.part)
            case Why.UNTOLD:
                return ""
            case why:
                assert_never(why)

    def _verb(self, part: Part) -> str:
        return _VERBS[self._rules[part].action]

    def _covers(self, part: Part, by: Part) -> str:
        if part.rule is None:
            return "isolates and admits the same and perhaps more"
        if self._verb(part) == self._verb(by):
            return f"{self._verb(by)} everything that it does"
        return "comes before it and matches everything that it does"

    def _opening(self, part: Part) -> str:
        """Whether others do what the part does, or it isolates pods and admits all to them."""
        lowered_ = self._lowered[part.policy]
        opened = [one.direction for one in lowered_ if _opens(one)]
        others = ": other policies together have the same effect"
        if part.rule is not None:
            fragile = any(one.rules_isolate and len(one.rules) == 1 for one in lowered_)
            lone = fragile and part.rule[0] == Direction.EGRESS.value
            return _NOT_ISOLATED if lone and opened else others
        if not opened:
            return ", as it denies nothing" if sum(map(is_given, self._lowered)) == 1 else others
        if len(opened) == len(lowered_):
            return ", as it admits everything in each direction that it isolates"
        return f"{others} besides admitting all {opened[0].value.lower()}"

    def _suggestion(self, one: Removable) -> str:
        if one.why is Why.MASKED:
            return "if it is meant to work, admit the same at the other ends; else remove it"
        if one.part.rule is None and one.part.policy in self._denials:
            return "keep it if it states the default deny on purpose; else remove it"
        if one.together:
            return "remove it, unless it is kept for what is to come"
        return (
            "removing it together with the others that lint names may have an effect: run lint "
            "again"
        )


def _opens(policy: TierPolicy) -> bool:
    """Whether the policy has the empty rule, which admits everything (A.15)."""
    return any(one.action is Action.ALLOW and one.match == ALWAYS for one in policy.rules)


_VERBS = {Action.ALLOW: "admits", Action.DENY: "denies", Action.PASS: "passes on"}
_NOT_ISOLATED = ", as it admits everything, and without it the policy does not isolate egress"
_EXTENT: Mapping[World, str] = {
    World.ANY_CLUSTER: "whatever pods and namespaces there are,",
    World.ANY_PODS: "whatever pods there are,",
    World.SNAPSHOT: "with the pods of the input",
}


def _code(world: World, one: Removable) -> str:
    rule = one.part.rule is not None
    if world is World.SNAPSHOT:
        return "NP009" if rule else "NP008"
    if not rule:
        return "NP005"
    return "NP006" if one.by is None else "NP007"
