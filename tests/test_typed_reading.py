"""The typed decoder: what it accepts, the readers read alike, position by position."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml
from benchmarks.clusters import Size, cluster
from hypothesis import given
from hypothesis import strategies as st
from tests.profiles import examples
from tests.typed_checks import assert_alike, is_typed, read, told, told_carefully

from netproof_specs.decoding import Decoding
from netproof_specs.documents.json_positions import Positions
from netproof_specs.documents.json_text import JsonText, resolve_in
from netproof_specs.documents.located import Manifest
from netproof_specs.loading import Duplicates, LeftOut, LoadOptions
from netproof_specs.locations import Location
from netproof_specs.readers.interfaces import NETWORKS
from netproof_specs.readers.metadata import METADATA
from netproof_specs.readers.misspelt import CONTAINER, CONTAINER_PORT, OBJECT, POD_SPEC, _is_near
from netproof_specs.typed import forms
from netproof_specs.typed.json_lists import NotAcceptedError, listed
from netproof_specs.typed.kinds import TYPED

ROOT = Path(__file__).parents[1]


def listing(*items: Any, **more: Any) -> bytes:
    return json.dumps(
        {"apiVersion": "v1", "kind": "List", **more, "items": items}, default=str
    ).encode()


def pod(name: str = "p", **parts: Any) -> dict[str, Any]:
    metadata = {"name": name, "namespace": "x", **parts.pop("metadata", {})}
    spec = {"containers": [{"name": "c", "ports": [{"containerPort": 80}]}]}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec, **parts}


def policy(name: str = "p", **spec: Any) -> dict[str, Any]:
    metadata = {"name": name, "namespace": "x", **spec.pop("metadata", {})}
    version = "networking.k8s.io/v1"
    return {"apiVersion": version, "kind": "NetworkPolicy", "metadata": metadata, "spec": spec}


def from_peer(**peer: Any) -> dict[str, Any]:
    return policy(ingress=[{"from": [peer]}])


def on_port(**port: Any) -> dict[str, Any]:
    return policy(egress=[{"ports": [port]}])


def space(name: str, **metadata: Any) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, **metadata}}


# --- what is accepted ------------------------------------------------------------------------


def test_pods_and_namespaces_as_kubectl_prints_them_are_accepted() -> None:
    items = cluster(Size(3, 40, 0))["items"]
    assert is_typed(read(listing(*items, metadata={"resourceVersion": ""})))
    assert is_typed(read(json.dumps(json.loads(listing(*items)), indent=4).encode(), "stdin"))


ACCEPTED = {
    "labels": pod(metadata={"labels": {"b": "2", "a": "", "example.com/x": "y"}}),
    "no labels": pod(metadata={"labels": None}),
    "an owner": pod(
        metadata={
            "labels": {"pod-template-hash": "1"},
            "ownerReferences": [{"kind": "ReplicaSet", "name": "r-1", "controller": True}],
        }
    ),
    "no containers": pod(spec={}),
    "ports": pod(
        spec={
            "containers": [
                {"ports": [{"containerPort": 80, "name": "http", "protocol": "TCP"}]},
                {"ports": [{"containerPort": 53, "name": "http", "protocol": "UDP"}]},
                {"ports": None},
            ]
        }
    ),
    "init containers": pod(
        spec={
            "containers": [{"ports": [{"containerPort": 1}]}],
            "initContainers": [
                {"ports": [{"containerPort": 2}]},
                {"ports": [{"containerPort": 3}], "restartPolicy": "Always"},
            ],
        }
    ),
    "host network": pod(spec={"hostNetwork": True, "nodeName": "n", "containers": []}),
    "accounts": pod(spec={"serviceAccountName": "", "serviceAccount": "s", "containers": []}),
    "completed": pod(status={"phase": "Succeeded"}),
    "two addresses": pod(
        status={"podIP": "10.0.0.1", "podIPs": [{"ip": "10.0.0.1"}, {"ip": "::1"}]}
    ),
    "long address": pod(status={"podIP": "0:0:0::1", "podIPs": []}),
    "namespace": space("y", labels={"a": "b", "kubernetes.io/metadata.name": "y"}),
    "a policy of nothing": {**policy(), "spec": None, "status": {}},
    "a policy without a spec": {k: v for k, v in policy().items() if k != "spec"},
    "empty lists": policy(podSelector=None, policyTypes=None, ingress=[], egress=None),
    "empty rules": policy(podSelector={}, ingress=[{}, {"from": []}, {"ports": None}], egress=[{}]),
    "metadata of a policy": policy(
        metadata={
            "labels": {"a": "b"},
            "annotations": {"Example.com/A": "x", "b": None},
            "creationTimestamp": "2026-01-01T00:00:00Z",
            "generation": 1,
            "managedFields": [{"f:spec": {}}],
        }
    ),
    "types twice": policy(policyTypes=["Egress", "Egress"]),
    "expressions": policy(
        podSelector={
            "matchExpressions": [
                {"key": "a", "operator": "In", "values": ["x", ""]},
                {"key": "example.com/b", "operator": "NotIn", "values": ["x"]},
                {"operator": "Exists", "key": "c", "values": []},
                {"key": "d", "operator": "DoesNotExist", "values": None},
            ],
            "matchLabels": {"b": "2", "a": "1", "a.b": ""},
        }
    ),
    "peers": policy(
        ingress=[
            {"from": [{"podSelector": {}}, {"namespaceSelector": {}, "podSelector": None}]},
            {"from": [{"namespaceSelector": {"matchLabels": {"a": "b"}}, "podSelector": {}}]},
        ]
    ),
    "blocks": policy(
        egress=[
            {"to": [{"ipBlock": {"cidr": "10.0.0.0/8", "except": ["10.1.0.0/16", "10.2.0.0/16"]}}]},
            {"to": [{"ipBlock": {"cidr": "fd00:0::/8", "except": ["fd00::/16"]}}]},
            {"to": [{"ipBlock": {"cidr": "0.0.0.0/0", "except": None}, "podSelector": None}]},
        ]
    ),
    "ports of rules": policy(
        ingress=[
            {"ports": [{}, {"protocol": "SCTP"}, {"port": "http"}, {"port": 80, "endPort": None}]},
            {"ports": [{"port": 80, "endPort": 80}, {"port": 1, "endPort": 65535}]},
        ]
    ),
    "colons in texts": pod(metadata={"annotations": {"a:b": ':"c":', "d": 'x\\": {"e": 1}'}}),
}


@pytest.mark.parametrize("name", ACCEPTED)
def test_accepted(name: str) -> None:
    text = listing(ACCEPTED[name])
    assert is_typed(read(text))
    assert_alike({"f.json": text})


# --- what is left to the readers -------------------------------------------------------------

LEFT = {
    "no namespace": pod(metadata={"namespace": ""}),
    "a name of the server's": {**pod(), "metadata": {"generateName": "p-", "namespace": "x"}},
    "an unknown field": pod(extra=1),
    "an unknown field of metadata": pod(metadata={"label": {"a": "b"}}),
    "a near miss": pod(spec={"containers": [], "hostNetworks": True}),
    "a near miss of a container": pod(spec={"containers": [{"port": []}]}),
    "a near miss of a port": pod(spec={"containers": [{"ports": [{"containerPorts": 80}]}]}),
    "a bad name": pod("A"),
    "a bad label": pod(metadata={"labels": {"a": "-"}}),
    "a bad key": pod(metadata={"labels": {"-": "a"}}),
    "a null label": pod(metadata={"labels": {"a": None}}),
    "a label of a number": pod(metadata={"labels": {"a": 1}}),
    "a fraction": pod(spec={"containers": [{"ports": [{"containerPort": 80.0}]}]}),
    "a truth": pod(spec={"containers": [{"ports": [{"containerPort": True}]}]}),
    "no port": pod(spec={"containers": [{"ports": [{"containerPort": 0}]}]}),
    "a bad protocol": pod(
        spec={"containers": [{"ports": [{"containerPort": 1, "protocol": "tcp"}]}]}
    ),
    "a bad port name": pod(spec={"containers": [{"ports": [{"containerPort": 1, "name": "80"}]}]}),
    "a shared port name": pod(
        spec={"containers": [{"ports": [{"containerPort": n, "name": "a"} for n in (1, 2)]}]}
    ),
    "two addresses of a family": pod(status={"podIP": "10.0.0.1", "podIPs": [{"ip": "10.0.0.2"}]}),
    "no address": pod(status={"podIP": "10.0.0.01"}),
    "a zone": pod(status={"podIP": "fe80::1%eth0"}),
    "no status": pod(status=None),
    "a policy without a namespace": policy(metadata={"namespace": ""}),
    "a policy of another group": {**policy(), "apiVersion": "projectcalico.org/v3"},
    "an annotation of a number": policy(metadata={"annotations": {"a": 1}}),
    "a bad annotation": policy(metadata={"annotations": {"a/b/c": "x"}}),
    "a bad label of a policy": policy(metadata={"labels": {"a": "-"}}),
    "a generation in words": policy(metadata={"generation": "1"}),
    "a time of numbers": policy(metadata={"creationTimestamp": 5}),
    "finalizers in a mapping": policy(metadata={"finalizers": {}}),
    "a spec in a list": {**policy(), "spec": []},
    "an unknown field of a spec": policy(selector={}),
    "three types": policy(policyTypes=["Ingress", "Egress", "Ingress"]),
    "an unknown type": policy(policyTypes=["ingress"]),
    "a null type": policy(policyTypes=[None]),
    "a null rule": policy(ingress=[None]),
    "peers of the other direction": policy(ingress=[{"to": []}]),
    "an empty peer": from_peer(),
    "a null peer": policy(ingress=[{"from": [None]}]),
    "a peer of nulls": from_peer(podSelector=None, ipBlock=None),
    "a mixed peer": from_peer(podSelector={}, ipBlock={"cidr": "10.0.0.0/8"}),
    "an unknown peer": from_peer(pod={}),
    "a selector of a number": from_peer(podSelector={"matchLabels": {"a": 1}}),
    "a selector of null": from_peer(podSelector={"matchLabels": {"a": None}}),
    "a bad value": from_peer(podSelector={"matchLabels": {"a": "-"}}),
    "a label without matchLabels": from_peer(podSelector={"a": "b"}),
    "an operator": policy(podSelector={"matchExpressions": [{"key": "a", "operator": "in"}]}),
    "no operator": policy(podSelector={"matchExpressions": [{"key": "a"}]}),
    "no values": policy(podSelector={"matchExpressions": [{"key": "a", "operator": "In"}]}),
    "surplus values": policy(
        podSelector={"matchExpressions": [{"key": "a", "operator": "Exists", "values": ["b"]}]}
    ),
    "a bad key of an expression": policy(
        podSelector={"matchExpressions": [{"key": "-", "operator": "Exists"}]}
    ),
    "a bad value of an expression": policy(
        podSelector={"matchExpressions": [{"key": "a", "operator": "In", "values": ["a", "-"]}]}
    ),
    "a null value of an expression": policy(
        podSelector={"matchExpressions": [{"key": "a", "operator": "In", "values": [None]}]}
    ),
    "bits of the host": from_peer(ipBlock={"cidr": "10.0.0.1/8"}),
    "leading zeros": from_peer(ipBlock={"cidr": "10.0.0.0/08"}),
    "no block": from_peer(ipBlock={"cidr": "10.0.0.0"}),
    "an empty block": from_peer(ipBlock={}),
    "an exception outside": from_peer(ipBlock={"cidr": "10.0.0.0/8", "except": ["11.0.0.0/16"]}),
    "an exception of all": from_peer(ipBlock={"cidr": "10.0.0.0/8", "except": ["10.0.0.0/8"]}),
    "another family": from_peer(ipBlock={"cidr": "10.0.0.0/8", "except": ["fd00::/16"]}),
    "host bits of an exception": from_peer(
        ipBlock={"cidr": "10.0.0.0/8", "except": ["10.1.0.1/16"]}
    ),
    "a null exception": from_peer(ipBlock={"cidr": "10.0.0.0/8", "except": [None]}),
    "a null port": policy(egress=[{"ports": [None]}]),
    "port zero": on_port(port=0),
    "no port but an end": on_port(endPort=80),
    "an end of zero": on_port(port=1, endPort=0),
    "an end before": on_port(port=81, endPort=80),
    "an end of a name": on_port(port="http", endPort=80),
    "a large end": on_port(port=1, endPort=65536),
    "a port of a fraction": on_port(port=80.0),
    "a port in quotes": on_port(port="80"),
    "a port of truth": on_port(port=True),
    "an empty protocol": on_port(protocol="", port=80),
    "a protocol in small letters": on_port(protocol="tcp"),
    "another's namespace label": space("y", labels={"kubernetes.io/metadata.name": "z"}),
    "a long name of a namespace": space("a" * 64),
    "another version": {**pod(), "apiVersion": "v2"},
    "a list in the list": {"apiVersion": "v1", "kind": "List", "items": [pod()]},
    "a service": {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "s"}},
    "nobody knows what": {
        "apiVersion": "example.com/v1",
        "kind": "Thing",
        "metadata": {"name": "t"},
    },
    "no kind": {"apiVersion": "v1", "metadata": {"name": "s"}},
    "no object": 5,
    "null": None,
}


@pytest.mark.parametrize("name", LEFT)
@pytest.mark.parametrize("decoding", Decoding)
def test_left_to_the_readers(name: str, decoding: Decoding) -> None:
    """In the middle of what is accepted, so that it alone is read again."""
    text = listing(space("x"), pod("a"), LEFT[name], pod("b"))
    assert_alike({"f.json": text}, LoadOptions(decoding=decoding))
    reading = read(text)
    left = [one for one in reading.objects if isinstance(one.source, Manifest)]
    assert len(reading.objects) - len(left) == 3


TEXTS = {
    "a key twice": b'{"kind":"List","apiVersion":"v1","items":[ITEM,{"a":1,"a":2}]}',
    "items twice": b'{"kind":"List","apiVersion":"v1","items":[],"items":[ITEM]}',
    "kind twice": b'{"kind":"List","kind":"List","apiVersion":"v1","items":[ITEM]}',
    "key deep in metadata twice": (
        b'{"kind":"List","apiVersion":"v1","metadata":{"a":1,"a":1},"items":[ITEM]}'
    ),
    "an escaped colon hides it": (
        b'{"kind":"List","apiVersion":"v1","items":[ITEM,'
        b'{"apiVersion":"v1","kind":"Service","a":"x\\u003ay","b":1,"b":2}]}'
    ),
    "an escaped colon": b'{"kind":"List","apiVersion":"v1","items":[{"a":"x\\u003Ay"},ITEM]}',
    "space before the colon": (
        b'{"kind" : "List","apiVersion"\n:"v1","items" :[ITEM,{"a" :1,"b":2,"b":3}]}'
    ),
    "no number": b'{"kind":"List","apiVersion":"v1","items":[ITEM,{"a":NaN}]}',
    "a long number": b'{"kind":"List","apiVersion":"v1","items":[ITEM,{"a":' + b"1" * 5000 + b"}]}",
    "a large number": b'{"kind":"List","apiVersion":"v1","items":[ITEM,{"a":1e999}]}',
    "half a pair in a key": b'{"apiVersion":"v1","kind":"Pod","metadata":{"na\\ud800":1}}',
    "half a pair": b'{"kind":"List","apiVersion":"v1","items":[ITEM,{"a":"\\ud800"}]}',
    "no UTF-8": b'{"kind":"List","apiVersion":"v1","items":[ITEM,{"a":"\xff"}]}',
    "no UTF-8 behind a mistake": b'{"kind":"List","apiVersion":"v1","items":['
    b'{"apiVersion":"v1","kind":"Pod","metadata":{"name":"p","labels":{"a":1}}},{"a":"\xff"}]}',
    "a control character behind a mistake": b'{"kind":"List","apiVersion":"v1","items":['
    b'{"apiVersion":"v1","kind":"Pod","metadata":{"name":"p","labels":{"a":1}}},{"a":"\x01"}]}',
    "a control character": b'{"kind":"List","apiVersion":"v1","items":[ITEM,{"a":"\x01"}]}',
    "a byte order mark": b'\xef\xbb\xbf{"kind":"List","apiVersion":"v1","items":[ITEM]}',
    "two documents": b'{"kind":"List","apiVersion":"v1","items":[ITEM]}{"kind":"List"}',
    "an unknown field": b'{"kind":"List","apiVersion":"v1","items":[ITEM],"item":[]}',
    "another list": b'{"kind":"PodList","apiVersion":"v1","items":[ITEM]}',
    "another version": b'{"kind":"List","apiVersion":"v2","items":[ITEM]}',
    "no items": b'{"kind":"List","apiVersion":"v1"}',
    "null items": b'{"kind":"List","apiVersion":"v1","items":null}',
    "none": b'{"kind":"List","apiVersion":"v1","items":[]}',
    "cut off": b'{"kind":"List","apiVersion":"v1","items":[ITEM',
    "kubectl's error": b'{"kind":"List","apiVersion":"v1","items":[ITEM]}\nError from server (x)',
    "deep": b'{"kind":"List","apiVersion":"v1","items":[ITEM,' + b"[" * 3000 + b"]" * 3000 + b"]}",
    "blanks around": b' \n\t{"kind":"List","apiVersion":"v1","items":[ITEM]} \r\n ',
    "a blank that JSON has not": b'\x0c{"kind":"List","apiVersion":"v1","items":[ITEM]}',
    "one object": b"ITEM",
    "nothing": b"",
}


@pytest.mark.parametrize("name", TEXTS)
@pytest.mark.parametrize("file", ["f.json", "f.yaml", "-"])
def test_texts(name: str, file: str) -> None:
    text = TEXTS[name].replace(b"ITEM", json.dumps(pod()).encode())
    assert_alike({file: text})


@pytest.mark.parametrize("nested", [("[", "]"), ('{"a":', "}")])
def test_nesting_near_what_python_can_read_ends_no_run(nested: tuple[str, str]) -> None:
    """Whatever was read at one depth of the stack may be too deep for another look at it."""
    before, after = nested
    for depth in range(880, 1000):
        inner = f"{before * depth}{'' if before == '[' else 1}{after * depth}"
        text = listing(pod(), "DEEP").replace(b'"DEEP"', inner.encode())
        for problems in (told({"f.json": text}), told_carefully({"f.json": text})):
            assert {one.code for one in problems} <= {"no-object", "no-kind", "nesting"}


def test_a_key_twice_is_told_wherever_it_stands() -> None:
    """Also where nothing else is read of the place."""
    text = listing(pod(metadata={"annotations": {"a": {"b": [{"c": 1, "d": 2}]}}}))
    twice = text.replace(b'"d"', b'"c"')
    (problem,) = told({"f.json": twice})
    assert (problem.code, problem.where.path[-1]) == ("duplicate-key", "c")
    with pytest.raises(NotAcceptedError):
        list(listed(twice))


# --- several objects and files ---------------------------------------------------------------


@pytest.mark.parametrize("duplicates", Duplicates)
@pytest.mark.parametrize("second", [pod(), pod(status={"phase": "Failed"}), pod("q")])
def test_objects_that_stand_twice(second: dict[str, Any], duplicates: Duplicates) -> None:
    options = LoadOptions(duplicates=duplicates)
    assert_alike({"f.json": listing(pod(), second)}, options)
    assert_alike({"f.json": listing(pod()), "g.json": listing(second)}, options)


@pytest.mark.parametrize("kind", ["Pod", "Namespace", "Deployment", "NetworkPolicy"])
def test_kinds_that_the_user_leaves_out(kind: str) -> None:
    options = LoadOptions(without=(LeftOut(kind),))
    assert_alike({"f.json": listing(pod(), space("x"), policy("q"))}, options)


def example_files() -> list[Path]:
    return sorted((ROOT / "examples").rglob("*.yaml"))


def as_list(text: bytes) -> bytes:
    documents = [one for one in yaml.safe_load_all(text) if one]
    return listing(*(item for one in documents for item in one.get("items", [one])))


def test_every_example() -> None:
    paths = example_files()
    assert len(paths) > 20
    for path in paths:
        text = path.read_bytes()
        assert_alike({"f.yaml": text})
        if "as-written" not in str(path):
            assert_alike({"f.json": as_list(text)})


def test_a_generated_cluster_with_policies() -> None:
    text = listing(*cluster(Size(3, 30, 12))["items"])
    assert_alike({"f.json": text})
    assert is_typed(read(text))


# --- generated -------------------------------------------------------------------------------

_OWNER = {"kind": "ReplicaSet", "name": "r-1", "controller": True}
_SMALL = st.sampled_from([None, "", "a", "b", 5, True, 1.0, [], {}])
_PORT = st.fixed_dictionaries(
    {"containerPort": st.sampled_from([80, 81, 80.0, True, "80", None, 0])},
    optional={
        "name": st.sampled_from(["http", "x", "", None, 5]),
        "protocol": st.sampled_from(["TCP", "UDP", "", None, "tcp"]),
    },
)
_CONTAINER = st.fixed_dictionaries(
    {}, optional={"ports": st.one_of(st.lists(_PORT, max_size=3), st.none(), st.just("x"))}
)
_POD = st.fixed_dictionaries(
    {
        "apiVersion": st.just("v1"),
        "kind": st.just("Pod"),
        "metadata": st.fixed_dictionaries(
            {
                "name": st.sampled_from(["p", "A", "", 5]),
                "namespace": st.sampled_from(["x", "Y", ""]),
            },
            optional={
                "labels": st.one_of(
                    st.dictionaries(
                        st.sampled_from(["a", "b", "pod-template-hash"]),
                        st.sampled_from(["1", 1, "x", None, True]),
                    ),
                    _SMALL,
                ),
                "ownerReferences": st.sampled_from([[_OWNER], None, "x"]),
            },
        ),
        "spec": st.fixed_dictionaries(
            {"containers": st.one_of(st.lists(_CONTAINER, max_size=2), _SMALL)},
            optional={
                "nodeName": _SMALL,
                "hostNetwork": _SMALL,
                "initContainers": st.sampled_from(
                    [None, [], [{"restartPolicy": "Always", "ports": [{"containerPort": 80}]}]]
                ),
            },
        ),
    },
    optional={
        "status": st.one_of(
            _SMALL,
            st.fixed_dictionaries(
                {},
                optional={
                    "phase": st.sampled_from(["Running", "Failed", None, 5]),
                    "podIP": st.sampled_from(["10.0.0.1", "10.0.0.01", "::1", "", None, 5]),
                    "hostIP": st.sampled_from(["10.0.0.9", "10.0.0.09", "0::9", "", None, 5]),
                    "hostIPs": st.sampled_from(
                        [None, [], [{"ip": "10.0.0.9"}, {"ip": "::9"}], [{"ip": "node"}], [5]]
                    ),
                    "podIPs": st.sampled_from(
                        [None, [], [{"ip": "10.0.0.1"}], [{"ip": "::1"}], [{}], "x"]
                    ),
                },
            ),
        )
    },
)


@examples(100, 400)
@given(st.lists(_POD, min_size=1, max_size=4))
def test_the_law_for_generated_pods(pods: list[dict[str, Any]]) -> None:
    assert_alike({"f.json": listing(*pods)})


_SEEDS = (
    listing(*ACCEPTED.values()),
    json.dumps(json.loads(listing(space("x"), pod("a"), pod("b"))), indent=2).encode(),
    listing(*cluster(Size(1, 1, 2))["items"]),
)
_TOKENS = st.sampled_from(
    [
        *(b'"', b":", b",", b"{", b"}", b"[", b"]", b" ", b"\n", b"\\", b"\xff", b"\x00", b"-"),
        *(b"null", b"true", b"1", b".5", b'"a":1,', b'"name":"q",', b'"kind":"Pod",'),
        *(b"\\u003a", b"Namespace"),
    ]
)


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    text = draw(st.sampled_from(_SEEDS))
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, len(text)))
        end = min(len(text), start + draw(st.integers(0, 12)))
        middle = draw(st.one_of(_TOKENS, st.just(b""), st.just(text[start:end] * 2)))
        text = text[:start] + middle + text[end:]
    return text


@examples(200, 2000)
@given(mutated(), st.sampled_from(["f.json", "f.yaml"]))
def test_the_law_for_mutated_texts(text: bytes, file: str) -> None:
    assert_alike({file: text})


# --- the forms -------------------------------------------------------------------------------


def fields_of(form: type[msgspec.Struct]) -> set[str]:
    return {one.encode_name for one in msgspec.structs.fields(form)}


def test_the_forms_have_the_fields_that_the_readers_know() -> None:
    assert fields_of(forms.Metadata) == {*METADATA.fields}
    assert fields_of(forms.Pod) | {"kind"} == {*OBJECT.fields}
    assert fields_of(forms.Namespace) | {"kind"} == {*OBJECT.fields}


@pytest.mark.parametrize(
    ("form", "shape"),
    [(forms.PodSpec, POD_SPEC), (forms.Container, CONTAINER), (forms.Port, CONTAINER_PORT)],
)
def test_no_field_of_a_form_looks_misspelt(form: type[msgspec.Struct], shape: Any) -> None:
    assert {*shape.fields} <= fields_of(form)
    assert not [name for name in fields_of(form) if _is_near(name, shape)]


# --- YAML ------------------------------------------------------------------------------------


def as_yaml(*items: Any) -> bytes:
    return yaml.safe_dump_all(items, sort_keys=False).encode()


def as_yaml_list(*items: Any) -> bytes:
    return yaml.safe_dump(json.loads(listing(*items)), sort_keys=False).encode()


FORMS = [as_yaml, as_yaml_list]


@pytest.mark.parametrize("form", FORMS)
def test_pods_in_yaml_are_accepted(form: Any) -> None:
    text = form(*cluster(Size(3, 40, 0))["items"])
    assert is_typed(read(text, "f.yaml"))
    assert_alike({"f.yaml": text})


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", LEFT)
def test_in_yaml_too_the_readers_read_what_is_left(name: str, form: Any) -> None:
    """Twice, the second time after the form of its text has been met."""
    if isinstance(LEFT[name], dict):
        other = json.loads(json.dumps(LEFT[name]).replace('"p"', '"q"'))
        assert_alike({"f.yaml": form(space("x"), pod("a"), LEFT[name], pod("b"), other)})


@pytest.mark.parametrize("form", FORMS)
def test_a_generated_cluster_in_yaml(form: Any) -> None:
    text = form(*cluster(Size(3, 30, 12))["items"])
    assert_alike({"f.yaml": text})
    assert sum(not isinstance(one.source, Manifest) for one in read(text, "f.yaml").objects) == 33


POD_TEXT = """\
apiVersion: v1
kind: Pod
metadata:
  name: NAME
  namespace: x
  labels:
    app: VALUE
  annotations:
    a: NOTE
spec:
  containers:
  - name: c
    args:
    - --port=80
    - NOTE
    ports:
    - containerPort: 80
      name: http
"""
SCALARS = (
    *("a", '"a"', "'a'", "y", "NO", "1.10", "017", "1_000", "~", "null", "", '"y"', "'1.10'"),
    *("true", "1", "-1", "0x1F", "1e3", ".5", "+1", "2024-01-01", "<<", "=", "a b", "a  b", "-a"),
    *("a: b", "a # b", "a #b", "a#b", "&a b", "*a", "!!str 1", "|", ">", "{}", "[]", "{a: b}"),
    *("[a]", "[a", '"a', "'a", '"a" b', '"a\\tb"', '"a\\x41"', '"\\ud800"', "'it''s'", "a:", "a:b"),
    *("- a", "-", "?", "? a", ":a", ": a", "@a", "`a", "%a", ",a", "]", "}", "a, b", "a]", "..."),
    *("---", "a\n", "a\n  b", "a\n    - b", "a\n  # b\n", "|\n      a", "|-\n      a\n", "a\tb"),
    *("\N{NO-BREAK SPACE}", "\N{LATIN SMALL LETTER E WITH ACUTE}", "a\N{NEXT LINE}b", "\x7f", "a "),
    *('"a\n  b"', '"a\n---\nb"', "\N{GRINNING FACE}", '"\\/"', '"\\e"', "1" * 120, "0b1", "1:30"),
)


@pytest.mark.parametrize("place", ["NAME", "VALUE", "NOTE"])
@pytest.mark.parametrize("scalar", SCALARS)
def test_scalars_of_all_sorts(scalar: str, place: str) -> None:
    """After a pod whose text differs in nothing else, and before another one."""
    usual = POD_TEXT.replace("VALUE", "v").replace("NOTE", "n")
    odd = POD_TEXT.replace(place, scalar).replace("NAME", "odd")
    odd = odd.replace("VALUE", "v").replace("NOTE", "n")
    texts = [usual.replace("NAME", "a"), odd, usual.replace("NAME", "b")]
    assert_alike({"f.yaml": "---\n".join(texts).encode()})
    assert_alike({"f.yaml": in_list(texts).encode()})
    assert_alike({"f.yaml": "---\n".join(reversed(texts)).encode()})


def in_list(texts: list[str]) -> str:
    """As elements of a `List`, as kubectl writes them."""
    items = ["- " + text.replace("\n", "\n  ").rstrip(" ") for text in texts]
    return f"apiVersion: v1\nitems:\n{''.join(items)}kind: List\nmetadata:\n  resourceVersion: ''\n"


def test_a_scalar_of_another_pod_counts_as_it_is_written() -> None:
    """`1.10` without quotes is no text, also where the pod before has one there."""
    texts = [POD_TEXT.replace("NOTE", "n") for _ in range(2)]
    texts[0] = texts[0].replace("NAME", "a").replace("VALUE", "v1.10")
    texts[1] = texts[1].replace("NAME", "b").replace("VALUE", "1.10")
    (problem,) = told({"f.yaml": "---\n".join(texts).encode()})
    assert (problem.code, problem.where.line, problem.where.column) == ("wrong-type", 26, 10)


YAML_TEXTS = {
    "nothing": "",
    "comments": "# a\n\n# b\n",
    "null documents": f"---\n---\n{POD_TEXT}---\n# a\n---\n{POD_TEXT.replace('NAME', 'q')}",
    "a comment first": f"# a\n---\n{POD_TEXT}---  # b\n{POD_TEXT.replace('NAME', 'q')}",
    "no blank before the comment of a marker": f"{POD_TEXT}---#b\n{POD_TEXT}",
    "content on the marker": f"--- {{a: b}}\n---\n{POD_TEXT}",
    "a directive": f"%YAML 1.1\n---\n{POD_TEXT}",
    "an end": f"{POD_TEXT}...\n---\n{POD_TEXT.replace('NAME', 'q')}",
    "no end of the last line": POD_TEXT.rstrip("\n"),
    "a mark at the end": f"{POD_TEXT}---",
    "windows": POD_TEXT.replace("\n", "\r\n"),
    "a byte order mark": f"\ufeff{POD_TEXT}",
    "a key twice": POD_TEXT + "kind: Pod\n",
    "a key twice below": POD_TEXT.replace("    a: NOTE\n", "    a: NOTE\n    a: NOTE\n"),
    "an anchor and an alias": POD_TEXT.replace("a: NOTE", "a: &a x\n    b: *a"),
    "an alias of another object": in_list(
        [POD_TEXT.replace("NOTE", "&a x"), POD_TEXT.replace("NAME", "q").replace("NOTE", "*a")]
    ),
    "an anchor twice": in_list(
        [POD_TEXT.replace("- NOTE", "- &a x").replace("NAME", n) for n in "pq"]
    ),
    "a merge key": POD_TEXT.replace("    app: VALUE", "    <<: {app: a}"),
    "a list that ends in the air": in_list([POD_TEXT]) + "x: y\n",
    "a list with items twice": in_list([POD_TEXT]) + "items: []\n",
    "a list with a key twice": in_list([POD_TEXT]) + "kind: List\n",
    "a list with a dash alone": in_list([POD_TEXT]).replace("items:\n", "items:\n-\n"),
    "a list that begins too deep": "  " + in_list([POD_TEXT]),
    "a list behind brackets": "# a\n{apiVersion: v1, kind: List}\nitems:\n- "
    + POD_TEXT.replace("\n", "\n  ").rstrip(" "),
    "a list before brackets": "items:\n- "
    + POD_TEXT.replace("\n", "\n  ").rstrip(" ")
    + "{apiVersion: v1, kind: List}\n",
    "a list behind a null": f"~\n{in_list([POD_TEXT]).partition(chr(10))[2]}apiVersion: v1\n",
    "a list of nothing": "apiVersion: v1\nkind: List\nitems:\n",
    "a list in brackets": "apiVersion: v1\nkind: List\nitems: []\n",
    "another list": in_list([POD_TEXT]).replace("kind: List", "kind: PodList"),
    "a deeper list": "apiVersion: v1\nkind: List\nitems:\n  - "
    + POD_TEXT.replace("\n", "\n    ").rstrip(" "),
    "a shallower line": in_list([POD_TEXT]).replace("    name: NAME", "   name: NAME"),
    "a quote around items": 'metadata: "\nitems:\n- a"\n' + POD_TEXT,
    "a quote over two items": in_list(
        [POD_TEXT.replace("NOTE", '"x'), POD_TEXT.replace("NAME", "q").replace("NOTE", 'x"')]
    ),
    "kubectl's error": f"Error from server (x): y\n---\n{POD_TEXT}",
    "an accent": POD_TEXT.replace("NOTE", "caf\N{LATIN SMALL LETTER E WITH ACUTE}"),
    "a form that libyaml knows": "apiVersion: v1\nkind: Pod\nmetadata: {name: p, namespace: x}\n",
    "objects of others": "a: b\n---\nc: d\n",
}


@pytest.mark.parametrize("name", YAML_TEXTS)
def test_texts_in_yaml(name: str) -> None:
    text = YAML_TEXTS[name].replace("NAME", "p").replace("VALUE", "v").replace("NOTE", "n")
    assert_alike({"f.yaml": text.encode()})
    again = pod("r") if name == "no end of the last line" else pod("p")
    assert_alike({"f.yaml": text.encode(), "g.yaml": as_yaml(again)})


_YAML_SEEDS = [
    form(space("x"), pod("a"), pod("b"), pod("c", metadata={"labels": {"a": "b"}}))
    for form in FORMS
] + ["---\n".join(POD_TEXT.replace("NAME", name) for name in "abc").encode()]
_PIECES = st.sampled_from(
    [*SCALARS, *("  ", " ", "\n", ": ", "- ", "kind: Pod\n", "items:\n", "---\n", "#", "a: b\n")]
)


@st.composite
def mutated_yaml(draw: st.DrawFn) -> bytes:
    lines = draw(st.sampled_from(_YAML_SEEDS)).decode().splitlines(keepends=True)
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(lines) - 1))
        way = draw(st.sampled_from(["deeper", "shallower", "drop", "double", "end", "value", "in"]))
        line, piece = lines[at], draw(_PIECES)
        lines[at] = {
            "deeper": "  " + line,
            "shallower": line[1:],
            "drop": "",
            "double": line + line,
            "end": line.rstrip("\n") + piece + "\n",
            "value": line.partition(": ")[0] + ": " + piece + "\n",
            "in": piece + line,
        }[way]
    return "".join(lines).encode("utf-8", "surrogatepass")


@examples(300, 4000)
@given(mutated_yaml())
def test_the_law_for_mutated_texts_in_yaml(text: bytes) -> None:
    assert_alike({"f.yaml": text})


@examples(50, 300)
@given(st.lists(_POD, min_size=2, max_size=5), st.sampled_from(FORMS))
def test_the_law_for_generated_pods_in_yaml(pods: list[dict[str, Any]], form: Any) -> None:
    assert_alike({"f.yaml": form(*pods)})


def test_a_file_in_which_no_two_objects_are_alike_is_given_up() -> None:
    pods = [pod(f"p{n}", metadata={"annotations": {f"a{n}": "x"}}) for n in range(60)]
    assert is_typed(read(as_yaml(*pods[:20]), "f.yaml"))
    assert not is_typed(read(as_yaml(*pods), "f.yaml"))
    assert_alike({"f.yaml": as_yaml(*pods)})


def test_a_field_of_one_kind_is_not_known_to_the_other() -> None:
    """Where two texts differ in nothing but the kind and the name."""
    odd = {"spec": {"hostNetworks": True}}
    both = [{**space("x", namespace="x"), **odd}, {**pod("p"), **odd}]
    for kinds in (both, both[::-1]):
        assert_alike({"f.yaml": as_yaml(*kinds)})
    noted = [
        {**space("x", labels={"kind": "Pod"}), **odd},
        {**pod("p", metadata={"labels": {"kind": "Pod"}}), **odd},
    ]
    assert_alike({"f.yaml": as_yaml(*noted)})
    assert_alike({"f.yaml": as_yaml({**space("x"), **odd}, {**space("y"), **odd})})


def test_what_bears_on_anything_is_kept_of_a_template() -> None:
    """All that the forms give a type, and the owners and two annotations, which have none."""

    def typed(form: Any) -> dict[str, Any]:
        found = {}
        for one in msgspec.structs.fields(form):
            inner = [form for form in _forms_in(one.type) if issubclass(form, forms.Form)]
            if one.encode_name == "annotations":
                found[one.encode_name] = {key: {} for key in NETWORKS}
            elif one.type is not Any or one.encode_name == "ownerReferences":
                found[one.encode_name] = typed(inner[0]) if inner else {}
        return found

    located = {form: row.bearing for form, row in TYPED.items() if row.bearing is not None}
    assert {forms.Pod, forms.Namespace} <= located.keys()
    for form, bearing in located.items():
        assert typed(form) | {"kind": {}} == bearing


def _forms_in(kind: Any) -> list[Any]:
    if isinstance(kind, type):
        return [kind] if issubclass(kind, msgspec.Struct) else []
    return [one for inner in getattr(kind, "__args__", ()) for one in _forms_in(inner)]


_ODD_KEYS = st.sampled_from(["a", "", '"', "\\", '\\"', "\\\\", "\u00e9", ":", "a,b", "{", "]"])
_VALUE = st.recursive(
    st.one_of(st.none(), st.integers(), st.booleans(), _ODD_KEYS),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_ODD_KEYS, inner, max_size=3),
    max_leaves=10,
)


def paths_in(value: Any) -> list[tuple[str | int, ...]]:
    inner: Any = value.items() if isinstance(value, dict) else ()
    inner = enumerate(value) if isinstance(value, list) else inner
    return [(), *((step, *rest) for step, part in inner for rest in paths_in(part))]


@given(_VALUE, st.sampled_from([None, 1]), st.booleans())
def test_positions_in_json_are_found_alike(value: Any, indent: int | None, plain: bool) -> None:
    """Without decoding what lies beside the way, and by decoding it."""
    text = " " + json.dumps(value, indent=indent, ensure_ascii=plain)
    quick, slow = Positions(text.encode()), JsonText("f", b"", [text], [1])
    for path in paths_in(value):
        for one in (path, (*path, "no"), (*path, 7)):
            found = resolve_in(Location("f", 0, 0, 0, one), {"f": slow})
            assert quick.place(one) == (found.line, found.column)
