"""Proving what can be removed from one namespace, in one loaded solver session."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from enum import Enum
from typing import Protocol

from netproof.lint.scopes import Scope
from netproof.solving import Answer, Limits, Session
from netproof_encodings.decision.conditions import Any, InNamespace, IsPod, atoms_of
from netproof_encodings.decision.tiers import Rule, TierPolicy, Unmatched
from netproof_encodings.lowering import (
    Tiers,
    can_be_for_hosts,
    every_tier,
    is_given,
    policies_in,
)
from netproof_encodings.obligations.redundancy import (
    Ask,
    Part,
    Removals,
    part_of,
    parts_in,
    removals,
)
from netproof_encodings.obligations.removal_questions import (
    assumed,
    coverers,
    may_cover,
    policy_exceeds,
    policy_selects,
    removal,
    rule_admits,
    rule_exceeds,
    ruled_out,
    shown,
    singly,
    witness_names,
)
from netproof_specs.assumptions import Assumptions
from netproof_specs.frozen import Frozen
from netproof_specs.worlds import World


class Task(Frozen):
    """One namespace's question: what it is asked of, and what is not to be asked.

    `namespace` is `None` for what is pinned to none. `known` are parts that need no answer: they
    are reported otherwise.
    """

    namespace: str | None
    scope: Scope
    world: World
    known: frozenset[Part] = frozenset()


class Settings(Frozen):
    """Under which assumptions and limits to ask."""

    assumptions: Assumptions
    limits: Limits


class Why(Enum):
    """Why a part can be removed without effect.

    IDLE: it is a rule that matches nothing, or a policy that selects nothing. COVERED: another part
    alone does all that it does. OTHERS: the other parts do, between them. MASKED: it has an effect
    at its own pods which the other ends hide. UNTOLD: a limit left the reason open, or nobody needs
    it, as the rule's policy can be removed as a whole.
    """

    IDLE = "idle"
    COVERED = "covered"
    OTHERS = "others"
    MASKED = "masked"
    UNTOLD = "untold"


class Removable(Frozen):
    """A part that can be removed without effect.

    `by` is the part that does all that this one does, iff it is COVERED. `together` says that all
    parts so marked can go at once, in all namespaces.
    """

    part: Part
    why: Why
    by: Part | None
    together: bool


class Answered(Frozen):
    """The answers for one namespace; `undecided` are parts that a limit left open."""

    removable: tuple[Removable, ...]
    undecided: tuple[Part, ...]


class Asking(Protocol):
    """What is asked of the removals from one namespace, whoever answers."""

    @property
    def parts(self) -> tuple[Part, ...]:
        """What may be removed, in order."""

    @property
    def tiers(self) -> Tiers:
        """Everything that bears on the side that a removal can change."""

    def opens(self, gone: set[Part], more: Collection[Part]) -> Answer:
        """Whether the removal of all of `gone` has a LOOSE effect; without `more` it has none."""

    def each_alone(self, ask: Ask, parts: Collection[Part]) -> dict[Part, Answer]:
        """For each part, whether its removal alone has the effect that is asked for."""

    def idle(self, part: Part) -> bool:
        """Whether the rule matches nothing at all, or the policy selects nothing."""

    def cover(self, part: Part, gone: Collection[Part]) -> Part | None:
        """A part of the same kind that does all that this one does; one that stays, if any."""


def removable_parts(task: Task, settings: Settings) -> Answered:
    """The policies and rules of the task's namespace that can be removed, asked of a solver."""
    scope = task.scope
    on = removals(scope.tiers, scope.cluster, task.namespace, task.world, scope.others)
    literals = assumed(on, settings.assumptions)
    asking = _Asking(on, Session(on.text, settings.limits), literals)
    return answered(asking, task.namespace, task.known)


def answered(asking: Asking, namespace: str | None, known: Collection[Part]) -> Answered:
    """The policies and rules of the namespace that can be removed one at a time.

    Why is worked out for policies, and for rules of policies that must stay.
    """
    asked = [part for part in asking.parts if part not in known]
    answers = asking.each_alone(Ask.CHANGED, asked)
    alone = [part for part, answer in answers.items() if answer is Answer.UNSAT]
    # What is pinned to no namespace acts on the same side as what is pinned to one, so that two
    # removals of these kinds could add up to an effect; those of none are named one at a time.
    # Nor is it told that several of those can go that may select host endpoints as well: one can be
    # selected by policies that are pinned to different namespaces for pods.
    policies = policies_of(asking.tiers)
    pinned = (part for part in alone if not can_be_for_hosts(policies[part.policy][0].origin))
    some = () if namespace is None else tuple(pinned)
    gone = _together(asking, some, denials(asking.tiers)) if some else set[Part]()
    found = _explained(asking, alone, gone)
    undecided = (part for part, answer in answers.items() if answer is Answer.UNKNOWN)
    return Answered(tuple(found), tuple(undecided))


def _together(asking: Asking, alone: Sequence[Part], denies: Collection[int]) -> set[Part]:
    """Parts of `alone` that can go at once: policies before rules, later ones before earlier.

    Default denies are the last of the policies to go: what they say is rather left to them.
    Tried in halves, so that where all can go one question is enough.
    No side may allow more than before. Then sides only shrink, so that removals in different
    namespaces cannot add up to an effect either: a connection that is lost was allowed on both
    sides, and the namespace of the side that now denies it would have lost it on its own.
    """
    gone: set[Part] = set()

    def order(part: Part) -> tuple[bool, bool, tuple[int, str, int]]:
        return part.rule is not None, part.policy in denies, _reversed(part)

    todo = [sorted(alone, key=order)]
    while todo:
        chunk = [one for one in todo.pop() if one.rule is None or Part(one.policy) not in gone]
        more = gone.union(chunk)
        if asking.opens(more, chunk) is Answer.UNSAT:
            gone = more
        elif len(chunk) > 1:
            half = len(chunk) // 2
            todo += [chunk[half:], chunk[:half]]
    return gone


def denials(tiers: Tiers) -> frozenset[int]:
    """The default denies, by index: for every pod of a namespace they admit nothing (A.13)."""
    found: dict[int, bool] = {}
    for tier in every_tier(tiers):
        for one in tier.policies:
            silent = not one.rules and tier.unmatched is Unmatched.DENY
            denies = silent and _selects_every_pod(one)
            found[one.index] = denies and found.get(one.index, True)
    return frozenset(index for index, denies in found.items() if denies)


def _selects_every_pod(policy: TierPolicy) -> bool:
    """Whether the policy is for every pod of its namespace, host endpoints besides or not."""
    subject = policy.subject
    return policy.home is not None and any(
        all(isinstance(atom, IsPod | InNamespace) for atom in atoms_of(one))
        for one in (subject.parts if isinstance(subject, Any) else (subject,))
    )


def _reversed(part: Part) -> tuple[int, str, int]:
    direction, index = part.rule or ("", 0)
    return -part.policy, direction, -index


def _explained(
    asking: Asking, alone: Sequence[Part], gone: Collection[Part]
) -> Iterator[Removable]:
    """Each part with why it can be removed; `gone` are those that can go at once."""
    policies = {part.policy for part in alone if part.rule is None}
    reasoned = [part for part in alone if part.rule is None or part.policy not in policies]
    idle = {part for part in reasoned if asking.idle(part)}
    sides = asking.each_alone(Ask.SIDES, [part for part in reasoned if part not in idle])
    for part in alone:
        why, by = Why.UNTOLD, None
        if part in idle:
            why = Why.IDLE
        elif sides.get(part) is Answer.SAT:
            why = Why.MASKED
        elif sides.get(part) is Answer.UNSAT:
            by = asking.cover(part, gone)
            why = Why.OTHERS if by is None else Why.COVERED
        yield Removable(part, why, by, part in gone)


class _Asking:
    """A loaded session and what is asked of it."""

    def __init__(self, on: Removals, session: Session, literals: Sequence[str]) -> None:
        self.on = on
        self.session = session
        self.assumed = literals
        self._coverers = coverers(on.tiers)

    @property
    def parts(self) -> tuple[Part, ...]:
        """What may be removed, in order."""
        return self.on.parts

    @property
    def tiers(self) -> Tiers:
        """Everything that bears on the namespace's side."""
        return self.on.tiers

    def ask(self, ask: Ask, gone: set[Part]) -> Answer:
        """Whether the removal has the effect that is asked for."""
        return self.session.check([*self.assumed, *removal(self.on, ask, gone)])

    def opens(self, gone: set[Part], more: Collection[Part]) -> Answer:
        """Whether the removal of all of `gone` has a LOOSE effect; it is asked as a whole."""
        del more
        return self.ask(Ask.LOOSE, gone)

    def each_alone(self, ask: Ask, parts: Collection[Part]) -> dict[Part, Answer]:
        """For each part, whether its removal alone has the effect that is asked for.

        All are asked of at once. An answer is a connection, which often shows the effect of
        several removals; in the end one proof holds for all the others. What a limit keeps from
        being decided in this way is asked of one by one.
        """
        left = set(parts)
        others = (part for part in self.on.parts if part not in left)
        with self.session.scope(ruled_out(self.on, others)):
            answer = self._any_alone(ask)
            while answer is Answer.SAT:
                found = shown(self.on, ask, self.session.values)
                left -= found
                self.session.add(ruled_out(self.on, found))
                answer = self._any_alone(ask)
        answers = {part: Answer.UNSAT if part in left else Answer.SAT for part in parts}
        if answer is Answer.UNKNOWN:
            answers |= {part: self.ask(ask, {part}) for part in parts if part in left}
        return answers

    def _any_alone(self, ask: Ask) -> Answer:
        return self.session.check([*self.assumed, *singly(ask)])

    def idle(self, part: Part) -> bool:
        """Whether the rule matches nothing at all, or the policy selects nothing."""
        acts = policy_selects if part.rule is None else rule_admits
        with self.session.scope(acts(self.on, part)):
            return self.session.check(self.assumed) is Answer.UNSAT

    def cover(self, part: Part, gone: Collection[Part]) -> Part | None:
        """A part of the same kind that does all that this one does; one that stays, if any.

        A connection which one part does not cover rules out most of the others as well.
        """
        left = sorted(self._coverers.of(part), key=lambda one: (one in gone, one.order))
        exceeds = policy_exceeds if part.rule is None else rule_exceeds
        names = witness_names(self.on, [part, *left])
        while left:
            other, *left = left
            with self.session.scope(exceeds(self.on, part, other)):
                match self.session.check(self.assumed):
                    case Answer.UNSAT:
                        return other
                    case Answer.SAT:
                        values = self.session.values(names)
                        left = [one for one in left if may_cover(self.on, values, part, one)]
                    case Answer.UNKNOWN:
                        pass
        return None


ByIndex = Mapping[int, list[TierPolicy]]
"""Policies by index, in each of their directions."""


def policies_of(tiers: Tiers) -> ByIndex:
    """The policies of some tiers."""
    found: dict[int, list[TierPolicy]] = {}
    for policy in policies_in(tiers):
        found.setdefault(policy.index, []).append(policy)
    return found


def parts_of(tiers: Tiers, namespace: str | None) -> tuple[Part, ...]:
    """What may be removed of the policies that are pinned to the namespace, in order."""
    own = (
        policy
        for policies in policies_of(tiers).values()
        for policy in policies
        if policy.home == namespace and is_given(policy.index)
    )
    found = {part for policy in own for part in parts_in(policy)}
    return tuple(sorted(found, key=lambda one: one.order))


def touched(policies: ByIndex, gone: Iterable[Part]) -> list[TierPolicy]:
    """The policies, in each of their directions, of which a part is gone."""
    listed = sorted({one.policy for one in gone})
    return [policy for index in listed for policy in policies[index]]


def holding(policies: ByIndex, part: Part) -> Iterator[tuple[TierPolicy, tuple[Rule, ...]]]:
    """The policy of the part, in each direction in which it has some, with the part's rules."""
    for policy in policies[part.policy]:
        rules = policy.rules
        if part.rule is not None:
            rules = tuple(one for one in rules if part_of(policy, one) == part)
        if rules or part.rule is None:
            yield policy, rules
