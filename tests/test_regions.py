"""The regions of a difference: their union is the difference, and every point of them changes."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from itertools import chain

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.build import ANY_RULE, connection, namespace, pod, policy, policy_port, selector
from tests.compare_checks import RELATIONS, misplaced, tried, unequal
from tests.compare_strategies import changed
from tests.profiles import examples
from tests.strategies import assumptions, clusters

from netproof.comparison.policies import CompareOptions, compare
from netproof.comparisons import (
    Change,
    Comparison,
    Region,
    RegionAddresses,
    RegionAnything,
    RegionPods,
    Relation,
)
from netproof.oracle.regions import in_region
from netproof_specs.assumptions import DEFAULTS, Assumption, Assumptions
from netproof_specs.claims import PodNamed
from netproof_specs.model.cluster import Cluster, ContainerPort, Namespace, Workload
from netproof_specs.model.labels import NAME_LABEL, LabelSelector, Operator, Requirement
from netproof_specs.model.network_policy import BlockPeer, NetworkPolicy, PodPeer, PolicyRule
from netproof_specs.model.traffic import Direction, Family, Protocol
from netproof_specs.worlds import World

randoms = st.randoms(use_true_random=False)
INGRESS, EGRESS = (Direction.INGRESS,), (Direction.EGRESS,)


def merged(one: Cluster, other: Cluster) -> Cluster:
    """The namespaces of both, and the workloads of the first."""
    known = {space.name: space for space in (*other.namespaces, *one.namespaces)}
    return Cluster(tuple(known[name] for name in sorted(known)), one.workloads)


def check(
    old: Sequence[NetworkPolicy],
    new: Sequence[NetworkPolicy],
    cluster: Cluster,
    options: CompareOptions,
    rng: random.Random,
) -> Comparison:
    """The comparison, whose regions are the difference and replay on the oracle everywhere."""
    found = compare(old, new, cluster, options)
    problems = unequal(old, new, cluster, found)
    if not found.regions_complete:
        problems = [one for one in problems if "in no region" not in one]
    assert problems == []
    assert misplaced(old, new, cluster, found, rng)[1] == []
    return found


def check_generated(
    world: World, one: Cluster, other: Cluster | None, assumed: Assumptions, rng: random.Random
) -> None:
    """Policies against their changed split, or against unrelated ones, over generated pods."""
    new = changed(one.policies, rng) if other is None else other.policies
    cluster = merged(one, other or one)
    options = CompareOptions(world, assumed, max_regions=12)
    check(one.policies, new, cluster, options, rng)


others = st.one_of(st.none(), clusters())


@examples(25, 300)
@given(clusters(), others, assumptions, randoms)
def test_in_a_snapshot(
    one: Cluster, other: Cluster | None, assumed: Assumptions, rng: random.Random
) -> None:
    """With hostNetwork pods, addresses of both families, named ports, and any assumptions."""
    check_generated(World.SNAPSHOT, one, other, assumed, rng)


@examples(10, 200)
@given(clusters(), others, assumptions, randoms)
def test_with_any_pods(
    one: Cluster, other: Cluster | None, assumed: Assumptions, rng: random.Random
) -> None:
    check_generated(World.ANY_PODS, one, other, assumed, rng)


@examples(10, 150)
@given(clusters(), others, assumptions, randoms)
def test_in_any_cluster(
    one: Cluster, other: Cluster | None, assumed: Assumptions, rng: random.Random
) -> None:
    check_generated(World.ANY_CLUSTER, one, other, assumed, rng)


@examples(5, 100)
@given(clusters(), others, assumptions, randoms)
def test_a_snapshot_by_trying_every_connection(
    one: Cluster, other: Cluster | None, assumed: Assumptions, rng: random.Random
) -> None:
    new = changed(one.policies, rng) if other is None else other.policies
    cluster = merged(one, other or one)
    options = CompareOptions(World.SNAPSHOT, assumed, max_regions=99)
    found = compare(one.policies, new, cluster, options)
    assert found.relation is RELATIONS[tried(one.policies, new, cluster, found)]


def regions(
    old: Sequence[NetworkPolicy],
    new: Sequence[NetworkPolicy],
    cluster: Cluster | None = None,
    options: CompareOptions | None = None,
) -> tuple[Region, ...]:
    """The regions, checked."""
    rng = random.Random(5)
    return check(old, new, cluster or Cluster(), options or CompareOptions(), rng).regions


def test_a_region_is_as_wide_as_the_difference() -> None:
    """Closing a namespace takes away what anybody could reach there, in one region."""
    closed = policy("x/closed")
    (region,) = regions([], [closed])
    assert region.change is Change.REMOVED
    assert region.source == RegionAnything()
    named = (Requirement(NAME_LABEL, Operator.IN, ("x",)),)
    assert region.destination == RegionPods(LabelSelector(named), LabelSelector())
    assert region.protocols == tuple(Protocol)
    assert (region.first, region.last) == (1, 65535)
    assert region.families == tuple(Family)


def test_the_words_are_those_of_the_policies() -> None:
    def allowing(*ports: str) -> NetworkPolicy:
        rule = PolicyRule(
            (PodPeer(selector(team="a"), selector(app="web")),), tuple(map(policy_port, ports))
        )
        return policy("x/db", selector(app="db"), INGRESS, (rule,))

    (region,) = regions([allowing("TCP/80")], [allowing("TCP/80", "TCP/8000-8080")])
    assert region.change is Change.ADDED
    assert region.source == RegionPods(selector(team="a"), selector(app="web"))
    here = (Requirement(NAME_LABEL, Operator.IN, ("x",)),)
    assert region.destination == RegionPods(LabelSelector(here), selector(app="db"))
    assert region.protocols == (Protocol.TCP,)
    assert (region.first, region.last) == (8000, 8080)


@pytest.mark.parametrize("ports", [(1, 1), (9000, 9010), (65535, 65535), (1, 79), (444, 65535)])
def test_a_range_is_one_region(ports: tuple[int, int]) -> None:
    first, last = ports
    rule = PolicyRule((), (policy_port(f"UDP/{first}-{last}"),))
    (region,) = regions([policy("x/in")], [policy("x/in", ingress=(rule,))])
    assert (region.first, region.last) == ports
    assert region.protocols == (Protocol.UDP,)


def test_blocks_keep_their_exceptions() -> None:
    def allowing(*blocks: BlockPeer) -> NetworkPolicy:
        return policy("x/out", types=EGRESS, egress=(PolicyRule(blocks, ()),) if blocks else ())

    block = BlockPeer("10.0.0.0/8", ("10.1.0.0/16", "10.2.3.0/24"))
    (region,) = regions([allowing()], [allowing(block)])
    assert region.destination == RegionAddresses("10.0.0.0/8", ("10.1.0.0/16", "10.2.3.0/24"))


def test_overlapping_regions_rather_than_slivers() -> None:
    """Two rules, two regions, though some connections are in both."""
    web = policy("x/a", None, INGRESS, (PolicyRule((PodPeer(None, selector(app="web")),), ()),))
    port = policy("x/b", None, INGRESS, (PolicyRule((), (policy_port("TCP/80"),)),))
    found = regions([policy("x/closed")], [web, port])
    assert len(found) == 2
    inside = connection(pod("x/one", app="web"), pod("x/two"))
    assert all(in_region(inside, region) for region in found)


def test_a_cut_list_says_so() -> None:
    rules = tuple(PolicyRule((), (policy_port(f"TCP/{port}"),)) for port in range(80, 100, 2))
    old, new = [policy("x/db")], [policy("x/db", None, INGRESS, rules)]
    for limit, complete in ((1, False), (9, False), (10, True), (11, True)):
        found = compare(old, new, options=CompareOptions(max_regions=limit))
        assert found.regions_complete is complete
        assert len(found.regions) == min(limit, 10)
        assert found.relation is Relation.WIDER


def test_the_limit_is_for_each_change() -> None:
    def on(*ports: int) -> NetworkPolicy:
        rules = tuple(PolicyRule((), (policy_port(f"TCP/{port}"),)) for port in ports)
        return policy("x/db", None, INGRESS, rules)

    found = compare([on(80)], [on(90, 92)], options=CompareOptions(max_regions=1))
    assert found.relation is Relation.INCOMPARABLE
    assert [region.change for region in found.regions] == [Change.ADDED, Change.REMOVED]
    assert not found.regions_complete
    assert {one.change for one in found.counterexamples} == set(Change)


DUAL = Workload(
    "Pod", "x", "dual", (("app", "dual"),), addresses=("10.1.2.3", "2001:db8::1"), node="n1"
)
FOUR = Workload("Pod", "x", "four", (("app", "four"),), addresses=("10.9.9.9",), node="n2")
HOST = Workload("Pod", "x", "host", (("app", "dual"),), host_network=True, node="n2")
NAMED = Workload(
    "Pod", "x", "named", (("app", "named"),), (ContainerPort("http", Protocol.TCP, 8080),)
)
OTHER = Workload(
    "Pod", "x", "other", (("app", "named"),), (ContainerPort("http", Protocol.TCP, 9090),)
)
SNAPSHOT = CompareOptions(World.SNAPSHOT)
SPACE = Cluster((namespace("x"),), (DUAL, FOUR, HOST, NAMED, OTHER))


def to_block(cidr: str) -> NetworkPolicy:
    """Lets every pod of the namespace reach a block only."""
    return policy("x/out", types=EGRESS, egress=(PolicyRule((BlockPeer(cidr),), ()),))


@pytest.mark.parametrize("cidr", ["10.1.2.0/24", "2001:db8::/32", "0.0.0.0/0", "10.9.9.9/32"])
def test_pods_by_their_addresses(cidr: str) -> None:
    found = regions([policy("x/out", types=EGRESS)], [to_block(cidr)], SPACE, SNAPSHOT)
    reached = {name for region in found for name in region.destination_pods or ()}
    expected = {
        "10.1.2.0/24": {"x/dual"},
        "2001:db8::/32": {"x/dual"},
        "0.0.0.0/0": {"x/dual", "x/four"},
        "10.9.9.9/32": {"x/four"},
    }
    assert expected[cidr] <= reached
    assert "x/named" not in reached


def test_an_address_counts_on_connections_of_its_family() -> None:
    """A.27: the pod has an address in the block, but this connection does not use it."""
    region = RegionPods(LabelSelector(), LabelSelector(), block=RegionAddresses("10.0.0.0/8"))
    dual = replace(pod("x/dual"), addresses=("10.1.2.3", "2001:db8::1"))
    whole = Region(
        Change.ADDED, region, RegionAnything(), (Protocol.TCP,), 1, 65535, tuple(Family),
        compare([], [policy("x/closed")]).counterexamples[0],
    )  # fmt: skip
    four = connection(dual, pod("x/other"))
    assert in_region(four, whole)
    assert not in_region(replace(four, family=Family.IPV6), whole)


def test_a_family_is_a_condition_like_any_other() -> None:
    """Narrowed to a block of one family, egress reaches nothing over the other (A.27)."""
    old, new = [policy("x/out", types=EGRESS, egress=(ANY_RULE,))], [to_block("10.0.0.0/8")]
    found = regions(old, new)
    assert all(region.change is Change.REMOVED for region in found)
    outside = {one.destination for one in found if isinstance(one.destination, RegionAddresses)}
    assert outside == {RegionAddresses("::/0"), RegionAddresses("0.0.0.0/0", ("10.0.0.0/8",))}


def test_pods_listed_declare_the_port_wherever_it_is() -> None:
    """A name stands for one port on one pod and for another on the next (A.35)."""
    http = PolicyRule((), (policy_port("TCP/http"),))
    found = regions([policy("x/in")], [policy("x/in", ingress=(http,))], SPACE, SNAPSHOT)
    reached = set(chain.from_iterable(region.destination_pods or () for region in found))
    assert reached == {"x/named", "x/other"}


def test_an_end_of_anything_lists_every_pod() -> None:
    (region,) = regions([], [policy("x/in", selector(app="four"))], SPACE, SNAPSHOT)
    assert region.source == RegionAnything()
    assert region.source_pods == ("x/dual", "x/four", "x/host", "x/named", "x/other")
    assert region.destination_pods == ("x/four",)


def test_pods_whose_address_is_assumed_are_listed() -> None:
    assumed = DEFAULTS | {Assumption.UNKNOWN_POD_ADDRESSES}
    options = CompareOptions(World.SNAPSHOT, assumed)
    found = regions([policy("x/out", types=EGRESS)], [to_block("10.1.2.0/24")], SPACE, options)
    reached = set(chain.from_iterable(region.destination_pods or () for region in found))
    assert {"x/named", "x/other", "x/dual"} <= reached
    assert "x/four" not in reached


def test_without_blocks_no_pod_is_told_apart_by_an_address_that_is_assumed() -> None:
    """A pod of the other namespace has no IPv4 address, which tells the two apart (A.27)."""
    six = Workload("Pod", "y", "six", (), addresses=("2001:db8::1",))
    cluster = Cluster((namespace("x"), namespace("y")), (Workload("Pod", "x", "any", ()), six))
    assumed = DEFAULTS | {Assumption.UNKNOWN_POD_ADDRESSES}
    found = regions([policy("x/in")], [], cluster, CompareOptions(World.SNAPSHOT, assumed))
    assert {one for region in found for one in region.destination_pods or ()} == {"x/any"}
    assert found == regions([policy("x/in")], [], cluster, SNAPSHOT)


def test_only_a_snapshot_lists_pods() -> None:
    for world in (World.ANY_PODS, World.ANY_CLUSTER):
        for region in regions([], [policy("x/in")], SPACE, CompareOptions(world)):
            assert region.source_pods is region.destination_pods is None


def test_host_network_pods_are_told_apart() -> None:
    """A.45: no policy isolates a pod on its node's network, whatever its labels."""
    found = regions([], [policy("x/in", selector(app="dual"))], SPACE, SNAPSHOT)
    reached = set(chain.from_iterable(region.destination_pods or () for region in found))
    assert reached == {"x/dual"}
    as_pods = CompareOptions(World.SNAPSHOT, DEFAULTS | {Assumption.HOST_NETWORK})
    found = regions([], [policy("x/in", selector(app="dual"))], SPACE, as_pods)
    reached = set(chain.from_iterable(region.destination_pods or () for region in found))
    assert reached == {"x/dual", "x/host"}


def test_a_class_of_pods_is_named_whole() -> None:
    """Pods that only their node's network tells apart are named in the region."""
    found = regions([], [policy("x/in", selector(app="dual"))], SPACE, SNAPSHOT)
    named = {name for region in found for name in getattr(region.destination, "named", ())}
    assert named <= {PodNamed("x", "dual", "Pod")}


def test_two_runs_give_the_same_regions() -> None:
    old = [policy("x/a"), policy("y/b", selector(app="web"), EGRESS)]
    new = [policy("x/a", ingress=(ANY_RULE,)), to_block("10.0.0.0/8")]
    assert compare(old, new).regions == compare(old, new).regions


def test_namespaces_with_known_labels_bound_any_pods() -> None:
    """A namespace selector that no namespace of the input meets changes nothing there."""
    rule = PolicyRule((PodPeer(selector(team="b"), None),), ())
    cluster = Cluster((namespace("x", team="a"), Namespace("y", ((NAME_LABEL, "y"),), True)))
    old, new = [policy("x/in")], [policy("x/in", ingress=(rule,))]
    for world, relation in (
        (World.ANY_CLUSTER, Relation.WIDER),
        (World.ANY_PODS, Relation.EQUIVALENT),
    ):
        options = CompareOptions(world)
        assert check(old, new, cluster, options, random.Random(2)).relation is relation
