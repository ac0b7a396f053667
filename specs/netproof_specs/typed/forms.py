"""What the typed decoder accepts: objects in the form that the API server prints.

Fields without bearing have any value. Every field that may stand in a mapping has its place here,
so that writing a decoded object out again gives all its members: `json_lists` counts them. What
has a field that is not here, or one of another type, is left to the readers.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Literal, TypeVar, cast

from msgspec import UNSET, Struct, UnsetType, defstruct, field

from netproof_specs.readers.metadata import METADATA

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


F = TypeVar("F", bound=Form)


def with_others(names: str) -> Callable[[type[F]], type[F]]:
    """Adds to a form those of the fields that it does not have, each with any value.

    The names are those of the API, with blanks between them; `hostIPC` is `host_ipc` in Python.
    """

    def wider(form: type[F]) -> type[F]:
        added = [
            (re.sub("[A-Z]+", r"_\g<0>", name).lower(), Any, field(default=UNSET, name=name))
            for name in names.split()
            if name not in form.__struct_encode_fields__
        ]
        wide = defstruct(form.__name__, added, bases=(form,), module=form.__module__)
        return cast("type[F]", wide)

    return wider


@with_others(" ".join(METADATA.fields))
class Metadata(Form):
    """The fields of METADATA (B.1)."""

    name: str
    namespace: Text = UNSET
    labels: dict[str, str] | UnsetType | None = UNSET
    annotations: Any = UNSET
    owner_references: Any = UNSET
    creation_timestamp: Any = UNSET
    deletion_timestamp: Any = UNSET


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


@with_others(
    """
    name image imagePullPolicy command args workingDir env envFrom resources resizePolicy
    restartPolicyRules volumeMounts volumeDevices livenessProbe readinessProbe startupProbe
    lifecycle securityContext stdin stdinOnce tty terminationMessagePath
    terminationMessagePolicy
    """
)
class Container(Form):
    """A container, of whatever sort."""

    ports: list[Port] | UnsetType | None = UNSET
    restart_policy: Text = UNSET


@with_others(
    """
    activeDeadlineSeconds affinity automountServiceAccountToken dnsConfig dnsPolicy
    enableServiceLinks ephemeralContainers hostAliases hostIPC hostPID hostUsers hostname
    hostnameOverride imagePullSecrets nodeSelector os overhead preemptionPolicy priority
    priorityClassName readinessGates resourceClaims resources restartPolicy runtimeClassName
    schedulerName schedulingGates securityContext setHostnameAsFQDN shareProcessNamespace
    subdomain terminationGracePeriodSeconds tolerations topologySpreadConstraints volumes
    """
)
class PodSpec(Form):
    """The `spec` of a pod or of a pod template."""

    containers: list[Container] | UnsetType | None = UNSET
    init_containers: list[Container] | UnsetType | None = UNSET
    node_name: Text = UNSET
    host_network: bool | UnsetType | None = UNSET
    service_account_name: Text = UNSET
    service_account: Text = UNSET


class Address(Form):
    """One of a pod's addresses."""

    ip: Text = UNSET


@with_others(
    """
    allocatedResources conditions containerStatuses ephemeralContainerStatuses
    extendedResourceClaimStatus initContainerStatuses message nominatedNodeName
    observedGeneration qosClass reason resize resourceClaimStatuses resources startTime
    """
)
class PodStatus(Form):
    """The `status` of a pod."""

    phase: Text = UNSET
    pod_ip: Text = field(default=UNSET, name="podIP")
    pod_ips: list[Address] | UnsetType | None = field(default=UNSET, name="podIPs")
    host_ip: Text = field(default=UNSET, name="hostIP")
    host_ips: list[Address] | UnsetType | None = field(default=UNSET, name="hostIPs")


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
