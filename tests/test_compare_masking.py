"""What one direction changes the other may hide; what it hides everywhere is no difference."""

from __future__ import annotations

import random

import pytest
from tests.build import namespace, policy, policy_port, selector
from tests.compare_checks import unequal

from netproof.comparison.policies import CompareOptions, compare
from netproof.comparisons import Relation
from netproof.parallel import FEW
from netproof_encodings.differences.obligations import difference_stage
from netproof_encodings.differences.slices import slices_of, versions_of
from netproof_specs.model.cluster import Cluster, Workload
from netproof_specs.model.connections import PodEndpoint
from netproof_specs.model.labels import LabelSelector, Operator, Requirement
from netproof_specs.model.network_policy import BlockPeer, NetworkPolicy, PodPeer, PolicyRule
from netproof_specs.model.traffic import Direction
from netproof_specs.worlds import World

EGRESS = (Direction.EGRESS,)
INGRESS = (Direction.INGRESS,)
CLUSTER = Cluster(
    tuple(map(namespace, ("x", "y", "z"))),
    tuple(
        Workload("Pod", space, name, (("app", name),))
        for space in ("x", "y", "z")
        for name in ("web", "db")
    ),
)
WORLDS = pytest.mark.parametrize("world", World, ids=lambda world: world.value)


def opening(space: str) -> list[NetworkPolicy]:
    """Ingress of the namespace's databases from its own web pods, on one port."""
    web = PolicyRule((PodPeer(None, selector(app="web")),), (policy_port("TCP/5432"),))
    return [policy(f"{space}/db-in", selector(app="db"), INGRESS, (web,))]


def closed(space: str) -> list[NetworkPolicy]:
    """The same databases, with ingress from nowhere."""
    return [policy(f"{space}/db-in", selector(app="db"), INGRESS)]


def silent(space: str) -> NetworkPolicy:
    """No pod of the namespace opens a connection to any pod."""
    outside = PolicyRule((BlockPeer("198.51.100.0/24"),), ())
    return policy(f"{space}/silent", types=EGRESS, egress=(outside,))


@WORLDS
def test_a_change_that_egress_hides_everywhere_is_none(world: World) -> None:
    old, new = [*closed("x"), silent("x")], [*opening("x"), silent("x")]
    assert slices_of(versions_of(old, new)), "the direction by itself does change"
    found = compare(old, new, CLUSTER, CompareOptions(world))
    assert found.relation is Relation.EQUIVALENT
    assert found.regions_complete


@WORLDS
def test_the_same_change_is_found_where_nothing_hides_it(world: World) -> None:
    old = [*closed("x"), *closed("y"), silent("x")]
    new = [*opening("x"), *opening("y"), silent("x")]
    found = compare(old, new, CLUSTER, CompareOptions(world))
    assert found.relation is Relation.WIDER
    assert unequal(old, new, CLUSTER, found) == []
    (example,) = found.counterexamples
    for end in (example.connection.source, example.connection.destination):
        assert isinstance(end, PodEndpoint)
        assert end.namespace.name == "y"


@WORLDS
def test_a_mask_with_a_gap(world: World) -> None:
    """Egress hides the change from all but some pods; the region says from which."""
    gap = LabelSelector((Requirement("app", Operator.NOT_IN, ("web",)),))
    mask = policy("x/silent", gap, EGRESS)
    old, new = [*closed("x"), mask], [*opening("x"), mask]
    found = compare(old, new, CLUSTER, CompareOptions(world))
    assert found.relation is Relation.WIDER
    assert unequal(old, new, CLUSTER, found) == []


@WORLDS
def test_changes_that_hide_each_other(world: World) -> None:
    """Both directions close at once what either would close alone."""
    in_, out = policy("x/in", types=INGRESS), policy("x/out", types=EGRESS)
    found = compare([in_], [out], CLUSTER, CompareOptions(world))
    assert found.relation is Relation.INCOMPARABLE
    both = compare([in_, out], [out], CLUSTER, CompareOptions(world))
    assert both.relation is Relation.WIDER
    assert all(region.change.value == "added" for region in both.regions)
    assert unequal([in_, out], [out], CLUSTER, both) == []


@WORLDS
def test_what_is_alike_elsewhere_still_hides(world: World) -> None:
    """The policies that both sides have alike are part of the full question."""
    db = policy("z/db", selector(app="db"), INGRESS)
    web = policy("x/out", types=EGRESS)
    opened = policy(
        "x/out", types=EGRESS, egress=(PolicyRule((PodPeer(selector(), selector(app="db")),), ()),)
    )
    found = compare([web, db], [opened, db], CLUSTER, CompareOptions(world))
    assert found.relation is Relation.WIDER
    assert unequal([web, db], [opened, db], CLUSTER, found) == []
    only_z = policy(
        "x/out",
        types=EGRESS,
        egress=(PolicyRule((PodPeer(selector(**{NAME: "z"}), selector(app="db")),), ()),),
    )
    hidden = compare([web, db], [only_z, db], CLUSTER, CompareOptions(world))
    assert hidden.relation is Relation.EQUIVALENT


NAME = "kubernetes.io/metadata.name"


def test_only_what_differs_reaches_the_solver() -> None:
    """A namespace whose policies are alike is no slice, and its egress is left out."""
    old = [*closed("x"), *(policy(f"n{number}/out", types=EGRESS) for number in range(5))]
    new = [*opening("x"), *old[1:]]
    sides = versions_of(old, new)
    (one,) = slices_of(sides)
    assert (one.namespace, one.direction) == ("x", Direction.INGRESS)
    text = difference_stage(Cluster(), sides, [one], World.ANY_CLUSTER).stage.text
    assert "egress.0.applies" not in text, "what changes stays in the namespace"
    assert "egress.5.applies" not in text
    anywhere = PodPeer(selector(), selector(app="web"))
    wider = policy("x/db-in", selector(app="db"), INGRESS, (PolicyRule((anywhere,), ()),))
    sides = versions_of(old, [wider, *old[1:]])
    text = difference_stage(Cluster(), sides, slices_of(sides), World.ANY_CLUSTER).stage.text
    assert "egress.5.applies" in text
    other = [*new[:-1], policy("n4/out", types=EGRESS, egress=(PolicyRule((), ()),))]
    sides = versions_of(new, other)
    (egress,) = slices_of(sides)
    text = difference_stage(Cluster(), sides, [egress], World.ANY_CLUSTER).stage.text
    assert "egress.1.applies" not in text
    assert "egress.5.applies" in text


def test_thirty_namespaces_of_which_one_changes() -> None:
    """More slices than are asked in one process."""
    rng = random.Random(4)
    spaces = [f"n{number}" for number in range(30)]
    web, whole = PodPeer(None, selector(app="web")), policy_port("TCP/5000-6000")
    part = PodPeer(None, selector(app="web", tier="front"))
    both = (("one", web), ("two", part))  # alike as policies add up, though not as written
    old = [
        policy(f"{space}/db", selector(app="db"), INGRESS, (PolicyRule((web,), (whole,)),))
        for space in spaces
    ]
    split = [
        policy(f"{space}/db-{name}", selector(app="db"), INGRESS, (PolicyRule((peer,), (whole,)),))
        for space in spaces
        for name, peer in both
    ]
    some = PolicyRule((), (policy_port("UDP/1"),))
    more = policy("n7/more", selector(app="db"), INGRESS, (some,))
    rng.shuffle(split)
    assert len(slices_of(versions_of(old, split))) > FEW
    assert compare(old, split).relation is Relation.EQUIVALENT
    found = compare(old, [*split, more])
    assert found.relation is Relation.WIDER
    assert found.counterexamples[0].connection.port == 1


def test_a_namespace_that_only_policies_alike_refer_to() -> None:
    """It is of the world `any-pods`, with labels that nobody declares, so it may be let in."""
    team = PolicyRule((PodPeer(selector(team="b"), None),), ())
    far = PolicyRule((PodPeer(selector(**{NAME: "far"}), None),), ())
    alike = policy("y/in", types=INGRESS, ingress=(far,))
    old, new = [policy("x/in"), alike], [policy("x/in", ingress=(team,)), alike]
    declared = Cluster((namespace("x"), namespace("y")))
    found = compare(old, new, declared, CompareOptions(World.ANY_PODS))
    assert found.relation is Relation.WIDER
    assert unequal(old, new, declared, found) == []
    source = found.counterexamples[0].connection.source
    assert isinstance(source, PodEndpoint)
    assert source.namespace.name == "far"
    without = [[one for one in side if one is not alike] for side in (old, new)]
    nobody = compare(*without, declared, CompareOptions(World.ANY_PODS))
    assert nobody.relation is Relation.EQUIVALENT
