"""Which kinds are read, which are refused, and which say nothing about connectivity."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from enum import Enum

WORKLOAD_KINDS = {
    "Pod": "v1",
    "ReplicationController": "v1",
    "Deployment": "apps/v1",
    "ReplicaSet": "apps/v1",
    "StatefulSet": "apps/v1",
    "DaemonSet": "apps/v1",
    "Job": "batch/v1",
    "CronJob": "batch/v1",
}
READ_KINDS = {**WORKLOAD_KINDS, "Namespace": "v1", "NetworkPolicy": "networking.k8s.io/v1"}


class Treatment(Enum):
    """What becomes of an object."""

    READ = "read"
    SKIP = "skip"
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True)
class Classified:
    """How one kind is treated; message, suggestion and code say why it is refused."""

    treatment: Treatment
    message: str = ""
    suggestion: str = ""
    code: str = ""


READ = Classified(Treatment.READ)
SKIP = Classified(Treatment.SKIP)

_PLAIN_NETWORKING = ("Ingress", "IngressClass", "IPAddress", "ServiceCIDR", "ClusterCIDR")
# Kinds that decide connectivity without "NetworkPolicy" in their name, by a part of the group.
_POLICY_KINDS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        "projectcalico.org",
        ("Tier", "HostEndpoint", "Profile", "NetworkSet", "GlobalNetworkSet"),
    ),
    (
        "cilium.io",
        ("CiliumCIDRGroup", "CiliumLocalRedirectPolicy", "CiliumEgressGatewayPolicy"),
    ),
    ("antrea", ("Tier", "ClusterGroup", "Group", "ExternalEntity")),
    ("k8s.ovn.org", ("EgressFirewall", "AdminPolicyBasedExternalRoute")),
    ("policy.linkerd.io", ("Server", "ServerAuthorization")),
    ("vpcresources.k8s.aws", ("SecurityGroupPolicy",)),
    ("nsx.vmware.com", ("SecurityPolicy",)),
    ("kuma.io", ("TrafficPermission", "MeshTrafficPermission")),
    ("consul.hashicorp.com", ("ServiceIntentions",)),
    ("kubearmor.com", ("KubeArmorPolicy", "KubeArmorClusterPolicy")),
)
_SUPPORTED = "only `networking.k8s.io/v1` `NetworkPolicy` is"


def classify(api_version: str, kind: str) -> Classified:
    """How an object of this kind and version is treated (B.7).

    A policy of a kind or version that is not modelled is refused, never skipped.
    """
    if READ_KINDS.get(kind) == api_version:
        return READ
    group = api_version.rpartition("/")[0]
    # The groups of resources that somebody defined have a dot, and so have few native ones.
    if "." not in group or group == "networking.k8s.io":
        return _native(api_version, group, kind)
    if _is_policy(group, kind):
        return _unmodelled(api_version, kind)
    return SKIP


def _native(api_version: str, group: str, kind: str) -> Classified:
    meant = _meant(kind)
    if meant is not None:
        wanted = READ_KINDS.get(meant, "v1")
        message = f"there is no `{kind}` in `{api_version}`"
        hint = f"write `apiVersion: {wanted}` and `kind: {meant}`"
        return Classified(Treatment.REFUSE, message, hint, "unknown-kind")
    if group == "networking.k8s.io" and kind.removesuffix("List") not in _PLAIN_NETWORKING:
        message = f"there is no `{kind}` in `{api_version}`"
        hint = "write `kind: NetworkPolicy`" if "olic" in kind.lower() else ""
        return Classified(Treatment.REFUSE, message, hint, "unknown-kind")
    if _is_policy(group, kind):
        return _unmodelled(api_version, kind)
    return SKIP


def _meant(kind: str) -> str | None:
    """The kind that is read and that a kind differs from by case or a few letters at most."""
    names = {known.lower(): known for known in (*READ_KINDS, "List")}
    close = get_close_matches(kind.lower(), names, 1, 0.8)
    return names[close[0]] if close else None


def is_policy(api_version: str, kind: str) -> bool:
    """Iff objects of the kind decide connectivity, whether or not they are read."""
    read = kind == "NetworkPolicy" and READ_KINDS[kind] == api_version
    return read or _is_policy(api_version.rpartition("/")[0], kind)


def _is_policy(group: str, kind: str) -> bool:
    lower = kind.lower()
    if "networkpolic" in lower or lower == "authorizationpolicy":
        return True
    if group == "policy.networking.k8s.io":
        return True
    return any(part in group and kind in kinds for part, kinds in _POLICY_KINDS)


def _unmodelled(api_version: str, kind: str) -> Classified:
    message = f"the policy kind `{kind}` of `{api_version}` is not modelled: {_SUPPORTED}"
    hint = "a verdict without it would be wrong: leave it out only if it decides nothing here"
    return Classified(Treatment.REFUSE, message, hint, "unmodelled-policy")
