"""What the typed decoder accepts: objects in the form that the API server prints.

Fields without bearing have any value. Every field that may stand in a mapping has its place here,
so that writing a decoded object out again gives all its members: `json_files` counts them. What
has a field that is not here, or one of another type, is left to the readers.
"""

from __future__ import annotations

from typing import Any, Literal

from msgspec import UNSET, Struct, UnsetType, field

Text = str | None | UnsetType
"""A text that may be absent."""


class Form(
    Struct,
    forbid_unknown_fields=True,
    omit_defaults=True,
    rename="camel",
    gc=False,
):
    """A mapping all of whose fields are known."""


class Metadata(Form):
    """The fields of METADATA (B.1)."""

    name: str
    namespace: Text = UNSET
    labels: dict[str, str] | UnsetType | None = UNSET
    owner_references: Any = UNSET
    annotations: Any = UNSET
    generate_name: Any = UNSET
    uid: Any = UNSET
    resource_version: Any = UNSET
    generation: Any = UNSET
    creation_timestamp: Any = UNSET
    deletion_timestamp: Any = UNSET
    deletion_grace_period_seconds: Any = UNSET
    finalizers: Any = UNSET
    managed_fields: Any = UNSET
    self_link: Any = UNSET


class TemplateMetadata(Metadata):
    """The same in a pod template, where nothing has a name."""

    name: Any = UNSET


class Port(Form):
    """A container's port."""

    container_port: int
    name: Text = UNSET
    protocol: Text = UNSET
    host_port: Any = UNSET
    host_ip: Any = field(default=UNSET, name="hostIP")


class Container(Form):
    """A container, of whatever sort."""

    ports: list[Port] | UnsetType | None = UNSET
    restart_policy: Text = UNSET
    name: Any = UNSET
    image: Any = UNSET
    image_pull_policy: Any = UNSET
    command: Any = UNSET
    args: Any = UNSET
    working_dir: Any = UNSET
    env: Any = UNSET
    env_from: Any = UNSET
    resources: Any = UNSET
    resize_policy: Any = UNSET
    restart_policy_rules: Any = UNSET
    volume_mounts: Any = UNSET
    volume_devices: Any = UNSET
    liveness_probe: Any = UNSET
    readiness_probe: Any = UNSET
    startup_probe: Any = UNSET
    lifecycle: Any = UNSET
    security_context: Any = UNSET
    stdin: Any = UNSET
    stdin_once: Any = UNSET
    tty: Any = UNSET
    termination_message_path: Any = UNSET
    termination_message_policy: Any = UNSET


class PodSpec(Form):
    """The `spec` of a pod or of a pod template."""

    containers: list[Container] | UnsetType | None = UNSET
    init_containers: list[Container] | UnsetType | None = UNSET
    node_name: Text = UNSET
    host_network: bool | UnsetType | None = UNSET
    service_account_name: Text = UNSET
    service_account: Text = UNSET
    active_deadline_seconds: Any = UNSET
    affinity: Any = UNSET
    automount_service_account_token: Any = UNSET
    dns_config: Any = UNSET
    dns_policy: Any = UNSET
    enable_service_links: Any = UNSET
    ephemeral_containers: Any = UNSET
    host_aliases: Any = UNSET
    host_ipc: Any = field(default=UNSET, name="hostIPC")
    host_pid: Any = field(default=UNSET, name="hostPID")
    host_users: Any = UNSET
    hostname: Any = UNSET
    hostname_override: Any = UNSET
    image_pull_secrets: Any = UNSET
    node_selector: Any = UNSET
    os: Any = UNSET
    overhead: Any = UNSET
    preemption_policy: Any = UNSET
    priority: Any = UNSET
    priority_class_name: Any = UNSET
    readiness_gates: Any = UNSET
    resource_claims: Any = UNSET
    resources: Any = UNSET
    restart_policy: Any = UNSET
    runtime_class_name: Any = UNSET
    scheduler_name: Any = UNSET
    scheduling_gates: Any = UNSET
    security_context: Any = UNSET
    set_hostname_as_fqdn: Any = field(default=UNSET, name="setHostnameAsFQDN")
    share_process_namespace: Any = UNSET
    subdomain: Any = UNSET
    termination_grace_period_seconds: Any = UNSET
    tolerations: Any = UNSET
    topology_spread_constraints: Any = UNSET
    volumes: Any = UNSET


class Address(Form):
    """One of a pod's addresses."""

    ip: Text = UNSET


class PodStatus(Form):
    """The `status` of a pod."""

    phase: Text = UNSET
    pod_ip: Text = field(default=UNSET, name="podIP")
    pod_ips: list[Address] | UnsetType | None = field(default=UNSET, name="podIPs")
    allocated_resources: Any = UNSET
    conditions: Any = UNSET
    container_statuses: Any = UNSET
    ephemeral_container_statuses: Any = UNSET
    extended_resource_claim_status: Any = UNSET
    host_ip: Any = field(default=UNSET, name="hostIP")
    host_ips: Any = field(default=UNSET, name="hostIPs")
    init_container_statuses: Any = UNSET
    message: Any = UNSET
    nominated_node_name: Any = UNSET
    observed_generation: Any = UNSET
    qos_class: Any = UNSET
    reason: Any = UNSET
    resize: Any = UNSET
    resource_claim_statuses: Any = UNSET
    resources: Any = UNSET
    start_time: Any = UNSET


class Pod(Form, tag_field="kind", tag="Pod"):
    """A Pod of v1."""

    api_version: Literal["v1"]
    metadata: Metadata
    spec: PodSpec
    status: PodStatus | UnsetType = UNSET


class Namespace(Form, tag_field="kind", tag="Namespace"):
    """A Namespace of v1."""

    api_version: Literal["v1"]
    metadata: Metadata
    spec: Any = UNSET
    status: Any = UNSET
