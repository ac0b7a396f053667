"""What the cluster does with one connection, step by step; and with connections on many ports."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import NamedTuple

from netproof_specs.frozen import Frozen
from netproof_specs.locations import Location
from netproof_specs.model.cluster import AnyPolicy
from netproof_specs.model.felix import FelixConfiguration
from netproof_specs.model.hosts import HostEndpoint
from netproof_specs.model.traffic import Action, Direction, Protocol


class Exemption(Enum):
    """Why no policy counts for one side of a connection."""

    NOT_A_SUBJECT = "not-a-subject"
    """The endpoint is an address or a node, which no policy isolates (section 0)."""
    SAME_POD = "same-pod"
    """A pod is never cut off from itself (A.41)."""
    OWN_NODE = "own-node"
    """Traffic from a pod's own node is always admitted (A.42)."""
    FAILSAFE = "failsafe"
    """A host endpoint keeps a few ports open, whatever policies say (D.36)."""


class RuleAt(Frozen):
    """A rule of a policy by its place in the list of its direction, from 0, and in the file."""

    index: int
    where: Location | None


class Failsafe(Frozen):
    """What keeps a port open, or a configuration that leaves out what would be open without it.

    `by` is `None` for what Calico keeps open by itself. `at` is the element of the configuration's
    list that opens the port, in place of a rule (D.36).
    """

    by: FelixConfiguration | None = None
    at: RuleAt | None = None


class Own(Enum):
    """What Calico decides by itself, where no policy or profile of the input does (D.8, D.42)."""

    TUNNELS = "tunnels"
    OPEN_PROFILE = "open-profile"
    MISSING_PROFILE = "missing-profile"
    NO_PROFILE = "no-profile"


@dataclass(frozen=True, slots=True)
class Step:
    """What one tier says of a connection at one end.

    `policy` and `rule` are those that match first; both are `None` where policies of the tier
    select the end and no rule matches. `action` is what then holds: PASS leaves the connection
    to the next tier. `before` holds the policies of the same priority that `policy` has to go
    before for this to happen, since their rules that match have another action (C.4).
    `isolating` are the policies of the tier that select the end, where no rule matches. `own`
    says what decides in place of a policy.
    """

    tier: str
    policy: AnyPolicy | None
    rule: RuleAt | None
    action: Action
    before: tuple[AnyPolicy, ...] = ()
    isolating: tuple[AnyPolicy, ...] = field(default=(), compare=False)
    own: Own | None = None


class Certainty(Enum):
    """Whether something is so in every case that is left open: of the order of policies that tie,
    and of what hosts are asked, and accept, of what passes them (C.4, D.37).
    """

    SURELY = "surely"
    PERHAPS = "perhaps"
    """It depends on what is left open, so this is one of two possible outcomes."""


class Passing(Frozen):
    """A host endpoint that lets through, or not, what the connection's `end` sends or gets.

    The end is the source for egress. `accepts` says what its host does with what policies leave
    over.
    """

    host: HostEndpoint
    end: Direction
    certainty: Certainty
    accepts: bool


@dataclass(frozen=True, slots=True)
class SideDecision:
    """The decision of one side: egress at the source or ingress at the destination.

    `steps` are those of the tiers that have something to say, in order; all but the last pass.
    `selecting` holds the policies that select the endpoint for this direction, in input order.
    With an `exemption` the side is allowed, whatever they say, and there are no steps. `host` is
    set iff the end is a pod that is decided on as a host endpoint, which is what they select (D.1).
    `passing` is set iff not the end decides, but the host endpoint of its node, seen from which the
    direction then is (D.37). `failsafe` says what
    opens the port, or leaves out one of a side that is denied.
    """

    direction: Direction
    allowed: bool
    steps: tuple[Step, ...] = ()
    selecting: tuple[AnyPolicy, ...] = ()
    exemption: Exemption | None = None
    host: HostEndpoint | None = field(default=None, compare=False)
    passing: Passing | None = None
    failsafe: Failsafe | None = None

    @property
    def policy(self) -> AnyPolicy | None:
        """The policy whose rule decides, if one does."""
        return self.steps[-1].policy if self.steps else None

    @property
    def rule(self) -> RuleAt | None:
        """The rule that decides, if one does."""
        return self.steps[-1].rule if self.steps else None

    @property
    def own(self) -> Own | None:
        """What decides in place of a policy, if that is so."""
        return self.steps[-1].own if self.steps else None

    @property
    def left_over(self) -> bool:
        """Whether policies leave it to a host whether it accepts what passes (D.37)."""
        over = not self.steps or self.steps[-1].action is Action.PASS
        return self.passing is not None and over

    @property
    def pointed_at(self) -> tuple[AnyPolicy, ...]:
        """The policies to look at where no rule decides: none where none has a say."""
        return () if self.exemption is not None or self.own is not None else self.selecting

    @property
    def undecided(self) -> bool:
        """Whether the side is allowed only since no policy says anything of it (A.4).

        So it is at a pod that no policy can select, as one in its node's network (A.45).
        """
        if self.exemption is not None:
            return self.exemption is Exemption.NOT_A_SUBJECT
        return not self.steps or self.steps[-1].action is Action.PASS

    @property
    def reason(self) -> str:
        """The last step in a word, as reports for machines have it (docs/json.md)."""
        if self.left_over:
            return "host-accepts" if self.allowed else "host-may-drop"
        if self.exemption is not None:
            return self.exemption.value
        if not self.steps:
            return "not-isolated"
        last = self.steps[-1]
        if last.action is Action.PASS:
            return "nothing-decides"
        if last.own is not None:
            return _OWN[last.own]
        if last.rule is None:
            return "no-rule-matches"
        return "rule-matches" if last.action is Action.ALLOW else "rule-denies"


_OWN = {
    Own.TUNNELS: "tunnel-denied",
    Own.OPEN_PROFILE: "profile-allows",
    Own.MISSING_PROFILE: "no-profile-allows",
    Own.NO_PROFILE: "no-profile-allows",
}


class InInput(Enum):
    """Whether the input itself has a connection of some kind (docs/worlds.md).

    That is one between two of its pods, as they are, or between one and an outside address.
    """

    SHOWN = "shown"
    """The connection that is shown is one of them."""
    NONE = "none"
    UNKNOWN = "unknown"


class Decision(Frozen):
    """The decision on a connection: allowed iff both sides allow it, and what it passes (A.7).

    `hosts` are those of the hosts that let it through or not, by what they are asked (D.37).
    """

    egress: SideDecision
    ingress: SideDecision
    hosts: tuple[SideDecision, ...] = ()

    @property
    def sides(self) -> tuple[SideDecision, ...]:
        """Everybody who decides, in the order in which the connection meets them."""
        first = tuple(one for one in self.hosts if is_at(one, Direction.EGRESS))
        last = tuple(one for one in self.hosts if is_at(one, Direction.INGRESS))
        return (self.egress, *first, *last, self.ingress)

    @property
    def allowed(self) -> bool:
        """Whether the connection can be established."""
        return all(one.allowed for one in self.sides)


def is_at(side: SideDecision, end: Direction) -> bool:
    """Whether a host decides it, on the node of the end of the direction."""
    return side.passing is not None and side.passing.end is end


Ranges = tuple[tuple[int, int], ...]
"""Ports as ranges with both ends included: ascending, disjoint and not adjacent."""

ALL_PORTS: Ranges = ((1, 65535),)


class Allowed(NamedTuple):
    """Ports of a protocol that are allowed from each of the source ports.

    PERHAPS is what depends on something left open: the order of policies that tie, or what hosts
    let through (C.4, D.37).
    """

    protocol: Protocol
    ports: Ranges
    sources: Ranges = ALL_PORTS
    certainty: Certainty = Certainty.SURELY


AllowedPorts = tuple[Allowed, ...]
"""What reports say of a pair of ends: a connection is allowed iff one of these holds it.

What is surely allowed first, each by protocol, without protocols that have no port; of those what
is allowed from every source port first.
"""
