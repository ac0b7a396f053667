"""Comparison beside policies for what hosts let through (D.37), in each set-up of the cluster."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.agreement import belongs
from tests.calico_strategies import forwarding_clusters
from tests.mutants import Function, Mutant, mutant, planted
from tests.profiles import examples
from tests.samples import some_connections
from tests.set_ups import changes
from tests.test_calico_agreement import VALUATIONS

from netproof.comparison.policies import CompareOptions, compare
from netproof.comparisons import Comparison, Relation
from netproof.oracle import forwarded
from netproof.oracle.claims import in_scope
from netproof.oracle.regions import in_region
from netproof.replay import DisagreementError
from netproof_encodings.decision.canonical import look_alike
from netproof_encodings.differences import passages as between
from netproof_encodings.differences import slices
from netproof_encodings.differences.slices import AnySlice, Slice, others_in
from netproof_encodings.lowering import passages
from netproof_encodings.meaning import passing
from netproof_encodings.meaning.connections import Outcome
from netproof_encodings.obligations.claims import stage
from netproof_specs.assumptions import DEFAULTS, Assumption, Assumptions
from netproof_specs.loading import load_texts
from netproof_specs.model.calico import (
    CalicoAction,
    CalicoTier,
    Forward,
    GlobalNetworkPolicy,
)
from netproof_specs.model.cluster import Cluster, Policy
from netproof_specs.model.traffic import Direction
from netproof_specs.worlds import World

SPACE = "{apiVersion: v1, kind: Namespace, metadata: {name: shop}}\n"
POD = """---
apiVersion: v1
kind: Pod
metadata: {{name: {name}, namespace: shop, labels: {{app: {name}}}}}
spec: {{{node}containers: [{{name: c}}]}}
"""
HOST = """---
apiVersion: projectcalico.org/v3
kind: HostEndpoint
metadata: {{name: {name}, labels: {{role: {name}}}}}
spec: {{node: {node}, interfaceName: "*"}}
"""
OWN = """---
apiVersion: projectcalico.org/v3
kind: GlobalNetworkPolicy
metadata: {name: own}
spec: {order: 1, selector: has(role), ingress: [{action: Deny}], egress: [{action: Deny}]}
"""
"""What denies hosts' own traffic before all else, so that only what they let through differs."""
GATE = """---
apiVersion: projectcalico.org/v3
kind: GlobalNetworkPolicy
metadata: {{name: {name}}}
spec:
  applyOnForward: true
  order: {order}
  selector: role == '{host}'
  {rules}
"""
WEB = POD.format(name="web", node="nodeName: n1, ")
ALOFT = POD.format(name="web", node="")
"""A pod of a node that is not known."""
ONE = HOST.format(name="one", node="n1")
TWO = HOST.format(name="two", node="n2")
ALLOW = "{action: Allow, protocol: TCP, destination: {ports: [443]}}"
DENY = "{action: Deny, protocol: TCP, destination: {ports: [80]}}"
REST = "{action: Allow}"


def gate(
    direction: str = "egress", *rules: str, host: str = "one", name: str = "gate", order: int = 9
) -> str:
    """A policy for what passes the host in one direction."""
    listed = "".join(f"\n  - {one}" for one in rules)
    types = f"types: [{direction.capitalize()}]\n  {direction}:{listed or ' []'}"
    return GATE.format(name=name, host=host, order=order, rules=types)


OPEN, CLOSED = gate("egress", REST), gate("egress", DENY, REST)
TIED = gate("egress", REST, name="rest") + gate("egress", DENY, name="deny")
PLAIN = CLOSED.replace("  applyOnForward: true\n", "")
NOTHING = "---\n{apiVersion: projectcalico.org/v3, kind: Tier, metadata: {name: t}, spec: {}}\n"
PASSING = NOTHING.replace("{}", "{defaultAction: Pass}")
IN_PASSING = gate("egress").replace("  applyOnForward", "  tier: t\n  applyOnForward")
TO_ONE_ADDRESS = """---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: out, namespace: shop}
spec:
  podSelector: {}
  policyTypes: [Egress, Ingress]
  egress: [{to: [{ipBlock: {cidr: 8.8.8.8/32}}], ports: [{port: 443}PORT]}]
"""
SHUT_PODS = TO_ONE_ADDRESS.replace("  egress: [{to: [{ipBlock: {cidr: 8.8.8.8/32}}], "
                                   "ports: [{port: 443}PORT]}]\n", "")  # fmt: skip
CLOSED_IN = """---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: in, namespace: shop}
spec: {podSelector: {}, policyTypes: [Ingress]}
"""
NARROW, WIDE = TO_ONE_ADDRESS.replace("PORT", ""), TO_ONE_ADDRESS.replace("PORT", ", {port: 80}")
OUTSIDE = DEFAULTS - {Assumption.CALICO_FORWARD}
NAMED = DEFAULTS - {Assumption.TIES}
SNAPSHOT, PODS, CLUSTER = World.SNAPSHOT, World.ANY_PODS, World.ANY_CLUSTER
E, N, W, I = (  # noqa: E741
    *(Relation.EQUIVALENT, Relation.NARROWER, Relation.WIDER),
    Relation.INCOMPARABLE,
)


@dataclass(frozen=True, slots=True)
class Row:
    """What the comparison says of two sets of policies in some worlds, under the assumptions."""

    id: str
    old: str
    new: str
    relation: Relation
    shared: str = WEB + ONE
    worlds: tuple[World, ...] = (SNAPSHOT, PODS, CLUSTER)
    assumed: Assumptions = DEFAULTS


ROWS = (
    Row("port", gate("egress", ALLOW), gate("egress", ALLOW, REST), W),
    Row("written otherwise", CLOSED, TIED.replace("order: 9\n  selector: role == 'one'\n  "
        "types: [Egress]\n  egress:\n  - {action: Deny", "order: 8\n  selector: role == 'one'\n  "
        "types: [Egress]\n  egress:\n  - {action: Deny"), E),
    Row("not for what passes", PLAIN, NOTHING, E),
    Row("for what passes", PLAIN, CLOSED, N),
    # Each side lets through in some set-up and denies in another, and no set-up is like that
    # on both: which node it is, which direction, and whether a pod's end or the other one.
    Row("other node", CLOSED, CLOSED.replace("'one'", "'two'"), I, ALOFT + ONE + TWO),
    Row("other node, outside", CLOSED, CLOSED.replace("'one'", "'two'"), I, ALOFT + ONE + TWO,
        assumed=OUTSIDE),
    Row("other node, both known", CLOSED, CLOSED.replace("'one'", "'two'"), I,
        WEB + POD.format(name="db", node="nodeName: n2, ") + ONE + TWO, (SNAPSHOT,)),
    Row("no pod there", OPEN, CLOSED, E, POD.format(name="db", node="nodeName: n2, ") + ONE,
        (SNAPSHOT,)),
    Row("other direction", CLOSED, gate("ingress", DENY, REST), I),
    # A host that is asked at all may drop what policies leave over (D.37).
    Row("nothing left", NOTHING, gate("egress", "{action: Pass}"), N),
    Row("nothing left, outside", NOTHING, gate("egress", "{action: Pass}"), E, assumed=OUTSIDE),
    Row("nothing said", PASSING, PASSING + IN_PASSING, N),
    Row("nothing said, outside", PASSING, PASSING + IN_PASSING, E, assumed=OUTSIDE),
    Row("left over", gate("egress", "{action: Pass}"), OPEN, W),
    Row("left over, outside", gate("egress", "{action: Pass}"), OPEN, E, assumed=OUTSIDE),
    Row("the other way only", gate("ingress", REST, name="in"),
        gate("ingress", REST, name="in") + OPEN, W),
    # What a pod sends comes in at its host and goes on, and what it gets may be dropped there.
    Row("goes on", CLOSED_IN, CLOSED_IN + OPEN, E, worlds=(SNAPSHOT, PODS)),
    Row("does not go on", NOTHING, OPEN, N),
    # What one decides hides what the other does.
    Row("hidden by the pods", SHUT_PODS + OPEN, SHUT_PODS + CLOSED, E, worlds=(SNAPSHOT, PODS)),
    Row("not hidden by the pods", WIDE + OPEN, WIDE + CLOSED, N, worlds=(SNAPSHOT, PODS)),
    Row("hidden by narrow pods", NARROW + OPEN, NARROW + CLOSED, E, worlds=(SNAPSHOT, PODS)),
    Row("hidden by the host", NARROW + CLOSED, WIDE + CLOSED, E, worlds=(SNAPSHOT,)),
    Row("not hidden by the host", NARROW + CLOSED, WIDE + CLOSED, W, ALOFT + ONE,
        (SNAPSHOT, PODS)),
    Row("hidden by both hosts", NARROW + CLOSED + gate("egress", host="two", name="g2"),
        WIDE + OPEN + gate("egress", host="two", name="g2"), E,
        POD.format(name="web", node="nodeName: n2, ") + ONE + TWO, (SNAPSHOT,)),
    # Ties: what is possible and what is sure, as at pods.
    Row("ties", TIED, OPEN, W),
    Row("ties the other way", TIED, CLOSED, N),
    Row("ties by name", TIED, CLOSED, E, assumed=NAMED),
)  # fmt: skip


def related(row: Row, world: World) -> Relation:
    """The relation of the row's sides, with the hosts' own traffic decided in both."""
    own = SPACE + OWN + row.shared
    old, new = (load_texts({"f": own + side}).cluster for side in (row.old, row.new))
    shared = replace(old, policies=())
    options = CompareOptions(world, row.assumed, max_regions=2)
    found = compare(old.policies, new.policies, shared, options).relation
    back = compare(new.policies, old.policies, shared, options).relation
    assert back is SWAPPED[found]
    return found


SWAPPED = {E: E, W: N, N: W, I: I}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_row(row: Row) -> None:
    assert {world: related(row, world) for world in row.worlds} == dict.fromkeys(
        row.worlds, row.relation
    )


# --- planted errors -----------------------------------------------------------------------------


def only_the_best_set_up_counts(_: Function) -> Function:
    return lambda algebra, *_: Outcome(algebra.terms.false, algebra.terms.false)


def hosts_accept_what_is_left_over(right: Function) -> Function:
    return lambda *given: list(right(*given))[:1]


def hosts_hide_nothing(_: Function) -> Function:
    return lambda algebra, *_: Outcome(algebra.terms.true, algebra.terms.true)


def hosts_without_policies_may_drop(_: Function) -> Function:
    def written_alike(part: AnySlice) -> bool:
        if isinstance(part, Slice):
            return look_alike(part.old, part.new)
        return look_alike(part.old.tiers(part.direction), part.new.tiers(part.direction))

    return written_alike


def hosts_stand_as_in_the_old_version(right: Function) -> Function:
    def both(versions: Any, others: Any) -> Any:
        names = {name for one in passages(versions[0], others) for name in one.hosts}
        return tuple(pair for pair in right(versions, others) if names & {*pair[0].hosts})

    return both


def one_tie_is_as_good_as_another(right: Function) -> Function:
    def turned(*given: Any) -> Outcome:
        found = right(*given)
        return Outcome(found.sometimes, found.sometimes)

    return turned


def hosts_drop_what_pods_send(_: Function) -> Function:
    return lambda *_: False


def hosts_on_the_way_say_nothing(_: Function) -> Function:
    return lambda *_: []


def hosts_of_one_end_only(right: Function) -> Function:
    def passed(policies: Any, end: Direction, *given: Any) -> Any:
        return right(policies, end, *given) if end is Direction.EGRESS else []

    return passed


PLANTED = (
    mutant(between.__name__, "_turned", only_the_best_set_up_counts, "other node"),
    mutant(between.__name__, "_askings", hosts_accept_what_is_left_over, "nothing left"),
    mutant(between.__name__, "_at_best", hosts_hide_nothing, "hidden by the host"),
    mutant(slices.__name__, "written_alike", hosts_without_policies_may_drop, "nothing said"),
    mutant(slices.__name__, "_passages", hosts_stand_as_in_the_old_version, "other node"),
    mutant(between.__name__, "_turned", one_tie_is_as_good_as_another, "ties"),
    mutant(passing.__name__, "goes_on", hosts_drop_what_pods_send, "goes on"),
    mutant(forwarded.__name__, "decided_through", hosts_on_the_way_say_nothing, "other node"),
    mutant(forwarded.__name__, "passed", hosts_of_one_end_only, "does not go on"),
    mutant("netproof.comparison.policies", "ways_through", lambda _: lambda *_: (), "other node"),
)


@pytest.mark.parametrize("planted_", PLANTED, ids=lambda one: one.id)
def test_planted_errors_are_noticed(planted_: Mutant) -> None:
    (row,) = (one for one in ROWS if one.id == planted_.killed_by)
    with planted(planted_):
        try:
            found = {related(row, world) for world in row.worlds}
        except (DisagreementError, AssertionError):
            return
    assert found != {row.relation}


# --- generated clusters -------------------------------------------------------------------------

COMPARED = {
    "EQUIVALENT": set[str](),
    "WIDER": {"added"},
    "NARROWER": {"removed"},
    "INCOMPARABLE": {"added", "removed"},
}


@st.composite
def changed(draw: st.DrawFn, policies: tuple[Policy, ...]) -> tuple[Policy, ...]:
    """The policies with one of those for hosts, or of some other kind, changed a little."""
    movable = [at for at, one in enumerate(policies) if not isinstance(one, CalicoTier)]
    forwarding = [
        at
        for at in movable
        if isinstance(one := policies[at], GlobalNetworkPolicy) and one.forward is Forward.APPLIED
    ]
    at = draw(st.sampled_from(forwarding * 3 + movable))
    one = policies[at]
    ways = ["gone"]
    if isinstance(one, GlobalNetworkPolicy):
        ways += ["not forwarding", "other actions", "reversed", "other order", "other types"]
    match draw(st.sampled_from(ways)):
        case "gone":
            new = []
        case way:
            assert isinstance(one, GlobalNetworkPolicy)
            new = [_changed(one, way)]
    return (*policies[:at], *new, *policies[at + 1 :])


def _changed(one: GlobalNetworkPolicy, way: str) -> GlobalNetworkPolicy:
    spec = one.spec
    lists = {"ingress": spec.ingress, "egress": spec.egress}
    match way:
        case "not forwarding":
            other = Forward.LEFT_OUT if one.forward is Forward.APPLIED else Forward.APPLIED
            return replace(one, forward=other)
        case "other actions":
            turned = {
                name: tuple(
                    replace(rule, action=TURNED.get(rule.action, rule.action)) for rule in rules
                )
                for name, rules in lists.items()
                if rules
            }
            return replace(one, spec=replace(spec, **turned))
        case "reversed":
            back = {name: rules and rules[::-1] for name, rules in lists.items()}
            return replace(one, spec=replace(spec, **back))
        case "other order":
            return replace(one, spec=replace(spec, order=1.0 if spec.order is None else None))
        case _:
            swapped = {"ingress": spec.egress, "egress": spec.ingress}
            return replace(one, spec=replace(spec, **swapped))


TURNED = {
    CalicoAction.ALLOW: CalicoAction.DENY,
    CalicoAction.DENY: CalicoAction.ALLOW,
    CalicoAction.PASS: CalicoAction.DENY,
}


def check(
    cluster: Cluster,
    policies: tuple[Policy, ...],
    options: CompareOptions,
    seed: int,
) -> Comparison:
    """What a whole set-up changes of some connections is in the relation, and in the regions.

    What changes in no set-up is in no region.
    """
    world, assumed = options.world, options.assumptions
    found = compare(cluster.policies, policies, replace(cluster, policies=()), options)
    told = COMPARED[found.relation.value]
    on = stage(cluster, world, [])
    others = others_in(world, cluster.policies, policies, cluster)
    hosts = (*cluster.hosts, *((others and others.passed) or ()))
    for one in some_connections(on, random.Random(seed), 12):
        if not (belongs(on, one, assumed) and in_scope(one, assumed)):
            continue
        sides = [(*side, *hosts) for side in (cluster.policies, policies)]
        expected = changes(sides[0], sides[1], one, assumed)
        assert expected <= told, one
        inside = {each.change.value for each in found.regions if in_region(one, each)}
        assert inside <= expected, one
        assert inside == expected or not found.regions_complete, one
    return found


@examples(usual=25, thorough=600)
@given(data=st.data(), assumed=st.sampled_from(VALUATIONS), seed=st.integers(0, 99))
def test_no_set_up_tells_more(data: st.DataObject, assumed: Assumptions, seed: int) -> None:
    cluster = data.draw(forwarding_clusters())
    policies = data.draw(changed(cluster.policies))
    world = data.draw(st.sampled_from(World))
    check(cluster, policies, CompareOptions(world, assumed, max_regions=4), seed)
