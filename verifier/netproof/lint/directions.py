"""Directions: what policyTypes leaves out or implies, and what stays open (A.3, A.10, A.11)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Set

from netproof.explaining.conditions import Held
from netproof.lint.facts import Facts, demanded, rules_written
from netproof.lint.findings import Finding, few_of, finding, related_to
from netproof.oracle.network_policy import rules_of, types_of
from netproof.verifying.generated_labels import keys_not_given
from netproof_encodings.decision.tiers import Tier, TierPolicy, Unmatched
from netproof_specs.documents.located import Manifest
from netproof_specs.locations import Location
from netproof_specs.model.cluster import Namespace
from netproof_specs.model.connections import Connection, PodEndpoint
from netproof_specs.model.network_policy import NetworkPolicy, PolicyRule
from netproof_specs.model.traffic import Direction, Protocol


def ignored_directions(facts: Facts) -> Iterator[Finding]:
    """NP010: rules of a direction that policyTypes leaves out (A.11, A.12)."""
    for policy, manifest in facts.manifests:
        for direction in Direction:
            if rules_of(policy, direction) and direction not in types_of(policy):
                yield _ignored(policy, manifest, direction)


def _ignored(policy: NetworkPolicy, manifest: Manifest, direction: Direction) -> Finding:
    name = direction.value.lower()
    return finding(
        "NP010",
        manifest.locate_key(("spec", name)),
        f"`{policy.title}` has {name} rules, but its policyTypes leave out {direction.value}: "
        f"the rules are ignored and the pods' {name} is not isolated by it",
        f"add `{direction.value}` to `policyTypes`, or remove `{name}`",
        policy,
    )


def implied_ingress(facts: Facts) -> Iterator[Finding]:
    """NP011: policies without policyTypes that have egress rules only (A.10)."""
    for policy in facts.policies:
        if not policy.policy_types and policy.egress and not policy.ingress:
            yield finding(
                "NP011",
                policy.where,
                f"`{policy.title}` has only egress rules and no policyTypes, so it also denies "
                "all ingress of its pods",
                "write `policyTypes: [Egress]`, or `[Ingress, Egress]` if that is meant",
                policy,
            )


def empty_directions(facts: Facts) -> Iterator[Finding]:
    """NP012: an empty rule list in a direction that the policy does not isolate (A.10, A.11)."""
    for policy, manifest in facts.manifests:
        for direction in Direction:
            if direction not in types_of(policy) and _empty_list(manifest, direction):
                yield _empty(policy, manifest, direction)


def _empty_list(manifest: Manifest, direction: Direction) -> bool:
    spec = manifest.value.get("spec")
    return isinstance(spec, dict) and spec.get(direction.value.lower()) == []


def _empty(policy: NetworkPolicy, manifest: Manifest, direction: Direction) -> Finding:
    name = direction.value.lower()
    given = policy.policy_types
    types = "its policyTypes leave it out" if given else "it has no policyTypes"
    hint = ", ".join(one.value for one in Direction if one in {*types_of(policy), direction})
    return finding(
        "NP012",
        manifest.locate_key(("spec", name)),
        f"`{name}: []` of `{policy.title}` denies nothing, as {types}: {name} stays open",
        f"write `policyTypes: [{hint}]` to deny {name}, or remove `{name}`",
        policy,
    )


def undone_denies(facts: Facts) -> Iterator[Finding]:
    """NP022: a policy that denies all of a direction, and one that admits all, for every pod."""
    for policies in facts.by_namespace.values():
        for direction in Direction:
            yield from _undone(policies, direction)


def _undone(policies: tuple[NetworkPolicy, ...], direction: Direction) -> Iterator[Finding]:
    every = [one for one in policies if not one.subject.requirements and direction in types_of(one)]
    denying = [one for one in every if not rules_of(one, direction)]
    for policy in every:
        for placed in rules_written(policy, direction):
            if denying and admits_everything(placed.rule):
                yield _undoing(policy, placed.rule, denying, direction)


def admits_everything(rule: PolicyRule) -> bool:
    """Whether the rule is the empty rule (A.15)."""
    return not rule.peers and not rule.ports


def _undoing(
    policy: NetworkPolicy, rule: PolicyRule, denying: list[NetworkPolicy], direction: Direction
) -> Finding:
    name = direction.value.lower()
    names = "`, `".join(one.title for one in denying)
    found = finding(
        "NP022",
        rule.where or policy.where,
        f"this rule of `{policy.title}` admits all {name} of every pod in the namespace and so "
        f"leaves nothing of the default deny in `{names}`",
        "narrow the rule or the policy's podSelector; if all is to be open, remove the deny",
        policy,
    )
    return related_to(found, ((one.where, f"`{one.title}` denies all {name}") for one in denying))


def open_pods(facts: Facts) -> Iterator[Finding]:
    """NP021: namespaces with pods that no policy isolates in some direction (A.4)."""
    for name, pods in facts.pods.items():
        if pods:
            left = {
                way: list(_open_to(facts, pods, homes.get(name, homes[None])))
                for way, homes in facts.homes.items()
            }
            if any(left.values()):
                yield _open_namespace(facts, facts.namespaces[name], left, len(pods))


def _open_to(
    facts: Facts, pods: Iterable[PodEndpoint], tiers: Iterable[Tier]
) -> Iterator[PodEndpoint]:
    """Those of a namespace's pods that no policy of a tier which denies what is left over selects,
    nor may select once controllers have added their labels.

    Pods of which subjects can ask no different things are looked at once (A.4, D.2).
    """
    denying = (tier for tier in tiers if tier.unmatched is Unmatched.DENY)
    isolating = [policy for tier in denying for policy in tier.policies]
    known: dict[object, bool] = {}
    asks_later = bool(facts.asked_later)
    for pod in pods:
        lacking = keys_not_given(pod.kind, pod.labels) if asks_later else frozenset[str]()
        alike = pod.labels, lacking, pod.host_network, pod.service_account, pod.account_labels
        if alike not in known:
            held = Held(Connection(pod, pod, Protocol.TCP, 1), facts.assumptions)
            known[alike] = not any(_may_apply(facts, held, one, lacking) for one in isolating)
        if known[alike]:
            yield pod


def _may_apply(facts: Facts, held: Held, policy: TierPolicy, lacking: Set[str]) -> bool:
    """Whether the policy selects its end, or may do so once that has the labels that it lacks."""
    return all(
        held.meets(part) or facts.asked_later.get(part, frozenset()) & lacking
        for part in demanded(policy.subject)
    )


def _open_namespace(
    facts: Facts, space: Namespace, left: dict[Direction, list[PodEndpoint]], total: int
) -> Finding:
    parts = [
        f"{len(pods)} of {total} for {direction.value.lower()} "
        f"({few_of([pod.name for pod in pods])})"
        for direction, pods in left.items()
        if pods
    ]
    types = ", ".join(direction.value for direction, pods in left.items() if pods)
    return finding(
        "NP021",
        space.where or _first_place(facts, space.name),
        f"no policy isolates some workloads of the namespace `{space.name}`: {'; '.join(parts)}",
        f"if that is not meant, add a policy with `podSelector: {{}}` and `policyTypes: [{types}]`",
    )


def _first_place(facts: Facts, namespace: str) -> Location | None:
    for policy in facts.by_namespace.get(namespace, ()):
        return policy.where
    return next((pod.where for pod in facts.pods[namespace] if pod.where is not None), None)
