"""The law of the typed decoder on objects of every kind of the examples, changed at random."""

from __future__ import annotations

import copy
import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from tests.profiles import examples
from tests.typed_checks import assert_alike

from netproof_specs.decoding import Decoding
from netproof_specs.loading import LoadOptions
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


@cache
def seeds() -> list[dict[str, Any]]:
    """The objects of all examples that are of a kind with a typed form, each text once."""
    found = {}
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


def test_the_examples_have_most_kinds() -> None:
    assert {"NetworkPolicy", "Namespace", "Pod"} <= {one["kind"] for one in seeds()}


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
                holder[last] = draw(ODD)
            case "drop":
                del holder[last]
            case "add" if isinstance(holder, dict):
                holder[draw(NAMES)] = draw(ODD)
            case _ if isinstance(holder, list):
                holder.append(copy.deepcopy(holder[last]))
        if not found:
            break
    return found


@examples(200, 3000)
@given(st.lists(changed(), min_size=1, max_size=3), st.sampled_from(Decoding))
def test_the_law_for_changed_examples(items: list[dict[str, Any]], decoding: Decoding) -> None:
    options = LoadOptions(decoding=decoding)
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
