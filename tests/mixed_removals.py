"""Small random clusters of every kind, in which policies of no namespace often deny what those of
one namespace allow; and policies without some of their parts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from random import Random
from typing import Any

from tests.calico_strategies import selector_of
from tests.lint_samples import BLOCKS, SUBJECTS

from netproof_encodings.obligations.redundancy import Part
from netproof_specs.model.admin_policy import (
    AdminAction,
    AdminKind,
    AdminPeer,
    AdminPods,
    AdminPolicy,
    AdminPort,
    AdminRule,
    AdminTier,
    NetworksPeer,
)
from netproof_specs.model.calico import (
    CalicoAction,
    CalicoNetworkPolicy,
    CalicoRule,
    CalicoSpec,
    CalicoTier,
    EntityRule,
    GlobalNetworkPolicy,
)
from netproof_specs.model.calico_selectors import Selector
from netproof_specs.model.cluster import Cluster, ContainerPort, Namespace, Policy, Workload
from netproof_specs.model.labels import NAME_LABEL, LabelSelector, Operator, Requirement
from netproof_specs.model.network_policy import (
    NetworkPolicy,
    Peer,
    PodPeer,
    PolicyPort,
    PolicyRule,
)
from netproof_specs.model.traffic import Direction, PortName, PortRange, Protocol

NAMES = ("x", "y", "z")
SPACES = (
    LabelSelector(),
    LabelSelector(),
    LabelSelector((Requirement(NAME_LABEL, Operator.IN, ("x",)),)),
    LabelSelector((Requirement(NAME_LABEL, Operator.IN, ("y",)),)),
    LabelSelector((Requirement(NAME_LABEL, Operator.NOT_IN, ("z",)),)),
    LabelSelector((Requirement("team", Operator.IN, ("t",)),)),
)
PODS = SUBJECTS[:3]
PORTS: tuple[tuple[PolicyPort, ...], ...] = (
    (),
    (),
    (PolicyPort(Protocol.TCP, PortRange(80, 80)),),
    (PolicyPort(Protocol.TCP, PortRange(80, 90)),),
    (PolicyPort(None, PortName("web")),),
    (PolicyPort(Protocol.UDP, None),),
)
ADMIN_PORTS: tuple[tuple[AdminPort, ...], ...] = (
    (),
    (),
    (AdminPort(Protocol.TCP, PortRange(80, 80)),),
    (AdminPort(Protocol.TCP, PortRange(80, 90)),),
)
NETWORKS = ("0.0.0.0/0", "10.0.0.0/8", "10.1.0.0/16")
TYPES = ((), (Direction.INGRESS,), (Direction.EGRESS,), (*Direction,))
ORDERS = (1.0, 999.0, 1001.0, 2000.0, None)
SELECTORS = (None, None, "app == 'a'", "app != 'a'", "projectcalico.org/namespace == 'x'")
OF_SPACES = (None, None, "projectcalico.org/name == 'x'", "projectcalico.org/name != 'y'")
SOURCE_PORTS = ((), (), (), (PortRange(1, 1023),), (PortRange(53, 60),))
FEW = (0, 1, 1, 2)
Rule = PolicyRule | AdminRule | CalicoRule


def mixed_cluster(seed: int) -> Cluster:
    """A few policies, of Calico's kinds in every other cluster, in three namespaces with pods."""
    rng = Random(seed)
    policies: list[Policy] = [_policy(rng, f"p{at}") for at in range(rng.choice((2, 3, 4)))]
    if seed % 2:
        passing = rng.choice((None, CalicoAction.PASS))
        policies += [CalicoTier("first", 5.0, passing), CalicoTier("last", 2e6, None)]
        policies += [_calico(rng, at) for at in range(rng.choice((1, 2, 3)))]
    else:
        admins = rng.choice((0, 1, 1, 2))
        policies += [_admin(rng, AdminKind.ADMIN, f"a{at}") for at in range(admins)]
        policies += [_admin(rng, AdminKind.BASELINE, "default")] * rng.choice((0, 1, 1, 1))
    pods = (_pod(rng, at) for at in range(rng.choice((2, 3, 4))))
    return Cluster(
        tuple(_space(rng, name) for name in NAMES),
        tuple(sorted(pods, key=lambda one: (one.namespace, one.name))),
        tuple(policies),
    )


def _space(rng: Random, name: str) -> Namespace:
    labels = {NAME_LABEL: name, **({"team": "t"} if rng.random() < 0.4 else {})}
    return Namespace(name, tuple(sorted(labels.items())), declared=True)


def _pod(rng: Random, at: int) -> Workload:
    return Workload(
        rng.choice(("Pod", "Deployment")),
        rng.choice(NAMES),
        f"w{at}",
        rng.choice(((), (("app", "a"),), (("app", "b"),))),
        ports=rng.choice(((), (ContainerPort("web", Protocol.TCP, 80),))),
        addresses=rng.choice(((), (f"10.{at}.0.1",))),
        host_network=rng.random() < 0.1,
    )


def _policy(rng: Random, name: str) -> NetworkPolicy:
    ingress, egress = (tuple(_rule(rng) for _ in range(rng.choice(FEW))) for _ in Direction)
    types = rng.choice(TYPES)
    return NetworkPolicy(rng.choice(NAMES), name, rng.choice(PODS), types, ingress, egress)


def _rule(rng: Random) -> PolicyRule:
    peers = tuple(_peer(rng) for _ in range(rng.choice((0, 1, 1, 1, 2))))
    return PolicyRule(peers, rng.choice(PORTS))


def _peer(rng: Random) -> Peer:
    choice = rng.random()
    if choice < 0.2:
        return rng.choice(BLOCKS)
    if choice < 0.45:
        return PodPeer(None, rng.choice(PODS))
    return PodPeer(rng.choice(SPACES), rng.choice((None, *PODS)))


def _admin(rng: Random, kind: AdminKind, name: str) -> AdminPolicy:
    baseline = kind is AdminKind.BASELINE
    actions = (AdminAction.ALLOW, AdminAction.DENY, AdminAction.PASS)
    if baseline:
        actions = (AdminAction.ALLOW, AdminAction.DENY, AdminAction.DENY)
    ingress, egress = (
        tuple(
            AdminRule("", rng.choice(actions), (_admin_peer(rng, way),), rng.choice(ADMIN_PORTS))
            for _ in range(rng.choice(FEW))
        )
        for way in (Direction.INGRESS, Direction.EGRESS)
    )
    tier, priority = AdminTier.BASELINE if baseline else AdminTier.ADMIN, rng.choice((1, 1, 2))
    subject = _admin_pods(rng)
    return AdminPolicy(kind, name, tier, None if baseline else priority, subject, ingress, egress)


def _admin_peer(rng: Random, way: Direction) -> AdminPeer:
    if way is Direction.EGRESS and rng.random() < 0.3:
        return NetworksPeer((rng.choice(NETWORKS),))
    return _admin_pods(rng)


def _admin_pods(rng: Random) -> AdminPods:
    return AdminPods(rng.choice(SPACES), rng.choice((None, None, *PODS)))


def _calico(rng: Random, at: int) -> CalicoNetworkPolicy | GlobalNetworkPolicy:
    ingress, egress = (tuple(_calico_rule(rng) for _ in range(rng.choice(FEW))) for _ in "ie")
    spec = CalicoSpec(
        tier=rng.choice((None, None, "first", "last")),
        order=rng.choice(ORDERS),
        selector=_selector(rng, SELECTORS),
        account_selector=None,
        types=rng.choice((*TYPES[1:], None)),
        ingress=ingress,
        egress=egress,
    )
    if rng.random() < 0.5:
        return CalicoNetworkPolicy(rng.choice(NAMES), f"c{at}", spec)
    return GlobalNetworkPolicy(f"g{at}", spec, _selector(rng, OF_SPACES))


def _calico_rule(rng: Random) -> CalicoRule:
    action = rng.choice((CalicoAction.ALLOW, CalicoAction.ALLOW, *CalicoAction))
    protocol, source, other = rng.choice((None, "TCP")), _end(rng), _end(rng)
    if protocol is not None:
        source = replace(source, ports=rng.choice(SOURCE_PORTS), not_ports=rng.choice(SOURCE_PORTS))
    return CalicoRule(action, protocol, None, None, source, other)


def _end(rng: Random) -> EntityRule:
    nets = rng.choice(((), (), ("10.0.0.0/8",)))
    return EntityRule(
        selector=_selector(rng, SELECTORS), namespace_selector=_selector(rng, OF_SPACES), nets=nets
    )


def _selector(rng: Random, texts: Sequence[str | None]) -> Selector | None:
    text = rng.choice(texts)
    return None if text is None else selector_of(text)


def without(policies: Iterable[Policy], gone: Iterable[Part]) -> tuple[Policy, ...]:
    """The policies of any kind without those parts."""
    parts = {*gone}
    left = ((at, one) for at, one in enumerate(policies) if Part(at) not in parts)
    return tuple(_without_rules(one, at, parts) for at, one in left)


def _without_rules(policy: Policy, at: int, gone: set[Part]) -> Policy:
    match policy:
        case NetworkPolicy(ingress=ingress, egress=egress):
            return replace(policy, **_left(at, gone, ingress, egress))
        case AdminPolicy(ingress=ingress, egress=egress):
            return replace(policy, **_left(at, gone, ingress, egress))
        case CalicoNetworkPolicy(spec=spec) | GlobalNetworkPolicy(spec=spec):
            return replace(policy, spec=replace(spec, **_left(at, gone, spec.ingress, spec.egress)))
        case _:
            return policy


def _left(
    at: int, gone: set[Part], ingress: Sequence[Rule] | None, egress: Sequence[Rule] | None
) -> dict[str, Any]:
    """The lists of rules with only those that stay."""
    lists = {Direction.INGRESS: ingress, Direction.EGRESS: egress}
    return {
        way.value.lower(): rules
        and tuple(
            one for number, one in enumerate(rules) if Part(at, (way.value, number)) not in gone
        )
        for way, rules in lists.items()
    }
