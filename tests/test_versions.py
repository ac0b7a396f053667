"""The two sides of a comparison: where they come from, and the cluster that they share."""

from __future__ import annotations

import io
from itertools import permutations
from pathlib import Path

import pytest

from netproof import CompareOptions, compare
from netproof.comparison.versions import load_versions, shared_cluster
from netproof.comparisons import Relation
from netproof.verifying.undeclared import UNDECLARED_ACCOUNT
from netproof_specs.loading import Loaded, LoadOptions, load_texts
from netproof_specs.problems import InputError
from netproof_specs.worlds import World

NAMESPACE = "{apiVersion: v1, kind: Namespace, metadata: {name: NAME, labels: LABELS}}"
POD = (
    "{apiVersion: v1, kind: Pod, metadata: {name: NAME, namespace: shop, labels: LABELS}, "
    "spec: {containers: [{name: c}]}}"
)
POLICY = (
    "{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, "
    "metadata: {name: NAME, namespace: shop}, spec: {podSelector: {}}}"
)


def given(form: str, name: str, labels: str = "{}") -> str:
    """One object."""
    return form.replace("NAME", name).replace("LABELS", labels)


def side(*objects: str) -> Loaded:
    """A side of these objects."""
    return load_texts({"side.yaml": "\n---\n".join(objects)})


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with two sides and a context."""
    monkeypatch.chdir(tmp_path)
    for name, text in (
        ("old.yaml", given(POLICY, "old")),
        ("new.yaml", given(POLICY, "new")),
        ("shared.yaml", given(NAMESPACE, "shop", "{team: a}")),
        ("broken.yaml", "kind: NetworkPolicy"),
        ("calico.yaml", "{apiVersion: projectcalico.org/v4, kind: NetworkPolicy, "
         "metadata: {name: a, namespace: shop}, spec: {selector: all()}}"),
    ):  # fmt: skip
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def names(loaded: Loaded) -> list[str]:
    """The policies' names."""
    return [one.name for one in loaded.cluster.policies]


@pytest.mark.usefixtures("folder")
def test_each_side_with_the_context() -> None:
    old, new = load_versions(("old.yaml", "new.yaml"), ["shared.yaml"], LoadOptions())
    assert (names(old), names(new)) == (["old"], ["new"])
    for one in (old, new):
        (space,) = one.cluster.namespaces
        assert space.declared
        assert dict(space.labels)["team"] == "a"
        assert len(one.sources) == 2


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("place", [0, 1])
def test_standard_input_as_a_side(place: int) -> None:
    stdin = io.BytesIO(given(POLICY, "piped").encode())
    sides = ["old.yaml", "new.yaml"]
    sides[place] = "-"
    found = load_versions((sides[0], sides[1]), [], LoadOptions(), stdin)
    assert names(found[place]) == ["piped"]


@pytest.mark.usefixtures("folder")
def test_standard_input_as_the_context() -> None:
    stdin = io.BytesIO(given(NAMESPACE, "shop", "{team: b}").encode())
    for one in load_versions(("old.yaml", "new.yaml"), ["-"], LoadOptions(), stdin):
        assert dict(one.cluster.namespaces[0].labels)["team"] == "b"


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("sides", [("-", "-", []), ("-", "new.yaml", ["-"])])
def test_standard_input_once_only(sides: tuple[str, str, list[str]]) -> None:
    with pytest.raises(InputError, match="only once"):
        load_versions(sides[:2], sides[2], LoadOptions(), io.BytesIO(b""))


@pytest.mark.usefixtures("folder")
def test_problems_of_both_sides_at_once() -> None:
    with pytest.raises(InputError) as caught:
        load_versions(("broken.yaml", "calico.yaml"), [], LoadOptions())
    text = str(caught.value)
    assert "broken.yaml" in text
    assert "calico.yaml" in text


@pytest.mark.usefixtures("folder")
def test_a_problem_of_the_context_is_told_once() -> None:
    with pytest.raises(InputError) as caught:
        load_versions(("old.yaml", "new.yaml"), ["broken.yaml"], LoadOptions())
    assert len(caught.value.problems) == len(set(caught.value.problems))
    with pytest.raises(InputError, match=r"nowhere\.yaml"):
        load_versions(("old.yaml", "new.yaml"), ["nowhere.yaml"], LoadOptions())


def test_a_namespace_is_as_the_side_that_declares_it_says() -> None:
    declaring = side(given(NAMESPACE, "shop", "{team: a}"), given(POLICY, "p"))
    for old, new in ((declaring, side(given(POLICY, "q"))), (side(given(POLICY, "q")), declaring)):
        for world in World:
            (space,) = shared_cluster(old, new, world).namespaces
            assert space.declared
            assert dict(space.labels)["team"] == "a"


def test_namespaces_and_pods_of_both_sides_without_policies() -> None:
    old = side(given(NAMESPACE, "b"), given(POD, "web"), given(POLICY, "p"))
    new = side(given(NAMESPACE, "a"), given(POD, "db"), given(POLICY, "p"))
    found = shared_cluster(old, new, World.SNAPSHOT)
    assert [one.name for one in found.namespaces] == ["a", "b", "shop"]
    assert [one.name for one in found.workloads] == ["db", "web"]
    assert found.policies == ()


def test_what_both_sides_state_alike_is_one() -> None:
    old = side(given(NAMESPACE, "shop", "{team: a}"), given(POD, "web", "{app: a}"))
    new = side(given(POD, "web", "{app: a}"), given(NAMESPACE, "shop", "{team: a}"))
    for world in World:
        found = shared_cluster(old, new, world)
        assert (len(found.namespaces), len(found.workloads)) == (1, 1)


HOST = (
    "{apiVersion: projectcalico.org/v3, kind: HostEndpoint, "
    "metadata: {name: NAME, labels: LABELS}, spec: {node: n1, interfaceName: '*'}}"
)
CONFLICTS = {
    "host": (HOST, "h1", {*World}),
    "namespace": (NAMESPACE, "shop", {World.SNAPSHOT, World.ANY_PODS}),
    "pod": (POD, "web", {World.SNAPSHOT}),
}


@pytest.mark.parametrize("what", CONFLICTS)
@pytest.mark.parametrize("world", World, ids=lambda world: world.value)
def test_sides_that_differ_in_what_the_world_holds(what: str, world: World) -> None:
    form, name, matters = CONFLICTS[what]
    old, new = (side(given(form, name, labels)) for labels in ("{app: a}", "{app: b}"))
    if world not in matters:
        shared_cluster(old, new, world)
        return
    with pytest.raises(InputError) as caught:
        shared_cluster(old, new, world)
    (problem,) = caught.value.problems
    assert problem.code == "sides-differ"
    assert "side.yaml:1" in str(problem)
    # That world is named where it makes a difference.
    assert ("any-cluster" in str(problem)) is (World.ANY_CLUSTER not in matters)


def test_every_conflict_is_told() -> None:
    old, new = (
        side(given(NAMESPACE, "shop", labels), given(POD, "web", labels), given(POD, "db", labels))
        for labels in ("{app: a}", "{app: b}")
    )
    with pytest.raises(InputError) as caught:
        shared_cluster(old, new, World.SNAPSHOT)
    assert len(caught.value.problems) == 3
    with pytest.raises(InputError) as caught:
        shared_cluster(old, new, World.ANY_PODS)
    assert len(caught.value.problems) == 1


BY_ACCOUNT = """
apiVersion: projectcalico.org/v3
kind: GlobalNetworkPolicy
metadata: {name: g}
spec:
  selector: app == 'db'
  ingress: [{action: Allow, source: %s}]
---
"""
OPS = BY_ACCOUNT % "{serviceAccounts: {selector: role == 'ops'}}"
TEAM_A = BY_ACCOUNT % "{namespaceSelector: team == 'a', selector: kind == 'set'}"
NOBODY = BY_ACCOUNT % "{selector: app == 'nobody'}"
PODS = """
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop}
spec: {serviceAccountName: web, containers: [{name: c}]}
---
apiVersion: v1
kind: Pod
metadata: {name: db, namespace: shop, labels: {app: db}}
spec: {containers: [{name: c}]}
---
"""
ACCOUNT = """
apiVersion: v1
kind: ServiceAccount
metadata: {name: web, namespace: shop, labels: {role: ops}}
---
"""
SPACE = "{apiVersion: v1, kind: Namespace, metadata: {name: shop, labels: {team: a}}}\n---\n"
SET = """
apiVersion: projectcalico.org/v3
kind: NetworkSet
metadata: {name: s, namespace: shop, labels: {kind: set}}
spec: {nets: [192.0.2.0/24]}
---
"""


@pytest.mark.parametrize(
    ("old", "new", "relation"),
    [
        (OPS + PODS, NOBODY + ACCOUNT, Relation.NARROWER),
        (OPS + PODS + ACCOUNT, NOBODY, Relation.NARROWER),
        (NOBODY + PODS + ACCOUNT, OPS + PODS, Relation.WIDER),
        (TEAM_A + PODS + SPACE, TEAM_A + SET, Relation.WIDER),
        (TEAM_A + PODS + SET, TEAM_A + SPACE, Relation.NARROWER),
    ],
)
def test_what_objects_lend_counts_whichever_side_has_them(
    old: str, new: str, relation: Relation
) -> None:
    """Labels of service accounts (D.15), and of the namespaces of network sets (D.34)."""
    sides = (load_texts({"a.yaml": text}) for text in (old, new))
    report = compare(*sides, CompareOptions(World.SNAPSHOT))
    assert report.comparison.relation is relation


def test_nothing_is_said_of_an_account_that_the_other_side_declares() -> None:
    other = ACCOUNT.replace("name: web", "name: default")
    sides = (load_texts({"a.yaml": text}) for text in (OPS + PODS, NOBODY + ACCOUNT + other))
    report = compare(*sides, CompareOptions(World.SNAPSHOT))
    notes = {one.code for one in (*report.old.notes, *report.new.notes)}
    assert UNDECLARED_ACCOUNT not in notes


def test_a_node_of_either_side_lends_its_addresses() -> None:
    """To pods on its network whose status gives none (A.45)."""
    pod = (
        "apiVersion: v1\nkind: Pod\nmetadata: {name: proxy, namespace: shop}\n"
        "spec: {hostNetwork: true, nodeName: n1, containers: [{name: c}]}\n"
    )
    node = (
        "apiVersion: v1\nkind: Node\nmetadata: {name: n1}\n"
        "status: {addresses: [{type: InternalIP, address: 192.0.2.7}]}\n"
    )
    loads = [load_texts({"a.yaml": text}) for text in (pod, node, pod + "---\n" + node)]
    for old, new in permutations(loads, 2):
        (found,) = shared_cluster(old, new, World.SNAPSHOT).workloads
        assert found.addresses == ("192.0.2.7",)


NODE = (
    "{apiVersion: v1, kind: Node, metadata: {name: NAME, labels: {zone: ZONE}}, "
    "status: {addresses: [{type: InternalIP, address: ADDRESS}]}}"
)
TO_ZONE_A = (
    "{apiVersion: policy.networking.k8s.io/v1alpha2, kind: ClusterNetworkPolicy, "
    "metadata: {name: away}, spec: {tier: Admin, priority: 1, subject: {namespaces: {}}, "
    "egress: [{action: Deny, to: [{nodes: {matchLabels: {zone: a}}}]}]}}"
)


def of_nodes(*nodes: tuple[str, str, str], policy: str = TO_ZONE_A) -> Loaded:
    """The load of the policy and of nodes of these names, zones and addresses."""
    written = (
        NODE.replace("NAME", name).replace("ZONE", zone).replace("ADDRESS", address)
        for name, zone, address in nodes
    )
    return load_texts({"side.yaml": "\n---\n".join((policy, given(POD, "web"), *written))})


@pytest.mark.parametrize("world", World)
def test_nodes_of_either_side_count(world: World) -> None:
    """A node that one dump has and the other does not is no change of policies (C.17)."""
    old = of_nodes(("n1", "a", "192.0.2.7"))
    new = of_nodes(("n1", "a", "192.0.2.7"), ("n2", "a", "192.0.2.8"))
    assert compare(old, new, CompareOptions(world)).comparison.relation is Relation.EQUIVALENT
    none = of_nodes(("n3", "a", "192.0.2.9"), policy=given(NAMESPACE, "other"))
    report = compare(new, none, CompareOptions(world))
    assert report.comparison.relation is Relation.WIDER


@pytest.mark.parametrize("world", World)
@pytest.mark.parametrize("other", [("n1", "b", "192.0.2.7"), ("n1", "a", "192.0.2.8")])
def test_a_node_that_sides_state_differently(other: tuple[str, str, str], world: World) -> None:
    """An error in every world where a policy asks for nodes, and nothing where none does."""
    sides = (("n1", "a", "192.0.2.7"), other)
    with pytest.raises(InputError) as caught:
        compare(*(of_nodes(one) for one in sides), CompareOptions(world))
    (problem,) = caught.value.problems
    assert problem.code == "sides-differ"
    assert "any-cluster" not in problem.suggestion
    unread = (of_nodes(one, policy=given(NAMESPACE, "other")) for one in sides)
    assert compare(*unread, CompareOptions(world)).comparison.relation is Relation.EQUIVALENT
