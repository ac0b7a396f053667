"""Findings on what can be removed without effect (A.5); `removals` proves them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import assert_never

from netproof.generated_labels import unknown_labels
from netproof.lint.directions import admits_everything, states_a_deny
from netproof.lint.facts import Facts, PlacedRule, rules_written
from netproof.lint.findings import Finding, Together, finding, lowered, related_to
from netproof.lint.removals import Answered, Removable, Settings, Task, Why, removable_parts
from netproof.lint.scopes import scope_anywhere, scope_here
from netproof.oracle.network_policy import rules_of, types_of
from netproof.parallel import FEW, in_processes
from netproof_encodings.redundancy import Part
from netproof_specs.assumptions import Assumption
from netproof_specs.locations import Location
from netproof_specs.model.cluster import Cluster, Policy
from netproof_specs.model.network_policy import BlockPeer
from netproof_specs.model.traffic import Direction, PortName
from netproof_specs.worlds import World

MANY = 100
"""From so many policies on, few namespaces are worth processes of their own as well."""


@dataclass(frozen=True, slots=True)
class Removed:
    """The findings, and the titles of what a limit of the solver left undecided."""

    findings: tuple[Finding, ...]
    undecided: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Pair:
    """A namespace's question in any cluster, and the one in the snapshot if there is one."""

    anywhere: Task
    here: Task | None


def redundancies(facts: Facts, settings: Settings, idle: frozenset[Location]) -> Removed:
    """NP005 to NP009: policies and rules that can be removed without effect.

    What is reported at the places `idle` as matching nothing in the input is not reported once
    more as without effect there.
    """
    pairs = [_pair(facts, name, idle) for name in sorted(facts.by_namespace)]
    few = FEW if len(facts.cluster.policies) <= MANY else 1
    answers = in_processes(_answer, pairs, settings, few)
    findings: list[Finding] = []
    undecided: list[str] = []
    for pair, (anywhere, here) in zip(pairs, answers, strict=True):
        for task, answered in ((pair.anywhere, anywhere), (pair.here, here)):
            if task is not None and answered is not None:
                findings.extend(_findings(task, answered))
                undecided.extend(
                    f"{_title(task.cluster, part)} in {task.world.value}"
                    for part in answered.undecided
                )
    return Removed(tuple(findings), tuple(undecided))


def _pair(facts: Facts, namespace: str, idle: frozenset[Location]) -> _Pair:
    policies = facts.by_namespace[namespace]
    cluster = scope_anywhere(facts, namespace)
    anywhere = Task(namespace, cluster, World.ANY_CLUSTER)
    if _names_at_addresses(policies):
        anywhere = replace(anywhere, unsettled=frozenset({Assumption.UNKNOWN_POD_ADDRESSES}))
    if not facts.pods.get(namespace):
        return _Pair(anywhere, None)
    cluster = scope_here(facts, namespace)
    if facts.has_unknown_labels and any(True for _ in unknown_labels(cluster, ())):
        return _Pair(anywhere, None)
    here = Task(namespace, cluster, World.SNAPSHOT, frozenset(_idle(cluster, namespace, idle)))
    return _Pair(anywhere, here)


def _names_at_addresses(policies: Iterable[Policy]) -> bool:
    """Whether some rule admits egress to addresses on ports by name (A.29, A.35).

    Only pods declare names, and the pods of the open worlds have no known addresses: by default
    such a rule admits nothing there, though it does where a pod has an address in the block. All
    else that a block admits shows at the addresses outside the cluster.
    """
    return any(
        any(isinstance(one, BlockPeer) for one in rule.peers)
        and any(isinstance(one.port, PortName) for one in rule.ports)
        for policy in policies
        for rule in policy.egress
    )


def _idle(cluster: Cluster, namespace: str, idle: frozenset[Location]) -> Iterator[Part]:
    """The parts that are known to match nothing here."""
    for index, policy in enumerate(cluster.policies):
        if policy.namespace != namespace:
            continue
        whole = policy.where in idle
        if whole:
            yield Part(index)
        for placed in _rules(policy):
            if whole or placed.rule.where in idle:
                yield Part(index, (placed.direction.value, placed.index))


def _rules(policy: Policy) -> Iterator[PlacedRule]:
    for direction in Direction:
        yield from rules_written(policy, direction)


def _answer(pair: _Pair, settings: Settings) -> tuple[Answered, Answered | None]:
    """Both answers; what has no effect anywhere is not asked again in the snapshot."""
    anywhere = removable_parts(pair.anywhere, settings)
    if pair.here is None:
        return anywhere, None
    places = {
        (one.namespace, one.name): index for index, one in enumerate(pair.here.cluster.policies)
    }
    known = set(pair.here.known)
    for one in anywhere.removable:
        policy = pair.anywhere.cluster.policies[one.part.policy]
        known.update(_moved(one.part, policy, places[policy.namespace, policy.name]))
    return anywhere, removable_parts(replace(pair.here, known=frozenset(known)), settings)


def _moved(part: Part, policy: Policy, index: int) -> Iterator[Part]:
    """The part under another index of its policy, and with a whole policy its rules."""
    yield Part(index, part.rule)
    if part.rule is None:
        for placed in _rules(policy):
            yield Part(index, (placed.direction.value, placed.index))


def _findings(task: Task, answered: Answered) -> Iterator[Finding]:
    """One finding a part; the rules of a policy that can go as a whole are part of it."""
    whole = {one.part.policy for one in answered.removable if one.part.rule is None}
    for one in answered.removable:
        if one.part.rule is None or one.part.policy not in whole:
            yield _finding(task, one, answered.removable)


def _finding(task: Task, one: Removable, others: Iterable[Removable]) -> Finding:
    cluster = task.cluster
    policy = cluster.policies[one.part.policy]
    title = _title(cluster, one.part)
    found = finding(
        _code(task, one),
        _place(cluster, one.part),
        f"`{title}` can be removed: {_EXTENT[task.world]} every connection is decided the same "
        f"without it{_why(cluster, one)}",
        _suggestion(policy, one),
        policy,
    )
    together = Together.YES if one.together else Together.NO
    found = replace(found, world=task.world, together=together)
    if one.by is not None:
        found = related_to(found, [(_place(cluster, one.by), f"`{_title(cluster, one.by)}`")])
    kept = states_a_deny(policy) and one.part.rule is None and not _another_deny(cluster, one)
    return found if one.together and not kept else lowered(found)


def _another_deny(cluster: Cluster, one: Removable) -> bool:
    return one.by is not None and states_a_deny(cluster.policies[one.by.policy])


_EXTENT: Mapping[World, str] = {
    World.ANY_CLUSTER: "whatever pods and namespaces there are,",
    World.ANY_PODS: "whatever pods there are,",
    World.SNAPSHOT: "with the pods of the input",
}


def _code(task: Task, one: Removable) -> str:
    rule = one.part.rule is not None
    if task.world is World.SNAPSHOT:
        return "NP009" if rule else "NP008"
    if not rule:
        return "NP005"
    return "NP006" if one.by is None else "NP007"


def _why(cluster: Cluster, one: Removable) -> str:
    match one.why:
        case Why.IDLE:
            return ", as it admits nothing"
        case Why.COVERED:
            assert one.by is not None
            does = "admits" if one.part.rule is not None else "isolates and admits"
            return f", as `{_title(cluster, one.by)}` {does} all that it does"
        case Why.MASKED:
            return ", as the other ends deny whatever it changes at its own pods"
        case Why.OTHERS:
            return _opening(cluster.policies[one.part.policy], one.part)
        case Why.UNTOLD:
            return ""
        case why:
            assert_never(why)


def _opening(policy: Policy, part: Part) -> str:
    """Whether others do what the part does, or it isolates pods and admits everything to them."""
    opened = [one for one in Direction if one in types_of(policy) and _opens(policy, one)]
    others = ", as the others do all that it does"
    if part.rule is not None:
        return others if _isolates_without(policy, part) or not opened else _NOT_ISOLATED
    if not opened:
        return others
    if len(opened) == len(types_of(policy)):
        return ", as it admits everything in each direction that it isolates"
    return f"{others} besides admitting all {opened[0].value.lower()}"


_NOT_ISOLATED = ", as it admits everything, and without it the policy does not isolate egress"


def _isolates_without(policy: Policy, part: Part) -> bool:
    """Whether the policy isolates the same directions without one of its rules (A.10)."""
    egress = part.rule is not None and part.rule[0] == Direction.EGRESS.value
    return not egress or bool(policy.policy_types) or len(policy.egress) > 1


def _opens(policy: Policy, direction: Direction) -> bool:
    return any(admits_everything(rule) for rule in rules_of(policy, direction))


def _suggestion(policy: Policy, one: Removable) -> str:
    if one.why is Why.MASKED:
        return "if it is meant to work, admit the same at the other ends; else remove it"
    if one.part.rule is None and states_a_deny(policy):
        return "keep it if it states the default deny on purpose; else remove it"
    if one.together:
        return "remove it, unless it is kept for what is to come"
    return "removing it together with the others that lint names may have an effect: run lint again"


def _title(cluster: Cluster, part: Part) -> str:
    policy = cluster.policies[part.policy]
    if part.rule is None:
        return policy.title
    direction, index = part.rule
    return f"{policy.title} {direction.lower()}[{index}]"


def _place(cluster: Cluster, part: Part) -> Location | None:
    policy = cluster.policies[part.policy]
    if part.rule is None:
        return policy.where
    direction, index = part.rule
    return rules_of(policy, Direction(direction))[index].where or policy.where
