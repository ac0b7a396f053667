"""Sets of policies to compare: small random ones, the same written another way, and changed ones.

The vocabularies are smaller than those of tests/strategies.py, so that every connection that
tells two sets apart can be tried (tests/brute_force.py).
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from ipaddress import ip_network
from typing import Any, TypeVar

from hypothesis import strategies as st

from netproof_specs.model.labels import NAME_LABEL, LabelSelector, Operator, Requirement
from netproof_specs.model.network_policy import (
    BlockPeer,
    NetworkPolicy,
    Peer,
    PodPeer,
    PolicyPort,
    PolicyRule,
)
from netproof_specs.model.traffic import Direction, PortName, PortRange, Protocol

Policies = tuple[NetworkPolicy, ...]
Part = TypeVar("Part")


SELECTORS = (
    (),
    (Requirement("app", Operator.IN, ("a",)),),
    (Requirement("app", Operator.NOT_IN, ("a",)),),
    (Requirement("app", Operator.IN, ("a", "b")),),
    (Requirement("app", Operator.EXISTS),),
    (Requirement("app", Operator.DOES_NOT_EXIST),),
    (Requirement("app", Operator.EXISTS), Requirement("app", Operator.NOT_IN, ("b",))),
)
NAMESPACE_SELECTORS = (
    (),
    (Requirement("team", Operator.IN, ("a",)),),
    (Requirement("team", Operator.NOT_IN, ("a",)),),
    (Requirement(NAME_LABEL, Operator.IN, ("y",)),),
    (Requirement(NAME_LABEL, Operator.NOT_IN, ("x",)),),
)
BLOCKS = (
    BlockPeer("10.0.0.0/8"),
    BlockPeer("10.0.0.0/8", ("10.1.0.0/16",)),
    BlockPeer("10.1.0.0/16", ("10.1.2.0/24", "10.1.2.3/32")),
    BlockPeer("10.1.2.3/32"),
    BlockPeer("0.0.0.0/0", ("10.1.0.0/16",)),
    BlockPeer("::/0"),
    BlockPeer("2001:db8::/32", ("2001:db8::1/128",)),
)
PORTS = (
    PolicyPort(None, None),
    PolicyPort(Protocol.UDP, None),
    PolicyPort(None, PortRange(80, 80)),
    PolicyPort(Protocol.TCP, PortRange(80, 90)),
    PolicyPort(Protocol.UDP, PortRange(53, 53)),
    PolicyPort(Protocol.TCP, PortName("http")),
    PolicyPort(Protocol.SCTP, PortRange(1, 65535)),
)
TYPES = (
    (Direction.INGRESS,),
    (Direction.EGRESS,),
    (Direction.INGRESS, Direction.EGRESS),
    (),
)


def pick(selectors: Sequence[tuple[Requirement, ...]]) -> st.SearchStrategy[LabelSelector]:
    """One of the selectors."""
    return st.sampled_from(selectors).map(LabelSelector)


pod_peers = st.one_of(
    st.builds(PodPeer, st.none(), pick(SELECTORS)),
    st.builds(PodPeer, pick(NAMESPACE_SELECTORS), st.none()),
    st.builds(PodPeer, pick(NAMESPACE_SELECTORS), pick(SELECTORS)),
)


def rules(with_blocks: bool) -> st.SearchStrategy[PolicyRule]:
    """Rules of up to two peers, and one port at most, which keeps the connections few."""
    peers: st.SearchStrategy[Peer] = pod_peers
    if with_blocks:
        peers = st.one_of(pod_peers, st.sampled_from(BLOCKS))
    return st.builds(
        PolicyRule,
        st.lists(peers, max_size=2).map(tuple),
        st.lists(st.sampled_from(PORTS), max_size=1).map(tuple),
    )


@st.composite
def policies(draw: st.DrawFn, name: str, with_blocks: bool) -> NetworkPolicy:
    """A policy of the name in one of two namespaces."""
    some = st.lists(rules(with_blocks), max_size=2).map(tuple)
    return NetworkPolicy(
        namespace=draw(st.sampled_from(("x", "x", "y"))),
        name=name,
        subject=draw(pick(SELECTORS)),
        policy_types=draw(st.sampled_from(TYPES)),
        ingress=draw(some),
        egress=draw(some),
    )


@st.composite
def policy_sets(draw: st.DrawFn, most: int = 2) -> Policies:
    """A few policies; half of the sets mention no block."""
    with_blocks = draw(st.booleans())
    count = draw(st.integers(1, most))
    return tuple(draw(policies(f"p{number}", with_blocks)) for number in range(count))


def types_of(policy: NetworkPolicy) -> tuple[Direction, ...]:
    """The directions that the policy isolates (A.10)."""
    if policy.policy_types:
        return tuple(one for one in Direction if one in policy.policy_types)
    return (Direction.INGRESS, Direction.EGRESS) if policy.egress else (Direction.INGRESS,)


def split(given: Sequence[NetworkPolicy], rng: random.Random) -> Policies:
    """The same policies taken apart as far as A.53 goes, written another way, and shuffled.

    One policy a rule and direction, one rule a peer and port, `In` lists taken apart, blocks and
    ranges cut in two, some parts twice.
    """
    parts = [part for policy in given for part in parts_of(policy, rng)]
    parts += [rng.choice(parts) for _ in range(rng.randrange(2)) if parts]
    rng.shuffle(parts)
    return named(parts)


def named(parts: Sequence[NetworkPolicy]) -> Policies:
    """The policies under names of their own."""
    return tuple(replace(part, name=f"{part.name}-{n}") for n, part in enumerate(parts))


def parts_of(policy: NetworkPolicy, rng: random.Random) -> Iterator[NetworkPolicy]:
    """One policy for each subject, direction and rule; one without rules keeps isolating."""
    for direction in types_of(policy):
        rules = policy.egress if direction is Direction.EGRESS else policy.ingress
        pieces = [piece for rule in rules for piece in rules_of(rule, rng)]
        for subject in selectors_of(policy.subject, rng):
            for held in one_by_one(pieces):
                yield replace(
                    policy,
                    subject=subject,
                    policy_types=(direction,),
                    ingress=held if direction is Direction.INGRESS else (),
                    egress=held if direction is Direction.EGRESS else (),
                )


def rules_of(rule: PolicyRule, rng: random.Random) -> Iterator[PolicyRule]:
    """The rule, in one piece or as one for each pair of peer and port."""
    peers = [piece for peer in rule.peers for piece in peers_of(peer, rng)]
    ports = [piece for port in rule.ports for piece in ports_of(port, rng)]
    rng.shuffle(peers)
    rng.shuffle(ports)
    if rng.random() < 0.3:
        yield PolicyRule(tuple(peers), tuple(ports))
        return
    for peer in one_by_one(peers):
        for port in one_by_one(ports):
            yield PolicyRule(peer, port)


def one_by_one(parts: Sequence[Part]) -> list[tuple[Part, ...]]:
    """Each part by itself; nothing, which means everything, stays nothing (A.14)."""
    if not parts:
        return [()]
    return [(one,) for one in parts]


def peers_of(peer: Peer, rng: random.Random) -> Iterator[Peer]:
    """Peers that together match what the peer does."""
    if isinstance(peer, BlockPeer):
        yield from blocks_of(peer, rng)
        return
    for namespaces in [None] if peer.namespaces is None else selectors_of(peer.namespaces, rng):
        for pods in [None] if peer.pods is None else selectors_of(peer.pods, rng):
            yield PodPeer(namespaces, pods)


def blocks_of(peer: BlockPeer, rng: random.Random) -> Iterator[BlockPeer]:
    """The block, in one piece or as its halves; a half that is excepted is left out."""
    block = ip_network(peer.cidr)
    if block.prefixlen == block.max_prefixlen or rng.random() < 0.4:
        yield replace(peer, excepts=tuple(rng.sample(peer.excepts, len(peer.excepts))))
        return
    for half in block.subnets():
        inside = [one for one in peer.excepts if ip_network(one).subnet_of(half)]  # type: ignore[arg-type]
        if str(half) not in inside:
            yield BlockPeer(str(half), tuple(inside))


def ports_of(port: PolicyPort, rng: random.Random) -> Iterator[PolicyPort]:
    """Elements that together match what the element does; the protocol written out."""
    protocol = port.protocol or Protocol.TCP
    if isinstance(port.port, PortName) or rng.random() < 0.3:
        yield PolicyPort(protocol, port.port)
        return
    ends = port.port or PortRange(1, 65535)
    if ends.first == ends.last:
        yield PolicyPort(protocol, ends)
        return
    middle = rng.randrange(ends.first, ends.last)
    yield PolicyPort(protocol, PortRange(ends.first, middle))
    yield PolicyPort(protocol, PortRange(middle + 1, ends.last))


def selectors_of(selector: LabelSelector, rng: random.Random) -> Iterator[LabelSelector]:
    """Selectors that together select what the selector does."""
    requirements = list(selector.requirements)
    rng.shuffle(requirements)
    lists = [one for one in requirements if one.operator is Operator.IN and len(one.values) > 1]
    if lists and rng.random() < 0.5:
        rest = [one for one in requirements if one is not lists[0]]
        for value in lists[0].values:
            alone = Requirement(lists[0].key, Operator.IN, (value,))
            yield LabelSelector((*rest, alone))
        return
    yield LabelSelector((*requirements, *requirements[: rng.randrange(2)]))


Change = Callable[[list[NetworkPolicy], random.Random], None]


def drop(parts: list[NetworkPolicy], rng: random.Random) -> None:
    """One part is gone, and with it perhaps what it isolated."""
    parts.pop(rng.randrange(len(parts)))


def open_up(parts: list[NetworkPolicy], rng: random.Random) -> None:
    """One part loses its peers, its ports, or gets a port more."""
    place = rng.randrange(len(parts))
    kind = rng.randrange(3)

    def wider(rule: PolicyRule) -> PolicyRule:
        if kind == 0:
            return replace(rule, peers=())
        if kind == 1 or not rule.ports:
            return replace(rule, ports=())
        return replace(rule, ports=(*rule.ports, PolicyPort(Protocol.UDP, PortRange(53, 53))))

    part = parts[place]
    parts[place] = replace(
        part, ingress=tuple(map(wider, part.ingress)), egress=tuple(map(wider, part.egress))
    )


def move(parts: list[NetworkPolicy], rng: random.Random) -> None:
    """The rule of one part gets another subject, namespace or direction."""
    place = rng.randrange(len(parts))
    part = parts[place]
    kind = rng.randrange(3)
    if kind == 0:
        parts[place] = replace(part, subject=LabelSelector(rng.choice(SELECTORS)))
    elif kind == 1:
        parts[place] = replace(part, namespace="y" if part.namespace == "x" else "x")
    else:
        turned = tuple(one for one in Direction if one not in part.policy_types)
        parts[place] = replace(part, policy_types=turned, ingress=part.egress, egress=part.ingress)


def isolate(parts: list[NetworkPolicy], rng: random.Random) -> None:
    """A policy without rules more."""
    subject = LabelSelector(rng.choice(SELECTORS))
    parts.append(NetworkPolicy("x", "closed", subject, rng.choice(TYPES), (), ()))


CHANGES: tuple[Change, ...] = (drop, open_up, move, isolate)


def changed(given: Sequence[NetworkPolicy], rng: random.Random) -> Policies:
    """The split of the policies with one or two changes."""
    parts = list(split(given, rng))
    for _ in range(rng.choice((1, 1, 2))):
        if parts:
            rng.choice(CHANGES)(parts, rng)
    return named(parts)


def manifest_of(policy: NetworkPolicy, plain: bool) -> dict[str, Any]:
    """The policy as a manifest; `plain` writes single values as `matchLabels`."""
    spec: dict[str, Any] = {"podSelector": selector_data(policy.subject, plain)}
    if policy.policy_types:
        spec["policyTypes"] = [one.value for one in dict.fromkeys(policy.policy_types)]
    for field, side, rules in (
        ("ingress", "from", policy.ingress),
        ("egress", "to", policy.egress),
    ):
        if rules:
            spec[field] = [rule_data(rule, side, plain) for rule in rules]
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": policy.name, "namespace": policy.namespace},
        "spec": spec,
    }


def rule_data(rule: PolicyRule, side: str, plain: bool) -> dict[str, Any]:
    """The rule of a manifest."""
    data: dict[str, Any] = {}
    if rule.peers:
        data[side] = [peer_data(peer, plain) for peer in rule.peers]
    if rule.ports:
        data["ports"] = [port_data(port) for port in rule.ports]
    return data


def peer_data(peer: Peer, plain: bool) -> dict[str, Any]:
    """The peer of a manifest."""
    if isinstance(peer, BlockPeer):
        return {"ipBlock": {"cidr": peer.cidr, "except": list(peer.excepts)}}
    data = {}
    if peer.namespaces is not None:
        data["namespaceSelector"] = selector_data(peer.namespaces, plain)
    if peer.pods is not None:
        data["podSelector"] = selector_data(peer.pods, plain)
    return data


def port_data(port: PolicyPort) -> dict[str, Any]:
    """The element of a manifest's `ports`."""
    data: dict[str, Any] = {} if port.protocol is None else {"protocol": port.protocol.value}
    match port.port:
        case PortName(name):
            data["port"] = name
        case PortRange(first, last):
            data["port"] = first
            if last != first:
                data["endPort"] = last
        case None:
            pass
    return data


def selector_data(selector: LabelSelector, plain: bool) -> dict[str, Any]:
    """The selector of a manifest; equal keys cannot stand in `matchLabels` twice."""
    pairs: dict[str, str] = {}
    expressions = []
    for one in selector.requirements:
        single = one.operator is Operator.IN and len(one.values) == 1
        if plain and single and one.key not in pairs:
            pairs[one.key] = one.values[0]
            continue
        values = {"values": list(one.values)} if one.values else {}
        expressions.append({"key": one.key, "operator": one.operator.value, **values})
    data: dict[str, Any] = {"matchLabels": pairs} if pairs else {}
    return data | ({"matchExpressions": expressions} if expressions else {})
