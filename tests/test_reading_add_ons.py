"""A.9a: objects of add-ons that run pods, as the pods that they run."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
import yaml

from netproof_specs.loading import Loaded, load_texts
from netproof_specs.model.cluster import ContainerPort, Workload
from netproof_specs.model.traffic import Protocol
from netproof_specs.problems import InputError


def load(*documents: str) -> Loaded:
    return load_texts({"m.yaml": "\n---\n".join(documents)})


def only(*documents: str) -> Workload:
    (found,) = load(*documents).cluster.workloads
    return found


def names(*documents: str) -> list[tuple[str, str]]:
    return [(one.kind, one.name) for one in load(*documents).cluster.workloads]


def owned(kind: str, name: str) -> str:
    return yaml.safe_dump(
        {"ownerReferences": [{"kind": kind, "name": name, "controller": True}]},
        default_flow_style=True,
    ).strip()[1:-1]


VM = """
apiVersion: kubevirt.io/v1
kind: VirtualMachine
metadata: {name: legacy, namespace: shop}
spec:
  runStrategy: Always
  template:
    metadata: {labels: {app: web}}
    spec:
      domain:
        devices:
          interfaces:
          - name: default
            masquerade: {}
            ports: [{name: http, port: 80}, {port: 53, protocol: UDP}]
"""
VMI = """
apiVersion: kubevirt.io/v1
kind: VirtualMachineInstance
metadata:
  {name: legacy, namespace: shop, labels: {app: web, kubevirt.io/nodeName: n1}, OWNER}
spec: {domain: {devices: {}}}
status: {phase: Running, nodeName: n1}
"""
MACHINE_LABELS = (
    ("app", "web"),
    ("kubevirt.io", "virt-launcher"),
    ("vm.kubevirt.io/name", "legacy"),
)


def pod(name: str, labels: str, owner: str) -> str:
    return f"""
apiVersion: v1
kind: Pod
metadata: {{name: {name}, namespace: shop, labels: {labels}, {owner}}}
spec: {{containers: []}}
"""


# --- virtual machines ------------------------------------------------------------------------


def test_a_virtual_machine_is_the_pod_that_it_runs_in() -> None:
    found = only(VM)
    assert (found.kind, found.namespace, found.name) == ("VirtualMachine", "shop", "legacy")
    assert (found.labels, found.replicas) == (MACHINE_LABELS, 1)
    assert found.ports == (
        ContainerPort("http", Protocol.TCP, 80),
        ContainerPort("", Protocol.UDP, 53),
    )


def test_an_instance_has_its_own_labels() -> None:
    found = only(VMI.replace(", OWNER", ""))
    assert found.kind == "VirtualMachineInstance"
    assert (found.labels, found.node) == (MACHINE_LABELS, "n1")


@pytest.mark.parametrize(
    ("written", "alive"),
    [
        ("runStrategy: Always", True),
        ("runStrategy: Manual", True),
        ("runStrategy: Halted", False),
        ("running: true", True),
        ("running: false", False),
        ("running: null", True),
    ],
)
def test_a_halted_machine_runs_no_pod(written: str, alive: bool) -> None:
    loaded = load(VM.replace("runStrategy: Always", written))
    assert len(loaded.cluster.workloads) == alive
    assert len(loaded.dormant) == (not alive)


@pytest.mark.parametrize(("phase", "alive"), [("Running", 1), ("Succeeded", 0), ("Failed", 0)])
def test_an_instance_that_has_ended_runs_no_pod(phase: str, alive: int) -> None:
    loaded = load(VMI.replace(", OWNER", "").replace("phase: Running", f"phase: {phase}"))
    assert len(loaded.cluster.workloads) == alive


@pytest.mark.parametrize(
    "change",
    [("name: legacy", "name: le.gacy"), ("domain:", "hostname: h\n      domain:")],
)
def test_the_name_label_of_a_machine_is_told_only_where_it_is_sure(change: tuple[str, str]) -> None:
    assert "vm.kubevirt.io/name" not in dict(only(VM.replace(*change)).labels)


def test_a_machine_its_instance_and_its_pod_are_one_pod() -> None:
    instance = VMI.replace("OWNER", owned("VirtualMachine", "legacy"))
    launcher = pod(
        "virt-launcher-legacy-x", "{app: web}", owned("VirtualMachineInstance", "legacy")
    )
    assert names(VM, instance) == [("VirtualMachineInstance", "legacy")]
    assert names(VM, instance, launcher) == [("Pod", "virt-launcher-legacy-x")]
    assert names(VM, launcher) == [("Pod", "virt-launcher-legacy-x")]
    assert names(VM.replace("Always", "Halted"), instance) == [("VirtualMachineInstance", "legacy")]


# --- DeploymentConfig, Rollout ---------------------------------------------------------------

TEMPLATE = (
    "{metadata: {labels: {app: web}}, "
    "spec: {containers: [{name: c, ports: [{containerPort: 80}]}]}}"
)
CONFIG = f"""
apiVersion: apps.openshift.io/v1
kind: DeploymentConfig
metadata: {{name: web, namespace: shop}}
spec: {{replicas: 3, template: {TEMPLATE}}}
"""
ROLLOUT = f"""
apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata: {{name: web, namespace: shop}}
spec: {{replicas: 2, template: {TEMPLATE}}}
"""


def test_a_deployment_config() -> None:
    found = only(CONFIG)
    assert found.labels == (("app", "web"), ("deploymentconfig", "web"))
    assert (found.replicas, found.ports) == (3, (ContainerPort("", Protocol.TCP, 80),))
    assert load(CONFIG.replace("3", "0")).dormant


def test_a_deployment_config_and_what_it_made_are_counted_once() -> None:
    labels = "{app: web, deployment: web-2, deploymentconfig: web}"
    controller = f"""
apiVersion: v1
kind: ReplicationController
metadata: {{name: web-2, namespace: shop, {owned("DeploymentConfig", "web")}}}
spec: {{replicas: 3, template: {TEMPLATE.replace("{app: web}", labels)}}}
"""
    made = pod("web-2-x", labels, owned("ReplicationController", "web-2"))
    assert names(CONFIG, controller) == [("DeploymentConfig", "web")]
    assert names(CONFIG, controller, made) == [("Pod", "web-2-x")]
    assert names(CONFIG, made) == [("Pod", "web-2-x")]
    assert only(made).owner == ("DeploymentConfig", "web")


def test_a_rollout_and_what_it_made_are_counted_once() -> None:
    labels = "{app: web, rollouts-pod-template-hash: 5d4f}"
    replicas = f"""
apiVersion: apps/v1
kind: ReplicaSet
metadata: {{name: web-5d4f, namespace: shop, {owned("Rollout", "web")}}}
spec: {{replicas: 2, template: {TEMPLATE.replace("{app: web}", labels)}}}
"""
    made = pod("web-5d4f-x", labels, owned("ReplicaSet", "web-5d4f"))
    assert only(ROLLOUT).labels == (("app", "web"),)
    assert names(ROLLOUT, replicas) == [("Rollout", "web")]
    assert names(ROLLOUT, replicas, made) == [("Pod", "web-5d4f-x")]
    assert names(ROLLOUT, made) == [("Pod", "web-5d4f-x")]
    assert only(made).owner == ("Rollout", "web")


REFERRING = """
apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata: {name: web, namespace: shop}
spec: {replicas: 2, workloadRef: {apiVersion: apps/v1, kind: Deployment, name: web}}
"""
SCALED_DOWN = f"""
apiVersion: apps/v1
kind: Deployment
metadata: {{name: web, namespace: shop}}
spec: {{replicas: 0, template: {TEMPLATE}}}
"""


@pytest.mark.parametrize("documents", [(REFERRING, SCALED_DOWN), (SCALED_DOWN, REFERRING)])
def test_a_rollout_takes_the_template_that_it_refers_to(documents: Sequence[str]) -> None:
    found = only(*documents)
    assert (found.kind, found.labels, found.replicas) == ("Rollout", (("app", "web"),), 2)
    assert found.ports == (ContainerPort("", Protocol.TCP, 80),)


@pytest.mark.parametrize(
    "documents",
    [
        [REFERRING],
        [REFERRING, SCALED_DOWN.replace("namespace: shop", "namespace: other")],
        [REFERRING.replace("kind: Deployment", "kind: Rollout")],
    ],
)
def test_a_template_that_is_not_in_the_input(documents: Sequence[str]) -> None:
    with pytest.raises(InputError, match="takes the pod template of the") as caught:
        load(*documents)
    (problem,) = caught.value.problems
    assert (problem.code, str(problem.where)) == ("missing-template", "m.yaml:5:34")


@pytest.mark.parametrize(
    "strategy",
    [
        "{canary: {canaryMetadata: {labels: {role: canary}}}}",
        "{blueGreen: {previewMetadata: {labels: {role: preview}}}}",
        "{canary: {steps: [{setWeight: 5}, {experiment: {templates: []}}]}}",
    ],
)
def test_labels_that_some_pods_of_a_rollout_have_are_refused(strategy: str) -> None:
    with pytest.raises(InputError, match="are not modelled"):
        load(ROLLOUT.replace("spec: {", f"spec: {{strategy: {strategy}, "))


# --- Knative ---------------------------------------------------------------------------------

KNATIVE = """
apiVersion: serving.knative.dev/v1
kind: Service
metadata: {name: web, namespace: shop}
spec:
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{ports: [{name: h2c, containerPort: 9000}]}]}
"""


def test_a_knative_service_runs_several_pods_with_a_proxy_each() -> None:
    found = only(KNATIVE)
    assert found.labels == (
        ("app", "web"),
        ("serving.knative.dev/configuration", "web"),
        ("serving.knative.dev/service", "web"),
    )
    assert found.replicas == 2
    ports = {port.name: port.port for port in found.ports}
    assert (ports["user-port"], ports["queue-port"]) == (9000, 8013)
    plain = only(KNATIVE.replace("{ports: [{name: h2c, containerPort: 9000}]}", "{name: c}"))
    ports = {port.name: port.port for port in plain.ports}
    assert (ports["user-port"], ports["queue-port"]) == (8080, 8012)


def test_what_a_knative_service_made_tells_more_than_it_does() -> None:
    labels = "{app: web-00001, serving.knative.dev/service: web}"
    deployment = f"""
apiVersion: apps/v1
kind: Deployment
metadata: {{name: web-00001-deployment, namespace: shop, {owned("Revision", "web-00001")}}}
spec: {{template: {TEMPLATE.replace("{app: web}", labels)}}}
"""
    made = pod("web-00001-x", labels, owned("ReplicaSet", "web-00001-deployment-5d4f"))
    assert names(KNATIVE, deployment) == [("Deployment", "web-00001-deployment")]
    assert names(KNATIVE, made) == [("Pod", "web-00001-x")]
    idle = deployment.replace("spec: {", "spec: {replicas: 0, ")
    assert names(KNATIVE, idle) == [("Service", "web")]


def test_a_service_of_the_core_group_is_another_kind() -> None:
    core = """
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {selector: {app: web}}
"""
    loaded = load(KNATIVE, core)
    assert len(loaded.cluster.workloads) == 1
    assert loaded.skipped == (("Service", 1),)


# --- refused ---------------------------------------------------------------------------------


@pytest.mark.parametrize("text", [VM, CONFIG, ROLLOUT, KNATIVE])
def test_a_template_is_needed(text: str) -> None:
    with pytest.raises(InputError) as caught:
        load(text.replace("template:", "other:"))
    assert "missing-field" in [problem.code for problem in caught.value.problems]


@pytest.mark.parametrize("text", [VM, CONFIG, ROLLOUT, KNATIVE])
def test_misspelt_labels_are_refused(text: str) -> None:
    with pytest.raises(InputError, match="unknown field"):
        load(text.replace("labels:", "Labels:"))
