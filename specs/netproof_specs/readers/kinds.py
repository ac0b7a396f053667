"""Which kinds are read, which are refused, and which say nothing about connectivity."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches

from netproof_specs.readers.table import READ_KINDS, ReadKind, Role, read_kind, split_version


@dataclass(frozen=True, slots=True)
class Read:
    """Objects of the kind are read, as the row says."""

    row: ReadKind


@dataclass(frozen=True, slots=True)
class Skip:
    """Objects of the kind say nothing about connectivity."""


@dataclass(frozen=True, slots=True)
class Refuse:
    """An object of the kind is a problem; message, suggestion and code say why."""

    message: str
    suggestion: str
    code: str


Treatment = Read | Skip | Refuse
"""What becomes of the objects of a kind."""

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


def classify(api_version: str, kind: str) -> Treatment:
    """How an object of this kind and version is treated (B.7).

    A policy of a kind or version that is not modelled is refused, never skipped.
    """
    row = read_kind(api_version, kind)
    if row is not None:
        return Read(row)
    group = split_version(api_version)[0]
    if _is_native(group):
        return _native(api_version, group, kind)
    if _is_policy(group, kind):
        return _unmodelled(api_version, kind)
    return Skip()


def _is_native(group: str) -> bool:
    """Iff the group is the API server's own, not one of resources that somebody defined.

    Those have a dot, and so have few native ones.
    """
    return "." not in group or group == "networking.k8s.io"


def _native(api_version: str, group: str, kind: str) -> Treatment:
    meant = _meant(kind)
    if meant is not None:
        message = f"there is no `{kind}` in `{api_version}`"
        hint = f"write `apiVersion: {meant[0]}` and `kind: {meant[1]}`"
        return Refuse(message, hint, "unknown-kind")
    if group == "networking.k8s.io" and kind.removesuffix("List") not in _PLAIN_NETWORKING:
        message = f"there is no `{kind}` in `{api_version}`"
        hint = "write `kind: NetworkPolicy`" if "olic" in kind.lower() else ""
        return Refuse(message, hint, "unknown-kind")
    if _is_policy(group, kind):
        return _unmodelled(api_version, kind)
    return Skip()


def _meant(kind: str) -> tuple[str, str] | None:
    """The native kind that is read and that a kind differs from by a few letters at most.

    As its `apiVersion` and its name.
    """
    native = [row for row in READ_KINDS.values() if _is_native(row.group)]
    names = {row.kind.lower(): (row.api_version(), row.kind) for row in native}
    names["list"] = ("v1", "List")
    close = get_close_matches(kind.lower(), names, 1, 0.8)
    return names[close[0]] if close else None


def is_policy(api_version: str, kind: str) -> bool:
    """Iff objects of the kind decide connectivity, whether or not they are read."""
    row = read_kind(api_version, kind)
    if row is not None:
        return row.role is Role.POLICY
    return _is_policy(split_version(api_version)[0], kind)


def _is_policy(group: str, kind: str) -> bool:
    lower = kind.lower()
    if "networkpolic" in lower or lower == "authorizationpolicy":
        return True
    if group == "policy.networking.k8s.io":
        return True
    return any(part in group and kind in kinds for part, kinds in _POLICY_KINDS)


def _unmodelled(api_version: str, kind: str) -> Refuse:
    message = f"the policy kind `{kind}` of `{api_version}` is not modelled: {_SUPPORTED}"
    hint = "a verdict without it would be wrong: leave it out only if it decides nothing here"
    return Refuse(message, hint, "unmodelled-policy")
