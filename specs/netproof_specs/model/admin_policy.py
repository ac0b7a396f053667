"""The admin-level policies of policy.networking.k8s.io, as written (C.10 to C.20).

AdminNetworkPolicy and BaselineAdminNetworkPolicy are of v1alpha1, ClusterNetworkPolicy is of
v1alpha2. They say the same things in different words, so they share one form.
"""

from __future__ import annotations

from enum import Enum

from netproof_specs.frozen import Frozen
from netproof_specs.locations import Location
from netproof_specs.model.labels import LabelSelector
from netproof_specs.model.nodes import Node
from netproof_specs.model.traffic import PortName, PortRange, Protocol


class AdminKind(Enum):
    """The kinds, as a manifest names them."""

    ADMIN = "AdminNetworkPolicy"
    BASELINE = "BaselineAdminNetworkPolicy"
    CLUSTER = "ClusterNetworkPolicy"


class AdminTier(Enum):
    """The tiers on either side of NetworkPolicy (C.1)."""

    ADMIN = "Admin"
    BASELINE = "Baseline"


class AdminAction(Enum):
    """The words for what a rule does: v1alpha1 says `Allow` and v1alpha2 `Accept` (C.12, C.14)."""

    ALLOW = "Allow"
    ACCEPT = "Accept"
    DENY = "Deny"
    PASS = "Pass"


class AdminPods(Frozen):
    """Pods by namespace and label, as a subject or a peer (C.10, C.19).

    `None` is a selector that the manifest does not give: `pods` in the form `namespaces: S`, and
    `namespaces` where v1alpha2 leaves it out.
    """

    namespaces: LabelSelector | None
    pods: LabelSelector | None
    where: Location | None = None


class NetworksPeer(Frozen):
    """A peer of address blocks in canonical form, host bits 0 (C.16)."""

    cidrs: tuple[str, ...]
    where: Location | None = None


class NodesPeer(Frozen):
    """A peer of nodes; `known` holds every node of the input that the policy is part of (C.17)."""

    nodes: LabelSelector
    known: tuple[Node, ...] = ()
    where: Location | None = None


AdminPeer = AdminPods | NetworksPeer | NodesPeer


class AdminPort(Frozen):
    """One element of `ports` or `protocols` (C.11, C.15).

    `protocol` is `None` where the manifest gives none, as it never does beside a name. A range
    of v1alpha1 may end before it begins.
    """

    protocol: Protocol | None
    port: PortRange | PortName
    where: Location | None = None


class AdminRule(Frozen):
    """One rule with at least one peer; empty `ports` stand for an absent or null list (C.11)."""

    name: str
    action: AdminAction
    peers: tuple[AdminPeer, ...]
    ports: tuple[AdminPort, ...]
    where: Location | None = None


class AdminPolicy(Frozen):
    """One policy object; `priority` is `None` for the kind that has none (C.12)."""

    kind: AdminKind
    name: str
    tier: AdminTier
    priority: int | None
    subject: AdminPods
    ingress: tuple[AdminRule, ...]
    egress: tuple[AdminRule, ...]
    where: Location | None = None

    @property
    def title(self) -> str:
        """`kind/name`, the way reports name the policy: two kinds may share a name."""
        return f"{self.kind.value}/{self.name}"

    @property
    def namespace(self) -> str:
        """Empty: the policy belongs to the cluster."""
        return ""
