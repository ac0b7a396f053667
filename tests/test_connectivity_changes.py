"""What appears and disappears between two clusters, against the oracle pair by pair."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from netaddr import IPAddress, IPNetwork
from tests import strategies as own
from tests.mixed_removals import mixed_cluster

from netproof.comparison.connectivity import ConnectivityOptions, compare_connectivity
from netproof.comparison.naming import workloads_by_name
from netproof.comparisons import Change, Relation, Side
from netproof.connectivity.changes import Ends, Name, Outside, Shift, shifts_between
from netproof.connectivity.portsets import SLOTS
from netproof.oracle.claims import in_scope
from netproof.oracle.connections import Favour, decide
from netproof_specs.assumptions import DEFAULTS, Assumption, Assumptions
from netproof_specs.loading import Loaded, load_texts
from netproof_specs.model.cluster import Cluster, Policy
from netproof_specs.model.connections import (
    Connection,
    Endpoint,
    ExternalEndpoint,
    PodEndpoint,
    pod_of,
)
from netproof_specs.model.network_policy import BlockPeer
from netproof_specs.model.traffic import Family, Protocol
from netproof_specs.problems import InputError

PORTS = (1, 79, 80, 81, 443, 5432, 8000, 8080, 8090, 65535)
ADDRESSES = ("10.0.0.1", "10.0.0.9", "10.1.2.3", "192.0.2.1", "203.0.113.9", "fd00::1", "2001::5")
SAMPLES = 30

At = Name | str
"""A workload by name, or an outside address."""


def endpoints(cluster: Cluster, at: At) -> list[Endpoint]:
    """The endpoints that go by the name; an address that is a pod's is no outside one."""
    if isinstance(at, str):
        taken = {address for one in cluster.workloads for address in one.addresses}
        return [] if at in taken else [ExternalEndpoint(at)]
    spaces = {one.name: one for one in cluster.namespaces}
    return [
        pod_of(one, spaces[one.namespace], replica)
        for one in workloads_by_name(cluster).get(at, [])
        for replica in range(1, min(one.replicas, 2) + 1)
    ]


def is_own_node(cluster: Cluster, ends: tuple[At, At]) -> bool:
    """Whether one end is an address of the node of every pod of the other end (A.42)."""
    addresses = {at for at in ends if isinstance(at, str)}
    pods = [pod for at in ends if not isinstance(at, str) for pod in endpoints(cluster, at)]
    return bool(pods) and all(
        isinstance(pod, PodEndpoint) and addresses <= {*pod.node_addresses} for pod in pods
    )


def is_there(
    cluster: Cluster,
    ends: tuple[At, At],
    slot: tuple[Family, Protocol],
    port: int,
    under: tuple[Assumptions, Favour],
) -> bool:
    """Whether some endpoint of one name reaches some of the other, by the oracle."""
    (family, protocol), (assumptions, favour) = slot, under
    given = [addressed(cluster, endpoints(cluster, at), family, assumptions) for at in ends]
    for source, destination in product(*given):
        one = Connection(source, destination, protocol, port, family)
        decided = decide(cluster.policies, one, assumptions, favour)
        if in_scope(one, assumptions) and decided.allowed:
            return True
    return False


def addressed(
    cluster: Cluster, ends: Sequence[Endpoint], family: Family, assumptions: Assumptions
) -> list[Endpoint]:
    """The endpoints; a pod that may have any address once with each that blocks tell apart."""
    blocks = [IPNetwork(one) for one in mentioned(cluster)]
    edges = {0} | {
        edge
        for block in blocks
        if block.version == family.value
        for edge in (block.first, block.last + 1)
    }
    addresses = [str(IPAddress(one, family.value)) for one in edges if one < 2 ** WIDTH[family]]
    free = Assumption.UNKNOWN_POD_ADDRESSES in assumptions
    found = list(ends)
    for one in ends if free else ():
        if isinstance(one, PodEndpoint) and not one.addresses:
            found += [replace(one, addresses=(address,)) for address in addresses]
    return found


def mentioned(cluster: Cluster) -> list[str]:
    """The blocks of the policies, with their exceptions."""
    rules = [rule for one in cluster.policies for rule in (*one.ingress, *one.egress)]
    peers = [one for rule in rules for one in rule.peers if isinstance(one, BlockPeer)]
    return [cidr for one in peers for cidr in (one.cidr, *one.excepts)]


WIDTH = {Family.IPV4: 32, Family.IPV6: 128}


def holds(end: Ends, at: At) -> bool:
    """Whether an end of a shift has the workload or address."""
    if isinstance(end, Outside):
        return isinstance(at, str) and any(
            IPAddress(at) in IPNetwork(cidr) for cidr in end.cidrs if (":" in cidr) is (":" in at)
        )
    return at in end.names


def has_one_pod(cluster: Cluster, at: At) -> bool:
    return len(endpoints(cluster, at)) == 1


def shifted(
    shifts: Sequence[Shift],
    sides: tuple[Cluster, Cluster],
    ends: tuple[At, At],
    slot: tuple[Family, Protocol],
    port: int,
) -> list[Turn]:
    """The changes that the shifts say of the connection, with the side that has it perhaps."""
    found = []
    for one in shifts:
        side = sides[one.change is Change.ADDED]
        if ends[0] == ends[1] and has_one_pod(side, ends[0]):
            continue
        ranges = one.ports[SLOTS.index(slot)]
        inside = holds(one.sources, ends[0]) and holds(one.destinations, ends[1])
        if inside and any(first <= port <= last for first, last in ranges):
            found.append((one.change, one.perhaps_in))
    return found


Turn = tuple[Change, Side | None]
TURNS: dict[tuple[bool, bool, bool, bool], Turn] = {
    (False, False, True, True): (Change.ADDED, None),
    (False, False, True, False): (Change.ADDED, Side.NEW),
    (True, False, True, True): (Change.ADDED, Side.OLD),
    (True, True, False, False): (Change.REMOVED, None),
    (True, True, True, False): (Change.REMOVED, Side.NEW),
    (True, False, False, False): (Change.REMOVED, Side.OLD),
}
"""What becomes of a connection that is possible and certain in OLD, and that in NEW."""


def check(
    old: Cluster,
    new: Cluster,
    assumptions: Assumptions,
    rng: random.Random,
    favours: tuple[Favour, Favour] = (Favour.DOCUMENTED, Favour.DOCUMENTED),
) -> set[Turn]:
    """Tries connections of all pairs of names; gives what becomes of those tried.

    Of the outcomes the first decides what is possible, the second what is certain.
    """
    shifts = shifts_between(old, new, assumptions)
    names: list[At] = sorted({*workloads_by_name(old), *workloads_by_name(new)})
    pairs = [*product(names, repeat=2), *product(names, ADDRESSES), *product(ADDRESSES, names)]
    turns = set()
    for ends in rng.sample(pairs, min(len(pairs), SAMPLES)):
        slots = list(SLOTS)
        address = next((at for at in ends if isinstance(at, str)), None)
        if address is not None:
            family = Family.IPV6 if ":" in address else Family.IPV4
            slots = [one for one in slots if one[0] is family]
            if not endpoints(old, address) or not endpoints(new, address):
                continue
            if any(is_own_node(one, ends) for one in (old, new)):
                continue  # a shift may hold it among other addresses
        slot, port = rng.choice(slots), rng.choice(PORTS)
        some, every, some_new, every_new = (
            is_there(one, ends, slot, port, (assumptions, favour))
            for one in (old, new)
            for favour in favours
        )
        turn = TURNS.get((some, every, some_new, every_new))
        found = shifted(shifts, (old, new), ends, slot, port)
        assert found == ([] if turn is None else [turn]), (ends, slot, port)
        turns.update(found)
    return turns


@given(
    old=own.clusters(),
    other=own.clusters(),
    keep=st.integers(0, 2),
    assumptions=own.assumptions,
    seed=st.integers(0, 2**32),
)
def test_shifts_are_what_the_oracle_decides_otherwise(
    old: Cluster, other: Cluster, keep: int, assumptions: Assumptions, seed: int
) -> None:
    """With other policies, other workloads, or both."""
    shared = replace(old, policies=_living(other, old))
    before, after = ((old, other), (old, shared), (shared, other))[keep]
    check(before, after, assumptions, random.Random(seed))


def _living(cluster: Cluster, other: Cluster) -> tuple[Policy, ...]:
    """The policies of one cluster that live in namespaces of another."""
    spaces = {one.name for one in other.namespaces}
    return tuple(one for one in cluster.policies if one.namespace in spaces)


@pytest.mark.slow
def test_by_name_the_shifts_are_those_of_the_first_that_ties() -> None:
    by_name = DEFAULTS - {Assumption.TIES}
    for seed in range(0, 60, 2):
        rng, old = random.Random(seed), mixed_cluster(seed)
        new = replace(old, policies=mixed_cluster(seed + 1000).policies)
        check(old, new, by_name, rng)
        check(old, new, DEFAULTS, rng, (Favour.ALLOWED, Favour.DENIED))


def test_with_ties_the_shifts_are_those_of_every_order() -> None:
    """C.4: a connection may be allowed in some order, in each, or in none, on either side."""
    turns = set[Turn]()
    for seed in range(20):
        rng = random.Random(seed)
        old, new = (cluster(PODS + few_priorities(rng)).cluster for _ in range(2))
        turns |= check(old, new, DEFAULTS, rng, (Favour.ALLOWED, Favour.DENIED))
    assert turns == {*TURNS.values()}


def few_priorities(rng: random.Random) -> str:
    """Policies that often tie, about one port or all."""
    ports = ("", "", ", ports: [{portNumber: {protocol: TCP, port: 80}}]")
    return "".join(
        TIED.replace("NAME", f"p{number}")
        .replace("PRIORITY", str(rng.choice((1, 1, 2))))
        .replace("ACTION", rng.choice(("Allow", "Deny", "Pass")))
        .replace("app: web", f"app: {rng.choice(NAMES[:2])}")
        .replace("}]}]", "}]" + rng.choice(ports) + "}]")
        for number in range(rng.randint(1, 6))
    )


TIED = """
apiVersion: policy.networking.k8s.io/v1alpha1
kind: AdminNetworkPolicy
metadata: {name: NAME}
spec:
  priority: PRIORITY
  subject: {pods: {podSelector: {matchLabels: {app: web}}, namespaceSelector: {}}}
  ingress: [{action: ACTION, from: [{namespaces: {}}]}]
---
"""


def tied(priority: int = 5, first: str = "Allow") -> str:
    """Two policies on the ingress of `web`, the second one of priority 5."""
    second = {"Allow": "Deny", "Deny": "Allow"}[first]
    texts = (("a", priority, first), ("b", 5, second))
    return "".join(
        TIED.replace("NAME", name).replace("PRIORITY", str(at)).replace("ACTION", action)
        for name, at, action in texts
    )


@pytest.mark.parametrize(
    ("new", "by_name", "in_any_order", "perhaps_in"),
    [
        (tied(), Relation.EQUIVALENT, Relation.EQUIVALENT, set()),
        (tied(first="Deny"), Relation.NARROWER, Relation.EQUIVALENT, set()),
        # What changes is at pods that the tied policies do not select.
        (tied() + "CLOSED", Relation.NARROWER, Relation.NARROWER, {None}),
        # Allowed in some order before, in every order now; or in none.
        (tied(priority=4), Relation.EQUIVALENT, Relation.WIDER, {Side.OLD}),
        (tied(priority=6), Relation.NARROWER, Relation.NARROWER, {Side.OLD}),
        ("", Relation.EQUIVALENT, Relation.WIDER, {Side.OLD}),
    ],
)
def test_ties(
    new: str, by_name: Relation, in_any_order: Relation, perhaps_in: set[Side | None]
) -> None:
    """C.4: what appears or disappears in some order only is told apart."""
    sides = cluster(PODS + tied()), cluster(PODS + new.replace("CLOSED", DENY))
    assumed = ConnectivityOptions(DEFAULTS - {Assumption.TIES})
    there, back = compare_connectivity(*sides), compare_connectivity(*reversed(sides))
    assert compare_connectivity(*sides, assumed).relation is by_name
    assert there.relation is in_any_order
    assert {one.perhaps_in for one in there.shifts} == perhaps_in
    turned = {Side.OLD: Side.NEW, None: None}
    assert {one.perhaps_in for one in back.shifts} == {turned[one] for one in perhaps_in}
    for one in (*there.samples, *back.samples):
        assert one.elsewhere is not None
        assert (one.there.decision.allowed, one.elsewhere.decision.allowed) == (True, False)


@given(cluster=own.clusters(), assumptions=own.assumptions)
def test_nothing_shifts_from_a_cluster_to_itself(
    cluster: Cluster, assumptions: Assumptions
) -> None:
    assert shifts_between(cluster, cluster, assumptions) == ()


@given(old=own.clusters(), new=own.clusters(), assumptions=own.assumptions)
def test_the_way_back_is_the_other_way_round(
    old: Cluster, new: Cluster, assumptions: Assumptions
) -> None:
    turned = {Change.ADDED: Change.REMOVED, Change.REMOVED: Change.ADDED}
    forth, back = shifts_between(old, new, assumptions), shifts_between(new, old, assumptions)
    assert {replace(one, change=turned[one.change]) for one in forth} == set(back)


# --- small clusters -----------------------------------------------------------------------------

NAMES = ("web", "api", "db")


def pod(name: str, app: str = "", more: str = "") -> str:
    labels = f"labels: {{app: {app or name}}}"
    metadata = f"metadata: {{name: {name}, namespace: shop, {labels}}}"
    return f"apiVersion: v1\nkind: Pod\n{metadata}\n{more}---\n"


PODS = "".join(pod(name) for name in NAMES)
DENY = """\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: closed, namespace: shop}
spec:
  podSelector: {matchLabels: {app: db}}
  ingress: [{from: [{podSelector: {matchLabels: {app: api}}}]}]
"""


def cluster(text: str) -> Loaded:
    return load_texts({"m.yaml": text})


def words(shift: Shift) -> tuple[str, list[str], list[str]]:
    """The change with the names at both ends."""
    ends = [
        list(one.cidrs) if isinstance(one, Outside) else [name for _, name, _ in one.names]
        for one in (shift.sources, shift.destinations)
    ]
    return shift.change.value, ends[0], ends[1]


def test_a_relabelled_pod_is_not_equivalent() -> None:
    """No policy changes, and a pod loses its way to the database."""
    report = compare_connectivity(
        cluster(PODS + DENY), cluster(PODS.replace("app: api", "app: backend") + DENY)
    )
    assert report.relation is Relation.NARROWER
    assert [words(one) for one in report.shifts] == [("removed", ["api"], ["db"])]
    (sample,) = report.samples
    assert sample.there.decision.allowed
    assert sample.elsewhere is not None
    assert not sample.elsewhere.decision.allowed


def test_an_added_pod_connects_with_everything_that_is_open() -> None:
    report = compare_connectivity(cluster(PODS + DENY), cluster(PODS + pod("new") + DENY))
    assert report.relation is Relation.WIDER
    every = ["0.0.0.0/0", "::/0"]
    assert sorted(words(one) for one in report.shifts) == [
        ("added", every, ["new"]),
        ("added", ["api", "db", "web"], ["new"]),
        ("added", ["new"], every),
        ("added", ["new"], ["api", "web"]),
    ]
    assert report.samples[0].elsewhere is None
    gone = compare_connectivity(cluster(PODS + pod("new") + DENY), cluster(PODS + DENY))
    assert gone.relation is Relation.NARROWER
    assert len(gone.shifts) == 4


def test_pods_that_lose_each_other_are_one_group() -> None:
    """A pod and itself are no connection, so they do not split the group."""
    closed = "---\n" + DENY.replace("matchLabels: {app: db}", "").replace(
        "ingress: [{from: [{podSelector: {matchLabels: {app: api}}}]}]", "policyTypes: [Ingress]"
    )
    report = compare_connectivity(cluster(PODS), cluster(PODS + closed))
    every = ["api", "db", "web"]
    assert sorted(words(one) for one in report.shifts) == [
        ("removed", ["0.0.0.0/0", "::/0"], every),
        ("removed", every, every),
    ]


def test_a_second_replica_reaches_the_first() -> None:
    deployment = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: one, namespace: shop}
spec: {replicas: 1, selector: {matchLabels: {app: one}},
  template: {metadata: {labels: {app: one}}, spec: {containers: []}}}
"""
    more = deployment.replace("replicas: 1", "replicas: 2")
    report = compare_connectivity(cluster(deployment), cluster(more))
    assert [words(one) for one in report.shifts] == [("added", ["one"], ["one"])]
    assert compare_connectivity(cluster(more), cluster(deployment)).relation is Relation.NARROWER


def test_families_are_told_apart() -> None:
    """A.27: a pod whose address becomes known has no connections of the other family."""
    known = pod("web", more="status: {podIP: 10.0.0.7, phase: Running}\n") + pod("db")
    report = compare_connectivity(cluster(pod("web") + pod("db")), cluster(known))
    assert report.relation is Relation.NARROWER
    (shift, *_) = report.shifts
    families = {one[0] for one, ranges in zip(SLOTS, shift.ports, strict=True) if ranges}
    assert families == {Family.IPV6}


def test_from_nothing_and_to_nothing() -> None:
    nothing = cluster("apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n")
    assert compare_connectivity(nothing, cluster(PODS)).relation is Relation.WIDER
    assert compare_connectivity(cluster(PODS), nothing).relation is Relation.NARROWER
    with pytest.raises(InputError, match="neither side holds pods"):
        compare_connectivity(nothing, nothing)


@given(old=own.clusters(), new=own.clusters(), assumptions=own.assumptions)
def test_samples_are_replayed(old: Cluster, new: Cluster, assumptions: Assumptions) -> None:
    """Each change that occurs is shown, allowed on one side and denied on the other."""
    if not old.workloads and not new.workloads:
        return
    empty = cluster(PODS)
    report = compare_connectivity(
        replace(empty, cluster=old), replace(empty, cluster=new), ConnectivityOptions(assumptions)
    )
    assert {one.shift.change for one in report.samples} == {one.change for one in report.shifts}
    for one in report.samples:
        assert one.there.decision.allowed
        assert one.elsewhere is None or not one.elsewhere.decision.allowed


def test_defaults() -> None:
    assert ConnectivityOptions().assumptions == DEFAULTS
