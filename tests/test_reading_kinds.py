"""What becomes of an object by its kind: read, without bearing, unknown, left out or refused."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml

from netproof_encodings.lowering.any_hosts import other_hosts
from netproof_specs.loading import UNKNOWN_KIND, KindCount, Loaded, LoadOptions, load_texts, resolve
from netproof_specs.problems import InputError
from netproof_specs.readers.kind_lists import ALL, NO_BEARING, OTHER_NETWORKS, RUN_PODS
from netproof_specs.readers.kinds import LeftOut, is_left_out, left_out
from netproof_specs.readers.table import READ_KINDS

Object = dict[str, Any]
DEFAULT = LoadOptions()
TEMPLATE = {"metadata": {"labels": {"app": "a"}}, "spec": {"containers": [{"name": "c"}]}}


def thing(version: str, kind: str, **parts: Any) -> Object:
    return {"apiVersion": version, "kind": kind, "metadata": {"name": "a"}, **parts}


POD = thing("v1", "Pod", spec={"containers": []})


def loaded(*objects: Object, options: LoadOptions = DEFAULT) -> Loaded:
    return load_texts({"input": yaml.safe_dump_all(objects)}, options)


def codes(*objects: Object) -> list[str]:
    with pytest.raises(InputError) as caught:
        loaded(*objects)
    return [problem.code for problem in caught.value.problems]


def test_no_kind_is_on_two_lists() -> None:
    listed = [
        (group, kind)
        for kinds in (NO_BEARING, RUN_PODS, OTHER_NETWORKS)
        for group, names in kinds.items()
        for kind in names
    ]
    assert len(set(listed)) == len(listed)
    assert not set(listed) & set(READ_KINDS)
    whole = {group for group, kinds in NO_BEARING.items() if kinds is ALL}
    assert not whole & {group for group, _ in READ_KINDS}
    assert not whole & {*RUN_PODS, *OTHER_NETWORKS}


# --- without bearing -------------------------------------------------------------------------


def test_kinds_without_bearing_are_counted() -> None:
    skipped = [
        ("v1", "ConfigMap"),
        ("v1", "Service"),
        ("v1", "Service"),
        ("networking.k8s.io/v1", "Ingress"),
        ("cert-manager.io/v1", "Certificate"),
        ("projectcalico.org/v3", "IPPool"),
        ("cilium.io/v2", "CiliumEndpoint"),
        ("policy/v1", "PodDisruptionBudget"),
        ("gateway.networking.k8s.io/v1", "HTTPRoute"),
    ]
    objects = [thing(version, kind) for version, kind in skipped]
    objects.append({"apiVersion": "v1", "kind": "ConfigMapList", "items": [{}, {}]})
    result = loaded(*objects)
    assert result.skipped == (
        ("Certificate", 1),
        ("CiliumEndpoint", 1),
        ("ConfigMap", 3),
        ("HTTPRoute", 1),
        ("IPPool", 1),
        ("Ingress", 1),
        ("PodDisruptionBudget", 1),
        ("Service", 2),
    )
    assert result.unknown_kinds == ()


@pytest.mark.parametrize(
    ("version", "kind", "parts"),
    [
        ("v1", "PodTemplate", {"template": TEMPLATE}),
        ("apps/v1", "ControllerRevision", {"data": {"spec": {"template": TEMPLATE}}}),
    ],
)
def test_a_kind_without_bearing_may_hold_a_template(version: str, kind: str, parts: Object) -> None:
    """Neither runs a pod: one is a form to fill in, the other a record of earlier ones."""
    assert loaded(thing(version, kind, **parts)).skipped == ((kind, 1),)


# --- unknown ---------------------------------------------------------------------------------


def test_an_unknown_kind_is_told_by_name_and_place() -> None:
    odd = thing("example.com/v1", "Odd", spec={"template": ["a"]})
    result = loaded(POD, odd, thing("example.com/v1", "Deployment"), odd)
    assert [(one.api_version, one.kind, one.count) for one in result.unknown_kinds] == [
        ("example.com/v1", "Deployment", 1),
        ("example.com/v1", "Odd", 2),
    ]
    notes = [note for note in result.notes if note.code == UNKNOWN_KIND]
    assert [str(note.where) for note in notes] == ["input:9:7", "input:17:7"]
    assert "`Odd` of `example.com/v1`: 2 objects are left out" in notes[0].message
    assert result.skipped == ()


# --- what an unknown kind holds --------------------------------------------------------------

RUNNABLE = {"metadata": {}, "spec": {"containers": [{"name": "c", "image": "nginx:1.27"}]}}
ANY_CONTAINER = [{"name": "*", "image": "!*:latest"}]
DEPLOYMENT = thing("apps/v1", "Deployment", spec={"template": TEMPLATE})
POLICY = thing("networking.k8s.io/v1", "NetworkPolicy", spec={})
NAMESPACE = thing("v1", "Namespace")


@pytest.mark.parametrize(
    ("parts", "code"),
    [
        ({"spec": {"template": TEMPLATE}}, "unread-pods"),
        ({"spec": {"jobTemplate": {"spec": {"template": TEMPLATE}}}}, "unread-pods"),
        ({"spec": {"replicaSpecs": {"worker": {"template": TEMPLATE}}}}, "unread-pods"),
        ({"spec": {"solvers": [{"podTemplate": TEMPLATE}]}}, "unread-pods"),
        ({"spec": {"podTemplates": [TEMPLATE]}}, "unread-pods"),
        ({"spec": {"templates": {"worker": TEMPLATE}}}, "unread-pods"),
        ({"spec": {"workers": [{"count": 2}, RUNNABLE]}}, "unread-pods"),
        ({"spec": {"worker": RUNNABLE}}, "unread-pods"),
        ({"objects": [{}, DEPLOYMENT]}, "nested-object"),
        ({"objects": [{}, POD]}, "nested-object"),
        ({"objects": [{}, NAMESPACE]}, "nested-object"),
        ({"objects": [{}, POLICY]}, "nested-policy"),
    ],
)
def test_an_object_that_holds_what_bears_on_the_answer_is_refused(parts: Object, code: str) -> None:
    """A.9a, B.7: its pods or policies would be missing from a proof without a word."""
    assert codes(POD, thing("example.com/v1", "Odd", **parts)) == [code]


@pytest.mark.parametrize(
    "spec",
    [
        {"targetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "b"}},
        {"template": {"spec": {"project": "default"}}},
        {"pattern": {"spec": {"containers": [{"image": "!*:latest"}]}}},
        {"anyPattern": [{"metadata": {"name": "?*"}, "spec": {"containers": ANY_CONTAINER}}]},
        {"merge": {"spec": {"containers": RUNNABLE["spec"]["containers"]}}},
        {"worker": {"metadata": {}, "spec": {"containers": []}}},
        {"worker": {"metadata": {}, "spec": {"containers": ["c"]}}},
    ],
)
def test_references_and_patterns_are_no_objects(spec: Object) -> None:
    assert loaded(POD, thing("example.com/v1", "Odd", spec=spec)).unknown_kinds


# --- refused by name -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("version", "kind", "code"),
    [
        ("kubevirt.io/v1", "VirtualMachineInstanceReplicaSet", "unread-pods"),
        ("monitoring.coreos.com/v1", "Prometheus", "unread-pods"),
        ("tekton.dev/v1", "TaskRun", "unread-pods"),
        ("serving.knative.dev/v1", "Revision", "unread-pods"),
        ("serving.knative.dev/v1alpha1", "Service", "unknown-kind"),
        ("kubevirt.io/v1beta9", "VirtualMachine", "unknown-kind"),
        ("k8s.ovn.org/v1", "UserDefinedNetwork", "unmodelled-network"),
        ("k8s.ovn.org/v1", "ClusterUserDefinedNetwork", "unmodelled-network"),
        ("k8s.cni.cncf.io/v1", "NetworkAttachmentDefinition", "unmodelled-network"),
        ("k8s.cni.cncf.io/v1beta1", "MultiNetworkPolicy", "unmodelled-policy"),
        ("network.openshift.io/v1", "NetNamespace", "unmodelled-network"),
        ("network.openshift.io/v1", "EgressNetworkPolicy", "unmodelled-policy"),
        ("cilium.io/v2", "CiliumNetworkPolicy", "unmodelled-policy"),
    ],
)
def test_kinds_that_bear_on_the_answer_are_refused(version: str, kind: str, code: str) -> None:
    assert codes(POD, thing(version, kind)) == [code]


@pytest.mark.parametrize("form", ["yaml", "json"])
def test_namespaces_with_a_network_of_their_own_are_noted(form: str) -> None:
    """A.9b: read one by one, or quickly from a list."""
    label = "k8s.ovn.org/primary-user-defined-network"
    metadata = {"name": "apart", "labels": {label: ""}}
    listed = [{"apiVersion": "v1", "kind": "Namespace", "metadata": metadata}, POD]
    text = json.dumps({"apiVersion": "v1", "kind": "List", "items": listed}, indent=1)
    if form == "yaml":
        text = yaml.safe_dump_all(listed)
    found = load_texts({f"f.{form}": text})
    (note,) = (one for one in found.notes if one.code == "own-network")
    assert note.where is not None
    where = resolve(note.where, found)
    assert "apart" in text.splitlines()[where.line - 1]
    assert "the pods of the namespace `apart` are on a network of their own" in note.message


APART = {"annotations": {"k8s.v1.cni.cncf.io/networks": "storage"}, "labels": {"app": "a"}}
PODS = {"metadata": APART, "spec": {"containers": [{"name": "c", "image": "i"}]}}
APPS = {"selector": {"matchLabels": {"app": "a"}}, "template": PODS}
MACHINE = {"spec": {"networks": [{"name": "d", "pod": {}}, {"name": "s", "multus": {}}]}}
ON_NETWORKS = {
    "a pod": thing("v1", "Pod") | PODS | {"metadata": APART | {"name": "a", "namespace": "shop"}},
    "a template": thing("apps/v1", "Deployment", spec=APPS),
    "a job's template": thing("batch/v1", "Job", spec={"template": PODS}),
    "a template in a template": thing(
        "batch/v1",
        "CronJob",
        spec={"schedule": "* * * * *", "jobTemplate": {"spec": {"template": PODS}}},
    ),
    "a rollout": thing("argoproj.io/v1alpha1", "Rollout", spec=APPS),
    "a service": thing("serving.knative.dev/v1", "Service", spec={"template": PODS}),
    "a machine": thing("kubevirt.io/v1", "VirtualMachine", spec={"template": MACHINE}),
    "an instance": thing("kubevirt.io/v1", "VirtualMachineInstance", **MACHINE),
}
for one in ON_NETWORKS.values():
    one["metadata"] = one["metadata"] | {"namespace": "shop"}


def notes_on(*objects: Object, form: str) -> tuple[list[str], list[str]]:
    """The messages on further interfaces, and the lines that they are at."""
    listed = {"apiVersion": "v1", "kind": "List", "items": list(objects)}
    text = yaml.safe_dump_all(objects) if form == "yaml" else json.dumps(listed, indent=1)
    found = load_texts({f"f.{form}": text})
    notes = [one for one in found.notes if one.code == "further-interfaces"]
    places = [resolve(one.where, found) for one in notes if one.where is not None]
    return [one.message for one in notes], [text.splitlines()[at.line - 1] for at in places]


@pytest.mark.parametrize("form", ["yaml", "json"])
@pytest.mark.parametrize("given", ON_NETWORKS.values(), ids=ON_NETWORKS)
def test_pods_on_further_networks_are_noted(given: Object, form: str) -> None:
    """A.9b: read one by one, or quickly from a list; policies see nothing of these networks."""
    (message,), (line,) = notes_on(given, form=form)
    assert f"{given['kind']} `shop/a` ha" in message
    assert " interfaces on networks beside that of the cluster: what passes there" in message
    assert "multus" in line or "k8s.v1.cni.cncf.io/networks" in line


@pytest.mark.parametrize("form", ["yaml", "json"])
@pytest.mark.parametrize(
    ("key", "value", "count"),
    [
        ("k8s.v1.cni.cncf.io/networks", '[{"name": "s"}]', 1),
        ("k8s.v1.cni.cncf.io/networks", " [] ", 0),
        ("k8s.v1.cni.cncf.io/networks", "", 0),
        ("k8s.v1.cni.cncf.io/network-status", "[{}]", 0),
        ("v1.multus-cni.io/default-network", "kube-system/other", 1),
    ],
)
def test_which_annotations_put_pods_on_networks(
    key: str, value: str, count: int, form: str
) -> None:
    given = POD | {"metadata": {"name": "a", "namespace": "shop", "annotations": {key: value}}}
    messages, _ = notes_on(given, form=form)
    assert len(messages) == count


def test_many_pods_on_further_networks_have_one_note() -> None:
    """Those that have completed are on none, and one that takes a template is where it says."""
    pods = [
        ON_NETWORKS["a pod"] | {"metadata": APART | {"name": f"p{at}", "namespace": "shop"}}
        for at in range(3)
    ]
    ended = pods.pop() | {"status": {"phase": "Succeeded"}}
    (message,), _ = notes_on(*pods, ended, form="yaml")
    assert "the Pod `shop/p0` has interfaces" in message
    assert ", as 1 more object says of its pods: " in message
    resting = thing("apps/v1", "Deployment", spec=APPS | {"replicas": 0})
    resting["metadata"] = {"name": "d", "namespace": "shop"}
    reference = {"kind": "Deployment", "name": "d"}
    rollout = thing("argoproj.io/v1alpha1", "Rollout", spec={"workloadRef": reference})
    rollout["metadata"] = {"name": "r", "namespace": "shop"}
    (message,), _ = notes_on(*pods, resting, rollout, form="yaml")
    assert ", as 2 more objects say of their pods: " in message
    (message,), _ = notes_on(resting, rollout, form="yaml")
    assert "the pods of the Rollout `shop/r` have interfaces" in message


@pytest.mark.parametrize("version", ["projectcalico.org/v3", "crd.projectcalico.org/v1"])
@pytest.mark.parametrize(
    ("spec", "count"),
    [
        ({"controllers": {"node": {"hostEndpoint": {"autoCreate": "Enabled"}}}}, 1),
        ({"controllers": {"node": {"hostEndpoint": {"autoCreate": "Disabled"}}}}, 0),
        ({"controllers": {"node": {"hostEndpoint": None}, "policy": {}}}, 0),
        ({"controllers": []}, 0),
        (None, 0),
    ],
)
def test_host_endpoints_that_calico_makes_are_noted(spec: Any, count: int, version: str) -> None:
    """D.35: they are no part of an input that does not state them."""
    found = loaded(POD, thing(version, "KubeControllersConfiguration", spec=spec))
    noted = [one for one in found.notes if one.code == "created-hosts"]
    assert [one.message.partition(": ")[0] for one in noted] == count * [
        "spec.controllers.node.hostEndpoint.autoCreate"
    ]
    assert found.cluster.hosts == ()


@pytest.mark.parametrize("more", [(), ("Tier",)], ids=["alone", "beside a tier"])
def test_by_itself_what_makes_host_endpoints_lets_a_claim_range_over_none(
    more: tuple[str, ...],
) -> None:
    """D.6, D.35: so its note says of any-cluster that there may be any beside other objects."""
    spec = {"controllers": {"node": {"hostEndpoint": {"autoCreate": "Enabled"}}}}
    making = thing("projectcalico.org/v3", "KubeControllersConfiguration", spec=spec)
    tiers = (thing("projectcalico.org/v3", kind, spec={"order": 1}) for kind in more)
    found = loaded(POD, making, *tiers)
    assert (other_hosts(found.cluster.every_policy) is not None) is bool(more)
    (message,) = (one.message for one in found.notes if one.code == "created-hosts")
    assert message.endswith("; in any-cluster, beside other objects of Calico, there may be any")


# --- left out by the user --------------------------------------------------------------------

CILIUM = thing("cilium.io/v2", "CiliumNetworkPolicy")


def test_what_the_user_leaves_out_is_counted() -> None:
    options = LoadOptions(without=(LeftOut("CiliumNetworkPolicy"), LeftOut("Odd", "example.com")))
    odd = thing("example.com/v1", "Odd", spec={"template": TEMPLATE})
    listed = {"apiVersion": "cilium.io/v2", "kind": "CiliumNetworkPolicyList", "items": [{}, {}]}
    result = loaded(POD, CILIUM, odd, listed, thing("v1", "ConfigMap"), options=options)
    assert result.without == (
        KindCount("cilium.io/v2", "CiliumNetworkPolicy", 3),
        KindCount("example.com/v1", "Odd", 1),
    )
    assert result.unknown_kinds == ()


@pytest.mark.parametrize(
    ("text", "version", "kind", "expected"),
    [
        ("CiliumNetworkPolicy", "cilium.io/v2", "CiliumNetworkPolicy", True),
        ("CiliumNetworkPolicy.cilium.io", "cilium.io/v2alpha1", "CiliumNetworkPolicy", True),
        ("CiliumNetworkPolicy.io", "cilium.io/v2", "CiliumNetworkPolicy", False),
        ("ciliumnetworkpolicy", "cilium.io/v2", "CiliumNetworkPolicy", False),
        ("NetworkPolicy.projectcalico.org", "networking.k8s.io/v1", "NetworkPolicy", False),
        ("NetworkPolicy.projectcalico.org", "projectcalico.org/v3", "NetworkPolicy", True),
        ("ConfigMap", "v1", "ConfigMap", False),
    ],
)
def test_which_kinds_a_text_leaves_out(text: str, version: str, kind: str, expected: bool) -> None:
    assert is_left_out([left_out(text)], version, kind) is expected


@pytest.mark.parametrize("text", ["", ".cilium.io", "A.", "A B", "a/b", "*"])
def test_a_text_that_names_no_kind(text: str) -> None:
    with pytest.raises(ValueError, match="is not of the form"):
        left_out(text)
