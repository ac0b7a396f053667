"""Namespaces, pods and workloads: what is read, what is left out, and what stands for what."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import yaml

from netproof_specs.loading import Duplicates, Loaded, LoadOptions, load_texts
from netproof_specs.model.cluster import Cluster, ContainerPort, Workload
from netproof_specs.model.labels import NAME_LABEL
from netproof_specs.model.traffic import Protocol
from netproof_specs.problems import InputError

DEFAULT = LoadOptions()


def loaded(*objects: dict[str, Any], options: LoadOptions = DEFAULT) -> Loaded:
    return load_texts({"input": yaml.safe_dump_all(objects)}, options)


def cluster(*objects: dict[str, Any]) -> Cluster:
    return loaded(*objects).cluster


def pod(name: str, *, owner: tuple[str, str] | None = None, **parts: Any) -> dict[str, Any]:
    metadata: dict[str, Any] = {"name": name, "namespace": "x", **parts.pop("metadata", {})}
    if owner is not None:
        metadata["ownerReferences"] = [reference(*owner)]
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, **parts}


def reference(kind: str, name: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": kind, "name": name, "uid": "u", "controller": True}


VERSIONS = {"Job": "batch/v1", "CronJob": "batch/v1", "ReplicationController": "v1"}


def workload(
    kind: str, name: str, *, owner: tuple[str, str] | None = None, **spec: Any
) -> dict[str, Any]:
    template = {"metadata": {"labels": {"app": name}}, "spec": {"containers": []}}
    inner: dict[str, Any] = {"template": template, **spec}
    if kind == "CronJob":
        inner = {"jobTemplate": {"spec": inner}}
    metadata: dict[str, Any] = {"name": name, "namespace": "x"}
    if owner is not None:
        metadata["ownerReferences"] = [reference(*owner)]
    version = VERSIONS.get(kind, "apps/v1")
    return {"apiVersion": version, "kind": kind, "metadata": metadata, "spec": inner}


def found(*objects: dict[str, Any]) -> list[tuple[str, str, int, tuple[str, str] | None]]:
    return [(w.kind, w.name, w.replicas, w.owner) for w in cluster(*objects).workloads]


# --- namespaces ------------------------------------------------------------------------------


def test_namespaces_declared_and_implied() -> None:
    shop = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}}
    shop["metadata"]["labels"] = {"team": "a"}  # type: ignore[index]
    policy = {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": "p", "namespace": "z"},
    }
    namespaces = cluster(shop, pod("p"), policy).namespaces
    assert [(n.name, n.declared, n.labels) for n in namespaces] == [
        ("shop", True, ((NAME_LABEL, "shop"), ("team", "a"))),
        ("x", False, ((NAME_LABEL, "x"),)),
        ("z", False, ((NAME_LABEL, "z"),)),
    ]
    assert [n.where is None for n in namespaces] == [False, True, True]


def test_the_name_label_is_forced_with_a_note() -> None:
    """F23."""
    fake = {"name": "shop", "labels": {NAME_LABEL: "fake"}}
    result = loaded({"apiVersion": "v1", "kind": "Namespace", "metadata": fake})
    assert result.cluster.namespaces[0].labels == ((NAME_LABEL, "shop"),)
    assert [(n.code, n.clause) for n in result.notes] == [("name-label", "A.25")]


def test_objects_without_a_namespace_go_to_the_one_of_the_options() -> None:
    """A.50, F62."""
    bare = pod("p")
    del bare["metadata"]["namespace"]
    result = loaded(bare, options=LoadOptions(namespace="shop"))
    assert result.cluster.workloads[0].namespace == "shop"
    assert [n.name for n in result.cluster.namespaces] == ["shop"]
    (note,) = result.notes
    assert note.message == "1 object names no namespace and counts as part of `shop`"
    assert note.clause == "A.50"


# --- pods ------------------------------------------------------------------------------------


def test_a_pod_as_kubectl_prints_it() -> None:
    text = """
apiVersion: v1
kind: Pod
metadata:
  annotations: {note: 5, date: 2024-01-01}
  creationTimestamp: null
  labels: {app: web, tier: ""}
  managedFields: [{fieldsV1: {"f:x": {}}}]
  name: web-1
  namespace: shop
  uid: 5
spec:
  nodeName: node-1
  hostNetwork: true
  unheardOf: {a: [1]}
  initContainers:
  - {name: once, ports: [{containerPort: 1}]}
  - {name: sidecar, restartPolicy: Always, ports: [{containerPort: 15090, name: stats}]}
  containers:
  - name: a
    env: [{name: X, value: "1"}]
    ports: [{containerPort: 8080, name: http, hostPort: 80}, {containerPort: 53, protocol: UDP}]
  - name: b
    ports: [{containerPort: 8080, name: http, protocol: TCP}]
  - name: c
    ports: null
status:
  phase: Running
  hostIP: 10.9.9.9
  podIP: 10.0.0.7
  podIPs: [{ip: 10.0.0.7}, {ip: "FD00:0::7"}]
"""
    (read,) = load_texts({"f": text}).cluster.workloads
    assert replace(read, where=None) == Workload(
        kind="Pod",
        namespace="shop",
        name="web-1",
        labels=(("app", "web"), ("tier", "")),
        ports=(
            ContainerPort("http", Protocol.TCP, 8080),
            ContainerPort("", Protocol.UDP, 53),
            ContainerPort("stats", Protocol.TCP, 15090),
        ),
        addresses=("10.0.0.7", "fd00::7"),
        init_ports=(ContainerPort("", Protocol.TCP, 1),),
        node="node-1",
        host_network=True,
        node_addresses=("10.9.9.9",),
    )
    assert str(read.where) == "f:9:9"


@pytest.mark.parametrize(
    ("phase", "count"),
    [("Succeeded", 0), ("Failed", 0), ("Running", 1), ("Pending", 1), ("Unknown", 1), (None, 1)],
)
def test_completed_pods_are_left_out(phase: str | None, count: int) -> None:
    """A.9."""
    assert len(cluster(pod("p", status={"phase": phase})).workloads) == count


def test_a_shared_port_name_is_a_note() -> None:
    """A.36."""
    containers = [
        {"name": "a", "ports": [{"name": "http", "containerPort": 80}]},
        {"name": "b", "ports": [{"name": "http", "containerPort": 8080}]},
        {"name": "c", "ports": [{"name": "http", "containerPort": 8080, "protocol": "UDP"}]},
    ]
    result = loaded(pod("p", spec={"containers": containers}))
    assert [port.port for port in result.cluster.workloads[0].ports] == [80, 8080, 8080]
    assert [(n.code, n.clause) for n in result.notes] == [("shared-port-name", "A.36")]


# --- workloads -------------------------------------------------------------------------------


def test_replicas() -> None:
    assert found(
        workload("Deployment", "a"),
        workload("Deployment", "b", replicas=3),
        workload("Deployment", "c", replicas=0),
        workload("ReplicaSet", "d", replicas=None),
        workload("StatefulSet", "e", replicas=2),
        workload("ReplicationController", "f", replicas=1),
        workload("DaemonSet", "g"),
        workload("Job", "h"),
        workload("Job", "i", parallelism=4),
        workload("Job", "j", parallelism=0),
        workload("CronJob", "k", parallelism=2),
    ) == [
        ("Deployment", "a", 1, None),
        ("Deployment", "b", 3, None),
        ("ReplicaSet", "d", 1, None),
        ("StatefulSet", "e", 2, None),
        ("ReplicationController", "f", 1, None),
        ("DaemonSet", "g", 2, None),
        ("Job", "h", 1, None),
        ("Job", "i", 4, None),
        ("Job", "j", 1, None),
        ("CronJob", "k", 2, None),
    ]


@pytest.mark.parametrize(
    ("condition", "count"),
    [
        ({"type": "Complete", "status": "True"}, 0),
        ({"type": "Failed", "status": "True"}, 0),
        ({"type": "Complete", "status": "False"}, 1),
        ({"type": "Suspended", "status": "True"}, 1),
    ],
)
def test_completed_jobs_are_left_out(condition: dict[str, str], count: int) -> None:
    job = {**workload("Job", "j"), "status": {"conditions": [condition]}}
    assert len(cluster(job).workloads) == count


@pytest.mark.parametrize("kind", ["Deployment", "CronJob"])
def test_labels_ports_and_node_come_from_the_template(kind: str) -> None:
    template = {
        "metadata": {"labels": {"app": "web"}},
        "spec": {
            "hostNetwork": True,
            "nodeName": "n1",
            "containers": [{"name": "a", "ports": [{"containerPort": 80}]}],
        },
    }
    (read,) = cluster(workload(kind, "w", template=template)).workloads
    assert read.labels == (("app", "web"),)
    assert read.ports == (ContainerPort("", Protocol.TCP, 80),)
    assert (read.host_network, read.node, read.addresses) == (True, "n1", ())


def test_the_quick_way_overlooks_no_misspelt_field() -> None:
    containers = [{"name": "c", "ports": [{"containerPort": 80}]}]
    plain = [pod(f"p{number}", spec={"containers": containers}) for number in range(3)]
    port = {"containerPort": 80, "Protocol": "UDP"}
    wrong = [
        pod("a", metadata={"Labels": {}}, spec={"containers": containers}),
        pod("b", spec={"containers": containers, "hostnetwork": True}),
        pod("c", spec={"containers": [{"name": "c", "Ports": []}]}),
        pod("d", spec={"containers": [{"name": "c", "ports": [port]}]}),
        pod("e", spec={"containers": containers}, labels={"a": "b"}),
    ]
    with pytest.raises(InputError) as caught:
        loaded(*plain, *wrong)
    assert [problem.where.path for problem in caught.value.problems if problem.where] == [
        ("metadata", "Labels"),
        ("spec", "hostnetwork"),
        ("spec", "containers", 0, "Ports"),
        ("spec", "containers", 0, "ports", 0, "Protocol"),
        ("labels",),
    ]


# --- owners ----------------------------------------------------------------------------------

HASH = {"labels": {"pod-template-hash": "5d4"}}


def test_pods_stand_for_the_workloads_that_own_them() -> None:
    assert found(
        workload("Deployment", "web", replicas=2),
        workload("ReplicaSet", "web-5d4", owner=("Deployment", "web"), replicas=2),
        workload("ReplicaSet", "web-old", owner=("Deployment", "web"), replicas=0),
        pod("web-5d4-a", owner=("ReplicaSet", "web-5d4"), metadata=HASH),
        pod("web-5d4-b", owner=("ReplicaSet", "web-5d4"), metadata=HASH),
    ) == [
        ("Pod", "web-5d4-a", 1, ("Deployment", "web")),
        ("Pod", "web-5d4-b", 1, ("Deployment", "web")),
    ]


def test_pods_stand_for_a_deployment_whose_replica_set_is_not_given() -> None:
    assert found(
        workload("Deployment", "web", replicas=2),
        pod("web-5d4-a", owner=("ReplicaSet", "web-5d4"), metadata=HASH),
    ) == [("Pod", "web-5d4-a", 1, ("Deployment", "web"))]


def template(**labels: str) -> dict[str, Any]:
    return {"metadata": {"labels": labels}, "spec": {"containers": []}}


def test_a_workload_without_pods_gives_way_to_its_owner() -> None:
    """Labels that a controller adds to what it makes do not tell the two apart."""
    of_set = template(app="web", **{"pod-template-hash": "1"})
    of_job = template(app="backup", **{"batch.kubernetes.io/job-name": "backup-1"})
    assert found(
        workload("Deployment", "web", replicas=2),
        workload("ReplicaSet", "web-1", owner=("Deployment", "web"), replicas=2, template=of_set),
        workload("CronJob", "backup"),
        workload("Job", "backup-1", owner=("CronJob", "backup"), template=of_job),
    ) == [("CronJob", "backup", 1, None), ("Deployment", "web", 2, None)]


def test_what_an_earlier_template_left_running_stays() -> None:
    """The pods of a rollout that is under way: none of them may be missing from a proof."""
    earlier = workload(
        "ReplicaSet", "web-1", owner=("Deployment", "web"), template=template(app="b")
    )
    assert found(workload("Deployment", "web"), earlier) == [
        ("Deployment", "web", 1, None),
        ("ReplicaSet", "web-1", 1, ("Deployment", "web")),
    ]


def test_a_workload_does_not_give_way_to_an_owner_without_pods() -> None:
    same = workload(
        "ReplicaSet", "web-1", owner=("Deployment", "web"), template=template(app="web")
    )
    assert found(workload("Deployment", "web", replicas=0), same) == [
        ("ReplicaSet", "web-1", 1, ("Deployment", "web"))
    ]


@pytest.mark.parametrize("owners", [("a", "a"), ("b", "a")])
def test_workloads_that_own_each_other_stay(owners: tuple[str, str]) -> None:
    of_a, of_b = owners
    a = workload("ReplicaSet", "a", owner=("ReplicaSet", of_a), template=template(app="a"))
    b = workload("ReplicaSet", "b", owner=("ReplicaSet", of_b), template=template(app="a"))
    assert "a" in [name for _, name, _, _ in found(a, b)]


def test_a_pod_has_one_address_of_a_family() -> None:
    status = {"podIP": "10.0.0.1", "podIPs": [{"ip": "10.0.0.1"}, {"ip": "10.0.0.2"}]}
    with pytest.raises(InputError, match="has one address of a family"):
        loaded(pod("a", status=status))


def test_a_replica_set_whose_deployment_is_not_given_stays() -> None:
    owned = workload("ReplicaSet", "web-1", owner=("Deployment", "web"), replicas=2)
    assert found(owned) == [("ReplicaSet", "web-1", 2, ("Deployment", "web"))]


def test_owners_that_are_not_given() -> None:
    assert found(
        pod("a", owner=("StatefulSet", "db")),
        pod("b", owner=("ReplicaSet", "web-5d4"), metadata=HASH),
        pod("c", owner=("ReplicaSet", "web-5d4")),
        pod("d", owner=("Node", "n1")),
        pod("e"),
    ) == [
        ("Pod", "a", 1, ("StatefulSet", "db")),
        ("Pod", "b", 1, ("Deployment", "web")),
        ("Pod", "c", 1, ("ReplicaSet", "web-5d4")),
        ("Pod", "d", 1, None),
        ("Pod", "e", 1, None),
    ]


def test_an_owner_that_does_not_control_is_none() -> None:
    other = {**reference("ReplicaSet", "r"), "controller": False}
    assert found(pod("a", metadata={"ownerReferences": [other]})) == [("Pod", "a", 1, None)]


def test_completed_pods_do_not_stand_for_their_owner() -> None:
    assert found(
        workload("Deployment", "web"),
        pod("web-1", owner=("Deployment", "web"), status={"phase": "Failed"}),
    ) == [("Deployment", "web", 1, None)]


def test_owners_are_looked_up_in_the_own_namespace() -> None:
    elsewhere = workload("StatefulSet", "db")
    elsewhere["metadata"]["namespace"] = "other"
    names = [w.name for w in cluster(elsewhere, pod("a", owner=("StatefulSet", "db"))).workloads]
    assert names == ["db", "a"]


def test_owners_in_a_circle_end() -> None:
    a = workload("ReplicaSet", "a", owner=("ReplicaSet", "b"))
    b = workload("ReplicaSet", "b", owner=("ReplicaSet", "a"))
    assert [name for _, name, _, _ in found(a, b, pod("p", owner=("ReplicaSet", "a")))] == ["p"]


# --- one object, one place -------------------------------------------------------------------


def test_the_last_of_two_objects_wins_if_told_so() -> None:
    """A.51."""
    first, second = workload("Deployment", "a"), workload("Deployment", "a", replicas=5)
    result = loaded(first, second, options=LoadOptions(duplicates=Duplicates.LAST_WINS))
    assert [w.replicas for w in result.cluster.workloads] == [5]
    assert [(n.code, n.clause) for n in result.notes] == [("duplicate-object", "A.51")]


def test_the_cluster_is_in_order_whatever_the_input_is() -> None:
    objects = [pod("b"), pod("a"), workload("Deployment", "a"), workload("Job", "0")]
    objects[0]["metadata"]["namespace"] = "a"
    one = cluster(*objects)
    names = [(w.namespace, w.name, w.kind) for w in one.workloads]
    assert names == sorted(names)
    assert [n.name for n in one.namespaces] == ["a", "x"]


@pytest.mark.parametrize(
    "part",
    [
        {"status": ""},
        {"spec": {"containers": {}}},
        {"spec": {"containers": [], "initContainers": ""}},
        {"spec": {"containers": [{"ports": {}}]}},
    ],
)
def test_an_empty_value_of_the_wrong_type_is_refused(part: dict[str, Any]) -> None:
    """Also after a pod that is right."""
    with pytest.raises(InputError) as caught:
        loaded(pod("p", spec={"containers": []}), pod("q", **{"spec": {"containers": []}, **part}))
    assert [problem.code for problem in caught.value.problems] == ["wrong-type"]
