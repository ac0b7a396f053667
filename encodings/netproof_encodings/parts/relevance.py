"""What of a cluster a claim can concern: whom its ends can be, and what bears on these.

Two things here are taken on trust, as encodings are, and both err on the wide side: `ways_of`,
which says whom the ends of a connection that a claim speaks of can be, and `possible`, by which
conditions that no such connection meets are left out. What a stage holds is not: of what it does
not hold the solver knows little, so a wrong choice costs time and never a verdict (decision 0016).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import reduce
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import assert_never

from netproof_encodings.decision.conditions import (
    All,
    Any,
    Counted,
    End,
    HasProtocol,
    InBlock,
    InNamespace,
    IsOrdinaryPod,
    IsPod,
    Labelled,
    Match,
    NamesPort,
    OnPorts,
    Whose,
)
from netproof_encodings.decision.tiers import TierPolicy
from netproof_encodings.parts.atlas import Atlas
from netproof_encodings.parts.extents import Extent
from netproof_encodings.parts.spoken import spans_of
from netproof_encodings.vocabulary.mentioned import can_be_namespace
from netproof_specs.claims import (
    AddressBlock,
    AnyOf,
    Anything,
    ConnectionClaim,
    DeniedByDefault,
    EndpointSet,
    External,
    Group,
    HostNamed,
    HostsWhere,
    PodNamed,
    PodsWhere,
    Ports,
)
from netproof_specs.frozen import Frozen, replace
from netproof_specs.model.labels import NAME_LABEL, LabelSelector, Operator, Requirement
from netproof_specs.model.traffic import PortRange
from netproof_specs.worlds import World

Spaces = frozenset[str] | None
"""Namespaces by name; `None` may be any."""


class Whom(Frozen):
    """Whom an end can be: pods of `spaces`, and outside addresses in some of the blocks `outside`.

    `None` is any.
    """

    spaces: Spaces
    outside: tuple[str, ...] | None

    @property
    def some_pod(self) -> bool:
        """Whether the end can be a pod."""
        return self.spaces is None or bool(self.spaces)


_ANYBODY = Whom(None, None)


class Way(Frozen):
    """Connections that a claim speaks of: their ends, and their ports; no ports are any."""

    source: Whom
    destination: Whom
    ports: Ports

    def whom(self, end: End) -> Whom:
        """Whom the end can be."""
        return self.source if end is End.SOURCE else self.destination


class Relevance(Frozen):
    """What bears on a claim: the ways of its connections, and what is to be held of the cluster.

    It is `shared` iff the claim is asked of a stage of the whole cluster that others share.
    """

    ways: tuple[Way, ...]
    extent: Extent
    shared: bool = False


# --- whom a claim speaks of --------------------------------------------------------------------


def ways_of(atlas: Atlas, world: World, claim: ConnectionClaim) -> tuple[Way, ...]:
    """Every connection that the claim speaks of in the world is one of these."""

    def whom(group: Group | None) -> Whom:
        return _ANYBODY if group is None else whom_of(atlas, world, group.endpoints)

    if isinstance(claim, DeniedByDefault):
        pods = Whom(whom(claim.group).spaces, ())
        return Way(pods, _ANYBODY, ()), Way(_ANYBODY, pods, ())
    spans = spans_of(claim)
    return tuple(Way(whom(one.source), whom(one.destination), one.ports) for one in spans)


def whom_of(atlas: Atlas, world: World, group: EndpointSet) -> Whom:
    """Every member of the group in the world is one of these."""
    match group:
        case PodsWhere(str() as namespace):
            return Whom(frozenset({namespace}), ())
        case PodsWhere(_, LabelSelector() as selector):
            return Whom(_matching(atlas, world, selector), ())
        case PodNamed(namespace):
            return Whom(frozenset({namespace}), ())
        case AddressBlock(cidr):
            return Whom(owners_of(atlas, world, cidr), (cidr,))
        case External():
            return Whom(frozenset(), None)
        case AnyOf(members):
            return reduce(_either, (whom_of(atlas, world, one) for one in members))
        case PodsWhere():
            return Whom(None, ())
        case Anything() | HostsWhere() | HostNamed():
            # Beside host endpoints the whole cluster is held.
            return _ANYBODY
        case _:
            assert_never(group)


def _either(one: Whom, other: Whom) -> Whom:
    spaces = None if None in (one.spaces, other.spaces) else _sum((one.spaces, other.spaces))
    if one.outside is None or other.outside is None:
        return Whom(spaces, None)
    return Whom(spaces, (*one.outside, *other.outside))


def _sum(many: Iterable[Spaces]) -> Spaces:
    """The namespaces of all; any, where one of them is any."""
    listed = tuple(many)
    return None if None in listed else frozenset(name for one in listed for name in one or ())


def owners_of(atlas: Atlas, world: World, cidr: str) -> Spaces:
    """The namespaces of pods whose known address is in the block; there are none in open worlds."""
    return atlas.addresses.of_all.owners(cidr) if world is World.SNAPSHOT else frozenset()


def _matching(atlas: Atlas, world: World, selector: LabelSelector) -> Spaces:
    """The namespaces that can meet the selector, `None` where their labels are all free."""
    found: Spaces = None
    for one in selector.requirements:
        values = one.values if one.operator is Operator.IN else None
        if one.operator in (Operator.IN, Operator.EXISTS):
            free = unstated_in(atlas, world)
            found = _common(found, carrying(atlas, world, one.key, values, free))
        elif world is not World.ANY_CLUSTER:
            found = _common(found, _lacking(atlas, world, one))
    return found


def _common(one: Spaces, other: Spaces) -> Spaces:
    if one is None or other is None:
        return other if one is None else one
    return one & other


def _lacking(atlas: Atlas, world: World, requirement: Requirement) -> frozenset[str]:
    """The namespaces that can lack the label, or the values of it that are ruled out."""
    values = requirement.values if requirement.operator is Operator.NOT_IN else None
    stated = _stated_with(atlas, world, requirement.key, values)
    return frozenset(atlas.vocabulary.namespaces) - stated


def carrying(
    atlas: Atlas, world: World, key: str, values: Sequence[str] | None, unstated: frozenset[str]
) -> Spaces:
    """The namespaces that can have the label, with one of the values where they are given.

    Those that are `unstated` can have any.
    """
    if key == NAME_LABEL:
        named = None if values is None else filter(can_be_namespace, values)
        return None if named is None else frozenset(named)
    if world is World.ANY_CLUSTER:
        return None
    return unstated | _stated_with(atlas, world, key, values)


def _stated_with(
    atlas: Atlas, world: World, key: str, values: Sequence[str] | None
) -> frozenset[str]:
    carriers = atlas.carriers(key, values)
    return frozenset(one.name for one in carriers if is_stated(one.declared, world))


def unstated_in(atlas: Atlas, world: World) -> frozenset[str]:
    """The known namespaces whose labels nothing states in the world."""
    stated = (one.name for one in atlas.cluster.namespaces if is_stated(one.declared, world))
    return frozenset(atlas.vocabulary.namespaces).difference(stated)


def is_stated(declared: bool, world: World) -> bool:
    """Whether a namespace of the cluster has the labels of its manifest and no others (A.52)."""
    return world is World.SNAPSHOT or (world is World.ANY_PODS and declared)


# --- what bears on it --------------------------------------------------------------------------


class Asked:
    """Asks what connections of some ways can meet; a class because answers are kept."""

    def __init__(self, atlas: Atlas, world: World, ways: Sequence[Way]) -> None:
        self._atlas = atlas
        self._world = world
        self._ways = ways
        self._unstated = unstated_in(atlas, world)
        self._carrying: dict[tuple[str, tuple[str, ...] | None], Spaces] = {}
        self._overlapping: dict[tuple[tuple[str, ...], str], bool] = {}

    def possible(self, condition: Match) -> bool:
        """False only if no connection of any of the ways meets the condition."""
        return any(self._possible(condition, way) for way in self._ways)

    def meeting(self, policy: TierPolicy) -> TierPolicy | None:
        """The policy with the rules that one of the ways can meet where it selects the subject.

        None where it cannot select any.
        """
        ways = [way for way in self._ways if self._possible(policy.subject, way)]
        if not ways:
            return None
        rules = tuple(
            rule for rule in policy.rules if any(self._possible(rule.match, way) for way in ways)
        )
        return policy if len(rules) == len(policy.rules) else replace(policy, rules=rules)

    def _possible(self, condition: Match, way: Way) -> bool:
        match condition:
            case All():
                for one in condition.parts:  # noqa: SIM110 (the commonest by far)
                    if not self._possible(one, way):
                        return False
                return True
            case Any(parts):
                return any(self._possible(one, way) for one in parts)
            case InNamespace():
                spaces = way.whom(condition.end).spaces
                return spaces is None or condition.name in spaces
            case Labelled(end, Whose.NAMESPACE):
                return way.whom(end).some_pod and self._meet(condition, way.whom(end).spaces)
            case Labelled(end, Whose.POD | Whose.ACCOUNT) | IsPod(end) | IsOrdinaryPod(end):
                return way.whom(end).some_pod
            case NamesPort(end=end, counted=Counted.RUNNING | Counted.EVERY):
                return way.whom(end).some_pod
            case InBlock(end, cidr):
                return self._can_be_in(way.whom(end), cidr)
            case HasProtocol(protocol):
                return not way.ports or any(one.protocol is protocol for one in way.ports)
            case OnPorts(ports):
                return not way.ports or _share_a_port(way.ports, ports)
            case _:  # whatever is negated, or of another kind, is possible for all that is known
                return True

    def _meet(self, label: Labelled, spaces: Spaces) -> bool:
        """Whether a namespace among these can have the label."""
        found = self.carrying(label)
        return found is None or spaces is None or not found.isdisjoint(spaces)

    def _can_be_in(self, whom: Whom, cidr: str) -> bool:
        """Whether the end can be seen at an address in the block; of pods that is left open."""
        if whom.some_pod or whom.outside is None:
            return True
        key = whom.outside, cidr
        if key not in self._overlapping:
            found = any(_overlap(ip_network(cidr), ip_network(one)) for one in whom.outside)
            self._overlapping[key] = found
        return self._overlapping[key]

    def carrying(self, label: Labelled) -> Spaces:
        """The namespaces that can have the label."""
        key = label.key, label.values
        if key not in self._carrying:
            found = carrying(self._atlas, self._world, *key, self._unstated)
            self._carrying[key] = found
        return self._carrying[key]

    def admitted(self, condition: Match, end: End) -> Spaces:
        """In these namespaces, or in any, are the pods that the end can be where it is met.

        A guess: addresses that an assumption gives to pods are not thought of.
        """
        match condition:
            case All(parts):
                return reduce(_common, (self.admitted(one, end) for one in parts), None)
            case Any(parts):
                return _sum(self.admitted(one, end) for one in parts if self.possible(one))
            case InNamespace(at, name) if at is end:
                return frozenset({name})
            case Labelled(at, Whose.NAMESPACE) if at is end:
                return self.carrying(condition)
            case InBlock(at, cidr) if at is end:
                return owners_of(self._atlas, self._world, cidr)
            case _:
                return None


def _share_a_port(ports: Ports, other: PortRange) -> bool:
    return any(one.first <= other.last and other.first <= one.last for one in ports)


def _overlap(one: IPv4Network | IPv6Network, other: IPv4Network | IPv6Network) -> bool:
    return one.version == other.version and one.overlaps(other)
