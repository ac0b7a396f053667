"""What lint says can be removed, against every connection that can make a difference."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice, product
from random import Random

import pytest
from tests.brute_force import FIRST, LAST, Mentions, everything, mentions, regions, with_address
from tests.lint_samples import loaded, small_cluster
from tests.profiles import some

from netproof.comparison.policies import CompareOptions, compare
from netproof.comparisons import Relation
from netproof.lint.facts import Facts
from netproof.lint.removals import Removable, Settings, Task, Why, removable_parts
from netproof.lint.scopes import Scope, scope_anywhere, scope_here
from netproof.oracle.connections import decide
from netproof.solving import Answer, Limits, Session
from netproof_encodings.lowering import fixed, lower
from netproof_encodings.obligations.redundancy import Ask, Part
from netproof_specs.assumptions import DEFAULTS, Assumption, Assumptions
from netproof_specs.loading import load_texts
from netproof_specs.model.cluster import Cluster, Policy
from netproof_specs.model.connections import Connection
from netproof_specs.model.traffic import Direction
from netproof_specs.worlds import World

SEEDS = range(20)
"""Clusters of each test; each is held against some thousands of connections a removal."""

MOST = 4_000
"""Of the connections of pods that run, so many are tried."""


@pytest.mark.generated
@pytest.mark.parametrize("seed", some(SEEDS, 10))
def test_in_the_snapshot_exactly_what_has_no_effect_is_removable(seed: int) -> None:
    check(small_cluster(seed), World.SNAPSHOT)


@pytest.mark.generated
@pytest.mark.parametrize("seed", some(SEEDS, 10))
def test_in_any_cluster_exactly_what_has_no_effect_is_removable(seed: int) -> None:
    cluster = small_cluster(seed)
    check(replace(cluster, workloads=()), World.ANY_CLUSTER)


def check(cluster: Cluster, world: World) -> None:
    """Every removal that lint names has no effect, and it names every one that has none.

    In any cluster with blocks not all connections are tried, so that some may have one unseen.
    """
    mentioned = mentions(cluster, ())
    universe = list(everything(cluster, world, mentioned, DEFAULTS))
    all_tried = world is World.SNAPSHOT or not mentioned.blocks
    if world is World.ANY_CLUSTER:
        universe += islice(placed(universe, mentioned), MOST)
    found = found_in(cluster, world)
    before = decisions(cluster.policies, universe)
    for part in parts_of(cluster.policies):
        after = decisions(without(cluster.policies, {part}), universe)
        if part in found or before != after or all_tried:
            assert (part in found) is (before == after), part
    gone = {part for part, one in found.items() if one.together}
    assert decisions(without(cluster.policies, gone), universe) == before


def placed(universe: Sequence[Connection], mentioned: Mentions) -> Iterator[Connection]:
    """The same of pods that run: of one or of both ends the address is known (A.29)."""
    free = {at: {(False, at): regions(mentioned.blocks, set(), at)} for at in (FIRST, LAST)}
    shuffled = Random(len(universe)).sample(universe, len(universe)) if mentioned.blocks else ()
    for one in shuffled:
        sources, destinations = (
            (end, *with_address(end, one.family, free[at], at))
            for end, at in ((one.source, FIRST), (one.destination, LAST))
        )
        for source, destination in islice(product(sources, destinations), 1, None):
            yield replace(one, source=source, destination=destination)


@pytest.mark.generated
@pytest.mark.parametrize("seed", some(range(20, 80)))
def test_comparison_agrees_that_what_is_removable_has_no_effect(seed: int) -> None:
    """And that all else has one, but for what only pods with known addresses show (A.29)."""
    cluster = small_cluster(seed)
    found = found_in(cluster, World.ANY_CLUSTER)
    gone = {part for part, one in found.items() if one.together}
    for removed in [{part} for part in found] + [gone]:
        new = without(cluster.policies, removed)
        assert compare(cluster.policies, new).relation is Relation.EQUIVALENT
    kept = set() if mentions(cluster, ()).blocks else set(parts_of(cluster.policies)) - set(found)
    for part in kept:
        new = without(cluster.policies, {part})
        assert compare(cluster.policies, new).relation is not Relation.EQUIVALENT


ELSEWHERE = """
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: x}
spec: {containers: []}
status: {podIP: 10.0.0.1}
---
apiVersion: v1
kind: Pod
metadata: {name: b, namespace: z}
spec: {containers: [{name: c, ports: [{name: web, containerPort: 8080}]}]}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: p, namespace: x}
spec: {podSelector: {}, policyTypes: [TYPE], TYPES: [RULES]}
"""
DOUBTFUL = frozenset({*DEFAULTS, Assumption.UNKNOWN_POD_ADDRESSES})


@pytest.mark.parametrize(
    ("direction", "rules", "assumed"),
    [
        # Only a pod declares a port by name, which no external address does (A.35).
        ("Egress", "{ports: [{port: web}]}, {ports: [{port: 443}]}", DEFAULTS),
        # x/a has no IPv6 address, so no external address outside the block meets it (A.27).
        ("Ingress", "{from: [{ipBlock: {cidr: 0.0.0.0/0}}]}, {}", DEFAULTS),
        # The block's only address is that of x/a; z/b is assumed to have any address (A.29).
        ("Ingress", "{from: [{ipBlock: {cidr: 10.0.0.1/32}}]}", DOUBTFUL),
    ],
)
def test_pods_of_other_namespaces_that_are_unlike_any_external_address(
    direction: str, rules: str, assumed: Assumptions
) -> None:
    text = ELSEWHERE.replace("TYPES", direction.lower()).replace("TYPE", direction)
    cluster = load_texts({"m.yaml": text.replace("RULES", rules)}).cluster
    found = found_in(cluster, World.SNAPSHOT, assumed)
    options = CompareOptions(World.SNAPSHOT, assumed)
    for part in parts_of(cluster.policies):
        new = without(cluster.policies, {part})
        relation = compare(cluster.policies, new, cluster, options).relation
        assert (part in found) is (relation is Relation.EQUIVALENT), part
    assert set(parts_of(cluster.policies)) - set(found)


TWO_NAMESPACES = """
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: p, namespace: x}
spec:
  podSelector: {}
  ingress: [{from: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: z}}}]}]
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: q, namespace: z}
spec: {podSelector: {}, policyTypes: [Egress], egress: [EGRESS]}
"""


@pytest.mark.parametrize(
    ("egress", "removable"),
    [
        ("{}", False),
        ("{to: [{ipBlock: {cidr: 10.0.0.0/8}}, {namespaceSelector: {}}]}", False),
        ("{to: [{podSelector: {}}]}", True),
        ("", True),
    ],
)
def test_what_policies_elsewhere_say_of_the_namespace_counts(egress: str, removable: bool) -> None:
    text = TWO_NAMESPACES.replace("EGRESS", egress)
    cluster = load_texts({"m.yaml": text}).cluster
    found = found_in(cluster, World.ANY_CLUSTER)
    rule = Part(0, ("Ingress", 0))
    assert (rule in found) is removable
    relation = compare(cluster.policies, without(cluster.policies, {rule})).relation
    assert removable is (relation is Relation.EQUIVALENT)


BOTH_ENDS = """
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: all-but-z, namespace: x}
spec:
  podSelector: {}
  ingress:
  - from:
    - namespaceSelector:
        matchExpressions:
        - {key: kubernetes.io/metadata.name, operator: NotIn, values: [z]}
    - ipBlock: {cidr: 0.0.0.0/0}
    - ipBlock: {cidr: "::/0"}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: all-but-x, namespace: z}
spec:
  podSelector: {}
  policyTypes: [Egress]
  egress:
  - to:
    - namespaceSelector:
        matchExpressions:
        - {key: kubernetes.io/metadata.name, operator: NotIn, values: [x]}
    - ipBlock: {cidr: 0.0.0.0/0}
    - ipBlock: {cidr: "::/0"}
"""


def test_two_namespaces_that_deny_the_same_are_not_both_opened() -> None:
    """Each policy alone can go, as the other denies the same at the other end; both cannot."""
    cluster = load_texts({"m.yaml": BOTH_ENDS}).cluster
    found = found_in(cluster, World.ANY_CLUSTER, DEFAULTS - {Assumption.IPBLOCK_MATCHES_PODS})
    assert {Part(0), Part(1)} <= set(found)
    both = without(cluster.policies, {Part(0), Part(1)})
    assert compare(cluster.policies, both).relation is Relation.WIDER
    assert not (found[Part(0)].together and found[Part(1)].together)


PODS = """
---
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: x}
spec: {containers: []}
status: {podIP: 10.0.0.1}
---
apiVersion: v1
kind: Pod
metadata: {name: b, namespace: z}
spec: {containers: []}
status: {podIP: 10.0.0.2}
"""


@pytest.mark.parametrize(("block", "removable"), [("10.0.0.1/32", False), ("10.0.0.4/32", True)])
def test_blocks_elsewhere_count_where_they_hold_a_pod(block: str, removable: bool) -> None:
    egress = f"{{to: [{{ipBlock: {{cidr: {block}}}}}]}}"
    text = TWO_NAMESPACES.replace("EGRESS", egress) + PODS
    cluster = load_texts({"m.yaml": text}).cluster
    rule = Part(0, ("Ingress", 0))
    assert (rule in found_in(cluster, World.SNAPSHOT)) is removable
    new = without(cluster.policies, {rule})
    options = CompareOptions(World.SNAPSHOT)
    relation = compare(cluster.policies, new, cluster, options).relation
    assert removable is (relation is Relation.EQUIVALENT)


def test_what_a_limit_leaves_open_is_not_removable() -> None:
    cluster = load_texts({"m.yaml": TWO_NAMESPACES.replace("EGRESS", "{}, {}")}).cluster
    task = Task("z", whole(cluster), World.ANY_CLUSTER)
    decided = removable_parts(task, Settings(DEFAULTS, Limits()))
    assert {one.part for one in decided.removable} >= {Part(1, ("Egress", 0))}
    answered = removable_parts(task, Settings(DEFAULTS, Limits(rlimit=1)))
    assert answered.removable == ()
    assert set(answered.undecided) == {Part(1), Part(1, ("Egress", 0)), Part(1, ("Egress", 1))}


def test_a_reason_that_a_limit_leaves_open_is_not_told(monkeypatch: pytest.MonkeyPatch) -> None:
    cluster = load_texts({"m.yaml": TWO_NAMESPACES.replace("EGRESS", "{}, {}")}).cluster
    task = Task("z", whole(cluster), World.ANY_CLUSTER)
    decided = removable_parts(task, Settings(DEFAULTS, Limits()))
    assert Why.OTHERS in {one.why for one in decided.removable}
    check = Session.check

    def limited(session: Session, literals: Sequence[str]) -> Answer:
        return Answer.UNKNOWN if Ask.SIDES.value in literals else check(session, literals)

    monkeypatch.setattr(Session, "check", limited)
    answered = removable_parts(task, Settings(DEFAULTS, Limits()))
    assert [one.part for one in answered.removable] == [one.part for one in decided.removable]
    assert {one.why for one in answered.removable} == {Why.UNTOLD}


def found_in(
    cluster: Cluster, world: World, assumed: Assumptions = DEFAULTS
) -> dict[Part, Removable]:
    """What lint finds, by part, with indices into the cluster's policies."""
    facts = Facts(loaded(cluster), assumed)
    found: dict[Part, Removable] = {}
    for namespace in facts.by_namespace:
        if world is World.ANY_CLUSTER:
            scope = scope_anywhere(facts.tiers, namespace)
        else:
            scope = scope_here(facts, namespace)
        task = Task(namespace, scope, world)
        answered = removable_parts(task, Settings(assumed, Limits()))
        assert not answered.undecided
        found.update((one.part, one) for one in answered.removable)
    return found


def whole(cluster: Cluster) -> Scope:
    """Everything, with nothing left out as without bearing."""
    return Scope(fixed(lower(cluster.policies), 0), cluster)


def decisions(policies: Sequence[Policy], universe: Iterable[Connection]) -> list[bool]:
    """What the oracle says of each connection."""
    return [decide(policies, one, DEFAULTS).allowed for one in universe]


def parts_of(policies: Sequence[Policy]) -> list[Part]:
    """Every policy, and every rule in force."""
    found: list[Part] = []
    for index, policy in enumerate(policies):
        found.append(Part(index))
        egress = bool(policy.egress)
        types = policy.policy_types or ((*Direction,) if egress else (Direction.INGRESS,))
        for direction in Direction:
            rules = policy.ingress if direction is Direction.INGRESS else policy.egress
            if direction in types:
                found += [Part(index, (direction.value, number)) for number in range(len(rules))]
    return found


def without(policies: Sequence[Policy], gone: Iterable[Part]) -> tuple[Policy, ...]:
    """The policies without those parts."""
    parts = set(gone)
    return tuple(
        _without_rules(policy, index, parts)
        for index, policy in enumerate(policies)
        if Part(index) not in parts
    )


def _without_rules(policy: Policy, index: int, gone: set[Part]) -> Policy:
    ingress, egress = (
        tuple(
            rule
            for number, rule in enumerate(rules)
            if Part(index, (direction.value, number)) not in gone
        )
        for direction, rules in (
            (Direction.INGRESS, policy.ingress),
            (Direction.EGRESS, policy.egress),
        )
    )
    return replace(policy, ingress=ingress, egress=egress)
