"""The two sides of a comparison: where they come from, and the cluster that they share."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from netproof.comparison.versions import load_versions, shared_cluster
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


CONFLICTS = {
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
    assert "any-cluster" in str(problem)


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
