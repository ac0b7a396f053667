"""The one form that every policy kind is lowered to: ordered tiers of ordered policies.

    decision = first tier that decides, else the default (allow)
    tier     = its policies in order; a selected endpoint that no rule decides: DENY or PASS
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from netproof_specs.model.cluster import Policy
from netproof_specs.model.labels import LabelSelector
from netproof_specs.model.traffic import Direction, PortName, PortRange, Protocol


class Action(Enum):
    """What a rule says of a connection that it matches; PASS leaves it to the next tier."""

    ALLOW = "allow"
    DENY = "deny"
    PASS = "pass"


class Presence(Enum):
    """Whether an obligation may leave a policy out, to learn which ones a proof rests on."""

    FREE = "free"
    FIXED = "fixed"


class Unmatched(Enum):
    """What a tier says of an endpoint that some policy selects and no rule decides."""

    DENY = "deny"
    PASS = "pass"


@dataclass(frozen=True, slots=True)
class PodMatch:
    """Pods that policies can select, by namespace name, namespace labels and pod labels.

    `None` is no condition.
    """

    namespace: str | None
    namespaces: LabelSelector | None
    pods: LabelSelector | None


@dataclass(frozen=True, slots=True)
class BlockMatch:
    """Addresses in `cidr` and in none of `excepts` (A.26)."""

    cidr: str
    excepts: tuple[str, ...]


PeerMatch = PodMatch | BlockMatch


@dataclass(frozen=True, slots=True)
class PortMatch:
    """Ports of one protocol; `None` is every port of it (A.32)."""

    protocol: Protocol
    port: PortRange | PortName | None


@dataclass(frozen=True, slots=True)
class Match:
    """A condition on the other end and on the port; `None` is any, a tuple is an `or`."""

    peers: tuple[PeerMatch, ...] | None
    ports: tuple[PortMatch, ...] | None


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of a tier policy."""

    action: Action
    match: Match


@dataclass(frozen=True, slots=True)
class TierPolicy:
    """One policy in one direction. `index` is its place in the list of policies lowered."""

    index: int
    origin: Policy
    direction: Direction
    subject: PodMatch
    rules: tuple[Rule, ...]
    presence: Presence = Presence.FREE


@dataclass(frozen=True, slots=True)
class Tier:
    """Policies of one direction that are evaluated together."""

    direction: Direction
    policies: tuple[TierPolicy, ...]
    unmatched: Unmatched

    @property
    def only_allows(self) -> bool:
        """Iff no rule denies or passes and an endpoint without a matching rule is denied (A.5).

        Then the policies need no order, and each can be looked at by itself.
        """
        rules = (rule for policy in self.policies for rule in policy.rules)
        return self.unmatched is Unmatched.DENY and all(
            rule.action is Action.ALLOW for rule in rules
        )
