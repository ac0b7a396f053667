"""Objects of add-ons that run pods: virtual machines, Rollouts and so on (A.9a).

What is wrong is reported; the answer then is of no use, and `loading` drops it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from netproof_specs.decoding import Cursor, list_hint, mappings, part
from netproof_specs.frozen import replace
from netproof_specs.locations import Location
from netproof_specs.model.cluster import ContainerPort
from netproof_specs.model.labels import Labels
from netproof_specs.model.traffic import Protocol
from netproof_specs.readers.containers import container_ports, declared_port
from netproof_specs.readers.interfaces import networks_of
from netproof_specs.readers.metadata import Identity, read_identity
from netproof_specs.readers.misspelt import check_header
from netproof_specs.readers.workloads import (
    SEVERAL,
    Borrowed,
    Known,
    Network,
    Pods,
    ReadWorkload,
    account_of,
    check_template,
    count_of,
    flag,
    labels_of,
    optional_text,
    run_by,
)
from netproof_specs.syntax import label_value_fault


def _identity(root: Cursor, kind: str) -> Identity | None:
    metadata = part(root, "metadata")
    check_header(root, metadata)
    return read_identity(metadata, root, f"the {kind}")


def _template(root: Cursor, kind: str) -> Cursor | None:
    """The pod template; its absence is a problem."""
    spec = part(root, "spec")
    template = part(spec, "template")
    if template is None and (spec is None or spec.value.get("template") is None):
        root.refuse(
            f"the {kind} has no template",
            "write `spec.template` with the pods' labels and what they run",
            code="missing-field",
            clause="A.9a",
        )
    return template


def _with(labels: Labels, added: Mapping[str, str]) -> Labels:
    """The labels and those that a controller adds, which win."""
    return tuple(sorted((dict(labels) | dict(added)).items()))


def _mappings(holder: Cursor | None, name: str) -> Iterator[Cursor]:
    """The elements of a list of mappings."""
    if holder is not None:
        in_list = list_hint(holder.value.get(name))
        yield from mappings(holder, name, in_list, "write its fields after the dash")


# --- KubeVirt --------------------------------------------------------------------------------


def read_virtual_machine(root: Cursor, default: str, known: Known) -> ReadWorkload:
    """A VirtualMachine as the pod that its machine runs in; none if it is halted (A.9a)."""
    kind, spec = "VirtualMachine", part(root, "spec")
    template = _template(root, kind)
    described = check_template(spec, template)
    labels = labels_of(described, known)
    halted = optional_text(spec, "runStrategy") == "Halted"
    given = spec is not None and spec.value.get("running") is not None
    stopped = given and not flag(spec, "running")
    pods = Pods(labels, (), 0 if halted or stopped else 1, networks=networks_of(described))
    return _machine(kind, root, default, part(template, "spec"), pods)


def read_machine_instance(root: Cursor, default: str, known: Known) -> ReadWorkload:
    """A VirtualMachineInstance as the pod that it runs in, which has its labels (A.9a)."""
    status = part(root, "status")
    described = part(root, "metadata")
    labels = labels_of(described, known)
    # The node is written on the machine when it has one, and not on the pod.
    labels = tuple(pair for pair in labels if pair[0] != "kubevirt.io/nodeName")
    ended = optional_text(status, "phase") in ("Succeeded", "Failed")
    node = optional_text(status, "nodeName")
    pods = Pods(labels, (), 0 if ended else 1, node=node, networks=networks_of(described))
    return _machine("VirtualMachineInstance", root, default, part(root, "spec"), pods)


def _machine(
    kind: str, root: Cursor, default: str, spec: Cursor | None, pods: Pods
) -> ReadWorkload:
    """The pod of a machine, with the labels that its controller adds."""
    identity = _identity(root, kind)
    added = {"kubevirt.io": "virt-launcher"}
    if identity is not None and _is_told(identity.name, optional_text(spec, "hostname")):
        added["vm.kubevirt.io/name"] = identity.name
    ports = tuple(dict.fromkeys(_interface_ports(spec)))
    networks = pods.networks or _attached(spec)
    pods = replace(pods, labels=_with(pods.labels, added), ports=ports, networks=networks)
    return run_by(kind, root, default, identity, pods)


def _is_told(name: str, hostname: str | None) -> bool:
    """Iff a machine's name is what its pod is labelled with.

    With another hostname, or a dot in the name, that depends on the release.
    """
    plain = not label_value_fault(name) and not {".", "*"} & set(name)
    return plain and hostname in (None, name)


def _attached(spec: Cursor | None) -> Location | None:
    """Where a machine is put on a network beside that of the cluster, if it is (A.9b)."""
    ways = (part(network, "multus") for network in _mappings(spec, "networks"))
    return next((way.where() for way in ways if way is not None), None)


def _interface_ports(spec: Cursor | None) -> Iterator[ContainerPort]:
    for interface in _mappings(part(part(spec, "domain"), "devices"), "interfaces"):
        for one in _mappings(interface, "ports"):
            port = declared_port(one, "port")
            if port is not None:
                yield port


# --- OpenShift and Argo ----------------------------------------------------------------------


def read_deployment_config(root: Cursor, default: str, known: Known) -> ReadWorkload:
    """A DeploymentConfig: its pods carry its name as `deploymentconfig` (A.9a)."""
    kind = "DeploymentConfig"
    identity = _identity(root, kind)
    pods = _templated(root, kind, known)
    if identity is not None and not label_value_fault(identity.name):
        # `deployment` is overwritten too, with a number that the manifest does not tell.
        labels = tuple(pair for pair in pods.labels if pair[0] != "deployment")
        pods = replace(pods, labels=_with(labels, {"deploymentconfig": identity.name}))
    return run_by(kind, root, default, identity, pods)


def read_rollout(root: Cursor, default: str, known: Known) -> ReadWorkload:
    """An Argo Rollout, with the template that it has or the one that it refers to (A.9a)."""
    spec = part(root, "spec")
    reference = part(spec, "workloadRef")
    _refuse_variants(part(spec, "strategy"))
    identity = _identity(root, "Rollout")
    if reference is None:
        return run_by("Rollout", root, default, identity, _templated(root, "Rollout", known))
    read = run_by("Rollout", root, default, identity, Pods((), (), count_of(spec, "replicas")))
    owner = optional_text(reference, "kind"), optional_text(reference, "name")
    return replace(read, borrowed=Borrowed((owner[0] or "", owner[1] or ""), reference.where()))


_VARIANTS = ("canaryMetadata", "stableMetadata", "activeMetadata", "previewMetadata")


def _refuse_variants(strategy: Cursor | None) -> None:
    """Refuses labels that pods of a Rollout have at some times only."""
    for name in ("canary", "blueGreen"):
        way = part(strategy, name)
        for field in _VARIANTS:
            labels = part(part(way, field), "labels")
            if labels is not None and labels.value:
                _refuse_variant(labels, "labels that only some pods of the Rollout have")
        for step in _mappings(way, "steps"):
            experiment = part(step, "experiment")
            if experiment is not None:
                _refuse_variant(experiment, "pods of an experiment")


def _refuse_variant(cursor: Cursor, what: str) -> None:
    hint = "give the pods themselves, as `kubectl get pods -o yaml` prints them, not the Rollout"
    cursor.refuse(f"{what} are not modelled", hint, code="unmodelled-field", clause="A.9a")


def _templated(root: Cursor, kind: str, known: Known) -> Pods:
    """What the pods of an object with replicas and a template of the API's own form have."""
    spec = part(root, "spec")
    template = _template(root, kind)
    described = check_template(spec, template)
    labels = labels_of(described, known)
    inner = part(template, "spec")
    ports, init_ports = container_ports(inner, known.ports)
    return Pods(
        labels,
        ports,
        count_of(spec, "replicas"),
        (),
        optional_text(inner, "nodeName"),
        Network.HOST if flag(inner, "hostNetwork") else Network.POD,
        init_ports,
        account_of(inner),
        networks=networks_of(described),
    )


# --- Knative ---------------------------------------------------------------------------------

_QUEUE_PORTS = (
    ContainerPort("http-queueadm", Protocol.TCP, 8022),
    ContainerPort("http-autometric", Protocol.TCP, 9090),
    ContainerPort("http-usermetric", Protocol.TCP, 9091),
    ContainerPort("https-port", Protocol.TCP, 8112),
)
"""The ports that the proxy beside each container of a Knative pod declares."""


def read_knative_service(root: Cursor, default: str, known: Known) -> ReadWorkload:
    """A Knative Service: the pods of its revisions, of which there may be several (A.9a)."""
    identity = _identity(root, "Service")
    template = _template(root, "Service")
    described = check_template(part(root, "spec"), template)
    labels = labels_of(described, known)
    if identity is not None and not label_value_fault(identity.name):
        keys = ("serving.knative.dev/service", "serving.knative.dev/configuration")
        labels = _with(labels, dict.fromkeys(keys, identity.name))
    spec = part(template, "spec")
    declared, init_ports = container_ports(spec, known.ports)
    pods = Pods(
        labels,
        tuple(_knative_ports(declared)),
        SEVERAL,
        init_ports=init_ports,
        service_account=account_of(spec),
        networks=networks_of(described),
    )
    return run_by("Service", root, default, identity, pods)


def _knative_ports(declared: tuple[ContainerPort, ...]) -> Iterator[ContainerPort]:
    """The container's own port under the name that Knative gives it, and those of the proxy."""
    own = declared[0] if declared else ContainerPort("", Protocol.TCP, 8080)
    yield replace(own, name="user-port")
    number = 8013 if own.name.startswith("h2c") else 8012
    yield ContainerPort("queue-port", Protocol.TCP, number)
    yield from _QUEUE_PORTS


# --- templates of others ---------------------------------------------------------------------


def with_template(one: ReadWorkload, lender: ReadWorkload | None) -> ReadWorkload | None:
    """The workload with the pod template of the one that it refers to; `None` without that."""
    if lender is None or lender.borrowed is not None or lender.workload.kind not in _LENDERS:
        return None
    workload = replace(
        one.workload,
        labels=lender.workload.labels,
        ports=lender.workload.ports,
        init_ports=lender.workload.init_ports,
        service_account=lender.workload.service_account,
        node=lender.workload.node,
        host_network=lender.workload.host_network,
    )
    return replace(one, workload=workload, borrowed=None, networks=lender.networks)


_LENDERS = frozenset({"Deployment", "ReplicaSet"})
