"""The law of the typed decoder on objects of every kind of the examples, changed at random."""

from __future__ import annotations

import copy
import json
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from tests.profiles import examples
from tests.typed_checks import assert_alike, is_typed, read

from netproof_specs.decoding import Decoding
from netproof_specs.documents.located import Manifest
from netproof_specs.loading import LoadOptions
from netproof_specs.readers.misspelt import WORKLOAD_SPEC, _is_near
from netproof_specs.typed import workload_forms as forms
from netproof_specs.typed.kinds import TYPED

ROOT = Path(__file__).parents[1]
KINDS = sorted(row.kind for row in TYPED.values())
ODD = st.sampled_from(
    [
        *(None, "", "a", "-", "A_", "x" * 64, 0, 1, -1, 80, 65536, 2**31, 1.0, 1.5, True, False),
        *([], {}, [None], [{}], {"a": None}, {"a": "b"}, {"a": 1}, ["a"], "10.0.0.1/8", "::/0"),
        *("TCP", "tcp", "Ingress", "In", "http", "80", "2026-01-01", "v1", "Pod", "Job"),
    ]
)
NAMES = st.sampled_from(
    [
        *("name", "namespace", "labels", "a", "podSelector", "matchLabels", "matchExpressions"),
        *("ports", "port", "endPort", "protocol", "from", "to", "template", "spec", "replicas"),
        *("hostNetworks", "Spec", "parallelism", "values", "status", "items", "except", "cidr"),
        *("nodeName", "generateName", "annotations", "ownerReferences", "kind", "apiVersion"),
    ]
)


_POD = {
    "metadata": {"creationTimestamp": None, "labels": {"app": "a", "pod-template-hash": "1"}},
    "spec": {
        "containers": [{"name": "c", "ports": [{"containerPort": 80, "name": "http"}]}],
        "initContainers": [{"name": "i", "ports": [{"containerPort": 81}]}],
        "serviceAccountName": "s",
        "hostNetwork": True,
        "terminationGracePeriodSeconds": 30,
    },
}
_DONE = [{"type": "Ready", "status": "True"}, {"type": "Complete", "status": "True"}]
_OWNERS = {"ownerReferences": [{"kind": "Deployment", "name": "d", "controller": True}]}


def running(
    kind: str, version: str, spec: dict[str, Any], metadata: Any = None, status: Any = None
) -> dict[str, Any]:
    named = {"name": kind.lower(), "namespace": "x", "labels": {"a": "b"}, **(metadata or {})}
    found = {"apiVersion": version, "kind": kind, "metadata": named, "spec": spec}
    return found if status is None else {**found, "status": status}


WORKLOADS = [
    running("Deployment", "apps/v1", {"replicas": 0, "selector": {}, "template": _POD}),
    running("Deployment", "apps/v1", {"replicas": None, "strategy": {}, "template": {}}),
    running("ReplicaSet", "apps/v1", {"replicas": 3, "template": _POD}, _OWNERS),
    running(
        "StatefulSet",
        "apps/v1",
        {"serviceName": "s", "template": _POD, "volumeClaimTemplates": [{"spec": {}}]},
        status={"replicas": 1, "collisionCount": 0},
    ),
    running("DaemonSet", "apps/v1", {"template": {"metadata": None, "spec": None}}),
    running("Job", "batch/v1", {"parallelism": 2, "template": _POD}, status={"active": 1}),
    running("Job", "batch/v1", {"parallelism": 0, "template": _POD}, status={"conditions": _DONE}),
    running("Job", "batch/v1", {"manualSelector": True, "template": _POD}),
    running(
        "CronJob",
        "batch/v1",
        {
            "schedule": "* * * * *",
            "jobTemplate": {"metadata": {}, "spec": {"parallelism": 3, "template": _POD}},
        },
        status={"lastScheduleTime": "2026-01-01T00:00:00Z"},
    ),
    running("ReplicationController", "v1", {"replicas": 1, "template": _POD}),
]


@cache
def seeds() -> list[dict[str, Any]]:
    """Objects of the kinds with a typed form: of all examples, each once, and those above."""
    found = {json.dumps(one): None for one in WORKLOADS}
    for path in sorted((ROOT / "examples").rglob("*.yaml")):
        for item in _objects(path):
            found[json.dumps(item, default=str)] = None
    return [json.loads(text) for text in found]


def _objects(path: Path) -> list[dict[str, Any]]:
    try:
        documents = list(yaml.safe_load_all(path.read_bytes()))
    except yaml.YAMLError:
        # Some examples are to show what is told of a mistake, or are templates of a chart.
        return []
    return [item for document in documents for item in _items(document)]


def _items(document: Any) -> list[dict[str, Any]]:
    if not isinstance(document, dict):
        return []
    items = document.get("items") or [document]
    return [one for one in items if isinstance(one, dict) and one.get("kind") in KINDS]


def test_every_kind_is_among_them() -> None:
    assert {one["kind"] for one in seeds()} == {*KINDS}


@pytest.mark.parametrize("number", range(len(WORKLOADS)))
def test_workloads_are_accepted(number: int) -> None:
    text = json.dumps({"apiVersion": "v1", "kind": "List", "items": [WORKLOADS[number]]}).encode()
    assert is_typed(read(text))
    assert_alike({"f.json": text})


@pytest.mark.parametrize("listed", [False, True])
@pytest.mark.parametrize("number", range(len(WORKLOADS)))
def test_workloads_in_yaml_are_accepted(number: int, listed: bool) -> None:
    """Also those whose owner, of another kind, stands first in their text."""
    owned = {**_OWNERS, "name": "first", "namespace": "x"}
    items: Any = [{**WORKLOADS[number], "metadata": owned}, WORKLOADS[number]]
    # What is written once only has no anchors.
    items = json.loads(json.dumps([*items, again(items[0], 1)]))
    if listed:
        whole = {"apiVersion": "v1", "kind": "List", "items": items}
        text = yaml.safe_dump(whole, sort_keys=False, default_flow_style=False).encode()
    else:
        text = yaml.safe_dump_all(items, default_flow_style=False).encode()
    assert is_typed(read(text, "f.yaml"))
    assert_alike({"f.yaml": text})


BRACKETS = "containers:\n  - args: [a, 'b:\n      c',\n      d]\n    name: NAME\n"


def test_brackets_that_all_texts_share_are_no_hindrance() -> None:
    head = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: NAME\n  namespace: x\nspec:\n  "
    texts = [f"{head}{BRACKETS}".replace("NAME", name) for name in ("a", "b", "c", "d: e]", "]")]
    for first in (0, 3):
        text = "---\n".join(texts[first:]).encode()
        assert_alike({"f.yaml": text})
    assert is_typed(read("---\n".join(texts[:3]).encode(), "f.yaml"))
    for other in ("d: e]", "- d]", "'d': 'e']", "d", "d: e", "]: d"):
        text = "---\n".join(one.replace("d]", other) for one in texts[:3]).encode()
        assert_alike({"f.yaml": text})


LEFT = {
    "no template": running("Deployment", "apps/v1", {"replicas": 1}),
    "no spec": {k: v for k, v in WORKLOADS[0].items() if k != "spec"},
    "another version": {**WORKLOADS[0], "apiVersion": "batch/v1"},
    "an old version": {**WORKLOADS[0], "apiVersion": "extensions/v1beta1"},
    "fewer than none": running("Deployment", "apps/v1", {"replicas": -1, "template": _POD}),
    "very many": running("Deployment", "apps/v1", {"replicas": 2**31, "template": _POD}),
    "replicas in words": running("Deployment", "apps/v1", {"replicas": "1", "template": _POD}),
    "half a replica": running("Deployment", "apps/v1", {"replicas": 1.5, "template": _POD}),
    "a near miss": running("Deployment", "apps/v1", {"replica": 1, "template": _POD}),
    "a field of the template": running("Deployment", "apps/v1", {"template": {"specs": {}}}),
    "a label of the template": running(
        "Deployment", "apps/v1", {"template": {"metadata": {"labels": {"a": None}}}}
    ),
    "a field beside the labels": running(
        "Deployment", "apps/v1", {"template": {"metadata": {"Labels": {"a": "b"}}}}
    ),
    "no namespace": running("Deployment", "apps/v1", {"template": _POD}, {"namespace": None}),
    "a name of the server's": running(
        "Job", "batch/v1", {"template": _POD}, {"name": None, "generateName": "j-"}
    ),
    "conditions in a mapping": running(
        "Job", "batch/v1", {"template": _POD}, status={"conditions": {}}
    ),
    "a selector by hand in words": running(
        "Job", "batch/v1", {"manualSelector": "true", "template": _POD}
    ),
    "a template of no job": running("CronJob", "batch/v1", {"jobTemplate": {"spec": {}}}),
}


@pytest.mark.parametrize("name", LEFT)
def test_left_to_the_readers(name: str) -> None:
    for items in ([LEFT[name]], [WORKLOADS[2], LEFT[name], WORKLOADS[4]]):
        listed = {"apiVersion": "v1", "kind": "List", "items": items}
        found = read(json.dumps(listed).encode()).objects
        typed = [one for one in found if not isinstance(one.source, Manifest)]
        assert len(typed) == len(items) - 1
        assert_alike({"f.json": json.dumps(listed).encode()})


@pytest.mark.parametrize("form", [forms.WorkloadSpec, forms.CronJobSpec])
def test_no_field_of_a_form_looks_misspelt(form: type[msgspec.Struct]) -> None:
    names = {one.encode_name for one in msgspec.structs.fields(form)}
    assert not [name for name in names if _is_near(name, WORKLOAD_SPEC)]


def paths(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """The paths to all parts of a value below its root."""
    steps = value.items() if isinstance(value, dict) else ()
    if isinstance(value, list):
        steps = enumerate(value)  # type: ignore[assignment]
    return [deep for step, inner in steps for deep in ((*path, step), *paths(inner, (*path, step)))]


@st.composite
def changed(draw: st.DrawFn) -> dict[str, Any]:
    """An object of an example with a few parts changed."""
    found: dict[str, Any] = copy.deepcopy(draw(st.sampled_from(seeds())))
    for _ in range(draw(st.integers(0, 2))):
        *way, last = draw(st.sampled_from(paths(found)))
        holder: Any = found
        for step in way:
            holder = holder[step]
        match draw(st.sampled_from(["put", "drop", "add", "double"])):
            case "put":
                holder[last] = copy.deepcopy(draw(ODD))
            case "drop":
                del holder[last]
            case "add" if isinstance(holder, dict):
                holder[draw(NAMES)] = copy.deepcopy(draw(ODD))
            case _ if isinstance(holder, list):
                holder.append(copy.deepcopy(holder[last]))
        if not found:
            break
    return found


def again(item: dict[str, Any], number: int) -> dict[str, Any]:
    """The same object under another name, in whose text nothing else differs."""
    metadata = item.get("metadata")
    if not isinstance(metadata, dict) or not isinstance(metadata.get("name"), str):
        return item
    return {**item, "metadata": {**metadata, "name": f"n{number}"}}


@examples(200, 3000)
@given(st.lists(changed(), min_size=1, max_size=3), st.sampled_from(Decoding))
def test_the_law_for_changed_examples(items: list[dict[str, Any]], decoding: Decoding) -> None:
    options = LoadOptions(decoding=decoding)
    items = [*items, *(again(one, number) for number, one in enumerate(items))]
    listed = {"apiVersion": "v1", "kind": "List", "items": items}
    assert_alike({"f.json": json.dumps(listed).encode()}, options)
    assert_alike({"f.yaml": yaml.safe_dump_all(items, sort_keys=False).encode()}, options)
    assert_alike({"f.yaml": yaml.safe_dump(listed, sort_keys=False).encode()}, options)


@pytest.mark.parametrize("kind", KINDS)
def test_the_law_for_each_odd_value_at_each_place(kind: str) -> None:
    """One object of the kind, with a few values in each place of it."""
    one = max((one for one in seeds() if one["kind"] == kind), key=lambda one: len(paths(one)))
    for value in (None, "-", 1, [], {}):
        for *way, last in paths(one)[:60]:
            made = copy.deepcopy(one)
            holder: Any = made
            for step in way:
                holder = holder[step]
            holder[last] = value
            listed = {"apiVersion": "v1", "kind": "List", "items": [made]}
            assert_alike({"f.json": json.dumps(listed).encode()})
