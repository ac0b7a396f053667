"""Small random clusters in which policies and rules often have no effect."""

from __future__ import annotations

from random import Random

from netproof_specs.loading import Documents, Loaded
from netproof_specs.model.cluster import Cluster, Namespace, Workload
from netproof_specs.model.labels import NAME_LABEL, Labels, LabelSelector, Operator, Requirement
from netproof_specs.model.network_policy import (
    BlockPeer,
    NetworkPolicy,
    Peer,
    PodPeer,
    PolicyPort,
    PolicyRule,
)
from netproof_specs.model.traffic import Direction, PortName, PortRange, Protocol

SUBJECTS = (
    LabelSelector(),
    LabelSelector((Requirement("app", Operator.IN, ("a",)),)),
    LabelSelector((Requirement("app", Operator.NOT_IN, ("a",)),)),
    LabelSelector((Requirement("app", Operator.EXISTS),)),
)
SPACES = (
    LabelSelector(),
    LabelSelector((Requirement(NAME_LABEL, Operator.IN, ("x",)),)),
    LabelSelector((Requirement(NAME_LABEL, Operator.IN, ("y",)),)),
    LabelSelector((Requirement(NAME_LABEL, Operator.NOT_IN, ("x",)),)),
    LabelSelector((Requirement("team", Operator.IN, ("t",)),)),
)
BLOCKS = (
    BlockPeer("0.0.0.0/0"),
    BlockPeer("0.0.0.0/0", ("10.0.0.0/8",)),
    BlockPeer("10.0.0.0/8"),
    BlockPeer("::/0"),
)
PORTS = (
    PolicyPort(None, None),
    PolicyPort(Protocol.TCP, PortRange(80, 80)),
    PolicyPort(Protocol.TCP, PortRange(80, 90)),
    PolicyPort(Protocol.TCP, PortName("web")),
)
TYPES = (
    (Direction.INGRESS,),
    (Direction.EGRESS,),
    (Direction.INGRESS, Direction.EGRESS),
    (),
)


def small_cluster(seed: int) -> Cluster:
    """Two to four policies in one or two namespaces, and up to four pods."""
    rng = Random(seed)
    names = ("x",) if rng.random() < 0.5 else ("x", "y")
    policies = [_policy(rng, number, names) for number in range(rng.randint(2, 4))]
    pods = [_pod(rng, number, names) for number in range(rng.randint(2, 4))]
    return Cluster(
        tuple(_namespace(rng, name) for name in names),
        tuple(sorted(pods, key=lambda one: (one.namespace, one.name))),
        tuple(sorted(policies, key=lambda one: (one.namespace, one.name))),
    )


def loaded(cluster: Cluster) -> Loaded:
    """The cluster as if it had been read, from no file."""
    return Loaded(cluster, (), (), (), Documents())


def _namespace(rng: Random, name: str) -> Namespace:
    labels: Labels = ((NAME_LABEL, name), *((("team", "t"),) if rng.random() < 0.5 else ()))
    return Namespace(name, labels, declared=True)


def _pod(rng: Random, number: int, names: tuple[str, ...]) -> Workload:
    labels: Labels = rng.choice(((), (("app", "a"),), (("app", "b"),)))
    addresses = rng.choice(((), (f"10.0.0.{number}",)))
    return Workload("Pod", rng.choice(names), f"w{number}", labels, addresses=addresses)


def _policy(rng: Random, number: int, names: tuple[str, ...]) -> NetworkPolicy:
    return NetworkPolicy(
        rng.choice(names),
        f"p{number}",
        rng.choice(SUBJECTS),
        rng.choice(TYPES),
        tuple(_rule(rng) for _ in range(rng.randint(0, 2))),
        tuple(_rule(rng) for _ in range(rng.randint(0, 2))),
    )


def _rule(rng: Random) -> PolicyRule:
    peers = tuple(_peer(rng) for _ in range(rng.choice((0, 1, 1, 2))))
    ports = tuple(rng.choice(PORTS) for _ in range(rng.choice((0, 0, 1))))
    return PolicyRule(peers, ports)


def _peer(rng: Random) -> Peer:
    choice = rng.random()
    if choice < 0.3:
        return rng.choice(BLOCKS)
    if choice < 0.6:
        return PodPeer(None, rng.choice(SUBJECTS))
    return PodPeer(rng.choice(SPACES), rng.choice((None, *SUBJECTS)))
