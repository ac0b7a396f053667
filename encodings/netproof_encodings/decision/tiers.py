"""The one form that every policy kind is lowered to: ordered tiers of ordered policies.

    decision = first tier that decides, else the default (allow)
    tier     = its policies in order; a selected endpoint that no rule decides: DENY or PASS

`folding` says what they decide, and `conditions` what their rules ask of a connection.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import Enum

from netproof_encodings.decision.conditions import Match
from netproof_encodings.decision.placed import Placed, Where
from netproof_specs.frozen import Frozen
from netproof_specs.model.cluster import AnyPolicy
from netproof_specs.model.traffic import Action, Direction


class Presence(Enum):
    """Whether an obligation may leave a policy out, to learn which ones a proof rests on."""

    FREE = "free"
    FIXED = "fixed"


class Unmatched(Enum):
    """What a tier says of an endpoint that some policy selects and no rule decides."""

    DENY = "deny"
    PASS = "pass"


class Rule(Placed):
    """One rule of a tier policy; `index` is its place among those of its policy and direction."""

    action: Action
    match: Match
    index: int = 0
    where: Where = None


Lowered = dict[tuple[int, Direction], tuple[Rule, ...]]
"""Rules of policies by index and direction, as far as they were lowered before.

They are the same for whomever policies are read, so that one such table serves all lowerings of
the same policies beside the same host endpoints and sets.
"""


class TierPolicy(Frozen):
    """One policy in one direction. `index` is its place in the list of policies lowered.

    `home` is the one namespace whose pods it can select, `None` iff it may select elsewhere.
    Neighbours in a tier with the same `rank` tie: the API leaves their order open. A policy of
    which `rules_isolate` loses its isolation with its last rule (A.10); of one whose `rules_type`
    it, the last rule of a direction decides on the others as well, so that no rule of it is
    removed alone (D.12).
    """

    index: int
    origin: AnyPolicy
    direction: Direction
    subject: Match
    rules: tuple[Rule, ...]
    home: str | None = None
    rank: int = 0
    rules_isolate: bool = False
    rules_type: bool = False
    presence: Presence = Presence.FREE


class Tier(Frozen):
    """Policies of one direction that are evaluated together, in order."""

    name: str
    direction: Direction
    policies: tuple[TierPolicy, ...]
    unmatched: Unmatched


class Passage(Frozen):
    """Host endpoints by name that the same policies for forwarded traffic select (D.37).

    `policies` are the indices of these, and `egress` and `ingress` their tiers: the subject of a
    policy says only when it is for the direction, as it selects all the `hosts`.
    """

    hosts: tuple[str, ...]
    policies: tuple[int, ...]
    egress: tuple[Tier, ...]
    ingress: tuple[Tier, ...]

    def tiers(self, direction: Direction) -> tuple[Tier, ...]:
        """The tiers of the direction, seen from the host."""
        return self.egress if direction is Direction.EGRESS else self.ingress

    @property
    def is_policed(self) -> bool:
        """Whether there is a policy at all: if so, the host may drop what policies leave over."""
        return bool(self.egress or self.ingress)


def matches_of(tiers: Iterable[Tier]) -> Iterator[Match]:
    """Every condition of the tiers: subjects and rules."""
    for tier in tiers:
        for policy in tier.policies:
            yield policy.subject
            yield from (rule.match for rule in policy.rules)
