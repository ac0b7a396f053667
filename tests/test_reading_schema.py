"""The strict decoder against a schema written from the API's field definitions.

The schema knows fields and types only, so the two must agree on exactly those mistakes.
"""

from __future__ import annotations

import copy
import json
from typing import Any

import fastjsonschema
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from tests.profiles import examples
from tests.refusals import places

from netproof_specs.loading import load_texts
from netproof_specs.problems import InputError

STRING: dict[str, Any] = {"type": ["string", "null"]}
WHOLE: dict[str, Any] = {"type": ["integer", "null"]}
ANY_LIST: dict[str, Any] = {"type": ["array", "null"]}
TEXTS: dict[str, Any] = {"type": ["object", "null"], "additionalProperties": STRING}


def record(**properties: Any) -> dict[str, Any]:
    return {
        "type": ["object", "null"],
        "properties": {name.rstrip("_"): shape for name, shape in properties.items()},
        "additionalProperties": False,
    }


def list_of(shape: dict[str, Any]) -> dict[str, Any]:
    return {"type": ["array", "null"], "items": shape}


REQUIREMENT = record(key=STRING, operator=STRING, values=list_of(STRING))
SELECTOR = record(matchLabels=TEXTS, matchExpressions=list_of(REQUIREMENT))
BLOCK = record(cidr=STRING, except_=list_of(STRING))
PEER = record(podSelector=SELECTOR, namespaceSelector=SELECTOR, ipBlock=BLOCK)
PORT = record(protocol=STRING, port={"type": ["integer", "string", "null"]}, endPort=WHOLE)
POLICY = record(
    apiVersion=STRING,
    kind=STRING,
    metadata=record(
        name=STRING,
        generateName=STRING,
        namespace=STRING,
        labels=TEXTS,
        annotations=TEXTS,
        uid=STRING,
        resourceVersion=STRING,
        generation=WHOLE,
        creationTimestamp=STRING,
        deletionTimestamp=STRING,
        deletionGracePeriodSeconds=WHOLE,
        ownerReferences=ANY_LIST,
        finalizers=ANY_LIST,
        managedFields=ANY_LIST,
        selfLink=STRING,
    ),
    spec=record(
        podSelector=SELECTOR,
        policyTypes=list_of(STRING),
        ingress=list_of(record(from_=list_of(PEER), ports=list_of(PORT))),
        egress=list_of(record(to=list_of(PEER), ports=list_of(PORT))),
    ),
    status={},
)
accepts_structure = fastjsonschema.compile(
    {"$schema": "http://json-schema.org/draft-07/schema#", **POLICY}
)
STRUCTURAL = {"unknown-field", "wrong-type"}

BASE: dict[str, Any] = {
    "apiVersion": "networking.k8s.io/v1",
    "kind": "NetworkPolicy",
    "metadata": {"name": "p", "labels": {"a": "b"}, "annotations": {"a": "b"}, "generation": 1},
    "spec": {
        "podSelector": {
            "matchLabels": {"a": "b"},
            "matchExpressions": [{"key": "a", "operator": "In", "values": ["b"]}],
        },
        "policyTypes": ["Ingress", "Egress"],
        "ingress": [
            {
                "from": [
                    {"podSelector": {}, "namespaceSelector": {"matchLabels": {"a": "b"}}},
                    {"ipBlock": {"cidr": "10.0.0.0/8", "except": ["10.1.0.0/16"]}},
                ],
                "ports": [{"protocol": "TCP", "port": 80, "endPort": 90}, {"port": "http"}],
            }
        ],
        "egress": [{"to": [{"podSelector": {}}], "ports": [{"protocol": "UDP"}]}],
    },
}
FIELDS = (
    *("name", "namespace", "labels", "podSelector", "matchLabels", "key", "values", "from", "to"),
    *("ports", "port", "ipBlock", "cidr", "except", "spec", "PodSelector", "Ports", "x"),
)
VALUES = st.one_of(
    st.sampled_from([None, True, 0, 80, -1, 1.5, "", "a", "TCP", "Ingress", [], {}, ["a"], [80]]),
    st.sampled_from([[{}], [[]], {"a": "b"}, {"a": 1}, {"port": 80}, {"podSelector": {}}, [None]]),
)


def part(value: Any, path: tuple[Any, ...]) -> Any:
    for step in path:
        value = value[step]
    return value


def mutate(data: st.DataObject, value: Any) -> None:
    """Replaces, adds, renames or removes one part below `metadata` or `spec`, in place."""
    inner = [path for path in places(value) if len(path) > 1] or [("spec",)]
    path = data.draw(st.sampled_from(inner))
    holder, step = part(value, path[:-1]), path[-1]
    match data.draw(st.sampled_from(["replace", "add", "rename", "remove"])):
        case "replace":
            holder[step] = copy.deepcopy(data.draw(VALUES))
        case "add" if isinstance(holder, dict):
            holder[data.draw(st.sampled_from(FIELDS))] = copy.deepcopy(data.draw(VALUES))
        case "rename" if isinstance(holder, dict):
            holder[data.draw(st.sampled_from(FIELDS))] = holder.pop(step)
        case _:
            del holder[step]


def structural_problems(text: str) -> list[str]:
    try:
        load_texts({"f": text})
    except InputError as error:
        return [str(problem) for problem in error.problems if problem.code in STRUCTURAL]
    return []


def schema_accepts(value: Any) -> bool:
    try:
        accepts_structure(value)
    except fastjsonschema.JsonSchemaException:
        return False
    return True


@examples(600, 6000)
@given(st.data())
def test_decoder_and_schema_refuse_the_same_structures(data: st.DataObject) -> None:
    value = copy.deepcopy(BASE)
    for _ in range(data.draw(st.integers(1, 3))):
        mutate(data, value)
    found = structural_problems(json.dumps(value))
    assert schema_accepts(value) == (not found), found
    assert bool(structural_problems(yaml.safe_dump(value))) == bool(found)


@pytest.mark.parametrize("value", [BASE, {**BASE, "spec": None}, {**BASE, "status": {"x": 1}}])
def test_both_accept(value: dict[str, Any]) -> None:
    assert schema_accepts(value)
    assert not structural_problems(json.dumps(value))
