"""What every kind of policy speaks of: directions, protocols, ports and address families."""

from __future__ import annotations

from enum import Enum

from netproof_specs.frozen import Frozen


class Protocol(Enum):
    """The protocols that a policy can name; the order is the order of preference in reports."""

    TCP = "TCP"
    UDP = "UDP"
    SCTP = "SCTP"

    # An enum hashes its name, in Python; what is in here is hashed by the million.
    __hash__ = object.__hash__


class Direction(Enum):
    """A direction of traffic as the subject of a policy sees it."""

    INGRESS = "Ingress"
    EGRESS = "Egress"

    __hash__ = object.__hash__


class Action(Enum):
    """What a rule says of a connection that it matches; PASS leaves it to the next tier."""

    ALLOW = "allow"
    DENY = "deny"
    PASS = "pass"


class Family(Enum):
    """The address family that a connection uses (A.27)."""

    IPV4 = 4
    IPV6 = 6

    __hash__ = object.__hash__


class PortRange(Frozen):
    """The ports from `first` to `last`, both included; equal for a single port (A.33)."""

    first: int
    last: int


class PortName(Frozen):
    """A named port, to be resolved on the destination pod (A.35)."""

    name: str
