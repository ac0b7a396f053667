"""What is made from the state before is what is made from nothing: loads, and atlases."""

from __future__ import annotations

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tests.profiles import examples
from tests.test_workspace import FILES, SPECS, Texts, pods, policy

import netproof
from netproof import Workspace
from netproof_encodings.meaning.claims import groups_of
from netproof_encodings.parts.atlas import atlas_of
from netproof_encodings.parts.atlases import Atlases
from netproof_specs.documents.located import Manifest
from netproof_specs.loading import Loaded, load_texts
from netproof_specs.problems import InputError

ADMIN = """\
apiVersion: policy.networking.k8s.io/v1alpha1
kind: AdminNetworkPolicy
metadata: {name: admin}
spec:
  priority: 5
  subject: {namespaces: {}}
  ingress:
    - action: Deny
      from: [{namespaces: {matchLabels: {team: red}}}]
"""
CALICO = """\
apiVersion: projectcalico.org/v3
kind: GlobalNetworkPolicy
metadata: {name: all}
spec: {selector: all(), types: [Ingress]}
"""
SERVICE = "apiVersion: v1\nkind: Service\nmetadata: {name: s, namespace: a}\n"
UNNAMED = policy("a", "here", "{podSelector: {}}").replace(", namespace: a", "")
LISTED = json.dumps(
    {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": "json", "namespace": "b"},
        "spec": {"podSelector": {}, "policyTypes": ["Egress"]},
    }
)
TEXTS = [
    *(policy(space, name, one) for space in "abd" for name in ("x", "w") for one in SPECS[:3]),
    *(policy("a", "z", one) for one in SPECS),
    policy("a", "x", SPECS[0]) + "---\n" + policy("b", "x", SPECS[1]),
    policy("c", "x", SPECS[0]) + "---\n" + SERVICE,
    *(ADMIN, CALICO, SERVICE, UNNAMED, LISTED, "# nothing\n---\n"),
    pods("d", "web"),
    pods("b", "more"),
    "kind: [",
]
EDITS = st.lists(
    st.tuples(
        st.sampled_from(["1.yaml", "2.yaml", "3.yaml", "pods-c.yaml", "spaces.yaml"]),
        st.one_of(st.none(), st.sampled_from(TEXTS)),
    ),
    min_size=1,
    max_size=8,
)
GROUPS = [
    group.endpoints
    for one in netproof.claims(["ns(team=red) cannot reach pods(app=db) in ns:b"])
    for group in groups_of(one.claim)  # type: ignore[arg-type]
]


def told(loaded: Loaded) -> list[object]:
    """All that a load says."""
    documents = loaded.documents
    return [
        loaded.cluster,
        loaded.sources,
        loaded.skipped,
        loaded.notes,
        loaded.dormant,
        loaded.unknown_kinds,
        loaded.unread,
        list(documents.texts.items()),
        list(documents.json_texts),
        [_object(one.manifest) for one in documents.policies],
        [netproof.resolve(one.where, loaded) for one in loaded.cluster.policies if one.where],
    ]


def _object(one: Manifest) -> object:
    return one.value, one.base, one.locate(("spec", "podSelector"))


@examples(60, 600)
@given(EDITS)
@example([("1.yaml", LISTED), ("1.yaml", TEXTS[0]), ("1.yaml", LISTED)])
def test_the_laws(edits: list[tuple[str, str | None]]) -> None:
    """Where all files are right, a workspace has what a load of them all has."""
    texts: Texts = dict(FILES)
    workspace, atlases = Workspace(), Atlases()
    workspace.update(texts)
    for name, text in edits:
        texts.pop(name, None)
        texts |= {} if text is None else {name: text}
        update = workspace.update({name: text})
        try:
            fresh = load_texts({one: texts[one] for one in sorted(texts)})
        except InputError:
            assert update.problems
        else:
            assert not update.problems
            assert told(workspace.loaded) == told(fresh)
        cluster = workspace.loaded.cluster
        assert atlases.of(cluster, GROUPS) == atlas_of(cluster, GROUPS)


def test_a_change_of_a_policy_keeps_what_it_does_not_touch() -> None:
    """The pods are the same objects, so that nothing that rests on them is made again."""
    workspace, atlases = Workspace(), Atlases()
    workspace.update({**FILES, "a.yaml": policy("a", "x", SPECS[0])})
    before = workspace.loaded.cluster
    first = atlases.of(before, GROUPS)
    workspace.update({"a.yaml": policy("a", "x", SPECS[1]), "b.json": LISTED})
    now = workspace.loaded.cluster
    assert now.workloads is before.workloads
    assert [one.title for one in now.policies] == ["a/x", "b/json"]
    assert atlases.of(now, GROUPS).pods is first.pods


@pytest.mark.parametrize("text", [policy("d", "x", SPECS[0]), ADMIN, CALICO, UNNAMED, SERVICE])
def test_other_changes_put_all_files_together(text: str) -> None:
    workspace = Workspace()
    workspace.update(FILES)
    before = workspace.loaded.cluster
    workspace.update({"a.yaml": text})
    assert workspace.loaded.cluster.workloads is not before.workloads


def test_an_object_that_stands_twice_stays_where_one_of_the_two_goes() -> None:
    text = policy("a", "x", SPECS[0])
    workspace = Workspace()
    workspace.update({**FILES, "1.yaml": text, "2.yaml": text})
    workspace.update({"1.yaml": policy("a", "w", SPECS[0])})
    titles = [one.title for one in workspace.loaded.cluster.policies]
    assert titles == ["a/w", "a/x"]
    assert workspace.loaded.notes == ()
