"""What the cluster does with one connection, and which rule decides."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from netproof_specs.model.cluster import Policy
from netproof_specs.model.network_policy import PolicyRule
from netproof_specs.model.traffic import Direction


class Reason(Enum):
    """Why one side of a connection is allowed or denied."""

    NOT_A_SUBJECT = "not-a-subject"
    """The endpoint is an address or a node, which no policy isolates (section 0)."""
    NOT_ISOLATED = "not-isolated"
    """No policy selects the endpoint for this direction (A.4)."""
    RULE_MATCHES = "rule-matches"
    """A rule of a policy that selects the endpoint admits the connection (A.5)."""
    NO_RULE_MATCHES = "no-rule-matches"
    """Policies select the endpoint and none of their rules admits the connection (A.5)."""
    SAME_POD = "same-pod"
    """A pod is never cut off from itself (A.41)."""
    OWN_NODE = "own-node"
    """Traffic from a pod's own node is always admitted (A.42)."""


@dataclass(frozen=True, slots=True)
class SideDecision:
    """The decision of one side: egress at the source or ingress at the destination.

    `selecting` holds the policies that select the endpoint for this direction, in input order.
    `policy` and `rule` are set iff `reason` is `RULE_MATCHES`: the first rule that admits.
    """

    direction: Direction
    allowed: bool
    reason: Reason
    selecting: tuple[Policy, ...] = ()
    policy: Policy | None = None
    rule: PolicyRule | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """The decision on a connection: allowed iff both sides allow it (A.7)."""

    egress: SideDecision
    ingress: SideDecision

    @property
    def allowed(self) -> bool:
        """Whether the connection can be established."""
        return self.egress.allowed and self.ingress.allowed
