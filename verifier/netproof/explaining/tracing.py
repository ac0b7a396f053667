"""Why one connection is allowed or denied: the oracle's decision with every step that led to it.

The decision is the oracle's; the trace walks through the tiers, so that each call holds the two
against each other. For each direction the policies that select the endpoint are walked through; of
each rule that does not match, the first condition that fails is told, with what it wants and what
it finds.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Sequence
from enum import Enum
from itertools import product

from netproof.decisions import Certainty, Decision, Ranges, SideDecision, is_at
from netproof.explaining.conditions import Held
from netproof.explaining.connecting import Question, allowing_sources, connection_of
from netproof.explaining.mismatches import Condition, Mismatch, mismatches
from netproof.explaining.turning import turns_of
from netproof.oracle.addresses import without_address
from netproof.oracle.connections import decide, outcomes_of
from netproof.oracle.endpoints import from_own_node, same_pod, to_own_node
from netproof.oracle.forwarded import possible_denials, sure_outcomes
from netproof.replay import DisagreementError
from netproof.undecided import refuse_undecided
from netproof_encodings.decision.conditions import subject_end
from netproof_encodings.decision.folding import decided
from netproof_encodings.decision.tiers import Rule, Tier, TierPolicy
from netproof_encodings.lowering import (
    HOST_INDICES,
    TUNNEL_INDEX,
    Tiers,
    any_passage,
    can_be_for_hosts,
    every_tier,
    is_setting,
    lower_numbered,
    passages,
    stands_alone,
    types_text,
)
from netproof_encodings.vocabulary.mentioned import vocabulary_of
from netproof_encodings.vocabulary.stretches import Stretch, named_sources, source_stretches
from netproof_specs.assumptions import Assumptions
from netproof_specs.frozen import Frozen
from netproof_specs.locations import Location
from netproof_specs.model.cluster import AnyPolicy, Cluster, Policy
from netproof_specs.model.connections import (
    DYNAMIC_PORT,
    Connection,
    Endpoint,
    ExternalEndpoint,
    PodEndpoint,
)
from netproof_specs.model.hosts import HostEndpoint
from netproof_specs.model.traffic import Action, Direction, Family, Protocol


class RuleTrace(Frozen):
    """One rule held against the connection; it matches iff it has no mismatches.

    Mismatches are one a peer where no peer matches, else the one of the ports.
    """

    index: int
    where: Location | None
    action: Action
    mismatches: tuple[Mismatch, ...]

    @property
    def matches(self) -> bool:
        """Whether the rule matches the connection."""
        return not self.mismatches

    @property
    def admits(self) -> bool:
        """Whether the rule matches the connection and allows it."""
        return self.matches and self.action is Action.ALLOW


class PolicyTrace(Frozen):
    """A policy of a tier that selects the endpoint, with each of its rules of the direction."""

    policy: AnyPolicy
    tier: str
    rules: tuple[RuleTrace, ...]

    @property
    def admits(self) -> bool:
        """Whether some rule admits the connection."""
        return any(one.admits for one in self.rules)


class NotSelecting(Frozen):
    """A policy that might select endpoints of the namespace, not this one, and why."""

    policy: Policy
    mismatch: Mismatch


class SideTrace(Frozen):
    """One side of the decision, step by step."""

    decision: SideDecision
    policies: tuple[PolicyTrace, ...]
    others: tuple[NotSelecting, ...]


class Exempt(Enum):
    """Why no claim speaks of a connection."""

    SAME_POD = "same-pod"
    FROM_OWN_NODE = "from-own-node"
    TO_OWN_NODE = "to-own-node"
    NO_ADDRESS = "no-address"


class Explanation(Frozen):
    """The decision on one connection with its trace.

    `other_family` is set iff the decision over the other address family differs. `turns` are the
    smallest sets of assumptions that, flipped together, turn the decision. `changes` are the
    smallest sets of policies such that a rule added to each admits a denied connection. `supposed`
    are endpoints at its ends with an address that no manifest gives. `otherwise` are the sides as
    they are decided where tied policies go in another order, if that turns them (C.4). Where
    policies ask for the source port and none was given, `from_sources` are those from which the
    connection is allowed. `hosts` are those of hosts that the connection passes, and `perhaps` are
    decisions of hosts that may deny one that is allowed otherwise (D.37).
    """

    connection: Connection
    assumptions: Assumptions
    decision: Decision
    egress: SideTrace
    ingress: SideTrace
    exempt: Exempt | None
    other_family: Family | None
    turns: tuple[Assumptions, ...]
    changes: tuple[tuple[AnyPolicy, ...], ...]
    supposed: tuple[PodEndpoint | HostEndpoint, ...] = ()
    otherwise: tuple[SideDecision, ...] = ()
    from_sources: Ranges | None = None
    hosts: tuple[SideTrace, ...] = ()
    perhaps: tuple[SideDecision, ...] = ()

    @property
    def sides(self) -> tuple[SideTrace, ...]:
        """Everybody who decides, in the order in which the connection meets them."""
        first = tuple(one for one in self.hosts if is_at(one.decision, Direction.EGRESS))
        last = tuple(one for one in self.hosts if is_at(one.decision, Direction.INGRESS))
        return (self.egress, *first, *last, self.ingress)


def explain(  # noqa: PLR0913, PLR0917 (whom, on which ports, over which family)
    cluster: Cluster,
    ends: tuple[Endpoint, Endpoint],
    on: tuple[Protocol, int],
    assumptions: Assumptions,
    source_port: int | None = None,
    families: tuple[Family, ...] = tuple(Family),
) -> Explanation:
    """The decision on the connection between two endpoints, not both outside, with its trace.

    Where policies ask for the source port and none is given, it is one that clients use (D.19). The
    connection is over one of the families.
    """
    refuse_undecided(cluster)
    tiers = _bearing(cluster, ends)
    asked = Question(cluster, ends, on, families)
    stretches, sources = _stretches(tiers, ends[0]), None
    if source_port is None and len(stretches) > 1:
        source_port = DYNAMIC_PORT
        sources = allowing_sources(asked, assumptions, stretches)
    connection, other = connection_of(asked, assumptions, source_port)
    decision = decide(cluster.every_policy, connection, assumptions)
    held = Held(connection, assumptions, cluster.hosts)
    egress = _trace(cluster, tiers, decision.egress, held)
    ingress = _trace(cluster, tiers, decision.ingress, held)
    hosts = tuple(_host_traces(cluster, decision, held))
    return Explanation(
        connection,
        assumptions,
        decision,
        egress,
        ingress,
        exempt(connection, assumptions),
        other,
        turns_of(asked, connection, assumptions),
        changes_of(egress, *hosts, ingress),
        _supposed(connection),
        tuple(_otherwise(cluster, decision, held)),
        sources,
        hosts,
        tuple(_perhaps(cluster, decision, held)),
    )


def _bearing(cluster: Cluster, ends: tuple[Endpoint, Endpoint]) -> Tiers:
    """The tiers without policies that stand alone in namespaces of neither end."""
    near = {one.namespace.name for one in ends if isinstance(one, PodEndpoint)}
    numbered = [
        (index, one)
        for index, one in enumerate(cluster.every_policy)
        if not stands_alone(one) or one.namespace in near
    ]
    return {way: lower_numbered(numbered, way) for way in Direction}


def _stretches(tiers: Tiers, source: Endpoint) -> tuple[Stretch, ...]:
    """The source ports that the tiers tell apart, of the source by name as well (D.19, D.20)."""
    vocabulary = vocabulary_of(every_tier(tiers), (), ())
    declared = (*source.ports, *source.init_ports) if isinstance(source, PodEndpoint) else ()
    return source_stretches(vocabulary, named_sources(vocabulary, declared))


def _otherwise(cluster: Cluster, decision: Decision, held: Held) -> Iterator[SideDecision]:
    """Each side as it is decided in an order of tied policies that turns it, if there is one."""
    policies, connection, assumptions = cluster.every_policy, held.connection, held.assumptions
    sides = (decision.egress, decision.ingress)
    listed = [outcomes_of(policies, one.direction, connection, assumptions) for one in sides]
    if decision.hosts:
        listed += sure_outcomes(policies, connection, assumptions)
    for outcomes in listed:
        side = outcomes[0]  # in the documented order
        yield from [one for one in outcomes if one.allowed is not side.allowed][:1]


def _supposed(connection: Connection) -> tuple[PodEndpoint | HostEndpoint, ...]:
    ends = (connection.source, connection.destination)
    inside = (one for one in ends if not isinstance(one, ExternalEndpoint))
    return tuple(one for one in inside if one.supplied)


def exempt(connection: Connection, assumptions: Assumptions) -> Exempt | None:
    """Why no claim speaks of the connection, or `None` (A.27, A.41 to A.43)."""
    if same_pod(connection):
        return Exempt.SAME_POD
    if from_own_node(connection, assumptions):
        return Exempt.FROM_OWN_NODE
    if to_own_node(connection, assumptions):
        return Exempt.TO_OWN_NODE
    if without_address(connection):
        return Exempt.NO_ADDRESS
    return None


def _trace(cluster: Cluster, tiers: Tiers, side: SideDecision, held: Held) -> SideTrace:
    """The side's policies, and a check that they decide as the oracle does."""
    listed = tiers[side.direction]
    if side.exemption is None and decided(held, listed) is not side.allowed:
        raise DisagreementError(
            "the trace of a connection and the oracle's decision differ",
            f"{side}\n{held.connection}",
        )
    stated = set(map(id, cluster.policies))
    policies = tuple(_walked(listed, held, lambda one: _is_shown(one, held, stated)))
    return SideTrace(side, policies, tuple(_others(cluster.policies, listed, side, held)))


def _walked(
    tiers: Sequence[Tier], held: Held, is_shown: Callable[[TierPolicy], bool]
) -> Iterator[PolicyTrace]:
    """The policies that are shown, tier by tier, with what each rule of theirs says."""
    for tier in tiers:
        for policy in filter(is_shown, tier.policies):
            rules = tuple(_rule(rule, held) for rule in policy.rules)
            yield PolicyTrace(policy.origin, tier.name, rules)


def _host_traces(cluster: Cluster, decision: Decision, held: Held) -> Iterator[SideTrace]:
    """Those of the hosts that the connection surely passes, held against their tiers (D.37)."""
    found = passages(cluster.every_policy) if decision.hosts else ()
    for side in decision.hosts:
        assert side.passing is not None
        name = side.passing.host.name
        tiers = next(one for one in found if name in one.hosts).tiers(side.direction)
        if decided(held, tiers) is not side.allowed:
            raise DisagreementError(
                "the trace of what a host lets through and the oracle's decision differ",
                f"{side}\n{held.connection}",
            )
        yield SideTrace(side, tuple(_walked(tiers, held, held.applies)), ())


def _perhaps(cluster: Cluster, decision: Decision, held: Held) -> Iterator[SideDecision]:
    """What hosts may deny of a connection that is allowed otherwise (D.37).

    What a host denies that is passed for sure depends on the order of ties.
    """
    if decision.allowed and any_passage(cluster.every_policy):
        for one in possible_denials(cluster.every_policy, held.connection, held.assumptions):
            sure = one.passing is not None and one.passing.certainty is Certainty.SURELY
            if one.left_over or not sure:
                yield one


def _is_shown(policy: TierPolicy, held: Held, stated: Container[int]) -> bool:
    """Whether the policy applies; what Calico denies by itself shows only where it does (D.42).

    Of what host endpoints have by themselves only profiles of the input show, which are among
    what is `stated`, by identity: of the rest the reason of the decision tells.
    """
    if policy.index == TUNNEL_INDEX:
        return held.hits(policy, policy.rules)
    if policy.index in HOST_INDICES and id(policy.origin) not in stated:
        return False
    return held.applies(policy)


def _rule(rule: Rule, held: Held) -> RuleTrace:
    return RuleTrace(rule.index, rule.where, rule.action, mismatches(rule.match, held))


def _others(
    policies: Sequence[Policy], tiers: Sequence[Tier], side: SideDecision, held: Held
) -> Iterator[NotSelecting]:
    """The policies that might be for the endpoint and do not select it.

    Those are the ones of a pod's namespace, or of none, or that can be for host endpoints.
    """
    end = subject_end(side.direction)
    pod = held.pod(end)
    if pod is None and not isinstance(held.end(end), HostEndpoint):
        return
    lowered = {one.index: one for tier in tiers for one in tier.policies}
    for index, policy in enumerate(policies):
        near = (
            can_be_for_hosts(policy)
            if pod is None
            else not is_setting(policy) and policy.namespace in ("", pod.namespace.name)
        )
        if near:
            found = _not_selecting(policy, lowered.get(index), side.direction, held)
            if found is not None:
                yield NotSelecting(policy, found)


def _not_selecting(
    policy: Policy, lowered: TierPolicy | None, direction: Direction, held: Held
) -> Mismatch | None:
    """Why the policy does not select the endpoint in the direction; `None` iff it does."""
    if lowered is None:
        wanted = types_text(policy)
        return Mismatch(Condition.DIRECTION, wanted, direction.value, policy.where)
    if held.applies(lowered):
        return None
    host = held.end(subject_end(direction))
    if isinstance(host, HostEndpoint):
        wanted = "host endpoints that its selectors meet"
        return Mismatch(Condition.HOST_ENDPOINT, wanted, host.name, policy.where)
    return next(iter(mismatches(lowered.subject, held)), None)


def changes_of(*sides: SideTrace) -> tuple[tuple[AnyPolicy, ...], ...]:
    """The smallest sets of policies that, each given a further rule, admit the connection.

    One policy a denied side is enough, of the tier that denies: one that selects the endpoint,
    where no rule matches (A.5), else the one whose rule denies, given a rule before that. One for
    all where a policy decides at each. Nothing for a connection that is allowed.
    """
    denied = [_openers(side) for side in sides if not side.decision.allowed]
    if not denied:
        return ()
    if len(denied) == 1:
        return tuple((policy,) for policy in denied[0])
    shared = tuple(
        (policy,) for policy in denied[0] if all(policy in those for those in denied[1:])
    )
    return shared or tuple(tuple(dict.fromkeys(those)) for those in product(*denied))


def _openers(side: SideTrace) -> tuple[AnyPolicy, ...]:
    """The policies of which one more rule each would let the connection pass this side."""
    last = side.decision.steps[-1]
    if last.policy is not None:
        return (last.policy,)
    # What Calico denies by itself no rule of the input opens (D.42).
    own = (one for one in side.policies if one.tier == last.tier)
    return tuple(one.policy for one in own if not is_setting(one.policy))
