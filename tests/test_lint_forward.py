"""What lint says beside policies for what hosts let through (D.37), of which it counts as well."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from random import Random

import pytest
from tests.agreement import belongs
from tests.lint_samples import loaded
from tests.mixed_removals import without
from tests.mutants import Function, Mutant, mutant, planted
from tests.profiles import some
from tests.samples import some_connections
from tests.set_ups import changes
from tests.test_lint_hosts import further, hosted, named_in

from netproof.comparison.policies import CompareOptions, compare
from netproof.comparisons import Relation
from netproof.lint import forwarded, order
from netproof.lint.facts import Facts
from netproof.lint.ground import Ground
from netproof.lint.order import by_order
from netproof.lint.removals import Settings
from netproof.lint.running import LintOptions, LintReport, lint
from netproof.oracle.claims import in_scope
from netproof.solving import Limits
from netproof_encodings.obligations.claims import stage
from netproof_encodings.obligations.redundancy import Part
from netproof_specs.assumptions import DEFAULTS, Assumption, Assumptions
from netproof_specs.loading import load_texts
from netproof_specs.model.calico import (
    CalicoAction,
    CalicoRule,
    CalicoSpec,
    EntityRule,
    Forward,
    GlobalNetworkPolicy,
)
from netproof_specs.model.cluster import Cluster
from netproof_specs.model.traffic import Direction, PortRange
from netproof_specs.worlds import World

SEEDS = 8
MANY = 200
NAMED = DEFAULTS - {Assumption.TIES}


def forwarding(seed: int) -> Cluster:
    """A mixed cluster with host endpoints and a few policies for what these let through."""
    rng, cluster = Random(seed), hosted(seed)
    pods = tuple(
        one if one.host_network else replace(one, node=rng.choice((None, "n1", "n2")))
        for one in cluster.workloads
    )
    named = rng.random() < 0.3 and not any(one.host_network for one in pods)
    hosts = tuple(replace(one, interface="eth0") if named else one for one in cluster.hosts)
    kept = tuple(
        replace(one, forward=Forward.APPLIED)
        if isinstance(one, GlobalNetworkPolicy) and rng.random() < 0.5
        else one
        for one in cluster.policies
    )
    own = tuple(_own(rng, f"f{at}") for at in range(rng.choice((2, 3))))
    return replace(cluster, workloads=pods, hosts=hosts, policies=(*kept, *own))


def _own(rng: Random, name: str) -> GlobalNetworkPolicy:
    rules = tuple(_rule(rng) for _ in range(rng.choice((0, 1, 2, 2))))
    spec = CalicoSpec(
        rng.choice((None, None, "first")),
        rng.choice((1.0, 2.0, 2.0, 2000.0)),
        None,
        None,
        rng.choice(((Direction.INGRESS,), (Direction.EGRESS,), tuple(Direction))),
        rules,
        rules,
    )
    return GlobalNetworkPolicy(name, spec, None, forward=rng.choice((Forward.APPLIED,) * 3 + (
        Forward.LEFT_OUT,)))  # fmt: skip


def _rule(rng: Random) -> CalicoRule:
    ports = rng.choice(((), (PortRange(80, 80),), (PortRange(80, 90),)))
    nets = rng.choice(((), (), ("10.0.0.0/8",), ("10.0.0.0/9",)))
    action = rng.choice((CalicoAction.ALLOW, CalicoAction.ALLOW, *CalicoAction))
    return CalicoRule(
        action, "TCP", destination=EntityRule(ports=ports), source=EntityRule(nets=nets)
    )


def lost_in(cluster: Cluster, assumptions: Assumptions) -> Iterator[set[Part]]:
    """The rules that lint says are never reached, of each finding together."""
    facts = Facts(loaded(cluster), assumptions)
    titles = {one.title: at for at, one in enumerate(cluster.policies)}
    ground = Ground(facts, Settings(assumptions, Limits()), frozenset())
    for one in by_order(ground).findings:
        if found := re.match(r"`(\S+) (\w+)\[(\d+)\]` is never", one.message):
            yield {Part(titles[found[1]], (found[2].capitalize(), int(found[3])))}
        elif found := re.match(r"no (\w+) rule of `(\S+)` is reached", one.message):
            at, way = titles[found[2]], found[1]
            spec = getattr(cluster.policies[at], "spec", cluster.policies[at])
            yield {Part(at, (way.capitalize(), n)) for n in range(len(getattr(spec, way) or ()))}


def check(seed: int) -> None:
    """Nothing that lint names has an effect, whatever the set-up.

    A rule that is never reached has none either, but for the types of its policy (D.12, A.10).
    """
    cluster = forwarding(seed)
    named = [(world, {part}) for world, parts in named_in(cluster).items() for part in parts]
    for parts in lost_in(cluster, NAMED):
        typed = all(
            isinstance(one := cluster.policies[each.policy], GlobalNetworkPolicy)
            and one.spec.types is not None
            for each in parts
        )
        named += [(World.ANY_CLUSTER, parts)] if typed else []
    assert_harmless(cluster, named, seed)


def assert_harmless(
    cluster: Cluster, named: list[tuple[World, set[Part]]], seed: int, count: int = 6
) -> None:
    """To `compare` the removals are equivalent, and so they are to every whole set-up."""
    for world, parts in named:
        left = without(cluster.policies, parts)
        for asked in {world, World.SNAPSHOT}:
            options = CompareOptions(asked, NAMED, max_regions=1)
            found = compare(cluster.policies, left, cluster, options).relation
            assert found is Relation.EQUIVALENT, (parts, asked)
        on = stage(cluster, World.SNAPSHOT, [])
        sides = [(*side, *cluster.hosts) for side in (cluster.policies, left)]
        for one in some_connections(on, Random(seed), count):
            if belongs(on, one, NAMED) and in_scope(one, NAMED):
                assert changes(sides[0], sides[1], one, NAMED) == set(), (parts, one)


@pytest.mark.generated
@pytest.mark.parametrize("seed", some(range(SEEDS)))
def test_what_can_be_removed_changes_nothing_at_hosts(seed: int) -> None:
    check(seed)


def check_further(seed: int) -> None:
    """What lint says of any cluster holds where pods run behind host endpoints with any labels."""
    rng, cluster = Random(seed), forwarding(seed)
    pods = tuple(one for one in cluster.workloads if not one.host_network)
    cluster = replace(cluster, hosts=(), workloads=pods)
    found = named_in(cluster)[World.ANY_CLUSTER]
    for _ in range(2 if found else 0):
        hosts = tuple(replace(further(rng, at), node=f"n{at}") for at in (1, 2))
        more = replace(cluster, hosts=hosts)
        for part in found:
            left = without(cluster.policies, {part})
            options = CompareOptions(World.SNAPSHOT, NAMED, max_regions=1)
            relation = compare(cluster.policies, left, more, options).relation
            assert relation is Relation.EQUIVALENT, (part, hosts)


@pytest.mark.generated
@pytest.mark.parametrize("seed", some(range(SEEDS)))
def test_what_can_be_removed_anywhere_changes_nothing_at_further_hosts(seed: int) -> None:
    check_further(seed)


@pytest.mark.slow
def test_the_same_of_many() -> None:
    for seed in range(SEEDS, MANY):
        check(seed)
        check_further(seed)


# --- what a person reads ------------------------------------------------------------------------

HOSTS = """
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {app: web}}
spec: {nodeName: n1, containers: [{name: c}]}
---
apiVersion: projectcalico.org/v3
kind: HostEndpoint
metadata: {name: w1, labels: {role: worker}}
spec: {node: n1, interfaceName: "*"}
---
apiVersion: projectcalico.org/v3
kind: HostEndpoint
metadata: {name: w2, labels: {role: other}}
spec: {node: n2, interfaceName: "*"}
---
apiVersion: projectcalico.org/v3
kind: Tier
metadata: {name: lax}
spec: {order: 2000000, defaultAction: Pass}
"""
POLICY = """---
apiVersion: projectcalico.org/v3
kind: GlobalNetworkPolicy
metadata: {{name: {name}}}
spec:
  {passing}
  order: {order}
  selector: role == '{role}'
  types: [Egress]
  egress: [{rules}]
"""
WEB = "{action: Allow, protocol: TCP, destination: {ports: [80]}}"
REST = "{action: Allow}"
DENY = "{action: Deny, protocol: TCP, destination: {ports: [80]}}"
LOW = "{action: Deny, protocol: TCP, source: {ports: ['1:999']}, destination: {ports: [80]}}"
HIGH = LOW.replace("1:999", "1000:65535")
FROM_WEB = "{action: Allow, source: {selector: app == 'web'}}"
NO_POD = "role == 'worker' && !has(app) && !has(projectcalico.org/namespace)"


def host(name: str, order: int, *rules: str, role: str = "worker", tier: str = "default") -> str:
    """A policy for hosts' own traffic."""
    return POLICY.format(
        name=name, order=order, role=role, rules=", ".join(rules), passing=f"tier: {tier}"
    )


def gate(name: str, order: int, *rules: str, role: str = "worker", tier: str = "default") -> str:
    """A policy for what hosts let through as well."""
    text = host(name, order, *rules, role=role, tier=tier)
    return text.replace("  order:", "  applyOnForward: true\n  order:")


def report(*policies: str, assumptions: Assumptions = DEFAULTS) -> LintReport:
    return lint(load_texts({"f": HOSTS + "".join(policies)}), LintOptions(assumptions=assumptions))


def said(found: LintReport, *codes: str) -> list[str]:
    return [one.message for one in found.findings if one.code in codes]


FIRST = host("first", 1, WEB, DENY)
OUTSIDE = DEFAULTS - {Assumption.CALICO_FORWARD}
CAN_GO = ("NP005", "NP006", "NP007", "NP008", "NP009")
ROWS = {
    # What another policy does for hosts' own traffic does not count for what passes.
    "removable at hosts only": ([host("a", 1, REST), gate("b", 2, REST)], CAN_GO,
        "`b` can be removed", False),
    "removable": ([gate("a", 1, REST), gate("b", 2, REST)], CAN_GO, "`b` can be removed", True),
    "a rule": ([FIRST, gate("b", 2, WEB, REST)], CAN_GO, "`b egress[0]` can be removed", True),
    "not such a rule": ([FIRST, gate("b", 2, DENY, REST)], CAN_GO, "`b egress[0]` can be", False),
    "of another host": ([gate("a", 1, REST), gate("b", 2, REST, role="other")], CAN_GO, "", False),
    # A host that is asked at all may drop what is left over.
    "asked at all": ([gate("b", 2, tier="lax")], CAN_GO, "`b` can be removed", False),
    "reached": ([FIRST, gate("b", 2, WEB)], ("NP027",), "`b`", False),
    "not reached": ([gate("a", 1, DENY), gate("b", 2, WEB, REST)], ("NP027",),
        "`b egress[0]` is never reached: `a egress[0]` takes", True),
    "not reached, by another": ([host("a", 1, DENY), gate("c", 2, DENY), gate("b", 3, WEB)],
        ("NP027",), "no egress rule of `b` is reached: `c egress[0]` takes", True),
    "not reached, by others": ([host("a", 1, DENY), gate("c", 2, LOW), gate("d", 2, HIGH),
        gate("b", 3, WEB)], ("NP027",), "no egress rule of `b` is reached: others before", True),
    "ties": ([gate("a", 2, WEB), gate("b", 2, DENY)], ("NP026",), "connections at one end", True),
    "ties only there": ([gate(name, 2, rule).replace("role == 'worker'", NO_POD) for name, rule in
        (("a", FROM_WEB), ("b", FROM_WEB.replace("Allow", "Deny")))], ("NP026",),
        "`a`, `b` have the same place in their tier and decide differently on some connections "
        "that hosts let through or not", True),
    "ties nowhere": ([host(name, 2, rule).replace("role == 'worker'", NO_POD) for name, rule in
        (("a", FROM_WEB), ("b", FROM_WEB.replace("Allow", "Deny")))], ("NP026",), "", False),
    "isolates": ([gate("a", 2, WEB)], ("NP028",), "selects an endpoint for egress", True),
    "isolates only there": ([host("first", 1, DENY), gate("a", 2, WEB)], ("NP028",),
        "`a` has only rules that allow, and isolates what passes host endpoints: where no other "
        "policy for forwarded traffic of the tier `default` is for egress", True),
    "isolates neither": ([host("first", 1, DENY), host("a", 2, WEB)], ("NP028",), "", False),
}  # fmt: skip


def test_hosts_that_the_input_does_not_have_let_through_what_they_did() -> None:
    """No host endpoint of the input has the label, and others may: `a` is for them all."""
    twice = gate("a", 1, WEB, role="edge"), gate("b", 2, WEB, role="edge")
    assert len(said(report(*twice), "NP005")) == 2
    once = host("a", 1, WEB, role="edge"), gate("b", 2, WEB, role="edge")
    (message,) = said(report(*once), "NP005")
    assert "`a` can be removed" in message


EARLY = """---
apiVersion: projectcalico.org/v3
kind: GlobalNetworkPolicy
metadata: {name: early}
spec:
  preDNAT: true
  applyOnForward: true
  selector: role == 'edge'
  types: [Ingress]
  ingress: [{action: Deny, protocol: TCP, destination: {ports: [99]}}]
"""


def test_what_a_policy_leaves_over_that_counts_before_others() -> None:
    """D.38: on the hosts that `early` selects `b` is needed for what these let through."""
    needed = report(host("a", 1, REST, role="edge"), gate("b", 2, REST, role="edge"), EARLY)
    assert not [one for one in said(needed, "NP005") if "`b` can be removed" in one]
    reached = report(host("a", 1, DENY, role="edge"), gate("b", 2, WEB, role="edge"), EARLY)
    assert not said(reached, "NP027")


@pytest.mark.parametrize(("count", "told"), [(4, True), (6, False)])
def test_too_many_ways_to_select_a_host_endpoint(count: int, told: bool) -> None:
    gates = (gate(f"{name}{at}", at, WEB) for at in range(count) for name in "ab")
    found = report(*(one.replace("role ==", f"r{at // 2} ==") for at, one in enumerate(gates)))
    assert bool(said(found, "NP005")) is told
    notes = [one.message for one in found.loaded.notes if one.code == "passages-not-looked-at"]
    assert bool(notes) is not told
    denied = (gate(f"c{at}", at, WEB if at % 2 else DENY) for at in range(2 * count))
    lost = report(*(one.replace("role ==", f"r{at // 2} ==") for at, one in enumerate(denied)))
    assert bool(said(lost, "NP027")) is told
    assert all("nor which rules are never reached" in one for one in notes)


@pytest.mark.parametrize("row", ROWS)
def test_row(row: str) -> None:
    policies, codes, message, told = ROWS[row]
    found = said(report(*policies), *codes)
    assert any(message in one for one in found) is told, found


def test_what_is_asked_depends_on_the_set_up() -> None:
    """Under `outside` the host accepts what is left over, so that such a policy has no effect."""
    assert not said(report(gate("b", 2, tier="lax")), *CAN_GO)
    (message,) = said(report(gate("b", 2, tier="lax"), assumptions=OUTSIDE), "NP005")
    assert "`b` can be removed" in message


# --- planted errors -----------------------------------------------------------------------------


def what_hosts_let_through_is_not_asked(_: Function) -> Function:
    return lambda answered, *_: answered


def rules_are_reached_by_own_traffic_only(_: Function) -> Function:
    return lambda *_: True


def any_rule_before_covers(_: Function) -> Function:
    return lambda *_: True


PLANTED = (
    mutant(forwarded.__name__, "let_through", what_hosts_let_through_is_not_asked,
        "removable at hosts only"),
)  # fmt: skip


@pytest.mark.parametrize("planted_", PLANTED, ids=lambda one: one.id)
def test_planted_errors_are_noticed(planted_: Mutant) -> None:
    with planted(planted_), pytest.raises(AssertionError):
        test_row(planted_.killed_by)


@pytest.mark.parametrize(
    ("name", "wrong", "row"),
    [
        ("never_reaches", rules_are_reached_by_own_traffic_only, "reached"),
        ("comes_first", any_rule_before_covers, "not reached, by others"),
        ("only_here", lambda _: lambda *_: (), "isolates only there"),
    ],
)
def test_planted_errors_of_the_order_are_noticed(
    name: str, wrong: Callable[[Function], Function], row: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(order._Passing, name, wrong(getattr(order._Passing, name)))
    with pytest.raises(AssertionError):
        test_row(row)
