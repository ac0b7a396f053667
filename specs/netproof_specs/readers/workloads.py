"""Pods and the workloads that run them: only what bears on connectivity is read."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Any

from netproof_specs.decoding import Cursor, part
from netproof_specs.frozen import Frozen, field
from netproof_specs.locations import Location
from netproof_specs.model.accounts import DEFAULT_ACCOUNT
from netproof_specs.model.cluster import ContainerPort, Workload
from netproof_specs.model.labels import Labels
from netproof_specs.readers.containers import KnownPorts, Ports, container_ports
from netproof_specs.readers.interfaces import networks_of
from netproof_specs.readers.metadata import METADATA, Identity, read_identity, read_labels
from netproof_specs.readers.misspelt import (
    TEMPLATE,
    WORKLOAD_SPEC,
    check_header,
    check_known,
    check_near,
)
from netproof_specs.readers.pod_addresses import addresses_of, addresses_of_host
from netproof_specs.syntax import label_value_fault

SEVERAL = 2
"""The replicas of a kind whose number the manifest does not tell."""

MOST = 2**31 - 1
"""The greatest number that the API has room for in a count."""

Owner = tuple[str, str]


class Known(Frozen):
    """Labels and ports that have been read before, by what they were read from; valid names.

    `port_lists` are the ports of whole pods, without anything to remark, and `namespaces` names of
    namespaces that the server accepts (B.8), as it does the keys in `annotations` (B.13). Of
    policies there are the values of the pairs in selectors, blocks and ports, each by what was
    written without a mistake.
    """

    labels: dict[tuple[tuple[str, str], ...], Labels] = field(default_factory=dict)
    ports: KnownPorts = field(default_factory=dict)
    port_lists: dict[tuple[tuple[Any, ...], ...], Ports] = field(default_factory=dict)
    namespaces: set[str] = field(default_factory=set)
    annotations: set[str] = field(default_factory=set)
    pairs: dict[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)
    blocks: dict[tuple[str, tuple[str, ...]], tuple[str, tuple[str, ...]]] = field(
        default_factory=dict
    )
    rule_ports: dict[tuple[Any, Any, Any], tuple[Any, Any]] = field(default_factory=dict)


class Borrowed(Frozen):
    """The workload, as (kind, name), whose template another one takes, and where that stands."""

    owner: Owner
    where: Location


class ReadWorkload(Frozen):
    """A workload with what tells whether it counts: `alive` is false for one without any pod.

    `controller` is the object that owns it, as (kind, name), if one does. One that has `borrowed`
    has no template of its own yet. `networks` is where its pods are put on other networks (A.9b).
    """

    workload: Workload
    controller: Owner | None
    alive: bool
    borrowed: Borrowed | None = None
    networks: Location | None = None


def read_workload(kind: str, root: Cursor, default: str, known: Known) -> ReadWorkload:
    """One Pod or workload, of no use where something is wrong, which is reported.

    `default` is the namespace of an object that names none (A.50). Completed pods and workloads
    scaled to nothing are not alive (A.9).
    """
    metadata = part(root, "metadata")
    check_header(root, metadata)
    identity = read_identity(metadata, root, f"the {kind}")
    own, status = part(root, "spec"), part(root, "status") if kind in ("Pod", "Job") else None
    running = _running_spec(kind, own)
    pod = root if kind == "Pod" else _template(kind, root, running)
    spec = own if kind == "Pod" else part(pod, "spec")
    described = metadata if kind == "Pod" else check_template(running, pod)
    labels = labels_of(described, known)
    if kind == "Job" and identity is not None and not flag(own, "manualSelector"):
        labels = with_job_name(labels, identity.name)
    replicas = _replicas(kind, running)
    ports, init_ports = container_ports(spec, known.ports)
    pods = Pods(
        labels,
        ports,
        replicas if not _completed(kind, status) else 0,
        addresses_of(status) if kind == "Pod" else (),
        optional_text(spec, "nodeName"),
        Network.HOST if flag(spec, "hostNetwork") else Network.POD,
        init_ports,
        account_of(spec),
        addresses_of_host(status) if kind == "Pod" else (),
        networks_of(described),
    )
    return run_by(kind, root, default, identity, pods)


class Network(Enum):
    """The network that pods are on: their own, or that of their node (A.45)."""

    POD = "pod"
    HOST = "host"


class Pods(Frozen):
    """What connectivity depends on in the pods that an object runs; `count` may be 0 (A.9)."""

    labels: Labels
    ports: tuple[ContainerPort, ...]
    count: int
    addresses: tuple[str, ...] = ()
    node: str | None = None
    network: Network = Network.POD
    init_ports: tuple[ContainerPort, ...] = ()
    service_account: str = DEFAULT_ACCOUNT
    node_addresses: tuple[str, ...] = ()
    networks: Location | None = None


def run_by(
    kind: str, root: Cursor, default: str, identity: Identity | None, pods: Pods
) -> ReadWorkload:
    """The workload that runs the pods; one without an identity has a problem reported already."""
    metadata = root.value.get("metadata")
    controller = controller_of(metadata) if isinstance(metadata, dict) else None
    workload = Workload(
        kind=kind,
        namespace=(identity.namespace or default) if identity else default,
        name=identity.name if identity else "",
        labels=pods.labels,
        ports=pods.ports,
        addresses=pods.addresses,
        node=pods.node,
        node_addresses=pods.node_addresses,
        host_network=pods.network is Network.HOST,
        replicas=max(1, pods.count),
        owner=None if controller is None else behind(controller, pods.labels),
        init_ports=pods.init_ports,
        service_account=pods.service_account,
        where=root.manifest.locate_name(),
    )
    return ReadWorkload(workload, controller, pods.count > 0, networks=pods.networks)


def check_template(running: Cursor | None, template: Cursor | None) -> Cursor | None:
    """The metadata of a pod template, misspelt fields there and around the template reported."""
    check_near(running, WORKLOAD_SPEC)
    check_known(template, TEMPLATE)
    metadata = part(template, "metadata")
    check_known(metadata, METADATA)
    return metadata


_HASHES = (("pod-template-hash", "Deployment"), ("rollouts-pod-template-hash", "Rollout"))


def behind(controller: Owner, labels: Labels) -> Owner:
    """The owner of the controller, as far as its name and the pod's labels tell, else itself.

    A ReplicaSet is named after the Deployment or Rollout that made it, with the hash of the
    template; a ReplicationController of a DeploymentConfig is named in labels of its pods.
    """
    kind, name = controller
    values = dict(labels)
    if kind == "ReplicaSet":
        for key, maker in _HASHES:
            suffix = f"-{values.get(key, '')}"
            if suffix != "-" and name.endswith(suffix) and name != suffix:
                return maker, name.removesuffix(suffix)
    if kind == "ReplicationController" and values.get("deployment") == name:
        config = values.get("deploymentconfig", "")
        return ("DeploymentConfig", config) if config else controller
    return controller


def _running_spec(kind: str, own: Cursor | None) -> Cursor | None:
    """The part that holds the pod template: the spec, or that of a CronJob's jobs."""
    if kind != "CronJob":
        return own
    check_near(own, WORKLOAD_SPEC)
    return part(part(own, "jobTemplate"), "spec")


def _template(kind: str, root: Cursor, running: Cursor | None) -> Cursor | None:
    """The pod template; its absence is a problem unless something above it was found wrong."""
    template = part(running, "template")
    if template is None and not _spoilt(kind, root):
        path = "spec.jobTemplate.spec.template" if kind == "CronJob" else "spec.template"
        root.refuse(
            f"the {kind} has no pod template",
            f"write `{path}` with the pods' labels and containers",
            code="missing-field",
            clause="B.4",
        )
    return template


def labels_of(metadata: Cursor | None, known: Known) -> Labels:
    """The labels that some metadata state."""
    labels = metadata.value.get("labels") if metadata is not None else None
    if metadata is None or labels is None:
        return ()
    try:
        key = tuple(labels.items())
        found = known.labels.get(key)
    except (AttributeError, TypeError):
        return read_labels(metadata.down("labels", labels))
    if found is None:
        before = len(metadata.report.problems)
        found = read_labels(metadata.down("labels", labels))
        # Only texts are remembered, so that no other value can be taken for an equal one.
        if len(metadata.report.problems) == before and all(type(v) is str for _, v in key):
            known.labels[key] = found
    return found


def with_job_name(labels: Labels, name: str) -> Labels:
    """The labels of a job's pods: the server adds its name to those of the template (A.1).

    Not a name that the server makes up, nor one that is too long for a label.
    """
    if name.endswith("*") or label_value_fault(name):
        return labels
    added = {"job-name": name, "batch.kubernetes.io/job-name": name}
    return tuple(sorted((added | dict(labels)).items()))


def _spoilt(kind: str, root: Cursor) -> bool:
    """Iff something on the way to the template is of a wrong type, which has been reported."""
    value = root.value
    for name in ("spec", *(("jobTemplate", "spec") if kind == "CronJob" else ()), "template"):
        value = value.get(name)
        if not isinstance(value, dict):
            return value is not None
    return False


# --- how many pods ---------------------------------------------------------------------------


def _replicas(kind: str, running: Cursor | None) -> int:
    """The number of pods; a job runs at least one as long as it is not complete."""
    match kind:
        case "Pod":
            return 1
        case "DaemonSet":
            return SEVERAL
        case "Job" | "CronJob":
            return max(1, count_of(running, "parallelism"))
        case _:
            return count_of(running, "replicas")


def count_of(spec: Cursor | None, name: str) -> int:
    """A field that counts pods; one where it is absent or null."""
    value = spec.value.get(name) if spec is not None else None
    if spec is None or value is None:
        return 1
    cursor = spec.down(name, value)
    if type(value) is not int:
        cursor.wrong_type("a whole number", "")
        return 1
    if value < 0:
        cursor.refuse(f"must not be negative, is {value}", code="invalid-count", clause="B.4")
    if value > MOST:
        cursor.refuse(f"must be at most {MOST}", code="invalid-count", clause="B.4")
        return 1
    return value


def _completed(kind: str, status: Cursor | None) -> bool:
    """Iff the pod or job has come to its end (A.9)."""
    if status is None:
        return False
    if kind == "Pod":
        return optional_text(status, "phase") in ("Succeeded", "Failed")
    return is_over(status.value.get("conditions"))


def is_over(conditions: object) -> bool:
    """Iff the conditions of a job say that it has come to its end."""
    return isinstance(conditions, list) and any(
        isinstance(c, dict)
        and c.get("type") in ("Complete", "Failed")
        and c.get("status") == "True"
        for c in conditions
    )


# --- what a pod has --------------------------------------------------------------------------


def optional_text(cursor: Cursor | None, name: str) -> str | None:
    """A field that is a text; `None` for an empty, absent or null one."""
    value = cursor.value.get(name) if cursor is not None else None
    if cursor is None or value is None or value == "":
        return None
    if isinstance(value, str):
        return value
    cursor.down(name, value).wrong_type("a string", "")
    return None


def account_of(cursor: Cursor | None) -> str:
    """The service account, which older manifests call `serviceAccount` (D.8)."""
    named = optional_text(cursor, "serviceAccountName")
    return named or optional_text(cursor, "serviceAccount") or DEFAULT_ACCOUNT


def flag(cursor: Cursor | None, name: str) -> bool:
    """A field that is true or false; absent and null are false."""
    value = cursor.value.get(name) if cursor is not None else None
    if cursor is None or value is None or isinstance(value, bool):
        return bool(value)
    cursor.down(name, value).wrong_type("`true` or `false`", "")
    return False


def controller_of(metadata: Mapping[str, Any]) -> Owner | None:
    """The owner that controls an object; a node that mirrors a static pod is none."""
    owners = metadata.get("ownerReferences")
    if not isinstance(owners, list):
        return None
    for owner in owners:
        if isinstance(owner, dict) and owner.get("controller") is True:
            kind, name = owner.get("kind"), owner.get("name")
            if isinstance(kind, str) and isinstance(name, str) and kind != "Node":
                return kind, name
    return None
