"""networking.k8s.io/v1 NetworkPolicy, as written: no default is filled in here (A.10, A.31)."""

from __future__ import annotations

from netproof_specs.frozen import Frozen
from netproof_specs.locations import Location
from netproof_specs.model.labels import LabelSelector
from netproof_specs.model.traffic import Direction, PortName, PortRange, Protocol


class PodPeer(Frozen):
    """A peer of pods; `None` is a criterion that the manifest does not give (A.17, A.19).

    At least one of the two is given.
    """

    namespaces: LabelSelector | None
    pods: LabelSelector | None
    where: Location | None = None


class BlockPeer(Frozen):
    """An `ipBlock` (A.26): `cidr` and `excepts` in canonical `address/length` form, host bits 0."""

    cidr: str
    excepts: tuple[str, ...] = ()
    where: Location | None = None


Peer = PodPeer | BlockPeer


class PolicyPort(Frozen):
    """One element of `ports`; `None` is what the manifest leaves out (A.31, A.32)."""

    protocol: Protocol | None
    port: PortRange | PortName | None
    where: Location | None = None


class PolicyRule(Frozen):
    """One rule; empty `peers` or `ports` stand for an absent, null or empty list (A.14)."""

    peers: tuple[Peer, ...]
    ports: tuple[PolicyPort, ...]
    where: Location | None = None


class NetworkPolicy(Frozen):
    """One policy object; empty `policy_types` stand for an absent, null or empty list (A.10)."""

    namespace: str
    name: str
    subject: LabelSelector
    policy_types: tuple[Direction, ...]
    ingress: tuple[PolicyRule, ...]
    egress: tuple[PolicyRule, ...]
    where: Location | None = None

    @property
    def title(self) -> str:
        """`namespace/name`, the way reports name the policy."""
        return f"{self.namespace}/{self.name}"
